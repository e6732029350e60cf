"""Where every query is received, whatever answers it: looked at, charged to its client, answered from memory where it was answered before.

A release does not change, so an answer is good for as long as the release is served, and no question of freshness arises.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection
from dataclasses import replace

from pyoxigraph import NamedNode

from passo_lod.errors import QueryRefused
from passo_lod.store import query_checks as guard
from passo_lod.store.client_budget import ClientBudgets
from passo_lod.store.protocol import MEBIBYTE, Answer, Query, Store


class QueryService:
    """Receives the queries to one release.

    Attributes:
        answers: what was answered of late.
        tally: how many queries were answered, remembered and refused, by the reason.
        clients: the accounts of those who ask; they outlive the release.
    """

    def __init__(self, store: Store, graphs: Collection[str], clients: ClientBudgets) -> None:
        self.answers = AnswerCache()
        self.clients = clients
        self.tally: Counter[str] = Counter(answered=0, remembered=0)
        self._store = store
        self._graphs = graphs

    async def ask(self, query: Query) -> Answer:
        """The whole answer to a query.

        Raises:
            QueryRefused: with the reason why there is none.
        """
        known = self.answers.get(query)
        if known is not None:
            self.tally["remembered"] += 1
            return known
        try:
            self.check(query)
            answer = await self._charged(query)
        except QueryRefused as refused:
            self.tally[refused.reason] += 1
            if refused.reason == "malformed":
                guard.examine(query.text)
            raise
        self.tally["answered"] += 1
        self.answers.put(query, answer)
        return answer

    def check(self, query: Query) -> None:
        """Pass a query that the rules have nothing against, and that asks only of graphs that are here.

        Raises:
            QueryRefused: a rule refuses it.
        """
        guard.check(query.text)
        for clause in guard.dataset_clauses(query.text, query.base or ""):
            self._refuse_stranger(clause.iri, f"{guard.position(query.text, clause.start)}: FROM")
        for iri in (*query.default_graphs, *query.named_graphs):
            self._refuse_stranger(iri, "default-graph-uri and named-graph-uri")

    def _refuse_stranger(self, iri: str, where: str) -> None:
        if iri not in self._graphs:
            _refuse_no_iri(iri, where)
            message = f"{where}: there is no graph <{iri}> here, and none is fetched from elsewhere; ask GRAPH ?g {{}} for those there are"
            raise QueryRefused("forbidden", message)

    async def _charged(self, query: Query) -> Answer:
        with self.clients.admitted(query.client):
            try:
                answer = await self._store.query(replace(query, priority=self.clients.spent(query.client)))
            except QueryRefused as refused:
                self.clients.bill(query.client, refused.seconds)
                raise
        self.clients.bill(query.client, answer.seconds)
        return answer


def _refuse_no_iri(iri: str, where: str) -> None:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise QueryRefused("malformed", f"{where}: {iri!r} is no IRI ({error})") from error


class AnswerCache:
    """The answers given of late, up to a number of bytes; of those given longest ago nothing is kept."""

    def __init__(self, most: int = 64 * MEBIBYTE, largest: int = 4 * MEBIBYTE) -> None:
        self._most = most
        self._largest = largest
        self._size = 0
        self._answers: OrderedDict[Query, Answer] = OrderedDict()

    def get(self, query: Query) -> Answer | None:
        """The answer, where it is remembered."""
        answer = self._answers.get(query)
        if answer is not None:
            self._answers.move_to_end(query)
        return answer

    def put(self, query: Query, answer: Answer) -> None:
        """Remember an answer."""
        if len(answer.body) > self._largest or query in self._answers:
            return
        self._answers[query] = answer
        self._size += _weight(query, answer)
        while self._size > self._most:
            self._size -= _weight(*self._answers.popitem(last=False))


def _weight(query: Query, answer: Answer) -> int:
    return len(query.text) + len(answer.body) + 1024
