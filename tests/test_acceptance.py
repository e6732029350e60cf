"""The main line, from record pages to HTTP answers, with the commands of the README."""

import gzip
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, XSD, Literal, Namespace, URIRef
from SPARQLWrapper import JSON, POST, SPARQLWrapper

from passo_lod.canonical_literals import NORMALISED_DATATYPES, canonical_literal
from tests.conftest import copy_samples
from tests.serving import served

ROOT = Path(__file__).resolve().parents[1]
BASE = "https://w3id.org/passo/"
PASSO = Namespace(BASE + "onto/")
SCHEMA = Namespace("https://schema.org/")
CVL = BASE + "controlled-vocabulary/"
PASSO_PROCESS = URIRef(BASE + "id/process/er-9c01f1f444d477c3")
SIX_MUNICIPALITIES = {"036001", "036002", "036006", "036027", "036034", "036036"}

GRANTS_BY_REGION = """
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?region (SUM(?euro) AS ?grants) (COUNT(?euro) AS ?awards) {
  ?process passo:comparisonRegion/skos:prefLabel ?region ; passo:hasFunding/schema:amount ?amount .
  ?amount schema:value ?euro ; schema:currency "EUR" .
  FILTER (LANG(?region) = "it")
  FILTER EXISTS { ?process passo:affectedTerritory ?place }
} GROUP BY ?region
"""

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("straight-line")
    # Publishing writes the registry into the data folder: a trial wants a copy of it.
    data, releases = copy_samples(ROOT / "data", folder / "data"), folder / "releases"
    command = [sys.executable, "-m", "passo_lod", "publish", "--data", str(data), "--releases", str(releases)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    with served(releases, "--deadline", "2") as address:
        yield address


@pytest.fixture(scope="module")
def graph(address: str) -> rdflib.Graph:
    path = PASSO_PROCESS.removeprefix(BASE)
    answer = httpx.get(f"{address}/{path}", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert [each.status_code for each in (*answer.history, answer)] == [303, 200]
    return rdflib.Graph().parse(data=answer.text, format="turtle")


def test_the_process_dereferences_to_the_facts_of_its_page(graph: rdflib.Graph) -> None:
    assert (PASSO_PROCESS, RDF.type, PASSO.ParticipatoryProcess) in graph
    assert graph.value(PASSO_PROCESS, SCHEMA.startDate) == Literal("2020-02-21", datatype=XSD.date)
    assert graph.value(PASSO_PROCESS, SCHEMA.endDate) == Literal("2020-11-15", datatype=XSD.date)
    assert graph.value(PASSO_PROCESS, PASSO.cofinancingPercentage) == Literal("30", datatype=XSD.decimal)
    assert str(graph.value(PASSO_PROCESS, PASSO.participationLevel)) == CVL + "participation-level-er/empowerment"
    assert len(set(graph.objects(PASSO_PROCESS, PASSO.usesTechnique))) == 4


def test_the_cost_and_the_grant_are_amounts_in_euro(graph: rdflib.Graph) -> None:
    cost = graph.value(PASSO_PROCESS, PASSO.cost)
    award = graph.value(PASSO_PROCESS, PASSO.hasFunding)
    amounts = [graph.value(node, SCHEMA.value) for node in (cost, graph.value(award, SCHEMA.amount))]
    assert amounts == [Literal("10000", datatype=XSD.decimal), Literal("7000", datatype=XSD.decimal)]
    assert set(graph.objects(None, SCHEMA.currency)) == {Literal("EUR")}


def test_the_score_has_its_scale(graph: rdflib.Graph) -> None:
    score = graph.value(PASSO_PROCESS, PASSO.hasScore)
    assert (graph.value(score, SCHEMA.ratingValue), graph.value(score, SCHEMA.bestRating)) == (Literal(28), Literal(30))


def test_the_territory_is_six_municipalities_by_istat_code(graph: rdflib.Graph) -> None:
    places = {str(place).rpartition("istat-")[2] for place in graph.objects(PASSO_PROCESS, PASSO.affectedTerritory)}
    assert places == SIX_MUNICIPALITIES


def test_the_modification_date_belongs_to_the_record_and_not_to_the_process(graph: rdflib.Graph) -> None:
    modified = rdflib.URIRef("http://purl.org/dc/terms/modified")
    record = URIRef(PASSO_PROCESS.replace("/id/", "/doc/"))
    assert set(graph.subject_objects(modified)) == {(record, Literal("2022-12-21", datatype=XSD.date))}


def test_grants_are_counted_once_however_many_municipalities_a_process_covers(address: str) -> None:
    client = SPARQLWrapper(f"{address}/sparql", returnFormat=JSON)
    client.setQuery(GRANTS_BY_REGION)
    answer = client.queryAndConvert()
    assert isinstance(answer, dict)
    rows = [
        (row["region"]["value"], float(row["grants"]["value"]), int(row["awards"]["value"]))
        for row in answer["results"]["bindings"]
    ]
    assert rows == [("Emilia-Romagna", 7000.0, 1)]


def test_sparqlwrapper_may_post_too(address: str) -> None:
    client = SPARQLWrapper(f"{address}/sparql", returnFormat=JSON)
    client.setMethod(POST)
    client.setQuery(f"ASK {{ <{PASSO_PROCESS}> a <{PASSO.ParticipatoryProcess}> }}")
    assert client.queryAndConvert()["boolean"] is True  # type: ignore[index,call-overload]


def test_every_iri_of_ours_in_a_process_dereferences(address: str, graph: rdflib.Graph) -> None:
    own = {str(node).partition("#")[0] for node in graph.all_nodes() if isinstance(node, URIRef)}
    own |= {str(predicate) for predicate in graph.predicates() if str(predicate).startswith(BASE)}
    paths = sorted(iri.removeprefix(BASE) for iri in own if iri.startswith(BASE))
    with httpx.Client(follow_redirects=True, headers={"Accept": "text/turtle"}) as client:
        wrong = {path: client.get(f"{address}/{path}").status_code for path in paths}
    assert len(paths) > 60
    assert {path: status for path, status in wrong.items() if status != 200} == {}


def test_an_endless_query_is_stopped_at_its_deadline_while_documents_keep_answering(address: str) -> None:
    answers: list[httpx.Response] = []
    ask = threading.Thread(
        target=lambda: answers.append(httpx.get(f"{address}/sparql", params={"query": ENDLESS}, timeout=30))
    )
    ask.start()
    document = f"{address}/doc/process/er-9c01f1f444d477c3.ttl"
    meanwhile = []
    with httpx.Client() as client:
        while ask.is_alive():
            meanwhile.append(client.get(document).status_code)
            time.sleep(0.02)
    ask.join()
    assert answers[0].status_code == 422
    assert answers[0].headers["Content-Type"] == "application/problem+json"
    assert answers[0].json()["reason"] == "timeout"
    assert "2" in answers[0].json()["detail"]
    assert len(meanwhile) > 20
    assert set(meanwhile) == {200}
    assert httpx.get(f"{address}/sparql", params={"query": "ASK { ?s ?p ?o }"}).status_code == 200


def test_every_query_of_the_readme_has_a_result(address: str) -> None:
    queries = re.findall(r"```sparql\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    for query in queries:
        answer = httpx.post(f"{address}/sparql", data={"query": query}, headers={"Accept": "text/csv"})
        assert answer.status_code == 200
        assert len(answer.text.splitlines()) > 1, query
    assert len(queries) > 1


@pytest.fixture(scope="module")
def dump(address: str) -> list[ox.Quad]:
    content = gzip.decompress(httpx.get(f"{address}/dump/passo.nq.gz").content)
    return list(ox.parse(content, format=ox.RdfFormat.N_QUADS))


def test_every_literal_of_the_dump_is_canonical(dump: list[ox.Quad]) -> None:
    literals = {quad.object for quad in dump if isinstance(quad.object, ox.Literal)}
    assert {literal for literal in literals if canonical_literal(literal) != literal} == set()
    assert len({literal.datatype for literal in literals} & NORMALISED_DATATYPES) > 4


def test_what_a_query_shows_of_every_literal_is_its_str(address: str, dump: list[ox.Quad]) -> None:
    query = """SELECT DISTINCT ?v (STR(?v) AS ?text) (LANG(?v) AS ?language)
        { GRAPH ?g { ?s ?p ?v } FILTER (isLiteral(?v)) }"""
    answer = httpx.post(
        f"{address}/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}, timeout=30
    )
    solutions = list(ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.JSON))
    shown = {each["v"]: (each["text"].value, each["language"].value) for each in solutions}
    published = {quad.object for quad in dump if isinstance(quad.object, ox.Literal)}
    assert shown == {literal: (literal.value, literal.language or "") for literal in published}
    assert len(shown) == len(solutions) > 10_000


def test_the_endpoint_returns_the_literals_of_the_dump(address: str, dump: list[ox.Quad]) -> None:
    valued = [
        quad for quad in dump if isinstance(quad.object, ox.Literal) and quad.object.datatype in NORMALISED_DATATYPES
    ]
    sample = {(quad.graph_name, quad.subject, quad.predicate): quad.object for quad in sorted(valued, key=str)[::150]}
    values = " ".join(f"({graph} {subject} {predicate})" for graph, subject, predicate in sample)
    query = f"""SELECT ?g ?s ?p ?v (STR(?v) AS ?text) (STR(DATATYPE(?v)) AS ?type)
        {{ VALUES (?g ?s ?p) {{ {values} }} GRAPH ?g {{ ?s ?p ?v }} }}"""
    answer = httpx.post(
        f"{address}/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}
    )
    solutions = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.JSON)
    returned = {
        (each["g"], each["s"], each["p"]): (each["v"], each["text"].value, each["type"].value) for each in solutions
    }
    assert returned == {key: (value, value.value, value.datatype.value) for key, value in sample.items()}
    assert len(sample) > 100


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_curl_command_of_the_readme_prints_the_process(address: str) -> None:
    (command,) = re.findall(r"^curl .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", address))
    answer = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert 'schema:value "10000"^^xsd:decimal' in answer.stdout
    assert 'schema:value "7000"^^xsd:decimal' in answer.stdout


