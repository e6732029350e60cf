"""What goes into a release: the datasets, the quads, the report, and what decided them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pyoxigraph import Quad

from passo_lod.dcat_settings import DcatSettings
from passo_lod.release.dataset_dates import DatasetDating
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release.identity.id_registry import RegistryUpdate
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.report import Accounting, Summary


@dataclass(frozen=True)
class Dataset:
    """What one source contributes to a release (dcat:Dataset).

    Attributes:
        inputs: the digest of each file that it was made from, by its name in the source's folder; None of one that cannot be read.
        site: where on the web its records come from; empty where the records say so themselves.
        observatory: who describes the processes, by an IRI below the base or a whole one.
        language: of its texts.
    """

    name: str
    iri: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    licence: str
    attribution: str
    accounting: Accounting
    quarantined: tuple[tuple[str, str], ...]
    withdrawn: tuple[tuple[str, str], ...]
    inputs: Mapping[str, str | None]
    site: str = ""
    observatory: str = ""
    language: str = ""


class TableInputs(Protocol):
    """What tables are made from."""

    def rows(self, dataset: Dataset) -> Iterable[RecordRows]:
        """The rows of every record of a source, in any order of the records."""
        ...

    def shared(self) -> Iterable[Quad]:
        """What is not one record's own (`RecordRows.own`): vocabulary, places, reference data, bodies, laws, calls."""
        ...


@dataclass(frozen=True)
class Content:
    """What goes into a release.

    Attributes:
        lines: what is published, by the names of the datasets: each source's, `places` and `vocabulary`.
        given: what tables are made from.
        summary: of the validation report.
        reports: the validation report by file name, each as it is written bit by bit.
        inputs: further files that decided the content (ontology, shapes, places), by the name the manifest gives them.
        portal: what harvesters ask for.
        dating: what is known of when each dataset was published and changed.
        identity: what the release adds to the registry of ids, if one is kept.
        former: the folders of the releases that stay beside one with a version, the oldest first, as far as the catalogue tells of them.
    """

    base: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    publisher: Mapping[str, str]
    licence: str
    languages: tuple[str, ...]
    datasets: tuple[Dataset, ...]
    lines: QuadSorter
    given: TableInputs
    summary: Summary
    reports: Mapping[str, Callable[[], Iterable[bytes]]]
    context: Path
    shapes: Path
    inputs: Mapping[str, Path]
    identity: RegistryUpdate | None = None
    portal: DcatSettings = field(default_factory=DcatSettings)
    dating: DatasetDating = field(default_factory=DatasetDating)
    former: Callable[[str], Sequence[Path]] = lambda _: ()

    @property
    def accounting(self) -> Accounting:
        """What became of the records of all sources."""
        return sum((dataset.accounting for dataset in self.datasets), Accounting())
