"""Build rows of query results for the tests of charts and maps."""

from passo_lod.web.pages.page_model import PageLink, PageText
from passo_lod.web.pages.result_table import ResultCell, parse_number


def row(*values: object) -> tuple[ResultCell | None, ...]:
    """A solution: a number is a number, `http…` an IRI that links to itself, `None` an unbound variable, any other value a text."""
    return tuple(None if value is None else cell(value) for value in values)


def cell(value: object) -> ResultCell:
    text = str(value)
    if text.startswith("http"):
        return ResultCell(PageLink(text, None, text), text, is_iri=True)
    return ResultCell(PageText(text), text, parse_number(text) if isinstance(value, int | float) else None)


def year(value: int) -> ResultCell:
    return ResultCell(PageText(str(value)), str(value), is_time=True)
