"""Rows of results for tests of what is drawn from them."""

from passo_lod.web.pages.page_model import Link, Text
from passo_lod.web.pages.result_table import Cell, number


def row(*values: object) -> tuple[Cell | None, ...]:
    """A solution: numbers are numbers, `http…` is an IRI that leads to itself, `None` is no value, other words are texts."""
    return tuple(None if value is None else cell(value) for value in values)


def cell(value: object) -> Cell:
    text = str(value)
    if text.startswith("http"):
        return Cell(Link(text, None, text), text, is_iri=True)
    return Cell(Text(text), text, number(text) if isinstance(value, int | float) else None)


def year(value: int) -> Cell:
    return Cell(Text(str(value)), str(value), is_time=True)
