"""Compute what happened to each thing between two releases, for `passo-lod releases diff` (docs/feed.md).

The memory that this needs grows with the number of changes, not with the size of the dumps.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from passo_lod.namespaces import DCT, SKOS
from passo_lod.release.changes.dump_labels import find_labels
from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.line_diff import ADDED, Line, differing_statements
from passo_lod.release.changes.things import KINDS, NOT_DESCRIBED, SubjectState, event_of, kind_of
from passo_lod.release.identity.tombstones import NOTES

Term = NamedNode | Literal


@dataclass(frozen=True)
class PropertyEdit:
    """A property of a thing or of a part of it, with the values that were removed and those that were added."""

    subject: str
    predicate: str
    old: tuple[Term, ...]
    new: tuple[Term, ...]


@dataclass(frozen=True)
class Change:
    """What happened to one thing.

    Attributes:
        kind: one of `things.KINDS`.
        event: `added`, `removed`, `changed`, or `status-changed` (only its tombstone changed).
        source: the IRI of its dataset.
        status: why it is not published, one of `tombstones.NOTES`; empty if the release does not say.
        reason: in the words of its source.
        edits: for `changed`.
    """

    thing: str
    kind: str
    event: str
    source: str
    status: str = ""
    reason: str = ""
    replaced_by: tuple[str, ...] = ()
    edits: tuple[PropertyEdit, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All changes between two releases.

    Attributes:
        labels: of all IRIs in the changes.
    """

    before: DumpRef
    after: DumpRef
    changes: tuple[Change, ...]
    labels: Mapping[str, tuple[Literal, ...]]


def compare(before: DumpRef, after: DumpRef) -> Difference:
    """Compute the changes from one release to another, sorted by source, kind, event and IRI.

    Raises:
        ReleaseError: a dump cannot be read.
    """
    lines: dict[str, list[Line]] = {}
    for sign, line in differing_statements(before, after):
        lines.setdefault(after.thing_of_line(line), []).append((sign, line))
    old, new = _states(before, lines), _states(after, lines)
    changes = [
        _change(thing, own, old.get(thing, NOT_DESCRIBED), new.get(thing, NOT_DESCRIBED), after)
        for thing, own in lines.items()
    ]
    ordered = tuple(sorted(changes, key=lambda each: (each.source, KINDS.index(each.kind), each.event, each.thing)))
    iris = set(_iris_in(ordered))
    return Difference(before, after, ordered, find_labels(before, iris) | find_labels(after, iris))


def _states(release: DumpRef, things: Collection[str]) -> dict[str, SubjectState]:
    states: dict[str, SubjectState] = {}
    for thing, lines in release.lines_about(things):
        states.setdefault(thing, SubjectState()).add_lines(thing, lines)
    return states


def _change(thing: str, lines: Sequence[Line], old: SubjectState, new: SubjectState, after: DumpRef) -> Change:
    event = event_of(old, new)
    change = Change(thing, kind_of(thing, after.base), event, min(new.datasets or old.datasets or {""}))
    if event == "changed":
        edits = tuple(_edits(lines))
        is_record = edits and all(edit.subject.startswith(f"{after.base}doc/") for edit in edits)
        return replace(change, edits=edits, kind="record" if is_record else change.kind)
    if event in ("removed", "status-changed"):
        return _with_status(change, [quad for sign, quad in _quads(lines) if sign == ADDED])
    return change


def _edits(lines: Sequence[Line]) -> Iterator[PropertyEdit]:
    values: dict[tuple[str, str], tuple[list[Term], list[Term]]] = {}
    for sign, quad in _quads(lines):
        old_and_new = values.setdefault((_text(quad.subject), quad.predicate.value), ([], []))
        if isinstance(quad.object, NamedNode | Literal):
            old_and_new[sign == ADDED].append(quad.object)
    for (subject, predicate), (old, new) in sorted(values.items()):
        # A value that only moved to another dataset is no edit.
        removed, added = [each for each in old if each not in new], [each for each in new if each not in old]
        if removed or added:
            yield PropertyEdit(subject, predicate, tuple(removed), tuple(added))


def _with_status(change: Change, added: Sequence[Quad]) -> Change:
    """Read the status of an unpublished thing from its tombstone."""
    tombstone = [quad for quad in added if _text(quad.subject) == change.thing]
    notes = [
        quad.object for quad in tombstone if quad.predicate == SKOS.changeNote and isinstance(quad.object, Literal)
    ]
    statuses = {note["en"]: status for status, note in NOTES.items()}
    default = "" if tombstone else "absent"
    status = next((statuses[note.value] for note in notes if note.value in statuses), default)
    reason = next((note.value for note in notes if not note.language), "")
    by = tuple(sorted(_text(quad.object) for quad in tombstone if quad.predicate == DCT.isReplacedBy))
    return replace(change, status=status, reason=reason, replaced_by=by)


def _quads(lines: Sequence[Line]) -> Iterator[tuple[str, Quad]]:
    quads = ox.parse(b"".join(line for _, line in lines), format=RdfFormat.N_QUADS)
    return zip((sign for sign, _ in lines), quads, strict=True)


def _iris_in(changes: Iterable[Change]) -> Iterator[str]:
    """The IRIs whose labels a reader wants to see."""
    for change in changes:
        yield from (change.thing, change.source, *change.replaced_by)
        for edit in change.edits:
            yield from (edit.subject, edit.predicate)
            yield from (each.value for each in (*edit.old, *edit.new) if isinstance(each, NamedNode))


def _text(node: object) -> str:
    return node.value if isinstance(node, NamedNode) else str(node)
