"""Turn statements into what a page shows: names in the reader's language, rows, tables and links that work.

Nothing here knows what the data is about. What is shown follows from the shape of the graph: an IRI that is served in the same document is a
part and is shown inside; other IRIs of ours are links; parts that are alike are a table; names come from the data.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import DCT, FOAF, RDF, RDFS, SCHEMA, SKOS, shorten
from passo_lod.store.protocol import Label, Store, value_of
from passo_lod.web.http.iri_policy import IriPolicy, as_uri
from passo_lod.web.pages import value_formatting as formats
from passo_lod.web.pages.document_graph import DocumentGraph, iris_of
from passo_lod.web.pages.page_model import (
    DescribedThing,
    ListEntry,
    Page,
    PageLink,
    PageTable,
    PageText,
    PropertyRow,
    Value,
)
from passo_lod.web.pages.reader_locale import ReaderLocale
from passo_lod.web.pages.ui_messages import LANGUAGES, TERMS

LINKED_SCHEMES = ("http", "https", "mailto")
"""An IRI of another scheme (`javascript:`, `data:`, `file:`) is shown and never linked."""

_LONG = 160
_WIDEST_TABLE = 6
_MENTIONS = 60
_EXPLANATIONS = (SKOS.definition, RDFS.comment, DCT.description)
_NOT_ROWS = (RDF.type, DCT.isPartOf, FOAF.primaryTopic, FOAF.isPrimaryTopicOf)
"""What the page says already by where it stands."""


class PageBuilder:
    """Writes the page of one document for one reader."""

    def __init__(self, store: Store, addresses: IriPolicy, reader: ReaderLocale, order: Sequence[str] = ()) -> None:
        self._store = store
        self._addresses = addresses
        self._reader = reader
        self._order = {iri: place for place, iri in enumerate(order)}

    def page(self, document: str) -> Page | None:
        """The page of a document (its path below `doc/`); None where nothing is known of its thing."""
        iri = self._addresses.thing(document)
        if not self._store.exists(iri):
            return None
        quads = self._store.describe(iri)
        self._store.prefetch({term.value for quad in quads for term in quad if isinstance(term, NamedNode)})
        graph = DocumentGraph(quads)
        thing = self._description(iri, graph, document, frozenset())
        records = [each for each in graph.subjects if (iri, each) in graph.records]
        record = self._description(records[0], graph, document, frozenset()) if records else None
        mentions, more = self._mentions(iri, document)
        return Page(document, thing, record, self._contents(graph, iri, document), mentions, more)

    # -- names

    def name(self, iri: str) -> PageText:
        """The name of a thing: from the data, from the table of reused terms, else its short form."""
        label = self._store.labels([iri], self._reader.languages).get(iri)
        if label:
            return self._text(label)
        short = shorten(iri)
        if pair := TERMS.get(short):
            return PageText(pair[LANGUAGES.index(self._reader.language)])
        return PageText(formats.visible(formats.address(short)))

    def link(self, iri: str) -> PageLink:
        """A thing by its name, leading to its document here or to its page elsewhere."""
        name = self.name(iri)
        here = self._here(iri)
        if here is not None:
            return PageLink(name.text, name.language, self._reader.href(here))
        known = urlsplit(iri).scheme in LINKED_SCHEMES and self._addresses.path(iri) is None
        return PageLink(name.text, name.language, as_uri(iri) if known else None, outside=True)

    def _here(self, iri: str) -> str | None:
        path = self._addresses.path(iri)
        if path and path.startswith("dataset/"):
            return as_uri(f"/{path}")
        document = self._addresses.document(iri)
        if not document or not self._store.exists(iri):
            return None
        anchor = self._anchor(iri, document)
        return as_uri(f"/doc/{document}") + (f"#{as_uri(anchor)}" if anchor else "")

    def _anchor(self, iri: str, document: str) -> str:
        whole, _, fragment = iri.partition("#")
        if fragment:
            return fragment
        if whole == self._addresses.canonical(document):
            return "record"
        return whole.removeprefix(self._addresses.thing(document)).lstrip("/")

    def _text(self, label: Label) -> PageText:
        return PageText(formats.visible(label.text), self._other_language(label.language), len(label.text) > _LONG)

    def _other_language(self, language: str | None) -> str | None:
        return None if language == self._reader.language else language

    # -- descriptions

    def _description(self, iri: str, graph: DocumentGraph, document: str, above: frozenset[str]) -> DescribedThing:
        hidden = (*_NOT_ROWS, graph.naming(iri))
        shown = [(predicate, quads) for predicate, quads in self._telling(iri, graph) if predicate not in hidden]
        shown.sort(key=lambda each: self._place(each[0]))
        rows = [self._row(predicate, quads, graph, document, above | {iri}) for predicate, quads in shown]
        kinds = tuple(self.link(kind) for kind in self._kinds(iri, graph))
        ordered = tuple(sorted(rows, key=lambda row: row.weight))
        return DescribedThing(
            iri, self._anchor(iri, document), self._heading(iri, graph), graph.naming(iri) is not None, kinds, ordered
        )

    def _kinds(self, iri: str, graph: DocumentGraph) -> list[str]:
        """The classes of a thing, without those that follow from another of them."""
        kinds = graph.kinds(iri)
        return [kind for kind in kinds if not any((other, kind) in self._subclasses for other in kinds)]

    @cached_property
    def _subclasses(self) -> frozenset[tuple[str, str]]:
        return self._pairs(RDFS.subClassOf)

    @cached_property
    def _subproperties(self) -> frozenset[tuple[str, str]]:
        return self._pairs(RDFS.subPropertyOf)

    def _pairs(self, predicate: NamedNode) -> frozenset[tuple[str, str]]:
        found = self._store.pattern(None, predicate, None)
        return frozenset((value_of(quad.subject), value_of(quad.object)) for quad in found)

    def _telling(self, iri: str, graph: DocumentGraph) -> list[tuple[NamedNode, list[Quad]]]:
        """The statements about a thing, without those that follow from a narrower property (`rdfs:subPropertyOf`)."""
        said = {predicate: {str(quad.object) for quad in quads} for predicate, quads in graph.properties(iri)}
        implied = {broad: {value for each in self._narrower(broad, said) for value in said[each]} for broad in said}
        telling = (
            (predicate, [quad for quad in quads if str(quad.object) not in implied[predicate]])
            for predicate, quads in graph.properties(iri)
        )
        return [(predicate, quads) for predicate, quads in telling if quads]

    def _narrower(self, broad: NamedNode, among: Iterable[NamedNode]) -> list[NamedNode]:
        return [each for each in among if (each.value, broad.value) in self._subproperties]

    def _place(self, predicate: NamedNode) -> tuple[int, str]:
        """Where a property stands: as in the JSON-LD context, and those it does not have by their names."""
        return self._order.get(predicate.value, len(self._order)), self.name(predicate.value).text.lower()

    def _heading(self, iri: str, graph: DocumentGraph) -> PageText:
        if graph.naming(iri) is not None:
            return self.name(iri)
        kinds = self._kinds(iri, graph)
        return self.name(kinds[0]) if kinds else self.name(iri)

    def _row(
        self, predicate: NamedNode, objects: list[Quad], graph: DocumentGraph, document: str, above: frozenset[str]
    ) -> PropertyRow:
        name = self.link(predicate.value)
        parts = [iri for iri in iris_of(objects) if iri not in above and self._is_part(iri, graph, document)]
        rest = self.in_language([quad.object for quad in objects if value_of(quad.object) not in parts])
        values = tuple(self.value(value) for value in rest)
        amounts = [text for part in parts if (text := self._amount(part, graph))]
        if parts and len(amounts) == len(parts):
            return PropertyRow(name, (*values, *amounts))
        if table := self._table(parts, graph, document):
            return PropertyRow(name, values, table=table)
        return PropertyRow(name, values, tuple(self._description(part, graph, document, above) for part in parts))

    def _is_part(self, iri: str, graph: DocumentGraph, document: str) -> bool:
        return iri in graph.subjects and self._addresses.document(iri) == document

    def in_language(self, values: Sequence[object]) -> list[object]:
        """Where a text is there in the reader's language, the other languages are left to the data formats."""
        mine = [value for value in values if getattr(value, "language", None) == self._reader.language]
        return [value for value in values if not getattr(value, "language", None)] + mine if mine else list(values)

    def value(self, value: object) -> Value:
        """A term as the page shows it: a link, or a text as the reader writes it."""
        if isinstance(value, NamedNode):
            return self.link(value.value)
        if isinstance(value, Literal):
            text = formats.literal(value, self._reader.language)
            return PageText(text, self._other_language(value.language), len(text) > _LONG)
        return PageText(formats.visible(str(value)))

    def _amount(self, iri: str, graph: DocumentGraph) -> PageText | None:
        """A part that is nothing but a sum of money, as one value."""
        found = {each: value_of(quads[0].object) for each, quads in graph.properties(iri) if len(quads) == 1}
        found.pop(RDF.type, None)
        if set(found) != {SCHEMA.value, SCHEMA.currency}:
            return None
        return PageText(formats.amount(found[SCHEMA.value], found[SCHEMA.currency], self._reader.language))

    def _table(self, parts: list[str], graph: DocumentGraph, document: str) -> PageTable | None:
        """Two parts or more with few properties and no parts of their own."""
        columns = {each: None for part in parts for each, _ in self._telling(part, graph) if each not in _NOT_ROWS}
        deep = any(
            self._is_part(iri, graph, document) for part in parts for iri in graph.values(part) if iri not in parts
        )
        if len(parts) < 2 or deep or not 0 < len(columns) <= _WIDEST_TABLE:
            return None
        ordered = sorted(columns, key=lambda predicate: self._column_place(parts, predicate, graph))
        heads = tuple(self.link(predicate.value) for predicate in ordered)
        lines = [tuple(self._cell(part, predicate, graph) for predicate in ordered) for part in parts]
        return PageTable(heads, tuple(lines))

    def _column_place(
        self, parts: list[str], predicate: NamedNode, graph: DocumentGraph
    ) -> tuple[bool, int, tuple[int, str]]:
        """First the column that tells the lines apart, long texts last."""
        texts = [
            str(quad.object)
            for part in parts
            for each, quads in graph.properties(part)
            if each == predicate
            for quad in quads
        ]
        return max(map(len, texts)) > 2 * _LONG, -len(set(texts)), self._place(predicate)

    def _cell(self, part: str, predicate: NamedNode, graph: DocumentGraph) -> tuple[Value, ...]:
        objects = next((quads for each, quads in graph.properties(part) if each == predicate), [])
        return tuple(self.value(value) for value in self.in_language([quad.object for quad in objects]))

    # -- lists

    def _contents(self, graph: DocumentGraph, iri: str, document: str) -> tuple[ListEntry, ...]:
        """What is described here and has a document of its own, such as the concepts of a scheme."""
        inside = [each for each in graph.subjects if each != iri and self._addresses.document(each) != document]
        entries = (ListEntry(self.link(each), self._explanation(each, graph)) for each in inside)
        return tuple(sorted(entries, key=lambda entry: entry.link.text.lower()))

    def _explanation(self, iri: str, graph: DocumentGraph) -> Value | None:
        for predicate, quads in graph.properties(iri):
            if predicate in _EXPLANATIONS:
                return self.value(self.in_language([quad.object for quad in quads])[0])
        return None

    def _mentions(self, iri: str, document: str) -> tuple[tuple[ListEntry, ...], bool]:
        found: dict[str, ListEntry] = {}
        for quad in self._store.mentions(iri, 40 * _MENTIONS):
            where = self._addresses.document(value_of(quad.subject))
            if where and where != document and where not in found:
                found[where] = ListEntry(self.link(self._addresses.thing(where)), self.name(quad.predicate.value))
            if len(found) > _MENTIONS:
                break
        entries = sorted(found.values(), key=lambda entry: entry.link.text.lower())
        return tuple(entries[:_MENTIONS]), len(entries) > _MENTIONS
