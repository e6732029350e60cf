"""The solutions of a query, read so that they can be shown to people and counted with: as a table, a chart or a map."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, parse_query_results

from passo_lod.namespaces import XSD
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import PageLink, PageText

_NUMBERS = {XSD[name].value for name in ("decimal", "double", "float", "integer", "int", "long", "short", "byte")} | {
    XSD[name].value for name in ("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger")
}
_LARGEST = 1e100
_TIMES = {XSD[name].value for name in ("gYear", "gYearMonth", "date", "dateTime")}


@dataclass(frozen=True)
class ResultCell:
    """One value of a solution: as the page shows it, and as it can be counted with."""

    shown: PageLink | PageText
    raw: str
    number: float | None = None
    is_time: bool = False
    is_iri: bool = False

    @property
    def text(self) -> str:
        """What is read on the page."""
        return self.shown.text

    @property
    def href(self) -> str | None:
        """Where it leads, if anywhere."""
        return self.shown.href if isinstance(self.shown, PageLink) else None


Row = tuple[ResultCell | None, ...]


@dataclass(frozen=True)
class Solutions:
    """The first solutions of a result, and how many there are in all."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Of each column, whether it holds numbers only."""
        return tuple(is_numeric(column(self.rows, place)) for place in range(len(self.columns)))


def read(body: bytes, writer: PageBuilder, most: int, names: Mapping[str, str]) -> Solutions | bool:
    """At most so many solutions of a result in SPARQL JSON; the truth where it is one.

    Args:
        body: the result.
        writer: who shows terms as the reader knows them.
        most: how many solutions are read.
        names: of things that are named elsewhere than in the data, by IRI.
    """
    found = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(found, QueryBoolean):
        return bool(found)
    columns = tuple(variable.value for variable in found.variables)
    rows: list[Row] = []
    count = 0
    # One by one: other requests are answered meanwhile, however long the result is.
    for count, solution in enumerate(found, start=1):
        if count <= most:
            rows.append(tuple(cell(term, writer, names) if term else None for term in solution))
    return Solutions(columns, tuple(rows), count)


def cell(term: object, writer: PageBuilder, names: Mapping[str, str]) -> ResultCell:
    """A term as a cell."""
    shown = writer.value(term)
    if isinstance(term, NamedNode) and isinstance(shown, PageLink) and term.value in names:
        shown = replace(shown, text=names[term.value], language=None)
    if isinstance(term, Literal):
        kind = term.datatype.value
        return ResultCell(shown, term.value, number(term.value) if kind in _NUMBERS else None, kind in _TIMES)
    return ResultCell(
        shown, term.value if isinstance(term, NamedNode) else str(term), is_iri=isinstance(term, NamedNode)
    )


def number(text: str) -> float | None:
    """A number that can be drawn, or None; beyond 100 digits there is nothing to see.

    >>> number("12.5"), number("INF"), number("many"), number("1e300"), number("1e-300")
    (12.5, None, None, None, 0.0)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    if abs(value) < 1 / _LARGEST:
        return 0.0
    return value if math.isfinite(value) and abs(value) <= _LARGEST else None


def column(rows: Sequence[Row], place: int) -> list[ResultCell]:
    """The values that a column has."""
    return [found for row in rows if (found := row[place]) is not None]


def is_numeric(cells: Sequence[ResultCell]) -> bool:
    """Whether there are values, and all of them are numbers."""
    return bool(cells) and all(cell.number is not None for cell in cells)
