"""Choose which releases are kept and remove the others, for publishing and `passo-lod releases prune`.

A release is removed by taking its name away first, so that no reader finds half of one.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from passo_lod.release.repository.durable_io import sync_folder
from passo_lod.release.repository.failpoints import failpoint
from passo_lod.release.repository.publish_lock import TEMPORARY_PREFIX, PublishLock, publish_lock
from passo_lod.release.repository.releases import iterate_releases


def prune(releases: Path, keep: int) -> list[Path]:
    """Remove the oldest releases.

    These stay: the newest `keep` releases; the newest release of each of the newest `keep` versions, unless it may contain withdrawn
    records; the current release and the one before it; every release that is being served.

    Returns:
        The folders that were removed.

    Raises:
        ReleaseError: the folder cannot be written.
    """
    with publish_lock(releases, create=False) as lock:
        return list(prune_locked(lock, keep))


class ReleaseRef(NamedTuple):
    """What decides whether a release is kept.

    Attributes:
        version: of its data (`StoredRelease.version`).
        withdrawn_digest: of the withdrawals up to it (`StoredRelease.withdrawn_digest`).
    """

    id: str
    version: str
    withdrawn_digest: str


def retained_releases(releases: Path, keep: int, version: str, withdrawn_digest: str = "") -> list[ReleaseRef]:
    """List the stored releases that will stay when another one is published, the oldest first.

    Args:
        releases: the folder.
        keep: how many releases and versions stay.
        version: of the release that is being published.
        withdrawn_digest: of the withdrawals up to that release.
    """
    stored, current = _stored_refs(releases)
    chosen = _chosen([*stored, ReleaseRef("", version, withdrawn_digest)], keep, {withdrawn_digest})
    return [each for index, each in enumerate(stored) if each.id in chosen or index in (current, len(stored) - 1)]


def prune_locked(
    lock: PublishLock, keep: int, previous: str | None = None, withdrawn_digest: str | None = None
) -> Iterator[Path]:
    """Remove what `prune` removes, with the lock already acquired; yield each removed folder.

    Args:
        lock: on the folder of releases.
        keep: how many releases and versions stay.
        previous: the name of the release that was current before, which stays too.
        withdrawn_digest: of all withdrawals; by default those that the current and the newest release state.
    """
    stored, current = _stored_refs(lock.releases)
    if current is None:
        return
    digests = (
        {withdrawn_digest}
        if withdrawn_digest is not None
        else {stored[current].withdrawn_digest, stored[-1].withdrawn_digest}
    )
    neighbours = (each.id for each in stored[max(0, current - 1) : current + 1])
    staying = {previous, *neighbours} | _chosen(stored, keep, digests)
    for each in stored:
        folder = lock.releases / each.id
        if each.id not in staying and _remove_unless_read(folder):
            yield folder


def _stored_refs(releases: Path) -> tuple[list[ReleaseRef], int | None]:
    """List all releases, the oldest first, and the index of the current one."""
    stored: list[ReleaseRef] = []
    current = None
    for each in iterate_releases(releases):
        current = len(stored) if each.is_current else current
        stored.append(ReleaseRef(each.id, each.version, each.withdrawn_digest))
    return stored, current


def _chosen(stored: Sequence[ReleaseRef], keep: int, withdrawn_digests: Set[str]) -> set[str]:
    """Choose the newest releases, and then the newest of each older version until there are `keep` versions.

    So publishing the same version again and again does not remove another version.

    >>> stored = [ReleaseRef(number, version, "") for number, version in zip("12345", "abbcc")]
    >>> sorted(_chosen(stored, 2, {""}))
    ['3', '4', '5']

    Args:
        stored: the releases, the oldest first.
        keep: how many.
        withdrawn_digests: a release with another digest may contain withdrawn records, and is not chosen for its version.
    """
    newest = stored[::-1]
    chosen = {each.id: each.version for each in newest[:keep]}
    for each in newest[keep:]:
        is_new_version = each.version not in chosen.values() and len(set(chosen.values())) < keep
        if is_new_version and {each.withdrawn_digest} == withdrawn_digests:
            chosen[each.id] = each.version
    return set(chosen)


def _remove_unless_read(folder: Path) -> bool:
    """Remove a release, unless a reader has locked its folder (flock(2), LOCK_SH); tell whether it was removed."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        renamed = folder.rename(folder.with_name(f"{TEMPORARY_PREFIX}{folder.name}"))
        failpoint("pruning")
        sync_folder(folder.parent)
        shutil.rmtree(renamed, ignore_errors=True)
        failpoint("pruned")
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
