"""Build the page of a document from its triples: names in the reader's language, property rows, parts, tables and links.

The builder knows no vocabulary of processes; it follows the shape of the graph. A thing that is described in the same document is a part and
is shown in place; any other IRI of the catalogue is a link; similar parts form a table; names come from the data.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.messages.message_catalogue import message
from passo_lod.namespaces import DCT, FOAF, PASSO, PREFIXES, RDF, RDFS, SCHEMA, SKOS
from passo_lod.store.protocol import Store, value_of
from passo_lod.visible_text import escape_controls
from passo_lod.web.http.iri_policy import IriPolicy
from passo_lod.web.pages.document_graph import DocumentGraph, PropertyValues, iris_of
from passo_lod.web.pages.field_places import FieldPlaces
from passo_lod.web.pages.page_model import (
    DescribedThing,
    ListEntry,
    Page,
    PageTable,
    PageText,
    PropertyRow,
    SourceNote,
    Value,
)
from passo_lod.web.pages.reader_locale import ReaderLocale
from passo_lod.web.pages.source_notes import SourceNotes
from passo_lod.web.pages.term_names import LONG_TEXT, TermNames
from passo_lod.web.pages.value_formatting import format_amount, format_literal

_WIDEST_TABLE = 6
_MOST_MENTIONS = 60
_EXPLANATIONS = (SKOS.definition, RDFS.comment, DCT.description)
_NOT_ROWS = (RDF.type, DCT.isPartOf, FOAF.primaryTopic, FOAF.isPrimaryTopicOf)
"""Properties that the structure of the page expresses."""


class PageBuilder:
    """Builds pages for one reader."""

    def __init__(
        self,
        store: Store,
        iri_policy: IriPolicy,
        reader: ReaderLocale,
        property_order: Sequence[str] = (),
        field_places: FieldPlaces | None = None,
    ) -> None:
        self._field_places = field_places
        self._notes = SourceNotes((), reader, "")
        self._store = store
        self._iri_policy = iri_policy
        self._reader = reader
        self._names = TermNames(store, iri_policy, reader)
        self._position = {iri: position for position, iri in enumerate(property_order)}
        self.name = self._names.name
        self.link = self._names.link

    def page(self, document: str) -> Page | None:
        """The page of a document (its path below `doc/`); None if nothing is known of its thing."""
        iri = self._iri_policy.thing(document)
        if not self._store.exists(iri):
            return None
        quads = self._store.describe(iri)
        self._store.prefetch({term.value for quad in quads for term in quad if isinstance(term, NamedNode)})
        graph = DocumentGraph(quads)
        records = [subject for subject in graph.subjects if (iri, subject) in graph.records]
        fields = self._field_places.of_record(records[0]) if self._field_places and records else ()
        self._notes = SourceNotes(fields, self._reader, document)
        thing = self._describe(iri, graph, document, frozenset())
        record = self._describe_record(records[0], graph, document) if records else None
        mentions, has_more = self._mentions(iri, document)
        provenance = self._notes.page if fields else None
        return Page(document, thing, record, self._contents(graph, iri, document), mentions, has_more, provenance)

    def _describe_record(self, iri: str, graph: DocumentGraph, document: str) -> DescribedThing:
        """A record and its own parts; what it says of the thing and its parts, which the page has described already, are links."""
        described = (subject for subject in graph.subjects if subject != iri and not subject.startswith(f"{iri}#"))
        return self._describe(iri, graph, document, frozenset(described))

    # -- things and their rows

    def _describe(self, iri: str, graph: DocumentGraph, document: str, ancestors: frozenset[str]) -> DescribedThing:
        name_property = graph.name_property(iri)
        hidden = (*_NOT_ROWS, name_property)
        shown = [(predicate, quads) for predicate, quads in self._stated(iri, graph) if predicate not in hidden]
        shown.sort(key=lambda property_values: self._order(property_values[0]))
        rows = [self._row(predicate, quads, graph, document, ancestors | {iri}) for predicate, quads in shown]
        return DescribedThing(
            iri=iri,
            anchor=self._names.anchor(iri, document),
            name=self._heading(iri, graph),
            is_named=name_property is not None,
            classes=tuple(self.link(kind) for kind in self._classes(iri, graph)),
            rows=tuple(sorted(rows, key=lambda row: row.weight)),
            sources=self._notes.of_statement(iri, name_property.value) if name_property else (),
        )

    def _classes(self, iri: str, graph: DocumentGraph) -> list[str]:
        """The classes of a thing, without superclasses of another one."""
        classes = graph.classes(iri)
        return [kind for kind in classes if not any((other, kind) in self._subclasses for other in classes)]

    @cached_property
    def _subclasses(self) -> frozenset[tuple[str, str]]:
        return self._pairs(RDFS.subClassOf)

    @cached_property
    def _subproperties(self) -> frozenset[tuple[str, str]]:
        return self._pairs(RDFS.subPropertyOf)

    def _pairs(self, predicate: NamedNode) -> frozenset[tuple[str, str]]:
        quads = self._store.pattern(None, predicate, None)
        return frozenset((value_of(quad.subject), value_of(quad.object)) for quad in quads)

    def _stated(self, iri: str, graph: DocumentGraph) -> list[PropertyValues]:
        """The triples of a thing, without those that a subproperty entails (`rdfs:subPropertyOf`)."""
        values = {predicate: {str(quad.object) for quad in quads} for predicate, quads in graph.properties(iri)}
        entailed = {
            predicate: {value for narrower in self._narrower(predicate, values) for value in values[narrower]}
            for predicate in values
        }
        stated = (
            (predicate, [quad for quad in quads if str(quad.object) not in entailed[predicate]])
            for predicate, quads in graph.properties(iri)
        )
        return [(predicate, quads) for predicate, quads in stated if quads]

    def _narrower(self, predicate: NamedNode, predicates: Iterable[NamedNode]) -> list[NamedNode]:
        return [other for other in predicates if (other.value, predicate.value) in self._subproperties]

    def _order(self, predicate: NamedNode) -> tuple[int, str]:
        """The sort key of a property: its position in the JSON-LD context, then its name."""
        return self._position.get(predicate.value, len(self._position)), self.name(predicate.value).text.lower()

    def _heading(self, iri: str, graph: DocumentGraph) -> PageText:
        if graph.name_property(iri) is not None:
            return self.name(iri)
        classes = self._classes(iri, graph)
        return self.name(classes[0]) if classes else self.name(iri)

    def _row(
        self, predicate: NamedNode, quads: list[Quad], graph: DocumentGraph, document: str, ancestors: frozenset[str]
    ) -> PropertyRow:
        name = self.link(predicate.value)
        parts = [iri for iri in iris_of(quads) if iri not in ancestors and self._is_part(iri, graph, document)]
        inferred = {quad.object for quad in quads if graph.is_inferred(quad)}
        others = self.in_language([quad.object for quad in quads if value_of(quad.object) not in parts])
        note = message("page.inferred", self._reader.language)
        values = tuple(replace(self.value(value), note=note if value in inferred else "") for value in others)
        amounts = [text for part in parts if (text := self._amount(part, graph))]
        sources = self._sources(predicate, quads)
        if parts and len(amounts) == len(parts):
            return PropertyRow(name, (*values, *amounts), sources=self._notes.of_parts(parts) or sources)
        if table := self._table(parts, graph, document, ancestors):
            return PropertyRow(name, values, table=table, sources=sources if values else ())
        described = tuple(self._describe(part, graph, document, ancestors) for part in parts)
        return PropertyRow(name, values, described, sources=sources if values else ())

    def _sources(self, predicate: NamedNode, quads: list[Quad]) -> tuple[SourceNote, ...]:
        """Where the values of a property come from; where a field stands whose label is a value."""
        if predicate == PASSO.sourceField:
            return self._notes.of_labels(value_of(quad.object) for quad in quads)
        return self._notes.of_statement(value_of(quads[0].subject), predicate.value)

    def _is_part(self, iri: str, graph: DocumentGraph, document: str) -> bool:
        return iri in graph.subjects and self._iri_policy.document(iri) == document

    # -- values

    def in_language(self, values: Sequence[object]) -> list[object]:
        """The values without those in other languages, if there is one in the reader's language."""
        own = [value for value in values if getattr(value, "language", None) == self._reader.language]
        return [value for value in values if not getattr(value, "language", None)] + own if own else list(values)

    def value(self, value: object) -> Value:
        """A term as the page shows it: a link, or a literal in the reader's format."""
        if isinstance(value, NamedNode):
            return self.link(value.value)
        if isinstance(value, Literal):
            text = format_literal(value, self._reader.language)
            return PageText(text, self._names.unless_of_page(value.language), len(text) > LONG_TEXT)
        return PageText(escape_controls(str(value)))

    def _amount(self, iri: str, graph: DocumentGraph) -> PageText | None:
        """A part that only has a value and a currency, as one text."""
        values = {predicate: value_of(quads[0].object) for predicate, quads in graph.properties(iri) if len(quads) == 1}
        values.pop(RDF.type, None)
        if set(values) != {SCHEMA.value, SCHEMA.currency}:
            return None
        return PageText(format_amount(values[SCHEMA.value], values[SCHEMA.currency], self._reader.language))

    # -- tables

    def _table(
        self, parts: list[str], graph: DocumentGraph, document: str, ancestors: frozenset[str]
    ) -> PageTable | None:
        """A table of several parts that have few properties and no parts of their own; else None."""
        predicates = {
            predicate: None
            for part in parts
            for predicate, _ in self._stated(part, graph)
            if predicate not in _NOT_ROWS
        }
        has_inner_parts = any(
            self._is_part(iri, graph, document)
            for part in parts
            for iri in graph.object_iris(part)
            if iri not in parts and iri not in ancestors
        )
        if len(parts) < 2 or has_inner_parts or not 0 < len(predicates) <= _WIDEST_TABLE:
            return None
        ordered = sorted(predicates, key=lambda predicate: self._column_order(parts, predicate, graph))
        columns = tuple(self.link(predicate.value) for predicate in ordered)
        rows = tuple(tuple(self._cell(part, predicate, graph) for predicate in ordered) for part in parts)
        return PageTable(columns, rows, tuple(self._sources_of_part(part, graph) for part in parts))

    def _sources_of_part(self, part: str, graph: DocumentGraph) -> tuple[SourceNote, ...]:
        """Where a part comes from: the fields that gave its values, or the one that it is about, such as a field without a value."""
        labels = (value_of(label) for label in self._objects(part, PASSO.sourceField, graph))
        return self._notes.of_parts([part]) or self._notes.of_labels(labels)

    def _column_order(
        self, parts: list[str], predicate: NamedNode, graph: DocumentGraph
    ) -> tuple[bool, int, tuple[int, str]]:
        """The sort key of a column: most distinct values first, long texts last."""
        texts = [str(value) for part in parts for value in self._objects(part, predicate, graph)]
        return max(map(len, texts)) > 2 * LONG_TEXT, -len(set(texts)), self._order(predicate)

    def _cell(self, part: str, predicate: NamedNode, graph: DocumentGraph) -> tuple[Value, ...]:
        return tuple(self.value(value) for value in self.in_language(self._objects(part, predicate, graph)))

    @staticmethod
    def _objects(part: str, predicate: NamedNode, graph: DocumentGraph) -> list[object]:
        quads = next((quads for other, quads in graph.properties(part) if other == predicate), [])
        return [quad.object for quad in quads]

    # -- lists

    def _contents(self, graph: DocumentGraph, iri: str, document: str) -> tuple[ListEntry, ...]:
        """The things described here that have documents of their own, such as the concepts of a scheme."""
        inner = [
            subject for subject in graph.subjects if subject != iri and self._iri_policy.document(subject) != document
        ]
        entries = (ListEntry(self.link(subject), self._explanation(subject, graph)) for subject in inner)
        return tuple(sorted(entries, key=_by_name))

    def _explanation(self, iri: str, graph: DocumentGraph) -> Value | None:
        for predicate, quads in graph.properties(iri):
            if predicate in _EXPLANATIONS:
                return self.value(self.in_language([quad.object for quad in quads])[0])
        return None

    def _mentions(self, iri: str, document: str) -> tuple[tuple[ListEntry, ...], bool]:
        """The documents with statements about a thing, and whether there are more than listed; observations of the data cube are not listed."""
        entry_of: dict[str, ListEntry] = {}
        for quad in self._store.mentions(iri, 40 * _MOST_MENTIONS):
            if quad.predicate.value.startswith(PREFIXES["dimension"]):
                continue
            other = self._iri_policy.document(value_of(quad.subject))
            if other and other != document and other not in entry_of:
                entry_of[other] = ListEntry(self.link(self._iri_policy.thing(other)), self.name(quad.predicate.value))
            if len(entry_of) > _MOST_MENTIONS:
                break
        entries = sorted(entry_of.values(), key=_by_name)
        return tuple(entries[:_MOST_MENTIONS]), len(entries) > _MOST_MENTIONS


def _by_name(entry: ListEntry) -> str:
    return entry.link.text.lower()
