"""Ask pySHACL, the reference engine, for `validator`: by all shapes, or by one shape and the nodes that may violate it.

pySHACL's `validate()` reads the shapes for every call and validates everything. This module calls its parts with shapes that are read
once; constraints, results and messages are pySHACL's own. There is no network, no `owl:imports` and no inference.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import rdflib
from pyshacl import shape as shape_module
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.graph_abstraction import DataGraph
from pyshacl.pytypes import SHACLExecutor
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import SH

from passo_lod.validation.indexed_triples import IndexedTriples
from passo_lod.validation.violation import local_name

logging.getLogger("pyshacl").setLevel(logging.ERROR)

Node = rdflib.term.Node


@dataclass(frozen=True)
class ShaclResult:
    """One validation result (SHACL, 3.6.2); a blank node has no stable name, so `shape` is empty and `path` None for it."""

    focus: str
    shape: str
    component: str
    severity: str
    path: str | None
    value: str | None
    messages: tuple[rdflib.Literal, ...]


@dataclass(frozen=True)
class PyshaclEngine:
    """pySHACL with its shapes read.

    Attributes:
        shapes: the shapes graph.
    """

    shapes: rdflib.Graph

    @cached_property
    def _shapes_graph(self) -> ShapesGraph:
        return ShapesGraph(self.shapes, False, logging.getLogger("pyshacl"))

    @cached_property
    def _shapes_with_targets(self) -> list[Shape]:
        return [shape for shape in self._shapes_by_name.values() if any(shape.target())]  # type: ignore[no-untyped-call]

    @cached_property
    def _shapes_by_name(self) -> dict[str, Shape]:
        return {str(shape.node): shape for shape in self._shapes_graph.shapes}

    def validate_nodes(self, data: IndexedTriples, groups: Iterable[Set[str]]) -> Iterator[ShaclResult]:
        """Validate nodes by all shapes that have them as targets.

        Args:
            data: the triples.
            groups: IRIs of the nodes, in groups; each group is validated in the graph near it.
        """
        done = set[str]()
        for group in groups:
            graph = DataGraph.from_rdflib(data.graph_near(group))
            for shape in self._shapes_with_targets:
                targets = shape.focus_nodes(graph)  # type: ignore[no-untyped-call]
                yield from self._validate(shape, graph, ({str(node) for node in targets} & group) - done)
            done |= group

    def validate_by_shape(self, data: IndexedTriples, nodes_by_shape: Mapping[str, Set[str]]) -> Iterator[ShaclResult]:
        """Validate the nodes of each shape by that shape only."""
        graph = DataGraph.from_rdflib(data.graph)
        for name, nodes in nodes_by_shape.items():
            shape = self._shapes_by_name.get(name)
            if shape is not None and (shape.node, SH.sparql, None) in self.shapes:
                for node in sorted(nodes):
                    yield from self._validate(shape, DataGraph.from_rdflib(data.graph_near({node})), {node})
            elif shape is not None:
                yield from self._validate(shape, graph, nodes)

    def _validate(self, shape: Shape, graph: DataGraph, nodes: Iterable[str]) -> Iterator[ShaclResult]:
        focus = [rdflib.URIRef(node) for node in sorted(nodes)]
        if focus:
            with _fast_pyshacl():
                _, reports = shape.validate(SHACLExecutor(), graph, focus=focus)
            yield from (_result(triples) for _, _, triples in reports)


@contextmanager
def _fast_pyshacl() -> Iterator[None]:
    """Skip what takes most of pySHACL's time and changes no result.

    It describes each result in a text for terminals, and looks each predicate of a shape up in a list of parameters instead of a set.
    """
    describe = ConstraintComponent.make_v_result_description
    parameters = getattr(shape_module, "CONSTRAINT_PARAMS", (None, None))
    ConstraintComponent.make_v_result_description = _no_description  # type: ignore[method-assign]
    shape_module.CONSTRAINT_PARAMS = _PARAMETERS  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ConstraintComponent.make_v_result_description = describe  # type: ignore[method-assign]
        shape_module.CONSTRAINT_PARAMS = parameters  # type: ignore[attr-defined]


_PARAMETERS = (frozenset(ALL_CONSTRAINT_PARAMETERS), CONSTRAINT_PARAMETERS_MAP)


def _no_description(*_: Any, **__: Any) -> str:
    return ""


def _result(triples: Iterable[tuple[Node, Node, Any]]) -> ShaclResult:
    """Read a result of pySHACL's; an object is a node, or a pair of the graph and the node."""
    values: dict[Node, list[Node]] = {}
    for _, predicate, value in triples:
        values.setdefault(predicate, []).append(value[1] if isinstance(value, tuple) else value)
    first = {predicate: nodes[0] for predicate, nodes in values.items()}
    value = first.get(SH.value)
    return ShaclResult(
        focus=str(first[SH.focusNode]),
        shape=_iri(first[SH.sourceShape]) or "",
        component=local_name(str(first[SH.sourceConstraintComponent])),
        severity=local_name(str(first[SH.resultSeverity])),
        path=_iri(first.get(SH.resultPath)),
        value=str(value) if value is not None else None,
        messages=tuple(message for message in values.get(SH.resultMessage, ()) if isinstance(message, rdflib.Literal)),
    )


def _iri(node: Node | None) -> str | None:
    return str(node) if isinstance(node, rdflib.URIRef) else None
