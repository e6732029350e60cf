"""Check each SPARQL query, charge it to its client, and answer it from a cache or by the store; used by `/sparql` and `passo-lod query`.

A release never changes, so a cached answer is valid as long as the release is served.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from pyoxigraph import NamedNode

from passo_lod.bounded_cache import BoundedCache
from passo_lod.errors import QueryRefused
from passo_lod.store import query_checks
from passo_lod.store.client_budget import ClientBudgets
from passo_lod.store.protocol import Answer, Query, Store
from passo_lod.store.syntax_errors import explain

_LONG_QUERY = 4096
"""Characters beyond which a check takes more than a millisecond or two."""
_STOPPED = ("timeout", "memory", "over-budget", "unavailable")
"""Reasons of refusals of queries that had run and had not ended."""

_CHECKS = ThreadPoolExecutor(1, thread_name_prefix="query check")
"""One thread for long queries: many of them at once wait for each other, and not the event loop for them."""


class QueryService:
    """Answers the queries to one release.

    Attributes:
        cache: answers to recent queries.
        counts: numbers of queries, by `answered`, `remembered` (from the cache), or the reason of the refusal; `/status` shows them.
        clients: the budgets of the clients, which are shared by successive releases.
    """

    def __init__(self, store: Store, clients: ClientBudgets) -> None:
        self.cache: BoundedCache[Query, Answer] = BoundedCache(_size)
        self.clients = clients
        self.counts: Counter[str] = Counter(answered=0, remembered=0)
        self._store = store

    async def answer(self, query: Query) -> Answer:
        """Run a query and return its complete result.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """
        cached = self.cache.get(query)
        if cached is not None:
            self.counts["remembered"] += 1
            return cached
        try:
            with self.clients.admit(query.client):
                answer = await self._check_and_run(query)
        except QueryRefused as refused:
            self.counts[refused.reason] += 1
            raise
        self.counts["answered"] += 1
        self.cache.put(query, answer)
        return answer

    async def _check_and_run(self, query: Query) -> Answer:
        await self._check_and_charge(query, check_query)
        try:
            return await self._run_and_charge(query)
        except QueryRefused as refused:
            if refused.reason == "malformed":
                await self._check_and_charge(query, partial(_refuse_as_malformed, message=str(refused)))
            raise

    async def _check_and_charge(self, query: Query, check: Callable[[Query], None]) -> None:
        """Check a query and charge the time; a long one in a thread, so that other requests are answered meanwhile."""
        timed = partial(_time_check, query, check)
        if len(query.text) > _LONG_QUERY:
            seconds, refused = await asyncio.get_running_loop().run_in_executor(_CHECKS, timed)
        else:
            seconds, refused = timed()
        self.clients.charge_check(query.client, seconds)
        if refused is not None:
            raise refused

    async def _run_and_charge(self, query: Query) -> Answer:
        try:
            answer = await self._store.query(replace(query, priority=self.clients.expected_cost(query.client)))
        except QueryRefused as refused:
            if refused.seconds:
                self.clients.charge(query.client, refused.seconds, finished=refused.reason not in _STOPPED)
            raise
        self.clients.charge(query.client, answer.seconds)
        return answer


def check_query(query: Query) -> None:
    """Check a query against the rules of `query_checks`, and that its dataset is named by IRIs, not too many of them.

    A graph that the release does not have is an empty graph; no graph is fetched from elsewhere.

    Raises:
        QueryRefused: a check fails.
    """
    query_checks.check(query.text)
    parameters = (*query.default_graphs, *query.named_graphs)
    clauses = query_checks.dataset_clauses(query.text, query.base or "")
    query_checks.check_number_of_graphs(len(clauses) + len(parameters))
    for clause in clauses:
        _check_iri(clause.iri, f"{query_checks.position(query.text, clause.start)}: FROM")
    for iri in parameters:
        _check_iri(iri, "default-graph-uri and named-graph-uri")


def _refuse_as_malformed(query: Query, message: str) -> None:
    """Refuse a query that the parser refused with a message, in plainer words."""
    query_checks.check_tokens(query.text)
    raise QueryRefused("malformed", explain(query.text, message))


def _check_iri(iri: str, where: str) -> None:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise QueryRefused("malformed", f"{where}: {iri!r} is no IRI ({error})") from error


def _time_check(query: Query, check: Callable[[Query], None]) -> tuple[float, QueryRefused | None]:
    """The processor seconds that a check takes, and the error if it fails."""
    started = time.thread_time()
    failed = None
    try:
        check(query)
    except QueryRefused as refused:
        failed = refused
    return time.thread_time() - started, failed


def _size(query: Query, answer: Answer) -> int:
    return len(query.text) + len(answer.body)
