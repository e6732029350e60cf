"""Build the disk index of a dump, for releases that are too large for memory: a sorted dump for look-ups, and an Oxigraph store for queries.

Building takes many threads and much memory, so the server runs it as a process of its own:

    python -m passo_lod.store.disk_index DUMP FOLDER

FOLDER, which is new, gets `sorted.nq` and `quads/`; if the build fails, the caller removes it.
"""

import gzip
import sys
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import RdfFormat

from passo_lod.external_sort import sort_externally

SORTED_DUMP = "sorted.nq"
QUADS = "quads"
_SORT_BYTES = 32 << 20
"""Bytes of lines that are sorted in memory; more are sorted in a temporary file."""


def main() -> None:
    """Build the index; if the dump cannot be read, write the reason to standard error and exit with status 1."""
    dump, folder = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        folder.mkdir()
        build(dump, folder)
    except (OSError, SyntaxError, EOFError) as error:
        sys.exit(f"{dump}: {error}")


def build(dump: Path, folder: Path) -> None:
    """Write the sorted dump and the store into an existing folder."""
    with open_dump(dump) as file, (folder / SORTED_DUMP).open("wb") as target:
        ordered = sort_externally(canonical_lines(file), folder, _SORT_BYTES, len, key=bytes)
        target.writelines(line for line, _ in groupby(ordered))
    store = ox.Store(str(folder / QUADS))
    store.bulk_load(path=str(folder / SORTED_DUMP), format=RdfFormat.N_QUADS)
    store.optimize()


def open_dump(dump: Path) -> IO[bytes]:
    """Open an N-Quads file, which may be compressed with gzip, to read its lines."""
    return cast(IO[bytes], gzip.open(dump, "rb")) if dump.suffix == ".gz" else dump.open("rb")


def canonical_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Parse an N-Quads file and yield each quad as a line in the form that Oxigraph writes."""
    quads = ox.parse(file, format=RdfFormat.N_QUADS)
    while batch := list(islice(quads, 5000)):
        # Only \n ends a line: literals may contain other line separators.
        yield from ((ox.serialize(batch, format=RdfFormat.N_QUADS) or b"").removesuffix(b"\n") + b"\n").splitlines(True)


if __name__ == "__main__":
    main()
