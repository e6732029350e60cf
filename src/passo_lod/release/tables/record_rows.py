"""The rows of one record for the flat tables, as JSON for the cache, and which of its subjects no other record describes.

A row contains only what depends on the record, the vocabulary and the places. What other records may describe too, such as the name of a
body or the title of a call, is a deferred cell, filled when the table is written (docs/decisions/0017-dumps-and-tables.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson


class TableRow(NamedTuple):
    """One row of a table.

    Attributes:
        key: identifiers in the key columns, by which rows are sorted.
        csv: its line of CSV with formulas escaped, split at the deferred cells; empty if several records may give the row, which then
            consists of deferred cells only.
        raw: its line with all texts unchanged, split in the same way; None if it is the same.
        deferred: the deferred cells, each as `DeferredCell.as_json` gives it.
    """

    key: list[str]
    csv: list[str]
    raw: list[str] | None
    deferred: list[str]


@dataclass
class RecordRows:
    """The rows of one record.

    Attributes:
        roots: IRIs of the process and the record; no other record describes them or what is below them.
        rows: by table, in the order of their keys.
        shared_bindings: by table of shared resources, what its query binds in the record: the key, then the other variables, as N-Triples.
        left_out: number of cells that are empty because their column cannot represent the values, by table and column.
        references: identifiers to which the rows refer, by reference table.
    """

    roots: list[str]
    rows: dict[str, list[TableRow]] = field(default_factory=dict)
    shared_bindings: dict[str, list[list[str | None]]] = field(default_factory=dict)
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    references: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """Serialise for the cache."""
        return orjson.dumps(
            (self.roots, self.rows, self.shared_bindings, self.left_out, self.references), default=tuple
        )

    @classmethod
    def from_json(cls, text: bytes) -> "RecordRows":
        """Read what `as_json` wrote.

        Raises:
            ValueError: the text is no JSON, or has another number of parts.
            TypeError: a part has another form.
        """
        roots, rows, shared_bindings, left_out, references = orjson.loads(text)
        rows = {table: list(map(TableRow._make, some)) for table, some in rows.items()}
        return cls(roots, rows, shared_bindings, left_out, references)

    def own_subjects(self) -> "OwnSubjects":
        """The subjects that no other record describes."""
        return OwnSubjects(self.roots, (key for bindings in self.shared_bindings.values() for key, *_ in bindings))

    def shared_blocks(self, blocks: Iterable[bytes]) -> tuple[bytes, ...]:
        """Keep, of the record's lines of N-Quads, those whose subject other records may describe too.

        Args:
            blocks: lines by subject (`nquads_sorter.group_by_subject`); those that keep no line are dropped.
        """
        own = self.own_subjects()
        shared = (b"".join(line for line in _lines(block) if _subject(line) not in own) for block in blocks)
        return tuple(filter(None, shared))


def _lines(block: bytes) -> Iterator[bytes]:
    # Only \n ends a line of N-Quads: bytes.splitlines would also cut at \r.
    return (line + b"\n" for line in block.split(b"\n") if line)


def _subject(line: bytes) -> str:
    return line[1 : line.index(b">")].decode()


class OwnSubjects:
    """The subjects that only one record describes: its roots, and what is below them except the resources that tables list for all records.

    Args:
        roots: the IRIs of the process and the record.
        listed: the resources that tables list for all records, as N-Triples.

    >>> own = OwnSubjects(["https://example.org/id/process/xx-1"], [])
    >>> "https://example.org/id/process/xx-1/cost" in own, "https://example.org/id/process/xx-10" in own
    (True, False)
    """

    def __init__(self, roots: Iterable[str], listed: Iterable[str | None]) -> None:
        self._roots = frozenset(roots)
        self._prefixes = tuple(root + sign for root in self._roots for sign in "/#")
        self._listed = frozenset(listed)

    def __contains__(self, iri: str) -> bool:
        """Whether only this record describes a subject."""
        return iri in self._roots or (iri.startswith(self._prefixes) and f"<{iri}>" not in self._listed)
