"""Dates, numbers and texts as a reader of Italian or English writes them."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote

from pyoxigraph import Literal

from passo_lod.namespaces import XSD

MONTHS = {
    "it": (
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
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_SEPARATORS = {"it": (".", ","), "en": (",", ".")}
_UNITS = {
    "it": {"Y": ("anno", "anni"), "M": ("mese", "mesi"), "W": ("settimana", "settimane"), "D": ("giorno", "giorni")},
    "en": {"Y": ("year", "years"), "M": ("month", "months"), "W": ("week", "weeks"), "D": ("day", "days")},
}
_SIGNS = {"EUR": "€"}
_UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST_ADDRESS = 60
_UNITS_OF_BYTES = ("B", "kB", "MB", "GB")


def literal(value: Literal, language: str) -> str:
    """A literal for the reader; a value that is not what its datatype says is shown as it is.

    >>> literal(Literal("2020-02-21", datatype=XSD.date), "en")
    '21 February 2020'
    """
    write = _WRITERS.get(value.datatype.value)
    try:
        return write(value.value, language) if write else visible(value.value)
    except (ValueError, InvalidOperation, KeyError):
        return visible(value.value)


def visible(text: str) -> str:
    r"""A text whose control characters can be seen and do not act.

    >>> visible("a\u202eb")
    'a⟨U+202E⟩b'
    """
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def day(text: str, language: str) -> str:
    """A date (of a date or a date and time).

    >>> day("2020-02-01", "it")
    '1º febbraio 2020'
    """
    moment = date.fromisoformat(text[:10])
    first = "1º" if language == "it" and moment.day == 1 else str(moment.day)
    return f"{first} {MONTHS[language][moment.month - 1]} {moment.year}"


def number(text: str, language: str) -> str:
    """A number with the reader's separators.

    >>> number("1234567.50", "it")
    '1.234.567,50'
    """
    thousands, point = _SEPARATORS[language]
    return f"{Decimal(text):,}".translate({ord(","): thousands, ord("."): point})


def amount(value: str, currency: str, language: str) -> str:
    """A sum of money.

    >>> amount("10000.00", "EUR", "it"), amount("7000", "EUR", "en")
    ('10.000,00 €', '€7,000.00')
    """
    sign = _SIGNS.get(currency, currency)
    figure = number(str(Decimal(value).quantize(Decimal("0.01"))), language)
    return f"{figure} {sign}" if language == "it" or len(sign) > 1 else f"{sign}{figure}"


def duration(text: str, language: str) -> str:
    """A duration in years, months and days.

    >>> duration("P1Y9M", "it")
    '1 anno, 9 mesi'
    """
    if not (match := re.fullmatch(r"P((?:\d+[YMWD])+)", text)):
        raise ValueError(text)
    counted = re.findall(r"(\d+)([YMWD])", match[1])
    return ", ".join(f"{count} {_UNITS[language][unit][count != '1']}" for count, unit in counted)


def licence(iri: str) -> str:
    """An address as short as it can be told: Creative Commons addresses say the licence's name.

    >>> licence("https://creativecommons.org/licenses/by/2.0/it/"), licence("https://example.org/terms")
    ('CC BY 2.0 IT', 'example.org/terms')
    """
    found = re.fullmatch(
        r"https?://creativecommons\.org/licenses/([a-z-]+)/([\d.]+)(?:/([a-z]{2}))?/?(?:deed\.\w+)?", iri
    )
    words = [part for part in found.groups() if part] if found else []
    return " ".join(["CC", *words]).upper() if words else iri.removeprefix("https://").removeprefix("http://")


def address(iri: str) -> str:
    """An address of others that has no name: who it is of and what it ends with.

    >>> address("https://www.example.org/some/very/long/folder/of/documents/2020/the%20report.pdf")
    'www.example.org/…/the report.pdf'
    """
    short = licence(iri)
    if len(short) <= _LONGEST_ADDRESS or "/" not in short.rstrip("/"):
        return short
    return f"{short.partition('/')[0]}/…/{unquote(short.rstrip('/').rpartition('/')[2])}"


def truth(text: str, language: str) -> str:
    """A boolean."""
    return {"it": ("no", "sì"), "en": ("no", "yes")}[language][text in ("true", "1")]


def size(count: int, language: str) -> str:
    """A number of bytes.

    >>> size(1234567, "en")
    '1.2 MB'
    """
    figure, unit = float(count), _UNITS_OF_BYTES[0]
    for unit in _UNITS_OF_BYTES:
        if figure < 1000 or unit == _UNITS_OF_BYTES[-1]:
            break
        figure /= 1000
    return f"{number(f'{figure:.0f}' if unit == 'B' else f'{figure:.1f}', language)} {unit}"


_WRITERS = {
    XSD.date.value: day,
    XSD.dateTime.value: day,
    XSD.integer.value: number,
    XSD.int.value: number,
    XSD.nonNegativeInteger.value: number,
    XSD.decimal.value: number,
    XSD.duration.value: duration,
    XSD.boolean.value: truth,
}
