"""Describe the columns of a flat table as they are written, with titles from the ontology, for CSVW and Frictionless metadata."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import RDFS, curie
from passo_lod.release.tables.cells import LABELS, ONE_LABEL_KINDS, TWO_LABEL_KINDS, Values
from passo_lod.release.tables.definitions import REFERENCED_TABLES, ColumnDefinition, LanguageMap, TableDefinition
from passo_lod.release_layout import TABLE_LANGUAGES


@dataclass(frozen=True)
class TableField:
    """A column of a file.

    Attributes:
        name: in the header.
        type: `string`, `uri`, `integer`, `decimal`, `date` or `year`.
        titles: by language.
        notes: by language.
        refers: the table whose first column has the same identifiers; None for a column that is no foreign key.
        required: whether it has a value in every row.
    """

    name: str
    type: str
    titles: LanguageMap
    notes: LanguageMap
    refers: str | None = None
    required: bool = False


@dataclass(frozen=True)
class FlatTable:
    """A flat table that was written.

    Attributes:
        name: of its definition.
        titles: by language.
        notes: by language.
        key: names of the columns that identify a row.
        fields: its columns.
        rows: number of rows.
        left_out: number of cells that are empty because the column cannot represent the published values, by name of the column.
    """

    name: str
    titles: LanguageMap
    notes: LanguageMap
    key: tuple[str, ...]
    fields: tuple[TableField, ...]
    rows: int
    left_out: Mapping[str, int]


def table_fields(definition: TableDefinition, values: Values) -> tuple[TableField, ...]:
    """The columns of a table: those of its definition, and beside some of them columns with labels.

    Args:
        definition: of the table.
        values: gives what the ontology says of a property.
    """
    return tuple(field for column in definition.columns for field in _fields(definition, column, values))


def _fields(definition: TableDefinition, column: ColumnDefinition, values: Values) -> Iterator[TableField]:
    titles = column.titles or _ontology_texts(column.last_property, LABELS, values)
    notes = column.notes or ({} if column.titles else _ontology_texts(column.last_property, (RDFS.comment,), values))
    yield TableField(
        column.name,
        _TYPES.get(column.kind, "string"),
        titles,
        notes,
        _referenced_table(definition, column),
        column.name in (*definition.key, *definition.required),
    )
    if column.kind in ONE_LABEL_KINDS:
        yield TableField(f"{column.name}_name", "string", _format_titles(_NAME_TITLES, titles), {})
    if column.kind in TWO_LABEL_KINDS:
        for language in TABLE_LANGUAGES:
            yield TableField(f"{column.name}_{language}", "string", _format_titles(_LABEL_TITLES[language], titles), {})


def _referenced_table(definition: TableDefinition, column: ColumnDefinition) -> str | None:
    """The table that a column is a foreign key of: not the key of that table itself, and no column with several values."""
    refers = REFERENCED_TABLES.get(column.kind)
    is_primary_key = refers == definition.name and column.name in definition.key
    has_several_values = column.kind == "concept" and column.path
    return None if is_primary_key or has_several_values else refers


def _ontology_texts(property: str, texts: Sequence[NamedNode], values: Values) -> LanguageMap:
    """The labels or comments of a property in the ontology, capitalised."""
    literals = [value for each in texts for value in values(curie(property), each) if isinstance(value, Literal)]
    return {
        literal.language: literal.value[:1].upper() + literal.value[1:]
        for literal in literals
        if literal.language in TABLE_LANGUAGES
    }


def _format_titles(patterns: LanguageMap, titles: LanguageMap) -> LanguageMap:
    return {language: patterns[language].format(title=title) for language, title in titles.items()}


_TYPES = {"iri": "uri", "integer": "integer", "decimal": "decimal", "date": "date", "year": "year"}
_NAME_TITLES = in_every_language("table.name")
_LABEL_TITLES = {language: in_every_language(f"table.label-{language}") for language in TABLE_LANGUAGES}
