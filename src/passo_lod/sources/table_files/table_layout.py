"""Parse the `layout` of a table source (CSV, TSV, XLSX) in source.yaml: columns, delimiter, encoding, sheet, header."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.columns import Columns
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping, YamlText

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
LAYOUT_KEYS = (
    "columns",
    "sentinels",
    "absent",
    "delimiter",
    "encoding",
    "arrays",
    "lists",
    "sheet",
    "header",
    "hidden",
)


@dataclass(frozen=True)
class TableLayout:
    """The structure of the tables of one source, from `layout` in its `source.yaml`.

    Attributes:
        columns: the columns that the source is known to have, and its texts for «no value».
        delimiter: the character between two cells; if None, the one with which the header holds most columns.
        encoding: of a text file; if None, UTF-8, and windows-1252 for each line that is not UTF-8.
        arrays: whether cells such as `{a,"b c",NULL}` are lists (PostgreSQL, 8.15.2).
        lists: columns whose cells are lists, each with the separator of the items.
        sheet: the sheet of a workbook; if None, the first that is not hidden.
        header: the line of the header (from 1); if None, the first that holds two known columns.
        reads_hidden: whether hidden rows and columns of a workbook are read.
    """

    columns: Columns
    delimiter: str | None = None
    encoding: str | None = None
    arrays: bool = False
    lists: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header: int | None = None
    reads_hidden: bool = False

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "TableLayout":
        """Parse a layout.

        Args:
            path: the source.yaml, for messages.
            block: its `layout`.

        Raises:
            SourceError: a key is unknown, or its value is not what it should be.
        """
        for key in block:
            if key not in LAYOUT_KEYS:
                known = ", ".join(LAYOUT_KEYS)
                raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: {known}")  # type: ignore[attr-defined]
        yaml_loader.text_list(block, "absent", path, SourceError)
        yaml_loader.mapping(block, "sentinels", path, SourceError)
        settings = _LayoutBlock(path, block)
        return cls(
            columns=Columns.parse(path, settings.checked_columns()),
            delimiter=settings.one_of("delimiter", DELIMITERS),
            encoding=settings.encoding(),
            arrays=settings.one_of("arrays", {"postgres": "postgres"}) is not None,
            lists=settings.lists(),
            sheet=settings.text("sheet"),
            header=settings.line_number("header"),
            reads_hidden=settings.one_of("hidden", {"read": "read", "leave-out": "leave-out"}) == "read",
        )

    @property
    def labels(self) -> frozenset[str]:
        """The labels that a record may have."""
        return frozenset(self.columns.labels)


@dataclass(frozen=True)
class _LayoutBlock:
    """The YAML block of a layout; each method checks and returns the value of one key."""

    path: Path
    block: YamlMapping

    def _error(self, key: str, expected: str) -> SourceError:
        return SourceError(f"{self.path}:{self.block[key].line}: {key} should be {expected}")

    def checked_columns(self) -> YamlMapping:
        labels = yaml_loader.text_list(self.block, "columns", self.path, SourceError)
        if not labels:
            raise SourceError(f"{self.path}: layout should state columns: a list of the table's columns")
        times = Counter(map(fold, labels))
        for label in labels:
            if times[fold(label)] > 1:
                expected = f"different names, but {label!r} stands twice; name the second '{label} (2)'"
                raise self._error("columns", expected)
        return self.block

    def text(self, key: str) -> str | None:
        value = self.block.get(key)
        if value is not None and not (isinstance(value, YamlText) and value):
            raise self._error(key, "one text")
        return str(value) if value else None

    def one_of(self, key: str, names: Mapping[str, str]) -> str | None:
        text = self.text(key)
        if text is not None and text not in names and text not in names.values():
            raise self._error(key, f"one of {', '.join(names)}, not {text!r}")
        return names.get(text, text) if text else None

    def line_number(self, key: str) -> int | None:
        text = self.text(key)
        if text is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", text):
            raise self._error(key, f"the number of a line, from 1, not {text!r}")
        return int(text) if text else None

    def encoding(self) -> str | None:
        name = self.text("encoding")
        try:
            "a".encode(name or "utf-8")
        except (LookupError, UnicodeError) as error:
            raise self._error("encoding", f"such as utf-8 or windows-1252, not {name!r}") from error
        return name

    def lists(self) -> dict[str, str]:
        separators = yaml_loader.mapping(self.block, "lists", self.path, SourceError)
        for label, separator in separators.items():
            if label not in self.block["columns"] or not isinstance(separator, YamlText) or not separator:
                raise self._error("lists", f"column: separator, with listed columns; {str(label)!r} is wrong")
        return {str(label): str(separator) for label, separator in separators.items()}
