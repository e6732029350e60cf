"""The straight line in one place: record files → records → quads → validation report → release."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from passo_lod.batches import Outcome, Progress, accounting, no_progress, process
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, ReleaseError
from passo_lod.kept import Kept
from passo_lod.mapping.places import place_iri
from passo_lod.mapping.redaction import redact
from passo_lod.release.catalogue.described import PLACES, VOCABULARY
from passo_lod.release.content import Content, Dataset
from passo_lod.release.guard import DEFAULT, Policy
from passo_lod.release.lines import Lines
from passo_lod.release.reading import read_manifest
from passo_lod.release.registry import NAME as REGISTRY
from passo_lod.release.registry import Fate, Registry, Stated, Update, things
from passo_lod.release.tombstones import tombstones
from passo_lod.release.writer import publishing, write
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult
from passo_lod.settling import Settled, Settler
from passo_lod.sources.folder import Source, refuse_undecided
from passo_lod.validation import render
from passo_lod.workshop import Line, Workshop

KEPT = ".kept/settled.sqlite"
"""Below the folder of releases: what was settled before."""


@dataclass(frozen=True)
class Published:
    """A release that was written."""

    folder: Path
    accounting: Accounting
    report: ValidationReport
    quads: int
    identity: Update


def publish(
    catalog: Catalog,
    releases: Path,
    progress: Progress = no_progress,
    workshop: Workshop | None = None,
    policy: Policy = DEFAULT,
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
        refuse_undecided(folder)
    progress("vocabulary", 0, 1)
    registry = catalog.data / REGISTRY
    Registry.open(registry)
    workshop = workshop or Workshop.open(catalog)
    lines = [Line.open(folder, workshop) for folder in catalog.source_folders()]
    _check_prefixes(lines)
    _check_files(lines)
    progress("vocabulary", 1, 1)
    with publishing(releases) as work, closing(Lines(catalog.base, releases)) as said:
        outcomes = _settle(lines, workshop, releases, executor, progress, anew=anew)
        found = _say(said, workshop, lines, outcomes)
        # Read again, now that no other publisher can add to it.
        identity = _identity(Registry.open(registry), workshop, lines, outcomes, found)
        for dataset, quads in tombstones(identity, catalog.base):
            said.add_quads(dataset, quads)
        content = _content(workshop, lines, outcomes, said, identity)
        folder = write(content, releases, progress, policy, work)
    document = read_manifest(folder) or {}
    return Published(folder, content.accounting, content.report, int(document["quads"]), identity)


def _settle(
    lines: Sequence[Line],
    workshop: Workshop,
    releases: Path,
    executor: Executor | None,
    progress: Progress,
    *,
    anew: bool,
) -> dict[str, list[Settled]]:
    """What becomes of the records of each source, from memory as far as it goes."""
    try:
        with Kept.open(releases / KEPT) as kept:
            settler = Settler(workshop, None if anew else kept, executor)
            return {line.source.name: settler.settle(line, progress) for line in lines}
    except OSError as problem:
        raise ReleaseError(
            f"{releases}: the release cannot be written ({problem}); what was current still is"
        ) from problem


def _check_prefixes(lines: Sequence[Line]) -> None:
    times = Counter(line.source.prefix for line in lines)
    for line in lines:
        if times[line.source.prefix] > 1:
            raise PassoError(f"{line.source.folder}: the prefix {line.source.prefix!r} is that of another source too")


def _check_files(lines: Sequence[Line]) -> None:
    """A pattern that fits no file is a slip, and would replace a source's whole dataset by an empty one."""
    for line in lines:
        if not line.source.paths():
            raise PassoError(
                f"{line.source.folder}: no file fits {line.source.files!r}, as source.yaml says under files"
            )


def _say(
    said: Lines, workshop: Workshop, lines: Sequence[Line], outcomes: Mapping[str, Sequence[Settled]]
) -> dict[str, str]:
    """Gather all that is published; the ids of which something is said, each with the dataset that says it."""
    found: dict[str, str] = {}

    def note(dataset: str, keys: Iterable[bytes]) -> None:
        for thing in things(keys, workshop.catalog.base):
            found[thing] = min(dataset, found.get(thing, dataset))

    said.add_quads(VOCABULARY, workshop.vocabulary_quads)
    note(PLACES, said.add_quads(PLACES, workshop.place_quads))
    for line in lines:
        name = line.source.name
        note(name, said.add_quads(name, line.reference))
        for each in outcomes[name]:
            note(name, said.add(name, each.quads.encode(), told=True))
    return found


