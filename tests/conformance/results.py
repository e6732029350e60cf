"""Compare the result of a query with the expected result of a suite.

Blank nodes are equal if a one-to-one mapping makes them so. Numbers are compared by value, because the engine returns `"01"` as `"1"`. The
order counts if the query has ORDER BY. CSV has no datatypes and is compared as text.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyoxigraph as ox
import rdflib

RS = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = "http://www.w3.org/2001/XMLSchema#"
MEDIA_TYPES = {
    "srx": ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
    "srj": ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
    "tsv": ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
}

Term = tuple[str, ...]
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Table:
    """The result of a SELECT (variables and rows) or of an ASK (truth)."""

    variables: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()
    truth: bool | None = None


def read_results(content: bytes, extension: str, base: str | None = None) -> Table:
    """Parse a results document; relative IRIs are resolved against the base."""
    if extension == "csv":
        return _from_csv(content.decode())
    if extension == "ttl":
        return _from_graph(rdflib.Graph().parse(data=content, format="turtle", publicID=base))
    results = ox.parse_query_results(content, format=MEDIA_TYPES[extension][1])
    if isinstance(results, ox.QueryBoolean):
        return Table(truth=bool(results))
    names = [variable.value for variable in results.variables]
    return Table(frozenset(names), tuple(_row(names, solution) for solution in results))


def _row(names: Sequence[str], solution: ox.QuerySolution) -> Row:
    return {name: _term(solution[name]) for name in names if solution[name] is not None}


def _term(term: object) -> Term:
    if isinstance(term, ox.BlankNode):
        return ("blank", term.value)
    if isinstance(term, ox.NamedNode):
        return ("iri", term.value)
    assert isinstance(term, ox.Literal)
    return ("literal", _value(term.value, term.datatype.value), term.datatype.value, (term.language or "").lower())


def _value(text: str, datatype: str) -> str:
    kind = datatype.removeprefix(XSD)
    try:
        if kind in ("integer", "decimal"):
            return str(Decimal(text).normalize() + 0)
        if kind in ("double", "float"):
            return repr(float(text))
    except (ArithmeticError, ValueError):
        return text
    return text


def _from_csv(text: str) -> Table:
    header, *lines = list(csv.reader(io.StringIO(text, newline="")))
    rows = (zip(header, line, strict=True) for line in lines)
    return Table(
        frozenset(header),
        tuple({n: ("blank" if cell.startswith("_:") else "text", cell) for n, cell in row if cell} for row in rows),
    )


def _from_graph(graph: rdflib.Graph) -> Table:
    """A result set in the RDF vocabulary of the suites."""
    (result,) = graph.subjects(rdflib.RDF.type, RS.ResultSet)
    solutions = graph.objects(result, RS.solution)
    return Table(
        frozenset(map(str, graph.objects(result, RS.resultVariable))),
        tuple({str(n): v for n, v in _bindings(graph, solution)} for solution in solutions),
    )


def _bindings(graph: rdflib.Graph, solution: rdflib.term.Node) -> Iterator[tuple[str, Term]]:
    for binding in graph.objects(solution, RS.binding):
        value = graph.value(binding, RS.value)
        assert value is not None
        (quad,) = ox.parse(f"<x:s> <x:p> {value.n3()} .", format=ox.RdfFormat.TURTLE)
        yield str(graph.value(binding, RS.variable)), _term(quad.object)


# ---------------------------------------------------------------------------------------------------------- comparing


def same(found: Table, expected: Table, *, ordered: bool) -> bool:
    """Whether two results are equal."""
    if (found.truth, found.variables, len(found.rows)) != (expected.truth, expected.variables, len(expected.rows)):
        return False
    if ordered:
        return _same_sequence(found.rows, expected.rows)
    return _same_bag(list(found.rows), list(expected.rows), {})


def _same_sequence(found: Sequence[Row], expected: Sequence[Row]) -> bool:
    blanks: dict[Term, Term] | None = {}
    for ours, theirs in zip(found, expected, strict=True):
        blanks = _unified(ours, theirs, blanks) if blanks is not None else None
    return blanks is not None


def _same_bag(found: list[Row], expected: list[Row], blanks: dict[Term, Term]) -> bool:
    """Pair the first row with each row that may equal it, and then the other rows."""
    if not found:
        return True
    for index, theirs in enumerate(expected):
        mapping = _unified(found[0], theirs, blanks)
        if mapping is not None and _same_bag(found[1:], expected[:index] + expected[index + 1 :], mapping):
            return True
    return False


def _unified(ours: Row, theirs: Row, blanks: dict[Term, Term]) -> dict[Term, Term] | None:
    """The mapping of blank nodes that makes two rows equal; None if there is none."""
    if ours.keys() != theirs.keys():
        return None
    mapping = dict(blanks)
    for name, term in ours.items():
        other = theirs[name]
        if term[0] == other[0] == "blank":
            if mapping.setdefault(term, other) != other or list(mapping.values()).count(other) > 1:
                return None
        elif term != other:
            return None
    return mapping
