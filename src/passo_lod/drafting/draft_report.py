"""Tell a person what a draft is sure of, what it guesses and why, and what it leaves to them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from passo_lod.drafting.draft import Draft
from passo_lod.drafting.draft_files import TO_BE_DECIDED
from passo_lod.report import shortened
from passo_lod.sources.source_settings import UNDECIDED


def draft_report(draft: Draft, folder: Path) -> Iterator[str]:
    """The report of a draft, line by line, as plain text."""
    facts = draft.facts
    yield f"{draft.seen}: reader {facts.reader}, {len(draft.columns)} columns"
    yield ""
    yield from _columns(draft)
    yield from _sure(draft)
    yield from _guessed(draft)
    yield from _left(draft)
    yield from _questions(draft, folder)


def _columns(draft: Draft) -> Iterator[str]:
    yield "What the columns hold"
    rows = [
        (each.name, f"{each.filled:.0%}", str(len(set(each.values))), each.kind, _sentinels(list(each.absences)))
        for each in draft.columns
    ]
    yield from _table([("column", "filled", "distinct", "kind", "no value"), *rows])
    yield ""


def _sentinels(texts: Sequence[str]) -> str:
    return ", ".join(f"«{shortened(text, 24)}»" for text in texts[:2])


def _sure(draft: Draft) -> Iterator[str]:
    sure = [each for each in draft.in_order if each.sure]
    yield f"Sure of ({len(sure)})"
    yield from _table([(", ".join(each.labels), each.target.p, shortened(each.because, 90)) for each in sure])
    yield ""


def _guessed(draft: Draft) -> Iterator[str]:
    guessed = [
        (", ".join(each.labels), each.target.p, shortened(each.because, 110))
        for each in draft.in_order
        if not each.sure
    ]
    if draft.id_from:
        guessed.insert(0, (draft.id_from[0].name, "the record's id", draft.id_from[1]))
    settings = [
        (key, "", text.removeprefix("guess: "))
        for key, text in draft.facts.notes.items()
        if text.startswith("guess: ") and key != "id-from"
    ]
    yield f"Guessed ({len(guessed) + len(settings)}): please read these"
    yield from _table([*guessed, *settings])
    yield ""


def _left(draft: Draft) -> Iterator[str]:
    left = draft.matches.left
    yield f"Left to you ({len(left)}): under `ignore` in mapping.yaml, not published until you map them"
    rows = []
    for name, (why, found) in left.items():
        perhaps = ", ".join(dict.fromkeys(each.target.p for each in found if each.target.p))
        rows.append((name, shortened(why, 110), f"perhaps {perhaps}" if perhaps else ""))
    yield from _table(rows)
    yield ""


def _questions(draft: Draft, folder: Path) -> Iterator[str]:
    """What only a person knows, with the file and line in which the answer goes."""
    found = list(questions(draft, folder))
    if found:
        yield f"Questions ({len(found)})"
        yield from (f"  {each}" for each in found)
        yield ""


def questions(draft: Draft, folder: Path) -> Iterator[str]:
    """Each line of the draft, but for the ignored columns, that waits for a person: `file:line: the question`."""
    found = []
    for name, text in draft.texts.items():
        head = text.partition("\nignore:")[0].splitlines()
        for number, line in enumerate(head, start=1):
            _, marked, question = line.partition(f"# {TO_BE_DECIDED}: ")
            if marked:
                found.append((UNDECIDED not in line, f"{folder / name}:{number}: {question}"))
    # What publishing waits for goes first.
    yield from (question for _, question in sorted(found, key=lambda each: each[0]))


def next_step(draft: Draft, folder: Path, data: Path) -> Iterator[str]:
    """What to do now, in words: which file, which line, which command."""
    waiting = list(questions(draft, folder))
    option = "" if data == Path("data") else f" --data {data}"
    yield f"Drafted: {folder}"
    if waiting:
        yield f"Next: open {waiting[0]}"
    else:
        yield f"Next: read the guesses in {folder / 'mapping.yaml'}"
    yield f"Then: passo-lod check {folder / 'samples'} --source {draft.facts.name}{option}"
    yield f"Last: passo-lod publish{option}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows with their columns under each other; a long cell does not push the next away."""
    rows = [tuple(shortened(cell, 48) if at == 0 else cell for at, cell in enumerate(row)) for row in rows]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(max(map(len, rows), default=0))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
