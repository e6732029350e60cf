"""Group the triples of one document by subject and predicate, in the order in which its page shows them."""

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import groupby

from pyoxigraph import NamedNode, Quad

from passo_lod.namespaces import FOAF, RDF
from passo_lod.release_layout import LABEL_PROPERTIES
from passo_lod.store.protocol import value_of

_STATEMENT = (RDF.subject, RDF.predicate, RDF.object)

PropertyValues = tuple[NamedNode, list[Quad]]
"""A predicate, and the quads of one subject that have it."""


class DocumentGraph:
    """The triples of one document; a triple that is in several graphs counts once."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        distinct = {(quad.subject, quad.predicate, quad.object): quad for quad in quads}
        self._quads = sorted(distinct.values(), key=_reading_order)

    @cached_property
    def _by_subject(self) -> dict[str, list[Quad]]:
        groups = groupby(self._quads, key=lambda quad: value_of(quad.subject))
        return {subject: list(quads) for subject, quads in groups}

    @property
    def subjects(self) -> Collection[str]:
        """The IRIs of the described things."""
        return self._by_subject.keys()

    @cached_property
    def records(self) -> set[tuple[str, str]]:
        """Pairs of a thing and a record about it."""
        topics = (quad for quad in self._quads if quad.predicate == FOAF.primaryTopic)
        return {(value_of(quad.object), value_of(quad.subject)) for quad in topics}

    @cached_property
    def _inferred(self) -> set[tuple[str, ...]]:
        """Subject, predicate and object of the triples that an RDF statement of the document is about (RDF Schema 1.1, 5.3)."""
        parts = [{quad.predicate: str(quad.object) for quad in quads} for quads in self._by_subject.values()]
        return {tuple(each[part] for part in _STATEMENT) for each in parts if each.keys() >= set(_STATEMENT)}

    def is_inferred(self, quad: Quad) -> bool:
        """Whether the document says of a triple that it was inferred."""
        return (str(quad.subject), str(quad.predicate), str(quad.object)) in self._inferred

    def properties(self, iri: str) -> list[PropertyValues]:
        """The triples of a thing by predicate."""
        quads = self._by_subject.get(iri, [])
        return [(predicate, list(group)) for predicate, group in groupby(quads, key=lambda quad: quad.predicate)]

    def name_property(self, iri: str) -> NamedNode | None:
        """The property that has the name of the thing."""
        present = {predicate for predicate, _ in self.properties(iri)}
        return next((predicate for predicate in LABEL_PROPERTIES if predicate in present), None)

    def classes(self, iri: str) -> list[str]:
        """The classes of a thing."""
        return [value_of(quad.object) for quad in self._by_subject.get(iri, []) if quad.predicate == RDF.type]

    def object_iris(self, iri: str) -> list[str]:
        """The IRIs that a thing has as values."""
        return iris_of(self._by_subject.get(iri, []))


def _reading_order(quad: Quad) -> tuple[list[str], str, list[str]]:
    return _natural(value_of(quad.subject)), quad.predicate.value, _natural(str(quad.object))


def _natural(text: str) -> list[str]:
    """A sort key that puts part 2 before part 10."""
    return [piece.zfill(9) if piece.isdigit() else piece for piece in re.split(r"(\d+)", text)]


def iris_of(quads: Iterable[Quad]) -> list[str]:
    """The objects that are IRIs."""
    return [quad.object.value for quad in quads if isinstance(quad.object, NamedNode)]
