"""Chunks of a dump form one document in every syntax, and a change in the data changes few of them."""

import gzip
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.cache import ContentCache
from passo_lod.media_types import DATASETS, GRAPHS
from passo_lod.namespaces import PASSO, RDF
from passo_lod.release.compression import GZIP_HEADER, combine_crc32, compress_chunk, crc32_shift, gzip_trailer
from passo_lod.release.dump.chunks import ChunkEncoder, EncodedChunk, cut_chunks
from passo_lod.release.dump.dump_writer import DumpMetadata, DumpWriter
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
    """The quads of a record of about this size."""
    graph, node = NamedNode(f"{BASE}dataset/{dataset}"), NamedNode(f"{BASE}id/process/{dataset}-{number:05}")
    title = Literal(f"{number} {ODD[number % len(ODD)]} " + "x" * size, language="it")
    return [Quad(node, RDF.type, PASSO.ParticipatoryProcess, graph), Quad(node, TITLE, title, graph)]


def text(quads: Sequence[Quad]) -> bytes:
    return ox.serialize(quads, format=RdfFormat.N_QUADS) or b""


def sorter_of(folder: Path, records: Sequence[Sequence[Quad]], dataset: str = "one") -> QuadSorter:
    sorter = QuadSorter(BASE, folder)
    for each in records:
        sorter.add_quads(dataset, each)
    return sorter


# --- Cutting -----------------------------------------------------------------------------------------------------------------


def test_a_record_that_is_changed_added_or_removed_changes_no_other_chunk(tmp_path: Path) -> None:
    records = [record(number) for number in range(0, 2000, 2)]
    before = [chunk.lines for chunk in cut_chunks(sorter_of(tmp_path, records).blocks())]
    assert len(before) > 20
    for changed in ([*records[:500], record(1000, 2900), *records[501:]], records[:500] + records[501:], [*records, record(1001)]):  # fmt: skip
        after = [chunk.lines for chunk in cut_chunks(sorter_of(tmp_path, changed).blocks())]
        assert len(set(before) - set(after)) <= 3, "the chunk of the record, and the next ones if it ends elsewhere"


def test_chunks_together_are_all_lines(tmp_path: Path) -> None:
    sorter = sorter_of(tmp_path, [record(number) for number in range(300)])
    joined = b"".join(chunk.lines for chunk in cut_chunks(sorter.blocks()))
    assert joined == b"".join(lines for block in sorter.blocks() for _, lines in block.parts)


def test_a_thing_of_two_datasets_is_once_in_the_full_dump_and_in_the_dump_of_each(tmp_path: Path) -> None:
    node = NamedNode(f"{BASE}id/organisation/both")
    sorter = QuadSorter(BASE, tmp_path)
    for dataset in ("one", "two"):
        sorter.add_quads(dataset, [Quad(node, TITLE, Literal(dataset), NamedNode(f"{BASE}dataset/{dataset}"))])
    chunks = list(cut_chunks(sorter.blocks()))
    assert [(chunk.dataset, chunk.in_full_dump, chunk.lines.count(b"\n")) for chunk in chunks] == [
        (None, True, 2),
        ("one", False, 1),
        ("two", False, 1),
    ]


# --- Compressing -----------------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=5000), st.binary(max_size=5000))
def test_the_combined_crc_is_that_of_both_contents_one_after_the_other(one: bytes, other: bytes) -> None:
    assert combine_crc32(zlib.crc32(one), zlib.crc32(other), crc32_shift(len(other))) == zlib.crc32(one + other)


@given(st.lists(st.binary(max_size=3000)))
@example([])
@example([b""])
def test_compressed_chunks_one_after_the_other_are_one_file(contents: list[bytes]) -> None:
    chunks = [compress_chunk(content) for content in contents]
    joined, crc32 = b"".join(contents), 0
    for chunk in chunks:
        crc32 = combine_crc32(crc32, chunk.crc32, chunk.crc32_shift)
    data = GZIP_HEADER + b"".join(chunk.deflate for chunk in chunks) + gzip_trailer(len(joined), crc32)
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert decompressor.decompress(data) == joined
    assert decompressor.eof
    assert decompressor.unused_data == b"", "of a gzip file of several members, some programs read the first only"
    if joined:
        assert zstd.decompress(b"".join(chunk.zstd for chunk in chunks)) == joined


