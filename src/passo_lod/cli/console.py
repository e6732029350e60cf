"""What the commands share for output: tables, counts, and a progress bar on a terminal or plain lines in a log."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBars
from rich.table import Table

from passo_lod.errors import PassoError
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.progress import Progress
from passo_lod.report import Severity, Summary

_PIPED_WIDTH = 1000
"""Characters; a table that goes to a file or another program is never wrapped."""


def reader_languages(language: str | None) -> tuple[str, ...]:
    """The languages in which to write for the reader, best first.

    Args:
        language: that the reader asks for; None for that of the environment (`LC_ALL`, `LC_MESSAGES`, `LANG`), or else English.

    Raises:
        PassoError: there are no texts in this language.
    """
    if language is None:
        environment = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
        tag = re.split("[_.@]", environment)[0]
        language = tag if tag in LANGUAGES else "en"
    if language not in LANGUAGES:
        raise PassoError(f"--language {language}: not known; there are {', '.join(LANGUAGES)}")
    return tuple(sorted(LANGUAGES, key=lambda each: each != language))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int) -> None:
    """Print a table without lines between cells.

    Args:
        heads: the head of each column.
        rows: the cells.
        text_columns: how many columns, from the left, hold text; the others hold numbers and are aligned right.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for position, head in enumerate(heads):
        table.add_column(head, justify="left" if position < text_columns else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    is_terminal = sys.stdout.isatty()
    Console(width=None if is_terminal else _PIPED_WIDTH, markup=False, highlight=False).print(table)


def result_counts(summary: Summary, language: str = "en") -> str:
    """The results of a report by severity, such as `2 Violation, 650 Warning, 199 Info`."""
    return ", ".join(f"{count} {Severity(name).label(language, count)}" for name, count in summary.counts.items())


@contextmanager
def progress_on_stderr() -> Iterator[Progress]:
    """Show progress on standard error: bars on a terminal, otherwise one line for each finished stage."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _print_finished_stage
        return
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ProgressBars(*columns, console=console) as bars:
        tasks: dict[str, int] = {}

        def update_bar(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, bars.add_task(stage, total=total) if stage not in tasks else 0)
            bars.update(task, completed=done, total=total)  # type: ignore[arg-type]

        yield update_bar


def _print_finished_stage(stage: str, done: int, total: int) -> None:
    if done == total:
        typer.echo(f"{stage}: {done} of {total}", err=True)
