"""A release in another server's SPARQL 1.1 endpoint, for data that one machine cannot serve; implements `protocol.Store`.

The store names the graphs of the release in each request (`default-graph-uri`, `named-graph-uri`), so that other data in the endpoint stay out.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Triple

from passo_lod.errors import NotInXml, QueryRefused, ReleaseError
from passo_lod.namespaces import DCT, FOAF, VOID
from passo_lod.release_layout import LABEL_PROPERTIES
from passo_lod.store import query_checks
from passo_lod.store.protocol import Answer, Label, Limits, Query, choose_label, value_of
from passo_lod.store.query_checks import DatasetClause
from passo_lod.store.refusal_messages import with_message
from passo_lod.store.release import Release
from passo_lod.store.result_writer import ResultTooLarge, is_graph, offered_media_types, write_result
from passo_lod.store.sparql_client import SparqlClient, SparqlReply

_BATCH_SIZE = 200
_MAX_CACHED_IRIS = 50_000
_MAX_CACHED_DESCRIPTIONS = 1024
_MAX_DEPTH = 8
"""How many levels of parts (such as the phase of a process) a description includes."""
_NO_GRAPH = "about:blank"
"""Stands for a dataset without graphs: an endpoint has no graph of this name, and cannot fetch it (RFC 6694)."""

Names = tuple[Literal, ...] | None
"""The names of an IRI; None if the IRI is not the subject of a triple."""


def control_graph(base: str) -> str:
    """The IRI of the graph in which an endpoint states the id of the release it has."""
    return f"{base}release"


class RemoteStore:
    """The quads of one release in a remote endpoint."""

    def __init__(self, release: Release, endpoint: SparqlClient, limits: Limits, max_connections: int) -> None:
        self.release = release
        self._endpoint = endpoint
        self._limits = limits
        self._graphs = dict(release.manifest.graphs)
        self._connections = asyncio.Semaphore(max_connections)
        self._max_connections = max_connections
        self._names: dict[str, Names] = {}
        self.describe = lru_cache(_MAX_CACHED_DESCRIPTIONS)(self._describe)

    @classmethod
    def open(cls, release: Release, url: str, limits: Limits, max_connections: int = 8) -> "RemoteStore":
        """Connect to an endpoint and check that it has this release, which is closed if not.

        Raises:
            ReleaseError: it has another release or none, or does not answer.
        """
        store = cls(release, SparqlClient(url), limits, max_connections)
        try:
            store._check_release()
        except BaseException:
            store._endpoint.close()
            release.close()
            raise
        return store

    def _check_release(self) -> None:
        try:
            found = self.read_release_id()
        except QueryRefused as refused:
            raise ReleaseError(str(refused)) from refused
        if found != self.release.manifest.id:
            raise ReleaseError(
                f"{self._endpoint} has {f'the release {found}' if found else 'no release'}, and {self.release.manifest.id} "
                "is to be served; run `passo-lod publish --to` with its address"
            )

    def read_release_id(self) -> str | None:
        """The id of the release in the endpoint, from its control graph."""
        graph = control_graph(self.release.manifest.base)
        rows = self._rows(f"SELECT ?id {{ GRAPH <{graph}> {{ ?release <{DCT.identifier.value}> ?id }} }}", (graph,))
        return next((value_of(row[0]) for row in rows), None)

    # -- resources

    def exists(self, iri: str) -> bool:
        """Whether the IRI is the subject of a triple."""
        return self._look_up([iri])[iri] is not None

    def _describe(self, iri: str) -> list[Quad]:
        """The quads about the resource and its parts, and about its record and the parts of that.

        Parts are found by following links in both directions to IRIs that start with the resource's: endpoints have no index of IRI prefixes.
        """
        records = [value_of(quad.subject) for quad in self.pattern(None, FOAF.primaryTopic, NamedNode(iri))]
        roots = (iri, *sorted(records))
        found: dict[str, list[Quad]] = {}
        subjects = list(roots)
        for _ in range(_MAX_DEPTH):
            found |= {subject: [] for subject in subjects}
            for quad in self._quads_about(subjects):
                found[value_of(quad.subject)].append(quad)
            linked = {value_of(quad.object) for subject in subjects for quad in found[subject]}
            linked.update(self._subjects_linking_to(subjects))
            subjects = sorted(each for each in linked - found.keys() if _is_part(each, roots))
            if not subjects:
                break
        quads = [quad for about_subject in found.values() for quad in about_subject]
        node = NamedNode(iri)
        is_linkset = any(quad.object == VOID.Linkset and quad.subject == node for quad in quads)
        return [*quads, *(self.pattern(None, None, None, node) if is_linkset else ())]

    def _quads_about(self, iris: Sequence[str]) -> Iterator[Quad]:
        for batch in _batches(iris):
            for s, p, o in self._rows(f"SELECT ?s ?p ?o {{ VALUES ?s {{ {_values(batch)} }} ?s ?p ?o }}"):
                yield _quad(s, p, o)

    def _subjects_linking_to(self, iris: Sequence[str]) -> Iterator[str]:
        for batch in _batches(iris):
            for (s,) in self._rows(f"SELECT DISTINCT ?s {{ VALUES ?o {{ {_values(batch)} }} ?s ?p ?o }}"):
                yield value_of(s)

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """At most `limit` quads whose object is the IRI and whose subject is another."""
        query = f"SELECT ?s ?p ?o {{ VALUES ?o {{ {_iri(iri)} }} ?s ?p ?o FILTER (?s != ?o) }} LIMIT {limit:d}"
        return [_quad(*row) for row in self._rows(query)]

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match a quad pattern; None matches any term."""
        terms = [str(term) if term else name for term, name in ((subject, "?s"), (predicate, "?p"), (value, "?o"))]
        binds = [
            f"BIND ({term} AS {name})" for term, name in zip(terms, ("?s", "?p", "?o"), strict=True) if term != name
        ]
        query = f"SELECT ?s ?p ?o {{ {' '.join(terms)} . {' '.join(binds)} }}"
        return (_quad(*row) for row in self._rows(query, (graph.value,) if graph else None))

    def graphs(self) -> Mapping[str, int]:
        """The IRIs of the named graphs with their numbers of triples."""
        return self._graphs

    @property
    def union_default_graph(self) -> bool:
        """True: the default graph of a query that names no graph is the union of all graphs of the release."""
        return True

    def prefetch(self, iris: Iterable[str]) -> None:
        """Cache whether these IRIs exist, and their names, with few requests."""
        self._look_up(iris)

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Label]:
        """The name of each IRI that has one, in the first of the languages in which it has one."""
        return {iri: choose_label(names, languages) for iri, names in self._look_up(iris).items() if names}

    def _look_up(self, iris: Iterable[str]) -> dict[str, Names]:
        """The names of IRIs, from the cache or from the endpoint."""
        if len(self._names) > _MAX_CACHED_IRIS:
            self._names = {}  # not clear(): other threads read the old one
        cache, wanted = self._names, dict.fromkeys(iris)
        for batch in _batches([iri for iri in wanted if iri not in cache]):
            cache |= self._request_names(batch)
        return {iri: cache[iri] for iri in wanted}

    def _request_names(self, iris: Sequence[str]) -> dict[str, Names]:
        subjects = f"VALUES ?s {{ {_values(iris)} }}"
        existing = {value_of(iri) for (iri,) in self._rows(f"SELECT DISTINCT ?s {{ {subjects} ?s ?p ?o }}")}
        names = read_names(self._endpoint, iris, self._graphs)
        return {iri: names.get(iri, ()) if iri in existing else None for iri in iris}

    def _rows(self, query: str, graphs: Iterable[str] | None = None) -> list[list[Any]]:
        """The solutions of a SELECT query, each with its terms in the order of the variables."""
        return _read_rows(self._endpoint, query, self._graphs if graphs is None else graphs)

    # -- queries

    async def query(self, query: Query) -> Answer:
        """Run a query and return its complete result.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """
        try:
            await asyncio.wait_for(self._connections.acquire(), 4)
        except TimeoutError as error:
            raise QueryRefused("unavailable", "all connections to the store are busy", retry_after=2) from error
        started = time.monotonic()
        try:
            text, default, named = await asyncio.to_thread(self._request, query)
            reply = await self._endpoint.query(text, default, named, self._limits)
            answer = await asyncio.to_thread(_convert, reply, query, self._limits.result)
            if isinstance(answer, QueryRefused):
                raise answer
        except QueryRefused as refused:
            refused.seconds = time.monotonic() - started
            raise _with_message(refused, self._limits) from refused
        finally:
            self._connections.release()
        return Answer(answer.media_type, answer.body, time.monotonic() - started)

    def _request(self, query: Query) -> tuple[str, Iterable[str], Iterable[str]]:
        """The text of a query without its dataset clauses, and the default and the named graphs."""
        clauses = query_checks.dataset_clauses(query.text, query.base or "")
        return query_checks.without_dataset_clauses(query.text, clauses), *self._dataset(query, clauses)

    def _dataset(self, query: Query, clauses: Sequence[DatasetClause]) -> tuple[Iterable[str], Iterable[str]]:
        """The default and the named graphs: those of the protocol request, else those in the query, else all graphs.

        Of those that are named only the graphs of the release are sent: the endpoint may have others, or fetch them.
        """
        if query.default_graphs or query.named_graphs:
            default, named = query.default_graphs, query.named_graphs
        elif clauses:
            default = tuple(each.iri for each in clauses if not each.named)
            named = tuple(each.iri for each in clauses if each.named)
        else:
            return self._graphs, self._graphs
        default, named = (tuple(filter(self._graphs.__contains__, graphs)) for graphs in (default, named))
        return (default, named) if default or named else ((_NO_GRAPH,), ())

    def read(self) -> None:
        """Do nothing: `open` has asked the endpoint."""

    async def start(self) -> None:
        """Do nothing: the endpoint runs already."""

    async def stop(self) -> None:
        """Close the connections, and allow the publisher to prune the release."""
        await self._endpoint.aclose()
        self.release.close()

    @property
    def ready(self) -> bool:
        """Whether requests are sent to the endpoint, as it has not failed several times in a row."""
        return not self._endpoint.breaker.is_open

    @property
    def load(self) -> Mapping[str, int]:
        """The maximum number of connections, as `/status` shows it."""
        return {"connections": self._max_connections}


