"""The catalogue's files: DCAT-AP and DCAT-AP_IT in three syntaxes each, and VoID, made from one telling of the release."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from pyoxigraph import Triple

from passo_lod.media_types import JSON_LD, RDF_XML, TURTLE, MediaType
from passo_lod.release.catalogue.dataset_descriptions import WHOLE, described
from passo_lod.release.catalogue.dataset_versions import series, versions
from passo_lod.release.catalogue.dcat import catalogue, url
from passo_lod.release.catalogue.dcat_it import italian
from passo_lod.release.catalogue.dqv import quality
from passo_lod.release.catalogue.void import void
from passo_lod.release.content import Content
from passo_lod.release.distribution import File, Stage, written
from passo_lod.release.dump.statistics import Tally
from passo_lod.serialise import serialise_sorted, sorted_triples

SYNTAXES = (TURTLE, RDF_XML, JSON_LD)


def catalogue_files(content: Content, files: Sequence[File], tally: Tally) -> Iterator[Stage]:
    """What writes the files of the catalogue.

    Args:
        content: what goes into the release.
        files: those that the catalogue describes; they are all written when the first of these stages begins.
        tally: of what is published; it is ended by then.
    """
    told = _Told(content, files, tally)
    for stem, title in (("catalog", "Catalogue (DCAT-AP)"), ("catalog-it", "Catalogue (DCAT-AP_IT)")):
        for syntax in SYNTAXES:
            yield partial(_document, told=told, stem=stem, title=title, syntax=syntax)
    yield partial(_document, told=told, stem="void", title="Statistics (VoID, DQV)", syntax=TURTLE)


def _document(folder: Path, told: "_Told", stem: str, title: str, syntax: MediaType) -> list[File]:
    data = serialise_sorted(told.triples(stem), syntax)
    return [written(folder, f"{stem}.{syntax.extension}", syntax, title, (told.licence,), data)]


class _Told:
    """What is said of a release, found once for all documents."""

    def __init__(self, content: Content, files: Sequence[File], tally: Tally) -> None:
        self.licence = content.licence
        self._content = content
        self._files = files
        self._tally = tally

    def triples(self, document: str) -> list[Triple]:
        """The triples of a document, sorted."""
        return {"catalog": self._catalogue, "catalog-it": self._italian, "void": self._void}[document]

    @cached_property
    def _catalogue(self) -> list[Triple]:
        content = self._content
        datasets = described(content, self._tally, self._files)
        whole = next(each for each in datasets if each.name == WHOLE)
        former = versions(content.former(whole.dates.version), content.base, whole.dates.version, url(content))
        return sorted_triples((*catalogue(content, datasets, self._tally), *series(former, content.base)))

    @cached_property
    def _italian(self) -> list[Triple]:
        return sorted_triples(italian(self._catalogue))

    @cached_property
    def _void(self) -> list[Triple]:
        datasets = described(self._content, self._tally, self._files)
        told = [*void(self._content, datasets, self._tally), *quality(self._content, datasets)]
        return sorted_triples(told)
