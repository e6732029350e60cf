"""Describe a release in DCAT-AP 3: the catalogue, its SPARQL service, the series of releases, and all datasets.

Every node has an IRI: below that of its dataset (`dataset/x#passo-x.ttl.gz`) or of the catalogue (`catalog#contact`). The catalogue has no time
of publishing of its own. High-value datasets are left out on purpose (docs/catalogue.md).

https://semiceu.github.io/DCAT-AP/releases/3.0.1/
"""

from collections.abc import Iterator, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import DCAT, DCT, FOAF, RDF
from passo_lod.release import authority_tables as authority
from passo_lod.release.catalogue.dataset_descriptions import (
    ALL_DATA,
    DESCRIPTIONS,
    SERIES,
    TITLES,
    DatasetDescription,
    publisher_of,
)
from passo_lod.release.catalogue.dcat_agents import agent_triples, contact_triples
from passo_lod.release.catalogue.dcat_dataset import (
    CONFORMS_TO,
    dataset_triples,
    keyword_triples,
    place_triples,
)
from passo_lod.release.catalogue.dcat_distribution import distribution_triples
from passo_lod.release.catalogue.dcat_licences import licence_triples
from passo_lod.release.catalogue.triple_builders import Texts, date_triples, nodes, object_triples, text_triples
from passo_lod.release.content import Content
from passo_lod.release.dataset_dates import DatasetDates
from passo_lod.release.dump.statistics import GraphStatistics

_SERVICE_TITLE: Texts = in_every_language("service.title")
_SERVICE_DESCRIPTION: Texts = in_every_language("service.description")
_STANDARD_TITLES: Mapping[str, Texts] = {
    CONFORMS_TO[0]: in_every_language("standard.ontology"),
    CONFORMS_TO[1]: in_every_language("standard.shapes"),
    authority.SPARQL_PROTOCOL.value: in_every_language("standard.sparql-protocol"),
}


def catalogue_triples(
    content: Content, datasets: Sequence[DatasetDescription], statistics: GraphStatistics
) -> Iterator[Triple]:
    """Yield the DCAT-AP catalogue of a release."""
    yield from _catalogue(content, datasets)
    yield from agent_triples(publisher_of(content))
    yield from contact_triples(content)
    yield from _service(content, datasets)
    yield from _series(content, datasets)
    yield from _standards()
    for dataset in datasets:
        yield from dataset_triples(content, dataset)
        yield from place_triples(dataset, statistics)
        for file in dataset.files:
            yield from distribution_triples(content, dataset, file)


def _catalogue(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    node = NamedNode(f"{content.base}catalog")
    homepage = NamedNode(f"{content.server_url}catalog.html")
    yield from text_triples(node, DCT.title, content.title)
    yield from text_triples(node, DCT.description, content.description or content.title)
    yield from date_triples(node, _dates_of_all(datasets))
    yield from object_triples(
        node,
        {
            RDF.type: [DCAT.Catalog],
            DCT.publisher: [NamedNode(publisher_of(content).iri)],
            DCT.creator: [NamedNode(publisher_of(content).iri)],
            DCT.license: [authority.licence(content.licence).node],
            DCT.language: authority.languages(content.languages),
            DCT.spatial: nodes(dict.fromkeys(place for each in datasets for place in each.places)),
            DCAT.themeTaxonomy: [authority.THEMES],
            DCAT.contactPoint: [NamedNode(f"{content.base}catalog#contact")],
            DCAT.dataset: nodes(each.iri for each in datasets),
            DCAT.service: [NamedNode(f"{content.base}catalog#sparql")],
            DCAT.resource: [NamedNode(f"{content.base}dataset/{SERIES}")],
            FOAF.homepage: [homepage],
        },
    )
    yield Triple(homepage, RDF.type, FOAF.Document)
    yield from licence_triples(content.licence)


def _dates_of_all(datasets: Sequence[DatasetDescription]) -> DatasetDates:
    issued = [each.dates.issued for each in datasets if each.dates.issued]
    return DatasetDates(min(issued, default=""), max((each.dates.modified for each in datasets), default=""))


def _series(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    """Describe the releases as a series whose last member is the dataset of all data (former ones: `dataset_versions`)."""
    node = NamedNode(f"{content.base}dataset/{SERIES}")
    all_data = next(each for each in datasets if each.name == ALL_DATA)
    yield from text_triples(node, DCT.title, TITLES[SERIES])
    yield from text_triples(node, DCT.description, DESCRIPTIONS[SERIES])
    yield from date_triples(node, all_data.dates)
    yield from object_triples(
        node,
        {
            RDF.type: [DCAT.DatasetSeries],
            DCT.publisher: [NamedNode(publisher_of(content).iri)],
            DCT.accrualPeriodicity: [authority.frequency(content.dcat.frequency)],
            DCT.spatial: nodes(all_data.places),
            DCAT.contactPoint: [NamedNode(f"{content.base}catalog#contact")],
            DCAT.theme: [authority.theme(content.dcat.theme)],
            DCAT.last: [NamedNode(all_data.iri)],
        },
    )


def _service(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    node = NamedNode(f"{content.base}catalog#sparql")
    endpoint = NamedNode(f"{content.server_url}sparql")
    yield from text_triples(node, DCT.title, _SERVICE_TITLE)
    yield from text_triples(node, DCT.description, _SERVICE_DESCRIPTION)
    yield from keyword_triples(node, content)
    yield from object_triples(
        node,
        {
            RDF.type: [DCAT.DataService],
            DCT.publisher: [NamedNode(publisher_of(content).iri)],
            DCT.license: [authority.licence(content.licence).node],
            DCT.accessRights: [authority.PUBLIC],
            DCT.conformsTo: [authority.SPARQL_PROTOCOL],
            DCAT.contactPoint: [NamedNode(f"{content.base}catalog#contact")],
            DCAT.theme: [authority.theme(content.dcat.theme)],
            DCAT.endpointURL: [endpoint],
            DCAT.endpointDescription: [endpoint],
            DCAT.servesDataset: nodes(each.iri for each in datasets),
        },
    )


def _standards() -> Iterator[Triple]:
    """Describe what data and endpoint conform to."""
    for iri, title in _STANDARD_TITLES.items():
        yield Triple(NamedNode(iri), RDF.type, DCT.Standard)
        yield Triple(NamedNode(iri), DCT.identifier, Literal(iri))
        yield from text_triples(NamedNode(iri), DCT.title, title)
