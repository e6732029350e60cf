"""Split the lines of delimited text into rows of cells (RFC 4180), and recover after a quote that is left open.

Python's csv module reads on to the next quote, and so loses all rows between; here an open quote costs its own row.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.csv_lines import CsvLine, CsvLineReader
from passo_lod.sources.table_files.table_header import CellRow, without_trailing_empty

MAX_ROW_LINES = 1_000
"""Lines that a quoted cell may span; a quote that is still open after them is a stray one."""

MAX_ROW = 1_000_000
"""Characters of such lines."""

MAX_BROKEN_ROWS = 100
"""Rows of a file whose quotes do not pair; with more, the file is no table with this delimiter, and the rest of it is not read."""

_UP_TO_CLOSING_QUOTE = re.compile(r'(?:[^"]++|"")*+')


class StrayQuote(Exception):
    """A quote that neither begins nor ends a cell."""


class CellScanner:
    """Scans the cells of one row, line by line (RFC 4180, 2).

    Attributes:
        cells: the cells that are complete.
    """

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self._delimiter = delimiter
        self._quoted: list[str] | None = None  # the parts of an open quoted cell

    def scan_line(self, text: str) -> bool:
        """Scan one more line of the row; returns whether the row ends with it.

        Raises:
            StrayQuote: something other than a delimiter follows a closing quote.
        """
        at = 0
        if self._quoted is not None:
            self._quoted.append("\n")
        while at <= len(text):
            if self._quoted is not None:
                at = self._scan_quoted(text, at, self._quoted)
            elif text.startswith('"', at):
                self._quoted = []
                at += 1
            else:
                at = self._scan_plain(text, at)
        return self._quoted is None

    def _scan_plain(self, text: str, at: int) -> int:
        end = text.find(self._delimiter, at)
        end = len(text) if end < 0 else end
        self.cells.append(text[at:end])
        return end + 1

    def _scan_quoted(self, text: str, at: int, quoted: list[str]) -> int:
        end = _UP_TO_CLOSING_QUOTE.match(text, at).end()  # type: ignore[union-attr]
        quoted.append(text[at:end].replace('""', '"'))
        return self._end_quoted(text, end + 1, quoted) if end < len(text) else end + 1

    def _end_quoted(self, text: str, at: int, quoted: list[str]) -> int:
        while text.startswith(" ", at):
            at += 1
        if at < len(text) and not text.startswith(self._delimiter, at):
            raise StrayQuote
        self.cells.append("".join(quoted))
        self._quoted = None
        return at + 1


class CsvRows:
    """Iterates over the rows of delimited text; after an open quote it goes on at the next line that begins a row."""

    def __init__(
        self, lines: CsvLineReader, delimiter: str, width: int, has_id: Callable[[Sequence[str]], bool]
    ) -> None:
        """Iterate over the lines from the first below the header.

        Args:
            lines: the lines.
            delimiter: the character between two cells.
            width: the number of cells in the header.
            has_id: whether the cells of a row, which may be incomplete, hold an id.
        """
        self._lines, self._delimiter = lines, delimiter
        self._width, self._has_id = width, has_id
        self._broken_rows = 0

    def __iter__(self) -> Iterator[CellRow]:
        while (line := self._lines.next_line()) is not None:
            yield self._read_row(line)

    def _read_row(self, line: CsvLine) -> CellRow:
        if line.error:
            return CellRow(line.number, (), line.error)
        if '"' not in line.text:
            return CellRow(line.number, line.text.split(self._delimiter))
        cells = self._read_quoted_row(line)
        if cells is None:
            return self._skip_broken_row(line)
        return CellRow(line.number, cells, cell_lines=_cell_lines(line.number, cells))

    def _read_quoted_row(self, line: CsvLine) -> list[str] | None:
        """The cells of a row with quotes; None if the quotes do not pair, and then its further lines are put back."""
        scanner, further = CellScanner(self._delimiter), list[CsvLine]()
        try:
            ended, size = scanner.scan_line(line.text), len(line.text)
            while not ended:
                further.append(self._next_quoted_line(len(further), size))
                ended, size = scanner.scan_line(further[-1].text), size + len(further[-1].text)
        except StrayQuote:
            scanner.cells = []
        if scanner.cells and (not further or self._has_width(scanner.cells)):
            return scanner.cells
        self._lines.put_back(further)
        return None

    def _next_quoted_line(self, count: int, size: int) -> CsvLine:
        """The next line of an open quoted cell, after `count` lines with `size` characters.

        Raises:
            StrayQuote: the file ends, the cell is too large, or the line is a row by itself.
        """
        line = self._lines.next_line() if count < MAX_ROW_LINES and size <= MAX_ROW else None
        if line is None:
            raise StrayQuote
        if line.error or self._is_row(line):
            self._lines.put_back([line])
            raise StrayQuote
        return line

    def _is_row(self, line: CsvLine) -> bool:
        cells, ended = self._scan_alone(line)
        return ended and self._has_width(cells) and self._has_id(cells)

    def _has_width(self, cells: Sequence[str]) -> bool:
        return len(without_trailing_empty(cells)) <= self._width <= len(cells)

    def _scan_alone(self, line: CsvLine) -> tuple[list[str], bool]:
        """The cells of a line up to a stray quote, and whether the line is a complete row."""
        scanner = CellScanner(self._delimiter)
        try:
            return scanner.cells, scanner.scan_line(line.text)
        except StrayQuote:
            return scanner.cells, False

    def _skip_broken_row(self, line: CsvLine) -> CellRow:
        """Reject a row whose quotes do not pair, and skip the lines after it that begin no row.

        Raises:
            ReadError: the file has too many such rows.
        """
        self._broken_rows += 1
        if self._broken_rows > MAX_BROKEN_ROWS:
            raise ReadError("quotes", "read.table.many-open-quotes", {"limit": MAX_BROKEN_ROWS}, line.number)
        last = line.number
        while (following := self._lines.next_line()) is not None:
            if following.error or self._begins_row(following):
                self._lines.put_back([following])
                break
            last = following.number
        if last == line.number:
            return CellRow(line.number, (), ReadError("quotes", "read.table.open-quotes"))
        values = {"first": str(line.number), "last": str(last)}
        return CellRow(line.number, (), ReadError("quotes", "read.table.open-quotes-over-lines", values))

    def _begins_row(self, line: CsvLine) -> bool:
        cells, ended = self._scan_alone(line)
        return (ended and self._has_width(cells)) or self._has_id(cells)


def _cell_lines(first: int, cells: Sequence[str]) -> Sequence[tuple[int, int]]:
    r"""The first and the last line of each cell of a row; none if the row has one line.

    >>> _cell_lines(7, ["A1", "one\ntwo", "x"]), _cell_lines(7, ["A1", "x"])
    ([(7, 7), (7, 8), (8, 8)], ())
    """
    breaks = [cell.count("\n") for cell in cells]
    starts = accumulate(breaks, initial=first)
    return [(start, start + count) for start, count in zip(starts, breaks, strict=False)] if any(breaks) else ()
