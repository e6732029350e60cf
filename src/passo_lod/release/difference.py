"""What changed from one release to another: read off their two sorted dumps, side by side, once and without holding either.

A patch takes no more memory than two lines. What changed in words takes what the changes take (docs/feed.md).
"""

import gzip
import json
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.errors import ReleaseError
from passo_lod.release.tombstones import NOTES
from passo_lod.terms import DCT, FOAF, OWL, RDF, RDFS, SKOS, VOCABULARY

DUMP = "dump/passo.nq.gz"

KINDS = ("process", "record", "organisation", "place", "concept", "term", "dataset", "other")
"""What a change is a change of, in the order in which it is told."""

_KIND_OF_ROOM = {"controlled-vocabulary": "concept", "onto": "term", "alignment": "term", "shapes": "term"}
_ADDED, _REMOVED = "A", "D"
_NAMES = (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name)
_NAMING = tuple(f"<{each.value}>".encode() for each in _NAMES)
_TYPE, _DEPRECATED, _NOTE = (f"<{each.value}>".encode() for each in (RDF.type, OWL.deprecated, SKOS.changeNote))
_WHOLE = 3

Term = NamedNode | Literal
Line = tuple[str, bytes]
"""`A` or `D`, and a line of N-Quads that is added or removed."""


@dataclass(frozen=True)
class Edition:
    """A release as far as a comparison needs it.

    Attributes:
        titles: what its sources are called, by the IRIs of their datasets.
    """

    id: str
    base: str
    dump: Path
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "Edition":
        """Read what a release says of itself.

        Raises:
            ReleaseError: there is no whole release.
        """
        try:
            said = json.loads((folder / "manifest.json").read_bytes())
            titles = {each["dataset"]: each.get("title", {}) for each in said.get("sources", ())}
            edition = cls(said["id"], said["base"], folder / DUMP, titles)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise ReleaseError(f"{folder}: no release, or its manifest.json cannot be read ({problem})") from problem
        if not edition.dump.is_file():
            raise ReleaseError(f"{folder}: the release has no {DUMP}; publish it again")
        return edition

    def lines(self) -> Iterator[bytes]:
        """The quads, a line each, in the order of their bytes.

        Raises:
            ReleaseError: the dump cannot be read.
        """
        try:
            with gzip.open(self.dump, "rb") as file:
                yield from file
        except (OSError, EOFError) as problem:
            raise ReleaseError(f"{self.dump}: cannot be read ({problem}); publish the release again") from problem

    def thing(self, line: bytes) -> str:
        """What a line is about, as a whole."""
        return whole(_subject(line), self.base)


