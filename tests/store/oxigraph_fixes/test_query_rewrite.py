"""A mended query is answered as SPARQL 1.1 defines it, and one that needs no mending is left as it is."""

import io
from functools import partial
from itertools import product

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.queries.library import stored_queries
from passo_lod.store.oxigraph_fixes.query_rewrite import answer, rewrite_query

PREFIXES = "PREFIX : <http://example.org/> "
UNION = {"use_default_graph_as_union": True}
ZERO = '"0"^^<http://www.w3.org/2001/XMLSchema#integer>'
ONE, TWO = ZERO.replace('"0"', '"1"'), ZERO.replace('"0"', '"2"')

DATA = """
<http://example.org/a> <http://example.org/p> <http://example.org/b> <http://example.org/one> .
<http://example.org/b> <http://example.org/p> <http://example.org/c> <http://example.org/two> .
<http://example.org/c> <http://example.org/q> <http://example.org/d> <http://example.org/two> .
"""


def engine(data=DATA, **dataset):
    """The engine over some data, as a worker asks it."""
    store = ox.Store()
    store.load(io.BytesIO(data.encode()), format=ox.RdfFormat.N_QUADS)
    return partial(store.query, **(dataset or UNION))


def never(query):
    raise AssertionError(f"the data was asked: {query}")


def rows(query, ask=None):
    """The solutions as tuples of short names, in an order of their own."""
    return sorted(tuple(map(short, solution)) for solution in answer(PREFIXES + query, ask or engine()))


def short(term):
    return term.value.removeprefix("http://example.org/") if isinstance(term, ox.NamedNode) else str(term)


def truth(query, ask=None):
    return bool(answer(PREFIXES + query, ask or engine()))


# ---------------------------------------------------------------------------------------------------------- GROUP_CONCAT


@pytest.mark.parametrize(
    "query",
    [
        'SELECT (GROUP_CONCAT(?x) AS ?all) { VALUES ?x { "a"@it "b"@it } }',
        'SELECT (group_concat (DISTINCT ?x ; separator = " ") AS ?all) { VALUES ?x { "a"@it "b"@it "a"@it } }',
        'SELECT ?all { { SELECT (GROUP_CONCAT(CONCAT("", (?x))) AS ?all) { VALUES ?x { "a"@it "b"@it } } } }',
    ],
)
def test_texts_in_one_language_are_put_together_to_a_text_without_language(query):
    assert rows(query) == [('"a b"',)]


def test_what_is_put_together_can_be_compared_and_sorted_by():
    query = """SELECT ?k (GROUP_CONCAT(?x; separator=")") AS ?all) { VALUES (?k ?x) { (1 "a"@it) (2 "b"@it) (2 "c"@it) } }
               GROUP BY ?k HAVING (GROUP_CONCAT(?x; separator=")") IN ("a", "b)c")) ORDER BY DESC(GROUP_CONCAT(?x))"""
    assert [str(row[1]) for row in answer(query, engine())] == ['"b)c"', '"a"']


# ------------------------------------------------------------------------------------------------- paths of length zero


@pytest.mark.parametrize(
    "path", [":p*", ":p?", "(:p)*", "^:p*", ":p*/:q?", ":p|:q*", "(:p?)+", "!:p*", "(!(:p|^:q))?", "a*"]
)
def test_a_constant_that_is_unknown_is_at_the_end_of_a_path_of_length_zero(path):
    assert rows(f"SELECT ?v {{ :new {path} ?v }}") == rows(f"SELECT ?v {{ ?v {path} :new }}") == [("new",)]
    assert truth(f"ASK {{ :new {path} :new }}")
    assert not truth(f"ASK {{ :new {path} :newer }}")
    assert not truth(f"ASK {{ :new {path} :a }}")


@pytest.mark.parametrize("path", [":p", ":p+", "^:p", ":p/:q*", ":p*/:q", "!:p", "(:p|:q)+", "?p"])
def test_a_path_that_has_a_length_does_not_begin_at_a_constant_that_is_unknown(path):
    assert rows(f"SELECT ?v {{ :new {path} ?v }}") == rows(f"SELECT ?v {{ ?v {path} :new }}") == []


@pytest.mark.parametrize(
    "term", ["5", "-5.0", "1e3", '"x"', "'x'@it", '"x"^^:type', "true", "<http://example.org/new>"]
)
def test_a_constant_may_be_any_term(term):
    assert len(rows(f"SELECT ?v {{ ?v :p* {term} }}")) == len(rows(f"SELECT ?v {{ {term} :p* ?v }}")) == 1


