"""Let tests that measure time run alone, although pytest-xdist runs tests in several processes."""

import fcntl
from pathlib import Path
from typing import TextIO


class ExclusiveRuns:
    """A reader-writer lock of test processes: ordinary tests share it, an exclusive test has it alone.

    Args:
        folder: where the lock files are; the same for all processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: TextIO | None = None

    def begin(self, *, exclusive: bool) -> None:
        """Wait until a test may run.

        Each process waits for `queue` first, so that a waiting exclusive test is not overtaken for ever by ordinary ones.
        """
        if self._lock is None:
            self._lock = (self._folder / "lock").open("w")
            with (self._folder / "queue").open("w") as queue:
                fcntl.flock(queue, fcntl.LOCK_EX)
                fcntl.flock(self._lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)

    def end(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
