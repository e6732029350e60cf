"""Compute SHA-256 digests of bytes, streams, files and folders, for manifests, checksums and cache keys."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

_BLOCK = 1 << 20


class FileDigest(NamedTuple):
    """The size in bytes and the SHA-256 (64 hexadecimal digits) of some bytes."""

    size: int
    sha256: str


def sha256_of(content: bytes | Path, names: Iterable[str] | None = None, pattern: str = "*") -> str:
    """Compute a SHA-256, as 64 hexadecimal digits.

    Args:
        content: bytes, a file, or a folder, of which all files below it are hashed with their relative paths, in sorted order.
        names: in a folder, hash only these files, if they exist.
        pattern: in a folder, hash only files whose names match this glob.

    Raises:
        OSError: a file cannot be read; `filename` names it.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    digest = hashlib.sha256()
    if not content.is_dir():
        _add_file(digest, content)
        return digest.hexdigest()
    paths = content.rglob(pattern) if names is None else map(content.joinpath, names)
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(path.relative_to(content).as_posix().encode() + b"\0")
        _add_file(digest, path)
    return digest.hexdigest()


def _add_file(digest: "hashlib._Hash", path: Path) -> None:
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as problem:
        problem.filename = problem.filename or str(path)  # read(2) fails without naming the file
        raise


def digest_stream(file: BinaryIO, limit: int | None = None) -> FileDigest:
    """Compute the size and SHA-256 of an open file from its position on.

    Args:
        file: opened for reading bytes.
        limit: stop soon after so many bytes: a file longer than expected is wrong, however it ends.
    """
    digest, size = hashlib.sha256(), 0
    while (limit is None or size <= limit) and (block := file.read(_BLOCK)):
        digest.update(block)
        size += len(block)
    return FileDigest(size, digest.hexdigest())
