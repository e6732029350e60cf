"""Convert figures in Italian or English notation to XML Schema numbers, for mapping.yaml's `convert`."""

import re
from decimal import Decimal

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.namespaces import XSD

# Only 0-9: digits of other scripts have no place in the lexical forms of XML Schema.
_PLAIN = "[0-9]{1,18}"
_BY_DOTS = r"[0-9]{1,3}(?:\.[0-9]{3}){1,5}"
_BY_COMMAS = r"[0-9]{1,3}(?:,[0-9]{3}){1,5}"
_BY_SPACES = "[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3}){1,5}"
_INTEGER = f"{_PLAIN}|{_BY_DOTS}|{_BY_SPACES}"
_DECIMAL_COMMA = rf"(?:{_INTEGER}),"
_DECIMAL_DOT = rf"(?:{_PLAIN}|{_BY_SPACES}|{_BY_COMMAS})\."
"""An integer part whose notation shows that the next mark is the decimal mark."""

_EURO = r"(?:€|euro|EUR)"
_NUMBER = rf"(?P<number>(?:{_INTEGER})|(?:{_DECIMAL_COMMA}|{_DECIMAL_DOT})[0-9]{{1,2}})"
_THOUSANDS = r"(?P<thousands>[0-9]{1,3}(?:[.,][0-9]{1,2})?)\s?k"
_AMOUNT = re.compile(rf"(?:{_EURO}\s*)?(?:{_THOUSANDS}|{_NUMBER})\s*{_EURO}?", re.IGNORECASE)


def to_euro(text: str) -> Literal:
    """Convert an amount in euro to a decimal with cents; a single mark before three figures separates thousands.

    >>> to_euro("10.000,00 €")
    <Literal value=10000.00 datatype=<NamedNode value=http://www.w3.org/2001/XMLSchema#decimal>>
    >>> [to_euro(text).value for text in ("15k €", "1,5 k", "15.000", "15 000,00", "€ 15000.5", "15,000.00")]
    ['15000.00', '1500.00', '15000.00', '15000.00', '15000.50', '15000.00']
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        is_negative = _AMOUNT.fullmatch(_without_minus(text)) is not None
        raise ConversionError("convert.negative-amount" if is_negative else "convert.not-amount")
    if match["thousands"]:
        amount = 1000 * Decimal(match["thousands"].replace(",", "."))
    else:
        amount = _decimal(match["number"], places=2)
    return Literal(f"{amount:.2f}", datatype=XSD.decimal)


_NEGATIVE = re.compile(rf"(?P<sign>{_EURO}?)\s*[-\u2212](?P<number>[^-\u2212]*)", re.IGNORECASE)


def _without_minus(text: str) -> str:
    """A negative number or amount without its sign; an empty text if it has none."""
    match = _NEGATIVE.fullmatch(text.strip())
    return match["sign"] + match["number"] if match else ""


def _decimal(text: str, places: int) -> Decimal:
    """Read grouped figures; the last mark is the decimal mark if at most `places` figures follow it."""
    match = re.fullmatch(rf"(.*?)(?:[.,]([0-9]{{1,{places}}}))?", text, re.DOTALL)
    assert match is not None  # noqa: S101 - the expression matches any text
    return Decimal(f"{re.sub('[^0-9]', '', match[1])}.{match[2] or 0}")


_SIGNED = re.compile(rf"(?P<sign>-?)(?P<number>{_PLAIN}|{_BY_SPACES}|(?:{_DECIMAL_COMMA}|{_DECIMAL_DOT})[0-9]{{1,18}})")


def to_decimal(text: str) -> Literal:
    """Convert a number; the last dot or comma is the decimal mark.

    >>> [to_decimal(text).value for text in ("44.494887", "44,5", "1.234,5", "-7", "15.125")]
    ['44.494887', '44.5', '1234.5', '-7.0', '15.125']
    """
    match = _SIGNED.fullmatch(text.strip().replace("\u2212", "-"))
    if match is None:
        raise ConversionError("convert.not-number")
    return Literal(f"{match['sign']}{_decimal(match['number'], places=18):f}", datatype=XSD.decimal)


def to_percentage(text: str) -> Literal:
    """Convert a percentage, with or without a percent sign.

    >>> to_percentage("28,57").value, to_percentage("30%").value
    ('28.57', '30.0')
    """
    match = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,9}))?\s*%?", text.strip())
    if match is None:
        raise ConversionError("convert.not-percentage")
    return Literal(f"{int(match[1])}.{match[2] or 0}", datatype=XSD.decimal)


def to_integer(text: str) -> Literal:
    """Convert a whole number; dots or spaces may separate thousands, and a spreadsheet may have appended `.0`.

    >>> to_integer("1.200").value, to_integer("1 200").value, to_integer("100.0").value
    ('1200', '1200', '100')
    """
    match = re.fullmatch(rf"(?P<integer>{_INTEGER})(?P<zero>\.0)?", text.strip())
    # After dots for thousands, `.0` would be another group.
    if match is None or (match["zero"] and "." in match["integer"]):
        is_negative = re.fullmatch(_INTEGER, _without_minus(text)) is not None
        raise ConversionError("convert.negative-number" if is_negative else "convert.not-whole-number")
    return Literal(str(int(re.sub("[^0-9]", "", match["integer"]))), datatype=XSD.integer)


def to_months(text: str) -> Literal:
    """Convert a number of months to a duration (XML Schema Part 2, 3.3.6).

    >>> to_months("9").value
    'P9M'
    """
    return Literal(f"P{to_integer(text).value}M", datatype=XSD.duration)


def to_position(text: str) -> Literal:
    """Convert a position in a sequence, counted from 1 (`l0:positionInSequence`).

    >>> to_position("2").value
    '2'
    """
    return Literal(to_integer(text).value, datatype=XSD.integer)


_RATING = re.compile(r"([0-9]{1,9}) ?/ ?([0-9]{1,9})")


def _rating(text: str) -> re.Match[str]:
    match = _RATING.fullmatch(text.strip())
    if match is None:
        raise ConversionError("convert.not-rating")
    return match


def to_rating_value(text: str) -> Literal:
    """Convert a rating such as "28 / 30" to its points (`schema:ratingValue`).

    >>> to_rating_value("28 / 30").value
    '28'
    """
    return Literal(str(int(_rating(text)[1])), datatype=XSD.integer)


def to_best_rating(text: str) -> Literal:
    """Convert a rating such as "28 / 30" to its maximum (`schema:bestRating`).

    >>> to_best_rating("28 / 30").value
    '30'
    """
    return Literal(str(int(_rating(text)[2])), datatype=XSD.integer)
