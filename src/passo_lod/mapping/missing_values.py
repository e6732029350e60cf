"""Publish on a record why properties have no value (ontology: passo:MissingValue), after `record_mapping` has mapped it."""

import re
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, MissingObject
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.namespaces import PASSO, RDF
from passo_lod.records import Field


class MissingValues:
    """Add the missing values of one record to the subject of the map that `missing-values` names."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state

    def add_all(self) -> None:
        """Add one missing value for each property without any value."""
        record_map = self._settings.mapping.missing_value_map
        if record_map is None or not self._state.subjects[record_map]:
            return
        record = self._state.subjects[record_map][0].iri
        added: set[NamedNode] = set()
        for missing in self._state.missing:
            predicate = self._missing_property(missing)
            if predicate not in added and not self._has_value(missing):
                added.add(predicate)
                self._add(record, predicate, missing.origin)

    def _missing_property(self, missing: MissingObject) -> NamedNode:
        """Return the property without a value; if its subject is missing too, our property that links to the subject."""
        predicate = missing.rule.predicate
        if _is_ours(predicate) or self._state.subjects[missing.map_name]:
            return predicate
        link = linking_rule(self._settings.mapping.predicate_object_maps, missing.map_name)
        return link.predicate if link and _is_ours(link.predicate) else predicate

    def _has_value(self, missing: MissingObject) -> bool:
        if missing.rule.parent_map is not None:
            return bool(self._state.subjects[missing.rule.parent_map])
        subjects = {subject.iri for subject in self._state.subjects[missing.map_name]}
        return any(
            predicate == missing.rule.predicate and subject in subjects for subject, predicate, _ in self._state.triples
        )

    def _add(self, record: NamedNode, predicate: NamedNode, origin: Field) -> None:
        name = re.split(r"[/#:]", predicate.value)[-1]
        node = NamedNode(f"{record.value}#missing-{name}")
        answer = self._settings.schemes["answer"][origin.answer or "not-captured"]
        self._state.add(record, PASSO.hasMissingValue, node, origin)
        self._state.add(node, RDF.type, PASSO.MissingValue, origin)
        self._state.add(node, PASSO.missingProperty, predicate, origin)
        self._state.add(node, PASSO.answer, answer, origin)
        self._state.add(node, PASSO.sourceField, Literal(origin.label), origin)


def linking_rule(rules: Iterable[PredicateObjectMap], map_name: str) -> PredicateObjectMap | None:
    """Return the first predicate-object map whose objects are the subjects of a map."""
    return next((rule for rule in rules if rule.parent_map == map_name), None)


def _is_ours(predicate: NamedNode) -> bool:
    return predicate.value.startswith(PASSO.iri)
