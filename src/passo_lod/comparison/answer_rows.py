"""Lay a cross-table out as rows: one for each group, value of the second dimension, and unit, with every denominator."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from passo_lod.comparison.declarations import MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.evidence_query import Comparison
from passo_lod.comparison.figures import SMALL, CrossTable, Figure, ValueSummary

ABSENCE_COLUMNS = {
    iri: "".join(part.title() if n else part for n, part in enumerate(iri.rpartition("/")[2].split("-")))
    for iri in REASONS
}
"""The column of each reason for absence, such as `notStated`."""

_PLACES = Decimal("0.01")
_SUMMARY_COLUMNS = ("unit", "total", "mean", "lowest", "firstQuartile", "median", "thirdQuartile", "highest")
_SHARE_COLUMNS = ("yes", "no", "percent")


@dataclass(frozen=True)
class Name:
    """What a value is called.

    Attributes:
        label: in the reader's language.
        position: in its scheme, for schemes with an order.
        population: of a place, with its year.
    """

    label: str
    position: int | None = None
    population: int | None = None
    population_year: str = ""


Names = Mapping[str, Name]
"""The names of values by IRI."""


@dataclass(frozen=True)
class AnswerRow:
    """One row.

    Attributes:
        group: the value of the first dimension.
        series: the value of the second dimension; empty for all together.
        figure: what is known of its processes.
        summary: of the values of one unit; None if no value is known.
        rate: processes per 100,000 inhabitants.
    """

    group: str
    series: str
    figure: Figure
    summary: ValueSummary | None
    rate: Decimal | None = None

    @property
    def yes(self) -> int:
        """Of a share: how many processes count."""
        return int(self.summary.total) if self.summary else 0

    @property
    def no(self) -> int:
        """Of a share: how many processes do not count."""
        return self.figure.known - self.yes

    @property
    def percent(self) -> Decimal | None:
        """Of a share: the yes of the known; None for few known values, and where nobody answers no."""
        if self.figure.known < SMALL or not self.no:
            return None
        return (Decimal(100 * self.yes) / self.figure.known).quantize(Decimal("0.1"))


def answer_rows(table: CrossTable, comparison: Comparison, names: Names) -> list[AnswerRow]:
    """The rows of all groups, those with reasons for absence last, and within a group those of all series."""
    kind = comparison.measure.kind
    rows: list[AnswerRow] = []
    for group in ordered(table.groups, names, table.by_group):
        for series in ordered(table.series, names, table.by_series) if comparison.series else ("",):
            figure = table.cells.get((group, series)) if comparison.series else table.by_group[group]
            if figure is not None:
                rows += _rows(group, series, figure, kind, names)
    return rows


def total_rows(table: CrossTable, comparison: Comparison) -> list[AnswerRow]:
    """The rows of all processes."""
    return list(_rows("", "", table.total, comparison.measure.kind, {}))


def _rows(group: str, series: str, figure: Figure, kind: MeasureKind, names: Names) -> Iterator[AnswerRow]:
    rate = _rate(figure, names.get(group)) if kind is MeasureKind.RATE else None
    for summary in figure.summaries or (None,):
        yield AnswerRow(group, series, figure, summary, rate)


def _rate(figure: Figure, name: Name | None) -> Decimal | None:
    if name is None or not name.population:
        return None
    return (Decimal(100_000 * figure.all) / name.population).quantize(_PLACES)


def ordered(values: Sequence[str], names: Names, figures: Mapping[str, Figure]) -> list[str]:
    """Values in the order of their scheme, years in time, others by most processes and name; reasons for absence last."""

    def key(value: str) -> tuple[object, ...]:
        name = names.get(value)
        if value in REASONS:
            return 1, REASONS.index(value), 0, ""
        if name is not None and name.position is not None:
            return 0, name.position, 0, ""
        if value.isdecimal():
            return 0, int(value), 0, ""
        return 0, 0, -figures[value].all, name.label if name else value

    return sorted(values, key=key)


def columns(comparison: Comparison) -> tuple[str, ...]:
    """The columns of a row: codes and names of the groups, all denominators, and what the measure gives."""
    series = ("series", "seriesName") if comparison.series else ()
    return ("group", "groupName", *series, "processes", "known", *ABSENCE_COLUMNS.values(), *_value_columns(comparison))


def _value_columns(comparison: Comparison) -> tuple[str, ...]:
    kind = comparison.measure.kind
    if kind is MeasureKind.PROCESSES:
        return ()
    if kind is MeasureKind.RATE:
        return ("population", "populationYear", "per100000")
    return _SHARE_COLUMNS if kind is MeasureKind.SHARE else _SUMMARY_COLUMNS


def cells(row: AnswerRow, comparison: Comparison, names: Names) -> dict[str, str]:
    """The texts of a row by column; empty where there is nothing to say."""
    texts = {"group": code_of(row.group), "groupName": label_of(row.group, names)}
    if comparison.series:
        texts |= {"series": code_of(row.series), "seriesName": label_of(row.series, names)}
    texts |= {"processes": str(row.figure.all), "known": str(row.figure.known)}
    texts |= {column: str(row.figure.absent.get(iri, 0)) for iri, column in ABSENCE_COLUMNS.items()}
    return texts | _value_texts(row, comparison, names)


def _value_texts(row: AnswerRow, comparison: Comparison, names: Names) -> dict[str, str]:
    kind = comparison.measure.kind
    if kind is MeasureKind.PROCESSES:
        return {}
    if kind is MeasureKind.RATE:
        name = names.get(row.group)
        known = name is not None and name.population is not None
        values = (str(name.population), name.population_year) if known and name else ("", "")
        return dict(zip(("population", "populationYear", "per100000"), (*values, _text(row.rate)), strict=True))
    if kind is MeasureKind.SHARE:
        return dict(zip(_SHARE_COLUMNS, (str(row.yes), str(row.no), _text(row.percent)), strict=True))
    if row.summary is None:
        return dict.fromkeys(_SUMMARY_COLUMNS, "")
    each = row.summary
    low, middle, high = each.quartiles
    total = None if kind is MeasureKind.RATIO else each.total
    numbers = (total, each.mean, each.lowest, low, middle, high, each.highest)
    return dict(zip(_SUMMARY_COLUMNS, (each.unit, *map(_text, numbers)), strict=True))


def _text(number: Decimal | None) -> str:
    """A number with at most two decimals, without zeros at the end."""
    if number is None:
        return ""
    rounded = f"{number.quantize(_PLACES, ROUND_HALF_EVEN):f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


def code_of(value: str) -> str:
    """The short form of a value in addresses and tables: the last segment of an IRI, or the value itself.

    >>> code_of("https://w3id.org/passo/id/place/istat-08"), code_of("2020")
    ('istat-08', '2020')
    """
    return value.rpartition("/")[2]


def label_of(value: str, names: Names) -> str:
    """The name of a value, or its code."""
    return names[value].label if value in names else code_of(value)
