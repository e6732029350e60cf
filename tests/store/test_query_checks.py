"""Query checks refuse what could harm the parser, call another endpoint or change data, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import QueryRefused
from passo_lod.store import query_checks

HARMLESS = (
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?service ?load 'SERVICE' . # SERVICE <http://x/> {}\n }",
    'SELECT * { ?s ?p """SERVICE "x" LOAD""" }',
    "PREFIX service: <http://example.org/SERVICE/> SELECT * { service:LOAD service:x ?o }",
    "PREFIX : <http://example.org/> SELECT * { :SERVICE :load ?o }",
    r"SELECT * { ?s ?p 'caff\u00E8' ; <http://example.org/\u00E8> ?o }",
    "SELECT * { ?s ?p ?o FILTER(?a < ?b && ?c > 3) FILTER(?x<?y) }",
    "SELECT * { ?s ?p 'l\\'acqua' , \"a\\\"b\" }",
    "SELECT * " + "{" * query_checks.MAX_NESTING + "}" * query_checks.MAX_NESTING,
    "SELECT * { ?s ?p '" + "{" * 500 + "' }",
    "",
)

HARMFUL = (
    ("SELECT * { SERVICE <http://x/> {} }", "forbidden", "column 12: SERVICE"),
    ("SELECT * {\n service silent ?x {} }", "forbidden", "line 2, column 2"),
    ("SELECT * { ?s ?p ?o FILTER(?a<?b)SERVICE<http://x/>{?s ?p ?o} }", "forbidden", "SERVICE"),
    ("SELECT * { ?s ?p 'x'SERVICE<http://x/>{} }", "forbidden", "SERVICE"),
    ("SELECT * { ?s ?p true.SERVICE <http://x/> {} }", "forbidden", "column 23: SERVICE"),
    ("SELECT * { ?s ?p 1.SERVICE <http://x/> {} }", "forbidden", "SERVICE"),
    ("SELECT * { ?s ?p ?o }#\nSERVICE", "forbidden", "SERVICE"),
    ("LOAD <file:///etc/hostname>", "malformed", "changes nothing"),
    ("INSERT DATA { <a:> <a:> 1 }", "malformed", "changes nothing"),
    ("drop all", "malformed", "changes nothing"),
    (r"SELECT * { \u0053ERVICE <http://x/> {} }", "malformed", "escapes"),
    ("SELECT * { ?s ?p 'never closed }", "malformed", "not closed"),
    ("{" * 5000, "too-complex", "column 65"),
    ("SELECT * { FILTER" + "(" * 100, "too-complex", "nested"),
    ("SELECT * { ?s ?p " + "[ ?p " * 100, "too-complex", "nested"),
    (" " * (query_checks.MAX_CHARACTERS + 1), "too-complex", "characters"),
)


def run_checks(query):
    """The check at a glance and the check of all tokens."""
    query_checks.check(query)
    query_checks.check_tokens(query)


@pytest.mark.parametrize("query", HARMLESS)
def test_a_harmless_query_passes(query):
    run_checks(query)


@pytest.mark.parametrize(("query", "reason", "words"), HARMFUL)
def test_a_harmful_query_is_refused_with_the_reason_and_the_place(query, reason, words):
    with pytest.raises(QueryRefused, match=words) as refused:
        run_checks(query)
    assert refused.value.reason == reason


FRAGMENTS = [
    "SELECT * ",
    "{",
    "}",
    "(",
    ")",
    "'",
    '"',
    "SERVICE",
    "service ",
    "\\u0053",
    "LOAD",
    " ",
    "\n",
    "#",
    "<x:",
    ">",
    "?a",
    "a:b",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=150).map("".join))
def test_a_query_that_passes_at_a_glance_passes_the_check_of_all_tokens(query):
    try:
        query_checks.check_tokens(query)
    except QueryRefused as refused:
        if "not closed" in str(refused):
            return  # the parser refuses it too
        with pytest.raises(QueryRefused):
            query_checks.check(query)
