"""Refuse queries that could harm the engine's parser, call another endpoint or change data, and find the graphs that a query names.

The parser recurses as deep as its input nests, and the engine opens connections for `SERVICE`. The workers are safe without these checks
(no network, limited memory, killed at the deadline); but a check costs less than a worker, and its message says what to change. A rule is a
function of the query and its tokens; to add a rule, add it to `RULES`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from passo_lod.errors import QueryRefused
from passo_lod.sparql_tokens import Token, prologue, tokens

MAX_CHARACTERS = 64 * 1024
MAX_NESTING = 64
MAX_GRAPHS = 100
"""How many graphs the dataset of a query may name: each one makes every pattern of the query cost more."""

_UPDATE = "this endpoint answers queries (SELECT, ASK, CONSTRUCT, DESCRIBE) and changes nothing"
FORBIDDEN = {
    "SERVICE": "this endpoint asks no other endpoint; ask each one yourself and join the answers",
    **dict.fromkeys(("LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"), _UPDATE),
}
"""Keywords of SPARQL 1.1 that no query may have, each with the reason."""

_OPENING, _CLOSING = frozenset("({["), frozenset(")}]")
_SUSPICIOUS = (*FORBIDDEN, "\\U")

Rule = Callable[[str, Sequence[Token]], None]


def check(query: str) -> None:
    """Check a query; scan it only if it nests deeply or contains a forbidden word, even as part of a name.

    >>> check("SELECT * { ?service <http://example.org/SERVICE> 'SERVICE' } # SERVICE")

    Raises:
        QueryRefused: a rule refuses it.
    """
    if len(query) > MAX_CHARACTERS:
        raise QueryRefused(
            "too-complex", f"the query has {len(query)} characters; it may have at most {MAX_CHARACTERS}"
        )
    if not _passes_at_a_glance(query):
        check_tokens(query)


def check_tokens(query: str) -> None:
    """Check all tokens of a query; the messages are plainer than those of the parser.

    >>> check_tokens("SELECT * { ?s ?p 'a }")
    Traceback (most recent call last):
    passo_lod.errors.QueryRefused: line 1, column 18: a string begins here and is not closed

    Raises:
        QueryRefused: a rule refuses it.
    """
    query_tokens = list(tokens(query))
    for rule in RULES:
        rule(query, query_tokens)


def _passes_at_a_glance(query: str) -> bool:
    """Whether no rule can refuse the query: few brackets, and no forbidden word even in a string."""
    upper = query.upper()
    return sum(map(query.count, "({[")) <= MAX_NESTING and not any(word in upper for word in _SUSPICIOUS)


# ------------------------------------------------------------------------------------------------------------------ rules


def check_strings(query: str, query_tokens: Sequence[Token]) -> None:
    """A string that is not closed would hide all that follows it."""
    if query_tokens and query_tokens[-1].kind == "quote":
        raise QueryRefused(
            "malformed", f"{position(query, query_tokens[-1].start)}: a string begins here and is not closed"
        )


def check_escapes(query: str, query_tokens: Sequence[Token]) -> None:
    r"""`\u0053ERVICE` outside of strings and IRIs could be a keyword in disguise."""
    for token in query_tokens:
        if token.kind == "escape":
            where = position(query, token.start)
            raise QueryRefused("malformed", f"{where}: \\u escapes are allowed only inside strings and IRIs")


def check_nesting(query: str, query_tokens: Sequence[Token]) -> None:
    """Each bracket takes a frame of the parser's stack."""
    depth = 0
    for token in query_tokens:
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if depth > MAX_NESTING:
            where = position(query, token.start)
            raise QueryRefused("too-complex", f"{where}: brackets are nested more than {MAX_NESTING} deep")


def check_keywords(query: str, query_tokens: Sequence[Token]) -> None:
    """Updates and federated queries are not supported."""
    for token in query_tokens:
        if token.kind in FORBIDDEN:
            reason = "forbidden" if token.kind == "SERVICE" else "malformed"
            raise QueryRefused(reason, f"{position(query, token.start)}: {token.kind}: {FORBIDDEN[token.kind]}")


