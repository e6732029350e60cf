"""Open a published release read-only: find its folder, read its `manifest.json` and locate the files listed there; for the server and `query`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from passo_lod.digests import sha256_of
from passo_lod.errors import ReleaseError
from passo_lod.namespaces import VOCABULARY
from passo_lod.release_layout import CURRENT, DUMP, MANIFEST, Manifest, read_manifest, version
from passo_lod.store.shared_lock import SharedLock


@dataclass(frozen=True)
class Release:
    """The folder of one published release and its manifest, or a single N-Quads file.

    Attributes:
        single_file: the N-Quads file, if there is no release folder.
        lock: prevents the publisher from pruning the folder.
    """

    folder: Path
    manifest: Manifest
    single_file: Path | None = None
    lock: SharedLock | None = field(default=None, compare=False, repr=False)

    @classmethod
    def open(cls, path: Path, *, lock: bool = True) -> "Release":
        """Read the manifest of a release folder, or derive one for a single N-Quads file.

        Args:
            path: the folder or the file.
            lock: whether to prevent the publisher from pruning the folder until `close`.

        Raises:
            ReleaseError: the manifest is missing or cannot be read, or the dump is missing.
        """
        if path.is_file():
            return cls(path.parent, _derive_manifest(path), path)
        shared_lock = SharedLock(path) if lock and path.is_dir() else None
        release = cls(path, read_manifest(path), lock=shared_lock)
        release.file(DUMP)
        return release

    def close(self) -> None:
        """Allow the publisher to prune the folder."""
        if self.lock is not None:
            self.lock.release()

    @property
    def location(self) -> Path:
        """The folder or the single file, as `find_release` returns it."""
        return (self.single_file or self.folder).resolve()

    def file(self, path: str) -> Path:
        """The file with this path relative to the release.

        Raises:
            ReleaseError: the file is missing, or lies outside the folder of the release.
        """
        if self.single_file is not None and path == DUMP:
            return self.single_file
        file = (self.folder / path).resolve()
        if self.single_file is not None or not file.is_file() or not file.is_relative_to(self.folder.resolve()):
            raise ReleaseError(f"{self.folder}: the release has no file {path}; publish it again")
        return file

    def has(self, path: str) -> bool:
        """Whether `file` finds this path."""
        try:
            return bool(self.file(path))
        except ReleaseError:
            return False


def find_release(place: Path) -> Path:
    """The release to serve: `place` itself if it is a release folder or an N-Quads file, else the target of `place/current`.

    Raises:
        ReleaseError: `place` is none of these.
    """
    if place.is_file() or (place / MANIFEST).is_file():
        return place.resolve()
    current = place / CURRENT
    if not current.exists():
        raise ReleaseError(f"{place}: no release here (neither manifest.json nor current); publish one first")
    return current.resolve()


def _derive_manifest(dump: Path) -> Manifest:
    """Identify a single file by its digest, and date it by its modification time."""
    created = datetime.fromtimestamp(dump.stat().st_mtime, UTC)
    return Manifest(id=f"dump-{version(sha256_of(dump))}", created=created, base=VOCABULARY, title={"en": dump.name})
