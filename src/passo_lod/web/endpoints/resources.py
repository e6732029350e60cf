"""Things and the documents about them: 303 from the one to the other, and the document in the form that is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML, PAGES, TURTLE, MediaType, by_extension
from passo_lod.namespaces import DCT, FOAF, OWL, RDF, XSD
from passo_lod.serialise import serialise
from passo_lod.store.protocol import Store, subjects, value_of
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.http.iri_policy import IriPolicy, as_uri
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import Page
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.request_release import release_of

if TYPE_CHECKING:
    from passo_lod.web.served_release import ServedRelease


DOCUMENTS = (*PAGES[1:], HTML)
"""Data first: a client that does not care is a program. Browsers do care."""

_REMEMBERED = 1024
_TRUE = Literal("true", datatype=XSD.boolean)


@dataclass(frozen=True)
class DocumentFacts:
    """What the headers of a document say of it."""

    thing: str
    kinds: tuple[str, ...]
    modified: str | None
    licence: str | None


@dataclass(frozen=True)
class Tombstone:
    """A thing that was published and is not any more (docs/identity.md)."""

    document: str
    replaced_by: tuple[str, ...]

    @property
    def status(self) -> int:
        """What is answered where no single other thing is in its place: these are, or it is gone."""
        return 300 if self.replaced_by else 410


class Documents:
    """The documents of one release, in every form; a release does not change, so what was made once is kept."""

    def __init__(
        self,
        store: Store,
        addresses: IriPolicy,
        context: Mapping[str, Any] | None,
        order: Sequence[str],
    ) -> None:
        self._store = store
        self._addresses = addresses
        self._context = context
        self._order = order
        self.data = lru_cache(_REMEMBERED)(self._data)
        self.facts = lru_cache(_REMEMBERED)(self._facts)
        self.page = lru_cache(_REMEMBERED)(self._page)

    def exists(self, document: str | None) -> bool:
        """Whether there is such a document: something is said about its thing."""
        return bool(document and self._store.exists(self._addresses.thing(document)))

    def tombstone(self, document: str) -> "Tombstone | None":
        """What stands in the place of the document's thing, where the thing is gone for good.

        A thing that is deprecated and still described, such as an abolished municipality or a term, has a class.
        """
        node = NamedNode(self._addresses.thing(document))
        deprecated = any(self._store.pattern(node, OWL.deprecated, _TRUE))
        if not deprecated or any(self._store.pattern(node, RDF.type, None)):
            return None
        replacing = self._store.pattern(node, DCT.isReplacedBy, None)
        return Tombstone(document, tuple(sorted(value_of(quad.object) for quad in replacing)))

    def writer(self, reader: ReaderLocale) -> PageBuilder:
        """Who writes pages for a reader."""
        return PageBuilder(self._store, self._addresses, reader, self._order)

    def _data(self, document: str, media_type: MediaType) -> bytes:
        return serialise(self._store.describe(self._addresses.thing(document)), media_type, self._context)

    def _page(self, document: str, reader: ReaderLocale) -> Page | None:
        return self.writer(reader).page(document)

    def _facts(self, document: str) -> DocumentFacts:
        thing = self._addresses.thing(document)
        node = NamedNode(thing)
        kinds = sorted(value_of(quad.object) for quad in self._store.pattern(node, RDF.type, None))
        records = [value_of(quad.subject) for quad in self._store.pattern(None, FOAF.primaryTopic, node)]
        about = [*records, thing]
        return DocumentFacts(thing, tuple(kinds), self._first(about, DCT.modified), self._first(about, DCT.license))

    def _first(self, subjects: Sequence[str], predicate: NamedNode) -> str | None:
        for subject in subjects:
            for quad in self._store.pattern(NamedNode(subject), predicate, None):
                return value_of(quad.object)
        return None


# ---------------------------------------------------------------------------------------------------------- endpoints


def thing(request: Request) -> Response:
    """`/id/…`: 303 to the document that describes the thing; parts are described with their whole.

    So are parts of which nothing is said: they may have been in an earlier release.
    """
    serving = release_of(request)
    iri = serving.addresses.iri(f"id/{request.path_params['path']}")
    document = serving.addresses.document(iri)
    if not document or not serving.documents.exists(document):
        raise HttpProblem(404, "nothing is known by this identifier")
    if tombstone := serving.documents.tombstone(document):
        return _gone(request, serving, tombstone, "id/{}")
    return see_other(f"/doc/{document}")


def term(request: Request) -> Response:
    """`/onto/…`, `/controlled-vocabulary/…`, `/alignment/…`: 303 to the document about the term, scheme or concept."""
    serving = release_of(request)
    path = request.url.path.strip("/")
    if not serving.documents.exists(path):
        path = _of_version(serving.store, serving.addresses, path)
    return see_other(f"/doc/{path}")


def _of_version(store: Store, addresses: IriPolicy, path: str) -> str:
    """An ontology's version IRI is described with the ontology."""
    for iri in subjects(store, OWL.versionIRI, NamedNode(as_uri(addresses.iri(path)))):
        if document := addresses.document(iri):
            return document
    raise HttpProblem(404, "the vocabulary has no such term")


