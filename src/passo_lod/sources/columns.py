"""The columns of tables and JSON objects: which labels a source has, and which of its texts mean «no value».

An empty cell gives an empty field: whoever filled in the record did not state the value. A sentinel is a text that means
«no value, because …»; a text under `absent` counts as an empty cell, and so do those of `counts_as_empty` in every source.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod.errors import SourceError
from passo_lod.memoize import memoize_short_texts
from passo_lod.records import Field, FieldState, SourceLine
from passo_lod.sources.text_cleaning import normalise
from passo_lod.sources.text_repair import repair
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping

REASONS = ("not-stated", "not-applicable", "not-captured", "not-understood")
"""Codes of the scheme `answer` that a sentinel may stand for."""

_MAX_EMPTY = 20
"""Characters of a text that counts as empty."""

_COUNTS_AS_EMPTY = re.compile(
    r"[-‐-―−\s]*+"  # only dashes
    r"|[(\[<]?(?:null|nan)[)\]>]?|<na>|\\n"  # what programs write: MySQL and PostgreSQL \N, pandas <NA>
    r"|n[./] ?[adpr]\.?|n\. ?[acdprv]\.|k[./] ?a\.?|s/d",  # n/a, n.d., n. d., k.A., s/d
    re.IGNORECASE,
)


@memoize_short_texts
def counts_as_empty(text: str) -> bool:
    """Whether a text is no value in any column of any source, unless source.yaml lists it under `sentinels`.

    >>> [counts_as_empty(text) for text in ("NULL", "N/A", "n.d.", "–", "--", "None", "NA", "ND", "0", "No")]
    [True, True, True, True, True, False, False, False, False, False]

    `None` can be an answer, `NA` Naples or Namibia, `ND` North Dakota: these are left to source.yaml.
    """
    return len(text) <= _MAX_EMPTY and _COUNTS_AS_EMPTY.fullmatch(text) is not None


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
        present: list[str] = []
        repairs: dict[str, None] = {}
        for text in texts:
            repaired, kinds = repair(normalise(text).strip())
            repairs.update(dict.fromkeys(kinds))
            if not self._is_empty(repaired.strip()):
                present.append(repaired.strip())
        if not present:
            return Field(label, line, (), FieldState.EMPTY, repairs=tuple(repairs))
        reasons = {self.sentinels.get(fold(text)) for text in present}
        values = tuple(SourceLine(line, text) for text in present)
        if len(reasons) == 1 and (reason := reasons.pop()):
            return Field(label, line, values, FieldState.SENTINEL, reason, is_list=is_list, repairs=tuple(repairs))
        return Field(label, line, values, is_list=is_list, repairs=tuple(repairs))

    def _is_empty(self, text: str) -> bool:
        folded = fold(text)
        return not text or folded in self.absent or (counts_as_empty(text) and folded not in self.sentinels)
