"""Fixtures of the tests of drafting: the hints, and the converters, schemes and places that values are compared with."""

import pytest

from passo_lod.drafting.column_evidence import ColumnEvidence, KnownValues
from passo_lod.drafting.hints import Hints
from passo_lod.drafting.sample import SampledColumn
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.pipeline.context import PipelineContext


@pytest.fixture(scope="session")
def hints(pipeline_context: PipelineContext) -> Hints:
    return Hints.open(pipeline_context.vocabulary_quads)


@pytest.fixture(scope="session")
def known(pipeline_context: PipelineContext, hints: Hints) -> KnownValues:
    return KnownValues(
        converters("it", "https://example.org/"), pipeline_context.schemes, pipeline_context.places, hints
    )


@pytest.fixture
def column(known: KnownValues):  # type: ignore[no-untyped-def]
    """A column with its evidence, from its name and its texts."""

    def made(name: str, *texts: str) -> ColumnEvidence:
        return ColumnEvidence(SampledColumn(name, list(texts)), known)

    return made
