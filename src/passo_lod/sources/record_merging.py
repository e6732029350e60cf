"""Merge rows that are about one process into the fields of one record, for `repeated` and `join` of source.yaml."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from passo_lod.records import Field, FieldState, Reading, Record, SourceLine
from passo_lod.report import Severity, ValidationResult

Fields = Mapping[str, Field]


def grouped(readings: Iterable[Reading], repeated: Collection[str]) -> Iterator[Reading]:
    """One reading for all rows of a file that have the same id as it is written, in the place of the first.

    All rows of the file are in memory at once. Rows whose written ids differ are not merged, even if they give one id.

    Args:
        readings: one for each row.
        repeated: the columns that may have another value in each row.
    """
    groups: dict[tuple[str, str] | int, list[Reading]] = {}
    for number, reading in enumerate(readings):
        record = reading.record
        groups.setdefault((record.id, record.written_id) if record else number, []).append(reading)
    for group in groups.values():
        yield _merged_reading(group, repeated) if group[0].record is not None else group[0]


def _merged_reading(group: Sequence[Reading], repeated: Collection[str]) -> Reading:
    records = [reading.record for reading in group if reading.record is not None]
    results = [result for reading in group for result in reading.results]
    fields, found = merged_fields([record.fields for record in records], repeated)
    first = records[0]
    results += (located_in(first, result) for result in found)
    return replace(group[0], record=replace(first, fields=fields), results=tuple(results))


def located_in(record: Record, result: ValidationResult) -> ValidationResult:
    """A result with the source, record and file that it is about."""
    return replace(result, source=record.source, record=record.id, path=record.path)


def merged_fields(rows: Sequence[Fields], repeated: Collection[str]) -> tuple[dict[str, Field], list[ValidationResult]]:
    """The fields of some rows together, and what contradicts.

    A column among `repeated` has the values of all rows. Any other has one value: the first, and a warning for each that differs.
    """
    labels = dict.fromkeys(label for row in rows for label in row)
    results: list[ValidationResult] = list(_double_rows(rows))
    fields: dict[str, Field] = {}
    for label in labels:
        found = {number: row[label] for number, row in enumerate(rows, start=1) if label in row}
        if label in repeated:
            fields[label] = _repeated_field(found)
        else:
            fields[label] = _single_field(found.values())
            results += _contradictions(fields[label], found.values())
    return fields, results


def _repeated_field(found: Mapping[int, Field]) -> Field:
    """All values of a column, each with the number of its row."""
    stated = {number: field for number, field in found.items() if field.state is FieldState.VALUE}
    if not stated:
        return _single_field(found.values())
    values = [(number, SourceLine(field.value_line, text)) for number, field in stated.items() for text in field.texts]
    first = next(iter(stated.values()))
    return replace(first, values=tuple(line for _, line in values), rows=tuple(row for row, _ in values), is_list=True)


def _single_field(found: Iterable[Field]) -> Field:
    """The first field with a value, else the first."""
    return min(found, key=lambda field: field.state is not FieldState.VALUE)


def _contradictions(chosen: Field, found: Iterable[Field]) -> Iterator[ValidationResult]:
    others = {field.text: field for field in found if field.state is FieldState.VALUE and field.text != chosen.text}
    for text, field in others.items():
        yield ValidationResult.of(
            Severity.WARNING,
            "contradiction",
            "read.rows.contradiction",
            {"value": chosen.text, "line": str(chosen.value_line)},
            line=field.value_line,
            field=field.label,
            value=text,
        )


def _double_rows(rows: Sequence[Fields]) -> Iterator[ValidationResult]:
    """A result for each row that has the same texts as one before it."""
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for row in rows:
        line = next((field.line for field in row.values()), 1)
        texts = tuple((label, field.text) for label, field in row.items())
        first = seen.setdefault(texts, line)
        if first != line:
            yield ValidationResult.of(Severity.INFO, "double-row", "read.rows.double", {"line": str(first)}, line=line)
