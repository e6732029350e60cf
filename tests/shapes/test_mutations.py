"""Every systematic mistake in a record is found by the shapes, or stands in `not_found.yaml` with the reason why not.

A mistake is found if a violation or a warning names the property or the resource that has it. shapes/README.md has the figures;
`pytest tests/shapes/test_mutations.py --accept mutations` writes them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.canonical_literals import canonical_literal
from passo_lod.namespaces import CVL, PASSO, RDF, SKOS, shorten
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.report import Severity, ValidationResult
from passo_lod.validation.indexed_triples import IndexedTriples
from passo_lod.validation.validator import Validator
from tests.shapes.mutations import Mutation, Record, Term, mutations
from tests.validation.unmapped_records import UnmappedRecord

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
EXAMPLES = ROOT / "shapes" / "examples"
README = ROOT / "shapes" / "README.md"
TABLE_START, TABLE_END = "<!-- mutations -->\n", "<!-- end of mutations -->"

PARTS = (
    "complete-process",
    "record",
    "phases-and-documents",
    "score",
    "statement-with-text-only",
    "table-and-committee",
    "office-and-address",
    "organisation-with-type",
    "theme-and-law",
    "case-of-another-source",
)
"""The valid examples whose statements make one record; the first that gives a property its value wins."""

ELSEWHERE = """
    @prefix clvapit: <https://w3id.org/italia/onto/CLV/> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix place: <https://w3id.org/passo/id/place/> .
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <https://example.org/person> a foaf:Person ; foaf:name "Luca Inventato" .
    place:yy-regione a clvapit:Region , dct:Location , skos:Concept ; skos:prefLabel "Altra regione"@it ; skos:notation "98" ;
        clvapit:situatedWithin place:xx-paese .
    place:yy-provincia a clvapit:Province , dct:Location , skos:Concept ; skos:prefLabel "Altra provincia"@it ; skos:notation "998" ;
        clvapit:situatedWithin place:yy-regione .
    place:yy-comune a clvapit:City , dct:Location , skos:Concept ; skos:prefLabel "Altrove"@it ; skos:notation "998001" ;
        clvapit:situatedWithin place:yy-provincia .
