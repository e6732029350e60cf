"""The named graphs of a release as datasets: how much each holds, under which licence, and where to get it."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML, MediaType, by_extension
from passo_lod.serialise import serialise
from passo_lod.store.manifest import DUMP, SourceSummary
from passo_lod.terms import DCAT, DCT, OWL, RDF, VOID, XSD
from passo_lod.web import headers, negotiate
from passo_lod.web.pinned import pinned
from passo_lod.web.problems import Problem
from passo_lod.web.reader import reader_of
from passo_lod.web.resources import DOCUMENTS
from passo_lod.web.templating import render

if TYPE_CHECKING:
    from passo_lod.web.serving import Serving


def dataset(request: Request) -> Response:
    """`/dataset/{name}`: 200, since a dataset is a document about itself."""
    serving = pinned(request)
    name, fixed = _split(serving, request.path_params["name"])
    if _is_gone(serving, name):
        raise Problem(410, "this dataset is no longer published; what it described answers at its own address")
    media_type = fixed or negotiate.best(request.headers.get("accept"), DOCUMENTS)
    if media_type is None:
        raise Problem(406, "this description is not to be had in the media types asked for", offered=DOCUMENTS)
    said = {"Vary": "Accept, Accept-Language", "Content-Location": f"/dataset/{name}.{media_type.extension}"}
    body = _body(request, serving, serving.addresses.iri(f"dataset/{name}"), media_type)
    return headers.conditional(request, body, media_type.content_type, said | headers.CACHED)


def _split(serving: "Serving", name: str) -> tuple[str, MediaType | None]:
    stem, _, extension = name.rpartition(".")
    known = serving.store.graphs().keys() | {source.dataset for source in serving.manifest.sources}
    for candidate, media_type in ((name, None), (stem, by_extension(extension, DOCUMENTS))):
        if serving.addresses.iri(f"dataset/{candidate}") in known and (candidate == name or media_type):
            return candidate, media_type
    raise Problem(404, "there is no such dataset")


def _is_gone(serving: "Serving", name: str) -> bool:
    """A dataset that was published once: its graph holds the tombstones of what it described, and its own."""
    node = NamedNode(serving.addresses.iri(f"dataset/{name}"))
    return any(serving.store.pattern(node, OWL.deprecated, Literal("true", datatype=XSD.boolean)))


def _body(request: Request, serving: "Serving", iri: str, media_type: MediaType) -> bytes:
    source = next((each for each in serving.manifest.sources if each.dataset == iri), None)
    triples = serving.store.graphs().get(iri, 0)
    if media_type is not HTML:
        return serialise(chain(serving.store.describe(iri), statements(serving, iri, source, triples)), media_type)
    reader = reader_of(request)
    name = iri.rpartition("/")[2]
    return render(
        request, "dataset.html", reader, iri=iri, source=source, triples=triples, name=name, formats=DOCUMENTS
    )


def statements(serving: "Serving", iri: str, source: SourceSummary | None, triples: int) -> Iterator[Triple]:
    """What the manifest knows of a dataset, in DCAT and VoID."""
    node = NamedNode(iri)
    base = serving.manifest.base
    yield Triple(node, RDF.type, DCAT.Dataset)
    yield Triple(node, RDF.type, VOID.Dataset)
    yield Triple(node, VOID.triples, Literal(str(triples), datatype=XSD.integer))
    yield Triple(node, VOID.sparqlEndpoint, NamedNode(f"{base}sparql"))
    yield Triple(node, VOID.dataDump, NamedNode(base + DUMP))
    if licence := (source and source.licence) or serving.manifest.licence:
        yield Triple(node, DCT.license, NamedNode(licence))
    for language, title in sorted((source.title if source else {}).items()):
        yield Triple(node, DCT.title, Literal(title, language=language))
