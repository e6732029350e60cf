"""Convert figures in the notations of many countries to XML Schema numbers, for mapping.yaml's `convert`."""

import re
from collections.abc import Callable
from decimal import Context, Decimal
from functools import cache
from pathlib import Path

from pyoxigraph import Literal

from passo_lod import yaml_loader
from passo_lod.errors import VocabularyError
from passo_lod.mapping.converters.conversion import AmbiguityError, Convention, ConversionError
from passo_lod.namespaces import XSD

DECIMAL_MARK = "decimal-mark"
"""The key of mapping.yaml that says which mark separates the decimals of a column."""

DECIMAL_MARKS = {"comma": ",", "point": "."}

# Only 0-9: digits of other scripts have no place in the lexical forms of XML Schema.
_PLAIN = "[0-9]{1,18}"
_FIRST = "[1-9][0-9]{0,2}"
_BY_DOTS = rf"{_FIRST}(?:\.[0-9]{{3}}){{1,5}}"
_BY_COMMAS = rf"{_FIRST}(?:,[0-9]{{3}}){{1,5}}"
_IN_LAKHS = r"[1-9][0-9]?(?:,[0-9]{2}){1,6},[0-9]{3}"
_BY_SPACES = f"{_FIRST}(?:[ \u00a0\u2009\u202f][0-9]{{3}}){{1,5}}"
_BY_APOSTROPHES = f"{_FIRST}(?:['\u2019][0-9]{{3}}){{1,5}}"
_WHOLE = f"{_BY_SPACES}|{_BY_APOSTROPHES}|{_PLAIN}"
_NUMBERS = {
    "comma": re.compile(f"(?P<whole>{_BY_DOTS}|{_WHOLE})(?:,(?P<fraction>[0-9]{{1,18}}))?"),
    "point": re.compile(rf"(?P<whole>{_BY_COMMAS}|{_IN_LAKHS}|{_WHOLE})(?:\.(?P<fraction>[0-9]{{1,18}}))?"),
}
"""Numbers by the mark that separates their decimals."""

_INTEGER = re.compile(rf"(?P<whole>{_BY_DOTS}|{_BY_COMMAS}|{_IN_LAKHS}|{_WHOLE})(?P<zero>\.0)?")
_SCALED = re.compile(r"(?P<number>[0-9](?:.{0,40}[0-9])?)\s*(?P<scale>[^\W\d_]{1,12})\.?", re.DOTALL)
_THREE_FIGURES_LAST = re.compile("[^0-9][0-9]{3}\\Z")
_EXACT = Context(prec=80)
_MINUS = re.compile("[-\u2212\u2013]\\s*(?P<number>.*)", re.DOTALL)


def readings(text: str) -> dict[str, Decimal]:
    """The numbers that a text without a sign may be, by the decimal mark; one where both marks give the same.

    >>> readings("1.234,5"), readings("1,234"), readings("x")
    ({'comma': Decimal('1234.5')}, {'comma': Decimal('1.234'), 'point': Decimal('1234.0')}, {})
    """
    matches = ((mark, pattern.fullmatch(text)) for mark, pattern in _NUMBERS.items())
    return {
        mark: Decimal(f"{re.sub('[^0-9]', '', match['whole'])}.{match['fraction'] or 0}")
        for mark, match in matches
        if match
    }


def read_number(text: str, decimal_mark: str | None = None) -> Decimal:
    """Read a number without a sign.

    Args:
        text: the number.
        decimal_mark: `comma` or `point`, for a text that can be read in two ways.

    Raises:
        AmbiguityError: it can be read in two ways, and no mark is given.
        ConversionError: it is no number.
    """
    found = readings(text)
    if not found:
        raise ConversionError("convert.not-number")
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    if decimal_mark is None:
        raise AmbiguityError(
            "convert.ambiguous-number", {mark: f"{found[mark].normalize():f}" for mark in DECIMAL_MARKS}
        )
    return found[decimal_mark]


def shown_mark(text: str) -> str | None:
    """The decimal mark that a number shows by itself; None for one that reads alike with both, or in two ways.

    >>> shown_mark("1.234,5"), shown_mark("0.5"), shown_mark("1,234"), shown_mark("1'000")
    ('comma', 'point', None, None)
    """
    found = readings(text)
    return next(iter(found)) if len(found) == 1 else None


