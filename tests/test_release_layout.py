"""A manifest is read as it was written, and a damaged one is reported with its file and the wrong key."""

import json
from pathlib import Path
from typing import Any

import pytest

from passo_lod.errors import ReleaseError
from passo_lod.release_layout import Manifest, find_manifest, read_manifest

FILE = {"path": "dump/passo.nq.gz", "media_type": "application/n-quads", "bytes": 1, "sha256": "00"}
DOCUMENT: dict[str, Any] = {
    "id": "r1",
    "created": "2026-11-22T10:15:00Z",
    "base": "https://example.org/",
    "sources": [{"name": "prova", "dataset": "https://example.org/dataset/prova", "in": 1, "inputs": {"1.txt": "00"}}],
    "inputs": {"ontology": "00"},
    "files": [FILE],
}


def write(folder: Path, document: object) -> Path:
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def test_a_manifest_is_read_without_keys_that_are_unknown(tmp_path: Path) -> None:
    manifest = read_manifest(write(tmp_path, {**DOCUMENT, "of tomorrow": 1}))
    file = manifest.distribution("dump/passo.nq.gz")
    assert (manifest.sources[0].records, file and file.size, manifest.distribution("other")) == (1, 1, None)


def test_digests_of_inputs_are_written_and_not_read(tmp_path: Path) -> None:
    assert Manifest.model_validate(DOCUMENT).inputs == {"ontology": "00"}
    manifest = read_manifest(write(tmp_path, DOCUMENT))
    assert (manifest.inputs, manifest.sources[0].inputs) == ({}, {})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "the file: Input should be an object"),
        ({**DOCUMENT, "files": {}}, "files: Input should be a valid array"),
        ({**DOCUMENT, "files": [1]}, "files.0: Input should be an object"),
        ({**DOCUMENT, "files": [{"path": "x"}]}, "files.0.media_type: Field required"),
        ({**DOCUMENT, "registry": []}, "registry: Input should be an object"),
        ({**DOCUMENT, "inputs": 1}, "inputs: Input should be an object"),
        ({key: value for key, value in DOCUMENT.items() if key != "base"}, "base: Field required"),
    ],
)
def test_a_damaged_manifest_is_an_error_with_its_key(tmp_path: Path, document: object, message: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        read_manifest(write(tmp_path, document))
    assert str(caught.value) == f"{tmp_path}/manifest.json: {message}; publish the release again"
    assert find_manifest(tmp_path) is None


def test_a_missing_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"manifest\.json: a release needs a manifest\.json; publish it again"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(ReleaseError, match=r"manifest\.json: cannot be read \(Is a directory\)"):
        read_manifest(tmp_path)
    assert find_manifest(tmp_path / "nowhere") is None
