"""The straight line in one place: record files → records → quads → validation report → release."""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from passo_lod.cache import ContentCache
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, ReleaseError
from passo_lod.mapping.places import place_iri
from passo_lod.mapping.redaction import redact
from passo_lod.pipeline.collector import ReleaseCollector, SourceOutcome
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.incremental import IncrementalProcessor
from passo_lod.pipeline.processing import Progress, RecordOutcome, no_progress, process
from passo_lod.release.catalogue.dataset_descriptions import PLACES, VOCABULARY
from passo_lod.release.content import Content, Dataset
from passo_lod.release.identity.id_registry import NAME as REGISTRY
from passo_lod.release.identity.id_registry import DeclaredStatus, IdRegistry, IdStatus, RegistryUpdate
from passo_lod.release.identity.tombstones import tombstone_quads
from passo_lod.release.manifest_writer import digest_of
from passo_lod.release.publish_policy import DEFAULT, PublishPolicy
from passo_lod.release.repository.manifest_reader import read_manifest
from passo_lod.release.writer import publishing, write_release
from passo_lod.report import Accounting, Severity, Summary, ValidationReport, ValidationResult
from passo_lod.sources.source import Source, check_draft_decided
from passo_lod.validation import report_writer as render

KEPT = ".kept/settled.sqlite"
"""Below the folder of releases: what was settled before."""


@dataclass(frozen=True)
class Published:
    """A release that was written.

    Attributes:
        summary: of the validation report.
    """

    folder: Path
    accounting: Accounting
    summary: Summary
    quads: int
    identity: RegistryUpdate


def publish(
    catalog: Catalog,
    releases: Path,
    progress: Progress = no_progress,
    workshop: PipelineContext | None = None,
    policy: PublishPolicy = DEFAULT,
    *,
    executor: Executor | None = None,
    anew: bool = False,
) -> Published:
    """Read all sources, map, validate, and write a release; `releases/current` is swapped only when all is written.

    Args:
        catalog: what to publish.
        releases: where to.
        progress: told of every stage.
        workshop: the vocabulary, where it is open already.
        policy: what is let pass, and how many releases are kept.
        executor: who maps and validates; without one it is done here.
        anew: whether to settle again what was settled before.

    Raises:
        ReleaseBusy: another publisher is at work.
        ReleaseStopped: too much of what is published would be missing, or too much is held back.
        PassoError: a setting, a mapping or the vocabulary is wrong, or the release cannot be written.
    """
    for folder in catalog.source_folders():
        check_draft_decided(folder)
    progress("vocabulary", 0, 1)
    registry = catalog.data / REGISTRY
    IdRegistry.open(registry)
    workshop = workshop or PipelineContext.open(catalog)
    lines = [SourcePipeline.open(folder, workshop) for folder in catalog.source_folders()]
    _check_prefixes(lines)
    _check_files(lines)
    progress("vocabulary", 1, 1)
    with (
        publishing(releases) as work,
        closing(ReleaseCollector.begin(catalog.base, releases)) as gathered,
        _frozen_collector(),
    ):
        _gather(gathered, lines, workshop, executor, progress, anew=anew)
        # Read again, now that no other publisher can add to it.
        identity = _identity(IdRegistry.open(registry), workshop, lines, gathered)
        with _as_release_error(releases):
            for dataset, quads in tombstone_quads(identity, catalog.base):
                gathered.lines.add_quads(dataset, quads)
        content = _content(workshop, lines, gathered, identity)
        folder = write_release(content, releases, progress, policy, work)
    document = read_manifest(folder) or {}
    return Published(folder, content.accounting, content.summary, int(document["quads"]), identity)


@contextmanager
def _frozen_collector() -> Iterator[None]:
    """What is open by now stays until the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _gather(
    gathered: ReleaseCollector,
    lines: Sequence[SourcePipeline],
    workshop: PipelineContext,
    executor: Executor | None,
    progress: Progress,
    *,
    anew: bool,
) -> None:
    """Settle the records of each source, from memory as far as it goes, and gather what becomes of them."""
    releases = gathered.lines.folder
    with _as_release_error(releases), ContentCache.open(releases / KEPT, anew=anew) as kept:
        gathered.say(VOCABULARY, workshop.vocabulary_quads)
        gathered.say(PLACES, workshop.place_quads)
        settler = IncrementalProcessor(workshop, kept, executor)
        for line in sorted(lines, key=lambda line: line.source.name):
            gathered.say(line.source.name, line.reference)
            gathered.take(line.source.name, settler.settle(line, progress))
        gathered.files = settler.files


@contextmanager
def _as_release_error(releases: Path) -> Iterator[None]:
    """What is put aside has no room: the release cannot be written.

    Raises:
        ReleaseError: instead of the error of the system.
    """
    try:
        yield
    except OSError as problem:
        raise ReleaseError(
            f"{releases}: the release cannot be written ({problem}); what was current still is"
        ) from problem


def _check_prefixes(lines: Sequence[SourcePipeline]) -> None:
    times = Counter(line.source.prefix for line in lines)
    for line in lines:
        if times[line.source.prefix] > 1:
            raise PassoError(f"{line.source.folder}: the prefix {line.source.prefix!r} is that of another source too")


def _check_files(lines: Sequence[SourcePipeline]) -> None:
    """A pattern that fits no file is a slip, and would replace a source's whole dataset by an empty one."""
    for line in lines:
        if not line.source.has_files:
            raise PassoError(
                f"{line.source.folder}: no file fits {line.source.files!r}, as source.yaml says under files"
            )


