"""Open a table at its header and match its names to the columns of the source; for the readers of CSV and of workbooks."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from passo_lod.messages.localised_text import Values
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.sources.text_repair import repair
from passo_lod.text_folding import fold

MAX_LINES_BEFORE_HEADER = 100
"""Lines (or rows of a sheet) among which the header is searched."""


MAX_COLUMNS = 1_000
"""Columns of a table; a program or a stray cell makes more, not a person."""


@dataclass(frozen=True, slots=True)
class MergedCells:
    """Cells of a table that are merged into one.

    Attributes:
        name: their range, such as `C2:C4`.
        first_row: the first row (from 1), as `last_row`.
        first_column: the first column (from 0), as `last_column`.
    """

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class CellRow:
    """The cells of one row, or why it cannot be read.

    Attributes:
        line: the line on which the row begins (from 1).
        merged: the merged cells that the row is part of.
        cell_lines: the first and the last line of each cell; empty if both are the line of the row.
    """

    line: int
    cells: Sequence[str]
    error: ReadError | None = None
    merged: Sequence[MergedCells] = ()
    cell_lines: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class OpenedTable:
    """An open table file: its header, and an iterator over the rows below it.

    Attributes:
        above: the first of the lines above the header that are not blank, and how many they are.
        notes: returns the results about the file as a whole, once its rows have been read.
    """

    header: "Header"
    rows: Iterator[CellRow]
    above: tuple[int, int] | None = None
    notes: Callable[[], Iterable[ValidationResult]] = tuple


@dataclass(frozen=True)
class Header:
    """The columns of a table.

    Attributes:
        labels: the label of each column; None for a column that the source does not list, or that is left out because it is hidden.
        folded: the cells of the header, folded for comparison.
        notes: results about the columns.
        found: the labels, with those of the hidden columns.
    """

    line: int
    labels: tuple[str | None, ...]
    folded: tuple[str, ...]
    notes: tuple[ValidationResult, ...]
    found: tuple[str | None, ...]

    @classmethod
    def from_row(cls, row: CellRow, layout: TableLayout, hidden: Set[int] = frozenset()) -> "Header":
        """The header that a row holds.

        Args:
            row: the row.
            layout: the layout of the source.
            hidden: the columns (from 0) that are left out because they are hidden.

        Raises:
            ReadError: it has too many columns.
        """
        names = column_names([repair(cell)[0] for cell in without_trailing_empty(row.cells)])
        if len(names) > MAX_COLUMNS:
            values = {"columns": len(names), "limit": MAX_COLUMNS}
            raise ReadError("too-many-columns", "read.table.too-many-columns", values, row.line)
        known = {fold(label): label for label in layout.columns.labels}
        found = tuple(known.get(fold(name)) for name, _ in names)
        notes = [*_notes_on_names(row.line, names, found, hidden), *_notes_on_missing(row.line, layout, found)]
        labels = tuple(None if at in hidden else label for at, label in enumerate(found))
        return cls(row.line, labels, _folded(row.cells), tuple(notes), found)

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.labels)

    def label_at(self, column: int) -> str | None:
        """The label of a column (from 0); None if it has none."""
        return self.labels[column] if column < self.width else None

    def id_test(self, source: Any) -> Callable[[Sequence[str]], bool]:
        """A function that returns whether the cells of a row hold an id of the source."""
        at = self.labels.index(source.id_from) if source.id_from in self.labels else -1
        return lambda cells: 0 <= at < len(cells) and source.record_id(cells[at].strip()) is not None

    def is_repeated_in(self, cells: Sequence[str]) -> bool:
        """Whether a row repeats the header."""
        return len(cells) >= self.width and fold(cells[0]) == self.folded[0] and _folded(cells) == self.folded


def without_trailing_empty(cells: Sequence[str]) -> list[str]:
    """The cells up to the last one that is not blank."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return list(cells[:end])


