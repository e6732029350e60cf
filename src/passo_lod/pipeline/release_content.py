"""Describe the collected data to the release writer: datasets, accounting, report, inputs."""

from collections.abc import Iterator, Mapping, Sequence

from passo_lod.digests import sha256_of
from passo_lod.pipeline.collector import ReleaseCollector, SourceOutcome
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.duplicate_results import duplicate_results
from passo_lod.release.content import Content
from passo_lod.release.dataset import Dataset
from passo_lod.release.identity.registry_update import RegistryUpdate
from passo_lod.report import Severity, ValidationReport, ValidationResult
from passo_lod.sources.duplicate_decisions import DUPLICATES_FILE
from passo_lod.validation.report_writer import ReportedSource, ReportWriter


def release_content(
    context: PipelineContext,
    pipelines: Sequence[SourcePipeline],
    collector: ReleaseCollector,
    identity: RegistryUpdate,
    answers: Mapping[str, bytes],
) -> Content:
    """Build the input of the release writer, and complete the report with the results of each source as a whole."""
    catalog = context.catalog
    for pipeline in pipelines:
        outcome = collector.sources[pipeline.source.name]
        results = (
            *_replaced_but_named(pipeline, identity),
            *_merged_names(pipeline, outcome),
            *duplicate_results(pipeline.source, outcome, collector.finders[pipeline.source.name], context),
        )
        collector.add_report(pipeline.source.name, ValidationReport.of(results))
    datasets = tuple(_dataset(pipeline, collector, catalog.base) for pipeline in pipelines)
    sources = tuple(
        ReportedSource(each.name, each.accounting, each.quarantined, each.withdrawn, each.merged) for each in datasets
    )
    report = ReportWriter(catalog.base, collector.summary, sources, collector.report_parts)
    return Content(
        base=catalog.base,
        title=catalog.title,
        description=catalog.description,
        publisher=catalog.publisher,
        licence=catalog.licence,
        languages=catalog.languages,
        datasets=datasets,
        quads=collector.lines,
        table_inputs=collector,
        summary=collector.summary,
        reports=report.files(),
        context=catalog.ontology / "context.jsonld",
        shapes=catalog.shapes,
        inputs={
            "passo.yaml": catalog.settings,
            "ontology": catalog.ontology,
            "shapes": catalog.shapes,
            "places": catalog.places,
        },
        answers=answers,
        identity=identity,
        dcat=catalog.portal,
    )


def _replaced_but_named(pipeline: SourcePipeline, identity: RegistryUpdate) -> Iterator[ValidationResult]:
    """A warning for each id that source.yaml declares as replaced while published records still refer to it."""
    for id_, replaced in pipeline.source.replaced.items():
        if id_ in identity.published:
            yield ValidationResult.of(
                Severity.WARNING,
                "replaced-yet-there",
                "publish.replaced-but-named",
                {"id": id_, "why": replaced.why},
                source=pipeline.source.name,
                path="source.yaml",
                line=replaced.line,
            )


def _merged_names(pipeline: SourcePipeline, outcome: SourceOutcome) -> Iterator[ValidationResult]:
    """An information for each body whose name the records of a source write in several ways, so that a person can object."""
    for iri, names in sorted(outcome.names.items()):
        if len(names) > 1:
            yield ValidationResult.of(
                Severity.INFO,
                "one-body",
                "publish.one-body",
                {"count": len(names)},
                source=pipeline.source.name,
                path="mapping.yaml",
                value=" / ".join(sorted(names)),
                focus_node=iri,
            )


def _dataset(pipeline: SourcePipeline, collector: ReleaseCollector, base: str) -> Dataset:
    source = pipeline.source
    outcome = collector.sources[source.name]
    settings = ["source.yaml", "mapping.yaml"] if source.is_mapped else ["source.yaml"]
    settings += [DUPLICATES_FILE] if (source.folder / DUPLICATES_FILE).exists() else []
    return Dataset(
        name=source.name,
        iri=f"{base}dataset/{source.name}",
        title=source.title,
        description=source.description,
        licence=source.licence,
        attribution=source.attribution,
        accounting=outcome.accounting,
        quarantined=tuple(sorted(outcome.quarantined)),
        withdrawn=tuple(sorted(outcome.withdrawn)),
        merged=tuple(sorted((each.id, each.survivor, each.why) for each in outcome.merged)),
        inputs={name: sha256_of(source.folder / name) for name in settings} | collector.file_digests[source.name],
        site=source.site,
        observatory=source.observatory,
        language=source.language,
    )
