"""Choose what to send from what a client says it takes (RFC 9110, 12.5)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from passo_lod.media_types import JSON_LD, RDF_XML, RESULTS_JSON, RESULTS_XML, MediaType

ALIASES: Mapping[MediaType, tuple[str, ...]] = {
    RESULTS_JSON: ("application/json",),
    RESULTS_XML: ("application/xml", "text/xml"),
    JSON_LD: ("application/json",),
    RDF_XML: ("application/xml", "text/xml"),
}
"""General names by which clients ask for our special ones; the answer carries the special name."""

_QUOTED = r'"(?:[^"\\]|\\.)*+(?:"|\\?$)'
"""A text in quotes; one that is not closed goes to the end, and is not looked for again from every place in it."""
_MEMBER = re.compile(rf'(?:[^,"]|{_QUOTED})++')
_PARAMETER = re.compile(rf'(?:[^;"]|{_QUOTED})++')
_MOST_WISHES = 200
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")


@dataclass(frozen=True)
class AcceptedRange:
    """One member of an `Accept` or `Accept-Language` header."""

    name: str
    quality: float


def parse_accept(header: str) -> Iterator[AcceptedRange]:
    """The members of a header, as far as it is read; one with a weight that is no weight is left out.

    >>> list(wishes("text/html, text/turtle;q=0.5"))
    [Wish(name='text/html', quality=1.0), Wish(name='text/turtle', quality=0.5)]
    """
    for member in islice(_MEMBER.finditer(header), _MOST_WISHES):
        name, *parameters = [part.strip().lower() for part in _PARAMETER.findall(member[0])] or [""]
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")] or ["1"]
        if name and _QUALITY.match(weights[0]):
            yield AcceptedRange(name, float(weights[0]))


def ranked(accept: str | None, offered: Sequence[MediaType]) -> list[MediaType]:
    """What the client takes of what is offered, best first; where it does not care, in the order offered.

    >>> from passo_lod.media_types import HTML, TURTLE
    >>> [each.name for each in ranked("text/html, */*;q=0.1", (TURTLE, HTML))]
    ['text/html', 'text/turtle']
    """
    wanted = list(parse_accept(accept)) if accept is not None and accept.strip() else [AcceptedRange("*/*", 1.0)]
    qualities = {media_type: _quality(media_type, wanted) for media_type in offered}
    return sorted((each for each in offered if qualities[each] > 0), key=lambda each: -qualities[each])


def best(accept: str | None, offered: Sequence[MediaType]) -> MediaType | None:
    """The first of `ranked`, if any."""
    return next(iter(ranked(accept, offered)), None)


def _quality(media_type: MediaType, wanted: Sequence[AcceptedRange]) -> float:
    """The weight of the most specific range that fits, whatever the weight is (RFC 9110, 12.5.1)."""
    fitting = [(_specificity(media_type, wish.name), wish.quality) for wish in wanted]
    return max((each for each in fitting if each[0] > 0), default=(0, 0.0))[1]


def _specificity(media_type: MediaType, name: str) -> int:
    if name == media_type.name:
        return 4
    if name in ALIASES.get(media_type, ()):
        return 3
    if name == media_type.name.partition("/")[0] + "/*":
        return 2
    return int(name == "*/*")


def languages(accept: str | None, override: str | None, offered: Sequence[str]) -> tuple[str, ...]:
    """The offered languages in the order the reader would have them; the first is the language of the page.

    >>> languages("en-GB, it;q=0.5", None, ("it", "en"))
    ('en', 'it')
    """
    qualities = {wish.name.partition("-")[0]: wish.quality for wish in reversed(list(parse_accept(accept or "")))}
    if override in offered:
        qualities = {str(override): 2.0}
    return tuple(sorted(offered, key=lambda language: -qualities.get(language, qualities.get("*", 0.0))))
