"""Define `Reading`, which readers yield: a `Record` with the fields of one process, or the results that say why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import NamedTuple

from pyoxigraph import Triple

from passo_lod.report import ValidationResult


class FieldState(Enum):
    """What a record gives for a label that it has; a label that it does not have is absent."""

    VALUE = "value"
    SENTINEL = "sentinel"
    """A text that means «no value, because …»; `Field.reason` says why."""
    CHECKBOX = "label-only(checkbox)"
    """The label of a checkbox whose tick the text does not show."""
    LOST = "label-only(lost)"
    """A label whose value was an icon, link or file that the text does not show."""
    EMPTY = "empty"
    """A column or key that the record has, without a value."""


@dataclass(frozen=True)
class SourceLine:
    """One line of text and its number in the file (from 1).

    Attributes:
        element: of a line of HTML, the innermost element around it that is a heading, or the label or value of a list or table.
    """

    number: int
    text: str
    element: str = field(default="", compare=False)


class FilePlace(NamedTuple):
    """Where a field stands in a file.

    Attributes:
        path: the file, as results name it; empty for the record's own file.
        first: the first line of its value (from 1), of a workbook the row; the line of its label if it has no value; None in a syntax without lines.
        last: the last line of its value.
    """

    path: str
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Field:
    """One label of a record with the lines of its value; a label that the record does not have has no field.

    Attributes:
        label: the label in the source.
        line: the line of the label (from 1).
        values: the lines of the value, or the items of a list.
        state: whether it has a value, and if not, why.
        reason: of a sentinel: a code of the scheme `answer`, such as `not-stated` or `not-applicable`.
        is_list: whether the values are the items of a list, and not the lines of one text.
        repairs: what was repaired in the values, as the constants of `sources.text_repair`.
        rows: of a record of several rows, the number of the row that has each value (from 1).
        exact: where it stands if that is not the line that messages name: in a joined file, or below the first line of a row or an object.
    """

    label: str
    line: int
    values: tuple[SourceLine, ...] = ()
    state: FieldState = FieldState.VALUE
    reason: str | None = None
    is_list: bool = False
    repairs: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    exact: FilePlace | None = None

    def in_row(self, row: int) -> "Field":
        """The field with the values of one row, without a value if the row has none; of one row for all, the field itself."""
        if not self.rows:
            return self
        values = tuple(value for value, number in zip(self.values, self.rows, strict=True) if number == row)
        state = self.state if values else FieldState.EMPTY
        return replace(self, values=values, state=state, rows=(row,) * len(values))

    @property
    def texts(self) -> list[str]:
        """The items of a list, or the one text."""
        return [line.text for line in self.values] if self.is_list else [self.text]

    @property
    def text(self) -> str:
        """The value as one text."""
        return "\n".join(line.text for line in self.values)

    @property
    def value_line(self) -> int:
        """The line of the value; the label's if it has none."""
        return self.values[0].number if self.values else self.line

    def place(self, path: str) -> FilePlace:
        """Where it stands: in the record's file, which is given, unless it is of a joined file."""
        if self.exact is not None and self.exact.path:
            return self.exact
        first = self.exact.first if self.exact else self.value_line
        last = self.exact.last if self.exact else first
        return FilePlace(path, first, max([last or 0, *(value.number for value in self.values)]))

    @property
    def absence_reason(self) -> str:
        """Why there is no value, as a code of the scheme `answer`; empty if there is one."""
        if self.state is FieldState.VALUE:
            return ""
        return self.reason or ("not-stated" if self.state is FieldState.EMPTY else "not-captured")


class FieldOutcome(StrEnum):
    """What became of a field of a published record."""

    MAPPED = "mapped"
    """It gave values."""
    ABSENT = "absent"
    """It has no value, for a reason."""
    REFUSED = "refused"
    """It has a text that gave no value; the report says why."""
    USED = "used"
    """It decides on other fields, or is compared with them, and gives no value itself."""
    IGNORED = "ignored"
    """mapping.yaml ignores it, and says why."""


class FieldProvenance(NamedTuple):
    """Where one field of a record stands, and what became of it; without its text, which may name people.

    Attributes:
        statements: IRIs of the subject and the property of each value that it gave; the subject is empty for a property whose value it lacks.
        conversions: how its text became values, as mapping.yaml names it: a converter, a scheme, a look-up.
        reason: why values are missing, as a code of the scheme `answer`; empty if none is.
    """

    label: str
    place: FilePlace
    outcome: FieldOutcome
    statements: tuple[tuple[str, str], ...] = ()
    conversions: tuple[str, ...] = ()
    reason: str = ""


class LineRole(Enum):
    """The role of a line in a record page."""

    TITLE = "title"
    BOILERPLATE = "boilerplate"
    HEADING = "heading"
    LABEL = "label"
    VALUE = "value"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RdfStatement:
    """A triple that an RDF source states, and its line in the file, if the syntax has lines."""

    triple: Triple
    line: int | None = None


@dataclass(frozen=True)
class Record:
    """The data of a source about one process.

    Attributes:
        source: the source's name.
        id: with the source's prefix, such as `er-2205`.
        path: the file, as results name it.
        fields: the fields by label.
        variables: what mapping templates may name besides fields: `id`, and the named groups of the source's id pattern.
        roles: of a record page, the role of each line with the line's number.
        statements: of an RDF source, its triples; such a record has no fields, and no mapping.
        line: where the record begins in a file that holds several (from 1).
        format: name of the file format within the source; empty for a source that is RDF, whose records have no fields.
        written_id: the id as the row or object has it; empty if its file's name is the id.
    """

    source: str
    id: str
    path: str
    fields: Mapping[str, Field]
    variables: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[tuple[int, LineRole], ...] = ()
    statements: tuple[RdfStatement, ...] = ()
    line: int | None = None
    format: str = ""
    written_id: str = ""


@dataclass(frozen=True)
class Reading:
    """One record of a file, or the results that say why it could not be read. There is one for each record that came in.

    Attributes:
        path: the file, as results name it.
        id: the record's id with the source's prefix; empty if none was found.
        record: None if it could not be read.
        results: what is wrong with it.
    """

    path: str
    id: str
    record: Record | None
    results: tuple[ValidationResult, ...] = ()
