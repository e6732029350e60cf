"""Walk in a real browser from a bar of a chart over the processes behind it to the line of the source file, in three clicks, with and without JavaScript."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import served

ROOT = Path(__file__).resolve().parents[2]
BROWSER_TESTS = ROOT / "tests" / "browser"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WALKS = ("with", "without", "phone")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine (Debian: apt-get install npm)"),
]


@pytest.fixture(scope="module")
def address(shipped: Path) -> Iterator[str]:
    with served(shipped, "--deadline", "60") as address:
        yield address


@pytest.fixture(scope="module")
def walks(address: str) -> dict[str, dict[str, Any]]:
    if not (BROWSER_TESTS / "node_modules" / ".package-lock.json").is_file():
        install = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--silent"], cwd=BROWSER_TESTS, check=False, timeout=300
        )
        if install.returncode:
            pytest.skip("npm could not install playwright-core and axe-core")
    command = ["node", str(BROWSER_TESTS / "provenance.mjs"), str(CHROMIUM), address]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", WALKS)
def test_three_clicks_lead_from_a_bar_to_the_line_on_which_the_source_file_has_the_value(walks, name: str) -> None:
    walk = walks[name]
    assert walk["clicks"] == 3
    assert walk["amount"] == "€25,000.00"
    number = int(walk["line"].removeprefix("line "))
    lines = (ROOT / "data/sources/emilia-romagna" / walk["file"]).read_text(encoding="utf-8").split("\n")
    assert "25.000,00" in lines[number - 1]
    assert walk["field"] in lines[number - 3 : number - 1]
    assert walk["row"].startswith(f"{number} {walk['field']} ")


@pytest.mark.parametrize("name", WALKS)
def test_the_line_is_in_view_and_leads_on_to_the_page_of_the_observatory(walks, name: str) -> None:
    walk = walks[name]
    assert walk["inView"]
    stem = Path(walk["file"]).stem
    assert walk["source"] == f"https://www.osservatoriopartecipazione.it/scheda-processo/{stem}"


@pytest.mark.parametrize("name", WALKS)
def test_the_page_of_the_process_leads_from_a_value_to_the_same_line(walks, name: str) -> None:
    walk = walks[name]
    assert walk["note"] == f"{walk['file']}, {walk['line']}: {walk['field']}"
    assert walk["noted"] == walk["row"]


@pytest.mark.parametrize("name", WALKS)
def test_no_page_of_the_walk_is_wider_than_the_window_or_breaks_its_policy(walks, name: str) -> None:
    assert walks[name]["overflow"] == []
    assert walks[name]["policy"] == []


@pytest.mark.parametrize("name", ["with", "phone"])
def test_the_pages_of_the_walk_are_accessible(walks, name: str) -> None:
    assert walks[name]["axe"] == {"processes": [], "provenance": [], "process": []}
