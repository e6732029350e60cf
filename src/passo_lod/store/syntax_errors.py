"""Say what is wrong with a malformed query: the engine's parser often names a place behind the mistake and keywords that do not help.

The parser reports the alternatives that read furthest. To try a keyword it reads as many characters as the keyword has, so that a long one
seems to come furthest: for `FILTR (` it reports "expected OPTIONAL", eight characters behind the place where `FILTR` begins. What can be
found in the tokens of the query is therefore looked up there first: unknown words, brackets, prefixes.
"""

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from itertools import dropwhile, pairwise

from passo_lod.namespaces import PREFIXES
from passo_lod.sparql_tokens import Token, prologue, tokens
from passo_lod.store.query_checks import position
from passo_lod.store.refusal_messages import NO_PREFIX, NOT_UNDERSTOOD

_WORDS = (
    "ABS ADD ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT CONTAINS "
    "COPY COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ENCODE_FOR_URI EXISTS "
    "FALSE FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HAVING HOURS IF IN INSERT INTO IRI ISBLANK ISIRI "
    "ISLITERAL ISNUMERIC ISURI LANG LANGMATCHES LCASE LIMIT LOAD MAX MD5 MIN MINUS MINUTES MONTH MOVE "
    "NAMED NOT NOW OFFSET OPTIONAL ORDER PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS "
    "SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS "
    "STRLANG STRLEN STRSTARTS STRUUID SUBSTR SUM TIMEZONE TO TRUE TZ UCASE UNDEF UNION URI USING UUID "
    "VALUES WHERE WITH YEAR"
)
KEYWORDS = frozenset(_WORDS.split())
"""The keywords and the names of functions of SPARQL 1.1 (Query, 19.8; Update, 19.8)."""

_FURTHER_WORDS = "ADJUST HASLANG HASLANGDIR ISTRIPLE LANGDIR LATERAL OBJECT PREDICATE STRLANGDIR SUBJECT TRIPLE VERSION"
EXTENSIONS = frozenset(_FURTHER_WORDS.split())
"""Words that engines read beyond SPARQL 1.1."""

_PARSER_MESSAGE = re.compile(
    rf"line (\d+), column (\d+): (?:expected (?:one of )?(?P<expected>.+)|{NOT_UNDERSTOOD})", re.DOTALL
)
_ALTERNATIVE = re.compile(r'"(?:[^"\\]|\\.)*"|[^",]+')
_SENTENCES = {
    "IRI parsing failed": "before this place stands no IRI, or a relative one without a BASE",
    "The SELECT contains a variable that is unbound": "SELECT has a variable that GROUP BY has not, and that is in no aggregate",
    "The SELECT overrides an existing variable using an expression": "AS assigns a variable that has a value already",
}
"""What the parser reports of a query that follows the grammar but not its notes (SPARQL 1.1 Query, 19.8)."""

_PAIRS = {")": "(", "}": "{", "]": "["}
_SIMILAR = 0.76
"""The `SequenceMatcher.ratio` of a misspelt keyword and the right one; FITLER and FILTER have 0.83."""
_LONGEST_EXCERPT = 40
_MOST_ALTERNATIVES = 6


def explain(query: str, message: str) -> str:
    """The parser's message in words that help to correct the query; any other message as it is.

    >>> explain("SELECT * { ?s ?p ?o FILTR (?o > 1) }", "line 1, column 29: expected OPTIONAL")
    'line 1, column 21: FILTR is no word of SPARQL; did you mean FILTER?'

    Args:
        query: the text of the query.
        message: of the parser, as `refusal_messages.readable_error` returns it.
    """
    found = _PARSER_MESSAGE.fullmatch(message)
    if found is None:
        return (NO_PREFIX in message and _undeclared_prefix(query, list(tokens(query)))) or message
    alternatives = [item.strip() for item in _ALTERNATIVE.findall(found["expected"] or "") if item.strip()]
    if sentence := next((_SENTENCES[item] for item in alternatives if item in _SENTENCES), None):
        return f"line {found[1]}, column {found[2]}: {sentence}"
    query_tokens = list(tokens(query))
    mistakes = (look(query, query_tokens) for look in _LOOKS)
    return next(filter(None, mistakes), None) or _from_here(query, query_tokens, found, alternatives)


# ------------------------------------------------------------------------------------------------- mistakes in the tokens


