"""Test pages in a real browser: they show their content, request no other host, and obey their content security policy."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = ["/", "/processes", "/doc/process/xx-0001", "/sparql", "/dump/", "/doc/onto", "/report"]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"
)


@pytest.fixture
def browse(tmp_path: Path, address: str):
    def dom_and_log(path: str) -> tuple[str, str]:
        quiet = ["gpu", "quic", "background-networking", "component-update", "sync"]
        command = [
            *(CHROMIUM, "--headless", "--no-sandbox", "--no-first-run", "--enable-logging=stderr"),
            *(f"--disable-{each}" for each in quiet),
            *(f"--user-data-dir={tmp_path}", "--lang=it", "--virtual-time-budget=5000", "--dump-dom", address + path),
        ]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        return answer.stdout, answer.stderr

    return dom_and_log


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_its_heading_and_breaks_no_rule_of_its_policy(browse, path: str) -> None:
    dom, log = browse(path)
    assert re.search(r"<(?:h1|p)\b[^>]*>\s*\S", dom), dom[:500]
    assert not re.search(r"Refused to|Content Security Policy|CONSOLE.*[Ee]rror", log), log


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_another_host(browse, path: str) -> None:
    dom, _ = browse(path)
    loaded = re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=\"([^\"]+)\"", dom)
    loaded = [each for each in loaded if each.startswith("http")]
    links_only = re.findall(
        r"<link\b[^>]*rel=\"(?:canonical|license|alternate|describedby)\"[^>]*href=\"([^\"]+)\"", dom
    )
    assert set(loaded) <= set(links_only)
