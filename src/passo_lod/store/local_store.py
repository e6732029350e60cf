"""A store over a release in memory or on disk: look-ups in this process, queries in the workers; implements `protocol.Store`."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.errors import QueryRefused
from passo_lod.namespaces import FOAF, RDF, VOID
from passo_lod.release_layout import LABEL_PROPERTIES
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.protocol import Answer, Engine, Label, Query, choose_label, value_of
from passo_lod.store.release import Release

_MAX_CACHED_NAMES = 50_000


class LocalStore:
    """The quads of one release. This process matches quad patterns only; SPARQL queries run in the workers."""

    def __init__(self, release: Release, loaded: LoadedRelease, engine: Engine | None = None) -> None:
        self.release = release
        self._loaded = loaded
        self._dump = loaded.dump
        self._engine = engine
        self._names = lru_cache(_MAX_CACHED_NAMES)(self._find_names)
        self._graphs = release.manifest.graphs or loaded.dump.graphs()

    @classmethod
    def open(cls, folder: Path, policy: StoragePolicy | None = None) -> "LocalStore":
        """Load a release folder for look-ups only, without workers.

        Raises:
            ReleaseError: the folder is not a complete release.
        """
        release = Release.open(folder)
        store = cls(release, LoadedRelease.open(release, policy or StoragePolicy()))
        store.read()
        return store

    def read(self) -> None:
        """Load the quads, in the calling thread.

        Raises:
            ReleaseError: the dump cannot be read.
        """
        union_default_graph = self._loaded.union_default_graph
        if self._engine is not None:
            self._engine.union_default_graph = union_default_graph

    def exists(self, iri: str) -> bool:
        """Whether the IRI is the subject of a triple."""
        return self._dump.has(iri)

    def describe(self, iri: str) -> list[Quad]:
        """The quads about the resource and its parts, and about its record and the parts of that.

        Of a linkset (void:Linkset) the links in its graph are included.
        """
        node = NamedNode(iri)
        is_linkset = any(self.pattern(node, RDF.type, VOID.Linkset))
        links = self.pattern(None, None, None, node) if is_linkset else ()
        return [*self._about(self.subjects_of(iri)), *links]

    def subjects_of(self, iri: str) -> list[str]:
        """The IRIs of the resource, its parts, its record and the record's parts, as far as they are subjects."""
        records = [value_of(quad.subject) for quad in self.pattern(None, FOAF.primaryTopic, NamedNode(iri))]
        subjects = [subject for each in (iri, *sorted(records)) for subject in self._with_parts(each)]
        return list(dict.fromkeys(subjects))

    def _with_parts(self, iri: str) -> Iterator[str]:
        if self.exists(iri):
            yield iri
        for separator in "/#":
            yield from self._dump.subjects(iri + separator)

    def _about(self, subjects: Iterable[str]) -> Iterator[Quad]:
        for subject in subjects:
            yield from self._dump.about(subject)

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """At most `limit` quads whose object is the IRI and whose subject is another."""
        quads = self.pattern(None, None, NamedNode(iri))
        return list(islice((quad for quad in quads if value_of(quad.subject) != iri), limit))

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match a quad pattern; None matches any term."""
        return iter(self._loaded.quads.quads_for_pattern(subject, predicate, value, graph))

    def graphs(self) -> Mapping[str, int]:
        """The IRIs of the named graphs with their numbers of triples."""
        return self._graphs

    @property
    def union_default_graph(self) -> bool:
        """Whether the default graph is the union of all graphs, for a query that names no graph."""
        return self._loaded.union_default_graph

    def prefetch(self, iris: Iterable[str]) -> None:
        """Do nothing: look-ups are fast."""

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Label]:
        """The name of each IRI that has one, in the first of the languages in which it has one."""
        found = ((iri, self._names(iri)) for iri in set(iris))
        return {iri: choose_label(names, languages) for iri, names in found if names}

    def _find_names(self, iri: str) -> tuple[Literal, ...]:
        subject = NamedNode(iri)
        for predicate in LABEL_PROPERTIES:
            names = [quad.object for quad in self.pattern(subject, predicate, None) if isinstance(quad.object, Literal)]
            if names:
                return tuple(sorted(names, key=str))
        return ()

    async def query(self, query: Query) -> Answer:
        """Run a query in a worker and return its complete result.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """
        if self._engine is None:
            raise QueryRefused("unavailable", "this server answers no queries")
        return await self._engine.run(query)

    async def start(self) -> None:
        """Load the quads and start the workers, both at once.

        Raises:
            ReleaseError: the dump cannot be read, or the workers do not start.
        """
        loading = asyncio.create_task(asyncio.to_thread(self.read))
        try:
            if self._engine is not None:
                await self._engine.start()
        finally:
            await loading

    async def stop(self) -> None:
        """End all processes, remove a temporary index, and allow the publisher to prune the release."""
        if self._engine is not None:
            await self._engine.stop()
        self._loaded.close()
        self.release.close()

    @property
    def ready(self) -> bool:
        """Whether queries can be answered now."""
        return self._engine is not None and self._engine.ready

    @property
    def load(self) -> Mapping[str, int]:
        """How busy the workers are, as `/status` shows it."""
        return self._engine.load if self._engine is not None else {}
