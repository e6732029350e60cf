"""How complete the data are: for each dimension and measure, how many processes of each group have a value, and why the others have none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passo_lod.comparison.answer_rows import Names
from passo_lod.comparison.answers import Ask, answer_all
from passo_lod.comparison.declarations import Declarations, Dimension, Measure, MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.evidence_query import Comparison
from passo_lod.comparison.figures import Figure

_WITHOUT_VALUES = (MeasureKind.PROCESSES, MeasureKind.RATE)


@dataclass(frozen=True)
class Share:
    """How many processes of a group have a value.

    Attributes:
        processes: of the group.
        absent: how many have none, by the answer that says why.
    """

    processes: int
    absent: Mapping[str, int]

    @property
    def known(self) -> int:
        """How many have a value. With the absent ones they are all."""
        return self.processes - sum(self.absent.values())


@dataclass(frozen=True)
class CompletenessRow:
    """One dimension or measure.

    Attributes:
        total: of all processes.
        by_group: of the processes of each group.
    """

    declared: Dimension | Measure
    total: Share
    by_group: Mapping[str, Share]


@dataclass(frozen=True)
class Completeness:
    """The completeness of all dimensions and measures.

    Attributes:
        groups: the values of the dimension of the columns, those of most processes first.
        names: of the groups.
    """

    groups: tuple[str, ...]
    names: Names
    rows: tuple[CompletenessRow, ...]


async def completeness(by: Dimension, declared: Declarations, ask: Ask, languages: Sequence[str]) -> Completeness:
    """Count the values of every dimension but that of the columns, and of every measure that has values of its own.

    Args:
        by: the dimension of the columns.
        declared: the dimensions and measures.
        ask: sends queries; two at once.
        languages: of the names, best first.
    """
    dimensions = [each for each in declared.dimensions.values() if each != by and each.path]
    measures = [each for each in declared.measures.values() if each.kind not in _WITHOUT_VALUES]
    processes = next(each for each in declared.measures.values() if each.kind is MeasureKind.PROCESSES)
    comparisons = [Comparison(processes, (processes,), by, each) for each in dimensions]
    comparisons += [Comparison(each, declared.operands(each), by) for each in measures]
    answers = await answer_all(comparisons, ask, languages)
    rows = [
        _of_dimension(dimension, each.table.by_series, each.table.by_group, each.table.cells)
        for dimension, each in zip(dimensions, answers, strict=False)
    ]
    rows += [
        CompletenessRow(
            measure,
            _of_figure(each.table.total),
            {key: _of_figure(figure) for key, figure in each.table.by_group.items()},
        )
        for measure, each in zip(measures, answers[len(dimensions) :], strict=True)
    ]
    table = answers[0].table
    groups = sorted(table.groups, key=lambda group: (group in REASONS, -table.by_group[group].all, group))
    return Completeness(tuple(groups), {key: name for each in answers for key, name in each.names.items()}, tuple(rows))


def _of_figure(figure: Figure) -> Share:
    return Share(figure.all, figure.absent)


def _of_dimension(
    dimension: Dimension,
    by_value: Mapping[str, Figure],
    by_group: Mapping[str, Figure],
    cells: Mapping[tuple[str, str], Figure],
) -> CompletenessRow:
    """Processes without a value of the dimension are in the cells of the reasons."""
    absent: dict[str, Counter[str]] = {group: Counter() for group in by_group}
    for (group, value), figure in cells.items():
        if value in REASONS:
            absent[group][value] += figure.all
    shares = {group: Share(figure.all, absent[group]) for group, figure in by_group.items()}
    everyone = len({process for figure in by_group.values() for process in figure.processes})
    total = Share(everyone, {value: by_value[value].all for value in REASONS if value in by_value})
    return CompletenessRow(dimension, total, shares)
