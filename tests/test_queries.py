"""The stored queries: each has a title in both languages, uses defined terms, and has an answer on the shipped data."""

import pyoxigraph as ox
import pytest

from passo_lod.batches import process
from passo_lod.queries.library import StoredQuery, stored_queries
from passo_lod.workshop import Line, Workshop

QUERIES = pytest.mark.parametrize("query", stored_queries(), ids=lambda query: query.name)

ROWS = {
    "all-processes": 100,
    "costs-by-region": 25,
    "female-presence": 27,
    "grants-by-region": 1,
    "graphs": 1,
    "levels-by-region": 26,
    "processes-by-region-and-source": 26,
    "techniques": 39,
}


@pytest.fixture(scope="module")
def store(workshop: Workshop) -> ox.Store:
    store = ox.Store()
    store.extend([*workshop.vocabulary_quads, *workshop.place_quads])
    for folder in workshop.catalog.source_folders():
        for outcome in process(Line.open(folder, workshop), workshop):
            if outcome.published and outcome.mapped:
                store.extend(outcome.mapped.quads)
    return store


@QUERIES
def test_a_stored_query_has_a_title_in_both_languages(query: StoredQuery) -> None:
    assert set(query.titles) == {"it", "en"}


@QUERIES
def test_a_stored_query_answers_with_the_rows_that_the_samples_give(query: StoredQuery, store: ox.Store) -> None:
    rows = list(store.query(query.text, use_default_graph_as_union=True))  # type: ignore[arg-type]
    if query.name == "graphs":
        assert len(rows) > 25
    else:
        assert len(rows) == ROWS[query.name]


def test_grants_are_summed_once_for_each_process(store: ox.Store) -> None:
    (query,) = (each for each in stored_queries() if each.name == "grants-by-region")
    (row,) = store.query(query.text, use_default_graph_as_union=True)  # type: ignore[misc,union-attr]
    assert (float(row["grants"].value), int(row["awards"].value)) == (77000.0, 6)


def test_a_share_names_those_that_do_not_tell(store: ox.Store) -> None:
    (query,) = (each for each in stored_queries() if each.name == "female-presence")
    answers = {
        str(row["answer"].value).rpartition("/")[2] if row["answer"] else None: int(row["processes"].value)
        for row in store.query(query.text, use_default_graph_as_union=True)  # type: ignore[union-attr]
        if str(row["region"].value).endswith("istat-08")
    }
    assert answers == {"yes": 3, "not-stated": 1, None: 7 + 15}


def test_five_italian_regions_and_three_countries_are_compared_in_one_query(store: ox.Store) -> None:
    (query,) = (each for each in stored_queries() if each.name == "processes-by-region-and-source")
    rows = list(store.query(query.text, use_default_graph_as_union=True))  # type: ignore[arg-type]
    regions = {str(row["region"].value).rpartition("/")[2] for row in rows}  # type: ignore[index]
    assert len({region for region in regions if region.startswith("istat-")}) >= 5
    assert len({region for region in regions if region.startswith("country-")}) >= 3
    assert {str(row["source"].value).rpartition("/")[2] for row in rows} == {"emilia-romagna", "participedia"}  # type: ignore[index]
    assert sum(int(row["processes"].value) for row in rows) == 11 + 155  # type: ignore[index]
