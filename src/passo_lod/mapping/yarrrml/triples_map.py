"""Define the parsed form of a mapping.yaml: triples maps in R2RML's terms, and the rules for organisations.

`mapping_parser` makes these objects, `mapper` applies them. YAML keys stand in parentheses; docs/mapping.md explains them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pyoxigraph import NamedNode

from passo_lod.mapping.yarrrml.lookup_table import LookupTable
from passo_lod.namespaces import PASSO, RDF

_MOST_LINKED_LABELS = 3
"""A message about a missing part names its labels if it has at most so many."""


@dataclass(frozen=True)
class Fallback:
    """Predicate and converter for a text that names no concept of the scheme (`else`)."""

    predicate: NamedNode
    converter: str


@dataclass(frozen=True)
class PlaceReference:
    """Labels of fields that together name a place: its country, its region or province, its municipality (`locate`)."""

    kind: str
    """What the object is: `region` of comparison, smallest known `place`, its `level`, or the `text` as written."""
    country: str | None = None
    province: str | None = None
    city: str | None = None
    scope: str | None = None
    """Label of the field that names how far the process reaches, a concept of the scheme `scope-of-influence`."""

    @property
    def place_labels(self) -> tuple[str, ...]:
        """The labels of the names, that of the largest place first."""
        return tuple(label for label in (self.country, self.province, self.city) if label)

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels."""
        return (*self.place_labels, self.scope) if self.scope else self.place_labels


@dataclass(frozen=True)
class Condition:
    """A field that a map or an item of `po` needs: with any value, or with one of these (`when`)."""

    label: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The condition as mapping.yaml writes it."""
        return f"{self.label}: [{', '.join(self.values)}]" if self.values else self.label


@dataclass(frozen=True)
class Operation:
    """An object that is computed of the numbers of several fields (`sum`, `difference`)."""

    name: str
    """`sum`, or `difference`: the first number without the others."""
    labels: tuple[str, ...]


@dataclass(frozen=True)
class PredicateObjectMap:
    """One item of `po`: a predicate, and the source of its object (R2RML, 6.3).

    Exactly one of `constant`, `labels`, `templates`, `operation`, `parent_map` and `place_reference` is set.
    """

    predicate: NamedNode
    constant: str | None = None
    """An IRI, a template of an IRI, or a text (`o`)."""
    datatype: NamedNode | None = None
    labels: tuple[str, ...] = ()
    """Labels of fields; the first field with a value counts (`from`)."""
    templates: tuple[str, ...] = ()
    """Texts with variables; the first whose variables all have a value counts (`value`)."""
    template_labels: tuple[str, ...] = ()
    """Labels of the fields that are variables of the object's templates by their own names."""
    operation: Operation | None = None
    lookup: LookupTable | None = None
    """Where the text is looked up before it is converted (`lookup`)."""
    parent_map: str | None = None
    """Name of the triples map whose subjects are the objects (`mapping`; R2RML, 8)."""
    converter: str | None = None
    convention: str | None = None
    """How the converter reads a text that can be read in two ways: `day-first` (`order`), `comma` (`decimal-mark`) or the opposite."""
    convention_key: str | None = None
    currency: str | None = None
    """ISO 4217 code of the currency of amounts that do not state theirs (`currency`)."""
    currency_label: str | None = None
    """Label of the field that states the currency (`currency-from`)."""
    scheme: str | None = None
    """Code of the concept scheme that the text is looked up in (`concept`)."""
    separator: str | None = None
    """Text between the items of a list (`split`)."""
    fallback: Fallback | None = None
    allowed: re.Pattern[str] | None = None
    """A text without a match is not published (`only`)."""
    compare_only: bool = False
    """The value is compared with the published one and not published itself (`compare`)."""
    language: str | None = None
    place_reference: PlaceReference | None = None
    default: NamedNode | None = None
    """The object if no label has a value."""
    redacted: bool = True
    """Whether personal data in the text is masked (`mask`)."""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Labels of the scheme by the folded texts that the source uses for them (`values`)."""
    conditions: tuple[Condition, ...] = ()
    """Of which one holds, or the item gives nothing (`when`)."""
    inferred: bool = False
    """Whether the record says that the value is concluded from others; another value of the property comes first (`inferred`)."""

    @cached_property
    def has_label_variables(self) -> bool:
        """Whether its labels depend on the map's iteration."""
        return any("$(" in label for label in self.labels)

    @property
    def source_labels(self) -> tuple[str, ...]:
        """All labels that it reads."""
        if self.place_reference:
            return self.place_reference.labels
        labels = self.operation.labels if self.operation else (*self.labels, *self.template_labels)
        return (*labels, self.currency_label) if self.currency_label else labels

    @cached_property
    def conversion(self) -> str:
        """How a text becomes an object, in the words of mapping.yaml; empty for a link to another map."""
        if self.place_reference is not None:
            return f"locate {self.place_reference.kind}"
        by = (
            f"concept {self.scheme}"
            if self.scheme
            else self.converter or ("text" if self.labels or self.templates else "")
        )
        steps = (f"lookup {self.lookup.file}" if self.lookup else "", self.operation.name if self.operation else "", by)
        return ", ".join(filter(None, steps))


