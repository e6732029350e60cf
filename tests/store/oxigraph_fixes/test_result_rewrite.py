"""Values come as the data publishes them, in every format, and what a query computes comes as it is."""

import io
import logging

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from passo_lod.media_types import GRAPHS, RESULTS, RESULTS_CSV, RESULTS_JSON, RESULTS_TSV, RESULTS_XML, TURTLE
from passo_lod.store.oxigraph_fixes import lexical_forms as published
from passo_lod.store.oxigraph_fixes.lexical_forms import BY_VALUE, XSD, Scan, otherwise
from passo_lod.store.oxigraph_fixes.result_rewrite import Writer, assigned
from passo_lod.store.result_writer import ResultTooLarge, write_result

MOST = 10_000_000
FORMS = {
    "amount": '"10000.00"^^<xsd:decimal>',
    "p1": '"01"^^<xsd:int>',
    "debt": '"-3"^^<xsd:negativeInteger>',
    "large": '"1.0E6"^^<xsd:double>',
    "sure": '"1"^^<xsd:boolean>',
    "when": '"2020-01-01T00:00:00.000+00:00"^^<xsd:dateTime>',
    "twice": '"7.0"^^<xsd:decimal>',
    "again": '"7.00"^^<xsd:decimal>',
    "so": '"8"^^<xsd:integer>',
    "otherwise": '"8"^^<xsd:long>',
    "same": '"2.5"^^<xsd:decimal>',
    "text": '"10000"',
    "number": '"no number"^^<xsd:integer>',
}


def lines(forms):
    return "".join(f"<x:s> <x:{name}> {form.replace('xsd:', XSD)} .\n" for name, form in forms.items())


def loaded(data):
    """A store with some N-Quads, and who writes what it answers."""
    scan = Scan(io.BytesIO(data.encode()))
    store = ox.Store()
    store.load(scan, format=ox.RdfFormat.N_QUADS)
    return store, Writer(scan.published())


@pytest.fixture(scope="module")
def here():
    return loaded(lines(FORMS))


def body(here, query, media_type=RESULTS_JSON, limit=MOST):
    store, writer = here
    return writer.write(store.query(query), media_type, limit, query)


def terms(content, media_type):
    """The terms of a result with one variable."""
    return [solution[0] for solution in ox.parse_query_results(content, format=media_type.results)]


def short(term):
    return str(term).replace(XSD, "xsd:")


# ------------------------------------------------------------------------------------------------------ as it is published

RESTORED = ("amount", "p1", "debt", "large", "sure", "when", "same", "text", "number")


@pytest.mark.parametrize("media_type", [RESULTS_JSON, RESULTS_XML, RESULTS_TSV], ids=lambda each: each.extension)
@pytest.mark.parametrize("name", RESTORED)
def test_a_value_comes_as_it_is_published(here, name, media_type):
    (term,) = terms(body(here, f"SELECT ?p1 {{ ?s <x:{name}> ?p1 }}", media_type), media_type)
    assert short(term) == FORMS[name]


@pytest.mark.parametrize("name", RESTORED)
def test_a_table_in_csv_has_the_text_of_a_value(here, name):
    table = body(here, f"SELECT ?v ?s {{ ?s <x:{name}> ?v }}", RESULTS_CSV)
    text = FORMS[name].split('"')[1]
    assert table.decode() == f"v,s\r\n{text},x:s\r\n"


