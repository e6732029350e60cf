"""Sort the quads of a release as lines of N-Quads in little memory, for the dumps and for the quads that several records share.

Lines are grouped into blocks by the thing they are about. The key of a block is the text with which all its lines begin. No key is a prefix
of another, so sorting blocks by their keys sorts all lines (RDF 1.1 N-Quads, canonical form).
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

from passo_lod.external_sort import SortedRun, merge_runs, open_run_file, write_run
from passo_lod.release.dump.pref_labels import choose_pref_labels_in_lines, has_several_pref_labels

MAX_IN_MEMORY = 48 << 20
"""Bytes of lines kept in memory; more are written to a file as a sorted run."""

_Entry = tuple[bytes, bool, str, bytes]
"""The key of a block, whether it comes from a record, its dataset, and its lines."""

_CountedEntry = tuple[_Entry, int]
"""An entry, and how often it was added: many records say the same about a body or a region."""

_entry_of = itemgetter(0)


@dataclass(frozen=True)
class SubjectBlock:
    """All lines about one thing.

    Attributes:
        key: how each of the lines begins, such as `<https://example.org/id/process/er-2205/`.
        parts: name of a dataset and its sorted lines about the thing, for each dataset that has some.
    """

    key: bytes
    parts: tuple[tuple[str, bytes], ...]


@dataclass
class QuadSorter:
    """Collects lines in any order and yields them sorted, as often as wanted.

    Attributes:
        base: the catalogue's base IRI; everything below `id/<type>/<name>` or `doc/<type>/<name>` is about one thing.
        folder: where the temporary file is created.
    """

    base: str
    folder: Path
    _in_memory: Counter[_Entry] = field(default_factory=Counter)
    _size: int = 0
    _runs: list[SortedRun[_CountedEntry]] = field(default_factory=list)
    _file: IO[bytes] | None = None

    def add(self, dataset: str, blocks: Iterable[bytes], *, from_record: bool = False) -> list[bytes]:
        """Add lines to a dataset.

        Args:
            dataset: its name.
            blocks: the result of `group_by_subject`.
            from_record: whether a record states them: among the names that records give a body, one is chosen as its prefLabel.

        Returns:
            The key of each block.

        Raises:
            OSError: the temporary file cannot be written.
        """
        key_of = _key_function(self.base)
        entries = [(key_of(block), from_record, dataset, block) for block in blocks]
        for entry in entries:
            self._size += 0 if entry in self._in_memory else len(entry[-1])
            self._in_memory[entry] += 1
        if self._size > MAX_IN_MEMORY:
            self._write_run()
        return [entry[0] for entry in entries]

    def add_quads(self, dataset: str, quads: Iterable[Quad]) -> list[bytes]:
        """Add quads that come from no record; as `add`."""
        return self.add(dataset, group_by_subject(ox.serialize(quads, format=RdfFormat.N_QUADS) or b"", self.base))

    def blocks(self) -> Iterator[SubjectBlock]:
        """Yield all blocks in the order of their keys; each line of a dataset occurs once."""
        in_memory = sorted(self._in_memory.items(), key=_entry_of)
        entries = merge(merge_runs(self._runs, _entry_of), in_memory, key=_entry_of) if self._runs else in_memory
        for key, same in groupby(entries, key=lambda counted: counted[0][0]):
            yield _merge_block(key, list(same))

    def close(self) -> None:
        """Delete the temporary file and forget all lines."""
        self._runs.clear()
        if self._file:
            self._file.close()
        self._file, self._size = None, 0
        self._in_memory.clear()

    def _write_run(self) -> None:
        self._file = self._file or open_run_file(self.folder)
        self._runs.append(write_run(self._in_memory.items(), self._file, _entry_of))
        self._in_memory, self._size = Counter(), 0


def group_by_subject(lines: bytes, base: str) -> tuple[bytes, ...]:
    r"""Group lines of N-Quads by the thing they are about.

    Args:
        lines: in any order, each ended by `\n`.
        base: the catalogue's base IRI.

    Returns:
        The sorted lines about each thing, each line once.
    """
    # Only \n ends a line: bytes.splitlines would also cut at \r, which only canonical N-Quads escapes.
    ordered = sorted({line for line in lines.split(b"\n") if line})
    return tuple(b"\n".join(same) + b"\n" for _, same in groupby(ordered, key=_key_function(base)))


@lru_cache(4)
def _key_function(base: str) -> Callable[[bytes], bytes]:
    """The function that gives the key of a line."""
    thing = re.compile(rb"<%b(?:id|doc)/[^/#>]+/[^/#>]+[/#>]" % re.escape(base.encode()))

    def key_of(line: bytes) -> bytes:
        found = thing.match(line)
        return found[0] if found else line[: line.index(b" ") + 1]

    return key_of


def _merge_block(key: bytes, entries: list[_CountedEntry]) -> SubjectBlock:
    (_, _, dataset, lines), _ = entries[0]
    if len(entries) == 1 and not has_several_pref_labels(lines):
        return SubjectBlock(key, ((dataset, lines),))
    parts = [(dataset, lines) for (_, from_record, dataset, lines), _ in entries if not from_record]
    parts += choose_pref_labels_in_lines(
        [(dataset, lines, count) for (_, from_record, dataset, lines), count in entries if from_record]
    )
    by_dataset: dict[str, set[bytes]] = {}
    for dataset, lines in parts:
        by_dataset.setdefault(dataset, set()).update(lines.splitlines(keepends=True))
    return SubjectBlock(key, tuple((dataset, b"".join(sorted(lines))) for dataset, lines in sorted(by_dataset.items())))
