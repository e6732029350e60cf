"""Test that every language has the same messages, that every message is used, and how forms are chosen."""

import ast
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from passo_lod.errors import SettingsError
from passo_lod.messages import message_catalogue
from passo_lod.messages.message_catalogue import (
    LANGUAGES,
    Message,
    find_message,
    gender_of,
    in_every_language,
    load_messages,
    message,
)

SOURCES = Path(message_catalogue.__file__).parents[1]
PREFIX_OF_TEMPLATES = "page."


def texts_of(found: Message) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    else:
        yield from (text for form, value in found.items() if form != "gender" for text in texts_of(value))


def placeholders_of(found: Message) -> set[str]:
    return {name for text in texts_of(found) for _, name, _, _ in string.Formatter().parse(text) if name}


def test_italian_is_first() -> None:
    assert LANGUAGES[:2] == ("it", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    first, other = load_messages(LANGUAGES[0]), load_messages(language)
    assert other.keys() == first.keys()
    for key, found in other.items():
        assert (key, placeholders_of(found)) == (key, placeholders_of(first[key]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_every_form_of_a_text_has_the_same_placeholders_but_for_the_number(language: str) -> None:
    for key, found in load_messages(language).items():
        assert all(text.strip() == text != "" for text in texts_of(found)), key
        assert all(placeholders_of(found) - placeholders_of(text) <= {"count"} for text in texts_of(found)), key


# -- use


def patterns_in_python(path: Path) -> Iterator[str]:
    """The string literals of a module as regular expressions, in which the values of f-strings match any text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values
            )


def patterns_in_template(path: Path) -> Iterator[str]:
    """The string literals of a template as keys of pages; `"view-" ~ view` matches any text after the hyphen."""
    literals = re.findall(r"""(["'])([a-z-]+)\1(\s*~)?""", path.read_text(encoding="utf-8"))
    yield from (re.escape(PREFIX_OF_TEMPLATES + text) + (".+" if joined else "") for _, text, joined in literals)


def patterns() -> Iterator[str]:
    for path in SOURCES.rglob("*.py"):
        yield from patterns_in_python(path)
    for path in SOURCES.glob("web/templates/*.html"):
        yield from patterns_in_template(path)


def test_every_message_is_used() -> None:
    columns = {"title", "region", "status", "start", "end"}  # web.process_lists.COLUMNS, headings of a table
    any_key_of_a_page = (
        re.escape(PREFIX_OF_TEMPLATES) + ".+"
    )  # in `endpoints.templating`, for the keys in the templates
    specific = {pattern for pattern in patterns() if len(pattern.replace(".+", "")) > 4} - {any_key_of_a_page}
    used = re.compile("|".join(sorted(specific)))
    keys = load_messages(LANGUAGES[0]).keys() - {PREFIX_OF_TEMPLATES + column for column in columns}
    assert [key for key in sorted(keys) if not used.fullmatch(key)] == []


# -- forms


@pytest.fixture
def write_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(message_catalogue, "_FOLDER", tmp_path)
    load_messages.cache_clear()
    yield tmp_path / "it.yaml"
    load_messages.cache_clear()


def test_forms_are_chosen_by_number_and_gender(write_messages: Path) -> None:
    write_messages.write_text(
        """
noun: {one: scheda, other: schede, gender: feminine}
new:
  masculine: {one: "{count} nuovo", other: "{count} nuovi"}
  feminine: {one: "{count} nuova", other: "{count} nuove"}
plain: "{name} è qui"
""",
        encoding="utf-8",
    )
    gender = gender_of("noun", "it")
    assert (gender, gender_of("plain", "it")) == ("feminine", "")
    assert [message("noun", "it", count=count) for count in (0, 1, 2)] == ["schede", "scheda", "schede"]
    assert message("new", "it", count=2, gender=gender) == "2 nuove"
    assert message("new", "it", count=1, gender="masculine") == "1 nuovo"
    assert message("plain", "it", name="Ada") == "Ada è qui"
    assert message("plain", "it") == "{name} è qui"


@pytest.mark.parametrize(
    "text", ["page: {yes: no}", "page: {answer: true}", "page: [a, b]", "page: {n: 1}", "a: {b: ", "text"]
)
def test_file_that_is_no_mapping_of_texts_is_an_error_that_names_it(write_messages: Path, text: str) -> None:
    write_messages.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(str(write_messages))):
        load_messages("it")


def test_message_that_is_missing_is_an_error_unless_it_is_searched_for() -> None:
    with pytest.raises(KeyError):
        message("page.nothing-of-this-name", "it")
    assert find_message("page.nothing-of-this-name", "it") is None
    assert find_message("page.home", "en") == "Home"


def test_text_in_every_language_is_by_language_tag_in_their_order() -> None:
    texts: Mapping[str, str] = in_every_language("page.home")
    assert texts == {"it": "Inizio", "en": "Home"}
    assert tuple(texts) == LANGUAGES
