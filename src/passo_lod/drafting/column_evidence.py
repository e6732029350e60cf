"""Measure what the values of a sampled column are: how many, in which language, and which converters and schemes read them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz, process

from passo_lod.drafting.hints import Hints
from passo_lod.drafting.sample import SampledColumn
from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.mapping.converters.conversion import AmbiguityError, ConversionError, Converter
from passo_lod.mapping.converters.date_converters import ORDER
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.redaction import PERSON, find_personal_data
from passo_lod.namespaces import XSD
from passo_lod.text_folding import fold

SEPARATORS = (" / ", " | ", "|", "; ", ";", ", ")
"""Possible separators of the items of a list, the least ambiguous first."""

PROSE_LENGTH = 120
"""Characters beyond which a text is prose rather than a name."""

_MAX_TESTED = 400
"""Distinct values of a column on which converters and schemes are tested."""

_PLAUSIBLE_YEARS = frozenset(map(str, range(1800, 2101)))
"""Other numbers of four figures are hardly years."""

_MAX_TESTED_FOR_NAMES = 100
"""Distinct values in which names of persons are searched."""


@dataclass(frozen=True)
class KnownValues:
    """What the values of columns are compared with: converters by name, concept schemes, places and hints."""

    converters: Mapping[str, Converter]
    schemes: ConceptSchemes
    places: PlaceIndex
    hints: Hints


@dataclass(frozen=True)
class ValueKind:
    """A kind of value: the datatype of its terms, and converters to that datatype that read another kind.

    Attributes:
        less_precise: datatypes of terms that state less of the same, such as a year instead of a day.
    """

    datatype: NamedNode
    not_by: tuple[str, ...] = ()
    less_precise: tuple[NamedNode, ...] = ()


KINDS_BY_DATATYPE = {
    "date": ValueKind(XSD.date, less_precise=(XSD.gYearMonth, XSD.gYear)),
    "year": ValueKind(XSD.gYear, not_by=("first-year", "last-year", "start-year")),
    "money": ValueKind(XSD.decimal, not_by=("percentage", "decimal")),
    "percentage": ValueKind(XSD.decimal, not_by=("money", "decimal")),
    "integer": ValueKind(XSD.integer, not_by=("rating-best", "rating-value", "position")),
    "months": ValueKind(XSD.duration),
}
"""Kinds whose converters are found by the datatype of their terms."""

KINDS_BY_CONVERTER = {
    "rating": ("rating-value",),
    "address": ("web-page",),
    "file": ("file-address",),
    "text": ("text",),
}
"""Kinds whose converters are named."""


@dataclass(frozen=True)
class ReadableShare:
    """How many values of a column a converter or scheme reads.

    Attributes:
        share: of the distinct values, from 0 to 1; None if the column has no values.
        by: the converter or scheme.
        split: the separator, if the items of lists are read and not whole values.
        missed: some values that are not read.
        words: for a scheme, the values that mean each concept by the words of hints.yaml and not by a label.
        options: further keys of the line in mapping.yaml, such as `order`.
        questions: what only a person knows about the values.
    """

    share: float | None
    by: str
    split: str | None = None
    missed: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()


@dataclass
class ColumnEvidence:
    """One column and what its values are."""

    column: SampledColumn
    known: KnownValues

    @property
    def name(self) -> str:
        """Its label in the mapping."""
        return self.column.name

    @cached_property
    def missing_values(self) -> dict[str, str]:
        """The texts that mean «no value», each with its reason."""
        reasons = {text: self.known.hints.missing_value_reason(text) for text in set(self.column.non_empty)}
        return {text: reason for text, reason in reasons.items() if reason}

    @cached_property
    def values(self) -> list[str]:
        """The texts that are values."""
        return [text for text in self.column.non_empty if text not in self.missing_values]

    @cached_property
    def distinct(self) -> list[str]:
        """The distinct values, the most frequent first; at most 400."""
        return [text for text, _ in Counter(self.values).most_common(_MAX_TESTED)]

    @property
    def filled_share(self) -> float:
        """The share of records that have a value."""
        return len(self.values) / len(self.column.texts) if self.column.texts else 0.0

    @cached_property
    def is_unique(self) -> bool:
        """Whether every record has a value, and no two have the same."""
        return bool(self.values) and len(set(self.values)) == len(self.values) == len(self.column.texts)

    @cached_property
    def separator(self) -> str | None:
        """The separator of lists: one that a fifth of the values have, with short items between that recur."""
        for separator in SEPARATORS:
            lists = [text for text in self.distinct if separator in text]
            items = Counter(item for text in lists for item in _split(text, separator))
            is_frequent = len(lists) * 5 >= len(self.distinct)
            if is_frequent and items and max(map(len, items)) <= 80 and _recur(items, separator):
                return separator
        return None

    @cached_property
    def mean_length(self) -> float:
        """The mean length of the distinct values, in characters."""
        return sum(map(len, self.distinct)) / len(self.distinct) if self.distinct else 0.0

    @cached_property
    def person_share(self) -> float:
        """The share of the distinct values in which the name of a person stands."""
        texts = self.distinct[:_MAX_TESTED_FOR_NAMES]
        named = sum(any(each.kind == PERSON for each in find_personal_data(text)) for text in texts)
        return named / len(texts) if texts else 0.0

    # ------------------------------------------------------------------------------------------ the kind of the values

    @cached_property
    def kind(self) -> str:
        """The kind of the values, in words for people."""
        if not self.values:
            return "empty"
        for kind in ("date", "integer", "money", "percentage", "address", "rating"):
            if (self.readable_as(kind).share or 0) >= 0.9:
                if kind == "date" and self._are_years:
                    return "year"
                return {"address": "web address"}.get(kind, kind)
        if self.answers.share == 1 and len(self.distinct) <= 3:
            return "yes/no"
        if any(re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", text) for text in self.distinct[:20]):
            return "e-mail address"
        return self._text_kind()

    def _text_kind(self) -> str:
        if (place := self.place_kind) is not None:
            return f"place ({place})"
        if sum(map(self.known.hints.is_organisation, self.distinct)) * 2 > len(self.distinct):
            return "organisation"
        if self.mean_length > PROSE_LENGTH:
            return "prose"
        if self.separator:
            return f"list with '{self.separator.strip()}'"
        if len(self.distinct) <= max(3, min(20, len(self.values) // 3)):
            return "closed list"
        return "text"

    @cached_property
    def answers(self) -> ReadableShare:
        """How many values are yes or no."""
        return self.readable_as_concept(("answer",))

    @cached_property
    def place_kind(self) -> str | None:
        """The kind of place that most values, or their items, name."""
        for kind in ("country", "region", "municipality", "province"):
            if (self.readable_as_place(kind).share or 0) >= 0.7:
                return kind
        return None

    # ---------------------------------------------------------------------------------------------- converters that read

    def readable_as(self, kind: str) -> ReadableShare:
        """The converter that reads most values as a kind of `KINDS_BY_DATATYPE` or `KINDS_BY_CONVERTER`."""
        if kind in KINDS_BY_CONVERTER:
            shares = [self._readable_by(name, ()) for name in KINDS_BY_CONVERTER[kind]]
        else:
            found = KINDS_BY_DATATYPE[kind]
            datatypes = (found.datatype, *found.less_precise)
            shares = [self._readable_by(name, datatypes) for name in self._converters_to(found)]
        return max(shares, key=lambda each: each.share or 0.0, default=ReadableShare(0.0, ""))

    def _converters_to(self, kind: ValueKind) -> list[str]:
        """The converters that turn their own example into a term of a kind's datatype."""
        return [
            name
            for name, converter in self.known.converters.items()
            if name not in kind.not_by and _datatype(converter.convert, converter.example) == kind.datatype
        ]

    def _readable_by(self, name: str, datatypes: Sequence[NamedNode]) -> ReadableShare:
        if not self.distinct:
            return ReadableShare(None, name)
        convention, questions = self._convention(name)
        convert = self.known.converters[name].by(convention)
        missed = tuple(text for text in self.distinct if not _reads(convert, text, datatypes))
        stated = self.known.converters[name].convention
        options = {stated.key: convention} if stated and convention else {}
        share = 1 - len(missed) / len(self.distinct)
        return ReadableShare(share, name, missed=missed[:3], options=options, questions=questions)

    def _convention(self, name: str) -> tuple[str | None, tuple[str, ...]]:
        """How a converter reads the values that have two readings, and a question if the column does not show it."""
        converter, values = self.known.converters[name], list(dict.fromkeys(self.values))
        convention = converter.convention
        if convention is None:
            return None, ()
        ambiguous = next((text for text in values if _is_ambiguous(converter.convert, text)), None)
        shown = {each: text for text in reversed(values) if (each := convention.shown_by(text))}
        choice = " or ".join(f"{convention.key}: {each}" for each in convention.converts)
        if len(shown) > 1 and (ambiguous or convention.key == ORDER):
            found = ", ".join(f"«{text}» {each}" for each, text in sorted(shown.items()))
            return None, (f"{self.name!r} is written in two ways: {found}. Correct the data, or state {choice} below",)
        if ambiguous is None:
            return None, ()
        if len(shown) == 1:
            return next(iter(shown)), ()
        return None, (f"«{ambiguous}» in {self.name!r} can be read in two ways. Add to the line below {choice}",)

    @property
    def _are_years(self) -> bool:
        """Whether the values are years without month and day."""
        return all(re.fullmatch(r"[0-9]{4}(?:\.0)?", text) for text in self.distinct)

    # ----------------------------------------------------------------------------------------------- concepts and places

    def readable_as_concept(self, schemes: Sequence[str], *, lists: bool = False) -> ReadableShare:
        """The scheme in which most values name a concept; of several, the first.

        Args:
            schemes: codes of schemes, in order of preference.
            lists: whether values may be lists.
        """
        separators = (None, *(each for each in SEPARATORS if lists and any(each in text for text in self.distinct)))
        shares = [
            self._readable_in_scheme(code, separator)
            for code in schemes
            if code in self.known.schemes
            for separator in separators
        ]
        return max(shares, key=lambda each: each.share or 0.0, default=ReadableShare(0.0, ""))

    def _readable_in_scheme(self, code: str, separator: str | None) -> ReadableShare:
        items = self._items(separator)
        if not items:
            return ReadableShare(None, code)
        scheme, words = self.known.schemes[code], self.known.hints.concepts.get(code, {})
        by_label = {item for item in items if scheme.find(item) is not None}
        by_word: dict[str, list[str]] = {}
        for item in items:
            concept = next((each for each, names in words.items() if fold(item) in names), None)
            if item not in by_label and concept is not None and scheme.find(concept) is not None:
                by_word.setdefault(concept, []).append(item)
        read = by_label.union(*by_word.values())
        missed = tuple(item for item in items if item not in read)
        meanings = {concept: tuple(texts) for concept, texts in by_word.items()}
        return ReadableShare(len(read) / len(items), code, separator, missed[:3], meanings)

    def nearest_concepts(self, code: str) -> ReadableShare:
        """The concepts with the most similar labels, for values that name none of a scheme's concepts."""
        scheme, separator = self.known.schemes[code], self.separator
        meanings: dict[str, list[str]] = {}
        for item in self._items(separator):
            nearest = process.extractOne(fold(item), list(scheme.concepts), scorer=fuzz.ratio, score_cutoff=75)
            if nearest is not None and len(meanings) < 8:
                meanings.setdefault(scheme.concepts[nearest[0]].value.rsplit("/", 1)[-1], []).append(item)
        return ReadableShare(0.0, code, separator, words={concept: tuple(texts) for concept, texts in meanings.items()})

    def readable_as_place(self, kind: str, within: str | None = None) -> ReadableShare:
        """How many values, or their items, name a place of a kind.

        Args:
            kind: such as `municipality`.
            within: the code of the region or country in which the places lie.
        """
        best = ReadableShare(None, kind)
        for separator in (None, *(each for each in SEPARATORS if any(each in text for text in self.distinct))):
            items = self._items(separator)
            missed = tuple(item for item in items if not self.known.places.candidates(item, within, kind))
            if items and (best.share is None or 1 - len(missed) / len(items) > best.share):
                best = ReadableShare(1 - len(missed) / len(items), kind, separator, missed[:3])
        return best

    def region_counts(self) -> Counter[str]:
        """How many values lie in each region, by its code; values that name exactly one place are counted."""
        counts: Counter[str] = Counter()
        separator = self.readable_as_place("municipality").split
        for text in self.distinct:
            for item in _split(text, separator):
                found = (self.known.places.find(item, None, kind) for kind in ("region", "province", "municipality"))
                place = next(filter(None, found), None)
                region = self.known.places.region_of(place) if place else None
                counts.update([region.code] if region else [])
        return counts

    def count_frequent_words(self, language: str) -> int:
        """How many words of the texts are frequent ones of a language."""
        words = self.known.hints.languages[language]
        return sum(word in words for text in self.distinct[:100] for word in re.findall(r"\w+", text.casefold()))

    def _items(self, separator: str | None) -> list[str]:
        """The distinct items of the values."""
        return list(dict.fromkeys(item for text in self.distinct for item in _split(text, separator)))


