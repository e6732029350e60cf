"""Measure in DQV how complete the data is: for each source, region and property, the share of processes that have a value.

A share is computed on a subset of the dataset, the processes of one region, whose size is stated too (`void:entities`). An answer such as
*not captured* is not a value.

https://www.w3.org/TR/vocab-dqv/
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import DCT, DQV, RDF, SKOS, VOID, XSD, shorten
from passo_lod.release.catalogue.dataset_descriptions import DatasetDescription
from passo_lod.release.catalogue.triple_builders import integer, text_triples
from passo_lod.release.content import Content

_PRECISION = Decimal("0.0001")
_DESCRIPTION = in_every_language("quality.measurement")
_DIMENSION = in_every_language("quality.dimension")
_METRIC = in_every_language("quality.metric")
_DEFINITION = in_every_language("quality.definition")


def quality_measurements(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    """Yield the completeness of every source, for the properties that any process of any source has."""
    sources = [each for each in datasets if each.counts.processes and len(each.graphs) == 1]
    fields = sorted({field for each in sources for region, field in each.counts.fields if not region})
    for field in fields:
        yield from _metric(content, field)
    for each in sources:
        for region in sorted(each.counts.regions):
            yield from _region(content, each, region, fields)


def _metric(content: Content, field: str) -> Iterator[Triple]:
    node, dimension = _metric_node(content, field), NamedNode(f"{content.base}catalog#completeness")
    yield Triple(dimension, RDF.type, DQV.Dimension)
    yield from text_triples(dimension, SKOS.prefLabel, _DIMENSION)
    yield Triple(node, RDF.type, DQV.Metric)
    yield Triple(node, DQV.inDimension, dimension)
    yield Triple(node, DQV.expectedDataType, XSD.decimal)
    yield Triple(node, VOID.property, NamedNode(field))
    labels = {language: text.format(field=shorten(field)) for language, text in _METRIC.items()}
    yield from text_triples(node, SKOS.prefLabel, labels)
    yield from text_triples(node, SKOS.definition, _DEFINITION)


def _region(content: Content, dataset: DatasetDescription, region: str, fields: Sequence[str]) -> Iterator[Triple]:
    processes = dataset.counts.regions[region]
    name = region.rpartition("/")[2]
    subset = NamedNode(f"{dataset.iri}#in-{name}")
    yield Triple(NamedNode(dataset.iri), VOID.subset, subset)
    yield Triple(subset, RDF.type, VOID.Dataset)
    yield Triple(subset, DCT.spatial, NamedNode(region))
    yield Triple(subset, VOID.entities, integer(processes))
    for field in fields:
        yield from _measurement(content, subset, field, dataset.counts.fields[region, field], processes)


def _measurement(content: Content, subset: NamedNode, field: str, given: int, of: int) -> Iterator[Triple]:
    """State that so many of the processes have a value."""
    node = NamedNode(f"{subset.value}-{_name(field)}")
    share = (Decimal(given) / of).quantize(_PRECISION).normalize()
    yield Triple(subset, DQV.hasQualityMeasurement, node)
    yield Triple(node, RDF.type, DQV.QualityMeasurement)
    yield Triple(node, DQV.computedOn, subset)
    yield Triple(node, DQV.isMeasurementOf, _metric_node(content, field))
    yield Triple(node, DQV.value, Literal(f"{share:f}", datatype=XSD.decimal))
    texts = {language: text.format(given=given, of=of) for language, text in _DESCRIPTION.items()}
    yield from text_triples(node, DCT.description, texts)


def _metric_node(content: Content, field: str) -> NamedNode:
    return NamedNode(f"{content.base}catalog#completeness-{_name(field)}")


def _name(field: str) -> str:
    """Return a property as part of a fragment identifier.

    >>> _name("https://schema.org/startDate")
    'schema-startDate'
    """
    return shorten(field).replace(":", "-").replace("/", "-").replace("#", "-")
