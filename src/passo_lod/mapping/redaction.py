"""Mask what could name or reach a person in a text, and say what was masked without repeating it.

What public bodies write of processes is prose, and prose holds the e-mail addresses and telephone numbers of officials.
Linked data multiplies what it publishes, so these are masked before anything is written (docs/privacy.md).
"""

import re

MASK = "[…]"

_TITLES = r"(?:Sig|Dott|Dr|Arch|Ing|Avv|Prof|Geom|Rag|On)(?:\.?\s?(?:ra|ssa|re))?"
_NAME = r"[A-ZÀ-Ý][a-zà-ÿ'’]+"

PATTERNS: dict[str, re.Pattern[str]] = {
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "fiscal code": re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"),
    "IBAN": re.compile(r"\bIT\d{2}\s?[A-Z]\s?(?:\d\s?){10}(?:[A-Z0-9]\s?){12}\b"),
    "telephone number": re.compile(r"(?<![\d/.,-])(?:\+39[\s.]?)?(?:0\d{1,3}|3\d{2})[\s./-]\d{5,8}(?![\d/])"),
    "person with a title": re.compile(rf"\b{_TITLES}\.?\s{_NAME}(?:\s{_NAME}){{0,2}}"),
}
"""What is masked, by the word a report uses for it."""


def redact(text: str) -> tuple[str, list[str]]:
    """The text with personal data masked, and the kinds of data that were found.

    >>> redact("Scrivere a mario.inventato@example.org.")
    ('Scrivere a […].', ['e-mail address'])
    >>> redact("Legge 15/2018, tre incontri nel 2020")
    ('Legge 15/2018, tre incontri nel 2020', [])
    """
    found = []
    for kind, pattern in PATTERNS.items():
        text, count = pattern.subn(MASK, text)
        found += [kind] * count
    return text, found
