"""The change feed of a release: what others need to keep a copy of it true, without fetching everything again.

It is a Linked Data Event Stream (LDES 1.0) whose members are versions of things. What a release changed stands in pages of its own, which are
written once; each release holds the pages of those before it as well, as links to the same files, so that a release is whole by itself
and a pruned one takes nothing with it (docs/decisions/0018-change-feed.md).
"""

import gzip
import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal

from passo_lod.errors import ReleaseError
from passo_lod.media_types import ATOM, JSON, TRIG, TURTLE, MediaType
from passo_lod.namespaces import PREFIXES
from passo_lod.release import external_sort as runs
from passo_lod.release.changes import atom_feed as atom
from passo_lod.release.changes.dump_diff import NOWHERE, DumpRef, Line, SubjectState, differing, event, kind, names_in
from passo_lod.release.distribution import Distribution

INDEX = "feed/index.json"
ROOT = "feed/feed.ttl"
PAGES = "feed/pages"
MOST_MEMBERS = 250
MOST_BYTES = 1 << 20
"""A page is full at so many members or bytes, whichever comes first."""
MOST_TOLD = 50
"""Processes of one release that are told one by one to people; of more, how many there are."""
POLLING = 3600
"""The seconds after which it makes sense to look again."""

_ACTIVITY = {"added": "as:Create", "changed": "as:Update", "removed": "as:Delete", "fate": "as:Delete"}
_USED = ("as", "dct", "ldes", "prov", "tree", "void", "xsd")
_HEAD = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in _USED)
_AT_ONCE = 32 << 20
"""Bytes of lines that are sorted in memory at once; more are sorted in files and merged."""

Put = Callable[[Path, bytes], None]


@dataclass(frozen=True)
class ProcessChange:
    """A process that a release added, changed or removed, for people; of what is gone no name is told.

    Attributes:
        names: its name by language; the empty language is none.
    """

    thing: str
    event: str
    version: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReleaseChanges:
    """What one release added to the feed.

    Attributes:
        counts: of each kind of thing, how many were added, changed and removed.
        told: its processes, up to `MOST_TOLD`.
    """

    release: str
    time: str
    pages: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    told: tuple[ProcessChange, ...]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "ReleaseChanges":
        """Read one from the index."""
        told = tuple(ProcessChange(**each) for each in said["told"])
        return cls(said["release"], said["time"], tuple(said["pages"]), said["counts"], told)


@dataclass(frozen=True)
class FeedHistory:
    """The feed as a kept release holds it."""

    folder: Path
    issues: tuple[ReleaseChanges, ...]

    @property
    def last(self) -> str:
        """The time of the newest member."""
        return self.issues[-1].time if self.issues else ""

    @property
    def is_whole(self) -> bool:
        """Whether all pages are there."""
        return all((self.folder / file.path).stat().st_size == file.bytes for file in self.page_files())

    def page_files(self) -> Iterator[Distribution]:
        """The pages, as the manifest of that release lists them."""
        listed = json.loads((self.folder / "manifest.json").read_bytes())["files"]
        for each in listed:
            if each["path"].startswith(f"{PAGES}/"):
                yield Distribution(**{**each, "media_type": TRIG, "licences": tuple(each["licences"])})


@dataclass(frozen=True)
class FeedMember:
    """A version of a thing: what happened to it, and all that is said of it now."""

    thing: str
    event: str
    datasets: tuple[str, ...]
    lines: bytes
    """What is said, in N-Triples."""


@dataclass(frozen=True)
class FeedTitles:
    """What the feed says of itself: the catalogue's title and publisher, by language."""

    title: Mapping[str, str]
    publisher: Mapping[str, str]


def write_feed(
    building: Path, releases: Path, edition: DumpRef, now: datetime, words: FeedTitles, put: Put
) -> list[Distribution]:
    """Write the feed of a release that is being built: the pages there were, those it adds, and the ways in.

    Args:
        building: the folder that holds the release's dump already.
        releases: where the releases before it are kept.
        edition: the release that is being built.
        now: the release's time, which stands nowhere else in what is published.
        words: what the catalogue is called.
        put: writes a file and flushes it to disk.
    """
    history = latest_history(releases)
    files = _keep(history, building, put) if history else []
    issue, pages = _issue(building, history, edition, _time(history, now), put)
    issues = (*(history.issues if history else ()), *((issue,) if issue.pages else ()))
    issues = _without_names_of_gone(issues)
    return files + pages + _ways_in(building, issues, edition, words, put)


