"""When a dataset was first published and when it last changed, without a clock in the data.

A date is what the data or the registry of ids says. A day of publishing enters only where nothing says more: for a dataset that is
new, or whose content is other than in the release before, which is the day it changed. What did not change keeps its dates
(docs/decisions/0016-catalogue.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from passo_lod.namespaces import DCAT, DCT

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SAID = {DCT.issued: "issued", DCT.modified: "modified", DCAT.version: "version"}


@dataclass(frozen=True)
class DatasetDates:
    """What is said of when a dataset was published and changed, and of its content."""

    issued: str = ""
    modified: str = ""
    version: str = ""


@dataclass(frozen=True)
class DatasetDating:
    """What the release before says of each dataset, and the day of this one.

    Attributes:
        before: by the IRI of the dataset.
        today: the day of publishing; empty where none should enter.
    """

    before: Mapping[str, DatasetDates] = field(default_factory=dict)
    today: str = ""

    @classmethod
    def read(cls, releases: Path, today: date) -> "DatasetDating":
        """What the current release's catalogue says; nothing where there is none, or it cannot be read."""
        try:
            return cls(_dates(releases / "current" / "catalog.ttl"), today.isoformat())
        except (OSError, SyntaxError):
            return cls({}, today.isoformat())

    def dates(self, iri: str, version: str, stated: DatasetDates) -> DatasetDates:
        """The dates of a dataset whose content has this version.

        Args:
            iri: of the dataset.
            version: the digest of its content.
            stated: what the data and the registry say.
        """
        before = self.before.get(iri)
        if before is None:
            issued = day(stated.issued) or self.today
            # A record may state a day that is yet to come, by a slip.
            own = day(stated.modified) if not self.today or day(stated.modified) <= self.today else ""
            return DatasetDates(issued, max(issued, own), version)
        if before.version == version:
            return before
        return DatasetDates(before.issued, max(before.modified, self.today), version)


def version(sha256: str) -> str:
    """What content with this digest is called (dcat:version)."""
    return sha256[:12]


def day(text: str) -> str:
    """The day that a date, a time or the name of a release begins with; nothing where it begins with none.

    >>> day("2026-11-22T145328Z-4c8415"), day("2026")
    ('2026-11-22', '')
    """
    found = _DAY.match(text)
    return found[0] if found else ""


def _dates(catalogue: Path) -> dict[str, DatasetDates]:
    said: dict[str, dict[str, str]] = {}
    for triple in parse(path=str(catalogue), format=RdfFormat.TURTLE):
        if triple.predicate in _SAID and isinstance(triple.subject, NamedNode) and isinstance(triple.object, Literal):
            said.setdefault(triple.subject.value, {})[_SAID[triple.predicate]] = triple.object.value
    return {iri: DatasetDates(**each) for iri, each in said.items() if "version" in each}
