"""Compute the members of the change feed: a version of each thing that a release changed, grouped into pages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

from passo_lod.external_sort import sort_externally
from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.line_diff import ADDED, Line
from passo_lod.release.changes.things import NOT_DESCRIBED, SubjectState, event_of

MAX_MEMBERS = 250
MAX_BYTES = 1 << 20
"""A page is full when it has so many members or bytes."""

_MEMORY_BYTES = 32 << 20
"""Lines that are sorted in memory; more are sorted on disk."""
_OVERHEAD_BYTES = 250
"""About the memory that a group of lines needs beside the lines."""


@dataclass(frozen=True)
class FeedMember:
    """A version of a thing (ldes:member).

    Attributes:
        event: what happened to it (`things.event_of`).
        datasets: the IRIs of the datasets that describe it.
        lines: its description, in N-Triples.
    """

    thing: str
    event: str
    datasets: tuple[str, ...]
    lines: bytes


def state_differences(lines: Iterable[Line], release: DumpRef) -> dict[str, SubjectState]:
    """Sum up differing lines per thing: added lines count positive, removed ones negative."""
    differences: dict[str, SubjectState] = {}
    for (sign, thing), group in groupby(lines, key=lambda each: (each[0], release.thing_of_line(each[1]))):
        state = differences.setdefault(thing, SubjectState())
        state.add_lines(thing, [line for _, line in group], 1 if sign == ADDED else -1)
    return differences


def feed_members(
    release: DumpRef, differences: Mapping[str, SubjectState] | None, folder: Path
) -> Iterator[FeedMember]:
    """Yield a version of each thing that changed, sorted by IRI.

    Args:
        release: with the things as they are now.
        differences: of each thing that changed (`state_differences`); None if all things are new.
        folder: for temporary files.
    """
    described = ((thing, b"".join(lines)) for thing, lines in release.lines_about(differences))
    changed = ((thing, b"") for thing in differences or ())  # a thing that is not described any more has a version too
    for thing, group in groupby(_sorted_by_thing(chain(changed, described), folder), key=itemgetter(0)):
        lines = b"".join(text for _, text in group).splitlines(keepends=True)
        now = SubjectState()
        now.add_lines(thing, lines)
        before = now.minus(differences[thing]) if differences else NOT_DESCRIBED
        yield FeedMember(thing, event_of(before, now), tuple(sorted(now.datasets)), _without_graphs(lines))


def _sorted_by_thing(items: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[tuple[str, bytes]]:
    return sort_externally(items, folder, _MEMORY_BYTES, lambda item: len(item[1]) + _OVERHEAD_BYTES, itemgetter(0, 1))


def _without_graphs(lines: Iterable[bytes]) -> bytes:
    """Turn N-Quads into N-Triples, each triple once."""
    return b"".join(dict.fromkeys(line[: line.rindex(b" <")] + b" .\n" for line in lines))


def paginate(members: Iterable[FeedMember]) -> Iterator[tuple[list[FeedMember], bool]]:
    """Group members into pages, and tell of each page whether it is the last."""
    pages = _pages(members)
    page = next(pages, None)
    while page is not None:
        following = next(pages, None)
        yield page, following is None
        page = following


def _pages(members: Iterable[FeedMember]) -> Iterator[list[FeedMember]]:
    page: list[FeedMember] = []
    size = 0
    for member in members:
        if page and (len(page) == MAX_MEMBERS or size + len(member.lines) > MAX_BYTES):
            yield page
            page, size = [], 0
        page.append(member)
        size += len(member.lines)
    if page:
        yield page
