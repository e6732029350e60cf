"""Write the dumps of a release, the full one and one for each dataset, in every syntax and compression, in one pass over the chunks."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from passo_lod.media_types import N_QUADS, RESULTS_TSV, MediaType
from passo_lod.release.compression import (
    GZIP_HEADER,
    CompressedChunk,
    combine_crc32,
    compress_chunk,
    gzip_trailer,
    to_zstd,
)
from passo_lod.release.distribution import Distribution, HashingWriter, write_distribution
from passo_lod.release.dump import chunk_index
from passo_lod.release.dump.chunk_index import IndexedChunk
from passo_lod.release.dump.chunks import SYNTAXES, Chunk, ChunkEncoder, EncodedChunk
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.release_layout import CHUNK_INDEX


@dataclass(frozen=True)
class DumpMetadata:
    """Title and licences of a dump.

    Attributes:
        title: in English, without the syntax.
        licences: IRIs.
        dataset: name of the dataset that it contains; None for the full dump.
    """

    title: str
    licences: tuple[str, ...]
    dataset: str | None = None

    @property
    def stem(self) -> str:
        """The path of its files below the release folder, without extensions."""
        return f"dump/passo-{self.dataset}" if self.dataset else "dump/passo"


@dataclass
class DumpWriter:
    """Writes all dumps of a release.

    Attributes:
        encoder: encodes the chunks.
        full: metadata of the full dump.
        datasets: metadata of the dump of each dataset, by the dataset's name.
        required: names of the datasets whose dump is written even if it is empty.
        statistics: to which the statistics of all chunks are added.
    """

    encoder: ChunkEncoder
    full: DumpMetadata
    datasets: Mapping[str, DumpMetadata]
    required: Iterable[str]
    statistics: GraphStatistics = field(default_factory=GraphStatistics)

    def write(self, folder: Path, chunks: Iterable[Chunk]) -> list[Distribution]:
        """Write all dumps, and the index of the chunks of the full one, below a release folder."""
        full = _Dump(folder, self.full, self.encoder)
        by_dataset = {name: _Dump(folder, self.datasets[name], self.encoder) for name in self.required}
        index: list[IndexedChunk] = []
        for chunk in chunks:
            encoded = self.encoder.encode(chunk)
            if chunk.in_full_dump:
                start = full.n_quads_size
                full.add(chunk.lines, encoded)
                index.append(IndexedChunk(chunk.key, chunk.sha256, start, full.n_quads_size - start))
                self.statistics.add(encoded.statistics)
            if chunk.dataset is not None and chunk.dataset in self.datasets:
                if chunk.dataset not in by_dataset:
                    by_dataset[chunk.dataset] = _Dump(folder, self.datasets[chunk.dataset], self.encoder)
                by_dataset[chunk.dataset].add(chunk.lines, encoded)
        files = [file for dump in (full, *by_dataset.values()) for file in dump.close()]
        return [*files, self._write_index(folder, index)]

    def _write_index(self, folder: Path, index: Iterable[IndexedChunk]) -> Distribution:
        file = write_distribution(
            folder,
            CHUNK_INDEX,
            RESULTS_TSV,
            "What stands where in the dump",
            self.full.licences,
            chunk_index.as_tsv(index),
        )
        # The positions depend on the version of the compressor, so the content has no digest that others could compare.
        return replace(file, content_sha256=None)


class _Dump:
    """One dump while it is written, in every syntax."""

    def __init__(self, folder: Path, metadata: DumpMetadata, encoder: ChunkEncoder) -> None:
        self._metadata = metadata
        self._n_quads_digest = hashlib.sha256()
        self._files = {syntax: _SyntaxFiles(folder, metadata.stem, syntax, encoder) for syntax in SYNTAXES}

    @property
    def n_quads_size(self) -> int:
        """Bytes written to the gzip file of N-Quads so far."""
        return self._files[N_QUADS].gzip_size

    def add(self, lines: bytes, encoded: EncodedChunk) -> None:
        self._n_quads_digest.update(lines)
        for files, chunk in zip(self._files.values(), encoded.compressed, strict=True):
            files.add(chunk)

    def close(self) -> list[Distribution]:
        digest = self._n_quads_digest.hexdigest()
        return [file for files in self._files.values() for file in files.close(self._metadata, digest)]


class _SyntaxFiles:
    """One dump in one syntax while it is written: a gzip file and a Zstandard file with the same content."""

    def __init__(self, folder: Path, stem: str, syntax: MediaType, encoder: ChunkEncoder) -> None:
        self._syntax = syntax
        self._path = f"{stem}.{syntax.extension}"
        self._gzip, self._zstd = (HashingWriter(folder / f"{self._path}.{extension}") for extension in ("gz", "zst"))
        self._separator, self._footer = (
            compress_chunk(encoder.separator(syntax)),
            compress_chunk(encoder.footer(syntax)),
        )
        self._size = self._crc32 = 0
        self._has_chunks = False
        self._gzip.write(GZIP_HEADER)
        self._write(compress_chunk(encoder.header(syntax)))

    @property
    def gzip_size(self) -> int:
        return self._gzip.bytes

    def add(self, chunk: CompressedChunk) -> None:
        if self._has_chunks:
            self._write(self._separator)
        self._write(chunk)
        self._has_chunks = True

    def _write(self, chunk: CompressedChunk) -> None:
        if not chunk.size:
            return
        self._gzip.write(chunk.deflate)
        self._zstd.write(chunk.zstd)
        self._crc32 = combine_crc32(self._crc32, chunk.crc32, chunk.crc32_shift)
        self._size += chunk.size

    def close(self, metadata: DumpMetadata, n_quads_sha256: str) -> list[Distribution]:
        self._write(self._footer)
        self._gzip.write(gzip_trailer(self._size, self._crc32))
        if not self._zstd.bytes:
            self._zstd.write(_EMPTY_ZSTD_FRAME)
        return [
            Distribution(
                path=f"{self._path}.{extension}",
                media_type=self._syntax,
                title=f"{metadata.title}, {self._syntax.title}",
                encoding=encoding,
                bytes=file.bytes,
                sha256=file.close(),
                content_bytes=self._size,
                content_sha256=n_quads_sha256 if self._syntax is N_QUADS else None,
                licences=metadata.licences,
                dataset=metadata.dataset,
            )
            for extension, encoding, file in (("gz", "gzip", self._gzip), ("zst", "zstd", self._zstd))
        ]


_EMPTY_ZSTD_FRAME = to_zstd(b"")
"""A Zstandard file without content still has one frame."""