@dataclass(frozen=True)
class Iteration:
    """What a map has one subject for each of: the items of a field, or a list of labels with a key each (`each`)."""

    labels: tuple[str, ...] = ()
    separator: str | None = None
    """Text between the items (`split`)."""
    item_pattern: re.Pattern[str] | None = None
    """Every match is an item (`find`)."""
    group_pattern: re.Pattern[str] | None = None
    """Its groups are variables, if the item matches (`parse`)."""
    keys: Mapping[str, str] | None = None
    """Keys by label (`labels`)."""
    heading_pattern: re.Pattern[str] | None = None
    """Every match begins an item, which ends before the next (`headings`)."""
    sections: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """What begins each named section of such an item (`sections`)."""


@dataclass(frozen=True)
class TriplesMap:
    """A subject map with its predicate-object maps (R2RML, 6)."""

    name: str
    subject: str
    """Template of the subject's IRI (`s`)."""
    predicate_object_maps: tuple[PredicateObjectMap, ...]
    iteration: Iteration | None = None
    conditions: tuple[Condition, ...] = ()
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Labels of the fields whose texts are variables of its templates, by name; the first field with a value counts (`variables`)."""
    subject_labels: tuple[str, ...] = ()
    """Labels of the fields that are variables of the subject's template by their own names."""
    described: str | None = None
    """`required` or `optional`, if only subjects that the source's reference.ttl describes exist; `required` reports any other."""

    @cached_property
    def needs_iteration_field(self) -> bool:
        """Whether an iteration over labels gives no triples for a label that the record lacks."""
        reading = [each for each in self.predicate_object_maps if each.source_labels]
        return not self.conditions and all(
            each.labels == ("$(label)",) and not each.place_reference for each in reading
        )

    @property
    def source_labels(self) -> frozenset[str]:
        """All labels that the map reads."""
        labels = {
            label for each in self.predicate_object_maps for label in each.source_labels if not label.startswith("$(")
        }
        labels |= {label for each in self.variables.values() for label in each} | set(self.subject_labels)
        if self.iteration:
            labels |= set(self.iteration.labels) | set(self.iteration.keys or ())
        conditions = (*self.conditions, *(item for each in self.predicate_object_maps for item in each.conditions))
        return frozenset(labels | {condition.label for condition in conditions})

    @property
    def exists_without_values(self) -> bool:
        """Whether its subjects exist even if no line with a field gives a value."""
        return bool(self.conditions) or (self.iteration is not None and self.iteration.keys is None)

    @property
    def may_exist(self) -> bool:
        """Whether some record can give it a subject."""
        has_fields = self.iteration is not None or bool(self.variables)
        return self.exists_without_values or any(
            (each.source_labels and not each.compare_only) or (each.templates and has_fields)
            for each in self.predicate_object_maps
            if each.constant is None
        )

    @cached_property
    def template_labels(self) -> tuple[str, ...]:
        """Labels of all fields that are variables of its templates by their own names."""
        labels = [label for each in self.predicate_object_maps for label in each.template_labels]
        return tuple(dict.fromkeys([*self.subject_labels, *labels]))

    def has_type(self, *classes: NamedNode) -> bool:
        """Whether a line states that its subjects are of one of these classes."""
        types = {each.constant for each in self.predicate_object_maps if each.predicate == RDF.type}
        return bool(types & {each.value for each in classes})


