"""Lay the chart of a comparison by one dimension out: a row for each group, with a bar, dots for few values, or a range for many.

Horizontal positions go from 0 to 100, so that a page draws the chart at any width; the axis begins at zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil

from passo_lod.comparison.answer_rows import AnswerRow
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages.drawing_legend import AxisTick, LegendItem
from passo_lod.web.pages.drawn_rows import DrawnRows
from passo_lod.web.pages.result_chart import scale_of

MOST_ROWS = 40
_BEYOND = 1.25
"""The axis ends at so many times the largest quartile, or the largest usual median of few values; a value beyond it is an arrow at its end."""
_USUAL = 0.9
"""So large a part of the medians of few values is on the axis."""
_MOST_ANSWERS = 20
"""So many answers are drawn one by one if they give no percentage."""
_VALUES = (MeasureKind.NUMBER, MeasureKind.MONEY, MeasureKind.VALUES, MeasureKind.DURATION, MeasureKind.RATIO)


@dataclass(frozen=True)
class ChartRow:
    """A group and its mark.

    Attributes:
        group: its value.
        figure: in words.
        count: of how many values.
        bar: the end of a bar that begins at zero.
        band: the positions of the first and the third quartile.
        median: its position, with a band.
        dots: the positions of few values.
        beyond: how many values are beyond the end of the axis.
        yes: of few answers.
        no: of few answers.
    """

    group: str
    label: str
    figure: str
    count: str
    title: str
    bar: float | None = None
    band: tuple[float, float] | None = None
    median: float | None = None
    dots: tuple[float, ...] = ()
    beyond: int = 0
    yes: int = 0
    no: int = 0


@dataclass(frozen=True)
class RowsChart:
    """A chart of rows; it has no ticks if no row needs an axis."""

    rows: tuple[ChartRow, ...]
    ticks: tuple[AxisTick, ...]
    zero: float
    legend: tuple[LegendItem, ...]
    notes: tuple[str, ...]
    kind: str = "rows"


@dataclass(frozen=True)
class _Axis:
    start: float
    end: float

    def at(self, number: Decimal | float) -> float:
        return (float(number) - self.start) / (self.end - self.start) * 100

    def has(self, number: Decimal | float) -> bool:
        return self.start <= float(number) <= self.end


def rows_chart(drawn: DrawnRows) -> RowsChart | None:
    """The chart of the groups that are values; None if there is nothing to draw."""
    shown = drawn.drawable[:MOST_ROWS]
    if not shown:
        return None
    scale = _scale(shown, drawn)
    axis = _Axis(scale[0], scale[-1])
    values = _values_by_process(drawn)
    rows = tuple(_row(row, drawn, axis, values) for row in shown)
    has_axis = any(row.bar is not None or row.band or row.dots or row.beyond for row in rows)
    ticks = drawn.ticks(scale, axis.at) if has_axis else ()
    left_out = len({row.group for row in drawn.all}) - len(rows)
    return RowsChart(rows, ticks, axis.at(0), _legend(rows, drawn), drawn.notes(left_out))


def _scale(shown: Sequence[AnswerRow], drawn: DrawnRows) -> tuple[float, ...]:
    """The numbers on the axis: 0 to 100 for percentages, else up to the largest figure or quartile."""
    if drawn.kind is MeasureKind.SHARE:
        return (0.0, 25.0, 50.0, 75.0, 100.0)
    if drawn.kind not in _VALUES:
        numbers = [number for row in shown if (number := drawn.headline(row)) is not None]
        return scale_of(0.0, float(max(numbers)))
    summaries = [row.summary for row in shown if row.summary]
    large = [row.summary.quartiles[2] for row in shown if row.summary and not drawn.is_few(row)]
    few = sorted(row.summary.median for row in shown if row.summary and drawn.is_few(row))
    usual = few[ceil(len(few) * _USUAL) - 1] if few else Decimal(0)
    end = min(float(max([*large, usual])) * _BEYOND, float(max(each.highest for each in summaries)))
    return scale_of(min([0.0, *(float(each.lowest) for each in summaries)]), end)


def _values_by_process(drawn: DrawnRows) -> dict[str, Decimal]:
    """The value of each process in the currency that is drawn."""
    amounts = {
        each.process: [amount.value for amount in each.amounts if amount.unit == drawn.unit]
        for each in drawn.answered.evidence
    }
    return {process: sum(values, Decimal(0)) for process, values in amounts.items() if values}


def _row(row: AnswerRow, drawn: DrawnRows, axis: _Axis, values: dict[str, Decimal]) -> ChartRow:
    plain = ChartRow(row.group, drawn.label(row.group), drawn.figure(row), drawn.count(row), drawn.title(row))
    number = drawn.headline(row)
    if drawn.kind is MeasureKind.SHARE and number is None:
        return replace(plain, yes=row.yes, no=row.no) if row.figure.known <= _MOST_ANSWERS else plain
    if drawn.kind not in _VALUES:
        return replace(plain, bar=axis.at(number or 0))
    if drawn.is_few(row):
        known = sorted(values[each] for each in row.figure.processes if each in values)
        dots = tuple(axis.at(each) for each in known if axis.has(each))
        return replace(plain, dots=dots, beyond=len(known) - len(dots))
    low, middle, high = row.summary.quartiles if row.summary else (Decimal(0),) * 3
    return replace(plain, band=(axis.at(low), axis.at(min(high, Decimal(axis.end)))), median=axis.at(middle))


def _legend(rows: Sequence[ChartRow], drawn: DrawnRows) -> tuple[LegendItem, ...]:
    """The marks that are not bars."""
    found = (
        (any(row.band for row in rows), "band"),
        (any(row.dots for row in rows), "dot"),
        (any(row.beyond for row in rows), "beyond"),
        (any(row.yes for row in rows), "yes"),
        (any(row.no for row in rows), "no"),
    )
    return tuple(LegendItem(mark, message(f"page.compare-mark-{mark}", drawn.language)) for has, mark in found if has)
