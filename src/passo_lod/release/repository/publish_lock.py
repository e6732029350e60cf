"""One at a time changes the folder of releases, and first clears away what one left that was killed.

The lock (flock(2) on `.lock`) goes with the process that holds it. What the file says is for people, and for the next publisher: who is at
work, and which name a release is about to get. A release has its name a moment before it is `current`; one whose publisher was killed in
that moment was never seen by anybody, and is told by this note from those that were.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passo_lod.errors import ReleaseBusy, ReleaseError
from passo_lod.release.repository.durable_io import sync_folder
from passo_lod.release.repository.failpoints import failpoint

LOCK = ".lock"
CURRENT = "current"
NEW_LINK = ".current.new"
BUILDING = ".tmp-"
"""What a name begins with that is being built, or removed."""


@dataclass(frozen=True)
class PublishLock:
    """The right to change a folder of releases, while it lasts."""

    releases: Path
    file: int

    def announce(self, release: str | None) -> None:
        """Note, durably, which name a release is about to get; None once it is `current`."""
        note = {"pid": os.getpid()} | ({"release": release} if release else {})
        os.ftruncate(self.file, 0)
        os.pwrite(self.file, json.dumps(note).encode() + b"\n", 0)
        os.fsync(self.file)

    def sweep(self) -> None:
        """Remove what was never seen: what is half built or half removed, and a release that was not swapped in."""
        unseen = _note(self.file).get("release")
        if isinstance(unseen, str) and _is_name(unseen) and unseen != current_name(self.releases):
            shutil.rmtree(self.releases / unseen, ignore_errors=True)
        (self.releases / NEW_LINK).unlink(missing_ok=True)
        for left in self.releases.glob(f"{BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def publish_lock(releases: Path, *, make: bool = True) -> Iterator[PublishLock]:
    """Hold the lock of a folder of releases, and find it swept.

    Args:
        releases: the folder.
        make: whether to make it where it is not there.

    Raises:
        ReleaseBusy: another process holds it.
        ReleaseError: the folder cannot be written.
    """
    try:
        if make:
            _make(releases)
        file = os.open(releases / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as problem:
        raise unwritable(releases, problem) from problem
    try:
        yield _taken(releases, file)
    finally:
        os.close(file)


def _taken(releases: Path, file: int) -> PublishLock:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        work = PublishLock(releases, file)
        work.sweep()
        failpoint("swept")
        work.announce(None)
        failpoint("locked")
    except BlockingIOError as problem:
        pid = _note(file).get("pid")
        who = f" (process {pid})" if isinstance(pid, int) else ""
        raise ReleaseBusy(f"{releases}: another publisher{who} is at work here; wait until it has ended") from problem
    except OSError as problem:
        raise unwritable(releases, problem) from problem
    return work


def unwritable(releases: Path, problem: OSError) -> ReleaseError:
    """What to say where the system refuses to write."""
    why = problem.strerror or problem
    return ReleaseError(f"{releases}: the release cannot be written ({why}); what was current still is")


def current_name(releases: Path) -> str | None:
    """The name of the release that `current` points at; None where there is no such link."""
    try:
        return (releases / CURRENT).readlink().name
    except OSError:
        return None


def _make(releases: Path) -> None:
    """Make the folder, durably, with those above it that are missing."""
    missing = [folder for folder in (releases, *releases.absolute().parents) if not folder.exists()]
    releases.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.absolute().parent)


def _note(file: int) -> dict[str, Any]:
    """What the holder wrote last; nothing, where it had no time to."""
    try:
        note = json.loads(os.pread(file, 4096, 0))
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}


def _is_name(text: str) -> bool:
    """Whether a text can be the name of a release, and nothing else in this folder or outside of it."""
    return Path(text).name == text and not text.startswith(".") and text != CURRENT
