"""The prefilter finds the violations that pySHACL finds, and the report is the same with and without it."""

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Triple

from benchmarks.pages import page
from passo_lod.namespaces import PASSO, SCHEMA
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.report import ValidationResult
from passo_lod.validation import pyshifty_engine
from passo_lod.validation.engine_agreement import KNOWN_DIFFERENCES, WRONG_DATATYPE
from passo_lod.validation.indexed_triples import IndexedTriples
from passo_lod.validation.prefilter import ShiftyPrefilter, prefilter_for
from passo_lod.validation.pyshacl_engine import PyshaclEngine, ShaclResult
from passo_lod.validation.validated_batch import ValidatedBatch
from passo_lod.validation.validator import Validator
from passo_lod.validation.violation import Violation
from tests.validation.unmapped_records import XSD, UnmappedRecord, mutate

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"
EXAMPLES = ROOT / "shapes" / "examples"
BOOLEAN = NamedNode(XSD + "boolean")

pytestmark = pytest.mark.skipif(not pyshifty_engine.is_installed(), reason="pyshifty is not installed")


# ---- the same report


@pytest.mark.parametrize("name", ["emilia-romagna", "participedia"])
def test_the_report_of_the_shipped_data_is_that_of_pyshacl_alone(pipeline_context: PipelineContext, name: str) -> None:
    source = SourcePipeline.open(ROOT / "data" / "sources" / name, pipeline_context)
    samples = sorted((source.source.folder / "samples").iterdir())
    with_prefilter = process(source, pipeline_context, samples)
    assert reported(with_prefilter) == reported(process(source, without_prefilter(pipeline_context), samples))