def _identity(
    registry: Registry,
    workshop: Workshop,
    lines: Sequence[Line],
    outcomes: Mapping[str, Sequence[Settled]],
    found: Mapping[str, str],
) -> Update:
    """What becomes of every id that was ever published (docs/identity.md)."""
    datasets = {f"dataset/{name}": name for name in ("places", *(line.source.name for line in lines))}
    stated = dict(_former_places(workshop))
    for line in lines:
        stated |= _stated(line.source, outcomes[line.source.name])
    update = registry.update({**found, **datasets}, stated)
    update.check_writable()
    return update


def _former_places(workshop: Workshop) -> Iterator[tuple[str, Stated]]:
    """A place that has another code now is found by its former ones too."""
    base = workshop.catalog.base
    for place in workshop.places:
        now = place_iri(base, place).value.removeprefix(base)
        for code in place.former_codes:
            former = place_iri(base, replace(place, code=code)).value.removeprefix(base)
            yield former, Stated("places", Fate("renamed", (now,)), f"{workshop.catalog.places}: {place.code}")


def _stated(source: Source, outcomes: Iterable[Settled]) -> dict[str, Stated]:
    """What a source says of ids that it gave up, took back, or holds back."""
    where = source.folder / "source.yaml"
    held = {source.thing(each.id) for each in outcomes if each.quarantined and each.id}
    fates = [(thing, Fate("quarantined"), "") for thing in held]
    fates += [(source.thing(each), Fate("withdrawn", (), redact(why)[0]), "") for each, why in source.withdrawn.items()]
    fates += [(thing, Fate(each.why, each.by), f":{each.line}") for thing, each in source.replaced.items()]
    return {thing: Stated(source.name, fate, f"{where}{line}") for thing, fate, line in fates}


def _yet_named(lines: Iterable[Line], identity: Update) -> Iterator[ValidationResult]:
    """What is no record, such as a body, and is replaced, while records still name it: it stays as it is."""
    for line in lines:
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
    workshop: Workshop,
    lines: Sequence[Line],
    outcomes: Mapping[str, Sequence[Settled]],
    said: Lines,
    identity: Update,
) -> Content:
    catalog = workshop.catalog
    results = (result for each in outcomes.values() for one in each for result in one.results)
    one_bodies = (result for line in lines for result in _one_bodies(line, outcomes[line.source.name]))
    report = ValidationReport.of([*results, *_yet_named(lines, identity), *one_bodies])
    datasets = tuple(_dataset(line, outcomes[line.source.name], catalog.base) for line in lines)
    return Content(
        base=catalog.base,
        title=catalog.title,
        description=catalog.description,
        publisher=catalog.publisher,
        licence=catalog.licence,
        languages=catalog.languages,
        datasets=datasets,
        lines=said,
        report=report,
        reports=_rendered(report, datasets, catalog.base),
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


def _one_bodies(line: Line, outcomes: Iterable[Settled]) -> Iterator[ValidationResult]:
    """Every body that a source's records write in more than one way: the merges are told, for a person to agree with."""
    names: dict[str, set[str]] = {}
    for outcome in outcomes:
        for iri, name in outcome.names:
            names.setdefault(iri, set()).add(name)
    for iri, written in sorted(names.items()):
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


def _rendered(report: ValidationReport, datasets: Sequence[Dataset], base: str) -> dict[str, bytes]:
    subjects = tuple(render.Subject(each.name, each.accounting, each.quarantined, each.withdrawn) for each in datasets)
    return {
        "report.json": render.as_json(report, subjects),
        "report.ttl": render.as_turtle(report, base),
        "report.html": render.as_html(report, subjects),
    }


def _dataset(line: Line, outcomes: Sequence[Settled], base: str) -> Dataset:
    source = line.source
    return Dataset(
        name=source.name,
        iri=f"{base}dataset/{source.name}",
        title=source.title,
        description=source.description,
        licence=source.licence,
        attribution=source.attribution,
        accounting=accounting(outcomes),
        quarantined=tuple(sorted((each.path, each.id) for each in outcomes if each.quarantined)),
        withdrawn=tuple(sorted((each.id, each.withdrawn) for each in outcomes if each.withdrawn is not None)),
        inputs=(
            source.folder / "source.yaml",
            *((source.folder / "mapping.yaml",) if source.is_mapped else ()),
            *source.paths(),
        ),
        folder=source.folder,
        site=source.site,
        observatory=source.observatory,
        language=source.language,
    )


def check(catalog: Catalog, name: str, paths: Sequence[Path]) -> tuple[Line, list[Outcome]]:
    """Read, map and validate some files as records of a source, writing nothing.

    Raises:
        PassoError: the source is not known, or a setting is wrong.
    """
    workshop = Workshop.open(catalog)
    folders = {folder.name: folder for folder in catalog.source_folders()}
    if name not in folders:
        raise PassoError(f"unknown source {name!r}; known: {', '.join(folders)}")
    line = Line.open(folders[name], workshop)
    return line, process(line, workshop, paths)
