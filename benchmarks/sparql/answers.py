"""Whether two engines answered the same: nothing is timed that does not answer alike."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox
from pyoxigraph import Literal, RdfFormat

from benchmarks.sparql.client import Reply

RESULTS = "application/sparql-results+json"
GRAPH = "text/turtle"

_GRAPHS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/sparql-results+xml": RdfFormat.RDF_XML,  # what rdflib-endpoint calls RDF/XML
}
_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMERIC = {_XSD + name for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")}
_LIMIT = re.compile(r"^LIMIT \d+.*", re.MULTILINE)

Bag = Counter[Any]


def accept_for(query: str) -> str:
    """What to ask for: JSON of a table, Turtle of a graph."""
    return GRAPH if re.search(r"^(DESCRIBE|CONSTRUCT)\b", query, re.MULTILINE) else RESULTS


def any_part_will_do(query: str) -> bool:
    """Whether the query asks for some of its solutions without saying which."""
    return "LIMIT" in query and "ORDER BY" not in query


def unlimited(query: str) -> str:
    """The query for all of its solutions."""
    return _LIMIT.sub("", query)


def bag(reply: Reply) -> Bag:
    """The solutions, or the triples, of a reply; numbers by their value.

    Raises:
        ValueError: it is no whole answer.
    """
    if reply.status != 200:
        raise ValueError(f"status {reply.status}")
    if not reply.whole:
        raise ValueError("the body is cut off")
    media_type = reply.content_type.partition(";")[0].strip()
    if media_type in _GRAPHS:
        return _triples(reply.body, _GRAPHS[media_type])
    found = json.loads(reply.body)
    if "boolean" in found:
        return Counter([found["boolean"]])
    return Counter(frozenset(map(_bound, row.items())) for row in found["results"]["bindings"])


def _triples(body: bytes, form: RdfFormat) -> Bag:
    return Counter({(str(each.subject), str(each.predicate), _object(each.object)) for each in ox.parse(body, form)})


def _object(term: object) -> object:
    if isinstance(term, Literal):
        return _value(term.value, term.datatype.value, (term.language or "").lower())
    return str(term)


def _bound(item: tuple[str, Mapping[str, str]]) -> object:
    variable, term = item
    if term["type"] in ("literal", "typed-literal"):
        language = term.get("xml:lang", "").lower()
        return variable, _value(term["value"], term.get("datatype", _XSD + "string"), language)
    return variable, term["value"]


def _value(text: str, datatype: str, language: str) -> object:
    """A number by its value, as far as nine digits: engines write `10`, `10.0` and as many decimals as they like."""
    if datatype in _NUMERIC:
        return "number", f"{float(text):.9g}"
    return text, language if language else datatype


def differences(expected: Bag, found: Bag, part: bool) -> str | None:
    """How an answer is not the expected one; of a part that is free to choose, only whether it belongs to the whole."""
    extra = found - expected
    missing = Counter() if part else expected - found
    if not extra and not missing:
        return None
    example = next(iter((extra or missing).elements()))
    return f"{missing.total()} missing, {extra.total()} more; such as {str(example)[:200]}"
