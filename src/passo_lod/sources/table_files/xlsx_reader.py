"""Open a workbook (XLSX) for table_reader and read its rows one by one, each cell as the text that it shows."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from openpyxl import load_workbook

from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.table_header import (
    MAX_COLUMNS,
    MAX_LINES_BEFORE_HEADER,
    CellRow,
    Header,
    OpenedTable,
    count_known_columns,
    first_and_count,
    min_known_columns,
    no_header_error,
)
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.sources.text_cleaning import clean_text

MAX_UNPACKED = 200_000_000
"""Bytes that a workbook may have when it is unpacked."""

MAX_RATIO = 100
"""How many times larger a workbook may become when it is unpacked."""


def open_workbook(file: BinaryIO, source: Any) -> OpenedTable:
    """Open the table of one sheet of a workbook.

    Raises:
        ReadError: the workbook is broken or too large, or has no such sheet or no header.
    """
    _check_archive(file)
    layout: TableLayout = source.layout
    try:
        with _without_warnings():
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl has no error of its own: whatever fails first is raised
        raise _broken_workbook(error) from error
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    title = layout.sheet or next(iter(sheets), "")
    if title not in sheets:
        raise ReadError("no-sheet", "read.table.no-sheet", {"sheet": title, "sheets": tuple(sheets)})
    others = [other for other in sheets if other != title] if layout.sheet is None else []
    notes = [*_notes_on_sheets(others), *_notes_on_formulas(file, sheets[title])]
    return _open_sheet(_read_rows(sheets[title]), source, notes)


def _open_sheet(rows: Iterator[CellRow], source: Any, notes: Sequence[ValidationResult]) -> OpenedTable:
    layout: TableLayout = source.layout
    above: list[int] = []
    for row in islice(rows, max(MAX_LINES_BEFORE_HEADER, layout.header or 0)):
        if layout.header in (None, row.line) and count_known_columns(row.cells, layout) >= min_known_columns(layout):
            header = Header.from_row(row, layout)
            return OpenedTable(header, _pad(rows, header.width), first_and_count(above), lambda: notes)
        if any(map(str.strip, row.cells)):
            above.append(row.line)
    raise no_header_error(layout)


def _pad(rows: Iterator[CellRow], width: int) -> Iterator[CellRow]:
    """Add the empty cells at the end of each row, which a sheet leaves out."""
    for row in rows:
        yield replace(row, cells=[*row.cells, *[""] * (width - len(row.cells))])


def _notes_on_sheets(others: Sequence[str]) -> Iterator[ValidationResult]:
    if others:
        values = {"sheets": tuple(others)}
        yield ValidationResult.of(Severity.INFO, "other-sheets", "read.table.other-sheets", values)


_NOT_COMPUTED = re.compile(rb"(?:</f>|<f\b[^>]{0,200}/>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?\s*+</c>")


def _notes_on_formulas(file: BinaryIO, sheet: Any) -> Iterator[ValidationResult]:
    """Count formulas without a value: a program may write formulas without computing them, and openpyxl returns None."""
    count, rest = 0, b""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(sheet._worksheet_path) as xml:
            while chunk := xml.read(1 << 20):
                *found, rest = _NOT_COMPUTED.split(rest + chunk)
                count, rest = count + len(found), rest[-300:]
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, zlib.error) as error:
        raise _broken_workbook(error) from error
    if count:
        yield ValidationResult.of(Severity.WARNING, "formula", "read.table.formulas", {"count": count})


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
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return number_text(value, percent="%" in (cell.number_format or ""))
    return str(value)


def number_text(value: float, *, percent: bool = False) -> str:
    """A number of a workbook as text that can be read in only one way.

    >>> number_text(15000.0), number_text(28.57), number_text(0.2857, percent=True)
    ('15000', '28.57', '28.57%')

    Three decimals would pass for thousands, so a zero is added:

    >>> number_text(15.125)
    '15.1250'
    """
    # A spreadsheet computes with 15 digits: it may store 12.340000000000002 for what it shows as 12.34.
    number = Decimal(f"{value:.15g}") * (100 if percent else 1)
    if number == number.to_integral_value():
        text = f"{int(number)}"
    else:
        text = f"{number.normalize():f}"
        text += "0" if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", text) else ""
    return text + ("%" if percent else "")
