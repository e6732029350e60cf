"""A release that is held here is mended, in memory and on disk, and by every worker."""

import asyncio
import json

import pytest

from passo_lod.errors import QueryRefused
from passo_lod.media_types import RESULTS_CSV, TURTLE
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Limits, Query
from passo_lod.store.release import Release
from passo_lod.store.workers.pool import WorkerPool

AMOUNT = "<https://schema.org/value>"
CSV = Accepted((RESULTS_CSV,), (TURTLE,))


@pytest.fixture(scope="module", params=[StoragePolicy(), StoragePolicy(memory=0)], ids=["in memory", "on disk"])
def ask(request, release):
    opened = Release.open(release)
    held = LoadedRelease.open(opened, request.param)
    store = LocalStore(opened, held, WorkerPool(held.origin, Limits(seconds=5.0), 1, union=held.union))
    with asyncio.Runner() as runner:
        runner.run(store.start())
        yield lambda text, accepted=CSV: runner.run(store.query(Query(text, accepted=accepted))).body.decode()
        runner.run(store.stop())


def test_an_amount_is_what_the_record_states(ask):
    assert ask(f"SELECT ?v {{ ?s {AMOUNT} ?v }}") == "v\r\n10000.00\r\n"
    assert ask(f"SELECT ?v (?v / 4 AS ?part) {{ ?s {AMOUNT} ?v }}") == "v,part\r\n10000.00,2500\r\n"
    assert "10000.00" in ask(f"CONSTRUCT WHERE {{ ?s {AMOUNT} ?v }}")
    assert f"{AMOUNT[1:-1]}" not in ask("DESCRIBE <x:nothing>")


def test_an_answer_in_json_is_json(ask):
    (row,) = json.loads(ask(f"SELECT ?v {{ ?s {AMOUNT} ?v }}", Accepted()))["results"]["bindings"]
    decimal = "http://www.w3.org/2001/XMLSchema#decimal"
    assert row == {"v": {"type": "literal", "value": "10000.00", "datatype": decimal}}


def test_queries_are_mended(ask):
    assert ask("SELECT ?v { <x:new> <x:p>* ?v }") == "v\r\nx:new\r\n"
    assert ask("SELECT (LANG(GROUP_CONCAT(?x)) AS ?l) { VALUES ?x { 'a'@it 'b'@it } }") == "l\r\n\r\n"
    counted = ask(f"SELECT ?g ?n {{ GRAPH ?g {{ SELECT (COUNT(*) AS ?n) {{ ?s {AMOUNT} ?v }} }} }} ORDER BY DESC(?n)")
    assert [line.rpartition(",")[2] for line in counted.splitlines()] == ["n", "1", *"000000"]


def test_a_slip_has_the_line_and_the_column_of_the_query_as_it_was_sent(ask):
    with pytest.raises(QueryRefused) as refused:
        ask("SELECT (GROUP_CONCAT(?v) AS ?x) {\n <x:new> <x:p>* ?v . ?v }")
    assert str(refused.value).startswith("line 2, column 26")
