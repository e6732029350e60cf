"""The address of a comparison: what is written is read again, and what is not known is refused with what there is."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.comparison.address import WrongComparison, read_comparison, write_parameters
from passo_lod.comparison.declarations import Declarations, MeasureKind

ROOT = Path(__file__).resolve().parents[2]
DECLARED = Declarations.of(ox.parse(path=str(ROOT / "ontology" / "comparison.ttl")))  # type: ignore[arg-type]
MEASURES = [code for code, each in DECLARED.measures.items() if each.kind is not MeasureKind.RATE]

years = st.one_of(st.none(), st.integers(1900, 2100))


@given(
    st.sampled_from(MEASURES),
    st.sampled_from(list(DECLARED.dimensions)),
    st.sampled_from(list(DECLARED.dimensions)),
    st.dictionaries(st.sampled_from(list(DECLARED.dimensions)), st.sets(st.sampled_from(("a", "b-1")), min_size=1)),
    years,
    years,
)
def test_the_parameters_of_a_comparison_read_as_the_same_comparison(
    measure: str, by: str, series: str, filters: dict[str, set[str]], first: int | None, last: int | None
) -> None:
    parameters = [("measure", measure), ("by", by), ("and", series)]
    parameters += [(name, value) for name, values in filters.items() for value in values]
    parameters += [(name, str(year)) for name, year in (("from", first), ("to", last)) if year is not None]
    comparison = read_comparison(parameters, DECLARED)
    assert read_comparison(write_parameters(comparison), DECLARED) == comparison


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([("by", "regio")], "by=regio: there is no such dimension; perhaps region; there are region, country"),
        ([("measure", "costs")], "measure=costs: there is no such measure"),
        ([("and", "x")], "and=x: there is no such dimension; there are region"),
        ([("from", "20")], "from=20: a year has four figures"),
        ([("to", "²⁰²⁰")], "a year has four figures"),
        ([("measure", "processes-per-100000"), ("and", "year")], "by one dimension of places only"),
    ],
)
def test_what_is_not_known_is_refused_with_what_there_is(parameters: list[tuple[str, str]], expected: str) -> None:
    with pytest.raises(WrongComparison) as refused:
        read_comparison(parameters, DECLARED)
    assert expected in str(refused.value)


def test_the_last_of_repeated_measures_counts_and_empty_values_do_not() -> None:
    parameters = [("measure", "participants"), ("measure", "total-cost"), ("by", ""), ("region", "")]
    comparison = read_comparison(parameters, DECLARED)
    assert (comparison.measure.code, comparison.by.code, comparison.filters) == ("total-cost", "region", ())
