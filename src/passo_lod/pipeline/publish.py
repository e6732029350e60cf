"""Publish a data folder: read, map and validate all sources, and write a release. This is the main line of the program."""

import gc
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from passo_lod.cache import ContentCache
from passo_lod.catalog import Catalog
from passo_lod.comparison.cube import DATASET
from passo_lod.errors import PassoError
from passo_lod.pipeline.collector import ReleaseCollector
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.default_answers import default_answers
from passo_lod.pipeline.duplicate_results import LIKELY_DUPLICATE, check_decided_records
from passo_lod.pipeline.id_declarations import declared_statuses
from passo_lod.pipeline.incremental import IncrementalProcessor
from passo_lod.pipeline.release_content import release_content
from passo_lod.progress import Progress, no_progress
from passo_lod.release.catalogue.dataset_descriptions import PLACES, VOCABULARY
from passo_lod.release.dump.nquads_sorter import group_by_subject
from passo_lod.release.identity.id_registry import REGISTRY_FILE, IdRegistry
from passo_lod.release.identity.registry_update import RegistryUpdate
from passo_lod.release.identity.tombstones import tombstone_quads
from passo_lod.release.publish_policy import DEFAULT, PublishPolicy
from passo_lod.release.repository.durable_io import os_errors_as_release_errors
from passo_lod.release.writer import lock_for_publishing, write_release
from passo_lod.release_layout import read_manifest
from passo_lod.report import Accounting, Summary
from passo_lod.sources.source_settings import check_draft_decided

RECORD_CACHE = ".cache/records.sqlite"
"""The cache of processed records, below the folder of releases."""

ANSWER_CACHE = ".cache/answers.sqlite"
"""The cache of the default answers, below the folder of releases."""

_FORMER_CACHE = ".kept"


@dataclass(frozen=True)
class Published:
    """A release that was written.

    Attributes:
        folder: the folder of the release.
        accounting: of the records of all sources.
        summary: of the validation report.
        quads: how many quads its dump has.
        identity: what the release added to the id registry.
    """

    folder: Path
    accounting: Accounting
    summary: Summary
    quads: int
    identity: RegistryUpdate

    @property
    def likely_duplicates(self) -> int:
        """How many results of its report ask a person whether records are duplicates."""
        return sum(kind.count for kind in self.summary.kinds if kind.code == LIKELY_DUPLICATE)


def publish(
    catalog: Catalog,
    releases: Path,
    progress: Progress = no_progress,
    context: PipelineContext | None = None,
    policy: PublishPolicy = DEFAULT,
    *,
    executor: Executor | None = None,
    no_cache: bool = False,
) -> Published:
    """Read, map and validate all sources and write a release; `releases/current` changes only once all files are written.

    Args:
        catalog: what to publish.
        releases: the folder of releases.
        progress: called at every stage.
        context: vocabulary, places and shapes, if the caller has opened them already.
        policy: which losses to accept, and how many releases to retain.
        executor: where records are processed (`open_executor`); None for this process.
        no_cache: whether to process records again that did not change.

    Raises:
        ReleaseBusy: another publisher is at work.
        ReleaseStopped: the release would lose or quarantine more records than the policy accepts.
        PassoError: a setting, a mapping or the vocabulary is wrong, or the release cannot be written.
    """
    for folder in catalog.source_folders():
        check_draft_decided(folder)
    progress("vocabulary", 0, 1)
    registry = catalog.data / REGISTRY_FILE
    IdRegistry.open(registry)  # a damaged registry stops the publishing before the long work
    context = context or PipelineContext.open(catalog)
    pipelines = [SourcePipeline.open(folder, context) for folder in catalog.source_folders()]
    _check_prefixes(pipelines)
    _check_files(pipelines)
    progress("vocabulary", 1, 1)
    with (
        lock_for_publishing(releases) as lock,
        closing(ReleaseCollector.open(catalog.base, releases)) as collector,
        _frozen_gc(),
    ):
        _collect(collector, pipelines, context, executor, progress, no_cache=no_cache)
        # Opened again, because another publisher may have added ids before this one had the lock.
        identity = _update_registry(IdRegistry.open(registry), context, pipelines, collector)
        with os_errors_as_release_errors(releases):
            for dataset, quads in tombstone_quads(identity, catalog.base):
                collector.lines.add_quads(dataset, quads)
        with os_errors_as_release_errors(releases):
            answers = _answer_questions(collector, pipelines, context, no_cache=no_cache)
        content = release_content(context, pipelines, collector, identity, answers)
        folder = write_release(content, releases, progress, policy, lock)
    return Published(folder, content.accounting, content.summary, read_manifest(folder).quads, identity)


