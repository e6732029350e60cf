"""The declarations of dimensions and measures conform to their shapes."""

from pathlib import Path

import pyshacl
from rdflib import RDF, Graph, Namespace

ROOT = Path(__file__).resolve().parents[2]
PASSO = Namespace("https://w3id.org/passo/onto/")


def declarations() -> Graph:
    graph = Graph().parse(ROOT / "ontology" / "comparison.ttl")
    for scheme in (ROOT / "ontology" / "schemes").glob("*.ttl"):
        graph.parse(scheme)
    return graph


def conforms(data: Graph) -> tuple[bool, str]:
    shapes = Graph().parse(ROOT / "shapes" / "comparison.ttl")
    result, _, text = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False)
    return result, text


def test_the_declarations_conform_to_their_shapes() -> None:
    result, text = conforms(declarations())
    assert result, text


def test_a_declaration_without_its_path_does_not() -> None:
    data = declarations()
    measure = next(data.subjects(RDF.type, PASSO.ShareMeasure))
    data.remove((measure, Namespace("http://www.w3.org/ns/shacl#").path, None))
    result, text = conforms(data)
    assert not result
    assert str(measure).rpartition("/")[2] in text
