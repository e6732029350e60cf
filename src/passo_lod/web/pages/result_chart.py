"""Lay out the result of a query as a bar chart: columns and rows in, positions of bars and labels out; a template draws them as SVG.

Horizontal positions are per cent of the width, so that a chart fits any screen and its text keeps its size. A column of dates gives vertical
bars, any other column horizontal ones. The chart states how many rows it does not draw.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from passo_lod.web.pages.chart_columns import MOST_SERIES, ChartColumns, distinct_keys, is_time, key_of
from passo_lod.web.pages.result_table import ResultCell, Row, column_cells

MOST_BARS = 60
_LABEL_HEIGHT, _BAR_HEIGHT, _GAP, _TOP = 21, 18, 8, 30
_LEFT, _WIDTH, _WIDTH_WITH_SERIES = 0.5, 80.0, 66.0
_PLOT_HEIGHT, _AXIS_WIDTH = 260, 9.0
_LONGEST_LABEL = 46
_LONGEST_SERIES_NAME = 24
_MOST_VALUES_ABOVE_BARS = 14
_MOST_YEARS = 120

FormatNumber = Callable[[float], str]


@dataclass(frozen=True)
class Bar:
    """A bar and its value; `x`, `width` and `value_x` in per cent, the others in pixels."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str
    value: str
    value_x: float
    value_y: float


