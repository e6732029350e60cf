"""A release in somebody else's SPARQL 1.1 endpoint, for where one machine is outgrown: things and queries alike are asked of it.

What is asked is asked of the graphs of the release and of no others, whatever else the endpoint holds, by the protocol's own parameters.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Triple

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.namespaces import DCT, FOAF, VOID
from passo_lod.store import query_checks as guard
from passo_lod.store.protocol import NAMES, Answer, Label, Limits, Query, choose_label, value_of
from passo_lod.store.refusal_messages import refusal_message
from passo_lod.store.release import Release
from passo_lod.store.result_writer import ResultTooLarge, is_graph, offer, write_result
from passo_lod.store.sparql_client import SparqlClient, SparqlReply

_AT_ONCE = 200
_REMEMBERED = 50_000
_DEEPEST = 8
"""A part of a part of a part: how far the parts of a thing are followed."""


def control_graph(base: str) -> str:
    """The graph in which a store says which release it holds."""
    return f"{base}release"


class RemoteStore:
    """The quads of one release, held by another server."""

    def __init__(self, release: Release, endpoint: SparqlClient, limits: Limits, at_once: int) -> None:
        self.release = release
        self._endpoint = endpoint
        self._limits = limits
        self._graphs = dict(release.manifest.graphs)
        self._places = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._known: dict[str, bool] = {}
        self._names: dict[str, tuple[Literal, ...]] = {}
        self.describe = lru_cache(1024)(self._describe)

    @classmethod
    def open(cls, release: Release, url: str, limits: Limits, at_once: int = 8) -> "RemoteStore":
        """The store behind an endpoint, where it holds this release.

        Raises:
            ReleaseError: it holds another, or none, or does not answer.
        """
        store = cls(release, SparqlClient(url), limits, at_once)
        try:
            store._refuse_other_release()
        except BaseException:
            store._endpoint.close()
            raise
        return store

    def _refuse_other_release(self) -> None:
        try:
            held = self.held_release()
        except QueryRefused as refused:
            raise ReleaseError(str(refused)) from refused
        if held != self.release.manifest.id:
            raise ReleaseError(
                f"{self._endpoint} holds {f'the release {held}' if held else 'no release'}, and {self.release.manifest.id} "
                "is to be served; run `passo-lod publish --to` with its address"
            )

    def held_release(self) -> str | None:
        """The id of the release that the endpoint says it holds."""
        graph = control_graph(self.release.manifest.base)
        rows = self._rows(f"SELECT ?id {{ GRAPH <{graph}> {{ ?release <{DCT.identifier.value}> ?id }} }}", (graph,))
        return next((value_of(row[0]) for row in rows), None)

    # -- things

    def exists(self, iri: str) -> bool:
        """Whether something is said about the thing."""
        if iri not in self._known:
            self.prefetch([iri])
        return self._known[iri]

    def _describe(self, iri: str) -> list[Quad]:
        """All that is said about the thing and its parts, and the record about it with its parts.

        The parts are found by following links, there and back, to what has an IRI below the thing's: no endpoint has an index of
        beginnings.
        """
        found: dict[str, list[Quad]] = {}
        records = [value_of(quad.subject) for quad in self.pattern(None, FOAF.primaryTopic, NamedNode(iri))]
        wholes = (iri, *sorted(records))
        asked = list(wholes)
        for _ in range(_DEEPEST):
            found |= {subject: [] for subject in asked}
            for quad in self._about(asked):
                found[value_of(quad.subject)].append(quad)
            named = {value_of(quad.object) for each in asked for quad in found[each]} | set(self._naming(asked))
            asked = sorted(each for each in named - found.keys() if _is_part(each, wholes))
            if not asked:
                break
        quads = [quad for each in found.values() for quad in each]
        node = NamedNode(iri)
        is_linkset = any(quad.object == VOID.Linkset and quad.subject == node for quad in quads)
        return [*quads, *(self.pattern(None, None, None, node) if is_linkset else ())]

    def _about(self, iris: Sequence[str]) -> Iterator[Quad]:
        for some in _batches(iris):
            for s, p, o in self._rows(f"SELECT ?s ?p ?o {{ VALUES ?s {{ {_list(some)} }} ?s ?p ?o }}"):
                yield _quad(s, p, o)

    def _naming(self, iris: Sequence[str]) -> Iterator[str]:
        """What has one of these as the object of something it says."""
        for some in _batches(iris):
            for (s,) in self._rows(f"SELECT DISTINCT ?s {{ VALUES ?o {{ {_list(some)} }} ?s ?p ?o }}"):
                yield value_of(s)

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """What other things say of this one, at most `limit` statements."""
        query = f"SELECT ?s ?p ?o {{ VALUES ?o {{ {_iri(iri)} }} ?s ?p ?o FILTER (?s != ?o) }} LIMIT {limit:d}"
        return [_quad(*row) for row in self._rows(query)]

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; None matches all."""
        terms = [str(term) if term else name for term, name in ((subject, "?s"), (predicate, "?p"), (value, "?o"))]
        binds = [
            f"BIND ({term} AS {name})" for term, name in zip(terms, ("?s", "?p", "?o"), strict=True) if term != name
        ]
        query = f"SELECT ?s ?p ?o {{ {' '.join(terms)} . {' '.join(binds)} }}"
        return (_quad(*row) for row in self._rows(query, (graph.value,) if graph else None))

    def graphs(self) -> Mapping[str, int]:
        """The named graphs, and how many triples each holds."""
        return self._graphs

    @property
    def union(self) -> bool:
        """A query that names no graph is asked of the union of all graphs."""
        return True

    def prefetch(self, iris: Iterable[str]) -> None:
        """Look up whether these exist, and their names, for many at a time."""
        for some in _batches([iri for iri in dict.fromkeys(iris) if iri not in self._known]):
            here = f"VALUES ?s {{ {_list(some)} }}"
            known = self._rows(f"SELECT DISTINCT ?s {{ {here} ?s ?p ?o }}")
            wanted = " ".join(map(str, NAMES))
            names = self._rows(
                f"SELECT ?s ?p ?name {{ {here} VALUES ?p {{ {wanted} }} ?s ?p ?name FILTER (isLiteral(?name)) }}"
            )
            self._remember(some, {value_of(iri) for (iri,) in known}, names)

    def _remember(self, iris: Sequence[str], known: set[str], names: Sequence[Sequence[Any]]) -> None:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            self._names.clear()
        self._known |= {iri: iri in known for iri in iris}
        found: dict[str, dict[int, list[Literal]]] = {}
        for subject, predicate, name in names:
            found.setdefault(value_of(subject), {}).setdefault(NAMES.index(predicate), []).append(name)
        self._names |= {iri: tuple(sorted(each[min(each)], key=str)) for iri, each in found.items()}

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Label]:
        """The name of each thing that has one, in the first of the languages it is known in."""
        wanted = set(iris)
        self.prefetch(wanted)
        return {iri: choose_label(self._names[iri], languages) for iri in wanted if iri in self._names}

    def _rows(self, query: str, graphs: Iterable[str] | None = None) -> list[list[Any]]:
        """The solutions of a query of ours, each as a list in the order of its variables."""
        with self._endpoint.look_up(query, self._graphs if graphs is None else graphs).result() as solutions:
            assert isinstance(solutions, QuerySolutions)  # noqa: S101 - we ask SELECT
            width = len(solutions.variables)
            return [[solution[column] for column in range(width)] for solution in solutions]

    # -- queries

    async def query(self, query: Query) -> Answer:
        """The answer to a SPARQL query.

        Raises:
            QueryRefused: with the reason why there is none.
        """
        try:
            await asyncio.wait_for(self._places.acquire(), 4)
        except TimeoutError as error:
            raise QueryRefused("unavailable", "all connections to the store are busy", retry_after=2) from error
        began = time.monotonic()
        try:
            reply = await self._endpoint.ask(query.text, *self._dataset(query), self._limits)
            answer = await asyncio.to_thread(_written, reply, query, self._limits.result)
            if isinstance(answer, QueryRefused):
                raise answer
        except QueryRefused as refused:
            refused.seconds = time.monotonic() - began
            raise _explained(refused, self._limits) from refused
        finally:
            self._places.release()
        return Answer(answer.media_type, answer.body, time.monotonic() - began)

    def _dataset(self, query: Query) -> tuple[Iterable[str], Iterable[str]]:
        """What the protocol names, else what the query names, else all graphs and their union."""
        if query.default_graphs or query.named_graphs:
            return query.default_graphs, query.named_graphs
        clauses = guard.dataset_clauses(query.text, query.base or "")
        if clauses:
            return [each.iri for each in clauses if not each.named], [each.iri for each in clauses if each.named]
        return self._graphs, self._graphs

    async def start(self) -> None:
        """Nothing: the endpoint is somebody else's."""

    async def stop(self) -> None:
        """Hang up."""
        await self._endpoint.aclose()

    @property
    def ready(self) -> bool:
        """Whether the endpoint has answered of late."""
        return not self._endpoint.breaker.is_open

    @property
    def load(self) -> Mapping[str, int]:
        """How many connections there may be."""
        return {"connections": self._at_once}


