"""Describe places in RDF (CLV-AP_IT, SKOS, WGS84) and make their IRIs, for the mapper and the dataset of places."""

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.mapping.places.place import Place
from passo_lod.namespaces import curie

_TERRITORIES = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications"
_COUNTRIES = "http://publications.europa.eu/resource/authority/country"

KINDS = {
    "country": "clvapit:Country",
    "region": "clvapit:Region",
    "province": "clvapit:Province",
    "municipality": "clvapit:City",
}
"""The class of the places of each kind, from the largest to the smallest."""

_LOCAL_NAMES = (
    (re.compile("[A-Z]{3}"), "country-{}"),
    (re.compile("[A-Z]{2}-[A-Z0-9]{1,3}"), "iso-{}"),
    (re.compile("geonames-[0-9]+"), "{}"),
)
"""How the local name of a place's IRI is made of its code in lower case; the code of a place of Italy follows `istat-`."""


def place_iri(base: str, place: Place) -> NamedNode:
    """Return the place's IRI below `base`, which ends with a slash.

    >>> place_iri("https://example.org/", Place("08", "region", "Emilia-Romagna")).value
    'https://example.org/id/place/istat-08'
    """
    return _iri(base, place.code)


def code_abroad(local_name: str) -> str | None:
    """Return the code of the place outside Italy whose IRI has this local name; None for any other.

    >>> code_abroad("iso-us-ca"), code_abroad("geonames-5128581"), code_abroad("istat-08")
    ('US-CA', 'geonames-5128581', None)
    """
    if local_name.startswith("iso-"):
        return local_name.removeprefix("iso-").upper()
    return local_name if local_name.startswith("geonames-") else None


def place_quads(base: str, places: Iterable[Place], graph: NamedNode) -> Iterator[Quad]:
    """Describe places as quads of one named graph, in their order."""
    for place in places:
        for triple in describe_place(base, place):
            yield Quad(triple.subject, triple.predicate, triple.object, graph)


def describe_place(base: str, place: Place) -> Iterator[Triple]:
    """Describe one place."""
    subject = place_iri(base, place)
    for predicate, value in _properties(base, place):
        yield Triple(subject, curie(predicate), value)


def _iri(base: str, code: str) -> NamedNode:
    form = next((form for pattern, form in _LOCAL_NAMES if pattern.fullmatch(code)), "istat-{}")
    return NamedNode(f"{base}id/place/{form.format(code.lower())}")


def _properties(base: str, place: Place) -> Iterator[tuple[str, NamedNode | Literal]]:
    yield from (("rdf:type", curie(name)) for name in (KINDS[place.kind], "dct:Location", "skos:Concept"))
    yield from _labels(place)
    yield from _codes(place)
    yield from _location(base, place)
    yield from _population(place)
    yield from _matches(place)
    if place.status == "abolished":
        yield "owl:deprecated", Literal("true", datatype=curie("xsd:boolean"))


def _labels(place: Place) -> Iterator[tuple[str, Literal]]:
    yield "skos:prefLabel", Literal(place.name, language="it")
    if place.name_en:
        yield "skos:prefLabel", Literal(place.name_en, language="en")
    if place.other_name:
        yield "skos:altLabel", Literal(place.other_name, language=place.other_language or None)
        yield "skos:altLabel", Literal(f"{place.name}/{place.other_name}")
    for name in place.also_known_as:
        # A spelling of some source, in an unknown language.
        yield "skos:altLabel", Literal(name)
    for code in filter(None, (place.abbreviation, place.alpha2)):
        yield "skos:altLabel", Literal(code)


def _codes(place: Place) -> Iterator[tuple[str, Literal]]:
    yield "skos:notation", Literal(place.code.removeprefix("geonames-"))
    for code in place.former_codes:
        yield "passo:formerCode", Literal(code)


def _location(base: str, place: Place) -> Iterator[tuple[str, NamedNode | Literal]]:
    if place.within:
        yield "clvapit:situatedWithin", _iri(base, place.within)
    for predicate, degrees in (("geo:lat", place.lat), ("geo:long", place.lon)):
        if degrees is not None:
            yield predicate, Literal(f"{degrees:f}", datatype=curie("xsd:decimal"))


def _population(place: Place) -> Iterator[tuple[str, Literal]]:
    if place.population is not None:
        yield "passo:population", Literal(str(place.population), datatype=curie("xsd:integer"))
    if place.population_year is not None:
        yield "passo:populationYear", Literal(str(place.population_year), datatype=curie("xsd:gYear"))


def _matches(place: Place) -> Iterator[tuple[str, NamedNode]]:
    if match := _matching_iri(place):
        yield "skos:exactMatch", NamedNode(match)
    # A municipality lies in a NUTS 3 area, it is not one.
    if place.nuts and place.kind != "municipality":
        yield "skos:exactMatch", NamedNode(f"http://data.europa.eu/nuts/code/{place.nuts}")


def _matching_iri(place: Place) -> str | None:
    """Return the IRI of the place in the dataset of who gives its code; ISO 3166-2 has none."""
    if place.kind == "country":
        return f"{_COUNTRIES}/{place.code}"
    if place.code.startswith("geonames-"):
        return f"https://sws.geonames.org/{place.code.removeprefix('geonames-')}/"
    if not place.code.isdigit():
        return None
    if place.kind == "municipality":
        # ISPRA drops the leading zero: Bomporto, 036002, is its place 36002.
        return f"http://dati.isprambiente.it/id/place/{int(place.code)}"
    return f"{_TERRITORIES}/{place.kind}s/{place.code}"
