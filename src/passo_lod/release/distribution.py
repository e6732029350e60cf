"""Write one file of a release and describe it: path, format, size, checksums and licences. Every stage of a release uses it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passo_lod.digests import FileDigest, digest_stream, sha256_of
from passo_lod.media_types import MediaType
from passo_lod.release.compression import COMPRESSORS
from passo_lod.release.repository.durable_io import flush, write_durably


@dataclass(frozen=True)
class Distribution:
    """One file of a release (dcat:Distribution).

    Attributes:
        path: below the folder of the release.
        encoding: the content coding, such as `gzip`; None if the file is not compressed.
        bytes: the size of the file.
        content_bytes: the size before compression.
        content_sha256: of the content before compression, because compressors change with their versions; of a dump written in chunks
            only the N-Quads have one, since they determine the content in all other syntaxes.
        licences: IRIs of the licences of what is in it; several if it has data of several sources.
        dataset: the name of the dataset in it; None if it has data of several.
        table: of a flat table: name, titles, descriptions and number of rows.
    """

    path: str
    media_type: MediaType
    title: str
    encoding: str | None
    bytes: int
    sha256: str
    content_bytes: int
    content_sha256: str | None
    licences: tuple[str, ...] = ()
    dataset: str | None = None
    table: Mapping[str, Any] | None = None


Stage = Callable[[Path], Sequence[Distribution]]
"""Writes some files below the folder of a release, flushed to disk, and returns their descriptions."""


def write_distribution(
    folder: Path,
    path: str,
    media_type: MediaType,
    title: str,
    licences: tuple[str, ...],
    content: bytes,
    dataset: str | None = None,
    table: Mapping[str, Any] | None = None,
) -> Distribution:
    """Write a file below the folder of a release, compressed as its extension says, and flush it to disk."""
    encoding, compress = COMPRESSORS.get(path.rpartition(".")[2], (None, _uncompressed))
    data = compress(content)
    write_durably(folder / path, data)
    sizes = (len(data), sha256_of(data), len(content), sha256_of(content))
    return Distribution(path, media_type, title, encoding, *sizes, licences, dataset, table)


def _uncompressed(content: bytes) -> bytes:
    return content


class HashingWriter:
    """A file that is written in parts and hashed meanwhile.

    Attributes:
        bytes: how many have been written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._digest.update(data)
        self.bytes += len(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 of what has been written."""
        return self._digest.hexdigest()

    def close(self) -> str:
        """Flush the file to disk and close it; return its SHA-256."""
        with self._file:
            flush(self._file)
        return self.sha256


@contextmanager
def open_distribution(path: Path) -> Iterator[HashingWriter]:
    """Open a file for writing in parts; it is flushed to disk when it is closed."""
    with closing(HashingWriter(path)) as writer:
        yield writer


def flush_and_digest(path: Path) -> FileDigest:
    """Flush to disk a file that a library has written, and compute its size and SHA-256."""
    with path.open("rb+") as file:
        flush(file)
        return digest_stream(file)
