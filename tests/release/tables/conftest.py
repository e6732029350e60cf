"""Records of the shipped sources, and what builds their rows."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.context import SourcePipeline as Source
from passo_lod.pipeline.processing import process
from passo_lod.release.tables.row_builder import RowBuilder
from passo_lod.release.tables.shared_descriptions import SharedDescriptions

ROOT = Path(__file__).resolve().parents[3]

Record = Sequence[Quad]


@pytest.fixture(scope="module")
def row_builder(pipeline_context: PipelineContext) -> RowBuilder:
    descriptions = SharedDescriptions([*pipeline_context.vocabulary_quads, *pipeline_context.place_quads])
    return RowBuilder(
        pipeline_context.catalog.base, NamedNode(f"{pipeline_context.catalog.base}dataset/x"), descriptions
    )


def samples_of(line: Source) -> list[Path]:
    return sorted((line.source.folder / "samples").iterdir())


@pytest.fixture(scope="module")
def records(pipeline_context: PipelineContext) -> list[Record]:
    """Records of two sources, some of which refer to the same bodies."""
    lines = [
        Source.open(ROOT / "data" / "sources" / name, pipeline_context) for name in ("emilia-romagna", "participedia")
    ]
    outcomes = [outcome for line in lines for outcome in process(line, pipeline_context, samples_of(line))[:20]]
    return [outcome.mapped.quads for outcome in outcomes if outcome.mapped]
