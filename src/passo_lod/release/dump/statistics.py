"""Count, piece by piece, what the catalogue says of the data: how much there is, of which regions and times, and how complete it is."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

import orjson
import pyoxigraph as ox
from pyoxigraph import RdfFormat, Triple

from passo_lod.namespaces import CVL, DCT, FOAF, OWL, PASSO, PREFIXES, RDF, RDFS, SCHEMA, SKOS
from passo_lod.release.authority_tables import COUNTRIES, REGIONS
from passo_lod.release.dataset_dates import day

LINKING = frozenset(
    each.value
    for each in (
        OWL.equivalentClass,
        OWL.equivalentProperty,
        OWL.sameAs,
        RDFS.seeAlso,
        SKOS.broadMatch,
        SKOS.closeMatch,
        SKOS.exactMatch,
        SKOS.narrowMatch,
        SKOS.relatedMatch,
    )
)
"""The predicates that make a linkset when they lead out of the catalogue."""

_NO_FIELDS = frozenset(each.value for each in (RDF.type, DCT.identifier, FOAF.isPrimaryTopicOf, PASSO.comparisonRegion))
"""What every process has by being published; its completeness says nothing."""

_NO_ANSWERS = frozenset(str(CVL[f"answer/{code}"]) for code in ("not-applicable", "not-captured", "not-stated"))
"""What stands where there is no value, and says why."""

_WITHIN = PREFIXES["clvapit"] + "situatedWithin"
_TYPE, _PROCESS = RDF.type.value, str(PASSO.ParticipatoryProcess)


@dataclass
class GraphCounts:
    """What one named graph holds, or several do.

    Attributes:
        links: by predicate and host, how many statements lead out of the catalogue.
        processes: how many there are.
        regions: of how many processes each region is.
        fields: of how many processes each property has a value; by region and property, and by property alone.
    """

    triples: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)
    links: Counter[tuple[str, str]] = field(default_factory=Counter)
    processes: int = 0
    regions: Counter[str] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    created: str = ""
    modified: str = ""
    start: str = ""
    end: str = ""

    @classmethod
    def together(cls, counts: Iterable["GraphCounts"]) -> "GraphCounts":
        """What several graphs hold."""
        one = cls()
        for each in counts:
            one.add(each)
        return one

    def add(self, other: "GraphCounts") -> None:
        """Count what another holds too."""
        self.triples += other.triples
        self.processes += other.processes
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            mine.update(theirs)
        self.created = _first(self.created, other.created)
        self.modified = max(self.modified, other.modified)
        self.start = _first(self.start, other.start)
        self.end = max(self.end, other.end)

    def _counters(self) -> tuple[Counter[Any], ...]:
        return self.classes, self.properties, self.links, self.regions, self.fields

    def covered(self) -> set[str]:
        """The regions of its processes."""
        return set(self.regions)

    def as_json(self) -> list[Any]:
        """As it is kept: numbers and days, then each counter as pairs."""
        days = [self.created, self.modified, self.start, self.end]
        return [self.triples, self.processes, days, *(sorted(each.items()) for each in self._counters())]

    @classmethod
    def from_json(cls, kept: list[Any]) -> "GraphCounts":
        """What `as_json` gave."""
        triples, processes, (created, modified, start, end), *counters = kept
        one = cls(triples=triples, processes=processes, created=created, modified=modified, start=start, end=end)
        for mine, pairs in zip(one._counters(), counters, strict=True):
            mine.update({tuple(key) if isinstance(key, list) else key: number for key, number in pairs})
        return one


@dataclass
class _ProcessFacts:
    """What is said of something that may be a process."""

    is_one: bool = False
    fields: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)


@dataclass
class GraphStatistics:
    """What all graphs hold, and what is said of the things the catalogue names.

    Attributes:
        places: of each place, the IRIs that others have for its country or region.
        within: of each place, what it lies in.
        said: of the organisations that are asked for, what is said, as N-Triples.
    """

    graphs: dict[str, GraphCounts] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: bytes, base: str, asked: Iterable[str] = ()) -> "GraphStatistics":
        """Count quads, each of which comes once, and all that is said of one thing with it.

        Args:
            lines: canonical N-Quads, with named graphs.
            base: the catalogue's base IRI.
            asked: the organisations of which the catalogue says more than their IRIs.
        """
        count = _Counter(base, frozenset(asked))
        quads: list[_Quad] = _QUAD.findall(lines.decode())
        count.properties(quads)
        for subject, said in groupby(quads, key=itemgetter(0)):
            count.add(subject, list(said))
        return count.ended()

    def add(self, other: "GraphStatistics") -> None:
        """Count what another counted too."""
        for graph, counts in other.graphs.items():
            self.graphs.setdefault(graph, GraphCounts()).add(counts)
        for place, known in other.places.items():
            self.places.setdefault(place, set()).update(known)
        self.within |= other.within
        for thing, said in other.said.items():
            self.said.setdefault(thing, []).extend(said)

    def as_json(self) -> str:
        """As it is kept."""
        graphs = {graph: counts.as_json() for graph, counts in self.graphs.items()}
        places = {place: sorted(known) for place, known in self.places.items()}
        return json.dumps([graphs, places, self.within, self.said], ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "GraphStatistics":
        """What `as_json` wrote."""
        graphs, places, within, said = orjson.loads(text)
        counts = {graph: GraphCounts.from_json(each) for graph, each in graphs.items()}
        return cls(counts, {place: set(known) for place, known in places.items()}, within, said)

    def triples_about(self, thing: str) -> list[Triple]:
        """What is said of an organisation that was asked for."""
        lines = "".join(self.said.get(thing, ()))
        return [quad.triple for quad in ox.parse(lines, format=RdfFormat.N_TRIPLES)]

    def known_as(self, place: str) -> set[str]:
        """What others call a place."""
        return self.places.get(place, set())

    def countries(self, places: Iterable[str]) -> set[str]:
        """The countries of the EU authority table that places are, or lie in."""
        found: set[str] = set()
        for place in places:
            seen: set[str] = set()
            while place and place not in seen:
                seen.add(place)
                found |= {each for each in self.known_as(place) if each.startswith(COUNTRIES)}
                place = self.within.get(place, "")
        return found


class _Counter:
    """Counting, as far as it has come."""

    def __init__(self, base: str, asked: frozenset[str]) -> None:
        self._base, self._asked, self._room = base, asked, f"{base}id/process/"
        self._tally = GraphStatistics()
        self._processes: dict[tuple[str, str], _ProcessFacts] = defaultdict(_ProcessFacts)

    def ended(self) -> GraphStatistics:
        """What was counted; only now is it known what is a process."""
        for (graph, _), each in self._processes.items():
            if each.is_one:
                counts = self._tally.graphs[graph]
                counts.processes += 1
                counts.regions.update(each.regions)
                counts.fields.update((region, name) for region in each.regions | {""} for name in each.fields)
        return self._tally

    def properties(self, quads: Iterable["_Quad"]) -> None:
        """Count how many quads there are of each property, in each graph."""
        for (graph, predicate), number in Counter(map(_GRAPH_AND_PREDICATE, quads)).items():
            counts = self._tally.graphs.setdefault(graph, GraphCounts())
            counts.triples += number
            counts.properties[predicate] += number

    def add(self, subject: str, quads: Iterable["_Quad"]) -> None:
        """Count what quads say of their subject."""
        may_be_process, is_asked = self._may_be_process(subject), subject in self._asked
        for _, predicate, value, graph in quads:
            if predicate in _OF_LINKS and value[0] == "<":
                self._add_link(self._tally.graphs[graph], subject, predicate, value[1:-1])
            elif predicate in _OF_DAYS and value[0] == '"':
                _add_day(self._tally.graphs[graph], predicate, value[1 : value.index('"', 1)])
            if may_be_process:
                self._add_field(self._processes[graph, subject], predicate, value)
            if is_asked:
                self._tally.said.setdefault(subject, []).append(f"<{subject}> <{predicate}> {value} .\n")

    def _add_link(self, counts: GraphCounts, subject: str, predicate: str, value: str) -> None:
        if predicate == _TYPE:
            counts.classes[value] += 1
        elif predicate == _WITHIN:
            self._tally.within[subject] = value
        elif not value.startswith((self._base, PREFIXES["passo"], PREFIXES["cvl"])):
            counts.links[predicate, urlsplit(value).hostname or ""] += 1
            if predicate == SKOS.exactMatch.value and value.startswith((COUNTRIES, *REGIONS)):
                self._tally.places.setdefault(subject, set()).add(value)

    def _add_field(self, process: _ProcessFacts, predicate: str, value: str) -> None:
        if predicate == _TYPE:
            process.is_one |= value == _PROCESS
        elif value in _NO_ANSWERS:
            return
        elif predicate == PASSO.comparisonRegion.value:
            process.regions.add(value.strip("<>"))
        elif predicate not in _NO_FIELDS:
            process.fields.add(predicate)

    def _may_be_process(self, subject: str) -> bool:
        """Whether a subject is no part of a process, which has an IRI below it, and no document."""
        if not subject.startswith(self._base):
            return True
        return subject.startswith(self._room) and "/" not in subject[len(self._room) :]


def _add_day(counts: GraphCounts, predicate: str, value: str) -> None:
    if predicate in _OF_CHANGES:
        counts.modified = max(counts.modified, day(value))
    if predicate in _OF_BEGINNINGS:
        counts.created = _first(counts.created, day(value))
    if predicate == SCHEMA.startDate.value:
        counts.start = _first(counts.start, day(value))
    if predicate in _OF_PERIODS:
        counts.end = max(counts.end, day(value))


_Quad = tuple[str, str, str, str]
"""Subject, predicate and graph by their IRIs, the value as N-Quads has it: subject, predicate, value, graph."""

_GRAPH_AND_PREDICATE = itemgetter(3, 1)
_QUAD = re.compile(r"^<([^>]*)> <([^>]*)> (.+) <([^>]*)> \.$", re.MULTILINE)
_OF_LINKS = frozenset({_TYPE, _WITHIN, *LINKING})
_OF_CHANGES = frozenset(each.value for each in (DCT.modified, DCT.created, DCT.issued))
_OF_BEGINNINGS = frozenset(each.value for each in (DCT.created, DCT.issued))
_OF_PERIODS = frozenset(each.value for each in (SCHEMA.startDate, SCHEMA.endDate))
_OF_DAYS = _OF_CHANGES | _OF_PERIODS


def _first(one: str, other: str) -> str:
    return min(filter(None, (one, other)), default="")
