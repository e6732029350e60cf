"""The manifests of the W3C SPARQL 1.1 suites, read in place from the folder that `PASSO_SHARED` names."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib import Namespace
from rdflib.collection import Collection

ROOT = Path(__file__).resolve().parents[2]
SUITES = Path(os.environ.get("PASSO_SHARED", ROOT.parent / "shared")) / "conformance/rdf-tests/sparql/sparql11"
PUBLIC = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
"""The base IRI of relative IRIs in the suites."""

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")

Node = rdflib.term.Node

requires_suites = pytest.mark.skipif(not SUITES.is_dir(), reason="no W3C suites: set PASSO_SHARED to their folder")


@dataclass(frozen=True)
class Dataset:
    """The files of the default graph and of the named graphs."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "+".join([*self.default, *(f"graph {path}" for path in self.named)]) or "no data"


@dataclass(frozen=True)
class QueryTest:
    """One entry of a query manifest; paths are relative to the suites."""

    suite: str
    name: str
    kind: str
    query: str
    dataset: Dataset
    result: str | None

    def __str__(self) -> str:
        return f"{self.suite}/{self.name}"

    @property
    def text(self) -> str:
        return (SUITES / self.query).read_text(encoding="utf-8")


@cache
def manifest(suite: str) -> rdflib.Graph:
    """The manifest of a suite; empty if the suite is missing."""
    path = SUITES / suite / "manifest.ttl"
    return rdflib.Graph().parse(path, publicID=f"{PUBLIC}{suite}/manifest.ttl") if path.is_file() else rdflib.Graph()


def entries(suite: str) -> list[Node]:
    """The tests of a suite, in the order of its manifest."""
    graph = manifest(suite)
    return [test for each in graph.objects(None, MF.entries) for test in Collection(graph, each)]


def name_of(test: Node) -> str:
    return str(test).rpartition("#")[2]


def query_tests(suite: str) -> Iterator[QueryTest]:
    """The query tests of a suite."""
    graph = manifest(suite)
    for test in entries(suite):
        action = graph.value(test, MF.action)
        kind = str(graph.value(test, rdflib.RDF.type)).rpartition("#")[2]
        result = graph.value(test, MF.result)
        yield QueryTest(
            suite,
            name_of(test),
            kind,
            _path(graph.value(action, QT.query) or action),
            Dataset(_paths(graph, action, QT.data), _paths(graph, action, QT.graphData)),
            _path(result) if result is not None else None,
        )


def _paths(graph: rdflib.Graph, action: Node | None, predicate: rdflib.URIRef) -> tuple[str, ...]:
    return tuple(sorted(map(_path, graph.objects(action, predicate))))


def _path(iri: Node | None) -> str:
    return str(iri).removeprefix(PUBLIC)
