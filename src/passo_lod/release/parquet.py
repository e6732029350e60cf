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


ROW_GROUP = 16_384
"""Rows that stand together in a Parquet file, and in memory while it is written."""


def to_parquet(source: Path, target: Path, columns: Mapping[str, str], longest: int, about: Mapping[str, str]) -> None:
    """Write a table for programs, with what is said about it as metadata of the file.

    One thread and no clock: the same table and the same version of the engine give the same bytes.

    Args:
        source: the table as CSV, with all texts as they are.
        target: the file to write.
        columns: the types of the columns, by their names.
        longest: the bytes of the longest row.
        about: what is said.
    """
    types = {name: _PARQUET_TYPES[type] for name, type in columns.items()}
    read = f"read_csv({_quoted(str(source))}, columns = {_struct(types)}, {_READING}, max_line_size = {longest + 2048})"
    _engine().execute(
        f"COPY (SELECT * FROM {read}) TO {_quoted(str(target))} "  # noqa: S608 - names of ours, and quoted
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, KV_METADATA {_struct(about)})"
    )


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
