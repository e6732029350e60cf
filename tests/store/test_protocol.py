"""What every store keeps, whatever is behind it: memory, a disk, or another server."""

import asyncio
import json
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode

from passo_lod.errors import QueryRefused
from passo_lod.media_types import DATASETS, GRAPHS, RESULTS, RESULTS_CSV, TURTLE
from passo_lod.namespaces import FOAF, RDF
from passo_lod.release.sparql_upload import UploadTarget, upload
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import MEBIBYTE, Accepted, Label, Limits, Query
from passo_lod.store.release import Release
from passo_lod.store.remote_store import RemoteStore
from passo_lod.store.workers.pool import WorkerPool
from tests.oxigraph_server import oxigraph

BASE = "https://data.example.org/passo/"
PROCESS = BASE + "id/process/xx-0001"
LIMITS = Limits(seconds=1.0, memory=256 * MEBIBYTE, result=MEBIBYTE)


def _local(release: Release, place: StoragePolicy) -> LocalStore:
    held = LoadedRelease.open(release, place)
    return LocalStore(release, held, WorkerPool(held.origin, LIMITS, 1, union=held.union))


def _in_memory(release: Release) -> Iterator[LocalStore]:
    yield _local(release, StoragePolicy())


def _on_disk(release: Release) -> Iterator[LocalStore]:
    yield _local(release, StoragePolicy(memory=0))


def _remote(release: Release) -> Iterator[RemoteStore]:
    with oxigraph() as url:
        upload(release.folder, UploadTarget.of(url), lambda *_: None)
        yield RemoteStore.open(release, url, LIMITS)


@pytest.fixture(scope="module", params=[_in_memory, _on_disk, _remote], ids=["in memory", "on disk", "remote"])
def runner_and_store(request, release):
    with asyncio.Runner() as runner:
        for store in request.param(Release.open(release)):
            runner.run(store.start())
            try:
                yield runner, store
            finally:
                runner.run(store.stop())


@pytest.fixture
def store(runner_and_store):
    return runner_and_store[1]


@pytest.fixture
def ask(runner_and_store):
    runner, store = runner_and_store
    return lambda text, **settings: runner.run(store.query(Query(text, **settings)))


def names(quads):
    return {quad.subject.value.removeprefix(BASE) for quad in quads}


def refusal(ask, text, **settings):
    with pytest.raises(QueryRefused) as refused:
        ask(text, **settings)
    return refused.value


# ------------------------------------------------------------------------------------------------------------ things


def test_a_thing_is_described_with_its_parts_its_record_and_the_parts_of_the_record(store):
    assert names(store.describe(PROCESS)) == {
        "id/process/xx-0001",
        "id/process/xx-0001/cost",
        "id/process/xx-0001/phase/1",
        "id/process/xx-0001/phase/2",
        "id/process/xx-0001/phase/10",
        "doc/process/xx-0001",
        "doc/process/xx-0001#missing-policyArea",
    }


def test_all_that_is_said_of_a_thing_is_in_its_description(store):
    said = {(quad.predicate, str(quad.object)) for quad in store.pattern(NamedNode(PROCESS), None, None)}
    described = {
        (quad.predicate, str(quad.object)) for quad in store.describe(PROCESS) if quad.subject == NamedNode(PROCESS)
    }
    assert {each[0] for each in said} == {each[0] for each in described}
    assert len(said) == len(described) == 16


def test_what_a_linkset_links_is_part_of_its_description(store):
    quads = store.describe("https://w3id.org/passo/alignment/other")
    assert any(quad.object == NamedNode("https://other.example.org/done") for quad in quads)


def test_nothing_is_known_of_an_iri_that_is_not_there(store):
    assert store.describe(BASE + "id/process/nobody") == []
    assert not store.exists(BASE + "id/process/nobody")
    assert store.exists(PROCESS)


def test_an_iri_that_only_begins_like_one_that_is_there_is_not_there(store):
    assert not store.exists(PROCESS[:-1])
    assert store.exists(PROCESS + "/phase/1")
    assert not store.exists(PROCESS + "/phase")


def test_mentions_are_what_other_things_say_and_are_limited(store):
    place = BASE + "id/place/istat-099001"
    assert names(store.mentions(place, 10)) == {"id/process/xx-0001"}
    assert len(store.mentions(place, 1)) == 1


def test_a_pattern_finds_by_any_of_its_terms(store):
    kind = NamedNode("https://w3id.org/passo/onto/ParticipatoryProcess")
    assert len(set(names(store.pattern(None, RDF.type, kind)))) == 3
    assert names(store.pattern(None, FOAF.primaryTopic, NamedNode(PROCESS))) == {"doc/process/xx-0001"}
    graph = NamedNode(BASE + "dataset/places")
    assert len(list(store.pattern(None, None, None, graph))) == 5
    assert list(store.pattern(NamedNode(PROCESS), RDF.type, kind, graph)) == []


