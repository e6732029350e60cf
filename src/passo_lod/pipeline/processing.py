"""Turn batches of records into quads and results: a pure function of the batch and the vocabulary.

The order of files, the clock and the machine do not matter, so that a batch can be taken up again, pooled, or sent elsewhere.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Quad

from passo_lod.errors import PassoError
from passo_lod.mapping.mapper import MappedRecord
from passo_lod.mapping.redaction import redact
from passo_lod.namespaces import SKOS
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.records import Reading
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult
from passo_lod.sources.source import Source
from passo_lod.text_folding import commonest

BATCH = 200
"""Records a batch: validating 200 together costs least (measured for pySHACL and the faster engines alike)."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and of how many."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class RecordOutcome:
    """What became of one record that came in."""

    reading: Reading
    mapped: MappedRecord | None
    results: tuple[ValidationResult, ...]
    withdrawn: str | None = None
    """Why the source took the record back."""

    @property
    def published(self) -> bool:
        """Whether nothing keeps the record out."""
        return self.mapped is not None and self.withdrawn is None and not self.quarantined

    @property
    def quarantined(self) -> bool:
        """Whether a violation keeps the record out."""
        return self.withdrawn is None and any(result.severity is Severity.VIOLATION for result in self.results)


@contextmanager
def paused_collector() -> Iterator[None]:
    """Without the collector of cyclic garbage.

    What a batch makes is needed until the batch is done, and to look through it again and again takes a quarter of the time.
    """
    runs = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if runs:
            gc.enable()


def process(
    line: SourcePipeline,
    workshop: PipelineContext,
    paths: Sequence[Path] | None = None,
    progress: Progress = no_progress,
) -> list[RecordOutcome]:
    """Read, map and validate the records of a source.

    Args:
        line: the source.
        workshop: the vocabulary.
        paths: the files to read; the source's own where none are given.
        progress: told of every batch.
    """
    listed = readings(line.source, paths)
    outcomes: list[RecordOutcome] = []
    for start in range(0, len(listed), BATCH):
        outcomes += process_batch(listed[start : start + BATCH], line, workshop)
        progress(line.source.name, min(start + BATCH, len(listed)), len(listed))
    return outcomes


@paused_collector()
def readings(source: Source, paths: Sequence[Path] | None = None) -> list[Reading]:
    """What is read of the source's files, or of those given; of two records with one id neither is taken."""
    return drop_duplicates(source.name, read(source, source.paths() if paths is None else paths))


def read(source: Source, paths: Iterable[Path]) -> Iterator[Reading]:
    """What is read of each file; one on which the reader fails keeps no other from being read."""
    for path in paths:
        try:
            yield from source.readings([path])
        except PassoError:
            raise
        except Exception as fault:
            named = source.record_id(path.stem)
            record = f"{source.prefix}-{named[0]}" if named else ""
            yield _failed(source.name, Reading(source.shown(path), record, None), fault)


@paused_collector()
def process_batch(readings: Sequence[Reading], line: SourcePipeline, workshop: PipelineContext) -> list[RecordOutcome]:
    """Map and validate some records; a pure function of its arguments.

    A record on which our own code fails is kept out, and told; the others are as if it were not there.
    """
    try:
        return _process_batch(readings, line, workshop)
    except PassoError:
        raise
    except Exception as fault:
        if len(readings) > 1:
            return [outcome for each in readings for outcome in process_batch([each], line, workshop)]
        return [_outcome(line.source, _failed(line.source.name, readings[0], fault), None, ())]


def _failed(source: str, reading: Reading, fault: Exception) -> Reading:
    result = ValidationResult(
        Severity.VIOLATION,
        f"passo-lod itself failed on this record ({type(fault).__name__}: {fault}).",
        source=source,
        record=reading.id,
        path=reading.path,
        expected="no record should bring this about: please report it to the passo-lod maintainers",
        code="fault",
    )
    return replace(reading, record=None, results=(*reading.results, result))


def _process_batch(readings: Sequence[Reading], line: SourcePipeline, workshop: PipelineContext) -> list[RecordOutcome]:
    mapped = {
        at: line.mapper.map(reading.record)
        for at, reading in enumerate(readings)
        if reading.record is not None and _withdrawal(line.source, reading) is None
    }
    batch = list(mapped.values())
    quads = [quad for each in batch for quad in each.quads]
    data = [*line.reference, *workshop.places_in(quads), *choose_pref_labels(quads)]
    found: dict[tuple[str, str], list[ValidationResult]] = {}
    for result in workshop.validator.validate(batch, data):
        found.setdefault((result.path, result.record), []).append(result)
    return [
        _outcome(line.source, reading, mapped.get(at), found.get((reading.path, reading.id), []))
        for at, reading in enumerate(readings)
    ]


