"""Group subjects by the thing they belong to, and decide whether a thing was added, changed or removed between two dumps.

A thing is what has an id, such as a process or a place, with its parts and its record: `id/process/xx-1`, `id/process/xx-1/cost` and
`doc/process/xx-1` are one thing. Changes are computed and published per thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from passo_lod.namespaces import OWL, RDF, SKOS, VOCABULARY

KINDS = ("process", "record", "organisation", "place", "concept", "term", "dataset", "other")
"""The kinds of things, in the order in which changes are listed."""

_KIND_BY_PATH = {"controlled-vocabulary": "concept", "onto": "term", "alignment": "term", "shapes": "term"}
_TYPE, _DEPRECATED, _NOTE = (f"<{each.value}>".encode() for each in (RDF.type, OWL.deprecated, SKOS.changeNote))
_ID_SEGMENTS = 3
"""An id has three path segments, as in `id/process/xx-1`; more are a part of it."""


def thing_of(subject: str, base: str) -> str:
    """Return the IRI of the thing that a subject is, is a part of, or is the record of.

    >>> thing_of("https://example.org/doc/process/xx-1#missing-cost", "https://example.org/")
    'https://example.org/id/process/xx-1'
    >>> thing_of("https://other.example.org/x#y", "https://example.org/")
    'https://other.example.org/x#y'
    """
    if not subject.startswith(base):
        return subject
    path = subject[len(base) :].partition("#")[0].split("/")
    if path[0] in ("id", "doc") and len(path) >= _ID_SEGMENTS:
        return f"{base}id/{path[1]}/{path[2]}"
    return subject.partition("#")[0]


def kind_of(thing: str, base: str) -> str:
    """Return one of `KINDS`.

    >>> kind_of("https://example.org/id/place/istat-08", "https://example.org/")
    'place'
    """
    start = base if thing.startswith(base) else VOCABULARY
    first, _, rest = thing.removeprefix(start).partition("/")
    if first == "id" and thing.startswith(start):
        found = rest.partition("/")[0]
    else:
        found = "dataset" if first == "dataset" else _KIND_BY_PATH.get(first, "other")
    return found if found in KINDS else "other"


def subject_of(line: bytes) -> str:
    """Return the subject of a line of N-Quads: an IRI, or a blank node as it is written."""
    return line[1 : line.index(b">")].decode() if line.startswith(b"<") else line.partition(b" ")[0].decode()


def graph_of(line: bytes) -> str:
    """Return the IRI of the named graph of a line of N-Quads; every published line has one."""
    return line.rpartition(b" <")[2].partition(b">")[0].decode()


@dataclass(slots=True)
class SubjectState:
    """How a release describes a thing. Numbers can be differences between two releases, and negative.

    Attributes:
        lines: the number of lines.
        types: the number of its classes.
        tombstone_lines: the number of lines that only tombstones have (owl:deprecated, skos:changeNote).
        datasets: the named graphs of the lines.
    """

    lines: int = 0
    types: int = 0
    tombstone_lines: int = 0
    datasets: set[str] = field(default_factory=set)

    @property
    def is_published(self) -> bool:
        """Whether the thing is described, and not by a tombstone, which has no class (`identity.tombstones`)."""
        return self.lines > 0 and (self.types > 0 or self.tombstone_lines <= 0)

    def add_lines(self, thing: str, lines: Sequence[bytes], sign: int = 1) -> None:
        """Count lines about the thing, or with the sign -1 subtract them."""
        self.lines += sign * len(lines)
        start = f"<{thing}> <".encode()
        for line in lines:
            if line.startswith(start):
                predicate = line[len(start) - 1 : line.index(b" ", len(start))]
                self.types += sign * (predicate == _TYPE)
                self.tombstone_lines += sign * (predicate in (_DEPRECATED, _NOTE))
        self.datasets.update(map(graph_of, {line[line.rindex(b" <") :] for line in lines}))

    def minus(self, difference: "SubjectState") -> "SubjectState":
        """Return the state before a difference."""
        return SubjectState(
            self.lines - difference.lines,
            self.types - difference.types,
            self.tombstone_lines - difference.tombstone_lines,
        )


NOT_DESCRIBED = SubjectState()


def event_of(before: SubjectState, after: SubjectState) -> str:
    """Return what happened to a thing: `added`, `removed`, `changed`, or `status-changed` if only its tombstone changed."""
    if after.is_published:
        return "changed" if before.is_published else "added"
    return "removed" if before.is_published else "status-changed"
