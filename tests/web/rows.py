"""Rows of results for tests of what is drawn from them."""

from passo_lod.web.pages.page_model import PageLink, PageText
from passo_lod.web.pages.result_table import ResultCell, number


def row(*values: object) -> tuple[ResultCell | None, ...]:
    """A solution: numbers are numbers, `http…` is an IRI that leads to itself, `None` is no value, other words are texts."""
    return tuple(None if value is None else cell(value) for value in values)


def cell(value: object) -> ResultCell:
    text = str(value)
    if text.startswith("http"):
        return ResultCell(PageLink(text, None, text), text, is_iri=True)
    return ResultCell(PageText(text), text, number(text) if isinstance(value, int | float) else None)


def year(value: int) -> ResultCell:
    return ResultCell(PageText(str(value)), str(value), is_time=True)
