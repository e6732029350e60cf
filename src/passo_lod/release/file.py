"""One file of a release: what it is called, what it holds, how large it is, and under which licence it is."""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from passo_lod.media_types import MediaType


@dataclass(frozen=True)
class File:
    """One file of a release (dcat:Distribution).

    Attributes:
        content_sha256: of the content before compression, because compressors change with their versions.
        licences: of what is in it; several where sources under several are in it.
        dataset: the name of the dataset it holds, where it holds one only.
    """

    path: str
    media_type: MediaType
    title: str
    encoding: str | None
    bytes: int
    sha256: str
    content_bytes: int
    content_sha256: str
    licences: tuple[str, ...] = ()
    dataset: str | None = None


Stage = Callable[[], tuple[File, bytes]]


def made(
    path: str,
    media_type: MediaType,
    title: str,
    licences: tuple[str, ...],
    content: bytes,
    dataset: str | None = None,
) -> tuple[File, bytes]:
    """A file and its bytes, packed as its extension says."""
    data = gzip.compress(content, compresslevel=6, mtime=0) if path.endswith(".gz") else content
    encoding = "gzip" if path.endswith(".gz") else None
    sizes = (len(data), sha256(data), len(content), sha256(content))
    return File(path, media_type, title, encoding, *sizes, licences, dataset), data


def sha256(data: bytes) -> str:
    """A digest as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
