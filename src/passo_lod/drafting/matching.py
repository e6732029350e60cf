"""Match the columns of a sample to the terms that they may be mapped to: by their names, then by their values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from passo_lod.drafting.column_evidence import ColumnEvidence, ReadableShare
from passo_lod.drafting.hints import Hints, MappingTarget
from passo_lod.drafting.name_similarity import LIKELY, POSSIBLE, SURE, NameMatch, match_name
from passo_lod.mapping.redaction import redact
from passo_lod.report import shortened
from passo_lod.text_folding import fold

READABLE = 0.9
"""The share of values that a converter has to read: each value that it cannot read keeps its record from being published."""

RECOGNISED = 0.5
"""The share of values that have to name a concept or place; one that does not is reported, and its record published."""

PERSONS = 0.2
"""The share of a column's values from which names of persons make a person decide whether it names bodies."""

LOCATE = "locate"
"""What reads the places of a column together with the columns that say where they lie; its options are these columns."""

_SCORE_OF_VALUES = 88.0
"""The score of a column whose values alone show what it is."""

_STRICT_KINDS = ("date", "year", "money", "integer", "percentage", "months", "rating", "address")
"""Kinds whose converters reject a record for a value that they cannot read."""


@dataclass(frozen=True)
class Match:
    """A column and a term that it may be mapped to.

    Attributes:
        column: the column.
        target: the line of the mapping that it may become.
        name: how similar its name is to the target's words.
        values: how many of its values the target reads.
        score: of 100; the similarity of the name, corrected by the values.
        is_sure: whether name and values agree without exception.
        evidence: the reasons in words.
        more_columns: columns with the same meaning, filled in the records in which this one is empty.
    """

    column: ColumnEvidence
    target: MappingTarget
    name: NameMatch
    values: ReadableShare
    score: float
    is_sure: bool
    evidence: str
    more_columns: tuple[ColumnEvidence, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the line of the mapping reads."""
        return (self.column.name, *(each.name for each in self.more_columns))


@dataclass(frozen=True)
class Matches:
    """The matches of all columns.

    Attributes:
        mapped: one match for each target that a column was found for.
        left: the columns that are left to a person, each with the reason and possible matches.
    """

    mapped: tuple[Match, ...]
    left: Mapping[str, tuple[str, tuple[Match, ...]]]


def match_columns(columns: Sequence[ColumnEvidence], hints: Hints, used: Iterable[str] = ()) -> Matches:
    """Give each target the column that matches it best, and leave the other columns to a person.

    Args:
        columns: the columns with their evidence.
        hints: the targets.
        used: names of columns that have a use already, such as the id.
    """
    free = [each for each in columns if each.name not in set(used)]
    candidates = {each.name: sorted(_candidates(each, hints), key=lambda one: -one.score) for each in free}
    mapped: dict[str, Match] = {}
    matched: set[str] = set()
    for each in sorted((one for found in candidates.values() for one in found), key=_rank):
        if each.column.name in matched or each.score < LIKELY or _is_excluded(each, candidates):
            continue
        first = mapped.get(each.target.name)
        if first is None:
            mapped[each.target.name] = each
        elif _continues(first, each):
            more, values = (*first.more_columns, each.column), _merged(first.values, each.values)
            mapped[each.target.name] = replace(
                first, more_columns=more, values=values, is_sure=first.is_sure and each.is_sure
            )
        else:
            continue
        matched.add(each.column.name)
    left = {
        each.name: (_reason_left(each, candidates[each.name], set(mapped)), _suggestions(candidates[each.name]))
        for each in free
        if each.name not in matched
    }
    return Matches(tuple(mapped.values()), left)


def _rank(match: Match) -> tuple[float, float, float]:
    return (-match.score, -match.name.score, -match.column.filled_share)


def _is_excluded(match: Match, candidates: Mapping[str, Sequence[Match]]) -> bool:
    """Whether hints.yaml forbids to map the column automatically, by this target or by one with a better name."""
    of_column = candidates[match.column.name]
    return (
        match.target.leave is not None
        or of_column[0].target.leave is not None
        or any(
            each.target.leave and each.name.score > match.name.score and each.name.score >= LIKELY for each in of_column
        )
    )


def _continues(first: Match, other: Match) -> bool:
    """Whether a column has the same meaning in other records: a label that was renamed in a later layout."""
    if first.name.score < SURE or other.name.score < SURE or first.target.part or other.values.share == 0:
        return False
    both_have_values = other.values.share is not None and first.values.share is not None
    if both_have_values and (first.values.by, first.values.words) != (other.values.by, other.values.words):
        return False
    if any(other.values.options.get(key, value) != value for key, value in first.values.options.items()):
        return False
    return not any(
        text and other_text
        for column in (first.column, *first.more_columns)
        for text, other_text in zip(column.column.texts, other.column.column.texts, strict=False)
    )


def _merged(first: ReadableShare, other: ReadableShare) -> ReadableShare:
    """What is known of the values of two columns of one line; what one shows answers the question about the other."""
    options = {**first.options, **other.options}
    return replace(first, options=options, questions=() if options else (*first.questions, *other.questions))


# -------------------------------------------------------------------------------------------- columns left to a person


def _reason_left(column: ColumnEvidence, found: Sequence[Match], used_targets: set[str]) -> str:
    """Why a column is left to a person."""
    leave = next((each for each in found if each.target.leave and each.name.score >= LIKELY), None)
    if leave is not None:
        return f"{leave.target.leave}"
    if column.kind == "e-mail address":
        return "it has contact details of people; what is not mapped is not published (docs/privacy.md)"
    if found and found[0].target.name in used_targets and found[0].score >= LIKELY:
        return f"it may be '{found[0].target.p or found[0].target.name}', as another column is"
    named = max(found, key=lambda each: (each.name.score, each.values.share or 0.0), default=None)
    if named is not None and named.score < LIKELY <= named.name.score:
        return f"the name is like '{named.name.word}', but {named.evidence}"
    if not column.values:
        return "no record of the sample has a value"
    return "no term of ours has a name like it" if not found else "its name and values do not suffice for a guess"


def _suggestions(found: Sequence[Match]) -> tuple[Match, ...]:
    """At most three matches for a person to choose from, the most similar name first: those that the values do not rule out."""
    if any(each.target.leave and each.name.score >= SURE for each in found):
        return ()
    ordered = sorted(found, key=lambda each: -max(each.name.score, each.score))
    allowed = (_with_nearest_concepts(each) for each in ordered if not each.target.leave)
    return tuple(each for each in allowed if each.values.share != 0 or each.values.words)[:3]


def _with_nearest_concepts(match: Match) -> Match:
    if match.target.reads == "concept" and match.values.share == 0 and match.name.score >= LIKELY:
        return replace(match, values=match.column.nearest_concepts(match.values.by or match.target.schemes[0]))
    return match


# ------------------------------------------------------------------------------------------------------------ candidates


def _candidates(column: ColumnEvidence, hints: Hints) -> Iterator[Match]:
    for target in hints.targets:
        name = match_name(column.name, target.words, hints)
        values = _readable_share(column, target)
        if name.score >= POSSIBLE or _values_suffice(column, target, values):
            yield _weigh(column, target, name, values)


def _readable_share(column: ColumnEvidence, target: MappingTarget) -> ReadableShare:
    """How many values of a column a target reads."""
    if target.reads == "concept":
        return column.readable_as_concept(target.schemes, lists=target.list)
    if target.reads == "place":
        kinds = {"country": ("country",), "province": ("region", "province"), "city": ("municipality",)}
        shares = [column.readable_as_place(kind) for kind in kinds[target.part or "city"]]
        return max(shares, key=lambda each: each.share or 0.0)
    if target.reads == "organisation":
        return ReadableShare(1.0 if column.values else None, "organisation", column.separator if target.list else None)
    return column.readable_as(target.reads)


def _values_suffice(column: ColumnEvidence, target: MappingTarget, values: ReadableShare) -> bool:
    """Whether the values show what a column is whatever its name: several concepts of a scheme of one property."""
    if target.reads != "concept" or target.schemes == ("answer",) or len(column.distinct) < 2:
        return False
    return (values.share or 0.0) >= 0.8 and column.answers.share != 1


def _weigh(column: ColumnEvidence, target: MappingTarget, name: NameMatch, values: ReadableShare) -> Match:
    """A candidate whose score is that of its name, corrected by its values."""
    values_suffice = _values_suffice(column, target, values)
    score = max(name.score, _SCORE_OF_VALUES if values_suffice else 0.0)
    objection = _objection(column, target, values)
    if objection:
        score = min(score, POSSIBLE)
    elif values.share is not None and target.reads not in ("text", "organisation"):
        score = min(100.0, score + 6 * values.share)
    elif _is_unusual_kind(column, target):
        score -= 12
    elif target.reads == "organisation" and column.kind == "organisation":
        score = min(100.0, score + 6)
    is_sure = not objection and _is_sure(column, target, name, values, values_suffice)
    return Match(column, target, name, values, score, is_sure, objection or _evidence(column, name, values, target))


def _is_sure(
    column: ColumnEvidence, target: MappingTarget, name: NameMatch, values: ReadableShare, values_suffice: bool
) -> bool:
    is_clear = not values.words and not values.questions
    if name.score >= SURE:
        return values.share is None or (values.share == 1 and not _is_unusual_kind(column, target) and is_clear)
    return values_suffice and name.score >= LIKELY and values.share == 1 and is_clear


def _names_bodies(target: MappingTarget) -> bool:
    """Whether the values of a target name organisations or their units, as persons' names may be taken for."""
    return target.reads == "organisation" or target.name == "responsible-unit"


def _is_unusual_kind(column: ColumnEvidence, target: MappingTarget) -> bool:
    """Whether the values are of a kind that such a text or organisation hardly has."""
    if not column.values or target.reads not in ("text", "organisation", "file"):
        return False
    if target.name == "title":
        is_text = column.kind in ("text", "prose", "list with '/'", "list with ','")
        return not is_text or len(column.distinct) * 2 < len(column.values)
    kinds = ("date", "year", "money", "percentage", "integer", "yes/no", "web address", "e-mail address", "rating")
    return column.kind in (*kinds, "prose") if target.reads == "organisation" else column.kind in kinds


def _objection(column: ColumnEvidence, target: MappingTarget, values: ReadableShare) -> str:
    """What in the values speaks against a target; empty if nothing does."""
    if _names_bodies(target) and column.person_share >= PERSONS:
        return f"{_percent(column.person_share)} of its values look like names of persons; if they are bodies, map it yourself"
    needed = READABLE if target.reads in _STRICT_KINDS else RECOGNISED
    if values.share is None or values.share >= needed:
        return ""
    missed = ", ".join(f"«{shortened(redact(text)[0], 40)}»" for text in values.missed[:2])
    expected = {"concept": f"concepts of {' or '.join(target.schemes)}", "place": "places that are known"}
    readable = expected.get(target.reads, f"readable as {target.reads}")
    return f"{_percent(values.share)} of its values are {readable} (not {missed})"


def _evidence(column: ColumnEvidence, name: NameMatch, values: ReadableShare, target: MappingTarget) -> str:
    reasons = []
    if name.score >= SURE:
        reasons.append(f"it is called '{name.word}'" if fold(name.word) != fold(column.name) else "the name is known")
    elif name.score >= POSSIBLE:
        reasons.append(f"the name is like '{name.word}' ({name.score:.0f} of 100)")
    if values.share is None:
        reasons.append("it has no value to judge by")
    elif target.reads not in ("text", "organisation"):
        reasons.append(f"{_percent(values.share)} of its values are {_readable_text(target, values)}")
    else:
        reasons.append(f"its values are: {column.kind}")
    return ", ".join(reasons)


def _readable_text(target: MappingTarget, values: ReadableShare) -> str:
    if target.reads == "concept":
        return f"concepts of {values.by}" + (" by words of hints.yaml" if values.words else "")
    return f"{'places: ' if target.reads == 'place' else 'read by '}{values.by}"


def _percent(share: float) -> str:
    return "all" if share == 1 else "none" if share == 0 else f"{share:.0%}"
