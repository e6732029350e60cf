"""The releases that are kept: which there are, whether they are whole, which one is current, and which may go.

Nothing here changes a release: what is on the shelf is immutable. `current` is moved in one step, and a release is removed by taking its name
away first, so that no reader ever finds half of one.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from passo_lod.errors import ReleaseError
from passo_lod.release.changes.dump_diff import DUMP
from passo_lod.release.dataset_dates import version
from passo_lod.release.repository import durable_io as disk
from passo_lod.release.repository.failpoints import failpoint
from passo_lod.release.repository.manifest_reader import read_manifest
from passo_lod.release.repository.publish_lock import (
    BUILDING,
    CURRENT,
    NEW_LINK,
    PublishLock,
    current_name,
    publish_lock,
    unwritable,
)
from passo_lod.release.repository.verification import DamagedFile, verify_files

NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{6}(-\d+)?")
"""The name of a release: its time, the beginning of its content's digest, and a number where that is taken."""

_TIME = 18


@dataclass(frozen=True)
class StoredRelease:
    """One release as it stands on the shelf.

    Attributes:
        manifest: what it says about itself; empty where that cannot be read.
    """

    folder: Path
    is_current: bool
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return disk.size(self.folder)

    @property
    def version(self) -> str:
        """The digest of its data, by which the catalogue tells versions; its name, where the manifest does not say."""
        files = self.manifest.get("files")
        listed = (each for each in files if isinstance(each, dict)) if isinstance(files, list) else ()
        found = next((each.get("content_sha256") for each in listed if each.get("path") == DUMP), None)
        return version(found) if isinstance(found, str) else self.id

    @property
    def cleared(self) -> str:
        """A digest of what was taken back before it: what says otherwise may hold what it does not."""
        registry = self.manifest.get("registry")
        found = registry.get("cleared") if isinstance(registry, dict) else None
        return found if isinstance(found, str) else ""

    def count(self, *keys: str) -> int | None:
        """A number of the manifest, such as `count("accounting", "published")`; None where it is not said."""
        found: Any = self.manifest
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, int) else None


def stored_releases(releases: Path) -> list[StoredRelease]:
    """All releases, the oldest first.

    Raises:
        ReleaseError: there is no such folder.
    """
    return list(_each(releases))


def _each(releases: Path) -> Iterator[StoredRelease]:
    """All releases, one after the other: a manifest names every file that was read, and is not small."""
    if not releases.is_dir():
        raise ReleaseError(f"{releases}: no such folder; --releases names one that `passo-lod publish` has written to")
    now = current_name(releases)
    folders = (each for each in releases.iterdir() if NAME.fullmatch(each.name) and not each.is_symlink())
    listed = sorted((each for each in folders if each.is_dir()), key=_age)
    yield from (StoredRelease(each, each.name == now, read_manifest(each) or {}) for each in listed)


def _age(folder: Path) -> tuple[str, int, str]:
    """By the time in the name; within one second by when it was written."""
    manifest = folder / "manifest.json"
    written = (manifest if manifest.is_file() else folder).stat().st_mtime_ns
    return folder.name[:_TIME], written, folder.name


def find(releases: Path, release_id: str | None = None) -> StoredRelease:
    """One release by its name or the beginning of it; the current one where none is said.

    Raises:
        ReleaseError: there is none, or there are several.
    """
    every = stored_releases(releases)
    if release_id in (None, CURRENT):
        found = [each for each in every if each.is_current]
    else:
        found = [each for each in every if each.id == release_id] or [
            each for each in every if release_id and each.id.startswith(release_id)
        ]
    if len(found) == 1:
        return found[0]
    known = "there are " + ", ".join(each.id for each in every) if every else "there is none yet"
    what = f"release {release_id}" if release_id else "current release"
    raise ReleaseError(f"{releases}: {'more than one' if found else 'no'} {what}; {known}")


def verify(releases: Path, release_id: str | None = None) -> tuple[StoredRelease, list[DamagedFile]]:
    """Recompute every checksum of a release; what is wrong with it."""
    release = find(releases, release_id)
    return release, list(verify_files(release.folder))


# ------------------------------------------------------------------------------------------------------------- which is current


def set_current(work: PublishLock, folder: Path) -> None:
    """Swap the link in one step: a reader sees the old release or the new one (rename(2) is atomic)."""
    link = work.releases / NEW_LINK
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name, target_is_directory=True)
    failpoint("linked")
    link.replace(work.releases / CURRENT)
    failpoint("swapped")
    disk.sync_folder(work.releases)


