"""Join the rows of a second file to the records of a source by a key (`join` in source.yaml; R2RML, 8: join conditions), for `source`.

An index of the joined file is in memory; the records themselves are read one by one as ever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from passo_lod.errors import SourceError
from passo_lod.messages.localised_text import Values
from passo_lod.records import Field, FieldState, FilePlace, Reading, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.record_merging import located_in, merged_fields
from passo_lod.sources.source_settings import JoinedFiles

_MOST_KEYS = 20
"""A result about keys that no record has names so many of them."""

Fields = Mapping[str, Field]


@dataclass(frozen=True)
class RecordJoin:
    """One join of a source: what it joins, and where its files are.

    Attributes:
        source: the `Source`, with the reader, layout and id column of the joined files.
        joined: its settings.
        paths: the joined files.
    """

    source: Any
    joined: JoinedFiles
    paths: tuple[Path, ...]

    @cached_property
    def _readings(self) -> list[Reading]:
        """The rows of the joined files.

        Raises:
            SourceError: there is no such file, or it has no row that can be read.
        """
        settings = f"{self.source.folder / 'source.yaml'}:{self.joined.files_line}"
        if not self.paths:
            raise SourceError(
                f"{settings}: join: no file fits {self.joined.files!r}; it should be below the source's folder"
            )
        readings = [
            each
            for path in self.paths
            for each in self.source.reader(self.source, path, self.source.display_path(path))
        ]
        if not any(each.record for each in readings):
            problem = next((str(result) for each in readings for result in each.results), "it has no rows")
            raise SourceError(f"{settings}: join: {self.joined.files!r} cannot be read: {problem}")
        return readings

    @cached_property
    def _rows(self) -> dict[str, list[Record]]:
        """The rows of the joined files by key."""
        rows: dict[str, list[Record]] = {}
        for reading in self._readings:
            if reading.record is not None:
                rows.setdefault(key_of(reading.record.fields, self.joined.parent), []).append(reading.record)
        return rows

    def extended(self, reading: Reading) -> Reading:
        """A reading whose record has the fields of its rows in the joined files."""
        record = reading.record
        if record is None:
            return reading
        rows = self._rows.get(key_of(record.fields, self.joined.child), [])
        if not rows:
            values = {"files": self.joined.files, "column": self.joined.parent}
            none = ValidationResult.of(
                Severity.INFO, "no-partner", "read.join.no-row", values, line=record.line, field=self.joined.child
            )
            return replace(reading, results=(*reading.results, located_in(record, none)))
        fields, found = merged_fields([_located_fields(row) for row in rows], self.joined.repeated)
        fields.pop(self.joined.parent, None)
        named = {
            name: self._field(record, name, fields[label])
            for label, name in self.joined.labels.items()
            if label in fields
        }
        of_file = (replace(result, source=record.source, record=record.id, path=rows[0].path) for result in found)
        return replace(
            reading, record=replace(record, fields={**record.fields, **named}), results=(*reading.results, *of_file)
        )

    def _field(self, record: Record, name: str, field: Field) -> Field:
        """A field of the joined file as one of the record, on whose line it stands for messages."""
        line = record.line or 1
        values = tuple(replace(each, number=line) for each in field.values)
        return replace(field, label=name, line=line, values=values, exact=_place_of_values(field))

    def notes(self, known: Set[str]) -> Iterator[ValidationResult]:
        """What is wrong with the joined files as a whole; no result of theirs quarantines a record.

        Args:
            known: the keys of all records of the source.
        """
        for reading in self._readings:
            for result in reading.results:
                is_violation = result.severity is Severity.VIOLATION
                yield replace(result, severity=Severity.WARNING) if is_violation else result
        lost = [key for key in self._rows if key not in known]
        if lost:
            first = self._rows[lost[0]][0]
            count = sum(len(self._rows[key]) for key in lost)
            keys = (*lost[:_MOST_KEYS], *(["…"] if len(lost) > _MOST_KEYS else []))
            values: Values = {"count": count, "column": self.joined.child, "keys": keys}
            result = ValidationResult.of(
                Severity.WARNING, "no-partner", "read.join.no-record", values, line=first.line, field=self.joined.parent
            )
            yield replace(result, source=first.source, path=first.path)


def _located_fields(row: Record) -> Fields:
    """The fields of a row of a joined file, each with its place there."""
    return {label: replace(field, exact=field.place(row.path)) for label, field in row.fields.items()}


def _place_of_values(field: Field) -> FilePlace | None:
    """The place of a field of a joined file, up to the last row that has a value; values in further files begin before the first."""
    if field.exact is None:
        return None
    return field.exact._replace(last=max([field.exact.last or 0, *(value.number for value in field.values)]))


def key_of(fields: Fields, label: str) -> str:
    """The key of a row; empty if it has none."""
    field = fields.get(label)
    return field.text.strip() if field and field.state is FieldState.VALUE else ""


def with_notes(
    readings: Iterable[Reading], notes: Callable[[], Sequence[ValidationResult]], is_set_aside: Callable[[str], bool]
) -> Iterator[Reading]:
    """The readings, of which the first that is reported has the notes."""
    pending = True
    for reading in readings:
        if pending and not is_set_aside(reading.id):
            pending = False
            yield replace(reading, results=(*notes(), *reading.results))
        else:
            yield reading
