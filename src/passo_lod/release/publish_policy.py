"""Stop a release that loses or quarantines many records, unless a person accepts it; checked before anything is written.

A folder that is not mounted, a page layout that changed, an edit of a mapping: each gives a valid release that takes published records away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from passo_lod.errors import ReleaseError, ReleaseStopped
from passo_lod.release.content import Content
from passo_lod.release_layout import CURRENT, Manifest, find_manifest

SHRINK = "shrink"
QUARANTINE = "quarantine"
KEEP = 10


@dataclass(frozen=True)
class PublishPolicy:
    """How much a release may lose or quarantine, and how many releases are kept.

    Attributes:
        shrink: the share of the records of the current release that may be missing in the next one.
        quarantine: the share of the incoming records that may be quarantined.
        accepted: the limits that do not apply: `shrink`, `quarantine`, or one of them for one source, as in `shrink:toscana`.
        keep: how many releases stay.
    """

    shrink: float = 0.05
    quarantine: float = 0.10
    accepted: frozenset[str] = frozenset()
    keep: int = KEEP

    def accepts(self, limit: str, source: str) -> bool:
        """Whether a limit does not apply to a source."""
        return bool(self.accepted & {limit, f"{limit}:{source}"})


DEFAULT = PublishPolicy()

OPEN = PublishPolicy(accepted=frozenset({SHRINK, QUARANTINE}))
"""No limit applies."""


@dataclass(frozen=True)
class RecordCounts:
    """The records of one source: published in the current release, and published, incoming and quarantined in the next.

    A merged record counts as published, because the record of the same case is.
    """

    source: str
    before: int
    published: int
    records_in: int
    quarantined: int


def check_losses(content: Content, releases: Path, policy: PublishPolicy) -> None:
    """Compare a release that is about to be written with the current one.

    Raises:
        ReleaseStopped: too many published records would be missing, or too many incoming ones are quarantined.
        ReleaseError: `policy` accepts something for a source that does not exist.
    """
    counts = list(_counts(content, _current_manifest(releases, policy)))
    _check_accepted(policy.accepted, [each.source for each in counts])
    reasons = [*_shrink_reasons(counts, policy), *_quarantine_reasons(counts, policy)]
    if reasons:
        raise ReleaseStopped("\n  ".join([f"{releases}: publishing was stopped, and nothing was written.", *reasons]))


def _current_manifest(releases: Path, policy: PublishPolicy) -> Manifest | None:
    """Read the manifest of the current release; None if there is no release, or it is unreadable and shrinking is accepted."""
    current = releases / CURRENT
    manifest = find_manifest(current)
    if manifest is None and (current.is_symlink() or current.exists()) and SHRINK not in policy.accepted:
        raise ReleaseStopped(
            f"{current}: publishing was stopped, and nothing was written: the manifest of the current release cannot be read,"
            " so that nobody can say what the next one would lose. `passo-lod releases verify` says what is wrong there;"
            f" --accept {SHRINK} publishes all the same."
        )
    return manifest


def _counts(content: Content, before: Manifest | None) -> Iterator[RecordCounts]:
    """Count the records of every source of either release."""
    published_before = {each.name: each.published + each.merged for each in before.sources} if before else {}
    accountings = {dataset.name: dataset.accounting for dataset in content.datasets}
    for name in sorted({*published_before, *accountings}):
        now = accountings.get(name)
        counts = (now.published + now.merged, now.records_in, now.quarantined) if now else (0, 0, 0)
        yield RecordCounts(name, published_before.get(name, 0), *counts)


def _shrink_reasons(counts: Sequence[RecordCounts], policy: PublishPolicy) -> Iterator[str]:
    """Explain which sources lose too much, or that all together do; a source whose loss is accepted does not count."""
    limited = [each for each in counts if not policy.accepts(SHRINK, each.source)]
    losing = [each for each in limited if _lost_share(each.before, each.published) > policy.shrink]
    before, now = sum(each.before for each in limited), sum(each.published for each in limited)
    if not losing and _lost_share(before, now) <= policy.shrink:
        return
    yield (
        f"Shrink: {now:,} records would be published where the current release has {before:,}; at most"
        f" {policy.shrink:.0%} fewer are published without --accept, in all sources together and in each."
    )
    shown = losing or [each for each in limited if each.published < each.before]
    yield from (f"  {each.source}: {each.published:,} of {each.before:,}" for each in shown)
    yield _remedy(SHRINK, shown[0].source)


def _quarantine_reasons(counts: Sequence[RecordCounts], policy: PublishPolicy) -> Iterator[str]:
    limited = [each for each in counts if not policy.accepts(QUARANTINE, each.source)]
    records, quarantined = sum(each.records_in for each in limited), sum(each.quarantined for each in limited)
    if not records or quarantined / records <= policy.quarantine:
        return
    yield (
        f"Quarantine: {quarantined:,} of {records:,} records would be quarantined"
        f" ({quarantined / records:.0%}); at most {policy.quarantine:.0%} are published without --accept. `passo-lod check` says why."
    )
    shown = [each for each in limited if each.quarantined]
    yield from (f"  {each.source}: {each.quarantined:,} of {each.records_in:,}" for each in shown)
    yield _remedy(QUARANTINE, shown[0].source)


def _lost_share(before: int, now: int) -> float:
    return (before - now) / before if before else 0.0


def _remedy(limit: str, source: str) -> str:
    return f"If this is meant, publish with --accept {limit}, or for one source with --accept {limit}:{source}."


def _check_accepted(accepted: frozenset[str], sources: Sequence[str]) -> None:
    """Check the names that a person typed; a typing error would otherwise show only when the limit is reached."""
    for each in sorted(accepted):
        limit, colon, source = each.partition(":")
        if limit not in (SHRINK, QUARANTINE) or (colon and source not in sources):
            known = f"{SHRINK} and {QUARANTINE}, each alone or for one of the sources {', '.join(sources)}"
            raise ReleaseError(f"--accept {each}: not known; there are {known}, as in {SHRINK}:{sources[0]}")
