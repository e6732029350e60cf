"""Give the bodies that records name an IRI and a description, by the rules of their source's mapping.yaml."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.mapping.places import Place, Places, place_iri
from passo_lod.mapping.triples_map import OrganisationRule
from passo_lod.namespaces import DCT, PASSO, RDF, SKOS, curie
from passo_lod.text_folding import remember_short_texts

_ORGANISATION = curie("org:Organization")


def slug(text: str) -> str:
    """A text in the letters of an IRI.

    >>> slug("Unione dei Comuni – Modenesi Area Nord")
    'unione-dei-comuni-modenesi-area-nord'
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass(frozen=True)
class Organisations:
    """The rules of one source, and the places that a body's name may hold.

    Attributes:
        base: the catalogue's base IRI.
        region: the code of the region in which places are looked up.
    """

    rules: tuple[OrganisationRule, ...]
    base: str
    prefix: str
    language: str
    places: Places
    region: str

    def find(self, name: str) -> tuple[NamedNode, tuple[Triple, ...]] | None:
        """The IRI of a body and the triples that describe it; the first rule that fits decides.

        None for a name without a letter or figure to make an IRI of.
        """
        return self._finder(name)

    @cached_property
    def _finder(self) -> Callable[[str], tuple[NamedNode, tuple[Triple, ...]] | None]:
        """Remembers the bodies that were found of late: many records name the same."""
        return remember_short_texts(self._find)

    def _find(self, name: str) -> tuple[NamedNode, tuple[Triple, ...]] | None:
        name = " ".join(name.split())
        if not slug(name):
            return None
        for rule in self.rules:
            match = rule.match.fullmatch(name)
            if match and (found := self._by_rule(rule, match, name)):
                return found
        iri = NamedNode(f"{self.base}id/organisation/{self.prefix}-{slug(name)}")
        return iri, tuple(_named(iri, (_ORGANISATION,), name, self.language))

    def place_sought(self, name: str) -> str | None:
        """The place after which a body is called, where it is none that is known here."""
        return self._seeker(name)

    @cached_property
    def _seeker(self) -> Callable[[str], str | None]:
        return remember_short_texts(self._sought)

    def _sought(self, name: str) -> str | None:
        matches = ((rule, rule.match.fullmatch(" ".join(name.split()))) for rule in self.rules if rule.place)
        return next((match["place"] for rule, match in matches if match and not self._place(rule, match)), None)

    def _by_rule(
        self, rule: OrganisationRule, match: re.Match[str], name: str
    ) -> tuple[NamedNode, tuple[Triple, ...]] | None:
        place = self._place(rule, match)
        if rule.place and place is None:
            return None
        variables = {"slug": slug(name), "name": place.name if place else name, "code": place.code if place else ""}
        iri = NamedNode(self.base + _fill(rule.iri, variables))
        label = _fill(rule.label, variables) if rule.label else name
        return iri, (*_named(iri, rule.types, label, self.language), *self._detailed(iri, rule, place))

    def _place(self, rule: OrganisationRule, match: re.Match[str]) -> Place | None:
        if rule.place is None:
            return None
        return self.places.find(match["place"], self.region, rule.place)

    def _detailed(self, iri: NamedNode, rule: OrganisationRule, place: Place | None) -> Iterator[Triple]:
        if rule.legal_status:
            yield Triple(iri, curie("covapit:hasLegalStatus"), rule.legal_status)
        if rule.kind:
            yield Triple(iri, PASSO.organisationType, rule.kind)
        if rule.ipa_code:
            yield Triple(iri, curie("covapit:IPAcode"), Literal(rule.ipa_code))
        if place:
            yield Triple(iri, DCT.spatial, place_iri(self.base, place))


def _named(iri: NamedNode, types: Iterable[NamedNode], label: str, language: str) -> Iterator[Triple]:
    for each in types:
        yield Triple(iri, RDF.type, each)
    yield Triple(iri, SKOS.prefLabel, Literal(label, language=language))


def _fill(template: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        template = template.replace(f"$({name})", value)
    return template