@contextmanager
def _frozen_gc() -> Iterator[None]:
    """Exempt what is open now from garbage collection, since it lives until the end of the publishing."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _collect(
    collector: ReleaseCollector,
    pipelines: Sequence[SourcePipeline],
    context: PipelineContext,
    executor: Executor | None,
    progress: Progress,
    *,
    no_cache: bool,
) -> None:
    """Process the records of each source and add them to the collector."""
    releases = collector.lines.folder
    shutil.rmtree(releases / _FORMER_CACHE, ignore_errors=True)
    with os_errors_as_release_errors(releases), ContentCache.open(releases / RECORD_CACHE, clear=no_cache) as cache:
        collector.add_quads(VOCABULARY, context.vocabulary_quads)
        collector.add_quads(PLACES, context.place_quads)
        processor = IncrementalProcessor(context, cache, executor)
        for pipeline in sorted(pipelines, key=lambda pipeline: pipeline.source.name):
            collector.add_quads(pipeline.source.name, pipeline.reference)
            collector.add_records(pipeline.source.name, processor.process_source(pipeline, progress))
        collector.add_quads(PLACES, context.places_abroad(collector.places_abroad))
        collector.file_digests = processor.file_digests


def _answer_questions(
    collector: ReleaseCollector, pipelines: Sequence[SourcePipeline], context: PipelineContext, *, no_cache: bool
) -> Mapping[str, bytes]:
    """Answer the questions of comparison, and add the data cube to the collector; it registers no ids."""
    licences = {f"{collector.base}dataset/{each.source.name}": each.source.licence for each in pipelines}
    with ContentCache.open(collector.lines.folder / ANSWER_CACHE, clear=no_cache) as cache:
        answers = default_answers(context.vocabulary_quads, collector.lines, licences, cache)
    collector.lines.add(DATASET, group_by_subject(answers.cube, collector.base))
    return answers.files


def _check_prefixes(pipelines: Sequence[SourcePipeline]) -> None:
    times = Counter(pipeline.source.prefix for pipeline in pipelines)
    for pipeline in pipelines:
        prefix = pipeline.source.prefix
        if times[prefix] > 1:
            raise PassoError(f"{pipeline.source.folder}: the prefix {prefix!r} is that of another source too")


def _check_files(pipelines: Sequence[SourcePipeline]) -> None:
    """Refuse a `files` pattern that matches no file: the release would lose the whole dataset of the source."""
    for pipeline in pipelines:
        if not pipeline.source.has_files:
            raise PassoError(
                f"{pipeline.source.folder}: no file fits {pipeline.source.files!r}, as source.yaml says under files"
            )


def _update_registry(
    registry: IdRegistry, context: PipelineContext, pipelines: Sequence[SourcePipeline], collector: ReleaseCollector
) -> RegistryUpdate:
    """Compare the ids of this release with all ids ever published, and make sure that the registry can be written."""
    for pipeline in pipelines:
        name = pipeline.source.name
        check_decided_records(pipeline.source, collector.sources[name], collector.finders[name].ids, registry)
    names = (PLACES, *(pipeline.source.name for pipeline in pipelines))
    datasets = {f"dataset/{name}": name for name in names}
    declared = declared_statuses(context, pipelines, collector.sources)
    update = RegistryUpdate.of(registry, collector.dataset_by_id | datasets, declared)
    update.check_writable()
    return update
