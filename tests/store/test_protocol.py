"""One set of tests for every implementation of `protocol.Store`: in memory, on disk, and remote."""

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
from passo_lod.store.workers.engine import WorkerEngine
from tests.oxigraph_server import oxigraph

BASE = "https://data.example.org/passo/"
PROCESS = BASE + "id/process/xx-0001"
LIMITS = Limits(seconds=1.0, memory=256 * MEBIBYTE, result=MEBIBYTE)


def _local(release: Release, policy: StoragePolicy) -> LocalStore:
    loaded = LoadedRelease.open(release, policy)
    return LocalStore(release, loaded, WorkerEngine(loaded.origin, LIMITS, 1))


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


def subject_paths(quads):
    return {quad.subject.value.removeprefix(BASE) for quad in quads}


def refusal(ask, text, **settings):
    with pytest.raises(QueryRefused) as refused:
        ask(text, **settings)
    return refused.value


# ------------------------------------------------------------------------------------------------------------ resources


def test_a_description_has_the_resource_its_parts_its_record_and_the_parts_of_the_record(store):
    assert subject_paths(store.describe(PROCESS)) == {
        "id/process/xx-0001",
        "id/process/xx-0001/cost",
        "id/process/xx-0001/phase/1",
        "id/process/xx-0001/phase/2",
        "id/process/xx-0001/phase/10",
        "doc/process/xx-0001",
        "doc/process/xx-0001#missing-policyArea",
    }


def test_a_description_has_all_quads_about_the_resource(store):
    expected = {(quad.predicate, str(quad.object)) for quad in store.pattern(NamedNode(PROCESS), None, None)}
    described = {
        (quad.predicate, str(quad.object)) for quad in store.describe(PROCESS) if quad.subject == NamedNode(PROCESS)
    }
    assert {each[0] for each in expected} == {each[0] for each in described}
    assert len(expected) == len(described) == 16


def test_the_description_of_a_linkset_has_its_links(store):
    quads = store.describe("https://w3id.org/passo/alignment/other")
    assert any(quad.object == NamedNode("https://other.example.org/done") for quad in quads)


def test_the_description_of_an_unknown_iri_is_empty(store):
    assert store.describe(BASE + "id/process/nobody") == []
    assert not store.exists(BASE + "id/process/nobody")
    assert store.exists(PROCESS)


def test_a_prefix_of_a_known_iri_does_not_exist(store):
    assert not store.exists(PROCESS[:-1])
    assert store.exists(PROCESS + "/phase/1")
    assert not store.exists(PROCESS + "/phase")


def test_mentions_are_quads_about_other_subjects_up_to_a_limit(store):
    place = BASE + "id/place/istat-099001"
    assert subject_paths(store.mentions(place, 10)) == {"id/process/xx-0001"}
    assert len(store.mentions(place, 1)) == 1


def test_a_quad_pattern_matches_by_any_of_its_terms(store):
    kind = NamedNode("https://w3id.org/passo/onto/ParticipatoryProcess")
    assert len(set(subject_paths(store.pattern(None, RDF.type, kind)))) == 3
    assert subject_paths(store.pattern(None, FOAF.primaryTopic, NamedNode(PROCESS))) == {"doc/process/xx-0001"}
    graph = NamedNode(BASE + "dataset/places")
    assert len(list(store.pattern(None, None, None, graph))) == 5
    assert list(store.pattern(NamedNode(PROCESS), RDF.type, kind, graph)) == []


def test_labels_are_in_the_first_available_language(store):
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
    assert store.union_default_graph


# ----------------------------------------------------------------------------------------------------------- queries

SELECT = "SELECT ?s ?n { ?s <http://www.w3.org/2004/02/skos/core#notation> ?n }"


@pytest.mark.parametrize("media_type", RESULTS, ids=lambda each: each.extension)
def test_solutions_are_serialised_in_every_results_format(ask, media_type):
    answer = ask(SELECT, accepted=Accepted((media_type,), ()))
    assert answer.media_type is media_type
    assert b"099001" in answer.body
    assert b"true" in ask("ASK {}", accepted=Accepted((media_type,), ())).body


