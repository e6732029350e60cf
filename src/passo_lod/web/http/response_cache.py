"""Cache the prepared responses of one release, so that a document is described, serialised and hashed once."""

from collections import OrderedDict
from typing import NamedTuple

from passo_lod.media_types import MediaType
from passo_lod.web.http.conditional_requests import PreparedResponse

MEBIBYTE = 1024 * 1024
_OVERHEAD = 1024
"""Bytes that an entry needs beside its body and headers."""


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


class ResponseCache:
    """Prepared responses, at most so many bytes of them; the least recently used is evicted.

    There is one for each served release, which never changes, so that nothing needs to be invalidated. Only the event loop uses it.
    """

    def __init__(self, capacity: int = 64 * MEBIBYTE, largest: int = 4 * MEBIBYTE) -> None:
        """Create an empty cache.

        Args:
            capacity: bytes of all responses.
            largest: bytes of a response; a larger one is not cached.
        """
        self._capacity = capacity
        self._largest = largest
        self._size = 0
        self._responses: OrderedDict[RepresentationKey, PreparedResponse] = OrderedDict()

    def get(self, key: RepresentationKey) -> PreparedResponse | None:
        """The response of a key, if it is cached."""
        response = self._responses.get(key)
        if response is not None:
            self._responses.move_to_end(key)
        return response

    def put(self, key: RepresentationKey, response: PreparedResponse) -> None:
        """Cache a response, and evict others until all are within the capacity."""
        if key in self._responses or response.size > self._largest:
            return
        self._responses[key] = response
        self._size += _size(key, response)
        while self._size > self._capacity:
            self._size -= _size(*self._responses.popitem(last=False))


def _size(key: RepresentationKey, response: PreparedResponse) -> int:
    return len(key.target) + response.size + _OVERHEAD
