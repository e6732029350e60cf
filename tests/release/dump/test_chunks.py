"""Dumps are made of pieces: together they are one document in every syntax, and a change is a change of few."""

import gzip
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.cache import ContentCache
from passo_lod.media_types import DATASETS, GRAPHS
from passo_lod.namespaces import PASSO, RDF
from passo_lod.release.compression import GZIP_HEAD, combine_crc32, compress_member, crc32_shift, gzip_trailer
from passo_lod.release.dump.chunks import ChunkEncoder, EncodedChunk, cut_chunks
from passo_lod.release.dump.dump_writer import DumpTitle, DumpWriter
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release.dump.statistics import GraphStatistics

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BASE = "https://example.org/"
CONTEXT = {"dct": "http://purl.org/dc/terms/", "title": {"@id": "dct:title", "@language": "it"}}
TITLE = NamedNode("http://purl.org/dc/terms/title")
ODD = ["", "a\nb", 'a "quoted" \\ text', "</rdf:RDF>", "@prefix x: <y> .", "è\u2028\x85\r", "]}\n", "<![CDATA[x]]>"]


def record(number: int, size: int = 3000, dataset: str = "one") -> list[Quad]:
    """What a record of about this size says."""
    graph, node = NamedNode(f"{BASE}dataset/{dataset}"), NamedNode(f"{BASE}id/process/{dataset}-{number:05}")
    said = Literal(f"{number} {ODD[number % len(ODD)]} " + "x" * size, language="it")
    return [Quad(node, RDF.type, PASSO.ParticipatoryProcess, graph), Quad(node, TITLE, said, graph)]


def text(quads: Sequence[Quad]) -> bytes:
    return ox.serialize(quads, format=RdfFormat.N_QUADS) or b""


def lines(folder: Path, records: Sequence[Sequence[Quad]], dataset: str = "one") -> QuadSorter:
    said = QuadSorter(BASE, folder)
    for each in records:
        said.add_quads(dataset, each)
    return said


# --- Cutting -----------------------------------------------------------------------------------------------------------------


def test_a_record_that_changes_comes_or_goes_changes_no_other_piece(tmp_path: Path) -> None:
    records = [record(number) for number in range(0, 2000, 2)]
    before = [piece.lines for piece in cut_chunks(lines(tmp_path, records).blocks())]
    assert len(before) > 20
    for changed in ([*records[:500], record(1000, 2900), *records[501:]], records[:500] + records[501:], [*records, record(1001)]):  # fmt: skip
        after = [piece.lines for piece in cut_chunks(lines(tmp_path, changed).blocks())]
        assert len(set(before) - set(after)) <= 3, (
            "the piece that it was in, and where that ends otherwise the next ones"
        )


def test_pieces_together_are_all_lines(tmp_path: Path) -> None:
    said = lines(tmp_path, [record(number) for number in range(300)])
    together = b"".join(piece.lines for piece in cut_chunks(said.blocks()))
    assert together == b"".join(part for block in said.blocks() for _, part in block.parts)


def test_what_two_datasets_say_of_one_thing_is_once_in_the_whole_and_in_the_dump_of_each(tmp_path: Path) -> None:
    node = NamedNode(f"{BASE}id/organisation/both")
    said = QuadSorter(BASE, tmp_path)
    for dataset in ("one", "two"):
        said.add_quads(dataset, [Quad(node, TITLE, Literal(dataset), NamedNode(f"{BASE}dataset/{dataset}"))])
    found = list(cut_chunks(said.blocks()))
    assert [(piece.dataset, piece.in_whole, piece.lines.count(b"\n")) for piece in found] == [
        (None, True, 2),
        ("one", False, 1),
        ("two", False, 1),
    ]


# --- Packing -----------------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=5000), st.binary(max_size=5000))
def test_the_sum_of_two_contents_is_that_of_both_one_after_the_other(one: bytes, other: bytes) -> None:
    assert combine_crc32(zlib.crc32(one), zlib.crc32(other), crc32_shift(len(other))) == zlib.crc32(one + other)