RULES: tuple[Rule, ...] = (check_strings, check_escapes, check_nesting, check_keywords)


# ---------------------------------------------------------------------------------------------------------------- dataset


@dataclass(frozen=True)
class DatasetClause:
    """One `FROM` or `FROM NAMED` of a query (SPARQL 1.1 Query, 13.2).

    Attributes:
        iri: the full IRI of the graph.
        start: offset of the IRI in the query.
        keyword: offset of FROM.
        end: offset behind the clause.
    """

    iri: str
    named: bool
    start: int
    keyword: int
    end: int


def dataset_clauses(query: str, base: str = "") -> list[DatasetClause]:
    """The dataset clauses of a query, with full IRIs.

    >>> [clause.iri for clause in dataset_clauses("PREFIX x: <y:> ASK FROM <http://example.org/> FROM NAMED x:z { ?from ?p 'FROM' }")]
    ['http://example.org/', 'y:z']

    Args:
        query: the text of the query.
        base: the base IRI that the request gives.

    Raises:
        QueryRefused: no IRI follows FROM, or its prefix is not declared, or there are more than `MAX_GRAPHS` clauses.
    """
    if "FROM" not in query.upper():
        return []
    query_tokens = list(tokens(query))
    check_number_of_graphs(sum(token.kind == "FROM" for token in query_tokens))
    try:
        return list(_dataset_clauses(query, query_tokens, base))
    except ValueError as error:
        raise QueryRefused("malformed", f"after BASE, PREFIX or FROM stands no IRI: {error}") from error


def _dataset_clauses(query: str, query_tokens: Sequence[Token], base: str) -> Iterator[DatasetClause]:
    declared = prologue(query_tokens, base)
    end = Token("end", "", len(query))
    for index, token in enumerate(query_tokens):
        if token.kind == "FROM":
            first, second = [*query_tokens[index + 1 : index + 3], end, end][:2]
            named = first.kind == "NAMED"
            graph = second if named else first
            iri = declared.iri(graph)
            if iri is None:
                where = position(query, graph.start)
                raise QueryRefused("malformed", f"{where}: after FROM stands the IRI of a graph")
            yield DatasetClause(iri, named, graph.start, token.start, graph.end)


def check_number_of_graphs(number: int) -> None:
    """Check how many graphs the clauses of a query and the parameters of its request name together.

    Raises:
        QueryRefused: they are more than `MAX_GRAPHS`.
    """
    if number > MAX_GRAPHS:
        message = (
            f"FROM, default-graph-uri and named-graph-uri name {number} graphs; they may name at most {MAX_GRAPHS}"
        )
        raise QueryRefused("too-complex", message, limit=MAX_GRAPHS, used=number)


def without_dataset_clauses(query: str, clauses: Sequence[DatasetClause]) -> str:
    """The query with spaces in place of its dataset clauses, so that all else keeps its line and column.

    >>> query = "ASK FROM <x:g> {}"
    >>> without_dataset_clauses(query, dataset_clauses(query))
    'ASK            {}'
    """
    for clause in clauses:
        blank = re.sub(r"[^\n]", " ", query[clause.keyword : clause.end])
        query = query[: clause.keyword] + blank + query[clause.end :]
    return query


def names_dataset(query: str) -> bool:
    """Whether the query itself names the graphs of its dataset.

    >>> names_dataset("ASK FROM <http://example.org/> {}"), names_dataset("ASK { ?from ?p 'FROM' }")
    (True, False)
    """
    return "FROM" in query.upper() and any(token.kind == "FROM" for token in tokens(query))


def position(query: str, start: int) -> str:
    r"""The line and column of an offset, counted from 1 as the parser counts them.

    >>> position("ASK\n  {", 6)
    'line 2, column 3'
    """
    before = query[:start]
    return f"line {before.count(chr(10)) + 1}, column {start - before.rfind(chr(10))}"
