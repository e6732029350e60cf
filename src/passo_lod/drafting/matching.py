"""Which column is what: names are held against the words of the hints, and values have the last word."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from passo_lod.drafting.column_evidence import ColumnEvidence, ReadableShare
from passo_lod.drafting.hints import Hints, MappingTarget
from passo_lod.mapping.redaction import redact
from passo_lod.report import shortened
from passo_lod.text_folding import fold

SURE, LIKELY, POSSIBLE = 96.0, 82.0, 62.0
"""How well a name has to fit, of 100: to be sure, to be guessed, to be suggested."""

READABLE = 0.9
"""The share of values that a converter has to read; each it cannot read keeps its record out."""

RECOGNISED = 0.5
"""The share of values that have to name a concept or place; one that does not is reported, and its record published."""

_STRICT = ("date", "year", "money", "integer", "percentage", "months", "rating", "address")


@dataclass(frozen=True)
class NameFit:
    """How well a column's name fits the words of a target."""

    score: float
    word: str = ""
    language: str | None = None


@dataclass(frozen=True)
class Match:
    """A column and what it may be.

    Attributes:
        because: the evidence in words.
        sure: whether nothing speaks against it.
        also: further columns that say the same of records in which this one is empty.
    """

    column: ColumnEvidence
    target: MappingTarget
    name: NameFit
    fit: ReadableShare
    score: float
    sure: bool
    because: str
    also: tuple[ColumnEvidence, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns that the line reads."""
        return (self.column.name, *(each.name for each in self.also))


@dataclass(frozen=True)
class Matches:
    """What was found of all columns.

    Attributes:
        mapped: the column of each target.
        left: the columns that are left to the person, with why, and what they might be.
    """

    mapped: tuple[Match, ...]
    left: Mapping[str, tuple[str, tuple[Match, ...]]]


def match(columns: Sequence[ColumnEvidence], hints: Hints, taken: Iterable[str] = ()) -> Matches:
    """Give every target the column that fits it best, and leave the rest to the person.

    Args:
        columns: the columns with their evidence.
        hints: the targets.
        taken: names of columns that have a use already, such as the id.
    """
    free = [each for each in columns if each.name not in set(taken)]
    candidates = {each.name: sorted(_candidates(each, hints), key=lambda one: -one.score) for each in free}
    mapped: dict[str, Match] = {}
    told: set[str] = set()
    for each in sorted((one for found in candidates.values() for one in found), key=_order):
        if each.column.name in told or each.score < LIKELY or _barred(each, candidates):
            continue
        first = mapped.get(each.target.name)
        if first is None:
            mapped[each.target.name] = each
        elif _same(first, each):
            mapped[each.target.name] = replace(first, also=(*first.also, each.column), sure=first.sure and each.sure)
        else:
            continue
        told.add(each.column.name)
    left = {
        each.name: (_why(each, candidates[each.name], set(mapped)), _suggested(candidates[each.name]))
        for each in free
        if each.name not in told
    }
    return Matches(tuple(mapped.values()), left)


def _same(first: Match, other: Match) -> bool:
    """Whether a column says what another says, in other records: a label that was renamed from one layout to the next."""
    if first.name.score < SURE or other.name.score < SURE or first.target.part or other.fit.share == 0:
        return False
    if (
        other.fit.share is not None
        and first.fit.share is not None
        and (first.fit.by, first.fit.words)
        != (
            other.fit.by,
            other.fit.words,
        )
    ):
        return False
    columns = (first.column, *first.also)
    return not any(
        mine and yours
        for column in columns
        for mine, yours in zip(column.column.texts, other.column.column.texts, strict=False)
    )


def _suggested(found: Sequence[Match]) -> tuple[Match, ...]:
    """What a person may want to choose from: what the values do not rule out, and concepts that are called alike."""
    free = (each for each in found if not each.target.leave)
    return tuple(one for each in free if (one := _possible(each)).fit.share != 0 or one.fit.words)[:3]


def _possible(found: Match) -> Match:
    if found.target.reads == "concept" and found.fit.share == 0 and found.name.score >= LIKELY:
        return replace(found, fit=found.column.nearest(found.fit.by or found.target.schemes[0]))
    return found


def _order(each: Match) -> tuple[float, float, float]:
    return (-each.score, -each.name.score, -each.column.filled)


def _barred(each: Match, candidates: Mapping[str, Sequence[Match]]) -> bool:
    """Whether the column is better left alone: its name is that of something that is never mapped by itself."""
    best = candidates[each.column.name][0]
    leaves = [one for one in candidates[each.column.name] if one.target.leave]
    return each.target.leave is not None or bool(
        best.target.leave or any(one.name.score > each.name.score and one.name.score >= LIKELY for one in leaves)
    )


def _why(column: ColumnEvidence, found: Sequence[Match], used: set[str]) -> str:
    """Why a column is left to the person."""
    leave = next((each for each in found if each.target.leave and each.name.score >= LIKELY), None)
    if leave is not None:
        return f"{leave.target.leave}"
    if column.kind == "e-mail address":
        return "it says how to reach a person; what is not mapped is not published (docs/privacy.md)"
    if found and found[0].target.name in used and found[0].score >= LIKELY:
        return f"it may be {_line(found[0])}, as another column is"
    if found and found[0].score < LIKELY <= found[0].name.score:
        return f"the name is like '{found[0].name.word}', but {found[0].because}"
    if not column.values:
        return "no record of the sample has a value"
    return "no term of ours has a name like it" if not found else "its name and values do not tell enough"


def _line(each: Match) -> str:
    return f"'{each.target.p or each.target.name}'"


def _candidates(column: ColumnEvidence, hints: Hints) -> Iterable[Match]:
    for target in hints.targets:
        name = name_fit(column.name, target.words, hints)
        fit = _fit(column, target)
        told = by_values(column, target, fit)
        if name.score >= POSSIBLE or told:
            yield _weighed(column, target, name, fit, told)


def _fit(column: ColumnEvidence, target: MappingTarget) -> ReadableShare:
    """How the values fit what a target reads."""
    if target.reads == "concept":
        return column.concept(target.schemes, lists=target.list)
    if target.reads == "place":
        kinds = {"country": ("country",), "province": ("region", "province"), "city": ("municipality",)}
        fits = [column.place(kind) for kind in kinds[target.part or "city"]]
        return max(fits, key=lambda each: each.share or 0.0)
    if target.reads == "organisation":
        return ReadableShare(1.0 if column.values else None, "organisation", column.separator if target.list else None)
    return column.fit(target.reads)


def by_values(column: ColumnEvidence, target: MappingTarget, fit: ReadableShare) -> bool:
    """Whether the values alone tell what a column is: several concepts of a scheme that stands for one property."""
    if target.reads != "concept" or target.schemes == ("answer",) or len(column.distinct) < 2:
        return False
    return (fit.share or 0.0) >= 0.8 and column.answers.share != 1


def _weighed(column: ColumnEvidence, target: MappingTarget, name: NameFit, fit: ReadableShare, told: bool) -> Match:
    """The score of a candidate: its name's, corrected by what the values say."""
    score = max(name.score, 88.0 if told else 0.0)
    needed = READABLE if target.reads in _STRICT else RECOGNISED
    against = _against(column, target, fit, needed)
    if against:
        score = min(score, POSSIBLE)
    elif fit.share is not None and target.reads not in ("text", "organisation"):
        score = min(100.0, score + 6 * fit.share)
    elif _odd(column, target):
        score -= 12
    elif target.reads == "organisation" and column.kind == "organisation":
        score = min(100.0, score + 6)
    sure = not against and _is_sure(column, target, name, fit, told)
    return Match(column, target, name, fit, score, sure, against or _because(column, name, fit, target, told))


def _is_sure(column: ColumnEvidence, target: MappingTarget, name: NameFit, fit: ReadableShare, told: bool) -> bool:
    if name.score >= SURE:
        return fit.share is None or (fit.share == 1 and not _odd(column, target) and not fit.words)
    return told and name.score >= LIKELY and fit.share == 1 and not fit.words


def _odd(column: ColumnEvidence, target: MappingTarget) -> bool:
    """Whether the values are of a kind that such a text or body hardly has."""
    if not column.values or target.reads not in ("text", "organisation", "file"):
        return False
    if target.name == "title":
        return column.kind not in ("text", "prose", "list with '/'", "list with ','") or (
            len(column.distinct) * 2 < len(column.values)
        )
    kinds = ("date", "year", "money", "percentage", "integer", "yes/no", "web address", "e-mail address", "rating")
    return column.kind in (*kinds, "prose") if target.reads == "organisation" else column.kind in kinds


def _against(column: ColumnEvidence, target: MappingTarget, fit: ReadableShare, needed: float) -> str:
    """What the values say against it; empty where they do not."""
    if fit.share is None or fit.share >= needed:
        return ""
    missed = ", ".join(f"«{shortened(redact(text)[0], 40)}»" for text in fit.missed[:2])
    what = {"concept": f"concepts of {' or '.join(target.schemes)}", "place": "places that are known"}
    return f"{_percent(fit.share)} of its values are {what.get(target.reads, f'readable as {target.reads}')} (not {missed})"


def _because(column: ColumnEvidence, name: NameFit, fit: ReadableShare, target: MappingTarget, told: bool) -> str:
    parts = []
    if name.score >= SURE:
        parts.append(f"it is called '{name.word}'" if fold(name.word) != fold(column.name) else "the name is known")
    elif name.score >= POSSIBLE:
        parts.append(f"the name is like '{name.word}' ({name.score:.0f} of 100)")
    if fit.share is None:
        parts.append("no value to tell by")
    elif target.reads not in ("text", "organisation"):
        parts.append(f"{_percent(fit.share)} of its values are {_what(target, fit)}")
    else:
        parts.append(f"its values are: {column.kind}")
    return ", ".join(parts)


def _what(target: MappingTarget, fit: ReadableShare) -> str:
    if target.reads == "concept":
        return f"concepts of {fit.by}" + (" by words of the hints" if fit.words else "")
    return f"{'places: ' if target.reads == 'place' else 'read by '}{fit.by}"


def _percent(share: float) -> str:
    return "all" if share == 1 else "none" if share == 0 else f"{share:.0%}"


# ------------------------------------------------------------------------------------------------------------- names


def name_fit(name: str, words: Iterable[tuple[str, str | None]], hints: Hints) -> NameFit:
    """The word that a column's name is most like."""
    ways = _ways(name, hints)
    fits = (
        NameFit(_likeness(way, plain(word), hints) - less, word, language)
        for way, less in ways.items()
        for word, language in words
    )
    return max(fits, key=lambda each: each.score, default=NameFit(0.0))


def _ways(name: str, hints: Hints) -> dict[str, float]:
    """What of a name is compared, and how much less it counts: of a path (`organizer.name`) also its end alone."""
    parts = name.split(".") if re.fullmatch(r"[^\s.]+(\.[^\s.]+)+", name) else [name]
    while len(parts) > 1 and parts[-1] in hints.languages:
        parts = parts[:-1]
    return {plain(parts[-1]): 15.0 if len(parts) > 1 else 0.0, plain(".".join(parts)): 0.0}


def plain(name: str) -> str:
    """A name as it is compared: `nb_Participants (est.)` is `nb participants`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name))
    folded = " ".join(re.sub(r"[^\w%°]+", " ", fold(re.sub(r"[_/]", " ", spaced))).split())
    return folded or fold(name)


def _likeness(name: str, word: str, hints: Hints) -> float:
    """How like two names are, of 100: the same, the same words, nearly the same letters, or one within the other."""
    if name == word:
        return 100.0
    first, second = _telling(name, hints), _telling(word, hints)
    if first and sorted(first) == sorted(second):
        return 97.0
    letters = fuzz.token_sort_ratio(" ".join(first), " ".join(second)) if first and second else fuzz.ratio(name, word)
    # Short words are easily alike: `fin` and `fine` are, `anno` and `nome` are not.
    likeness = letters * 0.97 if min(len(name), len(word)) >= 5 else letters * 0.9
    if second and set(second) <= set(first):
        further = len(first) - len(second)
        return max(likeness, (92.0 if len(second) > 1 else 80.0) - 3 * further)
    return likeness


def _telling(name: str, hints: Hints) -> list[str]:
    return [word for word in name.split() if word not in hints.little_words]
