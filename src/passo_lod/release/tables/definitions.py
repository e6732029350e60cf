"""Read the definitions of the flat tables: one `.rq` file each, whose query finds the rows and whose header defines the columns.

`#+ column: NAME KIND ?VARIABLE [PATH]` defines a column. Its values are those of the variable of the row, or those at the end of a path of
properties (`a:b/c:d`) from it. A column has the title and the note that the ontology gives the last property of its path, unless
`#+ title@it NAME: …` or `#+ note@it NAME: …` states another. A `.columns` file is such a header without a query: its rows are not in the RDF data,
and the pipeline builds them (`provenance_rows`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pyoxigraph import NamedNode

from passo_lod.errors import VocabularyError
from passo_lod.namespaces import PREFIXES, curie
from passo_lod.sparql_tokens import Prologue, tokens

_TEXT = re.compile(r"#\+ (title|note)@([a-z]{2})(?: ([a-z_]+))?: (.*\S)\s*")
_SETTING = re.compile(r"#\+ (key|required|reference): (.*\S)\s*")
_COLUMN = re.compile(r"#\+ column: ([a-z_]+) ([a-z@]+) \?(\w+)(?: (\S+))?\s*")

KINDS = frozenset(("text", "text@it", "text@en", "iri", "integer", "decimal", "date", "year"))
KINDS |= {"process", "organisation", "place", "concept", "property", "source", "thing", "document"}
"""The kinds of columns (docs/downloads.md)."""

REFERENCED_TABLES = {
    "process": "processes",
    "organisation": "organisations",
    "place": "places",
    "concept": "concepts",
}
"""The table that lists the resources of a kind of column."""

LanguageMap = Mapping[str, str]
"""Texts by language tag."""


@dataclass(frozen=True)
class ColumnDefinition:
    """One `#+ column:` line.

    Attributes:
        name: in the header of the CSV file.
        kind: one of `KINDS`.
        variable: the query variable that the path starts from, without `?`.
        path: prefixed names of the properties from the variable to the values, separated by `/`; empty if the variable is the value.
        titles: by language; empty if those of the ontology apply.
        notes: by language; empty if those of the ontology apply.
    """

    name: str
    kind: str
    variable: str
    path: str
    titles: LanguageMap
    notes: LanguageMap

    @cached_property
    def steps(self) -> tuple[NamedNode, ...]:
        """The properties of the path, in order."""
        return tuple(curie(step) for step in self.path.split("/") if step)

    @cached_property
    def first_property(self) -> str | None:
        """The IRI of the first property of the path, if there is one."""
        return self.steps[0].value if self.steps else None

    @property
    def last_property(self) -> str:
        """The last property of the path, as a prefixed name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class TableDefinition:
    """One flat table: how its rows are found and which columns it has.

    Attributes:
        name: of the `.rq` file and of the table's files.
        titles: by language.
        notes: by language.
        row_query: the SPARQL query that finds the rows; empty if they are not in the RDF data.
        key: names of the columns that identify a row.
        required: names of the other columns that have a value in every row, since the shapes or the query demand it.
        columns: in the order of the file.
        reference: whether other tables refer to its rows; the table of one source then lists only those that its other tables refer to.
    """

    name: str
    titles: LanguageMap
    notes: LanguageMap
    row_query: str
    key: tuple[str, ...]
    required: tuple[str, ...]
    columns: tuple[ColumnDefinition, ...]
    reference: bool

    @cached_property
    def properties(self) -> frozenset[str]:
        """The IRIs in the query; no triple of a record with another property can make a row."""
        iris = map(Prologue("", PREFIXES).iri, tokens(self.row_query))
        return frozenset({*filter(None, iris), curie("rdf:type").value})

    @cached_property
    def key_variables(self) -> tuple[str, ...]:
        """The query variables that identify a row."""
        return tuple(column.variable for column in self.columns if column.name in self.key)

    @cached_property
    def other_variables(self) -> tuple[str, ...]:
        """The other query variables that columns start from."""
        return tuple(sorted({column.variable for column in self.columns} - {*self.key_variables, "source"}))

    @cached_property
    def lists_shared(self) -> bool:
        """Whether its rows are resources that no record owns (bodies, places, concepts): any number of records may describe one."""
        kind = self.columns[0].kind
        return kind != "process" and REFERENCED_TABLES.get(kind) == self.name

    @cached_property
    def query_by_graph(self) -> str:
        r"""The query for each named graph by itself, bound to `?source`: with one graph for each record, it finds the rows of each.

        >>> header = "#+ title@en: Things\n#+ key: thing\n#+ column: thing thing ?x\n"
        >>> read_definition("things", header + "SELECT ?x { ?x ?y ?z }").query_by_graph
        'SELECT ?x ?source { GRAPH ?source { ?x ?y ?z } }'
        """
        projection, _, pattern = self.row_query.partition("{")
        if "?source" not in projection:
            projection += "?source "
        return f"{projection}{{ GRAPH ?source {{{pattern.rstrip()} }}"


