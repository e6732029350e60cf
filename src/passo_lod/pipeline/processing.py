"""Read, map and validate records in batches; `process_batch` is a pure function of the batch and the vocabulary.

The order of files, the clock and the machine do not matter, so that a batch can be repeated, pooled, or sent to another machine.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from passo_lod.canonical_literals import canonical_quads
from passo_lod.errors import PassoError
from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.redaction import redact
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.progress import Progress, no_progress
from passo_lod.records import Reading, Record
from passo_lod.release.dump.pref_labels import choose_pref_labels
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult
from passo_lod.sources.duplicate_decisions import Duplicate
from passo_lod.sources.source import Source

BATCH = 200
"""Records per batch: the size at which validation costs least per record (benchmarks/shacl.py)."""


@dataclass(frozen=True)
class RecordOutcome:
    """One reading with what mapping and validation made of it.

    Attributes:
        mapped: its quads; None if it could not be read, or its source withdrew it.
        results: its validation results, from reading, mapping and SHACL.
        withdrawn: why the source withdrew it; None if it did not.
        merged: the record whose case it describes, according to duplicates.yaml; None if there is none.
    """

    reading: Reading
    mapped: MappedRecord | None
    results: tuple[ValidationResult, ...]
    withdrawn: str | None = None
    merged: Duplicate | None = None

    @property
    def published(self) -> bool:
        """Whether the record is part of a release."""
        is_set_aside = self.withdrawn is not None or self.merged is not None
        return self.mapped is not None and not is_set_aside and not self.quarantined

    @property
    def quarantined(self) -> bool:
        """Whether a violation keeps the record out of a release."""
        return self.withdrawn is None and any(result.severity is Severity.VIOLATION for result in self.results)


@contextmanager
def paused_gc() -> Iterator[None]:
    """Pause cyclic garbage collection: objects of a batch live until its end, and scanning them takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def process(
    pipeline: SourcePipeline,
    context: PipelineContext,
    paths: Sequence[Path] | None = None,
    progress: Progress = no_progress,
) -> list[RecordOutcome]:
    """Read, map and validate the records of a source in this process, without the cache.

    Args:
        pipeline: the source and its mapper.
        context: vocabulary, places and shapes.
        paths: the files to read; None for all files of the source.
        progress: called after each batch.
    """
    listed = readings(pipeline.source, paths)
    outcomes: list[RecordOutcome] = []
    for start in range(0, len(listed), BATCH):
        outcomes += process_batch(listed[start : start + BATCH], pipeline, context)
        progress(pipeline.source.name, min(start + BATCH, len(listed)), len(listed))
    return outcomes


@paused_gc()
def readings(source: Source, paths: Sequence[Path] | None = None) -> list[Reading]:
    """Read the files of a source, or the given ones, and reject records that share an id."""
    return reject_duplicates(source.name, read(source, source.paths() if paths is None else paths))


def read(source: Source, paths: Iterable[Path]) -> Iterator[Reading]:
    """Read files one by one; if our reader fails on a file, its reading has a violation and the next file is read."""
    for path in paths:
        try:
            yield from source.readings([path])
        except PassoError:
            raise
        except Exception as fault:
            named = source.record_id(path.stem)
            record = f"{source.prefix}-{named[0]}" if named else ""
            yield _failed(source.name, Reading(source.display_path(path), record, None), fault)


@paused_gc()
def process_batch(
    readings: Sequence[Reading], pipeline: SourcePipeline, context: PipelineContext
) -> list[RecordOutcome]:
    """Map and validate some readings: a pure function of its arguments.

    If our own code fails on a record, that record gets a violation and the others are processed without it.
    """
    try:
        return _process_batch(readings, pipeline, context)
    except PassoError:
        raise
    except Exception as fault:
        if len(readings) > 1:
            return [outcome for each in readings for outcome in process_batch([each], pipeline, context)]
        return [_outcome(pipeline.source, _failed(pipeline.source.name, readings[0], fault), None, ())]


def _failed(source: str, reading: Reading, fault: Exception) -> Reading:
    result = ValidationResult.of(
        Severity.VIOLATION,
        "fault",
        "publish.fault",
        {"fault": f"{type(fault).__name__}: {fault}"},
        source=source,
        record=reading.id,
        path=reading.path,
    )
    return replace(reading, record=None, results=(*reading.results, result))


def _process_batch(
    readings: Sequence[Reading], pipeline: SourcePipeline, context: PipelineContext
) -> list[RecordOutcome]:
    mapped = {
        position: _mapped_record(pipeline, reading.record)
        for position, reading in enumerate(readings)
        if reading.record is not None and _withdrawal(pipeline.source, reading) is None
    }
    batch = list(mapped.values())
    quads = [quad for record in batch for quad in record.quads]
    data = [*pipeline.reference, *context.places_in(quads), *choose_pref_labels(quads)]
    results: dict[tuple[str, str], list[ValidationResult]] = {}
    for result in context.validator.validate(batch, data):
        results.setdefault((result.path, result.record), []).append(result)
    return [
        _outcome(pipeline.source, reading, mapped.get(position), results.get((reading.path, reading.id), []))
        for position, reading in enumerate(readings)
    ]


