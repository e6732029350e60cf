"""Two dumps are compared by their pieces, and what is found is what reading both to their ends would find."""

import gzip
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import DCT, RDF
from passo_lod.release.changes.dump_diff import DumpRef, compare, differing, merge
from passo_lod.release.dump import chunk_index as contents
from passo_lod.release.dump import chunks as pieces
from passo_lod.release.dump.chunk_index import ChunkIndex
from passo_lod.release.dump.chunks import ChunkEncoder
from passo_lod.release.dump.dump_writer import DumpTitle, DumpWriter
from passo_lod.release.dump.nquads_sorter import QuadSorter

BASE = "https://example.org/"
GRAPHS = [NamedNode(f"{BASE}dataset/{name}") for name in ("one", "two")]
SUBJECTS = [
    *(f"{BASE}{room}/process/xx-{number}{part}" for room in ("id", "doc") for number in (1, 10, 11, 2) for part in ("", "/cost", "#x")),
    f"{BASE}onto/Thing", "urn:other",
]  # fmt: skip
quads = st.builds(
    Quad, st.sampled_from(SUBJECTS).map(NamedNode), st.sampled_from([RDF.type, DCT.title]),
    st.sampled_from(["a", "b\r\n", "c\t"]).map(Literal), st.sampled_from(GRAPHS),
)  # fmt: skip
datasets = st.lists(quads, max_size=20)


@pytest.fixture(params=[1, 200, 64 << 10], ids=["a piece for each block", "small pieces", "one piece"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How large pieces are."""
    monkeypatch.setattr(pieces, "_SMALLEST", request.param)
    monkeypatch.setattr(pieces, "_ONE_IN", 1)
    return int(request.param)


def edition(folder: Path, name: str, data: Sequence[Quad]) -> DumpRef:
    """A release, as far as a comparison reads one."""
    place = folder / name
    with closing(QuadSorter(BASE, folder)) as lines:
        for graph in GRAPHS:
            lines.add_quads(graph.value.rpartition("/")[2], [quad for quad in data if quad.graph_name == graph])
        DumpWriter(ChunkEncoder(BASE, {}), DumpTitle("All", ()), {}, ()).write(place, pieces.cut_chunks(lines.blocks()))
    (place / "manifest.json").write_text(json.dumps({"id": name, "base": BASE}))
    return DumpRef.open(place)


def every_line(whole: DumpRef) -> list[bytes]:
    return [line + b"\n" for line in gzip.decompress(whole.dump.read_bytes()).split(b"\n") if line]


def unaided(whole: DumpRef) -> DumpRef:
    """The same release without the table of its contents."""
    found = replace(whole)
    found.__dict__["contents"] = ChunkIndex(whole.dump, whole.dump / "not-there")
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(datasets, datasets)
def test_what_differs_is_what_differs_between_all_lines(size: int, before: list[Quad], after: list[Quad]) -> None:
    with tempfile.TemporaryDirectory() as path:
        one, other = edition(Path(path), "a", before), edition(Path(path), "b", after)
        expected = list(merge(every_line(one), every_line(other)))
        assert list(differing(one, other)) == expected
        assert list(differing(unaided(one), other)) == expected
        assert list(one.contents.lines()) == every_line(one)
        assert compare(one, other).changes == compare(unaided(one), unaided(other)).changes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(datasets, st.sets(st.sampled_from([each.partition("#")[0].removesuffix("/cost") for each in SUBJECTS])))
def test_what_is_said_about_some_things_is_found_in_their_pieces(size: int, data: list[Quad], things: set[str]) -> None:
    asked = {each.replace("/doc/", "/id/") for each in things}
    with tempfile.TemporaryDirectory() as path:
        one = edition(Path(path), "a", data)
        expected = [(one.thing(line), line) for line in every_line(one) if one.thing(line) in asked]
        found = [(thing, line) for thing, lines in one.about(asked) for line in lines]
        assert found == expected


@pytest.mark.parametrize("size", [1], indirect=True, ids=["a piece for each block"])
def test_pieces_that_both_have_are_not_read(size: int, folder: Path) -> None:
    data = [Quad(NamedNode(each), DCT.title, Literal("x" * 50), GRAPHS[0]) for each in SUBJECTS]
    one, other = edition(folder, "a", data), edition(folder, "b", [*data, Quad(NamedNode(f"{BASE}id/process/xx-3"), DCT.title, Literal("new"), GRAPHS[0])])  # fmt: skip
    assert len(one.contents.entries) > 10
    assert list(one.contents.apart(other.contents)) == []
    assert len(list(other.contents.apart(one.contents))) == 1


def test_a_table_that_is_damaged_is_told(folder: Path) -> None:
    edition(folder, "a", [Quad(NamedNode(SUBJECTS[0]), DCT.title, Literal("x"), GRAPHS[0])])
    for damage in (
        b"no gzip",
        gzip.compress(b"key\tzz\t1\t2\n"),
        gzip.compress(b"key\n"),
        gzip.compress(b"k\t00\t3\t99999\n"),
        gzip.compress(b"k\t00\t3\t-1\n"),
        gzip.compress(b"k\t00\t-3\t1\n"),
        gzip.compress(b"k\t00\t3\t0\n"),
        gzip.compress(b"k\t00\t99999999999999999999999\t99999999999999999999999\n"),
        gzip.compress(b"a\t00\t3\t4\nb\t00\t8\t4\n"),
        b"",
    ):
        (folder / "a" / contents.NAME).write_bytes(damage)
        again = DumpRef.open(folder / "a")
        with pytest.raises(ReleaseError, match="publish the release again"):
            list(again.contents.lines())


@pytest.mark.parametrize("size", [1], indirect=True, ids=["a piece for each block"])
def test_a_piece_that_is_damaged_or_cut_off_is_told_and_not_read(size: int, folder: Path) -> None:
    one = edition(folder, "a", [Quad(NamedNode(each), DCT.title, Literal("x" * 50), GRAPHS[0]) for each in SUBJECTS])
    whole, (first, *_) = one.dump.read_bytes(), one.contents.entries
    middle = first.start + first.size // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for damage in (flipped, whole[:middle], whole[: first.start], b""):
        one.dump.write_bytes(damage)
        with pytest.raises(ReleaseError, match="publish the release again"):
            list(one.contents.lines())
