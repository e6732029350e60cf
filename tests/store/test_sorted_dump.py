"""Look-ups in a sorted dump find what a scan of all quads finds."""

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from passo_lod.store.sorted_dump import SortedDump
from tests.nquads import n_quads_lines

NAMES = st.from_regex(r"[ab/1]{1,5}(#[ab1]{0,2})?", fullmatch=True).map(lambda name: NamedNode("http://x/" + name))
VALUES = NAMES | st.text(max_size=20).map(Literal) | st.text("xy \n", min_size=5000, max_size=5001).map(Literal)
QUADS = st.builds(Quad, NAMES, NAMES, VALUES, NAMES | st.just(DefaultGraph()))


def dump_of(quads):
    return SortedDump("".join(n_quads_lines(quads)).encode())


@given(st.lists(QUADS, max_size=60), NAMES)
def test_the_quads_about_a_subject_are_those_that_a_scan_finds(quads, other):
    dump = dump_of(quads)
    for subject in {quad.subject for quad in quads} | {other}:
        expected = {quad for quad in quads if quad.subject == subject}
        assert set(dump.about(subject.value)) == expected
        assert dump.has(subject.value) == bool(expected)


@given(st.lists(QUADS, max_size=60), st.text("ab/#1", max_size=3))
def test_the_subjects_with_a_prefix_are_those_that_a_scan_finds(quads, start):
    expected = sorted({quad.subject.value for quad in quads if quad.subject.value.startswith("http://x/" + start)})
    assert sorted(dump_of(quads).subjects("http://x/" + start)) == expected


@given(st.lists(QUADS, max_size=60))
def test_the_quads_of_each_named_graph_are_counted(quads):
    expected = {}
    for quad in set(quads):
        if isinstance(quad.graph_name, NamedNode):
            expected[quad.graph_name.value] = expected.get(quad.graph_name.value, 0) + 1
    assert dump_of(quads).graphs() == expected


def test_a_literal_that_looks_like_a_graph_name_is_not_counted():
    quads = [Quad(NamedNode("x:s"), NamedNode("x:p"), Literal('a" <x:g> .'), NamedNode("x:real"))]
    assert dump_of(quads).graphs() == {"x:real": 1}


def test_an_empty_dump_has_no_subjects(tmp_path):
    (tmp_path / "empty").touch()
    for dump in (SortedDump(b""), SortedDump.map(tmp_path / "empty")):
        assert not dump.has("x:s")
        assert list(dump.about("x:s")) == list(dump.subjects("x:")) == []
