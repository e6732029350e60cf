"""Give pySHACL pyoxigraph's triples as an rdflib store, without copying them and with their lexical forms.

rdflib's parser would change literals ("+7" becomes "7"): validated data would differ from published data.
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.store import Store

Node = rdflib.term.Node
Pattern = tuple[Node | None, Node | None, Node | None]
Term = NamedNode | BlankNode | Literal | Triple
Properties = Mapping[Term, Mapping[Term, None]]
"""The values of a subject by predicate, each once and in their order."""
TripleIndex = Mapping[Term, Properties]
"""The properties of each subject."""

NO_PROPERTIES: Properties = {}


class OxigraphView(Store):
    """A read-only store that converts terms to rdflib's when they are read."""

    context_aware = True  # pySHACL requires it; there is one graph
    graph_aware = True

    def __init__(self, index: TripleIndex) -> None:
        super().__init__()
        self._index = index
        self._subjects_by_value: dict[Node, dict[Node, list[Node]]] = {}
        self._objects: dict[tuple[Node, Node], list[Node]] = {}

    def __len__(self, context: Any = None) -> int:
        """Return the number of triples."""
        return self._size

    @cached_property
    def _size(self) -> int:
        return sum(len(values) for properties in self._index.values() for values in properties.values())

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """Yield the triples that match a pattern (rdflib's Store interface)."""
        return ((triple, iter(())) for triple in self._match(triple_pattern))

    def bind(self, prefix: str, namespace: rdflib.URIRef, override: bool = True) -> None:
        """Ignore prefixes."""

    def namespaces(self) -> Iterator[tuple[str, rdflib.URIRef]]:
        """Return no prefixes."""
        return iter(())

    def _match(self, pattern: Pattern) -> Iterator[tuple[Node, Node, Node]]:
        subject, predicate, value = pattern
        if subject is not None and predicate is not None:
            objects = self._objects_of(subject, predicate)
            return ((subject, predicate, found) for found in objects if value is None or found == value)
        if predicate is not None and subject is None:
            by_value = self._subjects_of(predicate)
            chosen = by_value if value is None else {value: by_value.get(value, [])}
            return ((found, predicate, object_) for object_, subjects in chosen.items() for found in subjects)
        return (triple for triple in self._all(subject) if _matches(triple, pattern))

    def _objects_of(self, subject: Node, predicate: Node) -> list[Node]:
        if (subject, predicate) not in self._objects:
            properties = self._index.get(_term(subject), NO_PROPERTIES)
            self._objects[subject, predicate] = [_node(value) for value in properties.get(_term(predicate), ())]
        return self._objects[subject, predicate]

    def _subjects_of(self, predicate: Node) -> dict[Node, list[Node]]:
        """Return the subjects by value of a predicate, indexed when the predicate is first used."""
        if predicate not in self._subjects_by_value:
            by_value = self._subjects_by_value[predicate] = {}
            term = _term(predicate)
            for subject, properties in self._index.items():
                for value in properties.get(term, ()):
                    by_value.setdefault(_node(value), []).append(_node(subject))
        return self._subjects_by_value[predicate]

    def _all(self, subject: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        chosen = self._index if subject is None else {_term(subject): self._index.get(_term(subject), NO_PROPERTIES)}
        return ((_node(each.subject), _node(each.predicate), _node(each.object)) for each in triples_of(chosen))


def triples_of(index: TripleIndex) -> Iterator[Triple]:
    """Yield the triples of an index in its order."""
    for subject, properties in index.items():
        for predicate, values in properties.items():
            yield from (Triple(subject, predicate, value) for value in values)  # type: ignore[arg-type]


def _matches(triple: tuple[Node, Node, Node], pattern: Pattern) -> bool:
    return all(wanted is None or term == wanted for term, wanted in zip(triple, pattern, strict=True))


def _term(node: Node) -> Term:
    """Return the term of a node; a literal stands for what cannot be a subject, so that nothing is found."""
    if isinstance(node, rdflib.URIRef):
        return _named_node(str(node))
    return BlankNode(str(node)) if isinstance(node, rdflib.BNode) else Literal(str(node))


def _named_node(iri: str) -> Term:
    try:
        return NamedNode(iri)
    except ValueError:  # not a valid IRI, so no triple has it
        return Literal(iri)


def _node(term: Term) -> Node:
    if isinstance(term, NamedNode):
        return _uri_ref(term.value)
    if isinstance(term, Literal):
        datatype = None if term.language else _uri_ref(term.datatype.value)
        return rdflib.Literal(
            term.value, lang=term.language, datatype=None if datatype == _STRING else datatype, normalize=False
        )
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    raise TypeError(f"{term}: SHACL 1.0 has no triple terms")


def _uri_ref(iri: str) -> rdflib.URIRef:
    """Skip rdflib's check of the IRI: pyoxigraph has checked it."""
    return str.__new__(rdflib.URIRef, iri)


_STRING = rdflib.XSD.string


class CachedQueryGraph(rdflib.Graph):
    """A graph that parses each query text once: pySHACL runs the same few queries for every focus node."""

    def query(self, query_object: Any, *args: Any, initNs: Any = None, **named: Any) -> rdflib.query.Result:  # noqa: N803 - rdflib's name
        """Run a query in its parsed form."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object, tuple(sorted((initNs or dict(self.namespaces())).items())))
        return super().query(query_object, *args, **named)


@cache
def _prepared(text: str, namespaces: tuple[tuple[str, str], ...]) -> Query:
    return prepareQuery(text, initNs=dict(namespaces))


def graph_view(index: TripleIndex) -> rdflib.Graph:
    """Return a read-only graph of an index."""
    return CachedQueryGraph(OxigraphView(index), bind_namespaces="none")
