"""The flat tables: they agree with the dump, with each other in both forms, and with what is said of them."""

import csv
import gzip
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyoxigraph as ox
import pytest
from csvw import TableGroup
from frictionless import Package, system
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.errors import VocabularyError
from passo_lod.namespaces import curie
from passo_lod.release.external_sort import unnamed_file
from passo_lod.release.tables import parquet
from passo_lod.release.tables.cells import SharedGraphs
from passo_lod.release.tables.csv_cells import Cell, cell_text, csv_line, escape_formula, original
from passo_lod.release.tables.definitions import KINDS, read_definition, table_definitions
from passo_lod.release.tables.parquet import to_parquet
from passo_lod.release.tables.record_rows import RowBuilder, SharedDescriptions
from passo_lod.release.tables.source_rows import SourceRows, TableSet

SETS = ("passo", "passo-emilia-romagna", "passo-participedia")
NAMES = [each.name for each in table_definitions()]
BASE = "https://example.org/"
PROCESS = NamedNode(BASE + "id/process/xx-1")
SOURCE = NamedNode(BASE + "dataset/invented")

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


def test_the_tables_of_the_sources_together_are_those_of_the_whole(shipped: Path) -> None:
    for name in ("processes", "records", "funding", "process_classifications"):
        parts = [row for stem in SETS[1:] for row in csv_rows(shipped, stem, name)]
        whole = csv_rows(shipped, "passo", name)
        assert Counter(map(str, parts)) == Counter(map(str, whole))


def test_absent_and_not_stated_are_told_apart(shipped: Path) -> None:
    rows = {row["process"]: row for row in csv_rows(shipped, "passo", "processes")}
    assert rows["er-9c01f1f444d477c3"]["co_decision"] == "answer/not-captured"
    assert rows["er-9c01f1f444d477c3"]["co_decision_it"] == "valore non rilevato nel testo della fonte"
    assert rows["er-3125"]["co_decision"] == ""
    reasons = {(row["process"], row["property"]): row["reason"] for row in csv_rows(shipped, "passo", "missing_values")}
    assert reasons["er-2205", "passo:prevailingGender"] == "answer/not-stated"


def test_the_tables_of_a_source_hold_only_the_places_and_concepts_it_names(shipped: Path) -> None:
    few, all_places = (csv_rows(shipped, stem, "places") for stem in ("passo-emilia-romagna", "passo"))
    assert {row["place"] for row in few} < {row["place"] for row in all_places}
    assert {row["within"] for row in few if row["within"]} <= {row["place"] for row in few}
    assert "istat-08" in {row["place"] for row in few}


# --- CSV and Parquet hold the same cells -------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", SETS)
@pytest.mark.parametrize("name", NAMES)
def test_csv_and_parquet_hold_the_same_cells(shipped: Path, stem: str, name: str) -> None:
    rows = csv_rows(shipped, stem, name)
    header, cells = parquet_rows(shipped / "dump" / f"{stem}-{name}.parquet")
    assert [[original(row[column]) for column in header] for row in rows] == [
        [cell_text(cell) for cell in row] for row in cells
    ]


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
    """Rows for spreadsheets, and with all texts as they are."""
    safe, raw = zip((",".join(CELLS),) * 2, *map(csv_line, rows), strict=True)
    return tuple("".join(f"{each}\r\n" for each in lines).encode() for lines in (safe, raw))  # type: ignore[return-value]


def parquet_of(rows: Drawn, folder: Path) -> Path:
    _, raw = lines_of(rows)
    (folder / "drawn.csv").write_bytes(raw)
    longest = max(len(text.encode()) for _, text in map(csv_line, rows)) if rows else 0
    said = {"licences": "it's"}
    to_parquet(folder / "drawn.csv", folder / "drawn.parquet", {name: name for name in CELLS}, len(rows), longest, said)
    return folder / "drawn.parquet"


@given(st.lists(st.tuples(*(st.none() | cells for cells in CELLS.values())), max_size=4))
@example([('x\x00y\r\n"z"\u2028\ufeff', None, None, None, None)])
def test_any_table_can_be_written_and_read_again(tmp_path_factory: pytest.TempPathFactory, rows: Drawn) -> None:
    path = parquet_of(rows, tmp_path_factory.mktemp("drawn"))
    assert parquet_rows(path) == (list(CELLS), rows)
    _, *lines = csv.reader(io.StringIO(lines_of(rows)[0].decode(), newline=""))
    assert [[original(line[0]), *line[1:]] for line in lines] == [[cell_text(cell) for cell in row] for row in rows]
    assert parquet_of(rows, tmp_path_factory.mktemp("drawn")).read_bytes() == path.read_bytes()


