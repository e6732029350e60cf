"""What tables and trees have in common: named cells that become the fields of a record.

An empty cell says nothing, as a label that is not on a page. A text that means «no value, because …» is a sentinel; texts that
a source uses for nothing at all (`absent`) count as empty.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from passo_lod.errors import SourceError
from passo_lod.records import Field, FieldState, Reading, Record, SourceLine
from passo_lod.report import Severity, ValidationResult
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping

_BLANK = {code: " " for code in (*range(0x20), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"}
"""Characters that XML 1.0 (2.2) cannot hold, and RDF/XML therefore neither, are white space."""

REASONS = ("not-stated", "not-applicable", "not-captured")


@dataclass(frozen=True)
class Columns:
    """What a reader of named cells knows of its source: the part of `layout` that all such readers share.

    Attributes:
        labels: every column that the source is known to have.
        sentinels: folded texts that mean «no value», with the reason as a code of the scheme `answer`.
        absent: folded texts that say no more than an empty cell.
    """

    labels: tuple[str, ...]
    sentinels: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "Columns":
        """From the keys `columns`, `sentinels` and `absent` of a layout.

        Raises:
            SourceError: a reason is not one of those that are known.
        """
        sentinels = {fold(text): str(reason) for text, reason in block.get("sentinels", {}).items()}
        for text, reason in sentinels.items():
            if reason not in REASONS:
                line = block["sentinels"].line
                raise SourceError(f"{path}:{line}: the sentinel {text!r} has the reason {reason!r}; known: {REASONS}")
        labels = tuple(str(label) for label in block.get("columns", ()))
        return cls(labels, sentinels, frozenset(fold(str(text)) for text in block.get("absent", ())))

    @property
    def names(self) -> frozenset[str]:
        """All that a record can say."""
        return frozenset(self.labels)

    def field(self, label: str, line: int, texts: Iterable[str], *, listed: bool = False) -> Field | None:
        """The field of one cell; None for a cell that says nothing.

        Args:
            label: the column.
            line: the line on which the cell stands (from 1).
            texts: the cell's text, or the items of its list.
            listed: whether the texts are the items of a list.
        """
        said = [text for text in map(_plain, texts) if text and fold(text) not in self.absent]
        if not said:
            return None
        reasons = {self.sentinels.get(fold(text)) for text in said}
        values = tuple(SourceLine(line, text) for text in said)
        if len(reasons) == 1 and (reason := reasons.pop()):
            return Field(label, line, values, FieldState.SENTINEL, reason, listed=listed)
        return Field(label, line, values, listed=listed)


def _plain(text: str) -> str:
    """A text in composed characters, and only such as all syntaxes of RDF can hold."""
    return unicodedata.normalize("NFC", text.translate(_BLANK)).replace("\r\n", "\n").replace("\r", "\n").strip()


def stream_safe(text: str) -> bool:
    """Whether no letter has more accents than any language has, which takes a normaliser minutes (UAX 15, 13)."""
    runs = (run[0] for run in re.finditer(r"[^\x00-\u02ff]{31,}", text))
    return not any("m" * 31 in "".join("m" if unicodedata.combining(sign) else " " for sign in run) for run in runs)


def record_reading(
    source: Any,
    shown: str,
    line: int,
    fields: Mapping[str, Field],
    results: Iterable[ValidationResult] = (),
    *,
    name: str = "",
) -> Reading:
    """The record of one row, under the id that the field `id-from` gives it; without one it cannot be a record.

    Args:
        source: the `Source`.
        shown: how results name the file.
        line: where the row begins.
        fields: its cells.
        results: what was wrong with reading it.
        name: what gives the id where no field is named: of a file that holds one record, its name.
    """
    found = list(results)
    text = (fields[source.id_from].text if source.id_from in fields else "") if source.id_from else name
    named = source.record_id(text)
    if named is None:
        found.append(
            ValidationResult(
                Severity.VIOLATION,
                "the row gives no id, so that it cannot be told from others.",
                line=line,
                field=source.id_from,
                value=text or None,
                expected=f"an id that fits {source.id_pattern.pattern}",
                code="id",
            )
        )
    record_id = f"{source.prefix}-{named[0]}" if named else ""
    record = Record(source.name, record_id, shown, dict(fields), named[1], line=line) if named else None
    placed = (replace(each, source=source.name, record=record_id, path=shown) for each in found)
    return Reading(shown, record_id, record, tuple(placed))


def rejected(source: Any, shown: str, code: str, message: str, expected: str, line: int | None = None) -> Reading:
    """A row or file that no record could be read from; it counts as one that came in, and is quarantined."""
    result = ValidationResult(
        Severity.VIOLATION, message, source=source.name, path=shown, line=line, expected=expected, code=code
    )
    return Reading(shown, "", None, (result,))
