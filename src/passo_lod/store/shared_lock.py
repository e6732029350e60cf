"""Lock the folder of a release that is served, so that the publisher does not prune it.

A server reads the files of a release when requests ask for them. It takes a shared lock on the folder (flock(2), LOCK_SH); the publisher removes
only folders that it can lock exclusively. The kernel releases the lock when the process ends, however it ends.
"""

import fcntl
import os
import weakref
from contextlib import suppress
from pathlib import Path


class SharedLock:
    """A shared lock on a folder, until `release` is called or the object is collected."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # The file system may have no locks, or the publisher may be removing the folder: then reading the manifest fails with a message.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        self._close = weakref.finalize(self, os.close, descriptor)
        self._close.atexit = False

    def release(self) -> None:
        """Release the lock; a second call does nothing."""
        self._close()
