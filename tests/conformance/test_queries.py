"""The W3C query suites, each test over HTTP against the real command (`passo-lod serve --dump`).

A dataset that many tests share has a server of its own, and its statements are the default graph of the dump. The others stand
together in one dump, a graph a file, and the request names the test's dataset, as the protocol has it. Relative IRIs in a query
are relative to its file, which an endpoint cannot know: a BASE line says it.
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
from tests.conformance.suites import PUBLIC, SUITES, Dataset, QueryTest, at_hand, query_tests
from tests.processes import Server, running
from tests.serving import post

COUNTS = {"aggregates": 47, "csv-tsv-res": 6, "exists": 6, "json-res": 4, "property-path": 33}

DEVIATIONS: dict[str, str] = {}
"""What the endpoint answers otherwise than the suite, each with the reason; what is listed must fail."""

QUERY = {"Content-Type": "application/sparql-query"}
NOTHING = Dataset()
TESTS = [test for suite in COUNTS for test in query_tests(suite)]
SHARED_BY = Counter(test.dataset for test in TESTS)
MANY = 4

pytestmark = at_hand


def is_empty(path: str) -> bool:
    return not list(ox.parse((SUITES / path).read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=PUBLIC + path))


def dump_of(test: QueryTest) -> Dataset | None:
    """What the server holds that is to answer the test: its dataset, nothing, or (None) all that have no server of their own."""
    default, named = test.dataset.default, test.dataset.named
    if not named and all(map(is_empty, default)):
        return NOTHING
    return test.dataset if not named and SHARED_BY[test.dataset] >= MANY else None


def marked(test: QueryTest) -> object:
    reason = DEVIATIONS.get(str(test))
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(test, id=str(test), marks=marks)


@pytest.fixture(scope="module")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[QueryTest], Server]]:
    """The server that is to answer a test, started when it is first wanted."""
    with ExitStack() as servers:

        @cache
        def serving(dataset: Dataset | None) -> Server:
            folder = tmp_path_factory.mktemp("dataset")
            quads = together() if dataset is None else default_graph(dataset)
            ox.serialize(quads, str(folder / "data.nq"), format=ox.RdfFormat.N_QUADS)
            return servers.enter_context(running(folder, "--dump", str(folder / "data.nq"), "--workers", "1"))

        yield lambda test: serving(dump_of(test))


def default_graph(dataset: Dataset) -> Iterator[ox.Quad]:
    return (quad for path in dataset.default for quad in parsed(path, ox.DefaultGraph()))


def together() -> Iterator[ox.Quad]:
    """Each file of a dataset that has no server of its own as a graph that is named as the file."""
    datasets = {test.dataset for test in TESTS if dump_of(test) is None}
    paths = sorted({path for dataset in datasets for path in (*dataset.default, *dataset.named)})
    return (quad for path in paths for quad in parsed(path, ox.NamedNode(PUBLIC + path)))


_NUMBERS = count()


def parsed(path: str, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """The statements of a file; its blank nodes are told apart from those of every other."""
    blanks: dict[ox.BlankNode, ox.BlankNode] = {}
    for quad in ox.parse((SUITES / path).read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=PUBLIC + path):
        subject, value = (
            blanks.setdefault(term, ox.BlankNode(f"b{next(_NUMBERS)}")) if isinstance(term, ox.BlankNode) else term
            for term in (quad.subject, quad.object)
        )
        yield ox.Quad(subject, quad.predicate, value, graph)


def named_in_request(test: QueryTest) -> dict[str, list[str]]:
    """The parameters that name the dataset, where the server holds more than that."""
    if dump_of(test) is not None:
        return {}
    default = [PUBLIC + path for path in test.dataset.default if not is_empty(path)]
    return {"default-graph-uri": default, "named-graph-uri": [PUBLIC + path for path in test.dataset.named]}


def ask(server: Server, test: QueryTest, media_type: str) -> httpx.Response:
    content = f"BASE <{PUBLIC}{test.query}>\n{test.text}".encode()
    headers = {**QUERY, "Accept": media_type}
    return post(server.endpoint, params=named_in_request(test), content=content, headers=headers, timeout=30)


@pytest.mark.parametrize("test", [marked(test) for test in TESTS])
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


def test_no_test_of_a_manifest_is_lost() -> None:
    found = {suite: sum(test.suite == suite for test in TESTS) for suite in COUNTS}
    assert found == COUNTS
    assert {test.kind for test in TESTS} == {"QueryEvaluationTest", "CSVResultFormatTest", "NegativeSyntaxTest11"}


def test_every_deviation_that_is_listed_is_a_test_of_a_suite() -> None:
    assert set(DEVIATIONS) <= set(map(str, TESTS))
