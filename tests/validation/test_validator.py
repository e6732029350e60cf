"""Every SHACL result names the record it belongs to, and the field and line of the value."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Triple
from rdflib import Literal as RdflibLiteral

from passo_lod.errors import VocabularyError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.report import Severity, ValidationResult
from passo_lod.term_labels import TermLabels
from passo_lod.validation.validator import Validator

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "emilia-romagna"

OutcomeOf = Callable[..., RecordOutcome]


def result_with(outcome: RecordOutcome, severity: Severity, path: str) -> ValidationResult:
    (result,) = (each for each in outcome.results if each.severity is severity and each.result_path == path)
    return result


VIOLATIONS = [
    ("award-over-cost", "passo:hasFunding", "Importo finanziato dal Bando", 104, "20000", "The award does not exceed the total cost"),
    ("score-over-best", "schema:ratingValue", "Indice di partecipazione", 88, "31", "The score does not exceed the best of the scale"),
    ("end-before-start", "schema:startDate", "Data inizio", 19, "2022-07-10", "The process begins before it ends"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "path", "label", "number", "value", "expected"), VIOLATIONS, ids=[each[0] for each in VIOLATIONS]
)
def test_a_violation_names_file_line_field_value_and_what_would_be_right(
    source_pipeline: SourcePipeline,
    pipeline_context: PipelineContext,
    page: str,
    path: str,
    label: str,
    number: int,
    value: str,
    expected: str,
) -> None:
    (outcome,) = process(source_pipeline, pipeline_context, [PAGES / f"{page}.txt"])
    assert outcome.quarantined
    result = result_with(outcome, Severity.VIOLATION, path)
    assert (result.field, result.line, result.value) == (label, number, value)
    assert result.expected is not None
    assert result.texts["en"].expected.startswith(expected)
    assert (result.record, result.source) == (f"er-{page}", "emilia-romagna")
    assert result.code.startswith("s:")
    text = (PAGES / f"{page}.txt").read_text(encoding="utf-8").split("\n")
    assert text[number - 3] == label


def test_a_missing_value_names_the_labels_of_its_fields(outcome_of: OutcomeOf, good_page: str) -> None:
    outcome = outcome_of(good_page.replace("Tecniche di Partecipazione\n\nFocus Group\n\n", ""))
    result = result_with(outcome, Severity.WARNING, "passo:usesTechnique")
    assert (result.field, result.line) == ("Tecniche di Partecipazione", None)


def test_messages_are_in_english_even_where_pyshacl_drops_the_language(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    """The message of a SPARQL constraint is reported without its language, in both."""
    (outcome,) = process(source_pipeline, pipeline_context, [PAGES / "award-over-cost.txt"])
    english = {
        str(message)
        for message in pipeline_context.validator.shapes.objects(None, None)
        if isinstance(message, RdflibLiteral) and message.language == "en"
    }
    found = [result.texts["en"].expected for result in outcome.results if result.code.startswith("s:")]
    assert set(found) <= english


def test_results_of_a_record_do_not_depend_on_the_other_records(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    paths = sorted(PAGES.glob("*.txt"))
    together = process(source_pipeline, pipeline_context, paths)
    alone = [outcome for path in paths for outcome in process(source_pipeline, pipeline_context, [path])]
    assert [outcome.results for outcome in together] == [outcome.results for outcome in alone]
    assert [outcome.published for outcome in together] == [outcome.published for outcome in alone]


def test_two_spellings_of_an_organisations_name_are_no_violation(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path, good_page: str
) -> None:
    for number, name in enumerate(("Circolo di Esempio", "CIRCOLO DI ESEMPIO"), start=10):
        (tmp_path / f"{number}.txt").write_text(good_page.replace("Circolo di Esempio", name), encoding="utf-8")
    outcomes = process(source_pipeline, pipeline_context, sorted(tmp_path.glob("*.txt")))
    assert [outcome.published for outcome in outcomes] == [True, True]


def test_a_violation_of_an_organisation_belongs_to_each_record_that_names_it_and_to_no_other(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path, good_page: str
) -> None:
    for number, name in enumerate(("Circolo di Esempio", "Circolo di Esempio", "Bar di Prova"), start=10):
        (tmp_path / f"{number}.txt").write_text(good_page.replace("Circolo di Esempio", name), encoding="utf-8")
    records = [reading.record for reading in source_pipeline.source.readings(sorted(tmp_path.glob("*.txt")))]
    batch = [source_pipeline.mapper.map(record) for record in records if record is not None]
    body = NamedNode(pipeline_context.catalog.base + "id/organisation/er-circolo-di-esempio")
    wrong = Triple(
        body, NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"), Literal("Another name", language="it")
    )
    quads = [quad for each in batch for quad in each.quads]
    data = [*source_pipeline.reference, *pipeline_context.places_in(quads), *quads, wrong]
    results = [result for result in pipeline_context.validator.validate(batch, data) if result.focus_node == body.value]
    assert sorted((result.path.rsplit("/", 1)[-1], result.severity, result.line) for result in results) == [
        ("10.txt", Severity.VIOLATION, 71),
        ("11.txt", Severity.VIOLATION, 71),
    ]


def test_no_record_gives_no_result(pipeline_context: PipelineContext) -> None:
    assert pipeline_context.validator.validate([], []) == []


def test_a_file_of_shapes_that_is_not_turtle_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "process.ttl").write_text("this is not Turtle")
    with pytest.raises(VocabularyError, match=r"process\.ttl"):
        Validator.open(tmp_path, [], TermLabels({}))


def test_the_code_of_a_shape_without_an_iri_is_its_constraint_component(
    tmp_path: Path, source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    (tmp_path / "process.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix p: <https://w3id.org/passo/onto/> ."
        "<https://example.org/shape> a sh:NodeShape ; sh:targetClass p:ParticipatoryProcess ;"
        " sh:property [ sh:path p:nothing ; sh:minCount 1 ] ."
    )
    (reading,) = source_pipeline.source.readings([PAGES / "good-l2.txt"])
    assert reading.record is not None
    mapped = source_pipeline.mapper.map(reading.record)
    (result,) = Validator.open(tmp_path, [], TermLabels({})).validate([mapped], mapped.quads)
    assert result.code == "MinCountConstraintComponent"
