"""What the values of a column say of it: how full it is, in which language, and what its texts can be read as."""

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
from passo_lod.mapping.converters.conversion import ConversionError, Converter
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.namespaces import XSD
from passo_lod.text_folding import fold

SEPARATORS = (" / ", " | ", "|", "; ", ";", ", ")
"""What may stand between the items of a list, the surest first."""

PROSE = 120
"""Characters beyond which a text is prose rather than a name."""

_TESTED = 400
"""Distinct values of a column that are tried with every converter."""


@dataclass(frozen=True)
class KnownValues:
    """What values are held against."""

    converters: Mapping[str, Converter]
    schemes: ConceptSchemes
    places: PlaceIndex
    hints: Hints


@dataclass(frozen=True)
class ValueKind:
    """A kind of value: what a converter makes of it, and which converters make the same of something else."""

    datatype: NamedNode
    not_by: tuple[str, ...] = ()


KINDS = {
    "date": ValueKind(XSD.date),
    "year": ValueKind(XSD.gYear),
    "money": ValueKind(XSD.decimal, not_by=("percentage",)),
    "percentage": ValueKind(XSD.decimal, not_by=("euro", "money", "decimal", "number")),
    "integer": ValueKind(XSD.integer, not_by=("rating-best", "rating-value", "position")),
    "months": ValueKind(XSD.duration),
}
"""Kinds that are told by the datatype of what converters make of them."""

NAMED = {"rating": ("rating-value",), "address": ("web-page",), "file": ("file-address",), "text": ("text",)}
"""Kinds that are told by the name of their converter."""


