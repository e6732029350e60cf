"""Loading a release: an index that cannot be built leaves no file."""

import tempfile
from pathlib import Path

import pytest

from passo_lod.errors import ReleaseError
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.release import Release


@pytest.fixture
def broken(tmp_path: Path) -> Release:
    dump = tmp_path / "broken.nq"
    dump.write_text('<x:a> <x:p> "a" <x:g> .\nno quad\n')
    return Release.open(dump)


def test_a_failed_index_leaves_nothing_in_the_temporary_folder(
    broken: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with pytest.raises(ReleaseError, match="line 2"):
        LoadedRelease.open(broken, StoragePolicy(memory=0))
    assert list(temporary.iterdir()) == []


def test_a_failed_index_leaves_nothing_in_the_folder_of_indexes(broken: Release, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(ReleaseError, match="line 2"):
        LoadedRelease.open(broken, StoragePolicy(memory=0, cache=cache))
    assert list(cache.iterdir()) == []


def test_a_killed_build_leaves_nothing_in_the_folder_of_indexes(
    broken: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = tmp_path / "killed"
    killer.write_text('#!/bin/sh\nmkdir -p "$4" && touch "$4/sorted.nq"\nkill -9 $$\n')
    killer.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(killer))
    with pytest.raises(ReleaseError, match=r"SIGKILL|killed|signal"):
        LoadedRelease.open(broken, StoragePolicy(memory=0, cache=tmp_path / "cache"))
    assert list((tmp_path / "cache").iterdir()) == []
