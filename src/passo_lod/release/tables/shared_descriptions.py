"""Index what vocabulary and places say, so that the rows of every record can use it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import cast

from pyoxigraph import NamedNode, Quad

from passo_lod.namespaces import RDF
from passo_lod.release.tables.cell_values import Term
from passo_lod.release.tables.cells import LABELS
from passo_lod.release.tables.definitions import table_definitions

ValuesByProperty = dict[str, list[Term]]
"""Values by IRI of the property."""

NO_VALUES: ValuesByProperty = {}


class SharedDescriptions:
    """What vocabulary and places say, which is the same for every record.

    Args:
        quads: of vocabulary and places.
        others: finds the quads of a resource that is not among them, by its IRI.
    """

    def __init__(self, quads: Iterable[Quad], others: Callable[[str], Sequence[Quad]] = lambda iri: ()) -> None:
        self._others = others
        listed = list(quads)
        without_values: dict[str, ValuesByProperty] = {quad.subject.value: {} for quad in listed}  # type: ignore[union-attr]
        self._values = without_values | values_by_subject((quad.predicate.value, quad) for quad in listed)

    def describes(self, resource: Term) -> bool:
        """Whether a resource is a subject here."""
        return isinstance(resource, NamedNode) and self._described(resource.value) is not None

    def values(self, subject: Term, property: NamedNode) -> Sequence[Term]:
        """The values of a property of a resource."""
        return (self._described(subject.value) or NO_VALUES).get(property.value, ())

    def _described(self, resource: str) -> ValuesByProperty | None:
        if resource not in self._values and (quads := self._others(resource)):
            self._values |= values_by_subject((quad.predicate.value, quad) for quad in quads)
        return self._values.get(resource)


def values_by_subject(quads: Iterable[tuple[str, Quad]]) -> dict[str, ValuesByProperty]:
    """Values by subject and property, of the properties that tables use.

    Args:
        quads: each with the IRI of its predicate.
    """
    values: dict[str, ValuesByProperty] = {}
    used = _used_properties()
    for property, quad in quads:
        if property in used:
            values.setdefault(quad.subject.value, {}).setdefault(property, []).append(cast(Term, quad.object))  # type: ignore[union-attr]
    return values


@cache
def _used_properties() -> frozenset[str]:
    """The IRIs of the properties whose values stand in tables."""
    steps = (step for table in table_definitions() for column in table.columns for step in column.steps)
    return frozenset(property.value for property in (RDF.type, *LABELS, *steps))
