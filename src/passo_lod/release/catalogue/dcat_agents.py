"""Describe publishers, rights holders and the contact office in the DCAT catalogue."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCT, FOAF, RDF, VCARD
from passo_lod.release.catalogue.dataset_descriptions import RightsHolder
from passo_lod.release.catalogue.triple_builders import text_triples
from passo_lod.release.content import Content


def agent_triples(holder: RightsHolder) -> Iterator[Triple]:
    """Describe a publisher or rights holder (foaf:Agent)."""
    node = NamedNode(holder.iri)
    yield Triple(node, RDF.type, FOAF.Agent)
    yield Triple(node, DCT.identifier, Literal(holder.identifier))
    yield from text_triples(node, FOAF.name, holder.name)


def contact_triples(content: Content) -> Iterator[Triple]:
    """Describe the office that answers questions: an organisation, never a person."""
    node, settings = NamedNode(f"{content.base}catalog#contact"), content.dcat
    yield Triple(node, RDF.type, VCARD.Kind)
    yield Triple(node, RDF.type, VCARD.Organization)
    yield from text_triples(node, VCARD.fn, settings.contact or content.publisher)
    yield Triple(node, VCARD.hasURL, NamedNode(settings.page or content.server_url))
    if settings.email:
        yield Triple(node, VCARD.hasEmail, NamedNode(f"mailto:{settings.email}"))
