"""A release held in memory: things by their IRI here, queries in the workers."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.store import guard
from passo_lod.store.base import Answer, Label, Query, value_of
from passo_lod.store.dump import SortedDump
from passo_lod.store.manifest import DUMP, Release
from passo_lod.store.workers import Workers
from passo_lod.store.zygote import load
from passo_lod.terms import DCT, FOAF, RDF, RDFS, SKOS, VOID

NAMES = (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name)
"""The properties that name a thing, the most telling first."""

_REMEMBERED_LABELS = 50_000


class LocalStore:
    """The quads of one release. Only patterns are asked of them here, never a query: those run in the workers."""

    def __init__(self, release: Release, quads: ox.Store, dump: SortedDump, workers: Workers | None = None) -> None:
        self.release = release
        self.workers = workers
        self._quads = quads
        self._dump = dump
        self._known, self._graphs = _census(quads)
        self._subjects = sorted(self._known)
        self._names = lru_cache(_REMEMBERED_LABELS)(self._find_names)

    @classmethod
    def open(cls, folder: Path, workers: Workers | None = None) -> "LocalStore":
        """Load a release folder.

        Raises:
            ReleaseError: the folder is not a whole release.
        """
        release = Release.open(folder)
        dump = release.file(DUMP)
        try:
            return cls(release, load(dump), SortedDump.open(dump), workers)
        except (OSError, SyntaxError, EOFError) as error:
            raise ReleaseError(f"{dump}: {error}; publish the release again") from error

    def exists(self, iri: str) -> bool:
        """Whether something is said about the thing."""
        return iri in self._known

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
        if iri in self._known:
            yield iri
        for separator in "/#":
            yield from self._starting_with(iri + separator)

    def _starting_with(self, prefix: str) -> Iterator[str]:
        for subject in islice(self._subjects, bisect_left(self._subjects, prefix), None):
            if not subject.startswith(prefix):
                return
            yield subject

    def _about(self, subjects: Iterable[str]) -> Iterator[Quad]:
        for subject in subjects:
            yield from self._dump.about(subject)

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """What other things say of this one, at most `limit` statements."""
        quads = self.pattern(None, None, NamedNode(iri))
        return list(islice((quad for quad in quads if value_of(quad.subject) != iri), limit))

    def instances(self, kind: NamedNode, predicate: NamedNode) -> Iterator[str]:
        """The subjects that stand in a relation to one object, such as the members of a class."""
        return (value_of(quad.subject) for quad in self.pattern(None, predicate, kind))

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; None matches all."""
        return iter(self._quads.quads_for_pattern(subject, predicate, value, graph))

    def graphs(self) -> dict[str, int]:
        """The named graphs, and how many triples each holds."""
        return self._graphs

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Label]:
        """The name of each thing that has one, in the first of the languages it is known in."""
        found = ((iri, self._names(iri)) for iri in set(iris))
        return {iri: choose(names, languages) for iri, names in found if names}

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
        guard.check(query.text)
        if self.workers is None:
            raise QueryRefused("unavailable", "this server answers no queries")
        return await self.workers.run(query)


def _census(quads: Iterable[Quad]) -> tuple[set[str], dict[str, int]]:
    """The subjects, and the size of each named graph, in one pass."""
    subjects: set[str] = set()
    graphs: Counter[str] = Counter()
    for quad in quads:
        subjects.add(value_of(quad.subject))
        graphs[value_of(quad.graph_name)] += 1
    return subjects, dict(sorted(graphs.items()))


def choose(literals: Sequence[Literal], languages: Sequence[str]) -> Label:
    """The literal in the first of the languages that one is in; else one without language; else the first.

    >>> choose([Literal("piano", language="it"), Literal("plan", language="en")], ["en", "it"])
    Label(text='plan', language='en')
    """
    order = {language: place for place, language in enumerate((*languages, None))}
    best = min(literals, key=lambda literal: order.get(literal.language, len(order)))
    return Label(best.value, best.language)
