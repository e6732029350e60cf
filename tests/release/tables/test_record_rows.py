"""The rows of a record: they depend on nothing but the record, and the tables made of them are those that all quads together give."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from passo_lod.namespaces import curie
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.context import SourcePipeline as Source
from passo_lod.pipeline.processing import process
from passo_lod.release import external_sort as runs
from passo_lod.release.tables import source_rows as table_rows
from passo_lod.release.tables.cells import NAMES, CellFormatter, CellText, SharedGraphs, SourceView
from passo_lod.release.tables.definitions import TableDefinition, table_definitions
from passo_lod.release.tables.record_rows import RecordRows, RowBuilder, SharedDescriptions
from passo_lod.release.tables.source_rows import Line, SourceRows, TableSet

ROOT = Path(__file__).resolve().parents[3]
BASE = "https://example.org/"
SOURCES = (NamedNode(BASE + "dataset/one"), NamedNode(BASE + "dataset/two"))

Record = Sequence[Quad]


# --- A record by itself ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def maker(workshop: PipelineContext) -> RowBuilder:
    background = SharedDescriptions([*workshop.vocabulary_quads, *workshop.place_quads])
    return RowBuilder(workshop.catalog.base, NamedNode(f"{workshop.catalog.base}dataset/x"), background)


@pytest.fixture(scope="module")
def records(workshop: PipelineContext) -> list[Record]:
    """Records of two sources, of which some name the same bodies."""
    lines = [Source.open(ROOT / "data" / "sources" / name, workshop) for name in ("emilia-romagna", "participedia")]
    outcomes = [outcome for line in lines for outcome in process(line, workshop)[:20]]
    return [outcome.mapped.quads for outcome in outcomes if outcome.mapped]


@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_the_rows_of_a_record_are_the_same_in_whatever_batch_they_are_made(
    maker: RowBuilder, records: list[Record], size: int, chance: random.Random
) -> None:
    order = chance.sample(range(len(records)), len(records))
    mixed = [chance.sample(list(records[at]), len(records[at])) for at in order]
    made = [rows for start in range(0, len(mixed), size) for rows in maker.rows(mixed[start : start + size])]
    together = maker.rows(records)
    assert [rows.as_json() for rows in made] == [together[at].as_json() for at in order]


def test_rows_can_be_kept_as_text(maker: RowBuilder, records: list[Record]) -> None:
    for rows in maker.rows(records):
        assert RecordRows.from_json(rows.as_json()) == rows


def test_what_a_record_says_of_bodies_is_shared_and_what_it_says_of_its_process_is_not(
    maker: RowBuilder, records: list[Record]
) -> None:
    for record, rows in zip(records, maker.rows(records), strict=True):
        lines = rows.shared((serialize(record, format=RdfFormat.N_QUADS) or b"").decode())
        shared, every = {line[1 : line.index(">")] for line in lines}, {quad.subject.value for quad in record}  # type: ignore[union-attr]
        assert all("/process/" in each for each in every - shared)
        assert not any("/process/" in each for each in shared)


def test_no_name_of_a_body_is_in_the_rows(maker: RowBuilder, records: list[Record]) -> None:
    for rows in maker.rows(records):
        for row in rows.rows.get("process_organisations", ()):
            assert row.csv[-1] == ""
            assert len(row.slots) == 1


# --- Many records ------------------------------------------------------------------------------------------------------------


def lines_of(
    rows: dict[NamedNode, Iterable[RecordRows]], shared: Iterable[Quad], folder: Path
) -> Iterator[tuple[Any, ...]]:
    """The lines of all tables of the whole and of each source, with what is left out."""
    graphs = SharedGraphs(shared, list(rows))
    with runs.unnamed_file(folder) as file:
        gathered = {
            source: SourceRows.of(some, TableSet(BASE, graphs, source, []).slots, file) for source, some in rows.items()
        }
        for source in (None, *rows):
            some = [each for name, each in gathered.items() if source in (None, name)]
            tables = TableSet(BASE, graphs, source, some)
            for description in table_definitions():
                left_out: Counter[str] = Counter()
                yield source, description.name, list(tables.lines(description, left_out)), dict(left_out)


@given(st.randoms(use_true_random=False), st.sampled_from([(0, 0), (2000, 100), (8_000_000, 60_000)]))
def test_the_order_of_records_and_the_size_of_runs_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory,
    maker: RowBuilder,
    records: list[Record],
    chance: random.Random,
    sizes: tuple[int, int],
) -> None:
    rows = maker.rows(records)
    own = [each.own() for each in rows]
    shared = [
        Quad(*quad.triple, SOURCES[0])
        for record, each in zip(records, own, strict=True)
        for quad in record
        if quad.subject.value not in each  # type: ignore[union-attr]
    ]
    expected = list(lines_of({SOURCES[0]: rows}, shared, tmp_path_factory.mktemp("rows")))
    mixed = chance.sample(rows, len(rows))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(table_rows, "ROOM", sizes[0])
        patched.setattr(runs, "CHUNK", sizes[1])
        kept = (RecordRows.from_json(each.as_json()) for each in mixed)
        assert list(lines_of({SOURCES[0]: kept}, shared, tmp_path_factory.mktemp("rows"))) == expected


# --- Invented records, which share what they can ----------------------------------------------------------------------------

CONCEPTS = [curie("cvl:answer/yes"), curie("cvl:status/ended"), NamedNode("https://elsewhere.example/concept/a")]
PLACES = [NamedNode(f"{BASE}id/place/{name}") for name in ("town", "region")]
FOREIGN = NamedNode("https://elsewhere.example/place/1")
BODIES = [NamedNode(f"{BASE}id/organisation/{name}") for name in ("a", "b")]
DOCUMENTS = [NamedNode(f"{BASE}id/document/{name}") for name in ("d", "e")]
CALL = NamedNode(f"{BASE}id/call/c")
SHARED = [*BODIES, *DOCUMENTS, CALL, FOREIGN, CONCEPTS[2]]
TEXT = st.sampled_from(["Orto", "=1+1", 'a "b", c', "x;-y", "2020", "2020-02-21", "12.50", ""])
LITERAL = st.builds(Literal, TEXT) | st.builds(
    lambda text, tag: Literal(text, language=tag), TEXT, st.sampled_from(["it", "en", "fr"])
)
WORDS = ["dct:title", "skos:prefLabel", "rdfs:label", "dct:description", "schema:contentUrl"]
NUMBERS = ["schema:startDate", "passo:startYear", "passo:participantCount", "schema:value", "passo:fundingYear"]
TO_CONCEPTS = ["passo:progressStatus", "passo:policyArea", "passo:usesTechnique", "passo:answer", "passo:documentType"]
TO_CONCEPTS += ["passo:proposerType", "passo:criterion", "passo:scoreMethod", "passo:organisationType"]
TO_PLACES = ["passo:comparisonRegion", "passo:affectedTerritory"]
TO_BODIES = ["passo:decisionHolder", "passo:proposer", "passo:externalSubject"]


def background() -> Iterator[Quad]:
    graph = NamedNode("https://example.org/vocabulary")
    for concept in CONCEPTS[:2]:
        yield Quad(concept, curie("skos:inScheme"), NamedNode("https://example.org/scheme"), graph)
        yield Quad(concept, curie("skos:prefLabel"), Literal("sì; =no", language="it"), graph)
    for place in PLACES:
        yield Quad(place, curie("rdf:type"), curie("dct:Location"), graph)
        yield Quad(place, curie("rdf:type"), curie("clvapit:City"), graph)
    yield Quad(PLACES[0], curie("skos:prefLabel"), Literal("Paese", language="it"), graph)
    yield Quad(PLACES[0], curie("clvapit:situatedWithin"), PLACES[1], graph)


@st.composite
def described(draw: st.DrawFn) -> dict[NamedNode, list[tuple[NamedNode, Any]]]:
    """What things that records share have to do with each other: every record that names one says the same of it."""
    about: dict[NamedNode, list[tuple[NamedNode, Any]]] = {thing: [] for thing in SHARED}
    for body in BODIES:
        about[body] += [(curie("rdf:type"), curie("org:Organization"))] * draw(st.integers(0, 1))
        about[body] += [(curie("dct:spatial"), draw(st.sampled_from([*PLACES, FOREIGN])))] * draw(st.integers(0, 1))
    for document in DOCUMENTS:
        about[document] += [(curie("passo:documentType"), draw(st.sampled_from(CONCEPTS)))]
    about[FOREIGN] += [(curie("clvapit:situatedWithin"), PLACES[1])] * draw(st.integers(0, 1))
    about[CONCEPTS[2]] += [(curie("skos:inScheme"), NamedNode("https://example.org/scheme"))] * draw(st.integers(0, 1))
    return about


@st.composite
def invented(draw: st.DrawFn, number: int, about: dict[NamedNode, list[tuple[NamedNode, Any]]]) -> list[Quad]:
    """A record with parts of its own, which names what others name too, each by its own words."""
    process = NamedNode(f"{BASE}id/process/xx-{number}")
    record = NamedNode(f"{BASE}doc/process/xx-{number}")
    award, phase, said, unit, near = (
        NamedNode(f"{process.value}/{name}") for name in ("award", "phase", "said", "unit", "near")
    )
    missing = NamedNode(f"{record.value}#missing-cost")
    triples: list[tuple[NamedNode, NamedNode, Any]] = [
        (process, curie("rdf:type"), curie("passo:ParticipatoryProcess")),
        (record, curie("rdf:type"), curie("passo:ObservatoryRecord")),
        (record, curie("foaf:primaryTopic"), process),
        (process, curie("foaf:isPrimaryTopicOf"), record),
        (record, curie("passo:hasMissingValue"), missing),
        (missing, curie("passo:missingProperty"), curie("passo:cost")),
        (process, curie("passo:hasFunding"), award),
        (process, curie("passo:hasPhase"), phase),
        (process, curie("passo:hasCriterionStatement"), said),
        (process, curie("passo:responsibleUnit"), unit),
        (near, curie("rdf:type"), curie("org:Organization")),
    ]
    links = [(process, name, [*PLACES, FOREIGN]) for name in TO_PLACES]
    links += [(process, name, [*BODIES, near]) for name in TO_BODIES]
    links += [(process, name, DOCUMENTS) for name in ("passo:hasDocument", "passo:hasDecisionAct")] * 8
    links += [
        (award, "passo:grantBeneficiary", BODIES),
        (award, "passo:underCall", [CALL]),
        (award, "schema:amount", [award]),
    ]
    links += [(record, "passo:observatory", BODIES)]
    links += [(each, name, CONCEPTS) for name in TO_CONCEPTS for each in (process, phase, said, award, missing)]
    for subject, name, objects in draw(st.lists(st.sampled_from(links), max_size=12)):
        triples.append((subject, curie(name), draw(st.sampled_from(objects))))
    own = [process, award, phase, said, unit, near]
    for subject, name in draw(st.lists(st.tuples(st.sampled_from(own), st.sampled_from(WORDS + NUMBERS)), max_size=12)):
        triples.append((subject, curie(name), draw(LITERAL)))
    seen: set[Any] = set()
    while new := [each for *_, each in triples if each in about and each not in seen]:
        for thing in dict.fromkeys(new):
            seen.add(thing)
            triples += [(thing, property, value) for property, value in about[thing]]
            for name in draw(st.lists(st.sampled_from(WORDS), max_size=3)):
                triples.append((thing, curie(name), draw(LITERAL)))
    return [Quad(*triple, SOURCES[number % 2]) for triple in dict.fromkeys(triples)]


@st.composite
def catalogues(draw: st.DrawFn) -> list[list[Quad]]:
    about = draw(described())
    return [draw(invented(number, about)) for number in range(draw(st.integers(1, 4)))]


class Plain:
    """The tables as all quads together give them: every column followed from every row in one store."""

    def __init__(self, quads: Iterable[Quad], source: NamedNode | None) -> None:
        self.source = source
        self.view = SourceView(SharedGraphs(quads, SOURCES), source)
        self.cells = CellFormatter(BASE, self.view.values)
        self.named: dict[str, set[str]] = {"concepts": set(), "places": set()}

    def lines(self, description: TableDefinition) -> list[Line]:
        rows = {
            tuple(map(self.cells.identifier, key)): self.columns(description, bound)
            for key, bound in self.view.found(description).items()
        }
        if description.reference and self.source is not None:
            new = kept = {key for key in rows if key[0] in self.named[description.name]}
            while new:
                names = {(name,) for key in new for name in self.names(description, rows[key], description.name)}
                new = (names & rows.keys()) - kept
                kept = kept | new
            rows = {key: rows[key] for key in kept}
        for row in rows.values():
            for table, named in self.named.items():
                named.update(self.names(description, row, table))
        return [
            (",".join(each.csv for each in rows[key]), ",".join(each.raw for each in rows[key])) for key in sorted(rows)
        ]

    def columns(self, description: TableDefinition, bound: dict[str, Any]) -> list[CellText]:
        written = []
        for column in description.columns:
            starts = bound.get(column.variable, set())
            if column.kind == "source":
                (starts,) = ({graph} for graph in SOURCES if self.has(next(iter(bound["process"])), graph))
            written.append(self.cells.written(column, self.view.follow(starts, column.steps)))
        return written

    def has(self, process: Any, graph: NamedNode) -> bool:
        return SOURCES[int(process.value.rpartition("-")[2]) % 2] == graph

    def names(self, description: TableDefinition, row: Sequence[CellText], table: str) -> set[str]:
        pairs = zip(description.columns, row, strict=True)
        return {name for column, each in pairs if NAMES.get(column.kind) == table for name in each.names}


@given(catalogues())
def test_the_tables_made_of_rows_are_those_that_all_quads_together_give(
    tmp_path_factory: pytest.TempPathFactory, catalogue: list[list[Quad]]
) -> None:
    common = list(background())
    rows: dict[NamedNode, Iterable[RecordRows]] = {}
    shared = list(common)
    for source in SOURCES:
        batch = [record for record in catalogue if record[0].graph_name == source]
        made = RowBuilder(BASE, source, SharedDescriptions(common)).rows(batch)
        rows[source] = made
        for record, each in zip(batch, made, strict=True):
            own = each.own()
            shared += [quad for quad in record if quad.subject.value not in own]  # type: ignore[union-attr]
    everything = [*common, *(quad for record in catalogue for quad in record)]
    plain = {source: Plain(everything, source) for source in (None, *SOURCES)}
    for source, name, lines, _ in lines_of(rows, shared, tmp_path_factory.mktemp("rows")):
        description = next(each for each in table_definitions() if each.name == name)
        assert lines == plain[source].lines(description), (source, name)