def _outcome(
    source: Source, reading: Reading, mapped: MappedRecord | None, found: Iterable[ValidationResult]
) -> RecordOutcome:
    """What became of a record; of one that the source took back, the report tells nothing either."""
    withdrawn = _withdrawal(source, reading)
    results = (*reading.results, *(mapped.results if mapped else ()), *found, *_yet_there(source, reading))
    results = () if withdrawn else results
    reason = redact(withdrawn)[0] if withdrawn is not None else None
    return RecordOutcome(reading, mapped, ValidationReport.of(map(_masked, results)).results, reason)


def _yet_there(source: Source, reading: Reading) -> Iterator[ValidationResult]:
    """A record whose id stands for another one now contradicts source.yaml: it is kept out, and told."""
    if replaced := source.replaced.get(source.thing(reading.id)):
        yield ValidationResult(
            Severity.VIOLATION,
            f"source.yaml, line {replaced.line}, says that {reading.id} is {replaced.why}, but its record is still there.",
            source=source.name,
            record=reading.id,
            path=reading.path,
            expected=f"either no record {reading.id}, or nothing about it under {replaced.why}",
            code="replaced-yet-there",
        )


def _masked(result: ValidationResult) -> ValidationResult:
    """The report is published too: what could name or reach a person is masked there as in the data."""
    value = redact(result.value)[0] if result.value else result.value
    return replace(result, message=redact(result.message)[0], value=value)


def _withdrawal(source: Source, reading: Reading) -> str | None:
    return source.withdrawn.get(reading.id.removeprefix(source.prefix + "-"))


def drop_duplicates(source: str, readings: Iterable[Reading]) -> list[Reading]:
    """Two records that give one id contradict each other: neither is taken, both are told."""
    listed = list(readings)
    times = Counter(reading.id for reading in listed if reading.id)
    return [_refuse_double(source, each, listed) if each.id and times[each.id] > 1 else each for each in listed]


def _refuse_double(source: str, reading: Reading, readings: Sequence[Reading]) -> Reading:
    others = ", ".join(_place(each) for each in readings if each.id == reading.id and each is not reading)
    result = ValidationResult(
        Severity.VIOLATION,
        f"the id {reading.id} is also that of {others}.",
        source=source,
        record=reading.id,
        path=reading.path,
        line=reading.record.line if reading.record else None,
        expected="one record of the source for each id",
        code="id-twice",
    )
    # Mapped both, they would be one process with two titles, and each be told the other's faults.
    return replace(reading, record=None, results=(*reading.results, result))


def _place(reading: Reading) -> str:
    line = reading.record.line if reading.record else None
    return f"{reading.path}:{line}" if line else reading.path


def accounting(outcomes: Sequence[RecordOutcome]) -> Accounting:
    """What became of the records: in = published + quarantined + withdrawn."""
    return Accounting(
        records_in=len(outcomes),
        published=sum(outcome.published for outcome in outcomes),
        quarantined=sum(outcome.quarantined for outcome in outcomes),
        withdrawn=sum(outcome.withdrawn is not None for outcome in outcomes),
    )


def choose_pref_labels(quads: Iterable[Quad]) -> list[Quad]:
    """Where records write one body's name in several ways, one is its prefLabel and the others altLabels (SKOS, S14)."""
    listed = list(quads)
    names: dict[tuple[object, str | None], Counter[str]] = {}
    for quad in listed:
        if quad.predicate == SKOS.prefLabel and isinstance(quad.object, ox.Literal):
            names.setdefault((quad.subject, quad.object.language), Counter())[quad.object.value] += 1
    chosen = {key: commonest(values) for key, values in names.items()}
    return [_label(quad, chosen) for quad in listed]


def _label(quad: Quad, chosen: dict[tuple[object, str | None], str]) -> Quad:
    if quad.predicate != SKOS.prefLabel or not isinstance(quad.object, ox.Literal):
        return quad
    if quad.object.value == chosen[quad.subject, quad.object.language]:
        return quad
    return Quad(quad.subject, SKOS.altLabel, quad.object, quad.graph_name)
