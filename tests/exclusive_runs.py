"""Tests run beside each other in several processes, but for those that measure time: no other runs while one of them does."""

import fcntl
from pathlib import Path
from typing import TextIO


class Turns:
    """What a process of tests asks before each of them; `folder` is common to all processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._room: TextIO | None = None

    def begin(self, *, alone: bool) -> None:
        """Wait until a test may run; one that is to be alone keeps the others out.

        Whoever comes waits at the gate behind those who came before, so that nobody is passed by for ever.
        """
        if self._room is None:
            self._room = (self._folder / "room").open("w")
            with (self._folder / "gate").open("w") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)

    def end(self) -> None:
        if self._room is not None:
            self._room.close()
            self._room = None
