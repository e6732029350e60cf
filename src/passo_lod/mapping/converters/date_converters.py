"""Convert days and years in Italian or ISO 8601 notation to XML Schema dates, for mapping.yaml's `convert`."""

import re
from datetime import date

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.namespaces import XSD


def to_italian_date(text: str) -> Literal:
    """Convert a day written dd/mm/yyyy.

    >>> to_italian_date("21/02/2020").value
    '2020-02-21'
    """
    return Literal(_italian_day(text).isoformat(), datatype=XSD.date)


def to_iso_date(text: str) -> Literal:
    """Convert the day of an ISO 8601 date or date and time; the time zone does not shift it.

    >>> [to_iso_date(text).value for text in ("2004-01-11", "2004-01-11T16:00:00Z", "2018-07-23 22:49:51.353904")]
    ['2004-01-11', '2004-01-11', '2018-07-23']
    """
    return Literal(_iso_day(text).isoformat(), datatype=XSD.date)


def to_date(text: str) -> Literal:
    """Convert a day written dd/mm/yyyy or as in ISO 8601.

    >>> to_date("21/02/2020") == to_date("2020-02-21")
    True
    """
    return Literal(_day(text).isoformat(), datatype=XSD.date)


def to_year_of_italian_date(text: str) -> Literal:
    """Convert a day written dd/mm/yyyy to its year.

    >>> to_year_of_italian_date("21/02/2020").value
    '2020'
    """
    return Literal(f"{_italian_day(text).year:04}", datatype=XSD.gYear)


def to_year_of_date(text: str) -> Literal:
    """Convert a day written dd/mm/yyyy or as in ISO 8601 to its year.

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
        raise ConversionError("convert.not-italian-day")
    return _calendar_date(match)


def _iso_day(text: str) -> date:
    match = _ISO_DAY.fullmatch(text.strip())
    if match is None:
        raise ConversionError("convert.not-iso-day")
    return _calendar_date(match)


def _day(text: str) -> date:
    match = _ITALIAN_DAY.fullmatch(text.strip()) or _ISO_DAY.fullmatch(text.strip())
    if match is None:
        raise ConversionError("convert.not-day")
    return _calendar_date(match)


def _calendar_date(match: re.Match[str]) -> date:
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError as problem:
        raise ConversionError("convert.no-such-day") from problem


def to_year(text: str) -> Literal:
    """Convert a year in four figures; a spreadsheet may have appended `.0`.

    >>> to_year("2020").value, to_year("2020.0").value
    ('2020', '2020')
    """
    match = re.fullmatch(r"([12][0-9]{3})(?:\.0)?", text.strip())
    if match is None:
        raise ConversionError("convert.not-year")
    return Literal(match[1], datatype=XSD.gYear)
