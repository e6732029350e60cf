"""A mistake in the layout of a JSON source is reported with its line (docs/sources/json.md)."""

from pathlib import Path

import pytest

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.json_files.json_layout import JsonLayout


def parse(folder: Path, text: str, *, for_lines: bool = False) -> JsonLayout:
    path = folder / "source.yaml"
    path.write_text(text, encoding="utf-8")
    parse_layout = JsonLayout.parse_for_lines if for_lines else JsonLayout.parse
    return parse_layout(path, yaml_loader.load(path, SourceError))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("records: a", "layout should state columns"),
        ("columns: {A: a}\ncolour: x", ":2: unknown key 'colour' in layout; known: columns, ignore-keys, records"),
        ("columns: x", ":1: columns should hold a label and its path each"),
        ("columns:\n  A: [a]", ":2: the column 'A' should have a path"),
        ("columns:\n  A: a..b", ":2: 'a..b' is no path"),
        ("columns: {A: a.}", "'a.' is no path"),
        ("columns: {A: '[]'}", r"'\[\]' is no path"),
        ("columns: {A: a}\nrecords: a[]", ":2: records should be the path"),
        ("columns: {A: a}\nrecords: [a]", ":2: records should be the path"),
        ("columns: {A: a}\nignore-keys: a", ":2: ignore-keys should hold a list of texts"),
        ("columns: {A: a}\nsentinels: {x: because}", ":2: the sentinel 'x' has the reason 'because'"),
    ],
)
def test_a_mistake_in_the_layout_is_reported_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse(tmp_path, text)


def test_the_key_records_is_an_error_for_json_lines(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=":2: records has no effect on JSON Lines"):
        parse(tmp_path, "columns: {A: a}\nrecords: a", for_lines=True)
