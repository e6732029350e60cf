"""The rows of the tables of a release, from those of its records: gathered once for each source, and read again for the whole."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import itemgetter
from typing import IO

from pyoxigraph import NamedNode

from passo_lod.release.external_sort import SortedRun, merged, write
from passo_lod.release.tables.cells import NAMES, CellFormatter, CellText, SharedGraphs, SourceView, TableField, Term
from passo_lod.release.tables.definitions import TableDefinition, table_definitions
from passo_lod.release.tables.record_rows import DeferredCell, RecordRows, TableRow, term_of

Line = tuple[str, str]
"""A row for spreadsheets, and with all texts as they are."""


ROOM = 32 << 20
"""Characters of rows that are held before they are put aside."""

_BESIDE = 500
"""About what a row takes in memory beside its line, in characters."""

_key = itemgetter(0)

_REMEMBERED = 100_000
"""Slots whose content is remembered."""


@dataclass
class SourceRows:
    """The rows of a source's records, sorted out by tables; but for what is named, they are on the disk.

    Attributes:
        things: what the records have to do with of the tables of things, as `RecordRows` says.
        left_out: how many cells are empty because what is published does not fit.
        names: what is named of the things of other tables.
        runs: the rows, by table.
    """

    runs: dict[str, list[SortedRun]] = field(default_factory=lambda: defaultdict(list))
    things: dict[str, set[tuple[str | None, ...]]] = field(default_factory=lambda: defaultdict(set))
    left_out: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _at_hand: dict[str, list[TableRow]] = field(default_factory=lambda: defaultdict(list))
    _size: int = 0

    @classmethod
    def of(cls, records: Iterable[RecordRows], slots: "DeferredCells", file: IO[bytes]) -> "SourceRows":
        """What some records give.

        Args:
            records: the rows of each.
            slots: what fills the slots of the source.
            file: where the rows are kept until they are written.
        """
        found = cls()
        for record in records:
            found._add(record, slots)
            if found._size > ROOM:
                found._put_aside(file)
        found._put_aside(file)
        return found

    def _put_aside(self, file: IO[bytes]) -> None:
        for table, rows in self._at_hand.items():
            self.runs[table].append(write(map(tuple, rows), file, _key))
        self._at_hand.clear()
        self._size = 0

    def _add(self, record: RecordRows, slots: "DeferredCells") -> None:
        """Take the rows of a record."""
        for table, some in record.things.items():
            self.things[table].update(map(tuple, some))
        for table, counts in record.left_out.items():
            self.left_out[table].update(counts)
        for table, names in record.names.items():
            self.names[table].update(names)
        for table, rows in record.rows.items():
            self._at_hand[table] += rows
            self._size += sum(_BESIDE + len(row.csv[0]) if row.csv else _BESIDE for row in rows)
            for row in rows:
                for slot in row.slots:
                    self._take_names(slots, table, slot)

    def _take_names(self, slots: "DeferredCells", table: str, slot: str) -> None:
        """Remember what a slot will name."""
        if referred := slots.referred(table, slot):
            self.names[referred].update(slots.filled(table, slot).names)


class DeferredCells:
    """Fills slots from what is shared."""

    def __init__(self, view: SourceView, cells: CellFormatter) -> None:
        self._view, self._cells = view, cells
        self._filled: dict[tuple[str, str], CellText] = {}
        self._columns = {each.name: each.columns for each in table_definitions()}

    def referred(self, table: str, slot: str) -> str | None:
        """The table whose things a slot may name."""
        column = int(slot[1 : slot.index(",")])
        return NAMES.get(self._columns[table][column].kind)

    def filled(self, table: str, slot: str) -> CellText:
        """What stands in a slot, which many rows have."""
        if (table, slot) not in self._filled:
            if len(self._filled) >= _REMEMBERED:
                self._filled.clear()
            self._filled[table, slot] = self.fill(table, [DeferredCell.of(slot)])
        return self._filled[table, slot]

    def fill(self, table: str, slots: Sequence[DeferredCell]) -> CellText:
        """What stands in a column of a row that several records give: what all of them say."""
        column = self._columns[table][slots[0].column]
        values: set[Term] = set()
        for term, left in {end for slot in slots for end in slot.ends}:
            values |= self._view.follow([term], column.steps[len(column.steps) - left :])
        return self._cells.written(column, values)


class TableSet:
    """The tables of one source, or of the whole.

    Args:
        base: the catalogue's base IRI.
        graphs: what is shared.
        source: which source, if it is one.
        gathered: the rows of the records of each source that is in it.
    """

    def __init__(
        self, base: str, graphs: SharedGraphs, source: NamedNode | None, gathered: Sequence[SourceRows]
    ) -> None:
        self._view = SourceView(graphs, source)
        self._cells = CellFormatter(base, self._view.values)
        self.slots = DeferredCells(self._view, self._cells)
        self._gathered = gathered
        self._source = source

    def fields(self, description: TableDefinition) -> tuple[TableField, ...]:
        """The columns of a table."""
        return self._cells.fields(description)

    def lines(self, description: TableDefinition, left_out: Counter[str]) -> Iterator[Line]:
        """The rows of a table, in the order of their keys.

        Args:
            description: which.
            left_out: where it is counted how many cells do not fit; it is whole when the last row is there.
        """
        for each in self._gathered:
            left_out.update(each.left_out[description.name])
        return self._listed(description, left_out) if description.of_things else self._streamed(description, left_out)

    # ------------------------------------------------------------------------------------------- rows of single records

    def _streamed(self, description: TableDefinition, left_out: Counter[str]) -> Iterator[Line]:
        table = description.name
        runs = [run for each in self._gathered for run in each.runs.get(table, ())]
        several: list[TableRow] = []
        for row in map(TableRow._make, merged(runs, _key)):
            if several and several[0].key != row.key:
                yield from self._joined(description, several, left_out)
                several = []
            if not row.csv:
                several.append(row)
            elif row.slots:
                yield self._filled(description, row, left_out)
            else:
                yield row.csv[0], (row.raw or row.csv)[0]
        yield from self._joined(description, several, left_out)

    def _filled(self, description: TableDefinition, row: TableRow, left_out: Counter[str]) -> Line:
        csv, raw = [row.csv[0]], [(row.raw or row.csv)[0]]
        for at, slot in enumerate(row.slots, start=1):
            written = self.slots.filled(description.name, slot)
            if written.left_out:
                left_out[description.columns[DeferredCell.of(slot).column].name] += 1
            csv += (written.csv, row.csv[at])
            raw += (written.raw, (row.raw or row.csv)[at])
        return "".join(csv), "".join(raw)

    def _joined(self, description: TableDefinition, rows: Iterable[TableRow], left_out: Counter[str]) -> Iterator[Line]:
        """What several records say of the same things is one row."""
        by_key: dict[tuple[str, ...], list[list[DeferredCell]]] = {}
        key = [at for at, column in enumerate(description.columns) if column.name in description.key]
        for row in rows:
            by_key.setdefault(tuple(row.slots[at] for at in key), []).append(
                [DeferredCell.of(slot) for slot in row.slots]
            )
        for _, some in sorted(by_key.items()):
            columns = [self.slots.fill(description.name, slots) for slots in zip(*some, strict=True)]
            yield self._line(description, columns, left_out)

    # --------------------------------------------------------------------------------- rows that no record has for itself

    def _listed(self, description: TableDefinition, left_out: Counter[str]) -> Iterator[Line]:
        for columns in self._things(description):
            yield self._line(description, columns, left_out)

    def _things(self, description: TableDefinition) -> list[list[CellText]]:
        """The rows of a table of things, in the order of their keys."""
        found = self._view.found(description)
        names = (*description.key_variables, *description.other_variables)
        for each in self._gathered:
            for bound in each.things.get(description.name, ()):
                terms = [term_of(text) if text is not None else None for text in bound]
                row = found.setdefault(tuple(term for term in terms[:1] if term is not None), {})
                for name, term in zip(names, terms, strict=True):
                    row.setdefault(name, set()).update(() if term is None else (term,))
        rows = {self._cells.identifier(key[0]): row for key, row in found.items()}
        chosen = self._chosen(description, rows)
        return [chosen[name] for name in sorted(chosen)]

    def _chosen(
        self, description: TableDefinition, rows: Mapping[str, Mapping[str, set[Term]]]
    ) -> dict[str, list[CellText]]:
        """The rows that a table has: where it is for reference, those named, and those that these name in turn, and so on."""
        whole = self._source is None or not description.reference
        new = set(rows) if whole else self._named(description) & rows.keys()
        chosen: dict[str, list[CellText]] = {}
        while new:
            more = {name: self._columns(description, rows[name]) for name in new}
            chosen |= more
            new = (
                {name for row in more.values() for name in _names(description, row, description.name)} & rows.keys()
            ) - chosen.keys()
        return chosen

    def _named(self, description: TableDefinition) -> set[str]:
        """What the tables before it name of the things of a table."""
        named = {name for each in self._gathered for name in each.names.get(description.name, ())}
        for before in takewhile(lambda each: each != description, table_definitions()):
            if before.of_things and any(NAMES.get(column.kind) == description.name for column in before.columns):
                named.update(name for row in self._things(before) for name in _names(before, row, description.name))
        return named

    def _columns(self, description: TableDefinition, bound: Mapping[str, set[Term]]) -> list[CellText]:
        return [
            self._cells.written(column, self._view.follow(bound[column.variable], column.steps))
            for column in description.columns
        ]

    def _line(self, description: TableDefinition, columns: Sequence[CellText], left_out: Counter[str]) -> Line:
        left_out.update(column.name for column, each in zip(description.columns, columns, strict=True) if each.left_out)
        return ",".join(each.csv for each in columns), ",".join(each.raw for each in columns)


def _names(description: TableDefinition, row: Sequence[CellText], referred: str) -> Iterator[str]:
    """What a row names of the things of a table."""
    for column, written in zip(description.columns, row, strict=True):
        if NAMES.get(column.kind) == referred:
            yield from written.names
