"""Replace the blank nodes of a process by IRIs (RDF 1.1 Concepts, 3.5, skolemization); for rdf_reader.

An IRI is a hash of the statements about its node, so that the same file gives the same IRIs, in whatever order it is written.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from pyoxigraph import BlankNode, NamedNode, Triple

from passo_lod.sources.rdf_files.process_closure import ProcessClosures
from passo_lod.sources.rdf_files.rdf_file import Node
from passo_lod.sources.read_error import ReadError

MAX_BLANK_DEPTH = 50
"""Blank nodes that refer to each other in a chain."""


class Skolemizer:
    """Mints IRIs for the blank nodes of one process, each below the IRI of the subject that refers to it."""

    def __init__(self, closures: ProcessClosures, process: NamedNode, subjects: Sequence[Node]) -> None:
        """Find the subject below which each blank node gets its IRI.

        Args:
            closures: the processes of the graph.
            process: the process.
            subjects: the subjects that belong to it.
        """
        self._by_subject = closures.graph.by_subject
        self._digests: dict[BlankNode, str] = {}
        self._parents: dict[BlankNode, NamedNode] = {}
        for parent in [process, *(each for each in subjects if isinstance(each, NamedNode))]:
            self._assign_parent(parent)
        for node in subjects:
            if isinstance(node, BlankNode):
                self._parents.setdefault(node, process)

    def _assign_parent(self, parent: NamedNode) -> None:
        """Make an IRI the parent of the blank nodes that are reached from it and have no parent yet."""
        queue: list[Node] = [parent]
        while queue:
            for statement in self._by_subject.get(queue.pop(), ()):
                node = statement.triple.object
                if isinstance(node, BlankNode) and node not in self._parents:
                    self._parents[node] = parent
                    queue.append(node)

    def skolemize(self, triple: Triple) -> Triple:
        """A triple with IRIs in place of its blank nodes.

        Raises:
            ReadError: its blank nodes refer to each other in a circle, or in too long a chain.
        """
        return Triple(self._iri_for(triple.subject), triple.predicate, self._iri_for(triple.object))

    def _iri_for(self, term: Any) -> Any:
        if not isinstance(term, BlankNode):
            return term
        parent = self._parents[term].value
        return NamedNode(f"{parent}{'-' if '#' in parent else '#'}genid-{self._digest(term, 0)}")

    def _digest(self, node: BlankNode, depth: int) -> str:
        if node not in self._digests:
            if depth > MAX_BLANK_DEPTH:
                raise ReadError("blank-nodes", "read.rdf.blank-nodes", {"limit": MAX_BLANK_DEPTH})
            lines = sorted(
                f"{each.triple.predicate} {self._text(each.triple.object, depth)}"
                for each in self._by_subject.get(node, ())
            )
            self._digests[node] = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        return self._digests[node]

    def _text(self, term: Any, depth: int) -> str:
        return f"_:{self._digest(term, depth + 1)}" if isinstance(term, BlankNode) else str(term)
