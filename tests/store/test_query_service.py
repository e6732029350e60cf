"""Every query is checked and charged to its client; the second time it is answered from the cache."""

import asyncio
import json

import pytest

from passo_lod.errors import QueryRefused
from passo_lod.media_types import RESULTS_CSV, RESULTS_JSON
from passo_lod.store import query_checks
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Query
from passo_lod.store.query_service import QueryService
from passo_lod.store.release import Release
from passo_lod.store.workers.engine import WorkerEngine

BASE = "https://data.example.org/passo/"
ONE = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def runner_and_store(release):
    opened = Release.open(release)
    loaded = LoadedRelease.open(opened, StoragePolicy())
    store = LocalStore(opened, loaded, WorkerEngine(loaded.origin, size=1))
    with asyncio.Runner() as runner:
        runner.run(store.start())
        yield runner, store
        runner.run(store.stop())


@pytest.fixture
def service(runner_and_store):
    store = runner_and_store[1]
    return QueryService(store, ClientBudgets(Budget(60, 60)))


@pytest.fixture
def ask(runner_and_store, service):
    return lambda text, **settings: runner_and_store[0].run(service.answer(Query(text, **settings)))


def refusal(ask, text, **settings):
    with pytest.raises(QueryRefused) as refused:
        ask(text, **settings)
    return refused.value


def test_the_same_query_is_answered_from_the_cache_for_any_client(ask, service):
    first, second = ask(ONE, client="a"), ask(ONE, client="b")
    assert first is second
    assert service.counts == {"answered": 1, "remembered": 1}
    assert service.clients.spent("a") > 0
    assert service.clients.spent("b") == 0


def test_another_format_or_dataset_is_another_cache_entry(ask, service):
    answers = [
        ask(ONE),
        ask(ONE, accepted=Accepted((RESULTS_CSV,), ())),
        ask(ONE, default_graphs=(BASE + "dataset/places",)),
        ask(ONE, named_graphs=(BASE + "dataset/places",)),
    ]
    assert len({answer.body for answer in answers}) == 4
    assert service.counts["remembered"] == 0


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
def test_a_graph_that_is_not_in_the_release_is_empty(ask, text, settings):
    assert (
        json.loads(ask(text.replace("{}", "{ { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"), **settings).body)[
            "boolean"
        ]
        is False
    )


@pytest.mark.parametrize(
    "text",
    [
        f"ASK FROM <{BASE}dataset/places> {{}}",
        f"PREFIX d: <{BASE}dataset/> ASK FROM NAMED d:places {{}}",
        f"BASE <{BASE}> ASK FROM <dataset/places> {{}}",
        f"BASE <{BASE}> PREFIX : <dataset/> ASK FROM :places {{}}",
    ],
)
def test_a_graph_of_the_release_may_be_named_in_any_syntax(ask, text):
    assert ask(text).media_type is RESULTS_JSON


def test_what_follows_from_must_be_an_iri(ask):
    assert str(refusal(ask, "ASK FROM o:graph {}")).startswith("line 1, column 10")


@pytest.mark.parametrize("iri", ["\\\\U00110000", "http://[", "\\\\uD800", "a b"])
def test_an_invalid_iri_is_refused(ask, iri):
    assert refusal(ask, f"BASE <http://x/> ASK FROM <{iri}> {{}}").reason == "malformed"


MANY = query_checks.MAX_GRAPHS


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("PREFIX d: <x:> ASK" + " FROM d:g" * (MANY + 1) + " {}", {}),
        ("ASK" + " FROM NAMED <x:g>" * (MANY + 1) + " {}", {}),
        ("ASK FROM <x:g> {}", {"default_graphs": ("x:g",) * (MANY - 1), "named_graphs": ("x:g",)}),
    ],
)
def test_a_dataset_of_too_many_graphs_is_refused_before_the_query_runs(ask, service, text, settings):
    refused = refusal(ask, text, **settings)
    assert (refused.reason, refused.limit, refused.used) == ("too-complex", MANY, MANY + 1)
    assert service.counts["answered"] == 0


def test_a_dataset_of_as_many_graphs_as_allowed_is_answered(ask):
    assert ask("ASK" + " FROM <x:g>" * MANY + " {}").media_type is RESULTS_JSON


def test_the_time_of_a_check_is_charged(ask, service):
    refusal(ask, "PREFIX d: <x:> ASK" + " FROM d:g" * 6000 + " {}", client="a")
    assert 0 < service.clients.spent("a") < 5


def test_a_client_without_budget_gets_no_check(ask, service):
    service.clients.charge("a", 100)
    assert refusal(ask, "ASK" + " FROM <x:g>" * 3000 + " {}", client="a").reason == "over-budget"


def test_other_tasks_go_on_while_a_long_query_is_checked(runner_and_store, service):
    long = Query("ASK" + " FROM <x:g>" * 5000 + " {}")

    async def check_and_count() -> int:
        """How often another task has its turn during the check."""
        check = asyncio.ensure_future(asyncio.gather(service.answer(long), return_exceptions=True))
        turns = 0
        while not check.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert runner_and_store[0].run(check_and_count()) > 10


def test_the_message_locates_the_start_of_an_unclosed_string(ask):
    assert "column 12: a string begins here" in str(refusal(ask, "SELECT * { 'a }"))


def test_a_refused_query_is_charged_too(ask, service):
    refusal(ask, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 3000000", client="a")
    assert service.clients.spent("a") > 0


def test_a_client_without_budget_is_still_answered_from_the_cache(ask, service):
    ask(ONE)
    service.clients.charge("a", 100)
    assert refusal(ask, ONE + " # other", client="a").reason == "over-budget"
    assert ask(ONE, client="a")
