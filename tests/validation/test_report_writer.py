"""The report has three formats and a page for each language, is safe to open, and conforms to its own shapes."""

import json
from collections import Counter
from pathlib import Path

import pyshacl
import pytest
import rdflib
from pyoxigraph import BlankNode

from passo_lod.media_types import TURTLE
from passo_lod.messages.localised_text import LanguageMap
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.namespaces import PASSO, RDF, SH
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult
from passo_lod.serialise import parse
from passo_lod.validation.report_writer import ReportedSource, ReportWriter

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://w3id.org/passo/"
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"

RESULT_WITH_MARKUP = ValidationResult(
    Severity.VIOLATION,
    LanguageMap.of({"en": "<script>alert(1)</script> & more."}),
    source="s<b>",
    record="er-1",
    path="samples/<img src=x onerror=alert(2)>.txt",
    line=3,
    field="<i>Field</i>",
    value="<script>alert(3)</script>",
    expected=LanguageMap.of({"en": "</td><script>alert(4)</script>"}),
    code="<u>code</u>",
    focus_node="https://example.org/a",
    result_path="schema:startDate",
)


def as_json(report: ValidationReport, sources: tuple[ReportedSource, ...]) -> bytes:
    return b"".join(ReportWriter.of(report, BASE, sources).json())


def as_turtle(report: ValidationReport, base: str) -> bytes:
    return b"".join(ReportWriter.of(report, base).turtle())


def as_html(report: ValidationReport, sources: tuple[ReportedSource, ...], language: str = "en") -> bytes:
    return b"".join(ReportWriter.of(report, BASE, sources).html(language))


@pytest.fixture(scope="session")
def report(source_pipeline: SourcePipeline, pipeline_context: PipelineContext) -> ValidationReport:
    outcomes = process(source_pipeline, pipeline_context, sorted(PAGES.glob("*.txt")))
    return ValidationReport.of(result for outcome in outcomes for result in outcome.results)


def source(name: str = "s<b>", path: str = RESULT_WITH_MARKUP.path) -> ReportedSource:
    return ReportedSource(name, Accounting(3, 1, 1, 1), ((path, "er-1"),), (("er-2", "<em>doppione</em>"),))


def test_json_has_the_accounting_and_every_result(report: ValidationReport) -> None:
    document = json.loads(as_json(report, (source(),)))
    assert document["conforms"] is False
    assert document["accounting"] == {"in": 3, "published": 1, "quarantined": 1, "withdrawn": 1, "merged": 0}
    assert document["counts"] == report.summary.counts
    assert len(document["results"]) == len(report.results)
    assert document["sources"][0]["withdrawn_records"] == [{"record": "er-2", "reason": "<em>doppione</em>"}]
    assert all(result["path"] and result["message"] for result in document["results"])


def test_turtle_has_no_blank_node_and_one_node_for_each_result(report: ValidationReport) -> None:
    triples = parse(as_turtle(report, BASE), TURTLE)
    assert not [each for triple in triples for each in triple if isinstance(each, BlankNode)]
    nodes = {
        triple.subject for triple in triples if (triple.predicate, triple.object) == (RDF.type, SH.ValidationResult)
    }
    assert len(nodes) == len(report.results)


def test_the_published_report_conforms_to_its_own_shapes(report: ValidationReport) -> None:
    data = rdflib.Graph().parse(data=as_turtle(report, BASE), format="turtle")
    shapes = rdflib.Graph().parse(ROOT / "shapes" / "report.ttl")
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes)
    assert conforms, text


def test_a_result_without_focus_node_line_and_record_conforms() -> None:
    report = ValidationReport.of(
        [ValidationResult.of(Severity.VIOLATION, "id", "read.page.no-id", {"pattern": "x"}, path="???.txt")]
    )
    data = rdflib.Graph().parse(data=as_turtle(report, BASE), format="turtle")
    conforms, _, text = pyshacl.validate(data, shacl_graph=rdflib.Graph().parse(ROOT / "shapes" / "report.ttl"))
    assert conforms, text


def test_turtle_has_message_and_remedy_in_every_language(report: ValidationReport) -> None:
    triples = parse(as_turtle(report, BASE), TURTLE)
    for predicate in (SH.resultMessage, PASSO.expected):
        languages = Counter(triple.object.language for triple in triples if triple.predicate == predicate)  # type: ignore[union-attr]
        assert languages["it"] == languages["en"] > 0, predicate
        assert set(languages) == set(LANGUAGES)


