"""List the converters from source texts to RDF terms, by the names that mapping.yaml's `convert` uses."""

from collections.abc import Callable

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import Converter
from passo_lod.mapping.converters.date_converters import (
    to_date,
    to_iso_date,
    to_italian_date,
    to_year,
    to_year_of_date,
    to_year_of_italian_date,
)
from passo_lod.mapping.converters.file_converters import (
    file_address,
    file_title,
    to_media_type,
    to_media_type_of_file,
    to_web_page,
)
from passo_lod.mapping.converters.number_converters import (
    to_best_rating,
    to_decimal,
    to_euro,
    to_integer,
    to_months,
    to_percentage,
    to_position,
    to_rating_value,
)

PROSE_CONVERTERS = frozenset({"text"})
"""Converters whose texts may contain personal data and are redacted first."""

FILE_TITLE_CONVERTERS = frozenset({"file-title"})
"""Converters of file names to texts; the names may contain personal data and are redacted first."""

ADDRESS_CONVERTERS = frozenset({"file-address", "web-page"})
"""Converters to addresses; an address that contains personal data is not published."""


def converters(language: str, site: str) -> dict[str, Converter]:
    """Return all converters by name.

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


def to_string(text: str) -> Literal:
    """Convert a code or house number to a string without a language."""
    return Literal(text)


def language_text(language: str) -> Callable[[str], Literal | None]:
    """Return a converter to a text with a language tag."""
    return lambda text: Literal(text.strip(), language=language) if text.strip() else None
