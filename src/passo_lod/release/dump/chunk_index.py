"""What stands where in the dump of a release: its pieces by what they are about, so that two dumps are compared without reading either to its end.

A piece of the dump has an address of its own in the packed file, because pieces refer to nothing before them (`release/pieces.py`).
"""

import gzip
import hashlib
import io
import os
import zlib
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from passo_lod.errors import ReleaseError
from passo_lod.release.compression import NOT_UNPACKED

NAME = "contents.tsv.gz"
_READ = 1 << 20


class IndexedChunk(NamedTuple):
    """One piece of a dump in N-Quads.

    Attributes:
        key: how the first of its lines begin, up to the end of what they are about; no line before it begins so, or comes later.
        sha256: of its lines.
        start: where it begins in the packed file.
        size: how many bytes of the packed file it has; of all that is there, 0.
    """

    key: bytes
    sha256: bytes
    start: int
    size: int


def as_table(entries: Iterable[IndexedChunk]) -> bytes:
    """Entries as text: a line each, its fields separated by tabs, which stand in no IRI."""
    return b"".join(
        b"%b\t%b\t%d\t%d\n" % (each.key, each.sha256.hex().encode(), each.start, each.size) for each in entries
    )


@dataclass(frozen=True)
class ChunkIndex:
    """The lines of a dump, piece by piece.

    Attributes:
        dump: N-Quads, packed with gzip.
        table: what `as_table` wrote; where there is no such file, the dump is one piece.
    """

    dump: Path
    table: Path

    @cached_property
    def entries(self) -> list[IndexedChunk]:
        """The pieces, in the order of their lines."""
        try:
            if not self.table.is_file():
                return [IndexedChunk(b"", str(self.dump).encode(), 0, 0)]
            packed = self.table.read_bytes()
            if not packed:
                raise EOFError("it is empty")
            rows = (line.rsplit(b"\t", 3) for line in gzip.decompress(packed).splitlines())
            entries = [
                IndexedChunk(key, bytes.fromhex(digest.decode()), int(start), int(size))
                for key, digest, start, size in rows
            ]
            _refuse_gaps(entries)
            return entries
        except (*NOT_UNPACKED, ValueError) as problem:
            raise _unreadable(self.table, problem) from problem

    @cached_property
    def _keys(self) -> list[bytes]:
        return [each.key for each in self.entries]

    def lines(self, entries: Iterable[IndexedChunk] | None = None) -> Iterator[bytes]:
        """All lines, or those of some pieces.

        Raises:
            ReleaseError: the dump cannot be read.
        """
        try:
            with self.dump.open("rb") as file:
                end = os.fstat(file.fileno()).st_size
                for entry in self.entries if entries is None else entries:
                    if entry.start + entry.size > end:
                        raise EOFError("it ends before its last piece")
                    file.seek(entry.start)
                    if entry.size:
                        text = zlib.decompressobj(-zlib.MAX_WBITS).decompress(file.read(entry.size))
                        if hashlib.sha256(text).digest() != entry.sha256:
                            raise EOFError("a piece is not as it was written")
                        yield from text.splitlines(keepends=True)
                    else:
                        yield from io.BufferedReader(gzip.GzipFile(fileobj=file), _READ)
        except NOT_UNPACKED as problem:
            raise _unreadable(self.dump, problem) from problem

    def apart(self, other: "ChunkIndex") -> Iterator[bytes]:
        """The lines of the pieces that the other has not: a line of any other piece stands in both."""
        there = {each.sha256 for each in other.entries}
        return self.lines(each for each in self.entries if each.sha256 not in there)

    def near(self, starts: Collection[bytes]) -> Iterator[bytes]:
        """At least the lines that begin so, in their order, and others of the same pieces."""
        wanted: set[int] = set()
        for start in starts:
            place = max(bisect_right(self._keys, start) - 1, 0)
            wanted.add(place)
            while place + 1 < len(self._keys) and self._keys[place + 1].startswith(start):
                place += 1
                wanted.add(place)
        return self.lines(self.entries[place] for place in sorted(wanted) if place < len(self.entries))


def _refuse_gaps(entries: Iterable[IndexedChunk]) -> None:
    """Each piece begins where the one before it ends.

    Raises:
        ValueError: one does not.
    """
    end = None
    for entry in entries:
        if entry.size <= 0 or entry.start < 0 or (end is not None and entry.start != end):
            raise ValueError(f"{entry.start} and {entry.size} follow no piece")
        end = entry.start + entry.size


def _unreadable(path: Path, problem: Exception) -> ReleaseError:
    return ReleaseError(f"{path}: cannot be read ({problem}); publish the release again")
