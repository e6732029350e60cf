"""The report of a draft is complete plain text at any width."""

from pathlib import Path

import pytest

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import Draft, draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.draft_report import draft_report, next_steps

NEWCOMER = Path(__file__).resolve().parents[1] / "fixtures" / "newcomer"
FOLDER = Path("data") / "sources" / "reveville"


@pytest.fixture(scope="module")
def draft(known: KnownValues) -> Draft:
    return draft_source("reveville", [NEWCOMER / "reveville.csv"], known, DraftOptions(), ())


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_no_line_of_a_table_is_wider_than_it(draft: Draft, width: int) -> None:
    tables, _, _ = draft_report(draft, FOLDER, width).partition("Questions (")
    assert max(map(len, tables.splitlines())) <= width


@pytest.mark.parametrize("width", [80, 120, None])
def test_at_every_width_all_text_is_there_without_colour(draft: Draft, width: int | None) -> None:
    report = draft_report(draft, FOLDER, width)
    assert "\x1b" not in report
    assert "…" not in report
    words = report.split()
    for match in draft.ordered_matches:
        assert match.target.p in words
        assert set(match.evidence.split()) <= set(words)
    for label, (reason, _) in draft.matches.left.items():
        assert set(label.split()) | set(reason.split()) <= set(words)


def test_in_a_file_every_row_is_one_line(draft: Draft) -> None:
    lines = [" ".join(line.split()) for line in draft_report(draft, FOLDER).splitlines()]
    for match in draft.ordered_matches:
        assert f"{match.column.name} {match.target.p} {match.evidence}" in lines


def test_questions_name_file_and_line_and_those_that_publishing_needs_come_first(draft: Draft) -> None:
    _, _, listed = draft_report(draft, FOLDER, 80).partition("Questions (4)\n")
    first, second, *_ = map(str.strip, listed.splitlines())
    assert first.startswith(f"{FOLDER / 'source.yaml'}:9: under which licence")
    assert second.startswith(f"{FOLDER / 'source.yaml'}:10: where on the web")


def test_the_next_steps_name_the_first_question_and_the_commands(draft: Draft) -> None:
    drafted, next_step, then, last = next_steps(draft, FOLDER, Path("elsewhere"))
    assert drafted == f"Drafted: {FOLDER}"
    assert next_step.startswith(f"Next: open {FOLDER / 'source.yaml'}:9: ")
    assert then == f"Then: passo-lod check {FOLDER / 'samples'} --source reveville --data elsewhere"
    assert last == "Last: passo-lod publish --data elsewhere"
