"""Find names of persons in texts for `redaction`: by lists of names, by titles, and by words for roles.

The lists are in name_lists.yaml. What is named after a person (`Via Aldo Moro`, `Luca Neri Library`) and saints are no persons.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from passo_lod import yaml_loader
from passo_lod.errors import SettingsError
from passo_lod.mapping.personal_data import Span
from passo_lod.text_folding import fold

_LISTS = Path(__file__).with_name("name_lists.yaml")
_WORD = re.compile(r"[^\W\d_]+")
_SPACES = " \u00a0"
_JOINING = _SPACES + "_\u0300\u0301\u0302\u0303\u0308\u030c\u0327"
"""Spaces, the underscore of file names, and the marks of decomposed letters."""
_JOINTS = frozenset({"", "-", "‐", "."})
_APOSTROPHES = frozenset({"'", "’", "`"})
_CONJUNCTIONS = frozenset(
    ["e", "ed", "y", "and", "et", "con", "with", "avec", "da", "dal", "by", "par", "por", "ha", "has", "è", "is"]
)
_PAIRS = frozenset(["e", "ed", "y", "and", "et"])
_CLAUSE_END = re.compile(r"[,;:()!?\n\t/|]|\.\s")
_BEFORE_VENUE = frozenset([" ", "_", "-", "'s ", "’s "])
_CLEAR_TITLES = frozenset(["signor", "signora", "sig", "sigra", "mr", "mrs", "monsieur", "madame", "senor", "senora"])
_FAMILIES = frozenset(["famiglia", "familia", "famille"])
_FOUNDATIONS = frozenset(["fondazione", "fondation", "fundacion", "foundation", "fundacao", "premio", "prix"])
_NAME_WORDS = 5
"""A name has at most so many words."""
_VENUE_WORDS = 5
"""So many words before a name are examined for what may be named after it."""

_AGE = re.compile(
    r"\s?[,(]?\s?(?:(?:di|de|âgée? de|of)\s)?(?:aged?\s(?:1[0-7]|[3-9])\b|(?:1[0-7]|[3-9])\s?-?(?:anni|years?(?:[ -]old)?|year-old|ans|años)\b)"
    r"(?:[^.;\n]{0,60}?\b(?i:scuola|classe|liceo|istituto|elementari|medie|school|class|grade|école|collège|lycée|escuela|colegio|instituto|clase|curso)\b"
    r"[^.,;\n()]{0,50})?"
)
_FORM_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_FORM_OF_NAME = re.compile(rf"{_FORM_WORD.pattern}(?:,? {_FORM_WORD.pattern}){{1,4}}")
_LONGEST_NAME = 60
"""A longer text, in characters, is no name of a person."""

_SENTENCE_END = re.compile(r"[.!?]\s|[;\n]")
_CLAUSE = 40
_CLAUSE_BEFORE = re.compile(r"[^.,;:()\n]{0,40}(?<!\s)")
_CLAUSE_AFTER = re.compile(r"[^.,;:()\n]{0,40}(?![^\W_])")


@dataclass(frozen=True)
class NameLists:
    """The word lists of name_lists.yaml, folded (`text_folding.fold`).

    Attributes:
        given_names: all given names.
        clear_given_names: those that are no other word.
        surnames: all surnames.
        clear_surnames: those that are no other word.
        named: words for what is named after persons, and for bodies.
        no_surnames: capitalised words that are no surname.
        body_names: words in whole names of bodies only.
        well_known: names of places and of historic persons, with a space between their words.
    """

    given_names: frozenset[str]
    clear_given_names: frozenset[str]
    surnames: frozenset[str]
    clear_surnames: frozenset[str]
    particles: frozenset[str]
    saints: frozenset[str]
    titles: frozenset[str]
    dotted_titles: frozenset[str]
    title_endings: frozenset[str]
    roles: frozenset[str]
    reporting_words: frozenset[str]
    reporting_links: frozenset[str]
    named: frozenset[str]
    following_venues: frozenset[str]
    no_surnames: frozenset[str]
    body_names: frozenset[str]
    health: frozenset[str]
    well_known: frozenset[str]

    @classmethod
    def read(cls) -> "NameLists":
        """Read name_lists.yaml."""
        lists = yaml_loader.load(_LISTS, SettingsError)

        def words(name: str) -> frozenset[str]:
            value = lists[name]
            texts = value.values() if isinstance(value, dict) else (value,)
            return frozenset(fold(word) for text in texts for word in text.split())

        given_names = (words("given-names") | words("ambiguous-given-names")) - words("saints")
        surnames = words("surnames") | words("ambiguous-surnames")
        named = words("venues") | words("bodies")
        others = named | words("office-words") | words("roles") | words("titles") | words("following-venues")
        return cls(
            given_names,
            given_names - words("ambiguous-given-names"),
            surnames,
            surnames - words("ambiguous-surnames"),
            words("particles"),
            words("saints"),
            words("titles"),
            words("dotted-titles"),
            words("title-endings"),
            words("roles"),
            words("reporting-words"),
            words("reporting-links"),
            named,
            words("following-venues"),
            others - surnames - words("particles"),
            words("body-names"),
            words("health"),
            frozenset(fold(name) for name in lists["well-known"].split(";")),
        )

    @property
    def triggers(self) -> frozenset[str]:
        """The words at which a name may begin."""
        names = self.given_names | self.clear_surnames
        return names | self.titles | self.dotted_titles | self.roles | self.reporting_words


@cache
def _name_lists() -> tuple[NameLists, frozenset[str]]:
    lists = NameLists.read()
    return lists, lists.triggers


@cache
def _plain_letters() -> dict[int, str]:
    """The Latin letters with a mark, each with its letter: a text keeps its length, so that places in it stay the same."""
    letters = ((code, unicodedata.normalize("NFD", chr(code))) for code in range(0x80, 0x250))
    return {code: letter[0] for code, letter in letters if len(letter) > 1}


_span = re.Match.span


class _Word(NamedTuple):
    start: int
    end: int
    folded: str
    capital: bool


def find_names(text: str) -> list[tuple[Span, str]]:
    """Return the places of names of persons, of minors with their age, and of the health of whoever is named, with their kinds.

    >>> text = "Il sindaco Luca Neri in Via Aldo Moro"
    >>> [text[start:end] for (start, end), _ in find_names(text)]
    ['Luca Neri']
    """
    lists, triggers = _name_lists()
    folded = text.lower() if text.isascii() else text.translate(_plain_letters()).lower()
    if triggers.isdisjoint(_WORD.findall(folded)):
        return []
    words = [
        _Word(start, end, folded[start:end], text[start].isupper()) for start, end in map(_span, _WORD.finditer(text))
    ]
    return list(_NameSearch(text, words, lists, triggers).run())


@dataclass(frozen=True)
class NameForm:
    """That a whole text is written as the name of a person is: two or three capitalised words, none of them one for bodies or offices.

    Attributes:
        has_listed_word: whether one of the words is a given name or a surname of name_lists.yaml.
        words: without particles such as `de`.
    """

    has_listed_word: bool
    words: tuple[str, ...]


def form_of_name(text: str) -> NameForm | None:
    """Return how a text is written as the name of a person is; None if it is not.

    >>> form_of_name("Xhemile Bardhoku").has_listed_word, form_of_name("Vries, Alba de").has_listed_word
    (False, True)
    >>> form_of_name("Circolo Bardhoku"), form_of_name("Slow"), form_of_name("CNA Bardhoku")
    (None, None, None)
    """
    lists, _ = _name_lists()
    if len(text) > _LONGEST_NAME or not _FORM_OF_NAME.fullmatch(text):
        return None
    words = tuple(word for word in _FORM_WORD.findall(text) if fold(word) not in lists.particles)
    parts = [fold(part) for word in words for part in _WORD.findall(word)]
    of_bodies = lists.no_surnames | lists.body_names | lists.saints
    if len(words) not in (2, 3) or not of_bodies.isdisjoint(parts):
        return None
    is_written_alike = all(map(str.istitle, words)) or (all(map(str.isupper, words)) and min(map(len, words)) > 3)
    has_listed_word = not (lists.given_names | lists.surnames).isdisjoint(parts)
    return NameForm(has_listed_word, words) if is_written_alike else None


class _NameSearch:
    """The search of one text; words are given by their index."""

    def __init__(self, text: str, words: list[_Word], lists: NameLists, triggers: frozenset[str]) -> None:
        self._text = text
        self._words = words
        self._lists = lists
        self._triggers = triggers

    def run(self) -> Iterator[tuple[Span, str]]:
        names = list(self._names())
        yield from names
        if names:
            yield from self._health([span for span, _ in names])

    def _names(self) -> Iterator[tuple[Span, str]]:
        free = 0
        for index, word in enumerate(self._words):
            if index < free or (word.folded not in self._triggers and len(word.folded) > 1):
                continue
            name = self._name_at(index)
            if name is None:
                continue
            first, last = name
            free = last + 1
            if self._is_well_known(first, last):
                continue
            start, end = self._words[self._with_initials(first)].start, self._words[last].end
            age = _AGE.match(self._text, end)
            yield (start, age.end() if age else end), "minor" if age else "name of a person"

    def _is_well_known(self, first: int, last: int) -> bool:
        return " ".join(each.folded for each in self._words[first : last + 1]) in self._lists.well_known

    def _name_at(self, index: int) -> tuple[int, int] | None:
        """First and last word of the name that begins at a word or that the word announces."""
        word, lists = self._words[index], self._lists
        return (
            (self._after_title(index) if word.folded in lists.titles or word.folded in lists.dotted_titles else None)
            or (self._after_role(index) if word.folded in lists.roles or word.folded in lists.reporting_words else None)
            or (self._before_role(index) if word.folded in lists.roles else None)
            or (self._after_capitals(index) if word.folded in lists.clear_given_names else None)
            or (self._given_name_first(index) if word.folded in lists.given_names else None)
            or (self._surname_first(index) if word.folded in lists.clear_surnames else None)
            or (self._unknown_given_name(index) if word.folded in lists.clear_surnames else None)
            or (self._initials_and_surname(index) if word.end - word.start == 1 and word.capital else None)
        )

    # ------------------------------------------------------------------------------------------------------- rules

    def _after_title(self, index: int) -> tuple[int, int] | None:
        """`Dott.ssa Anna Neri`, `Sig. Sindaco Luca Neri`, `Mme Dupont`."""
        word, at, lists = self._words[index], index + 1, self._lists
        if word.folded not in lists.titles and not (
            self._text[word.end : word.end + 1] == "." and (word.capital or word.folded in ("arch", "ing", "dra"))
        ):
            return None
        while at < len(self._words) and at - index < 4 and self._follows_title(at):
            at += 1
        last = self._last_of_run(at)
        if last is None:
            return self._uncapitalised_after_title(index, at)
        if self._is_named_after(index) or self._is_saint(index) or self._is_other_family(index, at):
            return None
        is_name = any(each.end - each.start > 1 for each in self._words[at : last + 1])
        return (index, self._with_other_surnames(last)) if is_name else None

    def _is_other_family(self, index: int, at: int) -> bool:
        """Whether `Famiglia` begins a name such as `Famiglia Aperta`: the surname is in no list, and no `c/o` stands before it."""
        if self._words[index].folded not in _FAMILIES or self._words[at].folded in self._lists.clear_surnames:
            return False
        before = self._words[max(0, index - 2)].start
        return self._text[before : self._words[index].start].lower().replace(" ", "") != "c/o"

    def _uncapitalised_after_title(self, index: int, at: int) -> tuple[int, int] | None:
        """`il signor bianchi`: a surname in small letters, after a title that is no other word."""
        if at != index + 1 or at >= len(self._words) or not self._is_joined(at):
            return None
        is_title = self._words[index].folded in _CLEAR_TITLES
        return (index, at) if is_title and self._words[at].folded in self._lists.surnames else None

    def _follows_title(self, at: int) -> bool:
        word, lists = self._words[at], self._lists
        between = self._text[self._words[at - 1].end : word.start]
        if between == "." and word.folded in lists.title_endings:
            return True
        return between.strip(". ") == "" and (word.folded in lists.titles or word.folded in lists.roles)

    def _after_role(self, index: int) -> tuple[int, int] | None:
        """`assessora Xhemile Hoxha`, `Referente per il progetto: Xhemile Hoxha`, `segnalato da Xhemile Hoxha`."""
        at = self._end_of_role(index)
        if at is None:
            return None
        last = self._last_of_run(at)
        if last is None or self._is_named_after(at):
            return None
        words = [each for each in self._words[at : last + 1] if each.capital]
        if any(each.folded in self._lists.named or each.folded in self._lists.saints for each in words):
            return None
        if len(words) > 1 and not self._is_followed_by_body(last):
            return at, last
        is_name = words[0].folded in self._lists.surnames or words[0].folded in self._lists.clear_given_names
        return (at, last) if is_name and self._words[index].folded in self._lists.roles else None

    def _before_role(self, index: int) -> tuple[int, int] | None:
        """`Xhemile Hoxha, sindaca`: two capitalised words or more at the beginning of a clause."""
        lists, first = self._lists, index
        if index < 2 or self._text[self._words[index - 1].end : self._words[index].start] not in (", ", " (", ",\n"):
            return None
        while first and index - first < _NAME_WORDS and (first == index or self._is_joined(first)):
            word = self._words[first - 1]
            if not word.capital or word.folded in lists.no_surnames or word.folded in lists.saints:
                break
            first -= 1
        between = self._text[self._words[first - 1].end : self._words[first].start] if first else "\n"
        return (first, index - 1) if index - first > 1 and _CLAUSE_END.search(between) else None

    def _end_of_role(self, index: int) -> int | None:
        """The word at which a name after a role can begin."""
        is_role = self._words[index].folded in self._lists.roles
        for at in range(index + 1, min(index + 7, len(self._words))):
            between = self._text[self._words[at - 1].end : self._words[at].start].strip(_SPACES)
            if between in (":", "-", "–", "—", ":\n", "\n:", "(") and (is_role or between.startswith(":")):
                return at
            if between:
                return at if is_role and at == index + 1 and between == "," else None
            word = self._words[at]
            if word.capital:
                linked = self._words[at - 1].folded in self._lists.reporting_links and not is_role
                return at if linked or (is_role and at == index + 1) else None
        return None

    def _given_name_first(self, index: int) -> tuple[int, int] | None:
        """`Luca Neri`, `LUCA NERI`, `luca neri` (both in the lists), `Luca N.`; `Luca, 9 anni`; `Anna e Luca Neri`."""
        word, lists = self._words[index], self._lists
        if self._is_saint(index) or self._is_named_after(index):
            return None
        if not word.capital:
            return self._uncapitalised(index)
        last = self._last_of_run(index + 1, joined=True)
        if last is not None and self._names_what_follows(last):
            return None
        if last is None:
            return (index, index) if _AGE.match(self._text, word.end) else self._before_conjunction(index)
        if word.folded not in lists.clear_given_names:
            following = next(each for each in self._words[index + 1 : last + 1] if each.capital)
            is_name = following.folded in lists.clear_surnames or following.folded in lists.clear_given_names
            return (index, last) if is_name else None
        return index, last

    def _after_capitals(self, index: int) -> tuple[int, int] | None:
        """`BARDHOKU Luca`, `DE SANTIS Anna Maria`: a surname in capitals that is in no list stands before the given names."""
        word = self._words[index]
        if index == 0 or not self._text[word.start : word.end].istitle():
            return None
        first = index
        while first and index - first < 3 and self._is_joined(first) and self._is_in_capitals(first - 1):
            first -= 1
        if first == index or self._is_saint(first) or self._is_named_after(first):
            return None
        words = [each for each in self._words[first:index] if each.folded not in self._lists.particles]
        if not words or any(each.end - each.start < 3 or each.folded in self._lists.no_surnames for each in words):
            return None
        return first, self._last_given_name(index, is_initial_enough=False) or index

    def _is_in_capitals(self, at: int) -> bool:
        word = self._words[at]
        return word.end - word.start > 1 and self._text[word.start : word.end].isupper()

    def _before_conjunction(self, index: int) -> tuple[int, int] | None:
        """`Anna` of `Anna e Luca Neri`."""
        if index + 2 >= len(self._words) or self._words[index].folded not in self._lists.clear_given_names:
            return None
        conjunction, other = self._words[index + 1], self._words[index + 2]
        is_pair = conjunction.folded in _PAIRS and other.capital and other.folded in self._lists.given_names
        return (index, index) if is_pair and self._last_of_run(index + 3, joined=True) is not None else None

    def _uncapitalised(self, index: int) -> tuple[int, int] | None:
        if index + 1 >= len(self._words) or not self._is_joined(index + 1):
            return None
        pair = self._words[index].folded, self._words[index + 1].folded
        is_name = pair[0] in self._lists.clear_given_names and pair[1] in self._lists.clear_surnames
        return (index, index + 1) if is_name else None

    def _surname_first(self, index: int) -> tuple[int, int] | None:
        """`Neri Luca`, `NERI LUCA`, `neri luca`, `Neri, Luca`, `García López, José`, `Neri L.`."""
        if self._is_saint(index) or self._is_named_after(index):
            return None
        last = self._given_name_after(index, index)
        is_double = index + 1 < len(self._words) and self._words[index + 1].folded in self._lists.clear_surnames
        if last is None and is_double and self._is_joined(index + 1):
            last = self._given_name_after(index, index + 1)
        return None if last is None or self._names_what_follows(last) else (index, last)

    def _given_name_after(self, index: int, at: int) -> int | None:
        """The last word of the given names after the surname whose words are `index` to `at`."""
        capital = self._words[index].capital
        if at + 1 >= len(self._words) or any(each.capital != capital for each in self._words[index : at + 2]):
            return None
        between = self._text[self._words[at].end : self._words[at + 1].start]
        if not (self._is_joined(at + 1) or between == ", "):
            return None
        if between == ", " and self._last_of_run(at + 2, joined=True) is not None:
            return None
        return self._last_given_name(at + 1, is_initial_enough=capital and between == " ")

    def _last_given_name(self, at: int, *, is_initial_enough: bool) -> int | None:
        """The last of the given names from `at`."""
        if self._words[at].folded not in self._lists.clear_given_names:
            return at if is_initial_enough and self._is_initial(at) and self._words[at].folded != "s" else None
        last = at
        while last + 1 < len(self._words) and last - at < 2 and self._is_joined(last + 1):
            if self._words[last + 1].folded not in self._lists.clear_given_names:
                break
            last += 1
        return last

    def _unknown_given_name(self, index: int) -> tuple[int, int] | None:
        """`Xhemile Neri`: a surname of the lists after a capitalised word that is no other word of them."""
        if not index or not self._words[index].capital or not self._is_joined(index):
            return None
        first = self._words[index - 1]
        known = self._lists.no_surnames | self._lists.saints | self._lists.particles
        if not first.capital or len(first.folded) < 3 or first.folded in known:
            return None
        if self._is_saint(index - 1) or self._is_named_after(index - 1):
            return None
        last = self._last_of_run(index)
        return None if last is None or self._names_what_follows(last) else (index - 1, last)

    def _initials_and_surname(self, index: int) -> tuple[int, int] | None:
        """`L. Neri`, `G.B. Neri`, `J.-P. Dupont`."""
        at = index
        while at < len(self._words) and at - index < 3 and self._is_initial(at):
            at += 1
        if at == index or at >= len(self._words) or self._words[index].folded == "s":
            return None
        surname = self._words[at]
        if not (surname.capital and surname.folded in self._lists.clear_surnames and self._is_joined(at)):
            return None
        return None if self._is_named_after(index) else (index, at)

    # -------------------------------------------------------------------------------------------------- parts of rules

    def _with_initials(self, first: int) -> int:
        """The first word of `M.ª Teresa Campos` and `J. Maria Neri`: an abbreviated name may stand before it."""
        at = first - 1 if first and self._words[first - 1].folded == "ª" else first
        is_initial = (
            at > 0
            and self._is_initial(at - 1)
            and self._text[self._words[at - 1].end : self._words[at].start] in (".", ". ")
        )
        return at - 1 if is_initial else first

    def _with_other_surnames(self, last: int) -> int:
        """The last word of `Neri e Bianchi` after a title."""
        words = self._words[last + 1 : last + 3]
        is_pair = len(words) == 2 and words[0].folded in _PAIRS and words[1].capital
        return last + 2 if is_pair and words[1].folded in self._lists.clear_surnames else last

    def _is_initial(self, at: int) -> bool:
        word = self._words[at]
        return word.capital and word.end - word.start == 1 and self._text[word.end : word.end + 1] == "."

    def _is_joined(self, at: int) -> bool:
        """Whether a word belongs to the word before: only a space, hyphen, underscore or a name's apostrophe stands between."""
        before, word = self._words[at - 1], self._words[at]
        between = self._text[before.end : word.start]
        if between == " ":
            return True
        if len(between) > 3:
            return False
        if between in _APOSTROPHES:
            return before.end - before.start <= 4
        if "\n" in between:
            return between.strip() == "" and self._are_names(before, word)
        joint = between.strip(_JOINING)
        return joint in _JOINTS and (joint != "." or before.end - before.start == 1) and between != ". " * 2

    def _are_names(self, before: _Word, word: _Word) -> bool:
        lists = self._lists
        return (before.folded in lists.clear_given_names and word.folded in lists.clear_surnames) or (
            before.folded in lists.clear_surnames and word.folded in lists.clear_given_names
        )

    def _last_of_run(self, at: int, joined: bool = False) -> int | None:
        """The last of the capitalised words from `at` that can be the rest of a name; particles may stand between.

        Args:
            at: the index of the first word.
            joined: whether the first has to belong to the word before it.
        """
        last = None
        for index in range(at, min(at + _NAME_WORDS, len(self._words))):
            word = self._words[index]
            if (index > at or joined) and not self._is_joined(index):
                break
            if word.capital and word.folded in self._lists.no_surnames and not self._is_initial(index):
                break
            if word.capital and (word.end - word.start > 1 or self._is_initial(index)):
                last = index
            elif word.folded not in self._lists.particles:
                break
        return last

    def _is_saint(self, index: int) -> bool:
        if index == 0 or self._words[index - 1].folded not in self._lists.saints:
            return False
        between = self._text[self._words[index - 1].end : self._words[index].start]
        return between in (" ", ". ", ".", "'", "’", "-", "_", ".\n", "\n")

    def _is_named_after(self, index: int) -> bool:
        """Whether the words before a name say what is named after it; a role before them makes the name a person's."""
        for at in range(index - 1, max(index - 1 - _VENUE_WORDS, -1), -1):
            word, following = self._words[at], self._words[at + 1]
            between = self._text[word.end : following.start]
            if _CLAUSE_END.search(between) and not (between.strip() == "." and word.end - word.start <= 4):
                return False
            if word.folded in self._lists.named:
                return word.capital or not self._has_role(at)
            if word.folded in _CONJUNCTIONS and not self._is_pair_of_founders(at):
                return False
        return False

    def _is_pair_of_founders(self, at: int) -> bool:
        """Whether a conjunction joins two given names, as in `Fondation Daniel et Nina Carasso`."""
        before = self._words[at - 1] if at else None
        is_joined = before is not None and before.capital and before.folded in self._lists.given_names
        return is_joined and at > 1 and self._words[at].folded in _PAIRS and self._words[at - 2].folded in _FOUNDATIONS

    def _has_role(self, index: int) -> bool:
        return any(
            self._words[at].folded in self._lists.roles
            and not _CLAUSE_END.search(self._text[self._words[at].end : self._words[index].start])
            for at in range(max(0, index - 3), index)
        )

    def _names_what_follows(self, last: int) -> bool:
        """Whether the word after a name and its further words is one such as `School` of `Luca Neri School`."""
        last = self._last_of_run(last + 1, joined=True) or last
        if last + 1 == len(self._words):
            return False
        following = self._words[last + 1]
        between = self._text[self._words[last].end : following.start]
        return between in _BEFORE_VENUE and following.capital and following.folded in self._lists.following_venues

    def _is_followed_by_body(self, last: int) -> bool:
        following = self._words[last + 1 : last + 3]
        return any(each.folded in self._lists.named and self._is_joined(last + 1) for each in following)

    # -------------------------------------------------------------------------------------------------------- health

    def _health(self, names: list[Span]) -> Iterator[tuple[Span, str]]:
        """The clauses about health in the sentences of names."""
        ends = list(self._sentence_ends(names))
        name = 0
        for word in self._words:
            if word.folded not in self._lists.health:
                continue
            while name + 1 < len(names) and names[name + 1][0] < word.start:
                name += 1
            nearest = [each for each in names[name : name + 2] if not self._is_apart(each, word, ends)]
            if nearest:
                yield self._clause(word, [end for _, end in nearest if end <= word.start]), "health"

    def _sentence_ends(self, names: list[Span]) -> Iterator[int]:
        """The ends of sentences; a dot within a name, such as `Sig. Neri`, ends none."""
        at = 0
        for found in _SENTENCE_END.finditer(self._text):
            while at < len(names) and names[at][1] <= found.start():
                at += 1
            if at == len(names) or found.start() < names[at][0]:
                yield found.start()

    @staticmethod
    def _is_apart(name: Span, word: _Word, ends: list[int]) -> bool:
        """Whether a sentence ends between a name and a word."""
        return bisect_left(ends, min(name[1], word.start)) != bisect_left(ends, max(name[0], word.start))

    def _clause(self, word: _Word, name_ends: list[int]) -> Span:
        """The clause around a word: at most `_CLAUSE` characters on each side, and not the name before it."""
        start = max([0, word.start - _CLAUSE, *name_ends])
        before = _CLAUSE_BEFORE.match(self._text[start : word.start][::-1])
        after = _CLAUSE_AFTER.match(self._text, word.end)
        return word.start - (before.end() if before else 0), after.end() if after else word.end
