"""The documentation covers every command, option, converter, reader and key; its links lead somewhere, and its examples parse."""

import re
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer
from typer.testing import CliRunner

from passo_lod.cli import commands as cli
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.mapping.yarrrml.mapping_parser import LOOKUP_CONVERTERS
from passo_lod.sources.page_files.page_layout import LAYOUT_KEYS
from passo_lod.sources.reader_registry import READERS

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = re.compile(r"node_modules|\.venv.*|\..*cache|build|dist|releases")
"""Names of folders that are not part of the project."""
PAGES = sorted(
    page for page in ROOT.rglob("*.md") if not any(map(LEFT_OUT.fullmatch, page.relative_to(ROOT).parts[:-1]))
)
COMMANDS = sorted(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_and_says_what_it_does(command: str) -> None:
    assert f"`passo-lod {command} " in text("docs/command-line.md")
    answer = CliRunner().invoke(cli.app, [command, "--help"])
    assert answer.exit_code == 0
    assert "Usage" in answer.stdout


@pytest.mark.parametrize("command", ["serve", "query", "publish", "compare"])
def test_every_option_of_a_command_is_documented(command: str) -> None:
    pages = text("docs/command-line.md") + text("docs/sparql.md") + text("docs/remote-stores.md")
    options = typer.main.get_command(cli.app).commands[command].params  # type: ignore[attr-defined]
    names = [name for option in options for name in option.opts if name.startswith("--")]
    assert [name for name in names if not re.search(rf"{name}\b", pages)] == []


@pytest.mark.parametrize("name", sorted([*converters("it", "https://example.org/"), *LOOKUP_CONVERTERS]))
def test_every_converter_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text("docs/mapping.md")


MAPPING_KEYS = (
    *("s", "po", "when", "each", "p", "o", "from", "value", "mapping", "convert", "concept"),
    *("variables", "described", "headings", "sections", "inferred", "lookup"),
)


@pytest.mark.parametrize("key", MAPPING_KEYS)
def test_every_key_of_a_mapping_is_documented(key: str) -> None:
    assert f"| `{key}` |" in text("docs/mapping.md")


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_reader_is_documented(name: str) -> None:
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "sources").glob("*.md"))
    assert any(f"`{name}`" in page for page in pages)


@pytest.mark.parametrize("key", LAYOUT_KEYS)
def test_every_key_of_a_page_layout_is_documented(key: str) -> None:
    assert f"`{key}`" in text("docs/sources/labelled-text.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    links = [link.partition("#") for link in re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)", prose(page))]
    targets = [((page.parent / path).resolve() if path else page, heading) for path, _, heading in links]
    assert [path for path, _ in targets if not path.exists()] == []
    assert [heading for path, heading in targets if heading and heading not in headings(path)] == []


def prose(page: Path) -> str:
    """A page without its code."""
    fenced = re.sub(r"^( *)```.*?^\1```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", "", fenced)


def headings(page: Path) -> set[str]:
    """The fragments that the headings of a page can be linked by, on the site as in the repository."""
    fenced = re.sub(r"^( *)```.*?^\1```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    texts = re.findall(r"^#+ (.*)$", fenced, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text).strip().lower().replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_sparql_example_can_be_parsed(page: Path) -> None:
    blocks = re.findall(r"^( *)```sparql\n(.*?)^\1```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for indent, block in blocks:
        ox.Store().query(block.replace(f"\n{indent}", "\n"))


def test_the_readme_shows_the_two_commands_before_anything_else() -> None:
    first_screen = "\n".join(text("README.md").splitlines()[:30])
    assert "make serve" in first_screen
    assert "make test" in first_screen


def test_ci_runs_exactly_the_test_command_of_the_readme() -> None:
    script = text(".ci/run").splitlines()
    assert script[-1] == "make test"


def test_the_targets_that_the_documentation_names_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = {
        name for page in PAGES for name in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert named <= targets


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
