"""Answer a comparison from any SPARQL endpoint: fetch the evidence, turn it into figures, and name their groups."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Triple

from passo_lod.comparison.answer_rows import Names, answer_rows, cells, columns
from passo_lod.comparison.declarations import Declarations, MeasureKind
from passo_lod.comparison.evidence import ProcessEvidence, Solution, evidence_of
from passo_lod.comparison.evidence_query import Comparison, evidence_query
from passo_lod.comparison.figures import CrossTable, cross_table
from passo_lod.comparison.names_query import names_query, read_names

Ask = Callable[[str], Awaitable[QuerySolutions]]
"""Sends a SELECT query."""

_Result = TypeVar("_Result")

Term = NamedNode | BlankNode | Literal | Triple

_QUERIES_AT_ONCE = 2
"""More would take the place of other clients' queries."""

DECLARATIONS_QUERY = """PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?subject ?predicate ?object {
  GRAPH <https://w3id.org/passo/comparison> { ?subject ?predicate ?object }
}
"""
"""Selects the statements of `ontology/comparison.ttl` in a release."""


@dataclass(frozen=True)
class AnsweredComparison:
    """A comparison with its answer.

    Attributes:
        query: that fetched the evidence.
        evidence: of each process.
        table: the figures.
        names: of the values of the dimensions.
    """

    comparison: Comparison
    query: str
    evidence: Sequence[ProcessEvidence]
    table: CrossTable
    names: Names

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer as a table."""
        return columns(self.comparison)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the answer as a table, texts by column."""
        rows = answer_rows(self.table, self.comparison, self.names)
        return [cells(row, self.comparison, self.names) for row in rows]


async def read_declarations(ask: Ask) -> Declarations:
    """Fetch the dimensions and measures that a release declares; one that was published before there were any has none."""
    terms = read_terms(await ask(DECLARATIONS_QUERY))
    triples = [Triple(each["subject"], each["predicate"], each["object"]) for each in terms]  # type: ignore[arg-type]
    return Declarations.of(triples)


@dataclass(frozen=True)
class FetchedComparison:
    """What was fetched to answer a comparison, for readers of any language.

    Attributes:
        query: that fetched the evidence.
        evidence: of each process.
        names: the solutions of `names_query` for the values of the dimensions.
    """

    comparison: Comparison
    query: str
    evidence: Sequence[ProcessEvidence]
    names: Sequence[Solution]

    def answered(self, languages: Sequence[str]) -> AnsweredComparison:
        """Compute the figures, with names in the first of some languages that they have."""
        names = read_names(self.names, languages)
        return AnsweredComparison(self.comparison, self.query, self.evidence, cross_table(self.evidence), names)


async def fetch(comparison: Comparison, ask: Ask) -> FetchedComparison:
    """Fetch the evidence of a comparison, and the names of its groups."""
    query = evidence_query(comparison)
    evidence = evidence_of(read_solutions(await ask(query)), comparison)
    values = {value for each in evidence for value in (*each.groups, *each.series)}
    text = names_query(values, populations=comparison.measure.kind is MeasureKind.RATE)
    names = sorted(read_solutions(await ask(text)), key=lambda each: sorted(each.items())) if text else []
    return FetchedComparison(comparison, query, evidence, names)


async def answer(comparison: Comparison, ask: Ask, languages: Sequence[str]) -> AnsweredComparison:
    """Answer a comparison.

    Args:
        comparison: the comparison.
        ask: sends queries.
        languages: of the names, best first.
    """
    return (await fetch(comparison, ask)).answered(languages)


async def answer_all(comparisons: Iterable[Comparison], ask: Ask, languages: Sequence[str]) -> list[AnsweredComparison]:
    """Answer several comparisons, two at once."""
    at_once = asyncio.Semaphore(_QUERIES_AT_ONCE)

    async def ask_in_turn(query: str) -> QuerySolutions:
        async with at_once:
            return await ask(query)

    return await asyncio.gather(*(answer(each, ask_in_turn, languages) for each in comparisons))


def completed(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of a coroutine that never waits, because what it asks answers at once; so it needs no event loop.

    Raises:
        RuntimeError: it waits.
    """
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: _Result = finished.value
        return result
    raise RuntimeError("a coroutine waits that should not")


def read_terms(solutions: QuerySolutions) -> Iterator[Mapping[str, Term]]:
    """The terms of each solution by variable."""
    names = [each.value for each in solutions.variables]
    for solution in solutions:
        yield {name: term for name, term in zip(names, solution, strict=True) if term is not None}


def read_solutions(solutions: QuerySolutions) -> Iterator[Solution]:
    """The lexical forms and IRIs of each solution by variable."""
    names = [each.value for each in solutions.variables]
    for solution in solutions:
        yield {
            name: term.value
            for name, term in zip(names, solution, strict=True)
            if isinstance(term, (NamedNode, Literal))
        }
