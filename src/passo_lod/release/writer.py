"""Write a release: build it in a temporary folder, rename it, and point `current` to it. The pipeline calls this last.

Every file is flushed to disk before the folder gets its name, and `current` is swapped only then, so that a publisher can be killed at any
moment (docs/decisions/0006-releases.md, 0015-durable-releases.md).
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from passo_lod.cache import ContentCache
from passo_lod.digests import sha256_of
from passo_lod.errors import ReleaseError
from passo_lod.progress import Progress
from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.feed_model import FeedTitles
from passo_lod.release.changes.ldes_feed import write_feed
from passo_lod.release.content import Content
from passo_lod.release.dataset_dates import DatasetDating
from passo_lod.release.distribution import Distribution
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.release.identity.registry_update import PreviousRelease
from passo_lod.release.manifest_writer import manifest_json
from passo_lod.release.publish_policy import OPEN, PublishPolicy, check_losses
from passo_lod.release.repository.durable_io import (
    check_free_space,
    os_errors_as_release_errors,
    sync_folder,
    sync_tree,
    write_durably,
)
from passo_lod.release.repository.failpoints import failpoint
from passo_lod.release.repository.pruning import prune_locked, retained_releases
from passo_lod.release.repository.publish_lock import TEMPORARY_PREFIX, PublishLock, current_name, publish_lock
from passo_lod.release.repository.releases import next_time, set_current
from passo_lod.release.stages import release_stages
from passo_lod.release_layout import CURRENT, DUMP, MANIFEST, SUMS, find_manifest

CHUNK_CACHE = ".cache/chunks.sqlite"
"""Below the folder of releases: the encoded chunks of former dumps."""


@contextmanager
def lock_for_publishing(releases: Path) -> Iterator[PublishLock]:
    """Lock the folder of releases, from before the first record is read until `current` is swapped.

    Raises:
        ReleaseBusy: another publisher has the lock.
        ReleaseError: the folder cannot be written, or the disk has too little free space.
    """
    with publish_lock(releases) as lock:
        if (releases / CURRENT).is_dir() and not (releases / CURRENT).is_symlink():
            raise ReleaseError(
                f"{releases / CURRENT}: cannot be written: it should be a link to a release, and is a folder"
            )
        check_free_space(releases, releases / CURRENT)
        yield lock


def write_release(
    content: Content, releases: Path, progress: Progress, policy: PublishPolicy = OPEN, lock: PublishLock | None = None
) -> Path:
    """Write a release and make it current.

    Args:
        content: what goes into it.
        releases: the folder of releases.
        progress: called after every file.
        policy: how much may be lost or quarantined, and how many releases are kept.
        lock: on the folder, if the caller has it already.

    Returns:
        The release's folder, `<time>-<first six digits of the digest of its content>`.

    Raises:
        ReleaseBusy: another publisher has the lock.
        ReleaseStopped: more would be lost or quarantined than `policy` allows.
        ReleaseError: the release cannot be written, or an input cannot be read; the current release stays current.
    """
    with nullcontext(lock) if lock else lock_for_publishing(releases) as acquired:
        check_losses(content, releases, policy)
        with os_errors_as_release_errors(releases):
            return _write_and_swap(content, acquired, progress, policy)


def _write_and_swap(content: Content, lock: PublishLock, progress: Progress, policy: PublishPolicy) -> Path:
    previous = current_name(lock.releases)
    try:
        folder = _build(content, lock, progress, policy.keep)
        set_current(lock, folder)
    except BaseException:
        # This also removes a release that was renamed and is not current: no reader has seen it.
        lock.remove_leftovers()
        raise
    lock.write_note()
    failpoint("finished")
    list(prune_locked(lock, policy.keep, previous, _withdrawn_digest(content, folder.name)))
    return folder


def _build(content: Content, lock: PublishLock, progress: Progress, keep: int) -> Path:
    """Write all files, flush them, and give the folder its name."""
    now = datetime.now(UTC)
    building = lock.releases / f"{TEMPORARY_PREFIX}{os.getpid()}"
    building.mkdir()
    failpoint("building")
    content = replace(
        content,
        dating=DatasetDating.read(lock.releases, now.date()),
        retained=partial(_listed_versions, content, lock.releases, keep),
    )
    statistics = GraphStatistics()
    files = _run_stages(content, building, progress, statistics, lock.releases / CHUNK_CACHE)
    digest = sha256_of("".join(file.content_sha256 or "" for file in files).encode())
    folder = _free_name(lock.releases, f"{next_time(lock.releases, now)}-{digest[:6]}")
    dump = DumpRef(folder.name, content.base, building / DUMP)
    titles = FeedTitles(content.title, content.publisher)
    files += write_feed(building, lock.releases, dump, now, titles, write_durably)
    _write_manifest(content, building, folder, now, files, statistics)
    sync_tree(building)
    failpoint("synced")
    _rename(lock, building, folder)
    return folder


def _run_stages(
    content: Content, building: Path, progress: Progress, statistics: GraphStatistics, cache_file: Path
) -> list[Distribution]:
    files: list[Distribution] = []
    with ContentCache.open(cache_file) as cache, ExitStack() as resources:
        stages = list(release_stages(content, files, statistics, resources, cache))
        for done, stage in enumerate(stages):
            progress("release", done, len(stages))
            files += stage(building)
            failpoint("file")
    progress("release", len(stages), len(stages))
    failpoint("files")
    return files


def _listed_versions(content: Content, releases: Path, keep: int, version: str) -> tuple[Path, ...]:
    """The retained releases that the catalogue lists as versions: none that may contain records withdrawn since."""
    digest = _withdrawn_digest(content)
    retained = retained_releases(releases, keep, version, digest)
    return tuple(releases / each.id for each in retained if each.withdrawn_digest == digest)


def _withdrawn_digest(content: Content, release: str = "") -> str:
    return content.identity.withdrawn_digest(release) if content.identity else ""


def _previous_release(releases: Path) -> PreviousRelease | None:
    """The current release, if its manifest says from which state of the registry it was published."""
    manifest = find_manifest(releases / CURRENT)
    if manifest is None or manifest.registry is None or not manifest.registry.sha256:
        return None
    return PreviousRelease(manifest.id, manifest.registry.sha256)


def _free_name(releases: Path, release_id: str) -> Path:
    name, number = release_id, 1
    while (releases / name).exists():
        number += 1
        name = f"{release_id}-{number}"
    return releases / name


def _write_manifest(
    content: Content,
    building: Path,
    folder: Path,
    now: datetime,
    files: list[Distribution],
    statistics: GraphStatistics,
) -> None:
    """Record the ids in the registry, and write the manifest, which states the registry's digest, and the checksums."""
    # Before readers can see the release: every public id is in the registry.
    registry = content.identity.record(folder.name, _previous_release(folder.parent)) if content.identity else None
    failpoint("registered")
    graphs = {graph: counts.triples for graph, counts in statistics.graphs.items()}
    manifest = manifest_json(content, folder.name, now, files, graphs, registry)
    write_durably(building / MANIFEST, manifest)
    failpoint("manifest")
    sums = {file.path: file.sha256 for file in files} | {MANIFEST: sha256_of(manifest)}
    # In the form that `sha256sum --check` reads.
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
    write_durably(building / SUMS, lines.encode())
    failpoint("sums")


def _rename(lock: PublishLock, building: Path, folder: Path) -> None:
    lock.write_note(folder.name)
    failpoint("announced")
    building.rename(folder)
    failpoint("renamed")
    sync_folder(lock.releases)
