"""Choose the columns of a query's result that a chart draws: values, labels and series."""

from collections.abc import Sequence
from dataclasses import dataclass

from passo_lod.web.pages.result_table import ResultCell, Row, column_cells, is_numeric

MOST_SERIES = 8


@dataclass(frozen=True)
class ChartColumns:
    """The names of the columns that a chart draws."""

    value: str
    label: str | None = None
    series: str | None = None


@dataclass(frozen=True)
class ChartOptions:
    """The names of the columns that can be values, and of those that can be labels or series."""

    values: tuple[str, ...]
    labels: tuple[str, ...]


def chart_options(columns: Sequence[str], rows: Sequence[Row]) -> ChartOptions:
    """The columns of numbers, and all columns as labels, those without numbers first."""
    values = tuple(name for index, name in enumerate(columns) if is_numeric(column_cells(rows, index)))
    return ChartOptions(values, tuple(sorted(columns, key=lambda name: name in values)))


def choose_columns(
    columns: Sequence[str], rows: Sequence[Row], value: str = "", label: str = "", series: str = ""
) -> ChartColumns | None:
    """The columns to draw: the given ones if possible, else the first column of numbers by the first other one.

    Args:
        columns: of the result.
        rows: of the result.
        value: the wanted column of values.
        label: the wanted column of labels.
        series: the wanted column of series; `-` wants none. By default, if labels repeat, the next column that tells their rows apart.

    Returns:
        None if no column has only numbers.
    """
    options = chart_options(columns, rows)
    if not options.values:
        return None
    value = value if value in options.values else _first_value(options.values, columns, rows)
    others = [name for name in options.labels if name != value]
    label = label if label in others else next(iter(others), "")
    if series != "-" and (series not in others or series == label):
        series = _first_series(columns, rows, label, [name for name in others if name not in (label, *options.values)])
    return ChartColumns(value, label or None, series if series not in ("", "-") else None)


def _first_value(values: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> str:
    """The first column of numbers that are not years."""
    return next((name for name in values if not is_time(name, column_cells(rows, columns.index(name)))), values[0])


def _first_series(columns: Sequence[str], rows: Sequence[Row], label: str, candidates: Sequence[str]) -> str:
    if not label or len(distinct_keys(rows, columns.index(label))) == len(rows):
        return ""
    few = (name for name in candidates if 1 < len(distinct_keys(rows, columns.index(name))) <= MOST_SERIES)
    return next(few, "")


def distinct_keys(rows: Sequence[Row], index: int) -> dict[str, None]:
    """The distinct values of a column, in the order of the rows."""
    return dict.fromkeys(key_of(row[index]) for row in rows)


def key_of(cell: ResultCell | None) -> str:
    """What distinguishes a value from others."""
    return cell.raw if cell else ""


def is_time(name: str, cells: Sequence[ResultCell]) -> bool:
    """Whether the cells are dates, or whole numbers in a column named after years."""
    if cells and all(cell.is_time for cell in cells):
        return True
    are_years = all(
        cell.number is not None and cell.number.is_integer() and 1000 <= cell.number < 3000 for cell in cells
    )
    return bool(cells) and are_years and any(word in name.lower() for word in ("year", "anno"))
