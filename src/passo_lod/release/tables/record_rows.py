"""The rows that a record gives to the flat tables: a pure function of the record, the vocabulary and the places.

They are made once, with the record, and kept with it as text (docs/decisions/0017-dumps-and-tables.md). What other records say too is not in them:
how a body is called, what a call is titled. Where that stands in a row, there is a slot, which is filled when a table is written.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product
from typing import NamedTuple, cast

import orjson
import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import PASSO, RDF
from passo_lod.release.tables.cells import LABELS, NAMES, WITH_NAMES, CellFormatter, CellText, Term, empty
from passo_lod.release.tables.definitions import ColumnDefinition, TableDefinition, table_definitions

_TYPE = RDF.type.value
_WHOLES = frozenset((PASSO.ParticipatoryProcess, PASSO.ObservatoryRecord))
"""What a record is about and what it is: they, and what lies below them, no other record describes."""


class TableRow(NamedTuple):
    """One row of a table.

    Attributes:
        key: by which it is sorted.
        csv: its line for spreadsheets, cut at the slots; empty where several records may give the row, which is all slots then.
        raw: its line with all texts as they are, cut at the slots; None where it is the same.
        slots: what `DeferredCell.text` wrote.
    """

    key: list[str]
    csv: list[str]
    raw: list[str] | None
    slots: list[str]


class DeferredCell(NamedTuple):
    """A column that is filled when the table is written.

    Attributes:
        column: which one of its table.
        ends: how far the column's path could be followed: to these things, from each of which so many steps are left.
    """

    column: int
    ends: tuple[tuple[Term, int], ...]

    @property
    def text(self) -> str:
        """In a form that can be kept."""
        return json.dumps([self.column, [[str(term), left] for term, left in self.ends]], ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "DeferredCell":
        """The slot that `text` wrote."""
        column, ends = json.loads(text)
        return cls(column, tuple((term_of(term), left) for term, left in ends))


def term_of(text: str) -> Term:
    """A term as N-Triples writes it.

    >>> term_of('"Orto"@it')
    <Literal value=Orto language=it>
    """
    if text.startswith("<"):
        return NamedNode(text[1:-1])
    (triple,) = ox.parse(f"<x:s> <x:p> {text} .", format=ox.RdfFormat.N_TRIPLES)
    return cast(Literal, triple.object)


@dataclass
class RecordRows:
    """The rows of one record.

    Attributes:
        wholes: the process and the record, which with all below them are described nowhere else.
        rows: of each table that has some, in the order of their keys.
        things: what the record has to do with that other records may describe, their keys and what the query of a table bound beside.
        left_out: how many cells are empty because what is published does not fit, by table and column.
        names: what is named of the things of other tables.
    """

    wholes: list[str]
    rows: dict[str, list[TableRow]] = field(default_factory=dict)
    things: dict[str, list[list[str | None]]] = field(default_factory=dict)
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """As it is kept."""
        return orjson.dumps((self.wholes, self.rows, self.things, self.left_out, self.names), default=tuple)

    @classmethod
    def from_json(cls, text: bytes) -> "RecordRows":
        """What `as_json` wrote.

        Raises:
            ValueError, TypeError: it is something else.
        """
        wholes, rows, things, left_out, names = orjson.loads(text)
        rows = {table: list(map(TableRow._make, some)) for table, some in rows.items()}
        return cls(wholes, rows, things, left_out, names)

    def own(self) -> "OwnSubjects":
        """What no other record describes."""
        return OwnSubjects(self.wholes, (key for some in self.things.values() for key, *_ in some))

    def shared(self, quads: str) -> list[str]:
        """Of a record's quads, which are lines of N-Quads, those of what other records may describe too."""
        own = self.own()
        return [line for line in quads.split("\n") if line and line[1 : line.index(">")] not in own]


