"""A large release has an index, which a server opens instead of loading the dump; the index contains each quad once."""

import gzip
import io
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from passo_lod.disk_index import INDEX, QUADS, SORTED_DUMP, build_index, canonical_lines, index_of
from passo_lod.errors import ReleaseError
from passo_lod.release.repository.verification import verify_files
from passo_lod.release_layout import DUMP
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.protocol import MEBIBYTE
from passo_lod.store.release import Release
from passo_lod.store.workers import sandbox
from tests.nquads import n_quads_lines

LINES = b"""
# written by hand
<x:b>  <x:p>\t"\\u0041" <x:g> .
<x:a> <x:p> <x:o> .
<x:a> <x:p> <x:o> .
"""
NAMES = st.from_regex(r"[ab/1]{1,5}", fullmatch=True).map(lambda name: NamedNode("http://x/" + name))
VALUES = NAMES | st.text("xy \n\r\u2028\x85", max_size=20).map(Literal)


@pytest.fixture
def indexed(shipped: Path, tmp_path: Path) -> Release:
    """A copy of the release of the samples, with an index."""
    folder = Path(shutil.copytree(shipped, tmp_path / shipped.name))
    index = index_of(folder)
    index.parent.mkdir()
    assert build_index(folder / DUMP, index, is_sorted=True) == ""
    return Release.open(folder)


@pytest.mark.parametrize("name", ["dump.nq", "dump.nq.gz"])
def test_an_index_has_each_quad_of_any_n_quads_file_once_and_sorted(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(LINES) if name.endswith("gz") else LINES)
    build_index(tmp_path / name, tmp_path / "index", is_sorted=False)
    assert (tmp_path / "index" / SORTED_DUMP).read_bytes() == b'<x:a> <x:p> <x:o> .\n<x:b> <x:p> "A" <x:g> .\n'
    assert len(ox.Store.read_only(str(tmp_path / "index" / QUADS))) == 2


@given(st.lists(st.builds(Quad, NAMES, NAMES, VALUES, NAMES | st.just(DefaultGraph())), max_size=30))
def test_lines_are_canonical_for_any_line_separator_in_literals(quads: list[Quad]) -> None:
    text = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    lines = sorted(set(canonical_lines(io.BytesIO(text))))
    assert b"".join(lines).decode() == "".join(n_quads_lines(quads))


def test_a_dump_that_we_wrote_is_sorted_and_canonical_so_that_an_index_may_take_its_lines_as_they_are(
    shipped: Path, tmp_path: Path
) -> None:
    build_index(shipped / DUMP, tmp_path / "taken", is_sorted=True)
    build_index(shipped / DUMP, tmp_path / "sorted", is_sorted=False)
    assert (tmp_path / "taken" / SORTED_DUMP).read_bytes() == (tmp_path / "sorted" / SORTED_DUMP).read_bytes()


def test_a_release_with_an_index_is_opened_and_answers_as_the_loaded_one(indexed: Release) -> None:
    opened, loaded = (LoadedRelease.open(indexed, StoragePolicy(memory)) for memory in (None, 1024 * MEBIBYTE))
    assert (opened.lines, opened.origin) == (None, index_of(indexed.folder))
    assert loaded.lines is not None
    assert set(opened.quads) == set(loaded.quads)
    assert opened.union_default_graph == loaded.union_default_graph


def test_opening_an_index_leaves_no_file_and_building_another_is_not_needed(indexed: Release, tmp_path: Path) -> None:
    before = sorted(indexed.folder.rglob("*"))
    opened = LoadedRelease.open(indexed, StoragePolicy(memory=0, cache=tmp_path / "cache"))
    assert len(opened.quads) == indexed.manifest.quads
    opened.close()
    assert sorted(indexed.folder.rglob("*")) == before
    assert not (tmp_path / "cache").exists()


def test_the_index_of_another_engine_is_not_opened(indexed: Release) -> None:
    index = index_of(indexed.folder)
    index.rename(index.with_name("oxigraph-0.0.1"))
    assert LoadedRelease.open(indexed, StoragePolicy()).lines is not None


def test_where_open_files_would_open_the_network_a_release_is_loaded(
    indexed: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_DENIED_CALLS", {})
    assert LoadedRelease.open(indexed, StoragePolicy()).lines is not None


def test_a_damaged_index_is_an_error_that_says_what_to_do(indexed: Release) -> None:
    (index_of(indexed.folder) / QUADS / "CURRENT").write_text("no manifest\n")
    with pytest.raises(ReleaseError, match="publish the release again"):
        _ = LoadedRelease.open(indexed, StoragePolicy()).quads


def test_the_index_is_no_part_of_what_a_release_promises(indexed: Release) -> None:
    assert list(verify_files(indexed.folder)) == []
    shutil.rmtree(indexed.folder / INDEX)
    assert list(verify_files(indexed.folder)) == []


def test_publishing_indexes_a_large_release_and_leaves_a_small_one_without(
    shipped: Path, shipped_in_full: Path
) -> None:
    assert not (shipped / INDEX).exists()
    release = Release.open(shipped_in_full)
    assert len(ox.Store.read_only(str(index_of(shipped_in_full) / QUADS))) == release.manifest.quads