def test_rows_for_which_the_room_is_too_small_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    rows: Drawn = [(f"{number} " * 50_000, number, None, None, None) for number in range(100)]
    expected = parquet_of(rows, tmp_path / "a").read_bytes()
    told: list[str] = []
    execute = parquet._engine().execute

    class Engine:
        def execute(self, statement: str) -> None:
            told.append(statement)
            execute(statement)

    monkeypatch.setattr(parquet, "_engine", Engine)
    monkeypatch.setattr(parquet, "_ROOM", "1MB")
    assert parquet_of(rows, tmp_path / "b").read_bytes() == expected
    assert len(told) == 4, "once in too little room, and once more"


@given(st.lists(TEXTS | st.sampled_from([",", '"', "\r", "\n", "a b", " a", ";"]), min_size=2, max_size=4))
def test_a_line_is_what_the_standard_library_writes(texts: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(texts)
    assert csv_line(texts)[1] + "\r\n" == file.getvalue()


# --- Safe in a spreadsheet ---------------------------------------------------------------------------------------------------

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
TRICKY = st.text(st.sampled_from("=+-@\t\r\n';, ＝ab1"), max_size=12) | st.text(max_size=20)


@given(TRICKY)
@example('=HYPERLINK("https://evil.example")')
@example("'=1")
@example("a;=1")
def test_no_text_begins_a_formula_and_each_can_be_had_back(text: str) -> None:
    safe = escape_formula(text)
    assert original(safe) == text
    assert not safe.startswith(ACTIVE)
    # As an Italian spreadsheet would cut it, if the file is opened by a double click.
    assert not any(part.startswith(("=", "+", "-", "@")) for part in re.split(r"[;\t\r\n]", safe))


@given(TRICKY, TRICKY)
def test_two_texts_are_not_made_one(one: str, other: str) -> None:
    assert (escape_formula(one) == escape_formula(other)) == (one == other)


def test_numbers_and_dates_stay_what_they_are() -> None:
    row: tuple[Cell, ...] = ("-1+1", -5, Decimal("-10000.00"), date(2020, 2, 21), 2020)
    assert csv_line(row)[0] == "'-1+1,-5,-10000,2020-02-21,2020"


def test_the_csv_is_utf_8_with_a_mark_for_excel_and_ends_lines_as_rfc_4180_says(shipped: Path) -> None:
    data = (shipped / "dump" / "passo-processes.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfprocess,title,")
    assert data.endswith(b"\r\n")


# --- Bad data ----------------------------------------------------------------------------------------------------------------


Made = tuple[Counter[str], list[dict[str, str]]]


@pytest.fixture
def tables(tmp_path: Path) -> Callable[..., dict[str, Made]]:
    """Makes the tables of a process of which something is stated: of each what was left out, and its rows."""

    def make(*statements: tuple[str, Any]) -> dict[str, Made]:
        quads = [Quad(PROCESS, curie("rdf:type"), curie("passo:ParticipatoryProcess"), SOURCE)]
        quads += [Quad(PROCESS, curie(name), value, SOURCE) for name, value in statements]
        graphs = SharedGraphs([], [SOURCE])
        rows = RowBuilder(BASE, SOURCE, SharedDescriptions([])).rows([quads])
        with unnamed_file(tmp_path) as file:
            gathered = SourceRows.of(rows, TableSet(BASE, graphs, SOURCE, []).slots, file)
            return dict(cell_text(TableSet(BASE, graphs, SOURCE, [gathered])))

    def cell_text(tables: TableSet) -> Iterator[tuple[str, Made]]:
        for description in table_definitions():
            left_out: Counter[str] = Counter()
            lines = [safe for safe, _ in tables.lines(description, left_out)]
            header = [field.name for field in tables.fields(description)]
            cells = csv.DictReader(io.StringIO("\r\n".join(lines), newline=""), header)
            yield description.name, (left_out, list(cells))

    return make


@pytest.mark.parametrize(
    ("column", "name", "values"),
    [
        ("start_date", "schema:startDate", ["2020-02-30"]),
        ("start_date", "schema:startDate", ["2020-02-20", "2020-02-21"]),
        ("participants", "passo:participantCount", ["cento"]),
        ("participants", "passo:participantCount", ["9" * 30]),
        ("participants", "passo:participantCount", ["²"]),
        ("cofinancing_percentage", "passo:cofinancingPercentage", ["1." + "1" * 19]),
        ("cofinancing_percentage", "passo:cofinancingPercentage", ["NaN"]),
        ("start_year", "passo:startYear", ["-0044"]),
    ],
)
def test_what_does_not_fit_a_column_leaves_it_empty_and_is_counted(
    tables: Callable[..., dict[str, Made]], column: str, name: str, values: list[str]
) -> None:
    left_out, (row,) = tables(*((name, Literal(value)) for value in values))["processes"]
    assert row[column] == ""
    assert left_out == {column: 1}


def test_a_process_is_one_row_however_often_it_states_everything(tables: Callable[..., dict[str, Made]]) -> None:
    names = [column.path for column in next(each for each in table_definitions() if each.name == "processes").columns]
    said = [(name, Literal(f"v{number}")) for name in names if name and "/" not in name for number in range(20)]
    _, (row,) = tables(*said)["processes"]
    assert row["process"] == "xx-1"


def test_several_texts_stand_in_one_cell_with_a_bar_between_them(tables: Callable[..., dict[str, Made]]) -> None:
    titles = [("dct:title", Literal(text, language="it")) for text in ("Orto", "Bosco")]
    _, (row,) = tables(*titles, ("dct:title", Literal("Garden", language="en")))["processes"]
    assert row["title"] == "Bosco | Orto"


# --- What is said of the tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", SETS)
def test_frictionless_finds_the_tables_as_the_package_says(shipped: Path, stem: str) -> None:
    with system.use_context(trusted=True):
        report = Package(str(shipped / "dump" / f"{stem}-datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "fieldName", "rowNumber", "message"])[:5]
    assert {task.name for task in report.tasks} == set(NAMES)


def test_frictionless_finds_a_process_that_is_not_in_the_table_of_processes(shipped: Path, tmp_path: Path) -> None:
    for path in (shipped / "dump").glob("passo-emilia-romagna-*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = tmp_path / "passo-emilia-romagna-funding.csv"
    table.write_bytes(table.read_bytes().replace(b",er-3125,", b",er-0000,"))
    with system.use_context(trusted=True):
        report = Package(str(tmp_path / "passo-emilia-romagna-datapackage.json")).validate()
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert "foreign-key" in kinds


@pytest.mark.parametrize("stem", SETS)
def test_the_package_names_licences_sources_sizes_and_digests(shipped: Path, stem: str) -> None:
    package = json.loads((shipped / "dump" / f"{stem}-datapackage.json").read_text(encoding="utf-8"))
    assert package["licenses"]
    assert package["sources"]
    for resource in package["resources"]:
        for told in (resource, resource["parquet"]):
            data = (shipped / "dump" / told["path"]).read_bytes()
            assert (told["bytes"], told["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        for described in (resource, *resource["schema"]["fields"]):
            assert described["title"], described["name"]
            assert described["title_it"], described["name"]


@pytest.mark.parametrize("stem", SETS)
def test_the_csvw_metadata_reads_every_table(shipped: Path, stem: str) -> None:
    group = TableGroup.from_file(shipped / "dump" / f"{stem}-csv-metadata.json")
    assert len(group.tables) == len(NAMES)
    for table in group.tables:
        read_rows = list(table.iterdicts(strict=True))
        name = str(table.url).removeprefix(f"{stem}-").removesuffix(".csv")
        assert len(read_rows) == len(csv_rows(shipped, stem, name))
    group.check_referential_integrity()


@pytest.mark.parametrize("stem", SETS)
def test_a_parquet_file_names_its_licences(shipped: Path, stem: str) -> None:
    with duckdb.connect() as engine:
        path = str(shipped / "dump" / f"{stem}-processes.parquet")
        said = dict(engine.execute("SELECT key, value FROM parquet_kv_metadata(?)", [path]).fetchall())
    assert b"https://creativecommons.org/" in said[b"licences"]


# --- What describes them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("description", table_definitions(), ids=lambda each: each.name)
def test_a_table_is_titled_in_both_languages_and_its_key_is_its_columns(description: Any) -> None:
    assert set(description.titles) == set(description.notes) == {"it", "en"}
    columns = {column.name: column for column in description.columns}
    assert set(description.key) <= set(columns)
    for column in description.columns:
        assert len(column.steps) == len(column.path.split("/")) * bool(column.path)


def test_the_properties_by_which_rows_are_found_are_those_that_the_query_names() -> None:
    text = "SELECT ?a { ?a a passo:A ; passo:b?/passo:c|<https://example.org/d#e> ?x FILTER (?x = <http://f:g>) }"
    found = read_definition("things", f"#+ key: a\n#+ column: a thing ?a\n{text}").properties
    assert {curie(each).value for each in ("rdf:type", "passo:A", "passo:b", "passo:c")} < found
    assert "https://example.org/d#e" in found


@pytest.mark.parametrize("line", ["#+ colum: a text ?a", "#+ column: a number ?a", "#+ title: A"])
def test_a_head_that_cannot_be_read_is_told_with_its_table(line: str) -> None:
    with pytest.raises(VocabularyError, match=r"tables/prova\.rq"):
        read_definition("prova", f"{line}\nSELECT * {{}}")


def test_every_kind_of_column_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "downloads.md").read_text(encoding="utf-8")
    assert {kind for kind in KINDS if f"`{kind}`" not in page} == set()
    assert {name for name in NAMES if f"`{name}`" not in page} == set()
