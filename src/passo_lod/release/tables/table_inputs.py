"""Define what the flat tables of a release are written from; the pipeline provides it, and `tables.table_writer` reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import Quad

from passo_lod.release.dataset import Dataset
from passo_lod.release.tables.record_rows import RecordRows


class TableInputs(Protocol):
    """The rows of all records, and the quads that their references are resolved in."""

    def rows(self, dataset: Dataset) -> Iterable[RecordRows]:
        """Return the rows of each record of a source; the records come in any order."""
        ...

    def shared(self) -> Iterable[Quad]:
        """Return the quads that no single record owns: vocabulary, places, reference data, bodies, laws, calls."""
        ...


@dataclass(frozen=True)
class TableContent:
    """What all tables of a release are written from.

    Attributes:
        licence: IRI of the licence of vocabulary and places, whose labels stand in every table.
        description: of the catalogue, by language.
    """

    base: str
    licence: str
    description: Mapping[str, str]
    datasets: tuple[Dataset, ...]
    inputs: TableInputs