@dataclass(frozen=True)
class AxisLabel:
    """A text at a position: `x` in per cent, `y` in pixels."""

    text: str
    x: float
    y: float
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        columns: that it draws.
        is_vertical: whether the bars are vertical.
        height: in pixels.
        labels: of the bars.
        ticks: of the axis of values.
        series: names of the series; none if there is only one.
        zero: the position of zero on the axis of values.
        omitted: how many rows are not drawn.
    """

    columns: ChartColumns
    is_vertical: bool
    height: float
    bars: tuple[Bar, ...]
    labels: tuple[AxisLabel, ...]
    ticks: tuple[AxisLabel, ...]
    series: tuple[str, ...]
    zero: float
    omitted: int


@dataclass(frozen=True)
class _BarGroup:
    """The bars of one label: the index of the series and the value of each."""

    label: str
    bars: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class _Layout:
    height: float
    bars: tuple[Bar, ...]
    labels: tuple[AxisLabel, ...]
    ticks: tuple[AxisLabel, ...]
    zero: float


# -------------------------------------------------------------------------------------------------------------- layout


def draw(
    columns: Sequence[str],
    rows: Sequence[Row],
    chosen: ChartColumns,
    count: int,
    missing: str,
    format_number: FormatNumber,
) -> Chart:
    """Lay out the chart of the rows.

    Args:
        columns: of the result.
        rows: the first solutions.
        chosen: the columns to draw.
        count: of all solutions.
        missing: the text of a label that has no value.
        format_number: formats a number for the reader.
    """
    value, label, series = (
        columns.index(name) if name else None for name in (chosen.value, chosen.label, chosen.series)
    )
    keys = list(distinct_keys(rows, series))[:MOST_SERIES] if series is not None else [""]
    groups = _group_bars(rows, value or 0, label, series, keys, missing)
    names = [_series_name(rows, series, key, missing) for key in keys] if series is not None else []
    is_vertical = label is not None and is_time(chosen.label or "", column_cells(rows, label))
    numbers = [number for group in groups for _, number in group.bars]
    scale = scale_of(min(0.0, *numbers, 0.0), max(0.0, *numbers, 0.0))
    lay_out = _lay_out_vertical if is_vertical else _lay_out_horizontal
    layout = lay_out(groups, names, scale, format_number)
    return Chart(
        columns=chosen,
        is_vertical=is_vertical,
        height=layout.height,
        bars=layout.bars,
        labels=layout.labels,
        ticks=layout.ticks,
        series=tuple(names),
        zero=layout.zero,
        omitted=count - len(layout.bars),
    )


def _group_bars(
    rows: Sequence[Row], value: int, label: int | None, series: int | None, keys: Sequence[str], missing: str
) -> list[_BarGroup]:
    """The rows by label, in the order of the result; without series each row is its own group."""
    groups: dict[object, tuple[str, list[tuple[int, float]]]] = {}
    drawn = 0
    for index, row in enumerate(rows):
        number = cell.number if (cell := row[value]) else None
        key = key_of(row[series]) if series is not None else ""
        if number is None or key not in keys or drawn == MOST_BARS:
            continue
        drawn += 1
        text = _label(row[label], missing) if label is not None else str(index + 1)
        group = key_of(row[label]) if series is not None and label is not None else index
        groups.setdefault(group, (text, []))[1].append((keys.index(key), number))
    return [_BarGroup(text, tuple(bars)) for text, bars in groups.values()]


def _label(cell: ResultCell | None, missing: str) -> str:
    if cell is None:
        return missing
    return cell.raw[:10] if cell.is_time else cell.text


def _series_name(rows: Sequence[Row], series: int, key: str, missing: str) -> str:
    return next(_label(row[series], missing) for row in rows if key_of(row[series]) == key)


def scale_of(low: float, high: float, steps: int = 4) -> tuple[float, ...]:
    """Round numbers from at most `low` to at least `high`, with 0 among them, in about so many steps.

    >>> scale_of(0, 77000), scale_of(-3, 8), scale_of(0, 0)
    ((0.0, 20000.0, 40000.0, 60000.0, 80000.0), (-5.0, 0.0, 5.0, 10.0), (0.0, 1.0))
    """
    if high - low <= 0:
        return (0.0, 1.0)
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10, 20) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def _lay_out_horizontal(
    groups: Sequence[_BarGroup], series: Sequence[str], scale: Sequence[float], format_number: FormatNumber
) -> _Layout:
    """Bars one below another, each group below its label."""
    span, width = scale[-1] - scale[0], _WIDTH_WITH_SERIES if series else _WIDTH

    def x_of(number: float) -> float:
        return _LEFT + (number - scale[0]) / span * width

    bars, labels, y = [], [], float(_TOP)
    for group in groups:
        labels.append(AxisLabel(_truncate(group.label), _LEFT, y + _LABEL_HEIGHT - 6, "start"))
        y += _LABEL_HEIGHT
        for index, number in group.bars:
            left, right = sorted((x_of(0), x_of(number)))
            figure = format_number(number)
            value = figure + (f" · {_truncate(series[index], _LONGEST_SERIES_NAME)}" if series else "")
            title = _title(group, series, index, figure)
            bars.append(Bar(left, y, right - left, _BAR_HEIGHT - 3, index, title, value, right, y + _BAR_HEIGHT - 6))
            y += _BAR_HEIGHT
        y += _GAP
    ticks = tuple(AxisLabel(format_number(number), x_of(number), _TOP - 10) for number in scale)
    return _Layout(y, tuple(bars), tuple(labels), ticks, x_of(0))


def _lay_out_vertical(
    groups: Sequence[_BarGroup], series: Sequence[str], scale: Sequence[float], format_number: FormatNumber
) -> _Layout:
    """Bars side by side, each group above its label."""
    span, base = scale[-1] - scale[0], float(_TOP + _PLOT_HEIGHT)

    def y_of(number: float) -> float:
        return base - (number - scale[0]) / span * _PLOT_HEIGHT

    groups = _add_missing_years(groups)
    group_width = (100 - _AXIS_WIDTH) / max(len(groups), 1)
    slots, slot_of = _slots(groups, len(series))
    bar_width = group_width * 0.8 / slots
    has_values = len(groups) <= _MOST_VALUES_ABOVE_BARS and len(series) < 2
    bars = []
    for position, group in enumerate(groups):
        start = _AXIS_WIDTH + position * group_width + group_width * 0.1
        for order, (index, number) in enumerate(group.bars):
            top, bottom = sorted((y_of(0), y_of(number)))
            left = start + slot_of(order, index) * bar_width
            title = _title(group, series, index, format_number(number))
            value = format_number(number) if has_values else ""
            bars.append(Bar(left, top, bar_width, bottom - top, index, title, value, left + bar_width / 2, top - 5))
    ticks = tuple(AxisLabel(format_number(number), 0, y_of(number)) for number in scale)
    return _Layout(base + 32, tuple(bars), _labels_below(groups, group_width, base + 20), ticks, y_of(0))


def _labels_below(groups: Sequence[_BarGroup], group_width: float, y: float) -> tuple[AxisLabel, ...]:
    """As many labels as there is space for."""
    are_short = all(len(group.label) <= 4 for group in groups)
    every = math.ceil(len(groups) / (8 if are_short else 4))
    middles = ((group.label, _AXIS_WIDTH + (index + 0.5) * group_width) for index, group in enumerate(groups))
    return tuple(_label_below(label, x, y) for index, (label, x) in enumerate(middles) if index % every == 0)


def _add_missing_years(groups: Sequence[_BarGroup]) -> Sequence[_BarGroup]:
    """The groups with an empty one for each missing year, if their labels are ascending years."""
    years = [int(group.label) for group in groups if re.fullmatch(r"\d{4}", group.label)]
    are_ascending = len(years) == len(groups) and all(one < other for one, other in pairwise(years))
    if not are_ascending or not years or years[-1] - years[0] > _MOST_YEARS:
        return groups
    group_of = dict(zip(years, groups, strict=True))
    return [group_of.get(year, _BarGroup(str(year), ())) for year in range(years[0], years[-1] + 1)]


def _slots(groups: Sequence[_BarGroup], series: int) -> tuple[int, Callable[[int, int], int]]:
    """How many bars are side by side in a group, and the slot of a bar: by its series, or by its order if a series repeats."""
    has_repeats = any(len({index for index, _ in group.bars}) < len(group.bars) for group in groups)
    if has_repeats:
        return max(len(group.bars) for group in groups), lambda order, index: order
    return max(series, 1), lambda order, index: index


def _title(group: _BarGroup, series: Sequence[str], index: int, figure: str) -> str:
    return f"{group.label}{f' · {series[index]}' if series else ''}: {figure}"


def _label_below(label: str, x: float, y: float) -> AxisLabel:
    """A label centred below its bars; near the right edge it ends at the edge."""
    return AxisLabel(_truncate(label), 100, y, "end") if x > 95 else AxisLabel(_truncate(label), x, y)


def _truncate(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
