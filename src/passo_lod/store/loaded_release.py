"""Load the quads of a release into memory, or open its disk index if it is too large; the server and `query` then query them."""

import io
import logging
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from passo_lod.errors import ReleaseError
from passo_lod.release_layout import DUMP
from passo_lod.store.disk_index import QUADS, SORTED_DUMP, canonical_lines, open_dump
from passo_lod.store.exit_status import describe_exit
from passo_lod.store.protocol import MEBIBYTE
from passo_lod.store.release import Release
from passo_lod.store.sorted_dump import SortedDump
from passo_lod.store.workers.fork_server import load_into_memory

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoragePolicy:
    """Which releases are loaded into memory, and where the others are indexed.

    Attributes:
        memory: bytes of the uncompressed dump up to which a release is loaded into memory.
        cache: the folder that keeps disk indexes for the next start; None: a temporary folder that the server removes.
    """

    memory: int = 1024 * MEBIBYTE
    cache: Path | None = None


@dataclass(frozen=True)
class LoadedRelease:
    """The quads of one dump, in memory or on disk.

    Attributes:
        dump: finds quads by subject, in their published lexical forms.
        origin: what the fork server loads: the dump, or the folder of the disk index.
        lines: the sorted lines of the dump; None if it is indexed on disk.
        temporary_folder: the folder that `close` removes.
    """

    dump: SortedDump
    origin: Path
    lines: bytes | None = None
    temporary_folder: Path | None = None

    @classmethod
    def open(cls, release: Release, policy: StoragePolicy) -> "LoadedRelease":
        """Read the dump of a release into memory or index it on disk; `quads` is loaded when it is first used.

        Raises:
            ReleaseError: the dump cannot be read, or the index cannot be built.
        """
        dump = release.file(DUMP)
        try:
            lines = _read_up_to(dump, policy.memory)
            if lines is None:
                return cls._open_index(release, dump, policy)
            if release.single_file is not None:
                lines = b"".join(sorted(set(canonical_lines(io.BytesIO(lines)))))
            return cls(SortedDump(lines), dump, lines)
        except (OSError, SyntaxError, EOFError) as error:
            remedy = "publish the release again" if release.single_file is None else "an N-Quads file is wanted"
            raise ReleaseError(f"{dump}: {error}; {remedy}") from error

    @classmethod
    def _open_index(cls, release: Release, dump: Path, policy: StoragePolicy) -> "LoadedRelease":
        try:
            cache = policy.cache or Path(tempfile.mkdtemp(prefix="passo-lod-"))
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "name a folder that can be written (--cache), or load the release into memory (--in-memory)"
            raise ReleaseError(f"{dump}: there is no folder for its index ({error}); {remedy}") from error
        folder = cache / release.manifest.id
        if not folder.is_dir():
            try:
                _build_index(dump, folder)
            except BaseException:
                if policy.cache is None:
                    shutil.rmtree(cache, ignore_errors=True)
                raise
        return cls(SortedDump.map(folder / SORTED_DUMP), folder, None, None if policy.cache else cache)

    @cached_property
    def quads(self) -> ox.Store:
        """Finds quads by pattern.

        Raises:
            ReleaseError: the dump is not N-Quads, or the index cannot be opened.
        """
        try:
            if self.lines is None:
                return ox.Store.read_only(str(self.origin / QUADS))
            return load_into_memory(self.lines, validate=True)
        except (OSError, SyntaxError) as error:
            raise ReleaseError(f"{self.origin}: {error}; publish the release again") from error

    @cached_property
    def union_default_graph(self) -> bool:
        """Whether the default graph of a query is the union of all graphs: it is, unless the dump has triples outside named graphs."""
        return not any(self.quads.quads_for_pattern(None, None, None, ox.DefaultGraph()))

    def close(self) -> None:
        """Remove the temporary folder."""
        if self.temporary_folder is not None:
            shutil.rmtree(self.temporary_folder, ignore_errors=True)


def _build_index(dump: Path, folder: Path) -> None:
    """Build the disk index in a process of its own.

    Raises:
        ReleaseError: the process fails; the message has its last output.
    """
    # This process removes the unfinished index, because the other one may be killed, such as for its memory.
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder.parent) as temporary:
        building = Path(temporary) / folder.name
        command = [sys.executable, "-m", "passo_lod.store.disk_index", str(dump), str(building)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
        output = built.stderr.strip()
        if built.returncode:
            problem = output or f"{dump}: the process {describe_exit(built.returncode)}"
            raise ReleaseError(f"{problem}: the index cannot be built in {folder.parent}")
        building.rename(folder)
    if output:
        _LOG.warning("%s: %s", dump, output)


def _read_up_to(dump: Path, max_bytes: int) -> bytes | None:
    """The uncompressed dump, or None if it has more bytes."""
    with open_dump(dump) as file:
        data = file.read(max_bytes + 1)
    return data if len(data) <= max_bytes else None
