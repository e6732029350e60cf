"""Sort more rows than memory holds: sorted runs in a temporary file, and a merge of those that overlap.

Records mostly come in the order of their ids, so that most runs follow on one another, and reading them is all there is to do.
"""

import heapq
import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from passo_lod.release.rows import Row

RUN = 8_000_000
"""Characters of the rows that are sorted in memory at once."""

CHUNK = 60_000
"""Characters of the rows that are read at once of a run."""

_key = itemgetter(0)


@dataclass(frozen=True)
class _Run:
    """Sorted rows in a file: the first and the last key, and where each chunk begins and how long it is."""

    path: Path
    first: list[str]
    last: list[str]
    chunks: tuple[tuple[int, int], ...]

    def read(self) -> Iterator[Row]:
        for start, size in self.chunks:
            with self.path.open("rb", buffering=0) as file:
                file.seek(start)
                rows: list[tuple[Any, ...]] = marshal.loads(file.read(size))  # noqa: S302 - what was written a moment ago
            yield from map(Row._make, rows)


class Runs:
    """The rows of one table of one source."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[Row] = []
        self._size = 0
        self.spilled: list[_Run] = []

    def extend(self, rows: Sequence[Row]) -> None:
        """Take some rows."""
        self._rows += rows
        self._size += sum(map(_size, rows))
        if self._size > RUN:
            self.spill()

    def spill(self) -> None:
        """Write what is in memory as a run."""
        if not self._rows:
            return
        self._rows.sort(key=_key)
        with self._path.open("ab") as file:
            chunks = tuple(_write(file, chunk) for chunk in _chunks(self._rows))
        self.spilled.append(_Run(self._path, self._rows[0].key, self._rows[-1].key, chunks))
        self._rows, self._size = [], 0


def merged(runs: Sequence[_Run]) -> Iterator[Row]:
    """All rows of some runs, in the order of their keys."""
    together: list[_Run] = []
    for run in sorted(runs, key=attrgetter("first")):
        if together and run.first > max(each.last for each in together):
            yield from _merged(together)
            together = []
        together.append(run)
    yield from _merged(together)


def _merged(runs: Sequence[_Run]) -> Iterator[Row]:
    if len(runs) == 1:
        return runs[0].read()
    return heapq.merge(*(run.read() for run in runs), key=_key)


def _chunks(rows: Sequence[Row]) -> Iterator[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        chunk.append(tuple(row))
        size += _size(row)
        if size > CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _write(file: BinaryIO, chunk: list[tuple[Any, ...]]) -> tuple[int, int]:
    start = file.tell()
    return start, file.write(marshal.dumps(chunk))


def _size(row: Row) -> int:
    """About how much memory a row takes, in characters."""
    return 500 + (len(row.csv[0]) if row.csv else 0)
