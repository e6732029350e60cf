"""Write a SHACL property path (SHACL, 2.3.1) as a SPARQL 1.1 property path (SPARQL 1.1 Query, 9)."""

from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import BlankNode, NamedNode, Triple

from passo_lod.errors import VocabularyError
from passo_lod.namespaces import RDF, SH

Node = NamedNode | BlankNode
Statements = Mapping[Node, Mapping[NamedNode, list[object]]]
"""The objects of each subject and predicate, in the order of the file."""

_SUFFIXES = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def statements_of(triples: Iterable[Triple]) -> Statements:
    """Index triples by subject and predicate."""
    found: dict[Node, dict[NamedNode, list[object]]] = {}
    for each in triples:
        found.setdefault(each.subject, {}).setdefault(each.predicate, []).append(each.object)  # type: ignore[arg-type]
    return found


def sparql_path(node: object, statements: Statements) -> str:
    """Return the path as SPARQL, with full IRIs.

    Args:
        node: the value of `sh:path`.
        statements: those about the blank nodes of the path.

    Raises:
        VocabularyError: the node is no property path.
    """
    if isinstance(node, NamedNode) and node not in statements:
        return f"<{node.value}>"
    about = statements.get(node, {})  # type: ignore[call-overload]
    if RDF.first in about:
        return "/".join(_step(each, statements) for each in members(node, statements))
    if inverse := about.get(SH.inversePath):
        return f"^{_step(inverse[0], statements)}"
    if alternatives := about.get(SH.alternativePath):
        return "|".join(_step(each, statements) for each in members(alternatives[0], statements))
    for predicate, suffix in _SUFFIXES.items():
        if inner := about.get(predicate):
            return f"{_step(inner[0], statements)}{suffix}"
    if isinstance(node, NamedNode):
        return f"<{node.value}>"
    raise VocabularyError(f"{node}: this is no SHACL property path (SHACL, 2.3.1)")


def _step(node: object, statements: Statements) -> str:
    path = sparql_path(node, statements)
    return path if path.startswith("<") and path.find(">") == len(path) - 1 else f"({path})"


def members(node: object, statements: Statements) -> Iterator[object]:
    """Yield the members of an RDF list."""
    while node != RDF.nil:
        about = statements.get(node, {})  # type: ignore[call-overload]
        if RDF.first not in about or RDF.rest not in about:
            raise VocabularyError(f"{node}: this RDF list does not end")
        yield about[RDF.first][0]
        node = about[RDF.rest][0]
