"""The page on which people write a query and read its result; it works without JavaScript, which adds an editor."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import GRAPHS, HTML, RESULTS, ContentKind, MediaType
from passo_lod.messages.message_catalogue import find_message, message
from passo_lod.queries.stored_queries import stored_queries
from passo_lod.store.protocol import Answer, Query
from passo_lod.visible_text import escape_controls
from passo_lod.web.endpoints.endpoint_url import endpoint_url
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import WEB_FOLDER, localised, render
from passo_lod.web.http.headers import NOT_CACHED
from passo_lod.web.pages import result_chart, result_map, result_table
from passo_lod.web.pages.chart_columns import ChartOptions, chart_options, choose_columns
from passo_lod.web.pages.client_snippets import snippets
from passo_lod.web.pages.query_error_excerpt import error_excerpt
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.pages.result_table import Solutions
from passo_lod.web.pages.value_formatting import format_number
from passo_lod.web.request_release import release_of

EDITOR = WEB_FOLDER / "static" / "built" / "editor.js"
_MOST_ROWS = 500
_MOST_DRAWN_ROWS = 2000
"""A chart or a map is drawn of so many solutions."""
_LONGEST_TEXT = 100_000
_VIEWS = ("table", "chart", "map", "raw")
_DATASET_PARAMETERS = ("default-graph-uri", "named-graph-uri")
_SCRIPT_MESSAGES = {
    "query": "page.query",
    "keys": "page.query-keys",
    "running": "page.query-running",
    "cancelled": "page.query-cancelled",
    "failed": "page.query-failed",
    "fault": "page.query-fault",
    "copied": "page.copied",
}


def initial_page(request: Request) -> bytes:
    """The page with a stored query: the one that `?example=` names, or the first."""
    name = request.query_params.get("example")
    queries = stored_queries()
    query = next((stored for stored in queries if stored.name == name), queries[0])
    return _render(request, reader_of(request), query=query.text, shown=None, problem=None, given=query.view)


def result_page(request: Request, query: Query, answer: Answer | None, problem: HttpProblem | None) -> Response:
    """The page with a query and its result, or the problem that it has instead."""
    reader = reader_of(request)
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": reader.language, **NOT_CACHED}
    shown = view_of(request, reader, answer) if answer else None
    body = _render(request, reader, query=query.text, shown=shown, problem=problem, given=request.query_params)
    status, problem_headers = (problem.status, problem.headers) if problem else (200, {})
    return Response(body, status, headers | problem_headers, HTML.content_type)


# -------------------------------------------------------------------------------------------------------------- result


@dataclass(frozen=True)
class RawResult:
    """A result as text.

    Attributes:
        text: its beginning.
        size: bytes of the whole result.
        is_truncated: whether the result is longer than the text.
    """

    text: str
    size: int
    is_truncated: bool


@dataclass(frozen=True)
class ResultView:
    """A result as the page shows it.

    Attributes:
        view: the view that is shown.
        views: the views that there are.
        formats: to download the result in.
        truth: the answer to ASK.
    """

    view: str
    views: tuple[str, ...]
    formats: tuple[MediaType, ...]
    truth: bool | None = None
    table: Solutions | None = None
    raw: RawResult | None = None
    chart_options: ChartOptions | None = None
    chart: result_chart.Chart | None = None
    map: result_map.ResultMap | None = None


def view_of(request: Request, reader: ReaderLocale, answer: Answer) -> ResultView:
    """The result in the view that `?view=` names; a long one is truncated, and the page links to the whole."""
    if answer.media_type.kind is not ContentKind.RESULTS:
        return ResultView("raw", ("raw",), GRAPHS, raw=_raw(answer))
    wanted = request.query_params.get("view", "")
    most = _MOST_DRAWN_ROWS if wanted in ("chart", "map") else _MOST_ROWS
    solutions = _read_solutions(request, reader, answer, most)
    if isinstance(solutions, bool):
        view = "raw" if wanted == "raw" else "table"
        return ResultView(view, ("table", "raw"), RESULTS[:2], truth=solutions, raw=_raw(answer))
    has_coordinates = result_map.coordinate_columns(solutions.columns, solutions.rows)
    views = tuple(view for view in _VIEWS if has_coordinates or view != "map")
    view = wanted if wanted in _VIEWS else "table"
    drawn = _draw(request, reader, view, solutions, answer)
    return ResultView(view, views, RESULTS, table=_truncate(solutions), **drawn)


def _read_solutions(request: Request, reader: ReaderLocale, answer: Answer, most: int) -> Solutions | bool:
    release = release_of(request)
    titles = {source.dataset: localised(source.title, reader) for source in release.manifest.sources if source.title}
    return result_table.read_solutions(answer.body, release.documents.page_builder(reader), most, titles)


def _truncate(solutions: Solutions) -> Solutions:
    return Solutions(solutions.columns, solutions.rows[:_MOST_ROWS], solutions.count)


def _raw(answer: Answer) -> RawResult:
    text = answer.body[:_LONGEST_TEXT].decode(errors="ignore")
    return RawResult(escape_controls(text), len(answer.body), len(answer.body) > _LONGEST_TEXT)


def _draw(request: Request, reader: ReaderLocale, view: str, solutions: Solutions, answer: Answer) -> dict[str, Any]:
    """The attributes of a `ResultView` that a view needs."""
    if view == "raw":
        return {"raw": _raw(answer)}
    if view == "map":
        return {"map": result_map.draw(solutions.columns, solutions.rows, solutions.count)}
    return _draw_chart(request, reader, solutions) if view == "chart" else {}


def _draw_chart(request: Request, reader: ReaderLocale, solutions: Solutions) -> dict[str, Any]:
    wanted = {name: request.query_params.get(name, "") for name in ("value", "label", "series")}
    columns = choose_columns(solutions.columns, solutions.rows, **wanted)
    if columns is None:
        return {}
    chart = result_chart.draw(
        solutions.columns,
        solutions.rows,
        columns,
        solutions.count,
        message("page.no-value", reader.language),
        lambda value: format_figure(value, reader.language),
    )
    return {"chart": chart, "chart_options": chart_options(solutions.columns, solutions.rows)}


def format_figure(value: float, language: str) -> str:
    """A number with at most two decimals, or with three significant figures below 1.

    >>> format_figure(1234.5678, "it"), format_figure(0.004, "en"), format_figure(20.0, "en"), format_figure(-0.0, "en")
    ('1.234,57', '0.004', '20', '0')
    """
    if value == 0 or 1e-6 <= abs(value) < 1e15:
        rounded = round(value, 2) if abs(value) >= 1 else float(f"{value:.3g}")
        return format_number(f"{rounded + 0.0:.9f}".rstrip("0").rstrip("."), language)
    return format_number(f"{value:.3g}", language)


# ---------------------------------------------------------------------------------------------------------------- page


def _render(request: Request, reader: ReaderLocale, *, query: str, problem: HttpProblem | None, **values: Any) -> bytes:
    graphs = _parameters(request, _DATASET_PARAMETERS)
    return render(
        request,
        "sparql.html",
        reader,
        query=query,
        problem=problem,
        reason=_reason(problem, reader) if problem else None,
        excerpt=error_excerpt(query, problem.detail) if problem else None,
        examples=stored_queries(),
        limits=release_of(request).settings.limits,
        formats=(*RESULTS, *GRAPHS),
        snippets=snippets(query, _with_parameters(endpoint_url(request), graphs)),
        graphs=graphs,
        script=_version(EDITOR),
        script_messages=_script_messages(reader.language),
        link=lambda view: _link(request, query, view),
        download=lambda extension: _with_parameters("/sparql", [("query", query), *graphs, ("format", extension)]),
        **values,
    )


def _link(request: Request, query: str, view: str) -> str:
    """The address of the same result in another view."""
    others = _parameters(request, (*_DATASET_PARAMETERS, "lang", "value", "label", "series"))
    return _with_parameters("/sparql", [("query", query), ("format", "html"), *others, ("view", view)])


def _parameters(request: Request, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.multi_items() if name in names]


def _with_parameters(address: str, parameters: Sequence[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address


def _reason(problem: HttpProblem, reader: ReaderLocale) -> str:
    """Why the query was refused, in the reader's language."""
    reason = problem.reason or ""
    return find_message(f"page.refused-{reason}", reader.language) or reason


def _script_messages(language: str) -> str:
    """The messages of the script, as JSON."""
    messages: dict[str, Any] = {name: message(key, language) for name, key in _SCRIPT_MESSAGES.items()}
    messages["phrases"] = {"Completions": message("page.query-completions", language)}
    return json.dumps(messages, ensure_ascii=False)


@cache
def _version(script: Path) -> str | None:
    """A digest of the script for its address; None if it has not been built."""
    return hashlib.sha256(script.read_bytes()).hexdigest()[:12] if script.is_file() else None
