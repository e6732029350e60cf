"""Open a workbook (XLSX) for table_reader and read its rows one by one, each cell as the text that it shows."""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any, BinaryIO

from openpyxl import load_workbook

from passo_lod.messages.localised_text import Values
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.number_formats import date_precision, formatted_text
from passo_lod.sources.table_files.sheet_structure import MAX_ROWS, SheetStructure
from passo_lod.sources.table_files.table_header import MAX_COLUMNS, CellRow, MergedCells, OpenedTable, open_rows
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.sources.text_cleaning import clean_text

MAX_UNPACKED = 200_000_000
"""Bytes that a workbook may have when it is unpacked."""

MAX_RATIO = 100
"""How many times larger a workbook may become when it is unpacked."""


class WorkbookSheet:
    """One sheet of a workbook, opened for reading.

    Attributes:
        hidden_columns: the columns (from 0) that are left out because they are hidden.
        notes: results about the workbook and the sheet; those about rows are complete once `rows` has been read.
    """

    def __init__(self, file: BinaryIO, title: str | None, *, reads_hidden: bool = False) -> None:
        """Open a sheet.

        Args:
            file: the workbook.
            title: of the sheet; if None, the first that is not hidden.
            reads_hidden: whether hidden rows and columns are read.

        Raises:
            ReadError: the workbook is broken or too large, or has no such sheet.
        """
        _check_archive(file)
        book = _load(file)
        self._sheet = _choose_sheet(book.worksheets, title)
        self._structure = _structure(file, self._sheet)
        self._leaves_out = not reads_hidden
        self._hidden_count, self._first_hidden = 0, 0
        self.hidden_columns = frozenset(self._structure.hidden_columns) if self._leaves_out else frozenset()
        others = [sheet for sheet in book.worksheets if sheet is not self._sheet] if title is None else []
        self.notes = [*_notes_on_sheets(others), *_notes_on_formulas(self._structure)]

    def rows(self, after: int = 0, *, with_hidden: bool = False) -> Iterator[CellRow]:
        """The rows, each with the values of the merged cells that it is part of.

        Args:
            after: the row (from 1) below which they begin.
            with_hidden: whether rows that are left out are returned too; otherwise they are counted.
        """
        merged_by_row = self._structure.merged_by_row()
        carried: dict[int, str] = {}
        for row in _read_rows(self._sheet):
            merged = merged_by_row.of(row.line)
            if merged:
                row = _with_merged(row, merged, carried)
            if row.line <= after:
                continue
            if with_hidden or not (self._leaves_out and self._is_hidden(row.line)):
                yield row
            elif any(map(str.strip, row.cells)):
                self._hidden_count += 1
                self._first_hidden = self._first_hidden or row.line

    def _is_hidden(self, line: int) -> bool:
        """Whether a row (from 1) is hidden."""
        return line <= MAX_ROWS and bool(self._structure.hidden_rows[line])

    def all_notes(self) -> list[ValidationResult]:
        """The notes, with those about rows that were left out."""
        if not self._hidden_count:
            return self.notes
        key = "read.table.filtered-rows" if self._structure.is_filtered else "read.table.hidden-rows"
        values = {"count": self._hidden_count}
        return [*self.notes, ValidationResult.of(Severity.WARNING, "hidden", key, values, line=self._first_hidden)]


def open_workbook(file: BinaryIO, source: Any) -> OpenedTable:
    """Open the table of one sheet of a workbook.

    Raises:
        ReadError: the workbook is broken or too large, or has no such sheet or no header.
    """
    layout: TableLayout = source.layout
    sheet = WorkbookSheet(file, layout.sheet, reads_hidden=layout.reads_hidden)
    return open_rows(sheet.rows(with_hidden=True), sheet.rows, layout, sheet.all_notes, sheet.hidden_columns)


def _load(file: BinaryIO) -> Any:
    try:
        with _without_warnings():
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl has no error of its own: whatever fails first is raised
        raise _broken_workbook(error) from error


def _choose_sheet(sheets: Sequence[Any], title: str | None) -> Any:
    if title is None:
        found = next((sheet for sheet in sheets if sheet.sheet_state == "visible"), None)
        if found is None:
            raise ReadError("no-sheet", "read.table.no-visible-sheet", {"sheets": tuple(each.title for each in sheets)})
        return found
    found = next((sheet for sheet in sheets if sheet.title == title), None)
    if found is None:
        values: Values = {"sheet": title, "sheets": tuple(each.title for each in sheets)}
        raise ReadError("no-sheet", "read.table.no-sheet", values)
    return found


