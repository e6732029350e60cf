"""`/dataset/…`: the datasets of the catalogue (named graphs, versions, series), as data and as pages."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML, MediaType, by_extension
from passo_lod.namespaces import DCAT, DCT, FOAF, OWL, RDF, SPDX, VOID, XSD
from passo_lod.serialise import serialise
from passo_lod.store.files_by_hash import find_by_sha256
from passo_lod.web.catalogue_index import CatalogueIndex
from passo_lod.web.endpoints.catalogue import find_catalogue, find_statistics
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import DOCUMENT_TYPES
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response
from passo_lod.web.http.headers import CACHED
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of
from passo_lod.web.served_release import ServedRelease

_FORMER_VERSION = re.compile(r"all-[0-9a-f]{12}")
"""The name of an earlier version of all the data."""


def dataset(request: Request) -> Response:
    """`/dataset/{name}`: 200 without a redirect, since the IRI of a dataset is the address of its description."""
    release = release_of(request)
    name, fixed_type = _split_extension(release, request.path_params["name"])
    if _is_gone(release, name):
        raise HttpProblem(410, "this dataset is no longer published; what it described answers at its own address")
    media_type = fixed_type or content_negotiation.best(request.headers.get("accept"), DOCUMENT_TYPES)
    if media_type is None:
        raise HttpProblem(406, "this description is not available in the media types asked for", offered=DOCUMENT_TYPES)
    headers = {
        "Vary": "Accept, Accept-Language",
        "Content-Location": f"/dataset/{name}.{media_type.extension}",
        **CACHED,
    }
    body = _representation(request, release.iri_policy.iri(f"dataset/{name}"), media_type)
    return conditional_response(request, body, media_type.content_type, headers)


def _split_extension(release: ServedRelease, name: str) -> tuple[str, MediaType | None]:
    """The dataset of a path, and the media type of its extension; None if the path has no extension."""
    stem, _, extension = name.rpartition(".")
    fixed_type = by_extension(extension, DOCUMENT_TYPES)
    catalogue = find_catalogue(release)
    known = release.store.graphs().keys() | {source.dataset for source in release.manifest.sources}
    known |= catalogue.entries if catalogue else set()
    for candidate, media_type in ((name, None), (stem, fixed_type)):
        if release.iri_policy.iri(f"dataset/{candidate}") in known and (candidate == name or media_type):
            return candidate, media_type
    if _FORMER_VERSION.fullmatch(stem if fixed_type else name):
        raise HttpProblem(
            404, "this version of the data is not available here, or no longer; /dataset/releases lists those that are"
        )
    raise HttpProblem(404, "there is no such dataset")


def _is_gone(release: ServedRelease, name: str) -> bool:
    """Whether a dataset is no longer published: its graph has only tombstones, one of them the dataset's own."""
    node = NamedNode(release.iri_policy.iri(f"dataset/{name}"))
    return any(release.store.pattern(node, OWL.deprecated, Literal("true", datatype=XSD.boolean)))


def _representation(request: Request, iri: str, media_type: MediaType) -> bytes:
    release = release_of(request)
    if media_type is not HTML:
        return serialise(chain(release.store.describe(iri), _catalogue_triples(release, iri)), media_type)
    return render(
        request,
        "dataset.html",
        reader_of(request),
        iri=iri,
        source=next((source for source in release.manifest.sources if source.dataset == iri), None),
        described=_page_values(release, iri),
        triples=release.store.graphs().get(iri, 0),
        name=iri.rpartition("/")[2],
        formats=DOCUMENT_TYPES,
    )


def _catalogue_triples(release: ServedRelease, iri: str) -> Iterator[Triple]:
    """The triples of a dataset in the catalogue; without a catalogue, the number of its triples."""
    catalogue = find_catalogue(release)
    if catalogue is not None and iri in catalogue.entries:
        yield from catalogue.about(iri)
        yield from find_statistics(release, iri)
    else:
        size = Literal(str(release.store.graphs().get(iri, 0)), datatype=XSD.integer)
        yield Triple(NamedNode(iri), RDF.type, VOID.Dataset)
        yield Triple(NamedNode(iri), VOID.triples, size)


def _page_values(release: ServedRelease, iri: str) -> Mapping[str, Any] | None:
    """What the page shows from the catalogue; None if the catalogue has no such dataset."""
    catalogue = find_catalogue(release)
    if catalogue is None or iri not in catalogue.entries:
        return None
    return {
        "title": catalogue.texts(iri, DCT.title),
        "description": catalogue.texts(iri, DCT.description),
        "modified": catalogue.value(iri, DCT.modified),
        "triples": catalogue.value(iri, VOID.triples),
        "holder": catalogue.texts(catalogue.value(iri, DCT.rightsHolder), FOAF.name),
        "licence": catalogue.licence(iri),
        "files": _files(release, _checksums(catalogue, iri)),
        "series": catalogue.value(iri, DCAT.inSeries).rpartition("/")[2],
        "is_former": bool(_FORMER_VERSION.fullmatch(iri.rpartition("/")[2])),
        "versions": [
            (version.rpartition("/")[2], catalogue.texts(version, DCT.title), catalogue.value(version, DCT.modified))
            for version in _versions(catalogue, iri)
        ],
    }


def _checksums(catalogue: CatalogueIndex, iri: str) -> list[str]:
    """The SHA-256 of each distribution of a dataset."""
    nodes = (catalogue.value(node, SPDX.checksum) for node in catalogue.values(iri, DCAT.distribution))
    return [catalogue.value(node, SPDX.checksumValue).lower() for node in nodes]


def _files(release: ServedRelease, checksums: Iterable[str]) -> list[tuple[str, Any]]:
    """The address and the listed file of each checksum that a retained release has."""
    checksums = list(checksums)
    files = find_by_sha256(release.release, checksums)
    served = {file.sha256 for file in release.manifest.files}
    return [
        (files[digest][0].path if digest in served else f"by-hash/sha256/{digest}", files[digest][0])
        for digest in checksums
        if digest in files
    ]


def _versions(catalogue: CatalogueIndex, series: str) -> Iterator[str]:
    """The datasets of a series, the newest first."""
    version, listed = catalogue.value(series, DCAT.last), set[str]()
    while version and version not in listed:
        yield version
        listed.add(version)
        version = catalogue.value(version, DCAT.prev)
