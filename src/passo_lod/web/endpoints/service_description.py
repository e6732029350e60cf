"""Describe the SPARQL endpoint as RDF (SPARQL 1.1 Service Description); `/sparql` without a query answers with it."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.messages.message_catalogue import LANGUAGES, message
from passo_lod.namespaces import DCT, RDF, RDFS, SD, VOID
from passo_lod.store.protocol import MEBIBYTE
from passo_lod.web.served_release import ServedRelease, ServerSettings

_FORMATS = [
    "http://www.w3.org/ns/formats/" + name
    for name in (
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "JSON-LD", "N-Triples", "RDF_XML", "TriG", "N-Quads"),
    )
]
"""The formats of results, by their IRIs (W3C, Unique URIs for File Formats)."""


def service_description(release: ServedRelease, endpoint: str) -> list[Triple]:
    """The triples of the service description, without blank nodes.

    Args:
        release: that the endpoint serves.
        endpoint: the URL at which the client can use it.
    """
    base = release.manifest.base
    service, dataset, default = (
        NamedNode(f"{base}sparql{fragment}") for fragment in ("", "#dataset", "#default-graph")
    )
    return [
        Triple(service, RDF.type, SD.Service),
        Triple(service, SD.endpoint, NamedNode(endpoint)),
        Triple(service, SD.supportedLanguage, SD.SPARQL11Query),
        *([Triple(service, SD.feature, SD.UnionDefaultGraph)] if release.store.union_default_graph else []),
        *(Triple(service, SD.resultFormat, NamedNode(iri)) for iri in _FORMATS),
        *(Triple(service, RDFS.comment, text) for text in _limits(release.settings)),
        Triple(service, RDFS.seeAlso, NamedNode(endpoint.rstrip("/").removesuffix("sparql") + "status")),
        Triple(service, SD.defaultDataset, dataset),
        Triple(dataset, RDF.type, SD.Dataset),
        Triple(dataset, SD.defaultGraph, default),
        Triple(default, RDF.type, SD.Graph),
        *(triple for iri, size in release.store.graphs().items() for triple in _named_graph(base, dataset, iri, size)),
        *([Triple(dataset, DCT.license, NamedNode(release.manifest.licence))] if release.manifest.licence else []),
        *(Triple(dataset, DCT.title, Literal(text, language=tag)) for tag, text in release.manifest.title.items()),
    ]


def _limits(settings: ServerSettings) -> Iterator[Literal]:
    """The limits of a query and of a client in words, in every language."""
    limits, budget = settings.limits, settings.budget
    for language in LANGUAGES:
        text = message(
            "page.endpoint-limits",
            language,
            seconds=f"{limits.seconds:g}",
            memory=limits.memory // MEBIBYTE,
            result=limits.result // MEBIBYTE,
            budget=f"{budget.seconds:g}",
            window=f"{budget.window:g}",
        )
        yield Literal(text, language=language)


def _named_graph(base: str, dataset: NamedNode, iri: str, size: int) -> list[Triple]:
    name = iri.rstrip("/").partition("//")[2].partition("/")[2].replace("/", "-")
    node, graph = NamedNode(f"{base}sparql#named-{name}"), NamedNode(f"{base}sparql#graph-{name}")
    return [
        Triple(dataset, SD.namedGraph, node),
        Triple(node, RDF.type, SD.NamedGraph),
        Triple(node, SD.name, NamedNode(iri)),
        Triple(node, SD.graph, graph),
        Triple(graph, RDF.type, SD.Graph),
        Triple(graph, VOID.triples, Literal(size)),
    ]
