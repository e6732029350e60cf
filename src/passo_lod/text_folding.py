"""Fold names for comparison, so that all spellings of a name are equal; choose the most frequent spelling; make paths printable."""

import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from passo_lod.memoize import memoize_short_texts

# White space, and all characters that people type for an apostrophe or a hyphen.
_SEPARATORS = re.compile(r"[\s'’‘‛ʼʹ′`\-‐‑‒–—―−]+")


@memoize_short_texts
def fold(text: str) -> str:
    """The form of a text for comparison: no case, accents, apostrophes, hyphens or repeated spaces.

    >>> fold("FORLÌ") == fold("Forli'") == fold("Forli`") == "forli"
    True
    >>> fold("L'Aquila") == fold("L’AQUILA") == fold("L' Aquila")
    True
    >>> fold("Friuli-Venezia  Giulia")
    'friuli venezia giulia'
    >>> fold("Ca’ Toschi"), fold("Eppan an der Weinstraße")
    ('ca toschi', 'eppan an der weinstrasse')

    An apostrophe counts as a space: at the end of a word it replaces an accent, and inside a name a space may follow it.
    Words are never joined, so `Santagata` is not `Sant'Agata`.
    """
    if text.isascii():
        return _SEPARATORS.sub(" ", text.casefold()).strip()
    plain = "".join(character for character in _decompose(text) if not _is_mark(character))
    return _SEPARATORS.sub(" ", plain).strip()


_LATIN = "ß:ss æ:ae œ:oe ø:o ł:l đ:d ð:d þ:th ħ:h ŧ:t ı:i ĸ:k ŋ:ng ə:e ƒ:f ɛ:e ɔ:o ɓ:b ɗ:d ƙ:k"
_GREEK = "α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s τ:t υ:y φ:f χ:ch ψ:ps ω:o"
_CYRILLIC = (
    "а:a б:b в:v г:g д:d е:e ж:zh з:z и:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh щ:shch ъ: ы:y ь: "
    "э:e ю:yu я:ya є:ie і:i ґ:g ђ:dj ј:j љ:lj њ:nj ћ:c џ:dz ѕ:dz"
)
_ASCII_LETTERS = {
    ord(letter): ascii_letters
    for letter, _, ascii_letters in (pair.partition(":") for pair in f"{_LATIN} {_GREEK} {_CYRILLIC}".split(" "))
    if len(letter) == 1
}
"""The ASCII letters for each small letter that has no accent to lose. IRIs are made of them, so that no entry may ever change."""


def to_ascii_letters(text: str) -> str:
    """A text in small letters, each Latin, Greek or Cyrillic letter as letters from a to z, each figure as one from 0 to 9.

    Other letters and all other characters stay.

    >>> to_ascii_letters("Łódź – ÆØ ß Ñ"), to_ascii_letters("Αθήνα Київ ١٢"), to_ascii_letters("日本")
    ('lodz – aeo ss n', 'athina kiiv 12', '日本')
    """
    if text.isascii():
        return text.casefold()
    plain = "".join(
        str(unicodedata.decimal(character, character)) for character in _decompose(text) if not _is_mark(character)
    )
    return plain.translate(_ASCII_LETTERS)


def printable_path(path: Path) -> str:
    r"""A path as text that can be encoded: bytes of a file's name that are not UTF-8 are escaped.

    >>> printable_path(Path("samples") / os.fsdecode(b"caff\xe8.txt"))
    'samples/caff\\xe8.txt'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def most_frequent(names: Mapping[str, int]) -> str:
    """The name that is written most often; of several, the first in the order of characters.

    >>> most_frequent({"Comune di Cento": 1, "Comune Cento": 1, "Cento": 0})
    'Comune Cento'

    Args:
        names: each name with the number of times that it is written.
    """
    return min(names, key=lambda name: (-names[name], name))


def _decompose(text: str) -> str:
    # Case folding can compose a letter again, so it is decomposed twice (Unicode 3.13, D145).
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _is_mark(character: str) -> bool:
    """Whether a character is a combining mark (the accent of a decomposed letter) or invisible, such as a soft hyphen."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) == "Cf"
