"""The page on which people write a query and read its result; it needs no JavaScript, and is an editor where there is some."""

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
from passo_lod.queries.library import stored_queries
from passo_lod.store.protocol import Answer, Query
from passo_lod.web.endpoints.endpoint_url import endpoint_url
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import HERE, render, said
from passo_lod.web.http import headers
from passo_lod.web.pages import result_chart as charts
from passo_lod.web.pages import result_map as maps
from passo_lod.web.pages import result_table as solutions
from passo_lod.web.pages import value_formatting as formats
from passo_lod.web.pages.client_snippets import snippets
from passo_lod.web.pages.query_error_excerpt import error_excerpt
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.pages.result_table import Solutions
from passo_lod.web.pages.ui_messages import WORDS, word
from passo_lod.web.request_release import release_of

MOST_ROWS = 500
MOST_READ = 2000
"""Of these many solutions a chart or a map is drawn."""
MOST_TEXT = 100_000
VIEWS = ("table", "chart", "map", "raw")
EDITOR = HERE / "static" / "built" / "editor.js"
_DATASET = ("default-graph-uri", "named-graph-uri")
_SCRIPT_WORDS = {
    "query": "query",
    "keys": "query-keys",
    "running": "query-running",
    "cancelled": "query-cancelled",
    "failed": "query-failed",
    "fault": "query-fault",
    "copied": "copied",
}


def blank(request: Request) -> bytes:
    """The page with a query to begin with: the one that `?example=` names, or the first."""
    named = request.query_params.get("example")
    query = next((each for each in stored_queries() if each.name == named), stored_queries()[0])
    return _page(request, reader_of(request), query=query.text, shown=None, problem=None, given=query.view)


def answered(request: Request, query: Query, answer: Answer | None, problem: HttpProblem | None) -> Response:
    """The page with the query and its result, or why there is none."""
    reader = reader_of(request)
    status = problem.status if problem else 200
    sent = {"Vary": "Accept, Accept-Language", "Content-Language": reader.language, **headers.NOT_CACHED}
    sent |= problem.headers if problem else {}
    shown = show(request, reader, answer) if answer else None
    body = _page(request, reader, query=query.text, shown=shown, problem=problem, given=request.query_params)
    return Response(body, status, sent, HTML.content_type)


# ------------------------------------------------------------------------------------------------------------ result


@dataclass(frozen=True)
class RawResult:
    """A result as text, cut where it is long."""

    text: str
    size: int
    cut: bool


@dataclass(frozen=True)
class ResultView:
    """A result for people, in one of its views."""

    view: str
    views: tuple[str, ...]
    formats: tuple[MediaType, ...]
    truth: bool | None = None
    table: Solutions | None = None
    raw: RawResult | None = None
    offer: charts.ChartOptions | None = None
    chart: charts.Chart | None = None
    map: maps.ResultMap | None = None


def show(request: Request, reader: ReaderLocale, answer: Answer) -> ResultView:
    """The result; a long one is cut on the page, which says so and leads to the whole."""
    if answer.media_type.kind is not ContentKind.RESULTS:
        return ResultView("raw", ("raw",), GRAPHS, raw=_raw(answer))
    serving = release_of(request)
    names = {source.dataset: said(source.title, reader) for source in serving.manifest.sources if source.title}
    asked = request.query_params.get("view", "")
    most = MOST_READ if asked in ("chart", "map") else MOST_ROWS
    found = solutions.read(answer.body, serving.documents.writer(reader), most, names)
    if isinstance(found, bool):
        view = "raw" if asked == "raw" else "table"
        return ResultView(view, ("table", "raw"), RESULTS[:2], truth=found, raw=_raw(answer))
    where = maps.coordinates(found.columns, found.rows)
    views = tuple(each for each in VIEWS if where or each != "map")
    view = asked if asked in VIEWS else "table"
    return ResultView(view, views, RESULTS, table=_cut(found), **_drawn(request, reader, view, found, answer))


