"""Hold a release on disk: a sorted dump to look things up in, and a store to query, for data that is larger than memory may be.

Building takes threads and memory that no server should give, so it is a process of its own:

    python -m passo_lod.store.disk_index DUMP FOLDER

FOLDER gets `sorted.nq`, `quads/` and `published.json`, the values that the store gives back otherwise than the dump has them; it is there when it is whole, and not before.
"""

import gzip
import heapq
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby, islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import RdfFormat

from passo_lod.store.oxigraph_fixes import lexical_forms as published

SORTED = "sorted.nq"
QUADS = "quads"
PUBLISHED = "published.json"
_PIECE = 1024 * 1024
_AT_ONCE = 200_000
"""Lines that are sorted in memory at once; more are sorted in files and merged."""


def main() -> None:
    """Build the index of a dump; a dump that cannot be read is told on standard error."""
    dump, folder = Path(sys.argv[1]), Path(sys.argv[2])
    building = Path(tempfile.mkdtemp(prefix=".tmp-", dir=folder.parent))
    try:
        build(dump, building)
        building.rename(folder)
    except (OSError, SyntaxError, EOFError) as error:
        sys.exit(f"{dump}: {error}")
    finally:
        shutil.rmtree(building, ignore_errors=True)


def build(dump: Path, folder: Path) -> None:
    """Write the sorted dump, and the store from it."""
    with unpacked(dump) as file, (folder / SORTED).open("wb") as target, ExitStack() as parts:
        pieces = [parts.enter_context(_sorted_piece(lines, folder)) for lines in _pieces(canonical_lines(file))]
        target.writelines(line for line, _ in groupby(heapq.merge(*pieces)))
    published.keep(_published(folder / SORTED), folder / PUBLISHED)
    store = ox.Store(str(folder / QUADS))
    store.bulk_load(path=str(folder / SORTED), format=RdfFormat.N_QUADS)
    store.optimize()


def _published(dump: Path) -> published.Published:
    with dump.open("rb") as file:
        scan = published.Scan(file)
        while scan.read(_PIECE):
            pass
    return scan.published()


def unpacked(dump: Path) -> IO[bytes]:
    """An N-Quads file, whether or not it is compressed with gzip."""
    return cast(IO[bytes], gzip.open(dump, "rb")) if dump.suffix == ".gz" else dump.open("rb")


def canonical_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The quads of an N-Quads file, a line each as this library writes them."""
    quads = ox.parse(file, format=RdfFormat.N_QUADS)
    while some := list(islice(quads, 5000)):
        # Only \n ends a line: literals may hold other separators.
        yield from ((ox.serialize(some, format=RdfFormat.N_QUADS) or b"").removesuffix(b"\n") + b"\n").splitlines(True)


def _pieces(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while some := list(islice(lines, _AT_ONCE)):
        yield sorted(some)


def _sorted_piece(lines: Iterable[bytes], folder: Path) -> IO[bytes]:
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    file.writelines(lines)
    file.seek(os.SEEK_SET)
    return cast(IO[bytes], file)


if __name__ == "__main__":
    main()
