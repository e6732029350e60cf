"""A text finds a concept by one of its labels, or none."""

from pathlib import Path

import pytest

from passo_lod.errors import VocabularyError
from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.namespaces import CVL

ROOT = Path(__file__).resolve().parents[2]

SCHEME = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix c: <https://w3id.org/passo/controlled-vocabulary/colour/> .
c:red   a skos:Concept ; skos:inScheme <https://w3id.org/passo/controlled-vocabulary/colour> ;
        skos:prefLabel "rosso"@it , "red"@en ; skos:altLabel "Caffè d'orzo"@it ; skos:hiddenLabel "rosos"@it ; skos:notation "R" .
c:blue  a skos:Concept ; skos:inScheme <https://w3id.org/passo/controlled-vocabulary/colour> ; skos:prefLabel "blu"@it .
c:other a skos:Concept ; skos:inScheme <https://w3id.org/passo/controlled-vocabulary/other> ; skos:prefLabel "altro"@it .
"""


@pytest.fixture
def schemes(tmp_path: Path) -> ConceptSchemes:
    (tmp_path / "colour.ttl").write_text(SCHEME, encoding="utf-8")
    return ConceptSchemes.open(tmp_path)


@pytest.mark.parametrize("text", ["rosso", "ROSSO", "Red", "rosos", "R", "caffe  d’orzo", "CAFFÈ D'ORZO"])
def test_a_concept_is_found_by_each_of_its_labels(schemes: ConceptSchemes, text: str) -> None:
    assert schemes["colour"].find(text) == CVL["colour/red"]


@pytest.mark.parametrize("text", ["", "ross", "altro", "rosso scuro"])
def test_a_text_that_is_no_label_finds_no_concept(schemes: ConceptSchemes, text: str) -> None:
    assert schemes["colour"].find(text) is None


def test_the_most_similar_labels_are_suggested(schemes: ConceptSchemes) -> None:
    assert schemes["colour"].suggest("rosssso")[0] == "rosso"
    assert schemes["colour"].suggest("zzzzzzzz") == []


def test_a_label_of_two_concepts_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "colour.ttl").write_text(SCHEME.replace('"blu"@it', '"blu"@it , "ROSSO"@it'), encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"'ROSSO' names both .*colour/blue and .*colour/red"):
        ConceptSchemes.open(tmp_path)


def test_a_file_that_is_not_turtle_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "colour.ttl").write_text("this is not Turtle")
    with pytest.raises(VocabularyError, match=r"colour\.ttl"):
        ConceptSchemes.open(tmp_path)


def test_the_code_of_a_scheme_is_the_name_of_its_file(schemes: ConceptSchemes) -> None:
    assert schemes.codes == ("colour",)
    assert "colour" in schemes
    assert "shape" not in schemes


CONCEPTS = [
    ("progress-status", "Concluso", "completed"),
    ("process-nature", "CertificatoFinanziato", "certified-funded"),
    ("answer", "Si", "yes"),
    ("answer", "Sì", "yes"),
    ("answer", "No", "no"),
    ("technique", "World Cafè", "world-cafe"),
    ("participation-level-er", "EMPOWERMENT", "empowerment"),
    ("professional-figure", "Facilitatori (Esterni)", "facilitator-external"),
]


@pytest.mark.parametrize(("scheme", "text", "code"), CONCEPTS)
def test_the_texts_of_the_shipped_pages_find_their_concepts(scheme: str, text: str, code: str) -> None:
    schemes = ConceptSchemes.open(ROOT / "ontology" / "schemes")
    assert schemes[scheme].find(text) == CVL[f"{scheme}/{code}"]
