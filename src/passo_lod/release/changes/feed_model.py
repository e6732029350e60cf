"""Model the change feed: what each release changed, as `feed/index.json` lists it and the LDES and Atom feeds show it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ProcessChange:
    """A process that a release added, changed or removed.

    Attributes:
        event: `added`, `changed` or `removed`.
        version: the IRI of the version of the process in this release.
        names: its labels by language tag; no language is the empty tag. Empty if it was removed: the name may be personal data.
    """

    thing: str
    event: str
    version: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReleaseChanges:
    """What one release added to the feed.

    Attributes:
        release: its name.
        time: of its members in the stream (xsd:dateTime).
        pages: the names of its pages.
        counts: by kind of thing, how many were added, changed and removed.
        processes: the processes that are listed one by one.
    """

    release: str
    time: str
    pages: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    processes: tuple[ProcessChange, ...]


@dataclass(frozen=True)
class FeedTitles:
    """The catalogue's title and publisher by language, for the titles of the feeds."""

    title: Mapping[str, str]
    publisher: Mapping[str, str]


def index_json(releases: Iterable[ReleaseChanges]) -> bytes:
    """Write the index of the feed."""
    issues = [{**vars(each), "told": [vars(process) for process in each.processes]} for each in releases]
    for issue in issues:
        del issue["processes"]
    return json.dumps({"issues": issues}, ensure_ascii=False, indent=1).encode() + b"\n"


def read_index(data: bytes) -> tuple[ReleaseChanges, ...]:
    """Read what `index_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is not such an index.
    """
    return tuple(map(_release_changes, json.loads(data)["issues"]))


def _release_changes(entry: Mapping[str, Any]) -> ReleaseChanges:
    processes = tuple(ProcessChange(**process) for process in entry["told"])
    return ReleaseChanges(entry["release"], entry["time"], tuple(entry["pages"]), entry["counts"], processes)
