"""The documentation site builds without a broken link, and its pages load nothing from other hosts.

`make site` installs MkDocs in .venv-docs; without it the tests skip. test_docs.py checks the links of all Markdown files without MkDocs.
"""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MKDOCS = ROOT / ".venv-docs" / "bin" / "mkdocs"

LOADED = re.compile(
    r"""<(?:script|img|iframe|source|link rel="(?:stylesheet|icon|preload|preconnect)")[^>]*(?:src|href)="(?:https?:)?//"""
)
"""A tag that makes a browser fetch something from a host other than the site's."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not MKDOCS.exists():
        pytest.skip("MkDocs is not installed in .venv-docs; `make site` installs it")
    folder = tmp_path_factory.mktemp("site")
    command = [str(MKDOCS), "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_the_home_page_is_the_readme(site: Path) -> None:
    assert "make serve" in (site / "index.html").read_text(encoding="utf-8")


def test_every_package_has_a_page_of_its_api(site: Path) -> None:
    packages = {path.parent.name for path in (ROOT / "src" / "passo_lod").glob("*/__init__.py")}
    assert packages <= {path.stem for path in (site / "api").glob("*.html")}


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    assert [page.name for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []


def test_no_page_has_a_diagram_whose_script_comes_from_another_host(site: Path) -> None:
    assert [page.name for page in site.rglob("*.html") if 'class="mermaid"' in page.read_text(encoding="utf-8")] == []
