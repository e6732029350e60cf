"""Apply the triples maps of a mapping.yaml to one record for `mapper`: subjects, objects, links, missing values, checks."""

from collections.abc import Iterable, Iterator, Set

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.mapping.converters.conversion import Term
from passo_lod.mapping.field_provenance import field_provenance
from passo_lod.mapping.inferred_statements import InferredStatements
from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget, Subject
from passo_lod.mapping.missing_values import MissingValues, linking_rule, source_format_iri
from passo_lod.mapping.number_operations import NumberOperations
from passo_lod.mapping.object_mapping import ObjectMapping, with_language
from passo_lod.mapping.place_lookup import PlaceLookup
from passo_lod.mapping.subject_mapping import SubjectMapping
from passo_lod.mapping.term_templates import expand_iri, expand_template, split_list, variables_of
from passo_lod.mapping.yarrrml.mapping_terms import IRI_STARTS
from passo_lod.mapping.yarrrml.triples_map import Condition, PredicateObjectMap, TriplesMap
from passo_lod.messages.localised_text import Values
from passo_lod.namespaces import PASSO
from passo_lod.records import Field, FieldState, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.text_folding import fold


def map_record(settings: MappingSettings, record: Record) -> MappedRecord:
    """Map a record.

    A subject to which no link leads from the process or its record is not published: the record is mapped again without it, so
    that the fields that only it has are reported.
    """
    unlinked: frozenset[NamedNode] = frozenset()
    while True:
        mapping = RecordMapping(settings, record, unlinked)
        mapping.add_subjects()
        found = mapping.unlinked_subjects()
        if not found:
            return mapping.finish()
        unlinked |= found


