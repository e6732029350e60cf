"""Draw a result as a chart: rows in, shapes out.

A label above its bars, everything measured in per cent of the width: so a chart is as wide as its reader's screen and its words keep their
size. A column of times makes upright columns instead. Nothing is dropped in silence: what is not drawn is counted.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from passo_lod.web.pages.result_table import ResultCell, Row, column, is_numeric

MOST_BARS = 60
MOST_SERIES = 8
_LINE, _BAR, _GAP, _TOP = 21, 18, 8, 30
_START, _ROOM, _ROOM_WITH_NAMES = 0.5, 80.0, 66.0
_PLOT, _SIDE = 260, 9.0
_LONGEST_LABEL = 46
_LONGEST_NAME = 24
_MOST_UPRIGHT_VALUES = 14
_MOST_YEARS = 120

Write = Callable[[float], str]


@dataclass(frozen=True)
class ChartColumns:
    """Which columns are drawn, by their names."""

    value: str
    label: str | None = None
    series: str | None = None


@dataclass(frozen=True)
class ChartOptions:
    """Which columns can be drawn as what."""

    values: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """A bar; `x` and `width` in per cent, `y` and `height` in pixels; where its value is written, if it is."""

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
    """A word at a place: `x` in per cent, `y` in pixels."""

    text: str
    x: float
    y: float
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """All that is drawn, and how much is not."""

    choice: ChartColumns
    upright: bool
    height: float
    bars: tuple[Bar, ...]
    labels: tuple[AxisLabel, ...]
    ticks: tuple[AxisLabel, ...]
    series: tuple[str, ...]
    zero: float
    left_out: int


@dataclass(frozen=True)
class _Group:
    """The bars of one label."""

    label: str
    bars: tuple[tuple[int, float], ...]


# ----------------------------------------------------------------------------------------------------------- columns


def offer(columns: Sequence[str], rows: Sequence[Row]) -> ChartOptions:
    """The columns that hold numbers only, and those that can be labels: all, those without numbers first."""
    values = tuple(name for place, name in enumerate(columns) if is_numeric(column(rows, place)))
    return ChartOptions(values, tuple(sorted(columns, key=lambda name: name in values)))


def choose(
    columns: Sequence[str], rows: Sequence[Row], value: str = "", label: str = "", series: str = ""
) -> ChartColumns | None:
    """What is drawn: as asked where that can be, else the first column of numbers by the first other one.

    Where one label comes more than once, the next column that tells its rows apart makes series. `series="-"` asks for none.
    """
    offered = offer(columns, rows)
    if not offered.values:
        return None
    value = value if value in offered.values else _first_value(offered.values, columns, rows)
    others = [name for name in offered.labels if name != value]
    label = label if label in others else next(iter(others), "")
    if series != "-" and (series not in others or series == label):
        series = _first_series(columns, rows, label, [name for name in others if name not in (label, *offered.values)])
    return ChartColumns(value, label or None, series if series not in ("", "-") else None)


def _first_value(values: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> str:
    """The first column of numbers that are not years."""
    return next((name for name in values if not _is_time(name, column(rows, columns.index(name)))), values[0])


def _first_series(columns: Sequence[str], rows: Sequence[Row], label: str, among: Sequence[str]) -> str:
    if not label or len(_keys(rows, columns.index(label))) == len(rows):
        return ""
    fitting = (name for name in among if 1 < len(_keys(rows, columns.index(name))) <= MOST_SERIES)
    return next(fitting, "")


def _keys(rows: Sequence[Row], place: int) -> dict[str, None]:
    return dict.fromkeys(_key(row[place]) for row in rows)


def _key(cell: ResultCell | None) -> str:
    return cell.raw if cell else ""


def _is_time(name: str, cells: Sequence[ResultCell]) -> bool:
    """Dates and years; whole numbers are years where their column is called so."""
    if cells and all(cell.is_time for cell in cells):
        return True
    years = all(cell.number is not None and cell.number.is_integer() and 1000 <= cell.number < 3000 for cell in cells)
    return bool(cells) and years and any(word in name.lower() for word in ("year", "anno"))


# ----------------------------------------------------------------------------------------------------------- drawing


def draw(
    columns: Sequence[str], rows: Sequence[Row], choice: ChartColumns, count: int, none: str, write: Write
) -> Chart:
    """The chart of the rows.

    Args:
        columns: the names of the columns.
        rows: the solutions at hand.
        choice: what is drawn.
        count: how many solutions there are in all.
        none: what stands for a label that is not there.
        write: a number as the reader writes it.
    """
    value, label, series = (
        columns.index(name) if name else None for name in (choice.value, choice.label, choice.series)
    )
    names = list(_keys(rows, series))[:MOST_SERIES] if series is not None else [""]
    groups = _groups(rows, value or 0, label, series, names, none)
    said = [_name(rows, series, key, none) for key in names] if series is not None else []
    upright = label is not None and _is_time(choice.label or "", column(rows, label))
    drawing = _upright if upright else _lying
    numbers = [number for group in groups for _, number in group.bars]
    scale = ticks(min(0.0, *numbers, 0.0), max(0.0, *numbers, 0.0))
    height, bars, labels, marks, zero = drawing(groups, said, scale, write)
    return Chart(choice, upright, height, bars, labels, marks, tuple(said), zero, count - len(bars))


def _groups(
    rows: Sequence[Row], value: int, label: int | None, series: int | None, names: Sequence[str], none: str
) -> list[_Group]:
    """The rows by label, in the order of the query; without series each row is a group of its own."""
    found: dict[object, tuple[str, list[tuple[int, float]]]] = {}
    drawn = 0
    for place, row in enumerate(rows):
        number = cell.number if (cell := row[value]) else None
        key = _key(row[series]) if series is not None else ""
        if number is None or key not in names or drawn == MOST_BARS:
            continue
        drawn += 1
        text = _label(row[label], none) if label is not None else str(place + 1)
        group = _key(row[label]) if series is not None and label is not None else place
        found.setdefault(group, (text, []))[1].append((names.index(key), number))
    return [_Group(text, tuple(bars)) for text, bars in found.values()]


def _label(cell: ResultCell | None, none: str) -> str:
    if cell is None:
        return none
    return cell.raw[:10] if cell.is_time else cell.text


def _name(rows: Sequence[Row], series: int, key: str, none: str) -> str:
    return next(_label(row[series], none) for row in rows if _key(row[series]) == key)


def ticks(low: float, high: float, about: int = 4) -> tuple[float, ...]:
    """Round numbers from at most `low` to at least `high`, and 0 among them.

    >>> ticks(0, 77000), ticks(-3, 8), ticks(0, 0)
    ((0.0, 20000.0, 40000.0, 60000.0, 80000.0), (-5.0, 0.0, 5.0, 10.0), (0.0, 1.0))
    """
    if high - low <= 0:
        return (0.0, 1.0)
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10, 20) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(place * step for place in range(first, last + 1))


_Drawing = tuple[float, tuple[Bar, ...], tuple[AxisLabel, ...], tuple[AxisLabel, ...], float]


def _lying(groups: Sequence[_Group], series: Sequence[str], scale: Sequence[float], write: Write) -> _Drawing:
    """Bars that lie, one below the other."""
    span, room = scale[-1] - scale[0], _ROOM_WITH_NAMES if series else _ROOM

    def at(number: float) -> float:
        return _START + (number - scale[0]) / span * room

    bars, labels, y = [], [], float(_TOP)
    for group in groups:
        labels.append(AxisLabel(_short(group.label), _START, y + _LINE - 6, "start"))
        y += _LINE
        for index, number in group.bars:
            left, right = sorted((at(0), at(number)))
            value = write(number) + (f" · {_short(series[index], _LONGEST_NAME)}" if series else "")
            title = _title(group, series, index, write(number))
            bars.append(Bar(left, y, right - left, _BAR - 3, index, title, value, right, y + _BAR - 6))
            y += _BAR
        y += _GAP
    return y, tuple(bars), tuple(labels), tuple(AxisLabel(write(each), at(each), _TOP - 10) for each in scale), at(0)


def _upright(groups: Sequence[_Group], series: Sequence[str], scale: Sequence[float], write: Write) -> _Drawing:
    """Columns that stand side by side."""
    span, base = scale[-1] - scale[0], float(_TOP + _PLOT)

    def at(number: float) -> float:
        return base - (number - scale[0]) / span * _PLOT

    groups = _with_gaps(groups)
    room = (100 - _SIDE) / max(len(groups), 1)
    slots, slot_of = _slots(groups, len(series))
    width = room * 0.8 / slots
    every = math.ceil(len(groups) / (8 if all(len(group.label) <= 4 for group in groups) else 4))
    told = len(groups) <= _MOST_UPRIGHT_VALUES and len(series) < 2
    bars, labels = [], []
    for place, group in enumerate(groups):
        x = _SIDE + place * room
        if place % every == 0:
            labels.append(_below(group.label, x + room / 2, base + 20))
        for order, (index, number) in enumerate(group.bars):
            top, bottom = sorted((at(0), at(number)))
            left = x + room * 0.1 + slot_of(order, index) * width
            title = _title(group, series, index, write(number))
            value = write(number) if told else ""
            bars.append(Bar(left, top, width, bottom - top, index, title, value, left + width / 2, top - 5))
    return base + 32, tuple(bars), tuple(labels), tuple(AxisLabel(write(each), 0, at(each)) for each in scale), at(0)


def _with_gaps(groups: Sequence[_Group]) -> Sequence[_Group]:
    """Years that follow one another stand as far apart as they are: a year of which nothing is known has its empty place."""
    years = [int(group.label) for group in groups if re.fullmatch(r"\d{4}", group.label)]
    in_order = len(years) == len(groups) and all(one < other for one, other in pairwise(years))
    if not in_order or not years or years[-1] - years[0] > _MOST_YEARS:
        return groups
    known = dict(zip(years, groups, strict=True))
    return [known.get(year, _Group(str(year), ())) for year in range(years[0], years[-1] + 1)]


def _slots(groups: Sequence[_Group], series: int) -> tuple[int, Callable[[int, int], int]]:
    """How many columns stand side by side in a group, and where each: by its series, or by its turn where one comes twice."""
    twice = any(len({index for index, _ in group.bars}) < len(group.bars) for group in groups)
    if twice:
        return max(len(group.bars) for group in groups), lambda order, index: order
    return max(series, 1), lambda order, index: index


def _title(group: _Group, series: Sequence[str], index: int, figure: str) -> str:
    return f"{group.label}{f' · {series[index]}' if series else ''}: {figure}"


def _below(label: str, x: float, y: float) -> AxisLabel:
    """A label under its columns; the last one ends where the chart ends."""
    return AxisLabel(_short(label), 100, y, "end") if x > 95 else AxisLabel(_short(label), x, y)


def _short(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
