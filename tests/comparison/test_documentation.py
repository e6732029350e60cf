"""docs/comparison.md has every dimension, measure, column and parameter, and its examples run on the shipped data."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from passo_lod.cli import commands
from passo_lod.comparison.address import read_comparison
from passo_lod.comparison.answer_rows import ABSENCE_COLUMNS, columns
from passo_lod.comparison.declarations import Declarations
from tests.serving import get, served

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
DECLARED = Declarations.of(ox.parse(path=ROOT / "ontology" / "comparison.ttl"))  # type: ignore[arg-type]
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^\$ passo-lod (compare.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("code", [*DECLARED.dimensions, *DECLARED.measures])
def test_every_dimension_and_measure_has_a_row(code: str) -> None:
    assert f"| `{code}` |" in PAGE


def test_every_column_of_a_file_is_described() -> None:
    found = set()
    for code, measure in DECLARED.measures.items():
        second = [] if measure.code.startswith("processes-per") else [("and", "year")]
        found |= set(columns(read_comparison([("measure", code), ("by", "region"), *second], DECLARED)))
    assert {each for each in found if f"`{each}`" not in PAGE} == set()
    assert {each for each in ABSENCE_COLUMNS.values() if f"| `{each}` |" not in PAGE} == set()


@pytest.fixture(scope="module")
def address(shipped: Path) -> Iterator[str]:
    with served(shipped.parent) as address:
        yield address


@pytest.mark.parametrize("program", PYTHON)
def test_every_python_example_runs(program: str, address: str, shipped: Path) -> None:
    text = program.replace("http://127.0.0.1:8000", address).replace('"releases"', repr(str(shipped.parent)))
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str, shipped: Path) -> None:
    answer = CliRunner().invoke(commands.app, [*shlex.split(command), "--releases", str(shipped.parent)])
    assert answer.exit_code == 0, answer.exception
    assert answer.stdout


@pytest.mark.parametrize("path", re.findall(r"`(/(?:compare|profile|completeness)[^`<…]*)`", PAGE))
def test_every_address_answers(path: str, address: str) -> None:
    assert get(f"{address}{path}", follow_redirects=True).status_code == 200


def test_there_are_examples() -> None:
    assert (len(PYTHON), len(COMMANDS)) == (2, 6)
