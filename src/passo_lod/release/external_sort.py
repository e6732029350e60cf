"""Sort more than memory holds: sorted runs in a temporary file, and a merge of those that overlap.

Records mostly come in the order of their ids, so that most runs follow on one another, and reading them is all there is to do.
"""

import heapq
import marshal
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

Item = tuple[Any, ...]
"""What is sorted: of texts, bytes, numbers, and lists and tuples of them."""

Key = Callable[[Item], Any]

CHUNK = 60_000
"""About how many bytes of a run are in memory at once while it is read: not more than twice as many, but of a single item."""


def unnamed_file(folder: Path) -> IO[bytes]:
    """A file for runs, which is gone when it is closed, or the process is."""
    return tempfile.TemporaryFile(dir=folder, prefix=".runs-")


@dataclass(frozen=True)
class SortedRun:
    """Sorted items in a file: the first and the last key, and where each chunk begins and how long it is."""

    file: IO[bytes]
    first: Any
    last: Any
    chunks: tuple[tuple[int, int], ...]

    def read(self) -> Iterator[Item]:
        """The items, in their order; several may read at the same time."""
        for start, size in self.chunks:
            yield from marshal.loads(os.pread(self.file.fileno(), size, start))  # noqa: S302 - what was written a moment ago


def write(items: Iterable[Item], file: IO[bytes], key: Key) -> SortedRun:
    """Sort items and write them as a run behind what is in a file.

    Args:
        items: at least one.
        file: what `unnamed_file` gave.
        key: what an item is sorted by.
    """
    ordered = sorted(items, key=key)
    start = file.seek(0, os.SEEK_END)
    chunks, at, some = [], 0, 1
    while at < len(ordered):
        data = marshal.dumps(ordered[at : at + some])
        if len(data) <= 2 * CHUNK or some == 1:
            chunks.append((start, file.write(data)))
            start, at = start + len(data), at + some
        some = max(1, min(2 * some, some * CHUNK // len(data)))
    file.flush()
    return SortedRun(file, key(ordered[0]), key(ordered[-1]), tuple(chunks))


def merged(runs: Iterable[SortedRun], key: Key) -> Iterator[Item]:
    """All items of some runs, in the order of their keys."""
    together: list[SortedRun] = []
    for run in sorted(runs, key=attrgetter("first")):
        if together and run.first > max(each.last for each in together):
            yield from _merged(together, key)
            together = []
        together.append(run)
    yield from _merged(together, key)


def _merged(runs: list[SortedRun], key: Key) -> Iterator[Item]:
    if len(runs) == 1:
        return runs[0].read()
    return heapq.merge(*(run.read() for run in runs), key=key)
