"""The fast gate finds what pySHACL finds, the report is the same with it and without, and a gate that errs stops the publishing."""

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.errors import ValidatorsDisagree
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.records import Field
from passo_lod.validation import prefilter as gate_module
from passo_lod.validation.prefilter import UnsupportedShapes, Violation, prefilter_for
from passo_lod.validation.pyshacl_engine import PyshaclEngine, ShaclResult
from passo_lod.validation.rdflib_store import IndexedTriples, graph_of
from passo_lod.validation.shape_dependencies import ShapeCheck, ShapeChecks
from passo_lod.validation.validator import DIFFER, Validator, _Owners

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"
EXAMPLES = ROOT / "shapes" / "examples"
XSD = "http://www.w3.org/2001/XMLSchema#"

pytestmark = pytest.mark.skipif(gate_module.pyshifty is None, reason="pyshifty is not installed")


@dataclass(frozen=True)
class Stated:
    """A record that was not mapped."""

    id: str
    quads: tuple[Quad | Triple, ...]
    line: int | None = None

    @property
    def name(self) -> tuple[str, str, str]:
        return "test", self.id, "here"

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        return None

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        return lambda _: ()


class Planted:
    """A gate that says what it was told to say."""

    def __init__(self, *refused: Violation, questions: ShapeChecks | None = None) -> None:
        self._refused = frozenset(refused)
        self.questions = questions

    def refused(self, triples: Sequence[Triple]) -> frozenset[Violation]:
        return self._refused

    def asked(self, data: IndexedTriples, pairs: Iterable[tuple[ShapeCheck, NamedNode]]) -> frozenset[Violation]:
        asked = {(node.value, question.shape) for question, node in pairs}
        return frozenset(each for each in self._refused if (each.focus, each.shape) in asked)

    def unanswered(self, data: IndexedTriples) -> frozenset[Violation]:
        return frozenset(each for each in self._refused if each.component.startswith("SPARQL"))


def without_gate(workshop: PipelineContext) -> PipelineContext:
    return replace(workshop, validator=replace(workshop.validator, gate=None))


# ---- the same report


@pytest.mark.parametrize("name", ["emilia-romagna", "participedia"])
def test_the_report_of_the_shipped_data_is_that_of_pyshacl_alone(workshop: PipelineContext, name: str) -> None:
    line = SourcePipeline.open(ROOT / "data" / "sources" / name, workshop)
    assert told(process(line, workshop)) == told(process(line, without_gate(workshop)))


def test_the_report_of_invented_pages_is_that_of_pyshacl_alone(line: SourcePipeline, workshop: PipelineContext) -> None:
    pages = sorted(PAGES.glob("*.txt"))
    assert told(process(line, workshop, pages)) == told(process(line, without_gate(workshop), pages))


def told(outcomes: Sequence[RecordOutcome]) -> list[object]:
    assert any(outcome.results for outcome in outcomes)
    return [(outcome.reading.id, outcome.quarantined, outcome.results) for outcome in outcomes]


def test_the_gate_is_there(workshop: PipelineContext) -> None:
    assert workshop.validator.gate is not None


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_example_of_the_shapes_gives_the_same_with_the_gate_and_without(
    workshop: PipelineContext, kind: str
) -> None:
    setting = [*workshop.vocabulary_quads, *ox.parse(path=str(EXAMPLES / "setting.ttl"))]
    validator = replace(workshop.validator, background=IndexedTriples.of(setting).triples)
    wanting = 0
    for path in sorted((EXAMPLES / kind).glob("*.ttl")):
        record = Stated(path.stem, tuple(ox.parse(path=str(path))))
        _, found, differences = both(validator, record, ())
        assert differences == set(), path.name
        wanting += bool(found)
    assert (wanting > 50) is (kind == "invalid")


# ---- the differential test


def both(
    validator: Validator, record: Stated, beside: Sequence[Quad | Triple]
) -> tuple[IndexedTriples, list[ShaclResult], set[Violation]]:
    """What pySHACL finds in a record, and what only one of the two finds."""
    data = IndexedTriples.of([*validator.background, *beside, *record.quads])
    owners = _Owners([record])
    found = list(PyshaclEngine(validator.shapes).whole(data, [set(owners.subjects)]))
    assert validator.gate is not None
    refused = {each for each in validator.gate.refused(data.triples) if each.focus in owners.subjects}
    return data, found, refused ^ {Violation(each.focus, each.shape, each.component) for each in found}


ODD = [
    Literal("cento"),
    Literal("", language="it"),
    Literal("umbala", language="zu"),
    *(
        Literal(text, datatype=NamedNode(XSD + kind))
        for text, kind in (
            ("+7", "integer"), ("aldi", "integer"), ("-3", "decimal"), ("1e3", "double"), ("2020-13-01", "date"),
            ("2020-01-01Z", "date"), ("2021-06-01T00:00:00", "dateTime"), ("1", "boolean"), ("P400D", "duration"),
        )
    ),
    NamedNode("https://example.org/nobody"),
]  # fmt: skip


