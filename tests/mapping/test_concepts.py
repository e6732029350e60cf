"""A text names a concept by one of its labels, or none."""

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
def test_a_text_names_a_concept_by_any_of_its_labels(schemes: ConceptSchemes, text: str) -> None:
    assert schemes["colour"].find(text) == CVL["colour/red"]


@pytest.mark.parametrize("text", ["", "ross", "altro", "rosso scuro"])
def test_a_text_that_is_no_label_names_none(schemes: ConceptSchemes, text: str) -> None:
    assert schemes["colour"].find(text) is None


def test_the_nearest_labels_are_suggested(schemes: ConceptSchemes) -> None:
    assert schemes["colour"].suggest("rosssso")[0] == "rosso"
    assert schemes["colour"].suggest("zzzzzzzz") == []


def test_a_label_of_two_concepts_is_an_error_and_never_a_guess(tmp_path: Path) -> None:
    (tmp_path / "colour.ttl").write_text(SCHEME.replace('"blu"@it', '"blu"@it , "ROSSO"@it'), encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"'ROSSO' names both .*colour/blue and .*colour/red"):
        ConceptSchemes.open(tmp_path)


def test_a_file_that_is_not_turtle_is_named(tmp_path: Path) -> None:
    (tmp_path / "colour.ttl").write_text("this is not Turtle")
    with pytest.raises(VocabularyError, match=r"colour\.ttl"):
        ConceptSchemes.open(tmp_path)


def test_schemes_are_known_by_the_names_of_their_files(schemes: ConceptSchemes) -> None:
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
def test_the_words_of_the_pages_name_the_concepts_of_the_project(scheme: str, text: str, code: str) -> None:
    schemes = ConceptSchemes.open(ROOT / "ontology" / "schemes")
    assert schemes[scheme].find(text) == CVL[f"{scheme}/{code}"]
