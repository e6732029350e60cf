"""Measure in DQV how complete the data are: for each source, region and field, the share of processes that have a value.

A share stands with its denominator: it is computed on a part of the dataset, the processes of one region, and that part says how many
they are (`void:entities`). An answer such as *not captured* is not a value.

https://www.w3.org/TR/vocab-dqv/
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCT, DQV, RDF, SKOS, VOID, XSD, shorten
from passo_lod.release.catalogue.dataset_descriptions import DatasetDescription
from passo_lod.release.content import Content

_PLACES = Decimal("0.0001")
_TEXTS = {"it": "{given} di {of} processi", "en": "{given} of {of} processes"}
_METRIC = {"it": "Completezza di {field}", "en": "Completeness of {field}"}
_DEFINITION = {
    "it": "La quota dei processi di una regione che hanno un valore per questa proprietà.",
    "en": "The share of the processes of a region that have a value of this property.",
}


def quality_measurements(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    """The completeness of every source; of fields that any process of any source has."""
    sources = [each for each in datasets if each.counts.processes and len(each.graphs) == 1]
    fields = sorted({field for each in sources for region, field in each.counts.fields if not region})
    for field in fields:
        yield from _metric(content, field)
    for each in sources:
        for region in sorted(each.counts.covered()):
            yield from _region(content, each, region, fields)


def _metric(content: Content, field: str) -> Iterator[Triple]:
    node, dimension = _metric_node(content, field), NamedNode(f"{content.base}catalog#completeness")
    yield Triple(dimension, RDF.type, DQV.Dimension)
    yield Triple(dimension, SKOS.prefLabel, Literal("Completezza", language="it"))
    yield Triple(dimension, SKOS.prefLabel, Literal("Completeness", language="en"))
    yield Triple(node, RDF.type, DQV.Metric)
    yield Triple(node, DQV.inDimension, dimension)
    yield Triple(node, DQV.expectedDataType, XSD.decimal)
    yield Triple(node, VOID.property, NamedNode(field))
    for language, text in _METRIC.items():
        yield Triple(node, SKOS.prefLabel, Literal(text.format(field=shorten(field)), language=language))
        yield Triple(node, SKOS.definition, Literal(_DEFINITION[language], language=language))


def _region(content: Content, each: DatasetDescription, region: str, fields: Sequence[str]) -> Iterator[Triple]:
    processes = each.counts.regions[region]
    name = region.rpartition("/")[2]
    part = NamedNode(f"{each.iri}#in-{name}")
    yield Triple(NamedNode(each.iri), VOID.subset, part)
    yield Triple(part, RDF.type, VOID.Dataset)
    yield Triple(part, DCT.spatial, NamedNode(region))
    yield Triple(part, VOID.entities, Literal(str(processes), datatype=XSD.integer))
    for field in fields:
        node = NamedNode(f"{part.value}-{_name(field)}")
        yield from _measurement(content, part, node, field, each.counts.fields[region, field], processes)


def _measurement(
    content: Content, part: NamedNode, node: NamedNode, field: str, given: int, of: int
) -> Iterator[Triple]:
    share = (Decimal(given) / of).quantize(_PLACES).normalize()
    yield Triple(part, DQV.hasQualityMeasurement, node)
    yield Triple(node, RDF.type, DQV.QualityMeasurement)
    yield Triple(node, DQV.computedOn, part)
    yield Triple(node, DQV.isMeasurementOf, _metric_node(content, field))
    yield Triple(node, DQV.value, Literal(f"{share:f}", datatype=XSD.decimal))
    for language, text in _TEXTS.items():
        yield Triple(node, DCT.description, Literal(text.format(given=given, of=of), language=language))


def _metric_node(content: Content, field: str) -> NamedNode:
    return NamedNode(f"{content.base}catalog#completeness-{_name(field)}")


def _name(field: str) -> str:
    """A property in a fragment.

    >>> _name("https://schema.org/startDate")
    'schema-startDate'
    """
    return shorten(field).replace(":", "-").replace("/", "-").replace("#", "-")
