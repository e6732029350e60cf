"""Build tombstones, the quads about ids that are not published any more, so that the server can answer for their IRIs.

A tombstone has no class, so that no query that counts processes counts it, and no time, so that the same input gives the same bytes.
It is in the dataset of the source that the id came from, and contains no personal data.
"""

from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import DCT, OWL, RDFS, SKOS, XSD
from passo_lod.release.identity.registry_update import RegistryUpdate

_STATUSES = ("absent", "merged", "quarantined", "renamed", "split", "withdrawn")

NOTES: Mapping[str, Mapping[str, str]] = {status: in_every_language(f"tombstone.{status}") for status in _STATUSES}
"""The note on an id, by its status and language."""

_TRUE = Literal("true", datatype=XSD.boolean)


def tombstone_quads(update: RegistryUpdate, base: str) -> Iterator[tuple[str, list[Quad]]]:
    """Yield, for each id that is not published, the name of its dataset and its quads."""
    for id_ in update.statuses:
        dataset = update.source_of(id_)
        graph, node = NamedNode(f"{base}dataset/{dataset}"), NamedNode(base + id_)
        quads = [Quad(node, predicate, value, graph) for predicate, value in _properties(update, id_, base)]
        quads += [Quad(NamedNode(base + by), DCT.replaces, node, graph) for by in _answering_replacements(update, id_)]
        yield dataset, quads


def _properties(update: RegistryUpdate, id_: str, base: str) -> Iterator[tuple[NamedNode, Literal | NamedNode]]:
    status = update.statuses[id_]
    yield DCT.identifier, Literal(id_.rpartition("/")[2])
    for language, note in NOTES[status.why].items():
        yield SKOS.changeNote, Literal(note, language=language)
    if status.reason:
        yield SKOS.changeNote, Literal(status.reason)
    if status.why != "quarantined":
        yield OWL.deprecated, _TRUE
    published = _answering_replacements(update, id_)
    for by in update.replacements[id_]:
        if by in published or by in update.statuses:
            yield (DCT.isReplacedBy if by in published else RDFS.seeAlso), NamedNode(base + by)


def _answering_replacements(update: RegistryUpdate, id_: str) -> list[str]:
    """The ids that replace this one and are published, or will be after their record is corrected."""
    quarantined = {other for other, status in update.statuses.items() if status.why == "quarantined"}
    return [by for by in update.replacements[id_] if by in update.published or by in quarantined]
