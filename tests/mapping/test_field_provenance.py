"""Each field of a record says where it stands, in its own file, and what became of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from passo_lod.namespaces import VOCABULARY, shorten
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.records import FieldProvenance
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
repeated: [Fase]
layout: {columns: [Codice, Titolo, Stato, Fase, Costo, Valuta, Mese, Ufficio, Cestino]}
join:
  - reader: table
    files: votes.csv
    child: Codice
    parent: Processo
    repeated: [Voti]
    layout: {columns: [Processo, Voti, Sede]}
"""
MAPPING = """\
missing-values: record
mappings:
  process:
    s: id/process/pr-$(id)
    po:
      - {p: rdf:type, o: passo:ParticipatoryProcess}
      - {p: foaf:isPrimaryTopicOf, mapping: record}
      - {p: dct:title, value: "$(Titolo), $(Mese)", convert: text}
      - {p: passo:progressStatus, from: Stato, concept: progress-status}
      - {p: passo:hasPhase, mapping: phase}
      - {p: passo:cost, mapping: cost}
      - {p: passo:specificTheme, from: Ufficio, convert: text, when: [Stato: [concluso]]}
      - {p: passo:territoryDescription, from: Sede, convert: text}
      - {p: passo:participantCount, sum: [Voti, Voti], convert: integer}
  record:
    s: doc/process/pr-$(id)
    when: [Codice]
    po: [{p: rdf:type, o: passo:ObservatoryRecord}, {p: foaf:primaryTopic, mapping: process}]
  phase:
    each: {from: Fase}
    s: id/process/pr-$(id)/phase/$(n)
    po: [{p: rdf:type, o: passo:ProcessPhase}, {p: skos:prefLabel, value: $(item), convert: text}]
  cost:
    s: id/process/pr-$(id)/cost
    po: [{p: schema:value, from: Costo, convert: money, decimal-mark: comma, currency-from: Valuta}]
ignore:
  Cestino: not in this test
"""
HEADER = "Codice,Titolo,Stato,Fase,Costo,Valuta,Mese,Ufficio,Cestino\n"
ROWS = "A1,Uno,concluso,avvio,100,EUR,marzo,Verde,x\nA1,Uno,concluso,voto,100,EUR,marzo,Verde,x\n"
VOTES = "Processo,Voti,Sede\nB1,1,qui\nA1,,Palazzo\nA1,7,Palazzo\n"

Trace = Callable[..., dict[str, FieldProvenance]]


