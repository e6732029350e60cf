"""A remote store is believed only as far as its answers are whole, and spared when it fails."""

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.release.sparql_upload import UploadTarget, upload
from passo_lod.store.protocol import Limits, Query
from passo_lod.store.release import Release
from passo_lod.store.remote_store import RemoteStore, control_graph
from passo_lod.store.sparql_client import CircuitBreaker, SparqlClient
from tests.oxigraph_server import oxigraph
from tests.serving import free_port

BASE = "https://data.example.org/passo/"
JSON = "application/sparql-results+json"
WHOLE = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'


@contextmanager
def answering(status, content_type, body, seen=None):
    """The address of an HTTP server that always answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if seen is not None:
                seen.append((dict(self.headers), asked.decode()))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/query"
        server.shutdown()


def asked(url, release, text="SELECT ?n {}", limits=Limits(seconds=2)):  # noqa: B008 - frozen
    async def story():
        store = RemoteStore(Release.open(release), SparqlClient(url), limits, 2)
        try:
            return await store.query(Query(text))
        finally:
            await store.stop()

    return asyncio.run(story())


def refusal(*arguments, **settings):
    with pytest.raises(QueryRefused) as refused:
        asked(*arguments, **settings)
    return refused.value


def test_a_whole_answer_is_passed_on(release):
    with answering(200, JSON, WHOLE) as url:
        assert json.loads(asked(url, release).body)["results"]["bindings"][0]["n"]["value"] == "1"


BROKEN = {
    "JSON that ends before its end": (JSON, WHOLE[:-20]),
    "an error in the middle of JSON": (JSON, WHOLE[:60] + b"The SPARQL operation has been cancelled"),
    "N-Triples that break off": ("application/n-triples", b'<x:a> <x:b> <x:c> .\n<x:a> <x:b> "half'),
    "a page": ("text/html", b"<h1>It works!</h1>"),
    "nothing": (JSON, b""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_answer_that_is_not_whole_is_no_answer(release, case):
    with answering(200, *BROKEN[case]) as url:
        refused = refusal(url, release)
        assert refused.reason == "unavailable"
        assert "broke off" in str(refused)


def test_what_the_store_says_of_a_bad_query_is_passed_on(release):
    with answering(400, "text/plain", b"error at 1:9: expected something") as url:
        refused = refusal(url, release)
        assert (refused.reason, str(refused)) == ("malformed", "line 1, column 9: expected something")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_store_that_fails_is_unavailable(release, status):
    with answering(status, "text/plain", b"no") as url:
        assert refusal(url, release).reason == "unavailable"


def test_a_store_that_is_not_there_is_unavailable_and_its_password_is_not_told(release):
    refused = refusal(f"http://user:secret@127.0.0.1:{free_port()}/query", release)
    assert refused.reason == "unavailable"
    assert "secret" not in str(refused)


def test_a_password_in_the_address_is_sent_as_basic_authentication(release):
    seen = []
    with answering(200, JSON, WHOLE, seen) as url:
        asked(url.replace("127.0.0.1", "user:secret@127.0.0.1"), release)
    assert seen[0][0]["Authorization"] == "Basic dXNlcjpzZWNyZXQ="


def test_the_store_is_asked_of_the_graphs_of_the_release_and_of_no_others(release):
    seen = []
    with answering(200, JSON, WHOLE, seen) as url:
        asked(url, release)
        asked(url, release, f"SELECT ?n FROM <{BASE}dataset/places> {{}}")
    graphs = Release.open(release).manifest.graphs
    assert seen[0][1].count("default-graph-uri=") == seen[0][1].count("named-graph-uri=") == len(graphs)
    assert (seen[1][1].count("default-graph-uri="), seen[1][1].count("named-graph-uri=")) == (1, 0)


def test_an_endpoint_that_has_failed_often_is_left_alone_for_a_while():
    breaker = CircuitBreaker(failures=2, rest=0.05)
    breaker.failed()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open
    asyncio.run(asyncio.sleep(0.06))
    assert not breaker.is_open
    breaker.succeeded()
    breaker.failed()
    assert not breaker.is_open


# ------------------------------------------------------------------------------------------------------------ loading


@pytest.fixture(scope="module")
def store_url():
    with oxigraph() as url:
        yield url


def select(url, query):
    answer = httpx.post(url, data={"query": query}, headers={"Accept": "text/csv"})
    return answer.text.split("\r\n")[1:-1]


@contextmanager
def opened(url, folder):
    store = RemoteStore.open(Release.open(folder), url, Limits())
    yield store
    asyncio.run(store.stop())


def load(url, folder):
    return upload(folder, UploadTarget.of(url), lambda *_: None)


def test_a_store_that_holds_no_release_or_another_is_not_served_from(release, tmp_path, store_url, write_release):
    with pytest.raises(ReleaseError, match="holds no release"):
        RemoteStore.open(Release.open(release), store_url, Limits())
    load(store_url, write_release(tmp_path / "other", "other-release"))
    with pytest.raises(ReleaseError, match="holds the release other-release"):
        RemoteStore.open(Release.open(release), store_url, Limits())


SMALL = 'data:invented { <https://data.example.org/passo/id/process/xx-1> dct:title "Uno"@it . }'


def test_a_release_takes_the_place_of_the_one_before_and_leaves_others_data_alone(
    release, tmp_path, store_url, write_release
):
    update = store_url.replace("/query", "/update")
    httpx.post(update, data={"update": "INSERT DATA { GRAPH <http://others.example.org/> { <x:a> <x:b> 1 } }"})
    load(store_url, release)
    small = write_release(tmp_path / "small", "small", data=SMALL)
    assert load(store_url, small) == "small"
    graphs = set(select(store_url, "SELECT DISTINCT ?g { GRAPH ?g {} }"))
    assert graphs == {*Release.open(small).manifest.graphs, control_graph(BASE), "http://others.example.org/"}
    with opened(store_url, small) as store:
        assert store.exists(BASE + "id/process/xx-1")
        assert not store.exists(BASE + "id/process/xx-0001")
        assert not store.exists("x:a")


def test_a_release_that_lost_something_on_its_way_is_not_switched_to(release, tmp_path, store_url, write_release):
    load(store_url, release)
    broken = write_release(tmp_path / "broken", "broken", data=SMALL)
    manifest = json.loads((broken / "manifest.json").read_text())
    manifest["graphs"][BASE + "dataset/invented"] = 2
    (broken / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match="2 triples were sent and 1 are there"):
        load(store_url, broken)
    with opened(store_url, release) as store:
        assert store.exists(BASE + "id/process/xx-0001")
    assert not [graph for graph in select(store_url, "SELECT DISTINCT ?g { GRAPH ?g {} }") if "loading" in graph]


def test_a_store_that_is_not_there_is_named(release):
    with pytest.raises(ReleaseError, match=r"127\.0\.0\.1.*holds what it held before"):
        load(f"http://user:secret@127.0.0.1:{free_port()}/query", release)


def test_the_other_addresses_are_guessed_as_known_stores_lay_them_out(store_url):
    found = UploadTarget.of(store_url)
    assert (found.update.path, found.graphs.path) == ("/update", "/store")
    repository = UploadTarget.of("http://127.0.0.1:9/repositories/passo")
    assert (repository.update.path, repository.graphs.path) == (
        "/repositories/passo/statements",
        "/repositories/passo/rdf-graphs/service",
    )
    assert UploadTarget.of("http://127.0.0.1:9/ds/sparql").graphs.path == "/ds/data"
    given = UploadTarget.of("http://127.0.0.1:9/any", "http://127.0.0.1:9/u", "http://127.0.0.1:9/g")
    assert (given.update.path, given.graphs.path) == ("/u", "/g")
    with pytest.raises(ReleaseError, match="--update and --graph-store"):
        UploadTarget.of("http://127.0.0.1:9/any")
