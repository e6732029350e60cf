"""Read and append to `registry.jsonl`, which records every id that was ever published and what happened to it.

Each line is a JSON object: one event of one id in one release. Lines are only appended; the state of an id follows from all its lines, in
their order (docs/identity.md). Ids are recorded before their release becomes visible, so that every public id is in the registry
(docs/decisions/0011-identity.md).
"""

import fcntl
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from passo_lod.digests import sha256_of
from passo_lod.errors import ReleaseError
from passo_lod.release.identity.id_status import GONE, REPLACED, IdStatus
from passo_lod.release.repository.durable_io import sync_folder
from passo_lod.release.repository.failpoints import failpoint

REGISTRY_FILE = "registry.jsonl"

PUBLISHED_EVENTS = ("published", "back")
"""Events after which an id is published."""

_EVENTS = (*PUBLISHED_EVENTS, *REPLACED, "gone")
_LINE_START = b'{"id": "'


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """The state of an id after all its events.

    Attributes:
        source: the source that it first came from.
        first: the first release with it; None if none had it.
        last: if it is published, the first release since it is; otherwise the last release known to have it.
        status: why it is not published; None while it is.
        withdrawn: the release of its last withdrawal, even if it has been published since.
    """

    source: str
    first: str | None = None
    last: str | None = None
    status: IdStatus | None = None
    withdrawn: str | None = field(default=None, compare=False)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it is withdrawn now."""
        return self.status is not None and self.status.why == "withdrawn"


@dataclass(frozen=True)
class IdRegistry:
    """The state of every id. An id is a path below the base IRI, such as `id/process/er-2205`.

    Attributes:
        sha256: of the complete lines of the file.
        end: the number of bytes of these lines.
    """

    path: Path
    entries: Mapping[str, RegistryEntry] = field(default_factory=dict)
    sha256: str = ""
    end: int = 0

    @classmethod
    def open(cls, path: Path) -> "IdRegistry":
        """Read a registry; without a file it is empty.

        Raises:
            ReleaseError: the file or a line of it cannot be read.
        """
        data = _read_complete_lines(path)
        entries: dict[str, RegistryEntry] = {}
        for number, line in enumerate(data.split(b"\n"), start=1):
            if line.strip():
                _apply_event(entries, _parse_line(line, f"{path}:{number}"))
        return cls(path, entries, sha256_of(data), len(data))

    def check_writable(self) -> None:
        """Check, before a release is built, that its ids can be recorded.

        Raises:
            ReleaseError: the file cannot be written.
        """
        if not os.access(self.path if self.path.exists() else self.path.parent, os.W_OK):
            raise ReleaseError(
                f"{self.path}: cannot be written; the ids of a release are recorded there before it is written"
            )

    def append(self, lines_for: Callable[["IdRegistry"], Iterable[str]]) -> tuple["IdRegistry", str]:
        """Append lines durably, while no other publisher can.

        Args:
            lines_for: returns the lines to append. Its argument is the registry as it is now, since another publisher may have appended
                to it.

        Returns:
            The registry before the lines were appended, and the SHA-256 of the file after.

        Raises:
            ReleaseError: the file cannot be written; it is as before.
        """
        try:
            with _locked(self.path) as descriptor:
                is_unchanged = sha256_of(_read_complete_lines(self.path)) == self.sha256
                registry = self if is_unchanged else IdRegistry.open(self.path)
                _append(descriptor, "".join(lines_for(registry)).encode(), registry.end)
                sync_folder(self.path.parent)
                return registry, sha256_of(_read_complete_lines(self.path))
        except OSError as problem:
            raise ReleaseError(f"{self.path}: cannot be written ({problem.strerror or problem})") from problem


def ids_of_subjects(keys: Iterable[bytes], base: str) -> Iterator[str]:
    """Yield the ids among subjects in N-Quads syntax, such as `<https://example.org/id/process/xx-1>`.

    Parts of a thing, such as `<…/id/process/xx-1/cost>`, are not among the keys (`dump.nquads_sorter`).
    """
    start, end = f"<{base}id/".encode(), b">"
    for key in keys:
        if key.startswith(start) and key.endswith(end):
            yield key[1 + len(base.encode()) : -1].decode()


# ----------------------------------------------------------------------------------------------------------------- reading


def _read_complete_lines(path: Path) -> bytes:
    try:
        return _without_incomplete_line(path.read_bytes())
    except FileNotFoundError:
        return b""
    except OSError as problem:
        raise ReleaseError(f"{path}: cannot be read ({problem.strerror})") from problem


def _without_incomplete_line(data: bytes) -> bytes:
    """Cut off the beginning of a line that a killed publisher has left; its release never became visible."""
    complete, newline, last = data.rpartition(b"\n")
    is_ours = last and (_LINE_START.startswith(last) or last.startswith(_LINE_START))
    return complete + newline if is_ours and not last.rstrip().endswith(b"}") else data


def _parse_line(line: bytes, where: str) -> dict[str, Any]:
    try:
        event = orjson.loads(line)
    except ValueError as problem:
        raise ReleaseError(f"{where}: is not JSON ({problem}); a line of the registry is never changed") from problem
    if not isinstance(event, dict) or not all(isinstance(event.get(key), str) for key in ("id", "release", "source")):
        raise ReleaseError(f"{where}: should be an object with the texts id, event, release and source")
    if event.get("event") not in _EVENTS:
        raise ReleaseError(f"{where}: unknown event {event.get('event')!r}; known: {', '.join(_EVENTS)}")
    if event["event"] == "gone" and event.get("why") not in GONE:
        raise ReleaseError(f"{where}: unknown value of why {event.get('why')!r}; known: {', '.join(GONE)}")
    by = event.get("replaced_by", [])
    if not isinstance(by, list) or bool(by) != (event["event"] in REPLACED) or not all(isinstance(x, str) for x in by):
        raise ReleaseError(f"{where}: replaced_by should list the new ids, for the events {', '.join(REPLACED)}")
    return event


def _apply_event(entries: dict[str, RegistryEntry], event: dict[str, Any]) -> None:
    """Update the state of an id; after two histories were merged in git, an event may occur twice."""
    id_, release = event["id"], sys.intern(event["release"])  # few releases, many lines
    entry = entries.get(id_) or RegistryEntry(sys.intern(event["source"]))
    if event["event"] in PUBLISHED_EVENTS:
        entries[id_] = replace(entry, first=entry.first or release, last=release, status=None)
        return
    why = event["event"] if event["event"] in REPLACED else event["why"]
    status = IdStatus(why, tuple(event.get("replaced_by", ())), str(event.get("reason", "")))
    withdrawn = release if why == "withdrawn" and not entry.is_withdrawn else entry.withdrawn
    entries[id_] = replace(entry, last=event.get("last") or entry.last, status=status, withdrawn=withdrawn)


# ----------------------------------------------------------------------------------------------------------------- writing


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open the file with an exclusive lock (flock(2)), which ends with the process."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _append(descriptor: int, data: bytes, end: int) -> None:
    """Write after the complete lines, and flush; if that fails, cut the file to what it was."""
    is_without_newline = end and os.pread(descriptor, 1, end - 1) != b"\n"
    try:
        os.ftruncate(descriptor, end)
        failpoint("registry")
        _write_at(descriptor, b"\n" + data if is_without_newline else data, end)
        failpoint("appended")
        os.fsync(descriptor)
    except BaseException:
        os.ftruncate(descriptor, end)
        raise


def _write_at(descriptor: int, data: bytes, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
