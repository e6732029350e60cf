"""Find the labels of things in a dump, for the text of a diff and the titles of feed entries."""

from collections.abc import Collection, Iterable

import pyoxigraph as ox
from pyoxigraph import Literal, RdfFormat

from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.things import subject_of
from passo_lod.release_layout import LABEL_PROPERTIES

_PREDICATES = tuple(f"<{each.value}>".encode() for each in LABEL_PROPERTIES)


def find_labels(release: DumpRef, iris: Collection[str]) -> dict[str, tuple[Literal, ...]]:
    """Read the labels of some IRIs from a dump; an IRI without a label is left out."""
    by_iri: dict[str, list[bytes]] = {}
    for line in release.index.lines_with_prefix([f"<{iri}> ".encode() for iri in iris]):
        if line.split(b" ", 2)[1] in _PREDICATES and (iri := subject_of(line)) in iris:
            by_iri.setdefault(iri, []).append(line)
    return {iri: labels_in(iri, lines) for iri, lines in by_iri.items()}


def labels_in(iri: str, lines: Iterable[bytes]) -> tuple[Literal, ...]:
    """Return the labels of an IRI among lines of N-Quads or N-Triples: the values of its first property of `LABEL_PROPERTIES`."""
    by_predicate: dict[bytes, list[bytes]] = {}
    for line in lines:
        subject, predicate, _ = line.split(b" ", 2)
        if predicate in _PREDICATES and subject[1:-1] == iri.encode():
            by_predicate.setdefault(predicate, []).append(line)
    return next((_literals(by_predicate[each]) for each in _PREDICATES if each in by_predicate), ())


def _literals(lines: Iterable[bytes]) -> tuple[Literal, ...]:
    objects = (quad.object for quad in ox.parse(b"".join(lines), format=RdfFormat.N_QUADS))
    return tuple(sorted({each for each in objects if isinstance(each, Literal)}, key=str))