def latest_history(releases: Path) -> FeedHistory | None:
    """The feed that is furthest, whichever release is current: what was told stays told, also after a step back."""
    found = [history for history in map(_history, releases.glob("[!.]*/manifest.json")) if history]
    return max(found, key=lambda each: (each.last, each.folder.name), default=None)


def _history(manifest: Path) -> FeedHistory | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((manifest.parent / INDEX).read_bytes())
        history = FeedHistory(manifest.parent.resolve(), tuple(ReleaseChanges.of(each) for each in said["issues"]))
        return history if history.is_whole else None
    return None


def _time(history: FeedHistory | None, now: datetime) -> str:
    """The time of the new members, which is after that of all others, whatever the clock says."""
    time = now.astimezone(UTC).replace(microsecond=0)
    if history and history.last:
        time = max(time, datetime.fromisoformat(history.last) + timedelta(seconds=1))
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _keep(history: FeedHistory, building: Path, put: Put) -> list[Distribution]:
    """Take over the pages that there were: the same bytes at the same addresses."""
    files = list(history.page_files())
    for file in files:
        target = building / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(history.folder / file.path)
        except OSError:  # another file system, or one that knows no hard links
            put(target, (history.folder / file.path).read_bytes())
    return files


# ---------------------------------------------------------------------------------------------------------- members


def _issue(
    building: Path, history: FeedHistory | None, edition: DumpRef, time: str, put: Put
) -> tuple[ReleaseChanges, list[Distribution]]:
    """Write the pages of what changed since the feed was written last."""
    events: dict[str, str] = {}
    told = _ChangeSelection(edition)
    files = []
    versions = members(edition, _changed(history, edition), building)
    for number, (page, is_last) in enumerate(_with_end(_pages(versions)), start=1):
        events |= {member.thing: member.event for member in page}
        told.see(page)
        name = page_name(edition.id, number)
        text = page_text(page, edition, time, None if is_last else page_name(edition.id, number + 1))
        files.append(_put(building, f"{PAGES}/{name}.trig.gz", TRIG, f"Change feed, {name}", text, put))
    pages = tuple(page_name(edition.id, number) for number in range(1, len(files) + 1))
    return ReleaseChanges(edition.id, time, pages, _counts(events, edition.base), told.told), files


def _changed(history: FeedHistory | None, edition: DumpRef) -> Mapping[str, SubjectState] | None:
    """The things that changed, each with what came, less what went; None where all are new.

    Where the release before cannot be read any more, all are told anew: who follows loses nothing.
    """
    if history is None:
        return None
    with suppress(ReleaseError):
        return _news(differing(DumpRef.open(history.folder), edition), edition)
    return None


def _news(lines: Iterable[Line], edition: DumpRef) -> dict[str, SubjectState]:
    news: dict[str, SubjectState] = {}
    for (sign, thing), some in groupby(lines, key=lambda each: (each[0], edition.thing(each[1]))):
        news.setdefault(thing, SubjectState()).see(thing, [line for _, line in some], 1 if sign == "A" else -1)
    return news


def members(edition: DumpRef, news: Mapping[str, SubjectState] | None, folder: Path) -> Iterator[FeedMember]:
    """A version of each of the things that changed, in the order of their IRIs.

    Args:
        edition: what is said of them now.
        news: of each thing, what came, less what went; None where all are new.
        folder: where lines are sorted, if there are more than memory should hold.
    """
    said = ((thing, b"".join(lines)) for thing, lines in edition.about(news))
    every = ((thing, b"") for thing in news or ())  # what is not spoken of any more has a version too
    for thing, some in groupby(_sorted(chain(every, said), folder), key=itemgetter(0)):
        lines = b"".join(text for _, text in some).splitlines(keepends=True)
        now = SubjectState()
        now.see(thing, lines)
        yield _member(thing, now.without(news[thing]) if news else NOWHERE, now, lines)


def _member(thing: str, before: SubjectState, now: SubjectState, lines: Iterable[bytes]) -> FeedMember:
    # A line without its graph: all that is published stands in one.
    triples = dict.fromkeys(line[: line.rindex(b" <")] + b" .\n" for line in lines)
    return FeedMember(thing, event(before, now), tuple(sorted(now.datasets)), b"".join(triples))


_Said = tuple[str, bytes]
"""A thing, and lines about it."""


