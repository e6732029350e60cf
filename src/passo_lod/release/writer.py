"""Write a release: a folder that is whole or is not there, and a link `current` that always points to a whole one.

A release is built in a folder of its own, every file is flushed to disk, the folder gets its final name, and only then is
`current` swapped (docs/decisions/0006-releases.md). What was current before stays untouched until then.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from passo_lod.errors import ReleaseError
from passo_lod.release.content import Content
from passo_lod.release.dumps import dump_files
from passo_lod.release.file import File
from passo_lod.release.manifest import manifest
from passo_lod.release.registry import Before

Progress = Callable[[str, int, int], None]


def write(content: Content, releases: Path, progress: Progress) -> Path:
    """Write a release below a folder and make it current.

    Returns:
        The release's folder, `<time>-<first six of the content's sha256>`.

    Raises:
        ReleaseError: it cannot be written; what was current still is.
    """
    try:
        releases.mkdir(parents=True, exist_ok=True)
        with _lock(releases):
            _sweep(releases)
            return _write(content, releases, progress)
    except OSError as problem:
        raise ReleaseError(
            f"{releases}: the release cannot be written ({problem.strerror or problem}); what was current still is"
        ) from problem


@contextmanager
def _lock(releases: Path) -> Iterator[None]:
    """One publisher at a time; the lock goes with the process that holds it."""
    with (releases / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise ReleaseError(f"{releases}: another publisher is at work here; wait until it has ended") from problem
        yield


def _sweep(releases: Path) -> None:
    """Remove what an interrupted publisher left behind."""
    for left in releases.glob(".tmp-*"):
        shutil.rmtree(left, ignore_errors=True)


def _write(content: Content, releases: Path, progress: Progress) -> Path:
    now = datetime.now(UTC)
    building = releases / f".tmp-{os.getpid()}"
    building.mkdir()
    try:
        files = _write_files(content, building, progress)
        digest = hashlib.sha256("".join(file.content_sha256 for file in files).encode()).hexdigest()
        final = _free_name(releases, f"{now:%Y-%m-%dT%H%M%SZ}-{digest[:6]}")
        # Before the release can be seen: no id is ever public that the registry does not hold.
        registry = content.identity.record(final.name, _before(releases)) if content.identity else None
        _put(building / "manifest.json", manifest(content, final.name, now, files, registry))
        _sync(building)
        building.rename(final)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    _make_current(releases, final)
    return final


def _before(releases: Path) -> Before | None:
    """The release that is current now, where it says from which state of the registry it was published."""
    try:
        document = json.loads((releases / "current" / "manifest.json").read_bytes())
        return Before(document["id"], document["registry"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _free_name(releases: Path, release_id: str) -> Path:
    name, number = release_id, 1
    while (releases / name).exists():
        number += 1
        name = f"{release_id}-{number}"
    return releases / name


def _write_files(content: Content, building: Path, progress: Progress) -> list[File]:
    files = []
    stages = list(dump_files(content))
    for done, stage in enumerate(stages):
        progress("release", done, len(stages))
        file, data = stage()
        _put(building / file.path, data)
        files.append(file)
    progress("release", len(stages), len(stages))
    return files


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _sync_folder(each)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_current(releases: Path, final: Path) -> None:
    """Swap the link in one step: a reader sees the old release or the new one (rename(2) is atomic)."""
    link = releases / ".current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name, target_is_directory=True)
    link.replace(releases / "current")
    _sync_folder(releases)
