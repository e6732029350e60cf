"""Test the editor of the query page in a real browser: completion, running, charts and maps, errors, accessibility."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from passo_lod.web.endpoints.query_page import EDITOR

BROWSER_TESTS = Path(__file__).parents[1] / "browser"
EDITOR_SOURCES = EDITOR.parents[2] / "editor"
QUERIES = EDITOR.parents[3] / "queries"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine (Debian: apt-get install npm)"),
    pytest.mark.skipif(not EDITOR.is_file(), reason="the editor was not built: make setup, where npm is"),
]


@pytest.fixture(scope="module")
def driver() -> Path:
    """The script that drives the browser, with the packages it needs."""
    if not (BROWSER_TESTS / "node_modules" / ".package-lock.json").is_file():
        install = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--silent"], cwd=BROWSER_TESTS, check=False, timeout=300
        )
        if install.returncode:
            pytest.skip("npm could not install playwright-core and axe-core")
    return BROWSER_TESTS / "query-page.mjs"


@pytest.fixture(scope="module")
def observed(driver: Path, address: str) -> dict[str, Any]:
    command = ["node", str(driver), str(CHROMIUM), address]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_term_is_completed_by_its_label_and_its_prefix_is_declared(observed):
    assert "participatory process · 3" in observed["offered"]
    assert (
        observed["completed"]
        == "PREFIX passo: <https://w3id.org/passo/onto/>\nSELECT ?title { ?p a passo:ParticipatoryProcess"
    )


def test_a_query_runs_without_leaving_the_page_and_its_address_can_be_shared(observed):
    assert observed["rows"] == 3
    assert observed["state"] == "3 rows"
    assert observed["shared"] is True


def test_a_snippet_can_be_copied(observed, address):
    assert observed["copied"].startswith("curl --get")
    assert observed["copied"].endswith(f"{address}/sparql")


def test_a_result_is_drawn_as_chart_and_map(observed):
    assert (observed["bars"], observed["points"]) == (2, 2)


def test_a_syntax_error_is_shown_with_its_line_and_marked_in_the_editor(observed):
    assert observed["fault"] == "  ?x skos:broader ?y\n     ^"
    assert observed["marked"] == "skos:broader"
    assert observed["linted"] == 1


def test_a_running_query_can_be_cancelled_and_tab_leaves_the_editor(observed):
    assert observed["cancelled"] is True
    assert observed["leftBy"] == "format"


def test_the_page_works_without_javascript(observed):
    assert observed["plain"] == {"box": True, "rows": 2, "again": 2}


def test_the_page_obeys_its_policy_requests_no_other_host_and_throws_no_error(observed):
    assert (observed["policy"], observed["elsewhere"], observed["errors"]) == ([], [], [])


def test_a_long_query_runs_and_its_result_has_the_same_view(observed):
    assert observed["long"] == {"rows": 2, "view": "chart"}


def test_the_grammar_of_the_editor_reads_every_stored_query():
    queries = sorted(map(str, QUERIES.glob("*.rq")))
    command = ["node", str(EDITOR_SOURCES / "check.mjs"), *queries]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert (len(queries) > 10, answer.stdout) == (True, "")


@pytest.mark.parametrize("state", ["plain", "empty", "completing", "table", "snippet", "chart", "map", "error"])
def test_axe_finds_nothing(observed, state):
    assert observed["axe"][state] == []
