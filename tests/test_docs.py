"""What the documentation promises is kept: commands, converters, readers, keys, links and examples."""

import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer

from passo_lod.cli import app as cli
from passo_lod.mapping import triples_map
from passo_lod.mapping.converters import converters
from passo_lod.sources import labelled_text_reader as labelled_text
from passo_lod.sources.reader_registry import READERS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("[dos]*/README.md")])
COMMANDS = sorted(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_and_says_what_it_does(command: str) -> None:
    assert f"`passo-lod {command} " in text("docs/command-line.md")
    answer = subprocess.run(
        [sys.executable, "-m", "passo_lod", command, "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage" in answer.stdout


@pytest.mark.parametrize("command", ["serve", "query", "publish"])
def test_every_option_of_a_command_is_documented(command: str) -> None:
    pages = text("docs/command-line.md") + text("docs/sparql.md") + text("docs/remote-stores.md")
    options = typer.main.get_command(cli.app).commands[command].params  # type: ignore[attr-defined]
    names = [name for option in options for name in option.opts if name.startswith("--")]
    assert [name for name in names if not re.search(rf"{name}\b", pages)] == []


@pytest.mark.parametrize("name", sorted([*converters("it", "https://example.org/"), *triples_map.LOOK_UPS]))
def test_every_converter_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text("docs/mapping.md")


@pytest.mark.parametrize("key", ["s", "po", "when", "each", "p", "o", "from", "value", "mapping", "convert", "concept"])
def test_every_key_of_a_mapping_is_documented(key: str) -> None:
    assert f"| `{key}` |" in text("docs/mapping.md")


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_reader_is_documented(name: str) -> None:
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "sources").glob("*.md"))
    assert any(f"`{name}`" in page for page in pages)


@pytest.mark.parametrize("key", labelled_text._KEYS)
def test_every_key_of_a_page_layout_is_documented(key: str) -> None:
    assert f"`{key}`" in text("docs/sources/labelled-text.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_sparql_example_can_be_parsed(page: Path) -> None:
    for query in re.findall(r"```sparql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        ox.Store().query(query)


def test_the_readme_shows_the_two_commands_before_anything_else() -> None:
    first_screen = "\n".join(text("README.md").splitlines()[:30])
    assert "make serve" in first_screen
    assert "make test" in first_screen


def test_ci_runs_exactly_the_test_command_of_the_readme() -> None:
    script = text(".ci/run").splitlines()
    assert script[-1] == "make test"


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_page_names_a_machine_or_a_registry() -> None:
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", "npmjs" + r"\.org", "deb" + r"\.debian"])
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    for name in filter(None, tracked):
        content = (ROOT / name).read_bytes().decode("utf-8", "replace") if (ROOT / name).is_file() else ""
        assert not re.search(hosts, content), name