def _emptiness(query: str, query_tokens: Sequence[Token]) -> str | None:
    return None if query_tokens else "the query is empty; it begins with SELECT, ASK, CONSTRUCT or DESCRIBE"


def _unknown_word(query: str, query_tokens: Sequence[Token]) -> str | None:
    """The first word that is no keyword and no function: the grammar has no other words without a colon, except `a`."""
    before = ""
    for token in query_tokens:
        if token.kind.isupper() and token.kind not in KEYWORDS and token.kind not in EXTENSIONS:
            word = _excerpt(token.text)
            return f"{position(query, token.start)}: {word} is no word of SPARQL; {_advice(word, before)}"
        before = token.kind
    return None


def _advice(word: str, before: str) -> str:
    if before == "PREFIX":
        return f"a prefix is declared with a colon: PREFIX {word}: <…>"
    close = get_close_matches(word.upper(), sorted(KEYWORDS), n=1, cutoff=_SIMILAR)
    return f"did you mean {close[0]}?" if close else f"a name has a prefix, as in ex:{word}"


def _unmatched_bracket(query: str, query_tokens: Sequence[Token]) -> str | None:
    opened: list[Token] = []
    for token in query_tokens:
        if token.kind in _PAIRS.values():
            opened.append(token)
        elif token.kind in _PAIRS:
            if not opened:
                return f"{position(query, token.start)}: this {token.text} closes nothing"
            begin = opened.pop()
            if begin.kind != _PAIRS[token.kind]:
                where = position(query, token.start)
                return f"{where}: {token.text} stands here, before {begin.text} of {position(query, begin.start)} is closed"
    return f"{position(query, opened[-1].start)}: this {opened[-1].text} is not closed" if opened else None


def _undeclared_prefix(query: str, query_tokens: Sequence[Token]) -> str | None:
    try:
        declared = prologue(query_tokens).prefixes
    except ValueError:
        return None
    for before, token in pairwise(query_tokens):
        if token.kind == "name" and before.kind != "PREFIX" and token.text.partition(":")[0] not in declared:
            prefix = token.text.partition(":")[0]
            iri = PREFIXES.get(prefix, "…")
            return f"{position(query, token.start)}: no PREFIX line declares the prefix {prefix}: ; begin the query with PREFIX {prefix}: <{iri}>"
    return None


_LOOKS: tuple[Callable[[str, Sequence[Token]], str | None], ...] = (
    _emptiness,
    _unknown_word,
    _unmatched_bracket,
    _undeclared_prefix,
)


# ------------------------------------------------------------------------------------------------- the parser's own place


def _from_here(query: str, query_tokens: Sequence[Token], found: re.Match[str], alternatives: Sequence[str]) -> str:
    """The place from which the parser does not understand the query, and what it expects there if that is known."""
    signs = [item for item in alternatives if item.startswith('"')]
    keywords = [item for item in alternatives if item.isidentifier()]
    offset = _offset(query, int(found[1]), int(found[2]))
    if keywords and not signs:
        offset -= min(map(len, keywords))
    token = next(dropwhile(lambda each: each.end <= offset, query_tokens), None)
    if token is None:
        place = f"{position(query, offset)}: "
        if not alternatives:
            return f"{place}the parser finds a mistake and no cause; perhaps BIND or AS assigns a variable that has a value already"
        return f"{place}the query ends too soon{_expectation(signs, keywords)}"
    here = _excerpt(query[token.start :])
    return f"{position(query, token.start)}: {NOT_UNDERSTOOD}: {here}{_expectation(signs, keywords)}"


def _expectation(signs: Sequence[str], keywords: Sequence[str]) -> str:
    if 0 < len(signs) <= _MOST_ALTERNATIVES:
        return f"; expected {' or '.join(signs)}"
    return "; expected BY" if keywords == ["BY"] and not signs else ""


def _offset(query: str, line: int, column: int) -> int:
    """The offset of a line and a column, which the parser counts from 1."""
    lines = query.split("\n")[: line - 1]
    return sum(len(each) + 1 for each in lines) + column - 1


def _excerpt(text: str) -> str:
    r"""The beginning of a text, on one line.

    >>> _excerpt("?s\n  ?p")
    '?s ?p'
    """
    text = " ".join(text[: 4 * _LONGEST_EXCERPT].split())
    return text if len(text) <= _LONGEST_EXCERPT else f"{text[:_LONGEST_EXCERPT]}…"