"""


@dataclass(frozen=True)
class Examined:
    """A mutation with the results that name its property or its resource."""

    mutation: Mutation
    results: Sequence[ValidationResult]

    @property
    def is_found(self) -> bool:
        return any(result.severity is not Severity.INFO for result in self.results)

    @property
    def key(self) -> tuple[str, str]:
        return self.mutation.kind, self.mutation.place


@dataclass(frozen=True)
class Group:
    """Mistakes that no rule finds, for one reason.

    Attributes:
        only_in_seed: whether only the seed has them.
    """

    why: str
    only_in_seed: bool
    keys: frozenset[tuple[str, str]]


def read_groups() -> list[Group]:
    return [
        Group(
            entry["why"],
            entry.get("only") == "seed",
            frozenset(
                (kind, f"{name} {each}")
                for kind in entry["kinds"]
                for name, listed in entry["at"].items()
                for each in listed
            ),
        )
        for entry in yaml.safe_load((HERE / "not_found.yaml").read_text(encoding="utf-8"))
    ]


# ---- the records


@pytest.fixture(scope="module")
def setting(pipeline_context: PipelineContext) -> Validator:
    """The validator with the invented world of the examples and what is elsewhere."""
    described = ox.parse(path=str(EXAMPLES / "setting.ttl"))
    elsewhere = ox.parse(ELSEWHERE.encode(), format=ox.RdfFormat.TURTLE)
    themes = (
        each
        for each in ox.parse(path=str(EXAMPLES / "valid" / "theme-and-law.ttl"))
        if each.subject.value.startswith(CVL.iri)
    )
    more = [_triple(each) for each in (*described, *elsewhere, *themes)]
    validator = pipeline_context.validator
    return replace(validator, background=IndexedTriples.of([*validator.background, *more]).triples)


def _triple(quad: Quad) -> Triple:
    return Triple(quad.subject, quad.predicate, quad.object)


def example_record() -> tuple[Triple, ...]:
    """One record of all the examples in `PARTS`, with the organisations of the setting; what it says to be missing is missing."""
    values: dict[tuple[Term, NamedNode], list[Triple]] = {}
    for triple in _statements("setting"):
        if "/organisation/" in triple.subject.value:  # type: ignore[union-attr]
            values.setdefault((triple.subject, triple.predicate), []).append(triple)  # type: ignore[index]
    for name in PARTS:
        found: dict[tuple[Term, NamedNode], list[Triple]] = {}
        for triple in _statements(f"valid/{name}"):
            found.setdefault((triple.subject, triple.predicate), []).append(triple)  # type: ignore[index]
        values = {**found, **values}
    triples = [triple for triples in values.values() for triple in triples]
    missing = {each.object for each in triples if each.predicate == PASSO.missingProperty}
    return tuple(each for each in triples if each.predicate not in missing)


def _statements(name: str) -> list[Triple]:
    """The statements of an example, all about one process; a concept is described beside the record."""
    parsed = ox.parse(path=str(EXAMPLES / f"{name}.ttl"))
    triples = [Triple(_of_one(each.subject), each.predicate, _of_one(each.object)) for each in parsed]  # type: ignore[arg-type]
    return [each for each in triples if not each.subject.value.startswith(CVL.iri)]  # type: ignore[union-attr]


def _of_one(term: Term) -> Term:
    return NamedNode(term.value.replace("process/xx-1", "process/xx-2")) if isinstance(term, NamedNode) else term


def record_of(triples: Sequence[Triple], background: Sequence[Triple]) -> Record:
    """The record, beside a copy of it that is another record."""
    schemes = {each.subject: each.object for each in background if each.predicate == SKOS.inScheme}
    other = renamed(triples, {each.subject: "-other" for each in triples})
    beside = Record((*(each for each in background if each.predicate == RDF.type), *other), {}, {}).classes
    resources = {each: kind for each, kind in beside.items() if each not in schemes}
    return Record(tuple(triples), dict(sorted(schemes.items(), key=str)), resources)


def renamed(triples: Iterable[Triple], suffixes: Mapping[Term, str]) -> tuple[Triple, ...]:
    """The triples, as the pipeline gives them to the validator, with suffixes to the IRIs of some resources."""
    names = {node: NamedNode(node.value + suffix) for node, suffix in suffixes.items()}  # type: ignore[union-attr]
    return tuple(
        Triple(names[each.subject], each.predicate, names.get(each.object, _canonical(each.object))) for each in triples
    )


def _canonical(value: Term) -> Term:
    return canonical_literal(value) if isinstance(value, Literal) else value


# ---- their validation


def examine(validator: Validator, record: Record) -> list[Examined]:
    """Validate all mutations of a record in one batch.

    Beside them stands the record itself and another one. A mutant describes the resource with the mistake, the process, and what refers
    to them; the others are those of the record itself.
    """
    unchanged = {
        name: renamed(record.triples, {each.subject: f"-{name}" for each in record.triples})
        for name in ("other", "own")
    }
    made = dict(enumerate(mutations(record)))
    batch = [UnmappedRecord(name, triples) for name, triples in unchanged.items()]
    batch += [UnmappedRecord(str(n), _mutant(record, mutation, n)) for n, mutation in made.items()]
    found: dict[str, list[ValidationResult]] = {}
    for result in validator.validate(batch, [triple for each in batch for triple in each.quads]):
        found.setdefault(result.record, []).append(result)
    before = {_without_suffix(result, "-own") for result in found.get("own", ())}
    return [
        Examined(
            mutation,
            [
                result
                for result in found.get(str(n), ())
                if _without_suffix(result, f"-m{n}") not in before and is_about(result, mutation, f"-m{n}")
            ],
        )
        for n, mutation in made.items()
    ]


def _mutant(record: Record, mutation: Mutation, number: int) -> tuple[Triple, ...]:
    near = record.near(mutation.subject)
    suffixes = {each.subject: f"-m{number}" if each.subject in near else "-own" for each in record.triples}
    return renamed((each for each in mutation.triples if each.subject in near), suffixes)


def _without_suffix(result: ValidationResult, suffix: str) -> tuple[str, str, str]:
    value = (result.value or "").removesuffix(suffix).removesuffix("-own")
    return result.code, (result.focus_node or "").removesuffix(suffix), value


def is_about(result: ValidationResult, mutation: Mutation, suffix: str) -> bool:
    """Whether a result names the property of a mutation, or its resource."""
    subject = mutation.subject.value + suffix
    names_property = shorten(mutation.predicate.value) in (result.result_path, result.value)
    return names_property or subject == result.focus_node or shorten(subject) == result.value


# ---- the tests


@pytest.fixture(scope="module")
def examined(setting: Validator) -> list[Examined]:
    record = record_of(example_record(), setting.background)
    assert setting.validate([UnmappedRecord("example", record.triples)], record.triples) == []
    return examine(setting, record)


def test_every_mistake_is_found_or_listed_with_the_reason(examined: list[Examined]) -> None:
    missed = {each.key for each in examined if not each.is_found}
    listed = set[tuple[str, str]]().union(*(group.keys for group in read_groups() if not group.only_in_seed))
    assert sorted(missed - listed) == [], (
        "no rule finds these; write one, or list them in not_found.yaml with the reason"
    )
    assert sorted(listed - missed) == [], "these are found now, or are no longer made: remove them from not_found.yaml"


def test_no_mistake_is_listed_twice_and_each_has_a_reason() -> None:
    groups = read_groups()
    assert sum(len(group.keys) for group in groups) == len(set().union(*(group.keys for group in groups)))
    assert [group for group in groups if not group.why.strip()] == []


def test_every_mistake_in_the_seed_is_found_or_listed_with_the_reason(
    pipeline_context: PipelineContext, source_pipeline: SourcePipeline, setting: Validator, shared: Path
) -> None:
    (reading,) = source_pipeline.source.readings(sorted((shared / "seeds").glob("*.txt")))
    assert reading.record is not None
    quads = source_pipeline.mapper.map(reading.record).quads
    described = [_triple(each) for each in (*source_pipeline.reference, *pipeline_context.places_in(quads))]
    validator = replace(setting, background=IndexedTriples.of([*setting.background, *described]).triples)
    stated = _without_entailed(map(_triple, quads), pipeline_context)
    seen = examine(validator, record_of(stated, validator.background))
    missed = {each.key for each in seen if not each.is_found}
    groups = read_groups()
    listed = set[tuple[str, str]]().union(*(group.keys for group in groups))
    only_here = set[tuple[str, str]]().union(*(group.keys for group in groups if group.only_in_seed))
    assert sorted(missed - listed) == [], (
        "no rule finds these; write one, or list them in not_found.yaml with the reason"
    )
    assert sorted(only_here - missed) == [], (
        "these are found now, or are no longer made: remove them from not_found.yaml"
    )


def _without_entailed(triples: Iterable[Triple], context: PipelineContext) -> list[Triple]:
    """The triples without those that a sub-property entails: a mistake is made in what a source states."""
    listed = list(triples)
    entailed = {
        Triple(each.subject, broader, each.object)
        for each in listed
        for broader in context.entailment.super_properties.get(each.predicate, ())
    }
    return [each for each in listed if each not in entailed]


def test_the_table_in_the_documentation_has_these_figures(
    examined: list[Examined], request: pytest.FixtureRequest
) -> None:
    text = README.read_text(encoding="utf-8")
    start, end = text.index(TABLE_START) + len(TABLE_START), text.index(TABLE_END)
    written = table(examined)
    if request.config.getoption("--accept") == "mutations":
        README.write_text(text[:start] + written + text[end:], encoding="utf-8")
    else:
        assert text[start:end] == written


def table(examined: Sequence[Examined]) -> str:
    """The figures as Markdown: for each kind of mistake how many are made and found, and why the others are not."""
    reasons: dict[str, dict[str, int]] = {}
    groups = read_groups()
    made, found = Counter[str](), Counter[str]()
    for each in examined:
        kind = each.mutation.kind.partition(" with ")[0]
        made[kind] += 1
        found[kind] += each.is_found
        for group in groups:
            if not each.is_found and each.key in group.keys:
                counted = reasons.setdefault(kind, {})
                counted[group.why] = counted.get(group.why, 0) + 1
    rows = [
        f"| {kind} | {made[kind]:,} | {found[kind]:,} | {' '.join(f'{why} ({n})' for why, n in reasons.get(kind, {}).items())} |"
        for kind in sorted(made)
    ]
    total = f"| **together** | **{made.total():,}** | **{found.total():,}** | |"
    return "\n".join(
        ["| mistake | made | found | why the others are not |", "| --- | ---: | ---: | --- |", *rows, total, ""]
    )
