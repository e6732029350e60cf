"""Collect the rows of a source's records once, sorted in little memory; the tables of the source and of the whole release read them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import IO, Any

from passo_lod.external_sort import SortedRun, write_run
from passo_lod.release.tables.deferred_cells import DeferredCellFiller
from passo_lod.release.tables.record_rows import RecordRows, TableRow

MAX_IN_MEMORY = 32 << 20
"""Characters of rows kept in memory; more are written to a file as sorted runs."""

_ROW_OVERHEAD = 500
"""About what a row takes in memory beside its line, in characters."""

row_key = itemgetter(0)
"""The sort key of a row: `TableRow.key`."""


@dataclass
class SourceRows:
    """The rows of a source's records.

    Attributes:
        runs: sorted rows on disk, by table.
        shared_bindings: as in `RecordRows`, of all records, by table.
        left_out: number of cells that are left out, by table and column.
        references: identifiers to which rows refer, by reference table.
    """

    runs: dict[str, list[SortedRun[tuple[Any, ...]]]] = field(default_factory=lambda: defaultdict(list))
    shared_bindings: dict[str, set[tuple[str | None, ...]]] = field(default_factory=lambda: defaultdict(set))
    left_out: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    references: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _in_memory: dict[str, list[TableRow]] = field(default_factory=lambda: defaultdict(list))
    _size: int = 0

    @classmethod
    def collect(cls, records: Iterable[RecordRows], filler: DeferredCellFiller, file: IO[bytes]) -> "SourceRows":
        """Collect the rows of records.

        Args:
            records: the rows of each record, in any order.
            filler: fills the deferred cells of the source.
            file: from `open_run_file`; it must stay open as long as the rows are read.
        """
        rows = cls()
        for record in records:
            rows._add(record, filler)
            if rows._size > MAX_IN_MEMORY:
                rows._write_runs(file)
        rows._write_runs(file)
        return rows

    def _write_runs(self, file: IO[bytes]) -> None:
        for table, rows in self._in_memory.items():
            self.runs[table].append(write_run(map(tuple, rows), file, row_key))
        self._in_memory.clear()
        self._size = 0

    def _add(self, record: RecordRows, filler: DeferredCellFiller) -> None:
        for table, bindings in record.shared_bindings.items():
            self.shared_bindings[table].update(map(tuple, bindings))
        for table, counts in record.left_out.items():
            self.left_out[table].update(counts)
        for table, identifiers in record.references.items():
            self.references[table].update(identifiers)
        for table, rows in record.rows.items():
            self._in_memory[table] += rows
            self._size += sum(_ROW_OVERHEAD + len(row.csv[0]) if row.csv else _ROW_OVERHEAD for row in rows)
            for row in rows:
                for deferred in row.deferred:
                    self._add_references(filler, table, deferred)

    def _add_references(self, filler: DeferredCellFiller, table: str, deferred: str) -> None:
        """Note to what a deferred cell will refer."""
        if reference_table := filler.referenced_table(table, deferred):
            self.references[reference_table].update(filler.fill_cached(table, deferred).references)