def guess_language(columns: Iterable[ColumnEvidence], hints: Hints) -> tuple[str | None, str]:
    """The language of the texts, or None if they are too few or ambiguous; and the evidence in words."""
    listed = list(columns)
    counts = Counter(
        {language: sum(each.count_frequent_words(language) for each in listed) for language in hints.languages}
    )
    (first, most), (second, next_most) = counts.most_common(2)
    if most < 3 or most < 1.2 * next_most:
        return None, f"the texts do not tell their language ({first}: {most} frequent words, {second}: {next_most})"
    return first, f"{most} frequent words of '{first}' in the texts, {next_most} of '{second}'"


def _datatype(convert: Callable[[str], object], example: str) -> NamedNode | None:
    try:
        term = convert(example)
    except ConversionError:
        return None
    return term.datatype if isinstance(term, Literal) else None


def _reads(convert: Callable[[str], object], text: str, datatypes: Sequence[NamedNode]) -> bool:
    """Whether a converter reads a text; one with two readings counts, since it is asked about."""
    try:
        term = convert(text)
    except AmbiguityError:
        return True
    except ConversionError:
        return False
    if not datatypes or not isinstance(term, Literal):
        return term is not None
    return term.datatype in datatypes and (term.datatype != XSD.gYear or term.value in _PLAUSIBLE_YEARS)


def _is_ambiguous(convert: Callable[[str], object], text: str) -> bool:
    try:
        convert(text)
    except AmbiguityError:
        return True
    except ConversionError:
        pass
    return False


def _split(text: str, separator: str | None) -> list[str]:
    if separator is None:
        return [text]
    return [item.strip() for item in f"{text} ".split(separator) if item.strip()]


def _recur(items: Counter[str], separator: str) -> bool:
    """Whether items recur, as those of lists do; a bar, or a slash between spaces, is evidence enough without that."""
    return separator in (" / ", " | ", "|") or sum(count > 1 for count in items.values()) * 3 >= len(items)
