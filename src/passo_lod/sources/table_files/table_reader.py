"""Read each row of a table (CSV, TSV, XLSX) as a record: the reader `table` of source.yaml.

Rows are read one at a time: a faulty row costs one record, and the size of a file does not matter. docs/sources/table.md
lists the faults that tables of observatories have, and how each is reported.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from passo_lod.errors import SourceError
from passo_lod.messages.localised_text import CatalogueText, Values
from passo_lod.records import Field, FieldState, FilePlace, Reading
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError, not_opened
from passo_lod.sources.reading_builder import LINE_NUMBER, record_reading, rejected_reading
from passo_lod.sources.table_files.cell_errors import is_cell_error
from passo_lod.sources.table_files.csv_reader import open_csv
from passo_lod.sources.table_files.html_table import has_html_table, open_html_table
from passo_lod.sources.table_files.table_header import CellRow, Header, OpenedTable
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.sources.table_files.xlsx_reader import open_workbook
from passo_lod.sources.unpacked_file import UnpackedFile, names_workbook, open_unpacked


def read_table(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """One `Reading` for each row, also for a row that cannot be read; one for a file that cannot be read.

    Raises:
        SourceError: source.yaml does not say which column holds the ids.
    """
    if source.id_from != LINE_NUMBER and not set(source.id_columns or [""]) <= set(source.layout.columns.labels):
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
    return rejected_reading(source, display_path, "table", ReadError("no-rows", "read.table.no-rows"))


def _read_file(source: Any, path: Path, display_path: str) -> Iterator[Reading | ValidationResult]:
    try:
        if path.exists() and not path.is_file():
            raise ReadError("unreadable", "read.not-regular", {"kind": CatalogueText("read.kind.table")})
        with open_unpacked(path) as unpacked:
            yield from unpacked.notes
            table = _open(unpacked, source)  # a reference, because its text wrapper closes the file when it is freed
            yield from _read_rows(source, display_path, table)
    except OSError as error:
        problem = not_opened(error)
        yield rejected_reading(source, display_path, "table", problem)
    except ReadError as error:
        yield rejected_reading(source, display_path, "table", error)


def _open(unpacked: UnpackedFile, source: Any) -> OpenedTable:
    start = unpacked.head.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0")
    ending = PurePath(unpacked.name).suffix
    is_named_workbook = names_workbook(unpacked.name)
    if not start:
        raise ReadError("empty", "read.empty", {"kind": CatalogueText("read.kind.table")})
    if unpacked.is_workbook and is_named_workbook:
        return open_workbook(unpacked.file, source)
    if unpacked.is_workbook:
        raise ReadError("other-kind", "read.table.workbook-of-other-name", {"ending": ending})
    unpacked.check_is_text()
    if is_named_workbook:
        raise ReadError("other-kind", "read.table.text-named-workbook", {"ending": ending})
    if start.startswith(b"<"):
        return _open_markup(unpacked, source)
    return open_csv(unpacked.file, unpacked.head, source)


def _open_markup(unpacked: UnpackedFile, source: Any) -> OpenedTable:
    if not has_html_table(unpacked.head):
        raise ReadError("other-kind", "read.file-kind.markup")
    return open_html_table(unpacked.file, source)


def _read_rows(source: Any, display_path: str, table: OpenedTable) -> Iterator[Reading | ValidationResult]:
    """A reading for each row, and results about the file."""
    header = table.header
    if table.above:
        first, count = table.above
        values: Values = {"count": count, "line": str(header.line)}
        yield ValidationResult.of(Severity.INFO, "above-header", "read.table.above-header", values, line=first)
    yield from header.notes
    missing = next((label for label in source.id_columns if label not in (*header.labels, LINE_NUMBER)), None)
    if missing is not None:
        key = "read.table.hidden-id-column" if missing in header.found else "read.table.no-id-column"
        raise ReadError("no-id", key, {"column": missing}, header.line)
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
        values = {"line": str(header.line)}
        return ValidationResult.of(
            Severity.INFO, "repeated-header", "read.table.repeated-header", values, line=row.line
        )
    results = list(_notes_on_merged(header, row))
    fields = dict(_read_fields(source.layout, header, row, results))
    return record_reading(source, display_path, row.line, fields, results)


def _notes_on_merged(header: Header, row: CellRow) -> Iterator[ValidationResult]:
    """Results about values that the row has from merged cells, and about merged cells whose value may be of several columns."""
    down = [each for each in row.merged if each.first_row < row.line and header.label_at(each.first_column)]
    across = [
        each
        for each in row.merged
        if any(header.label_at(at) for at in range(each.first_column + 1, min(each.last_column + 1, header.width)))
    ]
    for key, found in (("merged-down", down), ("merged-across", across)):
        if found:
            values: Values = {"count": len(found), "cells": tuple(each.name for each in found)}
            label = header.label_at(found[0].first_column)
            yield ValidationResult.of(
                Severity.WARNING, "merged", f"read.table.{key}", values, line=row.line, field=label
            )


def _check_row(header: Header, row: CellRow) -> None:
    if row.error is not None:
        raise row.error
    found = len(row.cells)
    values: Values = {"found": found, "width": header.width, "line": str(header.line)}
    if found > header.width and any(map(str.strip, row.cells[header.width :])):
        raise ReadError("too-many-cells", "read.table.too-many-cells", values)
    if found < header.width and any(map(str.strip, row.cells)):
        raise ReadError("too-few-cells", "read.table.too-few-cells", values)


def _read_fields(
    layout: TableLayout, header: Header, row: CellRow, results: list[ValidationResult]
) -> Iterator[tuple[str, Field]]:
    for at, (label, cell) in enumerate(zip(header.labels, row.cells, strict=False)):
        if label is not None:
            field = _read_field(layout, label, row.line, cell, results)
            yield label, replace(field, exact=FilePlace("", *row.cell_lines[at])) if row.cell_lines else field


def _read_field(layout: TableLayout, label: str, line: int, cell: str, results: list[ValidationResult]) -> Field:
    if is_cell_error(cell.strip()):
        key = "read.table.failed-formula"
        results.append(ValidationResult.of(Severity.WARNING, "formula", key, line=line, field=label, value=cell))
        return Field(label, line, (), FieldState.LOST)
    if layout.arrays and cell.strip().startswith("{"):
        items = array_items(cell.strip())
        if items is not None:
            return layout.columns.field(label, line, items, is_list=True)
        results.append(ValidationResult.of(Severity.WARNING, "array", "read.table.no-array", line=line, field=label))
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
