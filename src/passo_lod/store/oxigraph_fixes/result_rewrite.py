"""Write a result with its values as the data publishes them, where the engine would write them otherwise.

Only what comes from the data is restored, never what a query computes: a sum of 10000 is no published amount, and a count is an
`xsd:integer` (SPARQL 1.1, 18.5.1.2). The engine writes the documents; the values are put right in what it has written, because that costs
a fraction of looking at each solution here.
"""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, QueryTriples, Triple

from passo_lod.media_types import RESULTS_JSON, RESULTS_TSV, RESULTS_XML, MediaType
from passo_lod.store.oxigraph_fixes.lexical_forms import XSD, Form, Published
from passo_lod.store.oxigraph_fixes.tokens import tokens
from passo_lod.store.result_writer import Result, ResultTooLarge, write_result

_SPACE = r"(?:\s|\#[^\r\n]*+)*+"
_MADE = re.compile(rf"[AaVv](?<![\w?$:].)(?:[Ss]|[Aa][Ll][Uu][Ee][Ss]){_SPACE}(?:[?$]\w+|\([^)]*\))")
"""`AS ?x`, `VALUES ?x` and `VALUES (?x ?y)`; it begins with the letters it can begin with, because so it is found quickly."""

_VARIABLE = re.compile(r"[?$](\w+)")

_WIDER = 8
"""How many times as long as in CSV a table may be in TSV, where a date has its datatype beside it."""


class Writer:
    """Writes results."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._known = {each: _written(published, each) for each in (RESULTS_JSON, RESULTS_XML, RESULTS_TSV)}

    def write(self, result: Result, media_type: MediaType, limit: int, query: str) -> bytes:
        """The whole result of a query as bytes.

        Raises:
            TooLarge: it has more than `limit` bytes.
        """
        if self._published and isinstance(result, QuerySolutions):
            return self._solutions(result, media_type, limit, assigned(query))
        if self._published and isinstance(result, QueryTriples) and only_copies(query):
            return write_result(map(self._triple, result), media_type, limit)
        return write_result(result, media_type, limit)

    def _triple(self, triple: Triple) -> Triple:
        value = triple.object
        if not isinstance(value, Literal):
            return triple
        form = self._published.get((value.value, value.datatype.value.removeprefix(XSD)))
        if form is None:
            return triple
        return Triple(triple.subject, triple.predicate, Literal(form[0], datatype=NamedNode(XSD + form[1])))

    def _solutions(self, result: QuerySolutions, media_type: MediaType, limit: int, made: set[str]) -> bytes:
        names = [variable.value for variable in result.variables]
        columns = [place for place, name in enumerate(names) if name not in made]
        if not columns:
            return write_result(result, media_type, limit)
        if media_type in _VALUE:
            return _within(limit, self._document(write_result(result, media_type, limit), media_type, made))
        table = self._table(write_result(result, RESULTS_TSV, limit * _WIDER), columns)
        if media_type is RESULTS_TSV:
            return _within(limit, table)
        return write_result(ox.parse_query_results(table, format=QueryResultsFormat.TSV), media_type, limit)

    def _document(self, document: bytes, media_type: MediaType, made: set[str]) -> bytes:
        """A document in JSON or XML; in both, the name of the variable stands in quotation marks, and one sign further on the value."""
        known = self._known[media_type]
        kept = {name.encode() for name in made}

        def restored(found: re.Match[bytes]) -> bytes:
            value = known.get(found[0])
            if value is None:
                return found[0]
            end = found.start() - 2
            return found[0] if kept and document[document.rfind(b'"', 0, end) + 1 : end] in kept else value

        return _VALUE[media_type].pattern.sub(restored, document)

    def _table(self, table: bytes, columns: Sequence[int]) -> bytes:
        """A table in TSV: a line is a solution, and a tab stands between two cells, never in one."""
        known = self._known[RESULTS_TSV]
        header, *lines = table.removesuffix(b"\n").split(b"\n")
        for number, line in enumerate(lines):
            cells = line.split(b"\t")
            for column in columns:
                if cells[column] in known:
                    cells[column] = known[cells[column]]
                    lines[number] = b"\t".join(cells)
        return b"\n".join([header, *lines, b""])


class _Value(NamedTuple):
    """How the engine writes a value of a datatype of XML Schema: as a text to be filled in, and as a pattern to be found."""

    text: str
    pattern: re.Pattern[bytes]


_VALUE = {
    RESULTS_JSON: _Value(
        '{"type":"literal","value":"TEXT","datatype":"DATATYPE"}',
        re.compile(rb'\{"type":"literal","value":"[^"\\]*","datatype":"http://www\.w3\.org/2001/XMLSchema#\w+"\}'),
    ),
    RESULTS_XML: _Value(
        '<literal datatype="DATATYPE">TEXT</literal>',
        re.compile(rb'<literal datatype="http://www\.w3\.org/2001/XMLSchema#\w+">[^<]*</literal>'),
    ),
}


def assigned(query: str) -> set[str]:
    """The variables to which the query itself gives values (18.2.1).

    >>> sorted(assigned("SELECT ?s (SUM(?v) AS ?sum) { ?s <x:p> ?v VALUES (?p $q) { (1 2) } BIND (1 as ?one) }"))
    ['one', 'p', 'q', 'sum']
    """
    return {name for clause in _MADE.finditer(query) for name in _VARIABLE.findall(clause[0])}


def only_copies(query: str) -> bool:
    """Whether all that CONSTRUCT or DESCRIBE gives is from the data: nothing is computed, and no value stands in the template.

    >>> [only_copies(f"CONSTRUCT {{ ?s ?p {value} }} {{ ?s ?p ?o }}") for value in ("?o", "1", "true")]
    [True, False, False]
    """
    kinds = [token.kind for token in tokens(query)] if "CONSTRUCT" in query.upper() else []
    if "CONSTRUCT" not in kinds:
        return True
    start = kinds.index("{")
    template = kinds[start : kinds.index("}", start)]
    return not assigned(query) and not {"number", "^^", "TRUE", "FALSE"} & set(template)


def _written(published: Published, media_type: MediaType) -> dict[bytes, bytes]:
    """The values as they stand in a document of the engine: what is to be replaced, and by what."""
    write_all = _in_document if media_type in _VALUE else _in_table
    return dict(
        zip(write_all(list(published), media_type), write_all(list(published.values()), media_type), strict=True)
    )


def _in_document(forms: Sequence[Form], media_type: MediaType) -> list[bytes]:
    value = _VALUE[media_type].text
    return [value.replace("DATATYPE", XSD + datatype).replace("TEXT", text).encode() for text, datatype in forms]


def _in_table(forms: Sequence[Form], media_type: MediaType) -> list[bytes]:
    """Cells of TSV, where some numbers need no quotation marks: the engine writes them."""
    rows = [{"x": {"type": "literal", "value": text, "datatype": XSD + datatype}} for text, datatype in forms]
    document = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": rows}})
    solutions = ox.parse_query_results(document, format=QueryResultsFormat.JSON)
    return (solutions.serialize(format=media_type.results) or b"").splitlines()[1:]


def _within(limit: int, document: bytes) -> bytes:
    if len(document) > limit:
        raise ResultTooLarge
    return document
