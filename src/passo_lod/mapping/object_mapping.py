"""Map the text of a field to objects for `record_mapping`: by a concept scheme, a converter, or a look-up of names."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import ConversionError, Term
from passo_lod.mapping.converters.converter_registry import (
    ADDRESS_CONVERTERS,
    FILE_TITLE_CONVERTERS,
    PROSE_CONVERTERS,
)
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.redaction import (
    KINDS_IN_ADDRESSES,
    PERSON,
    PersonalData,
    file_name_words,
    find_other_parts,
    find_personal_data,
    mask,
)
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.records import Field
from passo_lod.report import Severity
from passo_lod.text_folding import fold

_MOST_LABELS = 6
"""A message about an unknown concept shows so many labels of the scheme."""


class ObjectMapping:
    """Map texts of one record to objects; a text without an object is reported."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state

    def add_text(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        """Add the object of a text; return whether the record has a triple more."""
        if target.rule.allowed and not target.rule.allowed.search(text):
            self._report_withheld(target.rule, origin, "it may name a person")
            return False
        if target.rule.allowed:
            text = self._mask(text, find_other_parts(text, target.rule.allowed), origin, target.rule)
        if target.rule.scheme:
            return self._add_concept(target, text, origin)
        return self._add_converted(target, target.rule.converter or "text", text, origin)

    def _report_withheld(self, rule: PredicateObjectMap, origin: Field, reason: str) -> None:
        self._state.used_labels.add(origin.label)
        expected = (
            "the name of an organisation or office (see `only` in mapping.yaml)"
            if rule.allowed
            else "an address without personal data (see `mask` in mapping.yaml)"
        )
        message = f"the value was not published, because {reason}"
        self._state.report(Severity.WARNING, "withheld", message, origin, None, expected, rule.predicate)

    def _add_concept(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        rule = target.rule
        scheme = self._settings.schemes[rule.scheme or ""]
        concept = scheme.find(rule.synonyms.get(fold(text), text) if rule.synonyms else text)
        if concept is not None:
            return self._state.add_object(target, concept, origin)
        if rule.fallback:
            other = PredicateObjectMap(rule.fallback.predicate, labels=rule.labels, converter=rule.fallback.converter)
            fallback = ObjectTarget(target.map_name, other, target.subject)
            return self._add_converted(fallback, rule.fallback.converter, text, origin)
        labels = scheme.suggest(text) or sorted(scheme.labels)[:_MOST_LABELS]
        message = f"the value was not published: it is no label of the concept scheme {scheme.code}"
        self._report_unknown(
            target, text, origin, "unknown-concept", message, f"a label of the scheme, such as {', '.join(labels)}"
        )
        return False

    def _add_converted(self, target: ObjectTarget, name: str, text: str, origin: Field) -> bool:
        lookup = {"place": self._add_place, "organisation": self._add_organisation}.get(name)
        if lookup is not None:
            return lookup(target, text, origin)
        if name in ADDRESS_CONVERTERS and (kinds := self._kinds_in_address(text, target.rule)):
            self._report_withheld(target.rule, origin, f"it contains personal data: {', '.join(kinds)}")
            return False
        converter = self._settings.converters[name]
        try:
            term = converter.convert(self._redacted_for(name, text, origin, target.rule))
        except ConversionError as problem:
            self._state.used_labels.add(origin.label)
            message = f"it cannot be read as {converter.kind}: {problem}"
            expected = f"{converter.kind}, as in {converter.example}"
            self._state.report(Severity.VIOLATION, name, message, origin, text, expected, target.rule.predicate)
            return False
        term = with_language(term, target.rule.language)
        return term is not None and self._state.add_object(target, term, origin)

    def _redacted_for(self, converter: str, text: str, origin: Field, rule: PredicateObjectMap) -> str:
        """Mask personal data in a text if its converter makes a text of it."""
        if converter in PROSE_CONVERTERS:
            return self._mask(text, self._find(text, rule), origin, rule)
        if converter in FILE_TITLE_CONVERTERS and (found := self._find(file_name_words(text), rule)):
            return self._mask(file_name_words(text), found, origin, rule)
        return text

    def _kinds_in_address(self, text: str, rule: PredicateObjectMap) -> list[str]:
        found = self._find(file_name_words(text), rule)
        return sorted({place.kind for place in found if place.kind in KINDS_IN_ADDRESSES})

    def _find(self, text: str, rule: PredicateObjectMap) -> list[PersonalData]:
        return find_personal_data(text, self._settings.mapping.redacted_kinds) if rule.redacted else []

    def _mask(self, text: str, places: list[PersonalData], origin: Field, rule: PredicateObjectMap) -> str:
        """Mask personal data, and report its kinds by line without repeating the data."""
        if not places:
            return text
        lines = _line_indexes(origin, text, places)
        found = Counter((line, place.kind) for line, place in zip(lines, places, strict=True))
        for (index, kind), count in sorted(found.items()):
            message = f"personal data was masked before publishing: {kind} ({count})"
            at_line = replace(origin, values=origin.values[index:])
            expected = "a text without personal data"
            self._state.report(Severity.INFO, "redacted", message, at_line, None, expected, rule.predicate)
        return mask(text, places)

    def _add_place(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        places, region = self._settings.places, self._settings.region
        place = places.find(text, region)
        if place is not None:
            return self._state.add_object(target, place_iri(self._settings.base, place), origin)
        near = ", ".join(places.suggest(text, region))
        expected = f"the name of a municipality of the region{f', such as {near}' if near else ''}"
        message = "the place was not published: no municipality of the region has this name"
        self._report_unknown(target, text, origin, "unknown-place", message, expected)
        return False

    def _add_organisation(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        places = self._find(text, target.rule)
        name = self._mask(text, places, origin, target.rule)
        resolved = self._settings.organisations.resolve(name)
        if resolved is None or any(place.kind == PERSON for place in places):
            message = "the value was not published: it is not the name of an organisation only"
            self._report_unknown(target, name, origin, "unknown-organisation", message, "the name of an organisation")
            return False
        self._report_place_of_organisation(name, origin, target.rule)
        iri, description = resolved
        self._state.organisation_names[iri.value, " ".join(name.split())] = None
        for triple in description:
            self._state.add(triple.subject, triple.predicate, triple.object, origin)
        return self._state.add_object(target, iri, origin)

    def _report_place_of_organisation(self, name: str, origin: Field, rule: PredicateObjectMap) -> None:
        if self._settings.organisations.unknown_place(name) is not None:
            message = (
                "the organisation was published by its name only: the region has no place of the name that it contains"
            )
            expected = "an organisation of the region, with the official name of its place"
            self._state.report(Severity.INFO, "unknown-place", message, origin, name, expected, rule.predicate)

    def _report_unknown(
        self, target: ObjectTarget, text: str, origin: Field, code: str, message: str, expected: str
    ) -> None:
        self._state.add_missing(target.map_name, target.rule, origin)
        self._state.report(Severity.WARNING, code, message, origin, text, expected, target.rule.predicate)


def _line_indexes(origin: Field, text: str, places: Iterable[PersonalData]) -> list[int]:
    """The index of the line of a field on which each place of a text begins; the text is the field's or a part of it."""
    before = max(0, origin.text.find(text))
    ends = list(accumulate(len(line.text) + 1 for line in origin.values))
    return [min(bisect_right(ends, before + place.start), max(0, len(ends) - 1)) for place in places]


def with_language(term: Term | None, language: str | None) -> Term | None:
    """Return a text in the language of its predicate-object map, if both have one."""
    if language and isinstance(term, Literal) and term.language:
        return Literal(term.value, language=language)
    return term
