"""Report a draft to the person who asked for it: what is sure, what is guessed and why, and what they have to decide."""

import io
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from passo_lod.drafting.draft import Draft
from passo_lod.drafting.draft_files import TO_BE_DECIDED
from passo_lod.report import shortened
from passo_lod.sources.source_settings import UNDECIDED

_GUESS = "guess: "
_PIPED_WIDTH = 1000
"""Characters; a report that goes to a file or another program is not wrapped."""


def draft_report(draft: Draft, folder: Path, width: int | None = None) -> str:
    """The report of a draft as plain text.

    Args:
        draft: the draft.
        folder: the folder to which it was written.
        width: the characters of a line, to which cells are wrapped; by default those of the terminal, if there is one.
    """
    if width is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH
    head = Text(f"{draft.sample_summary}: reader {draft.facts.reader}, {len(draft.columns)} columns")
    text = io.StringIO()
    Console(file=text, width=width).print(Group(head, _columns(draft), _sure(draft), _guessed(draft), _left(draft)))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join([*lines, "", *_question_lines(draft, folder)])


def _columns(draft: Draft) -> RenderableType:
    rows = [
        (
            each.name,
            f"{each.filled_share:.0%}",
            str(len(set(each.values))),
            each.kind,
            ", ".join(f"«{shortened(text, 24)}»" for text in list(each.missing_values)[:2]),
        )
        for each in draft.columns
    ]
    return _section("What the columns hold", ("column", "filled", "distinct", "kind", "no value"), rows)


def _sure(draft: Draft) -> RenderableType:
    rows = list(_matched_rows(draft, is_sure=True))
    return _section(f"Sure of ({len(rows)})", ("column", "mapped to", "because"), rows)


def _guessed(draft: Draft) -> RenderableType:
    rows = list(_matched_rows(draft, is_sure=False))
    if draft.record_ids:
        rows.insert(0, (", ".join(draft.record_ids.labels), "the record's id", draft.record_ids.evidence))
    rows += [
        (f"`{key}`", "", text.removeprefix(_GUESS))
        for key, text in draft.facts.notes.items()
        if text.startswith(_GUESS) and key != "id-from"
    ]
    return _section(f"Guessed ({len(rows)}): please read these", ("column", "mapped to", "because"), rows)


def _matched_rows(draft: Draft, *, is_sure: bool) -> Iterator[tuple[str, str, str]]:
    """The columns that are sure or guessed, each with its property and the evidence."""
    of_lines = ((each, each.target.p) for each in draft.ordered_matches)
    of_region = ((each, "passo:comparisonRegion") for each in draft.region_matches)
    for each, p in (*of_lines, *of_region):
        if each.is_sure == is_sure:
            yield ", ".join(each.labels), p, each.evidence


def _left(draft: Draft) -> RenderableType:
    rows = []
    for label, (reason, suggestions) in draft.matches.left.items():
        terms = ", ".join(dict.fromkeys(each.target.p for each in suggestions if each.target.p))
        rows.append((label, reason, terms))
    title = f"Left to you ({len(rows)}): under `ignore` in mapping.yaml, not published until you map them"
    return _section(title, ("column", "because", "perhaps"), rows)


_NOT_WRAPPED = ("filled", "distinct", "mapped to")


def _section(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """A title and a table, or only the title if there are no rows."""
    if not rows:
        return Group(Text(""), Text(title))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading in _NOT_WRAPPED)
    for row in rows:
        table.add_row(*map(Text, row))
    return Group(Text(""), Text(title), Padding(table, (0, 0, 0, 2), expand=False))


def _question_lines(draft: Draft, folder: Path) -> Iterator[str]:
    """What only a person knows, with the file and line for the answer; not wrapped, so that a path can be copied."""
    found = list(questions(draft, folder))
    if found:
        yield f"Questions ({len(found)})"
        yield from (f"  {each}" for each in found)
        yield ""


def questions(draft: Draft, folder: Path) -> Iterator[str]:
    """The lines of the draft that wait for a person, as `file:line: question`; those that publishing needs come first.

    Ignored columns are left out.
    """
    found = []
    for name, text in draft.texts.items():
        lines = text.partition("\nignore:")[0].splitlines()
        for number, line in enumerate(lines, start=1):
            _, marked, question = line.partition(f"# {TO_BE_DECIDED}: ")
            if marked:
                found.append((UNDECIDED not in line, f"{folder / name}:{number}: {question}"))
    yield from (question for _, question in sorted(found, key=lambda each: each[0]))


def next_steps(draft: Draft, folder: Path, data: Path) -> Iterator[str]:
    """What to do next, line by line: which file, which line, which command.

    Args:
        draft: the draft.
        folder: the folder to which it was written.
        data: the data folder, for the option `--data`.
    """
    open_questions = list(questions(draft, folder))
    option = "" if data == Path("data") else f" --data {data}"
    yield f"Drafted: {folder}"
    if open_questions:
        yield f"Next: open {open_questions[0]}"
    else:
        yield f"Next: read the guesses in {folder / 'mapping.yaml'}"
    yield f"Then: passo-lod check {folder / 'samples'} --source {draft.facts.name}{option}"
    yield f"Last: passo-lod publish{option}"
