"""Build the rows of records for the flat tables: a pure function of the record, the vocabulary and the places.

The rows are built when the record is processed, and cached with it (docs/decisions/0017-dumps-and-tables.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import product
from typing import cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import PASSO, RDF
from passo_lod.release.tables.cell_values import Term
from passo_lod.release.tables.cells import (
    LABELLED_KINDS,
    REFERENCE_TABLES,
    CellFormatter,
    CellText,
    empty_cells,
)
from passo_lod.release.tables.deferred_cells import DeferredCell
from passo_lod.release.tables.definitions import ColumnDefinition, TableDefinition, table_definitions
from passo_lod.release.tables.record_rows import OwnSubjects, RecordRows, TableRow
from passo_lod.release.tables.shared_descriptions import NO_VALUES, SharedDescriptions, values_by_subject

_ROOT_CLASSES = frozenset((PASSO.ParticipatoryProcess, PASSO.ObservatoryRecord))
"""The classes of a record's process and of the record itself."""

_Key = tuple[Term, ...]
_Bindings = dict[str, set[Term]]
"""The values of each variable in the solutions that make one row."""


class RowBuilder:
    """Builds the rows of a source's records.

    Args:
        base: the catalogue's base IRI.
        source: the IRI of the source's dataset.
        descriptions: vocabulary and places.
    """

    def __init__(self, base: str, source: NamedNode, descriptions: SharedDescriptions) -> None:
        self._base, self._source, self._descriptions = base, source, descriptions
        self._formatter = CellFormatter(base, descriptions.values)
        self._cache: dict[tuple[str, frozenset[Term]], CellText] = {}

    def rows(self, batch: Sequence[Sequence[Quad]]) -> list[RecordRows]:
        """Build the rows of each record of a batch; they do not depend on the other records.

        Args:
            batch: the quads of each record, with at most one prefLabel for each subject and language.
        """
        records = [_RecordIndex(quads) for quads in batch]
        store = _store_of(records)
        # Tables of shared resources come first: what they list belongs to no record, even if its IRI is below that of one.
        queried = [table for table in table_definitions() if table.row_query]
        for table in sorted(queried, key=lambda table: not table.lists_shared):
            for (at, key), bindings in _query_rows(store, table).items():
                if table.lists_shared:
                    records[at].add_shared(table, key, bindings)
                else:
                    self._add_row(table, records[at], key, bindings)
        return [record.as_rows() for record in records]

    def _add_row(self, table: TableDefinition, record: "_RecordIndex", key: _Key, bindings: _Bindings) -> None:
        bindings["source"] = {self._source}
        shared = not any(map(record.owns, key))
        row = _TableRowBuilder(shared=shared)
        own_values = {name: record.own_values(starts) for name, starts in bindings.items()}
        for at, column in enumerate(table.columns):
            values, ends = self._values_of(column, bindings[column.variable], own_values[column.variable], record)
            if shared or ends or (values and not self._has_known_labels(column, values, record)):
                row.defer(DeferredCell(at, (*ends, *((value, 0) for value in sorted(values, key=str)))))
            elif not values:
                row.add(empty_cells(column.kind))
            else:
                row.add(text := self._format(column, values, record))
                record.count(table, column, text)
        record.rows[table.name].append(row.build(list(map(self._formatter.identifier, key))))

    def _values_of(
        self,
        column: ColumnDefinition,
        starts: Collection[Term],
        own_values: Mapping[str, Sequence[Term]] | None,
        record: "_RecordIndex",
    ) -> tuple[Collection[Term], Sequence[tuple[Term, int]]]:
        """The values of a column, and the ends of its path as in `DeferredCell`.

        This only shortens `_follow` for what is most frequent: a path of one step from a subject of the record, without values.
        """
        if column.first_property is None:
            return starts, ()
        if own_values is None:
            return self._follow(starts, column.steps, record)
        if column.first_property not in own_values:
            return (), ()
        return self._follow(set(own_values[column.first_property]), column.steps[1:], record)

    def _follow(
        self, starts: Collection[Term], steps: Sequence[NamedNode], record: "_RecordIndex"
    ) -> tuple[Collection[Term], Sequence[tuple[Term, int]]]:
        """The values at the end of a path, and the resources at which it leaves the record, with the number of steps left."""
        if not steps:
            return starts, ()
        values: Collection[Term] = starts
        ends: list[tuple[Term, int]] = []
        for steps_left, step in zip(range(len(steps), 0, -1), steps, strict=True):
            reached: set[Term] = set()
            for node in values:
                if record.owns(node):
                    reached.update(record.values(node, step))
                elif self._descriptions.describes(node):
                    reached.update(self._descriptions.values(node, step))
                elif isinstance(node, NamedNode):
                    ends.append((node, steps_left))
            values = reached
        return values, sorted(set(ends), key=str)

    def _has_known_labels(self, column: ColumnDefinition, values: Iterable[Term], record: "_RecordIndex") -> bool:
        """Whether no other record can give the labels that stand beside a column."""
        return column.kind not in LABELLED_KINDS or all(
            self._descriptions.describes(value) or isinstance(value, Literal) or record.owns(value) for value in values
        )

    def _format(self, column: ColumnDefinition, values: Collection[Term], record: "_RecordIndex") -> CellText:
        """Format the cells of a column; those of concepts and places, which recur, are cached."""
        if column.kind not in LABELLED_KINDS:
            return self._formatter.format(column, values)
        if any(record.owns(value) for value in values):
            return CellFormatter(self._base, record.values).format(column, values)
        key = (column.kind, frozenset(values))
        if key not in self._cache:
            self._cache[key] = self._formatter.format(column, key[1])
        return self._cache[key]


