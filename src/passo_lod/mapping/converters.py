"""Turn the texts of records into typed RDF terms: one table, by the names that mapping.yaml uses."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from passo_lod.namespaces import XSD

Term = NamedNode | Literal


class NotConvertible(ValueError):
    """The text cannot be read as what the mapping says it is; the message says why."""


@dataclass(frozen=True)
class Converter:
    """How a text becomes a term.

    Attributes:
        convert: the function; None means that the text rightly gives no term; raises `NotConvertible`.
        kind: what the text should be, to follow "cannot be read as".
        example: a text that is right.
    """

    convert: Callable[[str], Term | None]
    kind: str
    example: str


# A figure is 0-9: other scripts' digits are no lexical form of a number in XML Schema.
_PLAIN = "[0-9]{1,18}"
_BY_DOTS = r"[0-9]{1,3}(?:\.[0-9]{3}){1,5}"
_BY_COMMAS = r"[0-9]{1,3}(?:,[0-9]{3}){1,5}"
_BY_SPACES = "[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3}){1,5}"
_WHOLE = f"{_PLAIN}|{_BY_DOTS}|{_BY_SPACES}"
_DECIMAL_COMMA = rf"(?:{_WHOLE}),"
_DECIMAL_DOT = rf"(?:{_PLAIN}|{_BY_SPACES}|{_BY_COMMAS})\."
"""A whole part that shows by itself that the mark after it is that of the decimals."""

_EURO = r"(?:€|euro|EUR)"
_NUMBER = rf"(?P<number>(?:{_WHOLE})|(?:{_DECIMAL_COMMA}|{_DECIMAL_DOT})[0-9]{{1,2}})"
_THOUSANDS = r"(?P<thousands>[0-9]{1,3}(?:[.,][0-9]{1,2})?)\s?k"
_AMOUNT = re.compile(rf"(?:{_EURO}\s*)?(?:{_THOUSANDS}|{_NUMBER})\s*{_EURO}?", re.IGNORECASE)


def to_euro(text: str) -> Literal:
    """An amount in euro, with cents; one mark before three figures is that of the thousands, as in Italian.

    >>> to_euro("10.000,00 €")
    <Literal value=10000.00 datatype=<NamedNode value=http://www.w3.org/2001/XMLSchema#decimal>>
    >>> [to_euro(text).value for text in ("15k €", "1,5 k", "15.000", "15 000,00", "€ 15000.5", "15,000.00")]
    ['15000.00', '1500.00', '15000.00', '15000.00', '15000.50', '15000.00']
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise NotConvertible("it is not written in figures, with a dot or space for thousands and a comma for cents")
    if match["thousands"]:
        amount = 1000 * Decimal(match["thousands"].replace(",", "."))
    else:
        amount = _decimal(match["number"], places=2)
    return Literal(f"{amount:.2f}", datatype=XSD.decimal)


def _decimal(text: str, places: int) -> Decimal:
    """The number of figures in groups: the last mark is that of the decimals if at most so many follow it."""
    match = re.fullmatch(rf"(.*?)(?:[.,]([0-9]{{1,{places}}}))?", text, re.DOTALL)
    assert match is not None  # noqa: S101 - the expression fits any text
    return Decimal(f"{re.sub('[^0-9]', '', match[1])}.{match[2] or 0}")


_SIGNED = re.compile(rf"(?P<sign>-?)(?P<number>{_PLAIN}|{_BY_SPACES}|(?:{_DECIMAL_COMMA}|{_DECIMAL_DOT})[0-9]{{1,18}})")


def to_decimal(text: str) -> Literal:
    """A number with a dot or a comma for the decimals, whichever stands last.

    >>> [to_decimal(text).value for text in ("44.494887", "44,5", "1.234,5", "-7", "15.125")]
    ['44.494887', '44.5', '1234.5', '-7.0', '15.125']
    """
    match = _SIGNED.fullmatch(text.strip().replace("\u2212", "-"))
    if match is None:
        raise NotConvertible("it is not a number in figures, with a dot or a comma for the decimals")
    return Literal(f"{match['sign']}{_decimal(match['number'], places=18):f}", datatype=XSD.decimal)


def to_percentage(text: str) -> Literal:
    """A share from 0 to 100, with or without a percent sign.

    >>> to_percentage("28,57").value, to_percentage("30%").value
    ('28.57', '30.0')
    """
    match = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,9}))?\s*%?", text.strip())
    if match is None:
        raise NotConvertible("it is not a number with an optional comma and percent sign")
    return Literal(f"{int(match[1])}.{match[2] or 0}", datatype=XSD.decimal)


def to_italian_date(text: str) -> Literal:
    """A day written dd/mm/yyyy.

    >>> to_italian_date("21/02/2020").value
    '2020-02-21'
    """
    return Literal(_italian_day(text).isoformat(), datatype=XSD.date)


