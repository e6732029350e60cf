"""Find places by code or by name for the mapper: sources write names, comparison between regions needs ISTAT codes."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz import fuzz, process

from passo_lod.errors import MappingError
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_tables import read_places
from passo_lod.text_folding import fold

_SIMILAR = 60
"""Least similarity of a suggested name, in per cent."""


class PlaceIndex:
    """Countries and places of Italy by code and by name; an ambiguous name finds no place.

    >>> rimini = Place("099014", "municipality", "Rimini", within="099")
    >>> PlaceIndex([rimini]).find("RIMINI").code
    '099014'
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_code = {place.code: place for place in sorted(places, key=lambda place: place.code)}
        self._by_former_code = {former: place for place in self for former in place.former_codes}
        self._by_name = _index_names(self)
        self._with_regions = {place.within for place in self if place.kind == "region"}

    @classmethod
    def open(cls, folder: Path) -> "PlaceIndex":
        """Read the four tables of a folder such as `data/places`.

        Raises:
            VocabularyError: a table is missing or has a wrong line; the message names file and line.
        """
        return cls(read_places(folder))

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_code.values())

    def by_code(self, code: str) -> Place | None:
        """Return the place with this current or former code; current codes take precedence."""
        return self._by_code.get(code) or self._by_former_code.get(code)

    def find(self, name: str, within: str | None = None, kind: str = "municipality") -> Place | None:
        """Return the only place of this name; None if there is none or more than one (see `candidates`)."""
        found = self.candidates(name, within, kind)
        return found[0] if len(found) == 1 else None

    def candidates(self, name: str, within: str | None = None, kind: str = "municipality") -> tuple[Place, ...]:
        """Return the places of this name inside `within` (a code); abolished ones only if no current one has the name."""
        key = _name_key(name)
        proper = _DESIGNATIONS[kind].sub("", key) if kind in _DESIGNATIONS else key
        named = self._inside(self._by_name.get((kind, key)) or self._by_name.get((kind, proper), ()), within)
        return tuple(place for place in named if place.status == "current") or named

    def suggest(self, name: str, within: str | None = None, n: int = 3, kind: str = "municipality") -> tuple[str, ...]:
        """Return the most similar names, the nearest first, for the message about an unknown name."""
        places = self._inside((place for place in self if place.kind == kind), within)
        names = {_name_key(known): known for place in places for known in place.names}
        nearest = process.extract(_name_key(name), list(names), scorer=fuzz.ratio, limit=n, score_cutoff=_SIMILAR)
        return tuple(names[key] for key, _, _ in nearest)

    def parent_of(self, place: Place) -> Place | None:
        """Return the containing place: of a municipality its province, of a province its region; None for a country."""
        return self._by_code.get(place.within)

    def region_of(self, place: Place) -> Place | None:
        """Return the region that a place is or lies in; None for a country."""
        return next((step for step in self.ancestry(place) if step.kind == "region"), None)

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

    def has_regions_of(self, country: Place) -> bool:
        """Whether the index contains the regions of a country."""
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
        if within not in self._by_code:
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


_DESIGNATIONS = {
    "region": re.compile(r"^(regione|region of) | region$"),
    "province": re.compile(
        r"^(provincia( autonoma)? (di|del)|province of|citta metropolitana di|metropolitan city of) "
    ),
}
"""Folded words around a name that state its kind, as in "Province of Bologna"."""
