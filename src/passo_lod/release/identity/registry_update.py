"""Compute what one release adds to the id registry, and append it: ids that are new, renamed, withdrawn or published again."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from passo_lod.digests import sha256_of
from passo_lod.errors import SourceError
from passo_lod.release.identity.id_registry import PUBLISHED_EVENTS, IdRegistry
from passo_lod.release.identity.id_status import DeclaredStatus, IdStatus


@dataclass(frozen=True)
class PreviousRelease:
    """The release that is current while another is written.

    Attributes:
        sha256: of the registry when it was published.
    """

    release: str
    sha256: str


@dataclass(frozen=True)
class RegistryUpdate:
    """What one release adds to the registry.

    Attributes:
        published: the source of each id that the release publishes.
        declared: the statuses that sources declare.
        statuses: why each other id is not published.
        replacements: by id, the ids at the end of its chain of replacements.
    """

    registry: IdRegistry
    published: Mapping[str, str]
    declared: Mapping[str, DeclaredStatus]
    statuses: Mapping[str, IdStatus]
    replacements: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls, registry: IdRegistry, published: Mapping[str, str], declared: Mapping[str, DeclaredStatus]
    ) -> "RegistryUpdate":
        """Compute the update of a registry by a release.

        Args:
            registry: as it is before the release.
            published: the source of each id that the release publishes.
            declared: the statuses that sources declare; those of published ids have no effect.

        Raises:
            SourceError: a source replaces an id by an unknown one, or in the end by itself.
        """
        replaced = {id_ for id_, each in declared.items() if each.status.replaced_by}
        unpublished = sorted({*registry.entries, *replaced} - published.keys())
        statuses = {id_: _status(id_, registry, declared) for id_ in unpublished}
        _check_replacements(declared, {*published, *registry.entries})
        replacements = {id_: _final_replacements(id_, statuses, declared) for id_ in statuses}
        return cls(registry, published, declared, statuses, replacements)

    def source_of(self, id_: str) -> str:
        """Return the source of an id."""
        known = self.registry.entries.get(id_)
        return known.source if known else self.published.get(id_) or self.declared[id_].source

    def withdrawn_digest(self, release: str) -> str:
        """Compute a digest of all withdrawals up to a release; empty if there was none.

        A release with another digest may contain a withdrawn record. Names and times of releases do not show that: clocks differ, and the
        registries of two histories can be merged.
        """
        entries = self.registry.entries
        withdrawn = {id_: entry.withdrawn for id_, entry in entries.items() if entry.withdrawn is not None}
        for id_, status in self.statuses.items():
            if status.why == "withdrawn" and id_ in entries and not entries[id_].is_withdrawn:
                withdrawn[id_] = release
        text = "".join(f"{id_}\t{release}\n" for id_, release in sorted(withdrawn.items()))
        return sha256_of(text.encode())[:12] if text else ""

    @property
    def events(self) -> Mapping[str, str]:
        """The new events, by id."""
        entries = self.registry.entries
        published = {
            id_: "back" if id_ in entries else "published"
            for id_ in self.published
            if id_ not in entries or entries[id_].status
        }
        unpublished = {
            id_: status.event
            for id_, status in self.statuses.items()
            if id_ not in entries or entries[id_].status != status
        }
        return dict(sorted((published | unpublished).items()))

    def __str__(self) -> str:
        """Count the published ids and the new events."""
        entries, events = self.registry.entries, self.events
        counts = Counter(events.values())
        reasons = Counter(self.statuses[id_].why for id_ in events if id_ in entries and entries[id_].status is None)
        gone = ", ".join(f"{count:,} {why}" for why, count in sorted(reasons.items()))
        parts = [f"{len(self.published):,} published", f"{counts['published']:,} new", f"{counts['back']:,} back"]
        return ", ".join([*parts, f"{sum(reasons.values()):,} gone" + (f" ({gone})" if gone else "")])

    def check_writable(self) -> None:
        """Check, before a release is built, that its events can be recorded.

        Raises:
            ReleaseError: they cannot.
        """
        if self.events:
            self.registry.check_writable()

    def record(self, release: str, previous: PreviousRelease | None) -> Mapping[str, Any]:
        """Append the new events to the registry, before the release becomes visible.

        Args:
            release: its name.
            previous: the current release, if its manifest says from which state of the registry it was published.

        Returns:
            The registry's part of the manifest (`release_layout.RegistrySummary`).

        Raises:
            ReleaseError: the registry cannot be written; it is as before.
        """
        if not self.events:
            return self._summary(self.registry.sha256, release)
        registry, sha256 = self.registry.append(partial(self._lines_for, release=release, previous=previous))
        return replace(self, registry=registry)._summary(sha256, release)

    def _lines_for(self, registry: IdRegistry, release: str, previous: PreviousRelease | None) -> Iterator[str]:
        return replace(self, registry=registry).new_lines(release, previous)

    def new_lines(self, release: str, previous: PreviousRelease | None) -> Iterator[str]:
        """Yield the lines to append, sorted by id."""
        is_next = previous is not None and previous.sha256 == self.registry.sha256
        for id_, event in self.events.items():
            line: dict[str, Any] = {"id": id_, "event": event, "release": release, "source": self.source_of(id_)}
            entry = self.registry.entries.get(id_)
            if event not in PUBLISHED_EVENTS and entry and entry.status is None:
                # The registry does not list unchanged releases; the last one with the id is the current one if it is the registry's last.
                line["last"] = previous.release if previous and is_next else entry.last
            if status := self.statuses.get(id_):
                line |= _as_json(status)
            yield json.dumps(line, ensure_ascii=False) + "\n"

    def _summary(self, sha256: str, release: str) -> Mapping[str, Any]:
        digest = self.withdrawn_digest(release)
        summary = {"published": len(self.published), "gone": len(self.statuses), "sha256": sha256}
        return summary | ({"cleared": digest} if digest else {})


def _status(id_: str, registry: IdRegistry, declared: Mapping[str, DeclaredStatus]) -> IdStatus:
    """The status that its source declares; else the recorded one; else `absent`."""
    if id_ in declared:
        return declared[id_].status
    known = registry.entries[id_].status
    return known if known and known.why != "quarantined" else IdStatus("absent")


def _check_replacements(declared: Mapping[str, DeclaredStatus], known: Iterable[str]) -> None:
    expected = {*known, *(id_ for id_, each in declared.items() if each.status.why != "withdrawn")}
    for id_, each in declared.items():
        for target in each.status.replaced_by:
            if target not in expected:
                raise SourceError(
                    f"{each.where}: {id_} is {each.status.why}, and {target} should take its place; but no record has that id"
                )


def _final_replacements(
    id_: str, statuses: Mapping[str, IdStatus], declared: Mapping[str, DeclaredStatus], trail: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Follow replacements to their ends, so that one step leads there, however often an id was replaced."""
    if id_ in trail:
        cycle = [*trail[trail.index(id_) :], id_]
        where = next((declared[each].where for each in cycle if each in declared), "the registry")
        raise SourceError(f"{where}: {' → '.join(cycle)}: an id cannot be replaced by itself in the end")
    status = statuses.get(id_)
    if status is None or not status.replaced_by:
        return (id_,) if trail else ()
    found = (end for by in status.replaced_by for end in _final_replacements(by, statuses, declared, (*trail, id_)))
    return tuple(dict.fromkeys(found))


def _as_json(status: IdStatus) -> dict[str, Any]:
    """The keys of a status in a line, beside the event."""
    keys: dict[str, Any] = {"why": status.why} if status.event == "gone" else {}
    if status.reason:
        keys["reason"] = status.reason
    if status.replaced_by:
        keys["replaced_by"] = list(status.replaced_by)
    return keys
