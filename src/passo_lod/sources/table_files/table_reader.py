"""Read each row of a table (CSV, TSV, XLSX) as a record: the reader `table` of source.yaml.

Rows are read one at a time: a faulty row costs one record, and the size of a file does not matter. docs/sources/table.md
lists the faults that tables of observatories have, and how each is reported.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from passo_lod.errors import SourceError
from passo_lod.records import Field, Reading
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.reading_builder import record_reading, rejected_reading
from passo_lod.sources.table_files.csv_reader import open_csv
from passo_lod.sources.table_files.table_header import CellRow, Header, OpenedTable, note
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.sources.table_files.xlsx_reader import open_workbook


def read_table(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """One `Reading` for each row, also for a row that cannot be read; one for a file that cannot be read.

    Raises:
        SourceError: source.yaml does not say which column holds the ids.
    """
    if source.id_from not in source.layout.columns.labels:
        settings = source.folder / "source.yaml"
        raise SourceError(f"{settings}: a table's ids are in a column: id-from should be one of layout's columns")
    return _attach_notes(source, display_path, _read_file(source, path, display_path))


def _attach_notes(source: Any, display_path: str, contents: Iterable[Reading | ValidationResult]) -> Iterator[Reading]:
    """Attach each result about the file to the reading before it, or to the first reading."""
    pending: Reading | None = None
    notes: list[ValidationResult] = []
    for each in contents:
        if isinstance(each, ValidationResult):
            notes.append(replace(each, source=source.name, path=display_path))
            continue
        if pending is not None:
            # The report leaves out the results of a withdrawn or merged record, so notes wait for the next one.
            is_reported = not source.is_set_aside(pending.id)
            yield replace(pending, results=(*notes, *pending.results)) if is_reported else pending
            notes = [] if is_reported else notes
        pending = each
    pending = pending or _no_rows(source, display_path)
    yield replace(pending, results=(*notes, *pending.results))


def _no_rows(source: Any, display_path: str) -> Reading:
    error = ReadError("no-rows", "it has no rows", "a row for each record")
    return rejected_reading(source, display_path, "table", error)


def _read_file(source: Any, path: Path, display_path: str) -> Iterator[Reading | ValidationResult]:
    try:
        if path.exists() and not path.is_file():
            raise ReadError("unreadable", "it is not a regular file", "a table saved as CSV, TSV or XLSX")
        with path.open("rb") as file:
            table = _open(file, path, source)  # a reference, because its text wrapper closes the file when it is freed
            yield from _read_rows(source, display_path, table)
    except OSError as error:
        problem = ReadError("unreadable", f"the file cannot be opened ({error.strerror})", "a readable file")
        yield rejected_reading(source, display_path, "table", problem)
    except ReadError as error:
        yield rejected_reading(source, display_path, "table", error)


_SIGNATURES = {
    b"PK\x03\x04": "a workbook (XLSX) or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one with a password",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"<": "a page of HTML or XML",
}
"""The first bytes of files that are not text tables."""


def _open(file: BinaryIO, path: Path, source: Any) -> OpenedTable:
    head = file.read(1 << 16)
    file.seek(0)
    is_named_workbook = path.suffix.casefold() in (".xlsx", ".xlsm")
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise ReadError("empty", "the file is empty", "a table saved as CSV, TSV or XLSX")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = next((kind for signature, kind in _SIGNATURES.items() if start.startswith(signature)), "a text file")
    if is_named_workbook and head.startswith(b"PK\x03\x04"):
        return open_workbook(file, source)
    if is_named_workbook or kind != "a text file":
        expected = "a name that ends in .xlsx for a workbook, and any other for a table of text"
        raise ReadError("other-kind", f"it is {kind}, and its name ends in '{path.suffix}'", expected)
    return open_csv(file, head, source)


def _read_rows(source: Any, display_path: str, table: OpenedTable) -> Iterator[Reading | ValidationResult]:
    """A reading for each row, and results about the file."""
    header = table.header
    if table.above:
        first, count = table.above
        lines = "a line stands" if count == 1 else f"{count} lines, of which this is the first, stand"
        message = f"{lines} above the header on line {header.line}; this text was not published."
        yield note(Severity.INFO, "above-header", first, message, expected="the header on the first line")
    yield from header.notes
    if source.id_from not in header.labels:
        expected = f"the column {source.id_from!r}, which gives each row its id"
        raise ReadError("no-id", "it has no column with ids", expected, header.line)
    for row in table.rows:
        reading = _read_row(source, display_path, header, row)
        if reading is not None:
            yield reading
    yield from table.notes()


def _read_row(source: Any, display_path: str, header: Header, row: CellRow) -> Reading | ValidationResult | None:
    """The reading of a row, or a result in its place; None for an empty row."""
    try:
        _check_row(header, row)
    except ReadError as error:
        error.line = row.line
        return rejected_reading(source, display_path, "row", error)
    if not any(map(str.strip, row.cells)):
        return None
    if header.is_repeated_in(row.cells):
        message = f"the line repeats the header of line {header.line}; it was skipped."
        return note(Severity.INFO, "repeated-header", row.line, message, expected="the header once")
    results: list[ValidationResult] = []
    fields = dict(_read_fields(source.layout, header, row, results))
    return record_reading(source, display_path, row.line, fields, results)


def _check_row(header: Header, row: CellRow) -> None:
    if row.error is not None:
        raise row.error
    found, expected = len(row.cells), f"{header.width} cells, as in the header of line {header.line}"
    if found > header.width and any(map(str.strip, row.cells[header.width :])):
        raise ReadError("too-many-cells", f"it has {found} cells", f"{expected}; a cell with the delimiter in quotes")
    if found < header.width and any(map(str.strip, row.cells)):
        raise ReadError("too-few-cells", f"it has {found} cells", f"{expected}; a cell of several lines in quotes")


def _read_fields(
    layout: TableLayout, header: Header, row: CellRow, results: list[ValidationResult]
) -> Iterator[tuple[str, Field]]:
    for label, cell in zip(header.labels, row.cells, strict=False):
        if label is not None and cell and not cell.isspace():
            field = _read_field(layout, label, row.line, cell, results)
            if field is not None:
                yield label, field


_ERROR_VALUES = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
"""The values of a cell whose formula failed (ECMA-376 Part 1, 18.17.3)."""


def _read_field(layout: TableLayout, label: str, line: int, cell: str, results: list[ValidationResult]) -> Field | None:
    if cell in _ERROR_VALUES:
        message = "the cell's formula failed; it was read as empty."
        results.append(note(Severity.WARNING, "formula", line, message, field=label, value=cell, expected="a value"))
        return None
    if layout.arrays and cell.strip().startswith("{"):
        items = array_items(cell.strip())
        if items is not None:
            return layout.columns.field(label, line, items, is_list=True)
        message = "the cell begins like an array but is none; it was read as one text."
        results.append(note(Severity.WARNING, "array", line, message, field=label, expected='such as {a,"b c",NULL}'))
    if separator := layout.lists.get(label):
        return layout.columns.field(label, line, cell.split(separator), is_list=True)
    return layout.columns.field(label, line, [cell])


_ITEM = re.compile(r'\s*+(?:"((?:[^"\\]|\\.)*+)"\s*+|([^{},"\\]*+))([,}])', re.DOTALL)


def array_items(text: str) -> list[str] | None:
    r"""The items of a PostgreSQL array without its NULLs (8.15.6); None if the text is not an array.

    >>> array_items('{a,"b c",NULL,"d \\"e\\""}'), array_items("{}"), array_items("{a"), array_items("{{a},{b}}")
    (['a', 'b c', 'd "e"'], [], None, None)
    """
    if text == "{}":
        return []
    items, at, ended = [], 1, False
    while not ended and (match := _ITEM.match(text, at)):
        quoted, plain, mark = match.groups()
        at, ended = match.end(), mark == "}"
        if quoted is not None:
            items.append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        elif plain.strip().upper() != "NULL":
            items.append(plain.strip())
    return items if ended and at == len(text) else None
