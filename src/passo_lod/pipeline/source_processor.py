"""Process readings of one source into `ProcessedRecord`s with quads, results and table rows; in this process or in a worker."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pyoxigraph import NamedNode

from passo_lod.catalog import Catalog
from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.pipeline import processing
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processed_record import ProcessedRecord
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.pipeline.record_facts import Fact, record_facts
from passo_lod.records import Reading
from passo_lod.release.dump.pref_labels import choose_pref_labels
from passo_lod.release.tables.provenance_rows import PROVENANCE, provenance_rows
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.release.tables.row_builder import RowBuilder


@dataclass(frozen=True)
class SourceProcessor:
    """Maps, validates and serialises readings of one source."""

    context: PipelineContext
    pipeline: SourcePipeline

    @cached_property
    def _row_builder(self) -> RowBuilder:
        base = self.context.catalog.base
        return RowBuilder(base, NamedNode(f"{base}dataset/{self.pipeline.source.name}"), self.context.background)

    def process_to_bytes(self, readings: Sequence[Reading]) -> list[bytes]:
        """Process some readings into the form that the cache stores."""
        return [record.as_bytes() for record in self.process(readings)]

    def process(self, readings: Sequence[Reading]) -> list[ProcessedRecord]:
        """Process some readings; the records have the order of the readings."""
        outcomes = processing.process_batch(readings, self.pipeline, self.context)
        published = [outcome.mapped for outcome in outcomes if outcome.mapped and outcome.published]
        rows = iter(self._rows(published))
        base = self.context.catalog.base
        return [
            ProcessedRecord.of(outcome, base, next(rows) if outcome.published else None, self._facts(outcome))
            for outcome in outcomes
        ]

    def _rows(self, published: Sequence[MappedRecord]) -> list[RecordRows]:
        """The table rows of each published record."""
        base, name = self.context.catalog.base, self.pipeline.source.name
        built = self._row_builder.rows([choose_pref_labels(mapped.quads) for mapped in published])
        for rows, mapped in zip(built, published, strict=True):
            if found := provenance_rows(base, name, mapped.quads, mapped.provenance):
                rows.rows[PROVENANCE] = found
        return built

    def _facts(self, outcome: RecordOutcome) -> tuple[Fact, ...]:
        """The facts by which a published or merged record is compared with others."""
        if outcome.mapped is None or not (outcome.published or outcome.merged):
            return ()
        catalog, entailment = self.context.catalog, self.context.entailment
        return record_facts(outcome.mapped.record, outcome.mapped.quads, catalog.base, entailment.super_properties)

    def read(self, shown_paths: Set[str]) -> Iterator[Reading]:
        """Read the files of the source whose paths, as reports show them, are given."""
        source = self.pipeline.source
        return processing.read(source, [path for path in source.paths() if source.display_path(path) in shown_paths])


def process_in_worker(data: Path, source: str, readings: Sequence[Reading]) -> list[bytes]:
    """Process readings in a worker process or on a cluster, where the data folder has the same path."""
    return _processor(data, source).process_to_bytes(readings)


@lru_cache(1)
def _context(data: Path) -> PipelineContext:
    return PipelineContext.open(Catalog.open(data))


@lru_cache(16)
def _processor(data: Path, source: str) -> SourceProcessor:
    context = _context(data)
    return SourceProcessor(context, SourcePipeline.open(data / "sources" / source, context))