def _identity(
    registry: IdRegistry, workshop: PipelineContext, lines: Sequence[SourcePipeline], gathered: ReleaseCollector
) -> RegistryUpdate:
    """What becomes of every id that was ever published (docs/identity.md)."""
    datasets = {f"dataset/{name}": name for name in (PLACES, *(line.source.name for line in lines))}
    stated = dict(_former_places(workshop))
    for line in lines:
        stated |= _stated(line.source, gathered.sources[line.source.name])
    update = registry.update(gathered.things | datasets, stated)
    update.check_writable()
    return update


def _former_places(workshop: PipelineContext) -> Iterator[tuple[str, DeclaredStatus]]:
    """A place that has another code now is found by its former ones too."""
    base = workshop.catalog.base
    for place in workshop.places:
        now = place_iri(base, place).value.removeprefix(base)
        for code in place.former_codes:
            former = place_iri(base, replace(place, code=code)).value.removeprefix(base)
            yield (
                former,
                DeclaredStatus("places", IdStatus("renamed", (now,)), f"{workshop.catalog.places}: {place.code}"),
            )


def _stated(source: Source, became: SourceOutcome) -> dict[str, DeclaredStatus]:
    """What a source says of ids that it gave up, took back, or holds back."""
    where = source.folder / "source.yaml"
    held = {source.thing(id_) for _, id_ in became.quarantined if id_}
    fates = [(thing, IdStatus("quarantined"), "") for thing in held]
    fates += [
        (source.thing(each), IdStatus("withdrawn", (), redact(why)[0]), "") for each, why in source.withdrawn.items()
    ]
    fates += [(thing, IdStatus(each.why, each.by), f":{each.line}") for thing, each in source.replaced.items()]
    return {thing: DeclaredStatus(source.name, fate, f"{where}{line}") for thing, fate, line in fates}


def _yet_named(line: SourcePipeline, identity: RegistryUpdate) -> Iterator[ValidationResult]:
    """What is no record, such as a body, and is replaced, while records still name it: it stays as it is."""
    for thing, each in line.source.replaced.items():
        if thing in identity.published:
            yield ValidationResult(
                Severity.WARNING,
                f"{thing} is {each.why}, but what is published still names it; it stays until nothing does.",
                source=line.source.name,
                path="source.yaml",
                line=each.line,
                code="replaced-yet-there",
            )


def _content(
    workshop: PipelineContext, lines: Sequence[SourcePipeline], gathered: ReleaseCollector, identity: RegistryUpdate
) -> Content:
    catalog = workshop.catalog
    for line in lines:
        results = (*_yet_named(line, identity), *_one_bodies(line, gathered.sources[line.source.name]))
        gathered.tell(line.source.name, ValidationReport.of(results))
    datasets = tuple(_dataset(line, gathered, catalog.base) for line in lines)
    subjects = tuple(
        render.ReportedSource(each.name, each.accounting, each.quarantined, each.withdrawn) for each in datasets
    )
    report = render.ReportWriter(catalog.base, gathered.summary, subjects, gathered.told)
    return Content(
        base=catalog.base,
        title=catalog.title,
        description=catalog.description,
        publisher=catalog.publisher,
        licence=catalog.licence,
        languages=catalog.languages,
        datasets=datasets,
        lines=gathered.lines,
        given=gathered,
        summary=gathered.summary,
        reports=report.files(),
        context=catalog.ontology / "context.jsonld",
        shapes=catalog.shapes,
        inputs={
            "passo.yaml": catalog.settings,
            "ontology": catalog.ontology,
            "shapes": catalog.shapes,
            "places": catalog.places,
        },
        identity=identity,
        portal=catalog.portal,
    )


def _one_bodies(line: SourcePipeline, became: SourceOutcome) -> Iterator[ValidationResult]:
    """Every body that a source's records write in more than one way: the merges are told, for a person to agree with."""
    for iri, written in sorted(became.names.items()):
        if len(written) > 1:
            yield ValidationResult(
                Severity.INFO,
                f"{len(written)} ways of writing a name were taken for one body.",
                source=line.source.name,
                path="mapping.yaml",
                value=" / ".join(sorted(written)),
                expected="one body; where they are several, a rule under `organisations` that tells them apart",
                code="one-body",
                focus_node=iri,
            )


def _dataset(line: SourcePipeline, gathered: ReleaseCollector, base: str) -> Dataset:
    source = line.source
    became = gathered.sources[source.name]
    settings = ("source.yaml", "mapping.yaml") if source.is_mapped else ("source.yaml",)
    return Dataset(
        name=source.name,
        iri=f"{base}dataset/{source.name}",
        title=source.title,
        description=source.description,
        licence=source.licence,
        attribution=source.attribution,
        accounting=became.accounting,
        quarantined=tuple(sorted(became.quarantined)),
        withdrawn=tuple(sorted(became.withdrawn)),
        inputs={each: digest_of(source.folder / each) for each in settings} | gathered.files[source.name],
        site=source.site,
        observatory=source.observatory,
        language=source.language,
    )


def check(catalog: Catalog, name: str, paths: Sequence[Path]) -> tuple[SourcePipeline, list[RecordOutcome]]:
    """Read, map and validate some files as records of a source, writing nothing.

    Raises:
        PassoError: the source is not known, or a setting is wrong.
    """
    workshop = PipelineContext.open(catalog)
    folders = {folder.name: folder for folder in catalog.source_folders()}
    if name not in folders:
        raise PassoError(f"unknown source {name!r}; known: {', '.join(folders)}")
    line = SourcePipeline.open(folders[name], workshop)
    return line, process(line, workshop, paths)
