"""Build the disk index of a dump: a sorted dump for look-ups, and an Oxigraph store for queries.

`publish` builds the index of a large release, so that a server opens it and loads nothing; the server builds that of a dump which has none and is
too large for memory. Building takes many threads and much memory, so `build_index` runs it as a process of its own:

    python -m passo_lod.disk_index DUMP FOLDER [sorted]

FOLDER, which is new, gets `sorted.nq` and `quads/`; if the build fails, the caller removes it. `sorted` says that the dump is one of ours: its lines
are sorted, distinct and in the form that Oxigraph writes.
"""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox
from pyoxigraph import RdfFormat

from passo_lod.errors import ReleaseError
from passo_lod.exit_status import describe_exit
from passo_lod.external_sort import sort_externally

INDEX = "index"
"""The folder of a release with its index. The index is made from the dump and bound to one engine, so the manifest does not list it."""

INDEXED_FROM = 32 << 20
"""The bytes of uncompressed N-Quads from which a release has an index; a smaller one loads into memory in half a second."""

SORTED_DUMP = "sorted.nq"
QUADS = "quads"
_SORT_BYTES = 32 << 20
"""Bytes of lines that are sorted in memory; more are sorted in a temporary file."""


def index_of(release: Path) -> Path:
    """The folder of a release's index. Its name has the version of the engine, because another version may not read it."""
    return release / INDEX / f"oxigraph-{ox.__version__}"


def build_index(dump: Path, folder: Path, *, is_sorted: bool) -> str:
    """Build an index in a process of its own, and remove what it leaves if it fails.

    Args:
        dump: N-Quads, which may be compressed with gzip.
        folder: of the index; it is new, and its parent exists.
        is_sorted: whether the lines are sorted, distinct and in the form that Oxigraph writes.

    Returns:
        What the process says about the dump, which is usually nothing.

    Raises:
        ReleaseError: the process fails; the message has its last output.
    """
    command = [sys.executable, "-m", "passo_lod.disk_index", str(dump), str(folder), *(["sorted"] if is_sorted else [])]
    built = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    output = built.stderr.strip()
    if built.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        problem = output or f"{dump}: the process {describe_exit(built.returncode)}"
        raise ReleaseError(f"{problem}: the index cannot be built in {folder.parent}")
    return output


def main() -> None:
    """Build the index; if the dump cannot be read, write the reason to standard error and exit with status 1."""
    dump, folder, *options = sys.argv[1:]
    try:
        Path(folder).mkdir()
        _build(Path(dump), Path(folder), is_sorted="sorted" in options)
    except (OSError, SyntaxError, EOFError) as error:
        sys.exit(f"{dump}: {error}")


def _build(dump: Path, folder: Path, *, is_sorted: bool) -> None:
    """Write the sorted dump and the store into an existing folder, and flush them to the disk."""
    with open_dump(dump) as file, (folder / SORTED_DUMP).open("wb") as target:
        if is_sorted:
            shutil.copyfileobj(file, target, 1 << 20)
        else:
            ordered = sort_externally(canonical_lines(file), folder, _SORT_BYTES, len, key=bytes)
            target.writelines(line for line, _ in groupby(ordered))
    store = ox.Store(str(folder / QUADS))
    # The lines of the sorted dump are parsed and written by the engine itself, so it need not validate them again.
    store.bulk_load(path=str(folder / SORTED_DUMP), format=RdfFormat.N_QUADS, lenient=True)
    store.optimize()
    del store
    for path in (path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as written:
            os.fsync(written.fileno())


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
