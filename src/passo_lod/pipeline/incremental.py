"""Settle records once: here, in other processes or on other machines, and not again what was settled before.

What becomes of a record depends on the record, on its source's YAML files, and on vocabulary, shapes, places and program, and on nothing
else: not on the records beside it, nor on the order, the clock or the machine. So it can be kept by a hash of these, and be worked out
anywhere; the release has the same bytes either way. All that a release needs of a record is made here: its lines, its rows in the tables,
its part of the report. Records are gone through one by one, and are never all held.
"""

import hashlib
import json
import struct
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox
from pyoxigraph import NamedNode, RdfFormat

from passo_lod.cache import ContentCache, code_digest, digest
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, SourceError
from passo_lod.pipeline import processing as batches
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import BATCH, Progress, RecordOutcome, no_progress
from passo_lod.records import Reading
from passo_lod.release.compression import decompressed, zstd_frame
from passo_lod.release.dump.nquads_sorter import group_by_subject
from passo_lod.release.tables.record_rows import RecordRows, RowBuilder
from passo_lod.report import Severity, Summary, ValidationResult
from passo_lod.validation.report_writer import NOTHING, ReportPart, report_part


@dataclass(frozen=True)
class ProcessedRecord:
    """What became of one record, in a form that can be kept and sent.

    Attributes:
        names: the bodies that it names, and how.
        kinds: its results by severity, code and field, and how many they are.
        lines: what it says, as blocks of N-Quads (`release/lines.py`); nothing where it is kept out.
        shared: of that what other records may describe too.
        rows: its rows in the tables, as JSON; nothing where it is kept out.
        told: what the report says of it.
    """

    path: str
    id: str
    names: tuple[tuple[str, str], ...] = ()
    withdrawn: str | None = None
    published: bool = False
    kinds: tuple[tuple[str, str, str | None, int], ...] = ()
    lines: tuple[bytes, ...] = ()
    shared: tuple[bytes, ...] = ()
    rows: bytes = b""
    told: ReportPart = NOTHING

    @property
    def quarantined(self) -> bool:
        """Whether a violation keeps the record out."""
        return not self.published and self.withdrawn is None

    @classmethod
    def of(cls, outcome: RecordOutcome, base: str, rows: RecordRows | None) -> "ProcessedRecord":
        """The outcome without what only its making needed."""
        mapped = outcome.mapped if outcome.published else None
        quads = (ox.serialize(mapped.quads, format=RdfFormat.N_QUADS) or b"") if mapped else b""
        shared = "".join(f"{line}\n" for line in rows.shared(quads.decode())).encode() if rows else b""
        return cls(
            path=outcome.reading.path,
            id=outcome.reading.id,
            names=tuple(mapped.names) if mapped else (),
            withdrawn=outcome.withdrawn,
            published=outcome.published,
            kinds=tuple(map(tuple, Summary.of(outcome.results).keys())),
            lines=group_by_subject(quads, base),
            shared=group_by_subject(shared, base),
            rows=rows.as_json() if rows else b"",
            told=report_part(outcome.results, base, is_out=outcome.quarantined),
        )

    def as_bytes(self) -> bytes:
        """As it is kept and sent."""
        known = (self.path, self.id, self.names, self.withdrawn, self.published, self.kinds, len(self.lines))
        head = json.dumps(known, ensure_ascii=False).encode("utf-8", "surrogatepass")
        parts = (head, self.rows, *self.told, *self.lines, *self.shared)
        return zstd_frame(b"".join(_LENGTH.pack(len(part)) + part for part in parts))

    @classmethod
    def from_bytes(cls, data: bytes) -> "ProcessedRecord":
        """What `as_bytes` wrote."""
        head, rows, *parts = _parts(decompressed(data))
        path, id_, names, withdrawn, published, kinds, count = json.loads(head.decode("utf-8", "surrogatepass"))
        fragments, blocks = parts[: len(ReportPart._fields)], parts[len(ReportPart._fields) :]
        lines, shared = tuple(blocks[:count]), tuple(blocks[count:])
        pairs, counted = tuple(map(tuple, names)), tuple(map(tuple, kinds))
        return cls(path, id_, pairs, withdrawn, published, counted, lines, shared, rows, ReportPart(*fragments))

    def add_to(self, summary: Summary) -> None:
        """Count its results."""
        for severity, code, field, count in self.kinds:
            summary.add((Severity(severity), code, field), count, lambda: self._first(severity, code, field))  # noqa: B023

    def _first(self, severity: str, code: str, field: str | None) -> ValidationResult:
        results = map(ValidationResult.from_json, json.loads(b"[%b]" % self.told.json))
        return next(each for each in results if (each.severity.value, each.code, each.field) == (severity, code, field))


_LENGTH = struct.Struct(">I")