class _RecordIndex:
    """One record while its rows are built: its quads by subject and property, and the rows so far."""

    def __init__(self, quads: Sequence[Quad]) -> None:
        row_properties = _row_properties()
        by_property = [(quad.predicate.value, quad) for quad in quads]
        self._values = values_by_subject(by_property)
        self.row_quads = [quad for property, quad in by_property if property in row_properties]
        self._roots = sorted(
            subject for subject, values in self._values.items() if not _ROOT_CLASSES.isdisjoint(values.get(_TYPE, ()))
        )
        self.rows: dict[str, list[TableRow]] = defaultdict(list)
        self._shared_bindings: dict[str, set[tuple[str | None, ...]]] = defaultdict(set)
        self._listed: set[str] = set()
        self._left_out: dict[str, dict[str, int]] = {}
        self._references: dict[str, set[str]] = defaultdict(set)
        self._owns: dict[Term, bool] = {}

    @cached_property
    def _own_subjects(self) -> OwnSubjects:
        """Needed only when the tables of shared resources are done."""
        return OwnSubjects(self._roots, self._listed)

    def values(self, subject: Term, property: NamedNode) -> Sequence[Term]:
        """The values of a property that the record gives a resource."""
        return self._values.get(subject.value, NO_VALUES).get(property.value, ())

    def own_values(self, resources: Collection[Term]) -> Mapping[str, Sequence[Term]] | None:
        """The values by property of a single resource that only this record describes; None for any others."""
        if len(resources) == 1 and self.owns(resource := next(iter(resources))):
            return self._values.get(resource.value, NO_VALUES)
        return None

    def owns(self, resource: Term) -> bool:
        """Whether only this record describes a resource."""
        if resource not in self._owns:
            self._owns[resource] = isinstance(resource, NamedNode) and resource.value in self._own_subjects
        return self._owns[resource]

    def add_shared(self, table: TableDefinition, key: _Key, bindings: _Bindings) -> None:
        """Add what the query of a table of shared resources binds in the record."""
        others: list[list[str | None]] = [
            [*sorted(map(str, bindings[name]))] or [None] for name in table.other_variables
        ]
        self._listed.update(map(str, key))
        self._shared_bindings[table.name].update(product(map(str, key), *others))

    def count(self, table: TableDefinition, column: ColumnDefinition, text: CellText) -> None:
        """Count a cell that is left out, and note to which reference tables it refers."""
        if text.left_out:
            counts = self._left_out.setdefault(table.name, {})
            counts[column.name] = counts.get(column.name, 0) + 1
        if text.references:
            self._references[REFERENCE_TABLES[column.kind]].update(text.references)

    def as_rows(self) -> RecordRows:
        """The rows and what goes with them, sorted: the engine gives solutions in no particular order."""
        return RecordRows(
            roots=self._roots,
            rows={name: sorted(self.rows[name], key=lambda row: (row.key, row.deferred)) for name in sorted(self.rows)},
            shared_bindings={
                name: [list(each) for each in sorted(bindings, key=repr)]
                for name, bindings in sorted(self._shared_bindings.items())
            },
            left_out={name: dict(sorted(counts.items())) for name, counts in sorted(self._left_out.items())},
            references={name: sorted(identifiers) for name, identifiers in sorted(self._references.items())},
        )


