"""A release held in memory or on disk: things by their IRI here, queries in the workers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.errors import QueryRefused
from passo_lod.namespaces import FOAF, RDF, VOID
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.protocol import NAMES, Answer, Engine, Label, Query, choose_label, value_of
from passo_lod.store.release import Release

_REMEMBERED_LABELS = 50_000


class LocalStore:
    """The quads of one release. Only patterns are asked of them here, never a query: those run in the workers."""

    def __init__(self, release: Release, held: LoadedRelease, engine: Engine | None = None) -> None:
        self.release = release
        self._held = held
        self._quads = held.quads
        self._dump = held.dump
        self._engine = engine
        self._names = lru_cache(_REMEMBERED_LABELS)(self._find_names)
        self._graphs = release.manifest.graphs or held.dump.graphs()

    @classmethod
    def open(cls, folder: Path, place: StoragePolicy | None = None) -> "LocalStore":
        """Load a release folder to look things up in; it answers no queries.

        Raises:
            ReleaseError: the folder is not a whole release.
        """
        release = Release.open(folder)
        return cls(release, LoadedRelease.open(release, place or StoragePolicy()))

    def exists(self, iri: str) -> bool:
        """Whether something is said about the thing."""
        return self._dump.has(iri)

    def describe(self, iri: str) -> list[Quad]:
        """All that is said about the thing and its parts, and the record about it with its parts.

        What a linkset links is said in its graph, not of it: it is part of the description too.
        """
        node = NamedNode(iri)
        is_linkset = any(self.pattern(node, RDF.type, VOID.Linkset))
        links = self.pattern(None, None, None, node) if is_linkset else ()
        return [*self._about(self.subjects_of(iri)), *links]

    def subjects_of(self, iri: str) -> list[str]:
        """The thing, its parts, its record and the record's parts, as far as something is said about them."""
        records = [value_of(quad.subject) for quad in self.pattern(None, FOAF.primaryTopic, NamedNode(iri))]
        whole = [subject for each in (iri, *sorted(records)) for subject in self._with_parts(each)]
        return list(dict.fromkeys(whole))

    def _with_parts(self, iri: str) -> Iterator[str]:
        if self.exists(iri):
            yield iri
        for separator in "/#":
            yield from self._dump.subjects(iri + separator)

    def _about(self, subjects: Iterable[str]) -> Iterator[Quad]:
        for subject in subjects:
            yield from self._dump.about(subject)

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """What other things say of this one, at most `limit` statements."""
        quads = self.pattern(None, None, NamedNode(iri))
        return list(islice((quad for quad in quads if value_of(quad.subject) != iri), limit))

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; None matches all."""
        return iter(self._quads.quads_for_pattern(subject, predicate, value, graph))

    def graphs(self) -> Mapping[str, int]:
        """The named graphs, and how many triples each holds."""
        return self._graphs

    @property
    def union(self) -> bool:
        """Whether a query that names no graph is asked of the union of all graphs."""
        return self._held.union

    def prefetch(self, iris: Iterable[str]) -> None:
        """Nothing: all that is known is at hand."""

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Label]:
        """The name of each thing that has one, in the first of the languages it is known in."""
        found = ((iri, self._names(iri)) for iri in set(iris))
        return {iri: choose_label(names, languages) for iri, names in found if names}

    def _find_names(self, iri: str) -> tuple[Literal, ...]:
        subject = NamedNode(iri)
        for predicate in NAMES:
            names = [quad.object for quad in self.pattern(subject, predicate, None) if isinstance(quad.object, Literal)]
            if names:
                return tuple(sorted(names, key=str))
        return ()

    async def query(self, query: Query) -> Answer:
        """The answer to a SPARQL query.

        Raises:
            QueryRefused: with the reason why there is none.
        """
        if self._engine is None:
            raise QueryRefused("unavailable", "this server answers no queries")
        return await self._engine.run(query)

    async def start(self) -> None:
        """Begin to answer queries."""
        if self._engine is not None:
            await self._engine.start()

    async def stop(self) -> None:
        """End all processes, and remove what was made for this server alone."""
        if self._engine is not None:
            await self._engine.stop()
        self._held.let_go()

    @property
    def ready(self) -> bool:
        """Whether queries are answered now."""
        return self._engine is not None and self._engine.ready

    @property
    def load(self) -> Mapping[str, int]:
        """How busy the workers are."""
        return self._engine.load if self._engine is not None else {}
