"""Lines are added in any order and read sorted, each once, however much memory there is."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.namespaces import SKOS
from passo_lod.release.dump import nquads_sorter
from passo_lod.release.dump.nquads_sorter import QuadSorter, group_by_subject
from passo_lod.release.dump.pref_labels import choose_pref_labels

BASE = "https://example.org/"
SUBJECTS = [
    "id/process/er-1", "id/process/er-1/cost", "id/process/er-10", "id/process/er-1#x", "doc/process/er-1", "id/organisation/a",
    "id/organisation/a-b", "id/organisation", "onto/Thing", "id/process/è-2",
]  # fmt: skip
LITERALS = st.builds(Literal, st.text(max_size=4), language=st.sampled_from([None, "it"]))


def quads(dataset: str) -> st.SearchStrategy[list[Quad]]:
    graph = NamedNode(f"{BASE}dataset/{dataset}")
    subjects = st.sampled_from([NamedNode(BASE + each) for each in SUBJECTS] + [NamedNode("urn:other")])
    predicates = st.sampled_from([SKOS.prefLabel, SKOS.altLabel, NamedNode(BASE + "onto/says")])
    return st.lists(st.builds(Quad, subjects, predicates, LITERALS, st.just(graph)), max_size=12)


RECORDS = st.lists(
    st.one_of(quads("one").map(lambda some: ("one", some)), quads("two").map(lambda some: ("two", some)))
)
Record = tuple[str, list[Quad]]


def text(some: Iterable[Quad]) -> bytes:
    return ox.serialize(some, format=RdfFormat.N_QUADS) or b""


@pytest.fixture(params=[0, 200, nquads_sorter.MAX_IN_MEMORY], ids=["all on disk", "some on disk", "all in memory"])
def folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(nquads_sorter, "MAX_IN_MEMORY", request.param)
    return tmp_path


def sorter_of(folder: Path, reference: Iterable[Record], records: Iterable[Record]) -> QuadSorter:
    sorter = QuadSorter(BASE, folder)
    for dataset, some in reference:
        sorter.add_quads(dataset, some)
    for dataset, some in records:
        sorter.add(dataset, group_by_subject(text(some), BASE), from_record=True)
    return sorter


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, RECORDS)
def test_blocks_are_all_lines_sorted_each_once_with_one_pref_label_for_each_thing(
    folder: Path, reference: list[Record], records: list[Record]
) -> None:
    expected = {*(quad for _, some in reference for quad in some)}
    # A record that repeats a quad counts once, as do its lines.
    expected.update(choose_pref_labels(quad for _, some in records for quad in dict.fromkeys(some)))
    with closing(sorter_of(folder, reference, records)) as sorter:
        once, again = list(sorter.blocks()), list(sorter.blocks())
    for blocks in (once, again):
        keys = [block.key for block in blocks]
        assert keys == sorted(set(keys))
        parts = [(name, part) for block in blocks for name, part in block.parts]
        for dataset in ("one", "two"):
            joined = b"".join(part for name, part in parts if name == dataset)
            assert joined == b"".join(sorted(set(joined.splitlines(keepends=True))))
        assert set(ox.parse(b"".join(part for _, part in parts), format=RdfFormat.N_QUADS)) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_in_which_lines_are_added_makes_no_difference(
    folder: Path, records: list[Record], chance: object
) -> None:
    shuffled = list(records)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    with closing(sorter_of(folder, [], records)) as one, closing(sorter_of(folder, [], shuffled)) as other:
        assert list(one.blocks()) == list(other.blocks())


def test_the_temporary_file_has_no_name_in_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nquads_sorter, "MAX_IN_MEMORY", 0)
    quad = Quad(NamedNode(BASE + "id/process/x"), SKOS.prefLabel, Literal("x"), NamedNode(BASE + "g"))
    sorter = sorter_of(tmp_path, [("one", [quad])], [])
    assert list(tmp_path.iterdir()) == []
    assert len(list(sorter.blocks())) == 1
    sorter.close()


def test_adding_quads_returns_the_keys_of_their_blocks(tmp_path: Path) -> None:
    about = [NamedNode(BASE + each) for each in ("id/process/er-1", "id/process/er-1/cost", "doc/process/er-1")]
    keys = QuadSorter(BASE, tmp_path).add_quads(
        "one", [Quad(each, SKOS.prefLabel, Literal("x"), about[0]) for each in about]
    )
    assert keys == [b"<https://example.org/doc/process/er-1>", b"<https://example.org/id/process/er-1/", b"<https://example.org/id/process/er-1>"]  # fmt: skip
