"""A rewritten query is answered as SPARQL 1.1 defines it, and all other queries reach the engine as they were sent."""

import asyncio
import io
from functools import partial

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import QueryRefused
from passo_lod.media_types import RESULTS_CSV, TURTLE
from passo_lod.queries.stored_queries import stored_queries
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Limits, Query
from passo_lod.store.query_rewriting import MAX_GRAPHS, evaluate_rewritten, rewrite_query
from passo_lod.store.release import Release
from passo_lod.store.workers.engine import WorkerEngine

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
    """The engine over some data, as a worker calls it."""
    store = ox.Store()
    store.load(io.BytesIO(data.encode()), format=ox.RdfFormat.N_QUADS)
    return partial(store.query, **(dataset or UNION))


def fail_on_evaluation(query):
    raise AssertionError(f"the engine was called: {query}")


def rows(query, evaluate=None):
    """The solutions as sorted tuples of short names."""
    solutions = evaluate_rewritten(PREFIXES + query, evaluate or engine())
    return sorted(tuple(map(short, solution)) for solution in solutions)


def short(term):
    return term.value.removeprefix("http://example.org/") if isinstance(term, ox.NamedNode) else str(term)


# ----------------------------------------------------------------------------------------------------------- GROUP_CONCAT


@pytest.mark.parametrize(
    "query",
    [
        'SELECT (GROUP_CONCAT(?x) AS ?all) { VALUES ?x { "a"@it "b"@it } }',
        'SELECT (group_concat (DISTINCT ?x ; separator = " ") AS ?all) { VALUES ?x { "a"@it "b"@it "a"@it } }',
        'SELECT ?all { { SELECT (GROUP_CONCAT(CONCAT("", (?x))) AS ?all) { VALUES ?x { "a"@it "b"@it } } } }',
    ],
)
def test_group_concat_of_strings_in_one_language_has_no_language(query):
    assert rows(query) == [('"a b"',)]


def test_group_concat_can_be_compared_and_sorted_by():
    query = """SELECT ?k (GROUP_CONCAT(?x; separator=")") AS ?all) { VALUES (?k ?x) { (1 "a"@it) (2 "b"@it) (2 "c"@it) } }
               GROUP BY ?k HAVING (GROUP_CONCAT(?x; separator=")") IN ("a", "b)c")) ORDER BY DESC(GROUP_CONCAT(?x))"""
    assert [str(row[1]) for row in evaluate_rewritten(query, engine())] == ['"b)c"', '"a"']


def test_group_concat_is_wrapped_in_str():
    query = "SELECT (GROUP_CONCAT(?x; separator=')') AS ?all) { ?s ?p ?x }"
    rewritten = "SELECT (STR(GROUP_CONCAT(?x; separator=')')) AS ?all) { ?s ?p ?x }"
    assert rewrite_query(query, fail_on_evaluation) == rewritten


# ------------------------------------------------------------------------------------- sub-selects and MINUS in GRAPH ?g

