"""A canonical literal is what Oxigraph gives back for a literal, whatever its datatype."""

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.canonical_literals import NORMALISED_DATATYPES, canonical_literal, canonical_quads
from passo_lod.namespaces import XSD

SUBJECT, PREDICATE = NamedNode("x:s"), NamedNode("x:p")

DATATYPES = st.sampled_from(sorted(NORMALISED_DATATYPES, key=str))
OTHER_DATATYPES = st.sampled_from([XSD.string, XSD.anyURI, XSD.hexBinary, XSD.token, NamedNode("x:type")])
DIGITS = st.from_regex(r"[+-]?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
ZONES = st.sampled_from(["", "Z", "+00:00", "-00:00", "+14:00", "-05:30", "+1:00"])
TIMES = st.from_regex(r"([01][0-9]|2[0-4]):[0-5]0:[0-5][0-9](\.[0-9]{0,19})?", fullmatch=True)
DATES = st.from_regex(r"-?[0-9]{4,5}-[01][0-9]-[0-3][0-9]", fullmatch=True)
PARTS_OF_DATES = st.from_regex(r"-?[0-9]{4}(-[01][0-9])?|--[01][0-9](-[0-3][0-9])?|---[0-3][0-9]", fullmatch=True)
DURATIONS = st.from_regex(
    r"-?P([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,3}D)?(T([0-9]{1,3}H)?([0-9]{1,3}M)?([0-9]{1,3}(\.[0-9]{0,4})?S)?)?",
    fullmatch=True,
)
LEXICAL_FORMS = st.one_of(
    DIGITS,
    st.builds("{}{}".format, DATES | TIMES | PARTS_OF_DATES, ZONES),
    st.builds("{}T{}{}".format, DATES, TIMES, ZONES),
    DURATIONS,
    st.sampled_from(["true", "false", "1", "0", "INF", "+INF", "-INF", "NaN", "inf", "", " 1 ", "x"]),
    st.text(max_size=5),
)


def literal(text: str, datatype: NamedNode) -> Literal:
    return Literal(text, datatype=datatype)


def returned_by_engine(value: Literal) -> tuple[Literal, str]:
    """What an in-memory store returns for `?o` and for `STR(?o)`."""
    store = ox.Store()
    store.add(Quad(SUBJECT, PREDICATE, value))
    (solution,) = store.query("SELECT ?o (STR(?o) AS ?text) { ?s ?p ?o }")
    return solution["o"], solution["text"].value


@given(st.builds(literal, LEXICAL_FORMS, DATATYPES))
@example(literal("-0", XSD.integer))
@example(literal("-0", XSD.decimal))
@example(literal("-0.0", XSD.decimal))
@example(literal("9223372036854775808", XSD.integer))
@example(literal("0000", XSD.gYear))
@example(literal("2020-13-01", XSD.date))
@example(literal("2020-01-01T24:00:00", XSD.dateTime))
def test_a_canonical_literal_is_what_the_engine_returns(value: Literal) -> None:
    canonical = canonical_literal(value)
    assert returned_by_engine(value) == (canonical, canonical.value)


@given(st.builds(literal, LEXICAL_FORMS, DATATYPES))
def test_canonical_form_is_idempotent(value: Literal) -> None:
    canonical = canonical_literal(value)
    assert canonical_literal(canonical) == canonical
    assert returned_by_engine(canonical) == (canonical, canonical.value)


@given(
    st.builds(literal, LEXICAL_FORMS, OTHER_DATATYPES) | st.builds(lambda text: Literal(text, language="it"), st.text())
)
def test_a_literal_of_any_other_datatype_is_left_as_it_is(value: Literal) -> None:
    assert canonical_literal(value) == value == returned_by_engine(value)[0]


@pytest.mark.parametrize(
    ("text", "datatype", "canonical"),
    [
        ("10000.00", "decimal", '"10000"^^<xsd:decimal>'),
        ("+07.50", "decimal", '"7.5"^^<xsd:decimal>'),
        ("01", "integer", '"1"^^<xsd:integer>'),
        ("1", "int", '"1"^^<xsd:integer>'),
        ("12", "nonNegativeInteger", '"12"^^<xsd:integer>'),
        ("1", "boolean", '"true"^^<xsd:boolean>'),
        ("1.0E6", "double", '"1000000"^^<xsd:double>'),
        ("2020-01-01T00:00:00.000+00:00", "dateTime", '"2020-01-01T00:00:00Z"^^<xsd:dateTime>'),
        ("P12M", "duration", '"P1Y"^^<xsd:duration>'),
        ("about ten", "integer", '"about ten"^^<xsd:integer>'),
        ("99999999999999999999", "integer", '"99999999999999999999"^^<xsd:integer>'),
    ],
)
def test_canonical_forms(text: str, datatype: str, canonical: str) -> None:
    assert str(canonical_literal(literal(text, XSD[datatype]))).replace(XSD.iri, "xsd:") == canonical


def test_quads_keep_their_order_and_become_distinct() -> None:
    def quad(text: str) -> Quad:
        return Quad(SUBJECT, PREDICATE, literal(text, XSD.decimal), NamedNode("x:g"))

    named = Quad(SUBJECT, PREDICATE, SUBJECT, NamedNode("x:g"))
    assert canonical_quads([quad("2.0"), named, quad("1.50"), quad("2.00")]) == (quad("2"), named, quad("1.5"))
