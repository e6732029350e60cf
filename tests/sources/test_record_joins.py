"""Several rows of one process become one record, and the rows of a second file extend records by a key; nothing is lost in silence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from passo_lod.cache import ContentCache
from passo_lod.errors import SourceError
from passo_lod.namespaces import VOCABULARY, curie
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.incremental import IncrementalProcessor
from passo_lod.pipeline.processing import process
from passo_lod.records import Field, Reading
from passo_lod.report import Severity
from passo_lod.sources.source import Source

SETTINGS = """\
title: {it: Prova, en: Test}
description: {it: Una prova}
prefix: pr
observatory: id/organisation/pr-osservatorio
language: it
licence: https://creativecommons.org/licenses/by/4.0/
site: https://example.org/
region: "08"
reader: table
files: processes*.csv
id-from: Codice
id: '(?P<id>[A-Z]\\d+)'
layout: {columns: [Codice, Titolo, Fase, Data]}
"""
REPEATED = "repeated: [Fase, Data]\n"
JOIN = """\
join:
  - reader: table
    files: costs.csv
    child: Codice
    parent: Processo
    repeated: [Importo]
    layout: {columns: [Processo, Importo, Titolo]}
"""
PROCESSES = "Codice,Titolo,Fase,Data\nA1,Uno,,\nA2,Due,,\nA3,Tre,,\n"
COSTS = "Processo,Importo,Titolo\nA1,100,voci\nA1,200,voci\nA2,300,voci\n"

Read = Callable[..., list[Reading]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "prova"
    path.mkdir()
    return path


@pytest.fixture
def read(folder: Path) -> Read:
    """The readings of a source with further settings, and these files."""

    def read(settings: str, **files: str) -> list[Reading]:
        (folder / "source.yaml").write_text(SETTINGS + settings, encoding="utf-8")
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return list(Source.open(folder).readings())

    return read


def fields(reading: Reading) -> dict[str, Field]:
    assert reading.record is not None
    return dict(reading.record.fields)


def texts(reading: Reading) -> dict[str, list[str]]:
    """The texts of the fields with a value."""
    return {label: field.texts for label, field in fields(reading).items() if field.values}


def told(readings: list[Reading], code: str) -> list[tuple[str, int | None, str | None, str]]:
    """Severity, line, field and message of the results with a code."""
    return [
        (each.severity.name, each.line, each.field, each.texts["en"].message)
        for reading in readings
        for each in reading.results
        if each.code == code
    ]


# --- Several rows of one process ----------------------------------------------------------------------------------------------

ROWS = """\
Codice,Titolo,Fase,Data
A1,Uno,avvio,2020-01-01
A2,Due,unica,2021-01-01
A1,Uno,voto,2020-05-01
"""


def test_rows_with_one_id_are_one_record_with_all_values_of_the_repeated_columns(read: Read) -> None:
    first, second = read(REPEATED, processes=ROWS)
    assert texts(first) == {
        "Codice": ["A1"],
        "Titolo": ["Uno"],
        "Fase": ["avvio", "voto"],
        "Data": ["2020-01-01", "2020-05-01"],
    }
    assert fields(first)["Fase"].rows == (1, 2)
    assert [line.number for line in fields(first)["Fase"].values] == [2, 4]
    assert texts(second)["Fase"] == ["unica"]
    assert not first.results
    assert not second.results


def test_column_that_is_not_repeated_and_differs_is_reported_with_both_values(read: Read) -> None:
    (first, _) = read(REPEATED, processes=ROWS.replace("A1,Uno,voto", "A1,Altro,voto"))
    assert texts(first)["Titolo"] == ["Uno"]
    assert told([first], "contradiction") == [
        ("WARNING", 4, "Titolo", "The value was not published: another row of the same process has “Uno” (line 2).")
    ]
    assert [each.value for each in first.results] == ["Altro"]


def test_empty_cell_contradicts_nothing(read: Read) -> None:
    (first, _) = read(REPEATED, processes=ROWS.replace("A1,Uno,avvio", "A1,,avvio"))
    assert texts(first)["Titolo"] == ["Uno"]
    assert not first.results


def test_same_row_twice_is_told(read: Read) -> None:
    (first, _) = read(REPEATED, processes=ROWS + "A1,Uno,voto,2020-05-01\n")
    assert told([first], "double-row") == [("INFO", 5, None, "The row is the same as that on line 4.")]


def test_without_repeated_a_row_is_a_record(read: Read) -> None:
    assert len(read("", processes=ROWS)) == 3


def test_row_that_cannot_be_read_stays_a_rejected_reading(read: Read) -> None:
    readings = read(REPEATED, processes=ROWS + "A1,Uno,troppe,celle,qui\n")
    assert [reading.record is None for reading in readings] == [False, False, True]


MAPPING = """\
missing-values: record
mappings:
  process:
    s: id/process/pr-$(id)
    po:
      - {p: rdf:type, o: passo:ParticipatoryProcess}
      - {p: foaf:isPrimaryTopicOf, mapping: record}
      - {p: dct:title, from: Titolo, convert: text}
      - {p: passo:hasPhase, mapping: phase}
  record:
    s: doc/process/pr-$(id)
    when: [Titolo]
    po: [{p: foaf:primaryTopic, mapping: process}, {p: dct:identifier, from: Codice, convert: string}]
  phase:
    each: {from: Fase}
    s: id/process/pr-$(id)/phase/$(n)
    po:
      - {p: rdf:type, o: passo:ProcessPhase}
      - {p: dct:title, value: $(item), convert: text}
      - {p: schema:startDate, from: Data, convert: date}
      - {p: dct:alternative, value: "$(item), $(Data)", convert: text}
