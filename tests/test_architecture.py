"""docs/architecture.md names every package and top-level module of the program, and no path that does not exist."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "passo_lod"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

PACKAGES = sorted(f"{path.parent.relative_to(PACKAGE)}/" for path in PACKAGE.rglob("*/__init__.py"))
MODULES = sorted(path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py")
REPOSITORY_FOLDERS = ("data/", "docs/", "ontology/", "shapes/", "src/", "tests/")
"""A path on the page that begins with one of these is in the repository; all others are in the package."""
OF_EACH_SOURCE = ("source.yaml", "mapping.yaml", "passo.yaml", "pyproject.toml")
"""Files of data folders, named without their folder."""


def named_paths() -> list[str]:
    """Words in backticks that are paths: with a slash, or with the extension of a file."""
    words = re.findall(r"`([A-Za-z_][\w./-]*)`", PAGE)
    return sorted({word for word in words if "/" in word or word.endswith((".py", ".yaml", ".rq"))} - {*OF_EACH_SOURCE})


def exists(path: str) -> bool:
    root = ROOT if path.startswith(REPOSITORY_FOLDERS) else PACKAGE
    return (root / path).exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_on_the_page_with_its_job(package: str) -> None:
    assert re.search(rf"^\|[^|]*\| `{package}` \| \S", PAGE, re.MULTILINE)


@pytest.mark.parametrize("module", MODULES)
def test_every_top_level_module_is_on_the_page(module: str) -> None:
    assert f"`{module}`" in PAGE


@pytest.mark.parametrize("path", named_paths())
def test_every_path_on_the_page_exists(path: str) -> None:
    assert exists(path), path


def test_the_layers_on_the_page_are_those_of_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (contract["layers"] for contract in contracts if contract["name"].startswith("Layers"))
    (block,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert [line.strip() for line in block.splitlines() if line.strip()] == layers


def test_the_page_names_paths_of_both_walks() -> None:
    assert sum(path.endswith(".py") for path in named_paths()) > 50
