"""duplicates.yaml says which records describe one case; every mistake in it is an error with file, line and remedy."""

from pathlib import Path

import pytest

from passo_lod.errors import SourceError
from passo_lod.sources.duplicate_decisions import DuplicateDecisions
from passo_lod.sources.source import Source
from tests.sources.test_source import SETTINGS

DECISIONS = """\
same:
  - keep: "105"
    duplicates: ["595", pr-2373]
    why: same place and days
different:
  - records: ["123", "595", "7"]
    why: three districts
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "prova"
    folder.mkdir()
    (folder / "source.yaml").write_text(SETTINGS + "merged: {13: 14}\n", encoding="utf-8")
    return folder


def decisions(folder: Path, text: str) -> DuplicateDecisions:
    (folder / "duplicates.yaml").write_text(text, encoding="utf-8")
    return Source.open(folder).duplicates


def test_a_source_without_the_file_has_no_decisions(folder: Path) -> None:
    assert Source.open(folder).duplicates == DuplicateDecisions()


def test_each_duplicate_has_a_survivor_a_reason_and_a_line(folder: Path) -> None:
    same = decisions(folder, DECISIONS).same
    assert {id_: (each.survivor, each.why, each.line) for id_, each in same.items()} == {
        "pr-595": ("pr-105", "same place and days", 2),
        "pr-2373": ("pr-105", "same place and days", 2),
    }


@pytest.mark.parametrize(
    ("pair", "different"),
    [(("pr-123", "pr-7"), True), (("pr-7", "pr-105"), True), (("pr-105", "pr-123"), True), (("pr-7", "pr-8"), False)],
)
def test_a_decision_on_a_duplicate_holds_for_its_survivor(folder: Path, pair: tuple[str, str], different: bool) -> None:
    assert decisions(folder, DECISIONS).are_different(*pair) is different


def same(keep: str, duplicates: str, why: str = "a reason") -> str:
    return f"  - keep: {keep}\n    duplicates: {duplicates}\n    why: {why}\n"


MISTAKES = [
    ("equal: []", ":1: unknown key 'equal'; known: same, different"),
    ("same: {}", ":1: same should hold a list of entries, such as {keep:"),
    ("same:\n  - keep: '1'\n    why: x", ":2: an entry of same should have duplicates, keep, why: {keep:"),
    ("same:\n  - just text", ":2: an entry of same should have"),
    ("same:\n" + same("'1'", "[]"), ":3: duplicates should list one or more ids"),
    ("same:\n" + same("'1'", "'2'"), ":3: duplicates should list one or more ids"),
    ("same:\n" + same("'1'", "['2']", "''"), ":4: why should give the reason"),
    ("same:\n" + same("'---'", "['2']"), ":2: '---' should be the id of a record"),
    ("same:\n" + same("'1'", "[{a: b}]"), ":3: .* should be the id of a record"),
    ("same:\n" + same("'1'", "['2', '2']"), ":3: duplicates: pr-2 stands on line 3 already"),
    ("same:\n" + same("'1'", "['1']"), ":3: duplicates: pr-1 stands on line 2 already"),
    ("same:\n" + same("'1'", "['2']") + same("'1'", "['3']"), ":5: keep: pr-1 is kept on line 2 too; join"),
    ("same:\n" + same("'1'", "['2']") + same("'3'", "['2']"), ":6: duplicates: pr-2 stands on line 3 already"),
    (
        "same:\n" + same("'1'", "['2']") + same("'2'", "['3']"),
        ":5: pr-2 is kept in one entry and a duplicate in another",
    ),
    (
        "same:\n" + same("'2'", "['3']") + same("'1'", "['2']"),
        ":6: pr-2 is kept in one entry and a duplicate in another",
    ),
    ("same:\n" + same("'1'", "['12']"), ":3: pr-12 is withdrawn, merged, renamed or split by source.yaml, line 13"),
    ("same:\n" + same("'13'", "['1']"), ":2: pr-13 is withdrawn, merged, renamed or split by source.yaml, line"),
    ("different:\n  - records: ['1']\n    why: x", ":2: records should list two or more ids"),
    ("different:\n  - records: ['1', '1']\n    why: x", ":2: different: pr-1 and pr-1 are one record"),
    ("different:\n  - records: ['1', '2']\n    why: ''", ":3: why should give the reason"),
    (
        "same:\n" + same("'1'", "['2']") + "different:\n  - records: ['2', '1']\n    why: x",
        ":6: different: pr-2 and pr-1 are the same according to `same`",
    ),
    (
        "same:\n" + same("'1'", "['2', '3']") + "different:\n  - records: ['2', '3']\n    why: x",
        ":6: different: pr-2 and pr-3 are the same according to `same`",
    ),
    ("same: [", ":1: is not YAML"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_an_error_with_file_and_line(folder: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=f"duplicates.yaml{message}"):
        decisions(folder, text)


def test_a_file_that_cannot_be_read_is_an_error(folder: Path) -> None:
    (folder / "duplicates.yaml").mkdir()
    with pytest.raises(SourceError, match=r"duplicates\.yaml: cannot be read"):
        Source.open(folder)