def mutated(quads: Sequence[Quad], chance: random.Random) -> Iterator[Triple]:
    """The statements with some dropped, doubled, or given another value or property."""
    listed = [Triple(each.subject, each.predicate, each.object) for each in quads]
    for _ in range(chance.randint(1, 4)):
        at, one, other = chance.randrange(len(listed)), chance.choice(listed), chance.choice(listed)
        change: list[list[Triple]] = [
            [],
            [Triple(one.subject, one.predicate, chance.choice(ODD))],
            [one, Triple(one.subject, one.predicate, chance.choice(ODD))],
            [Triple(one.subject, other.predicate, one.object)],
            [one, Triple(one.subject, other.predicate, other.object)],
        ]
        listed = [*listed[:at], *chance.choice(change), *listed[at + 1 :]] or listed
    return iter(listed)


@pytest.mark.parametrize("seed", [*range(40), 278, 938, 979, 1182])
def test_mutated_records_get_the_same_verdicts(workshop: PipelineContext, line: SourcePipeline, seed: int) -> None:
    chance = random.Random(seed)
    reading = chance.choice([each for each in line.source.readings(line.source.paths()) if each.record])
    assert reading.record is not None
    mapped = line.mapper.map(reading.record)
    record = Stated(reading.id, tuple(mutated(mapped.quads, chance)))
    _, found, differences = both(workshop.validator, record, [*line.reference, *workshop.places_in(mapped.quads)])
    mistyped = any(each.component == "DatatypeConstraintComponent" for each in found)
    assert {each for each in differences if not mistyped or each.component not in DIFFER} == set()


@pytest.mark.parametrize(
    ("start", "component"),
    [
        (Literal("true", datatype=NamedNode(XSD + "boolean")), "LessThanOrEqualsConstraintComponent"),
        (Literal("2021", datatype=NamedNode(XSD + "gYear")), "SPARQLConstraintComponent"),
    ],
)
def test_where_values_cannot_be_compared_the_two_differ_and_pyshacl_is_followed(
    workshop: PipelineContext, line: SourcePipeline, good_page: str, tmp_path: Path, start: Literal, component: str
) -> None:
    record = with_start(line, good_page, tmp_path, start)
    beside = [*line.reference, *workshop.places_in(record.quads)]
    _, found, differences = both(workshop.validator, record, beside)
    assert {each.component for each in differences} == {component}
    alone = replace(workshop.validator, gate=None)
    data = [*beside, *record.quads]
    assert set(workshop.validator.validate([record], data)) == set(alone.validate([record], data))
    assert found


def with_start(line: SourcePipeline, page: str, folder: Path, start: Literal) -> Stated:
    (folder / "4711.txt").write_text(page, encoding="utf-8")
    (reading,) = line.source.readings([folder / "4711.txt"])
    assert reading.record is not None
    quads = line.mapper.map(reading.record).quads
    return Stated(reading.id, tuple(
        Quad(each.subject, each.predicate, start, each.graph_name) if each.predicate.value == "https://schema.org/startDate" else each
        for each in quads
    ))  # fmt: skip


# ---- disagreement is loud


MISSING = Violation(
    "https://w3id.org/passo/id/process/er-good-l2", "https://w3id.org/passo/shapes/ParticipatoryProcess-title", "MinCountConstraintComponent"
)  # fmt: skip


@pytest.mark.parametrize("remembers", [True, False])
def test_a_gate_that_refuses_what_pyshacl_accepts_stops_the_publishing(
    line: SourcePipeline, workshop: PipelineContext, remembers: bool
) -> None:
    questions = ShapeChecks.of(workshop.validator.shapes) if remembers else None
    wrong = replace(workshop, validator=replace(workshop.validator, gate=Planted(MISSING, questions=questions)))
    with pytest.raises(ValidatorsDisagree) as raised:
        process(line, wrong, [PAGES / "good-l2.txt"])
    for part in (
        "er-good-l2",
        "emilia-romagna",
        "s:ParticipatoryProcess-title",
        "pyshifty refuses it, pySHACL accepts it",
    ):
        assert part in str(raised.value)


@pytest.mark.parametrize("remembers", [True, False])
def test_a_gate_that_passes_what_pyshacl_refuses_is_found_by_the_sample(
    line: SourcePipeline, workshop: PipelineContext, remembers: bool
) -> None:
    questions = ShapeChecks.of(workshop.validator.shapes) if remembers else None
    blind = replace(workshop, validator=replace(workshop.validator, gate=Planted(questions=questions)))
    with pytest.raises(ValidatorsDisagree, match="pyshifty accepts it, pySHACL refuses it"):
        process(line, blind, [PAGES / "award-over-cost.txt"])


