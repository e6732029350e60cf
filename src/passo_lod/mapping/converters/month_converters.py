"""Convert periods in words, such as "marzo-maggio 2020", to their first and last month, for mapping.yaml's `convert`.

A period is converted only if every word of it is understood, and a year is never guessed: it is in the text, or the days of the process allow
one year only.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import Convention, ConversionError
from passo_lod.mapping.converters.date_converters import ORDER, ORDERS, date_converter, month_names
from passo_lod.namespaces import XSD

Month = tuple[int, int]
"""Year and month."""

_BETWEEN = frozenset({"-", "–", "—", "/", ",", ";", "e", "ed", "a", "ad", "al", "fino", "sino", "and", "to", "until"})
"""Words and marks between two months."""

_OPENING = frozenset({"da", "dal", "tra", "fra", "from", "between"})
"""Words before the first of at least two months."""

_WITHOUT_EFFECT = frozenset(
    {"inizio", "metà", "fine", "inizi", "di", "del", "mese", "mesi", ".", "early", "mid", "late", "end", "of"}
)
"""Words and marks that leave the month as it is."""

_WORD = re.compile(r"(?:[0-9]{1,2}[/.])?[0-9]{1,2}[/.][0-9]{4}(?![0-9])|[0-9]+[°º]?|[^\W\d_]+|\S")
_DATE = re.compile(r"(?:[0-9]{1,2}[/.])?(?P<month>[0-9]{1,2})[/.](?P<year>[0-9]{4})")


def to_first_month(text: str) -> Literal | None:
    """Convert a period with its year to its first month; None if a year is missing or a word is not understood.

    >>> [month and month.value for month in map(to_first_month, ("marzo-maggio 2020", "fine 03/2020", "marzo-maggio"))]
    ['2020-03', '2020-03', None]
    """
    months = _stated_months(text)
    return _literal(months[0]) if months else None


def to_last_month(text: str) -> Literal | None:
    """Convert a period with its year to its last month; None if a year is missing or a word is not understood.

    >>> to_last_month("da novembre 2019 a gennaio 2020").value
    '2020-01'
    """
    months = _stated_months(text)
    return _literal(months[-1]) if months else None


def first_month_within(order: str | None = None) -> Callable[[str], Literal | None]:
    """Return the converter from a period without a year, and the first and last day of what it is part of, to its first month.

    It gives None if the months lie between the days in no year or in several ones, or if the period has a year.

    >>> first_month_within()("marzo-maggio | 21/02/2020 | 15/11/2020").value
    '2020-03'
    >>> first_month_within()("gennaio-febbraio | 21/02/2020 | 15/11/2020") is None
    True

    Args:
        order: whether the day or the month comes first in the days.
    """
    return lambda text: _literal(months[0]) if (months := _months_within(text, order)) else None


def last_month_within(order: str | None = None) -> Callable[[str], Literal | None]:
    """Return the converter from a period without a year, and the first and last day of what it is part of, to its last month.

    >>> last_month_within()("dicembre-gennaio | 2019-11-04 | 2020-07-31").value
    '2020-01'

    Args:
        order: whether the day or the month comes first in the days.
    """
    return lambda text: _literal(months[-1]) if (months := _months_within(text, order)) else None


FIRST_MONTH_CONVENTION = Convention(ORDER, {order: first_month_within(order) for order in ORDERS}, lambda text: None)
LAST_MONTH_CONVENTION = Convention(ORDER, {order: last_month_within(order) for order in ORDERS}, lambda text: None)


def _literal(month: Month) -> Literal:
    return Literal(f"{month[0]:04}-{month[1]:02}", datatype=XSD.gYearMonth)


def _stated_months(text: str) -> list[Month]:
    """The months of a period, each with a year; empty if one has none, or if they are not in order."""
    months = [(year, month) for month, year in _named_months(text) if year is not None]
    return months if len(months) == len(_named_months(text)) and _in_order(months) else []


def _months_within(text: str, order: str | None) -> list[Month]:
    """The months of a period without a year, in the only year in which all lie between two days."""
    period, *days = (part.strip() for part in text.split("|"))
    named = _named_months(period)
    if not named or any(year is not None for _, year in named) or len(days) != 2:
        return []
    try:
        texts = [date_converter(order)(day).value for day in days]
    except ConversionError:
        return []
    if not all(len(each) == 10 for each in texts):  # a month or a year
        return []
    first, last = map(date.fromisoformat, texts)
    possible = [_from_year(year, [month for month, _ in named]) for year in range(first.year, last.year + 1)]
    within = [
        months
        for months in possible
        if (first.year, first.month) <= months[0] and months[-1] <= (last.year, last.month)
    ]
    return within[0] if len(within) == 1 else []


def _from_year(year: int, numbers: list[int]) -> list[Month]:
    """Months one after the other, the first in a year; a month that comes before the previous one is in the next year."""
    months = [(year, numbers[0])]
    for before, number in pairwise(numbers):
        year += number < before
        months.append((year, number))
    return months


def _in_order(months: list[Month]) -> bool:
    return all(before <= after for before, after in pairwise(months))


def _named_months(text: str) -> list[tuple[int, int | None]]:
    """The months that a period names, each with its year if there is one; empty if a word of it is not understood.

    A year holds for the months before it that have none: "marzo-maggio 2020".
    """
    words = list(_words(text))
    if not _is_period("".join(kind for kind, _, _ in words)):
        return []
    months: list[tuple[int, int | None]] = []
    next_year = None
    for _, month, year in reversed(words):
        next_year = year or next_year
        if month is not None:
            months.append((month, next_year))
    return months[::-1]


def _words(text: str) -> Iterator[tuple[str, int | None, int | None]]:
    """Yield the kind of each word as one letter (see `_PERIOD`), with the month and the year that it names."""
    for word in _WORD.findall(text.casefold()):
        if date_parts := _DATE.fullmatch(word):
            month, year = int(date_parts["month"]), int(date_parts["year"])
            yield ("m", month, year) if 1 <= month <= 12 else ("x", None, None)
        elif word[0].isdecimal():
            yield ("y", None, int(word)) if len(word) == 4 else ("d" if len(word) < 4 else "x", None, None)
        elif word in month_names():
            yield "m", month_names()[word], None
        elif word not in _WITHOUT_EFFECT:
            yield "b" if word in _BETWEEN else "o" if word in _OPENING else "x", None, None


_PERIOD = re.compile(r"(?P<opening>o)?d?my?(?P<more>(?:b{0,3}d?my?)*+)")
"""Months (m), before each at most a day (d), after it at most a year (y), and between two words such as "a" (b); "da" (o) opens a
period of several months. Any other word (x) is not understood."""


def _is_period(kinds: str) -> bool:
    match = _PERIOD.fullmatch(kinds)
    return match is not None and bool(match["more"] or not match["opening"])
