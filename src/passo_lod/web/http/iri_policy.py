"""Map the IRIs of a catalogue to paths on this server and back: the only module of `web` that knows the form of IRIs.

A thing has its IRI below `id/`, the document about it the same path below `doc/`, and a part of a thing is described in the thing's document:

    {base}id/process/xx-1           /id/process/xx-1            303 → /doc/process/xx-1
    {base}id/process/xx-1/phase/1   /id/process/xx-1/phase/1    303 → /doc/process/xx-1
    {vocabulary}onto/cost           /onto/cost                  303 → /doc/onto/cost

The namespace of the vocabulary is fixed and the catalogue's base is a setting; both are the root of this server. The `Host` header is never used.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from passo_lod.namespaces import VOCABULARY

VOCABULARY_SEGMENTS = (
    *("onto", "controlled-vocabulary", "alignment", "shapes"),
    *("comparison", "dimension", "measure", "attribute"),
)
"""First segments of the paths whose IRIs are in the vocabulary's namespace, not below the catalogue's base."""

_SEGMENTS_OF_A_THING = 2
"""A thing below `id/` has a concept and a code; further segments name a part of it."""

_UNQUOTED = "/:@!$&'()*+,;=-._~"
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class IriPolicy:
    """The IRIs and paths of a catalogue with this base IRI."""

    base: str

    def iri(self, path: str) -> str:
        """The IRI of a path (without its first slash).

        >>> IriPolicy("https://example.org/").iri("onto/cost")
        'https://w3id.org/passo/onto/cost'
        """
        namespace = VOCABULARY if path.partition("/")[0] in VOCABULARY_SEGMENTS else self.base
        return namespace + path

    def path(self, iri: str) -> str | None:
        """The path of an IRI of this catalogue, without its first slash; None for any other IRI.

        >>> IriPolicy("https://example.org/").path("https://example.org/id/place/x")
        'id/place/x'
        >>> IriPolicy("https://example.org/").path("https://w3id.org/passo/id/place/x")
        """
        namespaces = (self.base, VOCABULARY)
        paths = (iri.removeprefix(namespace) for namespace in namespaces if iri.startswith(namespace))
        return next((path for path in paths if self.iri(path) == iri), None)

    def thing(self, document: str) -> str:
        """The IRI of the thing that a document (its path below `doc/`) describes.

        >>> IriPolicy("https://example.org/").thing("process/xx-1")
        'https://example.org/id/process/xx-1'
        """
        in_vocabulary = document.partition("/")[0] in VOCABULARY_SEGMENTS
        return self.iri(document if in_vocabulary else f"id/{document}")

    def document(self, iri: str) -> str | None:
        """The path below `doc/` of the document that would describe the thing; it need not exist.

        >>> IriPolicy("https://example.org/").document("https://example.org/id/process/xx-1/phase/1")
        'process/xx-1'
        """
        path = self.path(iri.partition("#")[0])
        segment, _, rest = (path or "").partition("/")
        if segment == "id":
            return "/".join(rest.split("/")[:_SEGMENTS_OF_A_THING])
        if segment == "doc":
            return rest
        return path if path and segment in VOCABULARY_SEGMENTS else None

    def canonical(self, document: str) -> str:
        """The IRI of a document (its path below `doc/`)."""
        return f"{self.base}doc/{document}"


def as_uri(iri: str) -> str:
    """An IRI or a path as a URI, percent-encoded for headers (RFC 3987, 3.1); percent-encoded characters stay as they are.

    >>> as_uri("/doc/place/forlì"), as_uri("/onto/100%"), as_uri("/onto/%25")
    ('/doc/place/forl%C3%AC', '/onto/100%25', '/onto/%25')
    """
    return quote(_STRAY_PERCENT.sub("%25", iri), safe=_UNQUOTED + "%#?[]")


def has_credentials(iri: str) -> bool:
    """Whether the authority of an IRI has a user name or a password, or cannot be parsed (RFC 3986, 3.2.1 and 7.5).

    Such an address looks like that of another host, or discloses a password.

    >>> has_credentials("https://www.example.org@evil.example/"), has_credentials("mailto:info@example.org")
    (True, False)
    """
    try:
        return "@" in urlsplit(iri).netloc
    except ValueError:
        return True
