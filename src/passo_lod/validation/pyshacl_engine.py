"""Ask pySHACL, the reference: of all shapes, or of one shape and the nodes that something else has found wanting.

pySHACL's `validate()` makes a graph of shapes anew for every call, and decides everything. Its parts do the same with shapes that are
read once, and decide what they are asked; the constraints, their results and messages are pySHACL's own. It is given graphs we made
ourselves, no network, no imports, no inference.
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

from passo_lod.validation.rdflib_store import IndexedTriples, local_name

logging.getLogger("pyshacl").setLevel(logging.ERROR)

Node = rdflib.term.Node


@dataclass(frozen=True)
class ShaclResult:
    """One result as SHACL tells it (SHACL, 3.6.2); a blank node is told by no name, for it has another each time."""

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
    def _prepared(self) -> ShapesGraph:
        return ShapesGraph(self.shapes, False, logging.getLogger("pyshacl"))

    @cached_property
    def _aimed(self) -> list[Shape]:
        """The shapes that have targets of their own."""
        return [shape for shape in self._shapes.values() if any(shape.target())]  # type: ignore[no-untyped-call]

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        return {str(shape.node): shape for shape in self._prepared.shapes}

    def whole(self, data: IndexedTriples, wanted: Iterable[Set[str]]) -> Iterator[ShaclResult]:
        """What is wrong with these nodes, by all shapes that they are targets of.

        Args:
            data: the triples.
            wanted: the nodes to decide, in groups; what a group is about is looked for near it.
        """
        done = set[str]()
        for group in wanted:
            graph = DataGraph.from_rdflib(data.near(group))
            for shape in self._aimed:
                aimed_at = shape.focus_nodes(graph)  # type: ignore[no-untyped-call]
                yield from self._decide(shape, graph, ({str(each) for each in aimed_at} & group) - done)
            done |= group

    def part(self, data: IndexedTriples, asked: Mapping[str, Set[str]]) -> Iterator[ShaclResult]:
        """What is wrong with some nodes by one shape, for each shape that is asked for by its name."""
        every = DataGraph.from_rdflib(data.graph)
        for name, nodes in asked.items():
            shape = self._shapes.get(name)
            if shape is not None and (shape.node, SH.sparql, None) in self.shapes:
                for node in sorted(nodes):
                    yield from self._decide(shape, DataGraph.from_rdflib(data.near({node})), {node})
            elif shape is not None:
                yield from self._decide(shape, every, nodes)

    def _decide(self, shape: Shape, graph: DataGraph, nodes: Iterable[str]) -> Iterator[ShaclResult]:
        focus = [rdflib.URIRef(node) for node in sorted(nodes)]
        if focus:
            with _without_waste():
                _, reports = shape.validate(SHACLExecutor(), graph, focus=focus)
            yield from (_finding(triples) for _, _, triples in reports)


@contextmanager
def _without_waste() -> Iterator[None]:
    """Without what takes most of pySHACL's time, and decides nothing.

    It tells each result once more, in a text for a terminal that nobody reads here; and for every statement of a shape it looks through a list
    of all parameters that constraints may have, where a set says at once whether it is one.
    """
    told = ConstraintComponent.make_v_result_description
    listed = getattr(shape_module, "CONSTRAINT_PARAMS", (None, None))
    ConstraintComponent.make_v_result_description = _nothing  # type: ignore[method-assign]
    shape_module.CONSTRAINT_PARAMS = _PARAMETERS  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ConstraintComponent.make_v_result_description = told  # type: ignore[method-assign]
        shape_module.CONSTRAINT_PARAMS = listed  # type: ignore[attr-defined]


_PARAMETERS = (frozenset(ALL_CONSTRAINT_PARAMETERS), CONSTRAINT_PARAMETERS_MAP)


def _nothing(*_: Any, **__: Any) -> str:
    return ""


def _finding(triples: Iterable[tuple[Node, Node, Any]]) -> ShaclResult:
    """A result as pySHACL tells it to itself: an object is a node, or a node with the graph it stands in."""
    said: dict[Node, list[Node]] = {}
    for _, predicate, value in triples:
        said.setdefault(predicate, []).append(value[1] if isinstance(value, tuple) else value)
    one = {predicate: values[0] for predicate, values in said.items()}
    value = one.get(SH.value)
    return ShaclResult(
        focus=str(one[SH.focusNode]),
        shape=_iri(one[SH.sourceShape]) or "",
        component=local_name(str(one[SH.sourceConstraintComponent])),
        severity=local_name(str(one[SH.resultSeverity])),
        path=_iri(one.get(SH.resultPath)),
        value=str(value) if value is not None else None,
        messages=tuple(each for each in said.get(SH.resultMessage, ()) if isinstance(each, rdflib.Literal)),
    )


def _iri(node: Node | None) -> str | None:
    return str(node) if isinstance(node, rdflib.URIRef) else None
