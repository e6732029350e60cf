"""Decide, once the region of a draft is known, which columns of place names are mapped to places, and which as text."""

from collections.abc import Iterable, Sequence

from passo_lod.drafting.column_evidence import ColumnEvidence, ReadableShare
from passo_lod.drafting.draft_files import SourceFacts, scalar
from passo_lod.drafting.matching import RECOGNISED, Match, Matches
from passo_lod.drafting.name_similarity import LIKELY, SURE, match_name


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
    """Whether most values of a column are municipalities of a region."""
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
