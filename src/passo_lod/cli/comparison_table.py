"""Print an answered comparison for people: names and words of the reader's language, every denominator, and why values are missing."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import fill

from rich import box
from rich.console import Console
from rich.table import Table

from passo_lod.comparison.answer_rows import AnswerRow, answer_rows, code_of, label_of, total_rows
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.declarations import Dimension, Measure, MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.figures import Figure
from passo_lod.messages.message_catalogue import count_text, message
from passo_lod.queries.questions import Question
from passo_lod.visible_text import escape_controls
from passo_lod.web.pages.figure_texts import FIGURE_COLUMNS, figure_texts, reason_texts

NOTHING = "–"
"""Stands where there is no figure."""

_PIPED_WIDTH = 1000
"""Characters; a table that goes to a file or another program is not wrapped."""

_NAME_WIDTH, _ABSENCE_WIDTH, _GAP = 12, 24, 2
"""Characters: to which a column of names, or of reasons, is wrapped at least; and between two columns."""

_MOST_NAMED = 6
"""How many groups without a known value are named."""

_COUNTED = (MeasureKind.PROCESSES, MeasureKind.RATE)
"""Kinds of measures whose value every process has."""


def print_comparison(answered: AnsweredComparison, asked: Question | None, language: str) -> None:
    """Print the title, the table, the denominators and the notes of a comparison.

    Args:
        answered: the comparison.
        asked: the question that it answers, if it is one of the questions.
        language: of the reader.
    """
    console = reader_console()
    console.print(title_of(answered, asked, language), style="bold")
    if only := _filter_text(answered, language):
        console.print(only)
    if answered.table.total.all:
        _print_table(console, answered, language)
    for line in _notes(answered, asked, language):
        console.print(line)


def reader_console() -> Console:
    """Standard output, as wide as the terminal; for a file or another program, so wide that nothing is wrapped."""
    return Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, markup=False, highlight=False)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, or else in any."""
    return texts.get(language) or next(iter(texts.values()), "")


def title_of(answered: AnsweredComparison, asked: Question | None, language: str) -> str:
    """The title of a question, or of a comparison that is none."""
    if asked:
        return in_language(asked.query.titles, language)
    labels = [in_language(each.labels, language) for each in _dimensions(answered)]
    dimensions = f" {message('page.compare-and', language)} ".join(labels)
    measure = in_language(answered.comparison.measure.labels, language)
    title = message("page.compare-title", language, measure=measure, dimensions=dimensions)
    return title[:1].upper() + title[1:]


def _dimensions(answered: AnsweredComparison) -> list[Dimension]:
    comparison = answered.comparison
    return [comparison.by, *([comparison.series] if comparison.series else [])]


def _filter_text(answered: AnsweredComparison, language: str) -> str:
    """The filters in one line; empty if there are none."""
    texts = filter_texts(answered, language)
    return message("compare.only", language, filters="; ".join(texts)) if texts else ""


def filter_texts(answered: AnsweredComparison, language: str) -> list[str]:
    """Each filter in words."""
    comparison = answered.comparison
    years = (("from", comparison.years.first), ("to", comparison.years.last))
    texts = [
        f"{in_language(each.dimension.labels, language)} {', '.join(_value_name(each_value, answered) for each_value in each.values)}"
        for each in comparison.filters
    ]
    return [
        *texts,
        *(f"{message(f'page.compare-{name}', language)} {year}" for name, year in years if year is not None),
    ]


def _value_name(code: str, answered: AnsweredComparison) -> str:
    """The name of a value that a filter names by its code, if it is one of a group."""
    return next((escape_controls(name.label) for iri, name in answered.names.items() if code_of(iri) == code), code)


# ---------------------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True)
class _Line:
    """The texts of one row."""

    names: tuple[str, ...]
    figures: tuple[str, ...]
    absences: str
    ends_section: bool = False


def _print_table(console: Console, answered: AnsweredComparison, language: str) -> None:
    """Print the table, with the reasons for absence in a column, or below it where the terminal is too narrow for that."""
    lines = _lines(answered, language)
    dimensions = _dimensions(answered)
    heads = _heads(answered.comparison.measure, language)
    least = _least_width(heads, lines)
    if least > console.width:
        lines = [replace(line, figures=tuple(each.replace(" – ", " –\n") for each in line.figures)) for line in lines]
        least = _least_width(heads, lines)
    has_absences = any(line.absences for line in lines)
    is_wide = has_absences and least + _ABSENCE_WIDTH + _GAP <= console.width
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for dimension in dimensions:
        table.add_column(in_language(dimension.labels, language), overflow="fold")
    for head, width in zip(heads, _widths(heads, lines), strict=True):
        table.add_column(fill(head, width), justify="right", no_wrap=True)
    if is_wide:
        table.add_column(message("compare.absent", language), overflow="fold")
    for line in lines:
        absences = [line.absences or NOTHING] if is_wide else []
        table.add_row(*line.names, *line.figures, *absences, end_section=line.ends_section)
    # A number is never cut: the terminal wraps a table that is too wide for it.
    width, console.width = console.width, max(console.width, least)
    console.print(table)
    console.width = width
    if has_absences and not is_wide:
        _print_absences(console, lines, language)


def _widths(heads: Sequence[str], lines: Sequence[_Line]) -> list[int]:
    """The width of each column of numbers: that of its longest text, or of the longest word of its head."""
    columns = zip(*(line.figures for line in lines), strict=True)
    texts = (
        [*head.split(), *(part for cell in cells for part in cell.split("\n"))]
        for head, cells in zip(heads, columns, strict=True)
    )
    return [max(map(len, each)) for each in texts]


