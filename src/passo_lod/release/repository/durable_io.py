"""Write files that survive a crash, check free space before, and report errors of the system as `ReleaseError`."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from passo_lod.errors import ReleaseError

FREE_SPACE_FACTOR = 3
"""The free disk space needed to write a release, as a multiple of the size of the current one."""


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


def folder_size(folder: Path) -> int:
    """Add up the bytes of all files below a folder; links are not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def readable_size(count: int) -> str:
    """Format a number of bytes for people.

    >>> readable_size(999), readable_size(1_234_567)
    ('999 bytes', '1.2 MB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def check_free_space(releases: Path, current: Path) -> None:
    """Check, before a release is written, that the disk has space for it.

    Args:
        releases: the folder of releases.
        current: the current release; if there is none, nothing is checked.

    Raises:
        ReleaseError: less than `FREE_SPACE_FACTOR` times the size of the current release is free.
    """
    if not current.is_dir():
        return
    free, needed = shutil.disk_usage(releases).free, FREE_SPACE_FACTOR * folder_size(current.resolve())
    if free < needed:
        raise ReleaseError(
            f"{releases}: {readable_size(free)} are free on this disk, and {readable_size(needed)} should be"
            f" ({FREE_SPACE_FACTOR} times the current release); nothing was written. Make room, for example with"
            " `passo-lod releases prune --keep 2`"
        )


@contextmanager
def os_errors_as_release_errors(releases: Path) -> Iterator[None]:
    """Raise errors of the operating system while a release is written as `ReleaseError`.

    Only files below `releases` are written, so an error that names a file elsewhere is about reading an input.

    Raises:
        ReleaseError: it names the input file that cannot be read, or says that the release cannot be written.
    """
    try:
        yield
    except OSError as problem:
        why = problem.strerror or problem
        if (path := _input_path(problem, releases)) is not None:
            raise ReleaseError(f"{path}: cannot be read ({why}); the current release is unchanged") from problem
        raise ReleaseError(
            f"{releases}: the release cannot be written ({why}); the current release is unchanged"
        ) from problem


def _input_path(problem: OSError, releases: Path) -> Path | None:
    if not isinstance(problem.filename, str | os.PathLike):
        return None
    path = Path(problem.filename)
    return None if path.absolute().is_relative_to(releases.absolute()) else path
