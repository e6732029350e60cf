"""Describe the things of one release for the endpoints: as data, as a page, and for the headers of the response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.media_types import MediaType
from passo_lod.namespaces import DCT, FOAF, OWL, RDF, XSD
from passo_lod.serialise import serialise
from passo_lod.store.protocol import Store, subjects, value_of
from passo_lod.web.http.document_headers import DocumentMetadata
from passo_lod.web.http.iri_policy import IriPolicy, as_uri
from passo_lod.web.pages.field_places import FieldPlaces, FieldRow
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import Page
from passo_lod.web.pages.reader_locale import ReaderLocale

_TRUE = Literal("true", datatype=XSD.boolean)


@dataclass(frozen=True)
class Tombstone:
    """What a release states about a thing that is no longer published (docs/identity.md).

    Attributes:
        document: the path of the thing's document below `doc/`.
        replaced_by: the IRIs of dct:isReplacedBy, sorted.
    """

    document: str
    replaced_by: tuple[str, ...]

    @property
    def status(self) -> int:
        """300 Multiple Choices if several things replace it, else 410 Gone; a single replacement is redirected to."""
        return 300 if self.replaced_by else 410


class Documents:
    """The documents of one release; a document is named by its path below `doc/`."""

    def __init__(
        self,
        store: Store,
        iri_policy: IriPolicy,
        context: Mapping[str, Any] | None,
        property_order: Sequence[str],
        field_places: FieldPlaces,
    ) -> None:
        """Describe what a store has.

        Args:
            store: of the release.
            iri_policy: of the catalogue.
            context: the JSON-LD context, if the release has one.
            property_order: IRIs of properties in the order in which pages show them.
            field_places: where the fields of records stand.
        """
        self._store = store
        self._iri_policy = iri_policy
        self._context = context
        self._property_order = property_order
        self._field_places = field_places

    def exists(self, document: str | None) -> bool:
        """Whether the release has a statement about the document's thing."""
        return bool(document and self._store.exists(self._iri_policy.thing(document)))

    def of_version(self, path: str) -> str | None:
        """The document of the ontology that has this path as its version IRI (owl:versionIRI)."""
        try:
            version = NamedNode(as_uri(self._iri_policy.iri(path)))
        except ValueError:  # no IRI has such a path
            return None
        documents = map(self._iri_policy.document, subjects(self._store, OWL.versionIRI, version))
        return next(filter(None, documents), None)

    def tombstone(self, document: str) -> Tombstone | None:
        """The tombstone of the document's thing; None if the thing is published.

        A tombstone has no class: a thing that is deprecated and still described (an abolished municipality, a term) has one.
        """
        node = NamedNode(self._iri_policy.thing(document))
        is_deprecated = any(self._store.pattern(node, OWL.deprecated, _TRUE))
        if not is_deprecated or any(self._store.pattern(node, RDF.type, None)):
            return None
        replacing = self._store.pattern(node, DCT.isReplacedBy, None)
        return Tombstone(document, tuple(sorted(value_of(quad.object) for quad in replacing)))

    def page_builder(self, reader: ReaderLocale) -> PageBuilder:
        """A builder of pages in the reader's languages."""
        return PageBuilder(self._store, self._iri_policy, reader, self._property_order, self._field_places)

    @property
    def has_provenance(self) -> bool:
        """Whether the release says where the fields of records stand."""
        return self._field_places.exist

    def records(self, document: str) -> list[str]:
        """The IRIs of the records about the document's thing, sorted."""
        thing = NamedNode(self._iri_policy.thing(document))
        return sorted(value_of(quad.subject) for quad in self._store.pattern(None, FOAF.primaryTopic, thing))

    def fields(self, document: str) -> Sequence[FieldRow]:
        """Where the fields of the record about the document's thing stand; none if the release does not say."""
        records = self.records(document)
        return self._field_places.of_record(records[0]) if records else ()

    def fields_as_csv(self, document: str) -> bytes:
        """The same as a CSV file, with the rows of the table `provenance`."""
        records = self.records(document)
        return self._field_places.as_csv(records[0]) if records else b""

    def describe(self, document: str) -> list[Quad]:
        """The quads about the document's thing, its parts and its record."""
        return self._store.describe(self._iri_policy.thing(document))

    def page(self, document: str, reader: ReaderLocale) -> Page | None:
        """The document as a page; None if nothing is known of its thing."""
        return self.page_builder(reader).page(document)

    def serialise(self, document: str, media_type: MediaType) -> bytes:
        """The document in a syntax of RDF."""
        return serialise(self.describe(document), media_type, self._context)

    def serialise_triples(self, triples: Sequence[Triple], media_type: MediaType) -> bytes:
        """Other statements about a document in a syntax of RDF."""
        return serialise(triples, media_type, self._context)

    def metadata(self, document: str) -> DocumentMetadata:
        """What the headers of the document state; the record's date and licence come before the thing's own."""
        thing = self._iri_policy.thing(document)
        node = NamedNode(thing)
        classes = sorted(value_of(quad.object) for quad in self._store.pattern(node, RDF.type, None))
        described = [*self.records(document), thing]
        modified, licence = (self._first_value(described, predicate) for predicate in (DCT.modified, DCT.license))
        return DocumentMetadata(thing, tuple(classes), modified, licence)

    def _first_value(self, iris: Sequence[str], predicate: NamedNode) -> str | None:
        for iri in iris:
            for quad in self._store.pattern(NamedNode(iri), predicate, None):
                return value_of(quad.object)
        return None