@pytest.mark.parametrize("media_type", GRAPHS, ids=lambda each: each.extension)
@pytest.mark.parametrize(
    "query", ["CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "DESCRIBE <x:s>", "CONSTRUCT WHERE { ?s ?p ?o }"]
)
def test_triples_come_as_they_are_published(here, query, media_type):
    triples = ox.parse(body(here, query, media_type), format=media_type.rdf)
    found = {each.predicate.value[2:]: short(each.object) for each in triples if each.predicate.value[2:] in RESTORED}
    assert found == {name: FORMS[name] for name in RESTORED}


@pytest.mark.parametrize(("name", "kept"), [("twice", '"7"^^<xsd:decimal>'), ("otherwise", '"8"^^<xsd:integer>')])
def test_a_value_that_is_published_in_several_ways_comes_as_the_engine_has_it(here, name, kept):
    assert [short(term) for term in terms(body(here, f"SELECT ?v {{ ?s <x:{name}> ?v }}"), RESULTS_JSON)] == [kept]


# ------------------------------------------------------------------------------------------------------- what is computed


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("SELECT (SUM(?o) AS ?v) { ?s <x:amount> ?o }", '"10000"^^<xsd:decimal>'),
        ("SELECT (COUNT(*) AS ?v) { ?s <x:p1> ?o }", '"1"^^<xsd:integer>'),
        ("SELECT ?v { ?s <x:debt> ?o BIND (?o + 0 AS # so\n ?v) }", '"-3"^^<xsd:integer>'),
        ("SELECT ?v { VALUES ?v { 10000.0 } }", '"10000"^^<xsd:decimal>'),
        ("SELECT ?v { VALUES (?x ?v) { (1 1) } }", '"1"^^<xsd:integer>'),
        ("SELECT ?v { { SELECT (MAX(?o) as ?v) { ?s <x:amount> ?o } } }", '"10000"^^<xsd:decimal>'),
    ],
)
@pytest.mark.parametrize("media_type", [RESULTS_JSON, RESULTS_XML, RESULTS_TSV], ids=lambda each: each.extension)
def test_what_a_query_computes_is_not_taken_for_what_is_published(here, query, value, media_type):
    assert [short(term) for term in terms(body(here, query, media_type), media_type)] == [value]


@pytest.mark.parametrize(
    "query",
    [
        "CONSTRUCT { ?s <x:v> 1 } { ?s <x:p1> ?o }",
        "CONSTRUCT { ?s <x:v> '1'^^<http://www.w3.org/2001/XMLSchema#integer> } { ?s <x:p1> ?o }",
        "CONSTRUCT { ?s <x:v> ?n } { SELECT ?s (COUNT(*) AS ?n) { ?s <x:p1> ?o } GROUP BY ?s }",
    ],
)
def test_triples_of_values_that_a_query_makes_are_left_as_they_are(here, query):
    (triple,) = ox.parse(body(here, query, TURTLE), format=ox.RdfFormat.TURTLE)
    assert short(triple.object) == '"1"^^<xsd:integer>'


def test_what_is_described_may_be_named_like_a_keyword(here):
    assert body(here, "DESCRIBE <x:CONSTRUCT>", TURTLE) == b""


def test_a_row_may_have_both(here):
    query = "SELECT ?o (?o * 2 AS ?twice) { ?s <x:amount> ?o }"
    assert body(here, query, RESULTS_CSV) == b"o,twice\r\n10000.00,20000\r\n"
    for media_type, value in ((RESULTS_JSON, b'"value":"%b"'), (RESULTS_XML, b">%b</literal>")):
        assert all(value % text in body(here, query, media_type) for text in (b"10000.00", b"20000"))
    assert body(here, query, RESULTS_TSV) == b'?o\t?twice\n10000.00\t"20000"^^<%bdecimal>\n' % XSD.encode()


def test_a_variable_that_is_given_a_value_is_found_wherever_it_stands():
    query = "SELECT (1 AS ?a) { BIND(2 as $b) VALUES#\n?c{3} VALUES ( ?d ?e ) { (4 5) } ?as ?values ?f }"
    assert assigned(query) == {"a", "b", "c", "d", "e"}


# ------------------------------------------------------------------------------------------------------------- the limits


@pytest.mark.parametrize("media_type", RESULTS, ids=lambda each: each.extension)
def test_a_result_is_refused_where_it_is_too_large_as_it_is_published(here, media_type):
    query = "SELECT ?v { ?s <x:amount> ?v }"
    length = len(body(here, query, media_type))
    assert len(body(here, query, media_type, length)) == length
    with pytest.raises(ResultTooLarge):
        body(here, query, media_type, length - 1)


