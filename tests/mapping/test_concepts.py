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


def write_scheme(ontology: Path, text: str) -> None:
    (ontology / "schemes").mkdir()
    (ontology / "schemes" / "colour.ttl").write_text(text, encoding="utf-8")


@pytest.fixture
def schemes(tmp_path: Path) -> ConceptSchemes:
    write_scheme(tmp_path, SCHEME)
    return ConceptSchemes.open(tmp_path)


@pytest.mark.parametrize("text", ["rosso", "ROSSO", "Red", "rosos", "R", "caffe  d’orzo", "CAFFÈ D'ORZO"])
def test_a_concept_is_found_by_each_of_its_labels(schemes: ConceptSchemes, text: str) -> None:
    assert schemes["colour"].find(text) == CVL["colour/red"]


@pytest.mark.parametrize("text", ["", "ross", "altro", "rosso scuro"])
def test_a_text_that_is_no_label_finds_no_concept(schemes: ConceptSchemes, text: str) -> None:
    assert schemes["colour"].find(text) is None


def test_the_concepts_with_the_most_similar_labels_are_suggested(schemes: ConceptSchemes) -> None:
    assert schemes["colour"].suggest("rosssso")[0] == CVL["colour/red"]
    assert schemes["colour"].suggest("zzzzzzzz") == ()


def test_a_concept_with_several_similar_labels_is_suggested_once_and_hides_no_other(tmp_path: Path) -> None:
    labels = '"rosso"@it , "rossi"@en ; skos:altLabel "Rosso"@es , "rossa"@it , "rosse"@it , "rósso"@pt .'
    text = SCHEME.replace('"rosso"@it , "red"@en ; skos:altLabel', labels.removesuffix(" .") + " ,")
    write_scheme(tmp_path, text.replace('"blu"@it', '"rossetto"@it'))
    assert ConceptSchemes.open(tmp_path)["colour"].suggest("rosso scu") == (CVL["colour/red"], CVL["colour/blue"])


def test_a_label_of_two_concepts_is_an_error(tmp_path: Path) -> None:
    write_scheme(tmp_path, SCHEME.replace('"blu"@it', '"blu"@it , "ROSSO"@it'))
    with pytest.raises(VocabularyError, match=r"'ROSSO' names both .*colour/blue and .*colour/red"):
        ConceptSchemes.open(tmp_path)


def test_a_file_that_is_not_turtle_is_an_error_that_names_it(tmp_path: Path) -> None:
    write_scheme(tmp_path, "this is not Turtle")
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
    schemes = ConceptSchemes.open(ROOT / "ontology")
    assert schemes[scheme].find(text) == CVL[f"{scheme}/{code}"]


@pytest.mark.parametrize(
    ("concept", "reason"),
    [
        ("answer/not-stated", "not-stated"),
        ("answer/not-understood", "not-understood"),
        ("decision-method/not-applicable", "not-applicable"),
        ("implementer-of-change/unknown", "not-stated"),
        ("answer/yes", None),
        ("decision-method/voting", None),
    ],
)
def test_a_concept_that_means_that_there_is_no_value_is_a_reason(concept: str, reason: str | None) -> None:
    assert ConceptSchemes.open(ROOT / "ontology").reason_of(CVL[concept]) == reason