def merge(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are in one of two sorted sequences and not in the other.

    >>> list(merge([b"a", b"b"], [b"b", b"c"]))
    [('D', b'a'), ('A', b'c')]
    """
    left, right = iter(old), iter(new)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(left, None), next(right, None)
        elif other is None or (one is not None and one < other):
            yield _REMOVED, one or b""
            one = next(left, None)
        else:
            yield _ADDED, other
            other = next(right, None)


def patch(before: Edition, after: Edition) -> Iterator[bytes]:
    """RDF Patch (https://afs.github.io/rdf-patch/), line by line: what makes the first dump the second."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{after.base}feed#{before.id}..{after.id}")
    yield f'H id <uuid:{name}> .\nH from "{before.id}" .\nH to "{after.id}" .\nTX .\n'.encode()
    for sign, line in merge(before.lines(), after.lines()):
        yield sign.encode() + b" " + line
    yield b"TC .\n"


# ------------------------------------------------------------------------------------------------------------ things


def whole(subject: str, base: str) -> str:
    """The thing that a subject is, is a part of, or is the record of.

    >>> whole("https://example.org/doc/process/xx-1#missing-cost", "https://example.org/")
    'https://example.org/id/process/xx-1'
    >>> whole("https://other.example.org/x#y", "https://example.org/")
    'https://other.example.org/x#y'
    """
    if not subject.startswith(base):
        return subject
    path = subject[len(base) :].partition("#")[0].split("/")
    if path[0] in ("id", "doc") and len(path) >= _WHOLE:
        return f"{base}id/{path[1]}/{path[2]}"
    return subject.partition("#")[0]


def kind(thing: str, base: str) -> str:
    """One of `KINDS`.

    >>> kind("https://example.org/id/place/istat-08", "https://example.org/")
    'place'
    """
    home = base if thing.startswith(base) else VOCABULARY
    room, _, rest = thing.removeprefix(home).partition("/")
    if room == "id" and thing.startswith(home):
        found = rest.partition("/")[0]
    else:
        found = "dataset" if room == "dataset" else _KIND_OF_ROOM.get(room, "other")
    return found if found in KINDS else "other"


@dataclass
class Presence:
    """What a release says of a thing, in three words: anything at all; its class; that something became of it."""

    said: bool = False
    typed: bool = False
    marked: bool = False
    datasets: set[str] = field(default_factory=set)

    @property
    def there(self) -> bool:
        """Whether it is described; a tombstone has no class (release.tombstones)."""
        return self.said and (self.typed or not self.marked)

    def see(self, thing: str, line: bytes) -> None:
        """Take note of one more line about it."""
        self.said = True
        subject, predicate, _ = line.split(b" ", 2)
        if subject[1:-1] == thing.encode():
            self.typed |= predicate == _TYPE
            self.marked |= predicate in (_DEPRECATED, _NOTE)
        self.datasets.add(graph_of(line))


NOWHERE = Presence()


def graph_of(line: bytes) -> str:
    """The named graph of a line; all that is published stands in one."""
    return line.rpartition(b" <")[2].partition(b">")[0].decode()


def presences(edition: Edition, things: Collection[str]) -> dict[str, Presence]:
    """What a release says of some things."""
    found: dict[str, Presence] = {}
    for line in edition.lines():
        if (thing := edition.thing(line)) in things:
            found.setdefault(thing, Presence()).see(thing, line)
    return found


def event(before: Presence, after: Presence) -> str:
    """What happened to a thing: `added`, `removed`, `changed`; or `fate`: it was gone, and other things are said of that."""
    if after.there:
        return "changed" if before.there else "added"
    return "removed" if before.there else "fate"


# ------------------------------------------------------------------------------------------------------- in between


@dataclass(frozen=True)
class Edit:
    """A property of a thing, or of a part of it, with the values that went and those that came."""

    subject: str
    predicate: str
    old: tuple[Term, ...]
    new: tuple[Term, ...]


@dataclass(frozen=True)
class Change:
    """What happened to one thing.

    Attributes:
        event: `added`, `removed`, `changed`, or `fate` (it was gone, and something else is said of that).
        source: the dataset that says it.
        fate: why it is gone, one of `tombstones.NOTES`, where the release tells.
        reason: in the words of the source.
        edits: what changed, for `changed`.
    """

    thing: str
    kind: str
    event: str
    source: str
    fate: str = ""
    reason: str = ""
    replaced_by: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All that happened between two releases, and the names of all that is spoken of."""

    before: Edition
    after: Edition
    changes: tuple[Change, ...]
    names: Mapping[str, tuple[Literal, ...]]

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many of each kind and event."""
        return Counter((change.kind, change.event) for change in self.changes)


def compare(before: Edition, after: Edition) -> Difference:
    """What happened from one release to another.

    Raises:
        ReleaseError: one of the dumps cannot be read.
    """
    lines: dict[str, list[Line]] = {}
    for sign, line in merge(before.lines(), after.lines()):
        lines.setdefault(after.thing(line), []).append((sign, line))
    then, now = presences(before, lines), presences(after, lines)
    changes = [
        _change(thing, each, then.get(thing, NOWHERE), now.get(thing, NOWHERE), after) for thing, each in lines.items()
    ]
    ordered = tuple(sorted(changes, key=lambda each: (each.source, KINDS.index(each.kind), each.event, each.thing)))
    wanted = set(_spoken_of(ordered))
    return Difference(before, after, ordered, names(before, wanted) | names(after, wanted))


def _change(thing: str, lines: Sequence[Line], then: Presence, now: Presence, after: Edition) -> Change:
    what = event(then, now)
    change = Change(thing, kind(thing, after.base), what, min(now.datasets or then.datasets or {""}))
    if what == "changed":
        edits = tuple(_edits(lines))
        of_record = edits and all(edit.subject.startswith(f"{after.base}doc/") for edit in edits)
        return replace(change, edits=edits, kind="record" if of_record else change.kind)
    if what in ("removed", "fate"):
        return _with_fate(change, [quad for sign, quad in _parsed(lines) if sign == _ADDED])
    return change


def _edits(lines: Sequence[Line]) -> Iterator[Edit]:
    found: dict[tuple[str, str], tuple[list[Term], list[Term]]] = {}
    for sign, quad in _parsed(lines):
        old_and_new = found.setdefault((_value(quad.subject), quad.predicate.value), ([], []))
        if isinstance(quad.object, NamedNode | Literal):
            old_and_new[sign == _ADDED].append(quad.object)
    for (subject, predicate), (old, new) in sorted(found.items()):
        # What only moved from one dataset to another is said as before.
        gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
        if gone or come:
            yield Edit(subject, predicate, tuple(gone), tuple(come))


def _with_fate(change: Change, said: Sequence[Quad]) -> Change:
    about = [quad for quad in said if _value(quad.subject) == change.thing]
    notes = [quad.object for quad in about if quad.predicate == SKOS.changeNote and isinstance(quad.object, Literal)]
    by_note = {note["en"]: why for why, note in NOTES.items()}
    why = next((by_note[note.value] for note in notes if note.value in by_note), "absent" if not about else "")
    reason = next((note.value for note in notes if not note.language), "")
    by = tuple(sorted(_value(quad.object) for quad in about if quad.predicate == DCT.isReplacedBy))
    return replace(change, fate=why, reason=reason, replaced_by=by)


def _parsed(lines: Sequence[Line]) -> Iterator[tuple[str, Quad]]:
    quads = ox.parse(b"".join(line for _, line in lines), format=RdfFormat.N_QUADS)
    return zip((sign for sign, _ in lines), quads, strict=True)


def _spoken_of(changes: Iterable[Change]) -> Iterator[str]:
    """The IRIs that a reader would rather see the names of."""
    for change in changes:
        yield from (change.thing, change.source, *change.replaced_by)
        for edit in change.edits:
            yield from (edit.subject, edit.predicate)
            yield from (each.value for each in (*edit.old, *edit.new) if isinstance(each, NamedNode))


def names(edition: Edition, wanted: Collection[str]) -> dict[str, tuple[Literal, ...]]:
    """The names of some things, the most telling property first."""
    found: dict[str, dict[bytes, list[bytes]]] = {}
    for line in edition.lines():
        subject, predicate, _ = line.split(b" ", 2)
        if predicate in _NAMING and (iri := subject[1:-1].decode()) in wanted:
            found.setdefault(iri, {}).setdefault(predicate, []).append(line)
    best = ((iri, next(lines[each] for each in _NAMING if each in lines)) for iri, lines in found.items())
    return {iri: _literals(lines) for iri, lines in best}


def _literals(lines: Iterable[bytes]) -> tuple[Literal, ...]:
    objects = (quad.object for quad in ox.parse(b"".join(lines), format=RdfFormat.N_QUADS))
    return tuple(sorted({each for each in objects if isinstance(each, Literal)}, key=str))


def _subject(line: bytes) -> str:
    return line[1 : line.index(b">")].decode() if line.startswith(b"<") else line.partition(b" ")[0].decode()


def _value(node: object) -> str:
    return node.value if isinstance(node, NamedNode) else str(node)


# ---------------------------------------------------------------------------------------------------------- finding


def find(releases: Path, name: str) -> Path:
    """The folder of a release by its id, or by `current` or `previous` (the one before the current).

    Raises:
        ReleaseError: there is none of that name.
    """
    known = sorted(each.parent.name for each in releases.glob("[!.]*/manifest.json") if not each.parent.is_symlink())
    if name == "previous":
        current = find(releases, "current").name
        earlier = [each for each in known if each < current]
        if not earlier:
            raise ReleaseError(f"{releases}: there is no release before {current}; publish another, or name two")
        return releases / earlier[-1]
    folder = releases / name
    if not re.fullmatch(r"[\w.-]+", name) or not (folder / "manifest.json").is_file():
        raise ReleaseError(f"{releases}: no release {name!r}; known: {', '.join((*known, 'current', 'previous'))}")
    return folder.resolve()
