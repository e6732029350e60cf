"""What is wrong with the data, told so that a person can mend it: SHACL's words, with source, record, field and line.

Reading, mapping and SHACL validation all speak through `ValidationResult`, so that there is one report and one rule: a
violation keeps the record out (it is quarantined and listed), a warning or an information is published and listed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any


class Severity(Enum):
    """How bad a result is (SHACL, 2.1.4)."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"

    @property
    def rank(self) -> int:
        """The gravest first."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class ValidationResult:
    """One thing that is wrong, and what would be right (SHACL, 3.6.2, with the place in the source beside it)."""

    severity: Severity
    message: str
    """What is wrong, in one sentence."""
    source: str = ""
    record: str = ""
    """The record's identifier, such as `er-2205`; empty where the file gave none."""
    path: str = ""
    """The file, relative to the source's folder or as the caller named it."""
    line: int | None = None
    field: str | None = None
    """The label in the source."""
    value: str | None = None
    expected: str | None = None
    """What would be right."""
    code: str = ""
    """What kind of result it is, for counting: a reader's or converter's word, or the SHACL shape's name."""
    focus_node: str | None = None
    result_path: str | None = None
    """The property as a prefixed name, where one is concerned."""

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """By source, file, record, gravity and line, then by all the rest, so that no two results ever tie."""
        where = (
            self.source,
            self.path,
            self.record,
            self.severity.rank,
            self.line or 0,
            self.field or "",
            self.message,
        )
        rest = (self.field, self.value, self.code, self.result_path, self.focus_node, self.expected)
        return *where, *map(repr, rest)

    def as_json(self) -> dict[str, Any]:
        """As `report.json` has it: what is not empty, long values shortened."""
        named = {
            "severity": self.severity.value,
            "source": self.source,
            "record": self.record,
            "path": self.path,
            "line": self.line,
            "field": self.field,
            "value": shortened(self.value, 500) if self.value else None,
            "message": self.message,
            "expected": self.expected,
            "code": self.code,
            "property": self.result_path,
            "focus_node": self.focus_node,
        }
        return {key: value for key, value in named.items() if value not in (None, "")}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "ValidationResult":
        """What `as_json` gave."""
        named = {("result_path" if key == "property" else key): value for key, value in said.items()}
        return cls(**{"message": "", **named, "severity": Severity(said["severity"])})

    def __str__(self) -> str:
        """`file:line: Violation: 'Field': message (found …; right would be …)`."""
        where = f"{self.path}:{self.line}" if self.line else self.path
        subject = f"'{self.field}': " if self.field else ""
        text = f"{where}: {self.severity.value}: {subject}{self.message}"
        if self.value:
            text += f" Found: {shortened(self.value)!r}."
        if self.expected:
            text += f" Right would be: {self.expected}"
        return text


def shortened(text: str, length: int = 120) -> str:
    """A text cut to a length a report can show.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"


@dataclass(frozen=True)
class Accounting:
    """What became of the records that came in: in = published + quarantined + withdrawn, always."""

    records_in: int = 0
    published: int = 0
    quarantined: int = 0
    withdrawn: int = 0

    def __post_init__(self) -> None:
        if self.records_in != self.published + self.quarantined + self.withdrawn:
            raise AssertionError(f"records were lost or made up: {self}")

    def __add__(self, other: "Accounting") -> "Accounting":
        return Accounting(
            self.records_in + other.records_in,
            self.published + other.published,
            self.quarantined + other.quarantined,
            self.withdrawn + other.withdrawn,
        )

    def __str__(self) -> str:
        return (
            f"{self.records_in} in = {self.published} published + {self.quarantined} quarantined"
            f" + {self.withdrawn} withdrawn"
        )

    def as_json(self) -> dict[str, int]:
        """As the manifest holds it."""
        return {
            "in": self.records_in,
            "published": self.published,
            "quarantined": self.quarantined,
            "withdrawn": self.withdrawn,
        }


@dataclass(frozen=True)
class ResultKind:
    """One kind of fault: how often it was found, and an example."""

    severity: Severity
    code: str
    field: str | None
    count: int
    example: ValidationResult


KindKey = tuple[Severity, str, str | None]


@dataclass
class Summary:
    """How often each kind of result was found, with the first of each as an example."""

    _counts: Counter[KindKey] = field(default_factory=Counter)
    _examples: dict[KindKey, ValidationResult] = field(default_factory=dict)

    @classmethod
    def of(cls, results: Iterable[ValidationResult]) -> "Summary":
        """Of results in the order in which they are told."""
        summary = cls()
        for result in results:
            summary.add((result.severity, result.code, result.field), 1, lambda result=result: result)  # type: ignore[misc]
        return summary

    def add(self, key: KindKey, count: int, example: Callable[[], ValidationResult]) -> None:
        """Count results of a kind; the example is asked for where it is the first."""
        self._counts[key] += count
        if key not in self._examples:
            self._examples[key] = example()

    @property
    def conforms(self) -> bool:
        """Whether nothing keeps a record out."""
        return not any(severity is Severity.VIOLATION for severity, _, _ in self._counts)

    @property
    def counts(self) -> dict[str, int]:
        """How many results of each severity, the gravest first."""
        counted: Counter[Severity] = Counter()
        for (severity, _, _), count in self._counts.items():
            counted[severity] += count
        return {severity.value: counted[severity] for severity in Severity}

    @property
    def kinds(self) -> tuple[ResultKind, ...]:
        """The results by kind and field, the gravest and commonest first."""
        kinds = (ResultKind(*key, count, self._examples[key]) for key, count in self._counts.items())
        return tuple(sorted(kinds, key=lambda kind: (kind.severity.rank, -kind.count, kind.code, kind.field or "")))

    def keys(self) -> list[list[Any]]:
        """Each kind with its count, for JSON."""
        return [[severity.value, code, field_, count] for (severity, code, field_), count in self._counts.items()]


@dataclass(frozen=True)
class ValidationReport:
    """All results, in a fixed order."""

    results: tuple[ValidationResult, ...] = ()

    @classmethod
    def of(cls, results: Iterable[ValidationResult]) -> "ValidationReport":
        """Each result once, sorted."""
        return cls(tuple(sorted(set(results), key=lambda result: result.sort_key)))

    @cached_property
    def summary(self) -> Summary:
        """The results by kind."""
        return Summary.of(self.results)

    @property
    def conforms(self) -> bool:
        """Whether nothing keeps a record out."""
        return self.summary.conforms
