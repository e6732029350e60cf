"""The dumps have the same triples in every syntax, the same content in both compressions, and name their licences."""

import gzip
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.media_types import DATASETS, GRAPHS, MediaType, by_extension
from passo_lod.release.compression import to_gzip, to_zstd

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SETS = ("passo", "passo-emilia-romagna", "passo-participedia")
OF_NO_SOURCE = ("passo-cube", "passo-places", "passo-vocabulary")
SMALL = ("passo-emilia-romagna", "passo-participedia")
RDFLIB = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml", "trig": "trig", "nq": "nquads"}


def dump_files(release: Path) -> list[dict[str, Any]]:
    files = json.loads((release / "manifest.json").read_text(encoding="utf-8"))["files"]
    return [file for file in files if file["path"].startswith("dump/")]


def decompressed(release: Path, name: str) -> bytes:
    data = (release / "dump" / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else zstd.decompress(data)


def read(release: Path, stem: str, media_type: MediaType) -> set[ox.Quad]:
    data = decompressed(release, f"{stem}.{media_type.extension}.zst")
    return set(ox.parse(data, format=media_type.rdf))


def triples(quads: set[ox.Quad]) -> set[ox.Triple]:
    return {quad.triple for quad in quads}


# --- The same in every syntax ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", SETS)
def test_every_syntax_has_the_same_graph(shipped: Path, stem: str) -> None:
    trig, n_quads = (read(shipped, stem, media_type) for media_type in DATASETS)
    assert trig == n_quads != set()
    for media_type in GRAPHS:
        assert triples(read(shipped, stem, media_type)) == triples(n_quads), media_type.title


@pytest.mark.parametrize("extension", RDFLIB)
@pytest.mark.parametrize("stem", SMALL)
def test_another_parser_reads_the_same_graph(shipped: Path, stem: str, extension: str) -> None:
    theirs = rdflib.Dataset(default_union=True)
    theirs.parse(data=decompressed(shipped, f"{stem}.{extension}.gz"), format=RDFLIB[extension])
    media_type = by_extension(extension, (*GRAPHS, *DATASETS))
    assert media_type is not None
    ours = rdflib.Graph()
    lines = ox.serialize(triples(read(shipped, stem, media_type)), format=ox.RdfFormat.N_TRIPLES)
    ours.parse(data=lines, format="nt")
    # Published data has no blank nodes, so that graphs are the same when their statements are.
    assert {(s, p, o) for s, p, o, _ in theirs.quads()} == set(ours)


def test_the_dump_of_a_source_has_its_named_graph_and_no_other(shipped: Path) -> None:
    everything = read(shipped, "passo", DATASETS[1])
    for stem in SMALL:
        name = ox.NamedNode("https://w3id.org/passo/dataset/" + stem.removeprefix("passo-"))
        assert read(shipped, stem, DATASETS[0]) == {quad for quad in everything if quad.graph_name == name}


def test_nothing_published_is_a_blank_node(shipped: Path) -> None:
    for quad in read(shipped, "passo", DATASETS[1]):
        assert not isinstance(quad.subject, ox.BlankNode)
        assert not isinstance(quad.object, ox.BlankNode)


# --- The same in both compressions --------------------------------------------------------------------------------------------


def test_gzip_and_zstd_decompress_to_the_same_bytes_and_to_those_in_the_manifest(shipped: Path) -> None:
    compressed = [file for file in dump_files(shipped) if file["encoding"]]
    stems = {file["path"].rpartition(".")[0] for file in compressed}
    assert len(compressed) == 2 * len(stems) == 2 * 6 * (len(SETS) + len(OF_NO_SOURCE))
    of_stem: dict[str, set[str]] = {}
    for file in compressed:
        content = decompressed(shipped, file["path"].removeprefix("dump/"))
        digest = hashlib.sha256(content).hexdigest()
        assert len(content) == file["content_bytes"]
        assert file.get("content_sha256") == (digest if ".nq." in file["path"] else None)
        of_stem.setdefault(file["path"].rpartition(".")[0], set()).add(digest)
    assert all(len(digests) == 1 for digests in of_stem.values())


@given(st.binary(max_size=2000))
def test_compression_gives_the_same_bytes_each_time_and_loses_nothing(content: bytes) -> None:
    assert gzip.decompress(to_gzip(content)) == content == zstd.decompress(to_zstd(content))
    assert (to_gzip(content), to_zstd(content)) == (to_gzip(content), to_zstd(content))


def test_a_damaged_zstd_file_is_an_error() -> None:
    good = bytearray(to_zstd(b"a graph" * 1000))
    good[-1] ^= 1
    with pytest.raises(zstd.ZstdError):
        zstd.decompress(bytes(good))


# --- Licences ----------------------------------------------------------------------------------------------------------------


def test_every_file_names_the_licences_of_its_content(shipped: Path) -> None:
    for file in dump_files(shipped):
        assert file["licences"], file["path"]
        of_participedia = any("by-nc-sa" in licence for licence in file["licences"])
        has_none_of_it = re.search(r"emilia-romagna|passo-(places|vocabulary)\.(?!csv|parquet)", file["path"])
        assert of_participedia == (has_none_of_it is None), file["path"]


@pytest.mark.parametrize("stem", SETS)
def test_every_record_in_a_dump_has_its_licence_there(shipped: Path, stem: str) -> None:
    store = ox.Store()
    store.extend(read(shipped, stem, DATASETS[1]))
    unlicensed = """PREFIX passo: <https://w3id.org/passo/onto/> PREFIX dct: <http://purl.org/dc/terms/>
        ASK { ?record a passo:ObservatoryRecord FILTER NOT EXISTS { ?record dct:license ?licence } }"""
    assert not store.query(unlicensed, use_default_graph_as_union=True)
