"""The months of a period get a year only if the text gives it or the days around them leave one; otherwise there is no term."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal

from passo_lod.mapping.converters.month_converters import (
    first_month_within,
    last_month_within,
    to_first_month,
    to_last_month,
)
from passo_lod.namespaces import XSD

ITALIAN = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
]
MONTHS = st.integers(min_value=1, max_value=12)
YEARS = st.integers(min_value=1990, max_value=2040)
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=date(2022, 12, 31))

STATED = [
    ("marzo-maggio 2020", "2020-03", "2020-05"),
    ("Marzo 2020", "2020-03", "2020-03"),
    ("da novembre 2019 a gennaio 2020", "2019-11", "2020-01"),
    ("dal 15 marzo al 20 aprile 2020", "2020-03", "2020-04"),
    ("15/03/2020 - 20.04.2020", "2020-03", "2020-04"),
    ("03/2020–05/2020", "2020-03", "2020-05"),
    ("fine giugno - metà luglio 2021", "2021-06", "2021-07"),
    ("sett. – ott. 2021", "2021-09", "2021-10"),
    ("mesi di marzo, aprile e maggio 2020", "2020-03", "2020-05"),
    ("1° marzo 2020", "2020-03", "2020-03"),
    ("March to May 2020", "2020-03", "2020-05"),
]
NOT_UNDERSTOOD = [
    "", "marzo-maggio", "2020", "primavera 2020", "mesi 3-5", "entro marzo 2020", "da marzo 2020", "fino a marzo 2020",
    "marzo '20", "dicembre-gennaio 2020", "gennaio 2020 - marzo", "marzo 2020/2021", "2020 marzo", "13/2020", "marzo (TdN) 2020",
    "maggio 2020 - marzo 2020", "- marzo 2020", "marzo 2020 -",
]  # fmt: skip


def text_of(term: Literal | None) -> str | None:
    return term.value if term else None


@pytest.mark.parametrize(("text", "first", "last"), STATED)
def test_a_period_with_its_year_has_a_first_and_a_last_month(text: str, first: str, last: str) -> None:
    assert to_first_month(text) == Literal(first, datatype=XSD.gYearMonth)
    assert to_last_month(text) == Literal(last, datatype=XSD.gYearMonth)


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_a_period_that_is_not_wholly_understood_has_no_month(text: str) -> None:
    assert to_first_month(text) is to_last_month(text) is None


@given(MONTHS, MONTHS, YEARS)
def test_two_months_and_a_year_are_read_in_order_only(first: int, last: int, year: int) -> None:
    text = f"{ITALIAN[first - 1]}-{ITALIAN[last - 1]} {year}"
    expected = (f"{year}-{first:02}", f"{year}-{last:02}") if first <= last else (None, None)
    assert (text_of(to_first_month(text)), text_of(to_last_month(text))) == expected


@given(st.lists(MONTHS, min_size=1, max_size=4), DAYS, DAYS)
def test_a_year_is_inferred_exactly_where_one_run_of_months_lies_between_the_days(
    numbers: list[int], one: date, other: date
) -> None:
    """Computed by going through all months of the process, one after the other."""
    first, last = sorted((one, other))
    calendar = [(year, month) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [each for each in calendar if (first.year, first.month) <= each <= (last.year, last.month)]
    runs = []
    for at, month in enumerate(inside):
        run = [month] if month[1] == numbers[0] else []
        for number in numbers[1:]:
            later = [each for each in inside[at:] if run and each >= run[-1] and each[1] == number]
            run = [*run, later[0]] if later else []
        runs += [run] if run else []
    expected = [f"{year}-{month:02}" for year, month in runs[0]] if len(runs) == 1 else []
    text = f"{', '.join(ITALIAN[number - 1] for number in numbers)} | {first:%d/%m/%Y} | {last.isoformat()}"
    found = [text_of(first_month_within("day-first")(text)), text_of(last_month_within("day-first")(text))]
    assert found == ([expected[0], expected[-1]] if expected else [None, None])


@pytest.mark.parametrize("convert", [first_month_within(), last_month_within()])
@pytest.mark.parametrize(
    "text",
    [
        "marzo",
        "marzo | 21/02/2020",
        "marzo | 21/02/2020 | 31/02/2020",
        "marzo 2020 | 21/02/2020 | 15/11/2020",
        "x | y | z",
    ],
)
def test_without_two_days_or_with_a_year_in_the_text_nothing_is_inferred(
    convert: Callable[[str], Literal | None], text: str
) -> None:
    assert convert(text) is None
