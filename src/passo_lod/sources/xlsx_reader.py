"""Read the rows of a workbook (XLSX) one by one, with every cell as the text that it shows."""

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
from passo_lod.sources.labelled_text_reader import Unreadable, decode_page
from passo_lod.sources.table_header import (
    HEAD,
    CellRow,
    Header,
    OpenedTable,
    TableLayout,
    above_header,
    known_columns,
    needed,
    no_header,
    note,
)

MAX_UNPACKED = 200_000_000
"""Bytes to which a workbook may unpack."""

MAX_RATIO = 100
"""How many times its size a workbook may unpack to."""


def open_workbook(file: BinaryIO, source: Any) -> OpenedTable:
    """The table that a sheet of a workbook holds.

    Raises:
        Unreadable: the workbook is broken or too large, or has no such sheet or no header.
    """
    _check_archive(file)
    layout: TableLayout = source.layout
    try:
        with _quiet():
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as problem:  # openpyxl tells a broken workbook by whatever fails first
        raise _broken_workbook(problem) from problem
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    title = layout.sheet or next(iter(sheets), "")
    if title not in sheets:
        raise Unreadable("no-sheet", f"it has no sheet {title!r}", f"one of its sheets: {', '.join(sheets)}")
    others = [other for other in sheets if other != title] if layout.sheet is None else []
    notes = [*_notes_on_sheets(others), *_notes_on_formulas(file, sheets[title])]
    return _sheet_table(_sheet_rows(sheets[title]), source, notes)


def _sheet_table(rows: Iterator[CellRow], source: Any, notes: Sequence[ValidationResult]) -> OpenedTable:
    layout: TableLayout = source.layout
    above: list[int] = []
    for row in islice(rows, max(HEAD, layout.header or 0)):
        if layout.header in (None, row.line) and known_columns(row.cells, layout) >= needed(layout):
            header = Header.of(row, layout)
            return OpenedTable(header, _padded(rows, header.width), above_header(above), lambda: notes)
        if any(map(str.strip, row.cells)):
            above.append(row.line)
    raise no_header(layout)


def _padded(rows: Iterator[CellRow], width: int) -> Iterator[CellRow]:
    """A sheet does not hold the empty cells at the end of a row."""
    for row in rows:
        yield replace(row, cells=[*row.cells, *[""] * (width - len(row.cells))])


def _notes_on_sheets(others: Sequence[str]) -> Iterator[ValidationResult]:
    if others:
        message = f"the workbook has further sheets, which were not read: {', '.join(others)}."
        expected = "`sheet` in source.yaml, with the sheet's name"
        yield note(Severity.INFO, "other-sheets", None, message, expected=expected)


_NOT_COMPUTED = re.compile(rb"(?:</f>|<f\b[^>]{0,200}/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def _notes_on_formulas(file: BinaryIO, sheet: Any) -> Iterator[ValidationResult]:
    """A program that writes formulas need not compute them; openpyxl shows such cells as empty."""
    count, rest = 0, b""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(sheet._worksheet_path) as xml:
            while chunk := xml.read(1 << 20):
                *found, rest = _NOT_COMPUTED.split(rest + chunk)
                count, rest = count + len(found), rest[-300:]
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, zlib.error) as problem:
        raise _broken_workbook(problem) from problem
    if count:
        message = f"{count} cells of the sheet hold a formula without its value; they were read as empty."
        expected = "the workbook saved by a spreadsheet program, which computes them"
        yield note(Severity.WARNING, "formula", None, message, expected=expected)


def _check_archive(file: BinaryIO) -> None:
    """Refuse an archive that is no workbook, or unpacks to far more than it is."""
    try:
        members = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise _broken_workbook(problem) from problem
    size = file.seek(0, io.SEEK_END)
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * size:
        expected = f"at most {MAX_UNPACKED:,} bytes, and {MAX_RATIO} times its size; save large tables as CSV"
        raise Unreadable("too-large", f"the workbook of {size:,} bytes unpacks to {unpacked:,}", expected)
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise Unreadable("other-kind", "it is an archive that holds no workbook", "a workbook saved as XLSX")
    file.seek(0)


def _broken_workbook(problem: Exception, line: int | None = None) -> Unreadable:
    message = f"the workbook is broken ({type(problem).__name__})"
    return Unreadable("broken", message, "the workbook saved anew by a spreadsheet program", line)


@contextmanager
def _quiet() -> Iterator[None]:
    """What openpyxl warns of, such as a style that it does not know, says nothing of the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_CHUNK = 500


def _sheet_rows(sheet: Any) -> Iterator[CellRow]:
    sheet.reset_dimensions()  # what a file says of its own size may be wrong, and rows be cut
    rows = iter(sheet.iter_rows())
    number = 0
    while True:
        try:
            with _quiet():
                chunk = [[_cell_text(cell) for cell in row] for row in islice(rows, _CHUNK)]
        except Exception as problem:
            raise _broken_workbook(problem, number + 1) from problem
        if not chunk:
            return
        for cells in chunk:
            number += 1
            yield _sheet_row(number, cells)


def _sheet_row(number: int, cells: list[str]) -> CellRow:
    try:
        return CellRow(number, [decode_page(cell) if _needs_care(cell) else cell for cell in cells])
    except Unreadable as fault:
        return CellRow(number, (), fault)


def _needs_care(cell: str) -> bool:
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
    """A number of a workbook as text that can be read in one way only.

    >>> number_text(15000.0), number_text(28.57), number_text(0.2857, percent=True)
    ('15000', '28.57', '28.57%')

    With three decimals it would be taken for thousands:

    >>> number_text(15.125)
    '15.1250'
    """
    # A spreadsheet counts with 15 figures: what it shows as 12.34 it may hold as 12.340000000000002.
    number = Decimal(f"{value:.15g}") * (100 if percent else 1)
    if number == number.to_integral_value():
        text = f"{int(number)}"
    else:
        text = f"{number.normalize():f}"
        text += "0" if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", text) else ""
    return text + ("%" if percent else "")
