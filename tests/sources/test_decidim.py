"""Decidim's open data are a source like any other: two YAML files and no code (docs/sources/decidim.md)."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from pyoxigraph import Literal

from passo_lod.namespaces import shorten
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, accounting, process

ROOT = Path(__file__).resolve().parents[2]
DECIDIM = ROOT / "tests" / "fixtures" / "decidim"
TABLE = DECIDIM / "files" / "participatory_processes.csv"

Statements = set[tuple[str, str, str, str | None]]


@pytest.fixture(scope="module")
def outcomes(pipeline_context: PipelineContext) -> list[RecordOutcome]:
    return process(SourcePipeline.open(DECIDIM, pipeline_context), pipeline_context)


def statements(outcome: RecordOutcome) -> Statements:
    """What is stated, as subject, predicate, value and language."""
    assert outcome.mapped is not None, [str(each) for each in outcome.results]
    return {
        (
            shorten(quad.subject.value),  # type: ignore[union-attr]
            shorten(quad.predicate.value),
            shorten(quad.object.value),  # type: ignore[union-attr]
            quad.object.language if isinstance(quad.object, Literal) else None,
        )
        for quad in outcome.mapped.quads
    }


def of_process(outcome: RecordOutcome, predicate: str) -> set[tuple[str, str | None]]:
    process_iri = f"id/process/{outcome.reading.id}"
    found = (each for each in statements(outcome) if each[0].endswith("/" + process_iri) and each[1] == predicate)
    return {(value.rsplit("/", 1)[-1] if language is None else value, language) for _, _, value, language in found}


def test_every_row_is_published_except_the_one_without_an_id(outcomes: list[RecordOutcome]) -> None:
    assert [(each.reading.id, each.published) for each in outcomes] == [
        ("pe-12", True),
        ("pe-15", True),
        ("pe-18", True),
        ("", False),
    ]
    assert accounting(outcomes).records_in == 4
    (result,) = (each for each in outcomes[3].results if each.severity.value == "Violation")
    assert (result.code, result.field, result.line) == ("id", "id", 7)


def test_a_text_has_the_language_of_its_column(outcomes: list[RecordOutcome]) -> None:
    park = outcomes[0]
    assert of_process(park, "dct:title") == {
        ("Il parco che verrà", "it"),
        ("The park to come", "en"),
        ("El parc que vindrà", "ca"),
    }
    assert {language for _, language in of_process(park, "passo:designDescription")} == {"it", "ca"}


def test_dates_bodies_and_places_are_found(outcomes: list[RecordOutcome]) -> None:
    park, budget, _, _ = outcomes
    assert of_process(park, "schema:startDate") == {("2023-03-01", None)}
    assert of_process(park, "schema:endDate") == {("2023-09-30", None)}
    assert of_process(budget, "schema:endDate") == set()
    assert of_process(park, "passo:proposer") == {("comune-050026", None), ("pe-associazione-verde-inventato", None)}
    assert of_process(park, "passo:affectedTerritory") == {("istat-050026", None)}
    assert of_process(park, "passo:comparisonRegion") == {("istat-09", None)}
    assert of_process(budget, "passo:territoryDescription") == {("Tutto il territorio comunale", "it")}


def test_types_and_areas_become_concepts_if_the_schemes_have_them(outcomes: list[RecordOutcome]) -> None:
    park, budget, _, _ = outcomes
    assert len(of_process(budget, "passo:usesTechnique")) == 1
    assert of_process(park, "passo:usesTechnique") == set()
    assert ("participatory_process_type/title/it", "unknown-concept") in {
        (each.field, each.code) for each in park.results
    }
    assert len(of_process(park, "passo:policyArea")) == 1
    assert len(of_process(budget, "passo:policyArea")) == 1


def test_of_a_fact_that_decidim_does_not_have_nothing_is_said(outcomes: list[RecordOutcome]) -> None:
    for each in outcomes[:3]:
        said = {predicate for _, predicate, _, _ in statements(each)}
        assert not said & {"passo:progressStatus", "passo:cost", "passo:participantCount", "passo:participationLevel"}


def test_addresses_in_prose_are_masked(outcomes: list[RecordOutcome]) -> None:
    assert not any("@" in value for each in outcomes[:3] for _, _, value, _ in statements(each))
    assert ("Gli usi del nuovo parco; non il suo confine.\nPer domande: […]", "it") in of_process(
        outcomes[0], "passo:objectives"
    )


def test_the_same_rows_as_json_give_the_same_triples(
    outcomes: list[RecordOutcome], pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    """Decidim gives its open data as JSON too: the same mapping, another reader."""
    folder = tmp_path / "decidim"
    shutil.copytree(DECIDIM, folder)
    settings = (folder / "source.yaml").read_text(encoding="utf-8")
    columns = re.findall(r"^    - (.+)$", settings, re.MULTILINE)
    paths = "".join(f"    {column}: {column.replace('/', '.')}\n" for column in columns)
    settings = re.sub(r"  delimiter: semicolon\n  columns:\n(?:    - .+\n)+", f"  columns:\n{paths}", settings)
    settings = settings.replace("reader: table", "reader: json").replace("files/*.csv", "files/*.json")
    (folder / "source.yaml").write_text(settings, encoding="utf-8")
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [_nested(row) for row in csv.DictReader(file, delimiter=";")]
    (folder / "files" / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    from_json = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
    assert [each.published for each in from_json] == [each.published for each in outcomes]
    assert [_without_format(each) for each in from_json[:3]] == [_without_format(each) for each in outcomes[:3]]


def _without_format(outcome: RecordOutcome) -> Statements:
    return {each for each in statements(outcome) if each[1] != "passo:sourceFormat"}


def _nested(row: dict[str, str]) -> dict[str, object]:
    """The objects that Decidim's CSV export has flattened with slashes."""
    nested: dict[str, object] = {}
    for column, text in row.items():
        *outer, last = column.split("/")
        inner = nested
        for key in outer:
            inner = inner.setdefault(key, {})  # type: ignore[assignment]
        inner[last] = text or None
    return nested
