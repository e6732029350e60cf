"""Process each record once: a record whose inputs did not change comes from the content cache.

The result for a record depends on the record, on its source's YAML files, on vocabulary, shapes and places, and on the program; not on
other records, their order, the clock or the machine. So a hash of these inputs is its cache key, and any worker can compute it: the
release has the same bytes either way. Records are streamed; memory holds one key for each.
"""

import hashlib
import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from passo_lod.cache import ContentCache, code_digest
from passo_lod.catalog import Catalog
from passo_lod.digests import sha256_of
from passo_lod.errors import SourceError
from passo_lod.pipeline import processing
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processed_record import ProcessedRecord
from passo_lod.pipeline.processing import BATCH
from passo_lod.pipeline.source_processor import SourceProcessor, process_in_worker
from passo_lod.progress import Progress, no_progress
from passo_lod.records import Reading
from passo_lod.sources.duplicate_decisions import DUPLICATES_FILE


class RecordKey(NamedTuple):
    """One record of a source: its file and id, its cache key (sha256), and the line on which it begins."""

    path: str
    id: str
    cache_key: bytes
    line: int | None


class IncrementalProcessor:
    """Processes the records of sources, and takes from the cache those that did not change.

    Args:
        context: vocabulary, places and shapes.
        cache: results of earlier publishings; new results are added.
        executor: where new records are processed; None for this process.

    Attributes:
        file_digests: by source, the sha256 of each file as it was read, by the path that reports show; None for a file that cannot be read.
    """

    def __init__(self, context: PipelineContext, cache: ContentCache, executor: Executor | None = None) -> None:
        self._context = context
        self._cache = cache
        self._executor = executor
        self._digest = _digest_of_shared_inputs(context.catalog)
        self.file_digests: dict[str, dict[str, str | None]] = {}

    def process_source(self, pipeline: SourcePipeline, progress: Progress = no_progress) -> Iterator[ProcessedRecord]:
        """Process all records of a source before the first is yielded; they are sorted by path, id and line."""
        processor = SourceProcessor(self._context, pipeline)
        files = [*_SETTINGS, *pipeline.other_inputs()]
        input_digest = f"{self._digest}\0{sha256_of(pipeline.source.folder, files)}\0".encode()
        incoming = _IncomingRecords(processor, input_digest, self._cache)
        name = pipeline.source.name
        for done, (cache_key, record) in enumerate(self._process_new(processor, incoming.new_readings())):
            if done % _PROGRESS_STEP == 0:
                progress(name, done, max(len(incoming.keys), done + 1))
            self._cache.put(cache_key, record)
        progress(name, len(incoming.keys), len(incoming.keys))
        self.file_digests[name] = incoming.file_digests
        return self._records(processor, incoming)

    def _records(self, processor: SourceProcessor, incoming: "_IncomingRecords") -> Iterator[ProcessedRecord]:
        duplicates = incoming.duplicates()
        for key in sorted(incoming.keys, key=lambda key: (key.path, key.id, key.line or 0, key.cache_key)):
            if key in duplicates:
                yield duplicates[key]
            else:
                cached = self._cache.get(key.cache_key)
                yield ProcessedRecord.from_bytes(cached) if cached else _process_again(processor, key)

    def _process_new(
        self, processor: SourceProcessor, new: Iterator[tuple[bytes, Reading]]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Process new readings batch by batch; an executor has at most `_MAX_PENDING` batches at once."""
        pending: deque[tuple[list[bytes], Future[list[bytes]]]] = deque()
        while batch := list(islice(new, BATCH)):
            cache_keys, readings = [key for key, _ in batch], [reading for _, reading in batch]
            if self._executor is None:
                yield from zip(cache_keys, processor.process_to_bytes(readings), strict=True)
                continue
            data, name = self._context.catalog.data.resolve(), processor.pipeline.source.folder.name
            pending.append((cache_keys, self._executor.submit(process_in_worker, data, name, readings)))
            if len(pending) > _MAX_PENDING:
                first_keys, future = pending.popleft()
                yield from zip(first_keys, future.result(), strict=True)
        for cache_keys, future in pending:
            yield from zip(cache_keys, future.result(), strict=True)


_MAX_PENDING = 32
_PROGRESS_STEP = 20
"""After how many records the progress is reported."""

_SETTINGS = ("source.yaml", "mapping.yaml", "reference.ttl", DUPLICATES_FILE)


class _IncomingRecords:
    """The records of a source, file by file; a file whose records are all in the cache is hashed and not parsed.

    Attributes:
        keys: the records that `new_readings` has come to; in the end all.
        file_digests: see `IncrementalProcessor`.
    """

    def __init__(self, processor: SourceProcessor, input_digest: bytes, cache: ContentCache) -> None:
        self._processor, self._input_digest, self._cache = processor, input_digest, cache
        self._ids: set[str] = set()
        self.keys: list[RecordKey] = []
        self.file_digests: dict[str, str | None] = {}

    def new_readings(self) -> Iterator[tuple[bytes, Reading]]:
        """The readings that are not in the cache, with their cache keys; of readings that share an id, at most one."""
        source = self._processor.pipeline.source
        for path in source.paths():
            file_state = _file_state(path)
            file_key = self._file_key(path)
            cached = self._cached_keys(file_key)
            if cached is not None:
                self.keys += cached
                self._ids.update(key.id for key in cached if key.id)
            else:
                first = len(self.keys)
                for reading in processing.read(source, [path]):
                    key = _record_key(reading, self._input_digest)
                    self.keys.append(key)
                    if key.id not in self._ids and not self._cache.has(key.cache_key):
                        yield key.cache_key, reading
                    self._ids |= {key.id} - {""}
                if _file_state(path) != file_state:
                    raise _changed_while_read(path)
                if file_key:
                    self._cache.put(file_key, _keys_as_json(self.keys[first:]))

    def duplicates(self) -> dict[RecordKey, ProcessedRecord]:
        """The records that share an id, processed together: each is quarantined, and its result names the others."""
        times = Counter(key.id for key in self.keys if key.id)
        duplicates = {key for key in self.keys if key.id and times[key.id] > 1}
        if not duplicates:
            return {}
        source = self._processor.pipeline.source
        readings = list(self._processor.read({key.path for key in duplicates}))
        records = self._processor.process(processing.reject_duplicates(source.name, readings))
        by_key = {
            _record_key(reading, self._input_digest): record for reading, record in zip(readings, records, strict=True)
        }
        if missing := duplicates - by_key.keys():
            raise _changed_while_read(source.folder / min(missing).path)
        return {key: by_key[key] for key in duplicates}

    def _file_key(self, path: Path) -> bytes | None:
        """The cache key of a file, by its name and bytes; None for what is not a readable file, such as a pipe."""
        name = self._processor.pipeline.source.display_path(path)
        content = self.file_digests[name] = _digest_of_file(path)
        if content is None:
            return None
        return hashlib.sha256(b"file\0" + self._input_digest + repr((name, content)).encode()).digest()

    def _cached_keys(self, file_key: bytes | None) -> list[RecordKey] | None:
        """The records of a file, if the cache has the file and all its records."""
        cached = self._cache.get(file_key) if file_key else None
        if cached is None:
            return None
        keys = [RecordKey(path, id_, bytes.fromhex(key), line) for path, id_, key, line in json.loads(cached)]
        return keys if all(self._cache.has(key.cache_key) for key in keys) else None


def _keys_as_json(keys: list[RecordKey]) -> bytes:
    return json.dumps([(key.path, key.id, key.cache_key.hex(), key.line) for key in keys]).encode()


def _process_again(processor: SourceProcessor, key: RecordKey) -> ProcessedRecord:
    """Process a record whose cached value is missing or damaged."""
    readings = [each for each in processor.read({key.path}) if (each.path, each.id) == (key.path, key.id)]
    if not readings:
        raise _changed_while_read(processor.pipeline.source.folder / key.path)
    return processor.process(readings)[0]


def _changed_while_read(path: Path) -> SourceError:
    return SourceError(f"{path}: was changed while it was read; publish again, when nothing writes to it")


def _file_state(path: Path) -> tuple[int, int, int] | None:
    """Inode, size and modification time, which change when something writes to the file; None if it cannot be read."""
    with suppress(OSError):
        status = path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def _digest_of_file(path: Path) -> str | None:
    """The sha256 of a regular file; None if it cannot be read, or is a pipe or device, which might never end."""
    with suppress(OSError):
        return sha256_of(path) if path.is_file() else None
    return None


def _record_key(reading: Reading, input_digest: bytes) -> RecordKey:
    """Hash all that determines the result for a record; its line number in the file does not."""
    cache_key = hashlib.sha256(input_digest + repr(reading).encode("utf-8", "surrogatepass")).digest()
    return RecordKey(reading.path, reading.id, cache_key, reading.record.line if reading.record else None)


def _digest_of_shared_inputs(catalog: Catalog) -> str:
    """Hash what determines the results for all records: vocabulary, shapes, places, passo.yaml, program and libraries."""
    parts: Mapping[str, str] = {
        **{folder.name: sha256_of(folder) for folder in (catalog.ontology, catalog.shapes, catalog.places)},
        "settings": sha256_of(catalog.settings),
        "program": code_digest(),
    }
    return json.dumps(parts, sort_keys=True)
