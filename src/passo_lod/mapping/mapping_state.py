"""Collect the triples, results and missing objects of one record while `record_mapping` maps it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from passo_lod.mapping.converters.conversion import Term
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.messages.localised_text import Values
from passo_lod.namespaces import PASSO, shorten
from passo_lod.records import Field, FieldState, Record
from passo_lod.report import Severity, ValidationResult


@dataclass(frozen=True)
class Subject:
    """One subject of a triples map: its IRI, the variables of its templates, and the field of its iteration.

    Attributes:
        variable_fields: the fields that some variables are the texts of.
        row: of a record of several rows, the row (from 1) whose item the subject is made of.
    """

    iri: NamedNode
    variables: Mapping[str, str]
    origin: Field | None
    variable_fields: Mapping[str, Field] = field(default_factory=dict)
    row: int | None = None


@dataclass(frozen=True)
class ObjectTarget:
    """The subject and predicate-object map that an object is generated for."""

    map_name: str
    rule: PredicateObjectMap
    subject: Subject


@dataclass(frozen=True)
class MissingObject:
    """An object that a predicate-object map did not give, and why.

    Attributes:
        origin: the field that explains why.
        reason: a code of the scheme `answer`.
        text: the text of the field that was not understood, without personal data.
    """

    map_name: str
    rule: PredicateObjectMap
    origin: Field
    reason: str
    text: str | None = None


@dataclass(frozen=True)
class InferredTriple:
    """The subject and predicate-object map that an inferred triple was generated for, and the field that it was inferred from."""

    target: ObjectTarget
    origin: Field | None


@dataclass(frozen=True)
class ComparedValue:
    """A value that is not published but has to agree with the published one (`compare: yes`)."""

    predicate: NamedNode
    term: Term
    origin: Field


@dataclass
class MappingState:
    """What one record has given so far; triples and results keep their order.

    Attributes:
        triples: the keys are subject, predicate and object.
        origins: the field of the first value of each subject and predicate.
        used_labels: labels of the fields that are published or reported.
        subjects: by the name of their triples map.
        organisation_names: the keys are IRI and name.
        inferred: the triples among `triples` that were inferred.
        area: code of the place abroad in which places of organisations are looked up; None for the region of the source.
        left_out: by label, the message that says why maps or lines that read the field state nothing in this record, and its values.
        traced: by label, the subject and the property of each value that the field gave; the values are how its text became the value.
    """

    record: Record
    triples: dict[tuple[NamedNode, NamedNode, Term], None] = field(default_factory=dict)
    origins: dict[tuple[str, str], Field] = field(default_factory=dict)
    results: list[ValidationResult] = field(default_factory=list)
    used_labels: set[str] = field(default_factory=set)
    missing: list[MissingObject] = field(default_factory=list)
    compared: list[ComparedValue] = field(default_factory=list)
    subjects: dict[str, list[Subject]] = field(default_factory=dict)
    organisation_names: dict[tuple[str, str], None] = field(default_factory=dict)
    inferred: dict[tuple[NamedNode, NamedNode, Term], InferredTriple] = field(default_factory=dict)
    area: str | None = None
    left_out: dict[str, tuple[str, Values]] = field(default_factory=dict)
    traced: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)

    def add(self, subject: object, predicate: NamedNode, term: object, origin: Field | None) -> None:
        """Add a triple and remember its field."""
        self.triples[subject, predicate, term] = None  # type: ignore[index]
        if origin is not None:
            self.origins.setdefault((subject.value, predicate.value), origin)  # type: ignore[attr-defined]

    def add_object(self, target: ObjectTarget, term: Term, origin: Field) -> bool:
        """Add the object of a target; return False if it is only compared."""
        self.used_labels.add(origin.label)
        if target.rule.compare_only:
            self.compared.append(ComparedValue(target.rule.predicate, term, origin))
            return False
        if target.rule.inferred:
            return self.add_inferred(target, term, origin)
        self.add(target.subject.iri, target.rule.predicate, term, origin)
        self.trace(target, origin)
        return True

    def add_inferred(self, target: ObjectTarget, term: Term, origin: Field | None) -> bool:
        """Add an inferred object, unless another was stated; return whether the record has a triple more."""
        subject, predicate = target.subject.iri, target.rule.predicate
        if any(each[:2] == (subject, predicate) and each not in self.inferred for each in self.triples):
            return False
        self.add(subject, predicate, term, origin)
        self.inferred[subject, predicate, term] = InferredTriple(target, origin)
        self.trace(target, *filter(None, (origin,)))
        return True

    def trace(self, target: ObjectTarget, *fields: Field) -> None:
        """Remember that fields gave an object of a target."""
        statement = (target.subject.iri.value, target.rule.predicate.value)
        for each in fields:
            self.traced.setdefault(each.label, {}).setdefault(statement, target.rule.conversion)

    def has_object(self, subject: NamedNode, predicate: NamedNode) -> bool:
        """Return whether the record has a triple with this subject and predicate."""
        return any(each == subject and other == predicate for each, other, _ in self.triples)

    def add_reason(self, target: ObjectTarget, concept: NamedNode, code: str, origin: Field) -> bool:
        """Remember why there is no object; return whether the record has a triple more.

        Only `passo:answer`, which states the answer to a criterion, has the reason as its object
        (docs/decisions/0032-reasons-for-absence.md).
        """
        if target.rule.predicate == PASSO.answer:
            return self.add_object(target, concept, origin)
        self.add_missing(target.map_name, target.rule, origin, code)
        return False

    def add_missing(
        self, map_name: str, rule: PredicateObjectMap, origin: Field, reason: str, text: str | None = None
    ) -> None:
        """Remember that a field gave no object, as `MissingObject`."""
        self.used_labels.add(origin.label)
        self.missing.append(MissingObject(map_name, rule, origin, reason, text))

    def first_field(self, labels: Iterable[str], row: int | None = None) -> Field | None:
        """Return the first field with a value, else the first field that the record has.

        Args:
            labels: of the fields.
            row: of a record of several rows, the row whose values count; None for all.
        """
        first = None
        for label in labels:
            field = self.record.fields.get(label)
            field = field.in_row(row) if field and row is not None else field
            if field is not None and field.state is FieldState.VALUE:
                return field
            first = first or field
        return first

    def leave_out(self, field: Field, key: str, values: Values, *, of_row: bool) -> None:
        """Remember why a field is not published unless something else publishes it.

        Of one row of several (`of_row`) it is reported at once, since the other rows may be published.
        """
        if of_row and field.rows:
            self.report(Severity.WARNING, "unused", key, values, field, field.text, None)
        else:
            self.left_out.setdefault(field.label, (key, values))

    def report(
        self,
        severity: Severity,
        code: str,
        key: str,
        values: Values,
        origin: Field,
        value: str | None,
        predicate: NamedNode | None,
    ) -> None:
        """Add a validation result about a field, with the messages `problem` and `expected` below a key."""
        self.results.append(
            ValidationResult.of(
                severity,
                code,
                key,
                values,
                source=self.record.source,
                record=self.record.id,
                path=self.record.path,
                line=origin.value_line,
                field=origin.label,
                value=value,
                result_path=shorten(predicate.value) if predicate else None,
            )
        )
