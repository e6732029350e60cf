"""The W3C test suite of the SPARQL 1.1 Protocol, over HTTP, read in place where it is at hand.

What an endpoint that only reads does not offer is an update: those tests ask that one succeeds, and are skipped with that
reason; the tests that ask that a bad update is refused are run, because every update is refused here.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import rdflib
from rdflib import Namespace
from rdflib.collection import Collection

from tests.serving import served
from tests.store.conftest import write_release

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path(os.environ.get("PASSO_SHARED", ROOT.parent / "shared")) / "conformance/rdf-tests/sparql/sparql11/protocol"
MANIFEST = SUITE / "manifest.ttl"

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UPDATES = ("update_dataset", "update_post", "update_base")
DATA_AT = "http://kasei.us/2009/09/sparql/data/"
FORMATS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": ("application/sparql-results+json", "application/sparql-results+xml", "text/csv"),
    "RDF": ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"),
}

pytestmark = pytest.mark.skipif(
    not MANIFEST.is_file(), reason="the W3C suites are not at hand; PASSO_SHARED names them"
)


def manifest() -> rdflib.Graph:
    return rdflib.Graph().parse(MANIFEST) if MANIFEST.is_file() else rdflib.Graph()


GRAPH = manifest()
TESTS = [test for entries in GRAPH.objects(None, MF.entries) for test in Collection(GRAPH, entries)]


def name(test: rdflib.term.Node) -> str:
    return str(test).rpartition("#")[2]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the suite's three graphs."""
    folder = tmp_path_factory.mktemp("protocol")
    # The suite asks a graph data0.rdf too, of which it has no file: a graph that is not here would be refused.
    texts = {path.stem: path.read_text() for path in sorted(SUITE.glob("data*.nt"))} | {"data0": "<x:a> <x:b> <x:c> ."}
    graphs = (f"GRAPH <{DATA_AT}{name}.rdf> {{ {text} }}" for name, text in texts.items())
    write_release(folder / "one", data="\n".join(graphs))
    (folder / "current").symlink_to("one")
    with served(folder) as address:
        yield address


def send(endpoint: str, request: rdflib.term.Node) -> httpx.Response:
    path = str(GRAPH.value(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
    headers = GRAPH.value(request, HT.headers)
    fields = {
        str(GRAPH.value(each, HT.fieldName)): str(GRAPH.value(each, HT.fieldValue))
        for each in (Collection(GRAPH, headers) if headers is not None else ())
    }
    body = GRAPH.value(request, HT.body)
    content = None
    if body is not None:
        content = str(GRAPH.value(body, CNT.chars)).encode(str(GRAPH.value(body, CNT.characterEncoding) or "utf-8"))
    with httpx.Client() as client:
        # The suite sends no Accept header; a library's own would choose the format.
        client.headers.pop("accept", None)
        message = client.build_request(str(GRAPH.value(request, HT.methodName)), endpoint + path, content=content)
        message.headers.pop("accept", None)
        message.headers.update(fields)
        return client.send(message)


@pytest.mark.parametrize("test", TESTS, ids=name)
def test_the_endpoint_answers_as_the_protocol_says(endpoint: str, test: rdflib.term.Node) -> None:
    if name(test).startswith(UPDATES):
        pytest.skip("asks that an update succeeds; this endpoint only reads")
    requests = GRAPH.value(GRAPH.value(test, MF.action), HT.requests)
    assert requests is not None
    for request in Collection(GRAPH, requests):
        check(send(endpoint, request), GRAPH.value(request, HT.resp))


def check(answer: httpx.Response, expected: rdflib.term.Node | None) -> None:
    classes = {str(status)[-3] for status in GRAPH.objects(expected, MF.expectedStatus)}
    assert str(answer.status_code)[0] in classes, answer.text
    wanted = GRAPH.value(expected, MF.expectedFormat)
    if wanted is not None:
        assert answer.headers["Content-Type"].partition(";")[0] in FORMATS[str(wanted)]
    truth = GRAPH.value(expected, MF.expectedBoolean)
    if truth is not None:
        assert json.loads(answer.text)["boolean"] is truth.toPython()  # type: ignore[union-attr]


def test_the_whole_suite_is_run() -> None:
    assert len(TESTS) == 34
    assert sum(not name(test).startswith(UPDATES) for test in TESTS) >= 27
