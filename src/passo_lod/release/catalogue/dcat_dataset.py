"""Describe one dataset of the DCAT catalogue: title, dates, rights, licences, period, provenance and places."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import DCAT, DCT, FOAF, PROV, RDF, RDFS, SKOS, VOCABULARY, VOID, XSD
from passo_lod.release import authority_tables as authority
from passo_lod.release.catalogue.dataset_descriptions import ALL_DATA, SERIES, DatasetDescription, publisher_of
from passo_lod.release.catalogue.dcat_agents import agent_triples
from passo_lod.release.catalogue.dcat_distribution import distribution_node
from passo_lod.release.catalogue.dcat_licences import licence_node, licences_of_dataset
from passo_lod.release.catalogue.triple_builders import (
    Texts,
    date_triples,
    integer,
    nodes,
    object_triples,
    text_triples,
)
from passo_lod.release.content import Content
from passo_lod.release.dump.statistics import GraphStatistics

CONFORMS_TO = (VOCABULARY + "onto", VOCABULARY + "shapes")
"""The ontology and the shapes, to which all datasets conform; they have their own versions."""

_RIGHTS: Texts = in_every_language("dataset.rights")
_ATTRIBUTION: Texts = in_every_language("dataset.attribution")
_PROVENANCE: Texts = in_every_language("dataset.provenance")


def dataset_triples(content: Content, dataset: DatasetDescription) -> Iterator[Triple]:
    """Describe a dataset (dcat:Dataset), apart from its files and places."""
    node, base = NamedNode(dataset.iri), content.base
    landing_page = NamedNode(f"{content.server_url}dataset/{dataset.name}.html")
    yield from text_triples(node, DCT.title, dataset.title)
    yield from text_triples(node, DCT.description, dataset.description)
    yield from keyword_triples(node, content)
    yield from date_triples(node, dataset.dates)
    yield from agent_triples(dataset.holder)
    yield from object_triples(
        node,
        {
            RDF.type: [DCAT.Dataset, VOID.Dataset],
            DCT.identifier: [Literal(dataset.iri)],
            DCT.publisher: [NamedNode(publisher_of(content).iri)],
            DCT.creator: [NamedNode(dataset.holder.iri)],
            DCT.rightsHolder: [NamedNode(dataset.holder.iri)],
            DCT.license: [licence_node(dataset)],
            DCT.accessRights: [authority.PUBLIC],
            DCT.accrualPeriodicity: [authority.frequency(content.dcat.frequency)],
            DCT.language: authority.languages(dataset.languages),
            DCT.spatial: nodes(dataset.places),
            DCT.conformsTo: nodes(CONFORMS_TO),
            DCAT.contactPoint: [NamedNode(f"{base}catalog#contact")],
            DCAT.theme: [authority.theme(content.dcat.theme)],
            DCAT.landingPage: [landing_page],
            DCAT.distribution: [distribution_node(dataset, file) for file in dataset.files],
            DCAT.inSeries: [NamedNode(f"{base}dataset/{SERIES}")] if dataset.name == ALL_DATA else [],
            DCAT.version: [Literal(dataset.dates.version)] if dataset.dates.version else [],
            VOID.triples: [integer(dataset.counts.triples)],
        },
    )
    yield Triple(landing_page, RDF.type, FOAF.Document)
    yield from _rights(dataset)
    yield from licences_of_dataset(dataset)
    yield from _period(dataset)
    yield from _provenance(dataset)


def keyword_triples(node: NamedNode, content: Content) -> Iterator[Triple]:
    """Yield the keywords of the settings; without any, the catalogue's title is the keyword."""
    keywords = content.dcat.keywords or {language: (title,) for language, title in content.title.items()}
    for language, words in keywords.items():
        for word in words:
            yield Triple(node, DCAT.keyword, Literal(word, language=language))


def place_triples(dataset: DatasetDescription, statistics: GraphStatistics) -> Iterator[Triple]:
    """Describe the places that a dataset covers, with their IRIs in authority tables."""
    for place in dataset.places:
        node = NamedNode(place)
        yield Triple(node, RDF.type, DCT.Location)
        for match in sorted(statistics.matches_of(place)):
            yield Triple(node, SKOS.exactMatch, NamedNode(match))


def _rights(dataset: DatasetDescription) -> Iterator[Triple]:
    """State the rights, with the attribution that the source asks for. The distributions refer to this statement."""
    node = NamedNode(f"{dataset.iri}#rights")
    texts = _RIGHTS
    if dataset.attribution:
        cited = {language: text.format(attribution=dataset.attribution) for language, text in _ATTRIBUTION.items()}
        texts = {language: f"{text} {cited[language]}" for language, text in _RIGHTS.items()}
    yield Triple(authority.PUBLIC, RDF.type, DCT.RightsStatement)
    yield Triple(node, RDF.type, DCT.RightsStatement)
    yield from text_triples(node, RDFS.label, texts)


def _period(dataset: DatasetDescription) -> Iterator[Triple]:
    """State the period that a dataset covers, if it is known."""
    if not any(dataset.period):
        return
    period = NamedNode(f"{dataset.iri}#period")
    yield Triple(NamedNode(dataset.iri), DCT.temporal, period)
    yield Triple(period, RDF.type, DCT.PeriodOfTime)
    for predicate, day in zip((DCAT.startDate, DCAT.endDate), dataset.period, strict=True):
        if day:
            yield Triple(period, predicate, Literal(day, datatype=XSD.date))


def _provenance(dataset: DatasetDescription) -> Iterator[Triple]:
    """State the website that the records of a source come from."""
    if not dataset.site:
        return
    node, statement = NamedNode(dataset.iri), NamedNode(f"{dataset.iri}#provenance")
    yield Triple(node, PROV.wasDerivedFrom, NamedNode(dataset.site))
    yield Triple(node, DCT.provenance, statement)
    yield Triple(statement, RDF.type, DCT.ProvenanceStatement)
    names = dataset.holder.name
    default = next(iter(names.values()))
    texts = {language: text.format(holder=names.get(language) or default) for language, text in _PROVENANCE.items()}
    yield from text_triples(statement, RDFS.label, texts)