def test_of_too_many_values_nothing_is_restored_and_it_is_told(monkeypatch, caplog):
    monkeypatch.setattr(published, "MOST", 3)
    with caplog.at_level(logging.WARNING):
        here = loaded(lines(FORMS))
    assert "more than 3 different values" in caplog.text
    assert body(here, "SELECT ?v { ?s <x:amount> ?v }", RESULTS_CSV) == b"v\r\n10000\r\n"


def test_what_is_found_can_be_kept_in_a_file(tmp_path):
    found = otherwise([("1.0", "decimal"), ("01", "int")])
    published.keep(found, tmp_path / "published.json")
    assert (
        published.read(tmp_path / "published.json")
        == found
        == {
            ("1", "decimal"): ("1.0", "decimal"),
            ("1", "integer"): ("01", "int"),
        }
    )
    assert published.read(tmp_path / "of an index that was made before") == {}


# --------------------------------------------------------------------------------------------------------------- the laws

TEXTS = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,3}(\.[0-9]{0,3})?([eE][0-9])?", fullmatch=True),
    st.sampled_from(
        ["true", "1", "0", "INF", "2020-01-01", "2020-01-01T00:00:00.10Z", "2020-01-01Z", "P1D", "PT24H", "x"]
    ),
)
VALUES = st.builds(lambda text, kind: Literal(text, datatype=NamedNode(XSD + kind)), TEXTS, st.sampled_from(BY_VALUE))
OTHERS = st.one_of(
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\r\t"\\,<&'))),
    st.builds(lambda text: Literal(text, language="it"), st.text("a\"b\n\t', ")),
    st.builds(lambda text: Literal(text, datatype=NamedNode("x:type")), TEXTS),
    st.sampled_from([NamedNode("x:o"), NamedNode("http://example.org/è,\"%20'".replace('"', "")), BlankNode("b")]),
)
QUERY = "SELECT ?v ?s ?none { ?s <x:p> ?v OPTIONAL { ?s <x:q> ?none } } ORDER BY ?s"


def stored(values):
    quads = [Quad(NamedNode(f"x:{number:03}"), NamedNode("x:p"), value) for number, value in enumerate(values)]
    return loaded((ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").decode())


@given(st.lists(st.one_of(VALUES, OTHERS), max_size=8))
def test_all_that_is_published_in_one_way_comes_back_so_and_all_else_as_the_engine_has_it(values):
    here = stored(values)
    direct = [solution[0] for solution in here[0].query(QUERY)]
    ways = {kept: {value for value, each in zip(values, direct, strict=True) if each == kept} for kept in direct}
    for media_type in (RESULTS_JSON, RESULTS_XML, RESULTS_TSV):
        for value, kept, found in zip(values, direct, terms(body(here, QUERY, media_type), media_type), strict=True):
            assert isinstance(value, BlankNode) or found == (value if len(ways[kept]) == 1 else kept)


@given(st.lists(OTHERS, max_size=8))
def test_a_table_is_the_same_where_nothing_is_to_be_restored(values):
    store, _ = stored(values)
    writer = Writer({("1", "decimal"): ("1.0", "decimal")})
    for media_type in RESULTS:
        assert writer.write(store.query(QUERY), media_type, MOST, QUERY) == write_result(
            store.query(QUERY), media_type, MOST
        )


@given(st.lists(VALUES, min_size=1, max_size=20), st.integers(1, 200))
def test_a_dump_may_be_read_in_pieces_of_any_size(values, size):
    dump = ox.serialize(
        [Quad(NamedNode("x:s"), NamedNode("x:p"), value) for value in values], format=ox.RdfFormat.N_QUADS
    )
    scan = Scan(io.BytesIO((dump or b"").removesuffix(b"\n")))
    while scan.read(size):
        pass
    assert scan.published() == otherwise(
        sorted({(each.value, each.datatype.value.removeprefix(XSD)) for each in values})
    )
