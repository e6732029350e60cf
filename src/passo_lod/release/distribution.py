"""One file of a release: what it is called, what it holds, how large it is, and under which licence it is."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passo_lod.media_types import MediaType
from passo_lod.release.compression import COMPRESSORS
from passo_lod.release.repository import durable_io as disk


@dataclass(frozen=True)
class Distribution:
    """One file of a release (dcat:Distribution).

    Attributes:
        content_sha256: of the content before compression, because compressors change with their versions; of a dump in pieces
            only its N-Quads have one, whose content decides that of all other syntaxes.
        licences: of what is in it; several where sources under several are in it.
        dataset: the name of the source whose data it holds, where it holds that of one only.
        table: of a flat table, or of what describes tables: its name, titles, descriptions and how many rows it has.
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
"""Writes some files below the folder of a release, flushed to disk, and says what they are."""


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
    """Write a file whose content is at hand, packed as its extension says."""
    encoding, compress = COMPRESSORS.get(path.rpartition(".")[2], (None, _as_it_is))
    data = compress(content)
    disk.write_durably(folder / path, data)
    sizes = (len(data), sha256(data), len(content), sha256(content))
    return Distribution(path, media_type, title, encoding, *sizes, licences, dataset, table)


class HashingWriter:
    """A file that is written bit by bit.

    Attributes:
        bytes: how many there are so far.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Write what comes next."""
        self._file.write(data)
        self._digest.update(data)
        self.bytes += len(data)

    @property
    def sha256(self) -> str:
        """The digest of what is written so far."""
        return self._digest.hexdigest()

    def close(self) -> str:
        """Flush all to the disk; the digest of the file."""
        with self._file:
            disk.flush(self._file)
        return self.sha256


@contextmanager
def open_distribution(path: Path) -> Iterator[HashingWriter]:
    """Write a file straight to its place, flushed to disk in the end."""
    with closing(HashingWriter(path)) as writing:
        yield writing


def counted(path: Path) -> tuple[int, str]:
    """The size and the digest of a file that another program wrote; it is flushed to disk."""
    with path.open("rb+") as file:
        disk.flush(file)
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def _as_it_is(content: bytes) -> bytes:
    return content


def sha256(data: bytes) -> str:
    """A digest as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
