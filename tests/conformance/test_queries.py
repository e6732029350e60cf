"""The W3C query suites, each test over HTTP against the real command (`passo-lod serve --dump`).

A dataset that many tests share has its own server, which has the dataset's triples in its default graph. All other datasets are together in
one dump, with one named graph per file, and each request names the graphs of its test (SPARQL 1.1 Protocol, 2.1.4). Relative IRIs in a query
are relative to its file, which an endpoint cannot know; so a BASE line precedes each query.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import count
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.conformance.results import MEDIA_TYPES, read_results, same
from tests.conformance.suites import PUBLIC, SUITES, Dataset, QueryTest, query_tests, requires_suites
from tests.processes import Server, running
from tests.serving import post

COUNTS = {"aggregates": 47, "csv-tsv-res": 6, "exists": 6, "json-res": 4, "property-path": 33}

_ZERO_LENGTH = "Oxigraph finds no zero-length path at a constant that the dataset does not contain (SPARQL 1.1, 18.4)"
_CANONICAL = "Oxigraph returns 1.0E6 as 1000000 and xsd:negativeInteger as xsd:integer: the same value, another literal"
DEVIATIONS = {
    "csv-tsv-res/csv03": _CANONICAL,
    "csv-tsv-res/tsv03": _CANONICAL,
    "property-path/zero_or_more_set_end": _ZERO_LENGTH,
    "property-path/zero_or_more_set_start": _ZERO_LENGTH,
    "property-path/zero_or_one_set_end": _ZERO_LENGTH,
    "property-path/zero_or_one_set_start": _ZERO_LENGTH,
}
"""Tests that must fail, each with the reason (docs/conformance.md, docs/upstream-oxigraph.md)."""

QUERY = {"Content-Type": "application/sparql-query"}
EMPTY = Dataset()
TESTS = [test for suite in COUNTS for test in query_tests(suite)]
SHARED_BY = Counter(test.dataset for test in TESTS)
MIN_TESTS_PER_SERVER = 4

pytestmark = requires_suites


def is_empty(path: str) -> bool:
    return not list(ox.parse((SUITES / path).read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=PUBLIC + path))


def dump_of(test: QueryTest) -> Dataset | None:
    """The dataset of the server for a test; None for the dump of all datasets without their own server."""
    default, named = test.dataset.default, test.dataset.named
    if not named and all(map(is_empty, default)):
        return EMPTY
    return test.dataset if not named and SHARED_BY[test.dataset] >= MIN_TESTS_PER_SERVER else None


def with_expected_failure(test: QueryTest) -> object:
    reason = DEVIATIONS.get(str(test))
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(test, id=str(test), marks=marks)


@pytest.fixture(scope="module")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[QueryTest], Server]]:
    """A function that returns the server for a test and starts it at the first call."""
    with ExitStack() as servers:

        @cache
        def server_with(dataset: Dataset | None) -> Server:
            folder = tmp_path_factory.mktemp("dataset")
            quads = named_graphs() if dataset is None else default_graph(dataset)
            ox.serialize(quads, str(folder / "data.nq"), format=ox.RdfFormat.N_QUADS)
            return servers.enter_context(running(folder, "--dump", str(folder / "data.nq"), "--workers", "1"))

        yield lambda test: server_with(dump_of(test))


def default_graph(dataset: Dataset) -> Iterator[ox.Quad]:
    return (quad for path in dataset.default for quad in parsed(path, ox.DefaultGraph()))


def named_graphs() -> Iterator[ox.Quad]:
    """Each file of the datasets without their own server, as a graph with the IRI of the file."""
    datasets = {test.dataset for test in TESTS if dump_of(test) is None}
    paths = sorted({path for dataset in datasets for path in (*dataset.default, *dataset.named)})
    return (quad for path in paths for quad in parsed(path, ox.NamedNode(PUBLIC + path)))


_NUMBERS = count()


def parsed(path: str, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """The triples of a file as quads; no two files share a blank node."""
    blanks: dict[ox.BlankNode, ox.BlankNode] = {}
    for quad in ox.parse((SUITES / path).read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=PUBLIC + path):
        subject, value = (
            blanks.setdefault(term, ox.BlankNode(f"b{next(_NUMBERS)}")) if isinstance(term, ox.BlankNode) else term
            for term in (quad.subject, quad.object)
        )
        yield ox.Quad(subject, quad.predicate, value, graph)


def dataset_parameters(test: QueryTest) -> dict[str, list[str]]:
    """The parameters that name the dataset of a test, if its server has other datasets too."""
    if dump_of(test) is not None:
        return {}
    default = [PUBLIC + path for path in test.dataset.default if not is_empty(path)]
    return {"default-graph-uri": default, "named-graph-uri": [PUBLIC + path for path in test.dataset.named]}


def ask(server: Server, test: QueryTest, media_type: str) -> httpx.Response:
    content = f"BASE <{PUBLIC}{test.query}>\n{test.text}".encode()
    headers = {**QUERY, "Accept": media_type}
    return post(server.endpoint, params=dataset_parameters(test), content=content, headers=headers, timeout=30)


@pytest.mark.parametrize("test", [with_expected_failure(test) for test in TESTS])
def test_the_endpoint_answers_as_the_suite_expects(server_of: Callable[[QueryTest], Server], test: QueryTest) -> None:
    if test.kind == "NegativeSyntaxTest11":
        answer = ask(server_of(test), test, "*/*")
        assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")
        assert answer.json()["detail"].startswith("line ")
    else:
        check(server_of(test), test)


def check(server: Server, test: QueryTest) -> None:
    assert test.result is not None
    extension = Path(test.result).suffix[1:]
    media_type = "text/csv" if extension == "csv" else MEDIA_TYPES.get(extension, MEDIA_TYPES["srj"])[0]
    answer = ask(server, test, media_type)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == media_type
    found = read_results(answer.content, "srj" if extension == "ttl" else extension)
    expected = read_results((SUITES / test.result).read_bytes(), extension, PUBLIC + test.result)
    assert same(found, expected, ordered="order by" in test.text.lower()), (found, expected)


def test_every_test_of_a_manifest_is_run() -> None:
    found = {suite: sum(test.suite == suite for test in TESTS) for suite in COUNTS}
    assert found == COUNTS
    assert {test.kind for test in TESTS} == {"QueryEvaluationTest", "CSVResultFormatTest", "NegativeSyntaxTest11"}


def test_every_deviation_is_a_test_of_a_suite() -> None:
    assert set(DEVIATIONS) <= set(map(str, TESTS))
