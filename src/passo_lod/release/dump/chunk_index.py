"""Index the chunks of `passo.nq.gz`, so that two releases are compared without reading either dump to its end.

Every chunk can be decompressed by itself, because none refers to what stands before it (`release/dump/chunks.py`).
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
from passo_lod.release.compression import DECOMPRESSION_ERRORS

_BUFFER_BYTES = 1 << 20


class IndexedChunk(NamedTuple):
    """One chunk of a dump in N-Quads.

    Attributes:
        key: how the first of its lines begins (`SubjectBlock.key`); all lines of earlier chunks sort before it.
        sha256: digest of its lines.
        start: its first byte in the compressed file.
        size: its bytes in the compressed file; 0 stands for the whole file, of a release without an index.
    """

    key: bytes
    sha256: bytes
    start: int
    size: int


def as_tsv(chunks: Iterable[IndexedChunk]) -> bytes:
    """Serialise chunks, one a line, with fields separated by tabs, which no IRI contains."""
    return b"".join(
        b"%b\t%b\t%d\t%d\n" % (chunk.key, chunk.sha256.hex().encode(), chunk.start, chunk.size) for chunk in chunks
    )


@dataclass(frozen=True)
class ChunkIndex:
    """Reads the lines of a dump, all of them or those of some chunks.

    Attributes:
        dump: N-Quads, compressed with gzip.
        index_file: the result of `as_tsv`, compressed with gzip; without such a file the dump is one chunk.
    """

    dump: Path
    index_file: Path

    @cached_property
    def chunks(self) -> list[IndexedChunk]:
        """The chunks in the order of their lines.

        Raises:
            ReleaseError: the index cannot be read, or its chunks do not follow one another.
        """
        try:
            if not self.index_file.is_file():
                return [IndexedChunk(b"", str(self.dump).encode(), 0, 0)]
            compressed = self.index_file.read_bytes()
            if not compressed:
                raise EOFError("it is empty")
            rows = (line.rsplit(b"\t", 3) for line in gzip.decompress(compressed).splitlines())
            chunks = [
                IndexedChunk(key, bytes.fromhex(digest.decode()), int(start), int(size))
                for key, digest, start, size in rows
            ]
            _check_contiguous(chunks)
            return chunks
        except (*DECOMPRESSION_ERRORS, ValueError) as problem:
            raise _unreadable(self.index_file, problem) from problem

    @cached_property
    def _keys(self) -> list[bytes]:
        return [chunk.key for chunk in self.chunks]

    def lines(self, chunks: Iterable[IndexedChunk] | None = None) -> Iterator[bytes]:
        """Yield the lines of some chunks; without an argument, of all.

        Raises:
            ReleaseError: the dump cannot be read, or a chunk has another digest than the index gives.
        """
        try:
            with self.dump.open("rb") as file:
                end = os.fstat(file.fileno()).st_size
                for chunk in self.chunks if chunks is None else chunks:
                    if chunk.start + chunk.size > end:
                        raise EOFError("it ends before its last chunk")
                    file.seek(chunk.start)
                    if chunk.size:
                        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(file.read(chunk.size))
                        if hashlib.sha256(content).digest() != chunk.sha256:
                            raise EOFError("a chunk has another SHA-256 than its index says")
                        yield from content.splitlines(keepends=True)
                    else:
                        yield from io.BufferedReader(gzip.GzipFile(fileobj=file), _BUFFER_BYTES)
        except DECOMPRESSION_ERRORS as problem:
            raise _unreadable(self.dump, problem) from problem

    def differing_lines(self, other: "ChunkIndex") -> Iterator[bytes]:
        """Yield the lines of the chunks that the other dump lacks; all lines of the remaining chunks are in both dumps."""
        shared = {chunk.sha256 for chunk in other.chunks}
        return self.lines(chunk for chunk in self.chunks if chunk.sha256 not in shared)

    def lines_with_prefix(self, prefixes: Collection[bytes]) -> Iterator[bytes]:
        """Yield the lines that begin with one of the prefixes, in order, among other lines of the same chunks."""
        wanted: set[int] = set()
        for prefix in prefixes:
            at = max(bisect_right(self._keys, prefix) - 1, 0)
            wanted.add(at)
            while at + 1 < len(self._keys) and self._keys[at + 1].startswith(prefix):
                at += 1
                wanted.add(at)
        return self.lines(self.chunks[at] for at in sorted(wanted) if at < len(self.chunks))


def _check_contiguous(chunks: Iterable[IndexedChunk]) -> None:
    """Check that each chunk begins where the one before it ends.

    Raises:
        ValueError: one does not.
    """
    end = None
    for chunk in chunks:
        if chunk.size <= 0 or chunk.start < 0 or (end is not None and chunk.start != end):
            raise ValueError(f"a chunk of {chunk.size} bytes at {chunk.start} does not follow the one before it")
        end = chunk.start + chunk.size


def _unreadable(path: Path, problem: Exception) -> ReleaseError:
    return ReleaseError(f"{path}: cannot be read ({problem}); publish the release again")
