"""Convert published literals to typed cells: integers, decimals, dates and years that both CSV and Parquet can represent."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from pyoxigraph import Literal, NamedNode

from passo_lod.release.tables.csv_cells import Cell

Term = NamedNode | Literal
MAX_INTEGER = 2**63 - 1


def _integer(term: Term) -> int | None:
    text = term.value
    if not text.removeprefix("-").removeprefix("+").isdecimal() or not text.isascii() or len(text) > 20:
        return None
    return number if abs(number := int(text)) <= MAX_INTEGER else None


def _decimal(term: Term) -> Decimal | None:
    """A decimal as it is published; DuckDB represents exactly 20 digits before the point and 18 after it."""
    integral, _, fraction = term.value.removeprefix("-").removeprefix("+").partition(".")
    if not (integral + fraction).isdecimal() or not term.value.isascii() or len(integral) > 20 or len(fraction) > 18:
        return None
    return Decimal(term.value)


def _date(term: Term) -> date | None:
    try:
        return date.fromisoformat(term.value) if len(term.value) == 10 else None
    except ValueError:
        return None


def _year(term: Term) -> int | None:
    text = term.value
    return int(text) if len(text) == 4 and text.isascii() and text.isdecimal() else None


CONVERTERS: Mapping[str, Callable[[Term], Cell]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "year": _year,
}
"""By kind of column; each gives None for a term that the column cannot represent."""
