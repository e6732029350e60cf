"""The flat tables of a release, for who works with a spreadsheet: rows and typed cells, found in its quads by SPARQL.

Which tables there are, and what their columns mean, is written in `passo_lod/tables/*.rq`. A row is one key; a cell is one
value, or none. Texts, addresses and codes of which there are several stand in one cell with a bar between them; where a cell
can hold one value only (a number, a date, what another table lists) and there are several, or one that is not of the type,
the cell is left empty and counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.tables.library import REFERS, Column, Description, Words, descriptions
from passo_lod.terms import RDFS, SKOS, VOCABULARY, curie, shorten

BAR = " | "
"""Stands between the values of one cell."""

LANGUAGES = ("it", "en")
LARGEST = 2**63 - 1

Cell = str | int | Decimal | date | None
Term = NamedNode | Literal
Values = Mapping[Term, Sequence[Term]]
_Graph = NamedNode | ox.DefaultGraph
_Rows = Mapping[tuple[Term, ...], Mapping[str, set[Term]]]


@dataclass(frozen=True)
class Field:
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
class Table:
    """A flat table.

    Attributes:
        left_out: how many cells are empty because what is published does not fit the column, by its name.
    """

    name: str
    titles: Words
    notes: Words
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: Mapping[str, int]


class Tables:
    """Makes the tables of the whole and of each source from the quads of a release.

    In its store the default graph holds what belongs to no source (vocabulary, places), and the named graphs are the sources.
    """

    def __init__(self, base: str, quads: Iterable[Quad], sources: Sequence[NamedNode]) -> None:
        self._base = base
        self._graphs = _Graphs(quads, sources)

    def of(self, source: NamedNode | None = None) -> list[Table]:
        """The tables of a source, by default of all of them."""
        view = _View(self._graphs, source, self._base)
        tables: list[Table] = []
        for description in descriptions():
            named = _named(tables, description.name) if description.reference and source else None
            tables.append(view.table(description, named))
        return sorted(tables, key=lambda table: table.name != "processes")


class _Graphs:
    """The quads of a release, and what was read from them already: the shared ones serve the tables of every source."""

    def __init__(self, quads: Iterable[Quad], sources: Sequence[NamedNode]) -> None:
        own = set(sources)
        self.sources = tuple(sources)
        self._store = ox.Store()
        self._store.bulk_extend(quad if quad.graph_name in own else Quad(*quad.triple) for quad in quads)
        self._read: dict[tuple[NamedNode, _Graph], Values] = {}

    def rows(self, query: str, source: NamedNode | None) -> ox.QuerySolutions:
        """The rows of a table, of one source or of all."""
        if source is None:
            return cast(ox.QuerySolutions, self._store.query(query, use_default_graph_as_union=True))
        seen: list[ox.BlankNode | ox.DefaultGraph | NamedNode] = [ox.DefaultGraph(), source]
        return cast(ox.QuerySolutions, self._store.query(query, default_graph=seen, named_graphs=[source]))

    def values(self, property: NamedNode, graph: _Graph) -> Values:
        """All that a graph states with a property, by subject."""
        if (property, graph) not in self._read:
            found: dict[Term, list[Term]] = defaultdict(list)
            for quad in self._store.quads_for_pattern(None, property, None, graph):
                found[cast(Term, quad.subject)].append(cast(Term, quad.object))
            self._read[property, graph] = dict(found)
        return self._read[property, graph]


class _View:
    """What can be seen of a release: the graph of one source, or of all, and what belongs to none."""

    def __init__(self, graphs: _Graphs, source: NamedNode | None, base: str) -> None:
        self._graphs, self._source, self._base = graphs, source, base
        self._seen: tuple[_Graph, ...] = (ox.DefaultGraph(), *((source,) if source else graphs.sources))
        self._stated: dict[NamedNode, tuple[Values, ...]] = {}

    def table(self, description: Description, named: set[str] | None = None) -> Table:
        """One table, its rows in the order of their keys.

        Args:
            description: which.
            named: of a table that others refer to, what they name, where it is to hold no other rows.
        """
        fields = tuple(field for column in description.columns for field in self._fields(description, column))
        left_out: Counter[str] = Counter()
        found = self._rows(description)
        if named is None:
            rows = [self._row(description, each, left_out) for each in found.values()]
        else:
            rows = self._named_rows(description, fields, found, named, left_out)
        key = [at for at, field in enumerate(fields) if field.name in description.key]
        rows.sort(key=lambda row: [str(row[at]) for at in key])
        return Table(
            description.name,
            description.titles,
            description.notes,
            description.key,
            fields,
            tuple(rows),
            dict(left_out),
        )

    def _named_rows(
        self, description: Description, fields: Sequence[Field], found: _Rows, named: set[str], left_out: Counter[str]
    ) -> list[tuple[Cell, ...]]:
        """The rows that are named, and those that these name in the same table, and so on."""
        by_name = {self._identifier(key[0]): row for key, row in found.items()}
        within = [at for at, field in enumerate(fields) if field.refers == description.name]
        kept: dict[str, tuple[Cell, ...]] = {}
        new = named & by_name.keys()
        while new:
            more = {name: self._row(description, by_name[name], left_out) for name in sorted(new)}
            kept |= more
            new = ({str(row[at]) for row in more.values() for at in within} & by_name.keys()) - kept.keys()
        return list(kept.values())

    def _rows(self, description: Description) -> _Rows:
        """What the query binds, by the values of the key: solutions with the same key are one row."""
        keys = [column.variable for column in description.columns if column.name in description.key]
        rows: dict[tuple[Term, ...], dict[str, set[Term]]] = {}
        solutions = self._graphs.rows(description.row_query, self._source)
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            row = rows.setdefault(tuple(cast(Term, solution[name]) for name in keys), {name: set() for name in names})
            for name in names:
                if solution[name] is not None:
                    row[name].add(cast(Term, solution[name]))
        return rows

    def _row(
        self, description: Description, bound: Mapping[str, set[Term]], left_out: Counter[str]
    ) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        for column in description.columns:
            values = bound[column.variable]
            for step in column.steps:
                values = {value for start in values for value in self._values(start, step)}
            cells += self._cells(column, values, left_out)
        return tuple(cells)

    def _values(self, subject: Term, property: NamedNode) -> Iterator[Term]:
        if property not in self._stated:
            self._stated[property] = tuple(self._graphs.values(property, graph) for graph in self._seen)
        for values in self._stated[property]:
            yield from values.get(subject, ())

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

    # ------------------------------------------------------------------------------------------------------ columns

    def _fields(self, description: Description, column: Column) -> Iterator[Field]:
        """A column of the description as columns of the table: what has a name has it beside it."""
        titles = column.titles or self._said(column.property, _LABELS)
        notes = column.notes or ({} if column.titles else self._said(column.property, _COMMENTS))
        refers = REFERS.get(column.kind)
        its_own = refers == description.name and column.name in description.key
        many = column.kind == "concept" and column.path
        yield Field(column.name, _TYPES.get(column.kind, "string"), titles, notes, None if its_own or many else refers)
        if column.kind in _NAMED:
            yield Field(f"{column.name}_name", "string", _with(titles, _NAME), {})
        if column.kind in _IN_BOTH_LANGUAGES:
            for language in LANGUAGES:
                yield Field(f"{column.name}_{language}", "string", _with(titles, _IN[language]), {})

    def _said(self, property: str, said: Sequence[NamedNode]) -> Words:
        """What the ontology says of a property, in each language in which it does."""
        labels = [value for each in said for value in self._values(curie(property), each) if isinstance(value, Literal)]
        return {each.language: _capital(each.value) for each in labels if each.language in LANGUAGES}

    def _cells(self, column: Column, values: set[Term], left_out: Counter[str]) -> Iterator[Cell]:
        kept = sorted(values, key=str)
        cell = self._cell(column, kept)
        left_out.update([column.name] if kept and cell is None else [])
        yield cell
        if column.kind in _NAMED:
            yield self._label(kept[0], "it") if cell is not None else None
        if column.kind in _IN_BOTH_LANGUAGES:
            for language in LANGUAGES:
                yield _joined(self._label(value, language) for value in kept) if cell is not None else None

    def _cell(self, column: Column, values: Sequence[Term]) -> Cell:
        if column.kind.startswith("text"):
            return _joined(_in_one_language(values, column.kind.partition("@")[2]))
        if column.kind in _SEVERAL:
            return _joined(self._identifier(value) if column.kind != "iri" else value.value for value in values)
        if len(values) != 1:
            return None
        read = _READERS.get(column.kind)
        return read(values[0]) if read else self._identifier(values[0])

    def _identifier(self, value: Term) -> str:
        """What stands for a thing in all tables: its address without what is the same for all of its kind."""
        if not isinstance(value, NamedNode):
            return str(value.value)
        for start in (f"{VOCABULARY}controlled-vocabulary/", f"{self._base}dataset/"):
            if value.value.startswith(start):
                return value.value.removeprefix(start)
        for start in (f"{self._base}id/", f"{self._base}doc/"):
            if value.value.startswith(start) and (rest := value.value.removeprefix(start).partition("/")[2]):
                return rest
        return shorten(value.value)

    def _label(self, value: Term, language: str) -> str:
        if not isinstance(value, NamedNode):
            return str(value.value)
        return self._text(value, _LABELS, language) or self._identifier(value)


_LABELS = (SKOS.prefLabel, RDFS.label)
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


def _with(titles: Words, pattern: Words) -> Words:
    return {language: pattern[language].format(title) for language, title in titles.items()}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(texts: Iterable[str]) -> str | None:
    return BAR.join(dict.fromkeys(text for text in texts if text)) or None


def _in_one_language(values: Sequence[Term], language: str) -> list[str]:
    """The texts in a language; where none is asked for, in the first one that there is."""
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


# ---------------------------------------------------------------------------------------------------------- reference


def _named(tables: Iterable[Table], referred: str) -> set[str]:
    """What the tables made so far name of the things of another."""
    return {name for table in tables for name in _names(table, referred)}


def _names(table: Table, referred: str) -> Iterator[str]:
    """What a table says of the things of another: codes may stand several in a cell, so that texts are cut at the bars."""
    for at, field in enumerate(table.fields):
        coded = (
            referred == "concepts" and at + 1 < len(table.fields) and table.fields[at + 1].name == f"{field.name}_it"
        )
        if field.refers == referred or coded:
            yield from (name for row in table.rows if row[at] is not None for name in str(row[at]).split(BAR))
