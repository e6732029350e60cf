"""Test that every result of reading, mapping, validating and publishing takes its texts from the catalogue, with all their values."""

import ast
import fnmatch
import re
import string
from collections.abc import Iterator
from pathlib import Path

from passo_lod.mapping.redaction import KINDS
from passo_lod.messages import message_catalogue
from passo_lod.messages.message_catalogue import LANGUAGES, load_messages
from passo_lod.records import FieldState, LineRole
from passo_lod.report import Severity

SOURCES = Path(message_catalogue.__file__).parents[1]
MAKERS = frozenset({"ConversionError", "ReadError", "of", "report", "_report", "_report_unknown", "_result"})
"""What makes a result, or the error that becomes one; `of` of ValidationResult and CatalogueText only."""
SECTION = re.compile(r"(?:read|map|convert|publish|shacl|personal-data)\.[\w.:*-]+")
"""A key; `*` stands for what an f-string inserts."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call that makes a result, with its file and line."""
    for package in ("sources", "mapping", "validation", "pipeline"):
        for path in sorted((SOURCES / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and is_maker(node.func):
                    yield f"{path.relative_to(SOURCES)}:{node.lineno}", node


def is_maker(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute) and function.attr == "of":
        return isinstance(function.value, ast.Name) and function.value.id in ("ValidationResult", "CatalogueText")
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in MAKERS


def texts(node: ast.AST) -> Iterator[str]:
    """The literal texts of an expression, without the keys of dictionaries; `*` stands for what an f-string inserts."""
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts(value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    elif isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def placeholders(key: str) -> set[str]:
    messages = load_messages(LANGUAGES[0])
    found = [messages[each] for each in (key, f"{key}.problem", f"{key}.expected") if each in messages]
    forms = [text for each in found for text in ([each] if isinstance(each, str) else each.values())]
    return {name for text in forms for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def keys_of(call: ast.Call) -> list[str]:
    return [text for argument in call.args for text in texts(argument) if SECTION.fullmatch(text)]


def test_results_are_made_in_many_places() -> None:
    assert len(list(calls())) > 100


def test_no_result_has_a_text_that_is_written_in_the_program() -> None:
    written = [
        (place, text)
        for place, call in calls()
        for argument in [*call.args, *(each.value for each in call.keywords)]
        for text in texts(argument)
        if re.search(r"[^\W\d_] | [^\W\d_]", text)
    ]
    assert written == []


def test_every_result_has_a_key_of_the_catalogue() -> None:
    known = load_messages(LANGUAGES[0]).keys()
    unknown = [
        (place, key)
        for place, call in calls()
        for key in keys_of(call)
        if not fnmatch.filter(known, key) and not fnmatch.filter(known, f"{key}.problem")
    ]
    assert unknown == []


def test_every_result_gives_its_message_the_values_that_it_names() -> None:
    """Where the key is literal, and the values are a literal or left out."""
    wrong = []
    for place, call in calls():
        keys = [each.value for each in call.args if isinstance(each, ast.Constant)]
        keys = [key for key in keys if isinstance(key, str) and SECTION.fullmatch(key)]
        others = [each for each in call.args if isinstance(each, (ast.Dict, ast.Name, ast.IfExp, ast.Call))]
        values = [each for each in others if isinstance(each, ast.Dict) and None not in each.keys]
        if len(keys) == 1 and (len(values) == 1 or not others):
            given = {key.value for each in values for key in each.keys if isinstance(key, ast.Constant)}
            if given != placeholders(keys[0]):
                wrong.append((place, given, placeholders(keys[0])))
    assert wrong == []


def test_kinds_of_personal_data_states_roles_and_severities_have_names() -> None:
    known = load_messages(LANGUAGES[0]).keys()
    names = [f"personal-data.{kind}" for kind in KINDS]
    names += [f"check.state.{state.value}" for state in FieldState]
    names += [f"check.role.{role.value}" for role in LineRole]
    names += [f"result.severity.{severity.value}" for severity in Severity]
    assert [name for name in names if name not in known] == []
