"""Store byte strings in a temporary file rather than in memory, for the collector and the finder of duplicates."""

import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class SpoolFile:
    """A sequence of byte strings in an unnamed temporary file, which the system deletes when the process ends."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lengths = array("Q")  # eight bytes an item, since each record adds several

    @classmethod
    def open(cls, folder: Path) -> "SpoolFile":
        """Create an empty spool file in a folder."""
        return cls(tempfile.TemporaryFile(dir=folder))

    def add(self, data: bytes) -> None:
        """Append an item; empty items are left out."""
        if data:
            self._lengths.append(self._file.write(data))

    def __iter__(self) -> Iterator[bytes]:
        """All items, in the order in which they were added."""
        self._file.seek(0)
        yield from map(self._file.read, self._lengths)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
