"""Rewrite queries that Oxigraph would answer otherwise than SPARQL 1.1 defines (called by the workers; docs/decisions/0024-query-rewriting.md).

- `GROUP_CONCAT` returns a literal without language (18.5.1.7); the engine keeps a language that all its values share.
- `GRAPH ?g { … }` evaluates its group in each named graph by itself (18.6). The engine evaluates a sub-select in it once, over all graphs
  together, and takes `?g` for a variable of both sides of MINUS.

All other queries reach the engine as they were sent.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

from passo_lod.sparql_tokens import Token, tokens

Evaluate = Callable[[str], Any]
"""Evaluates a query over the dataset of the request."""

MAX_GRAPHS = 256
"""A `GRAPH ?g` is left as it is if the dataset has more named graphs."""

_KEYWORDS = ("SELECT", "MINUS")
"""A `GRAPH ?g` whose group contains one of these is rewritten."""

_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def evaluate_rewritten(query: str, evaluate: Evaluate) -> Any:
    """The result of a query as SPARQL 1.1 defines it.

    Raises:
        SyntaxError: the query is malformed; line and column are those of the query as it was sent.
    """
    result = evaluate(query)
    rewritten = rewrite_query(query, evaluate)
    if rewritten != query:
        with suppress(SyntaxError):
            return evaluate(rewritten)
    return result


def rewrite_query(query: str, evaluate: Evaluate) -> str:
    """The query that makes the engine answer as SPARQL 1.1 defines; most queries are returned as they are."""
    upper = query.upper()
    if "GROUP_CONCAT" in upper:
        query = _apply(query, _group_concat_edits(tokens(query)))
    if any(keyword in upper.partition("GRAPH")[2] for keyword in _KEYWORDS):
        query = _apply(query, _graph_pattern_edits(query, evaluate))
    return query


class _Edit(NamedTuple):
    """Replaces the characters between two offsets."""

    start: int
    end: int
    text: str


def _apply(query: str, edits: Iterator[_Edit]) -> str:
    ordered = [_Edit(0, 0, ""), *sorted(edits), _Edit(len(query), len(query), "")]
    return "".join(query[before.end : edit.start] + edit.text for before, edit in pairwise(ordered))


# ----------------------------------------------------------------------------------------------------------- GROUP_CONCAT


def _group_concat_edits(query: Iterator[Token]) -> Iterator[_Edit]:
    """Write `STR(GROUP_CONCAT(…))` for each `GROUP_CONCAT(…)`."""
    functions: list[Token | None] = []
    before = None
    for token in query:
        if token.kind == "(":
            functions.append(before)
        elif token.kind == ")" and functions:
            function = functions.pop()
            if function and function.kind == "GROUP_CONCAT":
                yield _Edit(function.start, function.start, "STR(")
                yield _Edit(token.end, token.end, ")")
        before = token


# ------------------------------------------------------------------------------------- sub-selects and MINUS in GRAPH ?g


class _GraphPattern(NamedTuple):
    """`GRAPH ?variable { … }` with a sub-select or MINUS in its group.

    Attributes:
        start: offset of GRAPH.
        group: offset of the opening brace.
        end: offset behind the closing brace.
    """

    variable: str
    start: int
    group: int
    end: int


def _graph_pattern_edits(query: str, evaluate: Evaluate) -> Iterator[_Edit]:
    """Write the union over all named graphs for each `GRAPH ?g { … }` with a sub-select or MINUS (18.6)."""
    query_tokens = list(tokens(query))
    patterns = list(_patterns_to_rewrite(query_tokens))
    graphs = _named_graphs(query, query_tokens, evaluate) if patterns else []
    if len(graphs) <= MAX_GRAPHS:
        for pattern in patterns:
            yield _Edit(pattern.start, pattern.end, _union(query, pattern, graphs))


def _patterns_to_rewrite(query: Sequence[Token]) -> Iterator[_GraphPattern]:
    """The outermost patterns, except those that name their variable in the group: the engine evaluates these in each graph."""
    end = 0
    for index, (keyword, variable, brace) in enumerate(zip(query, query[1:], query[2:], strict=False)):
        if (keyword.kind, variable.kind, brace.kind) != ("GRAPH", "variable", "{") or keyword.start < end:
            continue
        group = _group(query, index + 2)
        names = {token.text[1:] for token in group if token.kind == "variable"}
        if any(token.kind in _KEYWORDS for token in group) and variable.text[1:] not in names:
            end = group[-1].end
            yield _GraphPattern(variable.text, keyword.start, brace.start, end)


def _group(query: Sequence[Token], opening: int) -> Sequence[Token]:
    """The tokens from an opening brace to its closing brace."""
    depth = 0
    for index in range(opening, len(query)):
        depth += (query[index].kind == "{") - (query[index].kind == "}")
        if not depth:
            return query[opening : index + 1]
    return ()


def _named_graphs(query: str, query_tokens: Sequence[Token], evaluate: Evaluate) -> list[str]:
    """The named graphs of the dataset: that of the request, or that of the query's own FROM clauses; one more than the limit at most."""
    prologue = query[: next(token.start for token in query_tokens if token.kind in _FORMS)]
    dataset = " ".join(_dataset_clauses(query_tokens))
    solutions = evaluate(f"{prologue}SELECT DISTINCT ?g {dataset} {{ GRAPH ?g {{}} }} LIMIT {MAX_GRAPHS + 1}")
    return sorted(str(solution["g"]) for solution in solutions)


def _dataset_clauses(query: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(query):
        if token.kind == "FROM":
            named = query[index + 1].kind == "NAMED"
            yield " ".join(part.text for part in query[index : index + 2 + named])


def _union(query: str, pattern: _GraphPattern, graphs: Sequence[str]) -> str:
    group = query[pattern.group : pattern.end]
    if not graphs:
        return f"{{ {query[pattern.start : pattern.end]} FILTER (false) }}"
    return " UNION ".join(
        f"{{ GRAPH {graph} {{ VALUES {pattern.variable} {{ {graph} }} {group} }} }}" for graph in graphs
    )