@cache
def table_definitions() -> tuple[TableDefinition, ...]:
    """All tables; those that others refer to come last, when it is known which of their rows the others need.

    Raises:
        VocabularyError: a file has a header line that is not allowed.
    """
    files = sorted(path for ending in ("rq", "columns") for path in Path(__file__).parent.glob(f"*.{ending}"))
    definitions = (read_definition(path.stem, path.read_text(encoding="utf-8")) for path in files)
    return tuple(sorted(definitions, key=lambda definition: definition.reference))


def read_definition(name: str, text: str) -> TableDefinition:
    r"""Parse the text of a `.rq` or `.columns` file.

    >>> header = "#+ title@en: Things\n#+ key: thing\n#+ column: thing thing ?x\n"
    >>> read_definition("things", header + "SELECT ?x { ?x ?y ?z }").row_query
    'SELECT ?x { ?x ?y ?z }'

    Raises:
        VocabularyError: a header line is not allowed.
    """
    header = [line for line in text.splitlines() if line.startswith("#+")]
    _check(name, header)
    texts = [match.groups() for line in header if (match := _TEXT.fullmatch(line))]
    settings = {match[1]: match[2] for line in header if (match := _SETTING.fullmatch(line))}
    columns = [match.groups() for line in header if (match := _COLUMN.fullmatch(line))]
    return TableDefinition(
        name=name,
        titles=_language_map(texts, "title", None),
        notes=_language_map(texts, "note", None),
        row_query="".join(line for line in text.splitlines(keepends=True) if not line.startswith("#+")),
        key=tuple(settings["key"].split(", ")),
        required=tuple(settings["required"].split(", ")) if "required" in settings else (),
        columns=tuple(
            ColumnDefinition(
                column,
                kind,
                variable,
                path or "",
                _language_map(texts, "title", column),
                _language_map(texts, "note", column),
            )
            for column, kind, variable, path in columns
        ),
        reference="reference" in settings,
    )


def _language_map(texts: list[tuple[str, ...]], keyword: str, column: str | None) -> LanguageMap:
    """The titles or notes of a column, or of the table."""
    return {language: text for word, language, of, text in texts if (word, of) == (keyword, column)}


def _check(name: str, header: list[str]) -> None:
    for line in header:
        column = _COLUMN.fullmatch(line)
        if not (column or _TEXT.fullmatch(line) or _SETTING.fullmatch(line)):
            raise VocabularyError(
                f"tables/{name}.rq: {line!r} cannot be read; known: title@it, note@it, key, required, reference, column"
            )
        if column and column[2] not in KINDS:
            raise VocabularyError(
                f"tables/{name}.rq: unknown kind {column[2]!r} in {line!r}; known: {', '.join(sorted(KINDS))}"
            )