def _folded(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(fold(repair(cell.strip("\ufeff"))[0]) for cell in without_trailing_empty(cells))


def column_names(cells: Sequence[str]) -> list[tuple[str, int]]:
    """The name of each column, and its number among those of that name: `Comune`, `Comune (2)`."""
    times: Counter[str] = Counter()
    names = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {position}"
        times[fold(name)] += 1
        count = times[fold(name)]
        names.append((name if count == 1 else f"{name} ({count})", count))
    return names


def _notes_on_names(
    line: int, names: list[tuple[str, int]], labels: tuple[str | None, ...], hidden: Set[int]
) -> Iterator[ValidationResult]:
    for at, ((name, count), label) in enumerate(zip(names, labels, strict=True)):
        if at in hidden:
            key = "read.table.hidden-column"
            yield ValidationResult.of(Severity.WARNING, "hidden", key, line=line, field=label or name)
            continue
        if count > 1:
            key, shown = "read.table.duplicate-column", label or name
            yield ValidationResult.of(Severity.INFO, "duplicate-column", key, {"name": shown}, line=line, field=shown)
        if label is None:
            key = "read.table.unknown-column"
            yield ValidationResult.of(Severity.WARNING, "unknown-column", key, line=line, field=name)


def _notes_on_missing(line: int, layout: TableLayout, labels: tuple[str | None, ...]) -> Iterator[ValidationResult]:
    for label in layout.columns.labels:
        if label not in labels:
            key = "read.table.missing-column"
            yield ValidationResult.of(Severity.INFO, "missing-column", key, line=line, field=label)


def first_and_count(lines: Iterable[int]) -> tuple[int, int] | None:
    """The first of some line numbers and how many they are; None if there are none."""
    numbers = list(lines)
    return (numbers[0], len(numbers)) if numbers else None


def count_known_columns(cells: Sequence[str], layout: TableLayout) -> int:
    """How many of the source's columns a row names."""
    known = set(map(fold, layout.columns.labels))
    return len(known & set(_folded(cells)))


def min_known_columns(layout: TableLayout) -> int:
    """How many columns a row has to name to be the header."""
    return 1 if layout.header else min(2, len(layout.columns.labels))


def open_rows(
    rows: Iterator[CellRow],
    rows_below: Callable[[int], Iterator[CellRow]],
    layout: TableLayout,
    notes: Callable[[], Iterable[ValidationResult]],
    hidden: Set[int] = frozenset(),
) -> OpenedTable:
    """Open a table that is given as rows of cells.

    Args:
        rows: the rows from the first, among which the header is searched.
        rows_below: returns the rows below one (from 1).
        layout: the layout of the source.
        notes: returns the results about the table as a whole.
        hidden: the columns (from 0) that are left out because they are hidden.

    Raises:
        ReadError: it has no header.
    """
    above: list[int] = []
    for row in islice(rows, max(MAX_LINES_BEFORE_HEADER, layout.header or 0)):
        if layout.header in (None, row.line) and count_known_columns(row.cells, layout) >= min_known_columns(layout):
            header = Header.from_row(row, layout, hidden)
            below = (_padded(each, header.width) for each in rows_below(row.line))
            return OpenedTable(header, below, first_and_count(above), notes)
        if any(map(str.strip, row.cells)):
            above.append(row.line)
    raise no_header_error(layout)


def _padded(row: CellRow, width: int) -> CellRow:
    """The row with the empty cells at its end, which a sheet leaves out."""
    return replace(row, cells=[*row.cells, *[""] * (width - len(row.cells))])


def no_header_error(layout: TableLayout) -> ReadError:
    """The error for a table without a header."""
    labels = layout.columns.labels
    columns = (*labels[:6], *(["…"] if len(labels) > 6 else []))
    if layout.header:
        values: Values = {"line": str(layout.header), "columns": columns}
        return ReadError("no-header", "read.table.line-is-no-header", values, layout.header)
    return ReadError("no-header", "read.table.no-header", {"lines": MAX_LINES_BEFORE_HEADER, "columns": columns})
