"""Serialise the result of a query as bytes, up to a size limit; for the workers, the remote store and the command line."""

import io
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Triple

from passo_lod.media_types import DATASETS, GRAPHS, RESULTS, TRIG, TURTLE, MediaType
from passo_lod.namespaces import PREFIXES

Result = QuerySolutions | QueryBoolean | QueryTriples | Iterable[Triple]

_WITH_PREFIXES = (TURTLE, TRIG)


class ResultTooLarge(Exception):
    """The serialised result has more bytes than the limit."""


class BoundedBuffer(io.BytesIO):
    """A binary stream in memory that raises ResultTooLarge when it exceeds a number of bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: Any, /) -> int:
        """Append bytes.

        Raises:
            ResultTooLarge: the limit is exceeded.
        """
        written = super().write(data)
        if self.tell() > self._limit:
            raise ResultTooLarge
        return written


def is_graph(result: object) -> bool:
    """Whether a result consists of triples, as opposed to solutions or a boolean."""
    return isinstance(result, QueryTriples | list)


def offered_media_types(result: object) -> str:
    """The names of the media types for this form of result, separated by commas."""
    return ", ".join(media_type.name for media_type in ((*GRAPHS, *DATASETS) if is_graph(result) else RESULTS))


def write_result(result: Result, media_type: MediaType, limit: int) -> bytes:
    """Serialise a result.

    Raises:
        ResultTooLarge: it has more than `limit` bytes.
    """
    buffer = BoundedBuffer(limit)
    if isinstance(result, QuerySolutions | QueryBoolean):
        result.serialize(buffer, format=media_type.results)
    else:
        prefixes = dict(PREFIXES) if media_type in _WITH_PREFIXES else None
        ox.serialize(result, buffer, format=media_type.rdf, prefixes=prefixes)
    return buffer.getvalue()
