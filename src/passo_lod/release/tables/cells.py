"""Format the cells of a column from its RDF terms: typed values, identifiers instead of IRIs, and labels beside them.

A cell has one value, or none. Texts, IRIs and concepts of which there are several stand in one cell, separated by a bar. If a cell can
represent one value only (a number, a date, a reference to another table) and there are several, or one of another type, it is left empty
and counted.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from passo_lod.namespaces import RDFS, SKOS
from passo_lod.release.tables.cell_values import CONVERTERS, Term
from passo_lod.release.tables.csv_cells import Cell, csv_line
from passo_lod.release.tables.definitions import ColumnDefinition
from passo_lod.release_layout import TABLE_LANGUAGES, table_identifier

BAR = " | "
"""Separates the values of one cell."""

Values = Callable[[Term, NamedNode], Iterable[Term]]
"""Gives the values of a property of a resource."""

LABELS = (SKOS.prefLabel, RDFS.label)

REFERENCE_TABLES: Mapping[str, str] = {"concept": "concepts", "place": "places"}
"""By kind of column, the table that lists, for one source, only what other tables of that source refer to."""

ONE_LABEL_KINDS = frozenset(("organisation", "place"))
"""The kinds of columns that have one further column with a label."""

TWO_LABEL_KINDS = frozenset(("concept", "property"))
"""The kinds of columns that have a further column with the label in each language."""

LABELLED_KINDS = ONE_LABEL_KINDS | TWO_LABEL_KINDS

_SEVERAL_VALUES_KINDS = frozenset(("concept", "source", "iri"))


class CellText(NamedTuple):
    """The cells of a column, and of the columns with labels beside it.

    Attributes:
        csv: as a part of a line of CSV, with formulas escaped.
        raw: as a part of a line of CSV, with all texts unchanged.
        left_out: whether the cell is empty because the column cannot represent its values.
        references: identifiers of resources in a reference table.
    """

    csv: str
    raw: str
    left_out: bool = False
    references: tuple[str, ...] = ()


class CellFormatter:
    """Formats the cells of columns.

    Args:
        base: the catalogue's base IRI.
        values: gives labels.
    """

    def __init__(self, base: str, values: Values) -> None:
        self._base, self._values = base, values

    def format(self, column: ColumnDefinition, values: Collection[Term]) -> CellText:
        """Format the cells of a column with these values, in any order."""
        if not values:
            return empty_cells(column.kind)
        ordered = sorted(values, key=str) if len(values) > 1 else list(values)
        cell = self._cell(column, ordered)
        if cell is None:
            return empty_cells(column.kind)._replace(left_out=True)
        csv, raw = csv_line((cell, *self._label_cells(column, ordered)))
        return CellText(csv, raw, references=tuple(str(cell).split(BAR)) if column.kind in REFERENCE_TABLES else ())

    def identifier(self, value: Term) -> str:
        """The identifier of a resource (`table_identifier`); of a literal, its text."""
        return table_identifier(self._base, value.value) if isinstance(value, NamedNode) else str(value.value)

    def _cell(self, column: ColumnDefinition, values: Sequence[Term]) -> Cell:
        if column.kind.startswith("text"):
            return _join(_texts_in(values, column.kind.partition("@")[2]))
        if column.kind in _SEVERAL_VALUES_KINDS:
            return _join(self.identifier(value) if column.kind != "iri" else value.value for value in values)
        if len(values) != 1:
            return None
        convert = CONVERTERS.get(column.kind)
        return convert(values[0]) if convert else self.identifier(values[0])

    def _label_cells(self, column: ColumnDefinition, values: Sequence[Term]) -> Iterator[Cell]:
        if column.kind in ONE_LABEL_KINDS:
            yield self._label(values[0], "it")
        if column.kind in TWO_LABEL_KINDS:
            for language in TABLE_LANGUAGES:
                yield _join(self._label(value, language) for value in values)

    def _label(self, value: Term, language: str) -> str:
        """The label in a language, or else in the first of `TABLE_LANGUAGES` that there is; without any, the identifier."""
        if not isinstance(value, NamedNode):
            return str(value.value)
        labels = [label for each in LABELS for label in self._values(value, each) if isinstance(label, Literal)]
        order = [language, *TABLE_LANGUAGES, ""]
        best = min(
            labels,
            key=lambda label: (order.index(tag) if (tag := label.language or "") in order else 9, label.value),
            default=None,
        )
        return (best.value if best else "") or self.identifier(value)


@cache
def empty_cells(kind: str) -> CellText:
    """Empty cells for a kind of column, with those for labels beside it."""
    commas = "," * ((kind in ONE_LABEL_KINDS) + len(TABLE_LANGUAGES) * (kind in TWO_LABEL_KINDS))
    return CellText(commas, commas)


def _join(texts: Iterable[str]) -> str | None:
    """Different non-empty texts, separated by a bar; None if there is none."""
    return BAR.join(dict.fromkeys(text for text in texts if text)) or None


def _texts_in(values: Sequence[Term], language: str) -> list[str]:
    """The texts in a language; without one, those in the first of `TABLE_LANGUAGES` that there is."""
    if len(values) == 1 and not language:
        return [values[0].value]
    by_language: dict[str, list[str]] = defaultdict(list)
    for value in values:
        by_language[(isinstance(value, Literal) and value.language) or ""].append(value.value)
    if language:
        return by_language[language]
    best = next((tag for tag in (*TABLE_LANGUAGES, "") if tag in by_language), next(iter(by_language), ""))
    return by_language[best]
