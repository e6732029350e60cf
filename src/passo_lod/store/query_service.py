"""Check each SPARQL query, charge it to its client, and answer it from a cache or by the store; used by `/sparql` and `passo-lod query`.

A release never changes, so a cached answer is valid as long as the release is served.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from pyoxigraph import NamedNode

from passo_lod.bounded_cache import BoundedCache
from passo_lod.errors import QueryRefused
from passo_lod.store import query_checks
from passo_lod.store.client_budget import ClientBudgets
from passo_lod.store.protocol import Answer, Query, Store

_STOPPED = ("timeout", "memory", "over-budget", "unavailable")
"""Reasons of refusals of queries that had run and had not ended."""


class QueryService:
    """Answers the queries to one release.

    Attributes:
        cache: answers to recent queries.
        counts: numbers of queries, by `answered`, `remembered` (from the cache), or the reason of the refusal; `/status` shows them.
        clients: the budgets of the clients, which are shared by successive releases.
    """

    def __init__(self, store: Store, graphs: Collection[str], clients: ClientBudgets) -> None:
        self.cache: BoundedCache[Query, Answer] = BoundedCache(_size)
        self.clients = clients
        self.counts: Counter[str] = Counter(answered=0, remembered=0)
        self._store = store
        self._graphs = graphs

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
            self.check(query)
            answer = await self._run_and_charge(query)
        except QueryRefused as refused:
            self.counts[refused.reason] += 1
            if refused.reason == "malformed":
                query_checks.check_tokens(query.text)
            raise
        self.counts["answered"] += 1
        self.cache.put(query, answer)
        return answer

    def check(self, query: Query) -> None:
        """Check a query against the rules of `query_checks`, and that its dataset has graphs of this release only.

        Raises:
            QueryRefused: a check fails.
        """
        query_checks.check(query.text)
        for clause in query_checks.dataset_clauses(query.text, query.base or ""):
            self._check_graph(clause.iri, f"{query_checks.position(query.text, clause.start)}: FROM")
        for iri in (*query.default_graphs, *query.named_graphs):
            self._check_graph(iri, "default-graph-uri and named-graph-uri")

    def _check_graph(self, iri: str, where: str) -> None:
        if iri not in self._graphs:
            _check_iri(iri, where)
            message = f"{where}: there is no graph <{iri}> here, and none is fetched from elsewhere; ask GRAPH ?g {{}} for those there are"
            raise QueryRefused("forbidden", message)

    async def _run_and_charge(self, query: Query) -> Answer:
        with self.clients.admit(query.client):
            try:
                answer = await self._store.query(replace(query, priority=self.clients.expected_cost(query.client)))
            except QueryRefused as refused:
                if refused.seconds:
                    self.clients.charge(query.client, refused.seconds, finished=refused.reason not in _STOPPED)
                raise
        self.clients.charge(query.client, answer.seconds)
        return answer


def _check_iri(iri: str, where: str) -> None:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise QueryRefused("malformed", f"{where}: {iri!r} is no IRI ({error})") from error


def _size(query: Query, answer: Answer) -> int:
    return len(query.text) + len(answer.body)
