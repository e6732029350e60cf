"""The W3C SHACL suite with both validators: pySHACL, which writes the report, and pyshifty, the prefilter.

A test passes if the results have the same focus node, path, value, constraint component, severity and source shape (SHACL, 3.6.2).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyshacl
import pytest
import rdflib
from rdflib import BNode, Graph, Literal, Namespace
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, SH

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("PASSO_SHARED", ROOT.parent / "shared"))
SUITE = SHARED / "conformance/data-shapes/data-shapes-test-suite/tests"
COUNTS = {"core": 98, "sparql": 23}

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
COMPARED = (
    SH.focusNode,
    SH.resultPath,
    SH.value,
    SH.sourceConstraintComponent,
    SH.resultSeverity,
    SH.sourceShape,
)

Node = rdflib.term.Node
Validate = Callable[[Graph, Graph], Graph | None]

_ONE = (
    '"1"^^xsd:boolean is taken for true, by pySHACL where it is given a graph; SHACL (4.4.5) asks for the literal true'
)
DEVIATIONS = {
    "pySHACL": {
        "core/property/uniqueLang-002": _ONE,
        "sparql/pre-binding/shapesGraph-001": "pySHACL does not bind $shapesGraph, which is optional (SHACL, 5.3.1), and fails",
    },
    "pyshifty": {
        "core/property/uniqueLang-002": _ONE,
    },
}
"""Tests that must fail with a validator, each with the reason."""

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="no W3C SHACL suite: set PASSO_SHARED to its folder")


@dataclass(frozen=True)
class Case:
    """One test: data graph, shapes graph, and the manifest with the expected results."""

    name: str
    data: Path
    shapes: Path
    manifest: Path

    def __str__(self) -> str:
        return self.name


def cases(suite: str) -> list[Case]:
    """Every test of a suite, found by its file, because one is in no manifest."""
    files = sorted((SUITE / suite).rglob("*.ttl"))
    return [each for path in files if path.name != "manifest.ttl" for each in _cases(path)]


def _cases(path: Path) -> Iterator[Case]:
    graph = Graph().parse(path)
    for test in graph.subjects(RDF.type, SHT.Validate):
        action, name = graph.value(test, MF.action), path.relative_to(SUITE).with_suffix("").as_posix()
        yield Case(name, *(_path(graph.value(action, each)) for each in (SHT.dataGraph, SHT.shapesGraph)), path)


def _path(iri: Node | None) -> Path:
    return Path(unquote(urlsplit(str(iri)).path))


def expected(case: Case) -> Graph | None:
    graph = Graph().parse(case.manifest)
    (test,) = graph.subjects(RDF.type, SHT.Validate)
    result = graph.value(test, MF.result)
    return None if result == SHT.Failure else compared_results(graph, result)


def compared_results(graph: Graph, report: Node | None) -> Graph:
    """The results of a report with their `COMPARED` properties; a path that is no IRI becomes text."""
    results = Graph()
    for result in graph.objects(report, SH.result):
        results.add((BNode("report"), SH.result, result))
        for predicate in COMPARED:
            for value in graph.objects(result, predicate):
                results.add(
                    (result, predicate, Literal(_path_text(graph, value)) if predicate == SH.resultPath else value)
                )
    return results


def _path_text(graph: Graph, path: Node) -> str:
    """A property path (SHACL, 2.3.1) as text."""
    if (path, RDF.first, None) in graph:
        return f"({' '.join(_path_text(graph, each) for each in Collection(graph, path))})"
    steps = [
        f"{predicate.n3()} {_path_text(graph, value)}" for predicate, value in sorted(graph.predicate_objects(path))
    ]
    return f"[{', '.join(steps)}]" if isinstance(path, BNode) else path.n3()


def by_pyshacl(data: Graph, shapes: Graph) -> Graph | None:
    try:
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False)
    except Exception:  # ill-formed shapes, in many ways
        return None
    return _results(report)


def by_pyshifty(data: Graph, shapes: Graph) -> Graph | None:
    shifty = pytest.importorskip("shifty", reason="pyshifty is not installed")
    try:
        _, report, _ = shifty.validate(data, shapes, graph_mode="data", infer=False)
    except ValueError:
        return None
    if isinstance(report, Graph):
        _describe_paths(report, shapes)
    return _results(report)


def _describe_paths(report: Graph, shapes: Graph) -> None:
    """Copy complex paths from the shapes graph: pyshifty reports only their blank nodes."""
    for result, path in list(report.subject_objects(SH.resultPath)):
        of_shape = shapes.value(report.value(result, SH.sourceShape), SH.path)
        if isinstance(path, BNode) and of_shape is not None:
            report.set((result, SH.resultPath, of_shape))
            report += shapes.cbd(of_shape)


def _results(report: object) -> Graph | None:
    if not isinstance(report, Graph):  # pySHACL gives a failure as a value
        return None
    return compared_results(report, report.value(None, RDF.type, SH.ValidationReport))


VALIDATORS: dict[str, Validate] = {"pySHACL": by_pyshacl, "pyshifty": by_pyshifty}
RUNS = [
    pytest.param(
        name,
        case,
        id=f"{name}-{case}",
        marks=[pytest.mark.xfail(reason=DEVIATIONS[name][str(case)])] if str(case) in DEVIATIONS[name] else [],
    )
    for name in VALIDATORS
    for suite in COUNTS
    for case in cases(suite)
]


@pytest.mark.parametrize(("validator", "case"), RUNS)
def test_the_validator_gives_the_results_of_the_suite(validator: str, case: Case) -> None:
    data, shapes = Graph().parse(case.data), Graph().parse(case.shapes)
    actual, required = VALIDATORS[validator](data, shapes), expected(case)
    assert (actual is None) == (required is None)
    if actual is not None and required is not None:
        assert isomorphic(actual, required)


def test_every_test_of_the_suite_is_run() -> None:
    assert {suite: len(cases(suite)) for suite in COUNTS} == COUNTS


def test_every_deviation_is_a_test_of_the_suite() -> None:
    names = {str(case) for suite in COUNTS for case in cases(suite)}
    assert {name for deviations in DEVIATIONS.values() for name in deviations} <= names
