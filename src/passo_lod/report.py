"""Define validation results with their place in the source, and the reports and counts made of them, for all packages.

Readers, mappers and the validator all return `ValidationResult`s, so that there is one report and one rule: a record with a
violation is quarantined, a record with a warning or information is published, and both are listed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from passo_lod.messages.localised_text import CatalogueText, LanguageMap, LocalisedText, Values, problem_texts
from passo_lod.messages.message_catalogue import LANGUAGES, message


class Severity(Enum):
    """Severity of a result (SHACL, 2.1.4)."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"

    @property
    def rank(self) -> int:
        """Position in the order of severity, 0 for the gravest."""
        return list(Severity).index(self)

    def label(self, language: str, count: int = 1) -> str:
        """The severity in words for people; `count` chooses between singular and plural."""
        return message(f"result.severity.{self.value}", language, count=count)


class ResultTexts(NamedTuple):
    """The texts of a result in one language."""

    message: str
    expected: str


@dataclass(frozen=True)
class ValidationResult:
    """One validation result (SHACL, 3.6.2) with its place in the source: what is wrong, and what would be right."""

    severity: Severity
    message: LocalisedText
    """What is wrong, in one sentence."""
    source: str = ""
    record: str = ""
    """Identifier of the record, such as `er-2205`; empty if the file has none."""
    path: str = ""
    """Path of the file, relative to the source's folder or as the caller gave it."""
    line: int | None = None
    field: str | None = None
    """Label of the field in the source."""
    value: str | None = None
    expected: LocalisedText | None = None
    """What would be right."""
    code: str = ""
    """Kind of the result, for counting: a code of a reader, mapper or converter, or the prefixed name of the shape."""
    focus_node: str | None = None
    result_path: str | None = None
    """The property as a prefixed name."""

    @classmethod
    def of(
        cls, severity: Severity, code: str, key: str, values: Values | None = None, **where: Any
    ) -> "ValidationResult":
        """A result with messages of the catalogue.

        Args:
            severity: its severity.
            code: its kind, for counting.
            key: the messages `problem` and `expected` below this key say what is wrong and what would be right.
            values: the placeholders of both.
            where: the other fields.
        """
        problem, expected = problem_texts(key, values or {})
        return cls(severity, problem, expected=expected, code=code, **where)

    @property
    def is_absence(self) -> bool:
        """Whether it says that a property has no value, or not the one that a rule asks for, and not that a value is wrong."""
        if not isinstance(self.message, CatalogueText) or self.value is not None:
            return False
        return self.message.key.endswith(".MinCount") or self.message.key == "shacl.rule-of-property"

    @cached_property
    def texts(self) -> Mapping[str, ResultTexts]:
        """The texts by language, written once."""
        return {
            language: ResultTexts(self.message.text(language), self.expected.text(language) if self.expected else "")
            for language in LANGUAGES
        }

    @property
    def messages(self) -> dict[str, str]:
        """What is wrong, by the languages in which it is said."""
        return {language: texts.message for language, texts in self.texts.items() if self.message.has(language)}

    @property
    def remedies(self) -> dict[str, str]:
        """What would be right, by the languages in which it is said."""
        expected = self.expected
        if expected is None:
            return {}
        return {language: texts.expected for language, texts in self.texts.items() if expected.has(language)}

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """Source, file, record, severity and line, then all other fields, so that no two results are equal."""
        where = (
            self.source,
            self.path,
            self.record,
            self.severity.rank,
            self.line or 0,
            self.field or "",
            self.code,
        )
        rest = (self.message, self.field, self.value, self.result_path, self.focus_node, self.expected)
        return *where, *map(repr, rest)

    def as_json(self) -> dict[str, Any]:
        """Return the object of `report.json`: no empty fields, long values truncated, texts by language tag."""
        named = {
            "severity": self.severity.value,
            "source": self.source,
            "record": self.record,
            "path": self.path,
            "line": self.line,
            "field": self.field,
            "value": shortened(self.value, 500) if self.value else None,
            "message": self.messages,
            "expected": self.remedies or None,
            "code": self.code,
            "property": self.result_path,
            "focus_node": self.focus_node,
        }
        return {key: value for key, value in named.items() if value not in (None, "")}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "ValidationResult":
        """Return the result of an object of `report.json`."""
        named = {("result_path" if key == "property" else key): value for key, value in document.items()}
        named |= {key: LanguageMap.of(named[key]) for key in ("message", "expected") if key in named}
        return cls(**{**named, "severity": Severity(document["severity"])})

    def text(self, language: str) -> str:
        """Return `file:line: Violation: 'Field': message Found: …. Right would be: …` in a language."""
        texts = self.texts[language]
        where = f"{self.path}:{self.line}" if self.line else self.path
        parts = [f"{where}: {self.severity.label(language)}:"]
        if self.field:
            parts.append(message("result.subject", language, field=self.field))
        parts.append(texts.message)
        if self.value:
            parts.append(message("result.found", language, value=repr(shortened(self.value))[1:-1]))
        if texts.expected:
            parts.append(message("result.expected", language, expected=texts.expected))
        return " ".join(parts)

    def __str__(self) -> str:
        return self.text("en")