def test_alternatives_are_as_many_solutions_as_they_are_ways():
    assert rows("SELECT ?v { :new :p*|:q? ?v }") == [("new",)] * 2
    assert rows("SELECT ?v { :new (:p*|:q?)/(:p*|:q?|:r) ?v }") == [("new",)] * 4


WHOLE = {
    "what else is said of the subject": ("SELECT ?v ?w { :new :p* ?v ; :q? ?w , ?v . }", [("new", "new")]),
    "what the data does not say of it": ("SELECT ?v { :new :p* ?v ; :q ?w }", []),
    "triples before and after": ("SELECT ?s ?v { ?s :p :b . :new :p* ?v . ?s :p ?o . }", [("a", "new")]),
    "a blank node without a name": ("SELECT ?s { [] :p* :new . ?s :p :b }", [("a",)]),
    "a blank node with a name": (
        "SELECT ?s { ?s :p :b . :new :p* _:n . FILTER (true) _:m :p ?y . ?y :q ?z }",
        [("a",)],
    ),
    "a filter between": ('SELECT ?v { FILTER regex("(", "[(]") :new :p* ?v FILTER (?v != :a) }', [("new",)]),
    "EXISTS": ("SELECT ?s { VALUES ?s { :a :new } FILTER EXISTS { ?s :p* :new } }", [("new",)]),
    "NOT EXISTS": ("SELECT ?s { VALUES ?s { :a :new } FILTER (NOT EXISTS { ?s :p? :new } && true) }", [("a",)]),
    "OPTIONAL": ("SELECT ?s ?v { ?s :p :b OPTIONAL { :new :p* ?v } }", [("a", "new")]),
    "UNION": ("SELECT ?v { { :new :p* ?v } UNION { ?v :p :b } }", [("a",), ("new",)]),
    "MINUS": ("SELECT ?v { VALUES ?v { :a :new } MINUS { ?v :p* :new } }", [("a",)]),
    "BIND": ("SELECT ?w { BIND (1 AS ?i) :new :p* ?v BIND (EXISTS { :new :p* ?x } AS ?w) }", [('"true"^^<%s>',)]),
    "VALUES": ("SELECT ?v { VALUES (?v) { (:new) (:a) } :new :p* ?v } VALUES ?v { :new }", [("new",)]),
    "a sub-select": ("SELECT ?v { { SELECT ?v WHERE { :new :p* ?v } GROUP BY ?v HAVING (COUNT(*) = 1) } }", [("new",)]),
    "a graph": ("SELECT ?v { GRAPH :one { :c :p* ?v } }", [("c",)]),
    "a graph that is not there": ("SELECT ?v { GRAPH :three { :c :p* ?v } }", []),
    "every graph": (
        "SELECT ?g ?v { GRAPH ?g { :a :p* ?v FILTER (?g != :three) } }",
        [("one", "a"), ("one", "b"), ("two", "a")],
    ),
    "a known term and an expression": ("SELECT (2 * 3 AS ?n) { :a :p* ?v FILTER (1 * 2 > 1) }", [('"6"^^<%s>',)] * 3),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_path_of_length_zero_is_found_wherever_it_is_asked_for(case):
    query, expected = WHOLE[case]
    kind = {"BIND": "boolean"}.get(case, "integer")
    names = [tuple(cell.replace("%s", f"http://www.w3.org/2001/XMLSchema#{kind}") for cell in row) for row in expected]
    assert rows(query) == names


@pytest.mark.parametrize(
    ("clause", "dataset", "expected"),
    [
        ("", UNION, [("a",), ("b",), ("c",)]),
        ("FROM :two", {}, [("a",)]),
        ("FROM <one>", {"base_iri": "http://example.org/"}, [("a",), ("b",)]),
        ("", {"default_graph": [ox.NamedNode("http://example.org/two")]}, [("a",)]),
        ("FROM :two", {"default_graph": [ox.NamedNode("http://example.org/one")]}, [("a",), ("b",)]),
    ],
)
def test_a_term_is_known_to_the_dataset_that_is_asked_and_to_no_other(clause, dataset, expected):
    ask = engine(**(dataset or {"use_default_graph_as_union": False}))
    assert rows(f"SELECT ?v {clause} {{ :a :p* ?v }}", ask) == expected


def test_triples_and_descriptions_are_mended_too():
    (triple,) = answer(PREFIXES + "CONSTRUCT { ?v :p :a } WHERE { :new :p* ?v }", engine())
    assert (short(triple.subject), short(triple.object)) == ("new", "a")
    (triple,) = answer(PREFIXES + "DESCRIBE ?w { ?v :p* :new . ?w :p :b }", engine())
    assert (short(triple.subject), short(triple.object)) == ("a", "b")


# A path and what it means: (what it is made of), as text and as the pairs it connects (SPARQL 1.1, 18.4).

NODES = ("<x:a>", "<x:b>", "<x:c>", '"text"@it', ONE)
PATHS = st.recursive(
    st.sampled_from([("iri", "<x:p>"), ("iri", "<x:q>"), ("not", "<x:p>")]),
    lambda inner: st.one_of(st.tuples(st.sampled_from("*?+^"), inner), st.tuples(st.sampled_from("/|"), inner, inner)),
    max_leaves=5,
)
TRIPLES = st.frozensets(
    st.tuples(st.sampled_from(NODES[:3]), st.sampled_from(["<x:p>", "<x:q>"]), st.sampled_from(NODES)), max_size=5
)


def text_of(path):
    match path:
        case ("iri", iri):
            return iri
        case ("not", iri):
            return f"!{iri}"
        case ("^", inner):
            return f"^({text_of(inner)})"
        case (("/" | "|") as sign, left, right):
            return f"({text_of(left)} {sign} {text_of(right)})"
        case (sign, inner):
            return f"({text_of(inner)}){sign}"


def pairs(path, triples, terms):
    """What a path connects, where `terms` are those that a path of length zero may be at."""
    match path:
        case ("iri", iri):
            return {(s, o) for s, p, o in triples if p == iri}
        case ("not", iri):
            return {(s, o) for s, p, o in triples if p != iri}
        case ("^", inner):
            return {(o, s) for s, o in pairs(inner, triples, terms)}
        case ("/", left, right):
            return joined(pairs(left, triples, terms), pairs(right, triples, terms))
        case ("|", left, right):
            return pairs(left, triples, terms) | pairs(right, triples, terms)
        case (sign, inner):
            found = once = pairs(inner, triples, terms)
            while sign != "?" and (more := found | joined(found, once)) != found:
                found = more
            return found if sign == "+" else found | {(term, term) for term in terms}


def joined(left, right):
    return {(one, other) for (one, middle), (same, other) in product(left, right) if middle == same}


@given(TRIPLES, TRIPLES, PATHS, st.sampled_from([*NODES, "<x:new>"]))
def test_a_path_from_or_to_a_constant_is_answered_as_it_is_defined(one, two, path, term):
    ask = engine("".join(f"{' '.join(t)} {g} .\n" for g, ts in (("<x:one>", one), ("<x:two>", two)) for t in ts))

    def found(query):
        return {tuple(map(str, row)) for row in answer(query, ask)}

    def expected(triples):
        return pairs(path, triples, {term, *(end for s, _, o in triples for end in (s, o))})

    text = text_of(path)
    assert found(f"SELECT ?v {{ {term} {text} ?v }}") == {(o,) for s, o in expected(one | two) if s == term}
    assert found(f"SELECT ?v {{ ?v {text} {term} }}") == {(s,) for s, o in expected(one | two) if o == term}
    assert bool(answer(f"ASK {{ {term} {text} {term} }}", ask)) == ((term, term) in expected(one | two))
    graphs = {name: triples for name, triples in (("<x:one>", one), ("<x:two>", two)) if triples}
    assert found(f"SELECT ?g ?v {{ GRAPH ?g {{ {term} {text} ?v }} }}") == {
        (name, o) for name, triples in graphs.items() for s, o in expected(triples) if s == term
    }
    if graphs.keys() == {"<x:one>", "<x:two>"}:
        assert found(f"SELECT ?v {{ GRAPH <x:two> {{ ?v {text} {term} }} }}") == {
            (s,) for s, o in expected(two) if o == term
        }


@given(TRIPLES.filter(bool), PATHS, st.data())
def test_a_path_whose_constants_are_all_known_is_left_as_it_is(triples, path, data):
    ask = engine("".join(f"{' '.join(t)} <x:g> .\n" for t in triples))
    ends = st.sampled_from([*sorted({end for s, _, o in triples for end in (s, o)}), "?v", "_:b", "[]"])
    pattern = f"{data.draw(ends)} {text_of(path)} {data.draw(ends)}"
    for query in (f"SELECT * {{ {pattern} }}", f"SELECT * {{ GRAPH ?g {{ {pattern} }} }}"):
        assert rewrite_query(query, ask) == query


# --------------------------------------------------------------------------------------------- sub-selects in every graph

COUNT = "SELECT (COUNT(*) AS ?c) { ?s :p ?x FILTER (?x != :b) }"
EVERY = {
    "an empty group": (f"SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} }}", [("one", ZERO), ("two", ONE)]),
    "a group in a group": (
        f"SELECT ?g ?c {{ GRAPH ?g {{ ?s :p ?o {{ {COUNT} }} }} }}",
        [("one", ZERO), ("two", ONE)],
    ),
    "without an aggregate": (
        "SELECT ?g ?s { GRAPH ?g { SELECT ?s { ?s ?p ?o } } }",
        [("one", "a"), ("two", "b"), ("two", "c")],
    ),
    "graphs that are named before": (
        f"SELECT ?g ?c {{ VALUES ?g {{ :two :three }} GRAPH ?g {{ {COUNT} }} }}",
        [("two", ONE)],
    ),
    "a graph in a graph": (
        f"SELECT ?g ?h ?c {{ GRAPH ?g {{ GRAPH ?h {{ {COUNT} }} }} }}",
        [("one", "one", ZERO), ("one", "two", ONE), ("two", "one", ZERO), ("two", "two", ONE)],
    ),
    "a filter on the graph": (f"SELECT ?g ?c {{ GRAPH ?g {{ {{ {COUNT} }} FILTER (?c = 1) }} }}", [("two", ONE)]),
    "the graph counted by": (
        "SELECT ?g ?c { GRAPH ?g { SELECT ?g (COUNT(*) AS ?c) { ?s ?p ?o } GROUP BY ?g } }",
        [("one", ONE), ("two", TWO)],
    ),
    "no named graph": (f"SELECT ?g ?c FROM :one {{ GRAPH ?g {{ {COUNT} }} }}", []),
    "one named graph": (f"SELECT ?g ?c FROM NAMED :two {{ GRAPH ?g {{ {COUNT} }} }}", [("two", ONE)]),
}


@pytest.mark.parametrize("case", EVERY)
def test_a_sub_select_is_asked_of_one_graph_at_a_time(case):
    query, expected = EVERY[case]
    assert rows(query, engine(use_default_graph_as_union="FROM" not in query)) == expected


def test_the_graphs_are_those_that_the_request_names():
    ask = engine(default_graph=[], named_graphs=[ox.NamedNode("http://example.org/two")])
    assert rows(f"SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} }}", ask) == [("two", ONE)]


def test_more_graphs_than_can_be_written_out_are_left_to_the_engine():
    data = "".join(f"<x:s> <x:p> <x:o> <x:g{number}> .\n" for number in range(65))
    query = f"{PREFIXES} SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} }}"
    assert rewrite_query(query, engine(data)) == query


# ------------------------------------------------------------------------------------------------------ left as they are


@pytest.mark.parametrize("query", stored_queries(), ids=lambda query: query.name)
def test_the_questions_of_the_gallery_are_left_as_they_are_and_ask_nothing_before(query):
    assert rewrite_query(query.text, never) == query.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o FILTER (?o * 2 > 3) }",
        "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT *) AS ?m) { ?s ?p ?o }",
        "SELECT * { ?s <x:p>*/<x:q>? ?o . ?o (<x:p>|<x:q>*) ?x }",
        "SELECT * { ?s ?p 'x:p* ?', <x:?p*> . # x:p*\n }",
        "SELECT ?v { <x:a> <x:p>* [ <x:p> ?v ] , (1 2) }",
        "SELECT ?v { <<( <x:a> <x:p> <x:b> )>> <x:p>* ?v }",
        "GRAPH ? SELECT <x:p>*",
        "SELECT GRAPH <x:p>* GRAPH",
        ")(*",
        "",
    ],
)
def test_what_needs_no_mending_and_what_is_not_understood_asks_nothing(query):
    assert rewrite_query(query, never) == query


MENDABLE = [
    PREFIXES
    + 'SELECT (GROUP_CONCAT(?v; separator=",") AS ?x) { :new :p*|^:q? ?v , [] ; :q ?w . FILTER EXISTS { ?v !:p? "x"@en } }',
    PREFIXES + f"SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} GRAPH :one {{ :new (:p/:q)* ?v }} }}",
]


def outcome(query, ask):
    try:
        result = ask(query)
    except SyntaxError as error:
        return str(error)
    return type(result)


@given(st.sampled_from(MENDABLE), st.data())
def test_a_slip_is_told_as_of_the_query_that_was_sent(query, data):
    ask = engine()
    start = data.draw(st.integers(0, len(query) - 1))
    slipped = query[:start] + data.draw(st.sampled_from(["", "}", "(", ".", "?", "*", " a "])) + query[start + 1 :]
    assert outcome(slipped, partial(answer, ask=ask)) == outcome(slipped, ask)