def _convert(reply: SparqlReply, query: Query, max_bytes: int) -> Answer | QueryRefused:
    """Serialise the result in the first accepted media type, or return why this fails.

    A result of the library must be freed in the thread that created it, so no error that refers to one may leave this thread.
    """
    try:
        return _serialise(reply, query, max_bytes)
    except QueryRefused as refused:
        refused.__cause__ = refused.__context__ = None
        return refused.with_traceback(None)


def _serialise(reply: SparqlReply, query: Query, max_bytes: int) -> Answer:
    with reply.result() as result:
        accepted = query.accepted.graphs if is_graph(result) else query.accepted.results
        if not accepted:
            raise QueryRefused("not-acceptable", offered_media_types(result))
        try:
            return Answer(accepted[0], write_result(result, accepted[0], max_bytes))
        except NotInXml as error:
            raise QueryRefused("not-acceptable", str(error)) from error
        except ResultTooLarge as error:
            raise QueryRefused("result-too-large", "", limit=max_bytes) from error


def _with_message(refused: QueryRefused, limits: Limits) -> QueryRefused:
    explained = with_message(refused, limits)
    if refused.reason == "timeout":
        explained.args = (f"{explained}; the store itself may go on with it",)
    return explained


def _quad(subject: object, predicate: object, value: object) -> Quad:
    assert isinstance(subject, NamedNode | BlankNode)  # noqa: S101 - a triple of RDF
    assert isinstance(predicate, NamedNode)  # noqa: S101
    assert isinstance(value, NamedNode | BlankNode | Literal | Triple)  # noqa: S101
    return Quad(subject, predicate, value, DefaultGraph())


