"""The statements of one document as a page needs them: each once, by subject and predicate, in reading order."""

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import groupby

from pyoxigraph import NamedNode, Quad

from passo_lod.namespaces import FOAF, RDF
from passo_lod.store.protocol import NAMES, value_of


class DocumentGraph:
    """The statements of one document, by subject and predicate, in the order the page shows them."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        once = {(quad.subject, quad.predicate, quad.object): quad for quad in quads}
        self._quads = sorted(once.values(), key=_reading_order)

    @cached_property
    def _by_subject(self) -> dict[str, list[Quad]]:
        return {
            subject: list(group) for subject, group in groupby(self._quads, key=lambda quad: value_of(quad.subject))
        }

    @property
    def subjects(self) -> Collection[str]:
        """The things of which something is said."""
        return self._by_subject.keys()

    @cached_property
    def records(self) -> set[tuple[str, str]]:
        """Pairs of a thing and a record about it."""
        topics = (quad for quad in self._quads if quad.predicate == FOAF.primaryTopic)
        return {(value_of(quad.object), value_of(quad.subject)) for quad in topics}

    def properties(self, iri: str) -> list[tuple[NamedNode, list[Quad]]]:
        """What is said of a thing, by property."""
        quads = self._by_subject.get(iri, [])
        return [(predicate, list(group)) for predicate, group in groupby(quads, key=lambda quad: quad.predicate)]

    def naming(self, iri: str) -> NamedNode | None:
        """The property that the name of the thing is taken from."""
        present = {predicate for predicate, _ in self.properties(iri)}
        return next((predicate for predicate in NAMES if predicate in present), None)

    def kinds(self, iri: str) -> list[str]:
        """The classes of a thing."""
        return [value_of(quad.object) for quad in self._by_subject.get(iri, []) if quad.predicate == RDF.type]

    def values(self, iri: str) -> list[str]:
        """The things that a thing is said to have to do with."""
        return iris_of(self._by_subject.get(iri, []))


def _reading_order(quad: Quad) -> tuple[list[str], str, list[str]]:
    return _natural(value_of(quad.subject)), quad.predicate.value, _natural(str(quad.object))


def _natural(text: str) -> list[str]:
    """A sort key by which part 2 stands before part 10."""
    return [piece.zfill(9) if piece.isdigit() else piece for piece in re.split(r"(\d+)", text)]


def iris_of(quads: Iterable[Quad]) -> list[str]:
    """The objects that are IRIs."""
    return [quad.object.value for quad in quads if isinstance(quad.object, NamedNode)]
