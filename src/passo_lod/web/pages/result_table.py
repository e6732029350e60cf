"""Read the solutions of a query as rows of cells, for the table, the chart and the map of the query page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, parse_query_results

from passo_lod.namespaces import XSD
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import PageLink, PageText

_NUMERIC_TYPES = {
    XSD[name].value for name in ("decimal", "double", "float", "integer", "int", "long", "short", "byte")
} | {XSD[name].value for name in ("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger")}
_TIME_TYPES = {XSD[name].value for name in ("gYear", "gYearMonth", "date", "dateTime")}
_LARGEST = 1e100


@dataclass(frozen=True)
class ResultCell:
    """One value of a solution.

    Attributes:
        shown: the value as the page shows it.
        raw: its IRI or lexical form.
        number: its numeric value, if it has one that can be drawn.
    """

    shown: PageLink | PageText
    raw: str
    number: float | None = None
    is_time: bool = False
    is_iri: bool = False

    @property
    def text(self) -> str:
        """The text on the page."""
        return self.shown.text

    @property
    def href(self) -> str | None:
        """The address that the cell links to, if any."""
        return self.shown.href if isinstance(self.shown, PageLink) else None


Row = tuple[ResultCell | None, ...]


@dataclass(frozen=True)
class Solutions:
    """The first solutions of a result.

    Attributes:
        columns: the names of the variables.
        rows: the solutions; None stands for an unbound variable.
        count: of all solutions.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column has only numbers."""
        return tuple(is_numeric(column_cells(self.rows, index)) for index in range(len(self.columns)))


def read_solutions(body: bytes, page_builder: PageBuilder, most: int, titles: Mapping[str, str]) -> Solutions | bool:
    """Read a result in SPARQL JSON.

    Args:
        body: the result.
        page_builder: formats terms for the reader.
        most: how many solutions are read.
        titles: names of things that the data do not name, by IRI.

    Returns:
        The first solutions, or the answer to ASK.
    """
    result = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(result, QueryBoolean):
        return bool(result)
    columns = tuple(variable.value for variable in result.variables)
    rows: list[Row] = []
    count = 0
    # Other threads run between two solutions, however long the result is.
    for count, solution in enumerate(result, start=1):
        if count <= most:
            rows.append(tuple(_cell(term, page_builder, titles) if term else None for term in solution))
    return Solutions(columns, tuple(rows), count)


def _cell(term: object, page_builder: PageBuilder, titles: Mapping[str, str]) -> ResultCell:
    shown = page_builder.value(term)
    if isinstance(term, NamedNode) and isinstance(shown, PageLink) and term.value in titles:
        shown = replace(shown, text=titles[term.value], language=None)
    if isinstance(term, Literal):
        datatype = term.datatype.value
        number = parse_number(term.value) if datatype in _NUMERIC_TYPES else None
        return ResultCell(shown, term.value, number, datatype in _TIME_TYPES)
    is_iri = isinstance(term, NamedNode)
    return ResultCell(shown, term.value if isinstance(term, NamedNode) else str(term), is_iri=is_iri)


def parse_number(text: str) -> float | None:
    """A number that can be drawn, or None; numbers of more than 100 digits are out of any scale.

    >>> parse_number("12.5"), parse_number("INF"), parse_number("many"), parse_number("1e300"), parse_number("1e-300")
    (12.5, None, None, None, 0.0)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    if abs(value) < 1 / _LARGEST:
        return 0.0
    return value if math.isfinite(value) and abs(value) <= _LARGEST else None


def column_cells(rows: Sequence[Row], index: int) -> list[ResultCell]:
    """The cells of a column that have a value."""
    return [cell for row in rows if (cell := row[index]) is not None]


def is_numeric(cells: Sequence[ResultCell]) -> bool:
    """Whether there are cells, and all are numbers."""
    return bool(cells) and all(cell.number is not None for cell in cells)