def rollback(releases: Path, release_id: str | None = None) -> tuple[StoredRelease | None, StoredRelease]:
    """Make an earlier release current, or the one that is named.

    Returns:
        What was current before, and what is now.

    Raises:
        ReleaseError: there is none before, or it is not whole.
    """
    with publish_lock(releases, make=False) as work:
        every = stored_releases(releases)
        before = next((each for each in every if each.is_current), None)
        target = find(releases, release_id) if release_id else _previous(releases, every)
        if found := list(verify_files(target.folder, is_deep=False)):
            raise ReleaseError(f"{target.folder}: is not whole, and was not made current: {found[0]}")
        try:
            set_current(work, target.folder)
        except OSError as problem:
            raise unwritable(releases, problem) from problem
    return before, target


def _previous(releases: Path, every: Sequence[StoredRelease]) -> StoredRelease:
    at = next((at for at, each in enumerate(every) if each.is_current), None)
    if not at:
        raise ReleaseError(f"{releases}: no release stands before the current one; name the one that shall be current")
    return every[at - 1]


def remove_release(before: StoredRelease | None, now: StoredRelease) -> int:
    """The ids that a release knows and an earlier one does not: what answers 404 while the earlier one is current."""
    known = [
        sum(each.count("registry", key) or 0 for key in ("published", "gone")) if each else 0 for each in (before, now)
    ]
    return max(0, known[0] - known[1])


# ------------------------------------------------------------------------------------------------------------------ which may go


def prune(releases: Path, keep: int) -> list[Path]:
    """Remove the oldest releases but for the last `keep`, so many versions, the current one, the one before it, and those being served.

    None is kept for its version that may hold what was taken back since.

    Returns:
        What was removed.

    Raises:
        ReleaseError: the folder cannot be written.
    """
    with publish_lock(releases, make=False) as work:
        return list(prune_locked(work, keep))


class ReleaseRef(NamedTuple):
    """What is asked of a release before it is removed.

    Attributes:
        version: of its data.
        cleared: what was taken back before it (`StoredRelease.cleared`).
    """

    id: str
    version: str
    cleared: str


def retained(releases: Path, keep: int, version: str, cleared: str = "") -> list[ReleaseRef]:
    """The releases that stay beside one with this version when it is published (`prune_locked`), the oldest first.

    Args:
        releases: the folder.
        keep: how many.
        version: of the one that is published.
        cleared: what was taken back before it, or is with it.
    """
    every, at = _every(releases)
    kept = _kept([*every, ReleaseRef("", version, cleared)], keep, {cleared})
    return [each for number, each in enumerate(every) if each.id in kept or number in (at, len(every) - 1)]


def prune_locked(
    work: PublishLock, keep: int, previous: str | None = None, cleared: str | None = None
) -> Iterator[Path]:
    """Remove what `prune` may, where the lock is held already.

    Args:
        work: the right to do so.
        keep: how many stay.
        previous: what was current before, and stays too.
        cleared: what was taken back by now; else what the current and the newest release say of it.
    """
    every, at = _every(work.releases)
    if at is None:
        return
    known = {cleared} if cleared is not None else {every[at].cleared, every[-1].cleared}
    spared = {previous, *(each.id for each in every[max(0, at - 1) : at + 1])} | _kept(every, keep, known)
    for each in every:
        folder = work.releases / each.id
        if each.id not in spared and _removed(folder):
            yield folder


def _every(releases: Path) -> tuple[list[ReleaseRef], int | None]:
    """All releases, the oldest first, and which of them is current."""
    every: list[ReleaseRef] = []
    at = None
    for each in _each(releases):
        at = len(every) if each.is_current else at
        every.append(ReleaseRef(each.id, each.version, each.cleared))
    return every, at


def _kept(every: Sequence[ReleaseRef], keep: int, cleared: Set[str]) -> set[str]:
    """The newest releases, and of those before them the newest of each version of the data, until there are as many versions.

    So a version does not go because another was published again and again; but none is kept for that which may hold what was taken back.

    >>> every = [Stays(number, version, "") for number, version in zip("12345", "abbcc")]
    >>> sorted(_kept(every, 2, {""}))
    ['3', '4', '5']

    Args:
        every: the releases, the oldest first.
        keep: how many.
        cleared: what was taken back: a release that says otherwise may hold some of it.
    """
    newest = every[::-1]
    kept = {each.id: each.version for each in newest[:keep]}
    for each in newest[keep:]:
        if each.version not in kept.values() and len(set(kept.values())) < keep and {each.cleared} == cleared:
            kept[each.id] = each.version
    return set(kept)


def _removed(folder: Path) -> bool:
    """Remove a release, unless a reader holds it: a server locks the folder of what it serves (flock(2), LOCK_SH)."""
    try:
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        nameless = folder.rename(folder.with_name(f"{BUILDING}{folder.name}"))
        failpoint("pruning")
        disk.sync_folder(folder.parent)
        shutil.rmtree(nameless, ignore_errors=True)
        failpoint("pruned")
    except OSError:
        return False
    finally:
        os.close(file)
    return True
