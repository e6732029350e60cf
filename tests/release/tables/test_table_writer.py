"""The flat tables have the same content as the dump, and CSV and Parquet have the same cells."""

import csv
import gzip
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyoxigraph as ox
import pytest

from passo_lod.release.tables.csv_cells import cell_text, escape_formula
from passo_lod.release.tables.definitions import table_definitions

SETS = ("passo", "passo-emilia-romagna", "passo-participedia")
NAMES = [each.name for each in table_definitions()]

Rows = list[dict[str, str]]


def csv_rows(release: Path, stem: str, name: str) -> Rows:
    text = (release / "dump" / f"{stem}-{name}.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def parquet_rows(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect() as engine:
        found = engine.execute("SELECT * FROM read_parquet(?)", [str(path)])
        return [column[0] for column in found.description or ()], found.fetchall()


@pytest.fixture(scope="module")
def store(shipped: Path) -> ox.Store:
    store = ox.Store()
    dump = gzip.decompress((shipped / "dump" / "passo.nq.gz").read_bytes())
    store.bulk_load(dump, format=ox.RdfFormat.N_QUADS)
    return store


def counted(store: ox.Store, pattern: str, source: str | None) -> int:
    graph = f"FILTER (?g = <https://w3id.org/passo/dataset/{source}>)" if source else ""
    query = f"""PREFIX passo: <https://w3id.org/passo/onto/> PREFIX org: <http://www.w3.org/ns/org#> PREFIX schema: <https://schema.org/>
        SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?a ?b {{ GRAPH ?g {{ {pattern} }} {graph} }} }}"""
    (row,) = store.query(query)
    return int(row["n"].value)


COUNTS = {
    "processes": "?a a passo:ParticipatoryProcess",
    "records": "?a a passo:ObservatoryRecord",
    "missing_values": "?a a passo:MissingValue",
    "inferred_statements": "?a a passo:InferredStatement",
    "funding": "?a a passo:FundingAward",
    "phases": "?a a passo:ProcessPhase",
    "criteria": "?a a passo:CriterionStatement",
    "process_places": "?a passo:affectedTerritory ?b",
    "process_techniques": "?a passo:usesTechnique ?b",
}
FILLED = {
    "participants": "?a passo:participantCount ?b",
    "cost": "?a passo:cost/schema:value ?b",
    "start_date": "?a schema:startDate ?b",
    "facilitator": "?a passo:usesFacilitator ?b",
    "region": "?a passo:comparisonRegion ?b",
}


# --- The tables agree with the dump ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", SETS)
@pytest.mark.parametrize("name", COUNTS)
def test_a_table_has_a_row_for_each_thing_in_the_dump(shipped: Path, store: ox.Store, stem: str, name: str) -> None:
    source = stem.removeprefix("passo").removeprefix("-") or None
    assert len(csv_rows(shipped, stem, name)) == counted(store, COUNTS[name], source)


@pytest.mark.parametrize("stem", SETS)
@pytest.mark.parametrize("column", FILLED)
def test_a_column_is_filled_for_as_many_processes_as_state_it(
    shipped: Path, store: ox.Store, stem: str, column: str
) -> None:
    source = stem.removeprefix("passo").removeprefix("-") or None
    filled = [row for row in csv_rows(shipped, stem, "processes") if row[column]]
    assert len(filled) == counted(store, FILLED[column], source)


def test_the_sum_of_a_column_is_that_of_the_dump(shipped: Path, store: ox.Store) -> None:
    query = """PREFIX passo: <https://w3id.org/passo/onto/> PREFIX schema: <https://schema.org/>
        SELECT (SUM(?v) AS ?s) { GRAPH ?g { ?p passo:cost/schema:value ?v } }"""
    (row,) = store.query(query)
    costs = [Decimal(each["cost"]) for each in csv_rows(shipped, "passo", "processes") if each["cost"]]
    assert sum(costs) == Decimal(row["s"].value) > 0


def test_the_tables_of_all_sources_are_those_of_each_source_together(shipped: Path) -> None:
    for name in ("processes", "records", "funding", "process_classifications"):
        parts = [row for stem in SETS[1:] for row in csv_rows(shipped, stem, name)]
        assert Counter(map(str, parts)) == Counter(map(str, csv_rows(shipped, "passo", name)))


def test_an_empty_cell_has_its_reason_unless_the_record_has_no_such_field(shipped: Path) -> None:
    rows = {row["process"]: row for row in csv_rows(shipped, "passo", "processes")}
    missing = {(row["process"], row["property"]): row for row in csv_rows(shipped, "passo", "missing_values")}
    assert rows["er-9c01f1f444d477c3"]["co_decision"] == rows["er-3125"]["co_decision"] == ""
    assert missing["er-9c01f1f444d477c3", "passo:coDecision"]["reason"] == "answer/not-captured"
    assert missing["er-9c01f1f444d477c3", "passo:coDecision"]["reason_it"] == "non rilevato"
    assert ("er-3125", "passo:coDecision") not in missing
    assert missing["er-2205", "passo:prevailingGender"]["reason"] == "answer/not-stated"
    assert missing["pp-4596", "passo:affectedTerritory"]["source_text"] == "Bahia, Brazil"
    assert (rows["pp-4596"]["place_level"], rows["pp-4596"]["territory"]) == ("place-level/country", "Bahia, Brazil")


def test_the_tables_of_a_source_have_only_the_places_to_which_it_refers(shipped: Path) -> None:
    few, all_places = (csv_rows(shipped, stem, "places") for stem in ("passo-emilia-romagna", "passo"))
    assert {row["place"] for row in few} < {row["place"] for row in all_places}
    assert {row["within"] for row in few if row["within"]} <= {row["place"] for row in few}
    assert "istat-08" in {row["place"] for row in few}


# --- CSV and Parquet have the same cells -------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", SETS)
@pytest.mark.parametrize("name", NAMES)
def test_csv_and_parquet_have_the_same_cells(shipped: Path, stem: str, name: str) -> None:
    rows = csv_rows(shipped, stem, name)
    header, cells = parquet_rows(shipped / "dump" / f"{stem}-{name}.parquet")
    assert [[row[column] for column in header] for row in rows] == [
        [escape_formula(cell) if isinstance(cell, str) else cell_text(cell) for cell in row] for row in cells
    ]


def test_the_csv_is_utf_8_with_a_byte_order_mark_and_the_line_ends_of_rfc_4180(shipped: Path) -> None:
    data = (shipped / "dump" / "passo-processes.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfprocess,title,")
    assert data.endswith(b"\r\n")
