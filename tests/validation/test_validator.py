"""SHACL results are told to the record they belong to, with the field and line that gave the value."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple
from rdflib import Literal as RdflibLiteral

from passo_lod.errors import VocabularyError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.report import Severity, ValidationResult
from passo_lod.validation.rdflib_store import graph_of
from passo_lod.validation.validator import Validator

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "emilia-romagna"

OutcomeOf = Callable[..., RecordOutcome]


def told(outcome: RecordOutcome, severity: Severity, path: str) -> ValidationResult:
    (result,) = (each for each in outcome.results if each.severity is severity and each.result_path == path)
    return result


FAULTS = [
    ("award-over-cost", "passo:hasFunding", "Importo finanziato dal Bando", 104, "20000.00", "The award does not exceed the total cost"),
    ("score-over-best", "schema:ratingValue", "Indice di partecipazione", 88, "31", "The score does not exceed the best of the scale"),
    ("end-before-start", "schema:startDate", "Data inizio", 19, "2022-07-10", "The process begins before it ends"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "path", "label", "number", "value", "expected"), FAULTS, ids=[each[0] for each in FAULTS]
)
def test_a_fault_names_file_line_field_value_and_what_would_be_right(
    line: SourcePipeline,
    workshop: PipelineContext,
    page: str,
    path: str,
    label: str,
    number: int,
    value: str,
    expected: str,
) -> None:
    (outcome,) = process(line, workshop, [PAGES / f"{page}.txt"])
    assert outcome.quarantined
    result = told(outcome, Severity.VIOLATION, path)
    assert (result.field, result.line, result.value) == (label, number, value)
    assert result.expected is not None
    assert result.expected.startswith(expected)
    assert (result.record, result.source) == (f"er-{page}", "emilia-romagna")
    assert result.code.startswith("s:")
    text = (PAGES / f"{page}.txt").read_text(encoding="utf-8").split("\n")
    assert text[number - 3] == label


def test_a_missing_value_names_the_labels_it_should_come_from(outcome_of: OutcomeOf, good_page: str) -> None:
    outcome = outcome_of(good_page.replace("Tecniche di Partecipazione\n\nFocus Group\n\n", ""))
    result = told(outcome, Severity.WARNING, "passo:usesTechnique")
    assert (result.field, result.line) == ("Tecniche di Partecipazione", None)


def test_messages_are_in_english_even_where_pyshacl_drops_the_language(
    line: SourcePipeline, workshop: PipelineContext
) -> None:
    """The message of a SPARQL constraint is reported without its language, in both."""
    (outcome,) = process(line, workshop, [PAGES / "award-over-cost.txt"])
    english = {
        str(message)
        for message in workshop.validator.shapes.objects(None, None)
        if isinstance(message, RdflibLiteral) and message.language == "en"
    }
    assert {result.expected for result in outcome.results if result.code.startswith("s:")} <= english


def test_a_bad_record_never_taints_a_good_one(line: SourcePipeline, workshop: PipelineContext) -> None:
    paths = sorted(PAGES.glob("*.txt"))
    together = process(line, workshop, paths)
    alone = [outcome for path in paths for outcome in process(line, workshop, [path])]
    assert [outcome.results for outcome in together] == [outcome.results for outcome in alone]
    assert [outcome.published for outcome in together] == [outcome.published for outcome in alone]


def test_two_spellings_of_one_bodys_name_keep_no_record_out(
    line: SourcePipeline, workshop: PipelineContext, tmp_path: Path, good_page: str
) -> None:
    for number, name in enumerate(("Circolo di Esempio", "CIRCOLO DI ESEMPIO"), start=10):
        (tmp_path / f"{number}.txt").write_text(good_page.replace("Circolo di Esempio", name), encoding="utf-8")
    outcomes = process(line, workshop, sorted(tmp_path.glob("*.txt")))
    assert [outcome.published for outcome in outcomes] == [True, True]


def test_the_fault_of_a_body_is_told_to_each_record_that_names_it_and_to_no_other(
    line: SourcePipeline, workshop: PipelineContext, tmp_path: Path, good_page: str
) -> None:
    for number, name in enumerate(("Circolo di Esempio", "Circolo di Esempio", "Bar di Prova"), start=10):
        (tmp_path / f"{number}.txt").write_text(good_page.replace("Circolo di Esempio", name), encoding="utf-8")
    records = [reading.record for reading in line.source.readings(sorted(tmp_path.glob("*.txt")))]
    batch = [line.mapper.map(record) for record in records if record is not None]
    body = NamedNode(workshop.catalog.base + "id/organisation/er-circolo-di-esempio")
    wrong = Triple(
        body, NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"), Literal("Another name", language="it")
    )
    quads = [quad for each in batch for quad in each.quads]
    data = [*line.reference, *workshop.places_in(quads), *quads, wrong]
    results = [result for result in workshop.validator.validate(batch, data) if result.focus_node == body.value]
    assert sorted((result.path.rsplit("/", 1)[-1], result.severity, result.line) for result in results) == [
        ("10.txt", Severity.VIOLATION, 71),
        ("11.txt", Severity.VIOLATION, 71),
    ]


def test_no_record_gives_no_result(workshop: PipelineContext) -> None:
    assert workshop.validator.validate([], []) == []


def test_a_shape_that_is_not_turtle_is_named(tmp_path: Path) -> None:
    (tmp_path / "process.ttl").write_text("this is not Turtle")
    with pytest.raises(VocabularyError, match=r"process\.ttl"):
        Validator.open(tmp_path, [])


def test_a_shape_without_a_name_is_told_by_its_constraint_and_not_by_a_random_label(
    tmp_path: Path, line: SourcePipeline, workshop: PipelineContext
) -> None:
    (tmp_path / "process.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix p: <https://w3id.org/passo/onto/> ."
        "<https://example.org/shape> a sh:NodeShape ; sh:targetClass p:ParticipatoryProcess ;"
        " sh:property [ sh:path p:nothing ; sh:minCount 1 ] ."
    )
    (reading,) = line.source.readings([PAGES / "good-l2.txt"])
    assert reading.record is not None
    mapped = line.mapper.map(reading.record)
    (result,) = Validator.open(tmp_path, []).validate([mapped], mapped.quads)
    assert result.code == "MinCountConstraintComponent"


@settings(deadline=None, max_examples=60)
@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_every_text_reaches_rdflib_as_it_is(text: str) -> None:
    node = NamedNode("https://example.org/a")
    ((_, _, value),) = graph_of([Triple(node, node, Literal(text, language="it"))])
    assert str(value) == text
