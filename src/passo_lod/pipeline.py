"""The straight line in one place: record files → records → quads → validation report → release.

A batch of records is turned into quads and results by a pure function of the batch and the vocabulary, so that the order of
files, the clock and the machine do not matter (docs/decisions/0001-two-half-lines.md).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, VocabularyError
from passo_lod.mapping import triples_map
from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.mapping.converters import converters
from passo_lod.mapping.mapper import Mapped, Mapper, Vocabulary
from passo_lod.mapping.organisations import Organisations
from passo_lod.mapping.places import Places, place_iri, place_quads
from passo_lod.mapping.redaction import redact
from passo_lod.mapping.statements import Taker, matches
from passo_lod.records import Reading
from passo_lod.release.registry import NAME as REGISTRY
from passo_lod.release.registry import Fate, Registry, Stated, Update, things
from passo_lod.release.tombstones import tombstones
from passo_lod.release.writer import Content, Dataset, write
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult
from passo_lod.sources.folder import Source
from passo_lod.terms import PREFIXES, RDF, SKOS, VOCABULARY, curie
from passo_lod.validation import render
from passo_lod.validation.validator import Validator

BATCH = 200
"""Records a batch: validating 200 together costs least (measured for pySHACL and the faster engines alike)."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and of how many."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


# ---------------------------------------------------------------------------------------------------- the vocabulary


