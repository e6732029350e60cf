"""MkDocs hooks: publish the READMEs beside docs/, make links work on the site as in the repository, and write the API reference.

On the site, `docs/X` is at `X`, and every other file keeps its path in the repository; `README.md` is the home page.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "passo_lod"
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "data/README.md",
    "data/places/README.md",
    "ontology/README.md",
    "shapes/README.md",
)
"""Pages outside docs/, by their path in the repository."""

LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)#\s]+)")
"""The target of a relative Markdown link, without its fragment."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the API reference to the section Reference, and the decisions as a section of their own."""
    api = [f"api/{name}.md" for name, _ in _reference()]
    decisions = sorted(
        path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / "decisions").glob("*.md")
    )
    for section in config.nav or []:
        if "Reference" in section:
            section["Reference"].append({"Python API": api})
    config.nav = [*(config.nav or []), {"Why: decisions": decisions}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside docs/, the other files that pages link to, and the API reference."""
    outside = [ROOT / name for name in PAGES]
    documents = [*outside, *(ROOT / "docs").rglob("*.md")]
    linked = {target for page in documents for target in _linked(page) if target.is_file() and target.suffix != ".md"}
    for path in [*outside, *sorted(linked)]:
        name = path.relative_to(ROOT).as_posix()
        inclusion = InclusionLevel.INCLUDED if path.suffix == ".md" else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, _site_path(name), abs_src_path=str(path), inclusion=inclusion))
    for name, text in _reference():
        files.append(File.generated(config, f"api/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite links from paths in the repository to paths on the site."""
    here = _repository_path(page.file.src_uri)

    def rewrite(match: re.Match[str]) -> str:
        target = normpath(join(dirname(here), match[2]))
        return match[1] + relpath(_site_path(target), dirname(page.file.src_uri) or ".")

    return markdown if here.startswith("docs/api/") else LINK.sub(rewrite, markdown)


def _linked(page: Path) -> Iterator[Path]:
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        yield (page.parent / match[2]).resolve()


def _site_path(name: str) -> str:
    return name.removeprefix("docs/")


def _repository_path(name: str) -> str:
    return name if name in PAGES else f"docs/{name}"


def _reference() -> Iterator[tuple[str, str]]:
    """A page for the top-level modules and one for each package, with every module's docstrings."""
    packages = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
    yield "modules", _reference_page("passo_lod", sorted(PACKAGE.glob("*.py")))
    for package in packages:
        yield package.name, _reference_page(f"passo_lod.{package.name}", sorted(package.rglob("*.py")))


def _reference_page(title: str, paths: list[Path]) -> str:
    names = (".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths)
    modules = (name.removesuffix(".__init__") for name in names if not name.endswith("__main__"))
    return f"# {title}\n\n" + "".join(f"::: {name}\n" for name in modules)
