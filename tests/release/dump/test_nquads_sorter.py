"""Lines come in any order, from anybody, and are read in theirs: sorted, each once, whatever memory holds."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.namespaces import SKOS
from passo_lod.pipeline import processing as batches
from passo_lod.release.dump import nquads_sorter as room
from passo_lod.release.dump.nquads_sorter import QuadSorter, group_by_subject

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


@pytest.fixture(params=[0, 200, room.ROOM], ids=["all put aside", "some put aside", "all at hand"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(room, "ROOM", request.param)
    return tmp_path


def gathered(place: Path, own: Iterable[Record], told: Iterable[Record]) -> QuadSorter:
    lines = QuadSorter(BASE, place)
    for dataset, some in own:
        lines.add_quads(dataset, some)
    for dataset, some in told:
        lines.add(dataset, group_by_subject(text(some), BASE), told=True)
    return lines


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, RECORDS)
def test_blocks_are_all_lines_sorted_each_once_and_of_several_names_one_is_chosen(
    place: Path, own: list[Record], told: list[Record]
) -> None:
    expected = {*(quad for _, some in own for quad in some)}
    # Of each record a quad counts once, as its lines do.
    expected.update(batches.choose_pref_labels(quad for _, some in told for quad in dict.fromkeys(some)))
    with closing(gathered(place, own, told)) as lines:
        once, again = list(lines.blocks()), list(lines.blocks())
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
def test_the_order_in_which_lines_come_makes_no_difference(place: Path, told: list[Record], chance: object) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    with closing(gathered(place, [], told)) as one, closing(gathered(place, [], shuffled)) as other:
        assert list(one.blocks()) == list(other.blocks())


def test_what_is_put_aside_has_no_name_in_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "ROOM", 0)
    quad = Quad(NamedNode(BASE + "id/process/x"), SKOS.prefLabel, Literal("x"), NamedNode(BASE + "g"))
    lines = gathered(tmp_path, [("one", [quad])], [])
    assert list(tmp_path.iterdir()) == []
    assert len(list(lines.blocks())) == 1
    lines.close()


def test_adding_says_which_things_the_lines_are_about(tmp_path: Path) -> None:
    about = [NamedNode(BASE + each) for each in ("id/process/er-1", "id/process/er-1/cost", "doc/process/er-1")]
    keys = QuadSorter(BASE, tmp_path).add_quads(
        "one", [Quad(each, SKOS.prefLabel, Literal("x"), about[0]) for each in about]
    )
    assert keys == [b"<https://example.org/doc/process/er-1>", b"<https://example.org/id/process/er-1/", b"<https://example.org/id/process/er-1>"]  # fmt: skip
