"""Mask personal data in texts before they are published or reported, for the mappers, the pipeline and drafting.

The prose of public bodies contains names, addresses and telephone numbers of officials and citizens (docs/privacy.md). In doubt a text is masked.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from passo_lod.mapping.person_names import find_names
from passo_lod.mapping.personal_data import PATTERNS, find_patterns
from passo_lod.messages.localised_text import CatalogueText, Value

MASK = "[…]"
PERSON = "name of a person"
_NAMES = (PERSON, "minor", "health")

KINDS = tuple(dict.fromkeys((*PATTERNS, *_NAMES)))
"""Kinds of personal data; they stand in reports and mapping.yaml."""

KINDS_IN_ADDRESSES = frozenset({PERSON, "e-mail address", "telephone number", "social profile"})
"""Kinds that an address of a page or file can contain; its numbers resemble the other kinds."""

_PART = re.compile(r"(?:[^,;/()\n \t]|[ \t](?![-–] ))+")


@dataclass(frozen=True, order=True)
class PersonalData:
    """A place of personal data in a text.

    Attributes:
        start: the index of its first character.
        end: the index after its last character.
        kind: one of `KINDS`.
    """

    start: int
    end: int
    kind: str


def redact(text: str, kinds: Collection[str] = KINDS) -> tuple[str, list[str]]:
    """Return the text with personal data masked, and the kinds of data that were found, one for each place.

    Args:
        text: a text to publish.
        kinds: some of `KINDS`; a source's mapping.yaml can list fewer (`mask`).

    >>> redact("Scrivere a mario.inventato@example.org o al sindaco Luca Neri.")
    ('Scrivere a […] o al sindaco […].', ['e-mail address', 'name of a person'])
    >>> redact("Legge 15/2018, tre incontri nel 2020 in Via Aldo Moro")
    ('Legge 15/2018, tre incontri nel 2020 in Via Aldo Moro', [])
    """
    found = find_personal_data(text, kinds)
    return mask(text, found), [place.kind for place in found]


def kind_names(kinds: Iterable[str]) -> tuple[Value, ...]:
    """Return the names of kinds of personal data for a message, each once."""
    return tuple(CatalogueText(f"personal-data.{kind}") for kind in sorted(set(kinds)))


def mask(text: str, places: Sequence[PersonalData]) -> str:
    """Return a text with `MASK` instead of the places, which are in their order and do not overlap."""
    starts = [0, *(place.end for place in places)]
    ends = [*(place.start for place in places), len(text)]
    return MASK.join(text[start:end] for start, end in zip(starts, ends, strict=True))


def file_name_words(text: str) -> str:
    """Return a file name or an address as text in which names can be found: decoded, with spaces for underscores.

    >>> file_name_words("media/CV_Luca%20Neri.pdf")
    'media/CV Luca Neri.pdf'
    """
    return unquote(text).replace("_", " ").replace("+", " ")


def find_other_parts(text: str, allowed: re.Pattern[str]) -> list[PersonalData]:
    """Return the parts of a text that do not match a pattern of what may be published, and thus may name a person.

    Parts stand between punctuation marks. In a part that matches, what stands before the match is returned if it has a capital letter.

    >>> text = "Luca Neri, Ufficio stampa del Comune di Bomporto (Anna)"
    >>> mask(text, find_other_parts(text, re.compile("(?i)ufficio|comune")))
    '[…], Ufficio stampa del Comune di Bomporto ([…])'
    """
    return list(_merge(_other_parts(text, allowed)))


def _other_parts(text: str, allowed: re.Pattern[str]) -> Iterator[PersonalData]:
    for part in _PART.finditer(text):
        match = allowed.search(part[0])
        other = part[0][: match.start()] if match else part[0]
        if any(character.isupper() for character in other) or (not match and any(map(str.isalnum, other))):
            stripped = other.rstrip()
            start = part.start() + len(other) - len(other.lstrip())
            yield PersonalData(start, part.start() + len(stripped), PERSON)


def find_personal_data(text: str, kinds: Collection[str] = KINDS) -> list[PersonalData]:
    """Return the places of personal data in a text, in their order and without overlaps.

    Args:
        text: any text.
        kinds: some of `KINDS`.
    """
    found = [PersonalData(*span, kind) for span, kind in find_patterns(text, kinds)]
    found += [PersonalData(*span, kind) for span, kind in find_names(text) if kind in kinds]
    return list(_merge(sorted(found)))


def _merge(places: Iterable[PersonalData]) -> Iterator[PersonalData]:
    """Join places that overlap; the kind is that of the first."""
    current = None
    for place in places:
        if current is not None and place.start < current.end:
            current = PersonalData(current.start, max(current.end, place.end), current.kind)
            continue
        if current is not None:
            yield current
        current = place
    if current is not None:
        yield current
