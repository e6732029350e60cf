"""Serialise the result of a query as bytes, up to a size limit; for the workers, the remote store and the command line."""

import io
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Triple

from passo_lod.errors import NotInXml
from passo_lod.media_types import DATASETS, GRAPHS, RDF_XML, RESULTS, RESULTS_XML, TRIG, TURTLE, MediaType
from passo_lod.namespaces import PREFIXES
from passo_lod.well_formed_xml import RESERVED, well_formed_xml

Result = QuerySolutions | QueryBoolean | QueryTriples | Iterable[Triple]

_WITH_PREFIXES = (TURTLE, TRIG)
_XML = (RDF_XML, RESULTS_XML)


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
    return _names((*GRAPHS, *DATASETS) if is_graph(result) else RESULTS)


def write_result(result: Result, media_type: MediaType, limit: int) -> bytes:
    """Serialise a result.

    Raises:
        ResultTooLarge: it has more than `limit` bytes.
        NotInXml: the media type is XML, which cannot hold the result.
    """
    if media_type not in _XML:
        return _serialise(result, media_type, limit)
    try:
        return well_formed_xml(_serialise(result, media_type, limit))
    except NotInXml as error:
        raise _other_syntaxes(error, media_type) from error
    except OSError as error:
        if "RDF/XML" not in str(error):
            raise
        raise _other_syntaxes(NotInXml(RESERVED), media_type) from error


def _serialise(result: Result, media_type: MediaType, limit: int) -> bytes:
    buffer = BoundedBuffer(limit)
    if isinstance(result, QuerySolutions | QueryBoolean):
        result.serialize(buffer, format=media_type.results)
    else:
        prefixes = dict(PREFIXES) if media_type in _WITH_PREFIXES else None
        ox.serialize(result, buffer, format=media_type.rdf, prefixes=prefixes)
    return buffer.getvalue()


def _other_syntaxes(error: NotInXml, media_type: MediaType) -> NotInXml:
    """The error with the media types to ask for instead."""
    others = RESULTS if media_type is RESULTS_XML else (*GRAPHS, *DATASETS)
    return NotInXml(f"{error}; ask for {_names([each for each in others if each is not media_type])}")


def _names(media_types: Iterable[MediaType]) -> str:
    return ", ".join(media_type.name for media_type in media_types)
