"""What a release says of ids that were published and are not any more: enough to answer for them, and nothing about anybody.

A tombstone has no class, so that nothing that counts processes counts it, and no time, so that the same input gives the same
bytes. It stands in the dataset of the source it came from.
"""

from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import DCT, OWL, RDFS, SKOS, XSD
from passo_lod.release.identity.id_registry import RegistryUpdate

NOTES: Mapping[str, Mapping[str, str]] = {
    "absent": {
        "it": "Non è più tra i dati che la fonte pubblica.",
        "en": "No longer among the data that its source publishes.",
    },
    "merged": {"it": "Unito a un altro.", "en": "Merged into another."},
    "quarantined": {
        "it": "Sospeso: sarà di nuovo pubblicato quando la sua scheda sarà corretta.",
        "en": "Held back: it will be published again when its record has been mended.",
    },
    "renamed": {"it": "Ha ora un altro identificativo.", "en": "It has another identifier now."},
    "split": {"it": "Diviso in più di uno.", "en": "Split into several."},
    "withdrawn": {"it": "Ritirato dalla fonte.", "en": "Withdrawn by its source."},
}
"""One for each fate of an id."""

_DEPRECATED = Literal("true", datatype=XSD.boolean)


def tombstone_quads(update: RegistryUpdate, base: str) -> Iterator[tuple[str, list[Quad]]]:
    """The quads about each id of the registry that the release does not hold, with the dataset that they stand in."""
    for thing in update.fates:
        dataset = update.source(thing)
        graph, node = NamedNode(f"{base}dataset/{dataset}"), NamedNode(base + thing)
        quads = [Quad(node, predicate, value, graph) for predicate, value in _said(update, thing, base)]
        quads += [Quad(NamedNode(base + end), DCT.replaces, node, graph) for end in _replacing(update, thing)]
        yield dataset, quads


def _said(update: RegistryUpdate, thing: str, base: str) -> Iterator[tuple[NamedNode, Literal | NamedNode]]:
    fate = update.fates[thing]
    yield DCT.identifier, Literal(thing.rpartition("/")[2])
    for language, note in NOTES[fate.why].items():
        yield SKOS.changeNote, Literal(note, language=language)
    if fate.reason:
        yield SKOS.changeNote, Literal(fate.reason)
    if fate.why != "quarantined":
        yield OWL.deprecated, _DEPRECATED
    replacing = _replacing(update, thing)
    for end in update.ends[thing]:
        if end in replacing or end in update.fates:
            yield (DCT.isReplacedBy if end in replacing else RDFS.seeAlso), NamedNode(base + end)


def _replacing(update: RegistryUpdate, thing: str) -> list[str]:
    """The ids in the place of this one that are there, or will be again; what is gone itself replaces nothing."""
    waiting = {other for other, fate in update.fates.items() if fate.why == "quarantined"}
    return [end for end in update.ends[thing] if end in update.published or end in waiting]
