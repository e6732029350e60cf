"""Test that the message about a malformed query says what is wrong and where, for what people really write."""

import pyoxigraph as ox
import pytest

from passo_lod.store.refusal_messages import readable_error
from passo_lod.store.syntax_errors import EXTENSIONS, KEYWORDS, explain

UNKNOWN = "is no word of SPARQL; did you mean"

MISTAKES = [
    ("SELECT * { ?s ?p ?o FILTR(?o > 1) }", f"line 1, column 21: FILTR {UNKNOWN} FILTER?"),
    ("SELCT * { ?s ?p ?o }", f"line 1, column 1: SELCT {UNKNOWN} SELECT?"),
    ("SELECT * {\n  ?s ?p ?o }\nODER BY ?s", f"line 3, column 1: ODER {UNKNOWN} ORDER?"),
    ("SELECT * { ?s ?p ?o } LIMT 3", f"line 1, column 23: LIMT {UNKNOWN} LIMIT?"),
    ("SELECT * { optonal { ?s ?p ?o } }", f"line 1, column 12: optonal {UNKNOWN} OPTIONAL?"),
    ("SELECT (CONT(*) AS ?n) {}", f"line 1, column 9: CONT {UNKNOWN} COUNT?"),
    ("SELECT * { ?s ?p ?o FILTER(regexx(?o, 'a')) }", f"line 1, column 28: regexx {UNKNOWN} REGEX?"),
    (
        "SELECT * { ?s a Process }",
        "line 1, column 17: Process is no word of SPARQL; a name has a prefix, as in ex:Process",
    ),
    (
        "PREFIX foaf <x:y> ASK {}",
        "line 1, column 8: foaf is no word of SPARQL; a prefix is declared with a colon: PREFIX foaf: <…>",
    ),
    ("", "the query is empty; it begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
    ("# nothing", "the query is empty; it begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
    ("SELECT * { ?s ?p ?o ", "line 1, column 10: this { is not closed"),
    ("SELECT * { ?s ?p ?o . } }", "line 1, column 25: this } closes nothing"),
    (
        "ASK { FILTER(<x:f>(1) }",
        "line 1, column 23: } stands here, before ( of line 1, column 13 is closed",
    ),
    ("ASK { :a ?p ?o }", "line 1, column 7: no PREFIX line declares the prefix : ; begin the query with PREFIX : <…>"),
    (
        "SELECT ?x { ?x passo:cost ?y }",
        "line 1, column 16: no PREFIX line declares the prefix passo: ; begin the query with PREFIX passo: <https://w3id.org/passo/onto/>",
    ),
    ("SELECT", 'line 1, column 7: the query ends too soon; expected "$" or "(" or "*" or "?"'),
    (
        "SELECT * { ?s ?p ?o } GROUP ?s",
        "line 1, column 29: the query is not understood from here: ?s; expected BY",
    ),
    ("SELECT * { BIND(1 ?x) }", "line 1, column 19: the query is not understood from here: ?x) }"),
    ("SELECT * {\n MINUS ?s ?p\n ?o }", "line 2, column 2: the query is not understood from here: MINUS ?s ?p ?o }"),
    (
        "SELECT (?a AS ?a) { ?a ?b ?c }",
        "line 1, column 31: AS assigns a variable that has a value already",
    ),
    (
        "SELECT ?s ?n { ?s ?p ?o } GROUP BY ?s",
        "line 1, column 38: SELECT has a variable that GROUP BY has not, and that is in no aggregate",
    ),
    ("ASK { ?s <a b> ?o }", "line 1, column 15: before this place stands no IRI, or a relative one without a BASE"),
]


def parser_message(query: str) -> str:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(query)
    return readable_error(str(caught.value))


@pytest.mark.parametrize(("query", "message"), MISTAKES)
def test_a_mistake_is_explained(query: str, message: str) -> None:
    assert explain(query, parser_message(query)) == message


@pytest.mark.parametrize("query", ["ASK { ?s ?p ?o BIND(1 AS ?s) }", "ASK { ?s ?p 'a'@ }"])
def test_a_mistake_without_a_cause_is_not_called_an_end(query: str) -> None:
    assert "the parser finds a mistake and no cause" in explain(query, parser_message(query))


def test_no_message_is_cut_and_none_expects_a_keyword_at_the_wrong_place() -> None:
    queries = [query[:length] for query, _ in MISTAKES for length in range(len(query))]
    messages = {}
    for query in queries:
        try:
            ox.Store().query(query)
        except SyntaxError as error:
            messages[query] = explain(query, readable_error(str(error)))
    assert len(messages) > 300
    assert not [query for query, message in messages.items() if message.endswith(("expected ", ": ", "one of"))]
    assert not [query for query, message in messages.items() if "OPTIONAL" in message and "did you" not in message]


def test_a_message_that_is_not_the_parsers_is_left_as_it_is() -> None:
    assert explain("ASK { nonsense }", "the store answers 400") == "the store answers 400"


@pytest.mark.parametrize("function", ["isTriple", "SUBJECT", "LANGDIR"])
def test_a_word_that_the_engine_reads_beyond_sparql_is_not_blamed(function: str) -> None:
    assert function.upper() in EXTENSIONS
    query = f"ASK {{ FILTER({function}(?x)) FILTR(?x) }}"
    assert "FILTR is no word" in explain(query, parser_message(query))


def test_the_engine_reads_every_keyword() -> None:
    """A keyword that is missing in the table would be blamed in a query that has another mistake."""
    assert len(KEYWORDS) > 110
    for name in ("SHA384", "STRUUID", "ENCODE_FOR_URI", "GROUP_CONCAT", "UNDEF", "REDUCED"):
        assert name in KEYWORDS