def _parts(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        (length,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size
        yield data[place : place + length]
        place += length


# ---------------------------------------------------------------------------------------------------------- settling


class RecordKey(NamedTuple):
    """One record that came in, as far as it is held while all are gone through."""

    path: str
    id: str
    key: bytes
    line: int | None


class IncrementalProcessor:
    """Settles the records of sources.

    Args:
        workshop: the vocabulary.
        kept: what was settled before, and where everything is kept until it is asked for.
        executor: who works (a pool of processes, a cluster); without one it is done here.

    Attributes:
        files: of the sources that were settled, the digest of each file as it was read, by the name that results give it; None of one
            that cannot be read.
    """

    def __init__(self, workshop: PipelineContext, kept: ContentCache, executor: Executor | None = None) -> None:
        self._workshop = workshop
        self._kept = kept
        self._executor = executor
        self._digest = _digest_of_all(workshop.catalog)
        self.files: dict[str, dict[str, str | None]] = {}

    def settle(self, line: SourcePipeline, progress: Progress = no_progress) -> Iterator[ProcessedRecord]:
        """What becomes of each record of a source, by their files and ids; all are settled before the first is told."""
        bench = SourceProcessor(self._workshop, line)
        decided_by = f"{self._digest}\0{digest(line.source.folder, _SETTINGS)}\0".encode()
        incoming = _Incoming(bench, decided_by, self._kept, progress)
        for key, settled in self._worked(bench, incoming.new()):
            self._kept.put(key, settled)
        self.files[line.source.name] = incoming.files
        return self._told(bench, incoming)

    def _told(self, bench: "SourceProcessor", incoming: "_Incoming") -> Iterator[ProcessedRecord]:
        refused = incoming.refused()
        for entry in sorted(incoming.entries, key=lambda entry: (entry.path, entry.id, entry.line or 0, entry.key)):
            if entry in refused:
                yield refused[entry]
            else:
                known = self._kept.get(entry.key)
                yield ProcessedRecord.from_bytes(known) if known else bench.again(entry)

    def _worked(self, bench: "SourceProcessor", new: Iterator[tuple[bytes, Reading]]) -> Iterator[tuple[bytes, bytes]]:
        """Records settled, batch by batch; of what others work at, some batches are ahead."""
        ahead: deque[tuple[list[bytes], Future[list[bytes]]]] = deque()
        while some := list(islice(new, BATCH)):
            keys, readings = [key for key, _ in some], [reading for _, reading in some]
            if self._executor is None:
                yield from zip(keys, bench.settled(readings), strict=True)
                continue
            data, name = self._workshop.catalog.data.resolve(), bench.line.source.folder.name
            ahead.append((keys, self._executor.submit(process_in_worker, data, name, readings)))
            if len(ahead) > _AHEAD:
                first, future = ahead.popleft()
                yield from zip(first, future.result(), strict=True)
        for keys, future in ahead:
            yield from zip(keys, future.result(), strict=True)


_AHEAD = 32
"""Batches that are with the workers at once."""

_SETTINGS = ("source.yaml", "mapping.yaml", "reference.ttl")


class _Incoming:
    """The records of a source as they come in: those of files that are known need not even be read.

    Attributes:
        entries: all that came in, as soon as `new` has ended.
        files: the digest of each file, or None, as `IncrementalProcessor` has them.
    """

    def __init__(self, bench: "SourceProcessor", decided_by: bytes, kept: ContentCache, progress: Progress) -> None:
        self._bench, self._decided_by, self._kept, self._progress = bench, decided_by, kept, progress
        self._ids: set[str] = set()
        self.entries: list[RecordKey] = []
        self.files: dict[str, str | None] = {}

    def new(self) -> Iterator[tuple[bytes, Reading]]:
        """The records that are not kept; of those that share an id one at most, for none of them is taken."""
        source = self._bench.line.source
        paths = source.paths()
        for done, path in enumerate(paths):
            if done % BATCH == 0:
                self._progress(source.name, done, len(paths))
            state = _state(path)
            key = self._key_of_file(path)
            known = self._known(key)
            if known is None:
                known = []
                for reading in batches.read(source, [path]):
                    entry = _entry(reading, self._decided_by)
                    known.append(entry)
                    if entry.id not in self._ids and not self._kept.has(entry.key):
                        yield entry.key, reading
                    self._ids |= {entry.id} - {""}
                if _state(path) != state:
                    raise _changed(path)
                if key:
                    self._kept.put(key, json.dumps([(*each[:2], each.key.hex(), each.line) for each in known]).encode())
            self.entries += known
            self._ids.update(entry.id for entry in known if entry.id)
        self._progress(source.name, len(self.entries), len(self.entries))

    def refused(self) -> dict[RecordKey, ProcessedRecord]:
        """Records that share an id contradict each other: none is taken, all are told."""
        times = Counter(entry.id for entry in self.entries if entry.id)
        doubles = {entry for entry in self.entries if entry.id and times[entry.id] > 1}
        if not doubles:
            return {}
        source = self._bench.line.source
        readings = list(self._bench.read({entry.path for entry in doubles}))
        processed = self._bench.settle(batches.drop_duplicates(source.name, readings))
        found = {
            _entry(reading, self._decided_by): settled for reading, settled in zip(readings, processed, strict=True)
        }
        if gone := doubles - found.keys():
            raise _changed(source.folder / min(gone).path)
        return {entry: found[entry] for entry in doubles}

    def _key_of_file(self, path: Path) -> bytes | None:
        """Of a file by its name and bytes; of one that cannot be read, or whose reading would not end, there is none."""
        name = self._bench.line.source.shown(path)
        content = self.files[name] = _digest_of_file(path)
        if content is None:
            return None
        return hashlib.sha256(b"file\0" + self._decided_by + repr((name, content)).encode()).digest()

    def _known(self, key: bytes | None) -> list[RecordKey] | None:
        """The records of a file, where they are all kept."""
        found = self._kept.get(key) if key else None
        if found is None:
            return None
        entries = [RecordKey(path, id_, bytes.fromhex(digest), line) for path, id_, digest, line in json.loads(found)]
        return entries if all(self._kept.has(entry.key) for entry in entries) else None


def _changed(path: Path) -> SourceError:
    return SourceError(f"{path}: was changed while it was read; publish again, when nothing writes to it")


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written to; nothing of one that cannot be looked at."""
    with suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return None


def _digest_of_file(path: Path) -> str | None:
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def _entry(reading: Reading, decided_by: bytes) -> RecordKey:
    """A record by all that decides what becomes of it; where it stands among the others is not of it."""
    key = hashlib.sha256(decided_by + repr(reading).encode("utf-8", "surrogatepass")).digest()
    return RecordKey(reading.path, reading.id, key, reading.record.line if reading.record else None)


def _digest_of_all(catalog: Catalog) -> str:
    """Of what decides about every record: vocabulary, shapes, places, the catalogue, and the program and its engines."""
    parts: Mapping[str, str] = {
        **{folder.name: digest(folder) for folder in (catalog.ontology, catalog.shapes, catalog.places)},
        "settings": hashlib.sha256(catalog.settings.read_bytes()).hexdigest(),
        "program": code_digest(),
    }
    return json.dumps(parts, sort_keys=True)


# ------------------------------------------------------------------------------------------------------------ working


@dataclass(frozen=True)
class SourceProcessor:
    """Where the records of one source are settled."""

    workshop: PipelineContext
    line: SourcePipeline

    @cached_property
    def _rows(self) -> RowBuilder:
        base = self.workshop.catalog.base
        return RowBuilder(base, NamedNode(f"{base}dataset/{self.line.source.name}"), self.workshop.background)

    def settled(self, readings: Sequence[Reading]) -> list[bytes]:
        """What becomes of some records, as it is kept."""
        return [settled.as_bytes() for settled in self.settle(readings)]

    def settle(self, readings: Sequence[Reading]) -> list[ProcessedRecord]:
        """What becomes of some records."""
        outcomes = batches.process_batch(readings, self.line, self.workshop)
        said = [batches.choose_pref_labels(each.mapped.quads) for each in outcomes if each.mapped and each.published]
        rows = iter(self._rows.rows(said))
        base = self.workshop.catalog.base
        return [ProcessedRecord.of(each, base, next(rows) if each.published else None) for each in outcomes]

    def again(self, entry: RecordKey) -> ProcessedRecord:
        """What becomes of a record that is not kept any more."""
        found = [each for each in self.read({entry.path}) if (each.path, each.id) == (entry.path, entry.id)]
        if not found:
            raise _changed(self.line.source.folder / entry.path)
        return self.settle(found)[0]

    def read(self, shown: Set[str]) -> Iterator[Reading]:
        """What is read of some files, by their names as reports show them."""
        source = self.line.source
        return batches.read(source, [path for path in source.paths() if source.shown(path) in shown])


def process_in_worker(data: Path, source: str, readings: Sequence[Reading]) -> list[bytes]:
    """What a worker is asked: settle some records of a source; the data folder must be at this path for it too."""
    return _bench(data, source).settled(readings)


@lru_cache(1)
def _workshop(data: Path) -> PipelineContext:
    return PipelineContext.open(Catalog.open(data))


@lru_cache(16)
def _bench(data: Path, source: str) -> SourceProcessor:
    workshop = _workshop(data)
    return SourceProcessor(workshop, SourcePipeline.open(data / "sources" / source, workshop))


# ----------------------------------------------------------------------------------------------------------- workers


@contextmanager
def executor(workers: int = 1, cluster: str | None = None) -> Iterator[Executor | None]:
    """Who settles: processes of this machine, a dask cluster at an address, or (None) this process itself.

    Raises:
        PassoError: the cluster cannot be reached, or is not supported here; or a worker has ended.
    """
    if cluster is not None:
        with _cluster(cluster) as on_cluster:
            yield on_cluster
    elif workers > 1:
        try:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                yield pool
        except BrokenExecutor as problem:
            raise PassoError(
                f"a worker has ended ({problem}); with fewer --workers there is more memory for each"
            ) from problem
    else:
        yield None


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client as Unknown
    except ImportError as problem:
        raise PassoError("--cluster needs dask: install passo-lod with its extra, passo-lod[cluster]") from problem
    try:
        connect: Any = Unknown  # it tells no types
        client = connect(address, timeout="10s")
    except (OSError, ValueError) as problem:
        raise PassoError(f"--cluster {address}: no dask scheduler answers there ({problem})") from problem
    try:
        yield client.get_executor()
    finally:
        client.close()
