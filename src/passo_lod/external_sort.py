"""Sort more items than fit in memory: write sorted runs to a temporary file and merge them, for dumps, tables, feeds and the disk index.

Records mostly arrive in the order of their ids, so most runs do not overlap: these are read one after the other and not merged.
"""

import heapq
import marshal
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

T = TypeVar("T")
"""The type of an item: bytes, str, numbers, None, or lists and tuples of these, which `marshal` can write."""

Key = Callable[[T], Any]

BLOCK_BYTES = 60_000
"""Target size of a block, the unit in which a run is read; a block exceeds twice this size only if it holds a single item."""


def sort_externally(
    items: Iterable[T], folder: Path, max_size: int, size_of: Callable[[T], int], key: Key[T]
) -> Iterator[T]:
    """Yield items in the order of their keys; items with equal keys come in no particular order.

    Args:
        items: the items.
        folder: where the temporary file is created.
        max_size: total size of the items kept in memory; when they exceed it, they are written to the file.
        size_of: the size of one item, in the unit of `max_size`.
        key: the sort key of an item.
    """
    with open_run_file(folder) as file:
        runs: list[SortedRun[T]] = []
        in_memory: list[T] = []
        size = 0
        for item in items:
            in_memory.append(item)
            size += size_of(item)
            if size > max_size:
                runs.append(write_run(in_memory, file, key))
                in_memory, size = [], 0
        in_memory.sort(key=key)
        yield from heapq.merge(merge_runs(runs, key), in_memory, key=key) if runs else in_memory


def open_run_file(folder: Path) -> IO[bytes]:
    """Open a temporary file for runs; the system deletes it when it is closed or the process ends."""
    return tempfile.TemporaryFile(dir=folder, prefix=".runs-")


@dataclass(frozen=True)
class SortedRun(Generic[T]):
    """A sequence of sorted items in a file.

    Attributes:
        file: the file, which may hold other runs too.
        first: the smallest key.
        last: the largest key.
        blocks: start and length of each block, in bytes.
    """

    file: IO[bytes]
    first: Any
    last: Any
    blocks: tuple[tuple[int, int], ...]

    def read(self) -> Iterator[T]:
        """Yield the items in order; several readers may read at the same time."""
        for start, length in self.blocks:
            # This process wrote the file, and nobody else can open it: marshal is safe here.
            yield from marshal.loads(os.pread(self.file.fileno(), length, start))  # noqa: S302


def write_run(items: Iterable[T], file: IO[bytes], key: Key[T]) -> SortedRun[T]:
    """Sort items and append them to a file as a run.

    Args:
        items: at least one item.
        file: a file from `open_run_file`.
        key: the sort key of an item.
    """
    ordered = sorted(items, key=key)
    start = file.seek(0, os.SEEK_END)
    blocks, at, count = [], 0, 1
    while at < len(ordered):
        data = marshal.dumps(ordered[at : at + count])
        if len(data) <= 2 * BLOCK_BYTES or count == 1:
            blocks.append((start, file.write(data)))
            start, at = start + len(data), at + count
        count = max(1, min(2 * count, count * BLOCK_BYTES // len(data)))
    file.flush()
    return SortedRun(file, key(ordered[0]), key(ordered[-1]), tuple(blocks))


def merge_runs(runs: Iterable[SortedRun[T]], key: Key[T]) -> Iterator[T]:
    """Yield the items of several runs in the order of their keys."""
    overlapping: list[SortedRun[T]] = []
    for run in sorted(runs, key=attrgetter("first")):
        if overlapping and run.first > max(each.last for each in overlapping):
            yield from _merge_overlapping(overlapping, key)
            overlapping = []
        overlapping.append(run)
    yield from _merge_overlapping(overlapping, key)


def _merge_overlapping(runs: list[SortedRun[T]], key: Key[T]) -> Iterator[T]:
    if len(runs) == 1:
        return runs[0].read()
    return heapq.merge(*(run.read() for run in runs), key=key)
