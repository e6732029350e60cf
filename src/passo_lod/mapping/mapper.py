"""Turn a record into quads, as its source's mapping.yaml says, and report every value that could not be turned.

Mapping is a pure function of the record, the mapping and the vocabulary: no clock, no network, no order of files. Nothing
is dropped in silence: a value that gave no triple is a result.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.mapping.converters import PROSE, Converter, NotConvertible, Term
from passo_lod.mapping.organisations import Organisations
from passo_lod.mapping.places import Place, Places, place_iri
from passo_lod.mapping.redaction import redact
from passo_lod.mapping.triples_map import Condition, Iteration, Location, PredicateObjectMap, SourceMapping, TriplesMap
from passo_lod.namespaces import PASSO, RDF, RDFS, shorten
from passo_lod.records import Field, FieldState, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.text_folding import fold, remember_short_texts

_VARIABLE = re.compile(r"\$\(([a-z_][a-z0-9_]*)\)")
_ANSWER = "answer"
_TYPE = RDF.type


@dataclass(frozen=True)
class Vocabulary:
    """What the ontology entails, published beside what the mapping states (SEMIC style guide, SC-R4)."""

    super_properties: Mapping[NamedNode, tuple[NamedNode, ...]]
    super_classes: Mapping[NamedNode, tuple[NamedNode, ...]]

    @classmethod
    def of(cls, ontology: Iterable[Triple | Quad]) -> "Vocabulary":
        """The closure of `rdfs:subPropertyOf` and `rdfs:subClassOf` in an ontology."""
        triples = list(ontology)
        return cls(_closure(triples, RDFS.subPropertyOf), _closure(triples, RDFS.subClassOf))

    def entailed(self, triple: Triple) -> Iterator[Triple]:
        """The triple and those that follow from it."""
        yield triple
        for predicate, value in self.following(triple.predicate, triple.object):
            yield Triple(triple.subject, predicate, value)  # type: ignore[arg-type]

    def following(self, predicate: NamedNode, value: object) -> Iterator[tuple[NamedNode, object]]:
        """The predicates and values that follow from what is said of a subject."""
        for each in self.super_properties.get(predicate, ()):
            yield each, value
        if predicate == _TYPE and isinstance(value, NamedNode):
            for above in self.super_classes.get(value, ()):
                yield predicate, above


def _closure(triples: list[Triple | Quad], predicate: NamedNode) -> dict[NamedNode, tuple[NamedNode, ...]]:
    parents: dict[NamedNode, list[NamedNode]] = {}
    for triple in triples:
        if triple.predicate == predicate and isinstance(triple.subject, NamedNode):
            parents.setdefault(triple.subject, []).append(triple.object)  # type: ignore[arg-type]
    return {child: tuple(_ancestors(child, parents)) for child in parents}


def _ancestors(child: NamedNode, parents: Mapping[NamedNode, list[NamedNode]]) -> Iterator[NamedNode]:
    found: dict[NamedNode, None] = {}
    queue = list(parents.get(child, ()))
    while queue:
        each = queue.pop(0)
        if each not in found:
            found[each] = None
            queue += parents.get(each, ())
    yield from found


@dataclass(frozen=True)
class MappedRecord:
    """What one record became.

    Attributes:
        origins: for a subject and predicate the field that gave the value, so that a later result finds its line.
    """

    record: Record
    quads: tuple[Quad, ...]
    results: tuple[ValidationResult, ...]
    origins: Mapping[tuple[str, str], Field]
    labels_for: Callable[[str], tuple[str, ...]]
    """The labels from which a predicate gets its values."""
    names: tuple[tuple[str, str], ...] = ()
    """The bodies that the record names: the IRI of each, and its name as the record writes it."""

    @property
    def name(self) -> tuple[str, str, str]:
        """Source, record id and path."""
        return self.record.source, self.record.id, self.record.path

    @property
    def line(self) -> int | None:
        """Where the record begins, in a file that holds several."""
        return self.record.line

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """The field that gave a value, or else the one that should have, or that states what was found."""
        candidates = (self.record.fields.get(label) for label in self.labels_for(predicate))
        return (
            self.origins.get((subject, predicate))
            or next((each for each in candidates if each), None)
            or self._stating(value)
        )

    def _stating(self, value: str | None) -> Field | None:
        """The first field that states a literal."""
        if value is None:
            return None
        quads = (quad for quad in self.quads if isinstance(quad.object, Literal) and quad.object.value == value)
        origins = (self.origins.get((quad.subject.value, quad.predicate.value)) for quad in quads)  # type: ignore[union-attr]
        return next((each for each in origins if each), None)


@dataclass(frozen=True)
class Mapper:
    """Maps the records of one source.

    Attributes:
        base: the catalogue's base IRI; templates that begin with `id/` or `doc/` stand below it.
        graph: the named graph, which is the source's dataset.
        region: the code of the region in which places are looked up.
    """

    mapping: SourceMapping
    base: str
    graph: NamedNode
    converters: Mapping[str, Converter]
    schemes: ConceptSchemes
    places: Places
    region: str
    organisations: Organisations
    vocabulary: Vocabulary

    def map(self, record: Record) -> MappedRecord:
        """The quads of a record and the results of mapping it."""
        return _RecordMapping(self, record).run()


@dataclass(frozen=True)
class _Item:
    """One subject of a map: its IRI, its variables, and the field that it comes from."""

    subject: NamedNode
    variables: Mapping[str, str]
    origin: Field | None


@dataclass
class _Missing:
    """A line that found no value, and why."""

    map_name: str
    line: PredicateObjectMap
    origin: Field


class _RecordMapping:
    """The mapping of one record, step by step."""

    def __init__(self, mapper: Mapper, record: Record) -> None:
        self._mapper = mapper
        self._record = record
        self._said: dict[tuple[NamedNode, NamedNode, Term], None] = {}
        self._origins: dict[tuple[str, str], Field] = {}
        self._results: list[ValidationResult] = []
        self._used: set[str] = set()
        self._missing: list[_Missing] = []
        self._compared: list[tuple[PredicateObjectMap, Term, Field]] = []
        self._subjects: dict[str, list[_Item]] = {}
        self._names: dict[tuple[str, str], None] = {}

    def run(self) -> MappedRecord:
        for triples_map in self._mapper.mapping.maps.values():
            self._subjects[triples_map.name] = list(self._apply(triples_map))
        for triples_map in self._mapper.mapping.maps.values():
            self._link(triples_map)
        self._compare()
        self._state_missing_values()
        self._report_unused()
        labels_for = self._mapper.mapping.labels_for
        return MappedRecord(
            self._record, tuple(self._quads()), tuple(self._results), self._origins, labels_for, tuple(self._names)
        )

    def _quads(self) -> Iterator[Quad]:
        vocabulary, graph = self._mapper.vocabulary, self._mapper.graph
        for subject, predicate, term in self._said:
            yield Quad(subject, predicate, term, graph)
            for each, value in vocabulary.following(predicate, term):
                yield Quad(subject, each, value, graph)  # type: ignore[arg-type]

    # ------------------------------------------------------------------------------------------- maps and subjects

    def _apply(self, triples_map: TriplesMap) -> Iterator[_Item]:
        """State the lines of every subject that the map makes; links to other maps come later."""
        for item in self._items(triples_map):
            found = [self._apply_line(triples_map, line, item) for line in triples_map.lines]
            if self._exists(triples_map, found):
                for line in triples_map.lines:
                    self._constant(line, item)
                yield item

    def _exists(self, triples_map: TriplesMap, found: list[bool]) -> bool:
        if triples_map.when:
            return any(self._holds(condition) for condition in triples_map.when)
        return any(found) or (triples_map.each is not None and triples_map.each.keys is None)

    def _holds(self, condition: Condition) -> bool:
        field_ = self._record.fields.get(condition.label)
        if field_ is None or field_.state is not FieldState.VALUE:
            return False
        return not condition.values or fold(field_.text) in map(fold, condition.values)

    def _items(self, triples_map: TriplesMap) -> Iterator[_Item]:
        each = triples_map.each
        if each is None:
            yield from self._item(triples_map, {}, None)
        elif each.keys is not None:
            for label, key in each.keys.items():
                field_ = self._record.fields.get(label)
                if field_ is not None or not triples_map.needs_its_field:
                    yield from self._item(triples_map, {"label": label, "key": key}, field_)
        else:
            yield from self._parts(triples_map)

    def _parts(self, triples_map: TriplesMap) -> Iterator[_Item]:
        each = triples_map.each
        assert each is not None  # noqa: S101 - only called for a map with `each`
        field_ = self._first(each.labels)
        if field_ is None:
            return
        if field_.state is not FieldState.VALUE:
            self._note_missing(triples_map, field_)
            return
        parts = (variables for text in field_.texts for variables in _variables(each, text))
        for number, variables in enumerate(parts, start=1):
            yield from self._item(triples_map, {"n": str(number), **variables}, field_)

    def _note_missing(self, triples_map: TriplesMap, field_: Field) -> None:
        """The parts of a field are missing; where a line states the whole field, that line tells it."""
        self._used.add(field_.label)
        link = self._link_to(triples_map.name)
        if link is not None and field_.label not in self._mapper.mapping.stated_labels:
            self._missing.append(_Missing(triples_map.name, link, field_))

    def _link_to(self, name: str) -> PredicateObjectMap | None:
        lines = (line for each in self._mapper.mapping.maps.values() for line in each.lines)
        return next((line for line in lines if line.mapping == name), None)

    def _item(self, triples_map: TriplesMap, variables: dict[str, str], origin: Field | None) -> Iterator[_Item]:
        variables = {**self._record.variables, **variables}
        iri = self._iri(triples_map.subject, variables)
        if iri is not None:
            yield _Item(iri, variables, origin)

    # ----------------------------------------------------------------------------------------------------- lines

    def _apply_line(self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item) -> bool:
        """State what a line with `from` or `value` says; whether it said anything."""
        if line.labels:
            return self._from_field(triples_map, line, item)
        if line.locate is not None:
            return self._located(triples_map, line, line.locate, item)
        if line.value is not None:
            text = _expand(line.value, item.variables)
            return bool(text and item.origin and self._state(triples_map, line, item, text, item.origin))
        return False

    def _constant(self, line: PredicateObjectMap, item: _Item) -> None:
        """State what does not depend on a field: a constant, a text made of variables, the default of a line."""
        term: Term | None = None
        if line.constant is not None:
            term = self._constant_term(line, line.constant, item.variables)
        elif line.value is not None and item.origin is None:
            term = self._text_term(line, _expand(line.value, item.variables))
        elif line.default is not None and not self._states(item.subject, line.predicate):
            term = line.default
        if term is not None:
            self._add(item.subject, line.predicate, term, item.origin)

    def _text_term(self, line: PredicateObjectMap, text: str | None) -> Term | None:
        if text is None or line.convert is None:
            return None
        return _in_language(self._mapper.converters[line.convert].convert(text), line.language)

    def _states(self, subject: NamedNode, predicate: NamedNode) -> bool:
        return any(each == subject and stated == predicate for each, stated, _ in self._said)

    def _constant_term(self, line: PredicateObjectMap, template: str, variables: Mapping[str, str]) -> Term | None:
        if template.startswith(("id/", "doc/", "http://", "https://")):
            return self._iri(template, variables)
        text = _expand(template, variables)
        return Literal(text, datatype=line.datatype) if text is not None else None

    def _from_field(self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item) -> bool:
        labels = line.labels
        if line.varies:
            labels = tuple(_expand(label, item.variables) or "" for label in labels)
        field_ = self._first(labels)
        if field_ is None:
            return False
        if field_.state is not FieldState.VALUE:
            return self._without_value(triples_map, line, item, field_)
        texts = [part for text in field_.texts for part in (_split(text, line.split) if line.split else [text])]
        stated = [self._state(triples_map, line, item, text, field_) for text in texts]
        return any(stated)

    def _located(self, triples_map: TriplesMap, line: PredicateObjectMap, location: Location, item: _Item) -> bool:
        """State the place that some fields name together; what is not known is stated, not guessed."""
        named = (location.country, location.province, location.city)
        fields = [self._record.fields.get(label) for label in named if label]
        self._used |= {each.label for each in fields if each}
        known = [each for each in fields if each and each.state is FieldState.VALUE]
        texts = {each.label: each.text for each in known}
        country, province, city = (texts.get(label or "") for label in named)
        if location.country is None:
            country = self._own_country()
        if location.kind == "region":
            place = self._mapper.places.comparison_region(country, province, city)
            term = place_iri(self._mapper.base, place) if place else self._mapper.schemes[_ANSWER]["not-stated"]
            self._add(item.subject, line.predicate, term, known[-1] if known and place else None)
            return True
        place = _smallest(self._mapper.places, country, province, city)
        if place is not None:
            self._add(item.subject, line.predicate, place_iri(self._mapper.base, place), known[-1])
        if known and not _is_as_small(self._mapper.places, place, province, city):
            self._tell_unknown_place(triples_map, line, known, place)
        return place is not None

    def _own_country(self) -> str | None:
        """The country of the source, where its records name none."""
        place = self._mapper.places.by_code(self._mapper.region)
        around = list(self._mapper.places.ancestry(place)) if place else []
        return around[-1].name if around else None

    def _tell_unknown_place(
        self, triples_map: TriplesMap, line: PredicateObjectMap, known: list[Field], place: Place | None
    ) -> None:
        told = f"{place.name} was published instead" if place else "no place was published"
        self._report(
            Severity.WARNING,
            "unknown-place",
            f"these names together are no place that is known; {told}",
            known[-1],
            ", ".join(each.text for each in known),
            "a country, and in Italy a region, a province or a municipality, by its name",
            line.predicate,
        )
        if place is None:
            self._missing.append(_Missing(triples_map.name, line, known[-1]))

    def _without_value(self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item, field_: Field) -> bool:
        self._used.add(field_.label)
        if line.concept == _ANSWER and field_.answer:
            self._add(item.subject, line.predicate, self._mapper.schemes[_ANSWER][field_.answer], field_)
            return True
        self._missing.append(_Missing(triples_map.name, line, field_))
        return False

    def _first(self, labels: Iterable[str]) -> Field | None:
        """The first of the fields that has a value, else the first that is there."""
        first = None
        for label in labels:
            found = self._record.fields.get(label)
            if found is not None and found.state is FieldState.VALUE:
                return found
            first = first or found
        return first

    def _state(self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item, text: str, origin: Field) -> bool:
        """State one value; whether a triple came of it."""
        if line.only and not line.only.search(text):
            self._withhold(line, origin, text)
            return False
        if line.concept:
            return self._state_concept(triples_map, line, item, text, origin)
        return self._state_converted(triples_map, line, item, line.convert or "text", text, origin)

    def _withhold(self, line: PredicateObjectMap, origin: Field, text: str) -> None:
        self._used.add(origin.label)
        self._report(
            Severity.WARNING,
            "withheld",
            "the value is of a kind that is not published, because it may name a person",
            origin,
            None,
            "the name of a body or office; see `only` in mapping.yaml",
            line.predicate,
        )

    def _state_concept(
        self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item, text: str, origin: Field
    ) -> bool:
        scheme = self._mapper.schemes[line.concept or ""]
        concept = scheme.find(line.values.get(fold(text), text) if line.values else text)
        if concept is not None:
            return self._publish(line, item, concept, origin)
        if line.otherwise:
            other = PredicateObjectMap(line.otherwise.predicate, labels=line.labels, convert=line.otherwise.convert)
            return self._state_converted(triples_map, other, item, line.otherwise.convert, text, origin)
        known = scheme.suggest(text) or sorted(scheme.labels)[:6]
        message = f"the scheme {scheme.code} has no such concept; the value was not published"
        self._refuse(triples_map, line, text, origin, "unknown-concept", message, f"one such as {', '.join(known)}")
        return False

    def _state_converted(
        self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item, name: str, text: str, origin: Field
    ) -> bool:
        special = {"place": self._place, "organisation": self._organisation}.get(name)
        if special is not None:
            return special(triples_map, line, item, text, origin)
        converter = self._mapper.converters[name]
        try:
            term = converter.convert(self._redacted(text, origin, line) if name in PROSE else text)
            term = _in_language(term, line.language)
        except NotConvertible as problem:
            self._used.add(origin.label)
            message = f"it cannot be read as {converter.kind}: {problem}"
            self._report(
                Severity.VIOLATION,
                name,
                message,
                origin,
                text,
                f"{converter.kind}, as in {converter.example}",
                line.predicate,
            )
            return False
        return term is not None and self._publish(line, item, term, origin)

    def _redacted(self, text: str, origin: Field, line: PredicateObjectMap) -> str:
        clean, found = redact(text, self._mapper.mapping.mask) if line.mask else (text, [])
        for kind in sorted(set(found)):
            message = f"masked before publishing: {kind} ({found.count(kind)})"
            self._report(
                Severity.INFO, "redacted", message, origin, None, "a text that names no person", line.predicate
            )
        return clean

    def _place(self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item, text: str, origin: Field) -> bool:
        places, region = self._mapper.places, self._mapper.region
        place = places.find(text, region)
        if place is not None:
            return self._publish(line, item, place_iri(self._mapper.base, place), origin)
        near = ", ".join(places.suggest(text, region))
        expected = f"the name of a municipality of the region{f', such as {near}' if near else ''}"
        message = "no municipality of the region has this name; the place was not published"
        self._refuse(triples_map, line, text, origin, "unknown-place", message, expected)
        return False

    def _organisation(
        self, triples_map: TriplesMap, line: PredicateObjectMap, item: _Item, text: str, origin: Field
    ) -> bool:
        name = self._redacted(text, origin, line)
        found = self._mapper.organisations.find(name)
        if found is None:
            message = "it holds no name of a body; the value was not published"
            self._refuse(triples_map, line, name, origin, "unknown-organisation", message, "the name of a body")
            return False
        self._tell_place_sought(name, origin, line)
        iri, description = found
        self._names[iri.value, " ".join(name.split())] = None
        for triple in description:
            self._add(triple.subject, triple.predicate, triple.object, origin)
        return self._publish(line, item, iri, origin)

    def _tell_place_sought(self, name: str, origin: Field, line: PredicateObjectMap) -> None:
        if self._mapper.organisations.place_sought(name) is not None:
            message = (
                "the body is called after a place that is not known in the region; it was published by its name only"
            )
            expected = "the name of a body of the region, with the place's official name"
            self._report(Severity.INFO, "unknown-place", message, origin, name, expected, line.predicate)

    def _refuse(
        self,
        triples_map: TriplesMap,
        line: PredicateObjectMap,
        text: str,
        origin: Field,
        code: str,
        message: str,
        expected: str,
    ) -> None:
        self._used.add(origin.label)
        self._missing.append(_Missing(triples_map.name, line, origin))
        self._report(Severity.WARNING, code, message, origin, text, expected, line.predicate)

    def _publish(self, line: PredicateObjectMap, item: _Item, term: Term, origin: Field) -> bool:
        self._used.add(origin.label)
        if line.compare:
            self._compared.append((line, term, origin))
            return False
        self._add(item.subject, line.predicate, term, origin)
        return True

    def _add(self, subject: object, predicate: NamedNode, term: object, origin: Field | None) -> None:
        self._said[subject, predicate, term] = None  # type: ignore[index]
        if origin is not None:
            self._origins.setdefault((subject.value, predicate.value), origin)  # type: ignore[attr-defined]

    # ----------------------------------------------------------------------------------------------- after the maps

    def _link(self, triples_map: TriplesMap) -> None:
        for line in triples_map.lines:
            if line.mapping is not None:
                for item in self._subjects[triples_map.name]:
                    for target in self._subjects[line.mapping]:
                        self._add(item.subject, line.predicate, target.subject, target.origin or item.origin)

    def _compare(self) -> None:
        """A value that is only compared has to agree with the one that is published (`compare: yes`)."""
        for line, term, origin in self._compared:
            published = {value for _, predicate, value in self._said if predicate == line.predicate}
            if published and term not in published:
                expected = "the same in both places of the page"
                message = "it does not agree with the value published for the same property"
                self._report(Severity.WARNING, "disagrees", message, origin, origin.text, expected, line.predicate)

    def _state_missing_values(self) -> None:
        """Publish why a property has no value, on the record (ontology: passo:MissingValue)."""
        carrier = self._mapper.mapping.missing_values
        if carrier is None or not self._subjects[carrier]:
            return
        stated: set[NamedNode] = set()
        for missing in self._missing:
            predicate = self._property(missing)
            if predicate not in stated and not self._has_value(missing):
                stated.add(predicate)
                self._missing_value(self._subjects[carrier][0].subject, predicate, missing.origin)

    def _property(self, missing: _Missing) -> NamedNode:
        """The property that has no value; of a thing that is not there, the one by which the process would reach it."""
        if missing.line.predicate.value.startswith(PASSO.iri) or self._subjects[missing.map_name]:
            return missing.line.predicate
        link = self._link_to(missing.map_name)
        return link.predicate if link and link.predicate.value.startswith(PASSO.iri) else missing.line.predicate

    def _has_value(self, missing: _Missing) -> bool:
        subjects = {item.subject for item in self._subjects[missing.map_name]}
        predicate = missing.line.predicate
        if missing.line.mapping is not None:
            return bool(self._subjects[missing.line.mapping])
        return any(stated == predicate and subject in subjects for subject, stated, _ in self._said)

    def _missing_value(self, record: NamedNode, predicate: NamedNode, origin: Field) -> None:
        name = re.split(r"[/#:]", predicate.value)[-1]
        node = NamedNode(f"{record.value}#missing-{name}")
        answer = self._mapper.schemes[_ANSWER][origin.answer or "not-captured"]
        self._add(record, PASSO.hasMissingValue, node, origin)
        self._add(node, RDF.type, PASSO.MissingValue, origin)
        self._add(node, PASSO.missingProperty, predicate, origin)
        self._add(node, PASSO.answer, answer, origin)
        self._add(node, PASSO.sourceField, Literal(origin.label), origin)

    def _report_unused(self) -> None:
        """A field with a value of which nothing was published: never in silence."""
        for label, field_ in self._record.fields.items():
            if (
                label not in self._used
                and label not in self._mapper.mapping.ignore
                and field_.state is FieldState.VALUE
            ):
                message = "nothing was published of this value"
                self._report(
                    Severity.WARNING,
                    "unused",
                    message,
                    field_,
                    field_.text,
                    "a value of the kind that mapping.yaml expects",
                    None,
                )

    # ----------------------------------------------------------------------------------------------------- helpers

    def _iri(self, template: str, variables: Mapping[str, str]) -> NamedNode | None:
        """A template as an IRI, its values percent-encoded (R2RML, 7.3); None where a value is missing."""
        text = _expand(template, variables, encode=_encoded)
        if text is None:
            return None
        return NamedNode(text if text.startswith(("http://", "https://")) else self._mapper.base + text)

    def _report(
        self,
        severity: Severity,
        code: str,
        message: str,
        origin: Field,
        value: str | None,
        expected: str,
        predicate: NamedNode | None,
    ) -> None:
        self._results.append(
            ValidationResult(
                severity,
                message + ".",
                source=self._record.source,
                record=self._record.id,
                path=self._record.path,
                line=origin.value_line,
                field=origin.label,
                value=value,
                expected=expected,
                code=code,
                result_path=shorten(predicate.value) if predicate else None,
            )
        )


def _expand(
    template: str, variables: Mapping[str, str], encode: Callable[[str], str] = lambda value: value
) -> str | None:
    """A template with its values; None where one is missing (R2RML, 7.3: no term is generated)."""
    if "$(" not in template:
        return template
    if any(not variables.get(name) for name in _VARIABLE.findall(template)):
        return None
    return _VARIABLE.sub(lambda match: encode(variables[match[1]]), template)


@remember_short_texts
def _encoded(value: str) -> str:
    """A value of a template in an IRI (RFC 3986, 2.1)."""
    return quote(value, safe="")


def _in_language(term: Term | None, language: str | None) -> Term | None:
    """A text in the language that its line names, where it names one."""
    if language and isinstance(term, Literal) and term.language:
        return Literal(term.value, language=language)
    return term


def _smallest(places: Places, country: str | None, province: str | None, city: str | None) -> Place | None:
    """The smallest known place that the names mean: a municipality, a province, a region, a country."""
    region = places.comparison_region(country, province, city)
    if region is None:
        return places.find(country, kind="country") if country else None
    if region.kind == "country":
        return region
    town = places.find(city, region.code) if city else None
    return town or (places.find(province, region.code, "province") if province else None) or region


def _is_as_small(places: Places, place: Place | None, province: str | None, city: str | None) -> bool:
    """Whether a place is as small as the names it was found by, in a country whose smaller places are known."""
    if place is None:
        return False
    if place.kind == "country" and not places.knows_regions_of(place):
        return True
    return place.kind == "municipality" if city else place.kind != "country" or not province


def _split(text: str, separator: str) -> list[str]:
    """The items of a list; an empty one, such as after a last separator, is none.

    >>> _split("a / b 1/D / ", " / ")
    ['a', 'b 1/D']
    """
    padded = f"{text.strip()} " if separator.endswith(" ") else text
    return [item.strip() for item in padded.split(separator) if item.strip()]


def _variables(each: Iteration, text: str) -> Iterator[dict[str, str]]:
    if each.find:
        yield from ({"item": found[0], **_groups(found)} for found in each.find.finditer(text))
        return
    for item in _split(text, each.split) if each.split else [text]:
        match = each.parse.fullmatch(item) if each.parse else None
        yield {"item": item, **(_groups(match) if match else {})}


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: value.strip() for name, value in match.groupdict().items() if value}
