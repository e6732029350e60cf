"""Tell apart the place names that stand in one text, such as `Austin, TX, USA`, for `place_lookup`, `object_mapping` and drafting."""

import re
from dataclasses import dataclass, replace

from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_index import PlaceIndex

_BETWEEN = re.compile(r" ?[,;(] ?| [-–—/|] ")
"""Matches what stands between the names of places, in a text with single spaces."""
_LONGEST = 200
"""A longer text, in characters, names no place."""


@dataclass(frozen=True)
class PlaceNames:
    """The names of a place and of those that contain it, as a record gives them; None for what it does not name."""

    country: str | None
    province: str | None
    city: str | None


def separate_names(places: PlaceIndex, names: PlaceNames, default_country: str | None = None) -> PlaceNames:
    """Return the names of a place with the province and country that stand beside the city's name in its text.

    The text has to end with the name of a country, the one that `names` gives if it gives one, or the rest of it with a
    subdivision of that country. Otherwise, and where it could mean two things (`Atlanta, Georgia`; `Bologna / Modena`, which are two
    municipalities), it stays whole.

    Args:
        places: where the names are looked up.
        names: the texts of a record.
        default_country: the country of a record that names none.
    """
    country = names.country or default_country
    whole = replace(names, country=country)
    if names.city is None or len(names.city) > _LONGEST or _is_whole(places, country, names.city):
        return whole
    parts = [part for part in _BETWEEN.split(" ".join(names.city.split()).removesuffix(")")) if part]
    if len(parts) > 1 and (found := _country_at_end(places, parts)):
        stated = places.find(names.country, kind="country") if names.country else None
        if stated not in (None, found):
            return whole
        return _separate_province(places, found, parts[:-1], names.province) or whole
    found = places.find(country, kind="country") if country else None
    if found is None or _may_be_two_cities(places, found, names.city, parts):
        return whole
    return _separate_province(places, found, parts, names.province) or whole


def smallest_place(places: PlaceIndex, region: Place | None, names: PlaceNames) -> Place | None:
    """Return the smallest known place of these names: a municipality, a province, a region, or a country.

    Args:
        places: where the names are looked up.
        region: the region of comparison that the names give; None if they give none.
        names: the names, told apart.
    """
    country, province, city = names.country, names.province, names.city
    if region is None:
        return places.find(country, kind="country") if country else None
    if region.kind == "country":
        return places.smallest_abroad(region, province, city)
    town = places.find(city, region.code) if city else None
    return town or (places.find(province, region.code, "province") if province else None) or region


def _is_whole(places: PlaceIndex, country: str | None, city: str) -> bool:
    """Whether a text is the name of a municipality, such as `Bolzano / Bozen`."""
    found = places.find(country, kind="country") if country else None
    return found is not None and bool(places.candidates(city, found.code))


def _country_at_end(places: PlaceIndex, parts: list[str]) -> Place | None:
    """Return the country that the last of some names is.

    A code of two letters may be that of a subdivision (`Salem, IN`), and counts only after one of its own (`Austin, TX, US`). So does a
    name that another country's subdivision has, unless the country has the city.
    """
    country = places.find(parts[-1], kind="country")
    if country is None:
        return None
    if len(parts) > 2 and places.subdivision(country, parts[-2]) is not None:
        return country
    if len(parts[-1]) == 2 and parts[-1] not in country.names:
        return None
    is_certain = places.candidates(parts[0], country.code) or not places.is_subdivision_elsewhere(parts[-1], country)
    return country if is_certain else None


def _may_be_two_cities(places: PlaceIndex, country: Place, text: str, parts: list[str]) -> bool:
    """Whether both names are those of cities, and the second is not in parentheses as a province is: `Carpi, Modena`, unlike `Carpi (Modena)`."""
    return len(parts) == 2 and "(" not in text and all(places.candidates(each, country.code) for each in parts)


def _separate_province(places: PlaceIndex, country: Place, parts: list[str], province: str | None) -> PlaceNames | None:
    """Return the names that stand before that of the country; None if they are not those of a city, or of a city and its subdivision."""
    if len(parts) == 1:
        return PlaceNames(country.name, province, parts[0])
    subdivision = places.subdivision(country, parts[1]) if len(parts) == 2 else None
    stated = places.subdivision(country, province) if province else None
    if subdivision is None or stated not in (None, subdivision):
        return None
    cities = places.candidates(parts[0], country.code)
    if cities and not any(places.may_lie_in(city, subdivision) for city in cities):
        return None
    return PlaceNames(country.name, subdivision.name, parts[0])
