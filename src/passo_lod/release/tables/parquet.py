"""Write flat tables as Parquet with DuckDB. Only this module imports DuckDB, so workers that build rows start without it."""

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


_VECTOR_ROWS = 2048
"""The size of a DuckDB vector; a row group has a multiple of it."""

_MAX_GROUP_ROWS, _MAX_GROUP_BYTES = 16_384, 8 << 20
"""Limits of a row group, which DuckDB keeps in memory several times while it writes it."""


def write_parquet(
    source: Path, target: Path, columns: Mapping[str, str], rows: int, max_row_bytes: int, metadata: Mapping[str, str]
) -> None:
    """Convert a CSV file to Parquet.

    With one thread and no clock, the same table and the same version of DuckDB give the same bytes.

    Args:
        source: the table as CSV, with all texts unchanged.
        target: the file to write.
        columns: the type of each column (`TableField.type`), by name.
        rows: number of rows.
        max_row_bytes: bytes of the longest row.
        metadata: key-value metadata of the file.
    """
    types = {name: _PARQUET_TYPES[type] for name, type in columns.items()}
    read = f"read_csv({_quoted(str(source))}, columns = {_struct(types)}, {_CSV_OPTIONS}, max_line_size = {max_row_bytes + 2048})"
    _run(
        f"COPY (SELECT * FROM {read}) TO {_quoted(str(target))} "  # noqa: S608 - all values are quoted
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_group_rows(source.stat().st_size, rows)}, KV_METADATA {_struct(metadata)})"
    )


def _run(statement: str) -> None:
    """Run a statement with a memory limit, without which DuckDB keeps all it reads; rows too long for the limit are written without it."""
    try:
        _engine().execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        _engine().execute(statement)
    except duckdb.OutOfMemoryException:
        _engine().execute("RESET memory_limit")
        _engine().execute(statement)


_MEMORY_LIMIT = "96MB"


def _group_rows(size: int, rows: int) -> int:
    """The number of rows of a row group, for a table of so many bytes.

    >>> _group_rows(100_000_000, 1_000_000), _group_rows(300_000_000, 100_000), _group_rows(40, 0)
    (16384, 2048, 16384)
    """
    vectors = _MAX_GROUP_BYTES * rows // (size * _VECTOR_ROWS) if rows else _MAX_GROUP_ROWS
    return _VECTOR_ROWS * min(max(vectors, 1), _MAX_GROUP_ROWS // _VECTOR_ROWS)


_CSV_OPTIONS = (
    """header = true, delim = ',', quote = '"', escape = '"', nullstr = '', auto_detect = false, parallel = false"""
)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """A DuckDB that downloads no extensions; it is opened once, because that takes longer than writing a table."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(config=settings)


def _struct(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in values.items()) + "}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
