"""Describe which questions the file formats of a source ask (ontology: passo:SourceFormat), for the release and for counts."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.mapping.missing_values import source_format_iri
from passo_lod.namespaces import DCT, FOAF, PASSO, PROV, RDF, SKOS

_NO_QUESTIONS = frozenset({RDF.type.value, DCT.identifier.value, FOAF.isPrimaryTopicOf.value})
"""Properties that we give each process."""


def asked_properties(quads: Iterable[Quad]) -> tuple[str, ...]:
    """Return the properties of which a record gives a value of its process, or the reason why there is none, as sorted IRIs."""
    quads = list(quads)
    processes = {quad.subject for quad in quads if quad.object == PASSO.ParticipatoryProcess}
    valued = {quad.predicate.value for quad in quads if quad.subject in processes}
    missing = {quad.object.value for quad in quads if quad.predicate == PASSO.missingProperty}  # type: ignore[union-attr]
    return tuple(sorted((valued | missing) - _NO_QUESTIONS))


def format_quads(base: str, source: str, asked: Mapping[str, Collection[str]]) -> Iterator[Quad]:
    """Describe the formats of a source in its named graph.

    Args:
        base: the catalogue's base IRI.
        source: name of the source.
        asked: by format, the IRIs of the properties that some record of the format answers.
    """
    graph = NamedNode(f"{base}dataset/{source}")
    for name, properties in sorted(asked.items()):
        iri = source_format_iri(base, source, name)
        yield Quad(iri, RDF.type, PASSO.SourceFormat, graph)
        yield Quad(iri, RDF.type, PROV.Entity, graph)
        for language, label in (("it", f"{source}: formato «{name}»"), ("en", f"{source}: format “{name}”")):
            yield Quad(iri, SKOS.prefLabel, Literal(label, language=language), graph)
        for each in sorted(properties):
            yield Quad(iri, PASSO.asks, NamedNode(each), graph)