class RecordMapping:
    """The mapping of one record, step by step.

    Args:
        unlinked: subjects that are not to be published, because nothing links to them.
    """

    def __init__(self, settings: MappingSettings, record: Record, unlinked: Set[NamedNode] = frozenset()) -> None:
        self._settings = settings
        self._mapping = settings.mapping
        self._record = record
        self._unlinked = unlinked
        self._state = MappingState(record)
        self._objects = ObjectMapping(settings, self._state)
        self._subjects = SubjectMapping(settings, self._state, self._objects)
        self._operations = NumberOperations(settings, self._state)
        self._places = PlaceLookup(settings, self._state, self._objects)
        self._state.area = self._places.area_abroad()

    def add_subjects(self) -> None:
        """Add the triples of all maps, and then the links between their subjects."""
        for triples_map in self._mapping.triples_maps.values():
            self._state.subjects[triples_map.name] = list(self._apply(triples_map))
        for triples_map in self._mapping.triples_maps.values():
            self._add_links(triples_map)

    def unlinked_subjects(self) -> frozenset[NamedNode]:
        """Return the subjects to which no path of triples leads from the process or its record."""
        objects: dict[NamedNode, list[NamedNode]] = {}
        for subject, _, term in self._state.triples:
            if isinstance(term, NamedNode):
                objects.setdefault(subject, []).append(term)
        pending = [each.iri for name in self._mapping.root_maps for each in self._state.subjects[name]]
        reached = set(pending)
        while pending:
            found = set(objects.get(pending.pop(), ())) - reached
            reached |= found
            pending += found
        return frozenset(each.iri for subjects in self._state.subjects.values() for each in subjects) - reached

    def finish(self) -> MappedRecord:
        """Report what was not published, and add to the record what it lacks."""
        self._report_no_process()
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
            tuple(field_provenance(self._state, self._mapping.ignored_labels.keys())),
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

    # ---------------------------------------------------------------------------------------------------------- maps

    def _apply(self, triples_map: TriplesMap) -> Iterator[Subject]:
        """Add the triples of every subject of a map, but for links to other maps; yield the subjects that exist."""
        if not self._holds(triples_map.conditions):
            self._leave_out(triples_map, "map.left-out.map-condition", _condition_values(triples_map))
            return
        for subject in self._subjects.subjects(triples_map):
            if subject.iri in self._unlinked:
                self._leave_out_unlinked(triples_map, subject)
            elif not self._holds(triples_map.conditions, subject.row):
                values = _condition_values(triples_map)
                self._leave_out(triples_map, "map.left-out.map-condition", values, subject.row)
            elif self._add_subject(triples_map, subject):
                yield subject

    def _add_subject(self, triples_map: TriplesMap, subject: Subject) -> bool:
        """Add the triples of a subject; return whether it exists."""
        rules = self._holding_rules(triples_map, subject.row)
        added = [self._add_object(ObjectTarget(triples_map.name, rule, subject)) for rule in rules]
        if not (any(added) or triples_map.exists_without_values):
            return False
        if triples_map.iteration is not None and subject.origin is not None:
            self._state.used_labels.add(subject.origin.label)
        self._add_used(triples_map.subject, subject)
        for rule in rules:
            self._add_constant(rule, subject)
        return True

    # ---------------------------------------------------------------------------------------------------- conditions

    def _holds(self, conditions: tuple[Condition, ...], row: int | None = None) -> bool:
        """Return whether one of some conditions holds, or there are none; a field that has one of the texts asked for is used."""
        met = [condition for condition in conditions if self._is_met(condition, row)]
        self._state.used_labels |= {condition.label for condition in met if condition.values}
        return bool(met) or not conditions

    def _is_met(self, condition: Condition, row: int | None) -> bool:
        field = self._state.first_field([condition.label], row)
        if field is None or field.state is not FieldState.VALUE:
            return False
        return not condition.values or any(fold(text) in map(fold, condition.values) for text in field.texts)

    def _holding_rules(self, triples_map: TriplesMap, row: int | None) -> list[PredicateObjectMap]:
        """Return the predicate-object maps whose conditions hold; remember the fields that only others read."""
        rules = triples_map.predicate_object_maps
        holding = [rule for rule in rules if self._holds(rule.conditions, row)]
        if len(holding) < len(rules):
            read = {label for rule in holding for label in rule.source_labels}
            for rule in rules:
                if rule not in holding:
                    labels = [label for label in rule.source_labels if label not in read]
                    self._leave_out_fields(labels, "map.left-out.line-condition", _condition_values(rule), row)
        return holding

    def _leave_out(self, triples_map: TriplesMap, key: str, values: Values, row: int | None = None) -> None:
        """Remember why a map's fields are not published; a field without a value still has its own reason."""
        self._leave_out_fields(sorted(triples_map.source_labels), key, values, row)
        if row is not None:
            return
        for rule in triples_map.predicate_object_maps:
            field = self._state.first_field(rule.labels)
            if field is not None and field.state is not FieldState.VALUE:
                self._state.add_missing(triples_map.name, rule, field, field.absence_reason)
        if triples_map.iteration is not None:
            field = self._state.first_field(triples_map.iteration.labels)
            if field is not None and field.state is not FieldState.VALUE:
                self._subjects.add_missing_items(triples_map, field)

    def _leave_out_fields(self, labels: Iterable[str], key: str, values: Values, row: int | None = None) -> None:
        """Remember why fields are not published; what one row of several lacks is reported at once, since others may have it."""
        for label in labels:
            field = self._state.first_field([label], row)
            if field is not None and field.state is FieldState.VALUE:
                self._state.leave_out(field, key, values, of_row=row is not None)

    def _leave_out_unlinked(self, triples_map: TriplesMap, subject: Subject) -> None:
        """Leave out a subject that nothing links to; of an iteration, other subjects may have links."""
        maps = self._mapping.triples_maps.values()
        links = [each.name for each in maps if linking_rule(each.predicate_object_maps, triples_map.name)]
        values: Values = {"map": triples_map.name, "maps": tuple(links)}
        if triples_map.iteration is not None and subject.origin is not None and subject.row is None:
            text = subject.variables.get("item", subject.origin.text)
            self._state.report(Severity.WARNING, "unused", "map.left-out.no-link", values, subject.origin, text, None)
            self._state.used_labels.add(subject.origin.label)
        self._leave_out(triples_map, "map.left-out.no-link", values, subject.row)

    # ------------------------------------------------------------------------------------------------------- objects

    def _add_object(self, target: ObjectTarget) -> bool:
        """Add what depends on a field; return whether the record has a triple more."""
        rule, subject = target.rule, target.subject
        if rule.labels:
            return self._add_from_field(target)
        if rule.place_reference is not None:
            return self._places.add_place(target, rule.place_reference)
        if rule.operation is not None:
            return self._operations.add_result(target, rule.operation)
        if rule.templates and (origin := self._template_origin(rule, subject)):
            return self._add_from_template(target, origin)
        return False

    def _template_origin(self, rule: PredicateObjectMap, subject: Subject) -> Field | None:
        """Return the field that messages about a template name: that of the iteration, or the first of its variables."""
        if "item" in subject.variables:
            return subject.origin
        names = [name for template in rule.templates for name in variables_of(template)]
        return next(
            (subject.variable_fields[name] for name in names if name in subject.variable_fields), subject.origin
        )

    def _add_from_template(self, target: ObjectTarget, origin: Field) -> bool:
        """Add the object of the first template whose variables all have a value."""
        rule, subject = target.rule, target.subject
        for template in rule.templates:
            if text := expand_template(template, subject.variables):
                self._add_used(template, subject)
                is_added = self._objects.add_text(target, text, origin)
                if is_added:
                    self._state.trace(target, *_fields_in(template, subject))
                return is_added
        absent = [label for label in rule.template_labels if label not in subject.variable_fields]
        values: Values = {"labels": tuple(absent)}
        self._leave_out_fields(rule.template_labels, "map.left-out.incomplete", values, subject.row)
        for field in filter(None, map(self._record.fields.get, absent)):
            self._state.add_missing(target.map_name, rule, field, field.absence_reason)
        return False

    def _add_used(self, template: str, subject: Subject) -> None:
        """Remember that the fields in a template are published."""
        self._state.used_labels |= {field.label for field in _fields_in(template, subject)}

    def _add_from_field(self, target: ObjectTarget) -> bool:
        rule = target.rule
        labels: Iterable[str] = rule.labels
        if rule.has_label_variables:
            labels = [expand_template(label, target.subject.variables) or "" for label in rule.labels]
        field = self._state.first_field(labels, target.subject.row)
        if field is None:
            return False
        if field.state is not FieldState.VALUE:
            return self._add_without_value(target, field)
        items = [
            item for text in field.texts for item in (split_list(text, rule.separator) if rule.separator else [text])
        ]
        added = [self._objects.add_text(target, item, field) for item in items]
        return any(added)

    def _add_without_value(self, target: ObjectTarget, field: Field) -> bool:
        if target.rule.currency_label:
            self._state.used_labels.add(target.rule.currency_label)  # Without an amount its currency says nothing.
        reason = field.absence_reason
        return self._state.add_reason(target, self._settings.schemes.reason(reason), reason, field)

    def _add_constant(self, rule: PredicateObjectMap, subject: Subject) -> None:
        """Add what depends on no field: a constant, a text of variables only, or the default."""
        term: Term | None = None
        if rule.constant is not None:
            term = self._constant_term(rule, rule.constant, subject)
            if term is not None:
                self._add_used(rule.constant, subject)
                target = ObjectTarget("", rule, subject)
                self._state.trace(target, *_fields_in(rule.constant, subject))
        elif rule.templates and self._template_origin(rule, subject) is None:
            term = self._template_term(rule, subject)
        elif rule.default is not None and not self._state.has_object(subject.iri, rule.predicate):
            term = rule.default
        if term is not None:
            self._state.add(subject.iri, rule.predicate, term, subject.origin)

    def _constant_term(self, rule: PredicateObjectMap, constant: str, subject: Subject) -> Term | None:
        if constant.startswith(IRI_STARTS):
            return expand_iri(constant, subject.variables, self._settings.base)
        text = expand_template(constant, subject.variables)
        return Literal(text, datatype=rule.datatype) if text is not None else None

    def _template_term(self, rule: PredicateObjectMap, subject: Subject) -> Term | None:
        texts = (expand_template(template, subject.variables) for template in rule.templates)
        text = next(filter(None, texts), None)
        if text is None or rule.converter is None:
            return None
        return with_language(self._settings.converters[rule.converter].by(rule.convention)(text), rule.language)

    # ------------------------------------------------------------------------------------------ after all triples maps

    def _add_links(self, triples_map: TriplesMap) -> None:
        """Add the triples whose objects are the subjects of another map (R2RML, 8)."""
        for rule in triples_map.predicate_object_maps:
            if rule.parent_map is not None:
                subjects = self._state.subjects[triples_map.name]
                for subject in (each for each in subjects if self._holds(rule.conditions, each.row)):
                    target = ObjectTarget(triples_map.name, rule, subject)
                    for parent in self._state.subjects[rule.parent_map]:
                        origin = parent.origin or subject.origin
                        if rule.inferred:
                            self._state.add_inferred(target, parent.iri, origin)
                        else:
                            self._state.add(subject.iri, rule.predicate, parent.iri, origin)
                            self._state.trace(target, *filter(None, (origin,)))

    def _report_no_process(self) -> None:
        """Report a record that would be published as nothing."""
        names = self._mapping.process_maps
        if not any(self._state.subjects[name] for name in names):
            record = self._record
            result = ValidationResult.of(
                Severity.VIOLATION,
                "no-process",
                "map.no-process",
                {"maps": tuple(names)},
                source=record.source,
                record=record.id,
                path=record.path,
                line=record.line,
            )
            self._state.results.append(result)

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
            if label in accounted or field.state is not FieldState.VALUE:
                continue
            if label in self._state.left_out:
                # The mapping says when the text is published, so that it may be no text for everyone.
                key, values = self._state.left_out[label]
                self._state.report(Severity.WARNING, "unused", key, values, field, field.text, None)
            else:
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


def _fields_in(template: str, subject: Subject) -> list[Field]:
    """The fields whose texts are variables of a template."""
    names = variables_of(template)
    return [subject.variable_fields[each] for each in names if each in subject.variable_fields]


def _condition_values(mapped: TriplesMap | PredicateObjectMap) -> Values:
    return {"conditions": tuple(map(str, mapped.conditions))}
