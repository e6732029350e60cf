"""Clients of other projects query the server: SPARQLWrapper, rdflib's SPARQLStore, curl and Comunica."""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.dom.minidom import Document

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDF,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from tests.processes import Server, running
from tests.serving import get, post
from tests.store.conftest import write_release

HERE = Path(__file__).parent
THING = "https://data.example.org/passo/id/process/xx-0001"
PREFIXES = """PREFIX dct: <http://purl.org/dc/terms/> PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
TITLES = PREFIXES + "SELECT ?p ?t { ?p a passo:ParticipatoryProcess ; dct:title ?t }"
CONSTRUCTED = PREFIXES + "CONSTRUCT { ?p dct:title ?t } { ?p a passo:ParticipatoryProcess ; dct:title ?t }"
OTHER_DATA = """
<https://other.example.org/graph> {
  <https://data.example.org/passo/id/process/xx-0001> skos:note "una nota"@it , "another note"@en .
  <https://data.example.org/passo/id/process/xx-0002> skos:note "la seconda"@it .
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("clients")
    write_release(folder / "one")
    (folder / "current").symlink_to("one")
    with running(folder, "--releases", str(folder), "--workers", "2") as server:
        yield server


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another endpoint, with more triples about the same resources."""
    folder = tmp_path_factory.mktemp("other")
    release = write_release(folder / "one", data=OTHER_DATA)
    with running(folder, "--dump", str(release / "dump/passo.nq.gz"), "--workers", "1") as server:
        yield server


def solutions(server: Server, query: str) -> list[dict[str, str]]:
    """The solutions of a SELECT query, requested without any of these clients: a dict of values for each."""
    answer = post(server.endpoint, content=query, headers={"Content-Type": "application/sparql-query"})
    return [{name: cell["value"] for name, cell in row.items()} for row in answer.json()["results"]["bindings"]]


# ---------------------------------------------------------------------------------------------------------- SPARQLWrapper


def wrapper(server: Server, query: str, form: str, method: str = GET) -> SPARQLWrapper:
    wrapped = SPARQLWrapper(server.endpoint)
    wrapped.setQuery(query)
    wrapped.setMethod(method)
    wrapped.setReturnFormat(form)
    return wrapped


@pytest.mark.parametrize(
    "method", [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)], ids=["get", "form", "body"]
)
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_solutions_in_every_format_by_every_method(
    server: Server, form: str, method: tuple[str, str]
) -> None:
    client = wrapper(server, TITLES, form, method[0])
    client.setRequestMethod(method[1])
    assert rows_of(client.queryAndConvert()) == len(solutions(server, TITLES)) == 3


def rows_of(answer: object) -> int:
    if isinstance(answer, dict):
        return len(answer["results"]["bindings"])
    if isinstance(answer, Document):
        return len(answer.getElementsByTagName("result"))
    assert isinstance(answer, bytes)
    return len(answer.splitlines()) - 1


@pytest.mark.parametrize("form", [JSON, XML])
def test_sparqlwrapper_reads_a_boolean(server: Server, form: str) -> None:
    answer = wrapper(server, "ASK { ?s ?p ?o }", form).queryAndConvert()
    text = answer.toxml() if isinstance(answer, Document) else json.dumps(answer)
    assert "true" in text


@pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated", "ignore:Sending Accept header"
)  # SPARQLWrapper 2.0
@pytest.mark.parametrize("query", [CONSTRUCTED, f"DESCRIBE <{THING}>"], ids=["construct", "describe"])
@pytest.mark.parametrize("form", [TURTLE, N3, RDF, RDFXML, XML, JSONLD])
def test_sparqlwrapper_reads_a_graph_in_every_format(server: Server, form: str, query: str) -> None:
    answer = wrapper(server, query, form).queryAndConvert()
    graph = answer if isinstance(answer, rdflib.Graph) else rdflib.Graph().parse(data=answer, format="turtle")
    title = (rdflib.URIRef(THING), rdflib.DCTERMS.title, rdflib.Literal("Il parco di tutti", lang="it"))
    assert title in graph


def test_sparqlwrapper_raises_an_error_for_a_malformed_query(server: Server) -> None:
    with pytest.raises(QueryBadFormed, match="line 1, column"):
        wrapper(server, "SELECT nonsense", JSON).query()


# ---------------------------------------------------------------------------------------------------------- rdflib


def test_rdflib_queries_through_its_sparql_store(server: Server) -> None:
    graph = rdflib.Graph(SPARQLStore(server.endpoint, returnFormat="json"))
    assert len(list(graph.query(TITLES))) == 3
    assert graph.value(rdflib.URIRef(THING), rdflib.DCTERMS.title) == rdflib.Literal("Il parco di tutti", lang="it")
    assert len(list(graph.triples((rdflib.URIRef(THING), None, None)))) == len(
        solutions(server, f"SELECT ?p ?o {{ <{THING}> ?p ?o }}")
    )


# ---------------------------------------------------------------------------------------------------------- curl

CURL_ARGUMENTS = {
    "GET": ["--get", "--data-urlencode", f"query={TITLES}"],
    "POST with URL-encoded parameters": ["--data-urlencode", f"query={TITLES}"],
    "POST directly": ["--header", "Content-Type: application/sparql-query", "--data-binary", TITLES],
    "format parameter": ["--get", "--data-urlencode", f"query={TITLES}", "--data", "format=csv"],
    "Accept header": ["--header", "Accept: text/csv", "--data-urlencode", f"query={TITLES}"],
}

curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def run_curl(*arguments: str) -> str:
    process = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@curl
@pytest.mark.parametrize("arguments", CURL_ARGUMENTS.values(), ids=CURL_ARGUMENTS)
def test_curl_reads_solutions(server: Server, arguments: list[str]) -> None:
    text = run_curl(server.endpoint, *arguments)
    rows = len(text.splitlines()) - 1 if text.startswith("p,t") else len(json.loads(text)["results"]["bindings"])
    assert rows == 3


@curl
def test_curl_reads_the_service_description_and_the_allowed_methods(server: Server) -> None:
    assert "sparql-service-description" in run_curl("--header", "Accept: text/turtle", server.endpoint)
    assert "Allow: GET, HEAD, POST, OPTIONS" in run_curl(
        "--request", "OPTIONS", "--include", server.endpoint
    ).title().replace("Get, Head, Post, Options", "GET, HEAD, POST, OPTIONS")
    head = run_curl("--head", "--get", "--data-urlencode", f"query={TITLES}", server.endpoint)
    assert head.startswith("HTTP/1.1 200")


# ---------------------------------------------------------------------------------------------------------- Comunica


@pytest.fixture(scope="module")
def comunica() -> Callable[..., list[dict[str, str]]]:
    """Comunica's command, installed at the versions of `package-lock.json` at the first use."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm and node are not installed; Comunica runs on them")
    script = HERE / "node_modules/@comunica/query-sparql/bin/query.js"
    if not script.is_file():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        process = subprocess.run(install, cwd=HERE, capture_output=True, text=True, timeout=300, check=False)
        if process.returncode:
            pytest.skip(f"npm could not install Comunica: {process.stderr[-300:]}")

    def ask(query: str, *sources: str) -> list[dict[str, str]]:
        command = [node, str(script), *sources, "-q", query, "-t", "application/sparql-results+json"]
        environment = {**os.environ, "NO_COLOR": "1"}
        process = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
        assert process.returncode == 0, process.stderr[-2000:]
        bindings = json.loads(process.stdout)["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in bindings]

    return ask


def as_multiset(rows: list[dict[str, str]]) -> Counter[tuple[tuple[str, str], ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


@pytest.mark.parametrize("slash", ["", "/"], ids=["without a slash", "with a slash"])
def test_comunica_detects_the_endpoint_by_its_service_description(
    server: Server, comunica: Callable[..., list[dict[str, str]]], slash: str
) -> None:
    """It sends queries to the URL in `sd:endpoint`, which must be ours."""
    before = answered_queries(server)
    rows = comunica(TITLES, server.endpoint + slash)
    assert as_multiset(rows) == as_multiset(solutions(server, TITLES))
    assert answered_queries(server) > before


def answered_queries(server: Server) -> int:
    answers = get(f"{server.address}/status").json()["answers"]
    return int(answers["answered"] + answers["remembered"])


def test_comunica_joins_two_endpoints(
    server: Server, other: Server, comunica: Callable[..., list[dict[str, str]]]
) -> None:
    query = PREFIXES + "SELECT ?p ?t ?n { ?p a passo:ParticipatoryProcess ; dct:title ?t . ?p skos:note ?n }"
    titles = {row["p"]: row["t"] for row in solutions(server, TITLES)}
    notes = solutions(other, PREFIXES + "SELECT ?p ?n { ?p skos:note ?n }")
    expected = [{"p": row["p"], "t": titles[row["p"]], "n": row["n"]} for row in notes if row["p"] in titles]
    assert len(expected) == 3
    assert as_multiset(comunica(query, server.endpoint, other.endpoint)) == as_multiset(expected)


def test_comunica_and_the_endpoint_count_alike(server: Server, comunica: Callable[..., list[dict[str, str]]]) -> None:
    query = "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c"
    assert as_multiset(comunica(query, server.endpoint)) == as_multiset(solutions(server, query))


def test_comunica_queries_the_document_of_a_resource(
    server: Server, comunica: Callable[..., list[dict[str, str]]]
) -> None:
    query = f"SELECT ?t {{ <{THING}> <http://purl.org/dc/terms/title> ?t }}"
    assert comunica(query, f"{server.address}/doc/process/xx-0001") == [{"t": "Il parco di tutti"}]


def test_rdflib_reads_the_ntriples_of_all_data(server: Server) -> None:
    """Another library wrote them."""
    everything = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
    answer = get(server.endpoint, params={"query": everything}, headers={"Accept": "application/n-triples"})
    ours = len(set(ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)))
    assert len(rdflib.Graph().parse(data=answer.content, format="nt")) == ours
