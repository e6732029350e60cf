"""Errors of the operating system while publishing name the file that cannot be read, or say that the release cannot be written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from passo_lod.catalog import Catalog
from passo_lod.errors import ReleaseError, VocabularyError
from passo_lod.pipeline.publish import publish
from passo_lod.release.repository.durable_io import os_errors_as_release_errors, readable_size
from tests.catalogues import data_folder

ROOT = Path(__file__).resolve().parents[3]
UNREADABLE = "/proc/self/mem"
"""A regular file that can be opened, and whose first byte cannot be read, not even by root."""


@pytest.mark.parametrize("name", ["notes.txt", "context.jsonld"])
def test_an_unreadable_file_of_the_ontology_is_named(
    small_data: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    data = data_folder(small_data)
    shutil.copytree(ROOT / "ontology", data / "ontology")
    (data / "ontology" / name).unlink(missing_ok=True)
    (data / "ontology" / name).symlink_to(UNREADABLE)
    with pytest.raises(ReleaseError, match=rf"/ontology/{name}: cannot be read \(Input/output error\)") as caught:
        publish(Catalog.open(data), tmp_path / "releases")
    assert "cannot be written" not in str(caught.value)
    assert not (tmp_path / "releases" / "current").exists()


def test_an_unreadable_table_of_places_is_named(small_data: Callable[[str], Path], tmp_path: Path) -> None:
    data = data_folder(small_data)
    (data / "places" / "regions.csv").unlink()
    (data / "places" / "regions.csv").symlink_to(UNREADABLE)
    with pytest.raises(VocabularyError, match=r"/places/regions\.csv: cannot be read \(Input/output error\)"):
        publish(Catalog.open(data), tmp_path / "releases")


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (OSError(28, "No space left on device"), "releases: the release cannot be written (No space left on device)"),
        (OSError(13, "Permission denied", "releases/x"), "releases: the release cannot be written (Permission denied)"),
        (OSError("records.sqlite: disk I/O error"), "releases: the release cannot be written (records.sqlite: disk I/O error)"),
        (OSError(13, "Permission denied", "ontology/x"), "ontology/x: cannot be read (Permission denied)"),
    ],
)  # fmt: skip
def test_only_errors_that_name_a_file_elsewhere_are_about_reading(problem: OSError, message: str) -> None:
    with pytest.raises(ReleaseError) as caught, os_errors_as_release_errors(Path("releases")):
        raise problem
    assert str(caught.value) == f"{message}; the current release is unchanged"


def test_sizes_are_shown_in_decimal_units() -> None:
    assert [readable_size(count) for count in (0, 1_500, 2_500_000_000)] == ["0 bytes", "1.5 kB", "2.5 GB"]
