"""What the endpoint says of itself to machines (SPARQL 1.1 Service Description)."""

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.media_types import GRAPHS, RESULTS
from passo_lod.terms import DCT, RDF

if TYPE_CHECKING:
    from passo_lod.web.serving import Serving

SD = "http://www.w3.org/ns/sparql-service-description#"


def service_description(serving: "Serving") -> list[Triple]:
    """What this endpoint is and can: no blank nodes, each part has an IRI below the endpoint's."""
    base = serving.manifest.base
    service, dataset, union = (NamedNode(f"{base}sparql{part}") for part in ("", "#dataset", "#default-graph"))
    return [
        Triple(service, RDF.type, _sd("Service")),
        Triple(service, _sd("endpoint"), service),
        Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        Triple(service, _sd("feature"), _sd("UnionDefaultGraph")),
        *(Triple(service, _sd("resultFormat"), NamedNode(each.rdf.iri)) for each in GRAPHS if each.rdf),
        *(Triple(service, _sd("resultFormat"), NamedNode(each.results.iri)) for each in RESULTS if each.results),
        Triple(service, _sd("defaultDataset"), dataset),
        Triple(dataset, RDF.type, _sd("Dataset")),
        Triple(dataset, _sd("defaultGraph"), union),
        Triple(union, RDF.type, _sd("Graph")),
        *(triple for iri in serving.store.graphs() for triple in _named_graph(base, dataset, iri)),
        *([Triple(dataset, DCT.license, NamedNode(serving.manifest.licence))] if serving.manifest.licence else []),
        *(Triple(dataset, DCT.title, Literal(t, language=tag)) for tag, t in serving.manifest.title.items()),
    ]


def _named_graph(base: str, dataset: NamedNode, iri: str) -> list[Triple]:
    name = iri.rstrip("/").partition("//")[2].partition("/")[2].replace("/", "-")
    node = NamedNode(f"{base}sparql#graph-{name}")
    return [
        Triple(dataset, _sd("namedGraph"), node),
        Triple(node, RDF.type, _sd("NamedGraph")),
        Triple(node, _sd("name"), NamedNode(iri)),
    ]


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)
