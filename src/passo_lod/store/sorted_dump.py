"""Look up the quads about a subject in the sorted N-Quads dump of a release, for the pages of resources.

The dump is sorted by bytes, so the quads about one subject, and the subjects below one IRI, are adjacent: binary search finds them, in memory or in a
memory-mapped file. Literals have the lexical forms of the dump, whereas the query engine returns a `10000.00` of another publisher as `10000`.
"""

import mmap
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

_GRAPH = re.compile(
    rb'^(?:<[^<>]*>|_:[^ ]+) <[^<>]*> (?:<[^<>]*>|_:[^ ]+|"(?:[^"\\]|\\.)*+"[^ ]*) <([^<>]*)> \.$', re.MULTILINE
)
"""Matches a line with a graph name, and captures the IRI of the graph."""


class SortedDump:
    """An N-Quads dump whose lines are sorted by bytes."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data

    @classmethod
    def map(cls, path: Path) -> "SortedDump":
        """Memory-map a sorted dump.

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
        """The subjects whose IRIs start with a prefix, sorted."""
        start, end = self._range(f"<{prefix}".encode())
        while start < end:
            subject = self._line(start).partition(b"> ")[0]
            yield subject[1:].decode()
            start = self._range(subject + b"> ")[1]

    def graphs(self) -> dict[str, int]:
        """The IRIs of the named graphs with their numbers of triples."""
        counts = Counter(match[1] for match in _GRAPH.finditer(self._data))
        return {iri.decode(): count for iri, count in sorted(counts.items())}

    # -- searching

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Start and end offset of the lines that start with a prefix."""
        return self._first_from(prefix), self._first_from(prefix[:-1] + bytes([prefix[-1] + 1]))

    def _first_from(self, key: bytes) -> int:
        """The offset of the first line that is not less than the key, which has no newline."""
        low, high = 0, len(self._data)
        while low < high:
            start = self._line_start((low + high) // 2)
            if self._data[start : start + len(key)] < key:
                low = self._line_end(start)
            else:
                high = start
        return low

    def _line(self, start: int) -> bytes:
        return bytes(self._data[start : self._line_end(start)])

    def _line_end(self, start: int) -> int:
        return self._data.find(b"\n", start) + 1 or len(self._data)

    def _line_start(self, offset: int) -> int:
        """The start of the line that contains an offset."""
        return self._data.rfind(b"\n", 0, offset) + 1
