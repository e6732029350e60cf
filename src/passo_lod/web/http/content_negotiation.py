"""Choose the media type and the language of a response from `Accept` and `Accept-Language` (RFC 9110, 12.5)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from passo_lod.media_types import JSON_LD, RDF_XML, RESULTS_JSON, RESULTS_XML, MediaType

ALIASES: Mapping[MediaType, tuple[str, ...]] = {
    RESULTS_JSON: ("application/json",),
    RESULTS_XML: ("application/xml", "text/xml"),
    JSON_LD: ("application/json",),
    RDF_XML: ("application/xml", "text/xml"),
}
"""General media types by which clients ask for special ones; the response has the special one."""

_QUOTED = r'"(?:[^"\\]|\\.)*+(?:"|\\?$)'
"""A quoted string; an unclosed one ends with the header, so that the pattern needs linear time."""
_MEMBER = re.compile(rf'(?:[^,"]|{_QUOTED})++')
_PARAMETER = re.compile(rf'(?:[^;"]|{_QUOTED})++')
_MOST_RANGES = 200
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
_LONGEST_CACHED = 500
"""Characters; longer headers are rare, and parsed each time."""


@dataclass(frozen=True)
class AcceptedRange:
    """One member of an `Accept` or `Accept-Language` header."""

    name: str
    quality: float


def parse_accept(header: str) -> Iterator[AcceptedRange]:
    """Parse the first 200 members of a header; a member with a malformed weight is left out.

    >>> list(parse_accept("text/html, text/turtle;q=0.5"))
    [AcceptedRange(name='text/html', quality=1.0), AcceptedRange(name='text/turtle', quality=0.5)]
    """
    for member in islice(_MEMBER.finditer(header), _MOST_RANGES):
        name, *parameters = [part.strip().lower() for part in _PARAMETER.findall(member[0])] or [""]
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")] or ["1"]
        if name and _QUALITY.match(weights[0]):
            yield AcceptedRange(name, float(weights[0]))


def ranked(accept: str | None, offered: tuple[MediaType, ...]) -> tuple[MediaType, ...]:
    """The offered media types that the client accepts, best first; equal ones in the order offered.

    >>> from passo_lod.media_types import HTML, TURTLE
    >>> [media_type.name for media_type in ranked("text/html, */*;q=0.1", (TURTLE, HTML))]
    ['text/html', 'text/turtle']
    """
    rank = _rank_and_cache if accept is None or len(accept) <= _LONGEST_CACHED else _rank
    return rank(accept, offered)


def best(accept: str | None, offered: tuple[MediaType, ...]) -> MediaType | None:
    """The first of `ranked`, if any."""
    return next(iter(ranked(accept, offered)), None)


def _rank(accept: str | None, offered: tuple[MediaType, ...]) -> tuple[MediaType, ...]:
    ranges = list(parse_accept(accept)) if accept is not None and accept.strip() else [AcceptedRange("*/*", 1.0)]
    qualities = {media_type: _quality(media_type, ranges) for media_type in offered}
    accepted = (media_type for media_type in offered if qualities[media_type] > 0)
    return tuple(sorted(accepted, key=lambda media_type: -qualities[media_type]))


_rank_and_cache = lru_cache(1024)(_rank)


def _quality(media_type: MediaType, ranges: Sequence[AcceptedRange]) -> float:
    """The weight of the most specific range that matches, even if another has a higher weight (RFC 9110, 12.5.1)."""
    matching = [(_specificity(media_type, accepted.name), accepted.quality) for accepted in ranges]
    return max((match for match in matching if match[0] > 0), default=(0, 0.0))[1]


def _specificity(media_type: MediaType, name: str) -> int:
    if name == media_type.name:
        return 4
    if name in ALIASES.get(media_type, ()):
        return 3
    if name == media_type.name.partition("/")[0] + "/*":
        return 2
    return int(name == "*/*")


def languages(accept: str | None, override: str | None, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The offered languages, the reader's first.

    Args:
        accept: the header.
        override: the language that the reader chose on the page.
        offered: the languages of the pages; equal ones stay in this order.

    >>> languages("en-GB, it;q=0.5", None, ("it", "en"))
    ('en', 'it')
    """
    rank = _rank_languages if len(accept or "") > _LONGEST_CACHED else _rank_languages_and_cache
    return rank(accept or "", override if override in offered else None, offered)


def _rank_languages(accept: str, override: str | None, offered: tuple[str, ...]) -> tuple[str, ...]:
    ranges = reversed(list(parse_accept(accept)))
    qualities = {accepted.name.partition("-")[0]: accepted.quality for accepted in ranges}
    if override:
        qualities = {override: 2.0}
    return tuple(sorted(offered, key=lambda language: -qualities.get(language, qualities.get("*", 0.0))))


_rank_languages_and_cache = lru_cache(1024)(_rank_languages)
