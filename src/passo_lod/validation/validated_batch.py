"""Define what `validator` validates: records, and the batch that knows which records describe a node."""

import hashlib
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Protocol

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, RdfFormat

from passo_lod.records import Field

SAMPLE = 100
"""One record in so many is fully validated by pySHACL, even if the prefilter finds nothing."""


class ValidatedRecord(Protocol):
    """A record's identity, its quads, and the fields that they come from."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Source, record id and path of the file."""
        ...

    @property
    def line(self) -> int | None:
        """First line of the record, in a file with several records."""
        ...

    @property
    def quads(self) -> Sequence[Quad]:
        """The quads of the record."""
        ...

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """Return the field of a value, else the one that should have it, else one that gave the same text."""
        ...

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        """A function that returns the labels of the fields that a predicate gets its values from."""
        ...


class ValidatedBatch:
    """The records of a batch by the nodes that they describe."""

    def __init__(self, records: Sequence[ValidatedRecord]) -> None:
        self.records = records
        self._nodes = [_described_nodes(record) for record in records]
        self._positions: dict[str, list[int]] = {}
        for position, nodes in enumerate(self._nodes):
            for node in nodes:
                self._positions.setdefault(node, []).append(position)

    @property
    def nodes(self) -> Set[str]:
        """IRIs of all nodes that a record describes."""
        return self._positions.keys()

    def describing(self, node: str) -> list[ValidatedRecord]:
        """Return the records that describe a node."""
        return [self.records[position] for position in self.positions(node)]

    def positions(self, node: str) -> Sequence[int]:
        """Return the positions in the batch of the records that describe a node."""
        return self._positions.get(node, ())

    def nodes_by_record(self) -> list[set[str]]:
        """Return the nodes of each record, in the order of the records."""
        return self._nodes

    def nodes_of(self, positions: Iterable[int]) -> set[str]:
        """Return the nodes of the records at some positions."""
        return set[str]().union(*(self._nodes[position] for position in set(positions)))

    def sample(self) -> list[int]:
        """Return the positions of one record in `SAMPLE`, and at least of one, chosen by a digest of their quads."""
        digests = [_digest(record) for record in self.records]
        smallest = min(digests)
        return [position for position, digest in enumerate(digests) if digest % SAMPLE == 0 or digest == smallest]


def _described_nodes(record: ValidatedRecord) -> set[str]:
    return {node.value for node in {quad.subject for quad in record.quads} if isinstance(node, NamedNode)}


def _digest(record: ValidatedRecord) -> int:
    quads = ox.serialize(record.quads, format=RdfFormat.N_QUADS) or b""
    return int.from_bytes(hashlib.sha256(quads).digest()[:8])
