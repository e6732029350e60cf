"""The ids that were ever published and what became of each: a file that only grows and is kept with the data.

One JSON object a line says what happened to one id in one release. A line is never changed: what an id is today follows from all
its lines, in their order (docs/identity.md). An id is written here before the release that holds it can be seen, so that no
id is ever public that the next release does not know of (docs/decisions/0011-identity.md).
"""

import fcntl
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from passo_lod.errors import ReleaseError, SourceError
from passo_lod.release.repository.durable_io import sync_folder
from passo_lod.release.repository.failpoints import failpoint

NAME = "registry.jsonl"

REPLACED = ("merged", "renamed", "split")
"""What became of an id in whose place there is another, or there are others."""

GONE = ("absent", "quarantined", "withdrawn")
"""Why there is nothing in the place of an id: not in the source any more, held back until it is mended, taken back."""

_LIVING = ("published", "back")
_EVENTS = (*_LIVING, *REPLACED, "gone")
_START = b'{"id": "'
"""An IRI below `id/` has a concept and a code; what follows names a part, which is served with its whole."""


@dataclass(frozen=True)
class IdStatus:
    """What became of an id that a release does not hold."""

    why: str
    replaced_by: tuple[str, ...] = ()
    reason: str = ""

    @property
    def event(self) -> str:
        """The word for it in the registry."""
        return self.why if self.why in REPLACED else "gone"