def shortened(text: str, length: int = 120) -> str:
    """Truncate a text for a report or message.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"


@dataclass(frozen=True)
class Accounting:
    """Number of records by outcome: in = published + quarantined + withdrawn + merged, always."""

    records_in: int = 0
    published: int = 0
    quarantined: int = 0
    withdrawn: int = 0
    merged: int = 0

    def __post_init__(self) -> None:
        if self.records_in != self.published + self.quarantined + self.withdrawn + self.merged:
            raise AssertionError(f"the records do not add up: {self}")

    def __add__(self, other: "Accounting") -> "Accounting":
        return Accounting(
            self.records_in + other.records_in,
            self.published + other.published,
            self.quarantined + other.quarantined,
            self.withdrawn + other.withdrawn,
            self.merged + other.merged,
        )

    def text(self, language: str) -> str:
        """The counts as an equation in a language."""
        return message(
            "report.accounting",
            language,
            received=self.records_in,
            published=self.published,
            quarantined=self.quarantined,
            withdrawn=self.withdrawn,
            merged=self.merged,
        )

    def __str__(self) -> str:
        return self.text("en")

    def as_json(self) -> dict[str, int]:
        """Return the object of `manifest.json` and `report.json`."""
        return {
            "in": self.records_in,
            "published": self.published,
            "quarantined": self.quarantined,
            "withdrawn": self.withdrawn,
            "merged": self.merged,
        }


@dataclass(frozen=True)
class ResultKind:
    """One kind of result with its count and an example."""

    severity: Severity
    code: str
    field: str | None
    count: int
    example: ValidationResult


KindKey = tuple[Severity, str, str | None]


@dataclass
class Summary:
    """Count results by kind, with the first of each kind as an example."""

    _counts: Counter[KindKey] = field(default_factory=Counter)
    _examples: dict[KindKey, ValidationResult] = field(default_factory=dict)

    @classmethod
    def of(cls, results: Iterable[ValidationResult]) -> "Summary":
        """Count results in their order."""
        summary = cls()
        for result in results:
            summary.add((result.severity, result.code, result.field), 1, lambda result=result: result)  # type: ignore[misc]
        return summary

    def add(self, key: KindKey, count: int, example: Callable[[], ValidationResult]) -> None:
        """Add results of one kind; `example` is called for the first of its kind only."""
        self._counts[key] += count
        if key not in self._examples:
            self._examples[key] = example()

    @property
    def conforms(self) -> bool:
        """Whether there is no violation."""
        return not any(severity is Severity.VIOLATION for severity, _, _ in self._counts)

    @property
    def counts(self) -> dict[str, int]:
        """Number of results by severity, the gravest first."""
        by_severity: Counter[Severity] = Counter()
        for (severity, _, _), count in self._counts.items():
            by_severity[severity] += count
        return {severity.value: by_severity[severity] for severity in Severity}

    @property
    def kinds(self) -> tuple[ResultKind, ...]:
        """The kinds of results, the gravest and commonest first."""
        kinds = (ResultKind(*key, count, self._examples[key]) for key, count in self._counts.items())
        return tuple(sorted(kinds, key=lambda kind: (kind.severity.rank, -kind.count, kind.code, kind.field or "")))

    def counts_by_kind(self) -> list[list[Any]]:
        """Return severity, code, field and count of each kind, for JSON."""
        return [[severity.value, code, field_, count] for (severity, code, field_), count in self._counts.items()]


@dataclass(frozen=True)
class ValidationReport:
    """All results in a fixed order."""

    results: tuple[ValidationResult, ...] = ()

    @classmethod
    def of(cls, results: Iterable[ValidationResult]) -> "ValidationReport":
        """Sort results and remove duplicates."""
        return cls(tuple(sorted(set(results), key=lambda result: result.sort_key)))

    @cached_property
    def summary(self) -> Summary:
        """Counts by kind."""
        return Summary.of(self.results)

    @property
    def conforms(self) -> bool:
        """Whether there is no violation."""
        return self.summary.conforms
