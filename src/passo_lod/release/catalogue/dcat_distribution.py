"""Describe the files of a dataset in the DCAT catalogue: address, format, size and checksum (dcat:Distribution)."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCAT, DCATAP, DCT, RDF, SPDX, XSD
from passo_lod.release import authority_tables as authority
from passo_lod.release.catalogue.dataset_descriptions import DatasetDescription
from passo_lod.release.catalogue.dcat_licences import licence_node
from passo_lod.release.catalogue.triple_builders import date_triples, object_triples, text_triples
from passo_lod.release.content import Content
from passo_lod.release.distribution import Distribution


def distribution_node(dataset: DatasetDescription, file: Distribution) -> NamedNode:
    """Return the IRI of a file of a dataset."""
    return NamedNode(f"{dataset.iri}#{file.path.rpartition('/')[2]}")


def distribution_triples(content: Content, dataset: DatasetDescription, file: Distribution) -> Iterator[Triple]:
    """Describe a file of a dataset."""
    node = distribution_node(dataset, file)
    checksum = NamedNode(f"{node.value}-sha256")
    name = file.path.rpartition("/")[2]
    title = {language: f"{text}, {file.media_type.title} ({name})" for language, text in dataset.title.items()}
    media_type = authority.iana(file.media_type.name)
    format_ = authority.file_type(file.media_type)
    compress_format = authority.compression(file.encoding) if file.encoding else None
    yield from text_triples(node, DCT.title, title)
    yield from text_triples(node, DCT.description, title)
    yield from date_triples(node, dataset.dates)
    yield from object_triples(
        node,
        {
            RDF.type: [DCAT.Distribution],
            DCT.format: [format_] if format_ else [],
            DCT.license: [licence_node(dataset)],
            DCT.rights: [NamedNode(f"{dataset.iri}#rights")],
            DCT.language: authority.languages(dataset.languages),
            DCATAP.availability: [authority.STABLE],
            DCAT.accessURL: [NamedNode(f"{content.server_url}dataset/{dataset.name}.html")],
            DCAT.downloadURL: [NamedNode(f"{content.server_url}{file.path}")],
            DCAT.mediaType: [media_type],
            DCAT.compressFormat: [compress_format] if compress_format else [],
            DCAT.byteSize: [Literal(str(file.bytes), datatype=XSD.nonNegativeInteger)],
            SPDX.checksum: [checksum],
        },
    )
    yield from _checksum(checksum, file)
    for each in filter(None, (media_type, compress_format)):
        yield Triple(each, RDF.type, DCT.MediaType)
    if format_:
        yield Triple(format_, RDF.type, DCT.MediaTypeOrExtent)


def _checksum(node: NamedNode, file: Distribution) -> Iterator[Triple]:
    yield Triple(node, RDF.type, SPDX.Checksum)
    yield Triple(node, SPDX.algorithm, authority.SHA256)
    yield Triple(node, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))
    yield Triple(authority.SHA256, RDF.type, SPDX.ChecksumAlgorithm)
