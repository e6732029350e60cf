"""Compare the result of a query with the expected result of a suite.

Terms are equal if lexical form, datatype and language (in any case) are; blank nodes, if a one-to-one mapping makes them so. The order of the
rows counts if the query has ORDER BY, that of the variables if both results have one. CSV has no datatypes and is compared as text.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pyoxigraph as ox

XSD = "http://www.w3.org/2001/XMLSchema#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
MEDIA_TYPES = {
    "srx": ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
    "srj": ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
    "tsv": ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
}

Term = tuple[str, ...]
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Table:
    """The result of a SELECT (variables and rows) or of an ASK (truth).

    Attributes:
        has_order: whether the variables have an order, as in all formats but RDF.
    """

    variables: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    truth: bool | None = None
    has_order: bool = True


def read_results(content: bytes, extension: str, base: str | None = None) -> Table:
    """Parse a results document; relative IRIs are resolved against the base."""
    if extension == "csv":
        return _from_csv(content.decode())
    if extension == "ttl":
        return _from_graph(read_graph(content, base))
    results = ox.parse_query_results(content, format=MEDIA_TYPES[extension][1])
    if isinstance(results, ox.QueryBoolean):
        return Table(truth=bool(results))
    names = [variable.value for variable in results.variables]
    return Table(tuple(names), tuple(_row(names, solution) for solution in results))


def read_graph(turtle: bytes, base: str | None = None) -> ox.Dataset:
    """The triples of a Turtle document, with literals as they are written."""
    return ox.Dataset(ox.parse(turtle, format=ox.RdfFormat.TURTLE, base_iri=base))


def _row(names: Sequence[str], solution: ox.QuerySolution) -> Row:
    return {name: _term(solution[name]) for name in names if solution[name] is not None}


def _term(term: object) -> Term:
    if isinstance(term, ox.BlankNode):
        return ("blank", term.value)
    if isinstance(term, ox.NamedNode):
        return ("iri", term.value)
    assert isinstance(term, ox.Literal)
    return ("literal", term.value, term.datatype.value, (term.language or "").lower())


def _from_csv(text: str) -> Table:
    header, *lines = list(csv.reader(io.StringIO(text, newline="")))
    rows = (zip(header, line, strict=True) for line in lines)
    return Table(
        tuple(header),
        tuple({n: ("blank" if cell.startswith("_:") else "text", cell) for n, cell in row if cell} for row in rows),
    )


def is_result_set(graph: ox.Dataset) -> bool:
    """Whether a graph is a result set in the RDF vocabulary of the suites."""
    return any(str(quad.object) == f"<{RS}ResultSet>" for quad in graph)


def _from_graph(graph: ox.Dataset) -> Table:
    (result,) = (quad.subject for quad in graph if str(quad.object) == f"<{RS}ResultSet>")
    names = [_text(name) for name in _objects(graph, result, "resultVariable")]
    solutions = _objects(graph, result, "solution")
    return Table(tuple(names), tuple(dict(_bindings(graph, each)) for each in solutions), has_order=False)


def _bindings(graph: ox.Dataset, solution: object) -> Iterator[tuple[str, Term]]:
    for binding in _objects(graph, solution, "binding"):
        ((name,), (value,)) = (_objects(graph, binding, "variable"), _objects(graph, binding, "value"))
        yield _text(name), _term(value)


def _objects(graph: ox.Dataset, subject: object, name: str) -> list[object]:
    return [quad.object for quad in graph if quad.subject == subject and quad.predicate == ox.NamedNode(RS + name)]


def _text(term: object) -> str:
    assert isinstance(term, ox.Literal)
    return str(term.value)


# ---------------------------------------------------------------------------------------------------------- comparing


def same(found: Table, expected: Table, *, ordered: bool, variables_ordered: bool = True) -> bool:
    """Whether two results are equal.

    Args:
        found: the result of the endpoint.
        expected: the result of the suite.
        ordered: whether the order of the rows counts.
        variables_ordered: whether the query gives the order of the variables.
    """
    has_order = variables_ordered and found.has_order and expected.has_order
    names, wanted = ((table.variables if has_order else sorted(table.variables)) for table in (found, expected))
    if (found.truth, names, len(found.rows)) != (expected.truth, wanted, len(expected.rows)):
        return False
    if ordered:
        return _same_sequence(found.rows, expected.rows)
    return _same_bag(list(found.rows), list(expected.rows), {})


def by_value(table: Table) -> Table:
    """A result with one lexical form for each number: `1.0` and `1` are one decimal, `4.0E-1` and `0.4` are one double."""
    return replace(table, rows=tuple({name: _number(term) for name, term in row.items()} for row in table.rows))


def _number(term: Term) -> Term:
    kind = term[2].removeprefix(XSD) if term[0] == "literal" else ""
    try:
        if kind in ("integer", "decimal"):
            return ("literal", str(Decimal(term[1]).normalize() + 0), *term[2:])
        if kind in ("double", "float"):
            return ("literal", repr(float(term[1])), *term[2:])
    except (ArithmeticError, ValueError):
        return term
    return term


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