def _mapped_record(pipeline: SourcePipeline, record: Record) -> MappedRecord:
    """Map a record; its literals are validated and published in their canonical form."""
    mapped = pipeline.mapper.map(record)
    return replace(mapped, quads=canonical_quads(mapped.quads))


def _outcome(
    source: Source, reading: Reading, mapped: MappedRecord | None, shacl_results: Iterable[ValidationResult]
) -> RecordOutcome:
    """Join the results of a record; the report has none for a withdrawn or merged record."""
    reason = _withdrawal(source, reading)
    if reason is not None:
        return RecordOutcome(reading, mapped, (), redact(reason)[0])
    if duplicate := source.duplicates.same.get(reading.id):
        return RecordOutcome(reading, mapped, (), merged=replace(duplicate, why=redact(duplicate.why)[0]))
    mapping_results = mapped.results if mapped else ()
    results = (*reading.results, *mapping_results, *shacl_results, *_replaced_but_present(source, reading))
    results = tuple(_without_consequences(results))
    return RecordOutcome(reading, mapped, ValidationReport.of(map(_masked, results)).results)


def _without_consequences(results: Sequence[ValidationResult]) -> Iterator[ValidationResult]:
    """The results without those that say that a value is missing, where another says why its field gave none.

    The other result is at least as grave, so that no record is published that would otherwise be quarantined.
    """
    refused: dict[str | None, int] = {}
    for result in results:
        if not result.is_absence and result.value is not None:
            refused[result.field] = min(result.severity.rank, refused.get(result.field, result.severity.rank))
    for result in results:
        labels = result.field.split(" / ") if result.is_absence and result.field else ()
        if not any(refused.get(label, len(Severity)) <= result.severity.rank for label in labels):
            yield result


def _replaced_but_present(source: Source, reading: Reading) -> Iterator[ValidationResult]:
    """A violation for a record whose id source.yaml declares as replaced."""
    if replaced := source.replaced.get(source.resource_path(reading.id)):
        yield ValidationResult.of(
            Severity.VIOLATION,
            "replaced-yet-there",
            "publish.replaced-but-present",
            {"id": reading.id, "line": str(replaced.line), "why": replaced.why},
            source=source.name,
            record=reading.id,
            path=reading.path,
        )


def _masked(result: ValidationResult) -> ValidationResult:
    """Mask personal data in a result, because the report is published too."""
    value = redact(result.value)[0] if result.value else result.value
    return replace(result, message=result.message.with_data(lambda text: redact(text)[0]), value=value)


def _withdrawal(source: Source, reading: Reading) -> str | None:
    return source.withdrawn.get(reading.id.removeprefix(source.prefix + "-"))


def reject_duplicates(source: str, readings: Iterable[Reading]) -> list[Reading]:
    """Give each reading whose id another reading has too a violation, and take its record away.

    If both were mapped, they would be one process with two titles, and share their validation results.
    """
    listed = list(readings)
    times = Counter(reading.id for reading in listed if reading.id)
    return [_as_duplicate(source, each, listed) if each.id and times[each.id] > 1 else each for each in listed]


def _as_duplicate(source: str, reading: Reading, readings: Sequence[Reading]) -> Reading:
    others = ", ".join(_position(each) for each in readings if each.id == reading.id and each is not reading)
    result = ValidationResult.of(
        Severity.VIOLATION,
        "id-twice",
        "publish.id-twice",
        {"id": reading.id, "others": others},
        source=source,
        record=reading.id,
        path=reading.path,
        line=reading.record.line if reading.record else None,
        value=(reading.record.written_id or None) if reading.record else None,
    )
    return replace(reading, record=None, results=(*reading.results, result))


def _position(reading: Reading) -> str:
    """The place of a record, and its id as it is written there if that is not the name of the file."""
    line, written = (reading.record.line, reading.record.written_id) if reading.record else (None, "")
    place = f"{reading.path}:{line}" if line else reading.path
    return f"{place} ({written})" if written else place


def accounting(outcomes: Sequence[RecordOutcome]) -> Accounting:
    """Count the outcomes: in = published + quarantined + withdrawn + merged."""
    return Accounting(
        records_in=len(outcomes),
        published=sum(outcome.published for outcome in outcomes),
        quarantined=sum(outcome.quarantined for outcome in outcomes),
        withdrawn=sum(outcome.withdrawn is not None for outcome in outcomes),
        merged=sum(outcome.merged is not None for outcome in outcomes),
    )
