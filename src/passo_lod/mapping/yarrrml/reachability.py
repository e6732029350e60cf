"""Find the maps of a mapping.yaml to which links lead from the process or its record; `mapping_parser` refuses any other.

What nothing links to is published and never found: no page, query or table of a process leads to it.
"""

from collections.abc import Iterator

from passo_lod.mapping.yarrrml.mapping_terms import VARIABLE
from passo_lod.mapping.yarrrml.triples_map import SourceMapping, TriplesMap

_ORGANISATIONS = "id/organisation/"
"""How the IRIs begin that the converter `organisation` gives bodies without a rule of their own."""


def reachable_maps(mapping: SourceMapping) -> frozenset[str]:
    """Return the names of the maps that some subject of the process or its record may lead to.

    A line leads to the map that it names under `mapping`, and to every map whose subject has the template of its object. Maps whose
    subjects have one template are reached together. Which records have these links is decided for each (`record_mapping`).
    """
    reached = set(mapping.root_maps)
    pending = list(reached)
    while pending:
        for name in _linked_from(mapping, mapping.triples_maps[pending.pop()]):
            if name not in reached:
                reached.add(name)
                pending.append(name)
    return frozenset(reached)


def _linked_from(mapping: SourceMapping, triples_map: TriplesMap) -> Iterator[str]:
    rules = triples_map.predicate_object_maps
    yield from (rule.parent_map for rule in rules if rule.parent_map)
    linked = {_shape(triples_map.subject), *(_shape(rule.constant) for rule in rules if rule.constant)}
    names_bodies = any(rule.converter == "organisation" for rule in rules)
    if names_bodies:
        linked |= {_shape(rule.iri) for rule in mapping.organisation_rules}
    for name, other in mapping.triples_maps.items():
        if _shape(other.subject) in linked or (names_bodies and other.subject.startswith(_ORGANISATIONS)):
            yield name


def _shape(template: str) -> str:
    """A template without the names of its variables, which may differ between two maps."""
    return VARIABLE.sub("$()", template)
