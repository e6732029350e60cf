"""The page on which people write a query and read its result; it needs no JavaScript."""

import json
from dataclasses import dataclass
from typing import Any

from pyoxigraph import parse_query_results
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import GRAPHS, HTML, RESULTS, RESULTS_JSON, Kind
from passo_lod.queries.library import stored_queries
from passo_lod.store.base import Answer, Query
from passo_lod.web import headers
from passo_lod.web.page import Value
from passo_lod.web.pinned import pinned
from passo_lod.web.problems import Problem
from passo_lod.web.reader import Reader, reader_of
from passo_lod.web.templating import render

MOST_ROWS = 500


def blank(request: Request) -> bytes:
    """The page with an example to begin with."""
    return _form(request, reader_of(request), query=stored_queries()[0].text, shown=None, problem=None)


def answered(request: Request, query: Query, answer: Answer | None, problem: Problem | None) -> Response:
    """The page with the query and its result, or why there is none."""
    reader = reader_of(request)
    status = problem.status if problem else 200
    said = {"Vary": "Accept, Accept-Language", "Content-Language": reader.language, **headers.NOT_CACHED}
    said |= problem.headers if problem else {}
    shown = show(request, reader, answer) if answer else None
    body = _form(request, reader, query=query.text, shown=shown, problem=problem)
    return Response(body, status, said, HTML.content_type)


@dataclass(frozen=True)
class Shown:
    """A result for people: a truth, a table of rows, or a graph as text."""

    truth: bool | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Value | None, ...], ...] = ()
    count: int = 0
    graph: str | None = None


def show(request: Request, reader: Reader, answer: Answer) -> Shown:
    """The result; a long one is cut on the page, which says so and leads to the whole."""
    if answer.media_type.kind is not Kind.RESULTS:
        return Shown(graph=answer.body.decode())
    document = json.loads(answer.body)
    if "boolean" in document:
        return Shown(truth=document["boolean"])
    columns = tuple(document["head"]["vars"])
    bindings = document["results"]["bindings"]
    head = {"head": document["head"], "results": {"bindings": bindings[:MOST_ROWS]}}
    solutions: Any = parse_query_results(json.dumps(head), format=RESULTS_JSON.results)
    writer = pinned(request).documents.writer(reader)
    rows = tuple(tuple(writer.value(term) if term else None for term in solution) for solution in solutions)
    return Shown(columns=columns, rows=rows, count=len(bindings))


def _form(request: Request, reader: Reader, **values: Any) -> bytes:
    limits = pinned(request).settings.limits
    formats = (*RESULTS, *GRAPHS)
    return render(request, "sparql.html", reader, examples=stored_queries(), limits=limits, formats=formats, **values)
