"""Evaluate SPARQL constraints (SHACL, 5) with pyoxigraph for `prefilter`: one query for all nodes, and not one per node."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyoxigraph as ox
import rdflib
from pyoxigraph import NamedNode, Triple
from rdflib.namespace import OWL, RDF, RDFS, SH

from passo_lod.sparql_tokens import Token, tokens
from passo_lod.validation.violation import UnsupportedShapes, Violation

_COMPONENT = "SPARQLConstraintComponent"
_KEYWORDS = frozenset({"MINUS", "VALUES", "SERVICE", "GRAPH", "UNION"})
_VARIABLES = frozenset({"path", "shapesgraph", "currentshape"})
"""Parts of a query that pre-bound variables (SHACL, 5.3.1) can give another meaning than variables that the query binds."""


@dataclass(frozen=True)
class SparqlConstraint:
    """A SPARQL constraint whose query means the same with and without a pre-bound $this.

    Attributes:
        shape: IRI of the shape that has the constraint.
        query: selects $this for every node that violates it.
        targets: queries that select the focus nodes.
    """

    shape: str
    query: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class SparqlConstraints:
    """The SPARQL constraints of a shapes graph."""

    constraints: tuple[SparqlConstraint, ...]

    @classmethod
    def of(cls, shapes: rdflib.Graph) -> "SparqlConstraints":
        """Read the constraints of a shapes graph.

        Raises:
            UnsupportedShapes: a constraint needs a pre-bound variable, or its focus nodes cannot be selected by a query.
        """
        return cls(tuple(_constraints(shapes)))

    def find_violations(self, triples: Sequence[Triple]) -> Iterator[Violation]:
        """Yield the violations of a data graph."""
        if not self.constraints:
            return
        store = ox.Store()
        store.bulk_extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
        targets = {target for constraint in self.constraints for target in constraint.targets}
        nodes_by_target = {target: _select_this(store, target) for target in targets}
        for constraint in self.constraints:
            focus_nodes = set[str]().union(*(nodes_by_target[target] for target in constraint.targets))
            for node in _select_this(store, constraint.query) & focus_nodes:
                yield Violation(node, constraint.shape, _COMPONENT)


def _select_this(store: ox.Store, query: str) -> set[str]:
    """Return the IRIs that a query binds to ?this."""
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 - it is a SELECT
    return {solution["this"].value for solution in solutions if isinstance(solution["this"], NamedNode)}


def _constraints(shapes: rdflib.Graph) -> Iterator[SparqlConstraint]:
    for shape, constraint in sorted(shapes.subject_objects(SH.sparql)):
        parents = set(shapes.subjects(None, shape))
        _check_references(shapes, shape, parents)
        if any((node, SH.deactivated, None) in shapes for node in (shape, constraint, *parents)):
            raise UnsupportedShapes(f"{shape}: a SPARQL constraint that is deactivated")
        targets = {target for node in (shape, *parents) for target in _target_queries(shapes, node)}
        yield SparqlConstraint(str(shape), _query(shapes, constraint), tuple(sorted(targets)))


def _check_references(shapes: rdflib.Graph, shape: rdflib.term.Node, parents: set[rdflib.term.Node]) -> None:
    """The focus nodes are those of the shape's own targets, or of node shapes that have it as `sh:property`."""
    if (parents and set(shapes.predicates(None, shape)) != {SH.property}) or not isinstance(shape, rdflib.URIRef):
        raise UnsupportedShapes(
            f"{shape}: a SPARQL constraint of a shape that others refer to otherwise than by sh:property"
        )
    if any((parent, SH.path, None) in shapes or set(shapes.subjects(None, parent)) for parent in parents):
        raise UnsupportedShapes(f"{shape}: a SPARQL constraint below a shape that others refer to")


def _query(shapes: rdflib.Graph, constraint: rdflib.term.Node) -> str:
    """Return the constraint's query with its prefixes (SHACL, 5.2.1)."""
    select = str(shapes.value(constraint, SH.select) or "")
    if not _ignores_pre_binding(list(tokens(select))):
        raise UnsupportedShapes(f"{constraint}: its query cannot be asked for all nodes together")
    if set(shapes.objects(constraint, SH.prefixes / OWL.imports)):
        raise UnsupportedShapes(f"{constraint}: its prefixes are imported")
    prefixes = sorted(
        f"PREFIX {shapes.value(declaration, SH.prefix)}: <{shapes.value(declaration, SH.namespace)}>\n"
        for declaration in shapes.objects(constraint, SH.prefixes / SH.declare)
    )
    return "".join(prefixes) + select


def _ignores_pre_binding(query: Sequence[Token]) -> bool:
    """Whether a query is one SELECT whose group begins with $this, without a part that a pre-bound variable can change."""
    kinds = [token.kind for token in query]
    if kinds[:1] != ["SELECT"] or "{" not in kinds[:-1] or query[kinds.index("{") + 1].text != "$this":
        return False
    assigns_this = any(first.kind == "AS" and second.text[1:] == "this" for first, second in pairwise(query))
    variables = {token.text[1:].lower() for token in query if token.kind == "variable"}
    return not (assigns_this or kinds.count("SELECT") > 1 or _KEYWORDS.intersection(kinds) or _VARIABLES & variables)


def _target_queries(shapes: rdflib.Graph, shape: rdflib.term.Node) -> Iterator[str]:
    """Yield the targets of a shape (SHACL, 2.1.3) as queries."""
    patterns = {
        SH.targetClass: f"?this <{RDF.type}>/<{RDFS.subClassOf}>* <{{}}>",
        SH.targetSubjectsOf: "?this <{}> ?value",
        SH.targetObjectsOf: "?subject <{}> ?this",
        SH.targetNode: "VALUES ?this {{ <{}> }}",
    }
    if (shape, RDF.type, RDFS.Class) in shapes or (shape, SH.target, None) in shapes:
        raise UnsupportedShapes(f"{shape}: a target that is implicit or advanced")
    for predicate, pattern in patterns.items():
        for target in shapes.objects(shape, predicate):
            yield f"SELECT ?this {{ {pattern.format(target)} }}"