@pytest.mark.parametrize("media_type", [*GRAPHS, *DATASETS], ids=lambda each: each.extension)
@pytest.mark.parametrize("text", ["CONSTRUCT { ?s ?p 1 } { ?s ?p '099001' }", f"DESCRIBE <{BASE}id/place/istat-99>"])
def test_graphs_are_serialised_in_every_rdf_format(ask, text, media_type):
    answer = ask(text, accepted=Accepted((), (media_type,)))
    assert answer.media_type is media_type
    assert list(ox.parse(answer.body, format=media_type.rdf))


def test_a_result_that_is_not_acceptable_is_refused_with_the_available_types(ask):
    refused = refusal(ask, "ASK {}", accepted=Accepted((), (TURTLE,)))
    assert (refused.reason, RESULTS_CSV.name in str(refused)) == ("not-acceptable", True)


DATASET_CASES = {
    "no graph": ("", {}, (True, True, True)),
    "FROM": (f"FROM <{BASE}dataset/places>", {}, (False, True, False)),
    "FROM NAMED": (f"FROM NAMED <{BASE}dataset/places>", {}, (False, False, True)),
    "default-graph-uri": ("", {"default_graphs": (f"{BASE}dataset/places",)}, (False, True, False)),
    "named-graph-uri": ("", {"named_graphs": (f"{BASE}dataset/places",)}, (False, False, True)),
    "FROM an unknown graph": ("FROM <http://127.0.0.1:9/unknown>", {}, (False, False, False)),
    "FROM NAMED an unknown graph": ("FROM NAMED <http://127.0.0.1:9/unknown>", {}, (False, False, False)),
    "FROM a known and an unknown graph": (
        f"FROM <http://127.0.0.1:9/unknown>\nFROM <{BASE}dataset/places>",
        {},
        (False, True, False),
    ),
    "unknown default-graph-uri": ("", {"default_graphs": ("http://127.0.0.1:9/unknown",)}, (False, False, False)),
    "unknown named-graph-uri": ("", {"named_graphs": ("http://127.0.0.1:9/unknown",)}, (False, False, False)),
    "both, the protocol wins": (
        f"FROM <{BASE}dataset/invented>",
        {"default_graphs": (f"{BASE}dataset/places",)},
        (False, True, False),
    ),
}


@pytest.mark.parametrize("case", DATASET_CASES)
def test_the_dataset_has_the_named_graphs_or_else_the_union_of_all(ask, case):
    clause, named, expected = DATASET_CASES[case]
    date, code = "<https://schema.org/startDate>", "<http://www.w3.org/2004/02/skos/core#notation>"
    patterns = (f"{{ ?s {date} ?o }}", f"{{ ?s {code} ?o }}", f"{{ GRAPH ?g {{ ?s {code} ?o }} }}")
    found = tuple(json.loads(ask(f"ASK {clause} {each}", **named).body)["boolean"] for each in patterns)
    assert found == expected


def test_the_default_graph_has_each_triple_of_all_graphs(ask, store):
    (row,) = json.loads(ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body)["results"]["bindings"]
    assert int(row["n"]["value"]) == sum(store.graphs().values())


@pytest.mark.parametrize("text", ["SELECT *\n{ ?s ?p ", "CLEAR ALL", "SELECT * { ?s ?p ?o } }"])
def test_a_malformed_query_is_refused_with_line_and_column(ask, text):
    refused = refusal(ask, text)
    assert refused.reason == "malformed"
    assert str(refused).startswith("line ")


def test_a_query_is_refused_at_its_deadline(ask):
    refused = refusal(ask, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert (refused.reason, refused.limit) == ("timeout", 1.0)
    assert refused.seconds > 0.5


def test_a_result_that_is_too_large_is_refused_and_not_truncated(ask):
    refused = refusal(ask, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 50000")
    assert (refused.reason, refused.limit) == ("result-too-large", MEBIBYTE)


def test_an_answer_has_the_seconds_that_the_query_used(ask):
    assert ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?s ?q ?r }").seconds > 0


def test_the_next_query_is_answered(ask, store):
    assert json.loads(ask("ASK {}").body)["boolean"] is True
    assert store.ready
    assert store.load
