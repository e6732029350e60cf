"""The guard refuses what could hurt the parser or leave the house, and nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import QueryRefused
from passo_lod.store import query_checks as guard

HARMLESS = (
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?service ?load 'SERVICE' . # SERVICE <http://x/> {}\n }",
    'SELECT * { ?s ?p """SERVICE "x" LOAD""" }',
    "PREFIX service: <http://example.org/SERVICE/> SELECT * { service:LOAD service:x ?o }",
    "PREFIX : <http://example.org/> SELECT * { :SERVICE :load ?o }",
    r"SELECT * { ?s ?p 'caff\u00E8' ; <http://example.org/\u00E8> ?o }",
    "SELECT * { ?s ?p ?o FILTER(?a < ?b && ?c > 3) FILTER(?x<?y) }",
    "SELECT * { ?s ?p 'l\\'acqua' , \"a\\\"b\" }",
    "SELECT * " + "{" * guard.DEEPEST + "}" * guard.DEEPEST,
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
    (" " * (guard.LONGEST + 1), "too-complex", "characters"),
)


def look(query):
    """The quick look and the careful one."""
    guard.check(query)
    guard.examine(query)


@pytest.mark.parametrize("query", HARMLESS)
def test_harmless_query_passes(query):
    look(query)


@pytest.mark.parametrize(("query", "reason", "words"), HARMFUL)
def test_harmful_query_is_refused_with_the_reason_and_the_place(query, reason, words):
    with pytest.raises(QueryRefused, match=words) as refused:
        look(query)
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
def test_the_quick_look_passes_only_what_the_careful_one_has_nothing_against(query):
    try:
        guard.examine(query)
    except QueryRefused as refused:
        if "not closed" in str(refused):
            return  # the parser refuses it too
        with pytest.raises(QueryRefused):
            guard.check(query)


@pytest.mark.parametrize("piece", ['"""', "'''\"", "<a", "\\", '"""\\"', "a:b.", "#\n", "{}", "'\\", "((((", "@", "x."])
def test_scanning_takes_time_in_proportion_to_the_length(piece):
    text = piece * (guard.LONGEST // len(piece))
    started = time.process_time()
    list(guard.scan(text))
    assert time.process_time() - started < 2


@given(st.text(alphabet="SERVICEservice <>{}()[]\"'\\#?$:.u0a\n@-_", max_size=60))
def test_the_tokens_lie_in_the_query_one_behind_the_other(query):
    end = 0
    for token in guard.scan(query):
        assert token.start >= end
        assert query[token.start :].startswith(token.text)
        end = token.start + len(token.text)
