"""A SPARQL 1.1 Protocol client with deadlines, size limits and a pause after repeated failures, for remote stores and `passo-lod query`.

The client reads a result to its end, and parses it before anything of it is passed on, because some engines answer 200 and then break off. It
cannot stop a remote engine from computing on after a timeout: that engine needs limits of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pyoxigraph as ox
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Triple

from passo_lod.errors import QueryRefused
from passo_lod.media_types import N_TRIPLES, RESULTS_JSON, TURTLE, MediaType
from passo_lod.store.protocol import MEBIBYTE, Limits
from passo_lod.store.refusal_messages import MAX_MESSAGE_LENGTH, readable_error, with_message

_HEADERS = {"Accept": f"{RESULTS_JSON.name}, {N_TRIPLES.name}, {TURTLE.name};q=0.5", "User-Agent": "passo-lod"}
_MEDIA_TYPES: Mapping[str, MediaType] = {
    **{each.name: each for each in (RESULTS_JSON, N_TRIPLES, TURTLE)},
    "application/json": RESULTS_JSON,
}
_LOOK_UP_LIMITS = Limits(seconds=5.0, result=64 * MEBIBYTE)
_MAX_FAILURES = 5
_PAUSE_SECONDS = 30.0

Result = QuerySolutions | QueryBoolean | list[Triple]
"""The parsed result of a query."""


class CircuitBreaker:
    """Stops requests to an endpoint for some seconds after several failures in a row."""

    def __init__(self, max_failures: int = _MAX_FAILURES, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._max_failures = max_failures
        self._pause_seconds = pause_seconds
        self._failures = 0
        self._last_failure = 0.0

    @property
    def is_open(self) -> bool:
        """Whether no request may be sent now."""
        return self._failures >= self._max_failures and time.monotonic() - self._last_failure < self._pause_seconds

    def record_success(self) -> None:
        """Count from zero again."""
        self._failures = 0

    def record_failure(self) -> None:
        """Count a failure."""
        self._failures += 1
        self._last_failure = time.monotonic()


class SparqlClient:
    """A client of one SPARQL endpoint.

    Attributes:
        url: the address of the endpoint; a user and a password in it are sent as HTTP Basic authentication.
    """

    def __init__(self, url: str) -> None:
        self.url = httpx.URL(url)
        self.breaker = CircuitBreaker()
        self._client = httpx.Client(headers=_HEADERS, timeout=httpx.Timeout(_LOOK_UP_LIMITS.seconds, connect=2.0))
        self._async_client: httpx.AsyncClient | None = None

    def __str__(self) -> str:
        return str(self.url.copy_with(userinfo=b""))

    def close(self) -> None:
        """Close the connections of `look_up`."""
        self._client.close()

    async def aclose(self) -> None:
        """Close all connections."""
        self.close()
        if self._async_client is not None:
            await self._async_client.aclose()

    def look_up(self, query: str, graphs: Iterable[str] = ()) -> "SparqlReply":
        """Send a short query of this program, and block until it is answered (at most 5 seconds and 64 MiB).

        Raises:
            QueryRefused: the endpoint does not answer it.
        """
        self._check_breaker()
        deadline = time.monotonic() + _LOOK_UP_LIMITS.seconds
        body = _BoundedBody(_LOOK_UP_LIMITS.result)
        try:
            with self._client.stream("POST", self.url, data=_form(query, graphs, graphs)) as response:
                for chunk in response.iter_bytes():
                    body.add(chunk)
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout(f"the reply takes more than {_LOOK_UP_LIMITS.seconds:g} seconds")
                return self._reply(response, body)
        except httpx.HTTPError as error:
            raise self._failed(error) from error
        except QueryRefused as refused:
            raise with_message(refused, _LOOK_UP_LIMITS) from refused

    async def query(self, query: str, default: Iterable[str], named: Iterable[str], limits: Limits) -> "SparqlReply":
        """Send a query of a user.

        Args:
            query: the text.
            default: IRIs of the graphs that form the default graph.
            named: IRIs of the named graphs.
            limits: the deadline, and the bytes that the endpoint may send.

        Raises:
            QueryRefused: the endpoint does not answer within the limits; the message is empty if `refusal_messages` has one for the reason.
        """
        self._check_breaker()
        body = _BoundedBody(limits.result)
        try:
            async with asyncio.timeout(limits.seconds), self._post(_form(query, default, named)) as response:
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
                return self._reply(response, body)
        except TimeoutError as error:
            raise QueryRefused("timeout", "", limit=limits.seconds, used=limits.seconds) from error
        except httpx.HTTPError as error:
            raise self._failed(error) from error

    @asynccontextmanager
    async def _post(self, form: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        if self._async_client is None:
            self._async_client = httpx.AsyncClient(headers=_HEADERS, timeout=httpx.Timeout(None, connect=2.0))
        async with self._async_client.stream("POST", self.url, data=form) as response:
            yield response

    def _check_breaker(self) -> None:
        if self.breaker.is_open:
            raise QueryRefused(
                "unavailable", f"{self} has not answered of late; it is asked again soon", retry_after=10
            )

    def _failed(self, error: Exception) -> QueryRefused:
        self.breaker.record_failure()
        return QueryRefused("unavailable", f"{self} does not answer: {error or type(error).__name__}", retry_after=5)

    def _reply(self, response: httpx.Response, body: "_BoundedBody") -> "SparqlReply":
        status = response.status_code
        if status >= 500:
            raise self._failed(RuntimeError(f"status {status}"))
        self.breaker.record_success()
        if status >= 400:
            message = " ".join(body.content[:MAX_MESSAGE_LENGTH].decode("utf-8", "replace").split())
            raise QueryRefused("malformed", readable_error(message) or f"the store answers {status}")
        if response.has_redirect_location:
            message = f"{self} redirects to {response.headers['Location']}; use that address"
            raise QueryRefused("unavailable", message)
        name = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if name not in _MEDIA_TYPES:
            raise _not_a_result(str(self), f"an answer of type {name!r}")
        return SparqlReply(str(self), _MEDIA_TYPES[name], bytes(body.content))


class _BoundedBody:
    """The body of a response, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.content = bytearray()
        self._limit = limit

    def add(self, chunk: bytes) -> None:
        self.content += chunk
        if len(self.content) > self._limit:
            raise QueryRefused("result-too-large", "", limit=self._limit, used=len(self.content))


