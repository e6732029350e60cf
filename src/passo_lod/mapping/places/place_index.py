"""Find places by code or by name for the mapper: sources write names, comparison between regions needs ISTAT codes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from rapidfuzz import fuzz, process

from passo_lod.errors import MappingError
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_tables import read_places
from passo_lod.mapping.places.places_abroad import PlacesAbroad
from passo_lod.text_folding import fold

_SIMILAR = 60
"""Least similarity of a suggested name, in per cent."""


class PlaceIndex:
    """Countries, places of Italy and places abroad by code and by name; an ambiguous name finds no place.

    Iterating yields countries and places of Italy only. A name is looked up abroad if the code of another country, or of a
    place in it, says so.

    >>> rimini = Place("099014", "municipality", "Rimini", within="099")
    >>> PlaceIndex([rimini]).find("RIMINI").code
    '099014'
    """

    def __init__(self, places: Iterable[Place], abroad: PlacesAbroad | None = None) -> None:
        self._abroad = abroad or PlacesAbroad()
        self._countries_abroad: dict[str, PlaceIndex] = {}
        self._by_code = {place.code: place for place in sorted(places, key=lambda place: place.code)}
        self._by_former_code = {former: place for place in self for former in place.former_codes}
        self._by_name = _index_names(self)
        self._with_regions = {place.within for place in self if place.kind == "region"}

    @classmethod
    def open(cls, folder: Path) -> "PlaceIndex":
        """Read the four tables of a folder such as `data/places`, and find those of places abroad.

        Raises:
            VocabularyError: one of the four is missing or has a wrong line; the message names file and line.
        """
        return cls(read_places(folder), PlacesAbroad(folder))

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_code.values())

    def by_code(self, code: str) -> Place | None:
        """Return the place with this current or former code; current codes take precedence."""
        return self._by_code.get(code) or self._by_former_code.get(code) or self._by_code_abroad(code)

    def _by_code_abroad(self, code: str) -> Place | None:
        index = self._country_abroad(self._abroad.country_of(code)) if "-" in code else None
        return index.by_code(code) if index else None

    def _country_abroad(self, country: str | None) -> "PlaceIndex | None":
        """Return the places of another country, with the country; None if it is Italy or has none here."""
        if country is None or country in self._with_regions or country not in self._by_code:
            return None
        if country not in self._countries_abroad and (places := self._abroad.in_country(country)):
            self._countries_abroad[country] = PlaceIndex([self._by_code[country], *places])
        return self._countries_abroad.get(country)

    def _index_of(self, within: str | None) -> "PlaceIndex":
        """Return the index of the places that may lie within the place of a code: of its country abroad, or this one."""
        if within is None:
            return self
        country = within if within in self._by_code else self._abroad.country_of(within) if "-" in within else None
        return self._country_abroad(country) or self

    def find(self, name: str, within: str | None = None, kind: str = "municipality") -> Place | None:
        """Return the only place of this name; None if there is none or more than one (see `candidates`)."""
        found = self.candidates(name, within, kind)
        return found[0] if len(found) == 1 else None

    def candidates(self, name: str, within: str | None = None, kind: str = "municipality") -> tuple[Place, ...]:
        """Return the places of this name inside `within` (a code); abolished ones only if no current one has the name."""
        index = self._index_of(within)
        if index is not self:
            return index.candidates(name, within, kind)
        key = _name_key(name)
        proper = _DESIGNATIONS[kind].sub("", key) if kind in _DESIGNATIONS else key
        found = (
            self._by_name.get((kind, key)) or self._by_name.get((kind, proper)) or self._by_core.get((kind, _core(key)))
        )
        named = self._inside(found or (), within)
        return tuple(place for place in named if place.status == "current") or named

    @cached_property
    def _by_core(self) -> Mapping[tuple[str, str], tuple[Place, ...]]:
        """Subdivisions of other countries by what distinguishes their names."""
        index: dict[tuple[str, str], tuple[Place, ...]] = {}
        for place in self:
            if place.kind in ("region", "province") and not place.code.isdigit():
                for key in {(place.kind, _core(_name_key(name))) for name in place.names}:
                    index[key] = (*index.get(key, ()), place)
        return index

    def suggest(self, name: str, within: str | None = None, n: int = 3, kind: str = "municipality") -> tuple[str, ...]:
        """Return the most similar names, the nearest first, for the message about an unknown name."""
        index = self._index_of(within)
        if index is not self:
            return index.suggest(name, within, n, kind)
        places = self._inside((place for place in self if place.kind == kind), within)
        names = {_name_key(known): known for place in places for known in place.names}
        nearest = process.extract(_name_key(name), list(names), scorer=fuzz.ratio, limit=n, score_cutoff=_SIMILAR)
        return tuple(names[key] for key, _, _ in nearest)

    def parent_of(self, place: Place) -> Place | None:
        """Return the containing place: of a municipality its province, of a province its region; None for a country."""
        return self.by_code(place.within)

    def region_of(self, place: Place) -> Place | None:
        """Return the region that a place is or lies in; None for a country."""
        return next((step for step in self.ancestry(place) if step.kind == "region"), None)

    def country_of(self, code: str) -> Place | None:
        """Return the country that the place of a code is or lies in."""
        place = self.by_code(code)
        return list(self.ancestry(place))[-1] if place else None

    def comparison_region(self, country: str | None, province: str | None, city: str | None) -> Place | None:
        """Return the region of comparison that three texts of a record name; None if they name none.

        In a country with known regions: the region that `province` names or lies in, else the region of the municipality
        that `city` names. In any other country: the country (docs/decisions/0007-region-of-comparison.md).
        """
        found = self.find(country or "", kind="country")
        if found is None or found.code not in self._with_regions:
            return found
        texts = ((province, "region"), (province, "province"), (city, "municipality"))
        regions = (self._common_region(self.candidates(text, found.code, kind)) for text, kind in texts if text)
        return next(filter(None, regions), None)

    def smallest_abroad(self, country: Place, province: str | None, city: str | None) -> Place:
        """Return the smallest place that the texts name in a country outside Italy.

        A city that the country has twice is found only if `province` decides which one is meant.
        """
        around = self._subdivision(country, province) if province else None
        cities = self.candidates(city, country.code) if city else ()
        if around is not None:
            cities = tuple(place for place in cities if self.may_lie_in(place, around))
        return cities[0] if len(cities) == 1 else around or country

    def subdivision(self, country: Place, name: str) -> Place | None:
        """Return the only subdivision of a country that has a name, or a code within the country: `Texas` or `TX`, in Italy `RE`."""
        return self._subdivision(country, name) or self._subdivision_by_code(country, name)

    def _subdivision_by_code(self, country: Place, code: str) -> Place | None:
        if not _LOCAL_CODE.fullmatch(code):
            return None
        if country.code in self._with_regions:
            found = [place for place in self if place.kind == "province" and place.abbreviation == code]
            return found[0] if len(found) == 1 else None
        return self.by_code(f"{country.alpha2}-{code}")

    def is_subdivision_elsewhere(self, name: str, country: Place) -> bool:
        """Whether a subdivision of another country outside Italy has this name."""
        return any(each != country.code for each in self._countries_by_subdivision.get(_name_key(name), ()))

    @cached_property
    def _countries_by_subdivision(self) -> Mapping[str, frozenset[str]]:
        """The codes of the countries abroad that have a subdivision of a name."""
        countries: dict[str, set[str]] = {}
        for name, country in self._abroad.subdivision_names():
            countries.setdefault(_name_key(name), set()).add(country)
        return {key: frozenset(codes) for key, codes in countries.items()}

    def _subdivision(self, country: Place, name: str) -> Place | None:
        """Return the subdivision of this name; of two, one within the other, the larger one."""
        regions = self.candidates(name, country.code, "region")
        found = regions or self.candidates(name, country.code, "province")
        return found[0] if len(found) == 1 else None

    def may_lie_in(self, city: Place, subdivision: Place) -> bool:
        """Whether nothing says that a city lies elsewhere: the tables have of some cities the region only, or the country."""
        known, *_ = (step for step in self.ancestry(city) if step is not city)
        return known.kind == "country" or any(
            inner in tuple(self.ancestry(outer)) for inner, outer in ((known, subdivision), (subdivision, known))
        )

    def has_regions_of(self, country: Place) -> bool:
        """Whether the index contains all places of a country."""
        return country.code in self._with_regions

    def _common_region(self, places: Iterable[Place]) -> Place | None:
        """Return the region of all these places if it is the same: two towns of one name may lie in one region."""
        regions = {self.region_of(place) for place in places}
        return regions.pop() if len(regions) == 1 else None

    def ancestry(self, place: Place) -> Iterator[Place]:
        """Yield the place itself, then the places that contain it, the smallest first."""
        step: Place | None = place
        while step is not None:
            yield step
            step = self.parent_of(step)

    def _inside(self, places: Iterable[Place], within: str | None) -> tuple[Place, ...]:
        if within is None:
            return tuple(places)
        if self.by_code(within) is None:
            # Every name of the source would be unknown: the code is wrong, not the names.
            raise MappingError(
                f"no place has the code {within!r}; a region has two digits, such as '08', a province three"
            )
        return tuple(place for place in places if any(step.code == within for step in self.ancestry(place)))


def _index_names(places: Iterable[Place]) -> dict[tuple[str, str], tuple[Place, ...]]:
    index: dict[tuple[str, str], tuple[Place, ...]] = {}
    for place in places:
        codes = (place.code, place.alpha2) if place.kind == "country" else ()
        for key in {(place.kind, _name_key(name)) for name in (*place.names, *filter(None, codes))}:
            index[key] = (*index.get(key, ()), place)
    return index


def _name_key(name: str) -> str:
    # "Bolzano/Bozen", "Bolzano / Bozen" and "Bolzano - Bozen" are one name.
    return fold(name.replace("/", " "))


_LOCAL_CODE = re.compile("[A-Z0-9]{1,3}")

_DESIGNATIONS = {
    "municipality": re.compile(
        r"^(citta di|comune di|city of|town of|municipality of|stadt|gemeinde|ville de|commune de|ciudad de|ayuntamiento de|miasto|gemeente) "
    ),
    "region": re.compile(r"^(regione|region of) | region$"),
    "province": re.compile(
        r"^(provincia( autonoma)? (di|del)|province of|citta metropolitana di|metropolitan city of) "
    ),
}
"""Folded words around a name that state its kind, as in "Province of Bologna"."""


def _core(key: str) -> str:
    """Return what distinguishes the folded name of a subdivision abroad: "guangdong" of "guangdong province"."""
    return " ".join(_KINDS_OF_SUBDIVISIONS.sub(" ", key).split()) or key


_KINDS_OF_SUBDIVISIONS = re.compile(
    r"\b(autonomous|canton|county|departamento|department|district|estado|governorate|krai|lan|oblast|prefecture|province|"
    r"provincia|provinz|region|special city|state|voivodeship|wojewodztwo|metropolitan|community|de|of)\b|(?<=.) city$"
)
"""Folded words that say what kind of subdivision a name has."""
