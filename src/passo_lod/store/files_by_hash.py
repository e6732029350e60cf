"""Find files by the SHA-256 of their bytes in the served release and the retained ones beside it, for `/by-hash/` and the dataset pages.

This module takes no lock on a retained release and caches nothing of it, so that the publisher can prune it at any time. A running download is not
interrupted, because its file is open.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from passo_lod.errors import ReleaseError
from passo_lod.release_layout import CURRENT, MANIFEST, ListedFile
from passo_lod.store.release import Release

StoredFile = tuple[ListedFile, Path]
"""A file as its manifest lists it, and its path."""


def find_by_sha256(release: Release, digests: Iterable[str]) -> dict[str, StoredFile]:
    """Find files by their digests (64 hexadecimal digits), first in the release that is served.

    Returns:
        The file of each digest that some release has.
    """
    missing = set(digests)
    found = _listed_files(release, missing)
    for folder in _retained_folders(release):
        missing -= found.keys()
        if not missing:
            break
        found |= _files_in(folder, missing)
    return found


def _listed_files(release: Release, digests: set[str]) -> dict[str, StoredFile]:
    found: dict[str, StoredFile] = {}
    for file in release.manifest.files:
        if file.sha256 in digests and file.sha256 not in found and release.has(file.path):
            found[file.sha256] = file, release.file(file.path)
    return found


def _retained_folders(release: Release) -> Iterator[Path]:
    """The releases in the folder of `current`, the newest first; none if the release is served by itself."""
    folder = release.folder.resolve().parent
    if release.single_file is None and (folder / CURRENT).is_symlink():
        for manifest in sorted(folder.glob(f"[!.]*/{MANIFEST}"), reverse=True):
            if manifest.parent.name != CURRENT:
                yield manifest.parent


def _files_in(folder: Path, digests: set[str]) -> dict[str, StoredFile]:
    """The files of a retained release; none if it is pruned meanwhile or cannot be read."""
    try:
        manifest = (folder / MANIFEST).read_bytes()
        # Searching the bytes takes a fortieth of the time that parsing takes, and most releases have none of the files.
        if not any(digest.encode() in manifest for digest in digests):
            return {}
        return _listed_files(Release.open(folder, lock=False), digests)
    except (OSError, ReleaseError):
        return {}
