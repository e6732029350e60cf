"""Look up the place that several fields of a record name together (`locate` in mapping.yaml), for `record_mapping`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode

from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.object_mapping import ObjectMapping
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.yarrrml.triples_map import PlaceReference
from passo_lod.namespaces import CVL
from passo_lod.records import Field, FieldState
from passo_lod.report import Severity

_BEYOND_COUNTRIES = ("multinational", "no-limits")
"""Scopes of processes that no single country or place may stand for."""

_MUNICIPAL = ("neighbourhood", "municipality")
"""Scopes that no larger place than a municipality may stand for."""


@dataclass(frozen=True)
class NamedPlace:
    """The place that the fields of a reference name.

    Attributes:
        fields: those with a text, that of the largest place first.
        region: the region of comparison; None if it is not known.
        place: the smallest known place; None if no name is known.
        smallest_kind: the kind of the smallest place that the texts name.
        scope: code of the scope of influence; empty if none is stated.
        scope_field: the field with the scope.
    """

    fields: tuple[Field, ...]
    region: Place | None
    place: Place | None
    smallest_kind: str
    scope: str
    scope_field: Field | None

    @property
    def text(self) -> str:
        """The names as they are written, the smallest place first."""
        return ", ".join(field.text for field in reversed(self.fields))

    @property
    def is_beyond_countries(self) -> bool:
        """Whether the process concerns more than one country."""
        return self.scope in _BEYOND_COUNTRIES

    @property
    def is_as_small_as_named(self) -> bool:
        """Whether the known place is as small as the texts name one."""
        sizes = ("country", "region", "province", "municipality")
        if self.place is None:
            return False
        # A province field may name a region.
        smallest = "region" if self.smallest_kind == "province" else self.smallest_kind
        return sizes.index(self.place.kind) >= sizes.index(smallest)

    @property
    def is_larger_than_scope(self) -> bool:
        """Whether the known place is larger than the territory that the process may affect."""
        return self.scope in _MUNICIPAL and self.place is not None and self.place.kind != "municipality"


class PlaceLookup:
    """Add the places of one record; an unknown place is reported, and never guessed."""

    def __init__(self, settings: MappingSettings, state: MappingState, objects: ObjectMapping) -> None:
        self._settings = settings
        self._state = state
        self._objects = objects
        self._steps: Mapping[str, Callable[[ObjectTarget, NamedPlace], bool]] = {
            "region": self._add_region,
            "place": self._add_smallest,
            "level": self._add_level,
            "text": self._add_as_written,
        }

    def add_place(self, target: ObjectTarget, reference: PlaceReference) -> bool:
        """Add what a reference asks for; return whether the record has a triple more."""
        fields = [self._state.record.fields.get(label) for label in reference.labels]
        self._state.used_labels |= {field.label for field in fields if field}
        named = self._find(reference)
        if named.fields or reference.country is None:
            return self._steps[reference.kind](target, named)
        if empty := next((field for field in fields if field), None):
            self._state.add_missing(target.map_name, target.rule, empty, empty.absence_reason or "not-stated")
        return False

    def _find(self, reference: PlaceReference) -> NamedPlace:
        """Find the place that the fields of a reference name."""
        fields = {label: self._field_with_text(label) for label in reference.labels}
        country, province, city = (
            field.text if label and (field := fields[label]) else None
            for label in (reference.country, reference.province, reference.city)
        )
        if reference.country is None:
            country = self._country_of_source()
        places = self._settings.places
        region = places.comparison_region(country, province, city)
        return NamedPlace(
            fields=tuple(field for label in reference.place_labels if (field := fields[label])),
            region=region,
            place=smallest_place(places, region, country, province, city),
            smallest_kind="municipality" if city else "province" if province else "country",
            scope=self._scope(fields[reference.scope]) if reference.scope else "",
            scope_field=fields[reference.scope] if reference.scope else None,
        )

    def _field_with_text(self, label: str) -> Field | None:
        field = self._state.record.fields.get(label)
        return field if field and field.state is FieldState.VALUE else None

    def _country_of_source(self) -> str | None:
        region = self._settings.places.by_code(self._settings.region)
        ancestry = list(self._settings.places.ancestry(region)) if region else []
        return ancestry[-1].name if ancestry else None

    def _scope(self, field: Field | None) -> str:
        concept = self._settings.schemes["scope-of-influence"].find(field.texts[0]) if field else None
        return concept.value.rpartition("/")[2] if concept else ""

    def _add_region(self, target: ObjectTarget, named: NamedPlace) -> bool:
        """Add the region of comparison; a process of several countries has none."""
        if named.is_beyond_countries and named.scope_field:
            self._state.add_missing(target.map_name, target.rule, named.scope_field, "not-applicable")
            return False
        if named.region is not None:
            return self._add(target, named, place_iri(self._settings.base, named.region))
        if named.place is not None and named.smallest_kind == "country":
            return self._add_missing(target, named, "not-stated")
        return self._add_missing(target, named, "not-understood")

    def _add_smallest(self, target: ObjectTarget, named: NamedPlace) -> bool:
        """Add the smallest known place, unless the process concerns a smaller or a larger territory."""
        if named.place is not None and named.scope == "country":
            *_, country = self._settings.places.ancestry(named.place)
            return self._add(target, named, place_iri(self._settings.base, country))
        if named.fields and not named.is_as_small_as_named:
            self._report_unknown(target, named)
            return self._add_missing(target, named, "not-understood")
        if named.place is None or named.is_larger_than_scope or named.is_beyond_countries:
            return self._add_missing(target, named, "not-stated")
        return self._add(target, named, place_iri(self._settings.base, named.place))

    def _add_level(self, target: ObjectTarget, named: NamedPlace) -> bool:
        """Add the level of the smallest known place."""
        if named.place is None:
            return self._add_missing(target, named, "not-understood")
        return self._add(target, named, CVL[f"place-level/{named.place.kind}"])

    def _add_as_written(self, target: ObjectTarget, named: NamedPlace) -> bool:
        return bool(named.fields) and self._objects.add_text(target, named.text, named.fields[-1])

    def _add(self, target: ObjectTarget, named: NamedPlace, term: NamedNode) -> bool:
        self._state.add(target.subject.iri, target.rule.predicate, term, named.fields[-1] if named.fields else None)
        return True

    def _add_missing(self, target: ObjectTarget, named: NamedPlace, reason: str) -> bool:
        if named.fields and reason == "not-understood":
            self._objects.add_not_understood(target.map_name, target.rule, named.text, named.fields[-1])
        elif named.fields:
            self._state.add_missing(target.map_name, target.rule, named.fields[-1], reason)
        return False

    def _report_unknown(self, target: ObjectTarget, named: NamedPlace) -> None:
        """Report names that are no known place; of a country without known regions, as an information only."""
        place = named.place
        is_covered = place is None or place.kind != "country" or self._settings.places.has_regions_of(place)
        self._state.report(
            Severity.WARNING if is_covered else Severity.INFO,
            "unknown-place",
            "map.larger-place" if place else "map.unknown-place",
            {"place": place.name} if place else {},
            named.fields[-1],
            ", ".join(field.text for field in named.fields),
            target.rule.predicate,
        )


def smallest_place(
    places: PlaceIndex, region: Place | None, country: str | None, province: str | None, city: str | None
) -> Place | None:
    """Return the smallest known place of these names: a municipality, a province, a region, or a country."""
    if region is None:
        return places.find(country, kind="country") if country else None
    if region.kind == "country":
        return places.smallest_abroad(region, province, city)
    town = places.find(city, region.code) if city else None
    return town or (places.find(province, region.code, "province") if province else None) or region
