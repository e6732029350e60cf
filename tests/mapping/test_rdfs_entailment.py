"""Entailment follows rdfs:subPropertyOf and rdfs:subClassOf to all ancestors."""

from pyoxigraph import NamedNode, Quad

from passo_lod.mapping.rdfs_entailment import RdfsEntailment
from passo_lod.namespaces import RDFS


def test_entailment_reaches_grandparents_and_ends_in_a_circle() -> None:
    a, b, c = (NamedNode(f"https://example.org/{name}") for name in "abc")
    quads = [Quad(a, RDFS.subPropertyOf, b), Quad(b, RDFS.subPropertyOf, c), Quad(c, RDFS.subPropertyOf, a)]
    assert set(RdfsEntailment.of(quads).super_properties[a]) == {a, b, c}
