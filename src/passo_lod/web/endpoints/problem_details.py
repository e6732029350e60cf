"""Answer a request that has no other answer with a problem document (RFC 9457), or with the same as a page."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.errors import QueryRefused
from passo_lod.media_types import GRAPHS, HTML, PROBLEM, RDF_XML, MediaType
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.headers import CORS, NOT_CACHED, SECURITY, allowed_methods
from passo_lod.web.pages.reader_locale import reader_of

_LOG = logging.getLogger(__name__)

STATUS_OF_REFUSAL = {
    "malformed": 400,
    "forbidden": 403,
    "not-acceptable": 406,
    "timeout": 422,
    "memory": 422,
    "too-complex": 422,
    "result-too-large": 422,
    "over-budget": 429,
    "unavailable": 503,
}
"""The HTTP status of each reason of `QueryRefused`."""


class HttpProblem(Exception):
    """A request that cannot be answered.

    Attributes:
        status: the HTTP status.
        detail: why, in English.
        reason: the reason of a refused query.
        offered: names of the media types that there are.
        limit: the limit that a query exceeded.
        used: how much the query used.
        headers: of the response.
    """

    def __init__(
        self, status: int, detail: str, *, reason: str | None = None, offered: Sequence[MediaType] = (), **headers: str
    ) -> None:
        """Create a problem; `headers` are written with underscores, such as `Retry_After`."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.offered = [media_type.name for media_type in offered]
        self.limit: float | None = None
        self.used: float | None = None
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem_of_refusal(refused: QueryRefused) -> HttpProblem:
    """The problem of a query that was refused."""
    status = STATUS_OF_REFUSAL.get(refused.reason, 500)
    problem = HttpProblem(status, str(refused), reason=refused.reason)
    problem.limit, problem.used = refused.limit, refused.used
    if refused.retry_after is not None:
        problem.headers["Retry-After"] = str(ceil(refused.retry_after))
    return problem


def method_not_allowed(request: Request) -> HttpProblem:
    """The problem of a method that the path has not."""
    methods = allowed_methods(request.url.path)
    return HttpProblem(405, f"{request.method} is not answered here; {methods} are", Allow=methods)


def on_problem(request: Request, problem: Exception) -> Response:
    """Handle an `HttpProblem`."""
    return respond(request, cast(HttpProblem, problem))


def on_query_refused(request: Request, refused: Exception) -> Response:
    """Handle a `QueryRefused` of a remote store, which refuses look-ups of documents too."""
    return respond(request, problem_of_refusal(cast(QueryRefused, refused)))


def on_not_in_xml(request: Request, error: Exception) -> Response:
    """Handle a document that RDF/XML cannot hold."""
    offered = [media_type for media_type in GRAPHS if media_type is not RDF_XML]
    return respond(request, HttpProblem(406, str(error), reason="not-acceptable", offered=offered))


def on_lost_file(request: Request, error: Exception) -> Response:
    """Handle a file of the release that was deleted while the release is served; the server soon serves another release."""
    _LOG.error("a file of the served release is gone: %s", error)
    problem = HttpProblem(
        503, "a file of this release is gone from the server; ask again in a moment", Retry_After="10"
    )
    return respond(request, problem)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Handle an exception of the framework: no such path, no such method."""
    error = cast(HTTPException, error)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return respond(request, method_not_allowed(request))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return respond(request, HttpProblem(404, "there is nothing at this address"))
    problem = HttpProblem(error.status_code, str(error.detail))
    problem.headers.update(error.headers or {})
    return respond(request, problem)


def on_error(request: Request, error: Exception) -> Response:
    """Handle an error of the program; its traceback is logged, not sent."""
    return respond(request, HttpProblem(500, "an error of this server; it has been logged"))


def respond(request: Request, problem: HttpProblem) -> Response:
    """The problem as JSON, or as a page if the client prefers HTML."""
    headers = {**NOT_CACHED, "Vary": "Accept, Accept-Language", **SECURITY, **CORS, **problem.headers}
    if content_negotiation.best(request.headers.get("accept"), (PROBLEM, HTML)) is HTML:
        title = HTTPStatus(problem.status).phrase
        body = render(request, "problem.html", reader_of(request), problem=problem, title=title)
        return Response(body, problem.status, headers, HTML.content_type)
    return Response(json.dumps(problem_document(problem)).encode() + b"\n", problem.status, headers, PROBLEM.name)


def problem_document(problem: HttpProblem) -> Mapping[str, Any]:
    """The members of the problem document (RFC 9457, 3)."""
    members = {
        "type": f"/problems#{problem.reason}" if problem.reason else "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "reason": problem.reason,
        "offered": problem.offered or None,
        "limit": problem.limit,
        "used": problem.used,
    }
    return {name: value for name, value in members.items() if value is not None}
