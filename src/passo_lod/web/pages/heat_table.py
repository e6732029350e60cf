"""Lay the table of two dimensions out: a cell for each pair of values, shaded by its figure, with how many values are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from passo_lod.comparison.answer_rows import AnswerRow, ordered
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages.drawing_legend import LegendItem
from passo_lod.web.pages.drawn_rows import DrawnRows
from passo_lod.web.pages.figure_texts import short_text
from passo_lod.web.pages.page_templates import in_language
from passo_lod.web.pages.value_classes import ValueClass, classify, shade_of

MOST_COLUMNS = 12


@dataclass(frozen=True)
class HeatCell:
    """A cell of the table of two dimensions.

    Attributes:
        text: its figure.
        known: of how many values; empty for a number of processes.
        shade: from 1 for the smallest figures to 5 for the largest; 0 for a cell without a figure that compares.
    """

    text: str
    known: str
    shade: int
    title: str


@dataclass(frozen=True)
class HeatTable:
    """The table of two dimensions.

    Attributes:
        columns: the values of the second dimension, at most `MOST_COLUMNS`, with their names.
        rows: each group with its name, and its cells; None where there is no process.
        left_out: how many values of the second dimension have no column.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[HeatCell | None, ...]], ...]
    left_out: int
    legend: tuple[LegendItem, ...]
    notes: tuple[str, ...]
    kind: str = "heat"


def heat_table(drawn: DrawnRows) -> HeatTable | None:
    """The table of a comparison by two dimensions; None for one by a single dimension, or without processes."""
    answered, table = drawn.answered, drawn.answered.table
    if not answered.comparison.series or not table.cells:
        return None
    by_size = sorted(table.series, key=lambda each: (each in REASONS, -table.by_series[each].all, each))
    columns = ordered(by_size[:MOST_COLUMNS], answered.names, table.by_series)
    # Of several currencies of a cell the first one counts, which is that of most processes.
    rows = {(row.group, row.series): row for row in reversed(drawn.every) if row.series in columns}
    classes = classify(number for row in rows.values() if (number := _compared(row, drawn)) is not None)
    cells = {key: _cell(row, drawn, classes) for key, row in rows.items()}
    left_out = len(by_size) - len(columns)
    return HeatTable(
        columns=tuple((each, drawn.label(each)) for each in columns),
        rows=tuple(
            (group, drawn.label(group), tuple(cells.get((group, each)) for each in columns))
            for group in ordered(table.groups, answered.names, table.by_group)
        ),
        left_out=left_out,
        legend=class_legend(classes, drawn),
        notes=tuple(_notes(left_out, len(classes) > 1, drawn)),
    )


def _compared(row: AnswerRow, drawn: DrawnRows) -> Decimal | None:
    """The figure of a cell if it compares with the others: of values, in the same currency, not of a few answers."""
    if {row.group, row.series} & set(REASONS) or (row.summary and row.summary.unit != drawn.unit):
        return None
    return drawn.headline(row)


def _cell(row: AnswerRow, drawn: DrawnRows, classes: tuple[ValueClass, ...]) -> HeatCell:
    text, known = short_text(row, drawn.kind, drawn.language), drawn.count(row) if row.figure.known else ""
    title = f"{drawn.label(row.group)} · {drawn.label(row.series)}: {text}{f' ({known})' if known else ''}"
    return HeatCell(text, known, shade_of(_compared(row, drawn), classes), title)


def class_legend(classes: tuple[ValueClass, ...], drawn: DrawnRows) -> tuple[LegendItem, ...]:
    """The measure, and the shades, each with its lowest and its highest figure."""
    sign = " %" if drawn.kind is MeasureKind.SHARE else ""
    name = in_language(drawn.answered.comparison.measure.labels, (drawn.language,))
    heading = [LegendItem("heading", f"{name[:1].upper()}{name[1:]}:")] if classes else []
    return (*heading, *(LegendItem("shade", f"{_class_text(each, drawn)}{sign}", each.shade) for each in classes))


def _class_text(each: ValueClass, drawn: DrawnRows) -> str:
    low, high = drawn.amount(each.lowest), drawn.amount(each.highest)
    return low if low == high else f"{low} – {high}"


def _notes(left_out: int, has_classes: bool, drawn: DrawnRows) -> Iterator[str]:
    yield from drawn.notes(0)
    if has_classes:
        yield message("page.compare-shades", drawn.language)
    if left_out:
        yield message("page.compare-left-out", drawn.language, count=left_out)
