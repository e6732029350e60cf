"""The SPARQL 1.1 Protocol over the store: queries in, whole results out, and a page to ask from."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
from passo_lod.web.endpoints import query_page, status
from passo_lod.web.endpoints.endpoint_url import endpoint_url
from passo_lod.web.endpoints.problem_details import HttpProblem, not_allowed, of_refusal, respond
from passo_lod.web.endpoints.service_description import service_description
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.request_release import release_of

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
LONGEST_BODY = 256 * 1024
MOST_PARAMETERS = 32
_BODY_WITHIN = 10.0

FORMATS: Mapping[str, tuple[MediaType, ...]] = {
    **{each.extension: (each,) for each in (*RESULTS, *GRAPHS, *DATASETS, HTML)},
    "json": (RESULTS_JSON, JSON_LD),
    "xml": (RESULTS_XML, RDF_XML),
    "rdf+xml": (RDF_XML,),
    "turtle": (TURTLE,),
    "n3": (TURTLE,),
}
"""What `?format=` may say beside media types: an extension, or a word that clients use (for rows, and for graphs)."""

Parameters = list[tuple[str, str]]


@dataclass(frozen=True)
class ProtocolRequest:
    """A query of the protocol and the form its result is wanted in."""

    query: Query
    as_page: bool


class SparqlMiddleware:
    """Answers `/sparql`, and leaves all else to the application.

    It stands before the routes, because a look-up takes less time than finding the way to it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http" or scope["path"] not in headers.QUERY_PATHS:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except HttpProblem as problem:
            response = respond(request, problem)
        await response(scope, receive, send)


async def endpoint(request: Request) -> Response:
    """The answer to a request, which the protocol makes one of three kinds of (2.1).

    Raises:
        Problem: with the reason why there is none.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise not_allowed(request)
    parameters = _parameters(request.scope["query_string"].decode("latin-1"))
    if request.method == "POST":
        parameters += await _posted(request)
    elif not any(name in ("query", "update") for name, _ in parameters):
        return await run_in_threadpool(_welcome, request)
    base = f"{release_of(request).manifest.base}sparql"
    return await _answer(request, read(parameters, request.headers.get("accept"), base, status.client(request)))


# ---------------------------------------------------------------------------------------------------------- reading


def read(parameters: Parameters, accept: str | None, base: str | None = None, client: str = "") -> ProtocolRequest:
    """The query that the parameters make, of a client, with the IRI that relative ones are relative to.

    Raises:
        Problem: they do not make one.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise HttpProblem(400, "this endpoint answers queries and changes nothing", reason="malformed")
    if len(values.get("query", ())) != 1:
        raise HttpProblem(
            400, f"one query is answered at a time; there are {len(values.get('query', ()))}", reason="malformed"
        )
    default, named = tuple(values.get("default-graph-uri", ())), tuple(values.get("named-graph-uri", ()))
    accepted, as_page = _accepted(accept, values.get("format", [""])[-1])
    return ProtocolRequest(Query(values["query"][0], base, default, named, accepted, client=client), as_page)


@lru_cache(1024)
def _accepted(accept: str | None, form: str) -> tuple[Accepted, bool]:
    if form:
        accept = _accept_of(form)
    results = negotiate.ranked(accept, (*RESULTS, HTML))
    graphs = negotiate.ranked(accept, (*GRAPHS, *DATASETS, HTML))
    if not results and not graphs:
        raise HttpProblem(
            406, "results are not to be had in the media types asked for", offered=(*RESULTS, *GRAPHS, *DATASETS)
        )
    if negotiate.best(accept, (*RESULTS, *GRAPHS, *DATASETS, HTML)) is HTML:
        return Accepted((RESULTS_JSON,), (TURTLE,)), True
    return Accepted(tuple(filter(HTML.__ne__, results)), tuple(filter(HTML.__ne__, graphs))), False


def _accept_of(form: str) -> str:
    """The wish that `?format=` stands for; it may also be one, or several media types (SPARQLWrapper sends them)."""
    if form in FORMATS:
        return ", ".join(each.name for each in FORMATS[form])
    if negotiate.ranked(form, (*RESULTS, *GRAPHS, *DATASETS, HTML)):
        return form
    raise HttpProblem(400, f"format: {form!r} is not known; {', '.join(sorted(FORMATS))} are", reason="malformed")


def _parameters(text: str) -> Parameters:
    try:
        return parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise HttpProblem(400, "the query is not UTF-8", reason="malformed") from error
    except ValueError as error:
        raise HttpProblem(400, f"there are more than {MOST_PARAMETERS} parameters", reason="malformed") from error


async def _posted(request: Request) -> Parameters:
    media_type, _, parameter = request.headers.get("content-type", "").lower().partition(";")
    charset = parameter.partition("charset=")[2].strip(' "') or "utf-8"
    if media_type.strip() not in (FORM, QUERY) or charset != "utf-8":
        raise HttpProblem(415, f"post a query as {QUERY} or as {FORM}, in UTF-8", Accept_Post=f"{QUERY}, {FORM}")
    try:
        text = (await _body(request)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpProblem(400, "the query is not UTF-8", reason="malformed") from error
    return [("query", text)] if media_type.strip() == QUERY else _parameters(text)


async def _body(request: Request) -> bytes:
    """The body, as long as it is short and comes in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_WITHIN):
            async for piece in request.stream():
                body += piece
                if len(body) > LONGEST_BODY:
                    raise HttpProblem(413, f"a query has at most {LONGEST_BODY // 1024} kB", Connection="close")
    except ClientDisconnect as error:
        raise HttpProblem(400, "the query was not sent to its end", reason="malformed") from error
    except TimeoutError as error:
        raise HttpProblem(408, f"the query did not come within {_BODY_WITHIN:g} seconds", Connection="close") from error
    return bytes(body)


# ---------------------------------------------------------------------------------------------------------- answering


async def _answer(request: Request, asked: ProtocolRequest) -> Response:
    desk = release_of(request).desk
    try:
        answer = await desk.ask(asked.query)
    except QueryRefused as refused:
        problem = of_refusal(refused)
        problem.headers |= status.rate_limit(desk.clients, asked.query.client)
        if not asked.as_page:
            raise problem from refused
        return await run_in_threadpool(query_page.answered, request, asked.query, None, problem)
    if asked.as_page:
        return await run_in_threadpool(query_page.answered, request, asked.query, answer, None)
    said = {"Vary": "Accept", **headers.CACHED, **status.rate_limit(desk.clients, asked.query.client)}
    return headers.conditional(request, answer.body, answer.media_type.content_type, said, answer.tag)


# ---------------------------------------------------------------------------------------------------------- no query


def _welcome(request: Request) -> Response:
    """Without a query: a page to write one, or the service description (SPARQL 1.1 Service Description, 2)."""
    media_type = negotiate.best(request.headers.get("accept"), (*GRAPHS, HTML))
    if media_type is None:
        raise HttpProblem(406, "the service is not described in the media types asked for", offered=(*GRAPHS, HTML))
    said = {"Vary": "Accept, Accept-Language, Host", **headers.CACHED}
    body = (
        query_page.blank(request)
        if media_type is HTML
        else serialise(service_description(release_of(request), endpoint_url(request)), media_type)
    )
    return headers.conditional(request, body, media_type.content_type, said)
