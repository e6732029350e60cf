"""The tables built from the rows of records are those that all quads together give."""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod import external_sort
from passo_lod.external_sort import open_run_file
from passo_lod.namespaces import curie
from passo_lod.release.tables import source_rows
from passo_lod.release.tables.cells import REFERENCE_TABLES, CellFormatter, CellText
from passo_lod.release.tables.definitions import TableDefinition, table_definitions
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.release.tables.row_builder import RowBuilder
from passo_lod.release.tables.shared_descriptions import SharedDescriptions
from passo_lod.release.tables.shared_graphs import SharedGraphs, SourceView
from passo_lod.release.tables.source_rows import SourceRows
from passo_lod.release.tables.table_set import TableLine, TableSet

BASE = "https://example.org/"
PROCESS = NamedNode(BASE + "id/process/xx-1")
SOURCE = NamedNode(BASE + "dataset/invented")
SOURCES = (NamedNode(BASE + "dataset/one"), NamedNode(BASE + "dataset/two"))

Record = Sequence[Quad]


# --- Values that a column cannot represent ------------------------------------------------------------------------------------


TableRows = tuple[Counter[str], list[dict[str, str]]]


@pytest.fixture
def tables(tmp_path: Path) -> Callable[..., dict[str, TableRows]]:
    """Builds the tables of a process from its statements: of each, the left out cells by column, and the rows."""

    def build(*statements: tuple[str, Any]) -> dict[str, TableRows]:
        quads = [Quad(PROCESS, curie("rdf:type"), curie("passo:ParticipatoryProcess"), SOURCE)]
        quads += [Quad(PROCESS, curie(name), value, SOURCE) for name, value in statements]
        graphs = SharedGraphs([], [SOURCE])
        rows = RowBuilder(BASE, SOURCE, SharedDescriptions([])).rows([quads])
        with open_run_file(tmp_path) as file:
            rows_of_source = SourceRows.collect(rows, TableSet(BASE, graphs, SOURCE, []).filler, file)
            return dict(read(TableSet(BASE, graphs, SOURCE, [rows_of_source])))

    def read(tables: TableSet) -> Iterator[tuple[str, TableRows]]:
        for definition in table_definitions():
            left_out: Counter[str] = Counter()
            lines = [csv_line for csv_line, _ in tables.lines(definition, left_out)]
            header = [field.name for field in tables.fields(definition)]
            cells = csv.DictReader(io.StringIO("\r\n".join(lines), newline=""), header)
            yield definition.name, (left_out, list(cells))

    return build


@pytest.mark.parametrize(
    ("column", "name", "values"),
    [
        ("start_date", "schema:startDate", ["2020-02-30"]),
        ("start_date", "schema:startDate", ["2020-02-20", "2020-02-21"]),
        ("participants", "passo:participantCount", ["cento"]),
        ("participants", "passo:participantCount", ["9" * 30]),
        ("participants", "passo:participantCount", ["²"]),
        ("cofinancing_percentage", "passo:cofinancingPercentage", ["1." + "1" * 19]),
        ("cofinancing_percentage", "passo:cofinancingPercentage", ["NaN"]),
        ("start_year", "passo:startYear", ["-0044"]),
    ],
)
def test_a_value_that_a_column_cannot_represent_leaves_it_empty_and_is_counted(
    tables: Callable[..., dict[str, TableRows]], column: str, name: str, values: list[str]
) -> None:
    left_out, (row,) = tables(*((name, Literal(value)) for value in values))["processes"]
    assert row[column] == ""
    assert left_out == {column: 1}


def test_a_process_is_one_row_however_many_values_it_has(tables: Callable[..., dict[str, TableRows]]) -> None:
    names = [column.path for column in next(each for each in table_definitions() if each.name == "processes").columns]
    statements = [(name, Literal(f"v{number}")) for name in names if name and "/" not in name for number in range(20)]
    _, (row,) = tables(*statements)["processes"]
    assert row["process"] == "xx-1"


def test_several_texts_are_in_one_cell_separated_by_a_bar(tables: Callable[..., dict[str, TableRows]]) -> None:
    titles = [("dct:title", Literal(text, language="it")) for text in ("Orto", "Bosco")]
    _, (row,) = tables(*titles, ("dct:title", Literal("Garden", language="en")))["processes"]
    assert row["title"] == "Bosco | Orto"


# --- Many records -------------------------------------------------------------------------------------------------------------


def lines_of(
    rows: dict[NamedNode, Iterable[RecordRows]], shared: Iterable[Quad], folder: Path
) -> Iterator[tuple[Any, ...]]:
    """The lines of all tables, of all sources and of each, with the left out cells."""
    graphs = SharedGraphs(shared, list(rows))
    with open_run_file(folder) as file:
        rows_of = {
            source: SourceRows.collect(some, TableSet(BASE, graphs, source, []).filler, file)
            for source, some in rows.items()
        }
        for source in (None, *rows):
            some = [each for name, each in rows_of.items() if source in (None, name)]
            tables = TableSet(BASE, graphs, source, some)
            for definition in table_definitions():
                left_out: Counter[str] = Counter()
                yield source, definition.name, list(tables.lines(definition, left_out)), dict(left_out)


