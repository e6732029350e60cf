"""Parquet files have the same cells as the CSV files they are made from."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passo_lod.release.tables import parquet
from passo_lod.release.tables.csv_cells import Cell, cell_text, csv_line, escape_formula
from passo_lod.release.tables.parquet import write_parquet

SETS = ("passo", "passo-emilia-romagna", "passo-participedia")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
CELLS = {
    "string": TEXTS,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.decimals(-(10**18), 10**18, places=18),
    "date": st.dates(date(1, 1, 1)),
    "year": st.integers(1, 9999),
}


Drawn = list[tuple[Cell, ...]]


def lines_of(rows: Drawn) -> tuple[bytes, bytes]:
    """The CSV file with formulas escaped, and the one with all texts unchanged."""
    escaped, raw = zip((",".join(CELLS),) * 2, *map(csv_line, rows), strict=True)
    return tuple("".join(f"{each}\r\n" for each in lines).encode() for lines in (escaped, raw))  # type: ignore[return-value]


def parquet_of(rows: Drawn, folder: Path) -> Path:
    _, raw = lines_of(rows)
    (folder / "drawn.csv").write_bytes(raw)
    max_row_bytes = max(len(text.encode()) for _, text in map(csv_line, rows)) if rows else 0
    columns, metadata = {name: name for name in CELLS}, {"licences": "it's"}
    write_parquet(folder / "drawn.csv", folder / "drawn.parquet", columns, len(rows), max_row_bytes, metadata)
    return folder / "drawn.parquet"


@given(st.lists(st.tuples(*(st.none() | cells for cells in CELLS.values())), max_size=4))
@example([('x\x00y\r\n"z"\u2028\ufeff', None, None, None, None)])
def test_any_table_can_be_written_and_read_again(tmp_path_factory: pytest.TempPathFactory, rows: Drawn) -> None:
    path = parquet_of(rows, tmp_path_factory.mktemp("drawn"))
    assert parquet_rows(path) == (list(CELLS), rows)
    _, *lines = csv.reader(io.StringIO(lines_of(rows)[0].decode(), newline=""))
    assert lines == [[escape_formula(cell_text(row[0])), *map(cell_text, row[1:])] for row in rows]
    assert parquet_of(rows, tmp_path_factory.mktemp("drawn")).read_bytes() == path.read_bytes()


def test_rows_too_long_for_the_memory_limit_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    rows: Drawn = [(f"{number} " * 50_000, number, None, None, None) for number in range(100)]
    expected = parquet_of(rows, tmp_path / "a").read_bytes()
    statements: list[str] = []
    execute = parquet._engine().execute

    class Engine:
        def execute(self, statement: str) -> None:
            statements.append(statement)
            execute(statement)

    monkeypatch.setattr(parquet, "_engine", Engine)
    monkeypatch.setattr(parquet, "_MEMORY_LIMIT", "1MB")
    assert parquet_of(rows, tmp_path / "b").read_bytes() == expected
    assert len(statements) == 4, "once with the limit, and once without it"


def parquet_rows(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect() as engine:
        found = engine.execute("SELECT * FROM read_parquet(?)", [str(path)])
        return [column[0] for column in found.description or ()], found.fetchall()


@pytest.mark.parametrize("stem", SETS)
def test_a_parquet_file_names_its_licences(shipped: Path, stem: str) -> None:
    with duckdb.connect() as engine:
        path = str(shipped / "dump" / f"{stem}-processes.parquet")
        metadata = dict(engine.execute("SELECT key, value FROM parquet_kv_metadata(?)", [path]).fetchall())
    assert b"https://creativecommons.org/" in metadata[b"licences"]
