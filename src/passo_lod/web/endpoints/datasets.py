"""The named graphs of a release as datasets: how much each holds, under which licence, and where to get it."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML, MediaType, by_extension
from passo_lod.namespaces import DCAT, DCT, FOAF, OWL, RDF, SPDX, VOID, XSD
from passo_lod.serialise import serialise
from passo_lod.store.files_by_hash import find_by_sha256
from passo_lod.web.endpoints import catalogue as catalogues
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import DOCUMENTS
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

if TYPE_CHECKING:
    from passo_lod.web.served_release import ServedRelease


FORMER = re.compile(r"all-[0-9a-f]{12}")
"""The name of a version of the data that another took the place of."""


def dataset(request: Request) -> Response:
    """`/dataset/{name}`: 200, since a dataset is a document about itself."""
    serving = release_of(request)
    name, fixed = _split(serving, request.path_params["name"])
    if _is_gone(serving, name):
        raise HttpProblem(410, "this dataset is no longer published; what it described answers at its own address")
    media_type = fixed or negotiate.best(request.headers.get("accept"), DOCUMENTS)
    if media_type is None:
        raise HttpProblem(406, "this description is not to be had in the media types asked for", offered=DOCUMENTS)
    said = {"Vary": "Accept, Accept-Language", "Content-Location": f"/dataset/{name}.{media_type.extension}"}
    body = _body(request, serving, serving.addresses.iri(f"dataset/{name}"), media_type)
    return headers.conditional(request, body, media_type.content_type, said | headers.CACHED)


def _split(serving: "ServedRelease", name: str) -> tuple[str, MediaType | None]:
    stem, _, extension = name.rpartition(".")
    entries = catalogues.read_if_whole(serving)
    known = serving.store.graphs().keys() | {source.dataset for source in serving.manifest.sources}
    known |= entries.entries if entries else set()
    for candidate, media_type in ((name, None), (stem, by_extension(extension, DOCUMENTS))):
        if serving.addresses.iri(f"dataset/{candidate}") in known and (candidate == name or media_type):
            return candidate, media_type
    if FORMER.fullmatch(stem if by_extension(extension, DOCUMENTS) else name):
        raise HttpProblem(
            404, "this version of the data is not kept here, or not any more; /dataset/releases lists those that are"
        )
    raise HttpProblem(404, "there is no such dataset")


def _is_gone(serving: "ServedRelease", name: str) -> bool:
    """A dataset that was published once: its graph holds the tombstones of what it described, and its own."""
    node = NamedNode(serving.addresses.iri(f"dataset/{name}"))
    return any(serving.store.pattern(node, OWL.deprecated, Literal("true", datatype=XSD.boolean)))


def _body(request: Request, serving: "ServedRelease", iri: str, media_type: MediaType) -> bytes:
    if media_type is not HTML:
        return serialise(chain(serving.store.describe(iri), statements(serving, iri)), media_type)
    reader = reader_of(request)
    source = next((each for each in serving.manifest.sources if each.dataset == iri), None)
    return render(
        request,
        "dataset.html",
        reader,
        iri=iri,
        source=source,
        described=_described(serving, iri),
        triples=serving.store.graphs().get(iri, 0),
        name=iri.rpartition("/")[2],
        formats=DOCUMENTS,
    )


def statements(serving: "ServedRelease", iri: str) -> Iterator[Triple]:
    """What the catalogue says of a dataset; of a release that has none, only how much there is."""
    entries = catalogues.read_if_whole(serving)
    if entries is not None and iri in entries.entries:
        yield from entries.about(iri)
        yield from catalogues.statistics(serving, iri)
    else:
        yield Triple(NamedNode(iri), RDF.type, VOID.Dataset)
        yield Triple(
            NamedNode(iri), VOID.triples, Literal(str(serving.store.graphs().get(iri, 0)), datatype=XSD.integer)
        )


def _versions(entries: catalogues.CatalogueIndex, series: str) -> Iterator[str]:
    """The datasets of a series, the newest first."""
    version, known = entries.one(series, DCAT.last), set[str]()
    while version and version not in known:
        yield version
        known.add(version)
        version = entries.one(version, DCAT.prev)


def _described(serving: "ServedRelease", iri: str) -> Mapping[str, Any] | None:
    """What the page of a dataset shows of the catalogue."""
    entries = catalogues.read_if_whole(serving)
    if entries is None or iri not in entries.entries:
        return None
    holder = entries.one(iri, DCT.rightsHolder)
    own = {file.sha256 for file in serving.manifest.files}
    checksums = (
        entries.one(entries.one(node, SPDX.checksum), SPDX.checksumValue).lower()
        for node in entries.all(iri, DCAT.distribution)
    )
    files = ((each, find_by_sha256(serving.release, each)) for each in checksums)
    return {
        "title": entries.texts(iri, DCT.title),
        "description": entries.texts(iri, DCT.description),
        "modified": entries.one(iri, DCT.modified),
        "triples": entries.one(iri, VOID.triples),
        "holder": entries.texts(holder, FOAF.name),
        "licence": catalogues.licence(entries, iri),
        "files": [
            (found[0].path if digest in own else f"by-hash/sha256/{digest}", found[0])
            for digest, found in files
            if found
        ],
        "series": entries.one(iri, DCAT.inSeries).rpartition("/")[2],
        "is_former": bool(FORMER.fullmatch(iri.rpartition("/")[2])),
        "versions": [
            (each.rpartition("/")[2], entries.texts(each, DCT.title), entries.one(each, DCT.modified))
            for each in _versions(entries, iri)
        ],
    }
