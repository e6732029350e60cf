"""Lay the chart of a comparison by year out: a line for each value of the second dimension, with the last year marked, which may be incomplete.

Horizontal positions go from 0 to 100, vertical ones are in units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from passo_lod.comparison.address import YEAR
from passo_lod.comparison.answer_rows import AnswerRow, ordered
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages.drawing_legend import PLOT_WIDTH, AxisTick, LegendItem
from passo_lod.web.pages.drawn_rows import DrawnRows
from passo_lod.web.pages.result_chart import scale_of
from passo_lod.web.pages.text_width import text_width

MOST_SERIES = 8
_MOST_YEARS = 60
"""Earlier years are left out, and counted."""
_TOP, _PLOT_HEIGHT, _BELOW = 26.0, 250.0, 30.0
_START, _END = 9.0, 97.0
_FIGURE_SIZE = 12.0
_YEAR_STEPS = (1, 2, 5, 10, 20)
_MOST_LABELS = 8


@dataclass(frozen=True)
class LinePoint:
    """The figure of a year.

    Attributes:
        series: the number of its line.
        few: whether fewer than ten values are behind it.
        figure: beside the point; empty where there is no space.
        value: of the second dimension.
    """

    x: float
    y: float
    series: int
    few: bool
    title: str
    figure: str
    year: int
    value: str


@dataclass(frozen=True)
class LineSegment:
    """A line between the figures of successive years; dashed to a year that may be incomplete."""

    x1: float
    y1: float
    x2: float
    y2: float
    series: int
    dashed: bool


@dataclass(frozen=True)
class LinesChart:
    """A chart of lines.

    Attributes:
        height: in units.
        ticks: of the axis of numbers: texts and heights in units.
        years: the labels below the axis.
        baseline: the height of zero, in units.
    """

    height: float
    points: tuple[LinePoint, ...]
    segments: tuple[LineSegment, ...]
    ticks: tuple[AxisTick, ...]
    years: tuple[AxisTick, ...]
    baseline: float
    legend: tuple[LegendItem, ...]
    notes: tuple[str, ...]
    kind: str = "lines"


@dataclass(frozen=True)
class _Plane:
    """Where years and numbers are; `open_year` is the last year if it may be incomplete, else 0."""

    first: int
    last: int
    open_year: int
    scale: tuple[float, ...]

    def x(self, year: int) -> float:
        return round(_START + (year - self.first) / (self.last - self.first) * (_END - _START), 2)

    def y(self, number: Decimal | float) -> float:
        low, high = self.scale[0], self.scale[-1]
        return round(_TOP + (high - float(number)) / (high - low) * _PLOT_HEIGHT, 1)


def lines_chart(drawn: DrawnRows) -> LinesChart | None:
    """The lines of a comparison by year; None for another comparison, too many lines, a single year, or where a figure is missing."""
    rows = [row for row in drawn.drawable if row.group.isdecimal()]
    last = max((int(row.group) for row in rows), default=0)
    shown = [row for row in rows if int(row.group) > last - _MOST_YEARS]
    years = sorted({int(row.group) for row in shown})
    numbers = [number for row in shown if (number := drawn.headline(row)) is not None]
    series = _series(shown, drawn)
    comparison = drawn.answered.comparison
    if comparison.by.code != YEAR or len(years) < 2 or len(series) > MOST_SERIES or len(numbers) < len(shown):
        return None
    is_open = comparison.years.last is None or comparison.years.last > last
    plane = _Plane(years[0], last, last if is_open else 0, _scale(numbers, drawn.kind))
    has_figures = len(series) == 1 and _figures_fit(shown, drawn, plane)
    points = tuple(_point(row, series.index(row.series), drawn, plane, has_figures) for row in shown)
    left_out = len({row.group for row in rows}) - len(years)
    return LinesChart(
        height=_TOP + _PLOT_HEIGHT + _BELOW,
        points=points,
        segments=tuple(_segments(points, plane)),
        ticks=drawn.ticks(plane.scale, plane.y),
        years=tuple(_year_labels(plane)),
        baseline=plane.y(0),
        legend=_legend(series, points, drawn),
        notes=(*drawn.notes(left_out), *_open_note(plane.open_year, drawn.language)),
    )


def _figures_fit(rows: Sequence[AnswerRow], drawn: DrawnRows, plane: _Plane) -> bool:
    """Whether the figures are narrower than the space between two years, and do not reach the numbers on the axis."""
    widest = max(text_width(drawn.figure(row), _FIGURE_SIZE) for row in rows)
    axis = max(text_width(drawn.amount(number), _FIGURE_SIZE) for number in plane.scale)
    between = (plane.x(plane.last) - plane.x(plane.first)) / (plane.last - plane.first) / 100 * PLOT_WIDTH
    return widest < between and axis + widest / 2 < plane.x(plane.first) / 100 * PLOT_WIDTH


def _series(rows: Sequence[AnswerRow], drawn: DrawnRows) -> list[str]:
    """The values of the second dimension that have a line; one empty text without a second dimension."""
    table = drawn.answered.table
    if not drawn.answered.comparison.series:
        return [""]
    found = {row.series for row in rows}
    return [each for each in ordered(table.series, drawn.answered.names, table.by_series) if each in found]


def _scale(numbers: Sequence[Decimal], kind: MeasureKind) -> tuple[float, ...]:
    if kind is MeasureKind.SHARE:
        return (0.0, 25.0, 50.0, 75.0, 100.0)
    return scale_of(min(0.0, float(min(numbers))), float(max(numbers)))


def _point(row: AnswerRow, series: int, drawn: DrawnRows, plane: _Plane, has_figures: bool) -> LinePoint:
    year = int(row.group)
    return LinePoint(
        x=plane.x(year),
        y=plane.y(drawn.headline(row) or 0),
        series=series,
        few=drawn.is_few(row),
        title=drawn.title(row),
        figure=drawn.figure(row) if has_figures else "",
        year=year,
        value=row.series,
    )


def _segments(points: Sequence[LinePoint], plane: _Plane) -> Iterator[LineSegment]:
    """The lines between the points of successive years; a year without a figure interrupts them."""
    by_series: dict[int, dict[int, LinePoint]] = {}
    for point in points:
        by_series.setdefault(point.series, {})[point.year] = point
    for series, by_year in by_series.items():
        for year, point in by_year.items():
            if after := by_year.get(year + 1):
                yield LineSegment(point.x, point.y, after.x, after.y, series, after.year == plane.open_year)


def _year_labels(plane: _Plane) -> Iterator[AxisTick]:
    """The years below the axis, in steps that leave space between them; a star marks the one that may be incomplete."""
    span = plane.last - plane.first
    step = next((step for step in _YEAR_STEPS if span / step < _MOST_LABELS), _YEAR_STEPS[-1])
    for year in range(plane.first, plane.last + 1):
        if year == plane.last or (year % step == 0 and plane.last - year >= step):
            star = "*" if year == plane.open_year else ""
            yield AxisTick(f"{year}{star}", plane.x(year))


def _legend(series: Sequence[str], points: Sequence[LinePoint], drawn: DrawnRows) -> tuple[LegendItem, ...]:
    lines = [LegendItem("series", drawn.label(each), place) for place, each in enumerate(series) if each]
    few = [LegendItem("few", message("page.compare-mark-few", drawn.language))]
    return (*lines, *(few if any(point.few for point in points) else ()))


def _open_note(year: int, language: str) -> tuple[str, ...]:
    return (message("page.compare-open-year", language, year=year),) if year else ()
