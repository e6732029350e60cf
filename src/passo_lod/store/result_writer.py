"""Write a result whole, and never beyond a limit: where it cannot be kept there is none."""

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
    """The result has more bytes than the limit allows."""


class BoundedBuffer(io.BytesIO):
    """A file in memory that refuses to grow beyond a limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: Any, /) -> int:
        """Keep a piece."""
        written = super().write(data)
        if self.tell() > self._limit:
            raise ResultTooLarge
        return written


def is_graph(result: object) -> bool:
    """Whether a result is triples, and neither solutions nor a truth."""
    return isinstance(result, QueryTriples | list)


def offer(result: object) -> str:
    """What a client could ask for of such a result."""
    return ", ".join(media_type.name for media_type in ((*GRAPHS, *DATASETS) if is_graph(result) else RESULTS))


def write_result(result: Result, media_type: MediaType, limit: int) -> bytes:
    """The whole result as bytes.

    Raises:
        TooLarge: it has more than `limit` bytes.
    """
    spool = BoundedBuffer(limit)
    if isinstance(result, QuerySolutions | QueryBoolean):
        result.serialize(spool, format=media_type.results)
    else:
        prefixes = dict(PREFIXES) if media_type in _WITH_PREFIXES else None
        ox.serialize(result, spool, format=media_type.rdf, prefixes=prefixes)
    return spool.getvalue()
