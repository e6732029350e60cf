"""Where the quads of a release are held: in memory while it is small, on disk where it is not."""

import io
import logging
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from passo_lod.errors import ReleaseError
from passo_lod.store import disk_index as index
from passo_lod.store.protocol import MEBIBYTE
from passo_lod.store.release import DUMP, Release
from passo_lod.store.sorted_dump import SortedDump
from passo_lod.store.workers.fork_server import in_memory

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoragePolicy:
    """Where a release may be held: in memory if it is small enough, else on disk.

    Attributes:
        memory: the most bytes that its unpacked dump may have to be held in memory.
        cache: where indexes are kept for the next start; without it they are made anew and go with the server.
    """

    memory: int = 1024 * MEBIBYTE
    cache: Path | None = None


@dataclass(frozen=True)
class LoadedRelease:
    """The quads of one dump: to look up here, and for the zygote to load.

    Attributes:
        origin: what the zygote loads: the dump itself, or the folder of its index.
        folder: a folder that goes when the release is let go.
    """

    quads: ox.Store
    dump: SortedDump
    origin: Path
    folder: Path | None = None

    @classmethod
    def open(cls, release: Release, place: StoragePolicy) -> "LoadedRelease":
        """Hold a release in memory or on disk.

        Raises:
            ReleaseError: its dump cannot be read.
        """
        dump = release.file(DUMP)
        try:
            data = _unpack(dump, place.memory)
            if data is None:
                return cls._on_disk(release, dump, place)
            lines = data if release.bare is None else b"".join(sorted(set(index.canonical_lines(io.BytesIO(data)))))
            return cls(in_memory(io.BytesIO(data)), SortedDump(lines), dump)
        except (OSError, SyntaxError, EOFError) as error:
            cure = "publish the release again" if release.bare is None else "an N-Quads file is wanted"
            raise ReleaseError(f"{dump}: {error}; {cure}") from error

    @classmethod
    def _on_disk(cls, release: Release, dump: Path, place: StoragePolicy) -> "LoadedRelease":
        kept = place.cache or Path(tempfile.mkdtemp(prefix="passo-lod-"))
        folder = kept / release.manifest.id
        if not folder.is_dir():
            kept.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "passo_lod.store.disk_index", str(dump), str(folder)]
            built = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
            if built.returncode:
                raise ReleaseError(f"{built.stderr.strip() or dump}: the index cannot be built in {kept}")
            if built.stderr:
                _LOG.warning("%s: %s", dump, built.stderr.strip())
        quads = ox.Store.read_only(str(folder / index.QUADS))
        return cls(quads, SortedDump.map(folder / index.SORTED), folder, None if place.cache else kept)

    @property
    def union(self) -> bool:
        """Whether the default graph of a query is the union of all graphs: it is, where nothing stands outside of them."""
        return not any(self.quads.quads_for_pattern(None, None, None, ox.DefaultGraph()))

    def let_go(self) -> None:
        """Remove what was made for this server alone."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _unpack(dump: Path, most: int) -> bytes | None:
    """The lines of a dump, unless they are more bytes than may be in memory."""
    with index.unpacked(dump) as file:
        data = file.read(most + 1)
    return data if len(data) <= most else None