def see_other(path: str) -> Response:
    """To another resource, by a path on this server: no host name is taken from the request."""
    return Response(status_code=303, headers={"Location": as_uri(path), "Vary": "Accept", **headers.CACHED})


def document(request: Request) -> Response:
    """`/doc/…`, `/doc/….ttl`: what is known about a thing, in the form asked for by the header or by the ending."""
    serving = release_of(request)
    name, fixed = _split(request.path_params["path"], serving.documents)
    if tombstone := serving.documents.tombstone(name):
        return _gone(request, serving, tombstone, f"doc/{{}}.{fixed.extension}" if fixed else "doc/{}", fixed)
    accept = request.headers.get("accept")
    media_type = fixed or negotiate.best(accept, DOCUMENTS)
    if media_type is None:
        raise HttpProblem(406, "this document is not to be had in the media types asked for", offered=DOCUMENTS)
    return _representation(request, serving, name, media_type, negotiated=fixed is None)


def _split(path: str, documents: Documents) -> tuple[str, MediaType | None]:
    if documents.exists(path):
        return path, None
    name, _, extension = path.rpartition(".")
    media_type = by_extension(extension, DOCUMENTS)
    if media_type is None or not documents.exists(name):
        raise HttpProblem(404, "there is no such document")
    return name, media_type


def _gone(
    request: Request, serving: "ServedRelease", tombstone: Tombstone, form: str, fixed: MediaType | None = None
) -> Response:
    """308 to what is in the place of a thing, in the same form; else what is known of it, which is no error page."""
    said = {"Vary": "Accept, Accept-Language", **headers.CACHED}
    if len(tombstone.replaced_by) == 1:
        path = form.format(serving.addresses.document(tombstone.replaced_by[0]))
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(status_code=308, headers={"Location": as_uri(f"/{path}{query}"), **said})
    media_type = fixed or negotiate.best(request.headers.get("accept"), DOCUMENTS) or TURTLE
    body = serving.documents.data(tombstone.document, media_type) if media_type is not HTML else b""
    if media_type is HTML:
        reader = reader_of(request)
        page = serving.documents.page(tombstone.document, reader)
        body = render(request, "document.html", reader, page=page, formats=DOCUMENTS)
        said["Content-Language"] = reader.language
    said["Link"] = headers.links_of_tombstone(tombstone, serving.addresses)
    return Response(body, tombstone.status, said, media_type.content_type)


def _representation(
    request: Request, serving: "ServedRelease", name: str, media_type: MediaType, *, negotiated: bool
) -> Response:
    facts = serving.documents.facts(name)
    said = headers.document_headers(name, facts, media_type, serving.addresses)
    if media_type is HTML:
        reader = reader_of(request)
        page = serving.documents.page(name, reader)
        body = render(request, "document.html", reader, page=page, formats=DOCUMENTS)
        said |= {"Content-Language": reader.language, "Vary": "Accept, Accept-Language"}
    else:
        body = serving.documents.data(name, media_type)
        said |= {"Vary": "Accept, Accept-Language"} if negotiated else {}
    return headers.conditional(request, body, media_type.content_type, said)
