"""Every query passes the desk: looked at, charged, and answered from memory the second time."""

import asyncio

import pytest

from passo_lod.errors import QueryRefused
from passo_lod.media_types import RESULTS_CSV, RESULTS_JSON
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Answer, Query
from passo_lod.store.query_service import AnswerCache, QueryService
from passo_lod.store.release import Release
from passo_lod.store.workers.pool import WorkerPool

BASE = "https://data.example.org/passo/"
ONE = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def runner_and_store(release):
    opened = Release.open(release)
    held = LoadedRelease.open(opened, StoragePolicy())
    store = LocalStore(opened, held, WorkerPool(held.origin, size=1))
    with asyncio.Runner() as runner:
        runner.run(store.start())
        yield runner, store
        runner.run(store.stop())


@pytest.fixture
def desk(runner_and_store):
    store = runner_and_store[1]
    return QueryService(store, store.graphs().keys(), ClientBudgets(Budget(60, 60)))


@pytest.fixture
def ask(runner_and_store, desk):
    return lambda text, **settings: runner_and_store[0].run(desk.ask(Query(text, **settings)))


def refusal(ask, text, **settings):
    with pytest.raises(QueryRefused) as refused:
        ask(text, **settings)
    return refused.value


def test_the_same_question_is_answered_from_memory_whoever_asks(ask, desk):
    first, second = ask(ONE, client="a"), ask(ONE, client="b")
    assert first is second
    assert desk.tally == {"answered": 1, "remembered": 1}
    assert desk.clients.spent("a") > 0
    assert desk.clients.spent("b") == 0


def test_another_format_or_another_dataset_is_another_question(ask, desk):
    answers = [
        ask(ONE),
        ask(ONE, accepted=Accepted((RESULTS_CSV,), ())),
        ask(ONE, default_graphs=(BASE + "dataset/places",)),
        ask(ONE, named_graphs=(BASE + "dataset/places",)),
    ]
    assert len({answer.body for answer in answers}) == 4
    assert desk.tally["remembered"] == 0


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("ASK FROM <http://other.example.org/> {}", {}),
        ("ASK FROM NAMED <file:///etc/hostname> {}", {}),
        ("PREFIX o: <http://other.example.org/> ASK FROM o:graph {}", {}),
        ("BASE <http://other.example.org/> ASK FROM <graph> {}", {}),
        ("ASK # FROM nothing\n FROM # here\n <graph> {}", {"base": BASE}),
        ("ASK from named <http://other.example.org/\\u0061> {}", {}),
        ("ASK {}", {"default_graphs": ("http://other.example.org/",)}),
        ("ASK {}", {"named_graphs": ("file:///etc/hostname",)}),
    ],
)
def test_a_graph_that_is_not_here_is_refused_before_any_engine_sees_it(ask, desk, text, settings):
    assert refusal(ask, text, **settings).reason == "forbidden"
    assert desk.tally == {"answered": 0, "remembered": 0, "forbidden": 1}


@pytest.mark.parametrize(
    "text",
    [
        f"ASK FROM <{BASE}dataset/places> {{}}",
        f"PREFIX d: <{BASE}dataset/> ASK FROM NAMED d:places {{}}",
        f"BASE <{BASE}> ASK FROM <dataset/places> {{}}",
        f"BASE <{BASE}> PREFIX : <dataset/> ASK FROM :places {{}}",
    ],
)
def test_a_graph_that_is_here_may_be_written_in_any_way(ask, text):
    assert ask(text).media_type is RESULTS_JSON


def test_what_follows_from_must_be_an_iri(ask):
    assert str(refusal(ask, "ASK FROM o:graph {}")).startswith("line 1, column 10")


@pytest.mark.parametrize("iri", ["\\\\U00110000", "http://[", "\\\\uD800", "a b"])
def test_an_iri_that_is_none_is_a_mistake_of_the_query(ask, iri):
    assert refusal(ask, f"BASE <http://x/> ASK FROM <{iri}> {{}}").reason in ("malformed", "forbidden")


def test_a_slip_that_hides_the_rest_is_told_by_its_beginning(ask):
    assert "column 12: a string begins here" in str(refusal(ask, "SELECT * { 'a }"))


def test_a_refused_query_is_charged_too(ask, desk):
    refusal(ask, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 3000000", client="a")
    assert desk.clients.spent("a") > 0


def test_who_has_spent_all_is_still_answered_from_memory(ask, desk):
    ask(ONE)
    desk.clients.bill("a", 100)
    assert refusal(ask, ONE + " # other", client="a").reason == "over-budget"
    assert ask(ONE, client="a")


def test_old_answers_make_room_for_new_ones_and_large_ones_are_not_kept():
    answers = AnswerCache(most=10_000, largest=4_000)
    for number in range(20):
        answers.put(Query(str(number)), Answer(RESULTS_JSON, b"x" * 3000))
    answers.put(Query("large"), Answer(RESULTS_JSON, b"x" * 5000))
    kept = [number for number in range(20) if answers.get(Query(str(number)))]
    assert kept == [18, 19]
    assert answers.get(Query("large")) is None