@pytest.fixture
def trace(tmp_path: Path, pipeline_context: PipelineContext) -> Trace:
    """The provenance by label of the first record of a source with these rows."""

    def trace(rows: str = ROWS, mapping: str = MAPPING) -> dict[str, FieldProvenance]:
        folder = tmp_path / "prova"
        folder.mkdir()
        (folder / "source.yaml").write_text(SETTINGS, encoding="utf-8")
        (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
        (folder / "processes.csv").write_text(HEADER + rows, encoding="utf-8")
        (folder / "votes.csv").write_text(VOTES, encoding="utf-8")
        first, *_ = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
        assert first.mapped is not None
        return {each.label: each for each in first.mapped.provenance}

    return trace


def given(field: FieldProvenance) -> list[str]:
    """The statements of a field in short; those that it lacks with a question mark."""
    below = f"{VOCABULARY}id/process/pr-a1"
    return [f"{subject.removeprefix(below) if subject else '?'} {shorten(name)}" for subject, name in field.statements]


def test_a_field_names_its_file_and_line_and_the_statements_and_the_converter_of_its_text(trace: Trace) -> None:
    field = trace()["Stato"]
    assert field.place == ("processes.csv", 2, 2)
    assert (field.outcome, given(field), field.conversions) == (
        "mapped",
        [" passo:progressStatus"],
        ("concept progress-status",),
    )


def test_a_repeated_column_stands_on_the_lines_of_all_rows_of_its_record(trace: Trace) -> None:
    field = trace()["Fase"]
    assert field.place == ("processes.csv", 2, 3)
    assert given(field) == [
        "/phase/1 skos:prefLabel",
        "/phase/2 skos:prefLabel",
        " passo:hasPhase",
    ]


def test_all_fields_of_a_template_gave_its_text(trace: Trace) -> None:
    fields = trace()
    assert given(fields["Titolo"]) == given(fields["Mese"]) == [" dct:title"]


def test_an_amount_and_the_currency_beside_it_come_from_two_fields(trace: Trace) -> None:
    fields = trace()
    assert given(fields["Costo"]) == ["/cost schema:value", "/cost schema:currency"]
    assert given(fields["Valuta"]) == ["/cost schema:currency"]


def test_a_field_of_a_joined_file_names_that_file_and_its_own_line(trace: Trace) -> None:
    fields = trace()
    assert fields["Sede"].place == ("votes.csv", 3, 3)
    assert given(fields["Sede"]) == [" passo:territoryDescription"]
    assert fields["Voti"].place == ("votes.csv", 4, 4)
    assert given(fields["Voti"]) == [" passo:participantCount"]


def test_a_field_without_a_value_says_why_and_what_it_would_have_given(trace: Trace) -> None:
    field = trace("A1,Uno,,avvio,100,EUR,marzo,Verde,x\n")["Stato"]
    assert (field.outcome, field.reason, given(field)) == ("absent", "not-stated", ["? passo:progressStatus"])


def test_a_text_that_gave_no_value_is_refused(trace: Trace) -> None:
    field = trace("A1,Uno,boh,avvio,100,EUR,marzo,Verde,x\n")["Stato"]
    assert (field.outcome, field.reason, given(field)) == ("refused", "not-understood", ["? passo:progressStatus"])


def test_a_field_that_only_decides_is_used_and_an_ignored_one_is_ignored(trace: Trace) -> None:
    mapping = MAPPING.replace("      - {p: passo:progressStatus, from: Stato, concept: progress-status}\n", "")
    fields = trace(ROWS, mapping)
    assert (fields["Stato"].outcome, given(fields["Stato"])) == ("used", [])
    assert given(fields["Ufficio"]) == [" passo:specificTheme"]
    assert (fields["Cestino"].outcome, given(fields["Cestino"])) == ("ignored", [])


def test_a_text_that_a_condition_leaves_out_is_refused(trace: Trace) -> None:
    field = trace(ROWS.replace("concluso", "in corso"))["Ufficio"]
    assert (field.outcome, field.reason, given(field)) == ("refused", "", [])


def test_a_list_of_which_one_item_is_not_understood_gave_values_and_lacks_one(trace: Trace) -> None:
    mapping = MAPPING.replace("from: Stato, concept", 'from: Stato, split: "/", concept')
    field = trace("A1,Uno,concluso/boh,avvio,100,EUR,marzo,Verde,x\n", mapping)["Stato"]
    assert (field.outcome, field.reason) == ("mapped", "not-understood")
    assert given(field) == [" passo:progressStatus", "? passo:progressStatus"]


def test_a_value_that_an_other_field_gives_is_not_lacking(trace: Trace) -> None:
    mapping = MAPPING.replace("from: Sede, convert: text", "from: [Sede, Ufficio], convert: text")
    assert given(trace(ROWS, mapping)["Ufficio"]) == [" passo:specificTheme"]


def test_no_provenance_has_a_text_of_a_field(trace: Trace) -> None:
    texts = {"Uno", "concluso", "avvio", "voto", "100", "marzo", "Verde", "Palazzo", "7"}
    cells = {
        str(part)
        for field in trace().values()
        for part in (*field.conversions, field.reason, *(name for pair in field.statements for name in pair))
    }
    assert cells.isdisjoint(texts)


# --- Rows and objects of several lines ----------------------------------------------------------------------------------------

TABLE = """\
Codice,Titolo,Note,Esito
A1,"Uno
e mezzo","due
righe",fatto
A2,Due,una,fatto
"""
OBJECTS = """\
[
  {"id": "A1", "title": "Uno"},
  {
    "id": "A2",
    "title":
      "Due",
    "body": {
      "name": "{\\"[",
      "tags": [
        "a", "b"
      ]
    },
    "empty": null
  }
]
"""


def places(tmp_path: Path, reader: str, name: str, text: str, columns: str) -> list[dict[str, tuple[int, int]]]:
    """The lines of the fields of each record, by label."""
    folder = tmp_path / "prova"
    folder.mkdir()
    settings = SETTINGS[: SETTINGS.index("reader:")].replace("Codice", "id")
    lines = f"reader: {reader}\nfiles: {name}\nid-from: {columns.split(':')[0].split(',')[0].strip('[{ ')}\n"
    settings += f"{lines}id: '(?P<id>[A-Z]\\d+)'\nlayout: {{columns: {columns}}}\n"
    (folder / "source.yaml").write_text(settings, encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8", newline="")
    records = [reading.record for reading in Source.open(folder).readings()]
    assert all(records)
    found = [{label: field.place(name) for label, field in each.fields.items()} for each in records if each]
    assert {place.path for each in found for place in each.values()} == {name}
    return [{label: (place.first or 0, place.last or 0) for label, place in each.items()} for each in found]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_cell_of_a_row_of_several_lines_names_its_own(tmp_path: Path, line_end: str) -> None:
    text = TABLE.replace("\n", line_end)
    assert places(tmp_path, "table", "processes.csv", text, "[Codice, Titolo, Note, Esito]") == [
        {"Codice": (2, 2), "Titolo": (2, 3), "Note": (3, 4), "Esito": (4, 4)},
        {"Codice": (5, 5), "Titolo": (5, 5), "Note": (5, 5), "Esito": (5, 5)},
    ]


def test_a_field_of_an_object_of_several_lines_names_the_line_of_its_key(tmp_path: Path) -> None:
    columns = "{id: id, Titolo: title, Nome: body.name, Temi: 'body.tags[]', Vuoto: empty}"
    one, two = places(tmp_path, "json", "processes.json", OBJECTS, columns)
    assert one == {"id": (2, 2), "Titolo": (2, 2)}
    assert two == {"id": (4, 4), "Titolo": (5, 5), "Nome": (8, 8), "Temi": (9, 9), "Vuoto": (13, 13)}


def test_messages_about_such_a_field_name_the_line_of_its_record(tmp_path: Path) -> None:
    columns = "{id: id, Titolo: title, Nome: body.name, Temi: 'body.tags[]', Vuoto: empty}"
    places(tmp_path, "json", "processes.json", OBJECTS, columns)
    *_, two = Source.open(tmp_path / "prova").readings()
    assert two.record is not None
    assert {field.value_line for field in two.record.fields.values()} == {two.record.line} == {3}
