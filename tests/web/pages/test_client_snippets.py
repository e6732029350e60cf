"""Test that each snippet passes on its query unchanged, whatever characters it has."""

import ast
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.web.pages import client_snippets as snippets

ENDPOINT = "http://127.0.0.1:8000/sparql"
QUERIES = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text("'\"\\\n\r$`{}()#a <>?é!"))
_R_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def code_of(name: str, query: str) -> str:
    return next(each.code for each in snippets.snippets(query, ENDPOINT) if each.name == name)


def r_strings(code: str) -> list[str]:
    """The texts of a program in R, as R reads them."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"', code, re.DOTALL)
    return [_R_ESCAPE.sub(lambda match: {"r": "\r", "n": "\n"}.get(match[1], match[1]), text) for text in found]


@given(QUERIES)
def test_the_shell_reads_the_query_unchanged(query):
    words = shlex.split(code_of("curl", query))
    assert words[words.index("--data-urlencode") + 1] == f"query={query}"
    assert words[-1] == ENDPOINT


@given(QUERIES)
def test_python_reads_the_query_unchanged(query):
    assert ast.literal_eval(snippets.python_literal(query)) == query
    calls = [node for node in ast.walk(ast.parse(code_of("python", query))) if isinstance(node, ast.Call)]
    queries = [call.args[0].value for call in calls if getattr(call.func, "attr", "") == "setQuery"]
    assert queries == [query]


@given(QUERIES)
def test_r_reads_the_query_unchanged(query):
    assert r_strings(snippets.r_literal(query)) == [query]
    assert query in r_strings(code_of("httr2", query))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("# ask\nPREFIX select: <http://x/construct#ask>\nconstruct {} {}", "CONSTRUCT"),
        ('ASK { ?s ?p "SELECT" }', "ASK"),
        ("nonsense", "SELECT"),
    ],
)
def test_the_query_form_is_recognised(query, form):
    assert snippets.query_form(query) == form


def test_a_graph_is_requested_as_turtle_and_a_table_as_csv():
    assert "text/turtle" in code_of("curl", "CONSTRUCT {} {}")
    assert "text/csv" in code_of("curl", "SELECT * {}")
    assert [each.name for each in snippets.snippets("DESCRIBE <x>", ENDPOINT)] == ["curl", "python", "httr2"]
