"""A result in XML is well-formed and has the values of the result, or is refused; no other syntax is affected."""

import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from passo_lod.errors import NotInXml
from passo_lod.media_types import GRAPHS, RDF_XML, RESULTS_JSON, RESULTS_XML
from passo_lod.store.result_writer import write_result

LIMIT = 1_000_000
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LITERAL = "{http://www.w3.org/2005/sparql-results#}literal"

TEXTS = st.text(
    st.sampled_from("a \t\r\n<>&\"'\x00\x01\x0b\x1f\x7f\x85\u2028\ufffe\uffff\U0001fffe\ufeff]é"), max_size=4
)
BASES = st.sampled_from(
    ["http://example.org/", "http://example.org/x#", "urn:p:", "urn:p/", "http://purl.org/dc/terms/"]
)
LOCAL_NAMES = st.text(st.sampled_from("aZ1-._:/#?&=é·(',~@\u0301ⅷ\U00010000"), max_size=4)
RESERVED = st.sampled_from(
    [RDF + name for name in ("li", "_1", "Description", "bagID", "aboutEach", "type", "value", "ID")]
)


def named(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


PROPERTIES = (st.builds(str.__add__, BASES, LOCAL_NAMES) | RESERVED).map(named).filter(bool)


def triple(predicate: str, value: ox.Literal) -> ox.Triple:
    return ox.Triple(ox.NamedNode("http://example.org/s"), ox.NamedNode(predicate), value)


@given(st.builds(ox.Triple, st.just(ox.NamedNode("http://example.org/s")), PROPERTIES, TEXTS.map(ox.Literal)))
@example(triple("http://example.org/p", ox.Literal("a\r\nb")))
def test_a_graph_in_rdf_xml_is_read_as_the_same_graph_or_refused(statement: ox.Triple) -> None:
    try:
        document = write_result([statement], RDF_XML, LIMIT)
    except NotInXml:
        return
    (found,) = rdflib.Graph().parse(data=document, format="xml")
    assert tuple(map(str, found)) == tuple(term.value for term in statement)


@given(TEXTS)
@example("a\r\nb")
def test_solutions_in_xml_are_read_as_the_same_texts_or_refused(text: str) -> None:
    solutions = ox.Store().query(f"SELECT ?o {{ VALUES ?o {{ {ox.Literal(text)} }} }}")
    try:
        document = write_result(solutions, RESULTS_XML, LIMIT)
    except NotInXml:
        return
    assert [element.text or "" for element in ET.fromstring(document).iter(LITERAL)] == [text]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (triple("urn:p/1", ox.Literal("a")), "does not end in an XML name"),
        (triple("http://example.org/", ox.Literal("a")), "does not end in an XML name"),
        (triple(RDF + "li", ox.Literal("a")), "reserves"),
        (triple(RDF + "bagID", ox.Literal("a")), "reserves"),
        (triple("http://example.org/p", ox.Literal("a\x01")), "character"),
        (triple("http://example.org/p", ox.Literal("a\uffff")), "character"),
    ],
)
def test_the_refusal_says_why_and_what_to_ask_for(statement: ox.Triple, words: str) -> None:
    with pytest.raises(NotInXml, match=words) as refused:
        write_result([statement], RDF_XML, LIMIT)
    assert "ask for text/turtle, application/ld+json" in str(refused.value)
    assert "rdf+xml" not in str(refused.value)


def test_the_refusal_of_solutions_names_the_other_formats() -> None:
    with pytest.raises(NotInXml, match=r"ask for application/sparql-results\+json, text/csv"):
        write_result(ox.Store().query(r'SELECT ("\u0001" AS ?x) {}'), RESULTS_XML, LIMIT)


@pytest.mark.parametrize("media_type", [each for each in GRAPHS if each is not RDF_XML])
def test_other_syntaxes_of_graphs_have_all_of_them(media_type: object) -> None:
    statements = [triple("urn:p/1", ox.Literal("a\x01\r\n\uffff")), triple(RDF + "li", ox.Literal("a"))]
    document = write_result(statements, media_type, LIMIT)  # type: ignore[arg-type]
    assert {quad.triple for quad in ox.parse(document, format=media_type.rdf)} == set(statements)  # type: ignore[attr-defined]


def test_json_has_every_character() -> None:
    assert b"\\u0001" in write_result(ox.Store().query(r'SELECT ("\u0001" AS ?x) {}'), RESULTS_JSON, LIMIT)
