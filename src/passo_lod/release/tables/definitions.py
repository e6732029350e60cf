"""Read what the flat tables are: a `.rq` file each, whose query finds the rows and whose head names the columns.

`#+ column: NAME KIND ?VARIABLE [PATH]` is a column with the values at the end of a path of properties (`a:b/c:d`) from a
variable of the row, or with the variable itself. Titles and notes of a column are those of the ontology for the last property of the path,
unless `#+ title@it NAME: …` says another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pyoxigraph import NamedNode

from passo_lod.errors import VocabularyError
from passo_lod.namespaces import PREFIXES, curie

_WORDS = re.compile(r"#\+ (title|note)@([a-z]{2})(?: ([a-z_]+))?: (.*\S)\s*")
_SETTING = re.compile(r"#\+ (key|reference): (.*\S)\s*")
_COLUMN = re.compile(r"#\+ column: ([a-z_]+) ([a-z@]+) \?(\w+)(?: (\S+))?\s*")

_NAME = re.compile(r"\b[a-z0-9]+:[A-Za-z]\w*")
_IRI = re.compile(r"<([^<>\s]+)>")

KINDS = frozenset(("text", "text@it", "text@en", "iri", "integer", "decimal", "date", "year"))
KINDS |= {"process", "organisation", "place", "concept", "property", "source", "thing", "document"}
"""What a column can hold (docs/downloads.md)."""

REFERS = {"process": "processes", "organisation": "organisations", "place": "places", "concept": "concepts"}
"""The table that lists the things of a kind."""

Words = Mapping[str, str]


@dataclass(frozen=True)
class ColumnDefinition:
    """One `#+ column:` line.

    Attributes:
        path: the properties from the variable to the values, in order; empty where the variable is the value.
    """

    name: str
    kind: str
    variable: str
    path: str
    titles: Words
    notes: Words

    @cached_property
    def steps(self) -> tuple[NamedNode, ...]:
        """The properties of the path, one after the other."""
        return tuple(curie(step) for step in self.path.split("/") if step)

    @cached_property
    def first(self) -> str | None:
        """The IRI of the first property of the path, if it has one."""
        return self.steps[0].value if self.steps else None

    @property
    def property(self) -> str:
        """The last property of the path, as a prefixed name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class TableDefinition:
    """One flat table: where its rows come from and what its columns are.

    Attributes:
        row_query: the query that finds the rows.
        key: the columns that tell one row from another.
        reference: its rows are of use to other tables; those of one source hold only the ones that are named there.
    """

    name: str
    titles: Words
    notes: Words
    row_query: str
    key: tuple[str, ...]
    columns: tuple[ColumnDefinition, ...]
    reference: bool

    @cached_property
    def properties(self) -> frozenset[str]:
        """The IRIs that the query names, by which rows are found: no other property of a record is asked for."""
        names = _NAME.findall(_IRI.sub("", self.row_query))
        named = {curie(name).value for name in names if name.partition(":")[0] in PREFIXES}
        return frozenset({*named, *_IRI.findall(self.row_query), curie("rdf:type").value})

    @cached_property
    def key_variables(self) -> tuple[str, ...]:
        """The variables of the query that tell one row from another."""
        return tuple(column.variable for column in self.columns if column.name in self.key)

    @cached_property
    def other_variables(self) -> tuple[str, ...]:
        """The other variables of the query from which columns begin."""
        return tuple(sorted({column.variable for column in self.columns} - {*self.key_variables, "source"}))

    @cached_property
    def of_things(self) -> bool:
        """Whether a row is a thing that any number of records may describe, or none: a body, a place, a code."""
        kind = self.columns[0].kind
        return kind != "process" and REFERS.get(kind) == self.name

    @cached_property
    def query_by_graph(self) -> str:
        r"""The query asked of each named graph by itself, which `?source` then is: in it a record finds its own rows.

        >>> head = "#+ title@en: Things\n#+ key: thing\n#+ column: thing thing ?x\n"
        >>> read("things", head + "SELECT ?x { ?x ?y ?z }").query_by_graph
        'SELECT ?x ?source { GRAPH ?source { ?x ?y ?z } }'
        """
        head, _, pattern = self.row_query.partition("{")
        projected = head if "?source" in head else f"{head}?source "
        return f"{projected}{{ GRAPH ?source {{{pattern.rstrip()} }}"


@cache
def table_definitions() -> tuple[TableDefinition, ...]:
    """All tables: those that others refer to last, so that it is known by then what is named."""
    files = sorted(Path(__file__).parent.glob("*.rq"))
    return tuple(
        sorted(
            (read_definition(path.stem, path.read_text(encoding="utf-8")) for path in files),
            key=lambda each: each.reference,
        )
    )


def read_definition(name: str, text: str) -> TableDefinition:
    r"""A table from the text of its file.

    >>> head = "#+ title@en: Things\n#+ key: thing\n#+ column: thing thing ?x\n"
    >>> read("things", head + "SELECT ?x { ?x ?y ?z }").row_query
    'SELECT ?x { ?x ?y ?z }'

    Raises:
        VocabularyError: a line of the head cannot be read.
    """
    heads = [line for line in text.splitlines() if line.startswith("#+")]
    _check(name, heads)
    said = [match.groups() for line in heads if (match := _WORDS.fullmatch(line))]
    settings = {match[1]: match[2] for line in heads if (match := _SETTING.fullmatch(line))}
    columns = [match.groups() for line in heads if (match := _COLUMN.fullmatch(line))]
    query = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#+"))
    return TableDefinition(
        name,
        _words(said, "title", None),
        _words(said, "note", None),
        query,
        tuple(settings["key"].split(", ")),
        tuple(
            ColumnDefinition(each, kind, variable, path or "", _words(said, "title", each), _words(said, "note", each))
            for each, kind, variable, path in columns
        ),
        "reference" in settings,
    )


def _words(said: list[tuple[str, ...]], key: str, column: str | None) -> Words:
    return {language: words for what, language, whose, words in said if (what, whose) == (key, column)}


def _check(name: str, heads: list[str]) -> None:
    for line in heads:
        column = _COLUMN.fullmatch(line)
        if not (column or _WORDS.fullmatch(line) or _SETTING.fullmatch(line)):
            raise VocabularyError(
                f"tables/{name}.rq: {line!r} cannot be read; known: title@it, note@it, key, reference, column"
            )
        if column and column[2] not in KINDS:
            raise VocabularyError(
                f"tables/{name}.rq: unknown kind {column[2]!r} in {line!r}; known: {', '.join(sorted(KINDS))}"
            )
