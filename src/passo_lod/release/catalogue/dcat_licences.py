"""Describe licences in the DCAT catalogue; a dataset under several licences gets a document that names all of them."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCT, FOAF, OWL, RDF, SKOS
from passo_lod.release import authority_tables as authority
from passo_lod.release.catalogue.dataset_descriptions import DatasetDescription


def licence_node(dataset: DatasetDescription) -> NamedNode:
    """Return the object of dct:license, of which a dataset may have only one."""
    if len(dataset.licences) == 1:
        return authority.licence(dataset.licences[0]).node
    return NamedNode(f"{dataset.iri}#licences")


def licences_of_dataset(dataset: DatasetDescription) -> Iterator[Triple]:
    """Describe all licences of a dataset."""
    for iri in dataset.licences:
        yield from licence_triples(iri)
    if len(dataset.licences) > 1:
        node = licence_node(dataset)
        yield Triple(node, RDF.type, DCT.LicenseDocument)
        yield Triple(node, FOAF.name, Literal(", ".join(authority.licence(iri).name for iri in dataset.licences)))
        for iri in dataset.licences:
            yield Triple(node, DCT.references, authority.licence(iri).node)


def licence_triples(iri: str) -> Iterator[Triple]:
    """Describe a licence (dct:LicenseDocument)."""
    licence = authority.licence(iri)
    yield Triple(licence.node, RDF.type, DCT.LicenseDocument)
    yield Triple(licence.node, FOAF.name, Literal(licence.name))
    if licence.type:
        yield Triple(licence.node, DCT.type, licence.type)
    if licence.version:
        yield Triple(licence.node, OWL.versionInfo, Literal(licence.version))
    if licence.node.value != licence.iri:
        yield Triple(licence.node, SKOS.exactMatch, NamedNode(licence.iri))
