"""List what one release has, for the pages of lists: processes, places with their number of processes, vocabularies."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import NamedNode

from passo_lod.namespaces import DCT, OWL, PASSO, RDF, SCHEMA, SKOS, VOID
from passo_lod.store.protocol import Store, subjects, value_of
from passo_lod.web.http.iri_policy import IriPolicy
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import ListEntry, PageLink, Value
from passo_lod.web.pages.reader_locale import ReaderLocale

COLUMNS: Mapping[str, NamedNode] = {
    "title": DCT.title,
    "region": PASSO.comparisonRegion,
    "status": PASSO.progressStatus,
    "start": SCHEMA.startDate,
    "end": SCHEMA.endDate,
}
"""The columns of the list of processes: the key of the heading's message, and the property."""

_VOCABULARY_CLASSES = (OWL.Ontology, SKOS.ConceptScheme, VOID.Linkset)
_MOST_READERS = 8
"""Lists are cached for so many combinations of languages: two languages have four."""


@dataclass(frozen=True)
class ProcessRow:
    """One process of the list: its link, and the value and the sort key of each column."""

    link: PageLink
    cells: Mapping[str, Value | None]
    sort_keys: Mapping[str, str]


@dataclass(frozen=True)
class PlaceCount:
    """A place and how many processes affect it."""

    link: PageLink
    count: int


@dataclass(frozen=True)
class VocabularyGroup:
    """The ontologies, concept schemes or linksets of the release, and the name of their class."""

    name: PageLink
    entries: tuple[ListEntry, ...]


class ProcessLists:
    """The lists of one release, in a reader's languages; each list is made once for a reader and cached."""

    def __init__(self, store: Store, iri_policy: IriPolicy) -> None:
        self._store = store
        self._iri_policy = iri_policy
        self.processes = lru_cache(_MOST_READERS)(self._list_processes)
        self.places = lru_cache(_MOST_READERS)(self._list_places)
        self.vocabularies = lru_cache(_MOST_READERS)(self._list_vocabularies)

    def _page_builder(self, reader: ReaderLocale) -> PageBuilder:
        return PageBuilder(self._store, self._iri_policy, reader)

    def _list_processes(self, reader: ReaderLocale) -> tuple[ProcessRow, ...]:
        builder = self._page_builder(reader)
        iris = sorted(set(subjects(self._store, RDF.type, PASSO.ParticipatoryProcess)))
        columns = {key: self._first_values(predicate, set(iris)) for key, predicate in COLUMNS.items()}
        values = (value for column in columns.values() for value in column.values())
        self._store.prefetch([*iris, *(value.value for value in values if isinstance(value, NamedNode))])
        return tuple(_row(iri, {key: columns[key].get(iri) for key in COLUMNS}, builder) for iri in iris)

    def _first_values(self, predicate: NamedNode, iris: set[str]) -> dict[str, object]:
        """The first value of a property, in the order of their texts, by the IRI of the thing."""
        values_of: dict[str, list[object]] = {}
        for quad in self._store.pattern(None, predicate, None):
            if value_of(quad.subject) in iris:
                values_of.setdefault(value_of(quad.subject), []).append(quad.object)
        return {iri: min(values, key=str) for iri, values in values_of.items()}

    def _list_places(self, reader: ReaderLocale) -> tuple[PlaceCount, ...]:
        builder = self._page_builder(reader)
        counts = Counter(value_of(quad.object) for quad in self._store.pattern(None, PASSO.affectedTerritory, None))
        self._store.prefetch(counts)
        places = [PlaceCount(builder.link(iri), count) for iri, count in counts.items()]
        return tuple(sorted(places, key=lambda place: (-place.count, place.link.text)))

    def _list_vocabularies(self, reader: ReaderLocale) -> tuple[VocabularyGroup, ...]:
        builder = self._page_builder(reader)
        return tuple(self._vocabulary_group(kind, builder) for kind in _VOCABULARY_CLASSES)

    def _vocabulary_group(self, kind: NamedNode, builder: PageBuilder) -> VocabularyGroup:
        members = sorted(set(subjects(self._store, RDF.type, kind)))
        self._store.prefetch(members)
        entries = [ListEntry(builder.link(iri), self._description(iri, builder)) for iri in members]
        return VocabularyGroup(builder.link(kind.value), tuple(sorted(entries, key=_by_name)))

    def _description(self, iri: str, builder: PageBuilder) -> Value | None:
        values = [quad.object for quad in self._store.pattern(NamedNode(iri), DCT.description, None)]
        return builder.value(builder.in_language(values)[0]) if values else None


def sorted_rows(rows: Sequence[ProcessRow], column: str) -> list[ProcessRow]:
    """The rows in the order of a column; equal ones by title."""
    return sorted(rows, key=lambda row: (row.sort_keys[column], row.sort_keys["title"]))


def _by_name(entry: ListEntry) -> str:
    return entry.link.text.lower()


def _row(iri: str, terms: Mapping[str, object | None], builder: PageBuilder) -> ProcessRow:
    cells = {key: builder.value(term) if term is not None else None for key, term in terms.items()}
    link = builder.link(iri)
    sort_keys = {key: _sort_key(terms[key], cell) for key, cell in cells.items()}
    return ProcessRow(link, cells, sort_keys | {"title": link.text.lower()})


def _sort_key(term: object, cell: Value | None) -> str:
    """The name of a thing; the lexical form of a date; missing values last."""
    return cell.text.lower() if isinstance(cell, PageLink) else str(term or "\uffff")
