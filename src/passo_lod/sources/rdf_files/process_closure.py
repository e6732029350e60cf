"""Select the subjects of an RDF file that belong to each process: its parts, its record, and what they refer to.

Used by rdf_reader, which makes one record of each process (docs/sources/rdf.md).
"""

import re

from pyoxigraph import BlankNode, NamedNode

from passo_lod.namespaces import DCAT, DCT, FOAF, OWL, PASSO, RDF, RDFS, SCHEMA, SH, SKOS, VOID
from passo_lod.sources.rdf_files.rdf_file import MAX_SYNTAX_ERRORS, Node, RdfGraph
from passo_lod.sources.read_error import ReadError

_EXCLUDED_NAMESPACES = (DCAT.iri, VOID.iri, OWL.iri, SH.iri, RDFS.iri)
"""Things of these types are datasets, ontologies or shapes, and belong to no process."""

_PERSON_TYPES = frozenset(
    {FOAF.Person, SCHEMA.Person, NamedNode("http://schema.org/Person"), NamedNode("http://www.w3.org/ns/prov#Person"),
     NamedNode("http://www.w3.org/2006/vcard/ns#Individual"), NamedNode("http://www.w3.org/ns/person#Person")}
)  # fmt: skip


class ProcessClosures:
    """The processes of a graph, and the subjects that belong to each.

    Attributes:
        graph: the graph.
        processes: the processes that have an IRI, sorted.
        unnamed_count: how many processes are blank nodes.
        people: the subjects that are described as persons.
    """

    def __init__(self, graph: RdfGraph) -> None:
        self.graph = graph
        typed = [node for node in graph.by_subject if PASSO.ParticipatoryProcess in graph.objects(node, RDF.type)]
        self.processes = sorted((node for node in typed if isinstance(node, NamedNode)), key=lambda node: node.value)
        self.unnamed_count = sum(isinstance(node, BlankNode) for node in typed)
        self.people = {
            node for node in graph.by_subject if any(each in _PERSON_TYPES for each in graph.objects(node, RDF.type))
        }
        self._by_iri = {process.value: process for process in self.processes}
        self._records = self._find_records()
        self._by_record_iri = {
            record.value: process
            for process, records in self._records.items()
            for record in records
            if isinstance(record, NamedNode)
        }
        self._owners: dict[Node, NamedNode] = {}
        self._parts: dict[NamedNode, list[Node]] = {}
        self._assign_owners()
        self._closures: dict[NamedNode, list[Node]] = {}
        self._in_a_closure: set[Node] = set()

    def _find_records(self) -> dict[NamedNode, list[Node]]:
        """The records of each process, by foaf:primaryTopic and foaf:isPrimaryTopicOf."""
        records: dict[NamedNode, dict[Node, None]] = {process: {} for process in self.processes}
        for node in self.graph.by_subject:
            for topic in self.graph.objects(node, FOAF.primaryTopic):
                if topic in records:
                    records[topic][node] = None
        for process in self.processes:
            records[process] |= dict.fromkeys(self.graph.objects(process, FOAF.isPrimaryTopicOf))
        return {process: list(found) for process, found in records.items()}

    def _assign_owners(self) -> None:
        for node in self.graph.by_subject:
            if isinstance(node, NamedNode) and (owner := self.owner_of(node.value)) is not None:
                self._owners[node] = owner
                self._parts.setdefault(owner, []).append(node)

    def owner_of(self, iri: str) -> NamedNode | None:
        """The process that an IRI names, or below which it lies, or of whose record it is a fragment."""
        ends = [len(iri), *sorted((match.start() for match in re.finditer(r"[/#]", iri)), reverse=True)]
        ancestors = (self._by_iri[iri[:end]] for end in ends if iri[:end] in self._by_iri)
        return next(ancestors, self._by_record_iri.get(iri.partition("#")[0]))

    def subjects_of(self, process: NamedNode) -> list[Node]:
        """The subjects that belong to a process: itself, its parts, its record, and what they refer to."""
        if process not in self._closures:
            closure = self._close(process)
            self._in_a_closure.update(closure)
            self._closures[process] = sorted(closure, key=str)
        return self._closures[process]

    def _close(self, process: NamedNode) -> dict[Node, None]:
        blank_records = [record for record in self._records[process] if isinstance(record, BlankNode)]
        queue: list[Node] = [process, *self._parts.get(process, ()), *blank_records]
        closure: dict[Node, None] = {}
        while queue:
            node = queue.pop()
            if node not in closure and node in self.graph.by_subject:
                closure[node] = None
                objects = (statement.triple.object for statement in self.graph.by_subject[node])
                queue += [
                    each
                    for each in objects
                    if isinstance(each, (NamedNode, BlankNode)) and self._follows(process, each)
                ]
        return closure

    def _follows(self, process: NamedNode, node: Node) -> bool:
        """Whether the description of a thing belongs to the process that refers to it."""
        if node not in self.graph.by_subject or self._owners.get(node, process) != process:
            return False
        types = [each.value for each in self.graph.objects(node, RDF.type) if isinstance(each, NamedNode)]
        if DCT.Location.value in types:
            return True
        concepts = (SKOS.Concept.value, SKOS.ConceptScheme.value)
        return not any(each in concepts or each.startswith(_EXCLUDED_NAMESPACES) for each in types)

    def syntax_errors_of(self, process: NamedNode) -> list[ReadError]:
        """The broken lines that seem to be about a process."""
        errors = self.graph.syntax_errors
        return [error for subject, error in errors if subject and self.owner_of(subject) == process]

    def other_syntax_errors(self) -> list[ReadError]:
        """The broken lines that no process can be found for; at most `MAX_SYNTAX_ERRORS`, and how many more there are."""
        errors = [error for subject, error in self.graph.syntax_errors if not subject or self.owner_of(subject) is None]
        surplus = len(errors) - MAX_SYNTAX_ERRORS
        if surplus > 0:
            return [*errors[:MAX_SYNTAX_ERRORS], ReadError("syntax", "read.rdf.more-errors", {"count": surplus})]
        return errors

    def count_other_statements(self) -> int:
        """How many statements belong to no process."""
        for process in self.processes:
            self.subjects_of(process)
        return sum(len(each) for node, each in self.graph.by_subject.items() if node not in self._in_a_closure)
