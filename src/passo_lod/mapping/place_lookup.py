"""Look up the place that several fields of a record name together (`locate` in mapping.yaml), for `record_mapping`."""

from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.yarrrml.triples_map import PlaceReference
from passo_lod.records import Field, FieldState
from passo_lod.report import Severity


class PlaceLookup:
    """Add the places of one record; an unknown place is reported, and never guessed."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state

    def add_place(self, target: ObjectTarget, reference: PlaceReference) -> bool:
        """Add the place of a reference; return whether the record has a triple more."""
        labels = (reference.country, reference.province, reference.city)
        fields = [self._state.record.fields.get(label) for label in labels if label]
        self._state.used_labels |= {field.label for field in fields if field}
        with_value = [field for field in fields if field and field.state is FieldState.VALUE]
        texts = {field.label: field.text for field in with_value}
        country, province, city = (texts.get(label or "") for label in labels)
        if reference.country is None:
            country = self._country_of_source()
        if reference.kind == "region":
            return self._add_region(target, country, province, city, with_value)
        return self._add_smallest(target, country, province, city, with_value)

    def _country_of_source(self) -> str | None:
        region = self._settings.places.by_code(self._settings.region)
        ancestry = list(self._settings.places.ancestry(region)) if region else []
        return ancestry[-1].name if ancestry else None

    def _add_region(
        self, target: ObjectTarget, country: str | None, province: str | None, city: str | None, fields: list[Field]
    ) -> bool:
        """Add the region of comparison; one that is not known is an answer too."""
        region = self._settings.places.comparison_region(country, province, city)
        term = place_iri(self._settings.base, region) if region else self._settings.schemes["answer"]["not-stated"]
        self._state.add(target.subject.iri, target.rule.predicate, term, fields[-1] if fields and region else None)
        return True

    def _add_smallest(
        self, target: ObjectTarget, country: str | None, province: str | None, city: str | None, fields: list[Field]
    ) -> bool:
        places = self._settings.places
        place = _smallest_place(places, country, province, city)
        if place is not None:
            iri = place_iri(self._settings.base, place)
            self._state.add(target.subject.iri, target.rule.predicate, iri, fields[-1])
        if fields and not _is_as_small_as_named(places, place, province, city):
            self._report_unknown(target, fields, place)
        return place is not None

    def _report_unknown(self, target: ObjectTarget, fields: list[Field], place: Place | None) -> None:
        outcome = f"{place.name} was published instead" if place else "no place was published"
        self._state.report(
            Severity.WARNING,
            "unknown-place",
            f"these names together are no known place; {outcome}",
            fields[-1],
            ", ".join(field.text for field in fields),
            "the names of a country and, in Italy, of a region or province and a municipality",
            target.rule.predicate,
        )
        if place is None:
            self._state.add_missing(target.map_name, target.rule, fields[-1])


def _smallest_place(places: PlaceIndex, country: str | None, province: str | None, city: str | None) -> Place | None:
    """Return the smallest known place of these names: a municipality, a province, a region, or a country."""
    region = places.comparison_region(country, province, city)
    if region is None:
        return places.find(country, kind="country") if country else None
    if region.kind == "country":
        return region
    town = places.find(city, region.code) if city else None
    return town or (places.find(province, region.code, "province") if province else None) or region


def _is_as_small_as_named(places: PlaceIndex, place: Place | None, province: str | None, city: str | None) -> bool:
    """Return whether a place is as small as its names; of a country without known regions nothing smaller is expected."""
    if place is None:
        return False
    if place.kind == "country" and not places.has_regions_of(place):
        return True
    return place.kind == "municipality" if city else place.kind != "country" or not province
