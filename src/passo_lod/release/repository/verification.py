"""Is a release whole? Recompute every checksum, of the files as they lie there and of what is in them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from passo_lod.release.compression import NOT_UNPACKED, UNPACKED
from passo_lod.release.repository.manifest_reader import read_manifest

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"

_BLOCK = 1 << 20


@dataclass(frozen=True)
class DamagedFile:
    """One file of a release that is not as it should be."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True)
class FileDigest:
    """The size and the sha256 of some bytes."""

    size: int
    sha256: str


def verify_files(folder: Path, *, is_deep: bool = True) -> Iterator[DamagedFile]:
    """What is wrong with a release, file by file.

    Args:
        folder: the release.
        is_deep: whether to read every file; otherwise that it is there, in its size, is enough.
    """
    files = dict(_files(folder))
    manifest = read_manifest(folder)
    if manifest is None:
        yield DamagedFile(
            MANIFEST, "is missing" if MANIFEST not in files else "cannot be read: it should be a JSON object"
        )
    listed = {str(each.get("path")): each for each in (manifest or {}).get("files", [])}
    sums = _read_sums(folder / SUMS) if SUMS in files else {}
    if not sums:
        yield DamagedFile(
            SUMS, "is missing" if SUMS not in files else "cannot be read: '<sha256>  <path>' on every line"
        )
    if manifest is not None and manifest.get("id") != folder.name:
        yield DamagedFile(
            MANIFEST, f"says that this is the release {manifest.get('id')}, and the folder is {folder.name}"
        )
    for path in sorted({*files, *listed, *sums} - {SUMS}):
        fault = next(_faults(path, files.get(path), listed.get(path), sums, is_deep=is_deep), None)
        if fault:
            yield DamagedFile(path, fault)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything below a release that is not a folder: what a manifest lists is looked up here, and never joined to a path."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix(), path


def _read_sums(path: Path) -> dict[str, str]:
    """Every path with its sha256; nothing, where one line cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    pairs = [line.partition("  ") for line in lines]
    return {name: digest for digest, _, name in pairs} if all(name and len(digest) == 64 for digest, _, name in pairs) else {}  # fmt: skip


def _faults(
    path: str, file: Path | None, listed: Mapping[str, Any] | None, sums: Mapping[str, str], *, is_deep: bool
) -> Iterator[str]:
    """What is wrong with one file; the first says enough."""
    if file is None:
        yield "is missing"
        return
    if file.is_symlink() or not file.is_file():
        yield "is no ordinary file"
        return
    if listed is None and path != MANIFEST:
        yield "is extra: the manifest does not list it"
    elif path not in sums and sums:
        yield f"is not in {SUMS}"
    try:
        yield from _wrong_bytes(file, listed or {}, sums.get(path), is_deep=is_deep)
    except OSError as problem:
        yield f"cannot be read ({problem.strerror or problem})"


def _wrong_bytes(file: Path, listed: Mapping[str, Any], summed: str | None, *, is_deep: bool) -> Iterator[str]:
    size = file.stat().st_size
    if listed and listed.get("bytes") != size:
        yield f"has {size:,} bytes, and the manifest says {listed.get('bytes')}"
    if not is_deep:
        return
    with file.open("rb") as opened:
        digest = _digest(opened)
    if summed and digest.sha256 != summed:
        yield f"has the sha256 {digest.sha256[:12]}…, and {SUMS} says {summed[:12]}…"
    if listed and listed.get("sha256") != digest.sha256:
        yield f"has the sha256 {digest.sha256[:12]}…, and the manifest says {str(listed.get('sha256'))[:12]}…"
    if "content_bytes" in listed:
        yield from _wrong_content(file, listed, digest)


def _wrong_content(file: Path, listed: Mapping[str, Any], packed: FileDigest) -> Iterator[str]:
    encoding, size, content = (listed.get(key) for key in ("encoding", "content_bytes", "content_sha256"))
    if encoding is not None and encoding not in UNPACKED:
        yield f"cannot be unpacked: unknown encoding {encoding}; known: {', '.join(UNPACKED)}"
        return
    try:
        found = _unpacked(file, encoding, size if isinstance(size, int) else -1) if encoding else packed
    except NOT_UNPACKED as problem:
        yield f"cannot be unpacked ({problem})"
        return
    if found.size != size or content not in (None, found.sha256):
        digest = f"sha256 {str(content)[:12]}…, " if content else ""
        yield f"holds other content than the manifest says ({digest}{size} bytes)"


def _unpacked(file: Path, encoding: str, size: int) -> FileDigest:
    with UNPACKED[encoding](file) as opened:
        return _digest(opened, size)


def _digest(opened: BinaryIO, at_most: int | None = None) -> FileDigest:
    """The digest of all bytes; of more than there should be, no more is read."""
    digest, size = hashlib.sha256(), 0
    while (block := opened.read(_BLOCK)) and (at_most is None or size <= at_most):
        digest.update(block)
        size += len(block)
    return FileDigest(size, digest.hexdigest())
