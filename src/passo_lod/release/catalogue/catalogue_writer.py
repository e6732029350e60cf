"""Write the catalogue files of a release: DCAT-AP and DCAT-AP_IT in three syntaxes each, the description of all datasets, and VoID with DQV."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from pyoxigraph import Triple

from passo_lod.media_types import JSON_LD, RDF_XML, TURTLE, MediaType
from passo_lod.release.catalogue.dataset_descriptions import ALL_DATA, DatasetDescription, describe_datasets
from passo_lod.release.catalogue.dataset_versions import former_versions, series_triples
from passo_lod.release.catalogue.dcat import catalogue_triples
from passo_lod.release.catalogue.dcat_it import dcat_ap_it
from passo_lod.release.catalogue.dcat_licences import with_italian_licences
from passo_lod.release.catalogue.dqv import quality_measurements
from passo_lod.release.catalogue.harvested_datasets import harvested_triples
from passo_lod.release.catalogue.void import void_description
from passo_lod.release.content import Content
from passo_lod.release.distribution import Distribution, Stage, write_distribution
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.release_layout import DATASETS
from passo_lod.serialise import serialise_sorted, sorted_triples

SYNTAXES = (TURTLE, RDF_XML, JSON_LD)


def catalogue_files(content: Content, files: Sequence[Distribution], statistics: GraphStatistics) -> Iterator[Stage]:
    """Yield the stages that write the files of the catalogue.

    Args:
        content: what goes into the release.
        files: those that the catalogue describes; all are written when the first of these stages runs.
        statistics: of the dump; complete when the first of these stages runs.
    """
    graphs = _CatalogueGraphs(content, files, statistics)
    for stem, title in (("catalog", "Catalogue (DCAT-AP)"), ("catalog-it", "Catalogue (DCAT-AP_IT)")):
        for syntax in SYNTAXES:
            yield partial(_write_document, graphs=graphs, stem=stem, title=title, syntax=syntax)
    yield partial(
        _write_document, graphs=graphs, stem=Path(DATASETS).stem, title="All datasets (DCAT-AP)", syntax=TURTLE
    )
    yield partial(_write_document, graphs=graphs, stem="void", title="Statistics (VoID, DQV)", syntax=TURTLE)


def _write_document(
    folder: Path, graphs: "_CatalogueGraphs", stem: str, title: str, syntax: MediaType
) -> list[Distribution]:
    data = serialise_sorted(graphs.triples(stem), syntax)
    return [write_distribution(folder, f"{stem}.{syntax.extension}", syntax, title, (graphs.licence,), data)]


class _CatalogueGraphs:
    """The triples of all documents, computed once and only when the dump is complete."""

    def __init__(self, content: Content, files: Sequence[Distribution], statistics: GraphStatistics) -> None:
        self.licence = content.licence
        self._content = content
        self._files = files
        self._statistics = statistics

    def triples(self, document: str) -> list[Triple]:
        """Return the sorted triples of a document."""
        return {
            "catalog": self._dcat_ap,
            "catalog-it": self._dcat_ap_it,
            "datasets": self._all_datasets,
            "void": self._void,
        }[document]

    @property
    def _datasets(self) -> list[DatasetDescription]:
        return describe_datasets(self._content, self._statistics, self._files)

    @cached_property
    def _all_datasets(self) -> list[Triple]:
        content, datasets = self._content, self._datasets
        current = next(each.dates.version for each in datasets if each.name == ALL_DATA)
        former = former_versions(content.retained(current), content.base, current, content.server_url)
        triples = catalogue_triples(content, datasets, self._statistics)
        return sorted_triples((*triples, *series_triples(former, content.base)))

    @cached_property
    def _dcat_ap(self) -> list[Triple]:
        return harvested_triples(self._all_datasets, self._content)

    @cached_property
    def _dcat_ap_it(self) -> list[Triple]:
        licences = {self.licence, *(licence for each in self._datasets for licence in each.licences)}
        return sorted_triples(with_italian_licences(dcat_ap_it(self._dcat_ap), licences))

    @cached_property
    def _void(self) -> list[Triple]:
        datasets = self._datasets
        statistics = void_description(self._content, datasets)
        return sorted_triples([*statistics, *quality_measurements(self._content, datasets)])