class OwnSubjects:
    """What no other record describes: the process, the record, and what lies below, but for what tables list for all records.

    Args:
        wholes: the IRIs of the process and the record.
        things: what tables list for all records, as N-Triples writes it.

    >>> own = Own(["https://example.org/id/process/xx-1"], [])
    >>> "https://example.org/id/process/xx-1/cost" in own, "https://example.org/id/process/xx-10" in own
    (True, False)
    """

    def __init__(self, wholes: Iterable[str], things: Iterable[str | None]) -> None:
        self._wholes = frozenset(wholes)
        self._below = tuple(whole + sign for whole in self._wholes for sign in "/#")
        self._things = frozenset(things)

    def __contains__(self, iri: str) -> bool:
        """Whether it is one of them."""
        return iri in self._wholes or (iri.startswith(self._below) and f"<{iri}>" not in self._things)


class SharedDescriptions:
    """What vocabulary and places say: the same for every record, and for good."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        named = [(quad.predicate.value, quad) for quad in quads]
        nothing: _About = {quad.subject.value: {} for _, quad in named}  # type: ignore[union-attr]
        self._about = nothing | _about(named)

    def describes(self, thing: Term) -> bool:
        """Whether it is said here what a thing is, and how it is called."""
        return thing.value in self._about and isinstance(thing, NamedNode)

    def values(self, subject: Term, property: NamedNode) -> Sequence[Term]:
        """What is stated of a thing with a property."""
        return self._about.get(subject.value, _NOTHING).get(property.value, ())


_About = dict[str, dict[str, list[Term]]]
_NOTHING: dict[str, list[Term]] = {}


@cache
def _asked() -> frozenset[str]:
    """The properties of which the tables tell."""
    steps = (step for each in table_definitions() for column in each.columns for step in column.steps)
    return frozenset(each.value for each in (RDF.type, *LABELS, *steps))


@cache
def _finding() -> frozenset[str]:
    """The properties by which rows are found."""
    return frozenset(property for each in table_definitions() for property in each.properties)


def _about(quads: Iterable[tuple[str, Quad]]) -> _About:
    """What is stated with the properties that are asked for, by subject and property."""
    about: _About = {}
    asked = _asked()
    for property, quad in quads:
        if property in asked:
            about.setdefault(quad.subject.value, {}).setdefault(property, []).append(cast(Term, quad.object))  # type: ignore[union-attr]
    return about


class RowBuilder:
    """Makes the rows of a source's records.

    Args:
        base: the catalogue's base IRI.
        source: the source's dataset.
        background: vocabulary and places.
    """

    def __init__(self, base: str, source: NamedNode, background: SharedDescriptions) -> None:
        self._base, self._source, self._background = base, source, background
        self._cells = CellFormatter(base, background.values)
        self._known: dict[tuple[str, frozenset[Term]], CellText] = {}

    def rows(self, batch: Sequence[Sequence[Quad]]) -> list[RecordRows]:
        """The rows of each record of a batch; the records beside it make no difference to one.

        Args:
            batch: the quads of each record, as they are published: of several names of what is its own, one is the label.
        """
        records = [_RecordRowBuilder(quads) for quads in batch]
        store = _store(records)
        # First what tables list for all records: it is no record's own, though it may lie below one.
        for description in sorted(table_definitions(), key=lambda each: not each.of_things):
            for (at, key), bound in _found(store, description).items():
                if description.of_things:
                    records[at].refer(description, key, bound)
                else:
                    self._add(description, records[at], key, bound)
        return [record.done() for record in records]

    def _add(self, description: TableDefinition, record: "_RecordRowBuilder", key: "_Key", bound: "_Bound") -> None:
        """A row: all solutions of the query that have its key."""
        bound["source"] = {self._source}
        shared = not any(map(record.owns, key))
        line = _RowBuilder(shared=shared)
        said = {name: record.said(starts) for name, starts in bound.items()}
        for at, column in enumerate(description.columns):
            values, ends = self._reached(column, bound[column.variable], said[column.variable], record)
            if shared or ends or (values and not self._is_called(column, values, record)):
                line.leave(DeferredCell(at, (*ends, *((value, 0) for value in sorted(values, key=str)))))
            elif not values:
                line.add(empty(column.kind))
            else:
                line.add(written := self._written(column, values, record))
                record.note(description, column, written)
        record.rows[description.name].append(line.row(list(map(self._cells.identifier, key))))

    def _reached(
        self,
        column: ColumnDefinition,
        starts: Collection[Term],
        said: Mapping[str, Sequence[Term]] | None,
        record: "_RecordRowBuilder",
    ) -> tuple[Collection[Term], Sequence[tuple[Term, int]]]:
        """The values of a column; most have a path of one step, and nothing is stated there."""
        if column.first is None:
            return starts, ()
        if said is None:
            return self._followed(starts, column.steps, record)
        if column.first not in said:
            return (), ()
        return self._followed(set(said[column.first]), column.steps[1:], record)

    def _followed(
        self, starts: Collection[Term], steps: Sequence[NamedNode], record: "_RecordRowBuilder"
    ) -> tuple[Collection[Term], Sequence[tuple[Term, int]]]:
        """The values at the end of a path, and the things that other records may describe, and from which it goes on."""
        if not steps:
            return starts, ()
        values: Collection[Term] = starts
        ends: list[tuple[Term, int]] = []
        for left, step in zip(range(len(steps), 0, -1), steps, strict=True):
            found: set[Term] = set()
            for node in values:
                if record.owns(node):
                    found.update(record.values(node, step))
                elif self._background.describes(node):
                    found.update(self._background.values(node, step))
                elif isinstance(node, NamedNode):
                    ends.append((node, left))
            values = found
        return values, sorted(set(ends), key=str)

    def _is_called(self, column: ColumnDefinition, values: Iterable[Term], record: "_RecordRowBuilder") -> bool:
        """Whether it is known what stands beside a column: what its things are called."""
        return column.kind not in WITH_NAMES or all(
            self._background.describes(value) or isinstance(value, Literal) or record.owns(value) for value in values
        )

    def _written(self, column: ColumnDefinition, values: Collection[Term], record: "_RecordRowBuilder") -> CellText:
        """The cells of a column; those of codes and places, of which there are few, are written once."""
        if not values or column.kind not in WITH_NAMES:
            return self._cells.written(column, values)
        if any(record.owns(value) for value in values):
            return CellFormatter(self._base, record.values).written(column, values)
        known = (column.kind, frozenset(values))
        if known not in self._known:
            self._known[known] = self._cells.written(column, known[1])
        return self._known[known]


class _RecordRowBuilder:
    """One record while its rows are made."""

    def __init__(self, quads: Sequence[Quad]) -> None:
        finding = _finding()
        named = [(quad.predicate.value, quad) for quad in quads]
        self._about = _about(named)
        self.found_by = [quad for property, quad in named if property in finding]
        self.wholes = sorted(
            subject for subject, said in self._about.items() if not _WHOLES.isdisjoint(said.get(_TYPE, ()))
        )
        self.rows: dict[str, list[TableRow]] = defaultdict(list)
        self._things: dict[str, set[tuple[str | None, ...]]] = defaultdict(set)
        self._named: set[str] = set()
        self._left_out: dict[str, dict[str, int]] = {}
        self._names: dict[str, set[str]] = defaultdict(set)
        self._owns: dict[Term, bool] = {}

    @cached_property
    def _own(self) -> OwnSubjects:
        """Asked for when it is known what tables list for all records."""
        return OwnSubjects(self.wholes, self._named)

    def values(self, subject: Term, property: NamedNode) -> Sequence[Term]:
        """What the record states of a thing with a property."""
        return self._about.get(subject.value, _NOTHING).get(property.value, ())

    def said(self, things: Collection[Term]) -> Mapping[str, Sequence[Term]] | None:
        """What the record states of a thing of its own, by property; of several, or of what others may describe, None."""
        if len(things) == 1 and self.owns(thing := next(iter(things))):
            return self._about.get(thing.value, _NOTHING)
        return None

    def owns(self, thing: Term) -> bool:
        """Whether no other record describes a thing."""
        if thing not in self._owns:
            self._owns[thing] = isinstance(thing, NamedNode) and thing.value in self._own
        return self._owns[thing]

    def refer(self, description: TableDefinition, key: "_Key", bound: "_Bound") -> None:
        """Note that the record has to do with what a table lists for all records."""
        others: list[list[str | None]] = [
            [*sorted(map(str, bound[name]))] or [None] for name in description.other_variables
        ]
        self._named.update(map(str, key))
        self._things[description.name].update(product(map(str, key), *others))

    def note(self, description: TableDefinition, column: ColumnDefinition, written: CellText) -> None:
        """Count what does not fit, and remember what is named."""
        if written.left_out:
            counts = self._left_out.setdefault(description.name, {})
            counts[column.name] = counts.get(column.name, 0) + 1
        if written.names:
            self._names[NAMES[column.kind]].update(written.names)

    def done(self) -> RecordRows:
        """Its rows, in the order of their keys; the order in which they were found is chance."""
        return RecordRows(
            self.wholes,
            {name: sorted(self.rows[name], key=lambda row: (row.key, row.slots)) for name in sorted(self.rows)},
            {name: [list(each) for each in sorted(some, key=repr)] for name, some in sorted(self._things.items())},
            {name: dict(sorted(counts.items())) for name, counts in sorted(self._left_out.items())},
            {name: sorted(names) for name, names in sorted(self._names.items())},
        )


class _RowBuilder:
    """A line while it is written."""

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._parts: list[list[CellText]] = [[]]
        self._slots: list[str] = []

    def add(self, written: CellText) -> None:
        self._parts[-1].append(written)

    def leave(self, slot: DeferredCell) -> None:
        """Leave a column to be filled."""
        self._parts.append([])
        self._slots.append(slot.text)

    def row(self, key: list[str]) -> TableRow:
        if self._shared:
            return TableRow(key, [], None, self._slots)
        csv = _between([[each.csv for each in part] for part in self._parts])
        raw = _between([[each.raw for each in part] for part in self._parts])
        return TableRow(key, csv, raw if raw != csv else None, self._slots)


def _between(parts: Sequence[Sequence[str]]) -> list[str]:
    """The parts of a line with the commas that part them from what comes between.

    >>> _between([["a", "b"], ["c"], []])
    ['a,b,', ',c,', '']
    """
    last = len(parts) - 1
    if not last:
        return [",".join(parts[0])]
    return [
        ("," if at and part else "") + ",".join(part) + ("," if at < last and (at or part) else "")
        for at, part in enumerate(parts)
    ]


# ---------------------------------------------------------------------------------------------------------- row patterns

_Key = tuple[Term, ...]
_Bound = dict[str, set[Term]]
"""What the solutions bind, by variable."""


def _store(records: Sequence["_RecordRowBuilder"]) -> ox.Store:
    """The records, each in a graph of its own: so no row can come of two."""
    graphs = [NamedNode(f"{_GRAPH}{at}") for at in range(len(records))]
    store = ox.Store()
    store.bulk_extend(
        Quad(quad.subject, quad.predicate, quad.object, graph)
        for graph, record in zip(graphs, records, strict=True)
        for quad in record.found_by
    )
    return store


_GRAPH = "urn:record:"


def _found(store: ox.Store, description: TableDefinition) -> dict[tuple[int, _Key], _Bound]:
    """What the query of a table binds in each record, by the values of the key: solutions with the same key are one row."""
    found: dict[tuple[int, _Key], _Bound] = {}
    solutions = cast(ox.QuerySolutions, store.query(description.query_by_graph))
    keys = description.key_variables
    names = (*keys, *description.other_variables)
    for solution in solutions:
        at = int(cast(NamedNode, solution["source"]).value.removeprefix(_GRAPH))
        terms = [cast(Term | None, solution[name]) for name in names]
        key = tuple(cast(Term, term) for term in terms[: len(keys)])
        if (bound := found.get((at, key))) is None:
            bound = found[at, key] = {name: set() for name in names}
        for name, term in zip(names, terms, strict=True):
            if term is not None:
                bound[name].add(term)
    return found