@dataclass(frozen=True)
class Workshop:
    """What every record is mapped and validated with, opened once."""

    catalog: Catalog
    schemes: ConceptSchemes
    places: Places
    vocabulary: Vocabulary
    validator: Validator
    vocabulary_quads: tuple[Quad, ...]
    place_quads: tuple[Quad, ...]

    @classmethod
    def open(cls, catalog: Catalog) -> "Workshop":
        """Read ontology, schemes, alignments, shapes and places.

        Raises:
            PassoError: a file of them is missing or wrong.
        """
        quads = tuple(_vocabulary_quads(catalog.ontology))
        places = Places.open(catalog.places)
        ontology = [quad for quad in quads if quad.graph_name == NamedNode(VOCABULARY + "onto")]
        return cls(
            catalog=catalog,
            schemes=ConceptSchemes.open(catalog.ontology / "schemes"),
            places=places,
            vocabulary=Vocabulary.of(ontology),
            validator=Validator.open(catalog.shapes, _background(quads)),
            vocabulary_quads=quads,
            place_quads=tuple(place_quads(catalog.base, places, NamedNode(catalog.base + "dataset/places"))),
        )

    def places_in(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """The description of the places that quads refer to, and of those that these lie in."""
        start = f"{self.catalog.base}id/place/"
        named = {
            quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.object.value.startswith(start)
        }
        yield from self._quads_of_places(named)

    def _quads_of_places(self, named: set[NamedNode]) -> Iterator[Quad]:
        wanted = set(named)
        within = {
            quad.subject: quad.object for quad in self.place_quads if quad.predicate.value.endswith("situatedWithin")
        }
        for place in named:
            while (place := within.get(place)) is not None:  # type: ignore[assignment]
                wanted.add(place)
        return (quad for quad in self.place_quads if quad.subject in wanted)


def _vocabulary_quads(folder: Path) -> Iterator[Quad]:
    """The ontology, each scheme and each alignment, in a named graph of its own."""
    yield from _turtle(folder / "passo.ttl", NamedNode(VOCABULARY + "onto"))
    for path in sorted(folder.glob("schemes/*.ttl")):
        yield from _turtle(path, NamedNode(f"{VOCABULARY}controlled-vocabulary/{path.stem}"))
    for path in sorted(folder.glob("alignments/*.ttl")):
        yield from _turtle(path, NamedNode(f"{VOCABULARY}alignment/{path.stem}"))


def _turtle(path: Path, graph: NamedNode, base: str | None = None) -> Iterator[Quad]:
    try:
        for quad in ox.parse(path=str(path), base_iri=base):
            yield Quad(quad.subject, quad.predicate, quad.object, graph)
    except (SyntaxError, OSError) as problem:
        raise VocabularyError(f"{path}: {problem}") from problem


_OF_CONCEPTS = frozenset({RDF.type, SKOS.inScheme, SKOS.broadMatch, SKOS.closeMatch, SKOS.exactMatch})


def _background(quads: Iterable[Quad]) -> list[Quad]:
    """What the shapes for records ask of concepts: their scheme and their band; their labels are not data here."""
    return [quad for quad in quads if quad.predicate in _OF_CONCEPTS]


# ------------------------------------------------------------------------------------------------------------ a source


@dataclass(frozen=True)
class Line:
    """One source with its mapper: what turns its files into quads and results."""

    source: Source
    mapper: Mapper | Taker
    reference: tuple[Quad, ...]

    @classmethod
    def open(cls, folder: Path, workshop: Workshop) -> "Line":
        """The source of a folder, with its mapping and its reference data.

        Raises:
            PassoError: source.yaml, mapping.yaml or reference.ttl is wrong.
        """
        source = Source.open(folder)
        base = workshop.catalog.base
        graph = NamedNode(f"{base}dataset/{source.name}")
        reference = folder / "reference.ttl"
        return cls(
            source,
            _mapper(source, workshop, graph) if source.is_mapped else _taker(source, workshop, graph),
            tuple(_turtle(reference, graph, base)) if reference.is_file() else (),
        )


def _mapper(source: Source, workshop: Workshop, graph: NamedNode) -> Mapper:
    base = workshop.catalog.base
    place = workshop.places.by_code(source.region)
    if place is None or place.kind not in ("region", "country"):
        raise PassoError(f"{source.folder / 'source.yaml'}: no region or country has the code {source.region!r}")
    table = converters(source.language, source.site)
    constants = {"licence": source.licence, "observatory": source.observatory, "site": source.site}
    known = triples_map.Known(
        labels=source.names,
        converters={*table, *triples_map.LOOK_UPS},
        schemes=workshop.schemes.codes,
        constants=constants,
        variables=source.id_pattern.groupindex,
        organisation_types=workshop.schemes.codes_in("organisation-type"),
    )
    mapping = triples_map.load(source.folder / "mapping.yaml", known)
    organisations = Organisations(
        mapping.organisations, base, source.prefix, source.language, workshop.places, source.region
    )
    return Mapper(
        mapping=mapping,
        base=base,
        graph=graph,
        converters=table,
        schemes=workshop.schemes,
        places=workshop.places,
        region=source.region,
        organisations=organisations,
        vocabulary=workshop.vocabulary,
    )


def _taker(source: Source, workshop: Workshop, graph: NamedNode) -> Taker:
    """For a source of RDF, whose records are taken as they are."""
    above = {each for supers in workshop.vocabulary.super_properties.values() for each in supers}
    return Taker(
        base=workshop.catalog.base,
        graph=graph,
        licence=source.licence,
        vocabulary=workshop.vocabulary,
        places=workshop.places,
        ours=frozenset(quad.subject for quad in workshop.vocabulary_quads),
        properties=frozenset({*_terms(workshop.catalog.ontology / "context.jsonld"), *above, RDF.type}),
        elsewhere=matches(workshop.place_quads),
    )


def _terms(context: Path) -> Iterator[NamedNode]:
    """What the JSON-LD context has words for: all that our data says."""
    definitions = json.loads(context.read_text(encoding="utf-8"))["@context"].values()
    names = (str(each.get("@id", "")) if isinstance(each, dict) else str(each) for each in definitions)
    return (curie(name) for name in names if name.partition(":")[0] in PREFIXES)


@dataclass(frozen=True)
class Outcome:
    """What became of one record that came in."""

    reading: Reading
    mapped: Mapped | None
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


def process(
    line: Line, workshop: Workshop, paths: Sequence[Path] | None = None, progress: Progress = no_progress
) -> list[Outcome]:
    """Read, map and validate the records of a source.

    Args:
        line: the source.
        workshop: the vocabulary.
        paths: the files to read; the source's own where none are given.
        progress: told of every batch.
    """
    files = list(line.source.paths() if paths is None else paths)
    readings = _without_doubles(line.source.name, _readings(line.source, files))
    outcomes: list[Outcome] = []
    for start in range(0, len(readings), BATCH):
        outcomes += process_batch(readings[start : start + BATCH], line, workshop)
        progress(line.source.name, min(start + BATCH, len(readings)), len(readings))
    return outcomes


def _readings(source: Source, paths: Iterable[Path]) -> Iterator[Reading]:
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


def process_batch(readings: Sequence[Reading], line: Line, workshop: Workshop) -> list[Outcome]:
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


def _process_batch(readings: Sequence[Reading], line: Line, workshop: Workshop) -> list[Outcome]:
    mapped = {
        at: line.mapper.map(reading.record)
        for at, reading in enumerate(readings)
        if reading.record is not None and _withdrawal(line.source, reading) is None
    }
    batch = list(mapped.values())
    quads = [quad for each in batch for quad in each.quads]
    data = [*line.reference, *workshop.places_in(quads), *one_label(quads)]
    found: dict[tuple[str, str], list[ValidationResult]] = {}
    for result in workshop.validator.validate(batch, data):
        found.setdefault((result.path, result.record), []).append(result)
    return [
        _outcome(line.source, reading, mapped.get(at), found.get((reading.path, reading.id), []))
        for at, reading in enumerate(readings)
    ]


def _outcome(source: Source, reading: Reading, mapped: Mapped | None, found: Iterable[ValidationResult]) -> Outcome:
    """What became of a record; of one that the source took back, the report tells nothing either."""
    withdrawn = _withdrawal(source, reading)
    results = (*reading.results, *(mapped.results if mapped else ()), *found, *_yet_there(source, reading))
    results = () if withdrawn else results
    reason = redact(withdrawn)[0] if withdrawn is not None else None
    return Outcome(reading, mapped, ValidationReport.of(map(_masked, results)).results, reason)


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


def _without_doubles(source: str, readings: Iterable[Reading]) -> list[Reading]:
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


def accounting(outcomes: Sequence[Outcome]) -> Accounting:
    """What became of the records: in = published + quarantined + withdrawn."""
    return Accounting(
        records_in=len(outcomes),
        published=sum(outcome.published for outcome in outcomes),
        quarantined=sum(outcome.quarantined for outcome in outcomes),
        withdrawn=sum(outcome.withdrawn is not None for outcome in outcomes),
    )


# ------------------------------------------------------------------------------------------------------------- publish


@dataclass(frozen=True)
class Published:
    """A release that was written."""

    folder: Path
    accounting: Accounting
    report: ValidationReport
    quads: int
    identity: Update


def publish(
    catalog: Catalog, releases: Path, progress: Progress = no_progress, workshop: Workshop | None = None
) -> Published:
    """Read all sources, map, validate, and write a release; `releases/current` is swapped only when all is written.

    Args:
        catalog: what to publish.
        releases: where to.
        progress: told of every stage.
        workshop: the vocabulary, where it is open already.

    Raises:
        PassoError: a setting, a mapping or the vocabulary is wrong, or the release cannot be written.
    """
    progress("vocabulary", 0, 1)
    registry = Registry.open(catalog.data / REGISTRY)
    workshop = workshop or Workshop.open(catalog)
    lines = [Line.open(folder, workshop) for folder in catalog.source_folders()]
    _check_prefixes(lines)
    _check_files(lines)
    progress("vocabulary", 1, 1)
    outcomes = {line.source.name: process(line, workshop, progress=progress) for line in lines}
    quads = _quads(workshop, lines, outcomes)
    identity = _identity(registry, workshop, lines, outcomes, quads)
    content = _content(workshop, lines, outcomes, quads, identity)
    folder = write(content, releases, progress)
    return Published(folder, content.accounting, content.report, len(content.quads), identity)


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


def _quads(workshop: Workshop, lines: Sequence[Line], outcomes: Mapping[str, Sequence[Outcome]]) -> list[Quad]:
    quads = [*workshop.vocabulary_quads, *workshop.place_quads]
    quads += [quad for line in lines for quad in line.reference]
    quads += _published_quads(outcome for line in lines for outcome in outcomes[line.source.name])
    return quads


def _identity(
    registry: Registry,
    workshop: Workshop,
    lines: Sequence[Line],
    outcomes: Mapping[str, Sequence[Outcome]],
    quads: Iterable[Quad],
) -> Update:
    """What becomes of every id that was ever published (docs/identity.md)."""
    datasets = {f"dataset/{name}": name for name in ("places", *(line.source.name for line in lines))}
    stated = dict(_former_places(workshop))
    for line in lines:
        stated |= _stated(line.source, outcomes[line.source.name])
    update = registry.update(things(quads, workshop.catalog.base) | datasets, stated)
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


def _stated(source: Source, outcomes: Iterable[Outcome]) -> dict[str, Stated]:
    """What a source says of ids that it gave up, took back, or holds back."""
    where = source.folder / "source.yaml"
    held = {source.thing(each.reading.id) for each in outcomes if each.quarantined and each.reading.id}
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
    outcomes: Mapping[str, Sequence[Outcome]],
    quads: Sequence[Quad],
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
        quads=[*quads, *tombstones(identity, catalog.base)],
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
    )