@cache
def _scales() -> dict[str, int]:
    """The factors of the words of scales.yaml."""
    factors = yaml_loader.load(Path(__file__).with_name("scales.yaml"), VocabularyError)
    return {str(word): int(factor) for factor, words in factors.items() for word in words}


def scale_of(word: str) -> int:
    """Return the factor that a word such as `mln` stands for; 0 for any other word.

    Raises:
        ConversionError: it is `m`, which stands for thousands and for millions.
    """
    if word == "m":
        raise ConversionError("convert.ambiguous-scale")
    return 10**6 if word == "M" else _scales().get(word.casefold(), 0)


def scaled(number: str, scale: int, decimal_mark: str | None = None) -> Decimal:
    """Read a number without a sign and multiply it, exactly.

    >>> scaled("1,5", 1000)
    Decimal('1500.0')

    Raises:
        AmbiguityError: it can be read in two ways, and no mark is given.
        ConversionError: it is no number, or has three figures before a word for thousands, as in `1,234k`.
    """
    if scale == 10**3 and _THREE_FIGURES_LAST.search(number):
        raise ConversionError("convert.three-figures-before-scale")
    return _EXACT.multiply(read_number(number, decimal_mark), Decimal(scale))


def decimal_converter(decimal_mark: str | None = None) -> Callable[[str], Literal]:
    """Return the converter of numbers whose decimals follow a mark, `comma` or `point`.

    >>> [to_decimal(text).value for text in ("44.494887", "44,5", "1.234,5", "-7", "1'234.50")]
    ['44.494887', '44.5', '1234.5', '-7.0', '1234.50']
    >>> decimal_converter("comma")("1.500").value
    '1500.0'
    """

    def convert(text: str) -> Literal:
        minus = _MINUS.fullmatch(text.strip())
        number = read_number(minus["number"] if minus else text.strip(), decimal_mark)
        return Literal(f"{'-' if minus else ''}{number:f}", datatype=XSD.decimal)

    return convert


to_decimal = decimal_converter()

DECIMAL_CONVENTION = Convention(
    DECIMAL_MARK,
    {mark: decimal_converter(mark) for mark in DECIMAL_MARKS},
    lambda text: shown_mark(re.sub("^[-\u2212\u2013]\\s*", "", text.strip())),
)


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
    """Convert a whole number; marks or spaces may separate thousands, a spreadsheet may have appended `.0`, and a word may multiply it.

    >>> [to_integer(text).value for text in ("1.200", "1,200", "1'200", "1 200", "100.0", "1,2k", "1.5 mila", "3 mln")]
    ['1200', '1200', '1200', '1200', '100', '1200', '1500', '3000000']
    """
    text = text.strip()
    match = _SCALED.fullmatch(text)
    scale = scale_of(match["scale"]) if match else 0
    return Literal(
        str(_whole_multiple(match["number"], scale) if match and scale else _whole(text)), datatype=XSD.integer
    )


def _whole_multiple(number: str, scale: int) -> int:
    try:
        value = scaled(number, scale)
    except AmbiguityError as error:
        raise ConversionError("convert.three-figures-before-scale") from error
    if value != int(value):
        raise ConversionError("convert.not-whole-number")
    return int(value)


def _whole(text: str) -> int:
    """Read a whole number that is written out."""
    match = _INTEGER.fullmatch(text)
    # After dots for thousands, `.0` would be another group.
    if match is None or (match["zero"] and "." in match["whole"]):
        minus = _MINUS.fullmatch(text)
        is_negative = minus is not None and _INTEGER.fullmatch(minus["number"]) is not None
        raise ConversionError("convert.negative-number" if is_negative else "convert.not-whole-number")
    return int(re.sub("[^0-9]", "", match["whole"]))


def to_months(text: str) -> Literal:
    """Convert a number of months to a duration (XML Schema Part 2, 3.3.6).

    >>> to_months("9").value
    'P9M'
    """
    return Literal(f"P{_whole(text.strip())}M", datatype=XSD.duration)


def to_position(text: str) -> Literal:
    """Convert a position in a sequence, counted from 1 (`l0:positionInSequence`).

    >>> to_position("2").value
    '2'
    """
    return Literal(str(_whole(text.strip())), datatype=XSD.integer)


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