def test_each_dump_names_the_licences_of_its_sources(address: str) -> None:
    files = {file["path"]: set(file["licences"]) for file in httpx.get(f"{address}/manifest.json").json()["files"]}
    participedia = "https://creativecommons.org/licenses/by-nc-sa/3.0/"
    assert files["dump/passo-participedia.ttl.gz"] == {participedia}
    assert files["dump/passo-emilia-romagna.ttl.gz"] == {"https://creativecommons.org/licenses/by/2.0/it/"}
    assert len(files["dump/passo.ttl.gz"]) == 3
    assert participedia not in files["dump/passo-emilia-romagna.ttl.gz"]
    link = httpx.head(f"{address}/dump/passo-participedia.ttl.gz").headers["Link"]
    assert link == f'<{participedia}>; rel="license"'


def test_the_dump_of_a_source_has_its_processes_and_no_others(address: str) -> None:
    dump = gzip.decompress(httpx.get(f"{address}/dump/passo-emilia-romagna.nt.gz").content).decode()
    processes = {line.split(" ")[0] for line in dump.splitlines() if line.endswith(f"<{PASSO.ParticipatoryProcess}> .")}
    assert len(processes) == 11
    assert all("/process/er-" in process for process in processes)


def test_the_seed_page_is_accounted_for_line_by_line(shared: Path) -> None:
    seed = next((shared / "seeds").glob("*.txt"))
    command = [sys.executable, "-m", "passo_lod", "check", str(seed), "--source", "emilia-romagna"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = sum(1 for line in seed.read_text(encoding="utf-8").splitlines() if line.strip())
    assert answer.returncode == 0
    assert f"lines read: {lines} that are not blank = 1 title" in answer.stdout
    assert "0 unknown" in answer.stdout
    assert "conforms: yes" in answer.stdout
