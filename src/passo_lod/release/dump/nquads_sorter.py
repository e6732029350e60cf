"""The quads of a release as sorted lines of N-Quads that are never all in memory.

Lines stand in blocks: all lines about one thing, up to the character behind its name. No key of a block begins with another's, so that
blocks in the order of their keys are lines in the order of their bytes, and only keys need be compared (RDF 1.1 N-Quads, canonical form).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from passo_lod.release.external_sort import SortedRun, merged, unnamed_file, write
from passo_lod.text_folding import commonest

ROOM = 48 << 20
"""Bytes of lines that are held before they are put aside."""

_Entry = tuple[bytes, bool, str, bytes]
"""A key, whether records say it, the dataset, and the lines."""

_Counted = tuple[_Entry, int]
"""With how many say the very same."""

_entry_of = itemgetter(0)


@dataclass(frozen=True)
class SubjectBlock:
    """All lines about one thing, by the dataset that they stand in.

    Attributes:
        parts: sorted lines of each dataset that says something of the thing.
    """

    key: bytes
    parts: tuple[tuple[str, bytes], ...]


@dataclass
class QuadSorter:
    """Lines that come in any order and are read in theirs, as often as wanted.

    Attributes:
        base: of the things: what is below it is one thing up to the name in `id/<room>/<name>`.
        folder: where lines are put aside, in files without a name, which are gone when the process is.
    """

    base: str
    folder: Path
    _at_hand: Counter[_Entry] = field(default_factory=Counter)
    _size: int = 0
    _aside: list[SortedRun] = field(default_factory=list)
    _file: IO[bytes] | None = None

    def add(self, dataset: str, blocks: Iterable[bytes], *, told: bool = False) -> list[bytes]:
        """Add lines about some things to a dataset, and say which blocks they are of.

        Args:
            dataset: its name.
            blocks: what `group_by_subject` gave.
            told: whether records tell it: of several names of one body, one is chosen among those.
        """
        key_of = _key_of(self.base)
        entries = [(key_of(block), told, dataset, block) for block in blocks]
        for entry in entries:
            self._size += 0 if entry in self._at_hand else len(entry[-1])
            self._at_hand[entry] += 1
        if self._size > ROOM:
            self._put_aside()
        return [entry[0] for entry in entries]

    def add_quads(self, dataset: str, quads: Iterable[Quad]) -> list[bytes]:
        """Add quads, which no record tells."""
        return self.add(dataset, group_by_subject(ox.serialize(quads, format=RdfFormat.N_QUADS) or b"", self.base))

    def blocks(self) -> Iterator[SubjectBlock]:
        """Everything, in order; each line of a dataset once."""
        at_hand = sorted(self._at_hand.items(), key=_entry_of)
        entries = merge(merged(self._aside, _entry_of), at_hand, key=_entry_of) if self._aside else at_hand
        for key, same in groupby(entries, key=lambda counted: counted[0][0]):
            yield _block(key, list(same))

    def close(self) -> None:
        """Let go of what was put aside."""
        self._aside.clear()
        if self._file:
            self._file.close()
        self._file, self._size = None, 0
        self._at_hand.clear()

    def _put_aside(self) -> None:
        self._file = self._file or unnamed_file(self.folder)
        self._aside.append(write(self._at_hand.items(), self._file, _entry_of))
        self._at_hand, self._size = Counter(), 0


def group_by_subject(lines: bytes, base: str) -> tuple[bytes, ...]:
    r"""Lines of N-Quads, each ended by `\n`, in any order, as the lines about each thing: sorted, each once."""
    # Only \n ends a line: bytes.splitlines would also cut at \r, which canonical N-Quads escapes, and never more.
    ordered = sorted({line for line in lines.split(b"\n") if line})
    return tuple(b"\n".join(same) + b"\n" for _, same in groupby(ordered, key=_key_of(base)))


@lru_cache(4)
def _key_of(base: str) -> Callable[[bytes], bytes]:
    """Says how a line and all others about its thing begin."""
    thing = re.compile(rb"<%b(?:id|doc)/[^/#>]+/[^/#>]+[/#>]" % re.escape(base.encode()))

    def key(line: bytes) -> bytes:
        found = thing.match(line)
        return found[0] if found else line[: line.index(b" ") + 1]

    return key


def _block(key: bytes, entries: list[_Counted]) -> SubjectBlock:
    (_, _, only, lines), _ = entries[0]
    if len(entries) == 1 and lines.count(_LABEL) < _SEVERAL:
        return SubjectBlock(key, ((only, lines),))
    own = [(dataset, block) for (_, told, dataset, block), _ in entries if not told]
    said = keep_one_label([(dataset, block, count) for (_, told, dataset, block), count in entries if told])
    by_dataset: dict[str, set[bytes]] = {}
    for dataset, block in [*own, *said]:
        by_dataset.setdefault(dataset, set()).update(block.splitlines(keepends=True))
    return SubjectBlock(key, tuple((dataset, b"".join(sorted(lines))) for dataset, lines in sorted(by_dataset.items())))


# ------------------------------------------------------------------------------------------------------------- one label

_SEVERAL = 2
_SKOS = b"<http://www.w3.org/2004/02/skos/core#"
_LABEL, _OTHER = b" " + _SKOS + b"prefLabel> ", b" " + _SKOS + b"altLabel> "
_LABELLED = re.compile(rb'(<[^>]*>)%b("(?:[^"\\]|\\.)*")(@[A-Za-z0-9-]+)? <' % re.escape(_LABEL))


def keep_one_label(blocks: list[tuple[str, bytes, int]]) -> list[tuple[str, bytes]]:
    """Where records write one body's name in several ways, one is its prefLabel and the others altLabels (SKOS, S14).

    Args:
        blocks: lines with their dataset, and how many records write the very same.
    """
    names: dict[tuple[bytes, bytes], Counter[str]] = {}
    for _, block, count in blocks:
        for subject, name, language in _LABELLED.findall(block):
            names.setdefault((subject, language), Counter())[_text(name)] += count
    chosen = {key: commonest(found) for key, found in names.items()}

    def label(found: re.Match[bytes]) -> bytes:
        is_chosen = chosen[found[1], found[3] or b""] == _text(found[2])
        return found[0] if is_chosen else found[0].replace(_LABEL, _OTHER, 1)

    return [(dataset, _LABELLED.sub(label, block)) for dataset, block, _ in blocks]


@lru_cache(4096)
def _text(literal: bytes) -> str:
    """What a quoted string says, without its escapes."""
    (quad,) = ox.parse(b"<x:> <x:> " + literal + b" .", format=RdfFormat.N_TRIPLES)
    return str(quad.object.value)