_TYPE = RDF.type.value


class _TableRowBuilder:
    """One row while its cells are added."""

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._parts: list[list[CellText]] = [[]]
        self._deferred: list[str] = []

    def add(self, text: CellText) -> None:
        self._parts[-1].append(text)

    def defer(self, cell: DeferredCell) -> None:
        self._parts.append([])
        self._deferred.append(cell.as_json())

    def build(self, key: list[str]) -> TableRow:
        if self._shared:
            return TableRow(key, [], None, self._deferred)
        csv = _join_parts([[text.csv for text in part] for part in self._parts])
        raw = _join_parts([[text.raw for text in part] for part in self._parts])
        return TableRow(key, csv, raw if raw != csv else None, self._deferred)


def _join_parts(parts: Sequence[Sequence[str]]) -> list[str]:
    """Join the cells of each part of a line, with the commas that separate them from the deferred cells between the parts.

    >>> _join_parts([["a", "b"], ["c"], []])
    ['a,b,', ',c,', '']
    """
    last = len(parts) - 1
    if not last:
        return [",".join(parts[0])]
    return [
        ("," if at and part else "") + ",".join(part) + ("," if at < last and (at or part) else "")
        for at, part in enumerate(parts)
    ]


# ------------------------------------------------------------------------------------------------------------- queries


def _store_of(records: Sequence[_RecordIndex]) -> ox.Store:
    """A store with each record in its own graph, so that no row can combine two records."""
    graphs = [NamedNode(f"{_GRAPH_PREFIX}{at}") for at in range(len(records))]
    store = ox.Store()
    store.bulk_extend(
        Quad(quad.subject, quad.predicate, quad.object, graph)
        for graph, record in zip(graphs, records, strict=True)
        for quad in record.row_quads
    )
    return store


_GRAPH_PREFIX = "urn:record:"


def _query_rows(store: ox.Store, table: TableDefinition) -> dict[tuple[int, _Key], _Bindings]:
    """What the query of a table binds, by position of the record and values of the key; solutions with one key are one row."""
    rows: dict[tuple[int, _Key], _Bindings] = {}
    solutions = cast(ox.QuerySolutions, store.query(table.query_by_graph))
    keys = table.key_variables
    names = (*keys, *table.other_variables)
    for solution in solutions:
        at = int(cast(NamedNode, solution["source"]).value.removeprefix(_GRAPH_PREFIX))
        terms = [cast(Term | None, solution[name]) for name in names]
        key = tuple(cast(Term, term) for term in terms[: len(keys)])
        if (bindings := rows.get((at, key))) is None:
            bindings = rows[at, key] = {name: set() for name in names}
        for name, term in zip(names, terms, strict=True):
            if term is not None:
                bindings[name].add(term)
    return rows


@cache
def _row_properties() -> frozenset[str]:
    """The IRIs of the properties in the queries of all tables."""
    return frozenset(property for table in table_definitions() for property in table.properties)
