"""Sample the columns and first rows of tables (CSV, TSV, XLSX) that no source.yaml describes yet."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from passo_lod.drafting.file_kind import find_delimiter, opened, read_beginning
from passo_lod.drafting.sample import MAX_ROWS, Sample, SampledColumn, check_column_count
from passo_lod.sources.table_files.html_table import html_rows
from passo_lod.sources.table_files.table_header import CellRow, column_names, without_trailing_empty
from passo_lod.sources.table_files.xlsx_reader import WorkbookSheet
from passo_lod.sources.text_repair import repair

_DELIMITER_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
_MAX_LINES_BEFORE_HEADER = 20


def sample_text_tables(files: Sequence[Path]) -> Sample:
    """Sample tables of delimited text."""
    columns: dict[str, SampledColumn] = {}
    record_count, is_complete, delimiter = 0, True, None
    for path in files:
        text, is_all = read_beginning(path)
        delimiter = delimiter or find_delimiter(text.splitlines()[:30])
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",", strict=False)
        count = _add_rows(columns, _rows_up_to_error(path, rows), record_count)
        record_count, is_complete = record_count + count, is_complete and is_all and count < MAX_ROWS
    layout = {"delimiter": _DELIMITER_NAMES[delimiter]} if delimiter else {}
    for column in columns.values():
        column.is_list = bool(column.non_empty) and all(re.fullmatch(r"\{.*\}", text) for text in column.non_empty)
    layout |= {"arrays": "postgres"} if any(column.is_list for column in columns.values()) else {}
    return Sample("table", tuple(files), list(columns.values()), record_count, is_complete, layout)


def _rows_up_to_error(path: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows up to one that the csv module cannot parse; the source's reader reports it later, with its line."""
    while True:
        try:
            row = next(rows)
        except (csv.Error, StopIteration):
            return
        check_column_count(path, len(row))
        yield row


def sample_workbooks(files: Sequence[Path]) -> Sample:
    """Sample the first sheet of workbooks that is not hidden."""
    return _sample_rows(files, _sheet_rows)


def sample_html_tables(files: Sequence[Path]) -> Sample:
    """Sample the tables of pages of HTML."""
    return _sample_rows(files, html_rows)


def _sample_rows(files: Sequence[Path], read: Callable[[BinaryIO], Iterator[CellRow]]) -> Sample:
    columns: dict[str, SampledColumn] = {}
    record_count = 0
    for path in files:
        with opened(path) as unpacked:
            record_count += _add_rows(columns, _cells(path, read(unpacked.file)), record_count)
    return Sample("table", tuple(files), list(columns.values()), record_count, record_count < MAX_ROWS)


def _sheet_rows(file: BinaryIO) -> Iterator[CellRow]:
    """The rows of the sheet, without what is hidden: nobody is asked about columns that are not published."""
    sheet = WorkbookSheet(file, None)
    for row in sheet.rows():
        yield replace(row, cells=[cell for at, cell in enumerate(row.cells) if at not in sheet.hidden_columns])


def _cells(path: Path, rows: Iterator[CellRow]) -> Iterator[Sequence[str]]:
    for row in islice(rows, MAX_ROWS + _MAX_LINES_BEFORE_HEADER):
        check_column_count(path, len(row.cells))
        yield row.cells


def _add_rows(columns: dict[str, SampledColumn], rows: Iterable[Sequence[str]], earlier_records: int) -> int:
    """Add the rows below the header to the columns; returns how many there were."""
    rows = (row for row in rows if any(cell.strip() for cell in row))
    names = _find_header(rows)
    for name in names:
        columns.setdefault(name, SampledColumn(name, [""] * earlier_records))
    count = 0
    for row in islice(rows, MAX_ROWS):
        if _column_names(row)[: len(names)] == names:
            continue  # the header again
        count += 1
        for name, column in columns.items():
            at = names.index(name) if name in names else len(row)
            column.texts.append(" ".join(row[at].split()) if at < len(row) else "")
    return count


def _find_header(rows: Iterator[Sequence[str]]) -> list[str]:
    """The names of the columns: the first row with more than one cell that is not empty."""
    for row in islice(rows, _MAX_LINES_BEFORE_HEADER):
        names = _column_names(row)
        if len(names) > 1:
            return names
    return []


def _column_names(cells: Sequence[str]) -> list[str]:
    cells = [repair(cell.strip("\ufeff"))[0] for cell in without_trailing_empty(cells)]
    return [name for name, _ in column_names(cells)]
