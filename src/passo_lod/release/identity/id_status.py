"""Define why an id is not published: sources declare it, the registry stores it, tombstones publish it."""

from dataclasses import dataclass

REPLACED = ("merged", "renamed", "split")
"""Statuses of an id that other ids replace."""

GONE = ("absent", "quarantined", "withdrawn")
"""Statuses of an id that nothing replaces: missing from its source, its record failed validation, or its source withdrew it."""


@dataclass(frozen=True)
class IdStatus:
    """Why an id is not published.

    Attributes:
        why: one of `REPLACED` or `GONE`.
        replaced_by: the ids that replace it.
        reason: the source's own words, if it gives a reason.
    """

    why: str
    replaced_by: tuple[str, ...] = ()
    reason: str = ""

    @property
    def event(self) -> str:
        """Its event in the registry."""
        return self.why if self.why in REPLACED else "gone"


@dataclass(frozen=True)
class DeclaredStatus:
    """The status that a source declares for an id.

    Attributes:
        where: file and line of the declaration, for messages.
    """

    source: str
    status: IdStatus
    where: str
