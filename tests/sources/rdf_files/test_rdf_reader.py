"""RDF in our own vocabulary (docs/sources/rdf.md): the processes of another catalogue are validated and published unchanged."""

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple

from passo_lod.catalog import Catalog
from passo_lod.errors import SourceError
from passo_lod.namespaces import PASSO, RDF, XSD, curie, shorten
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, accounting, process
from passo_lod.pipeline.publish import publish
from passo_lod.release.identity.id_registry import REGISTRY_FILE
from passo_lod.report import Severity
from passo_lod.sources.rdf_files.rdf_file import FORMATS, MAX_SYNTAX_ERRORS
from passo_lod.sources.source import Source

ROOT = Path(__file__).resolve().parents[3]
OURS = "https://qui.example/"
THEIRS = "https://altrove.example/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SETTINGS = f"""\
title: {{it: Altrove, en: Elsewhere}}
description: {{it: Un altro catalogo}}
prefix: alt
licence: {LICENCE}
attribution: Altrove
reader: rdf
files: files/*
"""

PREFIXES = """\
@prefix passo: <https://w3id.org/passo/onto/> .
@prefix cvl: <https://w3id.org/passo/controlled-vocabulary/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix locn: <http://www.w3.org/ns/locn#> .
@prefix clvapit: <https://w3id.org/italia/onto/CLV/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix a: <https://altrove.example/id/> .
"""
PROCESS = """
<https://altrove.example/id/process/p1> a passo:ParticipatoryProcess ;
    dct:identifier "al-p1" ;
    dct:title "Piano del verde"@it ;
    passo:comparisonRegion <https://altrove.example/id/place/istat-08> ;
    passo:progressStatus <https://w3id.org/passo/controlled-vocabulary/progress-status/completed> ;
    schema:startDate "2020-01-10"^^xsd:date ;
    schema:endDate "2020-05-10"^^xsd:date ;
    foaf:isPrimaryTopicOf <https://altrove.example/doc/process/p1> .
"""
RECORD = f"""
<https://altrove.example/doc/process/p1> a passo:ObservatoryRecord ;
    foaf:primaryTopic <https://altrove.example/id/process/p1> ;
    dct:identifier "p1" ;
    dct:source <https://altrove.example/> ;
    dct:license <{LICENCE}> ;
    dct:modified "2021-01-01"^^xsd:date ;
    passo:observatory a:osservatorio .
a:osservatorio a org:Organization ; skos:prefLabel "Osservatorio di Altrove"@it .
"""
GOOD = PREFIXES + PROCESS + RECORD
P1 = NamedNode(THEIRS + "id/process/p1")


@pytest.fixture(scope="session")
def elsewhere(pipeline_context: PipelineContext) -> PipelineContext:
    """The vocabulary, in a catalogue with another base."""
    return _with_base(pipeline_context, OURS)


def _with_base(pipeline_context: PipelineContext, base: str) -> PipelineContext:
    def moved(term: object) -> object:
        start = pipeline_context.catalog.base + "id/place/"
        if isinstance(term, NamedNode) and term.value.startswith(start):
            return NamedNode(base + "id/place/" + term.value.removeprefix(start))
        return term

    places = tuple(
        Quad(moved(each.subject), each.predicate, moved(each.object), NamedNode(base + "dataset/places"))  # type: ignore[arg-type]
        for each in pipeline_context.place_quads
    )
    return replace(pipeline_context, catalog=replace(pipeline_context.catalog, base=base), place_quads=places)


ProcessFile = Callable[..., list[RecordOutcome]]


@pytest.fixture
def process_file(tmp_path: Path, elsewhere: PipelineContext) -> ProcessFile:
    """What becomes of a file, given as text or bytes."""

    def outcomes_of(data: str | bytes, name: str = "dump.ttl", settings: str = SETTINGS) -> list[RecordOutcome]:
        folder = tmp_path / "altrove"
        (folder / "files").mkdir(parents=True, exist_ok=True)
        (folder / "source.yaml").write_text(settings, encoding="utf-8")
        path = folder / "files" / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return process(SourcePipeline.open(folder, elsewhere), elsewhere, [path])

    return outcomes_of


def result_texts(outcomes: list[RecordOutcome]) -> list[str]:
    return [str(result) for outcome in outcomes for result in outcome.results]


def triples(outcome: RecordOutcome) -> set[Triple]:
    assert outcome.mapped is not None, result_texts([outcome])
    return {Triple(each.subject, each.predicate, each.object) for each in outcome.mapped.quads}


def objects(outcome: RecordOutcome, predicate: NamedNode, subject: NamedNode = P1) -> set[str]:
    found = (each for each in triples(outcome) if each.subject == subject and each.predicate == predicate)
    return {getattr(each.object, "value", "") for each in found}


def as_n_quads(turtle: str, graph: str = "https://altrove.example/dataset/altrove") -> bytes:
    quads = ox.parse(turtle.encode(), format=RdfFormat.TURTLE)
    moved = [Quad(each.subject, each.predicate, each.object, NamedNode(graph)) for each in quads]
    return ox.serialize(moved, format=RdfFormat.N_QUADS) or b""


# ----------------------------------------------------------------------------------------------------- what is published


def test_the_statements_of_a_process_are_validated_and_published_unchanged(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD)
    assert only.published, result_texts([only])
    assert only.reading.id == "alt-p1"
    stated = set(ox.parse(GOOD.encode(), format=RdfFormat.TURTLE))
    missing = {Triple(each.subject, each.predicate, each.object) for each in stated} - triples(only)
    assert {shorten(each.predicate.value) for each in missing} == {"passo:comparisonRegion"}
    assert only.mapped is not None
    assert {each.graph_name for each in only.mapped.quads} == {NamedNode(OURS + "dataset/altrove")}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ('passo:objectives "a control \\u0001 character"@it', "character that XML does not allow"),
        ('<urn:p/1> "a property without a local name"', "does not end in an XML name"),
    ],
)
def test_a_process_that_rdf_xml_cannot_hold_is_quarantined(
    process_file: ProcessFile, statement: str, words: str
) -> None:
    (only,) = process_file(f"{GOOD}\n<{P1.value}> {statement} .")
    assert not only.published
    (result,) = (each for each in only.results if each.code == "not-in-xml")
    assert words in result.texts["en"].message


def test_a_place_that_we_have_gets_our_iri_so_that_regions_are_comparable(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD)
    assert objects(only, PASSO.comparisonRegion) == {OURS + "id/place/istat-08"}


@pytest.mark.parametrize(
    "place",
    [
        "<https://w3id.org/italia/controlled-vocabulary/territorial-classifications/regions/08>",
        "<http://data.europa.eu/nuts/code/ITH5>",
        "a:emilia . a:emilia a dct:Location, clvapit:Region ; skos:notation '08'",
        "a:emilia . a:emilia a dct:Location ; skos:exactMatch <http://data.europa.eu/nuts/code/ITH5>",
        "<https://altrove.example/id/place/istat-08> . <https://altrove.example/id/place/istat-08> a dct:Location ; skos:prefLabel 'X'",
    ],
)
def test_a_place_is_recognised_by_its_matches_and_notation(process_file: ProcessFile, place: str) -> None:
    (only,) = process_file(
        GOOD.replace("<https://altrove.example/id/place/istat-08> ;", "a:weg ;")
        + f"a:x a:y {place} .\n".replace("a:x a:y", f"<{P1.value}> passo:comparisonRegion")
    )
    assert OURS + "id/place/istat-08" in objects(only, PASSO.comparisonRegion)
    assert not any(
        getattr(each.subject, "value", "").startswith((OURS, THEIRS + "id/emilia")) for each in triples(only)
    )


def test_a_code_of_another_country_is_not_taken_for_one_of_italy(process_file: ProcessFile) -> None:
    spain = "a:barcelona a dct:Location ; skos:notation '08' .\n"
    (only,) = process_file(GOOD.replace("<https://altrove.example/id/place/istat-08>", "a:barcelona") + spain)
    assert objects(only, PASSO.comparisonRegion) == {THEIRS + "id/barcelona"}


def test_entailed_statements_are_added(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD)
    assert Triple(P1, RDF.type, NamedNode("http://www.w3.org/ns/prov#Activity")) in triples(only)


def test_parts_record_and_bodies_belong_to_a_process_and_other_things_do_not(process_file: ProcessFile) -> None:
    more = f"""
    <{P1.value}/phase/1> a passo:ProcessPhase ; dct:title "Ascolto"@it .
    <{THEIRS}doc/process/p1#provenance> a dct:ProvenanceStatement .
    <{P1.value}> passo:proposer a:comune .
    a:comune a org:Organization ; skos:prefLabel "Comune"@it ; org:subOrganizationOf a:unione .
    a:unione a org:Organization ; skos:prefLabel "Unione"@it .
    a:nessuno a org:Organization ; skos:prefLabel "Nessuno"@it .
    <{P1.value}0> a passo:ProcessPhase ; dct:title "Altro"@it .
    <https://w3id.org/passo/onto/cost> skos:prefLabel "Nostro"@it .
    """
    (only,) = process_file(GOOD + more)
    subjects = {each.subject.value for each in triples(only)}  # type: ignore[union-attr]
    assert subjects == {
        P1.value,
        P1.value + "/phase/1",
        THEIRS + "doc/process/p1",
        THEIRS + "doc/process/p1#provenance",
        THEIRS + "id/comune",
        THEIRS + "id/unione",
        THEIRS + "id/osservatorio",
    }
    assert [each.texts["en"].message for each in only.results if each.code == "of-no-process"] == [
        "5 statements of the file belong to no process, such as a vocabulary; they were left out."
    ]


def test_a_property_of_another_vocabulary_is_published_and_reported(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD + f"<{P1.value}> a:colour 'green' .")
    assert "green" in objects(only, NamedNode(THEIRS + "id/colour"))
    (result,) = (each for each in only.results if each.code == "unknown-property")
    assert result.severity is Severity.INFO
    assert result.value == f"{THEIRS}id/colour (1)"


def test_two_processes_share_a_body(process_file: ProcessFile) -> None:
    both = PROCESS.replace("p1", "p2") + RECORD.replace("process/p1", "process/p2")
    outcomes = process_file(GOOD + both)
    assert [each.reading.id for each in outcomes] == ["alt-p1", "alt-p2"]
    assert accounting(outcomes).published == 2


@pytest.mark.parametrize("name", ["d.nq", "d.nq.gz", "d.nt", "d.trig", "d.jsonld", "d.ttl.gz"])
def test_every_syntax_gives_the_same_triples(process_file: ProcessFile, name: str) -> None:
    quads = list(ox.parse(GOOD.encode(), format=RdfFormat.TURTLE))
    syntax = FORMATS["." + name.split(".")[1]]
    data = ox.serialize(quads, format=syntax) or b""
    (only,) = process_file(gzip.compress(data) if name.endswith(".gz") else data, name)
    (turtle,) = process_file(GOOD)
    assert only.published, result_texts([only])
    assert triples(only) == triples(turtle)


def test_only_the_graphs_of_the_layout_are_read(process_file: ProcessFile) -> None:
    settings = SETTINGS + f"layout: {{graphs: ['{THEIRS}dataset/altrove']}}\n"
    data = as_n_quads(GOOD) + as_n_quads(GOOD.replace("p1", "p2"), THEIRS + "dataset/terzi")
    assert [each.reading.id for each in process_file(data, "d.nq", settings)] == ["alt-p1"]
    (none,) = process_file(as_n_quads(GOOD, THEIRS + "dataset/terzi"), "d.nq", settings)
    assert none.results[0].code == "no-graph"


# --------------------------------------------------------------------------------------------------------- blank nodes

BLANK = """
<https://altrove.example/id/process/p1> passo:cost [ a schema:MonetaryAmount ; schema:value "10.00"^^xsd:decimal ; schema:currency "EUR" ] ;
    passo:responsibleUnit _:unit .
_:unit a org:OrganizationalUnit ; skos:prefLabel "Ufficio"@it ; org:unitOf a:osservatorio ; locn:address _:address .
_:address a locn:Address ; locn:fullAddress "Via Roma 1"@it .
"""


def test_blank_nodes_get_iris_below_their_process_that_do_not_depend_on_labels_or_order(
    process_file: ProcessFile,
) -> None:
    (only,) = process_file(GOOD + BLANK)
    (other,) = process_file(PREFIXES + RECORD + BLANK.replace("_:unit", "_:b7").replace("_:address", "_:b1") + PROCESS)
    assert only.published, result_texts([only])
    assert triples(only) == triples(other)
    made = {each.subject.value for each in triples(only) if "genid" in str(each.subject)}  # type: ignore[union-attr]
    assert len(made) == 3
    assert all(each.startswith(P1.value + "#genid-") for each in made)


def test_literals_of_a_record_are_published_in_their_canonical_form(process_file: ProcessFile) -> None:
    count = f'<{P1.value}> passo:participantCount "040"^^xsd:nonNegativeInteger , "40"^^xsd:integer .'
    (only,) = process_file(GOOD + BLANK + count)
    assert only.published, result_texts([only])
    literals = {
        str(each.object).replace(XSD.iri, "xsd:") for each in triples(only) if isinstance(each.object, ox.Literal)
    }
    assert {each for each in literals if "xsd:integer" in each or "xsd:decimal" in each} == {
        '"40"^^<xsd:integer>',
        '"10"^^<xsd:decimal>',
    }


def test_blank_nodes_in_a_circle_are_rejected(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD + f"<{P1.value}> a:x _:a . _:a a:x _:b . _:b a:x _:a .")
    assert only.quarantined
    assert "in a circle" in result_texts([only])[0]


def test_a_long_chain_of_blank_nodes_is_rejected(process_file: ProcessFile) -> None:
    chain = "".join(f"_:a{number} a:x _:a{number + 1} .\n" for number in range(5_000))
    (only,) = process_file(GOOD + f"<{P1.value}> a:x _:a0 .\n{chain}")
    assert only.quarantined


def test_a_process_without_an_iri_is_rejected(process_file: ProcessFile) -> None:
    (only,) = process_file(PREFIXES + '[] a passo:ParticipatoryProcess ; dct:title "X"@it .')
    assert only.quarantined
    assert only.results[0].code == "unnamed-process"


def test_a_record_without_an_iri_is_published(process_file: ProcessFile) -> None:
    bare = RECORD.replace("<https://altrove.example/doc/process/p1>", "_:record")
    without = PROCESS.replace(" ;\n    foaf:isPrimaryTopicOf <https://altrove.example/doc/process/p1>", "")
    (only,) = process_file(PREFIXES + without + bare)
    assert only.published, result_texts([only])


# ---------------------------------------------------------------------------------------------------------- what is left out


def test_a_process_below_our_own_base_iri_is_quarantined(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD.replace(THEIRS, OURS))
    assert only.quarantined
    assert "own-iri" in {each.code for each in only.results}


def test_statements_about_resources_of_this_catalogue_are_left_out(process_file: ProcessFile) -> None:
    body = f"<{OURS}id/organisation/nostra>"
    (only,) = process_file(
        GOOD + f'<{P1.value}> passo:proposer {body} . {body} a org:Organization ; skos:prefLabel "Falso"@it .'
    )
    assert "Falso" not in {getattr(each.object, "value", "") for each in triples(only)}
    (result,) = (each for each in only.results if each.code == "not-theirs")
    assert result.value == f"{OURS}id/organisation/nostra (2)"


def test_a_record_under_another_licence_than_its_source_is_quarantined(process_file: ProcessFile) -> None:
    (only,) = process_file(GOOD.replace(LICENCE, "https://creativecommons.org/licenses/by-nc-sa/3.0/"))
    assert only.quarantined
    assert "licence" in {each.code for each in only.results}


def test_people_and_contact_details_are_left_out(process_file: ProcessFile) -> None:
    more = f"""
    <{P1.value}> schema:contactPoint [ a schema:ContactPoint ; schema:email "a@example.org" ] ; a:by a:mario ;
        foaf:mbox <mailto:mario@example.org> ; a:see <tel:+390511234567> .
    a:mario a foaf:Person ; foaf:name "Mario Inventato" .
    a:osservatorio schema:telephone "051 1234567" .
    """
    (only,) = process_file(GOOD + more)
    text = " ".join(map(str, triples(only)))
    assert not any(each in text for each in ("Mario", "mario", "@example.org", "1234567"))
    assert "withheld" in {each.code for each in only.results}
    assert not any("Inventato" in each or "@example.org" in each for each in result_texts([only]))


def test_personal_data_in_prose_is_masked(process_file: ProcessFile) -> None:
    prose = 'passo:objectives "Scrivere a mario.inventato@example.org"@it'
    (only,) = process_file(GOOD + f"<{P1.value}> {prose} .")
    assert objects(only, PASSO.objectives) == {"Scrivere a […]"}
    assert "redacted" in {each.code for each in only.results}


def test_a_violation_of_the_shapes_quarantines_a_process_with_its_line(process_file: ProcessFile) -> None:
    data = as_n_quads(GOOD.replace('"2020-05-10"', '"2019-05-10"'))
    line = 1 + next(at for at, each in enumerate(data.split(b"\n")) if b"endDate" in each)
    (only,) = process_file(data, "d.nq")
    assert only.quarantined
    assert any(each.line == line or each.line == line - 1 for each in only.results), result_texts([only])


def test_each_property_of_a_record_says_on_which_lines_it_stands_if_the_syntax_has_lines(
    process_file: ProcessFile,
) -> None:
    data = as_n_quads(GOOD)
    lines = data.decode().split("\n")
    (only,) = process_file(data, "d.nq")
    assert only.mapped is not None
    assert {each.label for each in only.mapped.provenance} >= {"dct:title", "schema:startDate", "skos:prefLabel"}
    for field in only.mapped.provenance:
        assert field.place.path == "files/d.nq"
        for number in (field.place.first, field.place.last):
            assert f"<{curie(field.label).value}>" in lines[(number or 0) - 1]
        assert {shorten(predicate) for _, predicate in field.statements} == {field.label}
    (without,) = process_file(GOOD, "d.ttl")
    assert without.mapped is not None
    assert {each.place for each in without.mapped.provenance} == {("files/d.ttl", None, None)}


BROKEN = [
    ("", "d.ttl", "empty", None),
    ("x", "d.txt", "format", None),
    ("<rdf:RDF/>", "d.rdf", "format", None),
    ("x", "dump", "format", None),
    (PREFIXES, "d.ttl", "no-process", None),
    (GOOD + "\n<x> a passo:ProcessPhase .", "d.ttl", "syntax", GOOD.count("\n") + 2),
    (GOOD + '\na:b dct:title "x" ', "d.ttl", "syntax", GOOD.count("\n") + 2),
    (GOOD + "\n<< a:b a:c a:d >> a:e a:f .", "d.ttl", "statement-term", GOOD.count("\n") + 2),
    (PREFIXES + "a:b a:c " + "[ a:c " * 20_000 + "1" + "]" * 20_000 + " .", "d.ttl", "too-deep", PREFIXES.count("\n") + 1),
    (PREFIXES + "a:b a:c " + "( " * 20_000 + ")" * 20_000 + " .", "d.trig", "too-deep", PREFIXES.count("\n") + 1),
    ('{"http://a/b":' * 20_000 + "1" + "}" * 20_000, "d.jsonld", "too-deep", None),
    ('{"@context": "https://example.org/context.jsonld", "@id": "http://a/b"}', "d.jsonld", "remote-context", None),
    ('{"@context": {"@import": "https://example.org/c"}, "@id": "http://a/b"}', "d.jsonld", "remote-context", None),
    ('{"@id": "http://a/b",\n "http://a/c": }', "d.jsonld", "syntax", 2),
    ("<<( " * 50_000, "d.nt", "statement-term", 1),
    (b'<http://a/b> <http://a/c> "\xff" .', "d.nt", "syntax", 1),
    (b"\x1f\x8bnonsense", "d.nq.gz", "unreadable", None),
    (gzip.compress(b"x" * 20_000_000, mtime=0), "d.nq.gz", "too-large", None),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "code", "line"), BROKEN, ids=lambda value: repr(value)[:30])
def test_a_file_that_cannot_be_read_becomes_a_violation_and_no_exception(
    process_file: ProcessFile, data: str | bytes, name: str, code: str, line: int | None
) -> None:
    (only,) = process_file(data, name)
    assert only.quarantined
    assert (only.results[0].code, only.results[0].line) == (code, line), result_texts([only])
    assert only.results[0].expected


def test_brackets_inside_texts_and_iris_are_not_counted(process_file: ProcessFile) -> None:
    prose = '"' + "<< [ ( { " * 200 + '"@it'
    long = '"""a "quoted" [ ""word [[' + "[" * 200 + '"""@it'
    (only,) = process_file(GOOD + f"# << [[[\n<{P1.value}> passo:objectives {prose} ; passo:expectedResults {long} .")
    assert only.published, result_texts([only])


def test_a_broken_line_costs_its_process_and_no_other(process_file: ProcessFile) -> None:
    both = GOOD + PROCESS.replace("p1", "p2") + RECORD.replace("process/p1", "process/p2")
    lines = as_n_quads(both).split(b"\n")
    at = next(
        at
        for at, line in enumerate(lines)
        if line.startswith(b"<" + P1.value.encode() + b"> <http://purl.org/dc/terms/title>")
    )
    lines[at] = lines[at].replace(b'"Piano', b"Piano")
    outcomes = process_file(b"\n".join(lines), "d.nq")
    assert [(each.reading.id, each.published) for each in outcomes] == [("alt-p1", False), ("alt-p2", True)]
    assert any(each.code == "syntax" and each.line == at + 1 for each in outcomes[0].results)


def test_a_broken_line_of_no_process_is_reported_beside_the_processes(process_file: ProcessFile) -> None:
    outcomes = process_file(b"rubbish\n" + as_n_quads(GOOD) + b"rubbish\n" * 200, "d.nq")
    assert [(each.reading.id, each.published) for each in outcomes] == [("alt-p1", True), ("", False)]
    assert len(outcomes[1].results) == MAX_SYNTAX_ERRORS + 1
    assert accounting(outcomes).records_in == 2


def test_a_relative_iri_in_json_ld_is_reported_and_not_dropped(process_file: ProcessFile) -> None:
    document = [
        {"@id": P1.value, "@type": [PASSO.ParticipatoryProcess.value], PASSO.proposer.value: [{"@id": "comune"}]}
    ]
    (only,) = process_file(json.dumps(document), "d.jsonld")
    assert any(each.code == "relative-iri" and each.value == "comune" for each in only.results)
    (only,) = process_file(json.dumps([{"@id": "p1", "@type": [PASSO.ParticipatoryProcess.value]}]), "d.jsonld")
    assert only.quarantined
    assert any(each.code == "id" and each.value == "p1" for each in only.results)


def test_one_id_in_two_catalogues_is_reported(process_file: ProcessFile) -> None:
    outcomes = process_file(GOOD + GOOD.replace(THEIRS, "https://terzi.example/"))
    assert [each.published for each in outcomes] == [False, False]
    assert all("id-twice" in {each.code for each in outcome.results} for outcome in outcomes)


# --------------------------------------------------------------------------------------------------------- source.yaml


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            SETTINGS.replace("prefix: alt\n", ""),
            "prefix missing; a source states title, prefix, licence, reader, files",
        ),
        (SETTINGS + "layout: {columns: [x]}\n", "unknown key 'columns' in layout; known: graphs"),
        (SETTINGS + "layout: {graphs: [x]}\n", "the graph 'x' should be an IRI"),
        (SETTINGS + "layout: {graphs: x}\n", "graphs should hold a list of texts"),
    ],
)
def test_a_mistake_in_source_yaml_is_reported(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "altrove").mkdir()
    (tmp_path / "altrove" / "source.yaml").write_text(settings, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        Source.open(tmp_path / "altrove")


# ------------------------------------------------------------------------------------------------------- from one catalogue to another


def test_a_second_catalogue_publishes_the_dump_of_a_first_completely(
    tmp_path: Path, small_context: PipelineContext
) -> None:
    """Publish, take the dump as a source of a second catalogue, publish that: the same processes, joined by their regions."""
    first, second = tmp_path / "primo", tmp_path / "secondo"
    shutil.copytree(ROOT / "data" / "sources" / "emilia-romagna", first / "sources" / "emilia-romagna")
    (first / "passo.yaml").write_text((ROOT / "passo.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    catalog = Catalog.open(first)
    here = publish(catalog, tmp_path / "releases" / "primo", context=replace(small_context, catalog=catalog))
    (second / "sources" / "altrove" / "files").mkdir(parents=True)
    settings = SETTINGS.replace(LICENCE, "https://creativecommons.org/licenses/by/2.0/it/")
    (second / "sources" / "altrove" / "source.yaml").write_text(settings, encoding="utf-8")
    text = (ROOT / "passo.yaml").read_text(encoding="utf-8").replace("https://w3id.org/passo/ ", OURS + " ")
    assert OURS in text
    (second / "passo.yaml").write_text(text, encoding="utf-8")
    dump = here.folder / "dump" / "passo.nq.gz"
    shutil.copy(dump, second / "sources" / "altrove" / "files" / "passo.nq.gz")
    catalog = Catalog.open(second)
    moved = replace(_with_base(small_context, OURS), catalog=catalog)
    there = publish(catalog, tmp_path / "releases" / "secondo", context=moved)

    assert there.accounting.records_in == there.accounting.published == here.accounting.published
    ours = _statements(dump, NamedNode("https://w3id.org/passo/dataset/emilia-romagna"))
    # A law that no process cites is part of no process.
    cited = {each.object for each in ours}
    ours = {each for each in ours if "/legal-resource/" not in str(each.subject) or each.subject in cited}
    theirs = _statements(there.folder / "dump" / "passo.nq.gz", NamedNode(OURS + "dataset/altrove"))
    places = "https://w3id.org/passo/id/place/"
    assert {_moved(each, places, OURS + "id/place/") for each in ours} == theirs
    assert (second / REGISTRY_FILE).is_file() or there.identity is not None


def _statements(dump: Path, graph: NamedNode) -> set[Triple]:
    quads = ox.parse(gzip.decompress(dump.read_bytes()), format=RdfFormat.N_QUADS)
    return {Triple(each.subject, each.predicate, each.object) for each in quads if each.graph_name == graph}


def _moved(triple: Triple, start: str, to: str) -> Triple:
    value = triple.object
    if isinstance(value, NamedNode) and value.value.startswith(start):
        value = NamedNode(to + value.value.removeprefix(start))
    return Triple(triple.subject, triple.predicate, value)
