"""Let one process at a time change the folder of releases, and remove what a killed publisher left there.

The lock is flock(2) on `.lock` and ends with its process. The file itself names the process and, between the rename of a release and the
swap of `current`, that release: if the publisher is killed in between, the next one removes it, since no reader has seen it.
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

from passo_lod.errors import ReleaseBusy
from passo_lod.release.repository.durable_io import os_errors_as_release_errors, sync_folder
from passo_lod.release.repository.failpoints import failpoint
from passo_lod.release_layout import CURRENT

LOCK_FILE = ".lock"
NEW_LINK = ".current.new"
TEMPORARY_PREFIX = ".tmp-"
"""What the names of folders that are being built or removed begin with."""


@dataclass(frozen=True)
class PublishLock:
    """The exclusive lock on a folder of releases.

    Attributes:
        descriptor: of the open lock file.
    """

    releases: Path
    descriptor: int

    def write_note(self, release: str | None = None) -> None:
        """Write into the lock file, durably, this process and the release that is about to be renamed into place."""
        note = {"pid": os.getpid()} | ({"release": release} if release else {})
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, json.dumps(note).encode() + b"\n", 0)
        os.fsync(self.descriptor)

    def remove_leftovers(self) -> None:
        """Remove half-built and half-removed releases, and a release that was renamed but never became `current`."""
        pending = _read_note(self.descriptor).get("release")
        if isinstance(pending, str) and _is_release_name(pending) and pending != current_name(self.releases):
            shutil.rmtree(self.releases / pending, ignore_errors=True)
        (self.releases / NEW_LINK).unlink(missing_ok=True)
        for folder in self.releases.glob(f"{TEMPORARY_PREFIX}*"):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def publish_lock(releases: Path, *, create: bool = True) -> Iterator[PublishLock]:
    """Lock a folder of releases, and remove leftovers from it.

    Args:
        releases: the folder.
        create: whether to create it if it does not exist.

    Raises:
        ReleaseBusy: another process has the lock.
        ReleaseError: the folder cannot be written.
    """
    with os_errors_as_release_errors(releases):
        if create:
            _create_durably(releases)
        descriptor = os.open(releases / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        with os_errors_as_release_errors(releases):
            lock = _acquire(releases, descriptor)
        yield lock
    finally:
        os.close(descriptor)


def _acquire(releases: Path, descriptor: int) -> PublishLock:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        pid = _read_note(descriptor).get("pid")
        who = f" (process {pid})" if isinstance(pid, int) else ""
        raise ReleaseBusy(f"{releases}: another publisher{who} is at work here; wait until it has ended") from problem
    lock = PublishLock(releases, descriptor)
    lock.remove_leftovers()
    failpoint("cleaned")
    lock.write_note()
    failpoint("locked")
    return lock


def current_name(releases: Path) -> str | None:
    """Return the name of the release that `current` points to; None if there is no such link."""
    try:
        return (releases / CURRENT).readlink().name
    except OSError:
        return None


def _create_durably(releases: Path) -> None:
    """Create the folder and its missing parents, and flush their names."""
    missing = [folder for folder in (releases, *releases.absolute().parents) if not folder.exists()]
    releases.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.absolute().parent)


def _read_note(descriptor: int) -> dict[str, Any]:
    """Read the lock file; empty if its last owner was killed before it had written it."""
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}


def _is_release_name(text: str) -> bool:
    """Check that a name from the lock file can only be that of a release folder: no path, no hidden file, not `current`."""
    return Path(text).name == text and not text.startswith(".") and text != CURRENT