def _with_merged(row: CellRow, merged: Sequence[MergedCells], carried: dict[int, str]) -> CellRow:
    """The row with the values of merged cells that begin above it; a row without a value of its own stays empty."""
    cells = list(row.cells)
    is_empty = not any(map(str.strip, cells))
    above: dict[int, int] = {}
    for each in merged:
        at = each.first_column
        if each.first_row == row.line:
            carried[at] = cells[at] if at < len(cells) else ""
        elif not is_empty and at < MAX_COLUMNS:
            cells += [""] * (at + 1 - len(cells))
            cells[at] = carried.get(at, "")
            above[at] = each.first_row
    lines = [above.get(at, row.line) for at in range(len(cells))] if above else []
    return replace(
        row, cells=cells, merged=() if is_empty else tuple(merged), cell_lines=[(line, line) for line in lines]
    )


_ROWS_OF_OTHERS = 20
"""Rows of a further sheet among which a value is searched."""


def _notes_on_sheets(others: Sequence[Any]) -> Iterator[ValidationResult]:
    visible = tuple(each.title for each in others if each.sheet_state == "visible" and _has_values(each))
    hidden = tuple(each.title for each in others if each.sheet_state != "visible")
    if visible:
        yield ValidationResult.of(Severity.INFO, "other-sheets", "read.table.other-sheets", {"sheets": visible})
    if hidden:
        yield ValidationResult.of(Severity.WARNING, "hidden", "read.table.hidden-sheets", {"sheets": hidden})


def _has_values(sheet: Any) -> bool:
    try:
        with _without_warnings():
            rows = list(islice(sheet.iter_rows(values_only=True), _ROWS_OF_OTHERS))
    except Exception:  # openpyxl has no error of its own
        return True
    return any(value not in (None, "") for row in rows for value in row)


def _structure(file: BinaryIO, sheet: Any) -> SheetStructure:
    try:
        with zipfile.ZipFile(file) as archive, archive.open(sheet._worksheet_path) as xml:
            return SheetStructure.of(xml)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, zlib.error) as error:
        raise _broken_workbook(error) from error


def _notes_on_formulas(structure: SheetStructure) -> Iterator[ValidationResult]:
    """A program may write formulas without computing them, and openpyxl returns None."""
    if structure.uncomputed:
        values = {"count": structure.uncomputed}
        yield ValidationResult.of(Severity.WARNING, "formula", "read.table.formulas", values)


def _check_archive(file: BinaryIO) -> None:
    """Raise ReadError for an archive that is no workbook, or that becomes far larger when it is unpacked."""
    try:
        members = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken_workbook(error) from error
    size = file.seek(0, io.SEEK_END)
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * size:
        values = {"size": size, "unpacked": unpacked, "limit": MAX_UNPACKED, "ratio": MAX_RATIO}
        raise ReadError("too-large", "read.table.too-large", values)
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise ReadError("other-kind", "read.table.no-workbook")
    file.seek(0)


def _broken_workbook(error: Exception, line: int | None = None) -> ReadError:
    return ReadError("broken", "read.table.broken-workbook", {"error": type(error).__name__}, line)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Suppress openpyxl's warnings: they concern styles and the like, not the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_CHUNK = 500
"""Rows that are read at once."""


def _read_rows(sheet: Any) -> Iterator[CellRow]:
    sheet.reset_dimensions()  # the size that a file declares may be too small
    rows = iter(sheet.iter_rows())
    number = 0
    while True:
        try:
            with _without_warnings():
                chunk = list(map(_cell_texts, islice(rows, _CHUNK)))
        except Exception as error:
            raise _broken_workbook(error, number + 1) from error
        if not chunk:
            return
        for cells in chunk:
            number += 1
            if isinstance(cells, ReadError):
                raise cells
            yield _clean_row(number, cells)


def _cell_texts(row: Sequence[Any]) -> list[str] | ReadError:
    """The texts of a row, which openpyxl fills up to its last cell; an error if that is too far to the right."""
    if len(row) <= MAX_COLUMNS:
        return [_cell_text(cell) for cell in row]
    values = {"cell": row[-1].coordinate, "limit": MAX_COLUMNS}
    return ReadError("too-many-columns", "read.table.far-cell", values, row[-1].row)


def _clean_row(number: int, cells: list[str]) -> CellRow:
    try:
        return CellRow(number, [clean_text(cell) if _may_need_cleaning(cell) else cell for cell in cells])
    except ReadError as error:
        return CellRow(number, (), error)


def _may_need_cleaning(cell: str) -> bool:
    return not (cell.isascii() and cell.isprintable())


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime) and value.time() == time():
        return _date_text(value.date(), cell.number_format or "")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return formatted_text(value, cell.number_format or "")
    return str(value)


def _date_text(value: date, code: str) -> str:
    """A date as exact as its cell shows it: a month or year is stored as its first day."""
    precision = date_precision(code) if value.day == 1 else "day"
    if precision == "year" and value.month == 1:
        return f"{value:%Y}"
    return f"{value:%Y-%m}" if precision == "month" else value.isoformat()
