"""Test `publish --to` and `serve --store`: the same site, answered from a remote SPARQL endpoint."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.oxigraph_server import oxigraph
from tests.serving import served

ROOT = Path(__file__).resolve().parents[2]
PROCESS = "process/er-9c01f1f444d477c3"


def publish(folder: Path, url: str) -> str:
    command = [sys.executable, "-m", "passo_lod", "publish", "--data", str(folder / "data")]
    command += ["--releases", str(folder / "releases"), "--to", url]
    return subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def folder(small_data: Callable[[str], Path]) -> Path:
    data, samples = small_data("remote"), "sources/emilia-romagna/samples"
    shutil.copytree(ROOT / "data" / samples, data / samples, dirs_exist_ok=True)
    return data.parent


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with oxigraph() as url:
        yield url


@pytest.fixture(scope="module")
def address(folder: Path, store: str) -> Iterator[str]:
    output = publish(folder, store)
    assert f"store:    {store} holds {(folder / 'releases/current').resolve().name}" in output
    with served(folder / "releases", "--store", store, "--deadline", "20") as address:
        yield address


def test_things_are_described_from_the_store(address: str) -> None:
    data = httpx.get(f"{address}/id/{PROCESS}", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert "participation-level-er/empowerment" in data.text
    assert data.text.count("istat-0360") >= 6
    page = httpx.get(f"{address}/doc/{PROCESS}", headers={"Accept": "text/html", "Accept-Language": "it"})
    assert page.status_code == 200
    assert "Emilia-Romagna" in page.text


def test_the_lines_of_values_are_looked_up_in_the_release_folder(address: str) -> None:
    page = httpx.get(f"{address}/doc/{PROCESS}", headers={"Accept": "text/html", "Accept-Language": "it"})
    assert f"/doc/{PROCESS}/provenance#" in page.text
    lines = httpx.get(f"{address}/doc/{PROCESS}/provenance.csv").text.splitlines()
    assert len(lines) > 10
    assert all(line.startswith("er-9c01f1f444d477c3,") for line in lines[1:])


@pytest.mark.parametrize(
    "path", ["/", "/processes", "/places", "/vocabulary", "/sparql", "/sitemap.xml", "/dataset/emilia-romagna"]
)
def test_the_pages_answer(address: str, path: str) -> None:
    assert httpx.get(address + path, headers={"Accept": "text/html"}, timeout=30).status_code == 200


def test_queries_are_sent_to_the_remote_store(address: str) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> }"
    answer = httpx.post(f"{address}/sparql", data={"query": query}, headers={"Accept": "text/csv"})
    assert answer.text.splitlines() == ["n", "11"]


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "forbidden"),
        ("SELECT * { ?s ?p ", 400, "malformed"),
        ("CLEAR ALL", 400, "malformed"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 900000", 422, "result-too-large"),
    ],
)
def test_queries_are_refused_as_by_a_local_store(address: str, query: str, status: int, reason: str) -> None:
    answer = httpx.post(f"{address}/sparql", data={"query": query}, headers={"Accept": "*/*"}, timeout=30)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


def test_a_graph_that_is_not_in_the_release_is_empty(address: str) -> None:
    query = "SELECT ?s FROM <http://127.0.0.1:9/> { ?s ?p ?o }"
    answer = httpx.post(f"{address}/sparql", data={"query": query}, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.text) == (200, "s\r\n")


def test_files_are_served_while_the_remote_store_does_not_answer(folder: Path) -> None:
    with oxigraph() as url:
        publish(folder, url)
        serving = served(folder / "releases", "--store", url)
        address = serving.__enter__()
    try:
        answers = [
            httpx.get(f"{address}{path}", timeout=30) for path in (f"/doc/{PROCESS}.ttl", "/sparql?query=ASK%7B%7D")
        ]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert all(answer.headers["Retry-After"] for answer in answers)
        assert httpx.get(f"{address}/dump/passo.nq.gz").status_code == 200
        assert httpx.get(f"{address}/readyz").status_code == 200
    finally:
        serving.__exit__(None, None, None)


def test_a_remote_store_with_another_release_is_an_error(folder: Path, store: str, address: str) -> None:
    with oxigraph() as empty:
        command = [sys.executable, "-m", "passo_lod", "serve", "--releases", str(folder / "releases"), "--store", empty]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 2
    assert "has no release" in answer.stderr
    assert "Traceback" not in answer.stderr
