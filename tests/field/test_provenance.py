"""Files as people have them: the line that the provenance of a field names has its label or its value, also on pages that nobody prepared."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.hints import Hints
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.records import FieldProvenance

Draft = Callable[..., list[RecordOutcome]]
ABOVE = {"Territorio Interessato": "Mappa"}
"""On newer pages these names stand below the file of the map, without a label of their own."""


@pytest.fixture(scope="module")
def known(pipeline_context: PipelineContext) -> KnownValues:
    table = converters("it", "https://example.org/")
    hints = Hints.open(pipeline_context.vocabulary_quads)
    return KnownValues(table, pipeline_context.schemes, pipeline_context.places, hints)


@pytest.fixture
def draft(known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path) -> Draft:
    """Drafts a source from a file and processes its records, as `new-source` and `check` do."""

    def outcomes(path: Path) -> list[RecordOutcome]:
        made = draft_source("prova", [path], known, DraftOptions(), ())
        made.write(tmp_path, lambda written: SourcePipeline.open(written, pipeline_context))
        return process(SourcePipeline.open(tmp_path / "prova", pipeline_context), pipeline_context)

    return outcomes


def fields(outcomes: list[RecordOutcome]) -> list[FieldProvenance]:
    return [field for each in outcomes if each.mapped for field in each.mapped.provenance]


@pytest.mark.parametrize("folder", ["records/emilia-romagna", "seeds"])
def test_every_real_page_has_the_label_of_each_field_on_its_line_or_right_above_it(
    shared: Path, source_pipeline: SourcePipeline, pipeline_context: PipelineContext, folder: str
) -> None:
    pages = sorted((shared / folder).glob("*.txt"))
    outcomes = process(source_pipeline, pipeline_context, pages)
    assert len(outcomes) == len(pages)
    lines_of = {path.name: path.read_text(encoding="utf-8-sig").split("\n") for path in pages}
    wrong = []
    for field in fields(outcomes):
        lines = lines_of[Path(field.place.path).name]
        near = [line.strip() for line in reversed(lines[: field.place.first]) if line.strip()]
        labels = (field.label, ABOVE.get(field.label, field.label))
        near = near[: 3 if field.label in ABOVE else 2]
        if not field.label.startswith("@") and not any(line.startswith(labels) for line in near):
            wrong.append((field.place, field.label, near))
    assert wrong == []
    assert len(fields(outcomes)) > 15


def test_a_value_of_merged_cells_stands_on_the_row_on_which_they_begin(shared: Path, draft: Draft) -> None:
    path = shared / "field" / "09-merged-cells" / "x02-merged.xlsx"
    outcomes = draft(path)
    sheet = load_workbook(path).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found, above = 0, 0
    for outcome in outcomes:
        assert outcome.mapped is not None
        for field in outcome.mapped.provenance:
            if field.outcome == "mapped":
                (column,) = {row.index(field.label) for row in rows if field.label in row}
                assert rows[(field.place.first or 0) - 1][column] is not None
                found += 1
                above += field.place.first != outcome.mapped.line
    assert found > above > 0
