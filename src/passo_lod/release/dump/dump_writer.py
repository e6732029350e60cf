"""The dumps of a release: the whole and each dataset, in every syntax and packed in two ways, written in one pass over its pieces."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from passo_lod.media_types import N_QUADS, RESULTS_TSV, MediaType
from passo_lod.release.compression import (
    GZIP_HEAD,
    CompressedMember,
    combine_crc32,
    compress_member,
    gzip_trailer,
    to_zstd,
)
from passo_lod.release.distribution import Distribution, HashingWriter, write_distribution
from passo_lod.release.dump import chunk_index as contents
from passo_lod.release.dump.chunk_index import IndexedChunk
from passo_lod.release.dump.chunks import SYNTAXES, Chunk, ChunkEncoder, EncodedChunk
from passo_lod.release.dump.statistics import GraphStatistics


@dataclass(frozen=True)
class DumpTitle:
    """What a dump is called, and under which licences it is.

    Attributes:
        dataset: the name of the dataset that it holds; none where it holds all.
    """

    title: str
    licences: tuple[str, ...]
    dataset: str | None = None

    @property
    def stem(self) -> str:
        """How its files are called."""
        return f"dump/passo-{self.dataset}" if self.dataset else "dump/passo"


@dataclass
class DumpWriter:
    """Writes the dumps.

    Attributes:
        maker: of pieces.
        whole: of the dump of everything.
        datasets: by the name of each dataset that has a dump; of one that is not `expected`, only where it holds something.
        tally: to which everything is counted.
    """

    maker: ChunkEncoder
    whole: DumpTitle
    datasets: Mapping[str, DumpTitle]
    expected: Iterable[str]
    tally: GraphStatistics = field(default_factory=GraphStatistics)

    def write(self, folder: Path, pieces: Iterable[Chunk]) -> list[Distribution]:
        """Write them all below the folder of a release."""
        whole = _Dump(folder, self.whole, self.maker)
        parts = {name: _Dump(folder, self.datasets[name], self.maker) for name in self.expected}
        entries: list[IndexedChunk] = []
        for piece in pieces:
            made = self.maker.made(piece)
            if piece.in_whole:
                start = whole.size
                whole.add(piece.lines, made)
                entries.append(IndexedChunk(piece.key, piece.sha256, start, whole.size - start))
                self.tally.add(GraphStatistics.from_json(made.tally))
            if piece.dataset is not None and piece.dataset in self.datasets:
                if piece.dataset not in parts:
                    parts[piece.dataset] = _Dump(folder, self.datasets[piece.dataset], self.maker)
                parts[piece.dataset].add(piece.lines, made)
        files = [file for dump in (whole, *parts.values()) for file in dump.close()]
        return [*files, self._contents(folder, entries)]

    def _contents(self, folder: Path, entries: Iterable[IndexedChunk]) -> Distribution:
        """What stands where in the dump of everything; it depends on the compressor, so that its content has no digest."""
        title = "What stands where in the dump"
        file = write_distribution(
            folder, contents.NAME, RESULTS_TSV, title, self.whole.licences, contents.as_table(entries)
        )
        return replace(file, content_sha256=None)


class _Dump:
    """One dump in every syntax."""

    def __init__(self, folder: Path, titled: DumpTitle, maker: ChunkEncoder) -> None:
        self._titled = titled
        self._digest = hashlib.sha256()
        self._syntaxes = {syntax: _Syntax(folder, titled.stem, syntax, maker) for syntax in SYNTAXES}

    @property
    def size(self) -> int:
        """How many bytes of N-Quads packed with gzip there are so far."""
        return self._syntaxes[N_QUADS].size

    def add(self, lines: bytes, made: EncodedChunk) -> None:
        self._digest.update(lines)
        for syntax, piece in zip(self._syntaxes.values(), made.written, strict=True):
            syntax.add(piece)

    def close(self) -> list[Distribution]:
        return [file for syntax in self._syntaxes.values() for file in syntax.close(self._titled, self._digest)]


class _Syntax:
    """One dump in one syntax: a gzip file and a Zstandard file with the same content."""

    def __init__(self, folder: Path, stem: str, syntax: MediaType, maker: ChunkEncoder) -> None:
        self._syntax = syntax
        self._path = f"{stem}.{syntax.extension}"
        self._gzip, self._zstd = (HashingWriter(folder / f"{self._path}.{extension}") for extension in ("gz", "zst"))
        self._between, self._foot = compress_member(maker.between(syntax)), compress_member(maker.foot(syntax))
        self._size = self._sum = 0
        self._has_pieces = False
        self._gzip.write(GZIP_HEAD)
        self._write(compress_member(maker.head(syntax)))

    @property
    def size(self) -> int:
        return self._gzip.bytes

    def add(self, piece: CompressedMember) -> None:
        if self._has_pieces:
            self._write(self._between)
        self._write(piece)
        self._has_pieces = True

    def _write(self, piece: CompressedMember) -> None:
        if not piece.size:
            return
        self._gzip.write(piece.deflate)
        self._zstd.write(piece.zstd)
        self._sum = combine_crc32(self._sum, piece.sum, piece.shift)
        self._size += piece.size

    def close(self, titled: DumpTitle, digest: "hashlib._Hash") -> list[Distribution]:
        self._write(self._foot)
        self._gzip.write(gzip_trailer(self._size, self._sum))
        if not self._zstd.bytes:
            self._zstd.write(_NOTHING)
        name = f"{titled.title}, {self._syntax.title}"
        content = digest.hexdigest() if self._syntax is N_QUADS else None
        return [
            Distribution(
                path=f"{self._path}.{extension}",
                media_type=self._syntax,
                title=name,
                encoding=encoding,
                bytes=writing.bytes,
                sha256=writing.close(),
                content_bytes=self._size,
                content_sha256=content,
                licences=titled.licences,
                dataset=titled.dataset,
            )
            for extension, encoding, writing in (("gz", "gzip", self._gzip), ("zst", "zstd", self._zstd))
        ]


_NOTHING = to_zstd(b"")
"""A Zstandard file has at least one frame."""