def _sorted(said: Iterator[_Said], folder: Path) -> Iterator[_Said]:
    """What is said, thing by thing, most of it on disk where it is much."""
    with runs.unnamed_file(folder) as file:
        aside: list[runs.SortedRun] = []
        some: list[_Said] = []
        size = 0
        for each in said:
            some.append(each)
            size += len(each[1]) + _BESIDE
            if size > _AT_ONCE:
                aside.append(runs.write(some, file, _both))
                some, size = [], 0
        yield from heapq.merge(runs.merged(aside, _both), sorted(some)) if aside else sorted(some)


_BESIDE = 250
"""About what a stretch of lines takes in memory beside them."""

_both = itemgetter(0, 1)


def _pages(versions: Iterator[FeedMember]) -> Iterator[list[FeedMember]]:
    page: list[FeedMember] = []
    size = 0
    for member in versions:
        if page and (len(page) == MOST_MEMBERS or size + len(member.lines) > MOST_BYTES):
            yield page
            page, size = [], 0
        page.append(member)
        size += len(member.lines)
    if page:
        yield page


def _with_end(pages: Iterator[list[FeedMember]]) -> Iterator[tuple[list[FeedMember], bool]]:
    """Each page, and whether it is the last."""
    page = next(pages, None)
    while page is not None:
        following = next(pages, None)
        yield page, following is None
        page = following


# ------------------------------------------------------------------------------------------------------------ pages


def stream(base: str) -> str:
    """The IRI of the event stream, which is another than that of the page where it begins."""
    return f"{base}feed#stream"


def page_name(release: str, number: int) -> str:
    """The name of a page, which no other release gives."""
    return f"{release}-p{number}"


def version(thing: str, release: str, base: str) -> str:
    """The IRI of a version of a thing; what others named gets none in their name.

    >>> version("https://example.org/id/process/xx-1", "r1", "https://example.org/")
    'https://example.org/id/process/xx-1/version/r1'
    """
    if thing.startswith(base):
        return f"{thing}/version/{release}"
    return f"{base}feed/version/{release}/{quote(thing, safe='')}"


def page_text(page: Iterable[FeedMember], edition: DumpRef, time: str, following: str | None) -> bytes:
    """A page in TriG; addresses of pages are relative, so that it is the same wherever it is served from."""
    parts = [
        _HEAD.encode(),
        f"<> a tree:Node ; ldes:immutable true{' ; tree:relation <#next>' * bool(following)} .\n".encode(),
    ]
    if following:
        parts.append(_relation("#next", following, time, "GreaterThanOrEqualTo").encode())
    for member in page:
        iri = version(member.thing, edition.id, edition.base)
        parts.append(f"<{stream(edition.base)}> tree:member <{iri}> .\n{_about(iri, member, time)}".encode())
        parts.append(f"<{iri}> {{\n".encode() + member.lines + b"}\n")
    return b"".join(parts)


def _about(iri: str, member: FeedMember, time: str) -> str:
    datasets = "".join(f" ; void:inDataset <{each}>" for each in member.datasets)
    return (
        f"<{iri}> a {_ACTIVITY[member.event]} ; dct:isVersionOf <{member.thing}>{datasets} ; "
        f'prov:generatedAtTime "{time}"^^xsd:dateTime .\n'
    )


def _relation(iri: str, page: str, time: str, comparison: str) -> str:
    return (
        f"<{iri}> a tree:{comparison}Relation ; tree:node <{page}> ; "
        f'tree:path prov:generatedAtTime ; tree:value "{time}"^^xsd:dateTime .\n'
    )


def root_text(issues: Iterable[ReleaseChanges], base: str, title: Mapping[str, str]) -> bytes:
    """The way in, in Turtle: what the stream is, and the first page of each release, with the time of its members."""
    known = tuple(issues)
    titles = "".join(f" ; dct:title {Literal(text, language=each)}" for each, text in sorted(_titles(title).items()))
    lines = [
        f"<{stream(base)}> a ldes:EventStream ; tree:view <> ; ldes:pollingInterval {POLLING}{titles} ;\n"
        "  ldes:timestampPath prov:generatedAtTime ; ldes:versionOfPath dct:isVersionOf ;\n"
        "  ldes:versionCreateObject as:Create ; ldes:versionUpdateObject as:Update ; ldes:versionDeleteObject as:Delete .\n",
        "<> a tree:Node , ldes:EventSource ; ldes:retentionPolicy <#retention> .\n",
        f"<#retention> a ldes:RetentionPolicy{_from(known)} .\n",
    ]
    for issue in known:
        first = f"feed/pages/{issue.pages[0]}"
        lines.append(f"<> tree:relation <#{issue.release}-from> , <#{issue.release}-to> .\n")
        lines.append(_relation(f"#{issue.release}-from", first, issue.time, "GreaterThanOrEqualTo"))
        lines.append(_relation(f"#{issue.release}-to", first, issue.time, "LessThanOrEqualTo"))
    return (_HEAD + "".join(lines)).encode()


