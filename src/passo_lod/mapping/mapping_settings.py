"""Define what the records of one source are mapped with: its mapping.yaml, converters, concept schemes and places."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode

from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.mapping.converters.conversion import Converter
from passo_lod.mapping.organisations import OrganisationResolver
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.rdfs_entailment import RdfsEntailment
from passo_lod.mapping.yarrrml.triples_map import SourceMapping
from passo_lod.term_labels import TermLabels


@dataclass(frozen=True)
class MappingSettings:
    """Everything but the record that the quads of a record depend on.

    Attributes:
        base: the catalogue's base IRI; templates that begin with `id/` or `doc/` are below it.
        graph: the named graph, which is the source's dataset.
        converters: by the names that mapping.yaml uses.
        described: the resources that the source's reference.ttl describes.
        region: code of the region or country in which places are looked up.
        language: of the source.
        labels: the names of concepts and schemes, for messages.
    """

    mapping: SourceMapping
    base: str
    graph: NamedNode
    converters: Mapping[str, Converter]
    schemes: ConceptSchemes
    places: PlaceIndex
    region: str
    language: str
    labels: TermLabels
    organisations: OrganisationResolver
    entailment: RdfsEntailment
    described: frozenset[NamedNode]