"""


def test_map_of_the_rows_has_the_other_columns_of_its_row(
    folder: Path, read: Read, pipeline_context: PipelineContext
) -> None:
    read(REPEATED, processes=ROWS + "A1,Uno,dopo,\nA1,Uno,,2022-02-02\n")
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    outcome, _ = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
    assert outcome.mapped is not None
    phase = VOCABULARY + "id/process/pr-a1/phase/"
    found = {
        (quad.subject.value.removeprefix(phase), quad.predicate, quad.object.value)  # type: ignore[union-attr]
        for quad in outcome.mapped.quads
        if str(quad.subject).startswith(f"<{phase}")
    }
    start, both = curie("schema:startDate"), curie("dct:alternative")
    assert {each for each in found if each[1] in (start, both)} == {
        ("1", start, "2020-01-01"),
        ("1", both, "avvio, 2020-01-01"),
        ("2", start, "2020-05-01"),
        ("2", both, "voto, 2020-05-01"),
    }
    lost = [(each.field, each.line, each.value) for each in outcome.results if each.code == "unused"]
    assert lost == [("Data", 6, "2022-02-02")]


def test_conditions_templates_and_sums_of_a_map_of_the_rows_are_those_of_its_row(
    folder: Path, read: Read, pipeline_context: PipelineContext
) -> None:
    settings = REPEATED.replace("Data]", "Data, Tipo, Nota, A, B]")
    rows = ["A1,Uno,avvio,2020-01-01,si,x,1,2", "A1,Uno,voto,2020-05-01,no,,4,", "A1,Uno,fine,2020-06-01,si,,,"]
    read("", processes="")
    text = (SETTINGS + settings).replace("Fase, Data]}", "Fase, Data, Tipo, Nota, A, B]}")
    (folder / "source.yaml").write_text(text, encoding="utf-8")
    (folder / "processes.csv").write_text(
        "Codice,Titolo,Fase,Data,Tipo,Nota,A,B\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    lines = """\
      - {p: schema:startDate, from: Data, convert: date, when: [Tipo: [si]]}
      - {p: dct:alternative, value: "$(item), $(Nota), $(A)", convert: text}
      - {p: passo:participantCount, sum: [A, B], convert: integer}
