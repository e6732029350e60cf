"""Publish on a record why values are missing (ontology: passo:MissingValue), after `record_mapping` has mapped it."""

import re
from collections.abc import Iterable, Set

from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, MissingObject
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.namespaces import PASSO, RDF


class MissingValues:
    """Add the missing values of one record to the record."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state

    def add_all(self, record: NamedNode) -> None:
        """Add one missing value for each property without any value, and one with each text that was not understood."""
        missing = [each for each in self._state.missing if not each.rule.compare_only]
        # A value that we inferred does not explain why the field has none.
        valued = {triple[:2] for triple in self._state.triples if triple not in self._state.inferred}
        added: set[NamedNode] = set()
        # A text that was not understood says more than a field without a value, so it comes first.
        for each in sorted(missing, key=lambda each: each.text is None):
            predicate = self._missing_property(each)
            node = NamedNode(f"{record.value}#missing-{re.split(r'[/#:]', predicate.value)[-1]}")
            if node not in added and (each.text is not None or not self._has_value(each, valued)):
                added.add(node)
                self._add(record, node, predicate, each)
            if each.text is not None:
                self._state.add(node, PASSO.sourceText, Literal(each.text), each.origin)

    def _missing_property(self, missing: MissingObject) -> NamedNode:
        """Return the property without a value; if its subject is missing too, our property that links to the subject."""
        predicate = missing.rule.predicate
        if _is_ours(predicate) or self._state.subjects[missing.map_name]:
            return predicate
        link = linking_rule(self._settings.mapping.predicate_object_maps, missing.map_name)
        return link.predicate if link and _is_ours(link.predicate) else predicate

    def _has_value(self, missing: MissingObject, valued: Set[tuple[NamedNode, NamedNode]]) -> bool:
        if missing.rule.parent_map is not None:
            return bool(self._state.subjects[missing.rule.parent_map])
        subjects = self._state.subjects[missing.map_name]
        return any((subject.iri, missing.rule.predicate) in valued for subject in subjects)

    def _add(self, record: NamedNode, node: NamedNode, predicate: NamedNode, missing: MissingObject) -> None:
        origin = missing.origin
        self._state.add(record, PASSO.hasMissingValue, node, origin)
        self._state.add(node, RDF.type, PASSO.MissingValue, origin)
        self._state.add(node, PASSO.missingProperty, predicate, origin)
        self._state.add(node, PASSO.answer, self._settings.schemes.reason(missing.reason), origin)
        self._state.add(node, PASSO.sourceField, Literal(origin.label), origin)


def source_format_iri(base: str, source: str, name: str) -> NamedNode:
    """Return the IRI of a file format of a source, below `base`, which ends with a slash."""
    return NamedNode(f"{base}id/format/{source}-{name}")


def linking_rule(rules: Iterable[PredicateObjectMap], map_name: str) -> PredicateObjectMap | None:
    """Return the first predicate-object map whose objects are the subjects of a map."""
    return next((rule for rule in rules if rule.parent_map == map_name), None)


def _is_ours(predicate: NamedNode) -> bool:
    return predicate.value.startswith(PASSO.iri)
