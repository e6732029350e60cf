"""Real clients against the real server: SPARQLWrapper, rdflib's SPARQLStore, curl and Comunica."""

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
OTHERS = """
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
    """Another endpoint, that knows more of the same things."""
    folder = tmp_path_factory.mktemp("other")
    release = write_release(folder / "one", data=OTHERS)
    with running(folder, "--dump", str(release / "dump/passo.nq.gz"), "--workers", "1") as server:
        yield server


def direct(server: Server, query: str) -> list[dict[str, str]]:
    """The answer without a client in between: each row's values."""
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
    "way", [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)], ids=["get", "form", "body"]
)
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_rows_in_every_format_by_every_way(server: Server, form: str, way: tuple[str, str]) -> None:
    asking = wrapper(server, TITLES, form, way[0])
    asking.setRequestMethod(way[1])
    assert rows_of(asking.queryAndConvert()) == len(direct(server, TITLES)) == 3


def rows_of(answer: object) -> int:
    if isinstance(answer, dict):
        return len(answer["results"]["bindings"])
    if isinstance(answer, Document):
        return len(answer.getElementsByTagName("result"))
    assert isinstance(answer, bytes)
    return len(answer.splitlines()) - 1


@pytest.mark.parametrize("form", [JSON, XML])
def test_sparqlwrapper_reads_a_truth(server: Server, form: str) -> None:
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


def test_sparqlwrapper_is_told_of_a_mistake(server: Server) -> None:
    with pytest.raises(QueryBadFormed, match="line 1, column"):
        wrapper(server, "SELECT nonsense", JSON).query()


# ---------------------------------------------------------------------------------------------------------- rdflib


def test_rdflib_asks_by_its_sparql_store(server: Server) -> None:
    graph = rdflib.Graph(SPARQLStore(server.endpoint, returnFormat="json"))
    assert len(list(graph.query(TITLES))) == 3
    assert graph.value(rdflib.URIRef(THING), rdflib.DCTERMS.title) == rdflib.Literal("Il parco di tutti", lang="it")
    assert len(list(graph.triples((rdflib.URIRef(THING), None, None)))) == len(
        direct(server, f"SELECT ?p ?o {{ <{THING}> ?p ?o }}")
    )


# ---------------------------------------------------------------------------------------------------------- curl

LINES = {
    "by the address": ["--get", "--data-urlencode", f"query={TITLES}"],
    "by a form": ["--data-urlencode", f"query={TITLES}"],
    "by a body": ["--header", "Content-Type: application/sparql-query", "--data-binary", TITLES],
    "in a format by name": ["--get", "--data-urlencode", f"query={TITLES}", "--data", "format=csv"],
    "in a format by header": ["--header", "Accept: text/csv", "--data-urlencode", f"query={TITLES}"],
}

curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def run_curl(*arguments: str) -> str:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@curl
@pytest.mark.parametrize("arguments", LINES.values(), ids=LINES)
def test_curl_is_answered(server: Server, arguments: list[str]) -> None:
    text = run_curl(server.endpoint, *arguments)
    rows = len(text.splitlines()) - 1 if text.startswith("p,t") else len(json.loads(text)["results"]["bindings"])
    assert rows == 3


@curl
def test_curl_reads_the_description_of_the_service_and_asks_what_it_may(server: Server) -> None:
    assert "sparql-service-description" in run_curl("--header", "Accept: text/turtle", server.endpoint)
    assert "Allow: GET, HEAD, POST, OPTIONS" in run_curl(
        "--request", "OPTIONS", "--include", server.endpoint
    ).title().replace("Get, Head, Post, Options", "GET, HEAD, POST, OPTIONS")
    head = run_curl("--head", "--get", "--data-urlencode", f"query={TITLES}", server.endpoint)
    assert head.startswith("HTTP/1.1 200")


# ---------------------------------------------------------------------------------------------------------- Comunica


@pytest.fixture(scope="module")
def comunica() -> Callable[..., list[dict[str, str]]]:
    """Comunica's command, installed at the versions of `package-lock.json` when it is first wanted."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm and node are not installed; Comunica runs on them")
    script = HERE / "node_modules/@comunica/query-sparql/bin/query.js"
    if not script.is_file():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(install, cwd=HERE, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install Comunica: {done.stderr[-300:]}")

    def ask(query: str, *sources: str) -> list[dict[str, str]]:
        command = [node, str(script), *sources, "-q", query, "-t", "application/sparql-results+json"]
        environment = {**os.environ, "NO_COLOR": "1"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        bindings = json.loads(done.stdout)["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in bindings]

    return ask


def counted(rows: list[dict[str, str]]) -> Counter[tuple[tuple[str, str], ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


@pytest.mark.parametrize("slash", ["", "/"], ids=["without a slash", "with a slash"])
def test_comunica_finds_out_by_itself_that_it_is_an_endpoint(
    server: Server, comunica: Callable[..., list[dict[str, str]]], slash: str
) -> None:
    """Without a hint it reads the service description; it would be lost if `sd:endpoint` named another address."""
    before = tally(server)
    rows = comunica(TITLES, server.endpoint + slash)
    assert counted(rows) == counted(direct(server, TITLES))
    assert tally(server) > before


def tally(server: Server) -> int:
    answers = get(f"{server.address}/status").json()["answers"]
    return int(answers["answered"] + answers["remembered"])


def test_comunica_joins_two_of_our_endpoints(
    server: Server, other: Server, comunica: Callable[..., list[dict[str, str]]]
) -> None:
    query = PREFIXES + "SELECT ?p ?t ?n { ?p a passo:ParticipatoryProcess ; dct:title ?t . ?p skos:note ?n }"
    titles = {row["p"]: row["t"] for row in direct(server, TITLES)}
    notes = direct(other, PREFIXES + "SELECT ?p ?n { ?p skos:note ?n }")
    expected = [{"p": row["p"], "t": titles[row["p"]], "n": row["n"]} for row in notes if row["p"] in titles]
    assert len(expected) == 3
    assert counted(comunica(query, server.endpoint, other.endpoint)) == counted(expected)


def test_comunica_counts_as_the_endpoint_does(server: Server, comunica: Callable[..., list[dict[str, str]]]) -> None:
    query = "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c"
    assert counted(comunica(query, server.endpoint)) == counted(direct(server, query))


def test_the_document_of_a_thing_is_a_source_for_comunica(
    server: Server, comunica: Callable[..., list[dict[str, str]]]
) -> None:
    query = f"SELECT ?t {{ <{THING}> <http://purl.org/dc/terms/title> ?t }}"
    assert comunica(query, f"{server.address}/doc/process/xx-0001") == [{"t": "Il parco di tutti"}]


def test_what_clients_are_given_can_be_read_back(server: Server) -> None:
    """N-Triples of everything, read by another library than the one that wrote it."""
    everything = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
    answer = get(server.endpoint, params={"query": everything}, headers={"Accept": "application/n-triples"})
    ours = len(set(ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)))
    assert len(rdflib.Graph().parse(data=answer.content, format="nt")) == ours