"""
    mapping = MAPPING[: MAPPING.index("      - {p: schema:startDate")] + lines
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    (outcome,) = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
    assert outcome.mapped is not None
    found = {
        (str(quad.subject)[-2], quad.object.value)  # type: ignore[union-attr]
        for quad in outcome.mapped.quads
        if "/phase/" in str(quad.subject) and quad.object.value[0].isdigit()  # type: ignore[union-attr]
    }
    assert found == {("1", "2020-01-01"), ("3", "2020-06-01"), ("1", "3")}
    lost = {(each.field, each.line, each.value) for each in outcome.results if each.code == "unused"}
    assert lost == {("Data", 3, "2020-05-01"), ("A", 3, "4")}


def test_condition_of_a_map_of_the_rows_is_decided_for_each_row(
    folder: Path, read: Read, pipeline_context: PipelineContext
) -> None:
    read(REPEATED, processes=ROWS.replace("A2,Due,unica", "A1,Uno,fine"))
    mapping = MAPPING.replace(
        "    s: id/process/pr-$(id)/phase/$(n)\n",
        "    when: [Fase: [voto, fine]]\n    s: id/process/pr-$(id)/phase/$(n)\n",
    )
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    (outcome,) = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
    assert outcome.mapped is not None
    phases = {str(quad.subject)[-2] for quad in outcome.mapped.quads if "/phase/" in str(quad.subject)}
    assert phases == {"2", "3"}
    lost = {(each.field, each.line, each.value) for each in outcome.results if each.code == "unused"}
    assert lost == {("Fase", 2, "avvio"), ("Data", 2, "2020-01-01")}


# --- Joins --------------------------------------------------------------------------------------------------------------------


def test_rows_of_a_joined_file_extend_the_records(read: Read) -> None:
    one, two, three = read(JOIN, processes=PROCESSES, costs=COSTS)
    assert texts(one)["Importo"] == ["100", "200"]
    assert texts(one)["Titolo"] == ["Uno"]
    assert texts(one)["Titolo (2)"] == ["voci"]
    assert texts(two)["Importo"] == ["300"]
    assert "Importo" not in fields(three)
    assert "Processo" not in fields(one)


def test_labels_of_a_source_with_joins_are_those_of_both_files(folder: Path, read: Read) -> None:
    read(JOIN, processes=PROCESSES, costs=COSTS)
    assert Source.open(folder).labels == {"Codice", "Titolo", "Fase", "Data", "Importo", "Titolo (2)"}


def test_record_without_a_row_and_rows_without_a_record_are_told(read: Read) -> None:
    readings = read(JOIN, processes=PROCESSES, costs=COSTS + "B9,1,x\nB9,2,x\nB8,3,x\n")
    assert told(readings[2:], "no-partner") == [
        (
            "INFO",
            4,
            "Codice",
            "No row of costs.csv has this key in its column “Processo”; the record has no fields from there.",
        )
    ]
    assert told(readings[:1], "no-partner") == [
        ("WARNING", 5, "Processo", "3 rows were not published: no record has their keys in “Codice”: B9; B8.")
    ]
    assert [each.path for each in readings[0].results] == ["costs.csv"]


def test_column_of_a_joined_file_is_the_key_of_another(read: Read) -> None:
    more = """\
  - reader: table
    files: bodies.csv
    child: Ente
    parent: Nome
    layout: {columns: [Nome, Sede]}
