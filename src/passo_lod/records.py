"""Records: what a source says of one process, as labels, texts and line numbers, before it is RDF."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from pyoxigraph import Triple

from passo_lod.report import ValidationResult


class FieldState(Enum):
    """What a label of a record says (design decision: absence has reasons). A label that is not there is `absent`."""

    VALUE = "value"
    SENTINEL = "sentinel"
    """A text that means «no value, because …»; `Field.reason` says why."""
    CHECKBOX = "label-only(checkbox)"
    """The label of a yes/no tick that the text lost."""
    LOST = "label-only(lost)"
    """A label whose value was an icon, link or file that the text lost."""


@dataclass(frozen=True)
class SourceLine:
    """One line of text and its number in the file (from 1)."""

    number: int
    text: str


@dataclass(frozen=True)
class Field:
    """One label of a record with the lines of its value."""

    label: str
    line: int
    values: tuple[SourceLine, ...] = ()
    state: FieldState = FieldState.VALUE
    reason: str | None = None
    """For a sentinel: `not-stated` or `not-applicable`, a concept of the scheme `answer`."""
    listed: bool = False
    """Whether the values are the items of a list, and not the lines of one text."""

    @property
    def texts(self) -> list[str]:
        """The items of a list, or the one text."""
        return [line.text for line in self.values] if self.listed else [self.text]

    @property
    def text(self) -> str:
        """The value as one text."""
        return "\n".join(line.text for line in self.values)

    @property
    def value_line(self) -> int:
        """The line a reader should look at: the first of the value, or the label's where there is none."""
        return self.values[0].number if self.values else self.line

    @property
    def answer(self) -> str | None:
        """Why there is no value, as a code of the scheme `answer`; None where there is one."""
        if self.state is FieldState.VALUE:
            return None
        return self.reason or "not-captured"


class LineRole(Enum):
    """What a line of a record is."""

    TITLE = "title"
    BOILERPLATE = "boilerplate"
    HEADING = "heading"
    LABEL = "label"
    VALUE = "value"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RdfStatement:
    """What a source says in RDF already, and the line it stands on, where the syntax has lines."""

    triple: Triple
    line: int | None = None


@dataclass(frozen=True)
class Record:
    """What a source says of one process: fields by label, and the role of every line that was read."""

    source: str
    id: str
    path: str
    fields: Mapping[str, Field]
    variables: Mapping[str, str] = field(default_factory=dict)
    """What mapping templates may name besides fields: `id`, and the named groups of the source's id pattern."""
    roles: tuple[tuple[int, LineRole], ...] = ()
    statements: tuple[RdfStatement, ...] = ()
    """Of a source of RDF: what is taken as it is, in place of fields that are mapped."""
    line: int | None = None
    """Where the record begins, in a file that holds several."""


@dataclass(frozen=True)
class Reading:
    """One record read from a file, or the reason why none could be: always one for each record that came in."""

    path: str
    id: str
    record: Record | None
    results: tuple[ValidationResult, ...] = ()