@given(st.lists(st.binary(max_size=3000)))
@example([])
@example([b""])
def test_packed_pieces_one_after_the_other_are_one_file(contents: list[bytes]) -> None:
    parts = [compress_member(content) for content in contents]
    whole, checksum = b"".join(contents), 0
    for part in parts:
        checksum = combine_crc32(checksum, part.sum, part.shift)
    data = GZIP_HEAD + b"".join(part.deflate for part in parts) + gzip_trailer(len(whole), checksum)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert unpacker.decompress(data) == whole
    assert unpacker.eof
    assert unpacker.unused_data == b"", "a gzip file of several members is one that some programs read the first of"
    if whole:
        assert zstd.decompress(b"".join(part.zstd for part in parts)) == whole


# --- Writing -----------------------------------------------------------------------------------------------------------------


def written(folder: Path, said: QuadSorter, kept: ContentCache | None = None) -> dict[str, bytes]:
    maker = ChunkEncoder(BASE, CONTEXT, kept=kept)
    own = ("https://example.org/licence",)
    dumps = DumpWriter(
        maker, DumpTitle("All", own), {name: DumpTitle(name, own, name) for name in ("one", "two")}, ("one", "two")
    )
    files = dumps.write(folder, cut_chunks(said.blocks()))
    for file in files:
        assert (folder / file.path).stat().st_size == file.bytes
    return {file.path.removeprefix("dump/"): (folder / file.path).read_bytes() for file in files}


@pytest.mark.parametrize("number", [0, 1, 90])
def test_every_syntax_and_packing_says_the_same(tmp_path: Path, number: int) -> None:
    records = [record(each) for each in range(number)]
    expected = {quad for each in records for quad in each}
    files = written(tmp_path, lines(tmp_path, records))
    for stem in ("passo", "passo-one"):
        for syntax in (*DATASETS, *GRAPHS):
            name = f"{stem}.{syntax.extension}"
            data = gzip.decompress(files[f"{name}.gz"])
            assert data == zstd.decompress(files[f"{name}.zst"])
            read = set(ox.parse(data, format=syntax.rdf))
            assert {quad.triple for quad in read} == {quad.triple for quad in expected}
            assert syntax in GRAPHS or read == expected
    assert list(ox.parse(gzip.decompress(files["passo-two.ttl.gz"]), format=RdfFormat.TURTLE)) == []


def test_what_is_kept_makes_the_same_bytes_and_what_was_damaged_is_made_again(tmp_path: Path) -> None:
    said = lines(tmp_path, [record(number) for number in range(60)])
    fresh = written(tmp_path / "fresh", said)
    for damage in (None, None, "UPDATE made SET value = substr(value, 1, 400)"):
        with ContentCache.open(tmp_path / "kept") as kept:
            if damage:
                kept._database.execute(damage)
            assert written(tmp_path / "again", said, kept) == fresh


def test_what_was_made_comes_back_as_it_was(tmp_path: Path) -> None:
    (piece,) = cut_chunks(lines(tmp_path, [record(1)]).blocks())
    made = ChunkEncoder(BASE, CONTEXT).made(piece)
    assert EncodedChunk.from_bytes(made.as_bytes()) == made


@given(st.lists(st.integers(0, 40), unique=True, min_size=1), st.integers(1, 40))
def test_a_tally_of_parts_is_that_of_the_whole(numbers: list[int], cut: int) -> None:
    quads = [quad for number in numbers for quad in record(number, 10)]
    parts = GraphStatistics()
    for some in (quads[: 2 * cut], quads[2 * cut :]):
        parts.add(GraphStatistics.from_json(GraphStatistics.of(text(some), BASE).as_json()))
    assert parts == GraphStatistics.of(text(quads), BASE)
