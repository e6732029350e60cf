"""Find the feed of an earlier release, and take its pages over into the release that is being built."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from passo_lod.errors import ReleaseError
from passo_lod.media_types import TRIG
from passo_lod.release.changes.feed_model import ReleaseChanges, read_index
from passo_lod.release.distribution import Distribution
from passo_lod.release_layout import FEED_INDEX, FEED_PAGES, MANIFEST, Manifest, read_manifest

WriteFile = Callable[[Path, bytes], None]
"""Writes a file and flushes it to disk."""


@dataclass(frozen=True)
class FeedHistory:
    """The feed of a release on disk.

    Attributes:
        releases: what each release added to it, the oldest first.
    """

    folder: Path
    releases: tuple[ReleaseChanges, ...]
    manifest: Manifest

    @property
    def last_time(self) -> str:
        """The time of the newest members; empty if there are none."""
        return self.releases[-1].time if self.releases else ""

    @property
    def is_complete(self) -> bool:
        """Whether all pages exist in full size.

        Raises:
            OSError: a page is missing.
        """
        return all((self.folder / page.path).stat().st_size == page.bytes for page in self.pages())

    def pages(self) -> Iterator[Distribution]:
        """Yield the pages that the manifest lists."""
        for file in self.manifest.files:
            if file.path.startswith(f"{FEED_PAGES}/"):
                yield Distribution(
                    path=file.path,
                    media_type=TRIG,
                    title=str(file.title or ""),
                    encoding=file.encoding,
                    bytes=file.size,
                    sha256=file.sha256,
                    content_bytes=file.content_size or 0,
                    content_sha256=file.content_sha256,
                    licences=file.licences,
                    dataset=file.dataset,
                )


def latest_history(releases: Path) -> FeedHistory | None:
    """Find the feed that goes furthest, whichever release is current: after a rollback, members stay in the stream."""
    found = [history for path in releases.glob(f"[!.]*/{MANIFEST}") if (history := _read_history(path.parent))]
    return max(found, key=lambda each: (each.last_time, each.folder.name), default=None)


def _read_history(folder: Path) -> FeedHistory | None:
    """Read the feed of a release; None if it has none, or it is damaged."""
    with suppress(OSError, ValueError, KeyError, TypeError, ReleaseError):
        changes = read_index((folder / FEED_INDEX).read_bytes())
        history = FeedHistory(folder.resolve(), changes, read_manifest(folder))
        return history if history.is_complete else None
    return None


def next_time(history: FeedHistory | None, now: datetime) -> str:
    """Return a time for new members (xsd:dateTime) that is after all others, even if the clock was set back."""
    time = now.astimezone(UTC).replace(microsecond=0)
    if history and history.last_time:
        time = max(time, datetime.fromisoformat(history.last_time) + timedelta(seconds=1))
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def link_pages(history: FeedHistory, building: Path, write_file: WriteFile) -> list[Distribution]:
    """Link or copy the pages into another release, where they have the same paths."""
    pages = list(history.pages())
    for page in pages:
        target = building / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(history.folder / page.path)
        except OSError:  # another file system, or one without hard links
            write_file(target, (history.folder / page.path).read_bytes())
    return pages
