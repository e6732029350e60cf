"""Show triples of pyoxigraph to rdflib without copying them: pySHACL reads few of them, and what it reads is what is published.

rdflib would write literals anew while it reads a file ("+7" becomes "7"); here each keeps its lexical form.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.store import Store

Node = rdflib.term.Node
Pattern = tuple[Node | None, Node | None, Node | None]
Term = NamedNode | BlankNode | Literal | Triple
Said = Mapping[Term, Mapping[Term, Mapping[Term, None]]]
"""What is said: subjects, their predicates, and the values of these, each once and in the order in which they come."""

_NOTHING: Mapping[Term, Mapping[Term, None]] = {}


class OxigraphView(Store):
    """A store that is read only, and turns a term into rdflib's when it is asked for."""

    context_aware = True  # so that pySHACL takes it; there is one graph
    graph_aware = True

    def __init__(self, said: Said) -> None:
        super().__init__()
        self._of = said
        self._by_value: dict[Node, dict[Node, list[Node]]] = {}
        self._values: dict[tuple[Node, Node], list[Node]] = {}

    def __len__(self, context: Any = None) -> int:
        """How many triples there are."""
        return self._size

    @cached_property
    def _size(self) -> int:
        return sum(len(values) for said in self._of.values() for values in said.values())

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """The triples that fit a pattern (rdflib's Store)."""
        return ((triple, iter(())) for triple in self._fitting(triple_pattern))

    def bind(self, prefix: str, namespace: rdflib.URIRef, override: bool = True) -> None:
        """Prefixes are no part of what is validated."""

    def namespaces(self) -> Iterator[tuple[str, rdflib.URIRef]]:
        """There are no prefixes."""
        return iter(())

    def _fitting(self, pattern: Pattern) -> Iterator[tuple[Node, Node, Node]]:
        subject, predicate, value = pattern
        if subject is not None and predicate is not None:
            found = ((subject, predicate, each) for each in self._objects(subject, predicate))
            return (each for each in found if value is None or each[2] == value)
        if predicate is not None and subject is None:
            by_value = self._subjects(predicate)
            chosen = by_value if value is None else {value: by_value.get(value, [])}
            return ((each, predicate, found) for found, subjects in chosen.items() for each in subjects)
        return (each for each in self._all(subject) if _fits(each, pattern))

    def _objects(self, subject: Node, predicate: Node) -> list[Node]:
        if (subject, predicate) not in self._values:
            said = self._of.get(_known(subject), _NOTHING)
            self._values[subject, predicate] = [_node(each) for each in said.get(_known(predicate), ())]
        return self._values[subject, predicate]

    def _subjects(self, predicate: Node) -> dict[Node, list[Node]]:
        """The subjects by value of one predicate, sorted out when first asked for."""
        if predicate not in self._by_value:
            by_value = self._by_value[predicate] = {}
            known = _known(predicate)
            for subject, said in self._of.items():
                for each in said.get(known, ()):
                    by_value.setdefault(_node(each), []).append(_node(subject))
        return self._by_value[predicate]

    def _all(self, subject: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        chosen = self._of if subject is None else {_known(subject): self._of.get(_known(subject), _NOTHING)}
        return ((_node(each.subject), _node(each.predicate), _node(each.object)) for each in _triples(chosen))


def _fits(triple: tuple[Node, Node, Node], pattern: Pattern) -> bool:
    return all(wanted is None or each == wanted for each, wanted in zip(triple, pattern, strict=True))


def _known(node: Node) -> Term:
    """The term of a node; one that cannot stand as a subject is in no store."""
    if isinstance(node, rdflib.URIRef):
        return _named(str(node))
    return BlankNode(str(node)) if isinstance(node, rdflib.BNode) else Literal(str(node))


def _named(iri: str) -> Term:
    try:
        return NamedNode(iri)
    except ValueError:  # no IRI, and so nobody's
        return Literal(iri)


def _node(term: Term) -> Node:
    if isinstance(term, NamedNode):
        return _iri(term.value)
    if isinstance(term, Literal):
        kind = None if term.language else _iri(term.datatype.value)
        return rdflib.Literal(
            term.value, lang=term.language, datatype=None if kind == _STRING else kind, normalize=False
        )
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    raise TypeError(f"{term}: a triple as a term is nothing that SHACL 1.0 speaks of")


def _iri(iri: str) -> rdflib.URIRef:
    """An IRI that was checked when it became pyoxigraph's; rdflib would look through it again, each time."""
    return str.__new__(rdflib.URIRef, iri)


_STRING = rdflib.XSD.string


class CachedQueryGraph(rdflib.Graph):
    """A graph that parses a query text once: pySHACL asks the same few for every focus node."""

    def query(self, query_object: Any, *args: Any, initNs: Any = None, **named: Any) -> rdflib.query.Result:  # noqa: N803 - rdflib's name
        """Query with the text's parsed form."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object, tuple(sorted((initNs or dict(self.namespaces())).items())))
        return super().query(query_object, *args, **named)


@cache
def _prepared(text: str, namespaces: tuple[tuple[str, str], ...]) -> Query:
    return prepareQuery(text, initNs=dict(namespaces))


@dataclass(frozen=True)
class IndexedTriples:
    """What a batch says, by the nodes that it describes."""

    said: Said
    _values: dict[frozenset[Term], Mapping[Term, list[Term]]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, statements: Iterable[Triple | Quad], beneath: "IndexedTriples | None" = None) -> "IndexedTriples":
        """Each triple once, in the order in which they come; those of `beneath`, which many batches share, first."""
        shared = beneath.said if beneath else {}
        said: dict[Term, dict[Term, dict[Term, None]]] = {}
        for each in statements:
            subject, predicate = each.subject, each.predicate
            described = said.get(subject)
            if described is None:
                described = {key: dict(values) for key, values in shared.get(subject, _NOTHING).items()}
                said[subject] = described
            values = described.get(predicate)
            if values is None:
                described[predicate] = {each.object: None}
            else:
                values[each.object] = None
        return cls({**shared, **said})

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """All of it."""
        return tuple(_triples(self.said))

    @cached_property
    def graph(self) -> rdflib.Graph:
        """All of it, as a graph that is only read."""
        return _graph(self.said)

    def of_node(self, node: Term) -> Mapping[Term, Mapping[Term, None]]:
        """What is said of a node: its predicates and their values."""
        return self.said.get(node, _NOTHING)

    def values_of(self, predicates: frozenset[Term]) -> Mapping[Term, list[Term]]:
        """The values of some predicates, each with those of which it is one."""
        if predicates not in self._values:
            values: dict[Term, dict[Term, None]] = {}
            for said in self.said.values():
                for predicate in said.keys() & predicates:
                    for each in said[predicate]:
                        values.setdefault(each, {})[predicate] = None
            self._values[predicates] = {value: sorted(by, key=str) for value, by in values.items()}
        return self._values[predicates]

    def near(self, nodes: Iterable[str]) -> rdflib.Graph:
        """What is said of some nodes, of all that they refer to and so on, and what refers to them.

        rdflib's queries look through the whole graph for every node, so that a small one is worth its making.
        """
        start = [NamedNode(node) for node in sorted(nodes)]
        reached: dict[Term, Mapping[Term, Mapping[Term, None]]] = {}
        todo: list[Term] = list(start)
        while todo:
            node = todo.pop()
            if node in self.said and node not in reached:
                reached[node] = self.said[node]
                todo += (each for values in self.said[node].values() for each in values)
        for each in (each for node in start for each in self._referring.get(node, ())):
            reached.setdefault(each, self.said[each])
        return _graph(reached)

    @cached_property
    def _referring(self) -> dict[Term, list[Term]]:
        referring: dict[Term, list[Term]] = {}
        for subject, said in self.said.items():
            for each in (each for values in said.values() for each in values):
                if not isinstance(each, Literal):
                    referring.setdefault(each, []).append(subject)
        return referring


def _triples(said: Said) -> Iterator[Triple]:
    for subject, described in said.items():
        for predicate, values in described.items():
            yield from (Triple(subject, predicate, each) for each in values)  # type: ignore[arg-type]


def _graph(said: Said) -> rdflib.Graph:
    return CachedQueryGraph(OxigraphView(said), bind_namespaces="none")


def graph_of(statements: Iterable[Triple | Quad]) -> rdflib.Graph:
    """An rdflib graph of triples that we made; it is only read."""
    return IndexedTriples.of(statements).graph


def local_name(iri: str) -> str:
    """The last part of an IRI.

    >>> local_name("http://www.w3.org/ns/shacl#Warning")
    'Warning'
    """
    return iri.rsplit("#", 1)[-1]
