"""The W3C test suite of the SPARQL 1.1 Protocol, over HTTP.

The endpoint is read-only. So the seven tests in which an update succeeds are run with the opposite expectation: the server refuses the
update with a problem document, and the query that follows finds no change.
"""

import json
from collections.abc import Iterator

import httpx
import pytest
import rdflib
from rdflib import Namespace
from rdflib.collection import Collection

from tests.conformance.suites import MF, SUITES, entries, manifest, requires_suites
from tests.conformance.suites import name_of as name
from tests.serving import served
from tests.store.conftest import write_release

SUITE = SUITES / "protocol"
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UPDATES = {
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
}
"""Tests of the update operation, which is optional (SPARQL 1.1 Protocol, 2.2 and 4)."""
DATA_AT = "http://kasei.us/2009/09/sparql/data/"
FORMATS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": ("application/sparql-results+json", "application/sparql-results+xml", "text/csv"),
    "RDF": ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"),
}

pytestmark = requires_suites

GRAPH = manifest("protocol")
TESTS = entries("protocol")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the three graphs of the suite; it also names a graph `data0.rdf`, of which it has no file."""
    folder = tmp_path_factory.mktemp("protocol")
    graphs = (f"GRAPH <{DATA_AT}{path.stem}.rdf> {{ {path.read_text()} }}" for path in sorted(SUITE.glob("data*.nt")))
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
    with httpx.Client(verify=False) as client:
        # The suite sends no Accept header; a library's own would choose the format.
        client.headers.pop("accept", None)
        message = client.build_request(str(GRAPH.value(request, HT.methodName)), endpoint + path, content=content)
        message.headers.pop("accept", None)
        message.headers.update(fields)
        return client.send(message)


def requests_of(test: rdflib.term.Node) -> list[rdflib.term.Node]:
    requests = GRAPH.value(GRAPH.value(test, MF.action), HT.requests)
    assert requests is not None
    return list(Collection(GRAPH, requests))


@pytest.mark.parametrize("test", [each for each in TESTS if name(each) not in UPDATES], ids=name)
def test_the_endpoint_answers_as_the_protocol_requires(endpoint: str, test: rdflib.term.Node) -> None:
    for request in requests_of(test):
        check(send(endpoint, request), GRAPH.value(request, HT.resp))


@pytest.mark.parametrize("test", [each for each in TESTS if name(each) in UPDATES], ids=name)
def test_an_update_is_refused_and_changes_nothing(endpoint: str, test: rdflib.term.Node) -> None:
    update, *queries = (send(endpoint, request) for request in requests_of(test))
    assert update.status_code in (400, 415)
    assert update.headers["Content-Type"] == "application/problem+json"
    assert update.json()["detail"]
    assert [(answer.status_code, answer.json()["boolean"]) for answer in queries] == [(200, False)] * len(queries)


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
    assert set(map(name, TESTS)) > UPDATES
