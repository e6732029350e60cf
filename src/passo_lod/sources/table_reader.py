"""Read tables (CSV, TSV, XLSX) row by row, so that one bad row costs one row, and a large file no memory.

What tables of observatories really look like, and what becomes of each fault, is in `docs/sources/table.md`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from passo_lod.errors import SourceError
from passo_lod.records import Field, Reading
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources import table_header
from passo_lod.sources.columns import record_reading, rejected
from passo_lod.sources.csv_reader import open_text
from passo_lod.sources.labelled_text_reader import Unreadable
from passo_lod.sources.table_header import CellRow, Header, OpenedTable, note
from passo_lod.sources.xlsx_reader import open_workbook

Layout = table_header.TableLayout


def read(source: Any, path: Path, shown: str) -> Iterator[Reading]:
    """One `Reading` for every row, whether or not it could be read; a file that cannot be read is one refusal.

    Raises:
        SourceError: the source does not say which column gives a record's id.
    """
    if source.id_from not in source.layout.columns.labels:
        place = source.folder / "source.yaml"
        raise SourceError(f"{place}: a table's ids are in a column: id-from should be one of layout's columns")
    return _carried(source, shown, _contents(source, path, shown))


def _carried(source: Any, shown: str, contents: Iterable[Reading | ValidationResult]) -> Iterator[Reading]:
    """The readings; what is told of the file goes with the first of them, or with the one before the place."""
    held: Reading | None = None
    notes: list[ValidationResult] = []
    for each in contents:
        if isinstance(each, ValidationResult):
            notes.append(replace(each, source=source.name, path=shown))
            continue
        if held is not None:
            # Of a record that was withdrawn nothing is told, so that it can carry no note.
            carries = held.id.removeprefix(f"{source.prefix}-") not in source.withdrawn
            yield replace(held, results=(*notes, *held.results)) if carries else held
            notes = [] if carries else notes
        held = each
    held = held or rejected(source, shown, "no-rows", "the table has no rows.", "a row for each record")
    yield replace(held, results=(*notes, *held.results))


def _contents(source: Any, path: Path, shown: str) -> Iterator[Reading | ValidationResult]:
    try:
        if path.exists() and not path.is_file():
            raise Unreadable("unreadable", "it is no ordinary file", "a table saved as CSV, TSV or XLSX")
        with path.open("rb") as file:
            table = _open(file, path, source)  # held until the file is closed
            yield from _records(source, shown, table)
    except OSError as problem:
        message = f"the file cannot be opened ({problem.strerror})."
        yield rejected(source, shown, "unreadable", message, "a readable file")
    except Unreadable as problem:
        yield rejected(
            source, shown, problem.code, f"the table cannot be read: {problem}.", problem.expected, problem.line
        )


_SIGNATURES = {
    b"PK\x03\x04": "a workbook (XLSX) or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one with a password",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"<": "a page of HTML or XML",
}
"""How files begin that are no text tables."""


def _open(file: BinaryIO, path: Path, source: Any) -> OpenedTable:
    head = file.read(1 << 16)
    file.seek(0)
    workbook = path.suffix.casefold() in (".xlsx", ".xlsm")
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise Unreadable("empty", "the file is empty", "a table saved as CSV, TSV or XLSX")
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = next((kind for signature, kind in _SIGNATURES.items() if begins.startswith(signature)), "a text file")
    if workbook and head.startswith(b"PK\x03\x04"):
        return open_workbook(file, source)
    if workbook or kind != "a text file":
        expected = "a name that ends in .xlsx for a workbook, and any other for a table of text"
        raise Unreadable("other-kind", f"it is {kind}, and its name ends in '{path.suffix}'", expected)
    return open_text(file, head, source)


# ------------------------------------------------------------------------------------------------------------- rows


def _records(source: Any, shown: str, table: OpenedTable) -> Iterator[Reading | ValidationResult]:
    """What is told of the file, and a reading for every row."""
    header = table.header
    if table.above:
        first, count = table.above
        lines = "a line stands" if count == 1 else f"{count} lines, of which this is the first, stand"
        message = f"{lines} above the header on line {header.line}; what stands there was not published."
        yield note(Severity.INFO, "above-header", first, message, expected="the header on the first line")
    yield from header.notes
    if source.id_from not in header.labels:
        expected = f"the column {source.id_from!r}, which gives each row its id"
        raise Unreadable("no-id", "it has no column with ids", expected, header.line)
    for row in table.rows:
        each = _record(source, shown, header, row)
        if each is not None:
            yield each
    yield from table.notes()


def _record(source: Any, shown: str, header: Header, row: CellRow) -> Reading | ValidationResult | None:
    """The reading of a row; None for one that is empty."""
    try:
        _check_row(header, row)
    except Unreadable as fault:
        return rejected(source, shown, fault.code, f"the row cannot be read: {fault}.", fault.expected, row.line)
    if not any(map(str.strip, row.cells)):
        return None
    if header.repeated(row.cells):
        message = f"the line repeats the header of line {header.line}; it was skipped."
        return note(Severity.INFO, "repeated-header", row.line, message, expected="the header once")
    results: list[ValidationResult] = []
    return record_reading(source, shown, row.line, dict(_fields(source.layout, header, row, results)), results)


def _check_row(header: Header, row: CellRow) -> None:
    if row.fault is not None:
        raise row.fault
    found, expected = len(row.cells), f"{header.width} cells, as in the header of line {header.line}"
    if found > header.width and any(map(str.strip, row.cells[header.width :])):
        raise Unreadable("too-many-cells", f"it has {found} cells", f"{expected}; a cell with the delimiter in quotes")
    if found < header.width and any(map(str.strip, row.cells)):
        raise Unreadable("too-few-cells", f"it has {found} cells", f"{expected}; a cell of several lines in quotes")


def _fields(
    layout: Layout, header: Header, row: CellRow, results: list[ValidationResult]
) -> Iterator[tuple[str, Field]]:
    for label, cell in zip(header.labels, row.cells, strict=False):
        if label is not None and cell and not cell.isspace():
            found = _field(layout, label, row.line, cell, results)
            if found is not None:
                yield label, found


_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
"""What a cell shows whose formula failed (ECMA-376 Part 1, 18.17.3)."""


def _field(layout: Layout, label: str, line: int, cell: str, results: list[ValidationResult]) -> Field | None:
    if cell in _ERRORS:
        message = "the cell's formula failed; it was read as empty."
        results.append(note(Severity.WARNING, "formula", line, message, field=label, value=cell, expected="a value"))
        return None
    if layout.arrays and cell.strip().startswith("{"):
        items = array_items(cell.strip())
        if items is not None:
            return layout.columns.field(label, line, items, listed=True)
        message = "the cell begins like an array and is none; it was read as one text."
        results.append(note(Severity.WARNING, "array", line, message, field=label, expected='such as {a,"b c",NULL}'))
    if separator := layout.lists.get(label):
        return layout.columns.field(label, line, cell.split(separator), listed=True)
    return layout.columns.field(label, line, [cell])


_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^{},"\\]*))\s*([,}])', re.DOTALL)


def array_items(text: str) -> list[str] | None:
    r"""The items of a PostgreSQL array without its NULLs (8.15.6); None for a text that is none.

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
