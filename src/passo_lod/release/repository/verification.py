"""Verify that a release is complete and undamaged: recompute the checksums of its files and of their uncompressed content."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from passo_lod.digests import FileDigest, digest_stream
from passo_lod.disk_index import INDEX
from passo_lod.errors import ReleaseError
from passo_lod.release.compression import DECOMPRESSION_ERRORS, DECOMPRESSORS
from passo_lod.release_layout import MANIFEST, SUMS, ListedFile, Manifest, read_manifest


@dataclass(frozen=True)
class DamagedFile:
    """One file of a release that is not as it was published.

    Attributes:
        path: below the folder of the release.
        problem: what is wrong, as a predicate: "is missing".
    """

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def verify_files(folder: Path, *, check_content: bool = True) -> Iterator[DamagedFile]:
    """Compare the files of a release with its manifest and its checksums.

    Args:
        folder: the release.
        check_content: whether to read every file; otherwise only existence and size are compared.
    """
    files = dict(_files_below(folder))
    manifest: Manifest | None = None
    try:
        manifest = read_manifest(folder)
    except ReleaseError as problem:
        yield DamagedFile(MANIFEST, "is missing" if MANIFEST not in files else f"cannot be read: {problem}")
    sums = _read_sums(folder / SUMS) if SUMS in files else {}
    if not sums:
        problem_of_sums = "is missing" if SUMS not in files else "cannot be read: '<sha256>  <path>' on every line"
        yield DamagedFile(SUMS, problem_of_sums)
    if manifest and manifest.id != folder.name:
        yield DamagedFile(MANIFEST, f"says that this is the release {manifest.id}, and the folder is {folder.name}")
    listed = {each.path: each for each in manifest.files} if manifest else {}
    for path in sorted({*files, *listed, *sums} - {SUMS}):
        problems = _problems(path, files.get(path), listed.get(path), sums, check_content=check_content)
        if first := next(problems, None):
            yield DamagedFile(path, first)


def _files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything below a release that is not a folder, except its index, by path: paths of a manifest are only looked up here, never opened."""
    for path in folder.rglob("*"):
        if path.relative_to(folder).parts[0] != INDEX and (path.is_symlink() or not path.is_dir()):
            yield path.relative_to(folder).as_posix(), path


def _read_sums(path: Path) -> dict[str, str]:
    """Read SHA256SUMS as paths with checksums; empty if a line is malformed."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    pairs = [line.partition("  ") for line in lines]
    is_valid = all(name and len(digest) == 64 for digest, _, name in pairs)
    return {name: digest for digest, _, name in pairs} if is_valid else {}


def _problems(
    path: str, file: Path | None, listed: ListedFile | None, sums: Mapping[str, str], *, check_content: bool
) -> Iterator[str]:
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
        yield from _size_problems(file, listed)
        if check_content:
            yield from _checksum_problems(file, listed, sums.get(path))
    except OSError as problem:
        yield f"cannot be read ({problem.strerror or problem})"


def _size_problems(file: Path, listed: ListedFile | None) -> Iterator[str]:
    size = file.stat().st_size
    if listed and listed.size != size:
        yield f"has {size:,} bytes, and the manifest says {listed.size}"


def _checksum_problems(file: Path, listed: ListedFile | None, summed: str | None) -> Iterator[str]:
    with file.open("rb") as opened:
        digest = digest_stream(opened)
    if summed and digest.sha256 != summed:
        yield f"has the sha256 {digest.sha256[:12]}…, and {SUMS} says {summed[:12]}…"
    if listed and listed.sha256 != digest.sha256:
        yield f"has the sha256 {digest.sha256[:12]}…, and the manifest says {listed.sha256[:12]}…"
    if listed and listed.content_size is not None:
        yield from _content_problems(file, listed, listed.content_size, digest)


def _content_problems(file: Path, listed: ListedFile, size: int, compressed: FileDigest) -> Iterator[str]:
    encoding, sha256 = listed.encoding, listed.content_sha256
    if encoding is not None and encoding not in DECOMPRESSORS:
        yield f"cannot be unpacked: unknown encoding {encoding}; known: {', '.join(DECOMPRESSORS)}"
        return
    try:
        content = _digest_of_content(file, encoding, size) if encoding else compressed
    except DECOMPRESSION_ERRORS as problem:
        yield f"cannot be unpacked ({problem})"
        return
    if content.size != size or sha256 not in (None, content.sha256):
        expected = f"sha256 {sha256[:12]}…, " if sha256 else ""
        yield f"holds other content than the manifest says ({expected}{size} bytes)"


def _digest_of_content(file: Path, encoding: str, size: int) -> FileDigest:
    with DECOMPRESSORS[encoding](file) as opened:
        return digest_stream(opened, limit=size)
