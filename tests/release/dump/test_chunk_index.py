"""Comparing two dumps by their chunks finds the same differences as reading both to their ends."""

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
from passo_lod.release.changes.dump_diff import compare
from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.line_diff import diff_sorted, differing_lines
from passo_lod.release.dump import chunks
from passo_lod.release.dump.chunk_index import ChunkIndex
from passo_lod.release.dump.chunks import ChunkEncoder
from passo_lod.release.dump.dump_writer import DumpMetadata, DumpWriter
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release_layout import CHUNK_INDEX

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


@pytest.fixture(params=[1, 200, 64 << 10], ids=["a chunk for each block", "small chunks", "one chunk"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The minimal size of a chunk in bytes."""
    monkeypatch.setattr(chunks, "_MIN_BYTES", request.param)
    monkeypatch.setattr(chunks, "_END_RATE", 1)
    return int(request.param)


def release_of(folder: Path, name: str, data: Sequence[Quad]) -> DumpRef:
    """Write the files of a release that a comparison reads."""
    release = folder / name
    with closing(QuadSorter(BASE, folder)) as sorter:
        for graph in GRAPHS:
            sorter.add_quads(graph.value.rpartition("/")[2], [quad for quad in data if quad.graph_name == graph])
        DumpWriter(ChunkEncoder(BASE, {}), DumpMetadata("All", ()), {}, ()).write(
            release, chunks.cut_chunks(sorter.blocks())
        )
    (release / "manifest.json").write_text(json.dumps({"id": name, "created": "2026-11-22T10:00:00Z", "base": BASE}))
    return DumpRef.open(release)


def all_lines(release: DumpRef) -> list[bytes]:
    return [line + b"\n" for line in gzip.decompress(release.dump.read_bytes()).split(b"\n") if line]


def without_index(release: DumpRef) -> DumpRef:
    """The same release without its index of chunks."""
    found = replace(release)
    found.__dict__["index"] = ChunkIndex(release.dump, release.dump / "missing")
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(datasets, datasets)
def test_the_differences_are_those_between_all_lines(size: int, before: list[Quad], after: list[Quad]) -> None:
    with tempfile.TemporaryDirectory() as path:
        one, other = release_of(Path(path), "a", before), release_of(Path(path), "b", after)
        expected = list(diff_sorted(all_lines(one), all_lines(other)))
        assert list(differing_lines(one, other)) == expected
        assert list(differing_lines(without_index(one), other)) == expected
        assert list(one.index.lines()) == all_lines(one)
        assert compare(one, other).changes == compare(without_index(one), without_index(other)).changes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(datasets, st.sets(st.sampled_from([each.partition("#")[0].removesuffix("/cost") for each in SUBJECTS])))
def test_the_lines_about_some_things_are_found_in_their_chunks(size: int, data: list[Quad], things: set[str]) -> None:
    wanted = {each.replace("/doc/", "/id/") for each in things}
    with tempfile.TemporaryDirectory() as path:
        one = release_of(Path(path), "a", data)
        expected = [(one.thing_of_line(line), line) for line in all_lines(one) if one.thing_of_line(line) in wanted]
        found = [(thing, line) for thing, lines in one.lines_about(wanted) for line in lines]
        assert found == expected


@pytest.mark.parametrize("size", [1], indirect=True, ids=["a chunk for each block"])
def test_chunks_that_both_dumps_have_are_not_read(size: int, folder: Path) -> None:
    data = [Quad(NamedNode(each), DCT.title, Literal("x" * 50), GRAPHS[0]) for each in SUBJECTS]
    one, other = release_of(folder, "a", data), release_of(folder, "b", [*data, Quad(NamedNode(f"{BASE}id/process/xx-3"), DCT.title, Literal("new"), GRAPHS[0])])  # fmt: skip
    assert len(one.index.chunks) > 10
    assert list(one.index.differing_lines(other.index)) == []
    assert len(list(other.index.differing_lines(one.index))) == 1


def test_a_damaged_index_is_an_error(folder: Path) -> None:
    release_of(folder, "a", [Quad(NamedNode(SUBJECTS[0]), DCT.title, Literal("x"), GRAPHS[0])])
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
        (folder / "a" / CHUNK_INDEX).write_bytes(damage)
        again = DumpRef.open(folder / "a")
        with pytest.raises(ReleaseError, match="publish the release again"):
            list(again.index.lines())


@pytest.mark.parametrize("size", [1], indirect=True, ids=["a chunk for each block"])
def test_a_damaged_or_truncated_chunk_is_an_error(size: int, folder: Path) -> None:
    one = release_of(folder, "a", [Quad(NamedNode(each), DCT.title, Literal("x" * 50), GRAPHS[0]) for each in SUBJECTS])
    data, (first, *_) = one.dump.read_bytes(), one.index.chunks
    middle = first.start + first.size // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for damage in (flipped, data[:middle], data[: first.start], b""):
        one.dump.write_bytes(damage)
        with pytest.raises(ReleaseError, match="publish the release again"):
            list(one.index.lines())
