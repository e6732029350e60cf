"""The catalogue's files: DCAT-AP and DCAT-AP_IT in three syntaxes each, and VoID, made from one telling of the release."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from pyoxigraph import Triple

from passo_lod.media_types import JSON_LD, RDF_XML, TURTLE, MediaType
from passo_lod.release.catalogue.dataset_descriptions import WHOLE, describe_datasets
from passo_lod.release.catalogue.dataset_versions import listed_versions, series
from passo_lod.release.catalogue.dcat import catalogue_triples, url
from passo_lod.release.catalogue.dcat_it import dcat_ap_it
from passo_lod.release.catalogue.dqv import quality_measurements
from passo_lod.release.catalogue.void import void_description
from passo_lod.release.content import Content
from passo_lod.release.distribution import Distribution, Stage, write_distribution
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.serialise import serialise_sorted, sorted_triples

SYNTAXES = (TURTLE, RDF_XML, JSON_LD)


def catalogue_files(content: Content, files: Sequence[Distribution], tally: GraphStatistics) -> Iterator[Stage]:
    """What writes the files of the catalogue.

    Args:
        content: what goes into the release.
        files: those that the catalogue describes; they are all written when the first of these stages begins.
        tally: of what is published; it is ended by then.
    """
    told = _CatalogueGraphs(content, files, tally)
    for stem, title in (("catalog", "Catalogue (DCAT-AP)"), ("catalog-it", "Catalogue (DCAT-AP_IT)")):
        for syntax in SYNTAXES:
            yield partial(_document, told=told, stem=stem, title=title, syntax=syntax)
    yield partial(_document, told=told, stem="void", title="Statistics (VoID, DQV)", syntax=TURTLE)


def _document(folder: Path, told: "_CatalogueGraphs", stem: str, title: str, syntax: MediaType) -> list[Distribution]:
    data = serialise_sorted(told.triples(stem), syntax)
    return [write_distribution(folder, f"{stem}.{syntax.extension}", syntax, title, (told.licence,), data)]


class _CatalogueGraphs:
    """What is said of a release, found once for all documents."""

    def __init__(self, content: Content, files: Sequence[Distribution], tally: GraphStatistics) -> None:
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
        datasets = describe_datasets(content, self._tally, self._files)
        whole = next(each for each in datasets if each.name == WHOLE)
        former = listed_versions(content.former(whole.dates.version), content.base, whole.dates.version, url(content))
        return sorted_triples((*catalogue_triples(content, datasets, self._tally), *series(former, content.base)))

    @cached_property
    def _italian(self) -> list[Triple]:
        return sorted_triples(dcat_ap_it(self._catalogue))

    @cached_property
    def _void(self) -> list[Triple]:
        datasets = describe_datasets(self._content, self._tally, self._files)
        told = [*void_description(self._content, datasets, self._tally), *quality_measurements(self._content, datasets)]
        return sorted_triples(told)