def test_the_report_of_invented_pages_is_that_of_pyshacl_alone(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    pages = sorted(PAGES.glob("*.txt"))
    with_prefilter = process(source_pipeline, pipeline_context, pages)
    alone = process(source_pipeline, without_prefilter(pipeline_context), pages)
    assert reported(with_prefilter) == reported(alone)


def test_the_report_of_a_batch_of_mutated_records_is_that_of_pyshacl_alone(
    pipeline_context: PipelineContext, source_pipeline: SourcePipeline, tmp_path: Path
) -> None:
    for number in range(60):
        (tmp_path / f"{1000 + number}.txt").write_text(page(number), encoding="utf-8")
    records = [
        UnmappedRecord(
            reading.id, tuple(mutate(source_pipeline.mapper.map(reading.record).quads, random.Random(reading.id)))
        )
        for reading in source_pipeline.source.readings(sorted(tmp_path.iterdir()))
        if reading.record
    ]
    for start in range(0, len(records), 12):
        batch = records[start : start + 12]
        with_prefilter = validate(pipeline_context.validator, batch, source_pipeline, pipeline_context)
        alone = validate(replace(pipeline_context.validator, prefilter=None), batch, source_pipeline, pipeline_context)
        assert with_prefilter == alone


def without_prefilter(pipeline_context: PipelineContext) -> PipelineContext:
    return replace(pipeline_context, validator=replace(pipeline_context.validator, prefilter=None))


def reported(outcomes: Sequence[RecordOutcome]) -> list[object]:
    assert any(outcome.results for outcome in outcomes)
    return [(outcome.reading.id, outcome.quarantined, outcome.results) for outcome in outcomes]


def validate(
    validator: Validator,
    batch: Sequence[UnmappedRecord],
    source_pipeline: SourcePipeline,
    pipeline_context: PipelineContext,
) -> set[ValidationResult]:
    quads = [quad for record in batch for quad in record.quads]
    return set(validator.validate(batch, [*source_pipeline.reference, *pipeline_context.places_in(quads), *quads]))


def test_the_shapes_of_the_project_have_a_prefilter(pipeline_context: PipelineContext) -> None:
    assert pipeline_context.validator.prefilter is not None


# ---- the same violations


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_example_of_the_shapes_has_the_same_violations_by_both(
    pipeline_context: PipelineContext, kind: str
) -> None:
    setting = [*pipeline_context.vocabulary_quads, *ox.parse(path=str(EXAMPLES / "setting.ttl"))]
    validator = replace(pipeline_context.validator, background=IndexedTriples.of(setting).triples)
    with_results = 0
    for path in sorted((EXAMPLES / kind).glob("*.ttl")):
        record = UnmappedRecord(path.stem, tuple(ox.parse(path=str(path))))
        results, differences = compare(validator, record, ())
        assert differences == set(), path.name
        with_results += bool(results)
    assert (with_results > 50) is (kind == "invalid")


def compare(
    validator: Validator, record: UnmappedRecord, referenced: Sequence[Quad | Triple]
) -> tuple[list[ShaclResult], set[Violation]]:
    """pySHACL's results for a record, and the violations that only one of the two finds."""
    data = IndexedTriples.of([*validator.background, *referenced, *record.quads])
    batch = ValidatedBatch([record])
    results = list(engine_of(validator.shapes).validate_nodes(data, [set(batch.nodes)]))
    assert validator.prefilter is not None
    found = {each for each in validator.prefilter.find_violations(data.triples) if each.focus in batch.nodes}
    return results, found ^ violations(results)


@cache
def engine_of(shapes: rdflib.Graph) -> PyshaclEngine:
    """pySHACL with its shapes, read once for all records."""
    return PyshaclEngine(shapes)


def violations(results: Sequence[ShaclResult]) -> set[Violation]:
    return {Violation(result.focus, result.shape, result.component) for result in results}


@pytest.mark.parametrize("seed", [*range(40), 278, 938, 979, 1182])
def test_mutated_records_have_the_same_violations_by_both(
    pipeline_context: PipelineContext, source_pipeline: SourcePipeline, seed: int
) -> None:
    chance = random.Random(seed)
    source = source_pipeline.source
    reading = chance.choice([each for each in source.readings(source.paths()) if each.record])
    assert reading.record is not None
    mapped = source_pipeline.mapper.map(reading.record)
    record = UnmappedRecord(reading.id, tuple(mutate(mapped.quads, chance)))
    referenced = [*source_pipeline.reference, *pipeline_context.places_in(mapped.quads)]
    results, differences = compare(pipeline_context.validator, record, referenced)
    wrong_datatype = any(result.component in WRONG_DATATYPE for result in results)
    assert {each for each in differences if not wrong_datatype or each.component not in KNOWN_DIFFERENCES} == set()


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "component"),
    [
        ("xx-2", PASSO.cofinancingPercentage, Literal("true", datatype=BOOLEAN), "MaxInclusiveConstraintComponent"),
        ("xx-2/funding-amount", SCHEMA.value, Literal("2021", datatype=NamedNode(XSD + "gYear")), "SPARQLConstraintComponent"),
    ],
)  # fmt: skip
def test_the_report_is_pyshacls_if_both_differ_about_values_that_cannot_be_compared(
    pipeline_context: PipelineContext, subject: str, predicate: NamedNode, value: Literal, component: str
) -> None:
    setting = [*pipeline_context.vocabulary_quads, *ox.parse(path=str(EXAMPLES / "setting.ttl"))]
    validator = replace(pipeline_context.validator, background=IndexedTriples.of(setting).triples)
    node = NamedNode("https://w3id.org/passo/id/process/" + subject)
    record = UnmappedRecord("xx-2", tuple(
        Triple(node, predicate, value) if (each.subject, each.predicate) == (node, predicate) else Triple(each.subject, each.predicate, each.object)
        for each in ox.parse(path=str(EXAMPLES / "valid" / "complete-process.ttl"))
    ))  # fmt: skip
    results, differences = compare(validator, record, ())
    assert {each.component for each in differences} == {component}
    alone = replace(validator, prefilter=None)
    assert set(validator.validate([record], record.quads)) == set(alone.validate([record], record.quads))
    assert results


