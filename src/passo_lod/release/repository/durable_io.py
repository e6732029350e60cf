"""Write so that it is there after the lights went out, and do not begin where there is no room."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from passo_lod.errors import ReleaseError

ROOM = 3
"""Times the last release that has to be free before another is written."""


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk; its folder has to be flushed too (`sync_tree`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        flush(file)


def flush(file: BinaryIO) -> None:
    """Flush an open file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_tree(folder: Path) -> None:
    """Flush a folder and all folders below it, so that the names in them are durable."""
    for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        sync_folder(each)


def sync_folder(folder: Path) -> None:
    """Flush one folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def readable_size(count: int) -> str:
    """A number of bytes as people read it.

    >>> shown_size(999), shown_size(1_234_567)
    ('999 bytes', '1.2 MB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def check_free_space(releases: Path, last: Path) -> None:
    """Do not begin to write what could not be ended: half a release helps nobody, and a full disk stops others.

    Raises:
        ReleaseError: less is free than `ROOM` times the last release.
    """
    if not last.is_dir():
        return
    free, needed = shutil.disk_usage(releases).free, ROOM * size(last.resolve())
    if free < needed:
        raise ReleaseError(
            f"{releases}: {readable_size(free)} are free on this disk, and {readable_size(needed)} should be ({ROOM} times the"
            " current release); nothing was written. Make room, for example with `passo-lod releases prune --keep 2`"
        )
