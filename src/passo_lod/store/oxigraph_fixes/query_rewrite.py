"""Say a query so that the engine answers it as SPARQL 1.1 has it, where it would answer otherwise.

There are three such places:

- `GROUP_CONCAT` is a text without language (18.5.1.7); the engine keeps a language that all texts share.
- A path of length zero is at its end, whether or not that stands in the data (18.4); the engine finds none at a constant it does not know.
- `GRAPH ?g { … }` is the union of what each named graph says (18.6); the engine asks a sub-select in it of all graphs at once.

What is not understood here is left to the engine, as is every query that has none of these.
"""

from contextlib import suppress
from typing import Any

from passo_lod.store.oxigraph_fixes.query_walk import Ask, QueryRewriter, UnsupportedQuery
from passo_lod.store.oxigraph_fixes.tokens import TextEdit, Token, applied, tokens


def answer(query: str, ask: Ask) -> Any:
    """The engine's result of a query, which is mended where it needs to be.

    Raises:
        SyntaxError: it is no query; the line and the column are those of the query as it was sent.
    """
    result = ask(query)
    text = rewrite_query(query, ask)
    if text != query:
        with suppress(SyntaxError):
            return ask(text)
    return result


def rewrite_query(query: str, ask: Ask) -> str:
    """The query as the engine has to be asked it; nearly all are left as they are."""
    upper = query.upper()
    if "GROUP_CONCAT" in upper:
        query = without_language(query)
    if may_have_empty_path(query) or "SELECT" in upper.partition("GRAPH")[2]:
        with suppress(UnsupportedQuery, SyntaxError, RecursionError):
            return QueryRewriter(query, ask).mended()
    return query


# ---------------------------------------------------------------------------------------------------------- GROUP_CONCAT


def without_language(query: str) -> str:
    """Each `GROUP_CONCAT` as a text and no more.

    >>> without_language("SELECT (GROUP_CONCAT(?x; separator=')') AS ?all) { ?s ?p ?x }")
    "SELECT (STR(GROUP_CONCAT(?x; separator=')')) AS ?all) { ?s ?p ?x }"
    """
    edits: list[TextEdit] = []
    opened: list[Token | None] = []
    before = None
    for token in tokens(query):
        if token.kind == "(":
            opened.append(before)
        elif token.kind == ")" and opened:
            function = opened.pop()
            if function and function.kind == "GROUP_CONCAT":
                edits += TextEdit(function.start, function.start, "STR("), TextEdit(token.end, token.end, ")")
        before = token
    return applied(query, edits)


# ---------------------------------------------------------------------------------------------------- paths and graphs


def may_have_empty_path(query: str) -> bool:
    """Whether a `*` or a `?` may be the end of a path; it costs little to know that there is none.

    >>> [may_have_empty_path(f"SELECT * {{ ?s {path} ?o FILTER(?o * 2 > 3) }}") for path in ("x:p", "x:p*", "<x:p> ?", "(a|x:p)?/a")]
    [False, True, True, True]
    """
    return any(_may_be_mark(query, place) for sign in "*?" for place in _places(query, sign))


def _places(query: str, sign: str) -> list[int]:
    places, place = [], query.find(sign)
    while place >= 0:
        places.append(place)
        place = query.find(sign, place + 1)
    return places


def _may_be_mark(query: str, place: int) -> bool:
    after = query[place + 1 : place + 2]
    if query[place] == "?" and (after.isalnum() or after == "_"):
        return False
    before = query[max(0, place - 99) : place].split()
    return bool(before) and (before[-1][-1] in ">)a" or ":" in before[-1])
