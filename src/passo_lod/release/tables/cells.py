"""The flat tables of a release, for who works with a spreadsheet: typed cells, found in its quads by SPARQL.

Which tables there are, and what their columns mean, is written in `passo_lod/tables/*.rq`. A row is one key; a cell is one
value, or none. Texts, addresses and codes of which there are several stand in one cell with a bar between them; where a cell
can hold one value only (a number, a date, what another table lists) and there are several, or one that is not of the type,
the cell is left empty and counted.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple, cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import RDFS, SKOS, VOCABULARY, curie, shorten
from passo_lod.release.tables.csv_cells import Cell, csv_line
from passo_lod.release.tables.definitions import REFERS, ColumnDefinition, TableDefinition, Words

BAR = " | "
"""Stands between the values of one cell."""

LANGUAGES = ("it", "en")
LARGEST = 2**63 - 1

Term = NamedNode | Literal
Values = Callable[[Term, NamedNode], Iterable[Term]]
"""What is stated of a thing with a property."""

_Graph = NamedNode | ox.DefaultGraph


@dataclass(frozen=True)
class TableField:
    """A column as it is written.

    Attributes:
        type: `string`, `uri`, `integer`, `decimal`, `date` or `year`.
        refers: the table whose first column lists what stands here.
    """

    name: str
    type: str
    titles: Words
    notes: Words
    refers: str | None = None


@dataclass(frozen=True)
class FlatTable:
    """A flat table that was written.

    Attributes:
        rows: how many.
        left_out: how many cells are empty because what is published does not fit the column, by its name.
    """

    name: str
    titles: Words
    notes: Words
    key: tuple[str, ...]
    fields: tuple[TableField, ...]
    rows: int
    left_out: Mapping[str, int]


# ------------------------------------------------------------------------------------------------------------ columns


class CellText(NamedTuple):
    """What stands in a column, and in those beside it that name it.

    Attributes:
        csv: as part of a line for spreadsheets.
        raw: as part of a line whose texts are as they are.
        left_out: there is something, and it does not fit.
        names: the things of another table that are named.
    """

    csv: str
    raw: str
    left_out: bool = False
    names: tuple[str, ...] = ()


class CellFormatter:
    """Writes what stands in columns.

    Args:
        base: the catalogue's base IRI.
        values: what is stated, also of how things are called.
    """

    def __init__(self, base: str, values: Values) -> None:
        self._values = values
        self._starts = (f"{VOCABULARY}controlled-vocabulary/", f"{base}dataset/")
        self._kinds = (f"{base}id/", f"{base}doc/")

    def written(self, column: ColumnDefinition, values: Collection[Term]) -> CellText:
        """The cells of a column that has these values."""
        if not values:
            return empty(column.kind)
        kept = sorted(values, key=str) if len(values) > 1 else list(values)
        cell = self._cell(column, kept)
        if cell is None:
            return empty(column.kind)._replace(left_out=True)
        csv, raw = csv_line((cell, *self._beside(column, kept)))
        return CellText(csv, raw, names=tuple(str(cell).split(BAR)) if column.kind in NAMES else ())

    def identifier(self, value: Term) -> str:
        """What stands for a thing in all tables: its address without what is the same for all of its kind."""
        if not isinstance(value, NamedNode):
            return str(value.value)
        iri = value.value
        for start in self._starts:
            if iri.startswith(start):
                return iri.removeprefix(start)
        for start in self._kinds:
            if iri.startswith(start) and (rest := iri.removeprefix(start).partition("/")[2]):
                return rest
        return shorten(iri)

    def fields(self, description: TableDefinition) -> tuple[TableField, ...]:
        """The columns of a table: what has a name has it beside it."""
        return tuple(field for column in description.columns for field in self._fields(description, column))

    def _fields(self, description: TableDefinition, column: ColumnDefinition) -> Iterator[TableField]:
        titles = column.titles or self._said(column.property, LABELS)
        notes = column.notes or ({} if column.titles else self._said(column.property, _COMMENTS))
        refers = REFERS.get(column.kind)
        its_own = refers == description.name and column.name in description.key
        many = column.kind == "concept" and column.path
        yield TableField(
            column.name, _TYPES.get(column.kind, "string"), titles, notes, None if its_own or many else refers
        )
        if column.kind in _NAMED:
            yield TableField(f"{column.name}_name", "string", _with(titles, _NAME), {})
        if column.kind in _IN_BOTH_LANGUAGES:
            for language in LANGUAGES:
                yield TableField(f"{column.name}_{language}", "string", _with(titles, _IN[language]), {})

    def _said(self, property: str, said: Sequence[NamedNode]) -> Words:
        """What the ontology says of a property, in each language in which it does."""
        labels = [value for each in said for value in self._values(curie(property), each) if isinstance(value, Literal)]
        return {each.language: _capital(each.value) for each in labels if each.language in LANGUAGES}

    def _cell(self, column: ColumnDefinition, values: Sequence[Term]) -> Cell:
        if column.kind.startswith("text"):
            return _joined(_in_one_language(values, column.kind.partition("@")[2]))
        if column.kind in _SEVERAL:
            return _joined(self.identifier(value) if column.kind != "iri" else value.value for value in values)
        if len(values) != 1:
            return None
        read = _READERS.get(column.kind)
        return read(values[0]) if read else self.identifier(values[0])

    def _beside(self, column: ColumnDefinition, values: Sequence[Term]) -> Iterator[Cell]:
        if column.kind in _NAMED:
            yield self._label(values[0], "it")
        if column.kind in _IN_BOTH_LANGUAGES:
            for language in LANGUAGES:
                yield _joined(self._label(value, language) for value in values)

    def _label(self, value: Term, language: str) -> str:
        if not isinstance(value, NamedNode):
            return str(value.value)
        return self._text(value, LABELS, language) or self.identifier(value)

    def _text(self, thing: NamedNode, properties: Sequence[NamedNode], language: str) -> str | None:
        """The label or comment in a language, or in the first that there is; of several the first."""
        found = [value for each in properties for value in self._values(thing, each) if isinstance(value, Literal)]
        order = [language, *LANGUAGES, ""]
        best = min(
            found,
            key=lambda each: (order.index(each.language or "") if (each.language or "") in order else 9, each.value),
            default=None,
        )
        return best.value if best else None


LABELS = (SKOS.prefLabel, RDFS.label)
NAMES: Mapping[str, str] = {"concept": "concepts", "place": "places"}
"""The tables in which the tables of a source hold only what is named there, by the kinds of columns that name it."""

WITH_NAMES = frozenset(("organisation", "place", "concept", "property"))
"""The kinds of columns beside which stands how their things are called."""

_COMMENTS = (RDFS.comment,)
_NAMED = {"organisation", "place"}
_IN_BOTH_LANGUAGES = {"concept", "property"}
_SEVERAL = {"concept", "source", "iri"}
_TYPES = {"iri": "uri", "integer": "integer", "decimal": "decimal", "date": "date", "year": "year"}
_NAME = {"it": "{}: nome", "en": "{}: name"}
_IN = {
    "it": {"it": "{}, in italiano", "en": "{}, in Italian"},
    "en": {"it": "{}, in inglese", "en": "{}, in English"},
}


@cache
def empty(kind: str) -> CellText:
    """Empty cells, as many as a kind of column has."""
    commas = "," * ((kind in _NAMED) + len(LANGUAGES) * (kind in _IN_BOTH_LANGUAGES))
    return CellText(commas, commas)


def _with(titles: Words, pattern: Words) -> Words:
    return {language: pattern[language].format(title) for language, title in titles.items()}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(texts: Iterable[str]) -> str | None:
    return BAR.join(dict.fromkeys(text for text in texts if text)) or None


def _in_one_language(values: Sequence[Term], language: str) -> list[str]:
    """The texts in a language; where none is asked for, in the first one that there is."""
    if len(values) == 1 and not language:
        return [values[0].value]
    by_language: dict[str, list[str]] = defaultdict(list)
    for value in values:
        by_language[(isinstance(value, Literal) and value.language) or ""].append(value.value)
    if language:
        return by_language[language]
    best = next((each for each in (*LANGUAGES, "") if each in by_language), next(iter(by_language), ""))
    return by_language[best]


# ------------------------------------------------------------------------------------------------------------- values


def _integer(value: Term) -> int | None:
    text = value.value
    if not text.removeprefix("-").removeprefix("+").isdecimal() or not text.isascii() or len(text) > 20:
        return None
    return number if abs(number := int(text)) <= LARGEST else None


def _decimal(value: Term) -> Decimal | None:
    """A number as it is published; 20 digits before the point and 18 after it are what the engine keeps exactly."""
    whole, _, part = value.value.removeprefix("-").removeprefix("+").partition(".")
    if not (whole + part).isdecimal() or not value.value.isascii() or len(whole) > 20 or len(part) > 18:
        return None
    return Decimal(value.value)


def _date(value: Term) -> date | None:
    try:
        return date.fromisoformat(value.value) if len(value.value) == 10 else None
    except ValueError:
        return None


def _year(value: Term) -> int | None:
    text = value.value
    return int(text) if len(text) == 4 and text.isascii() and text.isdecimal() else None


_READERS: Mapping[str, Callable[[Term], Cell]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "year": _year,
}


# --------------------------------------------------------------------------------------------------------- what is shared


class SharedGraphs:
    """What is shared of a release: vocabulary, places, bodies, and all else that is not one record's own.

    In its store the default graph holds what belongs to no source, and the named graphs are the sources.
    """

    def __init__(self, quads: Iterable[Quad], sources: Sequence[NamedNode]) -> None:
        own = set(sources)
        self.sources = tuple(sources)
        self._store = ox.Store()
        self._store.bulk_extend(quad if quad.graph_name in own else Quad(*quad.triple) for quad in quads)
        self._read: dict[tuple[NamedNode, _Graph], Mapping[Term, Sequence[Term]]] = {}

    def ask(self, query: str, source: NamedNode | None) -> ox.QuerySolutions:
        """The rows of a table, of one source or of all."""
        if source is None:
            return cast(ox.QuerySolutions, self._store.query(query, use_default_graph_as_union=True))
        seen: list[ox.BlankNode | ox.DefaultGraph | NamedNode] = [ox.DefaultGraph(), source]
        return cast(ox.QuerySolutions, self._store.query(query, default_graph=seen, named_graphs=[source]))

    def values(self, property: NamedNode, graph: _Graph) -> Mapping[Term, Sequence[Term]]:
        """All that a graph states with a property, by subject."""
        if (property, graph) not in self._read:
            found: dict[Term, list[Term]] = defaultdict(list)
            for quad in self._store.quads_for_pattern(None, property, None, graph):
                found[cast(Term, quad.subject)].append(cast(Term, quad.object))
            self._read[property, graph] = dict(found)
        return self._read[property, graph]


class SourceView:
    """What can be seen of what is shared: the graph of one source, or of all, and what belongs to none."""

    def __init__(self, graphs: SharedGraphs, source: NamedNode | None) -> None:
        self._graphs, self._source = graphs, source
        self._seen: tuple[_Graph, ...] = (ox.DefaultGraph(), *((source,) if source else graphs.sources))
        self._stated: dict[NamedNode, tuple[Mapping[Term, Sequence[Term]], ...]] = {}

    def values(self, subject: Term, property: NamedNode) -> Iterator[Term]:
        """What is stated of a thing with a property."""
        if property not in self._stated:
            self._stated[property] = tuple(self._graphs.values(property, graph) for graph in self._seen)
        for values in self._stated[property]:
            yield from values.get(subject, ())

    def follow(self, starts: Iterable[Term], steps: Sequence[NamedNode]) -> set[Term]:
        """The values at the end of a path."""
        values = set(starts)
        for step in steps:
            values = {value for start in values for value in self.values(start, step)}
        return values

    def found(self, description: TableDefinition) -> dict[tuple[Term, ...], dict[str, set[Term]]]:
        """What the query of a table binds, by the values of the key: solutions with the same key are one row."""
        keys, others = description.key_variables, description.other_variables
        rows: dict[tuple[Term, ...], dict[str, set[Term]]] = {}
        for solution in self._graphs.ask(description.row_query, self._source):
            row = rows.setdefault(tuple(cast(Term, solution[name]) for name in keys), {})
            for name in (*keys, *others):
                row.setdefault(name, set()).update(() if solution[name] is None else (cast(Term, solution[name]),))
        return rows
