"""One rule for "the same words": people write one name in many ways, and every lookup here has to agree on which are equal."""

import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_LONG = 200

# White space, and all that people type for an apostrophe or a hyphen.
_SEPARATORS = re.compile(r"[\s'’‘‛ʼʹ′`\-‐‑‒–—―−]+")


def remember_short_texts(function: Callable[[str], T]) -> Callable[[str], T]:
    """Remember what a function says of short texts, which come again and again; a long one hardly does, and takes room."""
    remembered = lru_cache(maxsize=1024)(function)

    @wraps(function)
    def ask(text: str) -> T:
        return remembered(text) if len(text) <= _LONG else function(text)

    return ask


@remember_short_texts
def fold(text: str) -> str:
    """The form of a text that is compared: no case, accents, apostrophes, hyphens or doubled spaces.

    >>> fold("FORLÌ") == fold("Forli'") == fold("Forli`") == "forli"
    True
    >>> fold("L'Aquila") == fold("L’AQUILA") == fold("L' Aquila")
    True
    >>> fold("Friuli-Venezia  Giulia")
    'friuli venezia giulia'
    >>> fold("Ca’ Toschi"), fold("Eppan an der Weinstraße")
    ('ca toschi', 'eppan an der weinstrasse')

    An apostrophe counts as a space: at the end of a word it stands in for an accent, and within a name it may be followed
    by a space or not. A word is never joined to the next, so `Santagata` is not `Sant'Agata`.
    """
    if text.isascii():
        return _SEPARATORS.sub(" ", text.casefold()).strip()
    plain = "".join(character for character in _decompose(text) if not _is_ornament(character))
    return _SEPARATORS.sub(" ", plain).strip()


def shown(path: Path) -> str:
    r"""A path as text that can be written: a file's name may hold bytes that are no UTF-8.

    >>> shown(Path("samples") / os.fsdecode(b"caff\xe8.txt"))
    'samples/caff\\xe8.txt'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def commonest(names: Mapping[str, int]) -> str:
    """The name that is written most often, and of several the first by its characters.

    >>> commonest({"Comune di Cento": 1, "Comune Cento": 1, "Cento": 0})
    'Comune Cento'
    """
    return min(names, key=lambda name: (-names[name], name))


def _decompose(text: str) -> str:
    # Folding case can give a composed letter again, so decomposition comes twice (Unicode 3.13, D145).
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _is_ornament(character: str) -> bool:
    """A combining mark (the accent of a decomposed letter) or an invisible sign such as a soft hyphen."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) == "Cf"
