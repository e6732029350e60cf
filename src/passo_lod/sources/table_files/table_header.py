"""Open a table at its header and match its names to the columns of the source; for the readers of CSV and of workbooks."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from passo_lod.messages.localised_text import Values
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.text_folding import fold

MAX_LINES_BEFORE_HEADER = 100
"""Lines (or rows of a sheet) among which the header is searched."""


MAX_COLUMNS = 1_000
"""Columns of a table; a program or a stray cell makes more, not a person."""


@dataclass(frozen=True, slots=True)
class CellRow:
    """The cells of one row, or why it cannot be read.

    Attributes:
        line: the line on which the row begins (from 1).
    """

    line: int
    cells: Sequence[str]
    error: ReadError | None = None


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
        labels: the label of each column; None for a column that the source does not list.
        folded: the cells of the header, folded for comparison.
        notes: results about the columns.
    """

    line: int
    labels: tuple[str | None, ...]
    folded: tuple[str, ...]
    notes: tuple[ValidationResult, ...]

    @classmethod
    def from_row(cls, row: CellRow, layout: TableLayout) -> "Header":
        """The header that a row holds.

        Raises:
            ReadError: it has too many columns.
        """
        names = column_names(without_trailing_empty(row.cells))
        if len(names) > MAX_COLUMNS:
            values = {"columns": len(names), "limit": MAX_COLUMNS}
            raise ReadError("too-many-columns", "read.table.too-many-columns", values, row.line)
        known = {fold(label): label for label in layout.columns.labels}
        labels = tuple(known.get(fold(name)) for name, _ in names)
        notes = [*_notes_on_names(row.line, names, labels), *_notes_on_missing(row.line, layout, labels)]
        return cls(row.line, labels, _folded(row.cells), tuple(notes))

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.labels)

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
    return tuple(fold(cell.strip("\ufeff")) for cell in without_trailing_empty(cells))


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
    line: int, names: list[tuple[str, int]], labels: tuple[str | None, ...]
) -> Iterator[ValidationResult]:
    for (name, count), label in zip(names, labels, strict=True):
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


def no_header_error(layout: TableLayout) -> ReadError:
    """The error for a table without a header."""
    labels = layout.columns.labels
    columns = (*labels[:6], *(["…"] if len(labels) > 6 else []))
    if layout.header:
        values: Values = {"line": str(layout.header), "columns": columns}
        return ReadError("no-header", "read.table.line-is-no-header", values, layout.header)
    return ReadError("no-header", "read.table.no-header", {"lines": MAX_LINES_BEFORE_HEADER, "columns": columns})
