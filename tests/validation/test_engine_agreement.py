"""If the prefilter and pySHACL disagree about a record, nothing is published."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.errors import ValidatorsDisagree
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.validation.validated_batch import ValidatedBatch
from passo_lod.validation.violation import Violation
from tests.validation.unmapped_records import UnmappedRecord

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "emilia-romagna"

NOT_A_VIOLATION = Violation(
    "https://w3id.org/passo/id/process/er-good-l2", "https://w3id.org/passo/shapes/ParticipatoryProcess-title", "MinCountConstraintComponent"
)  # fmt: skip


class FixedPrefilter:
    """A prefilter that finds the same violations in any data."""

    def __init__(self, *violations: Violation) -> None:
        self._violations = frozenset(violations)

    def find_violations(self, triples: Sequence[Triple]) -> frozenset[Violation]:
        return self._violations


def with_prefilter(pipeline_context: PipelineContext, *violations: Violation) -> PipelineContext:
    validator = replace(pipeline_context.validator, prefilter=FixedPrefilter(*violations))
    return replace(pipeline_context, validator=validator)


def test_a_violation_of_the_prefilter_alone_stops_publishing(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    wrong = with_prefilter(pipeline_context, NOT_A_VIOLATION)
    with pytest.raises(ValidatorsDisagree) as raised:
        process(source_pipeline, wrong, [PAGES / "good-l2.txt"])
    for part in (
        "er-good-l2",
        "emilia-romagna",
        "s:ParticipatoryProcess-title",
        "pyshifty refuses it, pySHACL accepts it",
    ):
        assert part in str(raised.value)


def test_a_violation_of_pyshacl_alone_is_found_by_the_sample(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    wrong = with_prefilter(pipeline_context)
    with pytest.raises(ValidatorsDisagree, match="pyshifty accepts it, pySHACL refuses it"):
        process(source_pipeline, wrong, [PAGES / "award-over-cost.txt"])


def test_the_sample_depends_on_content_and_has_a_record_of_every_batch() -> None:
    node = NamedNode("https://example.org/a")
    records = [UnmappedRecord(str(at), (Triple(node, node, Literal(str(at))),)) for at in range(400)]
    chosen = {records[at].id for at in ValidatedBatch(records).sample()}
    reversed_records = list(reversed(records))
    assert {reversed_records[at].id for at in ValidatedBatch(reversed_records).sample()} == chosen
    assert 1 <= len(chosen) < 20
    assert all(len(ValidatedBatch([record]).sample()) == 1 for record in records[:20])
