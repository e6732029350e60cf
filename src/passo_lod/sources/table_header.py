"""What a table is before its rows are records: its layout in source.yaml, its rows of cells, and the line with its columns."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader as yaml_text
from passo_lod.errors import SourceError
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.columns import Columns
from passo_lod.sources.labelled_text_reader import Unreadable
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping, YamlText

HEAD = 100
"""Lines (or rows of a sheet) among which the header is looked for."""

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_KEYS = ("columns", "sentinels", "absent", "delimiter", "encoding", "arrays", "lists", "sheet", "header")


@dataclass(frozen=True)
class TableLayout:
    """What the tables of one source look like, from `layout` in its `source.yaml`.

    Attributes:
        columns: the columns that the source is known to have, and its texts for «no value».
        delimiter: what stands between two cells; found out where None.
        encoding: of a text file; UTF-8, or line by line windows-1252, where None.
        arrays: whether cells such as `{a,"b c",NULL}` are lists (PostgreSQL, 8.15.2).
        lists: columns whose cells are lists, with the separator of the items.
        sheet: the sheet of a workbook; its first where None.
        header: the line of the header; the first that holds two known columns where None.
    """

    columns: Columns
    delimiter: str | None = None
    encoding: str | None = None
    arrays: bool = False
    lists: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header: int | None = None

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "TableLayout":
        """The layout that a `source.yaml` describes.

        Raises:
            SourceError: a key is unknown, or its value is not what it should be.
        """
        for key in block:
            if key not in _KEYS:
                raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: {', '.join(_KEYS)}")  # type: ignore[attr-defined]
        yaml_text.texts(block, "absent", path, SourceError)
        yaml_text.mapping(block, "sentinels", path, SourceError)
        settings = _Settings(path, block)
        return cls(
            columns=Columns.parse(path, settings.checked_columns()),
            delimiter=settings.one_of("delimiter", DELIMITERS),
            encoding=settings.encoding(),
            arrays=settings.one_of("arrays", {"postgres": "postgres"}) is not None,
            lists=settings.lists(),
            sheet=settings.text("sheet"),
            header=settings.number("header"),
        )

    @property
    def names(self) -> frozenset[str]:
        """All that a record can say."""
        return frozenset(self.columns.labels)


@dataclass(frozen=True)
class _Settings:
    """The keys of a layout, each checked."""

    path: Path
    block: YamlMapping

    def wrong(self, key: str, expected: str) -> SourceError:
        return SourceError(f"{self.path}:{self.block[key].line}: {key} should be {expected}")

    def checked_columns(self) -> YamlMapping:
        labels = yaml_text.texts(self.block, "columns", self.path, SourceError)
        if not labels:
            raise SourceError(f"{self.path}: layout should state columns: a list of the table's columns")
        times = Counter(map(fold, labels))
        for label in labels:
            if times[fold(label)] > 1:
                raise self.wrong(
                    "columns", f"different names, but {label!r} stands twice; name the second '{label} (2)'"
                )
        return self.block

    def text(self, key: str) -> str | None:
        value = self.block.get(key)
        if value is not None and not (isinstance(value, YamlText) and value):
            raise self.wrong(key, "one text")
        return str(value) if value else None

    def one_of(self, key: str, names: Mapping[str, str]) -> str | None:
        text = self.text(key)
        if text is not None and text not in names and text not in names.values():
            raise self.wrong(key, f"one of {', '.join(names)}, not {text!r}")
        return names.get(text, text) if text else None

    def number(self, key: str) -> int | None:
        text = self.text(key)
        if text is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", text):
            raise self.wrong(key, f"the number of a line, from 1, not {text!r}")
        return int(text) if text else None

    def encoding(self) -> str | None:
        name = self.text("encoding")
        try:
            "a".encode(name or "utf-8")
        except (LookupError, UnicodeError) as problem:
            raise self.wrong("encoding", f"such as utf-8 or windows-1252, not {name!r}") from problem
        return name

    def lists(self) -> dict[str, str]:
        separators = yaml_text.mapping(self.block, "lists", self.path, SourceError)
        for label, separator in separators.items():
            if label not in self.block["columns"] or not isinstance(separator, YamlText) or not separator:
                raise self.wrong("lists", f"column: separator, with listed columns; {str(label)!r} is wrong")
        return {str(label): str(separator) for label, separator in separators.items()}


# ------------------------------------------------------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class CellRow:
    """The cells of one row, or why it cannot be read."""

    line: int
    cells: Sequence[str]
    fault: Unreadable | None = None


@dataclass(frozen=True)
class OpenedTable:
    """A file that was opened: its header, and what follows.

    Attributes:
        above: the first of the lines that are not blank above the header, and how many they are.
        notes: results on the file, told when its rows have been read.
    """

    header: "Header"
    rows: Iterator[CellRow]
    above: tuple[int, int] | None = None
    notes: Callable[[], Iterable[ValidationResult]] = tuple


def note(severity: Severity, code: str, line: int | None, message: str, **more: Any) -> ValidationResult:
    """A result on a line of the file, before it is known with which record it goes."""
    return ValidationResult(severity, message, line=line, code=code, **more)


# ------------------------------------------------------------------------------------------------------------ header


@dataclass(frozen=True)
class Header:
    """The columns of a table.

    Attributes:
        labels: for each column its label; None for one that the source does not list.
        folded: the cells of the header, as they are compared.
    """

    line: int
    labels: tuple[str | None, ...]
    folded: tuple[str, ...]
    notes: tuple[ValidationResult, ...]

    @classmethod
    def of(cls, row: CellRow, layout: TableLayout) -> "Header":
        """The header that a row is, and what is to be told of it."""
        names = _names(stripped(row.cells))
        known = {fold(label): label for label in layout.columns.labels}
        labels = tuple(known.get(fold(name)) for name, _ in names)
        notes = [*_notes_on_names(row.line, names, labels), *_notes_on_missing(row.line, layout, labels)]
        return cls(row.line, labels, _folded(row.cells), tuple(notes))

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.labels)

    def gives_id(self, source: Any) -> Callable[[Sequence[str]], bool]:
        """Whether the cells of a row hold an id."""
        at = self.labels.index(source.id_from) if source.id_from in self.labels else -1
        return lambda cells: 0 <= at < len(cells) and source.record_id(cells[at].strip()) is not None

    def repeated(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header again."""
        return len(cells) >= self.width and fold(cells[0]) == self.folded[0] and _folded(cells) == self.folded