def _from(issues: tuple[ReleaseChanges, ...]) -> str:
    """All that ever was in the stream is kept: it begins where it began."""
    return f' ; ldes:startingFrom "{issues[0].time}"^^xsd:dateTime' if issues else ""


def _titles(title: Mapping[str, str]) -> dict[str, str]:
    return {each: f"{text}: {atom.WORDS['changes'][each]}" for each, text in title.items() if each in atom.LANGUAGES}


# ---------------------------------------------------------------------------------------------------------- ways in


def _ways_in(
    building: Path, issues: tuple[ReleaseChanges, ...], edition: DumpRef, words: FeedTitles, put: Put
) -> list[Distribution]:
    """What changes with every release that changes anything: the index, the first page, and the feeds for people."""
    index = json.dumps({"issues": [asdict(issue) for issue in issues]}, ensure_ascii=False, indent=1).encode() + b"\n"
    feeds = {
        f"feed/feed.{language}.atom": atom.atom_document(issues, edition.base, words, language)
        for language in atom.LANGUAGES
    }
    return [
        _put(building, INDEX, JSON, "Change feed, what is in it", index, put),
        _put(building, ROOT, TURTLE, "Change feed, where it begins", root_text(issues, edition.base, words.title), put),
        *(_put(building, path, ATOM, "Change feed for people", text, put) for path, text in feeds.items()),
    ]


def _counts(events: Mapping[str, str], base: str) -> dict[str, dict[str, int]]:
    counted = Counter((kind(thing, base), each) for thing, each in events.items() if each != "fate")
    found: dict[str, dict[str, int]] = {}
    for (each, what), count in sorted(counted.items()):
        found.setdefault(each, {})[what] = count
    return found


class _ChangeSelection:
    """Chooses the processes that are told one by one: what is gone first, since others have to act on that."""

    def __init__(self, edition: DumpRef) -> None:
        self._edition = edition
        self._chosen: dict[str, list[ProcessChange]] = {each: [] for each in ("removed", "changed", "added")}

    def see(self, page: Iterable[FeedMember]) -> None:
        """Choose from a page."""
        for member in page:
            some = self._chosen.get(member.event)
            if some is not None and len(some) < MOST_TOLD and kind(member.thing, self._edition.base) == "process":
                some.append(self._of(member))

    def _of(self, member: FeedMember) -> ProcessChange:
        name = version(member.thing, self._edition.id, self._edition.base)
        literals = () if member.event == "removed" else names_in(member.thing, member.lines.splitlines(keepends=True))
        return ProcessChange(member.thing, member.event, name, _by_language(literals))

    @property
    def told(self) -> tuple[ProcessChange, ...]:
        """Those that were chosen."""
        return tuple(chain.from_iterable(self._chosen.values()))[:MOST_TOLD]


def _by_language(literals: Iterable[Literal]) -> dict[str, str]:
    return {each.language or "": each.value for each in literals}


def _without_names_of_gone(issues: tuple[ReleaseChanges, ...]) -> tuple[ReleaseChanges, ...]:
    """What was taken back is not named any more, in what was told of it before either."""
    gone: set[str] = set()
    kept = []
    for issue in reversed(issues):
        gone = gone | {each.thing for each in issue.told if each.event == "removed"}
        told = tuple(
            ProcessChange(each.thing, each.event, each.version) if each.thing in gone else each for each in issue.told
        )
        kept.append(ReleaseChanges(issue.release, issue.time, issue.pages, issue.counts, told))
    return tuple(reversed(kept))


def _put(building: Path, path: str, media_type: MediaType, title: str, content: bytes, put: Put) -> Distribution:
    packed = path.endswith(".gz")
    data = gzip.compress(content, compresslevel=6, mtime=0) if packed else content
    put(building / path, data)
    digests = [hashlib.sha256(each).hexdigest() for each in (data, content)]
    return Distribution(
        path, media_type, title, "gzip" if packed else None, len(data), digests[0], len(content), digests[1]
    )
