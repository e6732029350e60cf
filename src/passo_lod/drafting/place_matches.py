"""Decide which columns of place names a draft maps to places, by themselves or with the columns that say where they lie, and which as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from passo_lod.drafting.column_evidence import ColumnEvidence, ReadableShare
from passo_lod.drafting.draft_files import SourceFacts, scalar
from passo_lod.drafting.matching import LOCATE, RECOGNISED, Match, Matches
from passo_lod.drafting.name_similarity import LIKELY, SURE, match_name
from passo_lod.mapping.places.place_names import PlaceNames, separate_names, smallest_place

_PARTS = ("country", "province", "city")


def locate_cities(matches: Matches, columns: Sequence[ColumnEvidence]) -> Matches:
    """Map a column of cities by `locate`, if most of them lie in the countries of a column beside it, or of their own cells (`Paris, France`).

    A cell with several cities is not located: `locate` reads one place a record.
    """
    parts = {each.target.part: each for each in matches.mapped if each.target.part}
    located = _locate(parts, parts.get("city") or _left_city(matches, columns))
    if located is None:
        return matches
    others = tuple(each for each in matches.mapped if each.target.part != "city")
    left = {label: reason for label, reason in matches.left.items() if label != located.column.name}
    return Matches((*others, located), left)


def _left_city(matches: Matches, columns: Sequence[ColumnEvidence]) -> Match | None:
    """The first column that is called after municipalities and that no target has."""
    town = columns[0].known.hints.target("territory")
    if town is None:
        return None
    for column in _left_columns(matches, columns):
        name = match_name(column.name, town.words, column.known.hints)
        if name.score >= SURE:
            return Match(column, town, name, ReadableShare(0.0, "municipality"), name.score, False, "")
    return None


def _locate(parts: Mapping[str, Match], city: Match | None) -> Match | None:
    """The match of a column of cities by `locate`; None if fewer than half of them lie in their countries."""
    if city is None or city.values.split or city.more_columns:
        return None
    columns = {part: parts[part].column for part in _PARTS if part in parts} | {"city": city.column}
    rows = dict.fromkeys(zip(*(each.column.texts for each in columns.values()), strict=False))
    has_country = "country" in columns
    named = [
        names for row in rows if (names := _names(columns, row)).get("city") and ("country" in names or not has_country)
    ]
    missed = tuple(names["city"] for names in named if not _is_city(city.column, names))
    share = 1 - len(missed) / len(named) if named else 0.0
    if share < RECOGNISED:
        return None
    options = {part: column.name for part, column in columns.items()}
    values = ReadableShare(share, LOCATE, missed=missed[:3], options=options)
    amount = "all" if share == 1 else f"{share:.0%}"
    of_whom = f"the country that {columns['country'].name!r} names" if has_country else "the countries that they name"
    evidence = f"{amount} of its values are cities of {of_whom}"
    return replace(city, values=values, is_sure=share == 1 and city.name.score >= SURE, evidence=evidence)


def _names(columns: Mapping[str, ColumnEvidence], row: Sequence[str]) -> dict[str, str]:
    """The names in a row by the size of their places, without the texts that mean «no value»."""
    named = zip(columns.items(), row, strict=True)
    return {part: text for (part, column), text in named if text and text not in column.missing_values}


def _is_city(column: ColumnEvidence, names: Mapping[str, str]) -> bool:
    """Whether `locate` finds a municipality by the names of a row."""
    places = column.known.places
    texts = (names.get(part) for part in _PARTS)
    found = separate_names(places, PlaceNames(*texts))
    place = smallest_place(places, places.comparison_region(found.country, found.province, found.city), found)
    return place is not None and place.kind == "municipality"


def select_place_matches(matches: Matches, facts: SourceFacts) -> Matches:
    """Leave to the person the place columns that neither locate a record nor name municipalities of the region."""
    mapped, left = [], dict(matches.left)
    for match in matches.mapped:
        locates = f": {scalar(match.column.name)}" in facts.comparison
        if match.target.part is None or locates or names_municipalities(match, facts.region):
            mapped.append(match)
        else:
            left[match.column.name] = ("no municipality has such a name; see `locate` in docs/mapping.md", ())
    return Matches(tuple(mapped), left)


def names_municipalities(match: Match, region: str) -> bool:
    """Whether most values of a column are municipalities of a region, or of the countries beside them."""
    if match.values.by == LOCATE:
        return True
    share = match.column.readable_as_place("municipality", region).share
    return match.target.part == "city" and (share or 0.0) >= RECOGNISED


def map_unknown_towns_as_text(matches: Matches, columns: Sequence[ColumnEvidence]) -> Matches:
    """Map a column of towns that our tables do not have as a text, unless another column names municipalities."""
    hints = columns[0].known.hints
    as_text, town = hints.target("territory-description"), hints.target("territory")
    if as_text is None or town is None or any(each.target.name == "territory" for each in matches.mapped):
        return matches
    for column in _left_columns(matches, columns):
        name = match_name(column.name, town.words, hints)
        if name.score >= SURE:
            evidence = "its name is that of a column of places, but its values are no places that we know"
            match = Match(column, as_text, name, ReadableShare(1.0, "text"), LIKELY, False, evidence)
            left = {label: reason for label, reason in matches.left.items() if label != column.name}
            return Matches((*matches.mapped, match), left)
    return matches


def _left_columns(matches: Matches, columns: Sequence[ColumnEvidence]) -> Iterable[ColumnEvidence]:
    return (column for column in columns if column.name in matches.left and column.values)