"""
    settings = (
        JOIN.replace("[Processo, Importo, Titolo]", "[Processo, Ente]").replace("    repeated: [Importo]\n", "") + more
    )
    costs, bodies = (
        "Processo,Ente\nA1,Unione\nA2,Unione\nA3,Comune\n",
        "Nome,Sede\nUnione,Imola\nComune,Dozza\nAltro,Parma\n",
    )
    readings = read(settings, processes=PROCESSES, costs=costs, bodies=bodies)
    assert [texts(reading)["Sede"] for reading in readings] == [["Imola"], ["Imola"], ["Dozza"]]
    assert [message for *_, message in told(readings, "no-partner")] == [
        "1 row was not published: no record has its key in “Ente”: Altro."
    ]


def test_keys_of_all_files_count(read: Read) -> None:
    readings = read(JOIN, processes=PROCESSES, processes2=PROCESSES.replace("A", "C"), costs=COSTS + "C1,7,x\n")
    assert [each.severity for reading in readings for each in reading.results] == [Severity.INFO] * 3
    assert texts(readings[3])["Importo"] == ["7"]


def test_contradiction_among_joined_rows_is_told_with_the_file(read: Read) -> None:
    one, *_ = read(JOIN, processes=PROCESSES, costs=COSTS.replace("200,voci", "200,altro"))
    assert told([one], "contradiction") == [
        ("WARNING", 3, "Titolo", "The value was not published: another row of the same process has “voci” (line 2).")
    ]
    assert {each.path for each in one.results} == {"costs.csv"}


def test_joined_row_that_cannot_be_read_is_a_warning_and_quarantines_nothing(read: Read) -> None:
    readings = read(JOIN, processes=PROCESSES, costs=COSTS + "A3,400,voci,troppo\n")
    assert told(readings, "too-many-cells")[0][:2] == ("WARNING", 5)
    assert all(reading.record for reading in readings)
    assert not any(each.severity is Severity.VIOLATION for reading in readings for each in reading.results)


def test_joined_file_that_is_missing_or_has_no_row_is_an_error(read: Read, folder: Path) -> None:
    with pytest.raises(SourceError, match=r"source\.yaml:16: join: no file fits 'costs\.csv'"):
        read(JOIN, processes=PROCESSES)
    with pytest.raises(SourceError, match=r"source\.yaml:16: join: 'costs\.csv' cannot be read: "):
        read(JOIN, processes=PROCESSES, costs="niente\n")


def test_joined_file_is_no_record_file(folder: Path, read: Read) -> None:
    settings = SETTINGS.replace("processes*.csv", "'*.csv'")
    (folder / "source.yaml").write_text(settings + JOIN, encoding="utf-8")
    for name, text in (("processes", PROCESSES), ("costs", COSTS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    assert [path.name for path in Source.open(folder).paths()] == ["processes.csv"]


def test_joined_file_outside_of_the_folder_is_an_error(folder: Path, read: Read, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(COSTS, encoding="utf-8")
    (folder / "costs.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(SourceError, match=r"source\.yaml:16: .*outside of the source's folder"):
        read(JOIN, processes=PROCESSES)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("child: Codice", "child: Codici", r":17: child: 'Codici' is no column; known: Codice, Data, Fase, Titolo"),
        ("parent: Processo", "parent: Id", r":18: parent: 'Id' is no column; known: Importo, Processo, Titolo"),
        ("    child: Codice\n", "", r":15: child missing; a join states reader, files, layout, child, parent"),
        ("reader: table\n    files", "reader: labelled-text\n    files", r":15: reader 'labelled-text' cannot be joined; known: table, json, jsonl"),
        ("repeated: [Importo]", "repeated: [Importi]", r":19: repeated: 'Importi' should be one of: Importo, Titolo"),
        ("repeated: [Importo]", "once: [Importo]", r":19: unknown key 'once' in join; known: reader, files, layout, child, parent, repeated"),
        ("join:\n  - reader", "join:\n    reader", r":15: join should hold a list"),
        (JOIN, "repeated: [Codice]\n", r":14: repeated: 'Codice' should be one of: Data, Fase, Titolo"),
        (JOIN, "repeated: Fase\n", r":14: repeated should hold a list"),
    ],
)  # fmt: skip
def test_mistake_names_its_line(read: Read, right: str, wrong: str, message: str) -> None:
    assert right in JOIN
    with pytest.raises(SourceError, match=r"source\.yaml" + message):
        read(JOIN.replace(right, wrong, 1), processes=PROCESSES, costs=COSTS)


def test_changed_joined_file_or_lookup_table_is_read_again(
    folder: Path, read: Read, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    read(JOIN, processes=PROCESSES, costs=COSTS)
    lines = "      - {p: dct:subject, from: Importo, lookup: codes.csv, convert: string}\n"
    text = MAPPING.replace("      - {p: passo:hasPhase", lines + "      - {p: passo:hasPhase")
    (folder / "mapping.yaml").write_text(text + "ignore: {Titolo (2): not in this test}\n", encoding="utf-8")
    (folder / "codes.csv").write_text("Importo,Nome\n100,cento\n200,due\n300,tre\n", encoding="utf-8")
    with ContentCache.open(tmp_path / "cache.sqlite") as cache:

        def report() -> bytes:
            processor = IncrementalProcessor(pipeline_context, cache)
            records = processor.process_source(SourcePipeline.open(folder, pipeline_context))
            return b"".join(b"".join(record.report) for record in records)

        assert b"unknown-key" not in report()
        (folder / "codes.csv").write_text("Importo,Nome\n100,cento\n200,due\n", encoding="utf-8")
        assert b"unknown-key" in report()
        (folder / "costs.csv").write_text(COSTS.replace("300", "200"), encoding="utf-8")
        assert b"unknown-key" not in report()
        (folder / "costs.csv").write_text(COSTS.replace("300", "999"), encoding="utf-8")
        assert b"999" in report()
