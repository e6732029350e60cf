"""Collect the triples, results and missing objects of one record while `record_mapping` maps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from passo_lod.mapping.converters.conversion import Term
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.namespaces import shorten
from passo_lod.records import Field, Record
from passo_lod.report import Severity, ValidationResult


@dataclass(frozen=True)
class Subject:
    """One subject of a triples map: its IRI, the variables of its templates, and the field of its iteration."""

    iri: NamedNode
    variables: Mapping[str, str]
    origin: Field | None


@dataclass(frozen=True)
class ObjectTarget:
    """The subject and predicate-object map that an object is generated for."""

    map_name: str
    rule: PredicateObjectMap
    subject: Subject


@dataclass(frozen=True)
class MissingObject:
    """A predicate-object map without an object, and the field that explains why."""

    map_name: str
    rule: PredicateObjectMap
    origin: Field


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
        self.add(target.subject.iri, target.rule.predicate, term, origin)
        return True

    def has_object(self, subject: NamedNode, predicate: NamedNode) -> bool:
        """Return whether the record has a triple with this subject and predicate."""
        return any(each == subject and other == predicate for each, other, _ in self.triples)

    def add_missing(self, map_name: str, rule: PredicateObjectMap, origin: Field) -> None:
        """Remember that a field gave no object."""
        self.used_labels.add(origin.label)
        self.missing.append(MissingObject(map_name, rule, origin))

    def report(
        self,
        severity: Severity,
        code: str,
        message: str,
        origin: Field,
        value: str | None,
        expected: str,
        predicate: NamedNode | None,
    ) -> None:
        """Add a validation result about a field; `message` is a sentence without its full stop."""
        self.results.append(
            ValidationResult(
                severity,
                message + ".",
                source=self.record.source,
                record=self.record.id,
                path=self.record.path,
                line=origin.value_line,
                field=origin.label,
                value=value,
                expected=expected,
                code=code,
                result_path=shorten(predicate.value) if predicate else None,
            )
        )
