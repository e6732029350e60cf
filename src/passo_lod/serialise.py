"""Serialise RDF graphs so that the same graph always gives the same bytes, for dumps, catalogue, reports and HTTP answers.

Triples are sorted (by subject, then `rdf:type`, then predicate and object), and so are prefixes, because stores and libraries return them in
no fixed order. Published data has no blank nodes, so sorting is enough and canonical labelling is not needed.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson
import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple

from passo_lod.errors import NotInXml
from passo_lod.media_types import JSON_LD, N_TRIPLES, RDF_XML, MediaType
from passo_lod.namespaces import PREFIXES, RDF, XSD, shorten
from passo_lod.well_formed_xml import RESERVED, well_formed_xml

Context = Mapping[str, Any]


def sort_key(triple: Triple | Quad) -> tuple[str, bool, str, str]:
    """The sort key of a triple: subject, `rdf:type` first, then predicate and object."""
    return str(triple.subject), triple.predicate != RDF.type, triple.predicate.value, str(triple.object)


def sorted_triples(statements: Iterable[Triple | Quad]) -> list[Triple]:
    """Sort triples and drop duplicates; the graph names of quads are dropped."""
    return sorted({Triple(each.subject, each.predicate, each.object) for each in statements}, key=sort_key)


def serialise(statements: Iterable[Triple | Quad], media_type: MediaType, context: Context | None = None) -> bytes:
    """Serialise a graph in one of `media_types.GRAPHS`.

    Args:
        statements: triples, or quads whose graph names are dropped.
        media_type: the syntax.
        context: for JSON-LD, the `@context` with which nodes are compacted (JSON-LD 1.1; its terms may be plain, typed or language
            maps); without it, the JSON-LD is expanded.

    Raises:
        NotInXml: RDF/XML cannot hold the graph.
    """
    return serialise_sorted(sorted_triples(statements), media_type, context)


def serialise_sorted(triples: list[Triple], media_type: MediaType, context: Context | None = None) -> bytes:
    """As `serialise`, for triples that `sorted_triples` has sorted."""
    if media_type is JSON_LD and context is not None:
        return _json_ld(triples, context)
    if media_type is N_TRIPLES:
        return ox.serialize(triples, format=RdfFormat.N_TRIPLES) or b""
    if media_type is RDF_XML:
        return _rdf_xml(triples)
    return _with_prefixes(triples, media_type)


def _rdf_xml(triples: list[Triple]) -> bytes:
    try:
        return well_formed_xml(_with_prefixes(triples, RDF_XML))
    except OSError as error:
        raise NotInXml(RESERVED) from error


def _with_prefixes(triples: list[Triple], media_type: MediaType) -> bytes:
    text = ox.serialize(triples, format=media_type.rdf, prefixes=_used_prefixes(triples)) or b""
    return _sort_prefixes(text) if media_type.rdf == RdfFormat.TURTLE else _sort_namespaces(text)


def _used_prefixes(triples: Sequence[Triple | Quad]) -> dict[str, str]:
    iris = {node.value for triple in triples for node in triple if isinstance(node, NamedNode)}
    iris |= {triple.object.datatype.value for triple in triples if isinstance(triple.object, Literal)}
    namespaces = {iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] for iri in iris}
    return {prefix: namespace for prefix, namespace in PREFIXES.items() if namespace in namespaces}


def _sort_prefixes(turtle: bytes) -> bytes:
    lines = turtle.splitlines(keepends=True)
    prefixes = sum(1 for line in lines if line.startswith(b"@prefix "))
    return b"".join(sorted(lines[:prefixes]) + lines[prefixes:])


def _sort_namespaces(rdf_xml: bytes) -> bytes:
    declaration, tag, rest = rdf_xml.partition(b"<rdf:RDF ")
    namespaces, bracket, body = rest.partition(b">")
    return declaration + tag + b" ".join(sorted(namespaces.split())) + bracket + body


# ---------------------------------------------------------------------------------------------------------- JSON-LD


def _json_ld(triples: list[Triple], context: Context) -> bytes:
    terms = ContextTerms(context)
    nodes = [terms.node(list(group)) for _, group in groupby(triples, key=lambda triple: triple.subject)]
    document = {"@context": terms.used_context(), "@graph": nodes}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def json_ld_nodes(triples: Iterable[Triple | Quad], terms: "ContextTerms") -> Iterator[bytes]:
    """Yield the compacted nodes of a JSON-LD graph, each in one line; the triples of a subject must follow one another."""
    for _, group in groupby(triples, key=lambda triple: triple.subject):
        yield orjson.dumps(terms.node(list(group)))


class ContextTerms:
    """The terms of a JSON-LD context, with which node objects are compacted (JSON-LD 1.1 API, 6.1).

    Args:
        context: its terms may be plain, typed or language maps, and prefixes.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._prefixes = {name: value for name, value in context.items() if _is_prefix(name, value)}
        self._by_iri: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self._used: set[str] = set()
        for name, value in context.items():
            if not _is_prefix(name, value) and not name.startswith("@"):
                self._register(name, value)

    def _register(self, name: str, value: str | dict[str, Any]) -> None:
        definition = {"@id": value} if isinstance(value, str) else dict(value)
        iri = self._expand(str(definition.get("@id", name)))
        self._by_iri.setdefault(iri, []).append((name, definition))

    def _expand(self, text: str) -> str:
        prefix, colon, rest = text.partition(":")
        return self._prefixes[prefix] + rest if colon and prefix in self._prefixes else text

    def node(self, triples: Sequence[Triple | Quad]) -> dict[str, Any]:
        """The triples of one subject as a node object (JSON-LD 1.1, 9.2)."""
        subject = triples[0].subject
        node: dict[str, Any] = {"@id": subject.value if isinstance(subject, NamedNode) else str(subject)}
        for triple in triples:
            if triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
                _append(node, "@type", self._class(triple.object.value))
            else:
                self._add(node, triple.predicate.value, triple.object)
        return node

    def _add(self, node: dict[str, Any], predicate: str, value: Any) -> None:
        for name, definition in self._by_iri.get(predicate, []):
            if _add_by_term(node, name, definition, value):
                self._used.add(name)
                self._use_prefix(str(definition.get("@id", "")))
                self._use_prefix(str(definition.get("@type", "")))
                return
        _append(node, self._name(predicate), self._value(value))

    def _class(self, iri: str) -> str:
        for name, definition in self._by_iri.get(iri, []):
            if set(definition) == {"@id"}:
                self._used.add(name)
                self._use_prefix(str(definition["@id"]))
                return name
        return self._name(iri)

    def _name(self, iri: str) -> str:
        name = shorten(iri, self._prefixes)
        self._use_prefix(name)
        return name

    def _use_prefix(self, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon and prefix in self._prefixes:
            self._used.add(prefix)

    def _value(self, value: Any) -> dict[str, Any] | str:
        if isinstance(value, NamedNode):
            return {"@id": value.value}
        if value.language:
            return {"@value": value.value, "@language": value.language}
        if value.datatype == XSD.string:
            return str(value.value)
        return {"@value": value.value, "@type": self._name(value.datatype.value)}

    def used_context(self) -> dict[str, Any]:
        """The part of the context that the nodes so far need."""
        return {name: value for name, value in self._context.items() if name in self._used or name.startswith("@")}


def _is_prefix(name: str, value: Any) -> bool:
    return isinstance(value, str) and not name.startswith("@") and value.endswith(("/", "#"))


def _add_by_term(node: dict[str, Any], name: str, definition: dict[str, Any], value: Any) -> bool:
    """Add the value under a term of the context if the term's coercion allows it.

    Returns:
        Whether it does.
    """
    container = definition.get("@container")
    containers = {container} if isinstance(container, str) else set(container or ())
    coercion = definition.get("@type")
    if isinstance(value, NamedNode):
        return coercion == "@id" and _append(node, name, value.value, as_list="@set" in containers)
    if value.language:
        return "@language" in containers and _append(node.setdefault(name, {}), value.language, value.value)
    datatype = value.datatype.value
    if coercion and _same_type(coercion, datatype):
        return _append(node, name, value.value, as_list="@set" in containers)
    if coercion is None and "@language" not in containers and datatype == XSD.string.value:
        return _append(node, name, value.value, as_list="@set" in containers)
    return False


def _same_type(coercion: str, datatype: str) -> bool:
    prefix, _, name = coercion.partition(":")
    return coercion == datatype or PREFIXES.get(prefix, "") + name == datatype


def _append(node: dict[str, Any], key: str, value: Any, *, as_list: bool = False) -> bool:
    if key not in node:
        node[key] = [value] if as_list else value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]
    return True


def parse(text: bytes | str, media_type: MediaType, base: str | None = None) -> list[Triple]:
    """Parse a document into triples; the inverse of `serialise`.

    Raises:
        SyntaxError: the document is not well-formed.
    """
    data = text.encode() if isinstance(text, str) else text
    quads = ox.parse(io.BytesIO(data), format=media_type.rdf, base_iri=base)
    return [Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
