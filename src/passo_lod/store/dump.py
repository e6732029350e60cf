"""Read what a release says of one thing straight from its canonical dump, with every literal as it was published.

The query engine keeps numbers by their value: `10000.00` comes back as `10000`. The dump is sorted, so that the statements
about one subject stand together, and one look-up finds them as they were written.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat


class SortedDump:
    """A sorted N-Quads dump in memory, with the place of every subject."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._places = dict(_places(data))

    @classmethod
    def open(cls, path: Path) -> "SortedDump":
        """Load a dump, compressed with gzip or not.

        Raises:
            OSError: it cannot be read.
            EOFError: it is cut off.
        """
        data = path.read_bytes()
        return cls(gzip.decompress(data) if path.suffix == ".gz" else data)

    def about(self, iri: str) -> Iterator[Quad]:
        """The quads whose subject is the IRI, in the order of the dump."""
        start, end = self._places.get(iri, (0, 0))
        return iter(ox.parse(self._data[start:end], format=RdfFormat.N_QUADS))


def _places(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each subject with where its lines begin and end."""
    subject, start, position = b"", 0, 0
    for line in data.splitlines(keepends=True):
        found = line.partition(b" ")[0]
        if found != subject:
            if subject:
                yield _iri(subject), (start, position)
            subject, start = found, position
        position += len(line)
    if subject:
        yield _iri(subject), (start, position)


def _iri(subject: bytes) -> str:
    return subject.decode().removeprefix("<").removesuffix(">")
