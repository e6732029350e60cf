"""Publish on a record which of its statements we inferred (ontology: passo:InferredStatement), after `record_mapping` has mapped it."""

import re
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.mapping_state import InferredTriple, MappingState
from passo_lod.mapping.term_templates import variables_of
from passo_lod.namespaces import PASSO, RDF


class InferredStatements:
    """Add the inferred statements of one record to the record."""

    def __init__(self, state: MappingState) -> None:
        self._state = state

    def add_all(self, record: NamedNode) -> None:
        """Add each inferred triple as an RDF statement (RDF Schema 1.1, 5.3), with the fields that it was inferred from."""
        for (subject, predicate, term), inferred in self._state.inferred.items():
            origin = inferred.origin
            node = NamedNode(f"{record.value}#inferred-{_name(record, subject, predicate)}")
            self._state.add(record, PASSO.hasInferredStatement, node, origin)
            self._state.add(node, RDF.type, PASSO.InferredStatement, origin)
            self._state.add(node, RDF.subject, subject, origin)
            self._state.add(node, RDF.predicate, predicate, origin)
            self._state.add(node, RDF.object, term, origin)
            for label in dict.fromkeys(self._source_labels(inferred)):
                self._state.add(node, PASSO.sourceField, Literal(label), origin)

    def _source_labels(self, inferred: InferredTriple) -> Iterator[str]:
        """The label of the field whose text gave the object, and those of the variables beside it."""
        if inferred.origin is not None:
            yield inferred.origin.label
        target = inferred.target
        names = {name for template in target.rule.templates for name in variables_of(template)}
        yield from target.rule.operation.labels if target.rule.operation else ()
        yield from (field.label for name, field in target.subject.variable_fields.items() if name in names)


def _name(record: NamedNode, subject: NamedNode, predicate: NamedNode) -> str:
    """What is peculiar to the subject, below the record, and the name of the property: `phase-2-plannedStart`."""
    of_record = re.split(r"[/#]", record.value)
    peculiar = [part for part in re.split(r"[/#]", subject.value) if part not in (*of_record, "id")]
    return "-".join([*peculiar, re.split(r"[/#:]", predicate.value)[-1]])
