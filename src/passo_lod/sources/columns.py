"""The columns of tables and JSON objects: which labels a source has, and which of its texts mean «no value».

An empty cell gives an empty field: whoever filled in the record did not state the value. A sentinel is a text that means
«no value, because …»; a text under `absent` counts as an empty cell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod.errors import SourceError
from passo_lod.records import Field, FieldState, SourceLine
from passo_lod.sources.text_cleaning import normalise
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping

REASONS = ("not-stated", "not-applicable", "not-captured", "not-understood")
"""Codes of the scheme `answer` that a sentinel may stand for."""


@dataclass(frozen=True)
class Columns:
    """The part of `layout` in source.yaml that all readers of named cells share.

    Attributes:
        labels: the columns that the source is known to have.
        sentinels: folded texts that mean «no value», each with its reason as a code of the scheme `answer`.
        absent: folded texts that count as an empty cell.
    """

    labels: tuple[str, ...]
    sentinels: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "Columns":
        """Parse the keys `columns`, `sentinels` and `absent` of a layout.

        Raises:
            SourceError: the reason of a sentinel is unknown.
        """
        sentinels = {fold(text): str(reason) for text, reason in block.get("sentinels", {}).items()}
        for text, reason in sentinels.items():
            if reason not in REASONS:
                line = block["sentinels"].line
                known = ", ".join(REASONS)
                raise SourceError(f"{path}:{line}: the sentinel {text!r} has the reason {reason!r}; known: {known}")
        labels = tuple(str(label) for label in block.get("columns", ()))
        return cls(labels, sentinels, frozenset(fold(str(text)) for text in block.get("absent", ())))

    def field(self, label: str, line: int, texts: Iterable[str], *, is_list: bool = False) -> Field:
        """The field of one cell.

        Args:
            label: the column.
            line: the line on which the cell stands (from 1).
            texts: the cell's text, or the items of its list.
            is_list: whether the texts are the items of a list.
        """
        present = [
            text for text in (normalise(text).strip() for text in texts) if text and fold(text) not in self.absent
        ]
        if not present:
            return Field(label, line, (), FieldState.EMPTY)
        reasons = {self.sentinels.get(fold(text)) for text in present}
        values = tuple(SourceLine(line, text) for text in present)
        if len(reasons) == 1 and (reason := reasons.pop()):
            return Field(label, line, values, FieldState.SENTINEL, reason, is_list=is_list)
        return Field(label, line, values, is_list=is_list)
