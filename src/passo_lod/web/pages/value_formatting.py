"""Format dates, numbers, amounts, durations and addresses in the reader's language, for pages."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote

from pyoxigraph import Literal

from passo_lod.messages.message_catalogue import message
from passo_lod.namespaces import XSD
from passo_lod.visible_text import escape_controls

_CURRENCY_SIGNS = {"EUR": "€"}
_DURATION_UNITS = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}
_LONGEST_ADDRESS = 60
_BYTE_UNITS = ("B", "kB", "MB", "GB")


def format_literal(value: Literal, language: str) -> str:
    """A literal as the reader writes it; an ill-typed one as it is.

    >>> format_literal(Literal("2020-02-21", datatype=XSD.date), "en")
    '21 February 2020'
    """
    format_value = _FORMATTERS.get(value.datatype.value)
    try:
        return format_value(value.value, language) if format_value else escape_controls(value.value)
    except (ValueError, InvalidOperation, KeyError):
        return escape_controls(value.value)


def format_day(text: str, language: str) -> str:
    """The day of an xsd:date or xsd:dateTime.

    >>> format_day("2020-02-01", "it")
    '1º febbraio 2020'
    """
    day = date.fromisoformat(text[:10])
    month = message(f"date.month.{day.month:02}", language)
    if day.day == 1:
        return message("date.first-of-month", language, month=month, year=day.year)
    return message("date.day", language, day=day.day, month=month, year=day.year)


def format_month(text: str, language: str) -> str:
    """The month of an xsd:gYearMonth.

    >>> format_month("2020-03", "en")
    'March 2020'
    """
    day = date.fromisoformat(f"{text}-01")
    month = message(f"date.month.{day.month:02}", language)
    return message("date.month-of-year", language, month=month, year=day.year)


def format_number(text: str, language: str) -> str:
    """A number with the reader's separators.

    >>> format_number("1234567.50", "it")
    '1.234.567,50'
    """
    thousands, decimal = (message(f"number.{kind}-separator", language) for kind in ("thousands", "decimal"))
    return f"{Decimal(text):,}".translate({ord(","): thousands, ord("."): decimal})


def format_amount(value: str, currency: str, language: str) -> str:
    """A sum of money.

    Args:
        value: a decimal number.
        currency: its ISO 4217 code.
        language: of the reader.

    >>> format_amount("10000.00", "EUR", "it"), format_amount("7000", "EUR", "en")
    ('10.000,00 €', '€7,000.00')
    """
    return with_currency(format_number(str(Decimal(value).quantize(Decimal("0.01"))), language), currency, language)


def with_currency(number: str, currency: str, language: str) -> str:
    """A formatted number with the sign of a currency, or with its ISO 4217 code."""
    if sign := _CURRENCY_SIGNS.get(currency):
        return message("number.amount-with-sign", language, number=number, currency=sign)
    return f"{number} {currency}"


def format_duration(text: str, language: str) -> str:
    """An xsd:duration of years, months, weeks and days.

    >>> format_duration("P1Y9M", "it")
    '1 anno, 9 mesi'
    """
    if not (match := re.fullmatch(r"P((?:\d+[YMWD])+)", text)):
        raise ValueError(text)
    parts = re.findall(r"(\d+)([YMWD])", match[1])
    units = (message(f"duration.{_DURATION_UNITS[unit]}", language, count=int(count)) for count, unit in parts)
    return ", ".join(f"{count} {unit}" for (count, _), unit in zip(parts, units, strict=True))


def licence_name(iri: str) -> str:
    """The short name of a Creative Commons licence; any other IRI without its scheme.

    >>> licence_name("https://creativecommons.org/licenses/by/2.0/it/"), licence_name("https://example.org/terms")
    ('CC BY 2.0 IT', 'example.org/terms')
    """
    found = re.fullmatch(
        r"https?://creativecommons\.org/licenses/([a-z-]+)/([\d.]+)(?:/([a-z]{2}))?/?(?:deed\.\w+)?", iri
    )
    parts = [part for part in found.groups() if part] if found else []
    return " ".join(["CC", *parts]).upper() if parts else iri.removeprefix("https://").removeprefix("http://")


def shorten_address(iri: str) -> str:
    """The IRI of a thing without a name; a long one keeps its host and its last segment.

    >>> shorten_address("https://www.example.org/some/very/long/folder/of/documents/2020/the%20report.pdf")
    'www.example.org/…/the report.pdf'
    """
    short = licence_name(iri)
    if len(short) <= _LONGEST_ADDRESS or "/" not in short.rstrip("/"):
        return short
    return f"{short.partition('/')[0]}/…/{unquote(short.rstrip('/').rpartition('/')[2])}"


def format_boolean(text: str, language: str) -> str:
    """An xsd:boolean."""
    return message(f"boolean.{'true' if text in ('true', '1') else 'false'}", language)


def format_size(count: int, language: str) -> str:
    """A number of bytes.

    >>> format_size(1234567, "en")
    '1.2 MB'
    """
    figure, unit = float(count), _BYTE_UNITS[0]
    for unit in _BYTE_UNITS:
        if figure < 1000 or unit == _BYTE_UNITS[-1]:
            break
        figure /= 1000
    return f"{format_number(f'{figure:.0f}' if unit == 'B' else f'{figure:.1f}', language)} {unit}"


_FORMATTERS = {
    XSD.date.value: format_day,
    XSD.dateTime.value: format_day,
    XSD.gYearMonth.value: format_month,
    XSD.integer.value: format_number,
    XSD.int.value: format_number,
    XSD.nonNegativeInteger.value: format_number,
    XSD.decimal.value: format_number,
    XSD.duration.value: format_duration,
    XSD.boolean.value: format_boolean,
}