def stripped(cells: Sequence[str]) -> list[str]:
    """The cells without the empty ones at the end."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return list(cells[:end])


def _folded(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(fold(cell.strip("\ufeff")) for cell in stripped(cells))


def _names(cells: Sequence[str]) -> list[tuple[str, int]]:
    """Each column's name, and how many columns of that name there have been: `Comune`, `Comune (2)`."""
    times: Counter[str] = Counter()
    names = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {position}"
        times[fold(name)] += 1
        count = times[fold(name)]
        names.append((name if count == 1 else f"{name} ({count})", count))
    return names


def _notes_on_names(
    line: int, names: list[tuple[str, int]], labels: tuple[str | None, ...]
) -> Iterator[ValidationResult]:
    for (name, count), label in zip(names, labels, strict=True):
        if count > 1:
            message = f"a column of this name stands before it; this one is called '{label or name}'."
            yield note(Severity.INFO, "duplicate-column", line, message, field=label or name, expected="each name once")
        if label is None:
            message = "the column is none that this source is known to have; its values were not published."
            expected = "a column listed under `columns` in source.yaml, and mapped or ignored in mapping.yaml"
            yield note(Severity.WARNING, "unknown-column", line, message, field=name, expected=expected)


def _notes_on_missing(line: int, layout: TableLayout, labels: tuple[str | None, ...]) -> Iterator[ValidationResult]:
    for label in layout.columns.labels:
        if label not in labels:
            message = "the table has no such column."
            yield note(Severity.INFO, "missing-column", line, message, field=label, expected="a column of that name")


def above_header(lines: Iterable[int]) -> tuple[int, int] | None:
    """The first of some lines and how many they are; None where there are none."""
    numbers = list(lines)
    return (numbers[0], len(numbers)) if numbers else None


def known_columns(cells: Sequence[str], layout: TableLayout) -> int:
    """How many of the source's columns a row names."""
    known = set(map(fold, layout.columns.labels))
    return len(known & set(_folded(cells)))


def needed(layout: TableLayout) -> int:
    """How many columns a row has to name in order to be the header."""
    return 1 if layout.header else min(2, len(layout.columns.labels))


def no_header(layout: TableLayout) -> Unreadable:
    """Why a table without a header cannot be read."""
    where = f"line {layout.header} is" if layout.header else f"none of the first {HEAD} lines is"
    columns = ", ".join(layout.columns.labels[:6])
    expected = f"a line with the names of the columns: {columns}{', …' if len(layout.columns.labels) > 6 else ''}"
    return Unreadable("no-header", f"{where} a header", expected, layout.header)
