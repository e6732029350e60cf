"""The same graph always gives the same bytes, and every syntax has all its triples."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from pyoxigraph import parse as ox_parse
from pyoxigraph import serialize as ox_serialize
from rdflib.compare import isomorphic

from passo_lod.media_types import GRAPHS, JSON_LD, N_QUADS, N_TRIPLES, TURTLE, MediaType
from passo_lod.namespaces import PREFIXES, RDF, XSD
from passo_lod.release.dump.nquads_sorter import group_by_subject
from passo_lod.serialise import parse, serialise

ROOT = Path(__file__).resolve().parents[1]
CONTEXT = json.loads((ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8"))["@context"]
EXAMPLES = [
    path
    for path in sorted((ROOT / "shapes" / "examples" / "valid").glob("*.ttl"))
    if not any(isinstance(term, BlankNode) for quad in ox_parse(path=str(path)) for term in quad)
]
"""Those without blank nodes, which nothing that is published has."""

# The characters that XML 1.0 allows; readers admit no others (tests/sources/page_files/test_labelled_text_reader.py).
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff") | st.sampled_from("\n\t\r\x85\u2028\u2029\"'\\<>&{}@#"), max_size=40)  # fmt: skip
NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_-]{0,8}", fullmatch=True)
TERMS = [
    iri if isinstance(iri, str) else iri["@id"]
    for name, iri in CONTEXT.items()
    if not name.startswith("@") and not (isinstance(iri, str) and (iri.endswith(("/", "#")) or iri.startswith("@")))
]


def expanded(curie: str) -> str:
    prefix, _, name = curie.partition(":")
    return PREFIXES[prefix] + name


IRIS = st.builds(
    NamedNode, st.builds("https://example.org/id/{}/{}".format, NAMES, NAMES) | st.sampled_from(TERMS).map(expanded)
)
PREDICATES = st.builds(
    NamedNode, st.sampled_from(TERMS).map(expanded) | NAMES.map("https://example.org/terms#{}".format)
)
TYPES = st.sampled_from(["date", "gYear", "integer", "decimal", "boolean", "duration", "string", "anyURI", "int"])
LITERALS = (
    st.builds(Literal, TEXT)
    | st.builds(
        lambda text, language: Literal(text, language=language), TEXT, st.sampled_from(["it", "en", "de", "en-gb"])
    )
    | st.builds(lambda text, name: Literal(text, datatype=XSD[name]), st.text("0123456789-.PTM", max_size=8), TYPES)
)
TRIPLES = st.builds(Triple, IRIS, PREDICATES | st.just(RDF.type), IRIS | LITERALS)
GRAPH = st.lists(TRIPLES, max_size=25)
FORMATS = [(media_type, None) for media_type in GRAPHS] + [(JSON_LD, CONTEXT)]


@pytest.mark.parametrize(
    ("media_type", "context"), FORMATS, ids=["Turtle", "JSON-LD", "N-Triples", "RDF-XML", "compact JSON-LD"]
)
@settings(max_examples=40, deadline=None)
@given(graph=GRAPH)
def test_a_serialised_graph_is_parsed_back_unchanged(
    media_type: MediaType, context: dict[str, object] | None, graph: list[Triple]
) -> None:
    assert set(parse(serialise(graph, media_type, context), media_type)) == set(graph)


@pytest.mark.parametrize(
    ("media_type", "context"), FORMATS, ids=["Turtle", "JSON-LD", "N-Triples", "RDF-XML", "compact JSON-LD"]
)
@settings(max_examples=40, deadline=None)
@given(graph=GRAPH, order=st.randoms())
def test_the_order_and_number_of_the_triples_do_not_matter(
    media_type: MediaType, context: dict[str, object] | None, graph: list[Triple], order: random.Random
) -> None:
    shuffled = graph + graph[:2]
    order.shuffle(shuffled)
    assert serialise(shuffled, media_type, context) == serialise(graph, media_type, context)


@given(text=TEXT)
def test_a_quad_is_one_line_of_n_quads_whatever_its_text(text: str) -> None:
    node = NamedNode("https://example.org/a")
    quad = Quad(node, node, Literal(text), node)
    (block,) = group_by_subject(ox_serialize([quad, quad], format=N_QUADS.rdf) or b"", "https://example.org/")
    assert block.count(b"\n") == 1
    assert list(ox_parse(block, format=N_QUADS.rdf)) == [quad]


def example(path: Path) -> list[Triple]:
    return [Triple(each.subject, each.predicate, each.object) for each in ox_parse(path=str(path))]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_rdflib_and_pyoxigraph_read_the_same_from_every_syntax(path: Path) -> None:
    triples = example(path)
    expected = rdflib_graph(serialise(triples, N_TRIPLES), "nt")
    for media_type, context in FORMATS:
        data = serialise(triples, media_type, context)
        name = {"application/ld+json": "json-ld", "application/rdf+xml": "xml"}.get(media_type.name, media_type.name)
        assert set(parse(data, media_type)) == set(triples), media_type.title
        assert isomorphic(rdflib_graph(data, name), expected), media_type.title


def rdflib_graph(data: bytes, name: str) -> rdflib.Graph:
    """The graph that rdflib reads; plain literals and xsd:string literals, which rdflib takes for different ones, become equal (RDF 1.1 Concepts, 3.3)."""
    graph = rdflib.Graph()
    for subject, predicate, value in rdflib.Graph().parse(data=data, format=name):
        typed = isinstance(value, rdflib.Literal) and value.datatype == rdflib.XSD.string
        graph.add((subject, predicate, rdflib.Literal(str(value)) if typed else value))
    return graph


def test_compact_json_ld_uses_the_terms_of_its_context() -> None:
    title = Triple(
        NamedNode("https://example.org/p"), NamedNode(PREFIXES["dct"] + "title"), Literal("Orto", language="it")
    )
    kind = Triple(title.subject, RDF.type, NamedNode(PREFIXES["passo"] + "ParticipatoryProcess"))
    document = json.loads(serialise([title, kind], JSON_LD, CONTEXT))
    (node,) = document["@graph"]
    assert node["title"] == {"it": "Orto"}
    assert set(document["@context"]) <= set(CONTEXT)


def test_prefixes_are_those_that_are_used_and_sorted() -> None:
    text = serialise(example(EXAMPLES[0]), TURTLE).decode()
    declared = [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("@prefix")]
    assert declared
    assert declared == sorted(declared)
    assert all(
        PREFIXES[prefix] in serialise(example(EXAMPLES[0]), N_TRIPLES).decode() or prefix == "xsd"
        for prefix in declared
    )


def test_the_type_of_a_subject_comes_first() -> None:
    node = NamedNode("https://example.org/a")
    graph = [Triple(node, NamedNode(PREFIXES["dct"] + "title"), Literal("a")), Triple(node, RDF.type, node)]
    assert serialise(graph, N_TRIPLES).decode().splitlines()[0].split()[1] == str(RDF.type)


def test_a_line_that_looks_like_a_prefix_stays_in_its_text() -> None:
    node = NamedNode("https://example.org/a")
    graph = [Triple(node, NamedNode(PREFIXES["dct"] + "title"), Literal("a\n@prefix zzz: <b> .\n@prefix aaa: <c> .\n"))]
    assert parse(serialise(graph, TURTLE), TURTLE) == graph


HASHES = """
import hashlib, json, sys
from pathlib import Path
from pyoxigraph import parse
from passo_lod.media_types import GRAPHS, JSON_LD
from passo_lod.serialise import serialise
quads = [quad for path in sys.argv[2:] for quad in parse(path=path)]
context = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["@context"]
data = [serialise(quads, each) for each in GRAPHS] + [serialise(quads, JSON_LD, context)]
print(hashlib.sha256(b"".join(data)).hexdigest())
"""


def test_the_bytes_do_not_depend_on_the_seed_of_hashes() -> None:
    command = [sys.executable, "-c", HASHES, str(ROOT / "ontology" / "context.jsonld"), *map(str, EXAMPLES)]
    digests = {
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(digests) == 1
