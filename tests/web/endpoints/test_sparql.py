"""Test the SPARQL protocol: operations, formats of results, refusals, limits."""

import csv
import gzip
import io
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper

from passo_lod.media_types import GRAPHS, RESULTS
from passo_lod.queries.stored_queries import stored_queries

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
TITLES = "SELECT ?t { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> ; <http://purl.org/dc/terms/title> ?t }"
PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def ask(client, query, **headers):
    return client.get("/sparql", params={"query": query}, headers={"Accept": "*/*", **headers})


def test_the_three_operations_give_the_same_answer(client):
    answers = [
        ask(client, TITLES),
        client.post("/sparql", content="query=" + quote(TITLES), headers=FORM),
        client.post("/sparql", content=TITLES, headers=DIRECT),
        client.post("/sparql/", content=TITLES, headers={"content-type": "application/sparql-query; charset=UTF-8"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all(len(answer.json()["results"]["bindings"]) == 3 for answer in answers)


@pytest.mark.parametrize("media_type", RESULTS, ids=lambda each: each.extension)
def test_select_is_answered_in_every_format_of_results(client, media_type):
    for answer in (
        ask(client, TITLES, Accept=media_type.name),
        client.get("/sparql", params={"query": TITLES, "format": media_type.extension}),
    ):
        assert answer.headers["content-type"].partition(";")[0] == media_type.name
        solutions = (
            csv.DictReader(io.StringIO(answer.text))
            if media_type.extension == "csv"
            else ox.parse_query_results(answer.content, format=media_type.results)
        )
        assert len(list(solutions)) == 3


@pytest.mark.parametrize("media_type", RESULTS, ids=lambda each: each.extension)
def test_ask_is_answered_in_every_format_of_results(client, media_type):
    assert "true" in ask(client, "ASK { ?s ?p ?o }", Accept=media_type.name).text


@pytest.mark.parametrize("media_type", GRAPHS, ids=lambda each: each.extension)
@pytest.mark.parametrize(
    "query",
    [
        "DESCRIBE <https://data.example.org/passo/id/process/xx-0001>",
        "CONSTRUCT WHERE { ?s <http://purl.org/dc/terms/title> ?o }",
    ],
)
def test_graphs_are_answered_in_every_format_of_graphs(client, media_type, query):
    answer = ask(client, query, Accept=media_type.name)
    assert answer.headers["content-type"].partition(";")[0] == media_type.name
    assert list(ox.parse(answer.content, format=media_type.rdf))


def test_by_default_results_are_json_and_graphs_turtle(client):
    for query, expected in (
        (TITLES, "application/sparql-results+json"),
        ("CONSTRUCT { <x:s> <x:p> 1 } {}", "text/turtle"),
    ):
        for accept in ("", "*/*"):
            assert ask(client, query, Accept=accept).headers["content-type"].startswith(expected)


REFUSED = [
    ("GET", "/sparql?query=SELECT%0A%20nonsense", None, {}, 400),
    ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, {}, 400),
    ("GET", "/sparql?query=%FF", None, {}, 400),
    ("GET", "/sparql?update=CLEAR%20ALL", None, {}, 400),
    ("GET", "/sparql?query=CLEAR%20ALL", None, {}, 400),
    ("GET", "/sparql?query=ASK%7B%7D&format=docx", None, {}, 400),
    ("GET", "/sparql?query=ASK%7B%7D&" + "&".join("abcdefghijklmnopqrstuvwxyzabcdefghijklm"), None, {}, 400),
    ("GET", "/sparql?query=ASK%7B%7D", None, {"Accept": "image/png"}, 406),
    ("GET", "/sparql?query=ASK%7B%7D", None, {"Accept": "text/turtle"}, 406),
    ("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=not%20an%20iri", None, {}, 400),
    ("POST", "/sparql", b"ASK {}", {}, 415),
    ("POST", "/sparql", b"ASK {}", {"Content-Type": "text/plain"}, 415),
    ("POST", "/sparql", b"CLEAR ALL", {"Content-Type": "application/sparql-update"}, 415),
    ("POST", "/sparql", b"query=ASK%7B%7D", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ("POST", "/sparql", b"\xff\xfe", DIRECT, 400),
    ("POST", "/sparql", b"ASK {}", {"Content-Type": "application/sparql-query; charset=utf-16"}, 415),
    ("POST", "/sparql", b"update=CLEAR%20ALL", FORM, 400),
    ("POST", "/sparql", b"", FORM, 400),
    ("POST", "/sparql", b"#" * 300_000, DIRECT, 413),
    ("POST", "/sparql", b"#" * 70_000, DIRECT, 422),
    ("POST", "/sparql", b"SELECT * { SERVICE <http://127.0.0.1:9/> {} }", DIRECT, 403),
    ("POST", "/sparql", b"{" * 5000, DIRECT, 422),
    ("POST", "/sparql", b"SELECT * { FILTER(" + b"!" * 20000 + b"?s) }", DIRECT, 422),
    ("POST", "/sparql", b"SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c", DIRECT, 422),
    ("POST", "/sparql", b"SELECT * { ?a ?b ?c . ?d ?e ?f }", DIRECT, 422),
    ("POST", "/sparql", PRODUCT.encode(), DIRECT, 422),
    ("PUT", "/sparql", b"ASK {}", DIRECT, 405),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), REFUSED)
def test_a_refusal_is_a_problem_document(client, method, path, body, headers, status):
    answer = client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text


def test_syntax_error_has_line_and_column(client):
    problem = ask(client, "SELECT *\n{ ?s ?p }").json()
    assert problem["reason"] == "malformed"
    assert problem["detail"].startswith("line 2, column 3")


def test_percent_signs_in_a_query_arrive_as_they_were_sent(client):
    query = 'SELECT ("100%25 a%2Fb + ü" AS ?x) {}'
    for answer in (ask(client, query), client.post("/sparql", content="query=" + quote(query, safe=""), headers=FORM)):
        assert answer.json()["results"]["bindings"][0]["x"]["value"] == "100%25 a%2Fb + ü"


def test_the_dataset_of_the_request_is_queried(client):
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    places = {"query": query, "default-graph-uri": "https://data.example.org/passo/dataset/places"}
    counts = [
        int(client.get("/sparql", params=parameters).json()["results"]["bindings"][0]["n"]["value"])
        for parameters in ({"query": query}, places)
    ]
    assert counts[1] == 5
    assert counts[0] > 4000


def test_no_query_reaches_another_host(client):
    hits = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)

        do_POST = do_GET  # noqa: N815 - the name is the library's

    with HTTPServer(("127.0.0.1", 0), Canary) as canary:
        threading.Thread(target=canary.serve_forever, daemon=True).start()
        target = f"http://127.0.0.1:{canary.server_port}/"
        for query in (
            f"SELECT * {{ SERVICE <{target}> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ service silent <{target}> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ VALUES ?u {{ <{target}> }} SERVICE ?u {{ ?s ?p ?o }} }}",
            f"SELECT * {{ \\u0053ERVICE <{target}> {{ ?s ?p ?o }} }}",
            f"SELECT * FROM <{target}> {{ ?s ?p ?o }}",
            f"SELECT * FROM NAMED <{target}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
            f"LOAD <{target}>",
        ):
            ask(client, query)
        canary.shutdown()
    assert hits == []


@pytest.mark.exclusive
def test_documents_are_served_while_every_worker_is_busy(client, address):
    with httpx.Client(base_url=address, timeout=30) as other:
        bombs = [threading.Thread(target=ask, args=(client, PRODUCT)) for _ in range(4)]
        for bomb in bombs:
            bomb.start()
        waits = []
        while any(bomb.is_alive() for bomb in bombs):
            started = time.monotonic()
            assert other.get("/doc/process/xx-0001").status_code == 200
            waits.append(time.monotonic() - started)
    assert len(waits) > 10
    assert sorted(waits)[len(waits) // 2] < 0.25


def test_many_small_queries_from_one_client_are_all_answered(client):
    assert {ask(client, f"ASK {{ ?s ?p {number} }}").status_code for number in range(120)} == {200}


def test_sparqlwrapper_is_understood(address):
    endpoint = SPARQLWrapper(address + "/sparql")
    endpoint.setQuery(TITLES)
    endpoint.setReturnFormat(JSON)
    assert len(endpoint.queryAndConvert()["results"]["bindings"]) == 3
    endpoint.setMethod("POST")
    assert len(endpoint.queryAndConvert()["results"]["bindings"]) == 3
    endpoint.setQuery("CONSTRUCT WHERE { ?s <http://purl.org/dc/terms/title> ?o }")
    endpoint.setReturnFormat(TURTLE)
    assert list(ox.parse(endpoint.queryAndConvert(), format=ox.RdfFormat.TURTLE))


# ---------------------------------------------------------------------------------------------------------- the page


def test_browser_gets_a_form_and_a_program_the_service_description(client, address):
    assert "<textarea" in client.get("/sparql", headers={"Accept": "text/html"}).text
    for media_type in GRAPHS:
        answer = client.get("/sparql", headers={"Accept": media_type.name})
        described = {(str(q.predicate), str(q.object)) for q in ox.parse(answer.content, format=media_type.rdf)}
        endpoint = "<http://www.w3.org/ns/sparql-service-description#endpoint>"
        assert (endpoint, f"<{address}/sparql>") in described
        assert not any("_:" in value for _, value in described)


def test_browser_gets_results_as_a_table(client):
    answer = ask(client, TITLES, Accept="text/html")
    assert answer.status_code == 200
    assert "<td>" in answer.text
    assert "Il parco di tutti" in answer.text


def test_the_page_of_a_long_result_is_truncated_with_a_link_to_the_whole(client):
    text = ask(client, "SELECT ?s { ?s ?p ?o }", Accept="text/html", **{"Accept-Language": "en"}).text
    assert "Showing the first 500" in " ".join(text.split())
    assert "format=csv" in text


def test_browser_gets_a_refusal_on_the_page_with_the_query(client):
    answer = ask(client, "SELECT nonsense &", Accept="text/html")
    assert answer.status_code == 400
    assert "SELECT nonsense &amp;" in answer.text
    assert "line 1, column" in answer.text


def test_examples_on_the_page_are_answered(client):
    for example in stored_queries():
        assert set(example.titles) == {"it", "en"}
        answer = ask(client, example.text)
        assert answer.status_code == 200, answer.text
        assert "bindings" in answer.json()["results"]


def test_relative_iris_are_relative_to_the_endpoint(client):
    answer = ask(client, "CONSTRUCT { <s> <p> 1 } {}", Accept="application/n-triples")
    assert answer.text.startswith("<https://data.example.org/passo/s> <https://data.example.org/passo/p>")


def test_a_long_query_can_be_sent_by_get(client):
    assert ask(client, "ASK {} #" + "x" * 40_000).json()["boolean"] is True


def test_a_byte_order_mark_before_a_query_is_ignored(client):
    marked = "\ufeffASK {}"
    answers = [
        ask(client, marked),
        client.post("/sparql", content=marked.encode(), headers=DIRECT),
        client.post("/sparql", content="query=" + quote(marked), headers=FORM),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert all(answer.json()["boolean"] for answer in answers)


def test_a_compressed_query_is_415_with_the_coding_that_would_be_right(client):
    """RFC 9110, 12.5.3: the response states the accepted codings."""
    answer = client.post("/sparql", content=gzip.compress(b"ASK {}"), headers={**DIRECT, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert "without Content-Encoding" in answer.json()["detail"]
    assert client.post("/sparql", content="ASK {}", headers={**DIRECT, "Content-Encoding": "identity"}).is_success


def test_the_limits_of_size_are_the_same_in_status_documentation_and_refusals(client):
    limits = client.get("/status").json()["limits"]["query"]
    characters, body, address = (limits[name] for name in ("characters", "bodyBytes", "addressBytes"))
    page = (Path(__file__).parents[3] / "docs" / "sparql.md").read_text(encoding="utf-8")
    assert all(f"{limit:,}" in page for limit in (characters, body, address))

    long = client.post("/sparql", content="ASK {} #".ljust(characters + 1, "x"), headers=DIRECT).json()
    too_long = client.post("/sparql", content="ASK {} #".ljust(body + 1, "x"), headers=DIRECT).json()
    far_too_long = client.get("/sparql?query=".ljust(address + 1, "x")).json()
    assert (long["status"], too_long["status"], far_too_long["status"]) == (422, 413, 414)
    assert str(characters) in long["detail"]
    assert too_long["limit"] == body
    assert str(characters) in too_long["detail"]
    assert str(address) in far_too_long["detail"]
    assert "POST" in far_too_long["detail"]
    assert client.post("/sparql", content="ASK {} #".ljust(characters, "€"), headers=DIRECT).is_success
    assert client.get("/sparql?query=ASK%7B%7D%23".ljust(address, "x")).is_success


def test_a_misspelt_keyword_is_named_with_the_right_one(client):
    problem = ask(client, "SELECT * { ?s ?p ?o FILTR(?o > 1) }").json()
    assert problem["detail"] == "line 1, column 21: FILTR is no word of SPARQL; did you mean FILTER?"
