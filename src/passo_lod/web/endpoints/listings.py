"""`/`, `/processes`, `/places`, `/vocabulary`, `/problems`: the pages of lists; they are for people, the data is at other paths."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML
from passo_lod.web.endpoints.problem_details import STATUS_OF_REFUSAL, HttpProblem
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response
from passo_lod.web.http.headers import CACHED
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.process_lists import COLUMNS, ProcessRow, sorted_rows
from passo_lod.web.request_release import release_of

_ROWS_PER_PAGE = 50
_MOST_PLACES_ON_HOME_PAGE = 24


def home(request: Request) -> Response:
    """`/`: what the catalogue is, how much it has, and the ways to its data."""
    lists = release_of(request).process_lists
    return _respond(
        request,
        "home.html",
        lambda reader: {
            "places": lists.places(reader)[:_MOST_PLACES_ON_HOME_PAGE],
            "count": len(lists.processes(reader)),
        },
    )


def processes(request: Request) -> Response:
    """`/processes`: all processes, 50 on a page, sorted by a column (`?sort=`)."""
    lists = release_of(request).process_lists
    column = request.query_params.get("sort", "title")
    if column not in COLUMNS:
        raise HttpProblem(400, f"sort: {column!r} is no column; the columns are {', '.join(COLUMNS)}")
    return _respond(
        request,
        "processes.html",
        lambda reader: _page_values(request, sorted_rows(lists.processes(reader), column), column),
    )


def _page_values(request: Request, rows: Sequence[ProcessRow], column: str) -> dict[str, Any]:
    pages = max(1, ceil(len(rows) / _ROWS_PER_PAGE))
    number = request.query_params.get("page", "1")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number[:9]) <= pages:
        raise HttpProblem(404, f"page: the pages are 1 to {pages}")
    page = int(number)
    return {
        "rows": rows[(page - 1) * _ROWS_PER_PAGE : page * _ROWS_PER_PAGE],
        "columns": tuple(COLUMNS),
        "column": column,
        "page": page,
        "pages": pages,
        "total": len(rows),
    }


def places(request: Request) -> Response:
    """`/places`: the places that processes affect."""
    lists = release_of(request).process_lists
    return _respond(request, "places.html", lambda reader: {"places": lists.places(reader)})


def vocabularies(request: Request) -> Response:
    """`/vocabulary`: the ontology, the controlled vocabularies and the alignments."""
    lists = release_of(request).process_lists
    return _respond(request, "vocabulary.html", lambda reader: {"groups": lists.vocabularies(reader)})


def problems(request: Request) -> Response:
    """`/problems`: the reasons for which a query is refused; the `type` of a problem document points here."""
    return _respond(request, "problems.html", lambda reader: {"reasons": STATUS_OF_REFUSAL})


def _respond(request: Request, template: str, values: Callable[[ReaderLocale], dict[str, Any]]) -> Response:
    if content_negotiation.best(request.headers.get("accept"), (HTML,)) is None:
        raise HttpProblem(406, "this is a page for people; the data is at /dump/ and /sparql", offered=(HTML,))
    reader = reader_of(request)
    body = render(request, template, reader, **values(reader))
    headers = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language", **CACHED}
    return conditional_response(request, body, HTML.content_type, headers)
