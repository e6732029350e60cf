"""Define what goes into a release: the input of `write_release`, which `pipeline.release_content` builds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod.dcat_settings import DcatSettings
from passo_lod.release.dataset import Dataset
from passo_lod.release.dataset_dates import DatasetDating
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release.identity.registry_update import RegistryUpdate
from passo_lod.release.tables.table_inputs import TableContent, TableInputs
from passo_lod.report import Accounting, Summary


@dataclass(frozen=True)
class Content:
    """What goes into a release.

    Attributes:
        title: of the catalogue, by language.
        description: of the catalogue, by language.
        publisher: the publisher's name, by language.
        licence: IRI of the licence of what belongs to no source.
        quads: of all datasets: of each source, `places`, `vocabulary` and `cube`.
        table_inputs: the rows of the flat tables.
        summary: of the validation report.
        reports: the validation report by file name; each function yields the file in parts.
        context: the JSON-LD context.
        shapes: the folder of the SHACL shapes.
        inputs: further files and folders that determine the content (ontology, shapes, places), by their names in the manifest.
        dcat: settings for the DCAT catalogue.
        dating: when each dataset was published and changed.
        answers: the default answer of each question of comparison, by its name.
        identity: what the release adds to the id registry, if there is one.
        retained: returns the folders of the retained releases that the catalogue lists as versions, the oldest first; its argument is the
            version of this release.
    """

    base: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    publisher: Mapping[str, str]
    licence: str
    languages: tuple[str, ...]
    datasets: tuple[Dataset, ...]
    quads: QuadSorter
    table_inputs: TableInputs
    summary: Summary
    reports: Mapping[str, Callable[[], Iterable[bytes]]]
    context: Path
    shapes: Path
    inputs: Mapping[str, Path]
    answers: Mapping[str, bytes] = field(default_factory=dict)
    identity: RegistryUpdate | None = None
    dcat: DcatSettings = field(default_factory=DcatSettings)
    dating: DatasetDating = field(default_factory=DatasetDating)
    retained: Callable[[str], Sequence[Path]] = lambda _: ()

    @property
    def accounting(self) -> Accounting:
        """The records of all sources: in, published, quarantined, withdrawn, merged."""
        return sum((dataset.accounting for dataset in self.datasets), Accounting())

    @property
    def server_url(self) -> str:
        """The address under which the server is reached."""
        return self.dcat.url or self.base

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences of the catalogue and of all datasets."""
        return tuple(sorted({self.licence, *(dataset.licence for dataset in self.datasets)}))

    @property
    def licences_of_sources(self) -> tuple[str, ...]:
        """The licences of what is computed from all sources together."""
        return tuple(sorted({dataset.licence for dataset in self.datasets}))

    @property
    def tables(self) -> TableContent:
        """What the flat tables are written from."""
        return TableContent(self.base, self.licence, self.description, self.datasets, self.table_inputs)
