"""Look up the place that several fields of a record name together (`locate` in mapping.yaml), for `record_mapping`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode

from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.object_mapping import ObjectMapping
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.places.place_names import PlaceNames, separate_names, smallest_place
from passo_lod.mapping.yarrrml.triples_map import PlaceReference
from passo_lod.namespaces import CVL
from passo_lod.records import Field, FieldState
from passo_lod.report import Severity

_BEYOND_COUNTRIES = ("multinational", "no-limits")
"""Scopes of processes that no single country or place may stand for."""

_LARGEST_KINDS = {
    "neighbourhood": "municipality",
    "municipality": "municipality",
    "metropolitan-area": "province",
    "region": "region",
}
"""Scope of influence: the kind of the largest place that may stand for the territory of a process."""

_KINDS_BY_SIZE = ("country", "region", "province", "municipality")


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
        # A province field may name a region.
        return not self._is_larger_than("region" if self.smallest_kind == "province" else self.smallest_kind)

    @property
    def is_larger_than_scope(self) -> bool:
        """Whether the known place is larger than the territory that the process may affect."""
        return self.place is not None and self._is_larger_than(_LARGEST_KINDS.get(self.scope, "country"))

    def _is_larger_than(self, kind: str) -> bool:
        """Whether the known place is larger than places of a kind, or none is known."""
        return self.place is None or _KINDS_BY_SIZE.index(self.place.kind) < _KINDS_BY_SIZE.index(kind)


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

    def area_abroad(self) -> str | None:
        """Return the code of the subdivision or country that locates the record; None if that is the source's country or not certain."""
        if not self._settings.mapping.names_organisations:
            return None
        found = [self._find(each) for each in self._settings.mapping.place_references]
        places = {each.place for each in found if each.place and not each.is_beyond_countries}
        if len(places) != 1:
            return None
        steps = list(self._settings.places.ancestry(places.pop()))
        home = self._settings.places.country_of(self._settings.region)
        return None if steps[-1] == home else next(step.code for step in steps if step.kind in ("region", "country"))

    def _find(self, reference: PlaceReference) -> NamedPlace:
        """Find the place that the fields of a reference name."""
        fields = {label: self._field_with_text(label) for label in reference.labels}
        places = self._settings.places
        names = self._names(reference, fields)
        region = places.comparison_region(names.country, names.province, names.city)
        return NamedPlace(
            fields=tuple(field for label in reference.place_labels if (field := fields[label])),
            region=region,
            place=smallest_place(places, region, names),
            smallest_kind="municipality" if names.city else "province" if names.province else "country",
            scope=self._scope(fields[reference.scope]) if reference.scope else "",
            scope_field=fields[reference.scope] if reference.scope else None,
        )

    def _names(self, reference: PlaceReference, fields: Mapping[str, Field | None]) -> PlaceNames:
        """The names that the fields of a reference give; a city's field may name its province and country too."""
        labels = (reference.country, reference.province, reference.city)
        texts = (field.text if label and (field := fields[label]) else None for label in labels)
        default = self._country_of_source() if reference.country is None else None
        return separate_names(self._settings.places, PlaceNames(*texts), default)

    def _field_with_text(self, label: str) -> Field | None:
        field = self._state.record.fields.get(label)
        return field if field and field.state is FieldState.VALUE else None

    def _country_of_source(self) -> str | None:
        country = self._settings.places.country_of(self._settings.region)
        return country.name if country else None

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
        """Add the names; those of a known place are nobody's, although `Fort Collins` may look like a person's name."""
        if named.is_as_small_as_named:
            target = replace(target, rule=replace(target.rule, redacted=False))
        if not named.fields or not self._objects.add_text(target, named.text, named.fields[-1]):
            return False
        self._state.trace(target, *named.fields)
        return True

    def _add(self, target: ObjectTarget, named: NamedPlace, term: NamedNode) -> bool:
        self._state.add(target.subject.iri, target.rule.predicate, term, named.fields[-1] if named.fields else None)
        self._state.trace(target, *named.fields)
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