# --- Writing -----------------------------------------------------------------------------------------------------------------


def write_dumps(folder: Path, sorter: QuadSorter, cache: ContentCache | None = None) -> dict[str, bytes]:
    encoder = ChunkEncoder(BASE, CONTEXT, cache=cache)
    own = ("https://example.org/licence",)
    dumps = DumpWriter(
        encoder,
        DumpMetadata("All", own),
        {name: DumpMetadata(name, own, name) for name in ("one", "two")},
        ("one", "two"),
    )
    files = dumps.write(folder, cut_chunks(sorter.blocks()))
    for file in files:
        assert (folder / file.path).stat().st_size == file.bytes
    return {file.path.removeprefix("dump/"): (folder / file.path).read_bytes() for file in files}


@pytest.mark.parametrize("number", [0, 1, 90])
def test_every_syntax_and_compression_has_the_same_quads(tmp_path: Path, number: int) -> None:
    records = [record(each) for each in range(number)]
    expected = {quad for each in records for quad in each}
    files = write_dumps(tmp_path, sorter_of(tmp_path, records))
    for stem in ("passo", "passo-one"):
        for syntax in (*DATASETS, *GRAPHS):
            name = f"{stem}.{syntax.extension}"
            data = gzip.decompress(files[f"{name}.gz"])
            assert data == zstd.decompress(files[f"{name}.zst"])
            read = set(ox.parse(data, format=syntax.rdf))
            assert {quad.triple for quad in read} == {quad.triple for quad in expected}
            assert syntax in GRAPHS or read == expected
    assert list(ox.parse(gzip.decompress(files["passo-two.ttl.gz"]), format=RdfFormat.TURTLE)) == []


def test_a_parser_of_xml_reads_the_same_texts_as_were_published(tmp_path: Path) -> None:
    records = [record(each, size=10) for each in range(len(ODD))]
    content = gzip.decompress(write_dumps(tmp_path, sorter_of(tmp_path, records))["passo.rdf.gz"])
    found = {
        str(title)
        for title in rdflib.Graph().parse(data=content, format="xml").objects(None, rdflib.URIRef(TITLE.value))
    }
    assert found == {title.object.value for _, title in records}  # type: ignore[union-attr]


def test_cached_chunks_give_the_same_bytes_and_damaged_ones_are_encoded_again(tmp_path: Path) -> None:
    sorter = sorter_of(tmp_path, [record(number) for number in range(60)])
    fresh = write_dumps(tmp_path / "fresh", sorter)
    for damage in (None, None, "UPDATE entries SET value = substr(value, 1, 400)"):
        with ContentCache.open(tmp_path / "cache") as cache:
            if damage:
                cache._database.execute(damage)
            assert write_dumps(tmp_path / "again", sorter, cache) == fresh


def test_an_encoded_chunk_comes_back_as_it_was(tmp_path: Path) -> None:
    (chunk,) = cut_chunks(sorter_of(tmp_path, [record(1)]).blocks())
    encoded = ChunkEncoder(BASE, CONTEXT).encode(chunk)
    assert EncodedChunk.from_bytes(encoded.as_bytes()) == encoded


@given(st.lists(st.integers(0, 40), unique=True, min_size=1), st.integers(1, 40))
def test_the_statistics_of_parts_add_up_to_those_of_all(numbers: list[int], cut: int) -> None:
    quads = [quad for number in numbers for quad in record(number, 10)]
    total = GraphStatistics()
    for some in (quads[: 2 * cut], quads[2 * cut :]):
        total.add(GraphStatistics.from_json(GraphStatistics.of(text(some), BASE).as_json()))
    assert total == GraphStatistics.of(text(quads), BASE)
