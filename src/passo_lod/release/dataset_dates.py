"""Determine when each dataset was published and last changed, for the DCAT catalogue; the data itself contains no time of publishing.

A date comes from the data or the id registry. The day of publishing is used only if there is no other: for a new dataset, and for one whose
content differs from the release before. An unchanged dataset keeps its dates (docs/decisions/0016-catalogue.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from passo_lod.namespaces import DCAT, DCT
from passo_lod.release_layout import CURRENT, description_of_datasets

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIELDS = {DCT.issued: "issued", DCT.modified: "modified", DCAT.version: "version"}


@dataclass(frozen=True)
class DatasetDates:
    """The days on which a dataset was published and changed (ISO 8601), and the version of its content; empty if unknown."""

    issued: str = ""
    modified: str = ""
    version: str = ""


@dataclass(frozen=True)
class DatasetDating:
    """The dates of each dataset in the current release, and the day of publishing.

    Attributes:
        before: by the IRI of the dataset.
        today: the day of publishing (ISO 8601); empty if it should not be used.
    """

    before: Mapping[str, DatasetDates] = field(default_factory=dict)
    today: str = ""

    @classmethod
    def read(cls, releases: Path, today: date) -> "DatasetDating":
        """Read the catalogue of the current release; without one, or with a damaged one, no dataset has dates."""
        try:
            return cls(_read_dates(description_of_datasets(releases / CURRENT)), today.isoformat())
        except (OSError, SyntaxError):
            return cls({}, today.isoformat())

    def dates(self, iri: str, version: str, declared: DatasetDates) -> DatasetDates:
        """Determine the dates of a dataset.

        Args:
            iri: of the dataset.
            version: of its content (`release_layout.version`).
            declared: the dates in the data and the registry.
        """
        before = self.before.get(iri)
        if before is None:
            issued = day(declared.issued) or self.today
            # A record may contain a future day by mistake.
            modified = day(declared.modified) if not self.today or day(declared.modified) <= self.today else ""
            return DatasetDates(issued, max(issued, modified), version)
        if before.version == version:
            return before
        return DatasetDates(before.issued, max(before.modified, self.today), version)


def day(text: str) -> str:
    """Return the day that a date, a time or the name of a release begins with; empty if there is none.

    >>> day("2026-11-22T145328Z-4c8415"), day("2026")
    ('2026-11-22', '')
    """
    found = _DAY.match(text)
    return found[0] if found else ""


def _read_dates(catalogue: Path) -> dict[str, DatasetDates]:
    fields: dict[str, dict[str, str]] = {}
    for triple in parse(path=str(catalogue), format=RdfFormat.TURTLE):
        if triple.predicate in _FIELDS and isinstance(triple.subject, NamedNode) and isinstance(triple.object, Literal):
            fields.setdefault(triple.subject.value, {})[_FIELDS[triple.predicate]] = triple.object.value
    return {iri: DatasetDates(**each) for iri, each in fields.items() if "version" in each}
