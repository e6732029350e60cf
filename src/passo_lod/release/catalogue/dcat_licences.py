"""Describe licences in the DCAT catalogue; a dataset under several licences gets a document that names all of them."""

from collections.abc import Iterable, Iterator
from typing import cast

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
    if licence.similar:
        yield Triple(licence.node, SKOS.closeMatch, licence.similar)


def with_italian_licences(triples: Iterable[Triple], iris: Iterable[str]) -> Iterator[Triple]:
    """Name each licence by its IRI in the Italian vocabulary, where it has one, and match it to the former IRI.

    Args:
        triples: of the catalogue.
        iris: of the licences in the data.
    """
    licences = [authority.licence(iri) for iri in sorted(set(iris))]
    italian = {str(licence.node): licence.italian for licence in licences if licence.italian}
    for triple in triples:
        subject, value = (italian.get(str(term), term) for term in (triple.subject, triple.object))
        yield Triple(cast(NamedNode, subject), triple.predicate, value)
    for licence in licences:
        if licence.italian:
            yield Triple(licence.italian, SKOS.exactMatch, licence.node)
