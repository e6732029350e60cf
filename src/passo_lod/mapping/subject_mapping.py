"""Make the subjects of a triples map for one record: one, or one for each item of a field, for `record_mapping`."""

import re
from collections.abc import Iterator

from pyoxigraph import NamedNode

from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, Subject
from passo_lod.mapping.missing_values import linking_rule
from passo_lod.mapping.object_mapping import ObjectMapping
from passo_lod.mapping.term_templates import expand_iri, item_variables
from passo_lod.mapping.yarrrml.triples_map import Iteration, TriplesMap
from passo_lod.messages.localised_text import Values
from passo_lod.records import Field, FieldState
from passo_lod.report import Severity


class SubjectMapping:
    """Make the subjects of one record; what a field has besides its items is reported."""

    def __init__(self, settings: MappingSettings, state: MappingState, objects: ObjectMapping) -> None:
        self._settings = settings
        self._mapping = settings.mapping
        self._record = state.record
        self._state = state
        self._objects = objects

    def subjects(self, triples_map: TriplesMap) -> Iterator[Subject]:
        """Yield the subjects of a map, whether or not they will exist."""
        iteration = triples_map.iteration
        if iteration is None:
            yield from self._subject(triples_map, {}, None)
        elif iteration.keys is not None:
            for label, key in iteration.keys.items():
                field = self._record.fields.get(label)
                if field is not None or not triples_map.needs_iteration_field:
                    yield from self._subject(triples_map, {"label": label, "key": key}, field)
        else:
            yield from self._item_subjects(triples_map, iteration)

    def _item_subjects(self, triples_map: TriplesMap, iteration: Iteration) -> Iterator[Subject]:
        field = self._state.first_field(iteration.labels)
        if field is None:
            return
        if field.state is not FieldState.VALUE:
            self.add_missing_items(triples_map, field)
            return
        rows = field.rows or (None,) * len(field.texts)
        items = (
            (row, variables)
            for row, text in zip(rows, field.texts, strict=True)
            for variables in item_variables(iteration, text)
        )
        for number, (row, variables) in enumerate(items, start=1):
            yield from self._subject(triples_map, {"n": str(number), **variables}, field, row)
        if field.rows:
            self._report_other_rows(triples_map, field)
        if iteration.item_pattern is not None and field.label not in self._mapping.fully_mapped_labels:
            self._report_rest(triples_map, iteration.item_pattern, field)

    def _report_rest(self, triples_map: TriplesMap, item_pattern: re.Pattern[str], field: Field) -> None:
        """Report the words of a field that are in no item; a field without items is reported as a whole at the end."""
        rest, items = item_pattern.subn(" ", field.text)
        rest = " ".join(rest.split())
        link = linking_rule(self._mapping.predicate_object_maps, triples_map.name)
        if items and link is not None and re.search(r"[^\W\d_]{3}|\d", rest):
            text = self._objects.add_not_understood(triples_map.name, link, rest, field)
            self._state.report(Severity.WARNING, "unused", "map.partly-unused", {}, field, text, link.predicate)

    def add_missing_items(self, triples_map: TriplesMap, field: Field) -> None:
        """Remember that a field has no items, unless another predicate-object map maps the whole field."""
        self._state.used_labels.add(field.label)
        if field.label in self._mapping.fully_mapped_labels:
            return
        link = linking_rule(self._mapping.predicate_object_maps, triples_map.name)
        of_items = [rule for rule in triples_map.predicate_object_maps if rule.templates]
        for rule in of_items if link is None else [link]:
            self._state.add_missing(triples_map.name, rule, field, field.absence_reason)

    def _report_other_rows(self, triples_map: TriplesMap, iterated: Field) -> None:
        """Report each value in a row for which the map is not repeated, because the row has no value to repeat it for."""
        for label in sorted(triples_map.source_labels - {iterated.label}):
            field = self._record.fields.get(label)
            for row in sorted(set(field.rows) - set(iterated.rows)) if field else ():
                found = field.in_row(row)  # type: ignore[union-attr]
                values: Values = {"label": iterated.label}
                self._state.report(Severity.WARNING, "unused", "map.left-out.row", values, found, found.text, None)

    def _subject(
        self, triples_map: TriplesMap, variables: dict[str, str], origin: Field | None, row: int | None = None
    ) -> Iterator[Subject]:
        """Yield the subject; nothing if a variable of its template is missing, or if it should be described and is not."""
        fields = self._variable_fields(triples_map, row)
        texts = {name: field.text for name, field in fields.items()}
        variables = {
            **texts,
            **self._record.variables,
            **{name: texts[name] for name in triples_map.variables if name in texts},
            **variables,
        }
        iri = expand_iri(triples_map.subject, variables, self._settings.base)
        if iri is None:
            return
        if triples_map.described and iri not in self._settings.described:
            self._report_undescribed(triples_map, iri, variables.get("item", ""), origin)
            return
        of_variables = (field for name, field in fields.items() if name in triples_map.variables)
        yield Subject(iri, variables, origin or next(of_variables, None), fields, row)

    def _variable_fields(self, triples_map: TriplesMap, row: int | None) -> dict[str, Field]:
        """Return the fields with a value whose texts are variables of a map."""
        fields = {label: self._state.first_field([label], row) for label in triples_map.template_labels}
        fields |= {name: self._state.first_field(labels, row) for name, labels in triples_map.variables.items()}
        return {name: field for name, field in fields.items() if field and field.state is FieldState.VALUE}

    def _report_undescribed(self, triples_map: TriplesMap, iri: NamedNode, item: str, origin: Field | None) -> None:
        """Ask for the description of a resource that a text names and reference.ttl does not describe."""
        link = linking_rule(self._mapping.predicate_object_maps, triples_map.name)
        if triples_map.described != "required" or origin is None or link is None:
            return
        text = self._objects.add_not_understood(triples_map.name, link, item, origin)
        name = iri.value.removeprefix(self._settings.base)
        reference = f"{self._mapping.path.parent.name}/reference.ttl"
        values = {"reference": reference, "resource": name}
        self._state.report(Severity.WARNING, "not-described", "map.not-described", values, origin, text, link.predicate)
