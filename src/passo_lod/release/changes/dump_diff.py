"""What changed from one release to another: read off those pieces of their two sorted dumps that differ, side by side, without holding them.

A patch takes no more memory than two lines. What changed in words takes what the changes take (docs/feed.md).
"""

import json
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import DCT, FOAF, OWL, RDF, RDFS, SKOS, VOCABULARY
from passo_lod.release.dump import chunk_index as contents
from passo_lod.release.dump.chunk_index import ChunkIndex
from passo_lod.release.identity.tombstones import NOTES

DUMP = "dump/passo.nq.gz"

KINDS = ("process", "record", "organisation", "place", "concept", "term", "dataset", "other")
"""What a change is a change of, in the order in which it is told."""

_KIND_OF_ROOM = {"controlled-vocabulary": "concept", "onto": "term", "alignment": "term", "shapes": "term"}
_ADDED, _REMOVED = "A", "D"
_NAMES = (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name)
_NAMING = tuple(f"<{each.value}>".encode() for each in _NAMES)
_TYPE, _DEPRECATED, _NOTE = (f"<{each.value}>".encode() for each in (RDF.type, OWL.deprecated, SKOS.changeNote))
_WHOLE = 3
_STEP = 256
"""Lines that are looked at together: few enough for most such stretches to hold nothing that changed."""

Term = NamedNode | Literal
Line = tuple[str, bytes]
"""`A` or `D`, and a line of N-Quads that is added or removed."""


@dataclass(frozen=True)
class DumpRef:
    """A release as far as a comparison needs it.

    Attributes:
        titles: what its sources are called, by the IRIs of their datasets.
    """

    id: str
    base: str
    dump: Path
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "DumpRef":
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

    @cached_property
    def contents(self) -> ChunkIndex:
        """What stands where in the dump."""
        return ChunkIndex(self.dump, self.dump.parent.parent / contents.NAME)

    def thing(self, line: bytes) -> str:
        """What a line is about, as a whole."""
        if found := self._path.match(line):
            return f"{self.base}id/{found[1].decode()}"
        return full_patch(_subject(line), self.base)

    @cached_property
    def _path(self) -> re.Pattern[bytes]:
        """The common case of `full_patch`, at a glance."""
        return re.compile(rb"<%b(?:id|doc)/([^/#>]+/[^/#>]+)" % re.escape(self.base.encode()))

    def about(self, things: Collection[str] | None = None) -> Iterator[tuple[str, list[bytes]]]:
        """The lines about some things, or about all: those that follow on one another and are about one, with the thing."""
        starts = None if things is None else [start for thing in things for start in self._starts(thing)]
        lines = self.contents.lines() if starts is None else self.contents.near(starts)
        for thing, some in groupby(lines, key=self.thing):
            if things is None or thing in things:
                yield thing, list(some)

    def _starts(self, thing: str) -> Iterator[bytes]:
        """How lines about a thing, its parts and its record begin."""
        if full_patch(f"{thing}/part", self.base) != thing:
            yield from (f"<{thing}>".encode(), f"<{thing}#".encode())
            return
        record = f"{self.base}doc/{thing.removeprefix(f'{self.base}id/')}"
        yield from (f"<{iri}{end}".encode() for iri in (thing, record) for end in "/#>")


