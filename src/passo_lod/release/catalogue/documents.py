"""The catalogue's files: DCAT-AP and DCAT-AP_IT in three syntaxes each, and VoID, made from one telling of the release."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Triple

from passo_lod.media_types import JSON_LD, RDF_XML, TURTLE, MediaType
from passo_lod.release.catalogue.dcat import catalogue
from passo_lod.release.catalogue.dcat_it import italian
from passo_lod.release.catalogue.described import PLACES, TITLES, VOCABULARY, described, observatories
from passo_lod.release.catalogue.dqv import quality
from passo_lod.release.catalogue.tally import Tally
from passo_lod.release.catalogue.void import void
from passo_lod.release.content import Content
from passo_lod.release.file import File, Stage, written
from passo_lod.serialise import serialise_sorted, sorted_triples

SYNTAXES = (TURTLE, RDF_XML, JSON_LD)


def catalogue_files(content: Content, files: Sequence[File]) -> Iterator[Stage]:
    """What writes the files of the catalogue.

    Args:
        content: what goes into the release.
        files: those that the catalogue describes; they are all written when the first of these stages begins.
    """
    told = _Told(content, files)
    for stem, title in (("catalog", "Catalogue (DCAT-AP)"), ("catalog-it", "Catalogue (DCAT-AP_IT)")):
        for syntax in SYNTAXES:
            yield partial(_document, told=told, stem=stem, title=title, syntax=syntax)
    yield partial(_document, told=told, stem="void", title="Statistics (VoID, DQV)", syntax=TURTLE)


def _document(folder: Path, told: "_Told", stem: str, title: str, syntax: MediaType) -> list[File]:
    data = serialise_sorted(told.triples(stem), syntax)
    return [written(folder, f"{stem}.{syntax.extension}", syntax, title, (told.licence,), data)]


def own_datasets(content: Content) -> Iterator[tuple[str, str, list[Quad]]]:
    """The datasets that are not of a source, with a title and their quads: the places, the vocabulary."""
    room, places = f"{content.base}dataset/", NamedNode(f"{content.base}dataset/{PLACES}")
    sources = {NamedNode(source.iri) for source in content.datasets}
    held: dict[str, list[Quad]] = {PLACES: [], VOCABULARY: []}
    for quad in content.quads:
        if quad.graph_name == places:
            held[PLACES].append(quad)
        elif quad.graph_name not in sources and not quad.graph_name.value.startswith(room):  # type: ignore[union-attr]
            held[VOCABULARY].append(quad)
    for name, quads in held.items():
        if quads:
            yield name, TITLES[name]["en"], quads


class _Told:
    """What is said of a release, counted once for all documents."""

    def __init__(self, content: Content, files: Sequence[File]) -> None:
        self.licence = content.licence
        self._content = content
        self._files = files

    def triples(self, document: str) -> list[Triple]:
        """The triples of a document, sorted."""
        return {"catalog": self._catalogue, "catalog-it": self._italian, "void": self._void}[document]

    @cached_property
    def _tally(self) -> Tally:
        return Tally.of(set(self._content.quads), self._content.base, observatories(self._content).values())

    @cached_property
    def _catalogue(self) -> list[Triple]:
        datasets = described(self._content, self._tally, self._files)
        return sorted_triples(catalogue(self._content, datasets, self._tally))

    @cached_property
    def _italian(self) -> list[Triple]:
        return sorted_triples(italian(self._catalogue))

    @cached_property
    def _void(self) -> list[Triple]:
        datasets = described(self._content, self._tally, self._files)
        told = [*void(self._content, datasets, self._tally), *quality(self._content, datasets)]
        return sorted_triples(told)
