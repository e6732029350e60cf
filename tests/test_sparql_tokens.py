"""Tokens of SPARQL queries: kinds, places, and time in proportion to the length."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import QueryRefused
from passo_lod.sparql_tokens import MAX_BASE_CHARACTERS, MAX_RELATIVE_IRIS, prologue, tokens

LENGTH = 64 * 1024


def kinds(query: str) -> list[str]:
    return [token.kind for token in tokens(query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Select $x # { comment", ["SELECT", "variable"]),
        ("x:a x:a.b. : x:", ["name", "name", ".", "name", "name"]),
        (r"x:a\(b\)%20c", ["name"]),
        ("_:b1.c . _:d", ["blank", ".", "blank"]),
        ("'a\\'b' \"c\" '''d'e\n''' \"\"", ["string"] * 4),
        ("'a'@it-IT 'b'^^x:t", ["string", "language", "string", "^^", "name"]),
        ("1 -1.5 +.5 1e3 1.0E-6", ["number"] * 5),
        ("true.SELECT 1.SERVICE 1e3LOAD", ["TRUE", ".", "SELECT", "number", ".", "SERVICE", "number", "LOAD"]),
        ("?a < ?b && ?c>3||!?d", ["variable", "<", "variable", "&&", "variable", ">", "number", "||", "!", "variable"]),
        ("?a<x:b>", ["variable", "iri"]),
        ("a A ^x:p/x:q|!(a)", ["a", "A", "^", "name", "/", "name", "|", "!", "(", "a", ")"]),
        ("<<( <x:a> )>> {| |}", ["<<", "(", "iri", ")", ">>", "{|", "|}"]),
        (r"<http://example.org/\u00E8> \u0053ELECT", ["iri", "escape", "number", "ELECT"]),
        ("{ 'never closed }", ["{", "quote"]),
        ("'''closed by two quotes''", ["quote"]),
        ('{ """never" "closed" }', ["{", "quote"]),
        ("\"\" '' \"\"\"\"\"\" ''''''", ["string"] * 4),
        ("", []),
    ],
)
def test_kinds_of_tokens(query: str, expected: list[str]) -> None:
    assert kinds(query) == expected


@given(st.text(alphabet="SERVICEservice <>{}()[]\"'\\#?$:.u0a\n@-_^|&é", max_size=60))
def test_tokens_follow_one_another_in_the_query(query: str) -> None:
    end = 0
    for token in tokens(query):
        assert token.start >= end
        assert query[token.start : token.end] == token.text != ""
        end = token.end


@given(st.text(alphabet="aé1<>{}()[].:?$@-_^|&/*+!,; \n", max_size=60))
def test_tokens_cover_all_but_white_space(query: str) -> None:
    assert "".join(token.text for token in tokens(query)) == "".join(query.split())


@pytest.mark.parametrize(
    "piece",
    [
        *('"""', "'''\"", "<a", "\\", '"""\\"', "a:b.", "#\n", "{}", "'\\", "((((", "@", "x.", ":.", ".", "a...", "-"),
        *("1.", "1x.", "1e", "é.", "_:a.", "?", ":\\", "a-", "%20", "^^", '\\"""x"', "\\'''x'"),
    ],
)
def test_scanning_takes_time_in_proportion_to_the_length(piece: str) -> None:
    text = piece * (LENGTH // len(piece))
    started = time.process_time()
    list(tokens(text))
    assert time.process_time() - started < 2


def test_an_unclosed_string_is_the_last_token_and_goes_on_to_the_end() -> None:
    assert [token.text for token in tokens('ASK { "a" """b" \n } # c')] == ["ASK", "{", '"a"', '"""b" \n } # c']


PROLOGUE = r"BASE <http://example.org/a/> PREFIX : <b#> PREFIX x: <http://example.org/x/> SELECT * {}"


@pytest.mark.parametrize(
    ("term", "iri"),
    [
        ("<c>", "http://example.org/a/c"),
        (r"<http://example.org/\u00E8>", "http://example.org/è"),
        (":d", "http://example.org/a/b#d"),
        (r"x:e\,f", "http://example.org/x/e,f"),
        ("y:g", None),
        ("?x", None),
        ("'x:e'", None),
    ],
)
def test_full_iri_of_a_term(term: str, iri: str | None) -> None:
    (token,) = tokens(term)
    assert prologue(tokens(PROLOGUE)).iri(token) == iri


def test_relative_iris_are_relative_to_the_base_of_the_request() -> None:
    assert prologue(tokens("PREFIX x: <y/>"), "http://example.org/").prefixes == {"x": "http://example.org/y/"}


@pytest.mark.parametrize(
    "query",
    [
        f"BASE <http://example.org/{'a/' * 1000}> ASK {{}}",
        "BASE <http://example.org/> " + "BASE <a/> " * 102,
        "BASE <http://example.org/> " + "PREFIX x: <a/> " * 101,
    ],
)
def test_a_prologue_that_takes_long_to_resolve_is_refused(query: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        prologue(tokens(query))
    assert refused.value.reason == "too-complex"
    assert refused.value.limit in (MAX_BASE_CHARACTERS, MAX_RELATIVE_IRIS)


def test_a_prologue_may_have_many_full_iris() -> None:
    lines = "".join(f"PREFIX x{number}: <http://example.org/{number}/> " for number in range(500))
    assert len(prologue(tokens(lines)).prefixes) == 500
