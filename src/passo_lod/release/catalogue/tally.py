"""Count in one pass what the catalogue says of the data: how much there is, of which regions and times, and how complete it is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.release.catalogue.authority import COUNTRIES, REGIONS
from passo_lod.release.dates import day
from passo_lod.terms import CVL, DCT, FOAF, OWL, PASSO, PREFIXES, RDF, RDFS, SCHEMA, SKOS

LINKING = frozenset(
    {
        OWL.equivalentClass,
        OWL.equivalentProperty,
        OWL.sameAs,
        RDFS.seeAlso,
        SKOS.broadMatch,
        SKOS.closeMatch,
        SKOS.exactMatch,
        SKOS.narrowMatch,
        SKOS.relatedMatch,
    }
)
"""The predicates that make a linkset when they lead out of the catalogue."""

_NO_FIELDS = frozenset({RDF.type, DCT.identifier, FOAF.isPrimaryTopicOf, PASSO.comparisonRegion})
"""What every process has by being published; its completeness says nothing."""

_NO_ANSWERS = frozenset(CVL[f"answer/{code}"].value for code in ("not-applicable", "not-captured", "not-stated"))
"""What stands where there is no value, and says why."""

_WITHIN = NamedNode(PREFIXES["clvapit"] + "situatedWithin")


@dataclass
class Counts:
    """What one named graph holds.

    Attributes:
        links: by predicate and host, how many statements lead out of the catalogue.
        fields: of each process, the properties that have a value.
        regions: of each process, its regions.
    """

    triples: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)
    links: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: dict[str, set[str]] = field(default_factory=dict)
    regions: dict[str, set[str]] = field(default_factory=dict)
    processes: set[str] = field(default_factory=set)
    created: str = ""
    modified: str = ""
    start: str = ""
    end: str = ""

    @classmethod
    def together(cls, counts: Iterable["Counts"]) -> "Counts":
        """What several graphs hold."""
        one = cls()
        for each in counts:
            one.triples += each.triples
            one.classes += each.classes
            one.properties += each.properties
            one.links += each.links
            one.fields |= each.fields
            one.regions |= each.regions
            one.processes |= each.processes
            one.created = _first(one.created, each.created)
            one.modified = max(one.modified, each.modified)
            one.start = _first(one.start, each.start)
            one.end = max(one.end, each.end)
        return one

    def covered(self) -> set[str]:
        """The regions of its processes."""
        return set().union(*(self.regions.get(process, set()) for process in self.processes))


@dataclass
class Tally:
    """What all graphs hold, and what is said of the things the catalogue names.

    Attributes:
        places: of each place, the IRIs that others have for its country or region, and what it lies in.
        said: of the organisations that are asked for, what is said.
    """

    base: str
    asked: frozenset[str] = frozenset()
    graphs: dict[str, Counts] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[Triple]] = field(default_factory=dict)

    @classmethod
    def of(cls, quads: Iterable[Quad], base: str, asked: Iterable[str] = ()) -> "Tally":
        """Count quads, each of which comes once.

        Args:
            quads: of all graphs.
            base: the catalogue's base IRI.
            asked: the organisations of which the catalogue says more than their IRIs.
        """
        tally = cls(base, frozenset(asked))
        for quad in quads:
            tally._add(quad)
        return tally

    def _add(self, quad: Quad) -> None:
        counts = self.graphs.setdefault(quad.graph_name.value, Counts())  # type: ignore[union-attr]
        subject, predicate, value = quad.subject.value, quad.predicate, quad.object  # type: ignore[union-attr]
        counts.triples += 1
        counts.properties[predicate.value] += 1
        if isinstance(value, NamedNode):
            self._add_link(counts, subject, predicate, value)
        elif isinstance(value, Literal):
            _add_day(counts, predicate, value)
        if predicate not in _NO_FIELDS and value.value not in _NO_ANSWERS and self._may_be_process(subject):  # type: ignore[union-attr]
            counts.fields.setdefault(subject, set()).add(predicate.value)
        if subject in self.asked:
            self.said.setdefault(subject, []).append(quad.triple)

    def _add_link(self, counts: Counts, subject: str, predicate: NamedNode, value: NamedNode) -> None:
        if predicate == RDF.type:
            counts.classes[value.value] += 1
            if value == PASSO.ParticipatoryProcess:
                counts.processes.add(subject)
        elif predicate == PASSO.comparisonRegion and value.value not in _NO_ANSWERS:
            counts.regions.setdefault(subject, set()).add(value.value)
        elif predicate in LINKING and not value.value.startswith((self.base, PREFIXES["passo"], PREFIXES["cvl"])):
            counts.links[predicate.value, urlsplit(value.value).hostname or ""] += 1
            if predicate == SKOS.exactMatch and value.value.startswith((COUNTRIES, *REGIONS)):
                self.places.setdefault(subject, set()).add(value.value)
        elif predicate == _WITHIN:
            self.within[subject] = value.value

    def _may_be_process(self, subject: str) -> bool:
        """Whether a subject is no part of a process, which has an IRI below it, and no document; its class may come later."""
        room = f"{self.base}id/process/"
        return not subject.startswith(self.base) or (subject.startswith(room) and "/" not in subject[len(room) :])

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


def _add_day(counts: Counts, predicate: NamedNode, value: Literal) -> None:
    if predicate in (DCT.modified, DCT.created, DCT.issued):
        counts.modified = max(counts.modified, day(value.value))
    if predicate in (DCT.created, DCT.issued):
        counts.created = _first(counts.created, day(value.value))
    if predicate == SCHEMA.startDate:
        counts.start = _first(counts.start, day(value.value))
    if predicate in (SCHEMA.startDate, SCHEMA.endDate):
        counts.end = max(counts.end, day(value.value))


def _first(one: str, other: str) -> str:
    return min(filter(None, (one, other)), default="")
