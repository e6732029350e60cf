"""The arithmetic of comparisons: laws that hold for any evidence."""

from decimal import Decimal
from statistics import mean, median, quantiles

from hypothesis import given
from hypothesis import strategies as st

from passo_lod.comparison.evidence import REASONS, Amount, ProcessEvidence
from passo_lod.comparison.figures import cross_table, figure

GROUPS, SERIES, CURRENCIES = ("north", "south", "east"), ("2020", "2021"), ("EUR", "CHF")

numbers = st.decimals(0, 10**9, places=2)


@st.composite
def processes(draw: st.DrawFn) -> list[ProcessEvidence]:
    """Processes in any number of groups, with a value in at most one currency each, or a reason why there is none."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        value = draw(st.one_of(st.none(), numbers))
        amounts = () if value is None else (Amount(value, draw(st.sampled_from(CURRENCIES))),)
        found.append(
            ProcessEvidence(
                process=f"https://example.org/id/process/{number:03}",
                groups=frozenset(draw(st.sets(st.sampled_from(GROUPS), min_size=1))),
                series=frozenset(draw(st.sets(st.sampled_from(SERIES), min_size=1))),
                amounts=amounts,
                absence=None if amounts else draw(st.sampled_from(REASONS)),
            )
        )
    return found


@given(processes())
def test_known_and_absent_processes_are_all_processes(evidence: list[ProcessEvidence]) -> None:
    table = cross_table(evidence)
    for each in (table.total, *table.by_group.values(), *table.by_series.values(), *table.cells.values()):
        assert each.known + sum(each.absent.values()) == each.all
        assert sum(summary.known for summary in each.summaries) == each.known


@given(processes())
def test_no_process_counts_twice_in_a_total_or_in_a_group(evidence: list[ProcessEvidence]) -> None:
    table = cross_table(evidence)
    assert table.total.all == len(evidence)
    for group, each in table.by_group.items():
        assert sorted(each.processes) == sorted(one.process for one in evidence if group in one.groups)
        assert len(set(each.processes)) == each.all


@given(processes())
def test_groups_add_up_to_the_total_unless_processes_are_in_several(evidence: list[ProcessEvidence]) -> None:
    table = cross_table(evidence)
    memberships = sum(len(each.groups) for each in evidence)
    assert sum(each.all for each in table.by_group.values()) == memberships
    assert (memberships == len(evidence)) == (table.overlapping == 0)


@given(processes())
def test_currencies_are_never_added(evidence: list[ProcessEvidence]) -> None:
    for summary in figure(evidence).summaries:
        values = [amount.value for each in evidence for amount in each.amounts if amount.unit == summary.unit]
        assert (summary.total, summary.known) == (sum(values), len(values))


@given(processes(), st.sampled_from(REASONS))
def test_a_process_of_unknown_value_changes_no_mean_and_no_median(evidence: list[ProcessEvidence], reason: str) -> None:
    unknown = ProcessEvidence("https://example.org/id/process/x", frozenset(GROUPS), frozenset(SERIES), (), reason)
    assert figure([*evidence, unknown]).summaries == figure(evidence).summaries


@given(st.lists(numbers, min_size=2, max_size=30))
def test_means_and_quartiles_are_those_of_the_standard_library(values: list[Decimal]) -> None:
    evidence = [
        ProcessEvidence(str(number), frozenset({"north"}), frozenset(), (Amount(value),))
        for number, value in enumerate(values)
    ]
    (summary,) = figure(evidence).summaries
    assert summary.mean == mean(values)
    assert summary.median == median(values)
    assert summary.quartiles == tuple(quantiles(values, n=4, method="inclusive"))
    assert (summary.lowest, summary.highest) == (min(values), max(values))


def test_an_amount_that_two_processes_share_is_added_once() -> None:
    shared = Amount(Decimal(500), "EUR", "https://example.org/id/award/1")
    evidence = [ProcessEvidence(name, frozenset({"north"}), frozenset(), (shared,)) for name in ("a", "b")]
    (summary,) = figure(evidence).summaries
    assert (summary.known, summary.total, summary.median) == (2, 500, 500)
