"""What is answered when there is no answer: a problem document (RFC 9457), or the same as a page for people."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.errors import QueryRefused
from passo_lod.media_types import HTML, PROBLEM, MediaType
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http.headers import CORS, NOT_CACHED, SECURITY, allowed
from passo_lod.web.pages.reader_locale import reader_of

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


class HttpProblem(Exception):
    """A request that cannot be answered, and why."""

    def __init__(
        self, status: int, detail: str, *, reason: str | None = None, offered: Sequence[MediaType] = (), **said: str
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.offered = [media_type.name for media_type in offered]
        self.limit: float | None = None
        self.used: float | None = None
        self.headers = {name.replace("_", "-"): value for name, value in said.items()}


def of_refusal(refused: QueryRefused) -> HttpProblem:
    """What a refused query is over HTTP."""
    status = STATUS_OF_REFUSAL.get(refused.reason, 500)
    problem = HttpProblem(status, str(refused), reason=refused.reason)
    problem.limit, problem.used = refused.limit, refused.used
    if refused.retry_after is not None:
        problem.headers["Retry-After"] = str(ceil(refused.retry_after))
    return problem


def on_problem(request: Request, problem: Exception) -> Response:
    """Handler of our own problems."""
    return respond(request, cast(HttpProblem, problem))


def on_refusal(request: Request, refused: Exception) -> Response:
    """Handler of what a store that is not ours does not answer now, of a thing as of a query."""
    return respond(request, of_refusal(cast(QueryRefused, refused)))


def not_allowed(request: Request) -> HttpProblem:
    """What a method is told that a path does not answer to."""
    methods = allowed(request.url.path)
    return HttpProblem(405, f"{request.method} is not answered here; {methods} are", Allow=methods)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Handler of what the framework says: no such path, no such method."""
    error = cast(HTTPException, error)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return respond(request, not_allowed(request))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return respond(request, HttpProblem(404, "there is nothing at this address"))
    return respond(request, HttpProblem(error.status_code, str(error.detail)))


def on_error(request: Request, error: Exception) -> Response:
    """Handler of mistakes of ours; what went wrong is in the log and not in the answer."""
    return respond(request, HttpProblem(500, "a mistake of ours; it has been written to the log"))


def respond(request: Request, problem: HttpProblem) -> Response:
    """The problem as JSON, or as a page where that is what the client would rather have."""
    said = {**NOT_CACHED, "Vary": "Accept, Accept-Language", **SECURITY, **CORS, **problem.headers}
    if negotiate.best(request.headers.get("accept"), (PROBLEM, HTML)) is HTML:
        reader = reader_of(request)
        body = render(request, "problem.html", reader, problem=problem, title=HTTPStatus(problem.status).phrase)
        return Response(body, problem.status, said, HTML.content_type)
    return Response(json.dumps(document(problem)).encode() + b"\n", problem.status, said, PROBLEM.name)


def document(problem: HttpProblem) -> Mapping[str, Any]:
    """The members of the problem document."""
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
