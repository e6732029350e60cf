"""One prefLabel is chosen for each body and language, and lines give the same choice as quads."""

from collections.abc import Sequence

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.namespaces import SKOS
from passo_lod.release.dump.pref_labels import (
    choose_pref_labels,
    choose_pref_labels_in_lines,
    has_several_pref_labels,
)

GRAPH = NamedNode("https://example.org/graph")
BODIES = [NamedNode(f"https://example.org/id/organisation/{name}") for name in ("a", "b")]
NAMES = st.sampled_from(["CNA", "Cna", "cna", 'C "n" \\a', "C\na"])
LABELS = st.builds(
    lambda body, name, language: Quad(body, SKOS.prefLabel, Literal(name, language=language), GRAPH),
    st.sampled_from(BODIES), NAMES, st.sampled_from([None, "it", "en"]),
)  # fmt: skip
OTHERS = st.builds(
    lambda body, property, value: Quad(body, property, value, GRAPH),
    st.sampled_from(BODIES), st.sampled_from([SKOS.prefLabel, SKOS.altLabel]), st.sampled_from(BODIES),
)  # fmt: skip
RECORDS = st.lists(st.lists(LABELS | OTHERS, max_size=6, unique=True), max_size=6)


def as_lines(quads: Sequence[Quad]) -> bytes:
    return ox.serialize(quads, format=RdfFormat.N_QUADS) or b""


@given(st.lists(NAMES, max_size=9))
def test_a_body_has_one_preferred_label_and_keeps_all_its_names(names: list[str]) -> None:
    quads = [Quad(BODIES[0], SKOS.prefLabel, Literal(name, language="it"), GRAPH) for name in names]
    labelled = choose_pref_labels(quads)
    assert len({quad.object for quad in labelled if quad.predicate == SKOS.prefLabel}) == bool(names)
    assert {quad.object for quad in labelled} == {quad.object for quad in quads}
    assert set(choose_pref_labels(quads[::-1])) == set(labelled)
    if names:
        (label,) = {quad.object.value for quad in labelled if quad.predicate == SKOS.prefLabel}  # type: ignore[union-attr]
        assert names.count(label) == max(map(names.count, names))


@given(RECORDS)
def test_lines_give_the_same_labels_as_quads(records: list[list[Quad]]) -> None:
    blocks = choose_pref_labels_in_lines([("one", as_lines(quads), 1) for quads in records])
    expected = choose_pref_labels(quad for quads in records for quad in quads)
    assert b"".join(lines for _, lines in blocks) == as_lines(expected)


@given(st.lists(LABELS | OTHERS, max_size=6))
def test_lines_without_two_labels_need_no_choice(quads: list[Quad]) -> None:
    lines = as_lines(quads)
    if not has_several_pref_labels(lines):
        assert choose_pref_labels_in_lines([("one", lines, 1)]) == [("one", lines)]
        assert lines.count(b"#prefLabel> ") <= 1