def test_names_are_in_the_first_language_there_is(store):
    status = "https://w3id.org/passo/controlled-vocabulary/progress-status/completed"
    place = BASE + "id/place/istat-99"
    wanted = [status, place, "x:nothing", PROCESS + "/cost"]
    store.prefetch(wanted)
    assert store.labels(wanted, ("en", "it")) == {
        status: Label("completed", "en"),
        place: Label("Valdiprova", "it"),
    }


def test_the_graphs_and_their_sizes_are_those_of_the_release(store):
    assert store.graphs()[BASE + "dataset/places"] == 5
    assert len(store.graphs()) == 7
    assert store.union


# ----------------------------------------------------------------------------------------------------------- queries

SELECT = "SELECT ?s ?n { ?s <http://www.w3.org/2004/02/skos/core#notation> ?n }"


@pytest.mark.parametrize("media_type", RESULTS, ids=lambda each: each.extension)
def test_solutions_come_in_every_format_of_results(ask, media_type):
    answer = ask(SELECT, accepted=Accepted((media_type,), ()))
    assert answer.media_type is media_type
    assert b"099001" in answer.body
    assert b"true" in ask("ASK {}", accepted=Accepted((media_type,), ())).body


@pytest.mark.parametrize("media_type", [*GRAPHS, *DATASETS], ids=lambda each: each.extension)
@pytest.mark.parametrize("text", ["CONSTRUCT { ?s ?p 1 } { ?s ?p '099001' }", f"DESCRIBE <{BASE}id/place/istat-99>"])
def test_graphs_come_in_every_format_of_graphs(ask, text, media_type):
    answer = ask(text, accepted=Accepted((), (media_type,)))
    assert answer.media_type is media_type
    assert list(ox.parse(answer.body, format=media_type.rdf))


def test_a_result_that_nobody_takes_is_refused_with_what_there_is(ask):
    refused = refusal(ask, "ASK {}", accepted=Accepted((), (TURTLE,)))
    assert (refused.reason, RESULTS_CSV.name in str(refused)) == ("not-acceptable", True)


DATASETS_ASKED = {
    "no graph": ("", {}, (True, True, True)),
    "FROM": (f"FROM <{BASE}dataset/places>", {}, (False, True, False)),
    "FROM NAMED": (f"FROM NAMED <{BASE}dataset/places>", {}, (False, False, True)),
    "default-graph-uri": ("", {"default_graphs": (f"{BASE}dataset/places",)}, (False, True, False)),
    "named-graph-uri": ("", {"named_graphs": (f"{BASE}dataset/places",)}, (False, False, True)),
    "both, the protocol wins": (
        f"FROM <{BASE}dataset/invented>",
        {"default_graphs": (f"{BASE}dataset/places",)},
        (False, True, False),
    ),
}


@pytest.mark.parametrize("case", DATASETS_ASKED)
def test_a_query_is_asked_of_the_graphs_that_are_named_else_of_the_union_of_all(ask, case):
    clause, named, expected = DATASETS_ASKED[case]
    date, code = "<https://schema.org/startDate>", "<http://www.w3.org/2004/02/skos/core#notation>"
    patterns = (f"{{ ?s {date} ?o }}", f"{{ ?s {code} ?o }}", f"{{ GRAPH ?g {{ ?s {code} ?o }} }}")
    found = tuple(json.loads(ask(f"ASK {clause} {each}", **named).body)["boolean"] for each in patterns)
    assert found == expected


def test_the_default_graph_has_each_triple_of_all_graphs(ask, store):
    (row,) = json.loads(ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body)["results"]["bindings"]
    assert int(row["n"]["value"]) == sum(store.graphs().values())


@pytest.mark.parametrize("text", ["SELECT *\n{ ?s ?p ", "CLEAR ALL", "SELECT * { ?s ?p ?o } }"])
def test_what_is_no_query_is_malformed_and_the_place_is_told(ask, text):
    refused = refusal(ask, text)
    assert refused.reason == "malformed"
    assert str(refused).startswith("line ")


def test_a_query_that_lasts_too_long_is_refused_at_its_deadline(ask):
    refused = refusal(ask, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert (refused.reason, refused.limit) == ("timeout", 1.0)
    assert refused.seconds > 0.5


def test_a_result_that_is_too_large_is_refused_and_never_cut(ask):
    refused = refusal(ask, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 50000")
    assert (refused.reason, refused.limit) == ("result-too-large", MEBIBYTE)


def test_what_a_query_costs_is_told(ask):
    assert ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?s ?q ?r }").seconds > 0


def test_the_next_query_is_answered(ask, store):
    assert json.loads(ask("ASK {}").body)["boolean"] is True
    assert store.ready
    assert store.load
