"""The stored queries: each has a question in both languages, defined terms, and its expected result for the shipped data.

`python -m pytest tests/test_queries.py --accept queries` writes the results again into `tests/queries/expected/`, for reading line by line.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from passo_lod.queries.stored_queries import StoredQuery, parse_query, stored_queries

EXPECTED = Path(__file__).parent / "queries" / "expected"
CHANGING_WITH_THE_ONTOLOGY = ("graphs",)
"""Queries whose results change with every term of the ontology."""

QUERIES = pytest.mark.parametrize("query", stored_queries(), ids=lambda query: query.name)
Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def store(shipped_in_full: Path) -> ox.Store:
    store = ox.Store()
    store.bulk_load(gzip.decompress((shipped_in_full / "dump" / "passo.nq.gz").read_bytes()), ox.RdfFormat.N_QUADS)
    return store


def answer(store: ox.Store, query: StoredQuery) -> str:
    solutions = store.query(query.text, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    return bytes(solutions.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode().replace("\r\n", "\n")


def table(text: str) -> Table:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def asked(store: ox.Store, name: str) -> Table:
    (query,) = (each for each in stored_queries() if each.name == name)
    return table(answer(store, query))


def last(iri: str) -> str:
    return iri.rpartition("/")[2]


@QUERIES
def test_a_stored_query_has_a_title_and_a_note_in_both_languages(query: StoredQuery) -> None:
    assert set(query.titles) == set(query.notes) == {"it", "en"}
    assert all(title.endswith("?") for title in query.titles.values())


@QUERIES
def test_the_view_of_a_stored_query_names_its_columns(query: StoredQuery, store: ox.Store) -> None:
    assert query.view.get("view", "table") in ("table", "chart", "map")
    columns = set(answer(store, query).partition("\n")[0].split(","))
    assert {query.view[name] for name in ("value", "label", "series") if name in query.view} <= columns | {"-"}


@QUERIES
def test_a_stored_query_has_its_expected_result(
    query: StoredQuery, store: ox.Store, request: pytest.FixtureRequest
) -> None:
    if query.name in CHANGING_WITH_THE_ONTOLOGY:
        assert table(answer(store, query))
        return
    expected = EXPECTED / f"{query.name}.csv"
    if request.config.getoption("--accept") == "queries":
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_text(answer(store, query), encoding="utf-8")
    rows = [tuple(sorted(row.items())) for row in table(answer(store, query))]
    assert sorted(rows) == sorted(tuple(sorted(row.items())) for row in table(expected.read_text(encoding="utf-8")))


def test_every_expected_result_belongs_to_a_stored_query() -> None:
    assert {path.stem for path in EXPECTED.glob("*.csv")} == {each.name for each in stored_queries()} - {
        *CHANGING_WITH_THE_ONTOLOGY
    }


def test_the_head_of_a_file_is_not_part_of_its_query() -> None:
    found = parse_query("x", "#+ title@en: What?\n#+ view: chart\n#+ value: n\n# a comment\nSELECT * {}\n")
    assert (found.text, found.view) == ("# a comment\nSELECT * {}\n", {"view": "chart", "value": "n"})


# ------------------------------------------------------------------------------------------------------- denominators


def regions(rows: Table) -> Iterator[str]:
    return (last(row["region"]) for row in rows)


def test_five_italian_regions_and_three_countries_are_compared_in_one_query(store: ox.Store) -> None:
    rows = asked(store, "processes-by-region-and-source")
    assert len({region for region in regions(rows) if region.startswith("istat-")}) >= 5
    assert len({region for region in regions(rows) if region.startswith("country-")}) >= 3
    assert {last(row["source"]) for row in rows} == {"emilia-romagna", "participedia"}
    assert sum(int(row["processes"]) for row in rows) == 11 + 3262


def test_grants_are_summed_once_for_each_process(store: ox.Store) -> None:
    stated = [row for row in asked(store, "grants-by-region") if row["euro"]]
    assert [(last(row["region"]), float(row["euro"]), int(row["withAmount"])) for row in stated] == [
        ("istat-08", 77000.0, 6)
    ]
    assert sum(float(row["euro"] or 0) for row in asked(store, "grants-by-year")) == 77000.0


def test_a_share_leaves_out_processes_without_an_answer_and_sources_that_do_not_ask(store: ox.Store) -> None:
    (row,) = asked(store, "female-presence")
    assert last(row.pop("region")) == "istat-08"
    assert row == {"asked": "11", "notAsked": "19", "yes": "3", "no": "0", "unanswered": "8", "percent": "100"}


@pytest.mark.parametrize("name", ["costs-by-region", "grants-by-region", "proposal-outcome", "levels-by-region"])
def test_a_source_that_never_asks_is_in_no_denominator(store: ox.Store, name: str) -> None:
    assert {(last(row["region"]), row["asked"]) for row in asked(store, name)} == {("istat-08", "11")}


def test_a_facilitator_among_the_professional_figures_is_counted(store: ox.Store) -> None:
    yes = {last(row["source"]): int(row["yes"]) for row in asked(store, "facilitators")}
    assert yes["emilia-romagna"] == 1


def test_a_rule_of_voting_is_counted_as_voting_and_nothing_to_decide_as_no_method(store: ox.Store) -> None:
    rows = asked(store, "decision-methods")
    assert [last(row["method"]) for row in rows] == ["voting", "general-agreement", "opinion-survey"]
    assert max(int(row["processes"]) for row in rows) < int(rows[0]["stating"]) < 500


def test_processes_that_are_asked_and_not_asked_add_up_to_all(store: ox.Store) -> None:
    rows = asked(store, "facilitators")
    assert sum(int(row["asked"]) + int(row["notAsked"]) for row in rows) == 3273


def test_cases_of_an_export_without_a_column_are_not_asked(store: ox.Store) -> None:
    # 2,505 published cases come from the newer export only, which has neither a number of participants nor a status.
    (found,) = (row for row in by_property(store, "participedia") if last(row["property"]) == "participantCount")
    assert (found["processes"], found["notAsked"]) == ("3262", "2505")
    assert sum(int(row["processes"]) for row in asked(store, "participants")) == 3273 - 2505
    (found,) = (row for row in by_property(store, "participedia") if last(row["property"]) == "progressStatus")
    assert (found["notStated"], found["notAsked"]) == ("49", "2505")


def test_processes_with_a_year_are_those_with_a_date(store: ox.Store) -> None:
    rows = asked(store, "processes-by-year")
    assert sum(int(row["processes"]) for row in rows) == int(rows[0]["dated"])
    assert int(rows[0]["asked"]) + int(rows[0]["notAsked"]) == 3273


def test_values_and_reasons_add_up_to_all_processes(store: ox.Store) -> None:
    rows = asked(store, "completeness")
    assert len(rows) == 12 * 2
    reasons = ("notStated", "notApplicable", "notCaptured", "notUnderstood", "withheld", "notAsked")
    assert all(int(row["filled"]) + sum(int(row[each]) for each in reasons) == int(row["processes"]) for row in rows)
    assert {last(row["property"]) for row in rows if row["notAsked"] == row["processes"]} == {
        "cost",
        "decisionHolder",
        "hasFunding",
        "participationLevel",
    }


def test_a_place_that_is_not_known_is_no_territory_and_keeps_its_level(store: ox.Store) -> None:
    levels = {
        (last(row["source"]), last(row["level"])): int(row["processes"]) for row in asked(store, "places-by-level")
    }
    assert levels["participedia", "municipality"] == 1321
    (territory,) = (row for row in by_property(store, "participedia") if last(row["property"]) == "affectedTerritory")
    assert int(territory["notUnderstood"]) == 140


def by_property(store: ox.Store, source: str) -> Table:
    return [row for row in asked(store, "completeness") if last(row["source"]) == source]


def test_every_graph_of_a_source_is_counted(store: ox.Store) -> None:
    assert {"emilia-romagna", "participedia", "onto"} <= {last(row["graph"]) for row in asked(store, "graphs")}
