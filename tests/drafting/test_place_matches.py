"""A column of cities is located by the column of countries beside it."""

from pathlib import Path

import pytest

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import Draft, draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.draft_report import draft_report
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process

LOCATED = "{p: passo:affectedTerritory, locate: {as: place, country: Paese, city: Città}}"
AROUND_A_LAKE = (
    ("Bologna", "Italy", "istat-037006"),
    ("Konstanz", "Germany", "geonames-2885679"),
    ("Lyon", "France", "geonames-2996944"),
    ("Bregenz", "Austria", "geonames-2781503"),
)


def drafted(folder: Path, known: KnownValues, *rows: str, header: str = "id;Titolo;Città;Paese") -> Draft:
    path = folder / "table.csv"
    lines = (f"{number};La piazza {number};{row}" for number, row in enumerate(rows, start=1))
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return draft_source("prova", [path], known, DraftOptions(), ())


def processed(draft: Draft, context: PipelineContext, folder: Path) -> list[RecordOutcome]:
    written = draft.write(folder / "sources", lambda source: SourcePipeline.open(source, context))
    return process(SourcePipeline.open(written, context), context)


def objects(outcome: RecordOutcome, predicate: str) -> list[str]:
    assert outcome.mapped is not None
    return [quad.object.value for quad in outcome.mapped.quads if quad.predicate.value.endswith(predicate)]  # type: ignore[union-attr]


def test_cities_of_several_countries_become_places(
    known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    draft = drafted(tmp_path, known, *(f"{city};{country}" for city, country, _ in AROUND_A_LAKE))
    assert LOCATED in draft.texts["mapping.yaml"]
    outcomes = processed(draft, pipeline_context, tmp_path)
    territories = [objects(outcome, "/affectedTerritory") for outcome in outcomes]
    assert [[iri.rpartition("/")[2] for iri in each] for each in territories] == [[code] for *_, code in AROUND_A_LAKE]


def test_a_city_that_its_country_does_not_have_is_kept_as_text(
    known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    draft = drafted(tmp_path, known, "Konstanz;Germany", "Lyon;France", "Nirgendsdorf;Austria")
    report = draft_report(draft, tmp_path)
    assert "67% of its values are cities of the country that 'Paese' names" in report
    unknown = processed(draft, pipeline_context, tmp_path)[-1]
    assert unknown.published
    assert objects(unknown, "/affectedTerritory") == []
    assert "Nirgendsdorf, Austria" in objects(unknown, "/sourceText")


def test_the_report_says_what_becomes_of_the_column_of_countries(known: KnownValues, tmp_path: Path) -> None:
    report = draft_report(drafted(tmp_path, known, "Konstanz;Germany", "Lyon;France"), tmp_path)
    assert [line.split()[:2] for line in report.splitlines() if line.startswith("  Paese ")][-1] == [
        "Paese",
        "passo:comparisonRegion",
    ]


@pytest.mark.parametrize(
    "rows",
    [("Nirgendsdorf;Austria", "Niemandsheim;Germany", "Lyon;France"), ("Konstanz;France", "Lyon;Germany")],
    ids=["of no country", "of another country"],
)
def test_cities_that_do_not_lie_in_their_countries_are_not_located(
    known: KnownValues, tmp_path: Path, rows: tuple[str, ...]
) -> None:
    assert "as: place" not in drafted(tmp_path, known, *rows).texts["mapping.yaml"]


def test_cells_with_several_cities_are_not_located(known: KnownValues, tmp_path: Path) -> None:
    mapping = drafted(tmp_path, known, "Bologna, Modena;Italia", "Modena, Ravenna;Italia").texts["mapping.yaml"]
    assert "as: place" not in mapping
    assert 'from: Città, split: ", ", convert: place' in mapping


def test_without_countries_a_city_is_looked_up_in_the_region(known: KnownValues, tmp_path: Path) -> None:
    mapping = drafted(tmp_path, known, "Bologna", "Modena", header="id;Titolo;Città").texts["mapping.yaml"]
    assert "from: Città, convert: place" in mapping
