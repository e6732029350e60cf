"""List the converters from source texts to RDF terms, by the names that mapping.yaml's `convert` uses."""

from collections.abc import Callable

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import Converter
from passo_lod.mapping.converters.date_converters import (
    DATE_CONVENTION,
    to_date,
    to_first_year,
    to_last_year,
    to_start_year,
    to_year,
)
from passo_lod.mapping.converters.file_converters import (
    file_address,
    file_title,
    to_media_type,
    to_media_type_of_file,
    to_web_page,
)
from passo_lod.mapping.converters.money_converters import MONEY_CONVENTION, to_amount
from passo_lod.mapping.converters.month_converters import (
    FIRST_MONTH_CONVENTION,
    LAST_MONTH_CONVENTION,
    first_month_within,
    last_month_within,
    to_first_month,
    to_last_month,
)
from passo_lod.mapping.converters.number_converters import (
    DECIMAL_CONVENTION,
    to_best_rating,
    to_decimal,
    to_integer,
    to_months,
    to_percentage,
    to_position,
    to_rating_value,
)

MONEY = "money"
"""The converter of amounts, whose line in mapping.yaml states the currency too."""

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
        "date": Converter(to_date, "date", "2020-02-21", DATE_CONVENTION),
        "decimal": Converter(to_decimal, "number", "44,49", DECIMAL_CONVENTION),
        "file-address": Converter(file_address(site), "file-path", "media/relazione.pdf"),
        "file-title": Converter(file_title(language), "file-name", "relazione finale.pdf"),
        "first-month": Converter(to_first_month, "period", "marzo-maggio 2020"),
        "first-month-within": Converter(
            first_month_within(), "period-and-days", "marzo | 21/02/2020 | 15/11/2020", FIRST_MONTH_CONVENTION
        ),
        "first-year": Converter(to_first_year, "years", "2019/2020"),
        "integer": Converter(to_integer, "whole-number", "100"),
        "last-month": Converter(to_last_month, "period", "marzo-maggio 2020"),
        "last-month-within": Converter(
            last_month_within(), "period-and-days", "marzo | 21/02/2020 | 15/11/2020", LAST_MONTH_CONVENTION
        ),
        "last-year": Converter(to_last_year, "years", "2019/2020"),
        "media-type": Converter(to_media_type, "file-extension", "pdf"),
        "media-type-of-file": Converter(to_media_type_of_file, "file-name", "relazione.pdf"),
        MONEY: Converter(to_amount, "amount", "10.000,00 €", MONEY_CONVENTION),
        "months": Converter(to_months, "months", "9"),
        "percentage": Converter(to_percentage, "percentage", "28,57%"),
        "position": Converter(to_position, "position", "1"),
        "rating-best": Converter(to_best_rating, "rating", "28 / 30"),
        "rating-value": Converter(to_rating_value, "rating", "28 / 30"),
        "start-year": Converter(to_start_year, "year", "2020"),
        "string": Converter(to_string, "text", "036002"),
        "text": Converter(language_text(language), "text", "Incontri pubblici e laboratori"),
        "web-page": Converter(to_web_page, "web-address", "https://www.comune.example.it/"),
        "year": Converter(to_year, "year", "2020"),
    }


def to_string(text: str) -> Literal:
    """Convert a code or house number to a string without a language."""
    return Literal(text)


def language_text(language: str) -> Callable[[str], Literal | None]:
    """Return a converter to a text with a language tag."""
    return lambda text: Literal(text.strip(), language=language) if text.strip() else None
