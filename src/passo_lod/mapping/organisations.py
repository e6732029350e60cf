"""Give the organisations that records name an IRI and a description, for `object_mapping`.

The rules of the source's mapping.yaml come first, then those of organisation_rules.yaml, which hold in every source.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.yarrrml.triples_map import OrganisationRule
from passo_lod.memoize import memoize_short_texts
from passo_lod.namespaces import DCT, PASSO, RDF, SKOS, curie
from passo_lod.text_folding import to_ascii_letters

GENERAL_RULES = Path(__file__).with_name("organisation_rules.yaml")
"""The rules that hold in every source."""

_ORGANISATION = curie("org:Organization")
_LIST_SEPARATOR = re.compile(r"[;\n•]|\s[/|]\s")
_CONJUNCTION = re.compile(r", (?:(?:e|ed|and|y|et|und|i) )?| (?:e|ed|and|y|et|und|i|&) ")
_PLURALS = (
    (re.compile(r"(?i)comuni d(?:i|['’])\s*(?P<places>.+)"), "Comune di "),
    (re.compile(r"(?i)province d(?:i|['’])\s*(?P<places>.+)"), "Provincia di "),
    (re.compile(r"(?i)(?:municipalities|cities|towns) of (?P<places>.+)"), "Municipality of "),
)
"""What begins a list of bodies of one kind, and what begins the name of each."""
_PROVINCE = re.compile(r"(?P<name>.*\S)\s*\((?P<province>[A-Z]{2})\)")
_ARTICLES = ("", "L'", "La ", "Le ", "Il ", "Lo ")
"""Articles that a preposition hides, as in `Comune dell'Aquila`."""

Description = tuple[NamedNode, tuple[Triple, ...]]
"""The IRI of an organisation and the triples that describe it."""


def slug(text: str) -> str:
    """Return a text in a-z, 0-9 and hyphens, for an IRI.

    >>> slug("Unione dei Comuni – Modenesi Area Nord")
    'unione-dei-comuni-modenesi-area-nord'
    """
    ascii_text = to_ascii_letters(text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


@dataclass(frozen=True)
class OrganisationResolver:
    """Resolve names of organisations by rules; the first rule that applies decides.

    Attributes:
        base: the catalogue's base IRI.
        prefix: the source's prefix, for the IRIs of organisations without a rule.
        language: language tag of the names.
        region: code of the region or country in which the places of names are looked up first.
    """

    rules: tuple[OrganisationRule, ...]
    base: str
    prefix: str
    language: str
    places: PlaceIndex
    region: str

    def in_area(self, code: str | None) -> "OrganisationResolver":
        """Return the resolver that looks places up in a region or country abroad instead; None stands for that of the source."""
        return self._of_area(code) if code else self

    @cached_property
    def _of_area(self) -> "Callable[[str], OrganisationResolver]":
        """Records of one place abroad follow each other."""
        return memoize_short_texts(lambda code: replace(self, region=code))

    def resolve(self, name: str) -> Description | None:
        """Return IRI and description of an organisation; None for a name without any letter or figure."""
        return self._cached_resolve(name)

    def is_known(self, name: str) -> bool:
        """Whether a rule applies to a name, so that it names a body."""
        return self._applied(" ".join(name.split())) is not None

    def unknown_place(self, name: str) -> str | None:
        """Return the place in an organisation's name that its rule requires, if the region and its country have no such place."""
        return self._cached_unknown_place(name)

    def split(self, text: str) -> list[str]:
        """Return the names in a text: cut at `;`, ` / `, ` | `, a bullet or a line's end.

        A comma or a word for `and` cuts only between names that rules know, one of them with its place, since it may be part of a name.
        """
        if self._has_place(text):
            return [text]
        parts = (" ".join(part.split()) for part in _LIST_SEPARATOR.split(text))
        return [name for part in parts if part for name in self._split_at_conjunctions(part)] or [text]

    @cached_property
    def _cached_resolve(self) -> Callable[[str], Description | None]:
        """Many records name the same organisations."""
        return memoize_short_texts(self._resolve)

    @cached_property
    def _cached_unknown_place(self) -> Callable[[str], str | None]:
        return memoize_short_texts(self._unknown_place)

    def _resolve(self, name: str) -> Description | None:
        name = " ".join(name.split())
        if not slug(name):
            return None
        if applied := self._applied(name):
            return self._describe(*applied, name)
        iri = NamedNode(f"{self.base}id/organisation/{self.prefix}-{slug(name)}")
        return iri, tuple(_types_and_labels(iri, (_ORGANISATION,), {self.language: name}))

    def _unknown_place(self, name: str) -> str | None:
        name = " ".join(name.split())
        if self._has_place(name):
            return None
        matches = (rule.pattern.fullmatch(name) for rule in self.rules if rule.place_kind)
        return next((match["place"] for match in matches if match), None)

    def _applied(self, name: str) -> tuple[OrganisationRule, Place | None] | None:
        """Return the first rule that applies to a name, with the place that it requires."""
        for rule in self.rules:
            match = rule.pattern.fullmatch(name)
            place = self._place(rule, match["place"]) if match and rule.place_kind else None
            if match and (place or not rule.place_kind):
                return rule, place
        return None

    def _has_place(self, name: str) -> bool:
        applied = self._applied(" ".join(name.split()))
        return applied is not None and applied[1] is not None

    def _place(self, rule: OrganisationRule, name: str) -> Place | None:
        """Return the place of a name in the region, else in its country; an article that a preposition hides may be missing.

        The abbreviation of a province after the name, such as `(RE)`, tells which of several places it is.
        """
        if rule.country not in (None, self._areas[-1]):
            return None
        name, areas = self._without_province(name)
        names = [article + name for article in _ARTICLES]
        found = (self.places.find(each, area, rule.place_kind or "") for each in names for area in areas)
        return next(filter(None, found), None)

    def _without_province(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Return a name without the abbreviation of a province, and the codes of the places to look it up in."""
        match = _PROVINCE.fullmatch(name)
        province = self._provinces.get(match["province"]) if match else None
        return (match["name"], (province,)) if match and province else (name, self._areas)

    @cached_property
    def _provinces(self) -> dict[str, str]:
        """The codes of the country's provinces by abbreviation."""
        provinces = (place for place in self.places if place.kind == "province" and place.abbreviation)
        country = self._areas[-1]
        within = ((each, {step.code for step in self.places.ancestry(each)}) for each in provinces)
        return {each.abbreviation: each.code for each, codes in within if country in codes}

    @cached_property
    def _areas(self) -> tuple[str, ...]:
        """The codes of the region and of its country."""
        country = self.places.country_of(self.region)
        return tuple(dict.fromkeys((self.region, *((country.code,) if country else ()))))

    def _split_at_conjunctions(self, text: str) -> list[str]:
        for pattern, beginning in _PLURALS:
            if match := pattern.fullmatch(text):
                names = [beginning + place for place in _CONJUNCTION.split(match["places"])]
                return names if all(map(self._has_place, names)) else [text]
        names = _CONJUNCTION.split(text)
        return names if all(map(self._applied, names)) and any(map(self._has_place, names)) else [text]

    def _describe(self, rule: OrganisationRule, place: Place | None, name: str) -> Description:
        variables = {"slug": slug(name), "name": place.name if place else name, "code": place.code if place else ""}
        iri = NamedNode(self.base + _expand(rule.iri, variables))
        templates = rule.labels or {None: name}
        labels = {language or self.language: _expand(label, variables) for language, label in templates.items()}
        return iri, (*_types_and_labels(iri, rule.types, labels), *self._properties(iri, rule, place))

    def _properties(self, iri: NamedNode, rule: OrganisationRule, place: Place | None) -> Iterator[Triple]:
        if rule.legal_status:
            yield Triple(iri, curie("covapit:hasLegalStatus"), rule.legal_status)
        if rule.organisation_type:
            yield Triple(iri, PASSO.organisationType, rule.organisation_type)
        if rule.ipa_code:
            yield Triple(iri, curie("covapit:IPAcode"), Literal(rule.ipa_code))
        if place:
            yield Triple(iri, DCT.spatial, place_iri(self.base, place))


def _types_and_labels(iri: NamedNode, types: Iterable[NamedNode], labels: Mapping[str, str]) -> Iterator[Triple]:
    for organisation_class in types:
        yield Triple(iri, RDF.type, organisation_class)
    for language, label in labels.items():
        yield Triple(iri, SKOS.prefLabel, Literal(label, language=language))


def _expand(template: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        template = template.replace(f"$({name})", value)
    return template
