"""The answers that a release stores are those that its questions get by queries."""

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import QuerySolutions, RdfFormat

from passo_lod.comparison.address import read_comparison
from passo_lod.comparison.answer_files import WRITERS
from passo_lod.comparison.answers import Ask, answer, completed, read_declarations
from passo_lod.comparison.declarations import Declarations
from passo_lod.comparison.stored_answers import as_stored, read_stored
from passo_lod.queries.questions import questions
from passo_lod.release.repository.verification import verify_files
from passo_lod.release_layout import DUMP, answer_file, read_manifest

COMPARISONS = {name: list(each.comparison.items()) for name, each in questions().items() if each.comparison}


@pytest.fixture(scope="module")
def ask(shipped: Path) -> Ask:
    store = ox.Store()
    store.bulk_load(gzip.decompress((shipped / DUMP).read_bytes()), format=RdfFormat.N_QUADS)

    async def query(text: str) -> QuerySolutions:
        return store.query(text, use_default_graph_as_union=True)  # type: ignore[return-value]

    return query


@pytest.fixture(scope="module")
def declared(ask: Ask) -> Declarations:
    return completed(read_declarations(ask))


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_stored_answer_is_the_one_that_queries_give(
    name: str, shipped: Path, ask: Ask, declared: Declarations
) -> None:
    comparison = read_comparison(COMPARISONS[name], declared)
    stored = read_stored(gzip.decompress((shipped / answer_file(name)).read_bytes()), comparison)
    assert stored is not None
    for language in ("it", "en"):
        asked = completed(answer(comparison, ask, (language,)))
        for write in WRITERS.values():
            assert write(stored.answered((language,)), language) == write(asked, language)


def test_the_manifest_lists_every_stored_answer_with_its_checksum(shipped: Path) -> None:
    listed = {each.path for each in read_manifest(shipped).files if each.path.startswith("answers/")}
    assert listed == {answer_file(name) for name in COMPARISONS}
    assert list(verify_files(shipped)) == []


def test_an_answer_to_another_query_is_not_used(shipped: Path, declared: Declarations) -> None:
    data = gzip.decompress((shipped / answer_file("costs")).read_bytes())
    assert read_stored(data, read_comparison([*COMPARISONS["costs"], ("from", "2010")], declared)) is None


def test_what_is_stored_reads_as_it_was(shipped: Path, declared: Declarations) -> None:
    data = gzip.decompress((shipped / answer_file("costs")).read_bytes())
    stored = read_stored(data, read_comparison(COMPARISONS["costs"], declared))
    assert stored is not None
    assert as_stored(stored) == data


@pytest.mark.parametrize("data", [b"", b"[]", b"{}"])
def test_damaged_data_are_an_error_of_value(data: bytes, declared: Declarations) -> None:
    with pytest.raises(ValueError, match=r"stored answer|JSON|unexpected|empty"):
        read_stored(data, read_comparison(COMPARISONS["costs"], declared))
