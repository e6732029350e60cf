"""Collect why ids are not published, for the id registry: replaced, merged, withdrawn and quarantined records, former codes of places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.redaction import redact
from passo_lod.pipeline.collector import SourceOutcome
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.release.identity.id_status import DeclaredStatus, IdStatus
from passo_lod.sources.duplicate_decisions import DUPLICATES_FILE
from passo_lod.sources.source import Source


def declared_statuses(
    context: PipelineContext, pipelines: Sequence[SourcePipeline], outcomes: Mapping[str, SourceOutcome]
) -> dict[str, DeclaredStatus]:
    """The status that each id is declared to have, by its path below the base IRI.

    Args:
        context: its places have former codes.
        pipelines: their `source.yaml` files declare replaced and withdrawn records, their `duplicates.yaml` files merged ones.
        outcomes: by source, with the quarantined records.
    """
    declared = dict(_former_place_codes(context))
    for pipeline in pipelines:
        declared |= _declared_by_source(pipeline.source, outcomes[pipeline.source.name])
    return declared


def _former_place_codes(context: PipelineContext) -> Iterator[tuple[str, DeclaredStatus]]:
    """Each former ISTAT code of a place is a renamed id."""
    base = context.catalog.base
    for place in context.places:
        id_ = place_iri(base, place).value.removeprefix(base)
        for code in place.former_codes:
            former = place_iri(base, replace(place, code=code)).value.removeprefix(base)
            yield (
                former,
                DeclaredStatus("places", IdStatus("renamed", (id_,)), f"{context.catalog.places}: {place.code}"),
            )


def _declared_by_source(source: Source, outcome: SourceOutcome) -> dict[str, DeclaredStatus]:
    """Quarantined, withdrawn, replaced and merged records of a source; what a person declares wins over the quarantine."""
    settings = source.folder / "source.yaml"
    quarantined = {source.resource_path(id_) for _, id_ in outcome.quarantined if id_}
    statuses = [(id_, IdStatus("quarantined"), "") for id_ in quarantined]
    statuses += [
        (source.resource_path(id_), IdStatus("withdrawn", (), redact(reason)[0]), "")
        for id_, reason in source.withdrawn.items()
    ]
    statuses += [
        (id_, IdStatus(replaced.why, replaced.by), f":{replaced.line}") for id_, replaced in source.replaced.items()
    ]
    declared = {id_: DeclaredStatus(source.name, status, f"{settings}{line}") for id_, status, line in statuses}
    return declared | (dict(_merged_duplicates(source)) if source.is_mapped else {})


def _merged_duplicates(source: Source) -> Iterator[tuple[str, DeclaredStatus]]:
    """The duplicates of a source whose records have ids of this catalogue; processes of a source of RDF have their own IRIs."""
    for id_, duplicate in source.duplicates.same.items():
        status = IdStatus("merged", (source.resource_path(duplicate.survivor),), redact(duplicate.why)[0])
        yield (
            source.resource_path(id_),
            DeclaredStatus(source.name, status, f"{source.folder / DUPLICATES_FILE}:{duplicate.line}"),
        )