COUNT = "SELECT (COUNT(*) AS ?c) { ?s :p ?x FILTER (?x != :b) }"
IN_EACH_GRAPH = {
    "an empty group": (f"SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} }}", [("one", ZERO), ("two", ONE)]),
    "a group in a group": (
        f"SELECT ?g ?c {{ GRAPH ?g {{ ?s :p ?o {{ {COUNT} }} }} }}",
        [("one", ZERO), ("two", ONE)],
    ),
    "without an aggregate": (
        "SELECT ?g ?s { GRAPH ?g { SELECT ?s { ?s ?p ?o } } }",
        [("one", "a"), ("two", "b"), ("two", "c")],
    ),
    "with a limit": (
        "SELECT ?g ?s { GRAPH ?g { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1 } }",
        [("one", "a"), ("two", "b")],
    ),
    "an average by graph": (
        """SELECT ?g (MAX(?n) AS ?most) { GRAPH ?g { SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p } } GROUP BY ?g""",
        [("one", ONE), ("two", ONE)],
    ),
    "graphs that are named before": (
        f"SELECT ?g ?c {{ VALUES ?g {{ :two :three }} GRAPH ?g {{ {COUNT} }} }}",
        [("two", ONE)],
    ),
    "a filter on the count": (f"SELECT ?g ?c {{ GRAPH ?g {{ {{ {COUNT} }} FILTER (?c = 1) }} }}", [("two", ONE)]),
    "two patterns": (
        f"SELECT ?g ?h {{ GRAPH ?g {{ {COUNT} }} GRAPH ?h {{ SELECT (COUNT(*) AS ?c) {{ ?s :q ?o }} }} }}",
        [("one", "one"), ("two", "two")],
    ),
    "in EXISTS": (f"SELECT ?g {{ GRAPH ?g {{ ?s :q ?o }} FILTER EXISTS {{ GRAPH ?h {{ {COUNT} }} }} }}", [("two",)]),
    "the graph counted by": (
        "SELECT ?g ?c { GRAPH ?g { SELECT ?g (COUNT(*) AS ?c) { ?s ?p ?o } GROUP BY ?g } }",
        [("one", ONE), ("two", TWO)],
    ),
    "a graph named by IRI": (f"SELECT ?c {{ GRAPH :two {{ {COUNT} }} }}", [(ONE,)]),
    "MINUS without a common variable": (
        "SELECT ?g ?s { GRAPH ?g { ?s :p ?o MINUS { ?x :p ?y } } }",
        [("one", "a"), ("two", "b")],
    ),
    "MINUS with a common variable": (
        "SELECT ?g ?s { GRAPH ?g { ?s ?p ?o MINUS { ?s :q ?y } } }",
        [("one", "a"), ("two", "b")],
    ),
    "no named graph": (f"SELECT ?g ?c FROM :one {{ GRAPH ?g {{ {COUNT} }} }}", []),
    "one named graph": (f"SELECT ?g ?c FROM NAMED :two {{ GRAPH ?g {{ {COUNT} }} }}", [("two", ONE)]),
}


@pytest.mark.parametrize("case", IN_EACH_GRAPH)
def test_a_group_is_evaluated_in_each_graph_by_itself(case):
    query, expected = IN_EACH_GRAPH[case]
    assert rows(query, engine(use_default_graph_as_union="FROM" not in query)) == expected


def test_the_graphs_are_those_that_the_request_names():
    evaluate = engine(default_graph=[], named_graphs=[ox.NamedNode("http://example.org/two")])
    assert rows(f"SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} }}", evaluate) == [("two", ONE)]


GRAPHS = st.dictionaries(
    st.sampled_from(["<x:one>", "<x:two>", "<x:three>"]),
    st.frozensets(st.tuples(st.sampled_from("abc"), st.sampled_from("pq"), st.sampled_from("abc")), min_size=1),
    max_size=3,
)
GROUPS = st.sampled_from(
    [
        "SELECT (COUNT(*) AS ?n) { ?s <x:p> ?o }",
        "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o . ?o ?q ?x }",
        "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 1)",
        "SELECT DISTINCT ?p { ?s ?p ?o }",
        "?s <x:p> ?o MINUS { ?a <x:q> ?b }",
        "?s <x:p> ?o MINUS { ?o <x:q> ?b }",
        "SELECT ?s ?o { ?s <x:p>/<x:q> ?o } ORDER BY ?s ?o LIMIT 2",
        "{ SELECT ?s (MAX(?o) AS ?n) { ?s <x:p> ?o } GROUP BY ?s } ?s <x:q> ?x",
    ]
)


@given(GRAPHS, GROUPS)
def test_graph_with_a_variable_is_the_union_of_graph_with_each_name(graphs, group):
    triples = ((graph, each) for graph, statements in graphs.items() for each in statements)
    evaluate = engine("".join(f"<x:{s}> <x:{p}> <x:{o}> {graph} .\n" for graph, (s, p, o) in triples))

    def solutions(query):
        return evaluate_rewritten(query, evaluate)

    expected = {
        (graph, *map(str, solution))
        for graph in graphs
        for solution in solutions(f"SELECT * {{ GRAPH {graph} {{ {group} }} }}")
    }
    found = list(solutions(f"SELECT * {{ GRAPH ?g {{ {group} }} }}"))
    assert {
        (str(solution["g"]), *(str(term) for term in solution if term != solution["g"])) for solution in found
    } == expected


def test_a_pattern_over_too_many_graphs_is_left_to_the_engine():
    data = "".join(f"<x:s> <x:p> <x:o> <x:g{number}> .\n" for number in range(MAX_GRAPHS + 1))
    query = f"{PREFIXES} SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} }}"
    assert rewrite_query(query, engine(data)) == query


# ------------------------------------------------------------------------------------------------ queries sent as they are


