"""Write flat tables as Parquet, for programs. Its engine is asked for here only: who makes rows does without it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb

_PARQUET_TYPES = {
    "string": "VARCHAR",
    "uri": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 18)",
    "date": "DATE",
    "year": "INTEGER",
}


_VECTOR = 2048
"""Rows that the engine takes at once."""

_MOST_ROWS, _MOST_BYTES = 16_384, 8 << 20
"""Of a group of rows, which stand together in a Parquet file, and in several forms in memory while it is written."""


def to_parquet(
    source: Path, target: Path, columns: Mapping[str, str], rows: int, longest: int, about: Mapping[str, str]
) -> None:
    """Write a table for programs, with what is said about it as metadata of the file.

    One thread and no clock: the same table and the same version of the engine give the same bytes.

    Args:
        source: the table as CSV, with all texts as they are.
        target: the file to write.
        columns: the types of the columns, by their names.
        rows: how many it has.
        longest: the bytes of the longest row.
        about: what is said.
    """
    types = {name: _PARQUET_TYPES[type] for name, type in columns.items()}
    read = f"read_csv({_quoted(str(source))}, columns = {_struct(types)}, {_READING}, max_line_size = {longest + 2048})"
    _run(
        f"COPY (SELECT * FROM {read}) TO {_quoted(str(target))} "  # noqa: S608 - names of ours, and quoted
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_group(source.stat().st_size, rows)}, KV_METADATA {_struct(about)})"
    )


def _run(statement: str) -> None:
    """Without a limit the engine would hold all that it reads; rows that are too long for it are written in any case."""
    try:
        _engine().execute(f"SET memory_limit = '{_ROOM}'")
        _engine().execute(statement)
    except duckdb.OutOfMemoryException:
        _engine().execute("RESET memory_limit")
        _engine().execute(statement)


_ROOM = "96MB"
"""The memory that the engine may use, where no row needs more."""


def _group(size: int, rows: int) -> int:
    """How many rows stand together, where all have so many bytes.

    >>> _group(100_000_000, 1_000_000), _group(300_000_000, 100_000), _group(40, 0)
    (16384, 2048, 16384)
    """
    vectors = _MOST_BYTES * rows // (size * _VECTOR) if rows else _MOST_ROWS
    return _VECTOR * min(max(vectors, 1), _MOST_ROWS // _VECTOR)


_READING = (
    """header = true, delim = ',', quote = '"', escape = '"', nullstr = '', auto_detect = false, parallel = false"""
)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine that asks nobody for extensions; it is opened once, because that takes longer than to write a table."""
    alone: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(config=alone)


def _struct(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in values.items()) + "}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
