"""Organisations get one IRI for all spellings of a name, and a description by rule."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from passo_lod.errors import MappingError
from passo_lod.mapping.organisations import GENERAL_RULES, OrganisationResolver, slug
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.yarrrml.mapping_parser import parse_organisation_rules
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.namespaces import CVL, PASSO, RDF, SKOS, VOCABULARY, curie
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process

BASE = "https://w3id.org/passo/id/organisation/"
KNOWN = KnownNames(
    labels=(),
    converters=(),
    schemes=(),
    constants={"prefix": "xx"},
    organisation_types=(
        *("municipality", "union-of-municipalities", "mountain-community", "province", "metropolitan-city", "region"),
        *("school", "university", "health-authority", "association"),
    ),
)


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
    ("Comune di Milano", "comune-015146", "Comune di Milano"),
    ("Comune dell'Aquila", "comune-066049", "Comune di L'Aquila"),
    ("Comune di Casalgrande (RE)", "comune-035012", "Comune di Casalgrande"),
    ("Comune di Castro", "er-comune-di-castro", "Comune di Castro"),
    ("Comune di Castro (LE)", "comune-075096", "Comune di Castro"),
    ("Città di Torino", "comune-001272", "Comune di Torino"),
    ("Roma Capitale", "comune-058091", "Comune di Roma"),
    ("City of Bologna", "comune-037006", "Comune di Bologna"),
    ("Bologna City Council", "comune-037006", "Comune di Bologna"),
    ("Gemeinde Bozen", "comune-021008", "Comune di Bolzano"),
    ("Città metropolitana di Milano", "citta-metropolitana-015", "Città metropolitana di Milano"),
    ("Provincia autonoma di Trento", "provincia-022", "Provincia di Trento"),
    ("Regione Toscana", "regione-09", "Regione Toscana"),
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


KINDS = [
    ("Unione Terre Verdiane", "union-of-municipalities"),
    ("Unione Europea", None),
    ("Comunità montana dell’Appennino", "mountain-community"),
    ("Comune di Paperopoli", "municipality"),
    ("Comune di Bologna, Settore Ambiente", None),
    ("Ayuntamiento de Madrid", "municipality"),
    ("Gemeinde Musterdorf", "municipality"),
    ("Bristol City Council", "municipality"),
    ("Mairie de Nantes", "municipality"),
    ("Gmina Wieliczka", "municipality"),
    ("Landkreis Celle", "province"),
    ("Diputación de Badajoz", "province"),
    ("Istituto Superiore Russell", "school"),
    ("Istituto Comprensivo Giuseppe Verdi", "school"),
    ("I.I.S. Aldini Valeriani", "school"),
    ("Liceo Muratori", "school"),
    ("Grundschule Süd", "school"),
    ("CEIP Miguel de Cervantes", "school"),
    ("Collège Jean Moulin", "school"),
    ("Università di Bologna", "university"),
    ("Universidad de Sevilla", "university"),
    ("University of Bristol", "university"),
    ("Università della terza età", None),
    ("ASL Roma 1", "health-authority"),
    ("Azienda USL di Modena", "health-authority"),
    ("Asilo Notturno", None),
    ("Pro Loco di Reggiolo", "association"),
    ("DEUS A.S.D.", "association"),
    ("Kulturverein Bozen e.V.", "association"),
    ("Asociación de vecinos", "association"),
    ("Apsella srl", None),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_the_kind_of_a_body_is_recognised_by_its_name_in_several_languages(
    organisations: OrganisationResolver, name: str, kind: str | None
) -> None:
    found = organisations.resolve(name)
    assert found is not None
    kinds = [triple.object for triple in found[1] if triple.predicate == PASSO.organisationType]
    assert kinds == ([CVL[f"organisation-type/{kind}"]] if kind else [])


LISTS = [
    ("Comune di Bologna; Comune di Modena", ["Comune di Bologna", "Comune di Modena"]),
    ("Comune di Bologna / Provincia di Ferrara\nCNA", ["Comune di Bologna", "Provincia di Ferrara", "CNA"]),
    ("Comune di Bologna | Lapam;", ["Comune di Bologna", "Lapam"]),
    ("Comune di Bologna e Università di Bologna", ["Comune di Bologna", "Università di Bologna"]),
    ("Comune di Imola, Liceo Muratori e Pro Loco", ["Comune di Imola", "Liceo Muratori", "Pro Loco"]),
    ("City of Bologna and University of Bologna", ["City of Bologna", "University of Bologna"]),
    ("Comuni di Bomporto, Bastiglia e Ravarino", ["Comune di Bomporto", "Comune di Bastiglia", "Comune di Ravarino"]),
    ("Province di Modena e Reggio Emilia", ["Provincia di Modena", "Provincia di Reggio Emilia"]),
    ("Comuni di Topolinia e Paperopoli", ["Comuni di Topolinia e Paperopoli"]),
    ("Comune di Bolzano / Bozen", ["Comune di Bolzano / Bozen"]),
    ("Associazione Arte e Cultura", ["Associazione Arte e Cultura"]),
    ("Associazione Genitori e Scuola", ["Associazione Genitori e Scuola"]),
    ("Unione Rubicone e Mare", ["Unione Rubicone e Mare"]),
    ("Comune di Bologna, Settore Ambiente", ["Comune di Bologna, Settore Ambiente"]),
    ("Studio A/B", ["Studio A/B"]),
    (" ; ", [" ; "]),
]


@pytest.mark.parametrize(("text", "names"), LISTS)
def test_a_list_of_bodies_is_cut_and_a_name_is_not(
    organisations: OrganisationResolver, text: str, names: list[str]
) -> None:
    assert organisations.split(text) == names


NEW_SOURCE = """\
title: {it: Fonte inventata}
prefix: xx
observatory: id/organisation/xx-observatory
language: en
licence: https://creativecommons.org/licenses/by/4.0/
site: https://example.org/
region: "09"
reader: table
files: "*.csv"
id: '(?P<id>\\d+)'
id-from: id
layout:
  columns: [id, title, holder]
