"""What is remembered of one node and told of another is what pySHACL says of both, and what is remembered wrongly is found."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyoxigraph as ox
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Triple

from benchmarks.pages import page
from passo_lod.errors import ValidatorsDisagree
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.report import ValidationResult
from passo_lod.validation import prefilter as gate_module
from passo_lod.validation.prefilter import ShiftyPrefilter
from passo_lod.validation.pyshacl_engine import PyshaclEngine
from passo_lod.validation.rdflib_store import IndexedTriples
from passo_lod.validation.result_cache import ResultCache
from passo_lod.validation.shape_dependencies import ShapeCheck, ShapeChecks, UnsupportedShape
from passo_lod.validation.validator import Validator
from tests.validation.test_prefilter import EXAMPLES, Stated, mutated

pytestmark = pytest.mark.skipif(gate_module.pyshifty is None, reason="pyshifty is not installed")
BATCH = 12


@pytest.fixture(scope="module")
def batches(
    workshop: PipelineContext, line: SourcePipeline, tmp_path_factory: pytest.TempPathFactory
) -> list[Sequence[Stated]]:
    """Records of the shape of real ones, each changed at random: much of what is said of one is said of others."""
    folder = tmp_path_factory.mktemp("pages")
    for number in range(5 * BATCH):
        (folder / f"{1000 + number}.txt").write_text(page(number), encoding="utf-8")
    readings = line.source.readings(sorted(folder.iterdir()))
    records = [
        Stated(each.id, tuple(mutated(line.mapper.map(each.record).quads, random.Random(each.id))))
        for each in readings
        if each.record
    ]
    return [records[at : at + BATCH] for at in range(0, len(records), BATCH)]


def results(
    validator: Validator, batch: Sequence[Stated], line: SourcePipeline, workshop: PipelineContext
) -> set[ValidationResult]:
    quads = [quad for each in batch for quad in each.quads]
    return set(validator.validate(batch, [*line.reference, *workshop.places_in(quads), *quads]))


def remembering(workshop: PipelineContext, size: int = 20_000) -> Validator:
    """The workshop's validator with a memory of its own."""
    validator = replace(workshop.validator)
    memory = validator._memory
    assert memory is not None, "the shapes ask what cannot be remembered"
    validator.__dict__["_memory"] = replace(memory, size=size, _kept=type(memory._kept)())
    return validator


def test_mutated_records_are_told_the_same_by_a_full_memory_an_empty_one_and_pyshacl_alone(
    workshop: PipelineContext, line: SourcePipeline, batches: list[Sequence[Stated]]
) -> None:
    alone = replace(workshop.validator, gate=None)
    full = remembering(workshop)
    for batch in batches:
        results(full, batch, line, workshop)
    for batch in batches:
        expected = results(alone, batch, line, workshop)
        assert results(full, batch, line, workshop) == expected
        assert results(remembering(workshop), batch, line, workshop) == expected
        assert results(remembering(workshop, size=3), batch, line, workshop) == expected


def test_most_is_known_after_a_while(
    workshop: PipelineContext, line: SourcePipeline, batches: list[Sequence[Stated]]
) -> None:
    asked: list[int] = []
    validator = remembering(workshop)
    memory = validator._memory
    assert memory is not None

    class Counting(ShiftyPrefilter):
        def asked(self, data, pairs):  # type: ignore[no-untyped-def]
            asked.append(len(pairs))
            return super().asked(data, pairs)

    assert isinstance(memory.gate, ShiftyPrefilter)
    counting = Counting(memory.gate.core, memory.gate.queries, memory.gate.single)
    validator.__dict__["_memory"] = replace(memory, gate=counting)
    for batch in batches:
        results(validator, batch, line, workshop)
    assert asked[-1] < asked[0] / 3


