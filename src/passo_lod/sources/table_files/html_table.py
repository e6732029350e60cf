"""Open a table of a page of HTML for `table_reader`: many sites save a page as a table, and name it .xls or .csv."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.html_text import VisibleTextParser, decode_html
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.table_header import MAX_COLUMNS, CellRow, OpenedTable, open_rows
from passo_lod.sources.text_cleaning import clean_text

MAX_BYTES = 20_000_000
"""Bytes of a page, all of which is in memory."""

MAX_SPAN = 1_000
"""Rows or columns of one cell."""


def has_html_table(head: bytes) -> bool:
    """Whether a file begins as a page of HTML with a table."""
    return re.search(rb"<table[\s>]", head, re.IGNORECASE) is not None


def open_html_table(file: BinaryIO, source: Any) -> OpenedTable:
    """Open the table of a page: its header may be in any of the page's tables, and the rows after it are read.

    Raises:
        ReadError: it is too large, is not in the encoding that it declares, is broken, or has no header.
    """
    rows = list(html_rows(file))
    note = ValidationResult.of(Severity.INFO, "html-table", "read.table.html-table")
    return open_rows(iter(rows), lambda line: iter(rows[line:]), source.layout, lambda: [note])


def html_rows(file: BinaryIO) -> Iterator[CellRow]:
    """The rows of the tables of a page, numbered from 1; a cell over several rows has its value in each.

    Raises:
        ReadError: it is too large, is not in the encoding that it declares, or is broken.
    """
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReadError("too-large", "read.table.html-too-large", {"limit": MAX_BYTES})
    page = _TableParser()
    page.parse(clean_text(decode_html(data)))
    page.end_cell()
    for number, cells in enumerate(page.rows, start=1):
        yield CellRow(number, cells)


class _TableParser(VisibleTextParser):
    """Collects the cells of the tables of a page.

    Attributes:
        rows: the texts of the cells of each row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell_start = -1  # the number of lines before the open cell; -1 if none is open
        self._spans = (1, 1)
        self._from_above: dict[int, tuple[int, str]] = {}  # by column: in how many rows a cell goes on, and its text
        self._below: dict[int, tuple[int, str]] = {}  # the same for the next row

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or cell."""
        super().handle_starttag(tag, attrs)
        if tag in ("td", "th", "tr", "table"):
            self.end_cell()
        if tag == "table":
            self._below = {}
        if tag == "tr":
            self.rows.append([])
            self._from_above, self._below = self._below, {}
            self._fill_from_above()
        elif tag in ("td", "th") and self.rows:
            values = dict(attrs)
            self._cell_start, self._spans = (
                len(self.lines),
                (_span(values.get("colspan")), _span(values.get("rowspan"))),
            )

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        super().handle_endtag(tag)
        if tag in ("td", "th", "tr", "table"):
            self.end_cell()

    def end_cell(self) -> None:
        """Add the open cell to its row, with an empty cell for each further column that it spans."""
        if self._cell_start < 0:
            return
        self.end_line()
        text = "\n".join(line.text for line in self.lines[self._cell_start :])
        (columns, rows), self._cell_start = self._spans, -1
        for at in range(columns):
            value = text if at == 0 else ""
            self._add_cell(rows, value)
        self._fill_from_above()

    def _add_cell(self, rows: int, text: str) -> None:
        row = self.rows[-1]
        if len(row) <= MAX_COLUMNS:
            if rows > 1:
                self._below[len(row)] = (rows - 1, text)
            row.append(text)

    def _fill_from_above(self) -> None:
        while (above := self._from_above.pop(len(self.rows[-1]), None)) is not None:
            self._add_cell(*above)


def _span(text: str | None) -> int:
    return min(int(text), MAX_SPAN) if text and text.strip().isdecimal() and int(text) else 1
