"""Look up rows of a sorted flat table of a release by their first cell, for the pages that say where each value comes from.

The rows are sorted by the first cell and each stands in one line, so that binary search finds them in the memory-mapped CSV file: nothing is read
before it is asked for, and a table of any length is searched in the same time.
"""

import csv
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from passo_lod.release_layout import BYTE_ORDER_MARK

_ESCAPED_FORMULA = re.compile(r"(^|[;\t\r\n])'('*)(?=[=+\-@\t\r＝＋－＠])")
"""Where the publisher put an apostrophe before what a spreadsheet would take for a formula (docs/downloads.md)."""


class SortedTable:
    """A CSV table whose rows are sorted by their first cell, each in one line."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self._start = data.find(b"\n") + 1
        header = bytes(data[: self._start]).removeprefix(BYTE_ORDER_MARK)
        self._columns = _cells(header) if header else []

    @classmethod
    def map(cls, path: Path) -> "SortedTable":
        """Memory-map a table.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b"")

    def rows(self, key: str) -> Iterator[dict[str, str]]:
        """The rows whose first cell is the key, by column, in the order of the table."""
        for line in self._lines(key):
            yield dict(zip(self._columns, _cells(line), strict=True))

    def extract(self, key: str) -> bytes:
        """The same rows as a CSV file with the header of the table, without a byte order mark."""
        header = bytes(self._data[: self._start]).removeprefix(BYTE_ORDER_MARK)
        return header + b"".join(self._lines(key))

    def _lines(self, key: str) -> Iterator[bytes]:
        start = self._first_from(key)
        while start < len(self._data):
            end = self._line_end(start)
            line = bytes(self._data[start:end])
            if _cells(line)[0] != key:
                return
            yield line
            start = end

    def _first_from(self, key: str) -> int:
        """The offset of the first row whose first cell is not less than the key."""
        low, high = self._start, len(self._data)
        while low < high:
            start = max(self._data.rfind(b"\n", low, (low + high) // 2) + 1, low)
            end = self._line_end(start)
            if _cells(bytes(self._data[start:end]))[0] < key:
                low = end
            else:
                high = start
        return low

    def _line_end(self, start: int) -> int:
        return self._data.find(b"\n", start) + 1 or len(self._data)


def _cells(line: bytes) -> list[str]:
    """The cells of a line, without the apostrophes that keep spreadsheets from executing them.

    >>> _cells(b"xx-1,'@title,3" + bytes([13, 10]))
    ['xx-1', '@title', '3']
    """
    cells = next(csv.reader([line.decode().rstrip("\r\n")]), [""])
    return [_ESCAPED_FORMULA.sub(r"\1\2", cell) if "'" in cell else cell for cell in cells]
