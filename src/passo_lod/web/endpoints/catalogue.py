"""`/catalog`, `/catalog.ttl`, `/catalog-it.rdf`, `/void.ttl`, …: the catalogue for harvesters, and a page of its datasets.

A small catalogue is sent as its file, a large one in pages. A harvester deletes what a successful response no longer lists; so a catalogue
that is damaged or empty is answered with 503.
"""

import hashlib
from collections.abc import Mapping

from pyoxigraph import Triple
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.errors import ReleaseError
from passo_lod.media_types import HTML, JSON_LD, RDF_XML, TURTLE, MediaType, by_extension
from passo_lod.namespaces import DCAT, DCT
from passo_lod.release_layout import CATALOGUE, DATASETS
from passo_lod.serialise import serialise
from passo_lod.web.catalogue_index import CatalogueIndex, read_catalogue, read_statistics
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import see_other
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response
from passo_lod.web.http.document_headers import last_modified
from passo_lod.web.http.headers import CACHED
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of
from passo_lod.web.served_release import ServedRelease

SYNTAXES = (TURTLE, RDF_XML, JSON_LD)
OFFERED = (*SYNTAXES, HTML)
"""Data first, as for every document."""

_RETRY_AFTER = "300"


def catalogue(request: Request) -> Response:
    """`/catalog`: data for programs, a page for browsers."""
    media_type = content_negotiation.best(request.headers.get("accept"), OFFERED)
    if media_type is None:
        raise HttpProblem(406, "the catalogue is not available in the media types asked for", offered=OFFERED)
    headers = {"Vary": "Accept, Accept-Language", "Content-Location": f"/catalog.{media_type.extension}"}
    return _respond(request, "catalog", media_type, headers)


def document(request: Request) -> Response:
    """`/catalog.ttl`, `/catalog-it.rdf`, …: one document in the syntax of its extension."""
    stem, _, extension = request.url.path.removeprefix("/").partition(".")
    media_type = by_extension(extension, OFFERED)
    if media_type is None or (media_type is HTML and stem != "catalog"):
        raise HttpProblem(404, "the catalogue is not available in this form")
    return _respond(request, stem, media_type, {})


def void_document(request: Request) -> Response:
    """`/void.ttl`: the statistics of the datasets."""
    body = _read_unchanged(release_of(request), "void.ttl")
    return conditional_response(request, body, TURTLE.content_type, CACHED)


def well_known(request: Request) -> Response:
    """`/.well-known/void`: 303 to the statistics (VoID, 7.2)."""
    return see_other("/void.ttl")


# ------------------------------------------------------------------------------------------------- for other endpoints


def find_catalogue(release: ServedRelease) -> CatalogueIndex | None:
    """The catalogue of a release with all datasets, also those that harvesters do not see; None if it has none, or a damaged one."""
    try:
        return _index(release, DATASETS if release.manifest.distribution(DATASETS) else CATALOGUE)
    except HttpProblem:
        return None


def find_statistics(release: ServedRelease, dataset: str) -> tuple[Triple, ...]:
    """The statistics of a dataset and its partitions; none if the release has none."""
    listed = release.manifest.distribution("void.ttl")
    try:
        statistics = read_statistics(release.release.file("void.ttl"), listed.sha256 if listed else "")
    except (ReleaseError, OSError, SyntaxError, ValueError):
        return ()
    return statistics.get(dataset, ())


# ----------------------------------------------------------------------------------------------------------- responses


def _respond(request: Request, stem: str, media_type: MediaType, headers: Mapping[str, str]) -> Response:
    release = release_of(request)
    if media_type is HTML:
        return _page(request, _index(release, "catalog.ttl"), headers)
    index = _index(release, f"{stem}.ttl")
    modified = last_modified(index.value(index.iri, DCT.modified))
    path = f"{stem}.{media_type.extension}"
    number = _page_number(request, index)
    is_single = index.page_count == 1
    body = _read_unchanged(release, path) if is_single else serialise(index.page(number, path), media_type)
    dated = {"Last-Modified": modified} if modified else {}
    return conditional_response(request, body, media_type.content_type, {**headers, **dated, **CACHED})


def _page(request: Request, index: CatalogueIndex, headers: Mapping[str, str]) -> Response:
    """The list of datasets."""
    reader = reader_of(request)
    datasets = [
        {
            "name": iri.rpartition("/")[2],
            "title": index.texts(iri, DCT.title),
            "description": index.texts(iri, DCT.description),
            "modified": index.value(iri, DCT.modified),
            "licence": index.licence(iri),
            "files": len(index.values(iri, DCAT.distribution)),
        }
        for iri in index.datasets
    ]
    body = render(request, "catalogue.html", reader, datasets=datasets, syntaxes=SYNTAXES)
    own = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language"}
    return conditional_response(request, body, HTML.content_type, {**own, **headers, **CACHED})


def _page_number(request: Request, index: CatalogueIndex) -> int:
    number = request.query_params.get("page", "1")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= index.page_count):
        raise HttpProblem(404, f"there is no such page; the catalogue has {index.page_count}")
    return int(number)


# --------------------------------------------------------------------------------------------------------------- files


def _index(release: ServedRelease, path: str) -> CatalogueIndex:
    """Read a catalogue, which must be as the manifest lists it; else the problem is 503."""
    listed = release.manifest.distribution(path)
    try:
        return read_catalogue(release.release.file(path), listed.sha256 if listed else "")
    except (ReleaseError, OSError, SyntaxError, ValueError) as error:
        raise _damaged_catalogue() from error


def _read_unchanged(release: ServedRelease, path: str) -> bytes:
    """Read a file of the catalogue, which must be as the manifest lists it; else the problem is 503."""
    listed = release.manifest.distribution(path)
    try:
        data = release.release.file(path).read_bytes()
    except (ReleaseError, OSError) as error:
        raise _damaged_catalogue() from error
    if listed is None or not data or hashlib.sha256(data).hexdigest() != listed.sha256:
        raise _damaged_catalogue()
    return data


def _damaged_catalogue() -> HttpProblem:
    return HttpProblem(
        503,
        "the catalogue cannot be read now; nothing has been deleted: keep what you have harvested, and try again later",
        Retry_After=_RETRY_AFTER,
    )