@dataclass(frozen=True)
class DeclaredStatus:
    """What a source says of an id, and where it says so."""

    source: str
    fate: IdStatus
    where: str


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """What all lines about an id say together.

    Attributes:
        source: the source it was first known from.
        first: the first release that held it; None where none did.
        last: the last release known to have held it; while it is published, the one from which on.
        fate: what became of it; None while it is published.
        withdrawn: the release for which it was taken back last, whatever became of it since.
    """

    source: str
    first: str | None = None
    last: str | None = None
    fate: IdStatus | None = None
    withdrawn: str | None = field(default=None, compare=False)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it is taken back now."""
        return self.fate is not None and self.fate.why == "withdrawn"


@dataclass(frozen=True)
class PreviousRelease:
    """The release that is current while another is written, and the state of the registry it was published from."""

    release: str
    sha256: str


@dataclass(frozen=True)
class IdRegistry:
    """What is known of every id, by its path below the base IRI, such as `id/process/er-2205`."""

    path: Path
    entries: Mapping[str, RegistryEntry] = field(default_factory=dict)
    sha256: str = ""
    end: int = 0
    """Where the last whole line ends."""

    @classmethod
    def open(cls, path: Path) -> "IdRegistry":
        """Read a registry; one that is not there yet knows no id.

        Raises:
            ReleaseError: a line cannot be read.
        """
        data = _whole_lines(path)
        entries: dict[str, RegistryEntry] = {}
        for number, line in enumerate(data.split(b"\n"), start=1):
            if line.strip():
                _replay(entries, _parsed(line, f"{path}:{number}"))
        return cls(path, entries, hashlib.sha256(data).hexdigest(), len(data))

    def update(self, published: Mapping[str, str], stated: Mapping[str, DeclaredStatus]) -> "RegistryUpdate":
        """What a release that holds these ids has to say of all others, and what is news.

        Args:
            published: the ids of the release, each with its source.
            stated: what the sources say of ids that they gave up or hold back; it has no effect on a published one.

        Raises:
            SourceError: a source replaces an id by one that is not known, or by itself in the end.
        """
        fates = {thing: self._fate(thing, stated) for thing in self._missing(published, stated)}
        _check_targets(stated, {*published, *self.entries})
        ends = {thing: _ends(thing, fates, stated) for thing in fates}
        return RegistryUpdate(self, published, stated, fates, ends)

    def _missing(self, published: Mapping[str, str], stated: Mapping[str, DeclaredStatus]) -> list[str]:
        """The ids that have to be answered for: all that are known, and those that a source says are replaced."""
        replaced = {thing for thing, each in stated.items() if each.fate.replaced_by}
        return sorted({*self.entries, *replaced} - published.keys())

    def _fate(self, thing: str, stated: Mapping[str, DeclaredStatus]) -> IdStatus:
        """What the source says; else what was known; else that it is not there."""
        if thing in stated:
            return stated[thing].fate
        known = self.entries[thing].fate
        return known if known and known.why != "quarantined" else IdStatus("absent")


@dataclass(frozen=True)
class RegistryUpdate:
    """What one release adds to a registry.

    Attributes:
        fates: what became of every id that is not published.
        ends: the ids that stand in its place today, at the end of every chain.
    """

    registry: IdRegistry
    published: Mapping[str, str]
    stated: Mapping[str, DeclaredStatus]
    fates: Mapping[str, IdStatus]
    ends: Mapping[str, tuple[str, ...]]

    def source(self, thing: str) -> str:
        """The source of an id."""
        known = self.registry.entries.get(thing)
        return known.source if known else self.published.get(thing) or self.stated[thing].source

    def cleared(self, release: str) -> str:
        """A digest of all that was ever taken back, up to this release; empty where nothing was.

        What was published with another one may hold some of it: release names and times do not tell, for clocks differ, and
        registries of two histories are put together.
        """
        entries = self.registry.entries
        taken = {thing: each.withdrawn for thing, each in entries.items() if each.withdrawn is not None}
        for thing, fate in self.fates.items():
            if fate.why == "withdrawn" and thing in entries and not entries[thing].is_withdrawn:
                taken[thing] = release
        text = "".join(f"{thing}\t{when}\n" for thing, when in sorted(taken.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""

    @property
    def events(self) -> Mapping[str, str]:
        """What is news, by id."""
        entries = self.registry.entries
        living = {
            thing: "back" if thing in entries else "published"
            for thing in self.published
            if thing not in entries or entries[thing].fate
        }
        gone = {
            thing: fate.event
            for thing, fate in self.fates.items()
            if thing not in entries or entries[thing].fate != fate
        }
        return dict(sorted((living | gone).items()))

    def __str__(self) -> str:
        """How many ids the release holds, and what is news."""
        entries, events = self.registry.entries, self.events
        news = Counter(events.values())
        whys = Counter(self.fates[each].why for each in events if each in entries and entries[each].fate is None)
        gone = ", ".join(f"{count:,} {why}" for why, count in sorted(whys.items()))
        parts = [f"{len(self.published):,} published", f"{news['published']:,} new", f"{news['back']:,} back"]
        return ", ".join([*parts, f"{sum(whys.values()):,} gone" + (f" ({gone})" if gone else "")])

    def check_writable(self) -> None:
        """Make sure, before a release is built, that its ids can be written down.

        Raises:
            ReleaseError: they cannot.
        """
        path = self.registry.path
        if self.events and not os.access(path if path.exists() else path.parent, os.W_OK):
            raise ReleaseError(f"{path}: cannot be written; what becomes of ids is recorded there before a release is")

    def record(self, release: str, before: PreviousRelease | None) -> Mapping[str, Any]:
        """Write down what is news in a release, which must not be seen before; what the manifest says of it.

        Raises:
            ReleaseError: it cannot be written; the registry is as it was.
        """
        if not self.events:
            return self._summary(self.registry.sha256, release)
        try:
            with _locked(self.registry.path) as file:
                return self._append(file, release, before)
        except OSError as problem:
            raise ReleaseError(f"{self.registry.path}: cannot be written ({problem.strerror or problem})") from problem

    def _append(self, file: int, release: str, before: PreviousRelease | None) -> Mapping[str, Any]:
        """Another publisher may have written since: only what is still news is added."""
        is_known = _digest(self.registry.path) == self.registry.sha256
        now = self if is_known else replace(self, registry=IdRegistry.open(self.registry.path))
        end = now.registry.end
        data = "".join(now.lines(release, before)).encode()
        is_open = end and os.pread(file, 1, end - 1) != b"\n"
        try:
            os.ftruncate(file, end)
            failpoint("registry")
            _write(file, b"\n" + data if is_open else data, end)
            failpoint("appended")
            os.fsync(file)
        except BaseException:
            os.ftruncate(file, end)
            raise
        sync_folder(self.registry.path.parent)
        return now._summary(_digest(self.registry.path), release)

    def lines(self, release: str, before: PreviousRelease | None) -> Iterator[str]:
        """The lines to add, sorted by id."""
        is_next = before is not None and before.sha256 == self.registry.sha256
        for thing, event in self.events.items():
            line: dict[str, Any] = {"id": thing, "event": event, "release": release, "source": self.source(thing)}
            entry = self.registry.entries.get(thing)
            if event not in _LIVING and entry and entry.fate is None:
                # Of the releases in between the registry tells nothing; the current one does, where it is the last of this registry.
                line["last"] = before.release if before and is_next else entry.last
            if fate := self.fates.get(thing):
                line |= _said(fate)
            yield json.dumps(line, ensure_ascii=False) + "\n"

    def _summary(self, sha256: str, release: str) -> Mapping[str, Any]:
        """What the manifest says of the registry; `cleared` only where something was ever taken back."""
        cleared = self.cleared(release)
        said = {"published": len(self.published), "gone": len(self.fates), "sha256": sha256}
        return said | ({"cleared": cleared} if cleared else {})


def ids_of_subjects(keys: Iterable[bytes], base: str) -> Iterator[str]:
    """The ids among the keys of blocks (lines.py), by their paths below the base."""
    start, end = f"<{base}id/".encode(), b">"
    for key in keys:
        if key.startswith(start) and key.endswith(end):
            yield key[1 + len(base.encode()) : -1].decode()


# ------------------------------------------------------------------------------------------------------- what replaces what


def _check_targets(stated: Mapping[str, DeclaredStatus], known: set[str]) -> None:
    expected = known | {thing for thing, each in stated.items() if each.fate.why != "withdrawn"}
    for thing, each in stated.items():
        for target in each.fate.replaced_by:
            if target not in expected:
                raise SourceError(
                    f"{each.where}: {thing} is {each.fate.why}, and {target} should take its place; but no record has that id"
                )


def _ends(
    thing: str, fates: Mapping[str, IdStatus], stated: Mapping[str, DeclaredStatus], trail: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What stands in the place of an id today: one step leads there, however often it was replaced."""
    if thing in trail:
        way = [*trail[trail.index(thing) :], thing]
        where = next((stated[each].where for each in way if each in stated), "the registry")
        raise SourceError(f"{where}: {' → '.join(way)}: an id cannot be replaced by itself in the end")
    fate = fates.get(thing)
    if fate is None or not fate.replaced_by:
        return (thing,) if trail else ()
    ends = (end for target in fate.replaced_by for end in _ends(target, fates, stated, (*trail, thing)))
    return tuple(dict.fromkeys(ends))