def merge(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are in one of two sorted sequences and not in the other.

    >>> list(merge([b"a", b"b"], [b"b", b"c"]))
    [('D', b'a'), ('A', b'c')]
    """
    left, right = _LookaheadLines(old), _LookaheadLines(new)
    while left.fill() | right.fill():
        if left.some == right.some:
            left.some, right.some = [], []
        else:
            yield from _merge_some(left, right)


class _LookaheadLines:
    """A sequence of which some lines are at hand, so that stretches that are equal are passed over at once."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.some: list[bytes] = []

    def fill(self) -> bool:
        """Have some lines at hand again; whether there are any."""
        self.some += islice(self._lines, _STEP - len(self.some))
        return bool(self.some)


def _merge_some(left: _LookaheadLines, right: _LookaheadLines) -> Iterator[Line]:
    """Merge what is at hand, until nothing is left on one side."""
    one, other = left.some, right.some
    i = j = 0
    while i < len(one) and j < len(other):
        if one[i] == other[j]:
            i, j = i + 1, j + 1
        elif one[i] < other[j]:
            yield _REMOVED, one[i]
            i += 1
        else:
            yield _ADDED, other[j]
            j += 1
    if not one:
        yield from ((_ADDED, line) for line in other)
        j = len(other)
    if not other:
        yield from ((_REMOVED, line) for line in one)
        i = len(one)
    left.some, right.some = one[i:], other[j:]


def differing(before: DumpRef, after: DumpRef) -> Iterator[Line]:
    """The lines that are in the dump of one release and not in that of the other.

    Raises:
        ReleaseError: one of them cannot be read.
    """
    return merge(before.contents.apart(after.contents), after.contents.apart(before.contents))


def patch(before: DumpRef, after: DumpRef) -> Iterator[bytes]:
    """RDF Patch (https://afs.github.io/rdf-patch/), line by line: what makes the first dump the second."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{after.base}feed#{before.id}..{after.id}")
    yield f'H id <uuid:{name}> .\nH from "{before.id}" .\nH to "{after.id}" .\nTX .\n'.encode()
    for sign, line in differing(before, after):
        yield sign.encode() + b" " + line
    yield b"TC .\n"


# ------------------------------------------------------------------------------------------------------------ things


def full_patch(subject: str, base: str) -> str:
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


@dataclass(slots=True)
class SubjectState:
    """What a release says of a thing: how many lines, how many of them name its class, how many say that something became of it."""

    said: int = 0
    typed: int = 0
    marked: int = 0
    datasets: set[str] = field(default_factory=set)

    @property
    def there(self) -> bool:
        """Whether it is described; a tombstone has no class (release.tombstones)."""
        return self.said > 0 and (self.typed > 0 or self.marked <= 0)

    def see(self, thing: str, lines: Sequence[bytes], times: int = 1) -> None:
        """Take note of more lines about it, or (-1) of fewer."""
        self.said += times * len(lines)
        start = f"<{thing}> <".encode()
        for line in lines:
            if line.startswith(start):
                predicate = line[len(start) - 1 : line.index(b" ", len(start))]
                self.typed += times * (predicate == _TYPE)
                self.marked += times * (predicate in (_DEPRECATED, _NOTE))
        self.datasets.update(map(graph_of, {line[line.rindex(b" <") :] for line in lines}))

    def without(self, news: "SubjectState") -> "SubjectState":
        """What was said before these lines came, and those that count as less went."""
        return SubjectState(self.said - news.said, self.typed - news.typed, self.marked - news.marked)


NOWHERE = SubjectState()


def graph_of(line: bytes) -> str:
    """The named graph of a line; all that is published stands in one."""
    return line.rpartition(b" <")[2].partition(b">")[0].decode()


def subject_states(edition: DumpRef, things: Collection[str]) -> dict[str, SubjectState]:
    """What a release says of some things."""
    found: dict[str, SubjectState] = {}
    for thing, lines in edition.about(things):
        found.setdefault(thing, SubjectState()).see(thing, lines)
    return found


def event(before: SubjectState, after: SubjectState) -> str:
    """What happened to a thing: `added`, `removed`, `changed`; or `fate`: it was gone, and other things are said of that."""
    if after.there:
        return "changed" if before.there else "added"
    return "removed" if before.there else "fate"


# ------------------------------------------------------------------------------------------------------- in between


@dataclass(frozen=True)
class PropertyEdit:
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
    edits: tuple[PropertyEdit, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All that happened between two releases, and the names of all that is spoken of."""

    before: DumpRef
    after: DumpRef
    changes: tuple[Change, ...]
    names: Mapping[str, tuple[Literal, ...]]

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many of each kind and event."""
        return Counter((change.kind, change.event) for change in self.changes)


def compare(before: DumpRef, after: DumpRef) -> Difference:
    """What happened from one release to another.

    Raises:
        ReleaseError: one of the dumps cannot be read.
    """
    lines: dict[str, list[Line]] = {}
    for sign, line in differing(before, after):
        lines.setdefault(after.thing(line), []).append((sign, line))
    then, now = subject_states(before, lines), subject_states(after, lines)
    changes = [
        _change(thing, each, then.get(thing, NOWHERE), now.get(thing, NOWHERE), after) for thing, each in lines.items()
    ]
    ordered = tuple(sorted(changes, key=lambda each: (each.source, KINDS.index(each.kind), each.event, each.thing)))
    wanted = set(_spoken_of(ordered))
    return Difference(before, after, ordered, names(before, wanted) | names(after, wanted))


def _change(thing: str, lines: Sequence[Line], then: SubjectState, now: SubjectState, after: DumpRef) -> Change:
    what = event(then, now)
    change = Change(thing, kind(thing, after.base), what, min(now.datasets or then.datasets or {""}))
    if what == "changed":
        edits = tuple(_edits(lines))
        of_record = edits and all(edit.subject.startswith(f"{after.base}doc/") for edit in edits)
        return replace(change, edits=edits, kind="record" if of_record else change.kind)
    if what in ("removed", "fate"):
        return _with_fate(change, [quad for sign, quad in _parsed(lines) if sign == _ADDED])
    return change


def _edits(lines: Sequence[Line]) -> Iterator[PropertyEdit]:
    found: dict[tuple[str, str], tuple[list[Term], list[Term]]] = {}
    for sign, quad in _parsed(lines):
        old_and_new = found.setdefault((_value(quad.subject), quad.predicate.value), ([], []))
        if isinstance(quad.object, NamedNode | Literal):
            old_and_new[sign == _ADDED].append(quad.object)
    for (subject, predicate), (old, new) in sorted(found.items()):
        # What only moved from one dataset to another is said as before.
        gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
        if gone or come:
            yield PropertyEdit(subject, predicate, tuple(gone), tuple(come))


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


def names(edition: DumpRef, wanted: Collection[str]) -> dict[str, tuple[Literal, ...]]:
    """The names of some things, the most telling property first."""
    found: dict[str, list[bytes]] = {}
    for line in edition.contents.near([f"<{iri}> ".encode() for iri in wanted]):
        if line.split(b" ", 2)[1] in _NAMING and (iri := _subject(line)) in wanted:
            found.setdefault(iri, []).append(line)
    return {iri: names_in(iri, lines) for iri, lines in found.items()}


def names_in(thing: str, lines: Iterable[bytes]) -> tuple[Literal, ...]:
    """The names of a thing among lines about it and others."""
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        subject, predicate, _ = line.split(b" ", 2)
        if predicate in _NAMING and subject[1:-1] == thing.encode():
            found.setdefault(predicate, []).append(line)
    return next((_literals(found[each]) for each in _NAMING if each in found), ())


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