def _is_part(iri: str, roots: Sequence[str]) -> bool:
    return any(iri.startswith((f"{root}/", f"{root}#")) for root in roots)


def _iri(iri: str) -> str:
    """An IRI in SPARQL syntax; NamedNode rejects text that is not an IRI."""
    return str(NamedNode(iri))


def read_names(
    endpoint: SparqlClient, iris: Iterable[str], graphs: Iterable[str] = ()
) -> dict[str, tuple[Literal, ...]]:
    """The names of each IRI that an endpoint has one of: its values of the first of `LABEL_PROPERTIES` that it has.

    Args:
        endpoint: is asked once for each 200 IRIs.
        iris: of anything.
        graphs: IRIs of the graphs to look in; without any, the endpoint's default graph.

    Raises:
        QueryRefused: the endpoint does not answer.
    """
    graphs, properties = list(graphs), " ".join(map(str, LABEL_PROPERTIES))
    by_rank: dict[str, dict[int, list[Literal]]] = {}
    for batch in _batches(iris):
        pattern = f"VALUES ?s {{ {_values(batch)} }} VALUES ?p {{ {properties} }} ?s ?p ?name FILTER (isLiteral(?name))"
        for subject, predicate, name in _read_rows(endpoint, f"SELECT ?s ?p ?name {{ {pattern} }}", graphs):
            by_rank.setdefault(value_of(subject), {}).setdefault(LABEL_PROPERTIES.index(predicate), []).append(name)
    return {iri: tuple(sorted(ranks[min(ranks)], key=str)) for iri, ranks in by_rank.items()}


def _read_rows(endpoint: SparqlClient, query: str, graphs: Iterable[str]) -> list[list[Any]]:
    with endpoint.look_up(query, graphs).result() as solutions:
        assert isinstance(solutions, QuerySolutions)  # noqa: S101 - the query is a SELECT
        width = len(solutions.variables)
        return [[solution[column] for column in range(width)] for solution in solutions]


def _values(iris: Iterable[str]) -> str:
    """IRIs as the data block of VALUES."""
    return " ".join(map(_iri, iris))


def _batches(iris: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(iris)
    while batch := list(islice(remaining, _BATCH_SIZE)):
        yield batch
