"""One real release of the shipped data, for the tests of its files."""

import shutil
from pathlib import Path

import pytest

from passo_lod.catalog import Catalog
from passo_lod.pipeline.publish import Published, publish

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shipping(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The data in this repository, published from a copy."""
    place = tmp_path_factory.mktemp("shipped")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, place / name)
    shutil.copy(ROOT / "passo.yaml", place)
    return publish(Catalog.open(place / "data"), place / "releases")


@pytest.fixture(scope="session")
def shipped(shipping: Published) -> Path:
    """The folder of that release."""
    return shipping.folder