@pytest.mark.parametrize("query", stored_queries(), ids=lambda query: query.name)
def test_stored_queries_are_not_rewritten_and_need_no_other_query(query):
    assert rewrite_query(query.text, fail_on_evaluation) == query.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
        "SELECT ?g { { SELECT ?g { GRAPH ?g { ?s ?p ?o } } } }",
        "SELECT ?g { GRAPH <x:g> { SELECT ?g { ?s ?p ?g } } }",
        "SELECT ?g { GRAPH ?g { ?s ?p 'SELECT', <x:SELECT>, x:SELECT } # SELECT\n }",
        "SELECT ?g { GRAPH ?g { SELECT ?g { ?s ?p ?o } } }",
        "SELECT ?x { ?x <x:GROUP_CONCAT> 'GROUP_CONCAT(?x)' }",
        "GRAPH ?g { SELECT",
        "SELECT GRAPH <x:p>* GRAPH",
        ")(*",
        "",
    ],
)
def test_a_query_that_needs_no_rewriting_is_returned_as_it_is(query):
    assert rewrite_query(query, fail_on_evaluation) == query


REWRITTEN = [
    PREFIXES + 'SELECT (GROUP_CONCAT(?v; separator=",") AS ?x) { ?s :q ?v . FILTER EXISTS { ?v !:p? "x"@en } }',
    PREFIXES + f"SELECT ?g ?c {{ GRAPH ?g {{ {COUNT} }} GRAPH :one {{ :new (:p/:q)* ?v }} }}",
]


def outcome(query, evaluate):
    try:
        result = evaluate(query)
    except SyntaxError as error:
        return str(error)
    return type(result)


@given(st.sampled_from(REWRITTEN), st.data())
def test_a_syntax_error_has_the_place_in_the_query_that_was_sent(query, data):
    evaluate = engine()
    start = data.draw(st.integers(0, len(query) - 1))
    malformed = query[:start] + data.draw(st.sampled_from(["", "}", "(", ".", "?", "*", " a "])) + query[start + 1 :]
    assert outcome(malformed, partial(evaluate_rewritten, evaluate=evaluate)) == outcome(malformed, evaluate)


# ------------------------------------------------------------------------------------------------------------- in workers

AMOUNT = "<https://schema.org/value>"
CSV = Accepted((RESULTS_CSV,), (TURTLE,))


@pytest.fixture(scope="module", params=[StoragePolicy(), StoragePolicy(memory=0)], ids=["in memory", "on disk"])
def ask(request, release):
    opened = Release.open(release)
    loaded = LoadedRelease.open(opened, request.param)
    pool = WorkerEngine(loaded.origin, Limits(seconds=5.0), 1)
    store = LocalStore(opened, loaded, pool)
    with asyncio.Runner() as runner:
        runner.run(store.start())
        yield lambda text, accepted=CSV: runner.run(store.query(Query(text, accepted=accepted))).body.decode()
        runner.run(store.stop())


def test_workers_rewrite_queries(ask):
    assert ask("SELECT (LANG(GROUP_CONCAT(?x)) AS ?l) { VALUES ?x { 'a'@it 'b'@it } }") == "l\r\n\r\n"
    counted = ask(f"SELECT ?g ?n {{ GRAPH ?g {{ SELECT (COUNT(*) AS ?n) {{ ?s {AMOUNT} ?v }} }} }} ORDER BY DESC(?n)")
    assert [line.rpartition(",")[2] for line in counted.splitlines()] == ["n", "1", *"000000"]


def test_workers_report_the_place_of_a_syntax_error_in_the_query_that_was_sent(ask):
    with pytest.raises(QueryRefused) as refused:
        ask("SELECT (GROUP_CONCAT(?v) AS ?x) {\n <x:new> <x:p>* ?v . ?v }")
    assert str(refused.value).startswith("line 2, column 26")


def test_an_amount_is_the_same_in_every_form_of_result(ask):
    assert ask(f"SELECT ?v {{ ?s {AMOUNT} ?v }}") == "v\r\n10000\r\n"
    assert ask(f"SELECT (STR(?v) AS ?text) (?v / 4 AS ?part) {{ ?s {AMOUNT} ?v }}") == "text,part\r\n10000,2500\r\n"
    assert '"10000"' in ask(f"CONSTRUCT WHERE {{ ?s {AMOUNT} ?v }}")
