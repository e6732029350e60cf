"""Count, chunk by chunk, what the catalogue states about the datasets: size, regions, period, links and completeness (VoID, DCAT, DQV)."""

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

from passo_lod.namespaces import DCT, FOAF, OWL, PASSO, PREFIXES, RDF, RDFS, SCHEMA, SKOS
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
"""Predicates whose triples form a VoID linkset if their object is outside the catalogue."""

_NOT_FIELDS = frozenset(
    each.value for each in (RDF.type, DCT.identifier, FOAF.isPrimaryTopicOf, PASSO.comparisonRegion)
)
"""Properties that every published process has, so that they do not count for completeness."""

_WITHIN = PREFIXES["clvapit"] + "situatedWithin"
_TYPE, _PROCESS = RDF.type.value, str(PASSO.ParticipatoryProcess)


@dataclass
class GraphCounts:
    """Counts of one named graph, or of several together.

    Attributes:
        triples: number of triples.
        classes: number of instances, by IRI of the class.
        properties: number of triples, by IRI of the property.
        links: number of triples whose object is outside the catalogue, by predicate and host.
        processes: number of participatory processes.
        regions: number of processes, by IRI of the region.
        fields: number of processes that have a value, by region and property; with an empty region, of all regions.
        created: the earliest day on which something was created, `YYYY-MM-DD`; empty if none is stated. The other days likewise.
        modified: the latest day on which something was created or changed.
        start: the first day of the earliest process.
        end: the last day of the latest process.
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
    def sum_of(cls, counts: Iterable["GraphCounts"]) -> "GraphCounts":
        """Add the counts of several graphs."""
        total = cls()
        for each in counts:
            total.add(each)
        return total

    def add(self, other: "GraphCounts") -> None:
        """Add other counts to these."""
        self.triples += other.triples
        self.processes += other.processes
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            mine.update(theirs)
        self.created = _earlier(self.created, other.created)
        self.modified = max(self.modified, other.modified)
        self.start = _earlier(self.start, other.start)
        self.end = max(self.end, other.end)

    def _counters(self) -> tuple[Counter[Any], ...]:
        return self.classes, self.properties, self.links, self.regions, self.fields

    def as_json(self) -> list[Any]:
        """Serialise for the cache: numbers, days, then each counter as pairs."""
        days = [self.created, self.modified, self.start, self.end]
        return [self.triples, self.processes, days, *(sorted(each.items()) for each in self._counters())]

    @classmethod
    def from_json(cls, document: list[Any]) -> "GraphCounts":
        """Read what `as_json` gave."""
        triples, processes, (created, modified, start, end), *counters = document
        counts = cls(triples=triples, processes=processes, created=created, modified=modified, start=start, end=end)
        for counter, pairs in zip(counts._counters(), counters, strict=True):
            counter.update({tuple(key) if isinstance(key, list) else key: number for key, number in pairs})
        return counts


@dataclass
class GraphStatistics:
    """Counts of every named graph, and triples about the places and organisations that the catalogue names.

    Attributes:
        graphs: counts by IRI of the graph.
        place_matches: by IRI of a place, its IRIs in the authority tables of countries and regions (skos:exactMatch).
        situated_within: by IRI of a place, the IRI of the place that contains it.
        described: by IRI of an organisation, its triples as lines of N-Triples.
    """

    graphs: dict[str, GraphCounts] = field(default_factory=dict)
    place_matches: dict[str, set[str]] = field(default_factory=dict)
    situated_within: dict[str, str] = field(default_factory=dict)
    described: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: bytes, base: str, described: Iterable[str] = ()) -> "GraphStatistics":
        """Count quads.

        Args:
            lines: canonical N-Quads with named graphs, each line once, all lines about one thing together.
            base: the catalogue's base IRI.
            described: IRIs of the organisations whose triples are wanted.
        """
        counter = _QuadCounter(base, frozenset(described))
        quads: list[_Quad] = _QUAD.findall(lines.decode())
        counter.add_properties(quads)
        for subject, group in groupby(quads, key=itemgetter(0)):
            counter.add_subject(subject, list(group))
        return counter.finish()

    def add(self, other: "GraphStatistics") -> None:
        """Add other statistics to these."""
        for graph, counts in other.graphs.items():
            self.graphs.setdefault(graph, GraphCounts()).add(counts)
        for place, matches in other.place_matches.items():
            self.place_matches.setdefault(place, set()).update(matches)
        self.situated_within |= other.situated_within
        for organisation, lines in other.described.items():
            self.described.setdefault(organisation, []).extend(lines)

    def as_json(self) -> str:
        """Serialise for the cache."""
        graphs = {graph: counts.as_json() for graph, counts in self.graphs.items()}
        matches = {place: sorted(iris) for place, iris in self.place_matches.items()}
        document = [graphs, matches, self.situated_within, self.described]
        return json.dumps(document, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "GraphStatistics":
        """Read what `as_json` wrote."""
        graphs, matches, situated_within, described = orjson.loads(text)
        counts = {graph: GraphCounts.from_json(each) for graph, each in graphs.items()}
        return cls(counts, {place: set(iris) for place, iris in matches.items()}, situated_within, described)

    def triples_about(self, organisation: str) -> list[Triple]:
        """The triples of an organisation, if they were wanted."""
        lines = "".join(self.described.get(organisation, ()))
        return [quad.triple for quad in ox.parse(lines, format=RdfFormat.N_TRIPLES)]

    def matches_of(self, place: str) -> set[str]:
        """The IRIs of a place in the authority tables of countries and regions."""
        return self.place_matches.get(place, set())

    def countries_of(self, places: Iterable[str]) -> set[str]:
        """The IRIs, in the EU authority table, of the countries that contain places or are among them."""
        countries: set[str] = set()
        for place in places:
            visited: set[str] = set()
            while place and place not in visited:
                visited.add(place)
                countries |= {match for match in self.matches_of(place) if match.startswith(COUNTRIES)}
                place = self.situated_within.get(place, "")
        return countries


# ------------------------------------------------------------------------------------------------------------- counting


@dataclass
class _ProcessFacts:
    """What is known of a subject that may turn out to be a process."""

    is_process: bool = False
    fields: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)


class _QuadCounter:
    """Counts the quads of one chunk."""

    def __init__(self, base: str, described: frozenset[str]) -> None:
        self._base, self._described, self._process_prefix = base, described, f"{base}id/process/"
        self._statistics = GraphStatistics()
        self._processes: dict[tuple[str, str], _ProcessFacts] = defaultdict(_ProcessFacts)

    def add_properties(self, quads: Iterable["_Quad"]) -> None:
        """Count the quads of each graph and property."""
        for (graph, predicate), number in Counter(map(_GRAPH_AND_PREDICATE, quads)).items():
            counts = self._statistics.graphs.setdefault(graph, GraphCounts())
            counts.triples += number
            counts.properties[predicate] += number

    def add_subject(self, subject: str, quads: Iterable["_Quad"]) -> None:
        """Count what the quads of one subject state."""
        may_be_process, is_described = self._may_be_process(subject), subject in self._described
        for _, predicate, value, graph in quads:
            if predicate in _LINK_PREDICATES and value[0] == "<":
                self._add_link(self._statistics.graphs[graph], subject, predicate, value[1:-1])
            elif predicate in _DAY_PREDICATES and value[0] == '"':
                _add_day(self._statistics.graphs[graph], predicate, value[1 : value.index('"', 1)])
            if may_be_process:
                _add_field(self._processes[graph, subject], predicate, value)
            if is_described:
                line = f"<{subject}> <{predicate}> {value} .\n"
                self._statistics.described.setdefault(subject, []).append(line)

    def finish(self) -> GraphStatistics:
        """Add the processes, which are known only when all quads are counted."""
        for (graph, _), facts in self._processes.items():
            if facts.is_process:
                counts = self._statistics.graphs[graph]
                counts.processes += 1
                counts.regions.update(facts.regions)
                counts.fields.update((region, name) for region in facts.regions | {""} for name in facts.fields)
        return self._statistics

    def _add_link(self, counts: GraphCounts, subject: str, predicate: str, value: str) -> None:
        if predicate == _TYPE:
            counts.classes[value] += 1
        elif predicate == _WITHIN:
            self._statistics.situated_within[subject] = value
        elif not value.startswith((self._base, PREFIXES["passo"], PREFIXES["cvl"])):
            counts.links[predicate, urlsplit(value).hostname or ""] += 1
            if predicate == SKOS.exactMatch.value and value.startswith((COUNTRIES, *REGIONS)):
                self._statistics.place_matches.setdefault(subject, set()).add(value)

    def _may_be_process(self, subject: str) -> bool:
        """Whether a subject is neither a part of a process, whose IRI is below that of the process, nor anything else of ours."""
        if not subject.startswith(self._base):
            return True
        return subject.startswith(self._process_prefix) and "/" not in subject[len(self._process_prefix) :]


def _add_field(process: _ProcessFacts, predicate: str, value: str) -> None:
    if predicate == _TYPE:
        process.is_process |= value == _PROCESS
    elif predicate == PASSO.comparisonRegion.value:
        process.regions.add(value.strip("<>"))
    elif predicate not in _NOT_FIELDS:
        process.fields.add(predicate)


def _add_day(counts: GraphCounts, predicate: str, value: str) -> None:
    if predicate in _CHANGE_PREDICATES:
        counts.modified = max(counts.modified, day(value))
    if predicate in _CREATION_PREDICATES:
        counts.created = _earlier(counts.created, day(value))
    if predicate == SCHEMA.startDate.value:
        counts.start = _earlier(counts.start, day(value))
    if predicate in _PERIOD_PREDICATES:
        counts.end = max(counts.end, day(value))


_Quad = tuple[str, str, str, str]
"""Subject, predicate, object, graph: the object as a term of N-Quads, the others as IRIs without brackets."""

_GRAPH_AND_PREDICATE = itemgetter(3, 1)
_QUAD = re.compile(r"^<([^>]*)> <([^>]*)> (.+) <([^>]*)> \.$", re.MULTILINE)
_LINK_PREDICATES = frozenset({_TYPE, _WITHIN, *LINKING})
_CHANGE_PREDICATES = frozenset(each.value for each in (DCT.modified, DCT.created, DCT.issued))
_CREATION_PREDICATES = frozenset(each.value for each in (DCT.created, DCT.issued))
_PERIOD_PREDICATES = frozenset(each.value for each in (SCHEMA.startDate, SCHEMA.endDate))
_DAY_PREDICATES = _CHANGE_PREDICATES | _PERIOD_PREDICATES


def _earlier(one: str, other: str) -> str:
    """The earlier of two days, of which either may be empty."""
    return min(filter(None, (one, other)), default="")
