"""Refuse a query that could hurt the parser or leave the house, before any parser sees it.

The engine's parser recurses as deep as its input nests, and its evaluator opens connections for `SERVICE`. The workers are fenced in
(no descriptors, limited memory, killed at the deadline), so this scan is not the wall but the sign in front of it: it is cheap, it
spares a worker, and it can say why. A rule is a function of the query's tokens; a new rule is a new line in `RULES`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from passo_lod.errors import QueryRefused

LONGEST = 64 * 1024
DEEPEST = 64

_TOKEN = re.compile(
    r'''
      (?P<string>   """(?:[^"\\]|\\.|"(?!""))*+""" | \'\'\'(?:[^'\\]|\\.|'(?!''))*+\'\'\'
                  | "(?:[^"\\\r\n]|\\.)*+" | '(?:[^'\\\r\n]|\\.)*+' )
    | (?P<iri>      <(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+> )
    | (?P<comment>  \#[^\r\n]* )
    | (?P<variable> [?$]\w+ )
    | (?P<language> @[A-Za-z0-9-]+ )
    | (?P<name>     (?:\w[\w.-]*+)?:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\[^uU\s])*+ )
    | (?P<words>    \w[\w.-]*+ )
    | (?P<open>     [({\[] )
    | (?P<close>    [)}\]] )
    | (?P<escape>   \\[uU] )
    | (?P<quote>    ["'] )
    ''',
    re.VERBOSE | re.DOTALL,
)

_WORD = re.compile(r"[A-Za-z_]\w*")

_UPDATE = "this endpoint answers queries (SELECT, ASK, CONSTRUCT, DESCRIBE) and changes nothing"
FORBIDDEN = {
    "SERVICE": "this endpoint asks no other endpoint; ask each one yourself and join the answers",
    **dict.fromkeys(("LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"), _UPDATE),
}


_SUSPICIOUS = (*FORBIDDEN, "\\U")


@dataclass(frozen=True)
class QueryToken:
    """A piece of the query that matters here: its kind is the name of a group in the pattern."""

    kind: str
    text: str
    start: int


_END = QueryToken("end", "", 0)
Rule = Callable[[str, list[QueryToken]], None]


def check(query: str) -> None:
    """Pass a query that the rules have nothing against.

    >>> check("SELECT * { ?service <http://example.org/SERVICE> 'SERVICE' } # SERVICE")

    Raises:
        QueryRefused: a rule refuses it.
    """
    if len(query) > LONGEST:
        raise QueryRefused("too-complex", f"the query has {len(query)} characters; at most {LONGEST} are read")
    if not _is_plain(query):
        examine(query)


def examine(query: str) -> None:
    """Pass a query that the rules have nothing against, having looked at all of it; it can say of a slip what the parser cannot.

    >>> examine("SELECT * { ?s ?p 'a }")
    Traceback (most recent call last):
    passo_lod.errors.QueryRefused: line 1, column 18: a string begins here and is not closed

    Raises:
        QueryRefused: a rule refuses it.
    """
    tokens = list(scan(query))
    for rule in RULES:
        rule(query, tokens)


@dataclass(frozen=True)
class DatasetClause:
    """One `FROM` or `FROM NAMED` of a query, with the IRI it names in full."""

    iri: str
    named: bool
    start: int


def dataset_clauses(query: str, base: str = "") -> list[DatasetClause]:
    """The graphs that a query says itself it asks, its prefixes and its base applied.

    >>> [each.iri for each in dataset_clauses("PREFIX x: <y:> ASK FROM <http://example.org/> FROM NAMED x:z { ?from ?p 'FROM' }")]
    ['http://example.org/', 'y:z']

    Raises:
        QueryRefused: what follows FROM is no IRI, or has a prefix that is not declared.
    """
    if "FROM" not in query.upper():
        return []
    try:
        return list(_clauses(query, [token for token in scan(query) if token.kind != "comment"], base))
    except ValueError as error:
        raise QueryRefused("malformed", f"after BASE, PREFIX or FROM stands no IRI: {error}") from error


def _clauses(query: str, tokens: list[QueryToken], base: str) -> Iterator[DatasetClause]:
    prefixes: dict[str, str] = {}
    for place, token in enumerate(tokens):
        keyword = token.text.upper() if token.kind == "word" else ""
        following = [*tokens[place + 1 : place + 3], _END, _END]
        if keyword == "BASE":
            base = urljoin(base, following[0].text[1:-1])
        elif keyword == "PREFIX":
            prefixes[following[0].text.removesuffix(":")] = urljoin(base, following[1].text[1:-1])
        elif keyword == "FROM":
            named = following[0].text.upper() == "NAMED"
            yield DatasetClause(_iri(query, following[named], prefixes, base), named, following[named].start)


def _iri(query: str, token: QueryToken, prefixes: Mapping[str, str], base: str) -> str:
    if token.kind == "iri":
        return urljoin(base, _unescaped(token.text[1:-1]))
    prefix, colon, name = token.text.partition(":")
    if not colon or prefix not in prefixes:
        raise QueryRefused("malformed", f"{position(query, token.start)}: after FROM stands the IRI of a graph")
    return prefixes[prefix] + name.replace("\\", "")


def _unescaped(iri: str) -> str:
    return re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", lambda found: chr(int(found[1] or found[2], 16)), iri)


def _is_plain(query: str) -> bool:
    """Whether no rule can have anything against the query: brackets are few, and no word of the rules stands in it, not even in a string."""
    upper = query.upper()
    return sum(map(query.count, "({[")) <= DEEPEST and not any(word in upper for word in _SUSPICIOUS)


def names_dataset(query: str) -> bool:
    """Whether the query says itself which graphs it asks.

    >>> names_dataset("ASK FROM <http://example.org/> {}"), names_dataset("ASK { ?from ?p 'FROM' }")
    (True, False)
    """
    return "FROM" in query.upper() and any(
        token.text.upper() == "FROM" for token in scan(query) if token.kind == "word"
    )


def scan(query: str) -> Iterator[QueryToken]:
    """The tokens of a query; strings, IRIs and comments are one token each, so that nothing inside them counts."""
    for match in _TOKEN.finditer(query):
        if match.lastgroup == "words":
            yield from _words(match[0], match.start())
        else:
            yield QueryToken(str(match.lastgroup), match[0], match.start())
        if match.lastgroup == "quote":
            return


def _words(run: str, start: int) -> Iterator[QueryToken]:
    """The words of `true.SELECT`: dots and hyphens belong to a name only where a colon follows."""
    return (QueryToken("word", match[0], start + match.start()) for match in _WORD.finditer(run))


def refuse_open_string(query: str, tokens: list[QueryToken]) -> None:
    """A quote that is never closed would hide all that follows it."""
    if tokens and tokens[-1].kind == "quote":
        raise QueryRefused("malformed", f"{position(query, tokens[-1].start)}: a string begins here and is not closed")


def refuse_escapes(query: str, tokens: list[QueryToken]) -> None:
    r"""Outside strings and IRIs, `\u0053ERVICE` could be a keyword in disguise."""
    for token in tokens:
        if token.kind == "escape":
            where = position(query, token.start)
            raise QueryRefused("malformed", f"{where}: \\u escapes are taken only inside strings and IRIs")


def refuse_depth(query: str, tokens: list[QueryToken]) -> None:
    """Each bracket is a step down the parser's stack."""
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth > DEEPEST:
            where = position(query, token.start)
            raise QueryRefused("too-complex", f"{where}: brackets are nested more than {DEEPEST} deep")


def refuse_keywords(query: str, tokens: list[QueryToken]) -> None:
    """Words that ask for what this endpoint does not do."""
    for token in tokens:
        keyword = token.text.upper()
        if token.kind == "word" and keyword in FORBIDDEN:
            reason = "forbidden" if keyword == "SERVICE" else "malformed"
            raise QueryRefused(reason, f"{position(query, token.start)}: {keyword}: {FORBIDDEN[keyword]}")


def position(query: str, start: int) -> str:
    r"""Where in the query, as the parser says it too.

    >>> position("ASK\n  {", 6)
    'line 2, column 3'
    """
    before = query[:start]
    return f"line {before.count(chr(10)) + 1}, column {start - before.rfind(chr(10))}"


RULES: tuple[Rule, ...] = (refuse_open_string, refuse_escapes, refuse_depth, refuse_keywords)
