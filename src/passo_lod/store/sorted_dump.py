"""Read what a release says of one thing straight from its canonical dump, with every literal as it was published.

The query engine keeps numbers by their value: `10000.00` comes back as `10000`. The dump is sorted, so that the statements
about one subject stand together, and a search finds them as they were written: in memory, or in a file that is mapped into it.
"""

import mmap
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

_STEP = 4096
"""Every so many bytes the beginning of a line is remembered; between two of these a search reads line by line."""

_GRAPH = re.compile(
    rb'^(?:<[^<>]*>|_:[^ ]+) <[^<>]*> (?:<[^<>]*>|_:[^ ]+|"(?:[^"\\]|\\.)*+"[^ ]*) <([^<>]*)> \.$', re.MULTILINE
)
"""The fourth term of a line that has one."""


class SortedDump:
    """A sorted N-Quads dump; lines are in the order of their bytes."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self._starts = sorted({self._line_at(place) for place in range(0, len(data), _STEP)})
        self._firsts = [self._line(start) for start in self._starts]

    @classmethod
    def map(cls, path: Path) -> "SortedDump":
        """A sorted dump that stays on disk.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b"")

    def about(self, iri: str) -> Iterator[Quad]:
        """The quads whose subject is the IRI, in the order of the dump."""
        start, end = self._range(f"<{iri}> ".encode())
        return iter(ox.parse(bytes(self._data[start:end]), format=RdfFormat.N_QUADS))

    def has(self, iri: str) -> bool:
        """Whether the IRI is a subject."""
        start, end = self._range(f"<{iri}> ".encode())
        return start < end

    def subjects(self, prefix: str) -> Iterator[str]:
        """The subjects whose IRIs begin so, in order."""
        start, end = self._range(f"<{prefix}".encode())
        while start < end:
            subject = self._line(start).partition(b"> ")[0]
            yield subject[1:].decode()
            start = self._range(subject + b"> ")[1]

    def graphs(self) -> dict[str, int]:
        """The named graphs, and how many triples each holds."""
        found = Counter(match[1] for match in _GRAPH.finditer(self._data))
        return {iri.decode(): count for iri, count in sorted(found.items())}

    # -- searching

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Where the lines that begin so stand, which is one stretch."""
        return self._first_from(prefix), self._first_from(prefix[:-1] + bytes([prefix[-1] + 1]))

    def _first_from(self, key: bytes) -> int:
        """Where the first line stands that is not before the key."""
        step = bisect_left(self._firsts, key)
        start = self._starts[step - 1] if step else 0
        while start < len(self._data) and self._line(start) < key:
            start = self._after(start)
        return start

    def _line(self, start: int) -> bytes:
        return bytes(self._data[start : self._after(start)])

    def _after(self, start: int) -> int:
        return self._data.find(b"\n", start) + 1 or len(self._data)

    def _line_at(self, place: int) -> int:
        """Where the line begins that a place lies in."""
        return self._data.rfind(b"\n", 0, place) + 1
