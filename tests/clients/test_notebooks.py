"""The notebook and the R script that researchers begin with run against a server as they are."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.comparison_release import write_comparison_release
from tests.serving import served

NOTEBOOKS = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
RUN_CELLS = """
import ast, json, sys
names = {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names) if last else None
        if value is not None:
            print(value.to_string() if hasattr(value, "to_string") else value)
"""
"""Runs the code cells one after the other, and prints the last value of each, as Jupyter does."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(write_comparison_release(tmp_path_factory.mktemp("notebooks"))) as address:
        yield address


def output(folder: Path, address: str, *command: str) -> str:
    environment = {**os.environ, "PASSO_ADDRESS": address, "LC_ALL": "C.UTF-8", "MPLBACKEND": "svg"}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_notebook_runs_from_its_first_cell_to_its_last(tmp_path: Path, address: str) -> None:
    text = output(tmp_path, address, sys.executable, "-c", RUN_CELLS, str(NOTEBOOKS / "compare.ipynb"))
    assert "known values: 2 of 4 processes; 0 are in several groups" in text
    assert "Valdiprova (2)" in text or (tmp_path / "comparison.svg").is_file()
    assert "Montediprova" in text
    assert "notAsked" in text
    assert "withheld" not in text.partition("known values:")[2]
    assert text.index("20000.5") < text.rindex("10000.0")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed; the R script is not run")
def test_the_r_script_runs(tmp_path: Path, address: str) -> None:
    text = output(tmp_path, address, "Rscript", str(NOTEBOOKS / "compare.R"))
    assert "Valdiprova" in text
    assert "notAsked" in text
    assert "20000.5" in text
    assert (tmp_path / "comparison.pdf").stat().st_size > 1000


def test_the_notebook_is_one_without_outputs_whose_cells_have_ids() -> None:
    notebook: dict[str, Any] = json.loads((NOTEBOOKS / "compare.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    identifiers = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identifiers)) == len(identifiers)
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook["cells"])


@pytest.mark.parametrize("name", ["compare.ipynb", "compare.R"])
def test_the_address_is_one_variable_with_the_address_of_make_serve(name: str) -> None:
    text = (NOTEBOOKS / name).read_text(encoding="utf-8")
    assert text.count("http://127.0.0.1:8000") in (1, 2)
    assert "PASSO_ADDRESS" in text