def _written(reply: SparqlReply, query: Query, most: int) -> Answer | QueryRefused:
    """The result in the media type that fits it best, or why there is none.

    The library's results must end in the thread they began in, so that no error that remembers one may leave it.
    """
    try:
        return _write(reply, query, most)
    except QueryRefused as refused:
        refused.__cause__ = refused.__context__ = None
        return refused.with_traceback(None)


def _write(reply: SparqlReply, query: Query, most: int) -> Answer:
    with reply.result() as result:
        accepted = query.accepted.graphs if is_graph(result) else query.accepted.results
        if not accepted:
            raise QueryRefused("not-acceptable", offer(result))
        try:
            return Answer(accepted[0], write_result(result, accepted[0], most))
        except ResultTooLarge as error:
            raise QueryRefused("result-too-large", "", limit=most) from error


def _explained(refused: QueryRefused, limits: Limits) -> QueryRefused:
    """The refusal in the words that all engines have for it."""
    if str(refused):
        return refused
    return QueryRefused(
        refused.reason,
        refusal_message(refused.reason, limits)
        + ("; the store itself may go on with it" if refused.reason == "timeout" else ""),
        limit=refused.limit,
        used=refused.used,
        seconds=refused.seconds,
    )


def _quad(subject: object, predicate: object, value: object) -> Quad:
    assert isinstance(subject, NamedNode | BlankNode)  # noqa: S101 - a triple of RDF
    assert isinstance(predicate, NamedNode)  # noqa: S101
    assert isinstance(value, NamedNode | BlankNode | Literal | Triple)  # noqa: S101
    return Quad(subject, predicate, value, DefaultGraph())


def _is_part(iri: str, wholes: Sequence[str]) -> bool:
    return any(iri.startswith((f"{whole}/", f"{whole}#")) for whole in wholes)


def _iri(iri: str) -> str:
    """An IRI as SPARQL writes it, and nothing that could be more than an IRI."""
    return str(NamedNode(iri))


def _list(iris: Iterable[str]) -> str:
    return " ".join(map(_iri, iris))


def _batches(iris: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(iris)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
