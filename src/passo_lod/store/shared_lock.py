"""Hold a release while something is answered from it: what is held is not pruned.

A release is read file by file, when a request wants one; so a reader takes a shared lock on its folder (flock(2)), and who removes releases
leaves alone what is locked. The lock ends with its holder, however that ends.
"""

import fcntl
import os
import weakref
from contextlib import suppress
from pathlib import Path


class SharedLock:
    """A shared lock on a folder, for as long as this object is referred to."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # A file system without locks, or a release that is being removed: opening its manifest will tell.
        with suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        weakref.finalize(self, os.close, self._file).atexit = False
