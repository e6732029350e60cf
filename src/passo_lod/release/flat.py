"""Write flat tables as CSV, for spreadsheets, and as Parquet, for programs: the same cells in both.

CSV is RFC 4180 in UTF-8 with a byte order mark, without which Excel takes it for another encoding. Before a text that a
spreadsheet would take for a formula stands an apostrophe (`neutral`, undone by `original`); Parquet has all texts as they are.
"""

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb

from passo_lod.release.tables import Cell, Field, Table

BYTE_ORDER_MARK = "\ufeff"

_FORMULA = re.compile(r"(^|[;\t\r\n])('*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""Where a cell may begin: also behind what an Italian spreadsheet cuts at, if the file is opened by a double click."""


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> neutral("=1+1"), neutral("a;=1+1"), neutral("'=1"), neutral("1-1")
    ("'=1+1", "a;'=1+1", "''=1", '1-1')
    """
    return _FORMULA.sub(r"\1'\2", text)


def original(text: str) -> str:
    """The text that `neutral` was given.

    >>> original("'=1+1"), original("'tis")
    ('=1+1', "'tis")
    """
    return _NEUTRAL.sub(r"\1\2", text)


_NEUTRAL = re.compile(_FORMULA.pattern.replace("('*)", "'('*)"))


def to_csv(table: Table) -> bytes:
    """A table for spreadsheets."""
    rows = ([neutral(cell) if isinstance(cell, str) else written(cell) for cell in row] for row in table.rows)
    return (BYTE_ORDER_MARK + _lines(table.fields, rows)).encode()


def written(cell: Cell) -> str:
    """A cell as text: nothing for none, dates as in ISO 8601, numbers with a point and no more digits than they have."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(cell)


def _lines(fields: Sequence[Field], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([field.name for field in fields])
    writer.writerows(rows)
    return text.getvalue()


_PARQUET_TYPES = {
    "string": "VARCHAR",
    "uri": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 18)",
    "date": "DATE",
    "year": "INTEGER",
}


def to_parquet(table: Table, about: Mapping[str, str]) -> bytes:
    """A table for programs, with what is said about it as metadata of the file.

    One thread and no clock: the same table and the same version of the engine give the same bytes.
    """
    with tempfile.TemporaryDirectory(prefix="passo-") as place:
        source, target = Path(place, "table.csv"), Path(place, "table.parquet")
        lines = _lines(table.fields, ([written(cell) for cell in row] for row in table.rows))
        source.write_text(lines, encoding="utf-8", newline="")
        columns = {field.name: _PARQUET_TYPES[field.type] for field in table.fields}
        longest = max((len(line) for line in lines.encode().split(b"\r\n")), default=0)
        read = f"read_csv({_quoted(str(source))}, columns = {_struct(columns)}, {_READING}, max_line_size = {longest + 2048})"
        _engine().execute(
            f"COPY (SELECT * FROM {read}) TO {_quoted(str(target))} "  # noqa: S608 - names of ours, and quoted
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {_struct(about)})"
        )
        return target.read_bytes()


_READING = (
    """header = true, delim = ',', quote = '"', escape = '"', nullstr = '', auto_detect = false, parallel = false"""
)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine that asks nobody for extensions; it is opened once, because that takes longer than to write a table."""
    alone: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(config=alone)


def _struct(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in values.items()) + "}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_json(document: object) -> bytes:
    """A document as indented JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
