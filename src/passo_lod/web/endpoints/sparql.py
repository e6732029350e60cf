"""`/sparql`: the SPARQL 1.1 Protocol; queries in, whole results out. Browsers get a page on which to write a query."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from passo_lod.errors import QueryRefused
from passo_lod.media_types import (
    DATASETS,
    GRAPHS,
    HTML,
    JSON_LD,
    RDF_XML,
    RESULTS,
    RESULTS_JSON,
    RESULTS_XML,
    TURTLE,
    MediaType,
)
from passo_lod.serialise import serialise
from passo_lod.store.protocol import Accepted, Query
from passo_lod.store.query_checks import MAX_CHARACTERS
from passo_lod.web.endpoints import query_page, status
from passo_lod.web.endpoints.endpoint_url import endpoint_url
from passo_lod.web.endpoints.problem_details import HttpProblem, method_not_allowed, problem_of_refusal, respond
from passo_lod.web.endpoints.service_description import service_description
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response
from passo_lod.web.http.headers import CACHED, QUERY_PATHS
from passo_lod.web.http.timeouts import LONGEST_BODY
from passo_lod.web.request_release import release_of

_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_BYTE_ORDER_MARK = "\ufeff"
_MOST_PARAMETERS = 32
_BODY_TIMEOUT = 10.0

_RESULT_TYPES = (*RESULTS, HTML)
_GRAPH_TYPES = (*GRAPHS, *DATASETS, HTML)
_ALL_TYPES = (*RESULTS, *GRAPHS, *DATASETS, HTML)
_DESCRIPTION_TYPES = (*GRAPHS, HTML)

FORMATS: Mapping[str, tuple[MediaType, ...]] = {
    **{media_type.extension: (media_type,) for media_type in _ALL_TYPES},
    "json": (RESULTS_JSON, JSON_LD),
    "xml": (RESULTS_XML, RDF_XML),
    "rdf+xml": (RDF_XML,),
    "turtle": (TURTLE,),
    "n3": (TURTLE,),
}
"""Values of `?format=` beside media types: extensions, and names that clients use for results and for graphs."""

Parameters = list[tuple[str, str]]


@dataclass(frozen=True)
class ProtocolRequest:
    """A query of the protocol, and whether its result is shown on the page."""

    query: Query
    as_page: bool


class SparqlMiddleware:
    """Answer `/sparql` before the routes are searched, because an answer from the cache takes less time than that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http" or scope["path"] not in QUERY_PATHS:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except HttpProblem as problem:
            response = respond(request, problem)
        await response(scope, receive, send)


async def endpoint(request: Request) -> Response:
    """The response to an operation of the protocol (SPARQL 1.1 Protocol, 2.1).

    Raises:
        HttpProblem: the request has no answer.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise method_not_allowed(request)
    parameters = _parse_parameters(request.scope["query_string"].decode("latin-1"))
    if request.method == "POST":
        parameters += await _read_posted(request)
    elif not any(name in ("query", "update") for name, _ in parameters):
        return await run_in_threadpool(_respond_without_query, request)
    base = f"{release_of(request).manifest.base}sparql"
    client = status.client_address(request)
    return await _respond(request, parse_request(parameters, request.headers.get("accept"), base, client))


# ------------------------------------------------------------------------------------------------------------- parsing


def parse_request(
    parameters: Parameters, accept: str | None, base: str | None = None, client: str = ""
) -> ProtocolRequest:
    """Parse the parameters of the protocol.

    Args:
        parameters: names and values.
        accept: the header; `?format=` overrides it.
        base: the base IRI of the query.
        client: who is charged for the query.

    Raises:
        HttpProblem: they have not exactly one query, or ask for no known format.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        if value:  # HTML forms send their empty fields too
            values.setdefault(name, []).append(value)
    if "update" in values:
        raise HttpProblem(400, "this endpoint answers queries and changes nothing", reason="malformed")
    queries = values.get("query", [])
    if not queries:
        raise HttpProblem(400, "there is no query: give it as the parameter query, or post it", reason="malformed")
    if len(queries) != 1:
        raise HttpProblem(400, f"one query is answered at a time; there are {len(queries)}", reason="malformed")
    default, named = tuple(values.get("default-graph-uri", ())), tuple(values.get("named-graph-uri", ()))
    accepted, as_page = _accepted(accept, values.get("format", [""])[-1])
    text = queries[0].removeprefix(_BYTE_ORDER_MARK)
    return ProtocolRequest(Query(text, base, default, named, accepted, client=client), as_page)


