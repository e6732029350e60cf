"""A date states exactly as much as its text, in the notations of many languages; what is ambiguous is never guessed."""

import calendar
from contextlib import suppress
from datetime import date, datetime

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import AmbiguityError, ConversionError
from passo_lod.mapping.converters.date_converters import (
    LANGUAGES,
    ORDERS,
    date_converter,
    month_names,
    to_date,
    to_first_year,
    to_last_year,
    to_year,
)
from passo_lod.namespaces import XSD

DAYS = [
    "2020-02-21", "2020/02/21", "2020.02.21", "2020-2-21", "20200221", "21/02/2020", "21-02-2020", "21.02.2020", "21.2.2020",
    "21. 2. 2020", "02/21/2020", "2/21/2020", "2020-02-21T10:00", "2020-02-21T23:30:00.000Z", "2020-02-21 00:30:00 +0200",
    "2020-02-21 22:49:51.353904", "21/02/2020 10:30", "2/21/2020 3:45 PM", "21.02.2020, 18:00 Uhr", "21/02/2020 ore 18.30",
    "21 febbraio 2020", "21 FEBBRAIO 2020", "21 feb. 2020", "21-feb-2020", "venerdì 21 febbraio 2020", "ven. 21 febbraio 2020",
    "21st of February 2020", "February 21, 2020", "Feb. 21st, 2020", "Friday, 21 February 2020", "Fri, 21 Feb 2020 10:00:00 +0100",
    "21 février 2020", "vendredi 21 février 2020", "21 de febrero de 2020", "21. Februar 2020", "21 lutego 2020", "21 lutego 2020 r.",
    "21 de febrer de 2020", "21 fevereiro 2020", "21 februari 2020", "2020 febbraio 21",
]  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_a_date(text: str) -> None:
    assert to_date(text) == Literal("2020-02-21", datatype=XSD.date)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1er mars 2019", "2019-03-01"),
        ("1º marzo 2019", "2019-03-01"),
        ("1° marzo 2019", "2019-03-01"),
        ("11 września 2019", "2019-09-11"),
        ("11.09.2019", "2019-09-11"),
        ("05/05/2020", "2020-05-05"),
        ("0001-01-01", "0001-01-01"),
        ("2999-12-31", "2999-12-31"),
    ],
)
def test_other_days(text: str, day: str) -> None:
    assert to_date(text) == Literal(day, datatype=XSD.date)


@pytest.mark.parametrize(
    "text", ["02/2020", "2/2020", "02.2020", "2020-02", "2020/02", "febbraio 2020", "Feb. 2020", "luty 2020"]
)
def test_a_month_of_a_year_is_no_day(text: str) -> None:
    assert to_date(text) == Literal("2020-02", datatype=XSD.gYearMonth)


@pytest.mark.parametrize("text", ["2020", " 2020 ", "2020.0"])
def test_a_year_is_no_day(text: str) -> None:
    assert to_date(text) == Literal("2020", datatype=XSD.gYear)


@pytest.mark.parametrize("text", ["03/05/2020", "3-5-2020", "03/05/2020 10:00", "12/11/2020"])
def test_a_day_and_a_month_that_may_change_places_are_refused_without_an_order(text: str) -> None:
    with pytest.raises(AmbiguityError, match=r"it is 2020-.* if the day comes first, and 2020-.* if the month does"):
        to_date(text)


@pytest.mark.parametrize(("order", "day"), [("day-first", "2020-05-03"), ("month-first", "2020-03-05")])
def test_the_order_of_the_column_decides(order: str, day: str) -> None:
    for text in ("03/05/2020", "3-5-2020", "03/05/2020 10:00"):
        assert date_converter(order)(text).value == day


