"""Find a file by the hash of its bytes, in the release that is served and in those kept beside it.

What is named so never changes, so that who began to read a file can end, whatever is published meanwhile.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from passo_lod.errors import ReleaseError
from passo_lod.store.release import Distribution, Release

_KEPT = 64
"""Of so many releases it is remembered what they hold; a release never changes."""


def find_by_sha256(release: Release, digest: str) -> tuple[Distribution, Path] | None:
    """The file with this SHA-256, and where it is; the release that is served is asked first."""
    for each in (release, *_kept_beside(release)):
        listed = next((file for file in each.manifest.files if file.sha256 == digest), None)
        if listed and each.has(listed.path):
            return listed, each.file(listed.path)
    return None


def _kept_beside(release: Release) -> Iterator[Release]:
    """The other releases of the folder that `current` is in; none where a release is served by itself."""
    folder = release.folder.resolve().parent
    if release.bare is None and (folder / "current").is_symlink():
        for manifest in sorted(folder.glob("[!.]*/manifest.json"), reverse=True):
            if manifest.parent.name != "current" and (kept := _opened(manifest.parent)):
                yield kept


@lru_cache(_KEPT)
def _opened(folder: Path) -> Release | None:
    try:
        return Release.open(folder)
    except ReleaseError:
        return None
