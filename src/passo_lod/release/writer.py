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

from passo_lod.cache import ContentCache
from passo_lod.errors import ReleaseError
from passo_lod.release import publish_policy as guard
from passo_lod.release.changes import ldes_feed as feed
from passo_lod.release.changes.dump_diff import DUMP, DumpRef
from passo_lod.release.content import Content
from passo_lod.release.dataset_dates import DatasetDating
from passo_lod.release.distribution import Distribution
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.release.identity.id_registry import PreviousRelease
from passo_lod.release.manifest_writer import manifest_of
from passo_lod.release.publish_policy import OPEN, PublishPolicy
from passo_lod.release.repository import durable_io as disk
from passo_lod.release.repository import releases as shelf
from passo_lod.release.repository.failpoints import failpoint
from passo_lod.release.repository.manifest_reader import read_manifest
from passo_lod.release.repository.publish_lock import (
    BUILDING,
    CURRENT,
    PublishLock,
    current_name,
    publish_lock,
    unwritable,
)
from passo_lod.release.repository.verification import MANIFEST, SUMS
from passo_lod.release.stages import stage_files

Progress = Callable[[str, int, int], None]

PIECES = ".kept/pieces.sqlite"
"""Below the folder of releases: the pieces of dumps that were written before."""


@contextmanager
def publishing(releases: Path) -> Iterator[PublishLock]:
    """The right to publish, from before the first record is read until `current` is swapped.

    Raises:
        ReleaseBusy: another publisher is at work.
        ReleaseError: the folder cannot be written, or too little is free on its disk.
    """
    with publish_lock(releases) as work:
        if (releases / CURRENT).is_dir() and not (releases / CURRENT).is_symlink():
            raise ReleaseError(
                f"{releases / CURRENT}: cannot be written: it should be a link to a release, and is a folder"
            )
        disk.check_free_space(releases, releases / CURRENT)
        yield work


def write_release(
    content: Content, releases: Path, progress: Progress, policy: PublishPolicy = OPEN, work: PublishLock | None = None
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
        guard.check_losses(content, releases, policy)
        try:
            return _write(content, held, progress, policy)
        except OSError as problem:
            raise unwritable(releases, problem) from problem


def _write(content: Content, work: PublishLock, progress: Progress, policy: PublishPolicy) -> Path:
    previous = current_name(work.releases)
    try:
        final = _build(content, work, progress, policy.keep)
        shelf.set_current(work, final)
    except BaseException:
        # Also what has its name already, and is not current: nobody has seen it.
        work.sweep()
        raise
    work.announce(None)
    failpoint("settled")
    list(shelf.prune_locked(work, policy.keep, previous, _cleared(content, final.name)))
    return final


def _build(content: Content, work: PublishLock, progress: Progress, keep: int) -> Path:
    """Write all files, flush them, and give the folder its name."""
    now = datetime.now(UTC)
    building = work.releases / f"{BUILDING}{os.getpid()}"
    building.mkdir()
    failpoint("building")
    content = replace(
        content, dating=DatasetDating.read(work.releases, now.date()), former=partial(_former, content, work, keep)
    )
    tally = GraphStatistics()
    with ContentCache.open(work.releases / PIECES) as kept:
        files = _write_files(content, building, progress, tally, kept)
    digest = hashlib.sha256("".join(file.content_sha256 or "" for file in files).encode()).hexdigest()
    final = _free_name(work.releases, f"{now:%Y-%m-%dT%H%M%SZ}-{digest[:6]}")
    edition = DumpRef(final.name, content.base, building / DUMP)
    words = feed.FeedTitles(content.title, content.publisher)
    files += feed.write_feed(building, work.releases, edition, now, words, disk.write_durably)
    # Before the release can be seen: no id is ever public that the registry does not hold.
    registry = content.identity.record(final.name, _before(work.releases)) if content.identity else None
    failpoint("registered")
    graphs = {graph: counts.triples for graph, counts in tally.graphs.items()}
    _write_sums(building, files, manifest_of(content, final.name, now, files, graphs, registry))
    disk.sync_tree(building)
    failpoint("synced")
    _name(work, building, final)
    return final


def _former(content: Content, work: PublishLock, keep: int, version: str) -> tuple[Path, ...]:
    """The releases before that the catalogue tells of: none that holds what was taken back since."""
    cleared = _cleared(content)
    stays = shelf.retained(work.releases, keep, version, cleared)
    return tuple(work.releases / each.id for each in stays if each.cleared == cleared)


def _cleared(content: Content, release: str = "") -> str:
    """What was taken back before a release, or is with it (`Update.cleared`)."""
    return content.identity.cleared(release) if content.identity else ""


def _write_sums(building: Path, files: list[Distribution], document: bytes) -> None:
    """The manifest, and beside it the checksums in the form that `sha256sum --check` reads."""
    disk.write_durably(building / MANIFEST, document)
    failpoint("manifest")
    sums = {file.path: file.sha256 for file in files} | {MANIFEST: hashlib.sha256(document).hexdigest()}
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
    disk.write_durably(building / SUMS, lines.encode())
    failpoint("sums")


def _name(work: PublishLock, building: Path, final: Path) -> None:
    work.announce(final.name)
    failpoint("announced")
    building.rename(final)
    failpoint("renamed")
    disk.sync_folder(work.releases)


def _before(releases: Path) -> PreviousRelease | None:
    """The release that is current now, where it says from which state of the registry it was published."""
    document = read_manifest(releases / CURRENT) or {}
    said = document.get("registry")
    if not isinstance(said, dict) or not isinstance(said.get("sha256"), str) or not isinstance(document.get("id"), str):
        return None
    return PreviousRelease(document["id"], said["sha256"])


def _free_name(releases: Path, release_id: str) -> Path:
    name, number = release_id, 1
    while (releases / name).exists():
        number += 1
        name = f"{release_id}-{number}"
    return releases / name


def _write_files(
    content: Content, building: Path, progress: Progress, tally: GraphStatistics, kept: ContentCache
) -> list[Distribution]:
    files: list[Distribution] = []
    with ExitStack() as aside:
        stages = list(stage_files(content, files, tally, aside, kept))
        for done, stage in enumerate(stages):
            progress("release", done, len(stages))
            files += stage(building)
            failpoint("file")
    progress("release", len(stages), len(stages))
    failpoint("files")
    return files