def to_iso_date(text: str) -> Literal:
    """The day of a date, or of a date and time, written as in ISO 8601, as it stands in the text.

    >>> [to_iso_date(text).value for text in ("2004-01-11", "2004-01-11T16:00:00Z", "2018-07-23 22:49:51.353904")]
    ['2004-01-11', '2004-01-11', '2018-07-23']
    """
    return Literal(_iso_day(text).isoformat(), datatype=XSD.date)


def to_date(text: str) -> Literal:
    """A day, in Italian notation or that of ISO 8601.

    >>> to_date("21/02/2020") == to_date("2020-02-21")
    True
    """
    return Literal(_day(text).isoformat(), datatype=XSD.date)


def to_year_of_italian_date(text: str) -> Literal:
    """The year of a day written dd/mm/yyyy.

    >>> to_year_of_italian_date("21/02/2020").value
    '2020'
    """
    return Literal(f"{_italian_day(text).year:04}", datatype=XSD.gYear)


def to_year_of_date(text: str) -> Literal:
    """The year of a day, in Italian notation or that of ISO 8601.

    >>> to_year_of_date("21/02/2020").value, to_year_of_date("2020-02-21").value
    ('2020', '2020')
    """
    return Literal(f"{_day(text).year:04}", datatype=XSD.gYear)


_ITALIAN_DAY = re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_OFFSET = r"\s?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)"
_ISO_DAY = re.compile(
    rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{1,2}})-(?P<day>[0-9]{{1,2}})(?:[T ]{_TIME}(?:{_OFFSET})?)?"
)


def _italian_day(text: str) -> date:
    match = _ITALIAN_DAY.fullmatch(text.strip())
    if match is None:
        raise NotConvertible("it is not written dd/mm/yyyy")
    return _in_calendar(match)


def _iso_day(text: str) -> date:
    match = _ISO_DAY.fullmatch(text.strip())
    if match is None:
        raise NotConvertible("it is not written yyyy-mm-dd, with or without a time")
    return _in_calendar(match)


def _day(text: str) -> date:
    match = _ITALIAN_DAY.fullmatch(text.strip()) or _ISO_DAY.fullmatch(text.strip())
    if match is None:
        raise NotConvertible("it is written neither dd/mm/yyyy nor yyyy-mm-dd")
    return _in_calendar(match)


def _in_calendar(match: re.Match[str]) -> date:
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError as problem:
        raise NotConvertible("there is no such day") from problem


def to_year(text: str) -> Literal:
    """A year in four figures, which a table may have made a decimal number.

    >>> to_year("2020").value, to_year("2020.0").value
    ('2020', '2020')
    """
    match = re.fullmatch(r"([12][0-9]{3})(?:\.0)?", text.strip())
    if match is None:
        raise NotConvertible("it is not a year in four figures")
    return Literal(match[1], datatype=XSD.gYear)


def to_integer(text: str) -> Literal:
    """A whole number, with or without dots or spaces for thousands; a table may have made it a decimal number.

    >>> to_integer("1.200").value, to_integer("1 200").value, to_integer("100.0").value
    ('1200', '1200', '100')
    """
    match = re.fullmatch(rf"(?P<whole>{_WHOLE})(?P<nothing>\.0)?", text.strip())
    # After groups with dots, `.0` would be one more.
    if match is None or (match["nothing"] and "." in match["whole"]):
        raise NotConvertible("it is not a whole number in figures")
    return Literal(str(int(re.sub("[^0-9]", "", match["whole"]))), datatype=XSD.integer)


def to_months(text: str) -> Literal:
    """A number of months as a duration (XML Schema Part 2, 3.3.6).

    >>> to_months("9").value
    'P9M'
    """
    return Literal(f"P{to_integer(text).value}M", datatype=XSD.duration)


def to_position(text: str) -> Literal:
    """A place in an order, from 1, in the datatype of `l0:positionInSequence`.

    >>> to_position("2").value
    '2'
    """
    return Literal(to_integer(text).value, datatype=XSD.int)


_RATING = re.compile(r"([0-9]{1,9}) ?/ ?([0-9]{1,9})")


def _rating(text: str) -> re.Match[str]:
    match = _RATING.fullmatch(text.strip())
    if match is None:
        raise NotConvertible("it is not two whole numbers with a slash between them")
    return match


def to_rating_value(text: str) -> Literal:
    """The points of a rating.

    >>> to_rating_value("28 / 30").value
    '28'
    """
    return Literal(str(int(_rating(text)[1])), datatype=XSD.integer)


def to_best_rating(text: str) -> Literal:
    """The most points that a rating can give.

    >>> to_best_rating("28 / 30").value
    '30'
    """
    return Literal(str(int(_rating(text)[2])), datatype=XSD.integer)


