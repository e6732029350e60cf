"""Where an IRI of ours is on this server, and which IRI a path stands for: the only module that knows the URI policy.

A thing has its IRI below `id/`, the document about it the same path below `doc/`, and parts are served with their whole:

    {base}id/process/xx-1           /id/process/xx-1            303 → /doc/process/xx-1
    {base}id/process/xx-1/phase/1   /id/process/xx-1/phase/1    303 → /doc/process/xx-1
    {vocabulary}onto/cost           /onto/cost                  303 → /doc/onto/cost

The vocabulary's home is fixed and the catalogue's base is a setting; both are the root of this server. No host name of a request is used.
"""

from dataclasses import dataclass
from urllib.parse import quote

from passo_lod.namespaces import VOCABULARY

VOCABULARY_ROOMS = ("onto", "controlled-vocabulary", "alignment", "shapes")
"""First segments of the paths whose IRIs belong to the vocabulary, not to the catalogue."""

_SERVED_WITH_ITS_WHOLE = 2
"""A thing below `id/` has a concept and a code; what follows names a part of it."""

_AS_IT_IS = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True)
class IriPolicy:
    """IRIs and paths of a catalogue with this base IRI."""

    base: str

    def iri(self, path: str) -> str:
        """The IRI of a path (without its first slash).

        >>> Addresses("https://example.org/").iri("onto/cost")
        'https://w3id.org/passo/onto/cost'
        """
        home = VOCABULARY if path.partition("/")[0] in VOCABULARY_ROOMS else self.base
        return home + path

    def path(self, iri: str) -> str | None:
        """The path of an IRI of ours, without its first slash; None for the IRIs of others.

        >>> Addresses("https://example.org/").path("https://example.org/id/place/x")
        'id/place/x'
        >>> Addresses("https://example.org/").path("https://w3id.org/passo/id/place/x")
        """
        paths = (iri.removeprefix(home) for home in (self.base, VOCABULARY) if iri.startswith(home))
        return next((path for path in paths if self.iri(path) == iri), None)

    def thing(self, document: str) -> str:
        """The IRI of the thing that a document (its path below `doc/`) is about.

        >>> Addresses("https://example.org/").thing("process/xx-1")
        'https://example.org/id/process/xx-1'
        """
        in_vocabulary = document.partition("/")[0] in VOCABULARY_ROOMS
        return self.iri(document if in_vocabulary else f"id/{document}")

    def document(self, iri: str) -> str | None:
        """The path below `doc/` of the document that describes the thing, whether or not there is one.

        >>> Addresses("https://example.org/").document("https://example.org/id/process/xx-1/phase/1")
        'process/xx-1'
        """
        path = self.path(iri.partition("#")[0])
        room, _, rest = (path or "").partition("/")
        if room == "id":
            return "/".join(rest.split("/")[:_SERVED_WITH_ITS_WHOLE])
        if room == "doc":
            return rest
        return path if path and room in VOCABULARY_ROOMS else None

    def canonical(self, document: str) -> str:
        """The lasting IRI of a document."""
        return f"{self.base}doc/{document}"


def as_uri(iri: str) -> str:
    """An IRI or a path in ASCII, as headers want it; what is percent-encoded already stays so.

    >>> as_uri("/doc/place/forlì")
    '/doc/place/forl%C3%AC'
    """
    return quote(iri, safe=_AS_IT_IS + "%#?[]")
