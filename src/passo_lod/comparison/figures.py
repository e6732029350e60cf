"""Turn evidence into figures: counts with their denominators, sums, means, medians, quartiles and shares."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from passo_lod.comparison.evidence import Amount, ProcessEvidence

SMALL = 10
"""Below so many known values there is no percentage, and no mean without its extremes (docs/comparison.md)."""


@dataclass(frozen=True)
class ValueSummary:
    """The values of the processes of one unit.

    Attributes:
        unit: a currency; empty for any other number.
        known: how many processes have a value of this unit.
        total: the sum; what several processes share counts once.
        quartiles: the first, the second (the median) and the third, interpolated between the two nearest values.
    """

    unit: str
    known: int
    total: Decimal
    mean: Decimal
    quartiles: tuple[Decimal, Decimal, Decimal]
    lowest: Decimal
    highest: Decimal

    @property
    def median(self) -> Decimal:
        """The value half-way through the values in order."""
        return self.quartiles[1]


@dataclass(frozen=True)
class Figure:
    """What is known of a set of processes.

    Attributes:
        processes: their IRIs, in order.
        absent: how many have no value, by the answer that says why.
        summaries: of the values, one for each unit, that of most processes first.
    """

    processes: tuple[str, ...]
    absent: Mapping[str, int]
    summaries: tuple[ValueSummary, ...]

    @property
    def all(self) -> int:
        """How many processes."""
        return len(self.processes)

    @property
    def known(self) -> int:
        """How many have a value. With the absent ones they are all."""
        return self.all - sum(self.absent.values())

    @property
    def is_small(self) -> bool:
        """Whether so few values are known that a percentage would mislead."""
        return self.known < SMALL


@dataclass(frozen=True)
class CrossTable:
    """The figures of a comparison.

    Attributes:
        groups: the values of the first dimension.
        series: the values of the second dimension; none if there is no second dimension.
        cells: the figure of each group and value of the second dimension that has a process.
        by_group: the figure of each group; a process of several series counts once.
        by_series: the figure of each value of the second dimension.
        total: the figure of all processes; a process of several groups counts once.
        overlapping: how many processes are in several groups.
    """

    groups: tuple[str, ...]
    series: tuple[str, ...]
    cells: Mapping[tuple[str, str], Figure]
    by_group: Mapping[str, Figure]
    by_series: Mapping[str, Figure]
    total: Figure
    overlapping: int


def cross_table(evidence: Iterable[ProcessEvidence]) -> CrossTable:
    """Group the evidence of processes, each of which occurs once."""
    listed = list(evidence)
    by_group: dict[str, list[ProcessEvidence]] = {}
    by_series: dict[str, list[ProcessEvidence]] = {}
    cells: dict[tuple[str, str], list[ProcessEvidence]] = {}
    for each in listed:
        for group in each.groups:
            by_group.setdefault(group, []).append(each)
            for series in each.series:
                cells.setdefault((group, series), []).append(each)
        for series in each.series:
            by_series.setdefault(series, []).append(each)
    return CrossTable(
        groups=tuple(sorted(by_group)),
        series=tuple(sorted(by_series)),
        cells={key: figure(each) for key, each in cells.items()},
        by_group={key: figure(each) for key, each in by_group.items()},
        by_series={key: figure(each) for key, each in by_series.items()},
        total=figure(listed),
        overlapping=sum(len(each.groups) > 1 for each in listed),
    )


def figure(evidence: Sequence[ProcessEvidence]) -> Figure:
    """The figure of a set of processes."""
    absent = Counter(each.absence for each in evidence if each.absence is not None)
    by_unit: dict[str, list[list[Amount]]] = {}
    for each in evidence:
        for unit in {amount.unit for amount in each.amounts}:
            by_unit.setdefault(unit, []).append([amount for amount in each.amounts if amount.unit == unit])
    summaries = [_summary(unit, amounts) for unit, amounts in by_unit.items()]
    summaries.sort(key=lambda each: (-each.known, each.unit))
    return Figure(tuple(each.process for each in evidence), dict(absent), tuple(summaries))


def _summary(unit: str, by_process: Sequence[Sequence[Amount]]) -> ValueSummary:
    values = sorted(sum((each.value for each in amounts), Decimal(0)) for amounts in by_process)
    shared = {each.node: each.value for amounts in by_process for each in amounts if each.node}
    own = [each.value for amounts in by_process for each in amounts if not each.node]
    return ValueSummary(
        unit=unit,
        known=len(values),
        total=sum((*shared.values(), *own), Decimal(0)),
        mean=sum(values, Decimal(0)) / len(values),
        quartiles=(quantile(values, 1), quantile(values, 2), quantile(values, 3)),
        lowest=values[0],
        highest=values[-1],
    )


def quantile(values: Sequence[Decimal], quarter: int) -> Decimal:
    """The first, second or third quartile of ordered values, interpolated (method 7 of Hyndman and Fan).

    >>> [str(quantile([Decimal(each) for each in (1, 2, 3, 10)], quarter)) for quarter in (1, 2, 3)]
    ['1.75', '2.5', '4.75']
    """
    position = Decimal(quarter * (len(values) - 1)) / 4
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)
