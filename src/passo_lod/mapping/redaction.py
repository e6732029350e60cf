"""Mask what could name or reach a person in a text, and say what was masked without repeating it.

What public bodies write of processes is prose, and prose holds the e-mail addresses and telephone numbers of officials.
Linked data multiplies what it publishes, so these are masked before anything is written (docs/privacy.md).
"""

import re
from collections.abc import Collection

MASK = "[…]"

_TITLES = (
    r"(?:[Ss]ig|[Dd]ott|[Dd]r|[Aa]vv|[Pp]rof|[Gg]eom|[Rr]ag)(?:\.\s?(?:ra|na|ssa|re|ri)\b)?\.?|(?:[Aa]rch|[Ii]ng|On)\."
)
_NAME = r"(?:[A-ZÀ-Ý]\.\s?){0,3}[A-ZÀ-Ý][\w'’-]+"
# In two figures or more after a prefix of three; after 02 and 06 in three or more, since `02-03-2020` is a day.
_LANDLINE = r"0[0-9]{1,3}\)?[\s./-]\s?(?:[0-9]{5,8}|[0-9]{3,4}(?:[ -][0-9]{2,4}){1,2})|0[0-9]{2,3}[\s./-][0-9]{2}(?:[ -][0-9]{2,3}){2,3}"
_MOBILE = r"3[0-9]{2}[\s./-]\s?(?:[0-9]{5,8}|[0-9]{2,4}(?:[ -][0-9]{2,4}){1,3})"

# Each pattern begins at the edge of a word and is bounded, so that a long line takes no longer than its length.
PATTERNS: dict[str, re.Pattern[str]] = {
    "e-mail address": re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "fiscal code": re.compile(r"\b[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]\b", re.IGNORECASE),
    "IBAN": re.compile(r"\bIT[0-9]{2}\s?[A-Z]\s?(?:[0-9]\s?){10}(?:[A-Z0-9]\s?){11}[A-Z0-9]\b"),
    "telephone number": re.compile(
        r"\b(?:tel|cell|fax|telefono|cellulare|telefonare al)\b[.:]?(?:\s?(?:n\.|numero))?\s*[+(]?[0-9][0-9\s./()-]{4,18}[0-9]"
        r"|(?:\+|\b00)39[\s.]?\(?[0-9][0-9\s./()-]{5,14}[0-9]"
        rf"|(?<![\w/.,-])\(?(?:{_LANDLINE}|{_MOBILE})(?![\w/]|[.,][0-9])"
        r"|(?<![\w/.,-])(?:3[0-9]{8,9}|0[0-9]{8,9})(?![\w/]|[.,][0-9])",
        re.IGNORECASE,
    ),
    "person with a title": re.compile(rf"\b(?:{_TITLES})\s{_NAME}(?:\s{_NAME}){{0,2}}"),
}
"""What is masked, by the word a report uses for it."""

_FIGURE = re.compile("[0-9]")
_SIGNS: dict[str, re.Pattern[str]] = {
    "e-mail address": re.compile("@"),
    "fiscal code": _FIGURE,
    "IBAN": _FIGURE,
    "telephone number": _FIGURE,
}
"""What a text must hold if it is to hold the data: it is soon looked for, and most texts hold none."""


def redact(text: str, kinds: Collection[str] = tuple(PATTERNS)) -> tuple[str, list[str]]:
    """The text with personal data masked, and the kinds of data that were found.

    Args:
        text: what is to be published.
        kinds: which of `PATTERNS` to mask; all of them, unless a source's mapping says otherwise.

    >>> redact("Scrivere a mario.inventato@example.org.")
    ('Scrivere a […].', ['e-mail address'])
    >>> redact("Legge 15/2018, tre incontri nel 2020")
    ('Legge 15/2018, tre incontri nel 2020', [])
    """
    found = []
    for kind in (kind for kind in PATTERNS if kind in kinds):
        if kind not in _SIGNS or _SIGNS[kind].search(text):
            text, count = PATTERNS[kind].subn(MASK, text)
            found += [kind] * count
    return text, found