# ----------------------------------------------------------------------------------------------------------------- the file


def _said(fate: IdStatus) -> dict[str, Any]:
    """What a line says of a fate beside the event."""
    said: dict[str, Any] = {"why": fate.why} if fate.event == "gone" else {}
    if fate.reason:
        said["reason"] = fate.reason
    if fate.replaced_by:
        said["replaced_by"] = list(fate.replaced_by)
    return said


def _whole_lines(path: Path) -> bytes:
    """The lines of a registry.

    Raises:
        ReleaseError: it cannot be read.
    """
    try:
        return _without_torn_line(path.read_bytes())
    except FileNotFoundError:
        return b""
    except OSError as problem:
        raise ReleaseError(f"{path}: cannot be read ({problem.strerror})") from problem


def _digest(path: Path) -> str:
    return hashlib.sha256(_whole_lines(path)).hexdigest()


def _without_torn_line(data: bytes) -> bytes:
    """A publisher that was stopped while it wrote left the beginning of a line; its release was never seen."""
    whole, newline, last = data.rpartition(b"\n")
    is_torn = last and (_START.startswith(last) or last.startswith(_START)) and not last.rstrip().endswith(b"}")
    return whole + newline if is_torn else data


def _parsed(line: bytes, where: str) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except ValueError as problem:
        raise ReleaseError(f"{where}: is not JSON ({problem}); a line of the registry is never changed") from problem
    if not isinstance(said, dict) or not all(isinstance(said.get(key), str) for key in ("id", "release", "source")):
        raise ReleaseError(f"{where}: should be an object with the texts id, event, release and source")
    if said.get("event") not in _EVENTS:
        raise ReleaseError(f"{where}: unknown event {said.get('event')!r}; known: {', '.join(_EVENTS)}")
    if said["event"] == "gone" and said.get("why") not in GONE:
        raise ReleaseError(f"{where}: unknown why {said.get('why')!r}; known: {', '.join(GONE)}")
    by = said.get("replaced_by", [])
    if not isinstance(by, list) or bool(by) != (said["event"] in REPLACED) or not all(isinstance(x, str) for x in by):
        raise ReleaseError(f"{where}: replaced_by should list the ids that take the place of one {', '.join(REPLACED)}")
    return said


def _replay(entries: dict[str, RegistryEntry], said: dict[str, Any]) -> None:
    """Let a line have its effect; after a merge of two histories in git an event may stand twice."""
    thing, release = said["id"], sys.intern(said["release"])  # of which there are few
    entry = entries.get(thing) or RegistryEntry(sys.intern(said["source"]))
    if said["event"] in _LIVING:
        entries[thing] = replace(entry, first=entry.first or release, last=release, fate=None)
        return
    why = said["event"] if said["event"] in REPLACED else said["why"]
    fate = IdStatus(why, tuple(said.get("replaced_by", ())), str(said.get("reason", "")))
    withdrawn = release if why == "withdrawn" and not entry.is_withdrawn else entry.withdrawn
    entries[thing] = replace(entry, last=said.get("last") or entry.last, fate=fate, withdrawn=withdrawn)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The descriptor of the file, for one publisher at a time; the lock goes with the process that holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _write(file: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(file, data, at)
        data, at = data[written:], at + written
