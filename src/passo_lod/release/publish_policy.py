"""Stop a release that lost much of what the one before it had, or holds much back, unless a person says that this is meant.

A folder that was not mounted, a page layout that changed, a mapping that was edited in haste: each is a release that is in order by
itself, and would take away from all who copy us what they had yesterday. Nothing is written before this was asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passo_lod.errors import ReleaseError, ReleaseStopped
from passo_lod.release.content import Content
from passo_lod.release.repository.manifest_reader import read_manifest

SHRINK = "shrink"
QUARANTINE = "quarantine"
KEEP = 10


@dataclass(frozen=True)
class PublishPolicy:
    """What a publisher lets pass, and how many releases it keeps.

    Attributes:
        shrink: the share of the records of the current release that may be missing in the next.
        quarantine: the share of the records that came in that may be held back.
        accepted: what is let pass all the same: `shrink`, `quarantine`, or one of them for one source, as in `shrink:toscana`.
        keep: how many releases stay.
    """

    shrink: float = 0.05
    quarantine: float = 0.10
    accepted: frozenset[str] = frozenset()
    keep: int = KEEP

    def accepts(self, what: str, source: str) -> bool:
        """Whether a finding in a source is let pass."""
        return bool(self.accepted & {what, f"{what}:{source}"})


DEFAULT = PublishPolicy()

OPEN = PublishPolicy(accepted=frozenset({SHRINK, QUARANTINE}))
"""Lets everything pass."""


@dataclass(frozen=True)
class RecordCounts:
    """The records of one source, in the current release and in the one that would be written."""

    source: str
    before: int
    published: int
    records_in: int
    quarantined: int


def check_losses(content: Content, releases: Path, policy: PublishPolicy) -> None:
    """Let a release pass, or say why it is stopped.

    Raises:
        ReleaseStopped: too much of what is published is missing, or too much of what came in is held back.
        ReleaseError: `policy` accepts something in a source that is not there.
    """
    current = releases / "current"
    there = current.is_symlink() or current.exists()
    before = read_manifest(current) if there else {"sources": []}
    if before is None:
        _refuse_unreadable(current, policy)
        before = {"sources": []}
    figures = list(_figures(content, before))
    _check_accepted(policy.accepted, [each.source for each in figures])
    found = [*_shrunk(figures, policy), *_held_back(figures, policy)]
    if found:
        raise ReleaseStopped("\n  ".join([f"{releases}: publishing was stopped, and nothing was written.", *found]))


def _figures(content: Content, before: Mapping[str, Any]) -> Iterator[RecordCounts]:
    """Every source of either release."""
    was = {str(each.get("name")): each.get("published") for each in before.get("sources", ())}
    now = {dataset.name: dataset.accounting for dataset in content.datasets}
    for name in sorted({*was, *now}):
        accounting = now.get(name)
        counts = (accounting.published, accounting.records_in, accounting.quarantined) if accounting else (0, 0, 0)
        known = was.get(name)
        yield RecordCounts(name, known if isinstance(known, int) else 0, *counts)


def _shrunk(figures: Sequence[RecordCounts], policy: PublishPolicy) -> Iterator[str]:
    """The sources that lost too much, and the whole; what is accepted in one source does not count in the whole."""
    counted = [each for each in figures if not policy.accepts(SHRINK, each.source)]
    losing = [each for each in counted if _share_lost(each.before, each.published) > policy.shrink]
    before, now = sum(each.before for each in counted), sum(each.published for each in counted)
    if not losing and _share_lost(before, now) <= policy.shrink:
        return
    yield (
        f"Shrink: {now:,} records would be published where the current release has {before:,}; at most"
        f" {policy.shrink:.0%} fewer are let pass unasked, in the whole and in each source."
    )
    shown = losing or [each for each in counted if each.published < each.before]
    yield from (f"  {each.source}: {each.published:,} of {each.before:,}" for each in shown)
    yield _remedy(SHRINK, shown[0].source)


def _held_back(figures: Sequence[RecordCounts], policy: PublishPolicy) -> Iterator[str]:
    counted = [each for each in figures if not policy.accepts(QUARANTINE, each.source)]
    records, held = sum(each.records_in for each in counted), sum(each.quarantined for each in counted)
    if not records or held / records <= policy.quarantine:
        return
    yield (
        f"Quarantine: {held:,} of {records:,} records that came in would be held back ({held / records:.0%});"
        f" at most {policy.quarantine:.0%} are let pass unasked. `passo-lod check` says why."
    )
    shown = [each for each in counted if each.quarantined]
    yield from (f"  {each.source}: {each.quarantined:,} of {each.records_in:,}" for each in shown)
    yield _remedy(QUARANTINE, shown[0].source)


def _share_lost(before: int, now: int) -> float:
    return (before - now) / before if before else 0.0


def _remedy(what: str, source: str) -> str:
    return f"If this is meant, publish with --accept {what}, or for one source with --accept {what}:{source}."


def _refuse_unreadable(current: Path, policy: PublishPolicy) -> None:
    if SHRINK not in policy.accepted:
        raise ReleaseStopped(
            f"{current}: publishing was stopped, and nothing was written: the manifest of the current release cannot be read,"
            " so that nobody can say what the next one would lose. `passo-lod releases verify` says what is wrong there;"
            f" --accept {SHRINK} publishes all the same."
        )


def _check_accepted(accepted: frozenset[str], sources: Sequence[str]) -> None:
    """A slip in a name would be found when it matters."""
    for each in sorted(accepted):
        what, colon, source = each.partition(":")
        if what not in (SHRINK, QUARANTINE) or (colon and source not in sources):
            known = f"{SHRINK} and {QUARANTINE}, each alone or for one of the sources {', '.join(sources)}"
            raise ReleaseError(f"--accept {each}: not known; there are {known}, as in {SHRINK}:{sources[0]}")
