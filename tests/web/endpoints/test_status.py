"""Test that clients can read the limits in `/status`, in headers, in refusals and in the service description."""

import httpx
import rdflib
from rdflib import RDF, Namespace

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
ONE = "SELECT (1 AS ?n) {}"


def test_the_status_has_release_limits_and_load(client):
    status = client.get("/status").json()
    assert status["release"] == "2026-11-22T101500Z-abc123"
    assert status["limits"]["query"]["seconds"] == 1.0
    assert status["limits"]["client"]["processorSeconds"] == 60
    assert status["load"]["workers"] >= 2
    assert status["sparql"] is True


def test_every_response_of_the_endpoint_has_rate_limit_headers(client):
    for query in (ONE, "nonsense"):
        answer = client.get("/sparql", params={"query": query}, headers={"Accept": "*/*"})
        assert answer.headers["RateLimit-Policy"] == '"processor-seconds";q=60;w=60'
        assert answer.headers["RateLimit"].startswith('"processor-seconds";r=')


def test_a_refusal_has_the_limit_that_was_exceeded(client):
    problem = client.get("/sparql", params={"query": "SELECT * { ?a ?b ?c . ?d ?e ?f }"}).json()
    assert (problem["status"], problem["reason"], problem["limit"]) == (422, "result-too-large", 2 * 1024 * 1024)


def description(client, path="/sparql", **headers):
    answer = client.get(path, headers={"Accept": "text/turtle", **headers})
    return rdflib.Graph().parse(data=answer.text, format="turtle")


def test_the_service_description_has_the_local_address(client, address):
    graph = description(client)
    (service,) = graph.subjects(RDF.type, SD.Service)
    assert str(graph.value(service, SD.endpoint)) == f"{address}/sparql"
    assert (service, SD.feature, SD.UnionDefaultGraph) in graph
    assert len(set(graph.objects(service, SD.resultFormat))) == 10
    assert all("www.w3.org/ns/formats/" in str(each) for each in graph.objects(service, SD.resultFormat))


def test_the_service_description_has_the_limits_in_both_languages(client):
    graph = description(client)
    (service,) = graph.subjects(RDF.type, SD.Service)
    comments = {comment.language: str(comment) for comment in graph.objects(service, rdflib.RDFS.comment)}
    assert set(comments) == {"it", "en"}
    assert "60 seconds of processor time" in comments["en"]


def test_each_graph_is_described_with_its_size(client):
    graph = description(client)
    sizes = {
        str(graph.value(each, SD.name)).rpartition("/")[2]: graph.value(graph.value(each, SD.graph), VOID.triples)
        for each in graph.subjects(RDF.type, SD.NamedGraph)
    }
    assert int(sizes["places"]) == 5


VOID = Namespace("http://rdfs.org/ns/void#")


def test_a_foreign_host_header_is_not_repeated(client, address):
    answer = client.get("/sparql", headers={"Accept": "text/turtle", "Host": "evil.example.com"})
    assert "evil" not in answer.text
    assert "evil" not in str(answer.headers)
    assert "Host" in answer.headers["Vary"]


def test_the_client_behind_an_untrusted_proxy_is_the_proxy(address):
    with httpx.Client(base_url=address) as client:
        for number in range(3):
            client.get("/sparql", params={"query": ONE}, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert client.get("/status").status_code == 200


def test_static_files_are_immutable_if_their_version_is_named(client):
    assert client.get("/static/style.css").headers["Cache-Control"] == "public, max-age=300"
    assert "immutable" in client.get("/static/style.css?v=1").headers["Cache-Control"]
    assert client.get("/static/../app.py").status_code == 404
