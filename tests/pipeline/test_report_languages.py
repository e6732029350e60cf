"""Test that people read the results in their language: a whole report in Italian, and a further language by one file."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from passo_lod import report
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.namespaces import PREFIXES
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, accounting, process
from passo_lod.report import ValidationReport
from passo_lod.validation.report_writer import ReportedSource, ReportWriter

ROOT = Path(__file__).resolve().parents[2]
FAULTY = ROOT / "tests" / "fixtures" / "faulty"
ITALIAN_REPORT = FAULTY / "report.it.html"
PACKAGE = Path(report.__file__).parent


@pytest.fixture(scope="module")
def outcomes(pipeline_context: PipelineContext) -> list[RecordOutcome]:
    return process(SourcePipeline.open(FAULTY, pipeline_context), pipeline_context)


@pytest.fixture(scope="module")
def faulty(outcomes: list[RecordOutcome]) -> ValidationReport:
    return ValidationReport.of(result for outcome in outcomes for result in outcome.results)


def test_the_report_of_a_faulty_source_in_italian_is_the_accepted_one(
    faulty: ValidationReport, outcomes: list[RecordOutcome], request: pytest.FixtureRequest
) -> None:
    """`pytest tests/pipeline/test_report_languages.py --accept faulty` rewrites the page, for a reading line by line."""
    quarantined = tuple((each.reading.path, each.reading.id) for each in outcomes if each.quarantined)
    source = ReportedSource("faulty", accounting(outcomes), quarantined, ())
    page = b"".join(ReportWriter.of(faulty, "https://w3id.org/passo/", (source,)).html("it")).decode()
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL) + "\n"
    if request.config.getoption("--accept") == "faulty":
        ITALIAN_REPORT.write_text(page, encoding="utf-8")
    assert page.splitlines() == ITALIAN_REPORT.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_has_a_prefixed_name_or_an_iri(faulty: ValidationReport, language: str) -> None:
    name = re.compile(rf"\b(?:{'|'.join(map(re.escape, PREFIXES))}):[A-Za-z]|https?://(?!$)")
    found = [text for result in faulty.results for text in result.texts[language] if name.search(text)]
    assert found == []


def test_no_text_is_the_same_in_two_languages(faulty: ValidationReport) -> None:
    for result in faulty.results:
        assert result.texts["it"].message != result.texts["en"].message
        assert not result.texts["it"].expected or result.texts["it"].expected != result.texts["en"].expected


def test_codes_do_not_depend_on_the_language_and_are_those_of_before(faulty: ValidationReport) -> None:
    codes = {
        "id",
        "id-twice",
        "date",
        "money",
        "unknown-concept",
        "unknown-place",
        "redacted",
        "too-few-cells",
        "unknown-column",
    }
    assert codes <= {result.code for result in faulty.results}


# -- a further language


@pytest.fixture(scope="module")
def with_german(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with a file of messages more; each of its texts begins with `DE`."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(PACKAGE, folder / "passo_lod", ignore=shutil.ignore_patterns("__pycache__", "static"))
    english = yaml.safe_load((PACKAGE / "messages" / "en.yaml").read_text(encoding="utf-8"))
    german = folder / "passo_lod" / "messages" / "de.yaml"
    german.write_text(yaml.safe_dump(marked(english), allow_unicode=True), encoding="utf-8")
    return folder


def marked(block: object) -> object:
    if isinstance(block, dict):
        return {key: value if key == "gender" else marked(value) for key, value in block.items()}
    return f"DE {block}" if str(block)[0].isalpha() else block


def test_a_further_language_is_one_more_file(with_german: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "data"
    (catalogue / "sources").mkdir(parents=True)
    shutil.copytree(FAULTY, catalogue / "sources" / "faulty")
    for name in ("passo.yaml", "ontology", "shapes", "data/places"):
        target = tmp_path / name
        target.symlink_to(ROOT / name)
    command = [
        sys.executable,
        "-m",
        "passo_lod",
        "check",
        FAULTY / "records.csv",
        "--source",
        "faulty",
        "--data",
        catalogue,
    ]
    environment = {**os.environ, "PYTHONPATH": str(with_german), "LC_ALL": "de_AT.UTF-8"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert "records.csv:3: DE Violation: 'Data inizio': DE The end date (2019-03-01) is before" in ended.stdout
    assert "DE would be quarantined" in ended.stdout