def test_no_more_is_remembered_than_there_is_room_for(
    workshop: PipelineContext, line: SourcePipeline, batches: list[Sequence[Stated]]
) -> None:
    validator = remembering(workshop, size=50)
    results(validator, batches[0], line, workshop)
    assert validator._memory is not None
    assert len(validator._memory._kept) == 50


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_example_of_the_shapes_is_told_the_same_by_a_memory_of_the_others(
    workshop: PipelineContext, kind: str
) -> None:
    setting = [*workshop.vocabulary_quads, *ox.parse(path=str(EXAMPLES / "setting.ttl"))]
    validator = replace(remembering(workshop), background=IndexedTriples.of(setting).triples)
    paths = sorted((EXAMPLES / kind).glob("*.ttl"))
    assert validator._memory is not None
    for path in [*paths, *paths]:
        record = Stated(path.stem, tuple(ox.parse(path=str(path))))
        expected = replace(validator, gate=None).validate([record], record.quads)
        assert set(validator.validate([record], record.quads)) == set(expected), path.name


def test_what_is_remembered_wrongly_is_found_by_the_sample(workshop: PipelineContext, line: SourcePipeline) -> None:
    validator = remembering(workshop)
    shipped = [path for path in line.source.paths() if path.stem == "2016"]
    process(line, replace(workshop, validator=validator), shipped)
    memory = validator._memory
    assert memory is not None
    wrong = next(key for key, verdict in memory._kept.items() if verdict != ((), ()))
    memory._kept[wrong] = ((), ())
    with pytest.raises(ValidatorsDisagree, match="what was found of one node is not found of another"):
        process(line, replace(workshop, validator=validator), shipped)