# ---- every component of SHACL Core that the prefilter evaluates

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:Property .
ex:Other a sh:NodeShape ; sh:property ex:Deep . ex:Deep a sh:PropertyShape ; sh:path ex:q ; sh:minCount 1 ; sh:class ex:Kind .
ex:Third a sh:NodeShape ; sh:nodeKind sh:IRI ; sh:property [ sh:path ex:p ; sh:node ex:Fourth ] . ex:Fourth a sh:NodeShape ; sh:maxLength 20 .
ex:Property a sh:PropertyShape ; sh:path ex:p ; """
COMPONENTS = [
    "sh:minCount 1", "sh:maxCount 1", "sh:datatype xsd:integer", "sh:datatype rdf:langString", "sh:nodeKind sh:IRI", "sh:class ex:Kind",
    'sh:pattern "^a"', "sh:minLength 3", "sh:maxLength 4", 'sh:languageIn ( "it" )', "sh:uniqueLang true", "sh:hasValue ex:a", "sh:in ( ex:a 7 )",
    "sh:minInclusive 5", "sh:maxExclusive 7", "sh:lessThan ex:q", "sh:lessThanOrEquals ex:q", "sh:equals ex:q", "sh:disjoint ex:q",
    "sh:node ex:Other", "sh:not ex:Other", "sh:or ( ex:Other [ sh:datatype xsd:integer ] )", "sh:and ( ex:Other ex:Third )", "sh:xone ( ex:Other ex:Third )",
    "sh:qualifiedValueShape ex:Other ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
]  # fmt: skip
EX = "https://example.org/"
INTEGERS = [Literal(text, datatype=NamedNode(XSD + "integer")) for text in ("5", "6", "7")]
VALUES = [
    *(NamedNode(EX + name) for name in "abc"),
    *(Literal(text, language=tag) for text, tag in (("uno", "it"), ("due parole", "it"), ("a", "it"), ("one", "en"), ("a", "en"))),
    *INTEGERS,
    Literal("abc"),
]  # fmt: skip


def things(chance: random.Random, values: Sequence[NamedNode | Literal]) -> Iterator[Triple]:
    """Forty things with random values, some of which have a class and values too."""
    class_, type_ = NamedNode(EX + "Kind"), NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for number in range(40):
        node = NamedNode(f"{EX}thing-{number}")
        yield Triple(node, type_, NamedNode(EX + "Thing"))
        for predicate in "pq":
            for _ in range(chance.choice((0, 0, 1, 1, 2))):
                yield Triple(node, NamedNode(EX + predicate), chance.choice(values))
    for name in chance.sample("abc", 2):
        yield Triple(NamedNode(EX + name), type_, class_)
        yield Triple(NamedNode(EX + name), NamedNode(EX + "q"), NamedNode(EX + chance.choice("abc")))


@pytest.mark.parametrize("component", COMPONENTS)
def test_both_find_the_same_violations_of_a_component(component: str) -> None:
    shapes = rdflib.Graph().parse(data=f"{SHAPES}{component} .", format="turtle")
    prefilter, engine = ShiftyPrefilter.open(shapes), PyshaclEngine(shapes)
    values = INTEGERS if "lessThan" in component else VALUES  # the engines differ about values that cannot be compared
    compared = 0
    for seed in range(6):
        data = IndexedTriples.of(things(random.Random(seed), values))
        by_prefilter = prefilter.find_violations(data.triples)
        for node in {f"{EX}thing-{number}" for number in range(40)}:
            try:
                results = list(engine.validate_nodes(data, [{node}]))
            except TypeError:  # pySHACL fails on values that cannot be compared
                continue
            found = {each for each in by_prefilter if each.focus == node}
            assert found == violations(results), component
            compared += bool(found)
    assert compared > 0


# ---- without a prefilter


def test_pyshacl_validates_everything_without_pyshifty_and_the_log_says_so(
    pipeline_context: PipelineContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pyshifty_engine, "pyshifty", None)
    with caplog.at_level(logging.WARNING):
        assert prefilter_for(pipeline_context.validator.shapes) is None
    assert caplog.messages == ["pyshifty is not installed: pySHACL validates everything, which takes longer."]
