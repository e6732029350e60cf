"""Mask personal data in texts before they are published or reported, for the mappers, the pipeline and drafting.

The prose of public bodies contains e-mail addresses and telephone numbers of officials (docs/privacy.md).
"""

import re
from collections.abc import Collection

MASK = "[…]"

_TITLES = (
    r"(?:[Ss]ig|[Dd]ott|[Dd]r|[Aa]vv|[Pp]rof|[Gg]eom|[Rr]ag)(?:\.\s?(?:ra|na|ssa|re|ri)\b)?\.?|(?:[Aa]rch|[Ii]ng|On)\."
)
_NAME = r"(?:[A-ZÀ-Ý]\.\s?){0,3}[A-ZÀ-Ý][\w'’-]+"
# Groups of two digits or more after a prefix of three or four; of three or more after 02 and 06, since `02-03-2020` is a day.
_LANDLINE = r"0[0-9]{1,3}\)?[\s./-]\s?(?:[0-9]{5,8}|[0-9]{3,4}(?:[ -][0-9]{2,4}){1,2})|0[0-9]{2,3}[\s./-][0-9]{2}(?:[ -][0-9]{2,3}){2,3}"
_MOBILE = r"3[0-9]{2}[\s./-]\s?(?:[0-9]{5,8}|[0-9]{2,4}(?:[ -][0-9]{2,4}){1,3})"

# Each pattern begins at a word boundary and has bounded repetitions: its time is linear in the length of the text.
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
"""Patterns of personal data by kind; the kinds stand in reports and mapping.yaml."""

_DIGIT = re.compile("[0-9]")
_NECESSARY: dict[str, re.Pattern[str]] = {
    "e-mail address": re.compile("@"),
    "fiscal code": _DIGIT,
    "IBAN": _DIGIT,
    "telephone number": _DIGIT,
}
"""A character that each kind needs: searching for it is fast, and most texts have none."""


def redact(text: str, kinds: Collection[str] = tuple(PATTERNS)) -> tuple[str, list[str]]:
    """Return the text with personal data masked, and the kinds of data that were found, one for each place.

    Args:
        text: a text to publish.
        kinds: keys of `PATTERNS`; a source's mapping.yaml can list fewer (`mask`).

    >>> redact("Scrivere a mario.inventato@example.org.")
    ('Scrivere a […].', ['e-mail address'])
    >>> redact("Legge 15/2018, tre incontri nel 2020")
    ('Legge 15/2018, tre incontri nel 2020', [])
    """
    found = []
    for kind in (kind for kind in PATTERNS if kind in kinds):
        if kind not in _NECESSARY or _NECESSARY[kind].search(text):
            text, count = PATTERNS[kind].subn(MASK, text)
            found += [kind] * count
    return text, found
