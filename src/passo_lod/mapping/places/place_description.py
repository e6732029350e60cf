"""Describe places in RDF (CLV-AP_IT, SKOS, WGS84) and make their IRIs, for the mapper and the dataset of places."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.mapping.places.place import Place
from passo_lod.namespaces import curie


@dataclass(frozen=True)
class PlaceKind:
    """Class, local name, matching IRI in another dataset, and containing kind of the places of one kind."""

    rdf_class: str
    local_name: Callable[[str], str]
    matching_iri: Callable[[str], str]
    parent: str = ""


_ISTAT = "istat-{}".format
_TERRITORIES = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications"

KINDS = {
    "country": PlaceKind(
        "clvapit:Country",
        local_name=lambda code: f"country-{code.lower()}",
        matching_iri="http://publications.europa.eu/resource/authority/country/{}".format,
    ),
    "region": PlaceKind("clvapit:Region", _ISTAT, matching_iri=(_TERRITORIES + "/regions/{}").format, parent="country"),
    "province": PlaceKind(
        "clvapit:Province", _ISTAT, matching_iri=(_TERRITORIES + "/provinces/{}").format, parent="region"
    ),
    "municipality": PlaceKind(
        "clvapit:City",
        _ISTAT,
        # ISPRA drops the leading zero: Bomporto, 036002, is its place 36002.
        matching_iri=lambda code: f"http://dati.isprambiente.it/id/place/{int(code)}",
        parent="province",
    ),
}


def place_iri(base: str, place: Place) -> NamedNode:
    """Return the place's IRI below `base`, which ends with a slash.

    >>> place_iri("https://example.org/", Place("08", "region", "Emilia-Romagna")).value
    'https://example.org/id/place/istat-08'
    """
    return _iri(base, place.kind, place.code)


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


def _iri(base: str, kind: str, code: str) -> NamedNode:
    return NamedNode(f"{base}id/place/{KINDS[kind].local_name(code)}")


def _properties(base: str, place: Place) -> Iterator[tuple[str, NamedNode | Literal]]:
    yield from (("rdf:type", curie(name)) for name in (KINDS[place.kind].rdf_class, "dct:Location", "skos:Concept"))
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
    yield "skos:notation", Literal(place.code)
    for code in place.former_codes:
        yield "passo:formerCode", Literal(code)


def _location(base: str, place: Place) -> Iterator[tuple[str, NamedNode | Literal]]:
    if place.within:
        yield "clvapit:situatedWithin", _iri(base, KINDS[place.kind].parent, place.within)
    for predicate, degrees in (("geo:lat", place.lat), ("geo:long", place.lon)):
        if degrees is not None:
            yield predicate, Literal(f"{degrees:f}", datatype=curie("xsd:decimal"))


def _population(place: Place) -> Iterator[tuple[str, Literal]]:
    if place.population is not None:
        yield "passo:population", Literal(str(place.population), datatype=curie("xsd:integer"))
    if place.population_year is not None:
        yield "passo:populationYear", Literal(str(place.population_year), datatype=curie("xsd:gYear"))


def _matches(place: Place) -> Iterator[tuple[str, NamedNode]]:
    yield "skos:exactMatch", NamedNode(KINDS[place.kind].matching_iri(place.code))
    # A municipality lies in a NUTS 3 area, it is not one.
    if place.nuts and place.kind != "municipality":
        yield "skos:exactMatch", NamedNode(f"http://data.europa.eu/nuts/code/{place.nuts}")