# ---- what shapes see

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:Property .
ex:Property a sh:PropertyShape ; sh:path ex:p ; sh:message "It is wrong."@en ; """
COMPONENTS = [
    "sh:minCount 1", "sh:maxCount 1", "sh:datatype xsd:integer", "sh:datatype rdf:langString", "sh:nodeKind sh:IRI", "sh:class ex:Kind",
    'sh:pattern "^a"', "sh:minLength 3", "sh:maxLength 4", 'sh:languageIn ( "it" )', "sh:uniqueLang true", "sh:hasValue ex:a", "sh:in ( ex:a 7 )",
    "sh:minInclusive 5", "sh:maxExclusive 7", "sh:lessThan ex:q", "sh:lessThanOrEquals ex:q", "sh:equals ex:q", "sh:disjoint ex:q",
    "sh:node ex:Other", "sh:not ex:Other", "sh:or ( ex:Other [ sh:datatype xsd:integer ] )", "sh:and ( ex:Other ex:Third )", "sh:xone ( ex:Other ex:Third )",
    "sh:qualifiedValueShape ex:Other ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
]  # fmt: skip
OTHERS = """
ex:Other a sh:NodeShape ; sh:property ex:Deep . ex:Deep a sh:PropertyShape ; sh:path ex:q ; sh:minCount 1 ; sh:class ex:Kind .
ex:Third a sh:NodeShape ; sh:nodeKind sh:IRI ; sh:property [ sh:path ex:p ; sh:node ex:Fourth ] . ex:Fourth a sh:NodeShape ; sh:maxLength 20 .
"""
EX = "https://example.org/"
VALUES = [
    *(NamedNode(EX + name) for name in "abc"),
    *(Literal(text, language=tag) for text, tag in (("uno", "it"), ("due parole", "it"), ("a", "it"), ("one", "en"), ("a", "en"))),
    *(Literal(text, datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")) for text in ("5", "6", "7", "+7", "x")),
    Literal("abc"),
]  # fmt: skip


def things(chance: random.Random) -> Iterator[Triple]:
    """Some things with values, some of which are things themselves."""
    kind, type_ = NamedNode(EX + "Kind"), NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for number in range(40):
        node = NamedNode(f"{EX}thing-{number}")
        yield Triple(node, type_, NamedNode(EX + "Thing"))
        for predicate in "pq":
            for _ in range(chance.choice((0, 0, 1, 1, 2))):
                yield Triple(node, NamedNode(EX + predicate), chance.choice(VALUES))
    for name in chance.sample("abc", 2):
        yield Triple(NamedNode(EX + name), type_, kind)
        yield Triple(NamedNode(EX + name), NamedNode(EX + "q"), NamedNode(EX + chance.choice("abc")))


def found_of(reference: PyshaclEngine, data: IndexedTriples, question: ShapeCheck, node: NamedNode) -> object:
    """What pySHACL finds; of values that cannot be compared it may fail."""
    try:
        found = list(reference.part(data, {question.shape: {node.value}}))
    except TypeError:
        return "it fails"
    return sorted((each.component, each.value if question.valued else "") for each in found)


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_looks_the_same_is_found_the_same_by_pyshacl(component: str) -> None:
    shapes = rdflib.Graph().parse(data=PREFIXES + component + " ." + OTHERS, format="turtle")
    questions, reference = ShapeChecks.of(shapes), PyshaclEngine(shapes)
    known: dict[object, object] = {}
    met = 0
    for seed in range(6):
        data = IndexedTriples.of(things(random.Random(seed)))
        for number in range(40):
            node = NamedNode(f"{EX}thing-{number}")
            for question in questions.about(node, data):
                outcome = found_of(reference, data, question, node)
                key = (question.shape, question.seen(node, data))
                met += key in known
                assert known.setdefault(key, outcome) == outcome, (component, key)
    assert met > 40


@pytest.mark.parametrize(
    "shape",
    [
        "sh:closed true",
        "sh:minCount 1 ; sh:deactivated true",
        "sh:property [ sh:path ex:q ; sh:minCount 1 ]",
        "sh:node ex:Round . ex:Round a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:node ex:Round ]",
    ],
)
def test_what_a_shape_sees_in_a_way_that_is_not_known_is_not_guessed(shape: str) -> None:
    with pytest.raises(UnsupportedShape):
        ShapeChecks.of(rdflib.Graph().parse(data=PREFIXES + shape + " .", format="turtle"))


def test_a_path_that_is_no_predicate_is_not_guessed() -> None:
    text = PREFIXES.replace("sh:path ex:p", "sh:path [ sh:inversePath ex:p ]") + "sh:minCount 1 ."
    with pytest.raises(UnsupportedShape, match="no predicate"):
        ShapeChecks.of(rdflib.Graph().parse(data=text, format="turtle"))


def test_shapes_that_cannot_be_remembered_are_validated_all_the_same(
    line: SourcePipeline, workshop: PipelineContext
) -> None:
    text = (
        PREFIXES.replace("ex:Thing", "<https://w3id.org/passo/onto/ParticipatoryProcess>")
        + "sh:minCount 1 . ex:Shape sh:closed false ."
    )
    shapes = rdflib.Graph().parse(data=text, format="turtle")
    validator = Validator(shapes, (), ShiftyPrefilter.open(shapes))
    assert validator._memory is None
    (reading, *_) = line.source.readings(line.source.paths())
    assert reading.record is not None
    mapped = line.mapper.map(reading.record)
    (result,) = validator.validate([mapped], mapped.quads)
    assert result.code == "https://example.org/Property"


def test_a_class_below_another_is_not_looked_up_in_the_memory() -> None:
    shapes = rdflib.Graph().parse(data=PREFIXES + "sh:class ex:Kind .", format="turtle")
    gate = ShiftyPrefilter.open(shapes)
    assert gate.questions is not None
    memory = ResultCache(gate.questions, gate, PyshaclEngine(shapes))
    node = NamedNode(EX + "a")
    below = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
    assert memory.fits(IndexedTriples.of([Quad(node, NamedNode(EX + "p"), node)]))
    assert not memory.fits(IndexedTriples.of([Quad(node, below, node)]))