@content_negotiation.cache_by_headers
def _accepted(accept: str | None, form: str) -> tuple[Accepted, bool]:
    """The media types that the client accepts for results and for graphs, and whether it prefers a page."""
    if form:
        accept = _accept_of(form)
    results = content_negotiation.ranked(accept, _RESULT_TYPES)
    graphs = content_negotiation.ranked(accept, _GRAPH_TYPES)
    if not results and not graphs:
        raise HttpProblem(406, "results are not available in the media types asked for", offered=_ALL_TYPES[:-1])
    if content_negotiation.best(accept, _ALL_TYPES) is HTML:
        return Accepted((RESULTS_JSON,), (TURTLE,)), True
    return Accepted(tuple(filter(HTML.__ne__, results)), tuple(filter(HTML.__ne__, graphs))), False


def _accept_of(form: str) -> str:
    """The `Accept` header that `?format=` stands for; SPARQLWrapper sends media types."""
    if form in FORMATS:
        return ", ".join(media_type.name for media_type in FORMATS[form])
    if content_negotiation.ranked(form, _ALL_TYPES):
        return form
    raise HttpProblem(400, f"format: {form!r} is not known; {', '.join(sorted(FORMATS))} are", reason="malformed")


def _parse_parameters(text: str) -> Parameters:
    try:
        return parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise HttpProblem(400, "the query is not UTF-8", reason="malformed") from error
    except ValueError as error:
        raise HttpProblem(400, f"there are more than {_MOST_PARAMETERS} parameters", reason="malformed") from error


async def _read_posted(request: Request) -> Parameters:
    media_type, _, parameter = request.headers.get("content-type", "").lower().partition(";")
    charset = parameter.partition("charset=")[2].strip(' "') or "utf-8"
    if media_type.strip() not in (_FORM, _QUERY) or charset != "utf-8":
        raise HttpProblem(415, f"post a query as {_QUERY} or as {_FORM}, in UTF-8", Accept_Post=f"{_QUERY}, {_FORM}")
    coding = request.headers.get("content-encoding", "").strip().lower() or "identity"
    if coding != "identity":
        detail = f"the body has the content coding {coding[:40]!r}; send it as it is, without Content-Encoding"
        raise HttpProblem(415, detail, Accept_Encoding="identity")
    try:
        text = (await _read_body(request)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpProblem(400, "the query is not UTF-8", reason="malformed") from error
    return [("query", text)] if media_type.strip() == _QUERY else _parse_parameters(text)


async def _read_body(request: Request) -> bytes:
    """The body, if it is complete within `_BODY_TIMEOUT` and has at most `LONGEST_BODY`."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise _too_long()
    except ClientDisconnect as error:
        raise HttpProblem(400, "the query was not sent to its end", reason="malformed") from error
    except TimeoutError as error:
        raise HttpProblem(
            408, f"the query did not come within {_BODY_TIMEOUT:g} seconds", Connection="close"
        ) from error
    return bytes(body)


def _too_long() -> HttpProblem:
    detail = f"a body has at most {LONGEST_BODY} bytes, and the query in it at most {MAX_CHARACTERS} characters"
    problem = HttpProblem(413, detail, Connection="close")
    problem.limit = LONGEST_BODY
    return problem


# ----------------------------------------------------------------------------------------------------------- responses


async def _respond(request: Request, operation: ProtocolRequest) -> Response:
    service, query = release_of(request).query_service, operation.query
    try:
        answer = await service.answer(query)
    except QueryRefused as refused:
        problem = problem_of_refusal(refused)
        problem.headers |= status.rate_limit_headers(service.clients, query.client)
        if not operation.as_page:
            raise problem from refused
        return await run_in_threadpool(query_page.result_page, request, query, None, problem)
    if operation.as_page:
        return await run_in_threadpool(query_page.result_page, request, query, answer, None)
    headers = {"Vary": "Accept", **CACHED, **status.rate_limit_headers(service.clients, query.client)}
    return conditional_response(request, answer.body, answer.media_type.content_type, headers, answer.entity_tag)


def _respond_without_query(request: Request) -> Response:
    """The page on which to write a query, or the service description (SPARQL 1.1 Service Description, 2)."""
    media_type = content_negotiation.best(request.headers.get("accept"), _DESCRIPTION_TYPES)
    if media_type is None:
        raise HttpProblem(406, "the service is not described in the media types asked for", offered=_DESCRIPTION_TYPES)
    headers = {"Vary": "Accept, Accept-Language, Host", **CACHED}
    body = (
        query_page.initial_page(request)
        if media_type is HTML
        else serialise(service_description(release_of(request), endpoint_url(request)), media_type)
    )
    return conditional_response(request, body, media_type.content_type, headers)
