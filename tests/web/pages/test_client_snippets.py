"""Snippets give back the query they were made of, whatever it holds."""

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


def told(name: str, query: str) -> str:
    return next(each.code for each in snippets.snippets(query, ENDPOINT) if each.name == name)


def r_texts(code: str) -> list[str]:
    """The texts of a program in R, as R reads them."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"', code, re.DOTALL)
    return [_R_ESCAPE.sub(lambda match: {"r": "\r", "n": "\n"}.get(match[1], match[1]), text) for text in found]


@given(QUERIES)
def test_a_shell_gives_the_query_back(query):
    words = shlex.split(told("curl", query))
    assert words[words.index("--data-urlencode") + 1] == f"query={query}"
    assert words[-1] == ENDPOINT


@given(QUERIES)
def test_python_gives_the_query_back(query):
    assert ast.literal_eval(snippets.python_text(query)) == query
    calls = [node for node in ast.walk(ast.parse(told("python", query))) if isinstance(node, ast.Call)]
    asked = [call.args[0].value for call in calls if getattr(call.func, "attr", "") == "setQuery"]
    assert asked == [query]


@given(QUERIES)
def test_r_gives_the_query_back(query):
    assert r_texts(snippets.r_text(query)) == [query]
    assert query in r_texts(told("httr2", query))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("# ask\nPREFIX select: <http://x/construct#ask>\nconstruct {} {}", "CONSTRUCT"),
        ('ASK { ?s ?p "SELECT" }', "ASK"),
        ("nonsense", "SELECT"),
    ],
)
def test_the_form_of_a_query_is_told_apart(query, form):
    assert snippets.query_form(query) == form


def test_a_graph_is_asked_for_as_turtle_and_a_table_as_csv():
    assert "text/turtle" in told("curl", "CONSTRUCT {} {}")
    assert "text/csv" in told("curl", "SELECT * {}")
    assert [each.name for each in snippets.snippets("DESCRIBE <x>", ENDPOINT)] == ["curl", "python", "httr2"]
