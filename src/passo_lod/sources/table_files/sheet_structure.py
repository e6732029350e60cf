"""Find what a sheet of a workbook hides and merges, from its XML and before its cells are read; for `xlsx_reader`.

openpyxl gives this only for a workbook that is whole in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate

from openpyxl.utils.cell import range_boundaries

from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.table_header import MAX_COLUMNS, MergedCells

MAX_ROWS = 1_048_576
"""Rows of a sheet (ECMA-376 Part 1, 18.3.1.73)."""

MAX_MERGED = 100_000
"""Merged cells of a sheet."""

_CHUNK = 1 << 20
_NOT_COMPUTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]{0,200}/>)\s*+(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)


@dataclass
class SheetStructure:
    """What a sheet hides, merges and has not computed.

    Attributes:
        hidden_rows: one byte for each row (from 1), 1 if the row is hidden.
        hidden_columns: the hidden columns (from 0).
        merged: the merged cells, by their first row.
        is_filtered: whether a filter hides rows.
        uncomputed: how many cells have a formula without its value.
    """

    hidden_rows: bytearray = field(default_factory=lambda: bytearray(MAX_ROWS + 1))
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[MergedCells] = field(default_factory=list)
    is_filtered: bool = False
    uncomputed: int = 0
    _row: int = 0

    @classmethod
    def of(cls, xml: IO[bytes]) -> "SheetStructure":
        """The structure of a worksheet part.

        Raises:
            ReadError: it declares entities, or merges too many cells.
        """
        structure = cls()
        parser = ParserCreate(namespace_separator="}")
        parser.StartElementHandler = structure._start_element
        parser.EntityDeclHandler = _refuse_entity
        rest = b""
        try:
            while chunk := xml.read(_CHUNK):
                parser.Parse(chunk)
                *found, rest = _NOT_COMPUTED.split(rest + chunk)
                structure.uncomputed, rest = structure.uncomputed + len(found), rest[-300:]
            parser.Parse(b"", True)
        except ExpatError:
            pass  # openpyxl reads the rows up to the same place, and reports it
        structure.merged.sort(key=lambda each: each.first_row)
        return structure

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition("}")[2]
        if element == "row":
            self._row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._row + 1
            if _is_hidden(attributes, "ht") and self._row <= MAX_ROWS:
                self.hidden_rows[self._row] = 1
        elif element == "col" and _is_hidden(attributes, "width"):
            first, last = int(attributes["min"]), int(attributes["max"])
            self.hidden_columns.update(range(first - 1, min(last, MAX_COLUMNS)))
        elif element == "mergeCell":
            self._add_merged(attributes.get("ref", ""))
        elif element == "filterColumn":
            self.is_filtered = True

    def _add_merged(self, reference: str) -> None:
        if len(self.merged) >= MAX_MERGED:
            raise ReadError("too-large", "read.table.many-merged", {"limit": MAX_MERGED})
        try:
            first_column, first_row, last_column, last_row = range_boundaries(reference)
        except ValueError:
            return  # it is no range, so that it merges nothing
        if first_column and first_row and last_column and last_row:
            self.merged.append(MergedCells(reference, first_row, last_row, first_column - 1, last_column - 1))

    def merged_by_row(self) -> "MergedByRow":
        """The merged cells, to be asked for row after row."""
        return MergedByRow(self.merged)


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or re.fullmatch(r"0(\.0*)?", attributes.get(size, "")) is not None


def _refuse_entity(*_: object) -> None:
    raise ReadError("broken", "read.table.broken-workbook", {"error": "entity"})


class MergedByRow:
    """The merged cells that each row of a sheet is part of; rows are asked for in their order."""

    def __init__(self, merged: list[MergedCells]) -> None:
        self._coming: Iterator[MergedCells] = iter(merged)
        self._next = next(self._coming, None)
        self._current: list[MergedCells] = []

    def of(self, row: int) -> list[MergedCells]:
        """The merged cells of a row (from 1)."""
        while self._next is not None and self._next.first_row <= row:
            self._current.append(self._next)
            self._next = next(self._coming, None)
        if self._current:
            self._current = [each for each in self._current if each.last_row >= row]
        return self._current
