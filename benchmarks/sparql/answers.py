"""Compare the answers of two engines to a query: only queries with equal answers are timed."""

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
    "application/sparql-results+xml": RdfFormat.RDF_XML,  # rdflib-endpoint labels RDF/XML so
}
_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMERIC = {_XSD + name for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")}
_LIMIT = re.compile(r"^LIMIT \d+.*", re.MULTILINE)

Bag = Counter[Any]


def accept_for(query: str) -> str:
    """The media type to request for a query: JSON for solutions, Turtle for a graph."""
    return GRAPH if re.search(r"^(DESCRIBE|CONSTRUCT)\b", query, re.MULTILINE) else RESULTS


def has_free_choice(query: str) -> bool:
    """Whether an engine may choose which solutions it returns: the query has a LIMIT without an ORDER BY."""
    return "LIMIT" in query and "ORDER BY" not in query


def without_limit(query: str) -> str:
    """The query without its LIMIT."""
    return _LIMIT.sub("", query)


def bag(reply: Reply) -> Bag:
    """The solutions or triples of a reply, with numbers compared by value.

    Raises:
        ValueError: the reply is an error, is incomplete, or cannot be parsed.
    """
    if reply.status != 200:
        raise ValueError(f"status {reply.status}")
    if not reply.complete:
        raise ValueError("the body is cut off")
    media_type = reply.content_type.partition(";")[0].strip()
    if media_type in _GRAPHS:
        return _triples(reply.body, _GRAPHS[media_type])
    document = json.loads(reply.body)
    if "boolean" in document:
        return Counter([document["boolean"]])
    return Counter(frozenset(map(_binding, row.items())) for row in document["results"]["bindings"])


def _triples(body: bytes, form: RdfFormat) -> Bag:
    return Counter({(str(each.subject), str(each.predicate), _object(each.object)) for each in ox.parse(body, form)})


def _object(term: object) -> object:
    if isinstance(term, Literal):
        return _value(term.value, term.datatype.value, (term.language or "").lower())
    return str(term)


def _binding(item: tuple[str, Mapping[str, str]]) -> object:
    variable, term = item
    if term["type"] in ("literal", "typed-literal"):
        language = term.get("xml:lang", "").lower()
        return variable, _value(term["value"], term.get("datatype", _XSD + "string"), language)
    return variable, term["value"]


def _value(text: str, datatype: str, language: str) -> object:
    """A literal to compare; numbers by value, to nine digits, because engines write `10`, `10.0` and different numbers of decimals."""
    if datatype in _NUMERIC:
        return "number", f"{float(text):.9g}"
    return text, language if language else datatype


def differences(expected: Bag, answer: Bag, *, free_choice: bool) -> str | None:
    """Describe how an answer differs from the expected one; None if it does not.

    Args:
        expected: all solutions.
        answer: those that the engine returned.
        free_choice: whether the engine may return any part of them.
    """
    extra = answer - expected
    missing = Counter() if free_choice else expected - answer
    if not extra and not missing:
        return None
    example = next(iter((extra or missing).elements()))
    return f"{missing.total()} missing, {extra.total()} more; such as {str(example)[:200]}"
