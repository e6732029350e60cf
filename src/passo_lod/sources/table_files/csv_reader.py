"""Open a delimited text file (CSV, TSV) for table_reader: find its encoding, delimiter and header."""

import io
from collections.abc import Sequence
from itertools import islice
from typing import Any, BinaryIO

from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.csv_lines import CsvLine, CsvLineReader
from passo_lod.sources.table_files.csv_rows import CellScanner, CsvRows, StrayQuote
from passo_lod.sources.table_files.table_header import (
    MAX_LINES_BEFORE_HEADER,
    CellRow,
    Header,
    OpenedTable,
    count_known_columns,
    first_and_count,
    min_known_columns,
    no_header_error,
)
from passo_lod.sources.table_files.table_layout import DELIMITERS, TableLayout
from passo_lod.sources.unpacked_file import utf_16_codec

_MAX_HEADER_LINES = 20
"""Lines over which the names of the columns may spread."""


def open_csv(file: BinaryIO, head: bytes, source: Any) -> OpenedTable:
    """Open a table of delimited text.

    Args:
        file: the file.
        head: its first bytes.
        source: the `Source`, whose layout is a `TableLayout`.

    Raises:
        ReadError: it has no header.
    """
    utf_16 = utf_16_codec(head)
    encoding = source.layout.encoding or utf_16
    codec = "utf-8-sig" if (encoding or "utf-8").casefold() in ("utf-8", "utf8") else encoding
    errors = "replace" if (codec or "").casefold().startswith(("utf-16", "utf-32")) else "surrogateescape"
    # A file of an old Macintosh ends its lines with a carriage return.
    newline = "\r" if b"\r" in head and b"\n" not in head else "\n"
    lines = CsvLineReader(io.TextIOWrapper(file, codec, errors, newline=newline), encoding)
    if source.layout.encoding is None and utf_16 not in (None, "utf-16"):
        lines.add_note(ValidationResult.of(Severity.INFO, "encoding", "read.table.utf-16-without-mark"))
    return _open_lines(lines, source)


def _open_lines(lines: CsvLineReader, source: Any) -> OpenedTable:
    layout: TableLayout = source.layout
    count = max(MAX_LINES_BEFORE_HEADER, (layout.header or 0) + _MAX_HEADER_LINES)
    head = list(islice(iter(lines.next_line, None), count))
    for at, line in enumerate(head):
        if layout.header in (None, line.number) and (found := _header_at(head[at:], layout)):
            delimiter, cells, line_count = found
            lines.put_back(head[at + line_count :])
            header = Header.from_row(CellRow(line.number, cells), layout)
            rows = CsvRows(lines, delimiter, header.width, header.id_test(source))
            above = first_and_count(each.number for each in head[:at] if each.text.strip())
            return OpenedTable(header, iter(rows), above, lines.notes)
    if error := next((line.error for line in head if line.error), None):
        raise ReadError(error.code, error.key, error.values)  # that line may be the header
    raise no_header_error(layout)


def _header_at(lines: Sequence[CsvLine], layout: TableLayout) -> tuple[str, list[str], int] | None:
    """The header at the beginning of some lines: its delimiter, its cells, and how many lines it spans."""
    best, most = None, min_known_columns(layout) - 1
    for delimiter in [layout.delimiter] if layout.delimiter else DELIMITERS.values():
        found = _first_row(lines[:_MAX_HEADER_LINES], delimiter)
        if found and (known := count_known_columns(found[0], layout)) > most:
            best, most = (delimiter, *found), known
    return best


def _first_row(lines: Sequence[CsvLine], delimiter: str) -> tuple[list[str], int] | None:
    """The cells of the row that begins with the first line, and how many lines it spans."""
    scanner = CellScanner(delimiter)
    try:
        for count, line in enumerate(lines, start=1):
            if scanner.scan_line(line.text):
                return scanner.cells, count
    except StrayQuote:
        pass
    return None
