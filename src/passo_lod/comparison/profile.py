"""Profile one place: every measure of its processes, beside another place and the median of all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from passo_lod.comparison.answer_rows import AnswerRow, Names, answer_rows, code_of
from passo_lod.comparison.answers import Ask, answer_all
from passo_lod.comparison.declarations import Declarations, Dimension, Measure, MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.evidence_query import Comparison


@dataclass(frozen=True)
class ProfileRow:
    """One measure.

    Attributes:
        places: the row of each place that is profiled; None if it has no process.
        others: the median of the headlines of all other places; None if none of them has one.
        other_places: how many other places have a headline.
        unit: of the headlines.
    """

    measure: Measure
    places: tuple[AnswerRow | None, ...]
    others: Decimal | None
    other_places: int
    unit: str


@dataclass(frozen=True)
class Profile:
    """The profile of places.

    Attributes:
        codes: of the places that are profiled.
        known: the codes of all places that have a process, in the order of their number of processes.
        names: of all places, by IRI.
    """

    codes: tuple[str, ...]
    iris: tuple[str, ...]
    known: tuple[str, ...]
    names: Names
    rows: tuple[ProfileRow, ...]


def headline(row: AnswerRow, kind: MeasureKind) -> Decimal | None:
    """The figure that stands for a row: a number of processes, a rate, a percentage of the known, or a median; None if there is none."""
    if kind is MeasureKind.PROCESSES:
        return Decimal(row.figure.all)
    if kind is MeasureKind.RATE:
        return row.rate
    if kind is MeasureKind.SHARE:
        return row.percent
    return row.summary.median if row.summary else None


async def profile(
    codes: Sequence[str], by: Dimension, declared: Declarations, ask: Ask, languages: Sequence[str]
) -> Profile:
    """Profile places.

    Args:
        codes: of the places, at least one.
        by: the dimension that they are values of.
        declared: the measures.
        ask: sends queries; two at once.
        languages: of the names, best first.
    """
    measures = list(declared.measures.values())
    answers = await answer_all((Comparison(each, declared.operands(each), by) for each in measures), ask, languages)
    table, names = answers[0].table, answers[0].names
    places = sorted((each for each in table.groups if each not in REASONS), key=lambda each: -table.by_group[each].all)
    rows = [
        _row(measure, answer_rows(each.table, each.comparison, each.names), codes)
        for measure, each in zip(measures, answers, strict=True)
    ]
    iris = tuple(next((each for each in places if code_of(each) == code), "") for code in codes)
    return Profile(tuple(codes), iris, tuple(map(code_of, places)), names, tuple(rows))


def _row(measure: Measure, rows: Sequence[AnswerRow], codes: Sequence[str]) -> ProfileRow:
    """The first row of each place counts, which is that of its most frequent currency."""
    by_code: dict[str, AnswerRow] = {}
    for row in rows:
        if row.group not in REASONS:
            by_code.setdefault(code_of(row.group), row)
    chosen = tuple(by_code.get(code) for code in codes)
    unit = next((row.summary.unit for row in chosen if row and row.summary), "")
    others = [
        number
        for code, row in by_code.items()
        if code not in codes
        and (row.summary is None or row.summary.unit == unit)
        and (number := headline(row, measure.kind)) is not None
    ]
    return ProfileRow(measure, chosen, median(others) if others else None, len(others), unit)