WRONG = [
    (None, "31/02/2020", "no such day"),
    (None, "29/02/2021", "no such day"),
    (None, "00/00/0000", "no such day"),
    (None, "0000-00-00", "no such day"),
    (None, "2020-13-01", "no such day"),
    (None, "13/2020", "no such day"),
    (None, "13/13/2020", "no such day"),
    (None, "29 febbraio 2021", "no such day"),
    ("day-first", "02/21/2020", "the month is greater than 12"),
    ("month-first", "21/02/2020", "the month is greater than 12"),
    (None, "giovedì 21 febbraio 2020", "the day of the week is another one"),
    (None, "21/02/20", "two figures instead of four"),
    (None, "21-Feb-20", "two figures instead of four"),
    (None, "43882", "the number that a spreadsheet stores"),
    (None, "2019/2020", "a period is no date"),
    (None, "2019-2020", "a period is no date"),
    (None, "2019-20", "a period is no date"),
    (None, "2010/11", "a period is no date"),
    (None, "dal 2019 al 2020", "a period is no date"),
    (None, "marzo-maggio 2020", "a period is no date"),
    (None, "21-23 febbraio 2020", "a period is no date"),
    (None, "21/02/2020 - 30/09/2020", "a period is no date"),
    (None, "primavera 2020", "not written as a day"),
    (None, "circa 2020", "not written as a day"),
    (None, "21 febbraio", "not written as a day"),
    (None, "2020-02-21 25:00", "not written as a day"),
    (None, "1582243200", "not written as a day"),
    (None, "٢١/02/2020", "not written as a day"),
    (None, "", "not written as a day"),
    (None, "1" * 5000, "not written as a day"),
]


@pytest.mark.parametrize(("order", "text", "message"), WRONG, ids=[each[1][:25] for each in WRONG])
def test_what_is_no_date_is_an_error_that_says_why(order: str | None, text: str, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        date_converter(order)(text)


def test_every_name_of_a_month_means_one_month_in_all_languages() -> None:
    for language in LANGUAGES:
        for number in range(1, 13):
            for width in ("LLLL", "LLL", "MMMM", "MMM"):
                name = format_date(date(2020, number, 1), width, locale=language).casefold().rstrip(".")
                assert month_names()[name.replace("’", " ").split()[-1]] == number, (language, name)


# ------------------------------------------------------------------------------------------------- laws of all notations

MODERN = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(moment=st.datetimes())
def test_the_day_of_a_date_and_time_keeps_its_value(moment: datetime) -> None:
    for text in (moment.isoformat(), moment.isoformat(" "), moment.date().isoformat()):
        assert to_date(text).value == moment.date().isoformat()
        assert int(to_year(text).value) == moment.year


@given(day=MODERN, language=st.sampled_from(LANGUAGES), width=st.sampled_from(["medium", "long", "full"]))
def test_a_day_in_words_keeps_its_value(day: date, language: str, width: str) -> None:
    text = format_date(day, width, locale=language)
    order = "day-first" if "/" in text or "-" in text else None
    assert date_converter(order)(text).value == day.isoformat()


@given(day=MODERN, mark=st.sampled_from("/-."), is_padded=st.booleans(), order=st.sampled_from(ORDERS))
def test_a_day_in_figures_keeps_its_value_or_is_refused(day: date, mark: str, is_padded: bool, order: str) -> None:
    parts = [f"{day.day:02}", f"{day.month:02}"] if is_padded else [str(day.day), str(day.month)]
    text = mark.join([*(parts if order == "day-first" else parts[::-1]), str(day.year)])
    assert date_converter(order)(text).value == day.isoformat()
    if order == "day-first" or mark != ".":
        try:
            assert to_date(text).value == day.isoformat()
        except AmbiguityError:
            assert max(day.day, day.month) <= 12
            assert mark != "."


@given(day=st.integers(0, 40), month=st.integers(0, 15), year=st.integers(1000, 2999))
def test_a_day_is_converted_exactly_if_the_calendar_has_it(day: int, month: int, year: int) -> None:
    exists = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    try:
        date_converter("day-first")(f"{day}/{month}/{year}")
    except ConversionError:
        assert not exists
    else:
        assert exists


@given(
    first=st.integers(1900, 2060),
    length=st.integers(0, 40),
    mark=st.sampled_from(["/", "-", " - ", "–"]),
    is_short=st.booleans(),
)
def test_a_period_of_years_has_a_first_and_a_last_year_and_is_no_date(
    first: int, length: int, mark: str, is_short: bool
) -> None:
    last = first + length
    text = f"{first}{mark}{last % 100:02}" if is_short else f"{first}{mark}{last}"
    assert (int(to_first_year(text).value), int(to_last_year(text).value)) == (first, last)
    with suppress(ConversionError):
        assert to_date(text).datatype == XSD.gYearMonth  # 2010-11 is a month in ISO 8601
