"""The rdflib store has pyoxigraph's triples with their lexical forms, and matches patterns as rdflib does."""

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.validation.indexed_triples import IndexedTriples
from tests.validation.unmapped_records import XSD


@pytest.mark.parametrize(
    ("text", "datatype"), [("+7", "integer"), ("2020-01-01Z", "date"), ("1", "boolean"), ("1e3", "double")]
)
def test_a_literal_keeps_its_lexical_form(text: str, datatype: str) -> None:
    node = NamedNode("https://example.org/a")
    literal = Literal(text, datatype=NamedNode(XSD + datatype))
    ((_, _, value),) = IndexedTriples.of([Triple(node, node, literal)]).graph
    assert str(value) == text


@settings(deadline=None, max_examples=60)
@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_every_text_is_unchanged(text: str) -> None:
    node = NamedNode("https://example.org/a")
    ((_, _, value),) = IndexedTriples.of([Triple(node, node, Literal(text, language="it"))]).graph
    assert str(value) == text


def test_a_graph_matches_every_pattern_as_rdflib_does() -> None:
    text = b"@prefix e: <https://example.org/> . e:a e:p e:b , 1 ; e:q e:b . e:b e:p e:a . _:c e:p e:b ."
    triples = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    ours = IndexedTriples.of(triples).graph
    theirs = rdflib.Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    terms = [None, *(rdflib.URIRef(f"https://example.org/{name}") for name in "abpqz"), rdflib.Literal(1)]
    for subject in terms[:-1]:
        for predicate in terms[:-1]:
            for value in terms:
                pattern = (subject, predicate, value)
                assert matching(ours, pattern) == matching(theirs, pattern), pattern
    assert len(ours) == len(theirs)


def matching(graph: rdflib.Graph, pattern: tuple[object, object, object]) -> list[tuple[str, ...]]:
    """The triples that match, with an empty text for a blank node."""
    return sorted(
        tuple("" if isinstance(node, rdflib.BNode) else node.n3() for node in triple)
        for triple in graph.triples(pattern)  # type: ignore[arg-type]
    )