def test_the_sample_is_chosen_by_content_and_has_a_record_of_every_batch() -> None:
    node = NamedNode("https://example.org/a")
    records = [Stated(str(at), (Triple(node, node, Literal(str(at))),)) for at in range(400)]
    chosen = {records[at].id for at in _Owners(records).sample()}
    again = list(reversed(records))
    assert {again[at].id for at in _Owners(again).sample()} == chosen
    assert 1 <= len(chosen) < 20
    assert all(len(_Owners([each]).sample()) == 1 for each in records[:20])


# ---- where there is no gate


def test_without_pyshifty_pyshacl_does_it_all_and_the_log_says_so(
    workshop: PipelineContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gate_module, "pyshifty", None)
    with caplog.at_level(logging.WARNING):
        assert prefilter_for(workshop.validator.shapes) is None
    assert caplog.messages == ["pyshifty is not installed: pySHACL validates everything, which takes longer."]


SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:Property .
ex:Property a sh:PropertyShape ; sh:path ex:p ; sh:sparql [ a sh:SPARQLConstraint ; sh:select "%s" ] .
"""


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this WHERE { ?other <https://example.org/p> $this }",
        "SELECT $this WHERE { $this <https://example.org/p> ?a MINUS { $this <https://example.org/q> ?a } }",
        "SELECT $this WHERE { $this <https://example.org/p> ?a { SELECT ?a { ?a ?b ?c } } }",
        "SELECT $this ?value WHERE { $this $PATH ?value }",
    ],
)
def test_a_query_that_cannot_be_asked_for_all_nodes_together_leaves_everything_to_pyshacl(
    query: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert prefilter_for(rdflib.Graph().parse(data=SHAPE % query, format="turtle")) is None
    (message,) = caplog.messages
    assert "cannot be asked for all nodes together" in message


def test_a_constraint_below_a_shape_that_others_refer_to_is_not_for_the_gate() -> None:
    text = SHAPE % "SELECT $this WHERE { $this <https://example.org/p> ?a }" + "ex:Other sh:node ex:Shape ."
    with pytest.raises(UnsupportedShapes, match="others refer to"):
        gate_module.ShiftyPrefilter.open(rdflib.Graph().parse(data=text, format="turtle"))


def test_a_query_concerns_only_the_targets_of_its_shape() -> None:
    text = SHAPE % "SELECT $this WHERE { $this <https://example.org/p> ?a }"
    judge = gate_module.ShiftyPrefilter.open(rdflib.Graph().parse(data=text, format="turtle"))
    data = b"""<https://example.org/a> a <https://example.org/Thing> ; <https://example.org/p> 1 .
        <https://example.org/b> a <https://example.org/Small> ; <https://example.org/p> 1 .
        <https://example.org/Small> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <https://example.org/Thing> .
        <https://example.org/c> <https://example.org/p> 1 ."""
    found = judge.refused(tuple(IndexedTriples.of(ox.parse(data, format=ox.RdfFormat.TURTLE)).triples))
    assert {each.focus.rsplit("/", 1)[-1] for each in found} == {"a", "b"}


# ---- what is validated is what is published


@pytest.mark.parametrize(
    ("text", "kind"), [("+7", "integer"), ("2020-01-01Z", "date"), ("1", "boolean"), ("1e3", "double")]
)
def test_a_literal_is_validated_as_it_is_written(text: str, kind: str) -> None:
    node = NamedNode("https://example.org/a")
    ((_, _, value),) = graph_of([Triple(node, node, Literal(text, datatype=NamedNode(XSD + kind)))])
    assert str(value) == text


def test_a_graph_answers_every_pattern_as_rdflib_does() -> None:
    text = b"@prefix e: <https://example.org/> . e:a e:p e:b , 1 ; e:q e:b . e:b e:p e:a . _:c e:p e:b ."
    triples = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    ours = graph_of(triples)
    theirs = rdflib.Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    terms = [None, *(rdflib.URIRef(f"https://example.org/{name}") for name in "abpqz"), rdflib.Literal(1)]
    for subject in terms[:-1]:
        for predicate in terms[:-1]:
            for value in terms:
                pattern = (subject, predicate, value)
                assert named(ours, pattern) == named(theirs, pattern), pattern
    assert len(ours) == len(theirs)


def named(graph: rdflib.Graph, pattern: tuple[object, object, object]) -> list[tuple[str, ...]]:
    """The triples that fit, a blank node by no name."""
    return sorted(
        tuple("" if isinstance(node, rdflib.BNode) else node.n3() for node in each)
        for each in graph.triples(pattern)  # type: ignore[arg-type]
    )
