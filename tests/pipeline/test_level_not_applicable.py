"""A case of Participedia outside the spectrum is published without a level, and states that the level does not apply."""

import json
from pathlib import Path

import pytest

from passo_lod.media_types import TURTLE
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.serialise import serialise

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "data" / "sources" / "participedia"


@pytest.mark.parametrize("code", ["not", "not_applicable_or_not_relevant"])
def test_not_applicable_is_a_reason_for_absence_and_no_level(
    tmp_path: Path, pipeline_context: PipelineContext, code: str
) -> None:
    case = json.loads((SOURCE / "samples" / "cases-2017.json").read_text(encoding="utf-8"))[0]
    file = tmp_path / "cases-2017.json"
    file.write_text(json.dumps([case | {"public_spectrum": code}]), encoding="utf-8")
    (outcome,) = process(SourcePipeline.open(SOURCE, pipeline_context), pipeline_context, [file])
    assert outcome.mapped
    assert not [result for result in outcome.results if result.severity.name == "VIOLATION"]
    text = serialise(outcome.mapped.quads, TURTLE).decode()
    assert "passo:participationLevel cvl:" not in text
    assert "passo:missingProperty passo:participationLevel" in " ".join(text.split())
