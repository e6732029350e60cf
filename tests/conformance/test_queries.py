"""The W3C query suites, each test over HTTP against the real command (`passo-lod serve --dump`).

A dataset that many tests share has its own server, which has the dataset's triples in its default graph. All other datasets are together in
one dump, with one named graph per file, and each request names the graphs of its test (SPARQL 1.1 Protocol, 2.1.4). Relative IRIs in a query
are relative to its file, which an endpoint cannot know; so a BASE line precedes each query.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import count
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.conformance.results import MEDIA_TYPES, by_value, is_result_set, read_graph, read_results, same
from tests.conformance.suites import PUBLIC, SUITES, Dataset, QueryTest, query_tests, requires_suites
from tests.processes import Server, running
from tests.serving import post

COUNTS = {
    "aggregates": 47,
    "bind": 10,
    "bindings": 11,
    "construct": 7,
    "csv-tsv-res": 6,
    "exists": 6,
    "functions": 75,
    "grouping": 6,
    "json-res": 4,
    "negation": 12,
    "property-path": 33,
    "syntax-fed": 3,
    "syntax-query": 94,
}

_ZERO_LENGTH = "Oxigraph finds no zero-length path at a constant that the dataset does not contain (SPARQL 1.1, 18.4)"
_CANONICAL = "Oxigraph returns 1.0E6 as 1000000 and xsd:negativeInteger as xsd:integer: the same value, another literal"
_FUNCTION = "Oxigraph refuses a query with a function that it does not know, with a message that names the function"
DEVIATIONS = {
    "bindings/graph": "Oxigraph does not restrict ?g to the graph in a GRAPH ?g that has only VALUES (SPARQL 1.1, 18.6)",
    "csv-tsv-res/csv03": _CANONICAL,
    "csv-tsv-res/tsv03": _CANONICAL,
    "functions/bnode01": "Oxigraph returns one blank node for BNODE of one string in all solutions (SPARQL 1.1, 17.4.2.9)",
    "property-path/zero_or_more_set_end": _ZERO_LENGTH,
    "property-path/zero_or_more_set_start": _ZERO_LENGTH,
    "property-path/zero_or_one_set_end": _ZERO_LENGTH,
    "property-path/zero_or_one_set_start": _ZERO_LENGTH,
    "syntax-query/test_4": _FUNCTION,
}
"""Tests that must fail, each with the reason (docs/conformance.md, docs/upstream-oxigraph.md)."""

OTHER_FORMS = {
    *(f"aggregates/agg-{name}" for name in ("avg-02", "err-02", "max-01", "max-02", "max-distinct")),
    *(f"aggregates/agg-{name}" for name in ("min-01", "min-02", "min-distinct", "sum-02")),
    "functions/coalesce01",
    "functions/plus-1-corrected",
    "functions/plus-2-corrected",
}
"""Tests whose numbers come in another lexical form than the suite has: `1` for the decimal `1.0`, `0.4` for the double `4.0E-1`."""

QUERY = {"Content-Type": "application/sparql-query"}
EMPTY = Dataset()
TESTS = [test for suite in COUNTS for test in query_tests(suite)]
SHARED_BY = Counter(test.dataset for test in TESTS)
MIN_TESTS_PER_SERVER = 8

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
    """The parameters that name the dataset of a test, if its server has other datasets too and the query has no FROM."""
    if dump_of(test) is not None or "\nFROM " in test.text:
        return {}
    default = [PUBLIC + path for path in test.dataset.default if not is_empty(path)]
    return {"default-graph-uri": default, "named-graph-uri": [PUBLIC + path for path in test.dataset.named]}


def ask(server: Server, test: QueryTest, media_type: str) -> httpx.Response:
    content = f"BASE <{PUBLIC}{test.query}>\n{test.text}".encode()
    headers = {**QUERY, "Accept": media_type}
    return post(server.endpoint, params=dataset_parameters(test), content=content, headers=headers, timeout=30)


@pytest.mark.parametrize("test", [with_expected_failure(test) for test in TESTS])
def test_the_endpoint_answers_as_the_suite_expects(server_of: Callable[[QueryTest], Server], test: QueryTest) -> None:
    CHECKS[test.kind](server_of(test), test)


def check_malformed(server: Server, test: QueryTest) -> None:
    answer = ask(server, test, "*/*")
    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")
    assert re.match(r"line \d+, column \d+: ", answer.json()["detail"])


def check_well_formed(server: Server, test: QueryTest) -> None:
    """The query is answered; one with SERVICE is understood, and refused for that."""
    answer = ask(server, test, "*/*")
    if test.suite == "syntax-fed":
        assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden"), answer.text
        assert ": SERVICE: " in answer.json()["detail"]
    else:
        assert answer.status_code == 200, answer.text


def check_result(server: Server, test: QueryTest) -> None:
    assert test.result is not None
    content, extension = (SUITES / test.result).read_bytes(), Path(test.result).suffix[1:]
    base = PUBLIC + test.result
    if extension == "ttl" and not is_result_set(graph := read_graph(content, base)):
        check_graph(server, test, graph)
        return
    media_type = "text/csv" if extension == "csv" else MEDIA_TYPES.get(extension, MEDIA_TYPES["srj"])[0]
    found = read_results(body(ask(server, test, media_type), media_type), "srj" if extension == "ttl" else extension)
    expected = read_results(content, extension, base)
    ordered, names_ordered = "order by" in test.text.lower(), "select *" not in test.text.lower()
    if str(test) in OTHER_FORMS:
        assert not same(found, expected, ordered=ordered, variables_ordered=names_ordered), "remove it from OTHER_FORMS"
        found, expected = by_value(found), by_value(expected)
    assert same(found, expected, ordered=ordered, variables_ordered=names_ordered), (found, expected)


def check_graph(server: Server, test: QueryTest, expected: ox.Dataset) -> None:
    """The graph of a CONSTRUCT, up to the names of blank nodes."""
    found = read_graph(body(ask(server, test, "text/turtle"), "text/turtle"))
    for graph in (found, expected):
        graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert set(found) == set(expected)


def body(answer: httpx.Response, media_type: str) -> bytes:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == media_type
    return answer.content


CHECKS = {
    "QueryEvaluationTest": check_result,
    "CSVResultFormatTest": check_result,
    "PositiveSyntaxTest11": check_well_formed,
    "NegativeSyntaxTest11": check_malformed,
}


def test_every_test_of_a_manifest_is_run() -> None:
    found = {suite: sum(test.suite == suite for test in TESTS) for suite in COUNTS}
    assert found == COUNTS
    assert {test.kind for test in TESTS} == CHECKS.keys()


def test_every_deviation_is_a_test_of_a_suite() -> None:
    assert DEVIATIONS.keys() | OTHER_FORMS <= set(map(str, TESTS))
    assert not DEVIATIONS.keys() & OTHER_FORMS
