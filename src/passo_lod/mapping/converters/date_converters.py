"""Convert days, months and years in the notations of many languages to XML Schema dates, for mapping.yaml's `convert`.

A date is stated as exactly as its text: a day as xsd:date, a month as xsd:gYearMonth, a year as xsd:gYear.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache

from babel import Locale
from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import AmbiguityError, Convention, ConversionError, UncertainError
from passo_lod.namespaces import XSD

ORDER = "order"
"""The key of mapping.yaml that says whether the day or the month comes first in a column."""

ORDERS = ("day-first", "month-first")

LANGUAGES = ("it", "en", "fr", "es", "de", "pl", "ca", "pt", "nl", "sl")
"""Languages in which the names of months and weekdays are known (Unicode CLDR, by Babel)."""

_MORE_MONTHS = {"sett": 9, "febbr": 2, "genn": 1, "dicem": 12, "jänner": 1, "feber": 2, "juil": 7, "setiembre": 9}
_MORE_WEEKDAYS = {
    "lunedi": 0,
    "martedi": 1,
    "mercoledi": 2,
    "giovedi": 3,
    "venerdi": 4,
    "tues": 1,
    "thur": 3,
    "thurs": 3,
}

_TIME = (
    r"(?:(?:T|,? (?:(?:alle|ore|at|um|à|h\.?) ){0,2})"
    r"(?:[01]?[0-9]|2[0-3])[:.h][0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?:AM|PM|Uhr|h))?(?: ?(?:Z|UTC|GMT|CES?T|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_YEAR = "(?P<year>[0-9]{4})"
_TWO = "[0-9]{1,2}"
_YEAR_FIRST = re.compile(
    rf"{_YEAR}(?P<mark>[-/.])(?P<month>{_TWO})(?P=mark)(?P<day>{_TWO})\.?{_TIME}|(?P<whole>[12][0-9]{{7}})",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(
    rf"(?P<first>{_TWO})(?P<mark>[-/.]|\. )(?P<second>{_TWO})(?P=mark)(?P<year>[0-9]{{4}})\.?{_TIME}", re.IGNORECASE
)
_MONTH = re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{2})|(?P<month2>[0-9]{1,2})[-/.](?P<year2>[0-9]{4})")
_ONLY_YEAR = re.compile(r"(?P<year>[0-9]{4})(?:\.0)?")
_SHORT_YEAR = re.compile(rf"{_TWO}(?P<mark>[-/.])(?:{_TWO}|[^\W\d_]{{3,10}})(?P=mark)[0-9]{{2}}")
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")
_YEARS = re.compile(
    r"(?:(?:dal|da|from|de|von|od) )?(?P<first>[0-9]{4}) ?(?:[-/–—]|a|al|to|bis|do|à) ?(?P<last>[0-9]{2}|[0-9]{4})",
    re.IGNORECASE,
)
_LAST_EVENING = re.compile(r"[0-9]{4}-12-31[T ](?:1[2-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?")
"""A time from noon on of the last day of a year, in a zone that is not stated."""
_WORD = re.compile(
    r"(?P<number>[0-9]{1,4})(?P<ending>st|nd|rd|th|er|ère|[º°ªo])?(?![^\W_])|(?P<name>[^\W\d_]+)|(?P<other>\S)"
)
_WITHOUT_MEANING = frozenset(
    {
        "di",
        "de",
        "del",
        "of",
        "the",
        "il",
        "le",
        "den",
        "el",
        "d",
        "roku",
        "r",
        "leta",
        "feira",
        ",",
        ".",
        "-",
        "/",
        "'",
        "’",
    }
)
"""Words and marks between the parts of a date."""


def to_literal(parts: tuple[int, ...]) -> Literal:
    """A literal of a year, of a year and a month, or of a year, a month and a day.

    Raises:
        ConversionError: the calendar has no such month or day.
    """
    year, month, day = (*parts, 1, 1)[:3]
    try:
        text = date(year, month, day).isoformat()
    except ValueError as problem:
        raise ConversionError("convert.no-such-day") from problem
    length, datatype = {1: (4, XSD.gYear), 2: (7, XSD.gYearMonth), 3: (10, XSD.date)}[len(parts)]
    return Literal(text[:length], datatype=datatype)


def date_converter(order: str | None = None) -> Callable[[str], Literal]:
    """Return the converter of dates in which the day or the month comes first.

    >>> texts = ("2020-02-21T10:00Z", "21/02/2020", "21.02.2020", "21st of February 2020", "febbraio 2020", "2020")
    >>> [to_date(text).value for text in texts]
    ['2020-02-21', '2020-02-21', '2020-02-21', '2020-02-21', '2020-02', '2020']
    >>> [date_converter(order)("03/05/2020").value for order in ("day-first", "month-first")]
    ['2020-05-03', '2020-03-05']
    """
    return lambda text: to_literal(_date_parts(text, order))


to_date = date_converter()


def to_year(text: str) -> Literal:
    """Convert the year of a date, in any notation, with or without month and day.

    >>> to_year("2020").value, to_year("03/05/2020").value
    ('2020', '2020')
    """
    return to_literal(to_date_in_any_order(text)[:1])


def to_start_year(text: str) -> Literal:
    """Convert the year in which something began; not of a time in the evening of 31 December, without its zone.

    A site that shows midnight by the clock of another zone gives 1 January like that.

    >>> [to_start_year(text).value for text in ("2010-12-31", "2010-12-30T21:00:00", "2010-12-31T21:00:00Z")]
    ['2010', '2010', '2010']

    Raises:
        UncertainError: the text is such a time.
        ConversionError: it is no date.
    """
    year = to_year(text)
    if _LAST_EVENING.fullmatch(" ".join(text.split())):
        raise UncertainError("convert.last-evening")
    return year


def to_date_in_any_order(text: str) -> tuple[int, ...]:
    """The year, month and day of a date; the day comes first where both orders are possible."""
    try:
        return _date_parts(text, None)
    except AmbiguityError:
        return _date_parts(text, "day-first")


def _date_parts(text: str, order: str | None) -> tuple[int, ...]:
    """The year, month and day that a text states, as many of them as it states."""
    text = " ".join(text.split())
    if match := _YEAR_FIRST.fullmatch(text):
        whole = match["whole"]
        if whole:
            return int(whole[:4]), int(whole[4:6]), int(whole[6:])
        return int(match["year"]), int(match["month"]), int(match["day"])
    if match := _YEAR_LAST.fullmatch(text):
        day, month = _ordered(match, order)
        return int(match["year"]), month, day
    if match := _MONTH.fullmatch(text):
        return _month_parts(text, match)
    if match := _ONLY_YEAR.fullmatch(text):
        return (int(match["year"]),)
    if parts := _worded_date(text):
        return parts
    raise ConversionError(_problem(text))


def _ordered(match: re.Match[str], order: str | None) -> tuple[int, int]:
    """Day and month of a date whose year is last."""
    first, second = int(match["first"]), int(match["second"])
    if max(first, second) > 31 or min(first, second) < 1:
        raise ConversionError("convert.no-such-day")
    if order is not None and (second if order == "day-first" else first) > 12:
        raise ConversionError("convert.other-order", {"order": order})
    if order is None and match["mark"] not in ("-", "/"):
        order = "day-first"  # Dots stand between day, month and year in this order only (CLDR).
    if order is None and first != second:
        if max(first, second) <= 12:
            readings = {
                "day-first": date(int(match["year"]) or 1, second, first).isoformat(),
                "month-first": date(int(match["year"]) or 1, first, second).isoformat(),
            }
            raise AmbiguityError("convert.ambiguous-date", readings)
        order = "day-first" if first > 12 else "month-first"
    return (second, first) if order == "month-first" else (first, second)


def _month_parts(text: str, match: re.Match[str]) -> tuple[int, ...]:
    year, month = int(match["year"] or match["year2"]), int(match["month"] or match["month2"])
    if match["year"] and (month > 12 or ("/" in text and month == (year + 1) % 100)):
        raise ConversionError("convert.period")  # 2019/20, and 2010/11, which may be November
    return year, month


def _problem(text: str) -> str:
    """The key of the message about a text that is no date."""
    if _SHORT_YEAR.fullmatch(text):
        return "convert.short-year"
    if _SERIAL.fullmatch(text):
        return "convert.day-number"
    return "convert.period" if _YEARS.fullmatch(text) or _names_two_dates(text) else "convert.not-date"


def _names_two_dates(text: str) -> bool:
    """Whether a text has two parts that are dates, or days of one month."""
    for mark in (" - ", " – ", " — ", " / ", "–", " al ", " a ", " to ", " bis ", " au ", "-"):
        first, found, last = text.removeprefix("dal ").removeprefix("da ").removeprefix("from ").partition(mark)
        if found and _is_date(last) and (_is_date(first) or first.isdecimal() or first.casefold() in month_names()):
            return True
    return False


def _is_date(text: str) -> bool:
    try:
        return bool(to_date_in_any_order(text)) if len(text) < 60 and not _YEARS.fullmatch(text) else False
    except ConversionError:
        return False


# ------------------------------------------------------------------------------------------------------- dates in words


@cache
def month_names() -> dict[str, int]:
    """The months by their names and abbreviations, in small letters."""
    return {**_names("months"), **_MORE_MONTHS}


@cache
def _weekday_names() -> dict[str, int]:
    """The weekdays by their names in full or with at least three letters, from Monday, 0."""
    names = {name.partition("-")[0]: number for name, number in _names("days").items() if len(name) > 2}
    return {**names, **_MORE_WEEKDAYS}


def _names(kind: str) -> dict[str, int]:
    return dict(_localised_names(kind))


def _localised_names(kind: str) -> Iterator[tuple[str, int]]:
    for language in LANGUAGES:
        for context in getattr(Locale.parse(language), kind).values():
            for width, names in context.items():
                if width in ("wide", "abbreviated"):
                    yield from ((_last_word(name), number) for number, name in names.items())


def _last_word(name: str) -> str:
    """A name without its preposition, such as the Catalan `de gener`."""
    return re.split("[ '\u2019]", name.casefold().rstrip("."))[-1]


def _worded_date(text: str) -> tuple[int, ...]:
    """The parts of a date with the name of a month; none if a word is not understood."""
    text = re.sub(rf"{_TIME}\Z", "", text, flags=re.IGNORECASE)
    months: list[int] = []
    numbers: list[tuple[int, int]] = []
    weekdays: list[int] = []
    for match in _WORD.finditer(text.casefold()):
        name = match["name"] or match["other"]
        if match["number"]:
            numbers.append((int(match["number"]), len(match["number"])))
        elif name in month_names():
            months.append(month_names()[name])
        elif name in _weekday_names():
            weekdays.append(_weekday_names()[name])
        elif name not in _WITHOUT_MEANING:
            return ()
    years = [number for number, length in numbers if length == 4]
    days = [number for number, length in numbers if length < 3]
    if len(months) != 1 or len(years) != 1 or len(days) > 1 or len(days) + 1 != len(numbers) or len(weekdays) > 1:
        return ()
    parts = (years[0], months[0], *days)
    if weekdays and (not days or date.fromisoformat(to_literal(parts).value).weekday() != weekdays[0]):
        raise ConversionError("convert.other-weekday")
    return parts


# --------------------------------------------------------------------------------------------------------------- periods

_YEARS = re.compile(
    r"(?:dal |da |from |de |von |od )?(?P<first>[0-9]{4}) ?(?:[-/–—]|a|al|to|bis|do|à) ?(?P<last>[0-9]{2}|[0-9]{4})"
)


def to_first_year(text: str) -> Literal:
    """Convert a period of years, or one year, to its first year.

    >>> [to_first_year(text).value for text in ("2019/2020", "2019-20", "2019")]
    ['2019', '2019', '2019']
    """
    return to_literal(_years(text)[:1])


def to_last_year(text: str) -> Literal:
    """Convert a period of years, or one year, to its last year.

    >>> [to_last_year(text).value for text in ("2019/2020", "2019-20", "1999/00")]
    ['2020', '2020', '2000']
    """
    return to_literal(_years(text)[1:])


def _years(text: str) -> tuple[int, int]:
    """The first and the last year of a period."""
    text = " ".join(text.split())
    match = _YEARS.fullmatch(text)
    if match is None:
        if (year := _ONLY_YEAR.fullmatch(text)) is None:
            raise ConversionError("convert.not-years")
        return int(year["year"]), int(year["year"])
    first, last = int(match["first"]), int(match["last"])
    if len(match["last"]) == 2:
        last += first // 100 * 100 + (100 if last < first % 100 else 0)
    if last < first or last - first > 50:
        raise ConversionError("convert.not-years")
    return first, last


def _shown_order(text: str) -> str | None:
    """The order that a date shows by itself: that of one whose day is greater than 12."""
    match = _YEAR_LAST.fullmatch(" ".join(text.split()))
    if match is None or match["mark"] not in ("-", "/"):
        return None
    first, second = int(match["first"]), int(match["second"])
    return "day-first" if first > 12 >= second else "month-first" if second > 12 >= first else None


DATE_CONVENTION = Convention(ORDER, {order: date_converter(order) for order in ORDERS}, _shown_order)
