"""The three tests of the W3C suite for SPARQL 1.1 Service Description, which the suite states in prose only."""

import re
from collections.abc import Iterator

import pytest
import rdflib
from rdflib import RDF, Namespace, URIRef

from tests.conformance.suites import entries, name_of, requires_suites
from tests.processes import Server, running
from tests.serving import get
from tests.store.conftest import write_release

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
TESTS = {"has-endpoint-triple", "returns-rdf", "conforms-to-schema"}
FORMAT_IRI = "https?://www[.]w3[.]org/ns/formats/"
FEATURES = {
    SD.UnionDefaultGraph,
    SD.EmptyGraphs,
    SD.BasicFederatedQuery,
    SD.DereferencesURIs,
    SD.RequiresDataset,
}
FORMATS = {
    "text/turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("described")
    write_release(folder / "one")
    (folder / "current").symlink_to("one")
    with running(folder, "--releases", str(folder), "--workers", "1") as server:
        yield server


def described(server: Server, url: str | None = None, accept: str = "text/turtle") -> rdflib.Graph:
    answer = get(url or server.endpoint, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return rdflib.Graph().parse(data=answer.content, format=FORMATS[accept], publicID=str(answer.url))


@requires_suites
def test_every_test_of_the_suite_is_run() -> None:
    assert {name_of(test) for test in entries("service-description")} == TESTS


@pytest.mark.parametrize("accept", FORMATS)
def test_returns_rdf(server: Server, accept: str) -> None:
    assert len(described(server, accept=accept)) > 10


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_has_endpoint_triple(server: Server, path: str, host: str) -> None:
    url = server.address.replace("127.0.0.1", host) + path
    graph = described(server, url)
    assert set(graph.objects(None, SD.endpoint)) == {URIRef(url)}


def test_conforms_to_schema(server: Server) -> None:
    """Properties have subjects and objects of the right classes, and all names belong to the vocabulary."""
    graph = described(server)
    (service,) = graph.subjects(RDF.type, SD.Service)
    assert list(graph.objects(service, SD.endpoint))
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert {bool(re.match(FORMAT_IRI, str(each))) for each in graph.objects(service, SD.resultFormat)} == {True}
    assert set(graph.objects(service, SD.feature)) <= FEATURES
    for dataset in graph.objects(service, SD.defaultDataset):
        assert (dataset, RDF.type, SD.Dataset) in graph
        assert [(each, RDF.type, SD.Graph) in graph for each in graph.objects(dataset, SD.defaultGraph)] == [True]
        assert check_named_graphs(graph, dataset) > 0


def check_named_graphs(graph: rdflib.Graph, dataset: rdflib.term.Node) -> int:
    named = list(graph.objects(dataset, SD.namedGraph))
    for each in named:
        assert (each, RDF.type, SD.NamedGraph) in graph
        assert len(list(graph.objects(each, SD.name))) == 1
    return len(named)


def test_every_described_named_graph_has_triples(server: Server) -> None:
    for name in described(server).objects(None, SD.name):
        query = {"query": f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"}
        assert get(server.endpoint, params=query).json()["boolean"] is True, name