@dataclass(frozen=True)
class OrganisationRule:
    """How the names of one kind of organisation become IRIs and descriptions (`organisations`)."""

    pattern: re.Pattern[str]
    """The whole name matches it (`match`)."""
    iri: str
    """Template of the IRI."""
    types: tuple[NamedNode, ...]
    labels: Mapping[str | None, str] = field(default_factory=dict)
    """Templates of the label by language, None for that of the source; without one the name is the label (`label`)."""
    legal_status: NamedNode | None = None
    place_kind: str | None = None
    """Kind of the place that the group `place` of `pattern` names; the rule applies only if the place is known."""
    country: str | None = None
    """Code of the country that the place has to lie in (`in`)."""
    organisation_type: NamedNode | None = None
    """A concept of the scheme `organisation-type` (`kind`)."""
    ipa_code: str | None = None
    """Code in the index of public administrations (IPA)."""


@dataclass(frozen=True)
class SourceMapping:
    """A parsed mapping.yaml."""

    path: Path
    triples_maps: Mapping[str, TriplesMap]
    ignored_labels: Mapping[str, str]
    """Reasons by label (`ignore`)."""
    organisation_rules: tuple[OrganisationRule, ...]
    missing_value_map: str | None
    """Name of the map whose subject has the missing values of the record (`missing-values`)."""
    redacted_kinds: tuple[str, ...]
    """Kinds of personal data that are masked in this source's texts (`mask`)."""

    @cached_property
    def predicate_object_maps(self) -> tuple[PredicateObjectMap, ...]:
        """Those of all triples maps, in order."""
        return tuple(each for triples_map in self.triples_maps.values() for each in triples_map.predicate_object_maps)

    @cached_property
    def place_references(self) -> tuple[PlaceReference, ...]:
        """What locates a record, each with other labels."""
        found = (each.place_reference for each in self.predicate_object_maps)
        return tuple({each.labels: each for each in found if each}.values())

    @cached_property
    def names_organisations(self) -> bool:
        """Whether some line reads names of organisations."""
        return any(each.converter == "organisation" for each in self.predicate_object_maps)

    @cached_property
    def root_maps(self) -> tuple[str, ...]:
        """Names of the maps of the process and of the record; links lead from their subjects to all others."""
        return tuple(
            name
            for name, each in self.triples_maps.items()
            if name == self.missing_value_map or each.has_type(PASSO.ParticipatoryProcess, PASSO.ObservatoryRecord)
        )

    @cached_property
    def process_maps(self) -> tuple[str, ...]:
        """Names of the maps of which each record gives a subject: those of the process, or else of the record."""
        maps = self.triples_maps.items()
        found = tuple(name for name, each in maps if each.has_type(PASSO.ParticipatoryProcess))
        return found or self.root_maps

    @property
    def mapped_labels(self) -> frozenset[str]:
        """All labels that some map reads."""
        return frozenset(label for each in self.triples_maps.values() for label in each.source_labels)

    @cached_property
    def fully_mapped_labels(self) -> frozenset[str]:
        """The labels whose whole value is an object, and not only an iteration's items."""
        return frozenset(label for each in self.predicate_object_maps for label in each.labels)

    @property
    def lookup_files(self) -> tuple[str, ...]:
        """The tables in which some line looks texts up, below the folder of the source."""
        return tuple(sorted({each.lookup.file for each in self.predicate_object_maps if each.lookup}))

    def labels_for(self, predicate: str) -> tuple[str, ...]:
        """Return the labels of a predicate's values, for messages about a missing value."""
        if predicate not in self._labels_by_predicate:
            self._labels_by_predicate[predicate] = self._find_labels(predicate)
        return self._labels_by_predicate[predicate]

    @cached_property
    def _labels_by_predicate(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _find_labels(self, predicate: str) -> tuple[str, ...]:
        labels: list[str] = []
        for each in self.predicate_object_maps:
            if each.predicate.value == predicate:
                labels += each.source_labels or (self._labels_of_parent(each.parent_map) if each.parent_map else ())
        return tuple(dict.fromkeys(label for label in labels if not label.startswith("$(")))

    def _labels_of_parent(self, name: str) -> tuple[str, ...]:
        labels = self.triples_maps[name].source_labels
        return tuple(sorted(labels)) if len(labels) <= _MOST_LINKED_LABELS else ()
