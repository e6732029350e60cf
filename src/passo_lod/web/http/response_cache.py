"""The cache of prepared responses of one release, so that a document is described, serialised and hashed once."""

from typing import NamedTuple

from passo_lod.bounded_cache import BoundedCache
from passo_lod.media_types import MediaType
from passo_lod.web.http.conditional_requests import PreparedResponse


class RepresentationKey(NamedTuple):
    """All that decides which representation a request is answered with.

    Attributes:
        target: path and query of the request.
        media_type: what content negotiation chose.
        languages: of the reader, best first; empty if the representation has no texts for people.
    """

    target: str
    media_type: MediaType | None
    languages: tuple[str, ...]


ResponseCache = BoundedCache[RepresentationKey, PreparedResponse]


def new_response_cache() -> ResponseCache:
    """Create the empty cache of a release."""
    return BoundedCache(lambda key, response: len(key.target) + response.size)
