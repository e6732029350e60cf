"""Find records that may describe one case, by the facts that they share; the collector adds each published record.

Two records are a likely pair if their facts agree by at least half, rare facts counting more (docs/decisions/0029-duplicates.md). The
finder does not know where a record is from, so it can compare records of one source or of several.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import orjson

from passo_lod.pipeline.record_facts import Fact
from passo_lod.pipeline.spool_file import SpoolFile

MIN_SIMILARITY = 0.5
"""The share of the poorer record's facts, by weight, that a likely pair has in common."""

MIN_BITS = 30.0
"""The weight, in bits, of the facts that a likely pair has in common."""

_MOST_RECORDS = 20
"""Records that share a value are compared with each other if they are not more than this."""

_ASSUMED_RECORDS = 20
"""Rarity is computed as if there were so many more records, so that facts weigh something in a source with a few records too."""

_SEEN_BITS = 1 << 23

DifferingValues = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""By property, the values that only the first and only the second of two records has."""


@dataclass(frozen=True)
class RecordRef:
    """A record as results name it: its id, its source and its file."""

    id: str
    source: str
    path: str


@dataclass(frozen=True)
class LikelyPair:
    """Two records that may describe one case.

    Attributes:
        similarity: the weight of the facts that both have, as a share of the weight of the poorer record's facts.
        bits: the weight of the facts that both have.
    """

    first: RecordRef
    second: RecordRef
    similarity: float
    bits: float


@dataclass(frozen=True)
class PairEvidence:
    """Why two records are a likely pair.

    Attributes:
        equal: the facts that both have, the identifying ones and the rarest first.
        different: the values that only one of them has.
    """

    equal: tuple[Fact, ...]
    different: DifferingValues


class DuplicateFinder:
    """Collects the facts of records: in memory their hashes, in a temporary file their texts. Pairs are asked for when all were added.

    Args:
        folder: where the temporary file is.
    """

    def __init__(self, folder: Path) -> None:
        self._records: list[RecordRef] = []
        self._facts = SpoolFile.open(folder)
        self._hashes: list[array[int]] = []
        self._identifying: dict[int, array[int]] = {}

    def add(self, record: RecordRef, facts: bytes) -> None:
        """Add a record with its facts as JSON (`ProcessedRecord.facts`)."""
        compared = array("q")
        for name, value in orjson.loads(facts):
            fact = Fact(name, value)
            if not fact.is_prose:
                compared.append(hash(fact))
            if fact.is_identifying:
                self._identifying.setdefault(hash(fact), array("L")).append(len(self._records))
        self._records.append(record)
        self._hashes.append(compared)
        self._facts.add(facts)

    def close(self) -> None:
        """Close the temporary file, which deletes it."""
        self._facts.close()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all records that were added."""
        return frozenset(record.id for record in self._records)

    def facts_of(self, ids: Set[str]) -> dict[str, frozenset[Fact]]:
        """The facts of some records, by id; a record that was not added is missing."""
        if not ids:
            return {}
        records = zip(self._records, self._facts, strict=True)
        return {record.id: facts_from_json(facts) for record, facts in records if record.id in ids}

    def likely_pairs(self) -> list[LikelyPair]:
        """All likely pairs, the most similar first."""
        found: dict[tuple[int, int], LikelyPair] = {}
        for numbers in _blocks(self._identifying):
            hashes = {number: frozenset(self._hashes[number]) for number in numbers}
            for one, other in combinations(sorted(hashes), 2):
                bits = self._rarity.weight(hashes[one] & hashes[other])
                similarity = bits / min(self._total_bits[one], self._total_bits[other])
                if bits >= MIN_BITS and similarity >= MIN_SIMILARITY:
                    found[one, other] = LikelyPair(self._records[one], self._records[other], similarity, bits)
        return sorted(found.values(), key=lambda pair: (-pair.similarity, pair.first.id, pair.second.id))

    def evidence(self, pairs: Sequence[LikelyPair]) -> Iterator[tuple[LikelyPair, PairEvidence]]:
        """The evidence for each of some pairs, which are in memory at once."""
        facts = self.facts_of({record.id for pair in pairs for record in (pair.first, pair.second)})
        for pair in pairs:
            first, second = facts[pair.first.id], facts[pair.second.id]
            equal = (fact for fact in first & second if not fact.is_prose)
            rarest = sorted(equal, key=lambda fact: (not fact.is_identifying, -self._rarity.weight({hash(fact)}), fact))
            yield pair, PairEvidence(tuple(rarest), differing_values(first, second))

    @cached_property
    def _rarity(self) -> "_Rarity":
        return _Rarity.of(self._hashes)

    @cached_property
    def _total_bits(self) -> "array[float]":
        return array("d", map(self._rarity.weight, self._hashes))


@dataclass(frozen=True)
class _Rarity:
    """How much facts weigh, in bits, by their hashes: the rarer a fact, the more.

    Attributes:
        weights: of the facts that more than one record has.
        single: of a fact that one record has.
    """

    weights: Mapping[int, float]
    single: float

    @classmethod
    def of(cls, records: Sequence[Sequence[int]]) -> "_Rarity":
        total = len(records) + _ASSUMED_RECORDS
        times = _times_of_repeated(records)
        weights = {fact: math.log2(total / count) for fact, count in times.items()}
        return cls(weights, math.log2(total))

    def weight(self, facts: Iterable[int]) -> float:
        return math.fsum(self.weights.get(fact, self.single) for fact in facts)


def _times_of_repeated(records: Sequence[Sequence[int]]) -> Counter[int]:
    """How many records have each fact that several have; a bit field keeps most of the other facts out of memory."""
    seen = bytearray(_SEEN_BITS // 8)
    repeated: set[int] = set()
    for record in records:
        for fact in record:
            position, bit = divmod(fact % _SEEN_BITS, 8)
            if seen[position] >> bit & 1:
                repeated.add(fact)
            seen[position] |= 1 << bit
    return Counter(fact for record in records for fact in record if fact in repeated)


def differing_values(first: Set[Fact], second: Set[Fact]) -> DifferingValues:
    """By property, the values that only the first and only the second of two records has, sorted."""
    names = sorted({fact.property_name for fact in first ^ second})
    return {name: (_values(first - second, name), _values(second - first, name)) for name in names}


def _values(facts: Iterable[Fact], property_name: str) -> tuple[str, ...]:
    return tuple(sorted(fact.value for fact in facts if fact.property_name == property_name))


def facts_from_json(data: bytes) -> frozenset[Fact]:
    """Read the facts of a record (`ProcessedRecord.facts`)."""
    return frozenset(Fact(name, value) for name, value in orjson.loads(data))


def _blocks(records_by_fact: Mapping[int, Sequence[int]]) -> Iterator[Sequence[int]]:
    """Groups of records that share a rare identifying value, or two frequent ones that together are rare.

    Each has at most `_MOST_RECORDS`, so that the number of comparisons grows with the number of records, not with its square.
    """
    frequent: defaultdict[int, list[int]] = defaultdict(list)
    for fact, records in records_by_fact.items():
        if len(records) <= _MOST_RECORDS:
            yield records
        else:
            for record in records:
                frequent[record].append(fact)
    by_two: defaultdict[tuple[int, int], array[int]] = defaultdict(lambda: array("L"))
    for record, facts in frequent.items():
        for two in combinations(facts, 2):
            by_two[two].append(record)
    yield from (records for records in by_two.values() if len(records) <= _MOST_RECORDS)