"""
NEW_MAPPING = """\
mappings:
  process:
    s: id/process/xx-$(id)
    po:
      - {p: rdf:type, o: passo:ParticipatoryProcess}
      - {p: dct:title, from: title, convert: text}
      - {p: passo:decisionHolder, from: holder, convert: organisation}
ignore: {id: the id}
"""


def test_a_source_without_rules_gives_bodies_the_same_iri_as_any_other(
    tmp_path: Path, pipeline_context: PipelineContext
) -> None:
    folder = tmp_path / "altra"
    folder.mkdir()
    (folder / "source.yaml").write_text(NEW_SOURCE, encoding="utf-8")
    (folder / "mapping.yaml").write_text(NEW_MAPPING, encoding="utf-8")
    file = folder / "processes.csv"
    file.write_text("id,title,holder\n1,A garden,Comune di Bologna; City of Modena;Istituto Superiore Russell\n")
    (outcome,) = process(SourcePipeline.open(folder, pipeline_context), pipeline_context, [file])
    bodies = {quad.object.value for quad in outcome.mapped.quads if quad.predicate == PASSO.decisionHolder}  # type: ignore[union-attr]
    assert bodies == {BASE + "comune-037006", BASE + "comune-036023", BASE + "xx-istituto-superiore-russell"}


RULE = "organisations: [{match: '(?P<place>.+)', iri: id/organisation/x-$(code), types: [org:Organization], "


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ("in: {ITA: {iri: id/organisation/y-$(code)}}}]", "in needs a place"),
        ("place: municipality, in: {ITA: {match: x}}}]", "unknown key 'match'"),
        ("place: municipality, in: {ITA: {iri: 'y-$(code)'}}}]", "should be an IRI"),
        ("place: municipality, label: {it: 'Comune di $(nome)'}}]", "unknown variable $(nome)"),
    ],
)
def test_a_mistake_in_what_differs_in_a_country_is_an_error_with_its_line(
    tmp_path: Path, rest: str, problem: str
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULE + rest, encoding="utf-8")
    with pytest.raises(MappingError, match=re.escape(problem)) as error:
        parse_organisation_rules(file, KNOWN)
    assert f"{file}:1: " in str(error.value)


def test_places_abroad_give_bodies_by_their_code() -> None:
    country = Place("XYZ", "country", "Altrovia")
    town = Place("XYZ-1", "municipality", "Cittavecchia", within="XYZ")
    rules = parse_organisation_rules(GENERAL_RULES, KNOWN)
    resolver = OrganisationResolver(rules, VOCABULARY, "xx", "en", PlaceIndex([country, town]), "XYZ")
    names = ("Gemeinde Cittavecchia", "Ayuntamiento de Cittavecchia", "Cittavecchia City Council")
    found = [resolver.resolve(name) for name in names]
    assert {each[0].value for each in found if each} == {BASE + "municipality-XYZ-1"}
    labels = {triple.object for each in found if each for triple in each[1] if triple.predicate == SKOS.prefLabel}
    assert labels == {
        Literal("Comune di Cittavecchia", language="it"),
        Literal("Municipality of Cittavecchia", language="en"),
    }


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


@pytest.mark.parametrize("name", ["", "???", "[…]", "—", "日本"])
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
