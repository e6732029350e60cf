"""Digests of files and folders are those of `sha256sum` and of the manifests of earlier releases."""

import hashlib
import io
from pathlib import Path

import pytest

from passo_lod.digests import digest_stream, sha256_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.ttl").write_bytes(b"C")
    (tmp_path / "a.ttl").write_bytes(b"A")
    (tmp_path / "a.txt").write_bytes(b"T")
    return tmp_path


def test_a_file_has_the_digest_of_its_bytes(folder: Path) -> None:
    assert sha256_of(folder / "a.ttl") == sha256_of(b"A") == hashlib.sha256(b"A").hexdigest()


def test_a_folder_has_the_digest_of_its_files_with_their_paths(folder: Path) -> None:
    assert sha256_of(folder) == sha256_of(b"a.ttl\0Aa.txt\0Tb/c.ttl\0C")
    assert sha256_of(folder, pattern="*.ttl") == sha256_of(b"a.ttl\0Ab/c.ttl\0C")
    assert sha256_of(folder, names=["a.txt", "missing"]) == sha256_of(b"a.txt\0T")


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "memory").symlink_to("/proc/self/mem")
    for path in (tmp_path, tmp_path / "memory"):
        with pytest.raises(OSError, match="Input/output error") as caught:
            sha256_of(path)
        assert caught.value.filename == str(tmp_path / "memory")


def test_of_a_stream_that_is_too_long_no_more_is_read_than_needed() -> None:
    stream = io.BytesIO(bytes(5 << 20))
    assert digest_stream(stream, limit=1000).size > 1000
    assert stream.tell() == 1 << 20
