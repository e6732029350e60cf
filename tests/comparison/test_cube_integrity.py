"""The data cube of a release is well-formed by the 21 integrity constraints of the RDF Data Cube recommendation (11.1), which find what is not."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
from pyoxigraph import NamedNode, RdfFormat
from rdflib import Graph

from passo_lod.release_layout import DUMP
from passo_lod.store.protocol import value_of

FOLDER = Path(__file__).parent / "integrity"
SHAPES = Path(__file__).resolve().parents[2] / "shapes"
CONSTRAINTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("ic-*.rq"))}
PARENT_CHILD = NamedNode("http://purl.org/linked-data/cube#parentChildProperty")
INVERSE = NamedNode("http://www.w3.org/2002/07/owl#inverseOf")
PREFIXES = """PREFIX : <https://example.org/>
PREFIX qb: <http://purl.org/linked-data/cube#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
VIOLATIONS = (
    ("ic-01", "INSERT DATA { :o1 qb:dataSet :sliced }"),
    ("ic-01", "INSERT DATA { :o3 a qb:Observation }"),
    ("ic-02", "INSERT DATA { :simple qb:structure :other-structure }"),
    ("ic-02", "DELETE DATA { :simple qb:structure :structure }"),
    ("ic-03", "DELETE DATA { :c3 qb:measure :count }"),
    ("ic-04", "DELETE DATA { :place rdfs:range rdfs:Resource }"),
    ("ic-05", "DELETE DATA { :area qb:codeList :areas }"),
    ("ic-06", "INSERT DATA { :c1 qb:componentRequired false }"),
    ("ic-07", "DELETE DATA { :other-structure qb:sliceKey :key }"),
    ("ic-08", "INSERT DATA { :key qb:componentProperty :area }"),
    ("ic-09", "INSERT DATA { :slice qb:sliceStructure :other-key }"),
    ("ic-09", "DELETE DATA { :slice qb:sliceStructure :key }"),
    ("ic-10", "DELETE DATA { :slice :body :office }"),
    ("ic-11", "DELETE DATA { :o1 :area :green }"),
    ("ic-12", "DELETE DATA { :o2 :area :unknown } ; INSERT DATA { :o2 :area :green }"),
    ("ic-13", "DELETE DATA { :o1 :unit :number }"),
    ("ic-14", "DELETE DATA { :o1 :count 3 }"),
    ("ic-15", "DELETE DATA { :p1 :count 1 }"),
    ("ic-16", "INSERT DATA { :p1 :cost 7 }"),
    ("ic-17", "DELETE WHERE { :p2 ?property ?value }"),
    ("ic-18", "INSERT DATA { :slice qb:observation :o1 . :o1 :body :office }"),
    ("ic-19", "DELETE DATA { :areas skos:member :green }"),
    ("ic-19", "DELETE DATA { :green skos:inScheme :topics }"),
    ("ic-20", "DELETE DATA { :italy :contains :emilia }"),
    ("ic-21", "DELETE DATA { :office :partOf :state }"),
)


def invented_cube(edit: str = "") -> ox.Store:
    store = ox.Store()
    store.load(path=str(FOLDER / "cube.ttl"), format=RdfFormat.TURTLE)
    if edit:
        store.update(PREFIXES + edit)
    store.update((FOLDER / "normalise.ru").read_text(encoding="utf-8"))
    return store


def violated(store: ox.Store) -> Iterator[str]:
    """The names of the constraints that the default graph violates."""
    for name, text in CONSTRAINTS.items():
        queries = [text.replace("$property", f"<{each}>") for each in hierarchies(store, name)]
        if any(bool(store.query(query)) for query in (queries if "$property" in text else [text])):
            yield name


def hierarchies(store: ox.Store, constraint: str) -> set[str]:
    named = [quad.object for quad in store.quads_for_pattern(None, PARENT_CHILD, None)]
    if constraint == "ic-20":
        return {each.value for each in named if isinstance(each, NamedNode)}
    return {
        value_of(quad.object)
        for each in named
        if isinstance(each, ox.BlankNode)
        for quad in store.quads_for_pattern(each, INVERSE, None)
    }


def test_there_are_21_constraints() -> None:
    assert list(CONSTRAINTS) == [f"ic-{number:02}" for number in range(1, 22)]


def test_an_invented_cube_violates_none() -> None:
    assert list(violated(invented_cube())) == []


def test_each_constraint_has_a_violation() -> None:
    assert {name for name, _ in VIOLATIONS} == set(CONSTRAINTS)


@pytest.mark.parametrize(("name", "edit"), VIOLATIONS, ids=[f"{name}: {edit}" for name, edit in VIOLATIONS])
def test_a_constraint_finds_its_violation(name: str, edit: str) -> None:
    assert name in violated(invented_cube(edit))


def cube_of(release: Path) -> ox.Store:
    """All triples of a release in one graph, the cube in full."""
    quads = ox.parse(gzip.decompress((release / DUMP).read_bytes()), format=RdfFormat.N_QUADS)
    store = ox.Store()
    store.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    store.update((FOLDER / "normalise.ru").read_text(encoding="utf-8"))
    return store


def test_the_cube_of_the_samples_violates_none(shipped: Path) -> None:
    store = cube_of(shipped)
    assert bool(store.query("ASK { ?observation a <http://purl.org/linked-data/cube#Observation> }"))
    assert list(violated(store)) == []


def test_the_cube_of_the_samples_conforms_to_its_shapes(shipped: Path) -> None:
    cube = Graph().parse(data=gzip.decompress((shipped / "dump" / "passo-cube.nt.gz").read_bytes()), format="nt")
    shapes = Graph()
    for name in ("header.ttl", "cube.ttl"):
        shapes.parse(SHAPES / name)
    conforms, _, text = pyshacl.validate(cube, shacl_graph=shapes)
    assert conforms, text
