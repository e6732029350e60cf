"""A SPARQL constraint is evaluated for all nodes with one query, unless its query would then mean something else."""

import pyoxigraph as ox
import pytest
import rdflib

from passo_lod.validation import pyshifty_engine
from passo_lod.validation.indexed_triples import IndexedTriples
from passo_lod.validation.prefilter import ShiftyPrefilter, prefilter_for
from passo_lod.validation.violation import UnsupportedShapes

pytestmark = pytest.mark.skipif(not pyshifty_engine.is_installed(), reason="pyshifty is not installed")

SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:Property .
ex:Property a sh:PropertyShape ; sh:path ex:p ; sh:sparql [ a sh:SPARQLConstraint ; sh:select "%s" ] .
"""


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this WHERE { ?other <https://example.org/p> $this }",
        "SELECT $this WHERE { $this <https://example.org/p> ?a MINUS { $this <https://example.org/q> ?a } }",
        "SELECT $this WHERE { $this <https://example.org/p> ?a { SELECT ?a { ?a ?b ?c } } }",
        "SELECT $this ?value WHERE { $this $PATH ?value }",
    ],
)
def test_a_query_that_needs_a_pre_bound_variable_leaves_everything_to_pyshacl(
    query: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert prefilter_for(rdflib.Graph().parse(data=SHAPE % query, format="turtle")) is None
    (message,) = caplog.messages
    assert "cannot be asked for all nodes together" in message


def test_a_constraint_below_a_shape_that_others_refer_to_is_not_supported() -> None:
    text = SHAPE % "SELECT $this WHERE { $this <https://example.org/p> ?a }" + "ex:Other sh:node ex:Shape ."
    with pytest.raises(UnsupportedShapes, match="others refer to"):
        ShiftyPrefilter.open(rdflib.Graph().parse(data=text, format="turtle"))


def test_a_constraint_concerns_only_the_targets_of_its_shape() -> None:
    text = SHAPE % "SELECT $this WHERE { $this <https://example.org/p> ?a }"
    prefilter = ShiftyPrefilter.open(rdflib.Graph().parse(data=text, format="turtle"))
    data = b"""<https://example.org/a> a <https://example.org/Thing> ; <https://example.org/p> 1 .
        <https://example.org/b> a <https://example.org/Small> ; <https://example.org/p> 1 .
        <https://example.org/Small> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <https://example.org/Thing> .
        <https://example.org/c> <https://example.org/p> 1 ."""
    found = prefilter.find_violations(tuple(IndexedTriples.of(ox.parse(data, format=ox.RdfFormat.TURTLE)).triples))
    assert {violation.focus.rsplit("/", 1)[-1] for violation in found} == {"a", "b"}
