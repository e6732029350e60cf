"""Places are described in RDF with labels, codes, containing places and matches."""

from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from passo_lod.mapping.places.place_description import describe_place, place_iri, place_quads
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.namespaces import curie

FOLDER = Path(__file__).parents[3] / "data" / "places"
PLACES = PlaceIndex.open(FOLDER)
MUNICIPALITIES = [place for place in PLACES if place.kind == "municipality"]
ABOLISHED = [place for place in MUNICIPALITIES if place.status == "abolished"]

BASE = "https://example.org/"
GRAPH = NamedNode("https://example.org/graph/places")


def test_a_country_is_described() -> None:
    assert properties("BEL") >= {
        (curie("rdf:type"), curie("clvapit:Country")),
        (curie("skos:prefLabel"), Literal("Belgio", language="it")),
        (curie("skos:prefLabel"), Literal("Belgium", language="en")),
        (curie("skos:altLabel"), Literal("België")),
        (curie("skos:altLabel"), Literal("BE")),
        (curie("skos:notation"), Literal("BEL")),
        (curie("skos:exactMatch"), NamedNode("http://publications.europa.eu/resource/authority/country/BEL")),
        (curie("skos:exactMatch"), NamedNode("http://data.europa.eu/nuts/code/BE")),
    }


def properties(code: str) -> set[tuple[NamedNode, object]]:
    place = PLACES.by_code(code)
    assert place is not None
    return {(triple.predicate, triple.object) for triple in describe_place(BASE, place)}


@pytest.mark.parametrize(
    ("code", "local_name"),
    [
        ("036002", "istat-036002"),
        ("036", "istat-036"),
        ("08", "istat-08"),
        ("ITA", "country-ita"),
        ("041011", "istat-099021"),
    ],
)
def test_the_iri_of_a_place_contains_its_code(code: str, local_name: str) -> None:
    place = PLACES.by_code(code)
    assert place is not None
    assert place_iri(BASE, place).value == f"https://example.org/id/place/{local_name}"


def test_a_municipality_is_described() -> None:
    assert properties("036002") == {
        (curie("rdf:type"), curie("clvapit:City")),
        (curie("rdf:type"), curie("dct:Location")),
        (curie("rdf:type"), curie("skos:Concept")),
        (curie("skos:prefLabel"), Literal("Bomporto", language="it")),
        (curie("skos:notation"), Literal("036002")),
        (curie("clvapit:situatedWithin"), NamedNode("https://example.org/id/place/istat-036")),
        (curie("geo:lat"), Literal("44.7528", datatype=curie("xsd:decimal"))),
        (curie("geo:long"), Literal("11.0472", datatype=curie("xsd:decimal"))),
        (curie("passo:population"), Literal("9761", datatype=curie("xsd:integer"))),
        (curie("passo:populationYear"), Literal("2011", datatype=curie("xsd:gYear"))),
        (curie("skos:exactMatch"), NamedNode("http://dati.isprambiente.it/id/place/36002")),
    }


def test_a_province_is_described() -> None:
    assert properties("036") == {
        (curie("rdf:type"), curie("clvapit:Province")),
        (curie("rdf:type"), curie("dct:Location")),
        (curie("rdf:type"), curie("skos:Concept")),
        (curie("skos:prefLabel"), Literal("Modena", language="it")),
        (curie("skos:altLabel"), Literal("MO")),
        (curie("skos:notation"), Literal("036")),
        (curie("clvapit:situatedWithin"), NamedNode("https://example.org/id/place/istat-08")),
        (
            curie("skos:exactMatch"),
            NamedNode("https://w3id.org/italia/controlled-vocabulary/territorial-classifications/provinces/036"),
        ),
        (curie("skos:exactMatch"), NamedNode("http://data.europa.eu/nuts/code/ITH54")),
    }


def test_a_region_has_labels_in_its_languages_and_lies_in_the_country() -> None:
    found = properties("02")
    assert (curie("skos:prefLabel"), Literal("Valle d'Aosta", language="it")) in found
    assert (curie("skos:prefLabel"), Literal("Aosta Valley", language="en")) in found
    assert (curie("skos:altLabel"), Literal("Vallée d'Aoste", language="fr")) in found
    assert (curie("clvapit:situatedWithin"), NamedNode("https://example.org/id/place/country-ita")) in found


def test_the_country_matches_the_european_authority_table() -> None:
    country = NamedNode("http://publications.europa.eu/resource/authority/country/ITA")
    assert (curie("skos:exactMatch"), country) in properties("ITA")


def test_former_codes_and_other_names_are_described() -> None:
    assert (curie("passo:formerCode"), Literal("041011")) in properties("099021")
    assert (curie("skos:altLabel"), Literal("Bozen", language="de")) in properties("021008")
    assert (curie("skos:altLabel"), Literal("Popoli")) in properties("068033")


def test_exactly_the_abolished_places_are_deprecated(quads: list[Quad]) -> None:
    deprecated = {quad.subject for quad in quads if quad.predicate == curie("owl:deprecated")}
    assert deprecated == {place_iri(BASE, place) for place in ABOLISHED}


def test_quads_have_no_blank_nodes_and_one_graph(quads: list[Quad]) -> None:
    assert not [quad for quad in quads if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)]
    assert {quad.graph_name for quad in quads} == {GRAPH}


def test_the_same_places_give_the_same_quads_in_the_same_order(quads: list[Quad]) -> None:
    assert list(place_quads(BASE, PlaceIndex.open(FOLDER), GRAPH)) == quads


def test_no_quad_occurs_twice(quads: list[Quad]) -> None:
    assert len(quads) == len(set(quads))


def test_every_place_that_a_quad_refers_to_is_described(quads: list[Quad]) -> None:
    described = {quad.subject for quad in quads}
    pointed = {
        quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.object.value.startswith(BASE)
    }
    assert pointed <= described


def test_a_place_has_one_preferred_label_in_a_language_and_no_other_label_repeats_it(quads: list[Quad]) -> None:
    preferred = [(quad.subject, quad.object) for quad in quads if quad.predicate == curie("skos:prefLabel")]
    other = {(quad.subject, quad.object) for quad in quads if quad.predicate == curie("skos:altLabel")}
    languages = Counter((subject, label.language) for subject, label in preferred if isinstance(label, Literal))
    assert set(languages.values()) == {1}
    assert not other & set(preferred)


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(place_quads(BASE, PLACES, GRAPH))
