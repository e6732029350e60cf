"""The catalogue over HTTP: whole files where they are small, pages of datasets where they are not, and never an empty answer.

A harvester deletes what a good answer does not list any more. So what is not whole, or lists nothing, is answered with 503.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.errors import ReleaseError
from passo_lod.media_types import HTML, JSON_LD, RDF_XML, TURTLE, MediaType, by_extension
from passo_lod.namespaces import DCAT, DCT, FOAF, HYDRA, RDF, XSD
from passo_lod.serialise import parse, serialise, sorted_triples
from passo_lod.store.protocol import value_of
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import see_other
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

if TYPE_CHECKING:
    from passo_lod.web.served_release import ServedRelease

SYNTAXES = (TURTLE, RDF_XML, JSON_LD)
OFFERED = (*SYNTAXES, HTML)
"""Data first, as for every document."""

PAGE = 100
"""How many datasets a page holds: some hundreds of files described, well below what harvesters read of one answer (50 MB)."""

_RETRY_AFTER = "300"
_ENTRIES = (DCAT.Catalog, DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService)
"""What is described by itself, and not with what refers to it."""


@dataclass(frozen=True)
class CatalogueIndex:
    """A catalogue of the release, sorted out by what it describes."""

    by_subject: Mapping[str, tuple[Triple, ...]]
    iri: str
    datasets: tuple[str, ...]
    entries: frozenset[str]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> "CatalogueIndex":
        """Sort out the triples of a catalogue.

        Raises:
            ValueError: it has no catalogue in it, or no dataset.
        """
        by_subject: dict[str, list[Triple]] = {}
        for triple in sorted_triples(triples):
            by_subject.setdefault(value_of(triple.subject), []).append(triple)
        kinds = {kind: [iri for iri, said in by_subject.items() if _is(said, kind)] for kind in _ENTRIES}
        if not kinds[DCAT.Dataset] or len(kinds[DCAT.Catalog]) != 1:
            raise ValueError("a catalogue has one dcat:Catalog and at least one dcat:Dataset")
        entries = frozenset(iri for iris in kinds.values() for iri in iris)
        said = {iri: tuple(triples) for iri, triples in by_subject.items()}
        return cls(said, kinds[DCAT.Catalog][0], tuple(kinds[DCAT.Dataset]), entries)

    def about(self, *entries: str) -> list[Triple]:
        """All that is said of some entries and of what they refer to, but not of other entries."""
        found: dict[str, tuple[Triple, ...]] = {}
        todo = list(entries)
        while todo:
            iri = todo.pop()
            if iri in self.by_subject and iri not in found and (iri in entries or iri not in self.entries):
                found[iri] = self.by_subject[iri]
                todo += (value_of(triple.object) for triple in found[iri] if isinstance(triple.object, NamedNode))
        return [triple for said in found.values() for triple in said]

    def page(self, number: int, path: str) -> list[Triple]:
        """A page: some datasets with all they refer to, the catalogue with these datasets only, and the rest of it.

        Args:
            number: of the page, from 1.
            path: where the pages are.
        """
        listed = set(self.datasets[(number - 1) * PAGE : number * PAGE])
        elsewhere = set(self.datasets) - listed
        others = self.entries - set(self.datasets)
        triples = self.about(*others, *listed)
        return [
            each for each in triples if each.predicate != DCAT.dataset or value_of(each.object) not in elsewhere
        ] + list(self._hydra(number, path))

    @property
    def pages(self) -> int:
        """How many there are."""
        return ceil(len(self.datasets) / PAGE)

    def one(self, iri: str, predicate: NamedNode) -> str:
        """A value of something described; nothing where there is none."""
        return next((value_of(each.object) for each in self._values(iri, predicate)), "")

    def texts(self, iri: str, predicate: NamedNode) -> dict[str, str]:
        """The texts of something described, by language."""
        texts = (each.object for each in self._values(iri, predicate))
        return {text.language or "": text.value for text in texts if isinstance(text, Literal)}

    def all(self, iri: str, predicate: NamedNode) -> list[str]:
        """Every value of something described."""
        return [value_of(each.object) for each in self._values(iri, predicate)]

    def _values(self, iri: str, predicate: NamedNode) -> list[Triple]:
        return [each for each in self.by_subject.get(iri, ()) if each.predicate == predicate]

    def _hydra(self, number: int, path: str) -> Iterable[Triple]:
        """Where the other pages are, in the words that harvesters follow, of today and of before."""
        homepage = self.one(self.iri, FOAF.homepage).removesuffix("catalog.html")

        def at(page: int) -> NamedNode:
            return NamedNode(f"{homepage}{path}?page={page}")

        node = at(number)
        yield Triple(node, RDF.type, HYDRA.PagedCollection)
        yield Triple(node, RDF.type, HYDRA.PartialCollectionView)
        yield Triple(node, HYDRA.totalItems, Literal(str(len(self.datasets)), datatype=XSD.integer))
        yield Triple(node, HYDRA.itemsPerPage, Literal(str(PAGE), datatype=XSD.integer))
        reached = {"first": 1, "last": self.pages, "previous": number - 1, "next": number + 1}
        for word, page in reached.items():
            if 1 <= page <= self.pages:
                yield Triple(node, HYDRA[word], at(page))
                yield Triple(node, HYDRA[f"{word}Page"], at(page))


def _is(said: Iterable[Triple], kind: NamedNode) -> bool:
    return any(each.predicate == RDF.type and each.object == kind for each in said)


# ---------------------------------------------------------------------------------------------------------- the files


def whole(serving: "ServedRelease", path: str) -> bytes:
    """A file of the catalogue, which is as it was published.

    Raises:
        Problem: 503, it is not.
    """
    listed = serving.manifest.distribution(path)
    try:
        data = serving.release.file(path).read_bytes()
    except (ReleaseError, OSError) as error:
        raise _in_trouble() from error
    if listed is None or not data or hashlib.sha256(data).hexdigest() != listed.sha256:
        raise _in_trouble()
    return data


def read(serving: "ServedRelease", path: str = "catalog.ttl") -> CatalogueIndex:
    """The catalogue of a release.

    Raises:
        Problem: 503, it is not as it was published.
    """
    listed = serving.manifest.distribution(path)
    try:
        place = serving.release.file(path)
        return _read(place, listed.sha256 if listed else "")
    except (ReleaseError, OSError, SyntaxError, ValueError) as error:
        raise _in_trouble() from error


def read_if_whole(serving: "ServedRelease") -> CatalogueIndex | None:
    """The catalogue of a release that has one."""
    try:
        return read(serving)
    except HttpProblem:
        return None


def statistics(serving: "ServedRelease", dataset: str) -> list[Triple]:
    """What is measured of a dataset: all that is said of it and of its parts, which have IRIs below its own."""
    try:
        said = _statistics(serving.release.file("void.ttl"))
    except (ReleaseError, OSError, SyntaxError):
        return []
    return said.get(dataset, [])


@lru_cache(4)
def _read(place: Path, digest: str) -> CatalogueIndex:
    data = place.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{place}: is not as it was published")
    return CatalogueIndex.of(parse(data, TURTLE))


@lru_cache(4)
def _statistics(place: Path) -> dict[str, list[Triple]]:
    said: dict[str, list[Triple]] = {}
    for triple in parse(place.read_bytes(), TURTLE):
        said.setdefault(value_of(triple.subject).partition("#")[0], []).append(triple)
    return said


def _in_trouble() -> HttpProblem:
    return HttpProblem(
        503,
        "the catalogue cannot be read now; nothing has been deleted, and what was harvested still is",
        Retry_After=_RETRY_AFTER,
    )


# ---------------------------------------------------------------------------------------------------------- endpoints


def catalogue(request: Request) -> Response:
    """`/catalog`: for programs as data, for people as a page."""
    media_type = negotiate.best(request.headers.get("accept"), OFFERED)
    if media_type is None:
        raise HttpProblem(406, "the catalogue is not to be had in the media types asked for", offered=OFFERED)
    said = {"Vary": "Accept, Accept-Language", "Content-Location": f"/catalog.{media_type.extension}"}
    return _answer(request, "catalog", media_type, said)


def document(request: Request) -> Response:
    """`/catalog.ttl`, `/catalog-it.rdf`, …: one document in one syntax, whatever is asked for in headers."""
    stem, _, extension = request.url.path.removeprefix("/").partition(".")
    media_type = by_extension(extension, OFFERED)
    if media_type is None or (media_type is HTML and stem != "catalog"):
        raise HttpProblem(404, "the catalogue is not to be had in this form")
    return _answer(request, stem, media_type, {})


def statistics_document(request: Request) -> Response:
    """`/void.ttl`."""
    body = whole(release_of(request), "void.ttl")
    return headers.conditional(request, body, TURTLE.content_type, headers.CACHED)


def well_known(request: Request) -> Response:
    """`/.well-known/void`: leads to the description (VoID, 7.2)."""
    return see_other("/void.ttl")


def _answer(request: Request, stem: str, media_type: MediaType, said: Mapping[str, str]) -> Response:
    serving = release_of(request)
    if media_type is HTML:
        return _listed(request, read(serving), said)
    entries = read(serving, f"{stem}.ttl")
    last_change = entries.one(entries.iri, DCT.modified)
    dated = {"Last-Modified": headers.http_date(last_change)} if last_change else {}
    path = f"{stem}.{media_type.extension}"
    number = _number(request, entries)
    body = whole(serving, path) if entries.pages == 1 else serialise(entries.page(number, path), media_type)
    return headers.conditional(request, body, media_type.content_type, {**said, **dated, **headers.CACHED})


def _number(request: Request, entries: CatalogueIndex) -> int:
    """The page that is asked for."""
    asked = request.query_params.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= entries.pages):
        raise HttpProblem(404, f"there is no such page; the catalogue has {entries.pages}")
    return int(asked)


def _listed(request: Request, entries: CatalogueIndex, said: Mapping[str, str]) -> Response:
    """The datasets, for people."""
    reader = reader_of(request)
    listed = [
        {
            "name": iri.rpartition("/")[2],
            "title": entries.texts(iri, DCT.title),
            "description": entries.texts(iri, DCT.description),
            "modified": entries.one(iri, DCT.modified),
            "licence": licence(entries, iri),
            "files": len(entries.all(iri, DCAT.distribution)),
        }
        for iri in entries.datasets
    ]
    body = render(request, "catalogue.html", reader, datasets=listed, syntaxes=SYNTAXES)
    told = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language", **said, **headers.CACHED}
    return headers.conditional(request, body, HTML.content_type, told)


def licence(entries: CatalogueIndex, iri: str) -> tuple[str, str]:
    """The licence of a dataset: where it is, and what it is called."""
    node = entries.one(iri, DCT.license)
    return node, entries.one(node, FOAF.name) or node
