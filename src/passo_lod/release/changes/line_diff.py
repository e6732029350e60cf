"""Compare the dumps of two releases line by line, and write the difference as RDF Patch.

Only the chunks that differ are read, and memory holds a few hundred lines (docs/feed.md).
"""

import uuid
from collections.abc import Iterable, Iterator
from itertools import islice

from passo_lod.release.changes.dump_ref import DumpRef

ADDED, REMOVED = "A", "D"

Line = tuple[str, bytes]
"""`ADDED` or `REMOVED`, and a line of N-Quads."""

_STEP = 256
"""Lines that are compared at once: so few that most such blocks contain no difference."""


def differing_lines(before: DumpRef, after: DumpRef) -> Iterator[Line]:
    """Yield the lines that only one of two dumps contains, in their order.

    Raises:
        ReleaseError: a dump cannot be read.
    """
    return diff_sorted(before.index.differing_lines(after.index), after.index.differing_lines(before.index))


def differing_statements(before: DumpRef, after: DumpRef) -> Iterator[Line]:
    """Yield the lines that only one of two dumps contains, but those of the data cube (`DumpRef.is_computed`)."""
    return (line for line in differing_lines(before, after) if not after.is_computed(line[1]))


def rdf_patch(before: DumpRef, after: DumpRef) -> Iterator[bytes]:
    """Yield the lines of the RDF Patch (https://afs.github.io/rdf-patch/) that turns the first dump into the second."""
    patch_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{after.base}feed#{before.id}..{after.id}")
    yield f'H id <uuid:{patch_id}> .\nH from "{before.id}" .\nH to "{after.id}" .\nTX .\n'.encode()
    for sign, line in differing_lines(before, after):
        yield sign.encode() + b" " + line
    yield b"TC .\n"


def diff_sorted(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines that only one of two sorted sequences contains.

    >>> list(diff_sorted([b"a", b"b"], [b"b", b"c"]))
    [('D', b'a'), ('A', b'c')]
    """
    left, right = _LineBuffer(old), _LineBuffer(new)
    while left.fill() | right.fill():
        if left.lines == right.lines:
            left.lines, right.lines = [], []
        else:
            yield from _diff_buffers(left, right)


class _LineBuffer:
    """The next lines of a sequence, so that equal blocks are skipped with one comparison."""

    def __init__(self, source: Iterable[bytes]) -> None:
        self._source = iter(source)
        self.lines: list[bytes] = []

    def fill(self) -> bool:
        """Read up to `_STEP` lines; return whether there are any."""
        self.lines += islice(self._source, _STEP - len(self.lines))
        return bool(self.lines)


def _diff_buffers(left: _LineBuffer, right: _LineBuffer) -> Iterator[Line]:
    """Compare two buffers until one of them is empty."""
    old, new = left.lines, right.lines
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            i, j = i + 1, j + 1
        elif old[i] < new[j]:
            yield REMOVED, old[i]
            i += 1
        else:
            yield ADDED, new[j]
            j += 1
    if not old:
        yield from ((ADDED, line) for line in new)
        j = len(new)
    if not new:
        yield from ((REMOVED, line) for line in old)
        i = len(old)
    left.lines, right.lines = old[i:], new[j:]