def test_a_text_that_a_language_lacks_is_not_said_to_be_in_it() -> None:
    triples = parse(as_turtle(ValidationReport.of([RESULT_WITH_MARKUP]), BASE), TURTLE)
    tagged = [triple.object.language for triple in triples if triple.predicate in (SH.resultMessage, PASSO.expected)]  # type: ignore[union-attr]
    assert tagged == ["en", "en"]


def test_html_is_in_the_language_of_its_readers(report: ValidationReport) -> None:
    italian, english = (as_html(report, (source(),), language).decode() for language in ("it", "en"))
    assert "<html lang='it'>" in italian
    assert "<th>che cosa non va</th>" in italian
    assert "La data di fine (2022-01-10) viene prima della data di inizio (2022-07-10)." in italian
    assert "The end date (2022-01-10) is before the start date (2022-07-10)." in english
    for words in ("what is wrong", "Violation report", "is missing", "Found:"):
        assert words not in italian


def test_turtle_names_file_line_and_field() -> None:
    triples = parse(as_turtle(ValidationReport.of([RESULT_WITH_MARKUP]), BASE), TURTLE)
    values = {
        triple.predicate: triple.object.value for triple in triples if triple.predicate.value.startswith(PASSO.iri)
    }  # type: ignore[union-attr]
    assert values[PASSO.sourceFile] == RESULT_WITH_MARKUP.path
    assert values[PASSO.sourceLine] == "3"
    assert values[PASSO.sourceField] == RESULT_WITH_MARKUP.field


def test_html_escapes_every_text_of_a_source() -> None:
    text = as_html(ValidationReport.of([RESULT_WITH_MARKUP]), (source(),)).decode()
    for tag in ("<script", "<img", "<i>", "<u>", "<b>", "<em>"):
        assert tag not in text
    assert "&lt;script&gt;alert(3)&lt;/script&gt;" in text


def test_html_needs_no_script_and_no_other_host(report: ValidationReport) -> None:
    text = as_html(report, (source(),)).decode()
    assert "<script" not in text
    assert "src=" not in text.replace("&lt;img src=", "")


def test_html_names_quarantined_and_withdrawn_records_with_the_reason() -> None:
    text = as_html(ValidationReport.of([RESULT_WITH_MARKUP]), (source(),)).decode()
    assert text.count("quarantined</span>") == 1
    assert "was withdrawn by its source: &lt;em&gt;doppione" in text
    assert "3 in = 1 published + 1 quarantined + 1 withdrawn + 0 merged" in text


def test_html_names_merged_records_with_survivor_and_reason() -> None:
    merging = ReportedSource("one", Accounting(2, 1, merged=1), (), (), (("er-3", "er-1", "<em>stesso caso</em>"),))
    text = as_html(ValidationReport(), (merging,)).decode()
    assert (
        "<code>er-3</code> describes the same case as <code>er-1</code>, which is published instead: &lt;em&gt;stesso"
        in text
    )
    assert "2 in = 1 published + 0 quarantined + 0 withdrawn + 1 merged" in text


def test_files_of_the_same_name_in_two_sources_are_distinguished() -> None:
    results = [
        ValidationResult(
            Severity.VIOLATION, LanguageMap.of({"en": name}), source=name, record="er-1", path="samples/1.txt"
        )
        for name in ("one", "two")
    ]
    sources = (source("one", "samples/1.txt"), ReportedSource("two", Accounting(), (), ()))
    text = as_html(ValidationReport.of(results), sources).decode()
    assert text.count("<h3>") == 2
    assert text.count("quarantined</span>") == 1


def test_an_empty_report_conforms_in_every_format() -> None:
    assert json.loads(as_json(ValidationReport(), ()))["conforms"] is True
    assert b"sh:conforms" in as_turtle(ValidationReport(), BASE)
    assert b"0 in = 0 published" in as_html(ValidationReport(), ())


def test_every_format_has_the_same_bytes_each_time(report: ValidationReport) -> None:
    for write in (lambda: as_json(report, ()), lambda: as_turtle(report, BASE), lambda: as_html(report, ())):
        assert write() == write()
