"""Build the rows of a record for the table `provenance`: where each field stands in the file of its source, and what became of it.

These rows are not in the RDF data, so no query finds them (docs/decisions/0045-provenance-of-each-value.md).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pyoxigraph import Quad

from passo_lod.namespaces import FOAF, shorten
from passo_lod.records import FieldProvenance
from passo_lod.release.tables.cells import BAR
from passo_lod.release.tables.csv_cells import Cell, csv_line
from passo_lod.release.tables.record_rows import TableRow
from passo_lod.release_layout import NO_SUBJECT, table_identifier

PROVENANCE = "provenance"
"""The name of the table."""


def provenance_rows(base: str, source: str, quads: Iterable[Quad], fields: Iterable[FieldProvenance]) -> list[TableRow]:
    """The rows of one record, sorted by field; none if its quads describe no record of a process.

    Args:
        base: the catalogue's base IRI.
        source: the name of the source.
        quads: of the record.
        fields: the provenance of its fields.
    """
    topic = next((quad for quad in quads if quad.predicate == FOAF.primaryTopic), None)
    if topic is None:
        return []
    record, process = (table_identifier(base, term.value) for term in (topic.subject, topic.object))  # type: ignore[union-attr]
    rows = [_row(base, record, (process, source), each) for each in fields]
    return sorted(rows, key=lambda row: row.key)


def _row(base: str, record: str, names: tuple[str, str], field: FieldProvenance) -> TableRow:
    label = _in_one_line(field.label)
    properties = tuple(predicate for _, predicate in field.statements)
    subjects = [subject.removeprefix(base) or NO_SUBJECT for subject, _ in field.statements]
    parts = (
        _line_of((record,)),
        _line_of((label, *names, _in_one_line(field.place.path))),
        _line_of((field.place.first, field.place.last)),
        _result(field.outcome.value, field.reason, properties, field.conversions),
        _line_of((_joined(subjects),)),
    )
    csv, raw = ",".join(csv for csv, _ in parts), ",".join(raw for _, raw in parts)
    return TableRow([record, label], [csv], [raw] if raw != csv else None, [])


@lru_cache(4096)
def _line_of(cells: tuple[Cell, ...]) -> tuple[str, str]:
    """Some cells as part of a line; the same recur in many rows."""
    return csv_line(cells)


@lru_cache(4096)
def _result(outcome: str, reason: str, properties: tuple[str, ...], converters: tuple[str, ...]) -> tuple[str, str]:
    """The cells of what became of a field, as part of a line."""
    return csv_line((outcome, reason or None, _joined(list(map(shorten, properties))), _joined(converters)))


def _joined(texts: Sequence[str]) -> str | None:
    return BAR.join(texts) or None


@lru_cache(4096)
def _in_one_line(text: str) -> str:
    """A text without line breaks, so that each line of the file is a row and binary search finds it."""
    return " ".join(text.split())