def _least_width(heads: Sequence[str], lines: Sequence[_Line]) -> int:
    """The width of the table without reasons, with its names wrapped."""
    widths = [*_widths(heads, lines), *([_NAME_WIDTH] * len(lines[0].names))]
    return sum(widths) + _GAP * len(widths) + 2


def _print_absences(console: Console, lines: Sequence[_Line], language: str) -> None:
    console.print(f"{message('compare.absent', language)}:")
    group = ""
    for line in lines[:-1]:
        group = line.names[0] or group
        if line.absences:
            console.print(f"  {' / '.join((group, *line.names[1:]))}: {line.absences}")


def _lines(answered: AnsweredComparison, language: str) -> list[_Line]:
    """A line for each row with a known value, those of groups first, then those of reasons; and those of all processes last."""
    comparison, table = answered.comparison, answered.table
    is_rate = comparison.measure.kind is MeasureKind.RATE
    shown = [row for row in answer_rows(table, comparison, answered.names) if row.figure.known]
    shown.sort(key=lambda row: (row.group in REASONS, is_rate and row.rate is None))
    found = []
    for row, before, after in zip(shown, (None, *shown), (*shown[1:], None), strict=False):
        repeats = before is not None and before.group == row.group
        names = ["" if repeats else label_of(row.group, answered.names)]
        names += [label_of(row.series, answered.names)] if comparison.series else []
        ends = after is None or (row.group in REASONS) != (after.group in REASONS)
        found.append(_line(names, row, answered, language, ends_section=ends))
    names = [message("compare.all", language), *([""] if comparison.series else [])]
    return [*found, *(_line(names, row, answered, language) for row in total_rows(table, comparison))]


def _line(
    names: Sequence[str], row: AnswerRow, answered: AnsweredComparison, language: str, *, ends_section: bool = False
) -> _Line:
    texts = dict(
        zip(FIGURE_COLUMNS[answered.comparison.measure.kind], figure_texts(row, answered, language), strict=True)
    )
    figures = [
        _without_cents(texts[each], language) if row.figure.known else NOTHING
        for each in _columns(answered.comparison.measure)
    ]
    if answered.comparison.measure.kind not in _COUNTED:
        figures.append(count_text(row.figure.known, language))
    figures.append(count_text(row.figure.all, language))
    return _Line(tuple(map(escape_controls, names)), tuple(figures), _absences(row.figure, language), ends_section)


def _columns(measure: Measure) -> list[str]:
    """The columns of figures; a total of ratios says nothing."""
    is_ratio = measure.kind is MeasureKind.RATIO
    return [each for each in FIGURE_COLUMNS[measure.kind] if not (is_ratio and each == "total")]


def _heads(measure: Measure, language: str) -> list[str]:
    """The heads of the columns of numbers."""
    known = [] if measure.kind in _COUNTED else ["known"]
    heads = [message(f"page.compare-{each}", language) for each in (*_columns(measure), *known)]
    return [*heads, message("page.processes", language).lower()]


def _without_cents(text: str, language: str) -> str:
    """An amount without cents that are none, or the sign for nothing."""
    cents = f"{message('number.decimal-separator', language)}00"
    return re.sub(rf"{re.escape(cents)}(?!\d)", "", text) or NOTHING


def _absences(figure: Figure, language: str) -> str:
    """Why processes have no value, each reason with their number, in one line."""
    return ", ".join(f"{count_text(count, language)} {text}" for text, count in reason_texts(figure.absent, language))


# ---------------------------------------------------------------------------------------------------- below the table


def _notes(answered: AnsweredComparison, asked: Question | None, language: str) -> Iterator[str]:
    """What to know of the figures: their denominators, the groups without one, and what they do not say."""
    comparison, table = answered.comparison, answered.table
    if not table.total.all:
        yield message("compare.no-process", language)
        return
    if comparison.measure.kind not in _COUNTED:
        yield _denominators(table.total, language)
    if unknown := [row for row in answer_rows(table, comparison, answered.names) if not row.figure.known]:
        yield _unknown_groups(unknown, answered, language)
    if table.overlapping:
        yield message("page.compare-overlapping", language, count=table.overlapping)
    if asked:
        yield in_language(asked.query.notes, language)
        yield f"{message('page.compare-limits', language)} {in_language(asked.limits, language)}"
    else:
        yield in_language(comparison.measure.notes, language)
        yield from (in_language(each.notes, language) for each in _dimensions(answered))


def _denominators(total: Figure, language: str) -> str:
    known, processes = count_text(total.known, language), count_text(total.all, language)
    text = message("compare.known-of", language, known=known, processes=processes)
    if not total.absent:
        return text
    return f"{text} {message('compare.others', language, reasons=_absences(total, language))}"


def _unknown_groups(rows: Sequence[AnswerRow], answered: AnsweredComparison, language: str) -> str:
    """The groups that the table leaves out, those of most processes by name; other formats have all."""
    largest = sorted(rows, key=lambda row: -row.figure.all)[:_MOST_NAMED]
    named = [
        f"{' / '.join(label_of(each, answered.names) for each in (row.group, row.series) if each)} ({count_text(row.figure.all, language)})"
        for row in largest
    ]
    more = message("compare.in-csv", language) if len(rows) > _MOST_NAMED else ""
    text = f"{message('page.compare-unknown', language, count=len(rows))}: {', '.join(named)}"
    return escape_controls(f"{text}{more}")
