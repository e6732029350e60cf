"""What the endpoint says of itself to machines (SPARQL 1.1 Service Description)."""

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCT, RDF, RDFS, SD, VOID
from passo_lod.store.protocol import MEBIBYTE
from passo_lod.web.pages.ui_messages import LANGUAGES, WORDS

if TYPE_CHECKING:
    from passo_lod.web.served_release import ServedRelease, ServerSettings

_FORMATS = [
    "http://www.w3.org/ns/formats/" + name
    for name in (
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "JSON-LD", "N-Triples", "RDF_XML", "TriG", "N-Quads"),
    )
]
"""The formats of results, by the W3C's names for them (Unique URIs for File Formats)."""


def service_description(serving: "ServedRelease", endpoint: str) -> list[Triple]:
    """What this endpoint is and can: no blank nodes, each part has an IRI below the base's.

    Args:
        serving: the release.
        endpoint: the address by which the endpoint was asked, which is the one a client goes on with.
    """
    base = serving.manifest.base
    service, dataset, default = (NamedNode(f"{base}sparql{part}") for part in ("", "#dataset", "#default-graph"))
    union = [Triple(service, SD.feature, SD.UnionDefaultGraph)] if serving.store.union else []
    return [
        Triple(service, RDF.type, SD.Service),
        Triple(service, SD.endpoint, NamedNode(endpoint)),
        Triple(service, SD.supportedLanguage, SD.SPARQL11Query),
        *union,
        *(Triple(service, SD.resultFormat, NamedNode(iri)) for iri in _FORMATS),
        *(Triple(service, RDFS.comment, Literal(text, language=tag)) for tag, text in _limits(serving.settings)),
        Triple(service, RDFS.seeAlso, NamedNode(endpoint.rstrip("/").removesuffix("sparql") + "status")),
        Triple(service, SD.defaultDataset, dataset),
        Triple(dataset, RDF.type, SD.Dataset),
        Triple(dataset, SD.defaultGraph, default),
        Triple(default, RDF.type, SD.Graph),
        *(triple for iri, size in serving.store.graphs().items() for triple in _named_graph(base, dataset, iri, size)),
        *([Triple(dataset, DCT.license, NamedNode(serving.manifest.licence))] if serving.manifest.licence else []),
        *(Triple(dataset, DCT.title, Literal(t, language=tag)) for tag, t in serving.manifest.title.items()),
    ]


def _limits(settings: "ServerSettings") -> list[tuple[str, str]]:
    """What a query and a client may cost, for a person who reads this before meeting a limit."""
    limit, budget = settings.limits, settings.budget
    numbers = {
        "seconds": f"{limit.seconds:g}",
        "memory": limit.memory // MEBIBYTE,
        "result": limit.result // MEBIBYTE,
        "budget": f"{budget.seconds:g}",
        "window": f"{budget.window:g}",
    }
    return [
        (language, text.format(**numbers)) for language, text in zip(LANGUAGES, WORDS["endpoint-limits"], strict=True)
    ]


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