@dataclass(frozen=True)
class ReadableShare:
    """How well a column's values are what something reads.

    Attributes:
        share: of the distinct values, from 0 to 1; None where there is no value to tell by.
        by: the converter or scheme.
        split: the separator of lists, where reading the items fits better than reading the whole.
        missed: some values that cannot be read.
        words: for a scheme, the codes that values mean by the words of the hints rather than by a label.
    """

    share: float | None
    by: str
    split: str | None = None
    missed: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class ColumnEvidence:
    """One column with what its values say."""

    column: SampledColumn
    known: KnownValues

    @property
    def name(self) -> str:
        """What the mapping calls it."""
        return self.column.name

    @cached_property
    def absences(self) -> dict[str, str]:
        """The texts that stand for «no value», with the reason."""
        reasons = {text: self.known.hints.absence(text) for text in set(self.column.said)}
        return {text: why for text, why in reasons.items() if why}

    @cached_property
    def values(self) -> list[str]:
        """The texts that are values."""
        return [text for text in self.column.said if text not in self.absences]

    @cached_property
    def distinct(self) -> list[str]:
        """Each value once, the commonest first; a sample of them where there are many."""
        return [text for text, _ in Counter(self.values).most_common(_TESTED)]

    @property
    def filled(self) -> float:
        """The share of records that have a value."""
        return len(self.values) / len(self.column.texts) if self.column.texts else 0.0

    @cached_property
    def unique(self) -> bool:
        """Whether every record has a value, and no two the same."""
        return bool(self.values) and len(set(self.values)) == len(self.values) == len(self.column.texts)

    @cached_property
    def separator(self) -> str | None:
        """The separator of lists, where cells hold some: it splits off items that come again, or are short."""
        for sign in SEPARATORS:
            having = [text for text in self.distinct if sign in text]
            items = Counter(item for text in having for item in _split(text, sign))
            if len(having) * 5 >= len(self.distinct) and items and max(map(len, items)) <= 80 and _recur(items, sign):
                return sign
        return None

    @cached_property
    def length(self) -> float:
        """The mean length of the values."""
        return sum(map(len, self.distinct)) / len(self.distinct) if self.distinct else 0.0

    @cached_property
    def kind(self) -> str:
        """The kind of the values, in a word for people."""
        if not self.values:
            return "empty"
        for kind in ("date", "year", "integer", "money", "percentage", "address", "rating"):
            if (self.fit(kind).share or 0) >= 0.9:
                return {"address": "web address"}.get(kind, kind)
        if self.answers.share == 1 and len(self.distinct) <= 3:
            return "yes/no"
        if any(re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", text) for text in self.distinct[:20]):
            return "e-mail address"
        return self._kind_of_text()

    def _kind_of_text(self) -> str:
        if (place := self.place_kind) is not None:
            return f"place ({place})"
        if sum(map(self.known.hints.is_body, self.distinct)) * 2 > len(self.distinct):
            return "organisation"
        if self.length > PROSE:
            return "prose"
        if self.separator:
            return f"list with '{self.separator.strip()}'"
        if len(self.distinct) <= max(3, min(20, len(self.values) // 3)):
            return "closed list"
        return "text"

    @cached_property
    def answers(self) -> ReadableShare:
        """How well the values are yes and no."""
        return self.concept(("answer",))

    @cached_property
    def place_kind(self) -> str | None:
        """The kind of place that most values, or their items, name."""
        for kind in ("country", "region", "municipality", "province"):
            if (self.place(kind).share or 0) >= 0.7:
                return kind
        return None

    # ---------------------------------------------------------------------------------------- what can read the values

    def fit(self, kind: str) -> ReadableShare:
        """The converter that reads most values as what a kind says."""
        names = NAMED[kind] if kind in NAMED else self._converters_to(KINDS[kind])
        fits = [self._read_by(name, KINDS[kind].datatype if kind in KINDS else None) for name in names]
        return max(fits, key=lambda each: each.share or 0.0, default=ReadableShare(0.0, ""))

    def _converters_to(self, kind: ValueKind) -> list[str]:
        """The converters that can make a term of a datatype, told by their own examples."""
        return [
            name
            for name, converter in self.known.converters.items()
            if name not in kind.not_by and _datatype(converter.convert, converter.example) == kind.datatype
        ]

    def _read_by(self, name: str, datatype: NamedNode | None) -> ReadableShare:
        convert = self.known.converters[name].convert
        if not self.distinct:
            return ReadableShare(None, name)
        missed = tuple(text for text in self.distinct if not _reads(convert, text, datatype))
        return ReadableShare(1 - len(missed) / len(self.distinct), name, missed=missed[:3])

    def concept(self, schemes: Sequence[str], *, lists: bool = False) -> ReadableShare:
        """The scheme in which most values name a concept; the first of those that fit alike."""
        signs = (None, *(sign for sign in SEPARATORS if lists and any(sign in text for text in self.distinct)))
        fits = [self._in_scheme(code, sign) for code in schemes if code in self.known.schemes for sign in signs]
        return max(fits, key=lambda each: each.share or 0.0, default=ReadableShare(0.0, ""))

    def _in_scheme(self, code: str, separator: str | None) -> ReadableShare:
        items = list(dict.fromkeys(item for text in self.distinct for item in _split(text, separator)))
        if not items:
            return ReadableShare(None, code)
        scheme, words = self.known.schemes[code], self.known.hints.concepts.get(code, {})
        named = [item for item in items if scheme.find(item) is not None]
        meant: dict[str, list[str]] = {}
        for item in items:
            concept = next((each for each, names in words.items() if fold(item) in names), None)
            if item not in named and concept is not None and scheme.find(concept) is not None:
                meant.setdefault(concept, []).append(item)
        read = {*named, *(item for texts in meant.values() for item in texts)}
        missed = tuple(item for item in items if item not in read)
        by_words = {concept: tuple(texts) for concept, texts in meant.items()}
        return ReadableShare(len(read) / len(items), code, separator, missed[:3], by_words)

    def nearest(self, code: str) -> ReadableShare:
        """What the values could mean in a scheme that does not know them: the concepts with the likest labels."""
        scheme, split = self.known.schemes[code], self.separator
        meant: dict[str, list[str]] = {}
        for item in dict.fromkeys(item for text in self.distinct for item in _split(text, split)):
            found = process.extractOne(fold(item), list(scheme.concepts), scorer=fuzz.ratio, score_cutoff=75)
            if found is not None and len(meant) < 8:
                meant.setdefault(scheme.concepts[found[0]].value.rsplit("/", 1)[-1], []).append(item)
        return ReadableShare(0.0, code, split, words={concept: tuple(texts) for concept, texts in meant.items()})

    def place(self, kind: str, within: str | None = None) -> ReadableShare:
        """How many values name one place of a kind."""
        best = ReadableShare(None, kind)
        for sign in (None, *(sign for sign in SEPARATORS if any(sign in text for text in self.distinct))):
            items = list(dict.fromkeys(item for text in self.distinct for item in _split(text, sign)))
            missed = tuple(item for item in items if not self.known.places.candidates(item, within, kind))
            if items and (best.share is None or 1 - len(missed) / len(items) > best.share):
                best = ReadableShare(1 - len(missed) / len(items), kind, sign, missed[:3])
        return best

    def regions(self) -> Counter[str]:
        """The codes of the regions in which the municipalities and provinces lie that the values name without doubt."""
        found: Counter[str] = Counter()
        for text in self.distinct:
            for item in _split(text, self.place("municipality").split):
                place = next(
                    filter(None, (self.known.places.find(item, None, kind) for kind in _NAMING_A_REGION)), None
                )
                region = self.known.places.region_of(place) if place else None
                found.update([region.code] if region else [])
        return found

    def words_of(self, language: str) -> int:
        """How many words of the texts are frequent ones of a language."""
        words = self.known.hints.languages[language]
        return sum(word in words for text in self.distinct[:100] for word in re.findall(r"\w+", text.casefold()))


_NAMING_A_REGION = ("region", "province", "municipality")


def language_of(columns: Iterable[ColumnEvidence], hints: Hints) -> tuple[str | None, str]:
    """The language of the texts, and how it was told; None where they do not tell."""
    listed = list(columns)
    counts = Counter({language: sum(each.words_of(language) for each in listed) for language in hints.languages})
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


def _reads(convert: Callable[[str], object], text: str, datatype: NamedNode | None) -> bool:
    try:
        term = convert(text)
    except ConversionError:
        return False
    return term is not None and (datatype is None or (isinstance(term, Literal) and term.datatype == datatype))


def _split(text: str, separator: str | None) -> list[str]:
    if separator is None:
        return [text]
    return [item.strip() for item in f"{text} ".split(separator) if item.strip()]


def _recur(items: Counter[str], separator: str) -> bool:
    """Whether items come again, as those of a list do; a bar or a slash between spaces needs no such proof."""
    return separator in (" / ", " | ", "|") or sum(count > 1 for count in items.values()) * 3 >= len(items)
