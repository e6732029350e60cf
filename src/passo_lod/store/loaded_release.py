"""Load the quads of a release into memory, or open its disk index if it is too large; the server and `query` then query them."""

import io
import logging
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from passo_lod.disk_index import QUADS, SORTED_DUMP, build_index, canonical_lines, index_of, open_dump
from passo_lod.errors import ReleaseError
from passo_lod.release_layout import DUMP
from passo_lod.store.protocol import MEBIBYTE
from passo_lod.store.release import Release
from passo_lod.store.sorted_dump import SortedDump
from passo_lod.store.workers.fork_server import load_into_memory
from passo_lod.store.workers.sandbox import can_deny_network

_MEMORY = 1024 * MEBIBYTE
"""The bytes of uncompressed N-Quads up to which a release without an index is loaded into memory, by default."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoragePolicy:
    """Which releases are loaded into memory, and where the others are indexed.

    Attributes:
        memory: bytes of the uncompressed dump up to which a release is loaded into memory; None: a release that has an index is opened from it, and
            another is loaded up to 1,024 MiB.
        cache: the folder that keeps disk indexes for the next start; None: a temporary folder that the server removes.
    """

    memory: int | None = None
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
        """Open the index of a release, or read its dump into memory, or index it on disk; `quads` is loaded when it is first used.

        Raises:
            ReleaseError: the dump cannot be read, or the index cannot be built.
        """
        dump = release.file(DUMP)
        index = _published_index(release)
        try:
            if index and policy.memory is None:
                return cls(SortedDump.map(index / SORTED_DUMP), index)
            lines = _read_up_to(dump, _MEMORY if policy.memory is None else policy.memory)
            if lines is None:
                return (
                    cls(SortedDump.map(index / SORTED_DUMP), index)
                    if index
                    else cls._build_index(release, dump, policy)
                )
            if release.single_file is not None:
                lines = b"".join(sorted(set(canonical_lines(io.BytesIO(lines)))))
            return cls(SortedDump(lines), dump, lines)
        except (OSError, SyntaxError, EOFError) as error:
            remedy = "publish the release again" if release.single_file is None else "an N-Quads file is wanted"
            raise ReleaseError(f"{dump}: {error}; {remedy}") from error

    @classmethod
    def _build_index(cls, release: Release, dump: Path, policy: StoragePolicy) -> "LoadedRelease":
        try:
            cache = policy.cache or Path(tempfile.mkdtemp(prefix="passo-lod-"))
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "name a folder that can be written (--cache), or load the release into memory (--in-memory)"
            raise ReleaseError(f"{dump}: there is no folder for its index ({error}); {remedy}") from error
        folder = cache / release.manifest.id
        if not folder.is_dir():
            try:
                _build_in_cache(dump, folder, is_sorted=release.single_file is None)
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
        except (OSError, SyntaxError, RuntimeError) as error:
            raise ReleaseError(f"{self.origin}: {error}; publish the release again") from error

    @cached_property
    def union_default_graph(self) -> bool:
        """Whether the default graph of a query is the union of all graphs: it is, unless the dump has triples outside named graphs."""
        return not any(self.quads.quads_for_pattern(None, None, None, ox.DefaultGraph()))

    def close(self) -> None:
        """Remove the temporary folder."""
        if self.temporary_folder is not None:
            shutil.rmtree(self.temporary_folder, ignore_errors=True)


def _published_index(release: Release) -> Path | None:
    """The index that `publish` built, if there is one for this engine, and if this system can deny the network to workers with open files."""
    index = index_of(release.folder)
    return index if release.single_file is None and index.is_dir() and can_deny_network() else None


def _build_in_cache(dump: Path, folder: Path, *, is_sorted: bool) -> None:
    """Build the disk index of a dump, under another name until it is complete.

    Raises:
        ReleaseError: the process that builds it fails.
    """
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder.parent) as temporary:
        building = Path(temporary) / folder.name
        output = build_index(dump, building, is_sorted=is_sorted)
        building.rename(folder)
    if output:
        _LOG.warning("%s: %s", dump, output)


def _read_up_to(dump: Path, max_bytes: int) -> bytes | None:
    """The uncompressed dump, or None if it has more bytes."""
    with open_dump(dump) as file:
        data = file.read(max_bytes + 1)
    return data if len(data) <= max_bytes else None