def to_string(text: str) -> Literal:
    """The text as it is, in no language: a code or a number of a house."""
    return Literal(text)


MEDIA_TYPES = {
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "odt": "application/vnd.oasis.opendocument.text",
    "p7m": "application/pkcs7-mime",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""File extensions and their media types in IANA's registry."""


def to_media_type(text: str) -> NamedNode | None:
    """The IRI of the media type that a file's extension stands for; None for an extension we do not know.

    >>> to_media_type("PDF").value
    'https://www.iana.org/assignments/media-types/application/pdf'
    """
    name = MEDIA_TYPES.get(text.strip().casefold())
    return NamedNode(f"https://www.iana.org/assignments/media-types/{name}") if name else None


_FILE = re.compile(r"(?P<folder>.*/)?(?P<name>[^/]+?)(?:\.(?P<extension>[A-Za-z0-9]{2,4}))?\s*/?")


def to_media_type_of_file(text: str) -> NamedNode | None:
    """The media type of a file, by the end of its name."""
    match = _file(text)
    return to_media_type(match["extension"]) if match and match["extension"] else None


def _file(text: str) -> re.Match[str] | None:
    return _FILE.fullmatch(" ".join(text.split()))


def file_address(site: str) -> Callable[[str], NamedNode | None]:
    """A converter from a file's path to its address at a site; a bare file name, or several lines, have no known address.

    >>> file_address("https://example.org/")("media/a b.pdf").value
    'https://example.org/media/a%20b.pdf'
    >>> file_address("https://example.org/")("https://example.com/a b.pdf").value
    'https://example.com/a%20b.pdf'
    >>> file_address("https://example.org/")("a b.pdf") is None
    True
    """

    def convert(text: str) -> NamedNode | None:
        path = text.strip().removesuffix("/").strip()
        if "/" not in path or "\n" in path:
            return None
        if path.startswith(("http://", "https://")):
            return to_web_page(quote(path, safe="/:?#[]@!$&'()*+,;=%~"))
        return NamedNode(site + quote(path.lstrip("/"), safe="/"))

    return convert


def to_web_page(text: str) -> NamedNode:
    """An address on the web."""
    if not re.match(r"https?://[^/]", text.strip()):
        raise NotConvertible("it is not an address that begins with http:// or https://")
    try:
        return NamedNode(text.strip())
    except ValueError as problem:
        raise NotConvertible(f"it is not a web address: {problem}") from problem


def language_text(language: str) -> Callable[[str], Literal | None]:
    """A converter to a text in a language."""
    return lambda text: Literal(text.strip(), language=language) if text.strip() else None


def file_title(language: str) -> Callable[[str], Literal | None]:
    """A converter from a file's path to a title: its name without folder and extension.

    >>> file_title("it")("media/relazione finale.pdf /").value
    'relazione finale'
    """

    def convert(text: str) -> Literal | None:
        match = _file(text)
        return Literal(match["name"].strip(), language=language) if match else None

    return convert


PROSE = frozenset({"text"})
"""Converters whose text may hold personal data, and is redacted first."""


def converters(language: str, site: str) -> dict[str, Converter]:
    """All converters by name.

    Args:
        language: the language tag of a source's texts.
        site: the IRI against which the source's file paths are resolved.
    """
    return {
        "date": Converter(to_date, "a day", "21/02/2020"),
        "date-iso": Converter(to_iso_date, "a day", "2020-02-21"),
        "date-it": Converter(to_italian_date, "a day", "21/02/2020"),
        "decimal": Converter(to_decimal, "a number", "44,49"),
        "euro": Converter(to_euro, "an amount in euro", "10.000,00 €"),
        "file-address": Converter(file_address(site), "a file's path", "media/relazione.pdf"),
        "file-title": Converter(file_title(language), "a file's name", "relazione finale.pdf"),
        "integer": Converter(to_integer, "a whole number", "100"),
        "media-type": Converter(to_media_type, "a file extension", "pdf"),
        "media-type-of-file": Converter(to_media_type_of_file, "a file's name", "relazione.pdf"),
        "months": Converter(to_months, "a number of months", "9"),
        "percentage": Converter(to_percentage, "a percentage", "28,57%"),
        "position": Converter(to_position, "a place in an order", "1"),
        "rating-best": Converter(to_best_rating, "a rating", "28 / 30"),
        "rating-value": Converter(to_rating_value, "a rating", "28 / 30"),
        "string": Converter(to_string, "a text", "036002"),
        "text": Converter(language_text(language), "a text", "Incontri pubblici e laboratori"),
        "web-page": Converter(to_web_page, "a web address", "https://www.comune.example.it/"),
        "year": Converter(to_year, "a year", "2020"),
        "year-of-date": Converter(to_year_of_date, "a day", "21/02/2020"),
        "year-of-date-it": Converter(to_year_of_italian_date, "a day", "21/02/2020"),
    }