def _one_bodies(line: Line, outcomes: Iterable[Outcome]) -> Iterator[ValidationResult]:
    """Every body that a source's records write in more than one way: the merges are told, for a person to agree with."""
    names: dict[str, set[str]] = {}
    for outcome in outcomes:
        for iri, name in outcome.mapped.names if outcome.published and outcome.mapped else ():
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


def _published_quads(outcomes: Iterable[Outcome]) -> list[Quad]:
    published = [outcome.mapped for outcome in outcomes if outcome.published and outcome.mapped]
    return one_label(quad for mapped in published for quad in mapped.quads)


def one_label(quads: Iterable[Quad]) -> list[Quad]:
    """Where records write one body's name in several ways, one is its prefLabel and the others altLabels (SKOS, S14)."""
    listed = list(quads)
    names: dict[tuple[object, str | None], list[str]] = {}
    for quad in listed:
        if quad.predicate == SKOS.prefLabel and isinstance(quad.object, ox.Literal):
            names.setdefault((quad.subject, quad.object.language), []).append(quad.object.value)
    chosen = {key: min(set(values), key=lambda name: (-values.count(name), name)) for key, values in names.items()}
    return [_label(quad, chosen) for quad in listed]


def _label(quad: Quad, chosen: dict[tuple[object, str | None], str]) -> Quad:
    if quad.predicate != SKOS.prefLabel or not isinstance(quad.object, ox.Literal):
        return quad
    if quad.object.value == chosen[quad.subject, quad.object.language]:
        return quad
    return Quad(quad.subject, SKOS.altLabel, quad.object, quad.graph_name)


def _dataset(line: Line, outcomes: Sequence[Outcome], base: str) -> Dataset:
    source = line.source
    return Dataset(
        name=source.name,
        iri=f"{base}dataset/{source.name}",
        title=source.title,
        description=source.description,
        licence=source.licence,
        attribution=source.attribution,
        accounting=accounting(outcomes),
        quarantined=tuple(sorted((each.reading.path, each.reading.id) for each in outcomes if each.quarantined)),
        withdrawn=tuple(sorted((each.reading.id, each.withdrawn) for each in outcomes if each.withdrawn is not None)),
        inputs=(
            source.folder / "source.yaml",
            *((source.folder / "mapping.yaml",) if source.is_mapped else ()),
            *source.paths(),
        ),
        folder=source.folder,
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