@settings(max_examples=30)  # each writes all tables twice
@given(st.randoms(use_true_random=False), st.sampled_from([(0, 0), (2000, 100), (8_000_000, 60_000)]))
def test_the_order_of_records_and_the_size_of_runs_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory,
    row_builder: RowBuilder,
    records: list[Record],
    chance: random.Random,
    sizes: tuple[int, int],
) -> None:
    rows = row_builder.rows(records)
    own = [each.own_subjects() for each in rows]
    shared = [
        Quad(*quad.triple, SOURCES[0])
        for record, each in zip(records, own, strict=True)
        for quad in record
        if quad.subject.value not in each  # type: ignore[union-attr]
    ]
    expected = list(lines_of({SOURCES[0]: rows}, shared, tmp_path_factory.mktemp("rows")))
    mixed = chance.sample(rows, len(rows))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source_rows, "MAX_IN_MEMORY", sizes[0])
        patched.setattr(external_sort, "BLOCK_BYTES", sizes[1])
        cached = (RecordRows.from_json(each.as_json()) for each in mixed)
        assert list(lines_of({SOURCES[0]: cached}, shared, tmp_path_factory.mktemp("rows"))) == expected


# --- Invented records, which share resources ----------------------------------------------------------------------------

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
    """Links between shared resources: every record that refers to one states the same links."""
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
    """A record with parts of its own, which refers to shared resources and gives them labels of its own."""
    process = NamedNode(f"{BASE}id/process/xx-{number}")
    record = NamedNode(f"{BASE}doc/process/xx-{number}")
    award, phase, criterion, unit, near = (
        NamedNode(f"{process.value}/{name}") for name in ("award", "phase", "criterion", "unit", "near")
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
        (process, curie("passo:hasCriterionStatement"), criterion),
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
    links += [(each, name, CONCEPTS) for name in TO_CONCEPTS for each in (process, phase, criterion, award, missing)]
    for subject, name, objects in draw(st.lists(st.sampled_from(links), max_size=12)):
        triples.append((subject, curie(name), draw(st.sampled_from(objects))))
    own = [process, award, phase, criterion, unit, near]
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


class PlainTables:
    """The tables computed from all quads in one store, by following the path of every column from every row."""

    def __init__(self, quads: Iterable[Quad], source: NamedNode | None) -> None:
        self.source = source
        self.view = SourceView(SharedGraphs(quads, SOURCES), source)
        self.formatter = CellFormatter(BASE, self.view.values)
        self.references: dict[str, set[str]] = {"concepts": set(), "places": set()}

    def lines(self, definition: TableDefinition) -> list[TableLine]:
        rows = {
            tuple(map(self.formatter.identifier, key)): self.columns(definition, bound)
            for key, bound in self.view.query_rows(definition).items()
        }
        if definition.reference and self.source is not None:
            new = selected = {key for key in rows if key[0] in self.references[definition.name]}
            while new:
                names = {(name,) for key in new for name in self.references_of(definition, rows[key], definition.name)}
                new = (names & rows.keys()) - selected
                selected = selected | new
            rows = {key: rows[key] for key in selected}
        for row in rows.values():
            for table, named in self.references.items():
                named.update(self.references_of(definition, row, table))
        return [
            (",".join(each.csv for each in rows[key]), ",".join(each.raw for each in rows[key])) for key in sorted(rows)
        ]

    def columns(self, definition: TableDefinition, bound: dict[str, Any]) -> list[CellText]:
        cells = []
        for column in definition.columns:
            starts = bound.get(column.variable, set())
            if column.kind == "source":
                (starts,) = ({graph} for graph in SOURCES if self.has(next(iter(bound["process"])), graph))
            cells.append(self.formatter.format(column, self.view.follow(starts, column.steps)))
        return cells

    def has(self, process: Any, graph: NamedNode) -> bool:
        return SOURCES[int(process.value.rpartition("-")[2]) % 2] == graph

    def references_of(self, definition: TableDefinition, row: Sequence[CellText], table: str) -> set[str]:
        pairs = zip(definition.columns, row, strict=True)
        return {
            name for column, each in pairs if REFERENCE_TABLES.get(column.kind) == table for name in each.references
        }


@given(catalogues())
def test_the_tables_built_from_rows_equal_those_from_all_quads_in_one_store(
    tmp_path_factory: pytest.TempPathFactory, catalogue: list[list[Quad]]
) -> None:
    common = list(background())
    rows: dict[NamedNode, Iterable[RecordRows]] = {}
    shared = list(common)
    for source in SOURCES:
        batch = [record for record in catalogue if record[0].graph_name == source]
        built = RowBuilder(BASE, source, SharedDescriptions(common)).rows(batch)
        rows[source] = built
        for record, each in zip(batch, built, strict=True):
            own = each.own_subjects()
            shared += [quad for quad in record if quad.subject.value not in own]  # type: ignore[union-attr]
    everything = [*common, *(quad for record in catalogue for quad in record)]
    plain = {source: PlainTables(everything, source) for source in (None, *SOURCES)}
    for source, name, lines, _ in lines_of(rows, shared, tmp_path_factory.mktemp("rows")):
        definition = next(each for each in table_definitions() if each.name == name)
        if not definition.row_query:  # its rows are not in the quads (test_provenance_table.py)
            continue
        assert lines == plain[source].lines(definition), (source, name)