def _cut(found: Solutions) -> Solutions:
    return Solutions(found.columns, found.rows[:MOST_ROWS], found.count)


def _raw(answer: Answer) -> RawResult:
    text = answer.body[:MOST_TEXT].decode(errors="ignore")
    return RawResult(formats.visible(text), len(answer.body), len(answer.body) > MOST_TEXT)


def _drawn(request: Request, reader: ReaderLocale, view: str, found: Solutions, answer: Answer) -> dict[str, Any]:
    """What the view asked for shows."""
    if view == "raw":
        return {"raw": _raw(answer)}
    if view == "map":
        return {"map": maps.draw(found.columns, found.rows, found.count)}
    return _charted(request, reader, found) if view == "chart" else {}


def _charted(request: Request, reader: ReaderLocale, found: Solutions) -> dict[str, Any]:
    asked = {name: request.query_params.get(name, "") for name in ("value", "label", "series")}
    choice = charts.choose(found.columns, found.rows, **asked)
    if choice is None:
        return {}
    none = word("no-value", reader.language)
    drawn = charts.draw(
        found.columns, found.rows, choice, found.count, none, lambda value: figure(value, reader.language)
    )
    return {"chart": drawn, "offer": charts.offer(found.columns, found.rows)}


def figure(value: float, language: str) -> str:
    """A number with at most two decimals, or with three figures where it is below 1.

    >>> figure(1234.5678, "it"), figure(0.004, "en"), figure(20.0, "en"), figure(-0.0, "en")
    ('1.234,57', '0.004', '20', '0')
    """
    if value == 0 or 1e-6 <= abs(value) < 1e15:
        short = round(value, 2) if abs(value) >= 1 else float(f"{value:.3g}")
        return formats.number(f"{short + 0.0:.9f}".rstrip("0").rstrip("."), language)
    return formats.number(f"{value:.3g}", language)


# -------------------------------------------------------------------------------------------------------------- page


def _page(request: Request, reader: ReaderLocale, *, query: str, problem: HttpProblem | None, **values: Any) -> bytes:
    serving = release_of(request)
    graphs = _kept(request, _DATASET)
    return render(
        request,
        "sparql.html",
        reader,
        query=query,
        problem=problem,
        reason=_reason(problem, reader) if problem else None,
        fault=error_excerpt(query, problem.detail) if problem else None,
        examples=stored_queries(),
        limits=serving.settings.limits,
        formats=(*RESULTS, *GRAPHS),
        snippets=snippets(query, _with(endpoint_url(request), graphs)),
        graphs=graphs,
        script=_version(EDITOR),
        script_words=_script_words(reader.language),
        link=lambda view: _link(request, query, view),
        download=lambda extension: _with("/sparql", [("query", query), *graphs, ("format", extension)]),
        **values,
    )


def _link(request: Request, query: str, view: str) -> str:
    """The same result in another view."""
    kept = _kept(request, (*_DATASET, "lang", "value", "label", "series"))
    return _with("/sparql", [("query", query), ("format", "html"), *kept, ("view", view)])


def _kept(request: Request, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.multi_items() if name in names]


def _with(address: str, parameters: Sequence[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address


def _reason(problem: HttpProblem, reader: ReaderLocale) -> str:
    """Why a query was refused, in the reader's language."""
    key = "memory-exceeded" if problem.reason == "memory" else problem.reason or ""
    return word(key, reader.language) if key in WORDS else key


def _script_words(language: str) -> str:
    """The words that the script says, as JSON."""
    words: dict[str, Any] = {name: word(key, language) for name, key in _SCRIPT_WORDS.items()}
    words["phrases"] = {"Completions": word("query-completions", language)}
    return json.dumps(words, ensure_ascii=False)


@cache
def _version(script: Path) -> str | None:
    """What tells one build of the script from another; None where it was not built."""
    return hashlib.sha256(script.read_bytes()).hexdigest()[:12] if script.is_file() else None
