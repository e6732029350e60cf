"""Apply the triples maps of a mapping.yaml to one record for `mapper`: subjects, objects, links, missing values, checks."""

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.mapping.converters.conversion import Term
from passo_lod.mapping.inferred_statements import InferredStatements
from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget, Subject
from passo_lod.mapping.missing_values import MissingValues, linking_rule, source_format_iri
from passo_lod.mapping.object_mapping import ObjectMapping, with_language
from passo_lod.mapping.place_lookup import PlaceLookup
from passo_lod.mapping.term_templates import expand_iri, expand_template, item_variables, split_list
from passo_lod.mapping.yarrrml.mapping_terms import IRI_STARTS
from passo_lod.mapping.yarrrml.triples_map import Condition, Iteration, PredicateObjectMap, TriplesMap
from passo_lod.namespaces import PASSO
from passo_lod.records import Field, FieldState, Record
from passo_lod.report import Severity
from passo_lod.text_folding import fold


class RecordMapping:
    """The mapping of one record, step by step."""

    def __init__(self, settings: MappingSettings, record: Record) -> None:
        self._settings = settings
        self._mapping = settings.mapping
        self._record = record
        self._state = MappingState(record)
        self._objects = ObjectMapping(settings, self._state)
        self._places = PlaceLookup(settings, self._state, self._objects)

    def run(self) -> MappedRecord:
        """Map the record."""
        for triples_map in self._mapping.triples_maps.values():
            self._state.subjects[triples_map.name] = list(self._apply(triples_map))
        for triples_map in self._mapping.triples_maps.values():
            self._add_links(triples_map)
        self._report_disagreements()
        self._report_unused_fields()
        self._describe_record()
        return MappedRecord(
            self._record,
            tuple(self._quads()),
            tuple(self._state.results),
            self._state.origins,
            self._mapping.labels_for,
            tuple(self._state.organisation_names),
        )

    def _describe_record(self) -> None:
        """Add to the record, the subject of the map that `missing-values` names, what is missing, what is inferred, and its format.

        `pipeline.source_formats` describes what the records of a format answer.
        """
        record_map = self._mapping.missing_value_map
        if record_map is None or not self._state.subjects[record_map]:
            return
        record = self._state.subjects[record_map][0].iri
        MissingValues(self._settings, self._state).add_all(record)
        InferredStatements(self._state).add_all(record)
        if self._record.format:
            format_iri = source_format_iri(self._settings.base, self._record.source, self._record.format)
            self._state.add(record, PASSO.sourceFormat, format_iri, None)

    def _quads(self) -> Iterator[Quad]:
        entailment, graph = self._settings.entailment, self._settings.graph
        for subject, predicate, term in self._state.triples:
            yield Quad(subject, predicate, term, graph)
            for entailed, value in entailment.entailed_by(predicate, term):
                yield Quad(subject, entailed, value, graph)  # type: ignore[arg-type]

    # ------------------------------------------------------------------------------------------------------ subjects

    def _apply(self, triples_map: TriplesMap) -> Iterator[Subject]:
        """Add the triples of every subject of a map, but for links to other maps; yield the subjects that exist."""
        rules = triples_map.predicate_object_maps
        for subject in self._subjects(triples_map):
            targets = [ObjectTarget(triples_map.name, rule, subject) for rule in rules]
            added = [self._add_object(target) for target in targets]
            if self._exists(triples_map, added):
                self._state.used_labels |= {subject.origin.label} if subject.origin else set()
                for rule in rules:
                    self._add_constant(rule, subject)
                yield subject

    def _exists(self, triples_map: TriplesMap, added: list[bool]) -> bool:
        if triples_map.conditions:
            return any(self._is_met(condition) for condition in triples_map.conditions)
        return any(added) or (triples_map.iteration is not None and triples_map.iteration.keys is None)

    def _is_met(self, condition: Condition) -> bool:
        field = self._record.fields.get(condition.label)
        if field is None or field.state is not FieldState.VALUE:
            return False
        return not condition.values or fold(field.text) in map(fold, condition.values)

    def _subjects(self, triples_map: TriplesMap) -> Iterator[Subject]:
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
        field = self._first_field(iteration.labels)
        if field is None:
            return
        if field.state is not FieldState.VALUE:
            self._add_missing_items(triples_map, field)
            return
        items = (variables for text in field.texts for variables in item_variables(iteration, text))
        for number, variables in enumerate(items, start=1):
            yield from self._subject(triples_map, {"n": str(number), **variables}, field)
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

    def _add_missing_items(self, triples_map: TriplesMap, field: Field) -> None:
        """Remember that a field has no items, unless another predicate-object map maps the whole field."""
        self._state.used_labels.add(field.label)
        if field.label in self._mapping.fully_mapped_labels:
            return
        link = linking_rule(self._mapping.predicate_object_maps, triples_map.name)
        of_items = [rule for rule in triples_map.predicate_object_maps if rule.template is not None]
        for rule in of_items if link is None else [link]:
            self._state.add_missing(triples_map.name, rule, field, field.absence_reason)

    def _subject(self, triples_map: TriplesMap, variables: dict[str, str], origin: Field | None) -> Iterator[Subject]:
        """Yield the subject; nothing if a variable of its template is missing, or if it should be described and is not."""
        fields = self._variable_fields(triples_map)
        texts = {name: field.text for name, field in fields.items()}
        variables = {**self._record.variables, **texts, **variables}
        iri = expand_iri(triples_map.subject, variables, self._settings.base)
        if iri is None:
            return
        if triples_map.described and iri not in self._settings.described:
            self._report_undescribed(triples_map, iri, variables.get("item", ""), origin)
            return
        yield Subject(iri, variables, origin or next(iter(fields.values()), None), fields)

    def _variable_fields(self, triples_map: TriplesMap) -> dict[str, Field]:
        """Return the fields with a value whose texts are variables of a map."""
        fields = {name: self._first_field(labels) for name, labels in triples_map.variables.items()}
        self._state.used_labels |= {field.label for field in fields.values() if field}
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

    # ------------------------------------------------------------------------------------------------------- objects

    def _add_object(self, target: ObjectTarget) -> bool:
        """Add what depends on a field; return whether the record has a triple more."""
        rule, subject = target.rule, target.subject
        if rule.labels:
            return self._add_from_field(target)
        if rule.place_reference is not None:
            return self._places.add_place(target, rule.place_reference)
        if rule.template is not None:
            text = expand_template(rule.template, subject.variables)
            return bool(text and subject.origin and self._objects.add_text(target, text, subject.origin))
        return False

    def _add_from_field(self, target: ObjectTarget) -> bool:
        rule = target.rule
        labels: Iterable[str] = rule.labels
        if rule.has_label_variables:
            labels = [expand_template(label, target.subject.variables) or "" for label in rule.labels]
        field = self._first_field(labels)
        if field is None:
            return False
        if field.state is not FieldState.VALUE:
            return self._add_without_value(target, field)
        items = [
            item for text in field.texts for item in (split_list(text, rule.separator) if rule.separator else [text])
        ]
        added = [self._objects.add_text(target, item, field) for item in items]
        return any(added)

    def _first_field(self, labels: Iterable[str]) -> Field | None:
        """Return the first field with a value, else the first field that the record has."""
        first = None
        for label in labels:
            field = self._record.fields.get(label)
            if field is not None and field.state is FieldState.VALUE:
                return field
            first = first or field
        return first

    def _add_without_value(self, target: ObjectTarget, field: Field) -> bool:
        reason = field.absence_reason
        return self._state.add_reason(target, self._settings.schemes.reason(reason), reason, field)

    def _add_constant(self, rule: PredicateObjectMap, subject: Subject) -> None:
        """Add what depends on no field: a constant, a text of variables only, or the default."""
        term: Term | None = None
        if rule.constant is not None:
            term = self._constant_term(rule, rule.constant, subject)
        elif rule.template is not None and subject.origin is None:
            term = self._template_term(rule, rule.template, subject)
        elif rule.default is not None and not self._state.has_object(subject.iri, rule.predicate):
            term = rule.default
        if term is not None:
            self._state.add(subject.iri, rule.predicate, term, subject.origin)

    def _constant_term(self, rule: PredicateObjectMap, constant: str, subject: Subject) -> Term | None:
        if constant.startswith(IRI_STARTS):
            return expand_iri(constant, subject.variables, self._settings.base)
        text = expand_template(constant, subject.variables)
        return Literal(text, datatype=rule.datatype) if text is not None else None

    def _template_term(self, rule: PredicateObjectMap, template: str, subject: Subject) -> Term | None:
        text = expand_template(template, subject.variables)
        if text is None or rule.converter is None:
            return None
        return with_language(self._settings.converters[rule.converter].convert(text), rule.language)

    # ------------------------------------------------------------------------------------------ after all triples maps

    def _add_links(self, triples_map: TriplesMap) -> None:
        """Add the triples whose objects are the subjects of another map (R2RML, 8)."""
        for rule in triples_map.predicate_object_maps:
            if rule.parent_map is not None:
                for subject in self._state.subjects[triples_map.name]:
                    for parent in self._state.subjects[rule.parent_map]:
                        origin = parent.origin or subject.origin
                        if rule.inferred:
                            self._state.add_inferred(ObjectTarget(triples_map.name, rule, subject), parent.iri, origin)
                        else:
                            self._state.add(subject.iri, rule.predicate, parent.iri, origin)

    def _report_disagreements(self) -> None:
        """Report a value that is only compared and differs from the published one (`compare: yes`)."""
        for compared in self._state.compared:
            published = {term for _, predicate, term in self._state.triples if predicate == compared.predicate}
            if published and compared.term not in published:
                origin = compared.origin
                self._state.report(
                    Severity.WARNING, "disagrees", "map.disagrees", {}, origin, origin.text, compared.predicate
                )

    def _report_unused_fields(self) -> None:
        """Report every field with a value that is neither published, reported nor ignored."""
        accounted = self._state.used_labels | self._mapping.ignored_labels.keys()
        for label, field in self._record.fields.items():
            if label not in accounted and field.state is FieldState.VALUE:
                self._state.report(Severity.WARNING, "unused", "map.unused", {}, field, field.text, None)
                for map_name, rule in self._rules_that_read(label):
                    self._objects.add_not_understood(map_name, rule, field.text, field)

    def _rules_that_read(self, label: str) -> Iterator[tuple[str, PredicateObjectMap]]:
        """Yield each predicate-object map that reads a label, or links to a map that is repeated for its items, with its map."""
        for name, triples_map in self._mapping.triples_maps.items():
            yield from ((name, rule) for rule in triples_map.predicate_object_maps if label in rule.source_labels)
            if triples_map.iteration and label in triples_map.iteration.labels:
                link = linking_rule(self._mapping.predicate_object_maps, name)
                yield from [(name, link)] if link else []
