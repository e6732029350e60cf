"""Index the published catalogue (catalog.ttl, catalog-it.ttl, void.ttl) by subject, and cut it into pages for harvesters."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.media_types import TURTLE
from passo_lod.namespaces import DCAT, DCT, FOAF, HYDRA, RDF, XSD
from passo_lod.serialise import parse, sorted_triples
from passo_lod.store.protocol import value_of

DATASETS_PER_PAGE = 100
"""A page has the metadata of some hundreds of files: far less than the 50 MB that harvesters read of one response."""

_ENTRY_CLASSES = (DCAT.Catalog, DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService)
"""Classes of the entries of a catalogue; any other resource is described with the entry that refers to it."""

TriplesBySubject = Mapping[str, tuple[Triple, ...]]


@dataclass(frozen=True)
class CatalogueIndex:
    """The triples of one catalogue.

    Attributes:
        by_subject: the triples by the IRI of their subject.
        iri: of the dcat:Catalog.
        datasets: IRIs of the datasets.
        entries: IRIs of catalogue, datasets, series and services.
    """

    by_subject: TriplesBySubject
    iri: str
    datasets: tuple[str, ...]
    entries: frozenset[str]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> "CatalogueIndex":
        """Index the triples of a catalogue.

        Raises:
            ValueError: they have not exactly one dcat:Catalog, or no dcat:Dataset.
        """
        by_subject = _group_by_subject(sorted_triples(triples))
        iris = {kind: [iri for iri in by_subject if _has_class(by_subject[iri], kind)] for kind in _ENTRY_CLASSES}
        if not iris[DCAT.Dataset] or len(iris[DCAT.Catalog]) != 1:
            raise ValueError("a catalogue has one dcat:Catalog and at least one dcat:Dataset")
        entries = frozenset(iri for some in iris.values() for iri in some)
        return cls(by_subject, iris[DCAT.Catalog][0], tuple(iris[DCAT.Dataset]), entries)

    @property
    def page_count(self) -> int:
        """How many pages the datasets fill."""
        return ceil(len(self.datasets) / DATASETS_PER_PAGE)

    def about(self, *entries: str) -> list[Triple]:
        """The triples of some entries and of the resources they refer to, without those of other entries."""
        described: dict[str, tuple[Triple, ...]] = {}
        waiting = list(entries)
        while waiting:
            iri = waiting.pop()
            if iri in self.by_subject and iri not in described and (iri in entries or iri not in self.entries):
                described[iri] = self.by_subject[iri]
                waiting += (
                    value_of(triple.object) for triple in described[iri] if isinstance(triple.object, NamedNode)
                )
        return [triple for triples in described.values() for triple in triples]

    def page(self, number: int, path: str) -> list[Triple]:
        """A page: some datasets with all they refer to, the catalogue with these datasets only, and all other entries.

        Args:
            number: of the page, from 1.
            path: of the pages, without the first slash.
        """
        listed = set(self.datasets[(number - 1) * DATASETS_PER_PAGE : number * DATASETS_PER_PAGE])
        others = set(self.datasets) - listed
        triples = self.about(*(self.entries - set(self.datasets)), *listed)
        own = [each for each in triples if each.predicate != DCAT.dataset or value_of(each.object) not in others]
        return [*own, *self._page_links(number, path)]

    def value(self, iri: str, predicate: NamedNode) -> str:
        """The first value of a property; an empty string if there is none."""
        return next((value_of(triple.object) for triple in self._triples(iri, predicate)), "")

    def values(self, iri: str, predicate: NamedNode) -> list[str]:
        """All values of a property."""
        return [value_of(triple.object) for triple in self._triples(iri, predicate)]

    def texts(self, iri: str, predicate: NamedNode) -> dict[str, str]:
        """The literals of a property by language tag."""
        texts = (triple.object for triple in self._triples(iri, predicate))
        return {text.language or "": text.value for text in texts if isinstance(text, Literal)}

    def licence(self, iri: str) -> tuple[str, str]:
        """The IRI and the name of a dataset's licence."""
        licence = self.value(iri, DCT.license)
        return licence, self.value(licence, FOAF.name) or licence

    def _triples(self, iri: str, predicate: NamedNode) -> list[Triple]:
        return [triple for triple in self.by_subject.get(iri, ()) if triple.predicate == predicate]

    def _page_links(self, number: int, path: str) -> Iterator[Triple]:
        """Links to the other pages, in the current and the older terms of Hydra."""
        homepage = self.value(self.iri, FOAF.homepage).removesuffix("catalog.html")

        def page(number: int) -> NamedNode:
            return NamedNode(f"{homepage}{path}?page={number}")

        node = page(number)
        yield Triple(node, RDF.type, HYDRA.PagedCollection)
        yield Triple(node, RDF.type, HYDRA.PartialCollectionView)
        yield Triple(node, HYDRA.totalItems, Literal(str(len(self.datasets)), datatype=XSD.integer))
        yield Triple(node, HYDRA.itemsPerPage, Literal(str(DATASETS_PER_PAGE), datatype=XSD.integer))
        targets = {"first": 1, "last": self.page_count, "previous": number - 1, "next": number + 1}
        for term, target in targets.items():
            if 1 <= target <= self.page_count:
                yield Triple(node, HYDRA[term], page(target))
                yield Triple(node, HYDRA[f"{term}Page"], page(target))


@lru_cache(4)
def read_catalogue(file: Path, sha256: str) -> CatalogueIndex:
    """Read and index a catalogue in Turtle.

    Args:
        file: the file.
        sha256: its digest in the manifest.

    Raises:
        ValueError: the file has another digest, or is no catalogue.
        OSError: it cannot be read.
        SyntaxError: it is not Turtle.
    """
    return CatalogueIndex.of(parse(_read_unchanged(file, sha256), TURTLE))


@lru_cache(4)
def read_statistics(file: Path, sha256: str) -> TriplesBySubject:
    """Read the statistics (VoID): the triples by the IRI of the dataset, with those of its partitions. Arguments and errors as above."""
    triples = parse(_read_unchanged(file, sha256), TURTLE)
    by_dataset: dict[str, list[Triple]] = {}
    for triple in triples:
        by_dataset.setdefault(value_of(triple.subject).partition("#")[0], []).append(triple)
    return {iri: tuple(some) for iri, some in by_dataset.items()}


def _read_unchanged(file: Path, sha256: str) -> bytes:
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{file}: its SHA-256 is not the one in the manifest")
    return data


def _group_by_subject(triples: Iterable[Triple]) -> TriplesBySubject:
    by_subject: dict[str, list[Triple]] = {}
    for triple in triples:
        by_subject.setdefault(value_of(triple.subject), []).append(triple)
    return {iri: tuple(some) for iri, some in by_subject.items()}


def _has_class(triples: Iterable[Triple], kind: NamedNode) -> bool:
    return any(triple.predicate == RDF.type and triple.object == kind for triple in triples)
