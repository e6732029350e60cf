"""Test that the excerpt of a syntax error has the caret below the right character."""

from hypothesis import given
from hypothesis import strategies as st

from passo_lod.web.pages.query_error_excerpt import error_excerpt


def test_the_line_is_shown_with_a_caret_under_the_column():
    found = error_excerpt("SELECT ?x {\n\t?x & 1\n}", "line 2, column 5: expected one of …")
    assert (found.line, found.column, found.text, found.caret) == (2, 5, "\t?x & 1", "\t   ^")


def test_a_long_line_is_truncated_around_the_place():
    found = error_excerpt("x" * 500 + "&" + "y" * 500, "line 1, column 501: no")
    assert found.text[found.caret.index("^")] == "&"
    assert len(found.text) <= 101


def test_an_undeclared_prefix_is_named_with_its_declaration():
    found = error_excerpt(
        "SELECT ?x { ?x skos:broader ?y }", "line 1, column 28: a prefix is used that no PREFIX line declares"
    )
    assert (found.undeclared_prefix, found.column) == ("skos", 16)
    assert found.declaration == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    here = error_excerpt(
        "SELECT ?x { ?x skos:broader ?y }", "line 1, column 16: no PREFIX line declares the prefix skos: ;"
    )
    assert (here.undeclared_prefix, here.column) == ("skos", 16)
    assert error_excerpt("ASK { ?x zzz:a 1 }", "line 1, column 15: error: Prefix not found").declaration is None


def test_a_message_without_a_place_has_no_excerpt():
    assert error_excerpt("ASK {}", "the query has 70000 characters") is None
    assert error_excerpt("ASK {}", "line 9, column 1: expected") is None


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_for_any_place_the_caret_is_within_the_line(query, line, column):
    found = error_excerpt(query, f"line {line}, column {column}: expected")
    assert found is None or len(found.caret) <= len(found.text) + 1
