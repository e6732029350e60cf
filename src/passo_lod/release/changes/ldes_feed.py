"""Write the change feed of a release, from which clients update their copy of the data without downloading all of it again.

It is a Linked Data Event Stream (LDES 1.0) of versions of things, and Atom feeds for people. The pages of a release are written once; every
later release contains them too, as hard links, so that pruning an earlier release removes nothing from the stream
(docs/decisions/0018-change-feed.md).
"""

import gzip
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path

from passo_lod.digests import sha256_of
from passo_lod.errors import ReleaseError
from passo_lod.media_types import ATOM, JSON, TRIG, TURTLE, MediaType
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.release.changes.atom_feed import atom_document
from passo_lod.release.changes.dump_labels import labels_in
from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.feed_history import FeedHistory, WriteFile, latest_history, link_pages, next_time
from passo_lod.release.changes.feed_members import FeedMember, feed_members, paginate, state_differences
from passo_lod.release.changes.feed_model import FeedTitles, ProcessChange, ReleaseChanges, index_json
from passo_lod.release.changes.feed_pages import entry_turtle, page_name, page_trig, version_iri
from passo_lod.release.changes.line_diff import differing_statements
from passo_lod.release.changes.things import SubjectState, kind_of
from passo_lod.release.distribution import Distribution
from passo_lod.release_layout import FEED_INDEX, FEED_PAGES, FEED_ROOT

MAX_LISTED = 50
"""How many processes of a release are listed one by one for people; the others are counted."""


def write_feed(
    building: Path, releases: Path, release: DumpRef, now: datetime, titles: FeedTitles, write_file: WriteFile
) -> list[Distribution]:
    """Write the feed of a release that is being built: former pages, new pages, index, entry document and Atom feeds.

    Args:
        building: the folder that already contains the release's dump.
        releases: the folder of the earlier releases.
        release: the one that is being built.
        now: the time of the release; only the feed and the manifest contain it.
        titles: of the catalogue.
        write_file: writes a file and flushes it to disk.
    """
    history = latest_history(releases)
    former = link_pages(history, building, write_file) if history else []
    changes, pages = _write_pages(building, history, release, next_time(history, now), write_file)
    all_changes = (*(history.releases if history else ()), *((changes,) if changes.pages else ()))
    all_changes = _without_names_of_removed(all_changes)
    return former + pages + _write_entry_files(building, all_changes, release.base, titles, write_file)


def _write_pages(
    building: Path, history: FeedHistory | None, release: DumpRef, time: str, write_file: WriteFile
) -> tuple[ReleaseChanges, list[Distribution]]:
    """Write pages with what changed since the feed was written last."""
    events: dict[str, str] = {}
    listed = _ListedProcesses(release)
    files = []
    members = feed_members(release, _differences(history, release), building)
    for number, (page, is_last) in enumerate(paginate(members), start=1):
        events |= {member.thing: member.event for member in page}
        listed.add_page(page)
        name = page_name(release.id, number)
        text = page_trig(page, release.id, release.base, time, None if is_last else page_name(release.id, number + 1))
        files.append(_write(building, f"{FEED_PAGES}/{name}.trig.gz", TRIG, f"Change feed, {name}", text, write_file))
    pages = tuple(page_name(release.id, number) for number in range(1, len(files) + 1))
    return ReleaseChanges(release.id, time, pages, _counts(events, release.base), listed.processes), files


def _differences(history: FeedHistory | None, release: DumpRef) -> Mapping[str, SubjectState] | None:
    """Compare with the release that the feed was last written for; None if all things are new.

    If that release cannot be read any more, all things count as new, so that clients miss no change.
    """
    if history is None:
        return None
    with suppress(ReleaseError):
        return state_differences(differing_statements(DumpRef.open(history.folder), release), release)
    return None


def _counts(events: Mapping[str, str], base: str) -> dict[str, dict[str, int]]:
    """Count the events by kind of thing; changes of tombstones do not count."""
    counter = Counter((kind_of(thing, base), event) for thing, event in events.items() if event != "status-changed")
    counts: dict[str, dict[str, int]] = {}
    for (kind, event), count in sorted(counter.items()):
        counts.setdefault(kind, {})[event] = count
    return counts


class _ListedProcesses:
    """Chooses the processes that are listed one by one: removed ones first, since readers have to act on these."""

    def __init__(self, release: DumpRef) -> None:
        self._release = release
        self._by_event: dict[str, list[ProcessChange]] = {event: [] for event in ("removed", "changed", "added")}

    def add_page(self, page: Iterable[FeedMember]) -> None:
        """Choose from the members of a page."""
        for member in page:
            listed = self._by_event.get(member.event)
            is_process = kind_of(member.thing, self._release.base) == "process"
            if listed is not None and len(listed) < MAX_LISTED and is_process:
                listed.append(self._change(member))

    def _change(self, member: FeedMember) -> ProcessChange:
        version = version_iri(member.thing, self._release.id, self._release.base)
        lines = () if member.event == "removed" else member.lines.splitlines(keepends=True)
        names = {label.language or "": label.value for label in labels_in(member.thing, lines)}
        return ProcessChange(member.thing, member.event, version, names)

    @property
    def processes(self) -> tuple[ProcessChange, ...]:
        """The chosen processes."""
        return tuple(chain.from_iterable(self._by_event.values()))[:MAX_LISTED]


def _without_names_of_removed(releases: tuple[ReleaseChanges, ...]) -> tuple[ReleaseChanges, ...]:
    """Remove the names of processes that were removed later from the entries of earlier releases."""
    removed: set[str] = set()
    found = []
    for each in reversed(releases):
        removed = removed | {process.thing for process in each.processes if process.event == "removed"}
        processes = tuple(
            ProcessChange(process.thing, process.event, process.version) if process.thing in removed else process
            for process in each.processes
        )
        found.append(ReleaseChanges(each.release, each.time, each.pages, each.counts, processes))
    return tuple(reversed(found))


def _write_entry_files(
    building: Path, releases: tuple[ReleaseChanges, ...], base: str, titles: FeedTitles, write_file: WriteFile
) -> list[Distribution]:
    """Write the files that change with every release: index, entry document, and the Atom feeds."""
    index, entry = index_json(releases), entry_turtle(releases, base, titles.title)
    atom_feeds = {
        f"feed/feed.{language}.atom": atom_document(releases, base, titles, language) for language in LANGUAGES
    }
    return [
        _write(building, FEED_INDEX, JSON, "Change feed, what is in it", index, write_file),
        _write(building, FEED_ROOT, TURTLE, "Change feed, where it begins", entry, write_file),
        *(
            _write(building, path, ATOM, "Change feed for people", text, write_file)
            for path, text in atom_feeds.items()
        ),
    ]


def _write(
    building: Path, path: str, media_type: MediaType, title: str, content: bytes, write_file: WriteFile
) -> Distribution:
    is_compressed = path.endswith(".gz")
    data = gzip.compress(content, compresslevel=6, mtime=0) if is_compressed else content
    write_file(building / path, data)
    encoding = "gzip" if is_compressed else None
    sizes = (len(data), sha256_of(data), len(content), sha256_of(content))
    return Distribution(path, media_type, title, encoding, *sizes)
