"""The stored queries: each has a title in both languages, uses defined terms, and has an answer on the shipped data."""

import pyoxigraph as ox
import pytest

from passo_lod.pipeline import Line, Workshop, process
from passo_lod.queries.library import StoredQuery, stored_queries
from passo_lod.terms import PASSO

QUERIES = pytest.mark.parametrize("query", stored_queries(), ids=lambda query: query.name)

ROWS = {
    "all-processes": 11,
    "costs-by-region": 1,
    "female-presence": 3,
    "grants-by-region": 1,
    "graphs": 1,
    "levels-by-region": 2,
    "techniques": 4,
}


@pytest.fixture(scope="module")
def store(workshop: Workshop) -> ox.Store:
    store = ox.Store()
    store.extend(workshop.vocabulary_quads)
    for folder in workshop.catalog.source_folders():
        for outcome in process(Line.open(folder, workshop), workshop):
            assert outcome.mapped is not None
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
    }
    assert answers == {"yes": 3, "not-stated": 1, None: 7}
    assert PASSO.femalePresence.value in query.text.replace("passo:", PASSO.iri)
