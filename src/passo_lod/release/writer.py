"""Write a release: a folder that is whole or is not there, and a link `current` that always points to a whole one.

A release is built in a folder of its own, every file is flushed to disk, the folder gets its final name, and only then is
`current` swapped (docs/decisions/0006-releases.md, 0015-durable-releases.md). What was current before stays untouched until then.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from passo_lod.cache import Kept
from passo_lod.errors import ReleaseError
from passo_lod.release import publish_policy as guard
from passo_lod.release.changes import ldes_feed as feed
from passo_lod.release.changes.dump_diff import DUMP, Edition
from passo_lod.release.content import Content
from passo_lod.release.dataset_dates import Dating
from passo_lod.release.distribution import File
from passo_lod.release.dump.statistics import Tally
from passo_lod.release.identity.id_registry import Before
from passo_lod.release.manifest_writer import manifest
from passo_lod.release.publish_policy import OPEN, Policy
from passo_lod.release.repository import durable_io as disk
from passo_lod.release.repository import releases as shelf
from passo_lod.release.repository.failpoints import reached
from passo_lod.release.repository.manifest_reader import read_manifest
from passo_lod.release.repository.publish_lock import BUILDING, CURRENT, Work, at_work, current_name, unwritable
from passo_lod.release.repository.verification import MANIFEST, SUMS
from passo_lod.release.stages import release_files

Progress = Callable[[str, int, int], None]

PIECES = ".kept/pieces.sqlite"
"""Below the folder of releases: the pieces of dumps that were written before."""


@contextmanager
def publishing(releases: Path) -> Iterator[Work]:
    """The right to publish, from before the first record is read until `current` is swapped.

    Raises:
        ReleaseBusy: another publisher is at work.
        ReleaseError: the folder cannot be written, or too little is free on its disk.
    """
    with at_work(releases) as work:
        if (releases / CURRENT).is_dir() and not (releases / CURRENT).is_symlink():
            raise ReleaseError(
                f"{releases / CURRENT}: cannot be written: it should be a link to a release, and is a folder"
            )
        disk.refuse_without_room(releases, releases / CURRENT)
        yield work


def write(
    content: Content, releases: Path, progress: Progress, policy: Policy = OPEN, work: Work | None = None
) -> Path:
    """Write a release below a folder and make it current.

    Args:
        content: what goes into it.
        releases: the folder.
        progress: told of every file.
        policy: what is let pass, and how many releases are kept.
        work: the right to publish, where it is held already.

    Returns:
        The release's folder, `<time>-<first six of the content's sha256>`.

    Raises:
        ReleaseBusy: another publisher is at work.
        ReleaseStopped: it would lose or hold back more than `policy` lets pass.
        ReleaseError: it cannot be written; what was current still is.
    """
    with nullcontext(work) if work else publishing(releases) as held:
        guard.refuse(content, releases, policy)
        try:
            return _write(content, held, progress, policy)
        except OSError as problem:
            raise unwritable(releases, problem) from problem


def _write(content: Content, work: Work, progress: Progress, policy: Policy) -> Path:
    previous = current_name(work.releases)
    try:
        final = _build(content, work, progress, policy.keep)
        shelf.point(work, final)
    except BaseException:
        # Also what has its name already, and is not current: nobody has seen it.
        work.sweep()
        raise
    work.announce(None)
    reached("settled")
    list(shelf.clear(work, policy.keep, previous, _cleared(content, final.name)))
    return final


def _build(content: Content, work: Work, progress: Progress, keep: int) -> Path:
    """Write all files, flush them, and give the folder its name."""
    now = datetime.now(UTC)
    building = work.releases / f"{BUILDING}{os.getpid()}"
    building.mkdir()
    reached("building")
    content = replace(
        content, dating=Dating.read(work.releases, now.date()), former=partial(_former, content, work, keep)
    )
    tally = Tally()
    with Kept.open(work.releases / PIECES) as kept:
        files = _write_files(content, building, progress, tally, kept)
    digest = hashlib.sha256("".join(file.content_sha256 or "" for file in files).encode()).hexdigest()
    final = _free_name(work.releases, f"{now:%Y-%m-%dT%H%M%SZ}-{digest[:6]}")
    edition = Edition(final.name, content.base, building / DUMP)
    words = feed.Words(content.title, content.publisher)
    files += feed.write(building, work.releases, edition, now, words, disk.put)
    # Before the release can be seen: no id is ever public that the registry does not hold.
    registry = content.identity.record(final.name, _before(work.releases)) if content.identity else None
    reached("registered")
    graphs = {graph: counts.triples for graph, counts in tally.graphs.items()}
    _write_sums(building, files, manifest(content, final.name, now, files, graphs, registry))
    disk.sync_tree(building)
    reached("synced")
    _name(work, building, final)
    return final


def _former(content: Content, work: Work, keep: int, version: str) -> tuple[Path, ...]:
    """The releases before that the catalogue tells of: none that holds what was taken back since."""
    cleared = _cleared(content)
    stays = shelf.staying(work.releases, keep, version, cleared)
    return tuple(work.releases / each.id for each in stays if each.cleared == cleared)


def _cleared(content: Content, release: str = "") -> str:
    """What was taken back before a release, or is with it (`Update.cleared`)."""
    return content.identity.cleared(release) if content.identity else ""


def _write_sums(building: Path, files: list[File], document: bytes) -> None:
    """The manifest, and beside it the checksums in the form that `sha256sum --check` reads."""
    disk.put(building / MANIFEST, document)
    reached("manifest")
    sums = {file.path: file.sha256 for file in files} | {MANIFEST: hashlib.sha256(document).hexdigest()}
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
    disk.put(building / SUMS, lines.encode())
    reached("sums")


def _name(work: Work, building: Path, final: Path) -> None:
    work.announce(final.name)
    reached("announced")
    building.rename(final)
    reached("renamed")
    disk.sync_folder(work.releases)


def _before(releases: Path) -> Before | None:
    """The release that is current now, where it says from which state of the registry it was published."""
    document = read_manifest(releases / CURRENT) or {}
    said = document.get("registry")
    if not isinstance(said, dict) or not isinstance(said.get("sha256"), str) or not isinstance(document.get("id"), str):
        return None
    return Before(document["id"], said["sha256"])


def _free_name(releases: Path, release_id: str) -> Path:
    name, number = release_id, 1
    while (releases / name).exists():
        number += 1
        name = f"{release_id}-{number}"
    return releases / name


def _write_files(content: Content, building: Path, progress: Progress, tally: Tally, kept: Kept) -> list[File]:
    files: list[File] = []
    with ExitStack() as aside:
        stages = list(release_files(content, files, tally, aside, kept))
        for done, stage in enumerate(stages):
            progress("release", done, len(stages))
            files += stage(building)
            reached("file")
    progress("release", len(stages), len(stages))
    reached("files")
    return files
