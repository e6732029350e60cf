"""A remote store passes on complete results only, and sends no requests for a while to an endpoint that fails."""

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

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
COMPLETE = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'


@contextmanager
def serving(status, content_type, body, requests=None):
    """The address of an HTTP server that always sends this response, and records requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            form = self.rfile.read(int(self.headers["Content-Length"]))
            if requests is not None:
                requests.append((dict(self.headers), form.decode()))
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


def ask(url, release, text="SELECT ?n {}", limits=Limits(seconds=2)):  # noqa: B008 - frozen
    async def story():
        store = RemoteStore(Release.open(release), SparqlClient(url), limits, 2)
        try:
            return await store.query(Query(text))
        finally:
            await store.stop()

    return asyncio.run(story())


def refusal(*arguments, **settings):
    with pytest.raises(QueryRefused) as refused:
        ask(*arguments, **settings)
    return refused.value


def test_a_complete_result_is_passed_on(release):
    with serving(200, JSON, COMPLETE) as url:
        assert json.loads(ask(url, release).body)["results"]["bindings"][0]["n"]["value"] == "1"


BROKEN = {
    "truncated JSON": (JSON, COMPLETE[:-20]),
    "an error in the middle of JSON": (JSON, COMPLETE[:60] + b"The SPARQL operation has been cancelled"),
    "truncated N-Triples": ("application/n-triples", b'<x:a> <x:b> <x:c> .\n<x:a> <x:b> "half'),
    "an HTML page": ("text/html", b"<h1>It works!</h1>"),
    "nothing": (JSON, b""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_incomplete_result_is_refused(release, case):
    with serving(200, *BROKEN[case]) as url:
        refused = refusal(url, release)
        assert refused.reason == "unavailable"
        assert "broke off" in str(refused)


def test_the_message_about_a_malformed_query_is_passed_on(release):
    with serving(400, "text/plain", b"error at 1:9: expected something") as url:
        refused = refusal(url, release)
        assert (refused.reason, str(refused)) == ("malformed", "line 1, column 9: expected something")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_reported_as_unavailable(release, status):
    with serving(status, "text/plain", b"no") as url:
        assert refusal(url, release).reason == "unavailable"


def test_the_message_about_an_unreachable_store_does_not_contain_the_password(release):
    refused = refusal(f"http://user:secret@127.0.0.1:{free_port()}/query", release)
    assert refused.reason == "unavailable"
    assert "secret" not in str(refused)


def test_a_password_in_the_url_is_sent_as_basic_authentication(release):
    requests = []
    with serving(200, JSON, COMPLETE, requests) as url:
        ask(url.replace("127.0.0.1", "user:secret@127.0.0.1"), release)
    assert requests[0][0]["Authorization"] == "Basic dXNlcjpzZWNyZXQ="


def test_requests_name_the_graphs_of_the_release_only(release):
    requests = []
    with serving(200, JSON, COMPLETE, requests) as url:
        ask(url, release)
        ask(url, release, f"SELECT ?n FROM <{BASE}dataset/places> {{}}")
    graphs = Release.open(release).manifest.graphs
    assert requests[0][1].count("default-graph-uri=") == requests[0][1].count("named-graph-uri=") == len(graphs)
    assert (requests[1][1].count("default-graph-uri="), requests[1][1].count("named-graph-uri=")) == (1, 0)


@pytest.mark.parametrize(
    ("clauses", "sent"),
    [
        (
            f"FROM <http://other.example.org/> FROM <{BASE}dataset/places>",
            [("default-graph-uri", f"{BASE}dataset/places")],
        ),
        ("FROM <http://other.example.org/>", [("default-graph-uri", "about:blank")]),
        ("FROM NAMED <file:///etc/hostname>", [("default-graph-uri", "about:blank")]),
    ],
)
def test_a_graph_that_is_not_in_the_release_is_not_sent_to_the_endpoint(release, clauses, sent):
    requests = []
    with serving(200, JSON, COMPLETE, requests) as url:
        ask(url, release, f"SELECT ?n {clauses} {{}}")
    (query, *dataset) = parse_qsl(requests[0][1])
    assert dataset == sent
    assert query == ("query", f"SELECT ?n {' ' * len(clauses)} {{}}")


def test_an_endpoint_that_failed_several_times_gets_no_requests_for_a_while():
    breaker = CircuitBreaker(max_failures=2, pause_seconds=0.05)
    breaker.record_failure()
    assert not breaker.is_open
    breaker.record_failure()
    assert breaker.is_open
    asyncio.run(asyncio.sleep(0.06))
    assert not breaker.is_open
    breaker.record_success()
    breaker.record_failure()
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


def test_a_store_with_another_release_or_none_is_not_opened(release, tmp_path, store_url, write_release):
    with pytest.raises(ReleaseError, match="has no release"):
        RemoteStore.open(Release.open(release), store_url, Limits())
    load(store_url, write_release(tmp_path / "other", "other-release"))
    with pytest.raises(ReleaseError, match="has the release other-release"):
        RemoteStore.open(Release.open(release), store_url, Limits())


SMALL = 'data:invented { <https://data.example.org/passo/id/process/xx-1> dct:title "Uno"@it . }'


def test_an_upload_replaces_the_previous_release_and_leaves_other_graphs_unchanged(
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


def test_an_incomplete_upload_does_not_replace_the_previous_release(release, tmp_path, store_url, write_release):
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


def test_the_error_names_a_store_that_cannot_be_reached(release):
    with pytest.raises(ReleaseError, match=r"127\.0\.0\.1.*holds what it held before"):
        load(f"http://user:secret@127.0.0.1:{free_port()}/query", release)


def test_the_update_and_graph_store_urls_follow_the_conventions_of_known_stores(store_url):
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
