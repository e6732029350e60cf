"""Organisations get one IRI for all spellings of a name, and a description by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.organisations import OrganisationResolver, slug
from passo_lod.namespaces import RDF, SKOS, curie
from passo_lod.pipeline.context import SourcePipeline

BASE = "https://w3id.org/passo/id/organisation/"


@pytest.fixture(scope="session")
def organisations(source_pipeline: SourcePipeline) -> OrganisationResolver:
    return source_pipeline.mapper.organisations


NAMES = [
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


@pytest.mark.parametrize(("name", "iri", "label"), NAMES)
def test_a_name_becomes_an_iri_and_a_label(
    organisations: OrganisationResolver, name: str, iri: str, label: str
) -> None:
    found = organisations.resolve(name)
    assert found is not None
    assert found[0].value == BASE + iri
    labels = [triple.object for triple in found[1] if triple.predicate == SKOS.prefLabel]
    assert labels == [Literal(label, language="it")]


def test_a_municipality_is_a_public_body_with_its_legal_status(organisations: OrganisationResolver) -> None:
    found = organisations.resolve("Comune di Bomporto")
    assert found is not None
    properties = {(triple.predicate, triple.object) for triple in found[1]}
    assert (RDF.type, curie("cv:PublicOrganisation")) in properties
    assert any(predicate == curie("covapit:hasLegalStatus") for predicate, _ in properties)


def test_a_name_without_a_rule_is_an_organisation_of_no_further_class(organisations: OrganisationResolver) -> None:
    found = organisations.resolve("CNA")
    assert found is not None
    assert [triple.object for triple in found[1] if triple.predicate == RDF.type] == [curie("org:Organization")]


@pytest.mark.parametrize("name", ["", "???", "[…]", "—", "Ελλάδα"])
def test_a_name_without_letters_and_figures_is_no_organisation(organisations: OrganisationResolver, name: str) -> None:
    assert organisations.resolve(name) is None


@pytest.mark.parametrize(
    ("name", "place"), [("Comune di Paperopoli", "Paperopoli"), ("Comune di Bomporto", None), ("CNA", None)]
)
def test_an_unknown_place_in_a_name_is_returned(
    organisations: OrganisationResolver, name: str, place: str | None
) -> None:
    assert organisations.unknown_place(name) == place


@given(name=st.text(max_size=40))
def test_every_name_gives_a_valid_and_stable_iri(organisations: OrganisationResolver, name: str) -> None:
    found = organisations.resolve(name)
    assert found == organisations.resolve(name)
    if found is not None:
        assert NamedNode(found[0].value) == found[0]
        assert found[0].value.startswith(BASE)
        assert set(found[0].value.removeprefix(BASE)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(text=st.text(max_size=40))
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)
