"""Look up where the fields of a record stand in the files of its source, and what became of them, in the table `provenance` of a release."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import PREFIXES
from passo_lod.release_layout import NO_SUBJECT, PROVENANCE_TABLE, table_identifier
from passo_lod.store.release import Release
from passo_lod.store.sorted_table import SortedTable

_BAR = " | "
_WORKBOOKS = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class FieldRow:
    """One row of the table.

    Attributes:
        label: of the field.
        line: where its value begins (from 1), of a workbook the row; None if the syntax has no lines.
        last_line: where its value ends.
        outcome: a value of `FieldOutcome`.
        reason: why values are missing, as a code of the scheme `answer`; empty if none is.
        statements: IRIs of the subject and the property of each value that it gave.
        lacking: IRIs of the properties whose value it lacks.
        converters: how its text became values.
        anchor: the fragment of its place on the page of the record's provenance.
    """

    label: str
    source: str
    file: str
    line: int | None
    last_line: int | None
    outcome: str
    reason: str
    statements: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]
    converters: tuple[str, ...]
    anchor: str = ""

    @property
    def is_in_workbook(self) -> bool:
        """Whether it stands in a workbook, which has rows and no lines."""
        return self.file.casefold().endswith(_WORKBOOKS)

    @property
    def lines(self) -> str:
        """The number of its line, or of its first and last line; empty in a syntax without lines."""
        if self.line is None:
            return ""
        return str(self.line) if self.last_line in (None, self.line) else f"{self.line}–{self.last_line}"

    @property
    def properties(self) -> tuple[str, ...]:
        """The IRIs of the properties of its values, and of those that it lacks; each once."""
        return tuple(dict.fromkeys([*(each for _, each in self.statements), *self.lacking]))


class FieldPlaces:
    """The table `provenance` of one release; a release of an earlier version has none."""

    def __init__(self, release: Release) -> None:
        self._release = release

    @cached_property
    def _table(self) -> SortedTable | None:
        if not self.exist:
            return None
        file = self._release.file(PROVENANCE_TABLE)
        try:
            return SortedTable.map(file)
        except OSError as error:
            raise ReleaseError(
                f"{file}: cannot be read ({error.strerror or error}); publish the release again"
            ) from error

    @property
    def exist(self) -> bool:
        """Whether the release has the table."""
        return self._release.has(PROVENANCE_TABLE)

    def of_record(self, record: str) -> Sequence[FieldRow]:
        """The fields of the record with an IRI, in the order of its file; none if the release does not say where they stand.

        Raises:
            ReleaseError: the table cannot be read.
        """
        if self._table is None:
            return ()
        base = self._release.manifest.base
        rows = [_field_row(row, base) for row in self._table.rows(table_identifier(base, record))]
        return _with_anchors(sorted(rows, key=lambda row: (row.file, row.line or 0)))

    def as_csv(self, record: str) -> bytes:
        """The rows of the table about the record with an IRI, as a CSV file; empty if the release has no table."""
        if self._table is None:
            return b""
        return self._table.extract(table_identifier(self._release.manifest.base, record))


def _with_anchors(rows: Iterable[FieldRow]) -> list[FieldRow]:
    """The rows with an anchor made of each label, and a number if two labels give the same."""
    found: dict[str, FieldRow] = {}
    for row in rows:
        name = anchor = re.sub(r"\W+", "-", row.label).strip("-").lower() or "field"
        number = 1
        while anchor in found:
            number += 1
            anchor = f"{name}-{number}"
        found[anchor] = replace(row, anchor=anchor)
    return list(found.values())


def _field_row(row: dict[str, str], base: str) -> FieldRow:
    properties = [_expanded(text) for text in row["properties"].split(_BAR) if text]
    subjects = [text if "://" in text else base + text for text in row["subjects"].split(_BAR) if text]
    missing = base + NO_SUBJECT
    pairs = list(zip(subjects, properties, strict=True))
    return FieldRow(
        label=row["field"],
        source=row["source"],
        file=row["file"],
        line=int(row["line"]) if row["line"] else None,
        last_line=int(row["last_line"]) if row["last_line"] else None,
        outcome=row["outcome"],
        reason=row["reason"],
        statements=tuple(pair for pair in pairs if pair[0] != missing),
        lacking=tuple(predicate for subject, predicate in pairs if subject == missing),
        converters=tuple(text for text in row["converters"].split(_BAR) if text),
    )


def _expanded(name: str) -> str:
    """The IRI of a prefixed name; an IRI as it is."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES and not local.startswith("//") else name
