"""What the tests of drafting share: the hints and all that values are held against, opened once."""

import pytest

from passo_lod.drafting.column_evidence import Evidence, Knowledge
from passo_lod.drafting.hints import Hints
from passo_lod.drafting.sample import Column
from passo_lod.mapping.converters import converters
from passo_lod.pipeline.context import Workshop


@pytest.fixture(scope="session")
def hints(workshop: Workshop) -> Hints:
    return Hints.open(workshop.vocabulary_quads)


@pytest.fixture(scope="session")
def known(workshop: Workshop, hints: Hints) -> Knowledge:
    return Knowledge(converters("it", "https://example.org/"), workshop.schemes, workshop.places, hints)


@pytest.fixture
def column(known: Knowledge):  # type: ignore[no-untyped-def]
    """A column with its evidence, from its name and its texts."""

    def made(name: str, *texts: str) -> Evidence:
        return Evidence(Column(name, list(texts)), known)

    return made
