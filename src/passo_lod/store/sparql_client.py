"""Speak the SPARQL 1.1 Protocol to another server's endpoint, with deadlines, a cap on what it may send, and no trust in what it sends.

A result is asked for in one format, read to its end and parsed before anything of it is passed on, because some engines answer 200 and
then break off. What a remote engine goes on doing after we have hung up cannot be stopped from here: it needs limits of its own.
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
from passo_lod.media_types import N_TRIPLES, RESULTS_JSON
from passo_lod.store.protocol import MEBIBYTE, Limits
from passo_lod.store.refusal_messages import readable

_ACCEPT = f"{RESULTS_JSON.name}, {N_TRIPLES.name}"
_LOOK_UP = Limits(seconds=5.0, result=64 * MEBIBYTE)
_FAILURES = 5
_REST = 30.0
_LONGEST_MESSAGE = 600

Result = QuerySolutions | QueryBoolean | list[Triple]
"""What an endpoint's answer is, parsed to its end."""


class CircuitBreaker:
    """Spares an endpoint that has failed several times in a row, for a while."""

    def __init__(self, failures: int = _FAILURES, rest: float = _REST) -> None:
        self._most = failures
        self._rest = rest
        self._failures = 0
        self._since = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the endpoint is left alone now."""
        return self._failures >= self._most and time.monotonic() - self._since < self._rest

    def succeeded(self) -> None:
        """It answers."""
        self._failures = 0

    def failed(self) -> None:
        """It does not answer."""
        self._failures += 1
        self._since = time.monotonic()


class SparqlClient:
    """One SPARQL endpoint somewhere else.

    Attributes:
        url: where it is; a user and a password in it are sent as HTTP Basic authentication.
    """

    def __init__(self, url: str) -> None:
        self.url = httpx.URL(url)
        self.breaker = CircuitBreaker()
        self._client = httpx.Client(timeout=httpx.Timeout(_LOOK_UP.seconds, connect=2.0))
        self._queries: httpx.AsyncClient | None = None

    def __str__(self) -> str:
        return str(self.url.copy_with(userinfo=b""))

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    async def aclose(self) -> None:
        """Hang up."""
        self.close()
        if self._queries is not None:
            await self._queries.aclose()

    def look_up(self, query: str, graphs: Iterable[str] = ()) -> "SparqlReply":
        """The answer to a query of ours, which is quick.

        Raises:
            QueryRefused: the endpoint does not answer it.
        """
        self._refuse_open()
        form = _form(query, graphs, graphs)
        try:
            answer = self._client.post(self.url, data=form, headers={"Accept": _ACCEPT})
        except httpx.HTTPError as error:
            raise self._broken(error) from error
        return self._reply(answer.status_code, answer.headers.get("content-type", ""), answer.content)

    async def ask(self, query: str, default: Iterable[str], named: Iterable[str], limits: Limits) -> "SparqlReply":
        """The answer to a query of anybody's.

        Raises:
            QueryRefused: with the reason why there is none.
        """
        self._refuse_open()
        try:
            async with asyncio.timeout(limits.seconds), self._posted(_form(query, default, named)) as answer:
                body = await _body(answer, limits.result)
                return self._reply(answer.status_code, answer.headers.get("content-type", ""), body)
        except TimeoutError as error:
            raise QueryRefused("timeout", "", limit=limits.seconds, used=limits.seconds) from error
        except httpx.HTTPError as error:
            raise self._broken(error) from error

    @asynccontextmanager
    async def _posted(self, form: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        if self._queries is None:
            self._queries = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=2.0))
        async with self._queries.stream("POST", self.url, data=form, headers={"Accept": _ACCEPT}) as answer:
            yield answer

    def _refuse_open(self) -> None:
        if self.breaker.is_open:
            raise QueryRefused(
                "unavailable", f"{self} has not answered of late; it is asked again soon", retry_after=10
            )

    def _broken(self, error: Exception) -> QueryRefused:
        self.breaker.failed()
        return QueryRefused("unavailable", f"{self} does not answer: {error or type(error).__name__}", retry_after=5)

    def _reply(self, status: int, content_type: str, body: bytes) -> "SparqlReply":
        if status >= 500:
            raise self._broken(RuntimeError(f"status {status}"))
        self.breaker.succeeded()
        if status >= 400:
            message = " ".join(body[:_LONGEST_MESSAGE].decode("utf-8", "replace").split())
            raise QueryRefused("malformed", readable(message) or f"the store answers {status}")
        return SparqlReply(str(self), content_type.partition(";")[0].strip().lower(), body)


@dataclass(frozen=True)
class SparqlReply:
    """What an endpoint sent; not yet looked into."""

    sender: str
    media_type: str
    body: bytes

    @contextmanager
    def result(self) -> Iterator[Result]:
        """The result, to be read to its end by the thread that begins to.

        Raises:
            QueryRefused: what was sent ends before its end, or is no result.
        """
        try:
            if self.media_type == RESULTS_JSON.name:
                yield ox.parse_query_results(self.body, format=QueryResultsFormat.JSON)
            elif self.media_type == N_TRIPLES.name:
                yield [quad.triple for quad in ox.parse(self.body, format=RdfFormat.N_TRIPLES)]
            else:
                raise ValueError(f"an answer of type {self.media_type!r}")
        except (SyntaxError, ValueError) as error:
            why = f"{self.sender} broke off in the middle of its answer, or sent none ({error})"
            raise QueryRefused("unavailable", why, retry_after=5) from error


def _form(query: str, default: Iterable[str], named: Iterable[str]) -> dict[str, Any]:
    return {"query": query, "default-graph-uri": list(default), "named-graph-uri": list(named)}


async def _body(answer: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > most:
            raise QueryRefused("result-too-large", "", limit=most, used=len(body))
    return bytes(body)
