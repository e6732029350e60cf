"""Bodies get one IRI however their names are written, and a description by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.organisations import Organisations, slug
from passo_lod.namespaces import RDF, SKOS, curie
from passo_lod.pipeline.context import SourcePipeline

BASE = "https://w3id.org/passo/id/organisation/"


@pytest.fixture(scope="session")
def organisations(line: SourcePipeline) -> Organisations:
    return line.mapper.organisations


BODIES = [
    ("Comune di Bomporto", "comune-036002", "Comune di Bomporto"),
    ("COMUNE DI BOMPORTO", "comune-036002", "Comune di Bomporto"),
    ("Comune di San Cesario Sul Panaro", "comune-036036", "Comune di San Cesario sul Panaro"),
    ("Comune  di Forli'", "comune-040012", "Comune di Forlì"),
    ("Provincia di Modena", "provincia-036", "Provincia di Modena"),
    ("Regione Emilia-Romagna", "regione-08", "Regione Emilia-Romagna"),
    ("regione emilia romagna", "regione-08", "Regione Emilia-Romagna"),
    ("Unione Comuni del Sorbara", "er-unione-comuni-del-sorbara", "Unione Comuni del Sorbara"),
    ("CNA", "er-cna", "CNA"),
    ("Associazione “Città & Natura”", "er-associazione-citta-natura", "Associazione “Città & Natura”"),
    ("Comune di Paperopoli", "er-comune-di-paperopoli", "Comune di Paperopoli"),
]


@pytest.mark.parametrize(("name", "iri", "label"), BODIES)
def test_a_name_becomes_an_iri_and_a_label(organisations: Organisations, name: str, iri: str, label: str) -> None:
    found = organisations.find(name)
    assert found is not None
    assert found[0].value == BASE + iri
    labels = [triple.object for triple in found[1] if triple.predicate == SKOS.prefLabel]
    assert labels == [Literal(label, language="it")]


def test_a_municipality_is_a_public_body_with_its_legal_status(organisations: Organisations) -> None:
    found = organisations.find("Comune di Bomporto")
    assert found is not None
    said = {(triple.predicate, triple.object) for triple in found[1]}
    assert (RDF.type, curie("cv:PublicOrganisation")) in said
    assert any(predicate == curie("covapit:hasLegalStatus") for predicate, _ in said)


def test_a_body_that_fits_no_rule_is_an_organisation_and_no_more(organisations: Organisations) -> None:
    found = organisations.find("CNA")
    assert found is not None
    assert [triple.object for triple in found[1] if triple.predicate == RDF.type] == [curie("org:Organization")]


@pytest.mark.parametrize("name", ["", "???", "[…]", "—", "Ελλάδα"])
def test_a_name_of_which_no_iri_can_be_made_is_no_body(organisations: Organisations, name: str) -> None:
    assert organisations.find(name) is None


@pytest.mark.parametrize(
    ("name", "place"), [("Comune di Paperopoli", "Paperopoli"), ("Comune di Bomporto", None), ("CNA", None)]
)
def test_the_place_that_a_body_is_called_after_and_that_is_not_known_is_told(
    organisations: Organisations, name: str, place: str | None
) -> None:
    assert organisations.place_sought(name) == place


@given(name=st.text(max_size=40))
def test_whatever_the_name_the_iri_is_valid_and_stable(organisations: Organisations, name: str) -> None:
    found = organisations.find(name)
    assert found == organisations.find(name)
    if found is not None:
        assert NamedNode(found[0].value) == found[0]
        assert found[0].value.startswith(BASE)
        assert set(found[0].value.removeprefix(BASE)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(text=st.text(max_size=40))
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)
