"""A file is found by its SHA-256 in the served and the retained releases, and looking it up never blocks pruning."""

import asyncio
import fcntl
import json
import os

import pytest

from passo_lod.errors import ReleaseError
from passo_lod.release.repository.pruning import prune
from passo_lod.store.files_by_hash import find_by_sha256
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Limits
from passo_lod.store.release import Release
from passo_lod.store.remote_store import RemoteStore
from tests.serving import free_port

NAMES = ("2026-11-20T101500Z-aaaaaa", "2026-11-21T101500Z-bbbbbb", "2026-11-22T101500Z-cccccc")
DUMP = "dump/passo.nq.gz"


@pytest.fixture
def releases(tmp_path, write_release):
    """A folder with three releases, of which the last one is current."""
    for number, name in enumerate(NAMES):
        data = f'data:invented {{ <https://data.example.org/passo/id/process/xx-{number}> dct:title "{number}"@it . }}'
        write_release(tmp_path / name, name, data)
    (tmp_path / "current").symlink_to(NAMES[-1])
    return tmp_path


def sha256_of(folder, path=DUMP):
    files = json.loads((folder / "manifest.json").read_text())["files"]
    return next(file["sha256"] for file in files if file["path"] == path)


def test_files_of_the_served_and_of_retained_releases_are_found(releases):
    served = Release.open(releases / "current")
    digests = {sha256_of(releases / name): name for name in NAMES}
    found = find_by_sha256(served, [*digests, "0" * 64])
    assert {digest: path.parts[-3] for digest, (_, path) in found.items()} == digests
    assert {listed.path for listed, _ in found.values()} == {DUMP}


def test_a_file_that_was_found_by_hash_can_be_pruned_and_is_then_no_longer_found(releases):
    served, oldest = Release.open(releases / "current"), sha256_of(releases / NAMES[0])
    ((_, path),) = find_by_sha256(served, [oldest]).values()
    with path.open("rb") as download:
        assert prune(releases, 1) == [releases / NAMES[0]]
        assert download.read(2) == b"\x1f\x8b"
    assert find_by_sha256(served, [oldest]) == {}


def test_a_release_whose_manifest_is_broken_is_skipped(releases):
    served, oldest = Release.open(releases / "current"), sha256_of(releases / NAMES[0])
    (releases / NAMES[1] / "manifest.json").write_text(oldest)
    assert list(find_by_sha256(served, [oldest])) == [oldest]


def is_locked(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def test_an_open_release_is_locked_until_it_is_closed(releases):
    release = Release.open(releases / NAMES[0])
    assert is_locked(releases / NAMES[0])
    release.close()
    release.close()
    assert not is_locked(releases / NAMES[0])
    unlocked = Release.open(releases / NAMES[0], lock=False)
    assert not is_locked(releases / NAMES[0])
    unlocked.close()


def test_a_release_can_be_pruned_when_its_store_is_stopped(releases):
    store = LocalStore.open(releases / NAMES[0])
    assert prune(releases, 1) == []
    asyncio.run(store.stop())
    assert prune(releases, 1) == [releases / NAMES[0]]


def test_a_release_that_a_remote_store_does_not_have_can_be_pruned(releases):
    release = Release.open(releases / NAMES[0])
    with pytest.raises(ReleaseError, match="does not answer"):
        RemoteStore.open(release, f"http://127.0.0.1:{free_port()}/query", Limits())
    assert prune(releases, 1) == [releases / NAMES[0]]
