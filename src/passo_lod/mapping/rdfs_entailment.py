"""Add the super-properties and superclasses that the ontology gives to a triple (RDFS 1.1, rules rdfs7 and rdfs9 only), for both mappers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, Triple

from passo_lod.namespaces import RDF, RDFS

_TYPE = RDF.type  # looked up once: this module runs for every triple


@dataclass(frozen=True)
class RdfsEntailment:
    """The super-properties and superclasses of an ontology's terms, with all ancestors (RDF Semantics, 9: rdfs7 and rdfs9)."""

    super_properties: Mapping[NamedNode, tuple[NamedNode, ...]]
    super_classes: Mapping[NamedNode, tuple[NamedNode, ...]]

    @classmethod
    def of(cls, ontology: Iterable[Triple | Quad]) -> "RdfsEntailment":
        """Compute the transitive closure of `rdfs:subPropertyOf` and `rdfs:subClassOf`."""
        triples = list(ontology)
        return cls(_closure(triples, RDFS.subPropertyOf), _closure(triples, RDFS.subClassOf))

    def with_entailed(self, triple: Triple) -> Iterator[Triple]:
        """Yield the triple and those that it entails."""
        yield triple
        for predicate, value in self.entailed_by(triple.predicate, triple.object):
            yield Triple(triple.subject, predicate, value)  # type: ignore[arg-type]

    def entailed_by(self, predicate: NamedNode, value: object) -> Iterator[tuple[NamedNode, object]]:
        """Yield predicate and object of the triples that a triple of any subject entails."""
        for parent in self.super_properties.get(predicate, ()):
            yield parent, value
        if predicate == _TYPE and isinstance(value, NamedNode):
            for parent in self.super_classes.get(value, ()):
                yield predicate, parent


def _closure(triples: list[Triple | Quad], predicate: NamedNode) -> dict[NamedNode, tuple[NamedNode, ...]]:
    parents: dict[NamedNode, list[NamedNode]] = {}
    for triple in triples:
        if triple.predicate == predicate and isinstance(triple.subject, NamedNode):
            parents.setdefault(triple.subject, []).append(triple.object)  # type: ignore[arg-type]
    return {child: tuple(_ancestors(child, parents)) for child in parents}


def _ancestors(child: NamedNode, parents: Mapping[NamedNode, list[NamedNode]]) -> Iterator[NamedNode]:
    found: dict[NamedNode, None] = {}
    queue = list(parents.get(child, ()))
    while queue:
        term = queue.pop(0)
        if term not in found:
            found[term] = None
            queue += parents.get(term, ())
    yield from found
