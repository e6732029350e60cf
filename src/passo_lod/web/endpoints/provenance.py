"""`/doc/…/provenance`: where each value of a record comes from, as a page, in RDF (PROV-O) or as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.comparison.answers import read_declarations
from passo_lod.comparison.declarations import Declarations
from passo_lod.comparison.evidence_query import ANSWERS
from passo_lod.media_types import CSV, HTML, PAGES, MediaType, by_extension
from passo_lod.namespaces import DCT
from passo_lod.store.protocol import value_of
from passo_lod.web.documents import Documents
from passo_lod.web.endpoints.comparisons import asker
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import see_other
from passo_lod.web.endpoints.templating import localised, render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response
from passo_lod.web.http.document_headers import DocumentMetadata, document_headers
from passo_lod.web.http.iri_policy import as_uri
from passo_lod.web.pages.field_places import FieldRow
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import PageLink, PageText
from passo_lod.web.pages.provenance_graph import provenance_graph
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.pages.source_notes import label_text, line_text
from passo_lod.web.pages.value_sources import declared_by_code, fields_behind, has_value
from passo_lod.web.request_release import release_of

_TYPES = (*PAGES[1:], CSV, HTML)
"""Data first: a client without preference is a program; a browser states one."""

_NO_DECLARATIONS = Declarations({}, {})


@dataclass(frozen=True)
class ShownField:
    """A field on the page.

    Attributes:
        label: of the field; in words for the title and the badge of a page, which have none.
        line: the line or lines in words; empty in a syntax without lines.
        numbers: the same as numbers only.
        outcome: what became of it, in words.
        reason: why values are missing; None if none is.
        properties: of its values, and of those that it lacks.
        is_marked: whether a value that the reader has asked for comes from it.
    """

    field: FieldRow
    label: str
    line: str
    numbers: str
    outcome: str
    reason: PageText | None
    properties: tuple[PageLink, ...]
    is_marked: bool


@dataclass(frozen=True)
class ValueSource:
    """A measure or dimension that the reader has asked for.

    Attributes:
        fields: from which this process has its value, or which say why it has none.
        has_value: whether it has a value.
    """

    name: str
    fields: tuple[ShownField, ...]
    has_value: bool


async def provenance(request: Request) -> Response:
    """The provenance of the record about a document's thing; `of` names measures or dimensions whose fields the page marks."""
    codes = request.query_params.getlist("of")
    declared = await read_declarations(asker(request)) if codes else _NO_DECLARATIONS
    return await run_in_threadpool(_respond, request, declared, codes)


def _respond(request: Request, declared: Declarations, codes: Sequence[str]) -> Response:
    documents = release_of(request).documents
    document, extension = request.path_params["document"], request.path_params.get("extension")
    media_type = by_extension(extension, _TYPES) if extension else None
    if extension and media_type is None:
        names = ", ".join(each.extension for each in _TYPES)
        raise HttpProblem(404, f"{extension}: the provenance of a record can be had as {names}")
    if documents.exists(document) and documents.tombstone(document):
        return see_other(f"/doc/{document}")
    fields = documents.fields(document)
    if not fields:
        raise HttpProblem(404, "this release does not say from which lines of which file this document comes")
    media_type = media_type or content_negotiation.best(request.headers.get("accept"), _TYPES)
    if media_type is None:
        raise HttpProblem(406, "this document is not available in the media types asked for", offered=_TYPES)
    body, page_headers = _representation(request, document, fields, media_type, declared, codes)
    headers = _headers(request, document, documents, media_type)
    return conditional_response(request, body, media_type.content_type, headers | page_headers)


def _representation(
    request: Request,
    document: str,
    fields: Sequence[FieldRow],
    media_type: MediaType,
    declared: Declarations,
    codes: Sequence[str],
) -> tuple[bytes, dict[str, str]]:
    release = release_of(request)
    if media_type is HTML:
        reader = reader_of(request)
        return _page(request, document, fields, reader, declared, codes), {"Content-Language": reader.language}
    if media_type is CSV:
        return release.documents.fields_as_csv(document), {}
    iri = release.iri_policy.canonical(f"{document}/provenance")
    dataset = f"{release.manifest.base}dataset/{fields[0].source}"
    record = release.documents.records(document)[0]
    triples = provenance_graph(iri, dataset, record, fields, release.documents.describe(document))
    return release.documents.serialise_triples(triples, media_type), {}


def _headers(request: Request, document: str, documents: Documents, media_type: MediaType) -> dict[str, str]:
    about = documents.metadata(document)
    metadata = DocumentMetadata(documents.records(document)[0], (), about.modified, about.licence)
    headers = document_headers(f"{document}/provenance", metadata, media_type, release_of(request).iri_policy)
    csv = f'<{as_uri(f"/doc/{document}/provenance.{CSV.extension}")}>; rel="alternate"; type="{CSV.name}"'
    return headers | {"Link": f"{headers['Link']}, {csv}", "Vary": "Accept, Accept-Language"}


# --------------------------------------------------------------------------------------------------------------- page


def _page(
    request: Request,
    document: str,
    fields: Sequence[FieldRow],
    reader: ReaderLocale,
    declared: Declarations,
    codes: Sequence[str],
) -> bytes:
    release = release_of(request)
    builder, thing = release.documents.page_builder(reader), release.iri_policy.thing(document)
    quads = release.documents.describe(document)
    record = NamedNode(release.documents.records(document)[0])
    asked = [each for code in dict.fromkeys(codes) if (each := declared_by_code(declared, code))]
    found = {each.code: fields_behind(each, declared, fields, quads, thing) for each in asked}
    marked = {field.anchor for behind in found.values() for field in behind}
    shown = {field.anchor: _shown(field, builder, reader, is_marked=field.anchor in marked) for field in fields}
    titles = {source.name: localised(source.title, reader) for source in release.manifest.sources}
    return render(
        request,
        "provenance.html",
        reader,
        document=document,
        thing=builder.link(thing),
        record=record.value,
        dataset=PageLink(
            titles.get(fields[0].source) or fields[0].source, None, reader.href(f"/dataset/{fields[0].source}")
        ),
        pages=[
            builder.link(value_of(quad.object))
            for quad in quads
            if quad.subject == record and quad.predicate == DCT.source
        ],
        files=[
            (name, [each for each in shown.values() if each.field.file == name])
            for name in dict.fromkeys(each.file for each in fields)
        ],
        asked=[
            ValueSource(
                localised(dict(each.labels), reader),
                tuple(shown[field.anchor] for field in found[each.code]),
                has_value(each, declared, quads, thing),
            )
            for each in asked
        ],
        formats=_TYPES,
    )


def _shown(field: FieldRow, builder: PageBuilder, reader: ReaderLocale, *, is_marked: bool) -> ShownField:
    return ShownField(
        field,
        label_text(field, reader.language),
        line_text(field, reader.language),
        field.lines,
        field.outcome,
        builder.name(f"{ANSWERS}{field.reason}") if field.reason else None,
        tuple(builder.link(each) for each in field.properties),
        is_marked,
    )
