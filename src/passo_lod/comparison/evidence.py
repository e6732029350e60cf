"""Collect the solutions of an evidence query by process: its groups, and its value or why it has none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from passo_lod.comparison.declarations import Measure, MeasureKind
from passo_lod.comparison.evidence_query import ANSWERS, NOT_ASKED, NOT_COMPARABLE, Comparison

REASONS = tuple(
    f"{ANSWERS}{name}"
    for name in (
        "not-comparable",
        "not-understood",
        "withheld",
        "not-captured",
        "not-stated",
        "not-applicable",
        "not-asked",
    )
)
"""Why a process has no value; of several reasons of one process, the first of these counts."""

_ORDER = {iri: place for place, iri in enumerate(REASONS)}
_YES, _NO = Decimal(1), Decimal(0)
_ANSWER_NO = f"{ANSWERS}no"

Solution = Mapping[str, str]
"""The lexical form or IRI of each variable that is bound."""


@dataclass(frozen=True)
class Amount:
    """A value of a process.

    Attributes:
        value: a number; of a share, 1 for a value that counts and 0 for one that does not.
        unit: a currency; empty for any other number.
        node: what has the value; several processes may share it, and a sum counts it once.
    """

    value: Decimal
    unit: str = ""
    node: str = ""


@dataclass(frozen=True)
class ProcessEvidence:
    """What is known of one process.

    Attributes:
        groups: the values of the first dimension; an answer that says why there is none, if it has none.
        series: the values of the second dimension likewise; none if there is no second dimension.
        amounts: the values of the measure, one for each currency and node.
        absence: the answer that says why there are none.
    """

    process: str
    groups: frozenset[str]
    series: frozenset[str]
    amounts: tuple[Amount, ...] = ()
    absence: str | None = None


@dataclass
class _ProcessSolutions:
    groups: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)
    values: dict[str, set[tuple[str, str, str, str]]] = field(default_factory=dict)
    absences: dict[str, set[str]] = field(default_factory=dict)


def evidence_of(solutions: Iterable[Solution], comparison: Comparison) -> list[ProcessEvidence]:
    """Return the evidence of each process, ordered by its IRI.

    Args:
        solutions: of `evidence_query(comparison)`.
        comparison: the comparison.
    """
    by_process: dict[str, _ProcessSolutions] = {}
    numbers = [str(n) for n, each in enumerate(comparison.operands, start=1) if each.path]
    for solution in solutions:
        found = by_process.setdefault(solution["process"], _ProcessSolutions())
        found.groups.add(solution["group"])
        if "series" in solution:
            found.series.add(solution["series"])
        for number in numbers:
            _add_operand(found, number, solution)
    return [_evidence(process, by_process[process], comparison) for process in sorted(by_process)]


def _add_operand(found: _ProcessSolutions, number: str, solution: Solution) -> None:
    if (value := solution.get(f"value{number}")) is not None:
        rest = (solution.get(f"{name}{number}", "") for name in ("unit", "node", "end"))
        found.values.setdefault(number, set()).add((value, *rest))  # type: ignore[arg-type]
    elif absence := solution.get(f"absence{number}"):
        found.absences.setdefault(number, set()).add(absence)


def _evidence(process: str, solutions: _ProcessSolutions, comparison: Comparison) -> ProcessEvidence:
    groups, series = _known(solutions.groups), _known(solutions.series)
    found = [
        _amounts(each, solutions.values.get(str(n), set()), solutions.absences.get(str(n), set()))
        for n, each in enumerate(comparison.operands, start=1)
    ]
    amounts, absence = _ratio(*found) if comparison.measure.kind is MeasureKind.RATIO else found[0]
    return ProcessEvidence(process, groups, series, amounts, absence)


def _known(values: set[str]) -> frozenset[str]:
    """The values that are no reasons; only where there are none, the first reason."""
    known = values - _ORDER.keys()
    return frozenset(known or sorted(values, key=_ORDER.__getitem__)[:1])


_Found = tuple[tuple[Amount, ...], str | None]


def _amounts(operand: Measure, values: set[tuple[str, str, str, str]], absences: set[str]) -> _Found:
    """The amounts of one operand, or why there are none."""
    if operand.kind in (MeasureKind.PROCESSES, MeasureKind.RATE):
        return (Amount(Decimal(1)),), None
    amounts = _READERS[operand.kind](operand, values)
    if amounts:
        return amounts, None
    if values:
        return (), NOT_COMPARABLE
    return (), min(absences, key=lambda each: _ORDER.get(each, 0), default=NOT_ASKED)


def _numbers(operand: Measure, values: set[tuple[str, str, str, str]]) -> tuple[Amount, ...]:
    """The sum of the numbers of each unit and node."""
    return tuple(
        Amount(number, unit, node) for value, unit, node, _ in sorted(values) if (number := _decimal(value)) is not None
    )


def _share(operand: Measure, values: set[tuple[str, str, str, str]]) -> tuple[Amount, ...]:
    """One if a value counts; zero if one is the answer no and none counts."""
    found = {value for value, *_ in values}
    counts = found & operand.counted if operand.counted else found - {_ANSWER_NO}
    if counts:
        return (Amount(_YES),)
    return (Amount(_NO),) if _ANSWER_NO in found else ()


def _count(operand: Measure, values: set[tuple[str, str, str, str]]) -> tuple[Amount, ...]:
    return (Amount(Decimal(len({value for value, *_ in values}))),) if values else ()


def _duration(operand: Measure, values: set[tuple[str, str, str, str]]) -> tuple[Amount, ...]:
    """Calendar months from the first start to the last end; none of dates that state no month."""
    starts = sorted(value for value, *_ in values if _has_month(value))
    ends = sorted(end for *_, end in values if _has_month(end))
    if not starts or not ends:
        return ()
    (first_year, first_month), (last_year, last_month) = _month(starts[0]), _month(ends[-1])
    return (Amount(Decimal(12 * (last_year - first_year) + last_month - first_month)),)


def _has_month(date: str) -> bool:
    return len(date) >= len("2020-01")


def _month(date: str) -> tuple[int, int]:
    return int(date[:4]), int(date[5:7])


_READERS = {
    MeasureKind.NUMBER: _numbers,
    MeasureKind.MONEY: _numbers,
    MeasureKind.SHARE: _share,
    MeasureKind.VALUES: _count,
    MeasureKind.DURATION: _duration,
}


def _ratio(over: _Found, under: _Found) -> _Found:
    """The ratio of two operands; of two amounts of money only in one currency."""
    (upper, above), (lower, below) = over, under
    absences = [each for each in (above, below) if each]
    if absences:
        return (), max(absences, key=lambda each: _ORDER.get(each, 0))
    first, second = _sums(upper), _sums(lower)
    if len(first) != 1 or len(second) != 1:
        return (), NOT_COMPARABLE
    ((unit, value),), ((other, divisor),) = first.items(), second.items()
    if divisor == 0 or (unit and other and unit != other):
        return (), NOT_COMPARABLE
    return (Amount(value / divisor, "" if unit and other else unit),), None


def _sums(amounts: Iterable[Amount]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in amounts:
        sums[each.unit] = sums.get(each.unit, Decimal(0)) + each.value
    return sums


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
