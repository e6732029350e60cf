"""A sorted dump is searched without an index: what is found is what a scan would find."""

import gzip
import io

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from passo_lod.store import disk_index as index
from passo_lod.store.sorted_dump import SortedDump
from tests.nquads import n_quads_lines

NAMES = st.from_regex(r"[ab/1]{1,5}(#[ab1]{0,2})?", fullmatch=True).map(lambda name: NamedNode("http://x/" + name))
VALUES = NAMES | st.text(max_size=20).map(Literal) | st.text("xy \n", min_size=5000, max_size=5001).map(Literal)
QUADS = st.builds(Quad, NAMES, NAMES, VALUES, NAMES | st.just(DefaultGraph()))


def dump_of(quads):
    return SortedDump("".join(n_quads_lines(quads)).encode())


@given(st.lists(QUADS, max_size=60), NAMES)
def test_what_is_said_of_a_thing_is_what_a_scan_finds(quads, other):
    dump = dump_of(quads)
    for subject in {quad.subject for quad in quads} | {other}:
        expected = {quad for quad in quads if quad.subject == subject}
        assert set(dump.about(subject.value)) == expected
        assert dump.has(subject.value) == bool(expected)


@given(st.lists(QUADS, max_size=60), st.text("ab/#1", max_size=3))
def test_the_subjects_below_a_beginning_are_what_a_scan_finds(quads, start):
    expected = sorted({quad.subject.value for quad in quads if quad.subject.value.startswith("http://x/" + start)})
    assert sorted(dump_of(quads).subjects("http://x/" + start)) == expected


@given(st.lists(QUADS, max_size=60))
def test_each_graph_is_counted_and_what_stands_in_none_is_not(quads):
    expected = {}
    for quad in set(quads):
        if isinstance(quad.graph_name, NamedNode):
            expected[quad.graph_name.value] = expected.get(quad.graph_name.value, 0) + 1
    assert dump_of(quads).graphs() == expected


def test_a_literal_that_looks_like_a_graph_is_none():
    quads = [Quad(NamedNode("x:s"), NamedNode("x:p"), Literal('a" <x:g> .'), NamedNode("x:real"))]
    assert dump_of(quads).graphs() == {"x:real": 1}


def test_an_empty_dump_has_nothing(tmp_path):
    (tmp_path / "empty").touch()
    for dump in (SortedDump(b""), SortedDump.map(tmp_path / "empty")):
        assert not dump.has("x:s")
        assert list(dump.about("x:s")) == list(dump.subjects("x:")) == []


LINES = b"""
# written by hand
<x:b>  <x:p>\t"\\u0041" <x:g> .
<x:a> <x:p> <x:o> .
<x:a> <x:p> <x:o> .
"""


@pytest.mark.parametrize("name", ["dump.nq", "dump.nq.gz"])
def test_an_index_holds_each_quad_of_any_n_quads_file_once_and_in_order(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(LINES) if name.endswith("gz") else LINES)
    index.build(tmp_path / name, tmp_path)
    assert (tmp_path / index.SORTED).read_bytes() == b'<x:a> <x:p> <x:o> .\n<x:b> <x:p> "A" <x:g> .\n'
    assert len(ox.Store.read_only(str(tmp_path / index.QUADS))) == 2


@given(st.lists(QUADS, max_size=30))
def test_lines_are_canonical_whatever_separators_the_literals_hold(quads):
    text = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    lines = sorted(set(index.canonical_lines(io.BytesIO(text))))
    assert b"".join(lines).decode() == "".join(n_quads_lines(quads))
