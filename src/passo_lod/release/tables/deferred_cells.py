"""Defer the cells whose content depends on what several records describe, and fill them when a table is written."""

import json
from collections.abc import Sequence
from typing import NamedTuple, cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from passo_lod.release.tables.cell_values import Term
from passo_lod.release.tables.cells import REFERENCE_TABLES, CellFormatter, CellText
from passo_lod.release.tables.definitions import table_definitions
from passo_lod.release.tables.shared_graphs import SourceView

_MAX_CACHED = 100_000
"""Deferred cells whose content is cached."""


class DeferredCell(NamedTuple):
    """A column of a row that is filled when the table is written.

    Attributes:
        column: position of the column in the definition of its table.
        ends: resources up to which the column's path could be followed within the record, each with the number of steps that are left.
    """

    column: int
    ends: tuple[tuple[Term, int], ...]

    def as_json(self) -> str:
        """Serialise for the cache; the same cell always gives the same text."""
        return json.dumps([self.column, [[str(term), steps] for term, steps in self.ends]], ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "DeferredCell":
        """Read what `as_json` wrote."""
        column, ends = json.loads(text)
        return cls(column, tuple((parse_term(term), steps) for term, steps in ends))


def parse_term(text: str) -> Term:
    """Parse an IRI or a literal as N-Triples writes it.

    >>> parse_term('"Orto"@it')
    <Literal value=Orto language=it>
    """
    if text.startswith("<"):
        return NamedNode(text[1:-1])
    (triple,) = ox.parse(f"<x:s> <x:p> {text} .", format=ox.RdfFormat.N_TRIPLES)
    return cast(Literal, triple.object)


class DeferredCellFiller:
    """Fills deferred cells from the shared quads.

    Args:
        view: the shared quads, as the tables that are written use them.
        formatter: formats the cells.
    """

    def __init__(self, view: SourceView, formatter: CellFormatter) -> None:
        self._view, self._formatter = view, formatter
        self._cache: dict[tuple[str, str], CellText] = {}
        self._columns = {definition.name: definition.columns for definition in table_definitions()}

    def referenced_table(self, table: str, deferred: str) -> str | None:
        """The reference table to which a deferred cell of a table may refer, if there is one."""
        column = int(deferred[1 : deferred.index(",")])
        return REFERENCE_TABLES.get(self._columns[table][column].kind)

    def fill_cached(self, table: str, deferred: str) -> CellText:
        """Fill one cell; many rows have the same.

        Args:
            table: name of its table.
            deferred: the result of `DeferredCell.as_json`.
        """
        if (table, deferred) not in self._cache:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[table, deferred] = self.fill(table, [DeferredCell.from_json(deferred)])
        return self._cache[table, deferred]

    def fill(self, table: str, cells: Sequence[DeferredCell]) -> CellText:
        """Fill one cell of a row that several records give, from the deferred cell of each: the union of their values."""
        column = self._columns[table][cells[0].column]
        values: set[Term] = set()
        for term, steps in {end for cell in cells for end in cell.ends}:
            values |= self._view.follow([term], column.steps[len(column.steps) - steps :])
        return self._formatter.format(column, values)
