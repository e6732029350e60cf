"""The names of the source: each once, in words of the glossary, without the metaphors that they replaced; and no import circle."""

import ast
import re
from pathlib import Path

import pytest

from benchmarks.structure import Structure

ROOT = Path(__file__).resolve().parents[1]
STRUCTURE = Structure.of(ROOT)
MODULES = sorted(name for name in STRUCTURE.modules if name != "passo_lod" and not name.endswith("__main__"))
METAPHORS = frozenset(
    [
        "told",
        "tell",
        "tells",
        "telling",
        "kept",
        "keeper",
        "gathered",
        "gather",
        "settled",
        "settler",
        "settling",
        "settle",
        "became",
        "bench",
        "workshop",
        "fate",
        "shelf",
        "shelved",
        "desk",
        "zygote",
        "bury",
        "buried",
        "hire",
        "lend",
        "mend",
        "mended",
        "mending",
        "squeezed",
        "loosened",
        "sight",
        "unseen",
        "unfit",
        "anew",
        "taker",
    ]
)
"""Words that the glossary replaces by terms of the field; no name contains one of them."""


def glossary() -> set[str]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return {
        word for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE) for word in re.findall(r"[a-z0-9]+", cell)
    }


def test_no_module_name_occurs_twice() -> None:
    assert STRUCTURE.repeated_modules == []


def test_no_public_class_name_occurs_twice() -> None:
    assert STRUCTURE.repeated_classes == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert STRUCTURE.circles == []


@pytest.mark.parametrize("module", MODULES)
def test_each_word_of_a_module_name_is_in_the_glossary(module: str) -> None:
    assert set(module.rpartition(".")[2].split("_")) <= glossary()


@pytest.mark.parametrize("module", MODULES)
def test_no_name_in_a_module_is_a_metaphor(module: str) -> None:
    _, tree = STRUCTURE.modules[module]
    assert not {name for name in _names(tree) if METAPHORS & set(_words(name))}


def _names(tree: ast.Module) -> set[str]:
    """The names of functions, classes, parameters, variables and attributes that a module defines."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
    return names


def _words(name: str) -> list[str]:
    """The words of a name in snake case or camel case."""
    return re.findall(r"[a-z0-9]+", re.sub(r"([A-Z]+)", r"_\1", name).lower())
