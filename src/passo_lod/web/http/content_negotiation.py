"""Choose the media type and the language of a response from `Accept` and `Accept-Language` (RFC 9110, 12.5)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from itertools import islice
from typing import ParamSpec, TypeVar

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
_MOST_CACHED, _LONGEST_CACHED = 1024, 500
"""Results and characters; longer headers are rare, and parsed each time."""

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def cache_by_headers(choose: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Cache the results of a function of header values, except for long values."""
    cached = lru_cache(_MOST_CACHED)(choose)

    @wraps(choose)
    def choose_or_look_up(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        are_short = all(len(value) <= _LONGEST_CACHED for value in args if isinstance(value, str))
        return cached(*args, **kwargs) if are_short else choose(*args, **kwargs)  # type: ignore[arg-type]

    return choose_or_look_up


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


@cache_by_headers
def ranked(accept: str | None, offered: tuple[MediaType, ...]) -> tuple[MediaType, ...]:
    """The offered media types that the client accepts, best first; equal ones in the order offered.

    >>> from passo_lod.media_types import HTML, TURTLE
    >>> [media_type.name for media_type in ranked("text/html, */*;q=0.1", (TURTLE, HTML))]
    ['text/html', 'text/turtle']
    """
    ranges = list(parse_accept(accept)) if accept is not None and accept.strip() else [AcceptedRange("*/*", 1.0)]
    qualities = {media_type: _quality(media_type, ranges) for media_type in offered}
    accepted = (media_type for media_type in offered if qualities[media_type] > 0)
    return tuple(sorted(accepted, key=lambda media_type: -qualities[media_type]))


def best(accept: str | None, offered: tuple[MediaType, ...]) -> MediaType | None:
    """The first of `ranked`, if any."""
    return next(iter(ranked(accept, offered)), None)


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


@cache_by_headers
def languages(accept: str | None, override: str | None, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The offered languages, the reader's first.

    Args:
        accept: the header.
        override: the language that the reader chose on the page.
        offered: the languages of the pages; equal ones stay in this order.

    >>> languages("en-GB, it;q=0.5", None, ("it", "en"))
    ('en', 'it')
    """
    ranges = reversed(list(parse_accept(accept or "")))
    qualities = {accepted.name.partition("-")[0]: accepted.quality for accepted in ranges}
    if override in offered:
        qualities = {str(override): 2.0}
    return tuple(sorted(offered, key=lambda language: -qualities.get(language, qualities.get("*", 0.0))))
