"""Scalars in settings stay the text that was typed, and the message about a mistake has its line."""

from pathlib import Path

import pytest

from passo_lod import yaml_loader
from passo_lod.errors import MappingError, PassoError, SettingsError
from passo_lod.yaml_loader import YamlMapping


def load(folder: Path, text: str | bytes) -> YamlMapping:
    path = folder / "settings.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return yaml_loader.load(path, SettingsError)


@pytest.mark.parametrize(
    "text", ["036002", "041030", "NO", "no", "yes", "1:30", "2020-01-01", "1.0", "0x10", "~", "null", "1e3"]
)
def test_a_scalar_stays_the_text_that_was_typed(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, f"code: {text}")["code"] == text


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    block = load(tmp_path, "\nfirst: 1\nlist:\n  - one\n  - two\nmap:\n  key: value\n")
    assert [key.line for key in block] == [2, 3, 6]  # type: ignore[attr-defined]
    assert block["first"].line == 2
    assert [each.line for each in block["list"]] == [4, 5]
    assert block["map"].line == 7


def test_an_empty_file_is_an_empty_mapping_with_a_line(tmp_path: Path) -> None:
    block = load(tmp_path, "# nothing yet\n")
    assert block == {}
    assert block.line == 1


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    assert list(load(tmp_path, "\ufefftitle: x")) == ["title"]


MISTAKES = [
    ("a: 1\nb: &x 2\n", ":2: anchors and aliases"),
    ("a: [1]\nb: *a\n", ":2: anchors and aliases"),
    ("a: &bomb [1]\nb: [*bomb, *bomb]\n", ":1: anchors and aliases"),
    ("a: 1\nb: 2\na: 3\n", ":3: the key 'a' stands twice"),
    ("? [one, two]\n: value\n", ":1: a key should be plain text"),
    ("a: 1\nb: [2\n", ":3: is not YAML"),
    ("a: b: c\n", ":1: is not YAML"),
    ("a: 1\n---\nb: 2\n", "is not YAML"),
    ("a: \x00\n", "is not YAML"),
    ("\ta: 1\n", ":1: is not YAML"),
    ("- one\n- two\n", "should hold a mapping"),
    ("only text", "should hold a mapping"),
    (b"title: citt\xe0\n", "is not UTF-8 text (byte 12); save it as UTF-8"),
    ("[" * 50_000, "is nested too deeply"),
    ("{a: " * 20_000, "is nested too deeply"),
    ("a:\n" + "".join(" " * depth + "b:\n" for depth in range(1, 600)), "is nested too deeply"),
    ("a: " + "x" * yaml_loader.MAX_BYTES, "is larger than 1,000,000 bytes"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_is_reported_with_file_and_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'settings.yaml'}:")
    assert message in str(raised.value)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        yaml_loader.load(tmp_path / "nowhere.yaml", MappingError)


def test_yaml_tags_create_no_python_objects(tmp_path: Path) -> None:
    assert load(tmp_path, "a: !!python/object/apply:os.system ['false']\n")["a"] == ["false"]


@pytest.mark.parametrize("text", ["names: one", "names: {one: two}", "names: [[one]]"])
def test_a_value_that_is_no_list_of_texts_is_reported(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.yaml:1: names should hold a list of texts"):
        yaml_loader.text_list(load(tmp_path, text), "names", tmp_path / "settings.yaml", SettingsError)


def test_a_missing_list_or_mapping_is_empty(tmp_path: Path) -> None:
    block = load(tmp_path, "a: 1")
    assert yaml_loader.text_list(block, "names", tmp_path, PassoError) == ()
    assert yaml_loader.mapping(block, "names", tmp_path, PassoError) == {}
