"""Give the organisations that records name an IRI and a description, by the rules of their source's mapping.yaml."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.yarrrml.triples_map import OrganisationRule
from passo_lod.memoize import memoize_short_texts
from passo_lod.namespaces import DCT, PASSO, RDF, SKOS, curie

_ORGANISATION = curie("org:Organization")

Description = tuple[NamedNode, tuple[Triple, ...]]
"""The IRI of an organisation and the triples that describe it."""


def slug(text: str) -> str:
    """Return a text in a-z, 0-9 and hyphens, for an IRI.

    >>> slug("Unione dei Comuni – Modenesi Area Nord")
    'unione-dei-comuni-modenesi-area-nord'
    """
    ascii_text = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


@dataclass(frozen=True)
class OrganisationResolver:
    """Resolve names of organisations by the rules of one source; the first rule that applies decides.

    Attributes:
        base: the catalogue's base IRI.
        prefix: the source's prefix, for the IRIs of organisations without a rule.
        language: language tag of the names.
        region: code of the region in which the places of names are looked up.
    """

    rules: tuple[OrganisationRule, ...]
    base: str
    prefix: str
    language: str
    places: PlaceIndex
    region: str

    def resolve(self, name: str) -> Description | None:
        """Return IRI and description of an organisation; None for a name without any letter or figure."""
        return self._cached_resolve(name)

    def unknown_place(self, name: str) -> str | None:
        """Return the place in an organisation's name that its rule requires, if the region has no such place."""
        return self._cached_unknown_place(name)

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
        for rule in self.rules:
            match = rule.pattern.fullmatch(name)
            if match and (description := self._apply(rule, match, name)):
                return description
        iri = NamedNode(f"{self.base}id/organisation/{self.prefix}-{slug(name)}")
        return iri, tuple(_types_and_label(iri, (_ORGANISATION,), name, self.language))

    def _unknown_place(self, name: str) -> str | None:
        name = " ".join(name.split())
        matches = ((rule, rule.pattern.fullmatch(name)) for rule in self.rules if rule.place_kind)
        return next((match["place"] for rule, match in matches if match and not self._place(rule, match)), None)

    def _apply(self, rule: OrganisationRule, match: re.Match[str], name: str) -> Description | None:
        """Return None if the rule requires a place that is unknown."""
        place = self._place(rule, match)
        if rule.place_kind and place is None:
            return None
        variables = {"slug": slug(name), "name": place.name if place else name, "code": place.code if place else ""}
        iri = NamedNode(self.base + _expand(rule.iri, variables))
        label = _expand(rule.label, variables) if rule.label else name
        types_and_label = _types_and_label(iri, rule.types, label, self.language)
        return iri, (*types_and_label, *self._properties(iri, rule, place))

    def _place(self, rule: OrganisationRule, match: re.Match[str]) -> Place | None:
        if rule.place_kind is None:
            return None
        return self.places.find(match["place"], self.region, rule.place_kind)

    def _properties(self, iri: NamedNode, rule: OrganisationRule, place: Place | None) -> Iterator[Triple]:
        if rule.legal_status:
            yield Triple(iri, curie("covapit:hasLegalStatus"), rule.legal_status)
        if rule.organisation_type:
            yield Triple(iri, PASSO.organisationType, rule.organisation_type)
        if rule.ipa_code:
            yield Triple(iri, curie("covapit:IPAcode"), Literal(rule.ipa_code))
        if place:
            yield Triple(iri, DCT.spatial, place_iri(self.base, place))


def _types_and_label(iri: NamedNode, types: Iterable[NamedNode], label: str, language: str) -> Iterator[Triple]:
    for organisation_class in types:
        yield Triple(iri, RDF.type, organisation_class)
    yield Triple(iri, SKOS.prefLabel, Literal(label, language=language))


def _expand(template: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        template = template.replace(f"$({name})", value)
    return template
