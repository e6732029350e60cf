"""Yield the lines of the tables of one source, or of the whole release, from the rows of the records and the shared quads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from pyoxigraph import NamedNode

from passo_lod.external_sort import merge_runs
from passo_lod.release.tables.cell_values import Term
from passo_lod.release.tables.cells import REFERENCE_TABLES, CellFormatter, CellText
from passo_lod.release.tables.deferred_cells import DeferredCell, DeferredCellFiller, parse_term
from passo_lod.release.tables.definitions import TableDefinition, table_definitions
from passo_lod.release.tables.record_rows import TableRow
from passo_lod.release.tables.shared_graphs import SharedGraphs, SourceView
from passo_lod.release.tables.source_rows import SourceRows, row_key
from passo_lod.release.tables.table_fields import TableField, table_fields

TableLine = tuple[str, str]
"""A row as a line of CSV with formulas escaped, and with all texts unchanged."""


class TableSet:
    """The tables of one source, or of all.

    Args:
        base: the catalogue's base IRI.
        graphs: the shared quads.
        source: IRI of the source's dataset; None for all sources.
        source_rows: the rows of each of the sources.
    """

    def __init__(
        self, base: str, graphs: SharedGraphs, source: NamedNode | None, source_rows: Sequence[SourceRows]
    ) -> None:
        self._view = SourceView(graphs, source)
        self._formatter = CellFormatter(base, self._view.values)
        self.filler = DeferredCellFiller(self._view, self._formatter)
        self._source_rows = source_rows
        self._source = source

    def fields(self, definition: TableDefinition) -> tuple[TableField, ...]:
        """The columns of a table."""
        return table_fields(definition, self._view.values)

    def lines(self, definition: TableDefinition, left_out: Counter[str]) -> Iterator[TableLine]:
        """Yield the lines of a table in the order of their keys.

        Args:
            definition: of the table.
            left_out: to which the number of left out cells is added, by column; complete after the last line.
        """
        for rows in self._source_rows:
            left_out.update(rows.left_out[definition.name])
        return (
            self._shared_lines(definition, left_out)
            if definition.lists_shared
            else self._record_lines(definition, left_out)
        )

    # ------------------------------------------------------------------------------------------------- rows of records

    def _record_lines(self, definition: TableDefinition, left_out: Counter[str]) -> Iterator[TableLine]:
        runs = [run for rows in self._source_rows for run in rows.runs.get(definition.name, ())]
        same_key: list[TableRow] = []
        for row in map(TableRow._make, merge_runs(runs, row_key)):
            if same_key and same_key[0].key != row.key:
                yield from self._merged_lines(definition, same_key, left_out)
                same_key = []
            if not row.csv:
                same_key.append(row)
            elif row.deferred:
                yield self._filled_line(definition, row, left_out)
            else:
                yield row.csv[0], (row.raw or row.csv)[0]
        yield from self._merged_lines(definition, same_key, left_out)

    def _filled_line(self, definition: TableDefinition, row: TableRow, left_out: Counter[str]) -> TableLine:
        csv, raw = [row.csv[0]], [(row.raw or row.csv)[0]]
        for at, deferred in enumerate(row.deferred, start=1):
            text = self.filler.fill_cached(definition.name, deferred)
            if text.left_out:
                left_out[definition.columns[DeferredCell.from_json(deferred).column].name] += 1
            csv += (text.csv, row.csv[at])
            raw += (text.raw, (row.raw or row.csv)[at])
        return "".join(csv), "".join(raw)

    def _merged_lines(
        self, definition: TableDefinition, rows: Iterable[TableRow], left_out: Counter[str]
    ) -> Iterator[TableLine]:
        """Merge the rows that several records give for the same key resources."""
        by_key: dict[tuple[str, ...], list[list[DeferredCell]]] = {}
        key_columns = [at for at, column in enumerate(definition.columns) if column.name in definition.key]
        for row in rows:
            key = tuple(row.deferred[at] for at in key_columns)
            by_key.setdefault(key, []).append(list(map(DeferredCell.from_json, row.deferred)))
        for _, same in sorted(by_key.items()):
            cells = [self.filler.fill(definition.name, column) for column in zip(*same, strict=True)]
            yield self._line(definition, cells, left_out)

    # ------------------------------------------------------------------------------------------------ shared resources

    def _shared_lines(self, definition: TableDefinition, left_out: Counter[str]) -> Iterator[TableLine]:
        for cells in self._shared_rows(definition):
            yield self._line(definition, cells, left_out)

    def _shared_rows(self, definition: TableDefinition) -> list[list[CellText]]:
        """The rows of a table of shared resources, in the order of their keys."""
        bindings = self._view.query_rows(definition)
        names = (*definition.key_variables, *definition.other_variables)
        for rows in self._source_rows:
            for record_bindings in rows.shared_bindings.get(definition.name, ()):
                terms = [parse_term(text) if text is not None else None for text in record_bindings]
                row = bindings.setdefault(tuple(term for term in terms[:1] if term is not None), {})
                for name, term in zip(names, terms, strict=True):
                    row.setdefault(name, set()).update(() if term is None else (term,))
        by_identifier = {self._formatter.identifier(key[0]): row for key, row in bindings.items()}
        selected = self._select(definition, by_identifier)
        return [selected[identifier] for identifier in sorted(selected)]

    def _select(
        self, definition: TableDefinition, bindings: Mapping[str, Mapping[str, set[Term]]]
    ) -> dict[str, list[CellText]]:
        """The rows of a table by identifier: of a reference table of one source, those referred to, directly or by one another."""
        everything = self._source is None or not definition.reference
        new = set(bindings) if everything else self._referenced(definition) & bindings.keys()
        selected: dict[str, list[CellText]] = {}
        while new:
            rows = {identifier: self._format(definition, bindings[identifier]) for identifier in new}
            selected |= rows
            references = {each for row in rows.values() for each in _references(definition, row, definition.name)}
            new = (references & bindings.keys()) - selected.keys()
        return selected

    def _referenced(self, definition: TableDefinition) -> set[str]:
        """The identifiers in a reference table to which the tables before it refer."""
        identifiers = {each for rows in self._source_rows for each in rows.references.get(definition.name, ())}
        for earlier in takewhile(lambda table: table != definition, table_definitions()):
            if earlier.lists_shared and _refers_to(earlier, definition.name):
                for row in self._shared_rows(earlier):
                    identifiers.update(_references(earlier, row, definition.name))
        return identifiers

    def _format(self, definition: TableDefinition, bindings: Mapping[str, set[Term]]) -> list[CellText]:
        return [
            self._formatter.format(column, self._view.follow(bindings[column.variable], column.steps))
            for column in definition.columns
        ]

    def _line(self, definition: TableDefinition, cells: Sequence[CellText], left_out: Counter[str]) -> TableLine:
        left_out.update(column.name for column, cell in zip(definition.columns, cells, strict=True) if cell.left_out)
        return ",".join(cell.csv for cell in cells), ",".join(cell.raw for cell in cells)


def _refers_to(definition: TableDefinition, reference_table: str) -> bool:
    return any(REFERENCE_TABLES.get(column.kind) == reference_table for column in definition.columns)


def _references(definition: TableDefinition, row: Sequence[CellText], reference_table: str) -> Iterator[str]:
    """The identifiers in a reference table to which a row refers."""
    for column, cell in zip(definition.columns, row, strict=True):
        if REFERENCE_TABLES.get(column.kind) == reference_table:
            yield from cell.references