@dataclass(frozen=True)
class SparqlReply:
    """The body that an endpoint sent, not yet parsed."""

    sender: str
    media_type: MediaType
    body: bytes

    @contextmanager
    def result(self) -> Iterator[Result]:
        """Parse the body; the thread that begins to read the result must read it to its end.

        Raises:
            QueryRefused: the body is incomplete or malformed.
        """
        try:
            if self.media_type is RESULTS_JSON:
                yield ox.parse_query_results(self.body, format=QueryResultsFormat.JSON)
            else:
                rdf_format = self.media_type.rdf or RdfFormat.N_TRIPLES
                yield [quad.triple for quad in ox.parse(self.body, format=rdf_format)]
        except (SyntaxError, ValueError) as error:
            raise _not_a_result(self.sender, str(error)) from error


def _not_a_result(sender: str, problem: str) -> QueryRefused:
    message = f"{sender} broke off in the middle of its answer, or sent none ({problem})"
    return QueryRefused("unavailable", message, retry_after=5)


def _form(query: str, default: Iterable[str], named: Iterable[str]) -> dict[str, Any]:
    """The parameters of a query by POST with URL-encoded parameters (SPARQL 1.1 Protocol, 2.1.2)."""
    return {"query": query, "default-graph-uri": list(default), "named-graph-uri": list(named)}
