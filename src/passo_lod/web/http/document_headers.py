"""Build the headers of a document about a thing: Content-Location, Link (RFC 8288) and Last-Modified."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from passo_lod.media_types import HTML, PAGES, MediaType
from passo_lod.namespaces import DCT, FOAF
from passo_lod.web.http.headers import CACHED
from passo_lod.web.http.iri_policy import IriPolicy, as_uri, has_credentials

_MOST_TYPES = 3
_XSD_DATE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<time>\d\d:\d\d:\d\d)(\.\d+)?)?)?)?(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
"""xsd:gYear, xsd:gYearMonth, xsd:date and xsd:dateTime (XSD 1.1, 3.3), of four-digit years."""


@dataclass(frozen=True)
class DocumentMetadata:
    """What the headers of a document state.

    Attributes:
        thing: the IRI of the thing that the document describes.
        classes: the IRIs of its classes, sorted.
        modified: the lexical form of dct:modified.
        licence: the IRI of dct:license.
    """

    thing: str
    classes: tuple[str, ...]
    modified: str | None
    licence: str | None


def document_headers(
    document: str, metadata: DocumentMetadata, media_type: MediaType, iri_policy: IriPolicy
) -> dict[str, str]:
    """The headers of one representation of a document.

    Args:
        document: its path below `doc/`.
        metadata: of the document.
        media_type: of the representation.
        iri_policy: of the catalogue.
    """
    modified = last_modified(metadata.modified) if metadata.modified else None
    return {
        "Content-Location": as_uri(f"/doc/{document}.{media_type.extension}"),
        "Link": document_links(document, metadata, iri_policy),
        **({"Last-Modified": modified} if modified else {}),
        **CACHED,
    }


def document_links(document: str, metadata: DocumentMetadata, iri_policy: IriPolicy) -> str:
    """The `Link` header of a document: its other formats, canonical IRI, shapes, licence, classes and thing."""
    alternates = [
        f'<{as_uri(f"/doc/{document}.{media_type.extension}")}>; rel="alternate"; type="{media_type.name}"'
        for media_type in (HTML, *PAGES[1:])
    ]
    links = [
        ("canonical", iri_policy.canonical(document)),
        ("describedby", "/shapes"),
        ("license", metadata.licence),
        *(("type", iri) for iri in metadata.classes[:_MOST_TYPES]),
        (FOAF.primaryTopic.value, metadata.thing),
    ]
    shown = ((relation, target) for relation, target in links if target and not has_credentials(target))
    return ", ".join([*alternates, *(f'<{as_uri(target)}>; rel="{relation}"' for relation, target in shown)])


def tombstone_links(document: str, replaced_by: Iterable[str], iri_policy: IriPolicy) -> str:
    """The `Link` header of a document about a thing that is no longer published.

    Args:
        document: its path below `doc/`.
        replaced_by: the IRIs of dct:isReplacedBy.
        iri_policy: of the catalogue.
    """
    replacing = [f'<{as_uri(iri)}>; rel="{DCT.isReplacedBy.value}"' for iri in replaced_by]
    return ", ".join([f'<{as_uri(iri_policy.canonical(document))}>; rel="canonical"', *replacing])


def last_modified(date: str) -> str | None:
    """A date of XML Schema as an HTTP date (RFC 9110, 5.6.7): the start of a year, month or day; without zone, in UTC.

    Returns:
        None if the text is no such date.

    >>> last_modified("2022-12-21"), last_modified("2022"), last_modified("the year 2022")
    ('Wed, 21 Dec 2022 00:00:00 GMT', 'Sat, 01 Jan 2022 00:00:00 GMT', None)
    """
    found = _XSD_DATE.fullmatch(date.strip())
    if found is None:
        return None
    year, month, day = found["year"], found["month"] or "01", found["day"] or "01"
    zone = (found["zone"] or "Z").replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{found['time'] or '00:00:00'}{zone}")
        return format_datetime(moment.astimezone(UTC), usegmt=True)
    except (ValueError, OverflowError):
        return None
