"""Compare the name of a column with the words for a term, whatever the language, case, spelling and word order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from passo_lod.drafting.hints import Hints
from passo_lod.text_folding import fold

SURE, LIKELY, POSSIBLE = 96.0, 82.0, 62.0
"""Similarity, of 100, from which a match is sure, a guess, or a suggestion."""

_PATH_PENALTY = 15.0


@dataclass(frozen=True)
class NameMatch:
    """The word for a term that a column's name is most similar to, the similarity (of 100), and the word's language."""

    score: float
    word: str = ""
    language: str | None = None


def match_name(name: str, words: Iterable[tuple[str, str | None]], hints: Hints) -> NameMatch:
    """Find the word that a column's name is most similar to.

    Args:
        name: the column's name, or a path such as `organizer.name`.
        words: the words, each with its language.
        hints: for stop words and the codes of languages.
    """
    variants = _variants(name, hints)
    matches = (
        NameMatch(_similarity(variant, normalise_name(word), hints) - penalty, word, language)
        for variant, penalty in variants.items()
        for word, language in words
    )
    return max(matches, key=lambda each: each.score, default=NameMatch(0.0))


def _variants(name: str, hints: Hints) -> dict[str, float]:
    """The name, and for a path such as `organizer.name` also its last key, each with a penalty on its similarity."""
    keys = name.split(".") if re.fullmatch(r"[^\s.]+(\.[^\s.]+)+", name) else [name]
    while len(keys) > 1 and keys[-1] in hints.languages:
        keys = keys[:-1]
    last_key = {normalise_name(keys[-1]): _PATH_PENALTY if len(keys) > 1 else 0.0}
    return last_key | {normalise_name(".".join(keys)): 0.0}


def normalise_name(name: str) -> str:
    """A name in lower case, without brackets, accents and punctuation.

    >>> normalise_name("nb_Participants (est.)"), normalise_name("startDate")
    ('nb participants', 'start date')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\([^()]*+\)|\[[^\[\]]*+\]", " ", name))
    folded = " ".join(re.sub(r"[^\w%°]+", " ", fold(re.sub(r"[_/]", " ", spaced))).split())
    return folded or fold(name)


def _similarity(name: str, word: str, hints: Hints) -> float:
    """How similar two normalised names are, of 100: equal, of the same words, of nearly the same letters, or contained."""
    if name == word:
        return 100.0
    name_words, word_words = _significant_words(name, hints), _significant_words(word, hints)
    if name_words and sorted(name_words) == sorted(word_words):
        return 97.0
    if name_words and word_words:
        letters = fuzz.token_sort_ratio(" ".join(name_words), " ".join(word_words))
    else:
        letters = fuzz.ratio(name, word)
    # Short words are similar by chance (`anno` and `nome`), so that their similarity counts less.
    similarity = letters * 0.97 if min(len(name), len(word)) >= 5 else letters * 0.9
    if word_words and set(word_words) <= set(name_words):
        surplus = len(name_words) - len(word_words)
        return max(similarity, (92.0 if len(word_words) > 1 else 80.0) - 3 * surplus)
    return similarity


def _significant_words(name: str, hints: Hints) -> list[str]:
    return [word for word in name.split() if word not in hints.stop_words]
