"""Index the triples of a batch by subject, for both validation engines: as a list, as a graph, or as the graph near some nodes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.validation.rdflib_store import NO_PROPERTIES, Properties, Term, TripleIndex, graph_view, triples_of


@dataclass(frozen=True)
class IndexedTriples:
    """The triples of a batch and its background, each once and in their order."""

    index: TripleIndex

    @classmethod
    def of(cls, triples: Iterable[Triple | Quad], background: "IndexedTriples | None" = None) -> "IndexedTriples":
        """Index triples; those of `background`, which all batches share, come first and are not copied."""
        shared = background.index if background else {}
        index: dict[Term, dict[Term, dict[Term, None]]] = {}
        for triple in triples:
            subject, predicate = triple.subject, triple.predicate
            properties = index.get(subject)
            if properties is None:
                properties = {key: dict(values) for key, values in shared.get(subject, NO_PROPERTIES).items()}
                index[subject] = properties
            values = properties.get(predicate)
            if values is None:
                properties[predicate] = {triple.object: None}
            else:
                values[triple.object] = None
        return cls({**shared, **index})

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """All triples."""
        return tuple(triples_of(self.index))

    @cached_property
    def graph(self) -> rdflib.Graph:
        """All triples as a read-only graph."""
        return graph_view(self.index)

    def graph_near(self, nodes: Iterable[str]) -> rdflib.Graph:
        """Return the triples of some nodes, of all nodes that they reach, and of the nodes that refer to them.

        rdflib evaluates a query on the whole graph for every node: a small graph saves more time than making it costs.

        Args:
            nodes: IRIs.
        """
        start = [NamedNode(node) for node in sorted(nodes)]
        reached: dict[Term, Properties] = {}
        queue: list[Term] = list(start)
        while queue:
            node = queue.pop()
            if node in self.index and node not in reached:
                reached[node] = self.index[node]
                queue += (value for values in self.index[node].values() for value in values)
        for subject in (subject for node in start for subject in self._referring_subjects.get(node, ())):
            reached.setdefault(subject, self.index[subject])
        return graph_view(reached)

    @cached_property
    def _referring_subjects(self) -> dict[Term, list[Term]]:
        referring: dict[Term, list[Term]] = {}
        for subject, properties in self.index.items():
            for value in (value for values in properties.values() for value in values):
                if not isinstance(value, Literal):
                    referring.setdefault(value, []).append(subject)
        return referring
