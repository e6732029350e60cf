"""Map the text of a field to objects for `record_mapping`: by a concept scheme, a converter, or a look-up of names."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.converters.conversion import Term, UncertainError
from passo_lod.mapping.converters.converter_registry import (
    ADDRESS_CONVERTERS,
    FILE_TITLE_CONVERTERS,
    MONEY,
    PROSE_CONVERTERS,
)
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.money_mapping import MoneyMapping
from passo_lod.mapping.organisations import OrganisationResolver
from passo_lod.mapping.person_names import form_of_name
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import KINDS, place_iri
from passo_lod.mapping.places.place_names import PlaceNames, separate_names, smallest_place
from passo_lod.mapping.redaction import (
    KINDS_IN_ADDRESSES,
    MASK,
    PERSON,
    PersonalData,
    file_name_words,
    find_other_parts,
    find_personal_data,
    kind_names,
    mask,
)
from passo_lod.mapping.text_conversion import TextConversion
from passo_lod.mapping.yarrrml.lookup_table import LookupTable
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.messages.localised_text import Value, Values
from passo_lod.namespaces import CVL, shorten
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
        self._conversion = TextConversion(settings, state)
        self._money = MoneyMapping(settings, state)

    def add_text(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        """Add the object of a text; return whether the record has a triple more."""
        if target.rule.lookup is not None:
            found = target.rule.lookup.find(text)
            if found is None:
                self._report_unknown_key(target, target.rule.lookup, text, origin)
                return False
            text = found
        if target.rule.allowed and not target.rule.allowed.search(text):
            self._withhold(target, origin, "map.withheld.person", {})
            return False
        if target.rule.allowed:
            text = self._mask(text, find_other_parts(text, target.rule.allowed), origin, target.rule)
        if target.rule.scheme:
            return self._add_concept(target, text, origin)
        return self._add_converted(target, target.rule.converter or "text", text, origin)

    def add_not_understood(self, map_name: str, rule: PredicateObjectMap, text: str, origin: Field) -> str:
        """Remember that a text gave no object; return it as it may be published."""
        text = self._mask(text, self._find(text, rule), origin, rule)
        # What a template writes before its first variable is not the source's.
        prefixes = (template.partition("$(")[0] for template in rule.templates)
        prefix = next(filter(text.startswith, prefixes), "")
        self._state.add_missing(map_name, rule, origin, "not-understood", text.removeprefix(prefix))
        return text

    def _report_unknown_key(self, target: ObjectTarget, table: LookupTable, text: str, origin: Field) -> None:
        nearest = table.suggest(text)
        values: Values = {"file": table.file, **({"keys": nearest} if nearest else {})}
        key = "map.unknown-key-near" if nearest else "map.unknown-key"
        self._report_unknown(target, text, origin, "unknown-key", key, values)

    def _withhold(self, target: ObjectTarget, origin: Field, key: str, values: Values) -> None:
        rule = target.rule
        self._state.add_missing(target.map_name, rule, origin, "withheld")
        self._state.report(Severity.WARNING, "withheld", key, values, origin, None, rule.predicate)

    def _add_concept(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        rule = target.rule
        scheme = self._settings.schemes[rule.scheme or ""]
        concept = scheme.find(rule.synonyms.get(fold(text), text) if rule.synonyms else text)
        if concept is not None and (reason := self._settings.schemes.reason_of(concept)):
            return self._state.add_reason(target, concept, reason, origin)
        if concept is not None:
            return self._state.add_object(target, concept, origin)
        if rule.fallback:
            other = PredicateObjectMap(rule.fallback.predicate, labels=rule.labels, converter=rule.fallback.converter)
            fallback = ObjectTarget(target.map_name, other, target.subject)
            return self._add_converted(fallback, rule.fallback.converter, text, origin)
        nearest = scheme.suggest(text)
        labels = tuple(self._label(concept) for concept in nearest or scheme.members[:_MOST_LABELS])
        values: Values = {"scheme": self._label(CVL[scheme.code]), "labels": labels}
        key = "map.unknown-concept-near" if nearest else "map.unknown-concept"
        self._report_unknown(target, text, origin, "unknown-concept", key, values)
        return False

    def _label(self, term: NamedNode) -> Value:
        """The label of a concept or scheme in each language; readers of others get that in the source's language."""
        label = self._settings.labels.find(term.value)
        return label.preferring(self._settings.language) if label else shorten(term.value)

    def _add_converted(self, target: ObjectTarget, name: str, text: str, origin: Field) -> bool:
        lookup = {
            "place": self._add_place,
            "place-level": self._add_place_level,
            "organisation": self._add_organisations,
            MONEY: self._money.add_text,
        }.get(name)
        if lookup is not None:
            return lookup(target, text, origin)
        if name in ADDRESS_CONVERTERS and (kinds := self._kinds_in_address(text, target.rule)):
            self._withhold(target, origin, "map.withheld.address", {"kinds": kind_names(kinds)})
            return False
        redacted = self._redacted_for(name, text, origin, target.rule)
        try:
            term = self._conversion.convert(target, name, redacted, origin, text)
        except UncertainError:
            self.add_not_understood(target.map_name, target.rule, text, origin)
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
            at_line = replace(origin, values=origin.values[index:])
            values: Values = {"kinds": kind_names([kind]), "number": count}
            self._state.report(Severity.INFO, "redacted", "map.redacted", values, at_line, None, rule.predicate)
        return mask(text, places)

    def _add_place(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        places, region = self._settings.places, self._settings.region
        place = self._find_place(text)
        if place is not None:
            return self._state.add_object(target, place_iri(self._settings.base, place), origin)
        near = places.suggest(text, region)
        key = "map.unknown-municipality-near" if near else "map.unknown-municipality"
        self._report_unknown(target, text, origin, "unknown-place", key, {"names": near} if near else {})
        return False

    def _find_place(self, text: str) -> Place | None:
        """Find the municipality, else the province, else the region of a name."""
        kinds = ("municipality", "province", "region")
        found = (self._settings.places.find(text, self._settings.region, kind) for kind in kinds)
        return next(filter(None, found), None) or self._find_with_country(text)

    def _find_with_country(self, text: str) -> Place | None:
        """Find the municipality of a name that the name of its country or province follows, as in `Paris, France`."""
        places = self._settings.places
        country = places.country_of(self._settings.region)
        names = separate_names(places, PlaceNames(None, None, text), country.name if country else None)
        if names.city == text:
            return None
        region = places.comparison_region(names.country, names.province, names.city)
        place = smallest_place(places, region, names)
        return place if place and place.kind == "municipality" else None

    def _add_place_level(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        """Add the level of the smallest place that the texts of a field name; `_add_place` reports a text that names none."""
        place = self._find_place(text)
        if place is None:
            self.add_not_understood(target.map_name, target.rule, text, origin)
            return False
        levels = [(target.subject.iri, target.rule.predicate, CVL[f"place-level/{kind}"]) for kind in KINDS]
        known = [level for level in levels if level in self._state.triples]
        smallest = max([levels[[*KINDS].index(place.kind)], *known], key=levels.index)
        for level in known:
            del self._state.triples[level]
        return self._state.add_object(target, smallest[2], origin)

    @property
    def _organisations(self) -> OrganisationResolver:
        """The resolver of names in the place that the record locates."""
        return self._settings.organisations.in_area(self._state.area)

    def _add_organisations(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        """Add each organisation that a text names; return whether the record has a triple more."""
        added = [self._add_organisation(target, name, origin) for name in self._organisations.split(text)]
        return any(added)

    def _add_organisation(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        places = self._find(text, target.rule)
        name = self._mask(text, places, origin, target.rule)
        resolved = self._organisations.resolve(name)
        is_person = any(place.kind == PERSON for place in places)
        if resolved is None or is_person:
            key = "map.person-as-organisation" if is_person else "map.unknown-organisation"
            self._report_unknown(target, name, origin, "unknown-organisation", key, {}, is_withheld=is_person)
            return False
        if self._may_be_person(target, name, origin):
            return False
        self._report_place_of_organisation(name, origin, target.rule)
        iri, description = resolved
        if target.rule.compare_only:
            return self._state.add_object(target, iri, origin)
        self._state.organisation_names[iri.value, " ".join(name.split())] = None
        for triple in description:
            self._state.add(triple.subject, triple.predicate, triple.object, origin)
        return self._state.add_object(target, iri, origin)

    def _may_be_person(self, target: ObjectTarget, name: str, origin: Field) -> bool:
        """Whether a name is withheld because it may be a person's: it is written as one, no rule knows it, and a word of it is in the lists.

        Without such a word it is published, and reported too.
        """
        if not target.rule.redacted or PERSON not in self._settings.mapping.redacted_kinds:
            return False
        form = form_of_name(" ".join(name.split()))
        if form is None or self._organisations.is_known(name) or any(map(self._find_place, form.words)):
            return False
        if form.has_listed_word:
            key = "map.possible-person"
            self._report_unknown(target, MASK, origin, "possible-person", key, {}, is_withheld=True)
        elif not target.rule.compare_only:
            key = "map.possible-person-published"
            self._state.report(Severity.INFO, "possible-person", key, {}, origin, name, target.rule.predicate)
        return form.has_listed_word

    def _report_place_of_organisation(self, name: str, origin: Field, rule: PredicateObjectMap) -> None:
        if self._organisations.unknown_place(name) is not None:
            key = "map.place-of-organisation"
            self._state.report(Severity.INFO, "unknown-place", key, {}, origin, name, rule.predicate)

    def _report_unknown(
        self,
        target: ObjectTarget,
        text: str,
        origin: Field,
        code: str,
        key: str,
        values: Values,
        *,
        is_withheld: bool = False,
    ) -> None:
        if is_withheld:
            self._state.add_missing(target.map_name, target.rule, origin, "withheld")
        else:
            text = self.add_not_understood(target.map_name, target.rule, text, origin)
        self._state.report(Severity.WARNING, code, key, values, origin, text, target.rule.predicate)


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
