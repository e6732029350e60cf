"""Convert file names, file paths and web addresses to titles, media types and IRIs, for mapping.yaml's `convert`."""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.converters.conversion import ConversionError

MEDIA_TYPES = {
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "odt": "application/vnd.oasis.opendocument.text",
    "p7m": "application/pkcs7-mime",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""File extensions and their media types in IANA's registry."""


def to_media_type(text: str) -> NamedNode | None:
    """Convert a file extension to its media type's IRI; None for an unknown extension.

    >>> to_media_type("PDF").value
    'https://www.iana.org/assignments/media-types/application/pdf'
    """
    name = MEDIA_TYPES.get(text.strip().casefold())
    return NamedNode(f"https://www.iana.org/assignments/media-types/{name}") if name else None


_FILE = re.compile(r"(?P<folder>.*/)?(?P<name>[^/]+?)(?:\.(?P<extension>[A-Za-z0-9]{2,4}))? ?/?")


def to_media_type_of_file(text: str) -> NamedNode | None:
    """Convert a file name or path to its media type's IRI, by the extension."""
    match = _match_file(text)
    return to_media_type(match["extension"]) if match and match["extension"] else None


def _match_file(text: str) -> re.Match[str] | None:
    return _FILE.fullmatch(" ".join(text.split()))


def file_address(site: str) -> Callable[[str], NamedNode | None]:
    """Return a converter from a path to an IRI below `site`; None for a bare file name or several lines.

    >>> file_address("https://example.org/")("media/a b.pdf").value
    'https://example.org/media/a%20b.pdf'
    >>> file_address("https://example.org/")("https://example.com/a b.pdf").value
    'https://example.com/a%20b.pdf'
    >>> file_address("https://example.org/")("a b.pdf") is None
    True
    """

    def convert(text: str) -> NamedNode | None:
        path = text.strip().removesuffix("/").strip()
        if "/" not in path or "\n" in path:
            return None
        if path.startswith(("http://", "https://")):
            return to_web_page(quote(path, safe="/:?#[]@!$&'()*+,;=%~"))
        return NamedNode(site + quote(path.lstrip("/"), safe="/"))

    return convert


def to_web_page(text: str) -> NamedNode:
    """Convert an http or https address to an IRI."""
    if not re.match(r"https?://[^/]", text.strip()):
        raise ConversionError("convert.no-web-address")
    try:
        address, authority = NamedNode(text.strip()), urlsplit(text.strip()).netloc
    except ValueError as problem:
        raise ConversionError("convert.broken-web-address", {"error": str(problem)}) from problem
    if "@" in authority:
        raise ConversionError("convert.address-with-user")
    return address


def file_title(language: str) -> Callable[[str], Literal | None]:
    """Return a converter from a path to a title: the file name without folder and extension.

    >>> file_title("it")("media/relazione finale.pdf /").value
    'relazione finale'
    """

    def convert(text: str) -> Literal | None:
        match = _match_file(text)
        return Literal(match["name"].strip(), language=language) if match else None

    return convert
