"""List, find, verify and switch the releases in a folder, for publishing and for the `passo-lod releases` commands.

A release never changes once it is written. `current` is swapped in one step, so that a reader sees the old release or the new one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from passo_lod.errors import ReleaseError
from passo_lod.release.repository.durable_io import folder_size, os_errors_as_release_errors, sync_folder
from passo_lod.release.repository.failpoints import failpoint
from passo_lod.release.repository.publish_lock import NEW_LINK, PublishLock, current_name, publish_lock
from passo_lod.release.repository.verification import DamagedFile, verify_files
from passo_lod.release_layout import CURRENT, DUMP, MANIFEST, Manifest, find_manifest, version

NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{6}(-\d+)?")
"""The name of a release: its time, the first digits of its content's digest, and a number if that name was taken."""

_TIME_FORMAT = "%Y-%m-%dT%H%M%SZ"
_TIME_LENGTH = 18


@dataclass(frozen=True)
class StoredRelease:
    """One release in the folder.

    Attributes:
        manifest: None if it is missing or damaged.
    """

    folder: Path
    is_current: bool
    manifest: Manifest | None = None

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return folder_size(self.folder)

    @property
    def version(self) -> str:
        """The version of its data (dcat:version), from the digest of the dump; the release's name if the manifest has none."""
        dump = self.manifest.distribution(DUMP) if self.manifest else None
        return version(dump.content_sha256) if dump and dump.content_sha256 else self.id

    @property
    def withdrawn_digest(self) -> str:
        """A digest of all withdrawals up to it; a release with another digest may contain a record that was withdrawn."""
        return self.manifest.registry.cleared if self.manifest and self.manifest.registry else ""

    @property
    def known_ids(self) -> int:
        """How many ids it publishes or has a tombstone for."""
        registry = self.manifest.registry if self.manifest else None
        return registry.published + registry.gone if registry else 0


def stored_releases(releases: Path) -> list[StoredRelease]:
    """List all releases, the oldest first.

    Raises:
        ReleaseError: there is no such folder.
    """
    return list(iterate_releases(releases))


def iterate_releases(releases: Path) -> Iterator[StoredRelease]:
    """Read the releases one by one, the oldest first: a manifest can be large, since it names every input file.

    Raises:
        ReleaseError: there is no such folder.
    """
    if not releases.is_dir():
        raise ReleaseError(f"{releases}: no such folder; --releases names one that `passo-lod publish` has written to")
    current = current_name(releases)
    folders = (each for each in releases.iterdir() if NAME.fullmatch(each.name) and not each.is_symlink())
    for folder in sorted((each for each in folders if each.is_dir()), key=_age):
        yield StoredRelease(folder, folder.name == current, find_manifest(folder))


def next_time(releases: Path, now: datetime) -> str:
    """The time in the name of the next release: now; a second after the newest release if the clock was set back, so that names keep the order."""
    names = (each.name for each in releases.iterdir() if NAME.fullmatch(each.name))
    newest = max((name[:_TIME_LENGTH] for name in names), default="")
    if newest <= f"{now:{_TIME_FORMAT}}":
        return f"{now:{_TIME_FORMAT}}"
    return f"{datetime.strptime(newest, _TIME_FORMAT) + timedelta(seconds=1):{_TIME_FORMAT}}"  # noqa: DTZ007 - the Z is literal


def _age(folder: Path) -> tuple[str, int, str]:
    """Sort by the time in the name, and within a second by when the manifest was written."""
    manifest = folder / MANIFEST
    written = (manifest if manifest.is_file() else folder).stat().st_mtime_ns
    return folder.name[:_TIME_LENGTH], written, folder.name


def find_release(releases: Path, release_id: str | None = None) -> StoredRelease:
    """Find a release by its name or the beginning of it; by default the current one.

    Raises:
        ReleaseError: no release has that name, or several begin so.
    """
    stored = stored_releases(releases)
    if release_id in (None, CURRENT):
        found = [each for each in stored if each.is_current]
    else:
        found = [each for each in stored if each.id == release_id] or [
            each for each in stored if release_id and each.id.startswith(release_id)
        ]
    if len(found) == 1:
        return found[0]
    known = "there are " + ", ".join(each.id for each in stored) if stored else "there is none yet"
    what = f"release {release_id}" if release_id else "current release"
    raise ReleaseError(f"{releases}: {'more than one' if found else 'no'} {what}; {known}")


def verify_release(releases: Path, release_id: str | None = None) -> tuple[StoredRelease, list[DamagedFile]]:
    """Recompute every checksum of a release; return it with its damaged files."""
    release = find_release(releases, release_id)
    return release, list(verify_files(release.folder))


# ------------------------------------------------------------------------------------------------------------- which is current


def set_current(lock: PublishLock, folder: Path) -> None:
    """Point `current` to a release in one step (rename(2) is atomic)."""
    link = lock.releases / NEW_LINK
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name, target_is_directory=True)
    failpoint("linked")
    link.replace(lock.releases / CURRENT)
    failpoint("swapped")
    sync_folder(lock.releases)


def rollback(releases: Path, release_id: str | None = None) -> tuple[StoredRelease | None, StoredRelease]:
    """Make another release current: the one that is named, or the one before the current one.

    Returns:
        The release that was current, and the one that is now.

    Raises:
        ReleaseError: there is no such release, or a file of it is missing.
    """
    with publish_lock(releases, create=False) as lock:
        stored = stored_releases(releases)
        before = next((each for each in stored if each.is_current), None)
        target = find_release(releases, release_id) if release_id else _previous(releases, stored)
        if damaged := next(verify_files(target.folder, check_content=False), None):
            raise ReleaseError(f"{target.folder}: is not whole, and was not made current: {damaged}")
        with os_errors_as_release_errors(releases):
            set_current(lock, target.folder)
    return before, target


def _previous(releases: Path, stored: Sequence[StoredRelease]) -> StoredRelease:
    current = next((index for index, each in enumerate(stored) if each.is_current), None)
    if not current:
        raise ReleaseError(f"{releases}: no release stands before the current one; name the one that shall be current")
    return stored[current - 1]


def count_unknown_ids(later: StoredRelease | None, earlier: StoredRelease) -> int:
    """Count the ids that only the later release knows: they answer 404 while the earlier one is current."""
    return max(0, later.known_ids - earlier.known_ids) if later else 0
