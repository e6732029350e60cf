"""`passo-lod check` for people who do not program: the lines that it suggests are right, and its report says what is what."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from passo_lod.cli.check_report import check_document, group_lines, ignored_lines, line_suggestions, outcome_lines
from passo_lod.drafting.line_suggestions import CHOICE, LineEdit
from passo_lod.pipeline.check import CheckedFiles
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "check.schema.json").read_text(encoding="utf-8"))

SOURCE = """title: {{it: Prova}}
prefix: pr
observatory: id/organisation/pr-observatory
language: it
licence: https://creativecommons.org/licenses/by/4.0/
site: https://example.org/
region: "08"
reader: table
files: samples/*.csv
id-from: Id
id: '(?P<id>\\d+)'
layout:
  delimiter: semicolon
  columns: [{columns}]
"""

MAPPING = """missing-values: record
mappings:
  process:
    s: id/process/pr-$(id)
    po:
      - {{p: rdf:type, o: passo:ParticipatoryProcess}}
      - {{p: dct:identifier, o: pr-$(id)}}
      - {{p: passo:comparisonRegion, o: id/place/istat-08}}
      - {{p: foaf:isPrimaryTopicOf, mapping: record}}
      - {{p: dct:title, from: Titolo, convert: text}}
{process}
  record:
    s: doc/process/pr-$(id)
    when: [Titolo]
    po:
      - {{p: rdf:type, o: passo:ObservatoryRecord}}
      - {{p: foaf:primaryTopic, mapping: process}}
      - {{p: dct:identifier, from: Id, convert: string}}
      - {{p: dct:source, o: $(site)}}
      - {{p: dct:license, o: $(licence)}}
      - {{p: passo:observatory, o: $(observatory)}}
{maps}
ignore: {ignore}
"""

Check = Callable[..., CheckedFiles]


@pytest.fixture
def check(tmp_path: Path, pipeline_context: PipelineContext) -> Check:
    """Check the values of one or more columns, mapped with some lines; without lines, the files as they are now."""
    folder = tmp_path / "sources" / "prova"

    def checked(
        columns: dict[str, list[str]] | None = None, process_lines: str = "", maps: str = "", ignore: str = "{}"
    ) -> CheckedFiles:
        if columns is not None:
            (folder / "samples").mkdir(parents=True)
            names = ["Id", "Titolo", *columns]
            rows = [
                [str(number), "Il parco di tutti", *row]
                for number, row in enumerate(zip(*columns.values(), strict=True), 1)
            ]
            table = "".join(";".join(cells) + "\n" for cells in [names, *rows])
            (folder / "samples" / "tavola.csv").write_text(table, encoding="utf-8")
            (folder / "source.yaml").write_text(SOURCE.format(columns=", ".join(names)), encoding="utf-8")
            text = MAPPING.format(process=process_lines, maps=maps, ignore=ignore)
            (folder / "mapping.yaml").write_text(text, encoding="utf-8")
        pipeline = SourcePipeline.open(folder, pipeline_context)
        return CheckedFiles(pipeline, pipeline_context, tuple(process(pipeline, pipeline_context)))

    return checked


def edits_of(checked: CheckedFiles, field: str | None = None) -> list[LineEdit]:
    suggestions = line_suggestions(checked)
    assert suggestions is not None
    return [
        edit
        for group in checked.groups
        if field is None or group.field == field
        for edit in suggestions.suggest(group.results)
    ]


def paste(edits: list[LineEdit], choice: str = "") -> None:
    """Do what the report says, from the end of each file to its beginning, so that line numbers stay right."""
    for edit in sorted(dict.fromkeys(edits), key=lambda each: -each.line):
        lines = edit.path.read_text(encoding="utf-8").splitlines()
        first = edit.line if edit.last_line is None else edit.line - 1
        lines[first : edit.last_line or edit.line] = [edit.text.replace(CHOICE, choice)]
        edit.path.write_text("\n".join(lines) + "\n", encoding="utf-8")


REFUSED = {
    "days and months that one date of the column decides": (
        "{p: schema:startDate, from: X, convert: date}",
        ["03/05/2020", "25/12/2020"],
    ),
    "amounts that one amount of the column decides": (
        "{p: geo:lat, from: X, convert: decimal}",
        ["1,234", "2,345,678", "3,456,789.50"],
    ),
    "a period of years read as a year": ("{p: passo:closingYear, from: X, convert: year}", ["2019/2020", "2021"]),
    "an unknown label": (
        "{p: passo:usesTechnique, from: X, concept: technique}",
        ["Giurie di cittadini", "Passegiata di quartiere", "Open space tecnology"],
    ),
    "a label in a language without labels": (
        "{p: passo:progressStatus, from: X, concept: progress-status}",
        ["laufend", "abgeschlossen"],
    ),
    "a label beside known ones": (
        '{p: passo:progressStatus, from: X, concept: progress-status, values: {"sì": ongoing}}',
        ["sì", "terminé"],
    ),
    "two concepts in a cell": (
        "{p: passo:policyArea, from: X, concept: policy-area}",
        ["Ambiente | Mobilità", "Ambiente"],
    ),
    "concepts of another scheme": (
        "{p: passo:participationLevel, from: X, concept: arnstein-ladder}",
        ["Involve", "Empower"],
    ),
    "two municipalities in a cell": (
        "{p: passo:affectedTerritory, from: X, convert: place}",
        ["Bologna / Modena", "Modena"],
    ),
    "places of elsewhere": ("{p: passo:affectedTerritory, from: X, convert: place}", ["Wien", "Graz"]),
    "no value, in words": ("{p: passo:startYear, from: X, convert: year}", ["2019", "non disponibile", "2020"]),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_the_line_that_check_suggests_makes_the_results_of_its_field_disappear(check: Check, kind: str) -> None:
    line, values = REFUSED[kind]
    before = check({"X": values}, f"      - {line}")
    refused = {(group.code, group.field) for group in before.groups if group.field == "X"}
    assert refused
    edits = edits_of(before, "X")
    assert edits
    assert [edit for edit in edits if edit.choices] == []
    paste(edits)
    assert [group.results[0].text("en") for group in check().groups if (group.code, group.field) in refused] == []


def test_a_label_near_none_is_left_to_a_choice_among_the_notations_of_the_scheme(check: Check) -> None:
    before = check({"X": ["qwxyz"]}, "      - {p: passo:progressStatus, from: X, concept: progress-status}")
    (edit,) = edits_of(before, "X")
    assert edit.choices == ("planned", "ongoing", "completed")
    paste([edit], "completed")
    assert not any(group.code == "unknown-concept" for group in check().groups)


MONEY = """  cost:
    s: id/process/pr-$(id)/cost
    po:
      - {p: rdf:type, o: schema:MonetaryAmount}
      - {p: schema:value, from: X, convert: money, decimal-mark: comma}
"""
LINK = "      - {p: passo:cost, mapping: cost}"


def test_an_amount_without_a_currency_gets_the_column_that_has_it(check: Check) -> None:
    columns = {"X": ["1.000", "2.000"], "Valuta": ["EUR", "PLN"]}
    before = check(columns, LINK, MONEY, ignore="{Valuta: not mapped}")
    edits = edits_of(before, "X")
    assert edits[0].text.endswith("decimal-mark: comma, currency-from: Valuta}")
    paste(edits)
    assert check().accounting.published == 2


def test_an_amount_without_any_currency_gets_a_choice(check: Check) -> None:
    (edit,) = edits_of(check({"X": ["1.000"]}, LINK, MONEY), "X")
    assert "currency: CHOOSE" in edit.text
    paste([edit], "PLN")
    assert check().accounting.published == 1


AMBIGUOUS = {
    "dates": (
        "{p: schema:startDate, from: X, convert: date}",
        ["03/05/2020", "04/05/2020"],
        {"day-first", "month-first"},
    ),
    "numbers": ("{p: passo:cofinancingPercentage, from: X, convert: decimal}", ["1,234"], {"comma", "point"}),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_of_two_readings_that_no_value_of_the_column_decides_a_person_chooses(check: Check, kind: str) -> None:
    line, values, choices = AMBIGUOUS[kind]
    (edit,) = edits_of(check({"X": values}, f"      - {line}"), "X")
    assert set(edit.choices) == choices
    paste([edit], edit.choices[0])
    assert not any(group.field == "X" and group.code in line for group in check().groups)


def test_a_value_that_no_line_could_read_has_no_suggestion(check: Check) -> None:
    checked = check({"X": ["31/02/2020"]}, "      - {p: schema:startDate, from: X, convert: date}")
    assert [group.code for group in checked.groups if group.field == "X"][:1] == ["date"]
    assert edits_of(checked, "X") == []


def test_a_new_column_gets_its_place_in_both_files(check: Check, tmp_path: Path) -> None:
    check({"X": ["a"]}, "", ignore="{X: says nothing}")
    table = tmp_path / "sources" / "prova" / "samples" / "tavola.csv"
    table.write_text("Id;Titolo;X;Colore: due\n1;Il parco;a;rosso\n", encoding="utf-8")
    edits = edits_of(check())
    assert {edit.path.name for edit in edits} == {"source.yaml", "mapping.yaml"}
    paste(edits)
    assert "unknown-column" not in {group.code for group in check().groups}


def test_an_id_that_the_pattern_does_not_expect_gets_a_pattern(check: Check, tmp_path: Path) -> None:
    check({"X": ["a"]}, "", ignore="{X: says nothing}")
    table = tmp_path / "sources" / "prova" / "samples" / "tavola.csv"
    table.write_text("Id;Titolo;X\n1;Il parco;a\nPR 12/a;La piazza;b\n", encoding="utf-8")
    paste(edits_of(check()))
    assert check().accounting.published == 2


PART = """  cost:
    s: id/process/pr-$(id)/cost
    po:
      - {p: rdf:type, o: schema:MonetaryAmount}
      - {p: schema:value, from: Costo, convert: decimal}
      - {p: schema:currency, from: Valuta, convert: string}
"""


@pytest.mark.parametrize("when", ["", "    when: [Valuta, Costo]\n"])
def test_a_part_that_lacks_what_it_needs_gets_a_condition(check: Check, when: str) -> None:
    columns = {"Costo": ["1000", ""], "Valuta": ["EUR", "EUR"]}
    before = check(columns, LINK, PART.replace("    po:", f"{when}    po:"))
    assert before.accounting.quarantined == 1
    (edit,) = edits_of(before)
    assert edit.text == "    when: [Costo]"
    paste([edit])
    assert check().accounting.published == 2


# ------------------------------------------------------------------------------------------------------------ the report


@pytest.fixture
def mixed(check: Check) -> CheckedFiles:
    columns = {
        "Data": ["31/02/2020", "21/02/2020", "30/02/2020", "31/04/2020", "31/06/2020"],
        "Colore": ["rosso", "", "verde", "", ""],
        "Stato": ["", "Concluso", "Concluso", "Concluso", "laufend"],
    }
    lines = (
        "      - {p: schema:startDate, from: Data, convert: date}\n"
        "      - {p: passo:progressStatus, from: Stato, concept: progress-status}"
    )
    return check(columns, lines, ignore="{Colore: says nothing of the process}")


def test_results_are_grouped_with_the_number_of_records_three_examples_and_the_suggestion_once(
    mixed: CheckedFiles,
) -> None:
    lines = list(group_lines(mixed.groups, line_suggestions(mixed), "en", with_examples=True))
    first = lines[0]
    assert re.match(r"Violation in 4 records: 'Data': The value cannot be used: .* \[date\]", first)
    assert [line.strip() for line in lines[1:5]] == [
        "samples/tavola.csv:2 (pr-1) «31/02/2020»",
        "samples/tavola.csv:4 (pr-3) «30/02/2020»",
        "samples/tavola.csv:5 (pr-4) «31/04/2020»",
        "and 1 more record",
    ]
    assert sum("values: {laufend: ongoing}" in line for line in lines) == 1


def test_a_suggested_line_stands_alone_so_that_it_can_be_copied(mixed: CheckedFiles) -> None:
    lines = list(group_lines(mixed.groups, line_suggestions(mixed), "it", with_examples=True))
    at = next(at for at, line in enumerate(lines) if "laufend: ongoing" in line)
    assert (
        lines[at]
        == "      - {p: passo:progressStatus, from: Stato, concept: progress-status, values: {laufend: ongoing}}"
    )
    assert re.fullmatch(r"  Per correggere: in .*mapping\.yaml, al posto della riga 12, scrivere", lines[at - 1])


def test_what_is_ignored_is_told_apart_from_what_failed(mixed: CheckedFiles) -> None:
    lines = list(outcome_lines(mixed.outcomes[0], mixed.ignored_labels, "en"))
    shown = {
        lines[at].split()[1]: lines[at + 1].strip() for at in range(len(lines) - 1) if re.match(r" +\d+  \w", lines[at])
    }
    assert shown["Colore"] == "(not published, as mapping.yaml says: says nothing of the process)"
    assert shown["Data"] == "(not understood; see the result below)"
    assert list(ignored_lines(mixed, "en")) == [
        "Not published, as mapping.yaml says: 'Colore' (2 records): says nothing of the process"
    ]


def test_the_report_of_a_table_has_no_lines_of_pages_and_no_counts_of_zero(mixed: CheckedFiles) -> None:
    report = "\n".join(outcome_lines(mixed.outcomes[0], mixed.ignored_labels, "en"))
    assert "lines read" not in report
    assert not re.search(r"\b0 ", report)
    assert "fields: 5 = 4 with a value, 1 empty" in report


@pytest.mark.parametrize("language", ["en", "it"])
def test_no_word_of_the_program_stands_in_the_report(language: str, outcome_of) -> None:  # type: ignore[no-untyped-def]
    page = (ROOT / "tests" / "fixtures" / "emilia-romagna" / "good-l1.txt").read_text(encoding="utf-8")
    report = "\n".join(outcome_lines(outcome_of(page), {}, language))
    assert "label-only" not in report
    assert "sentinel" not in report


def test_a_refused_value_is_not_reported_as_missing_too(check: Check) -> None:
    checked = check({"Titolo 2": ["31/02/2020"]}, "      - {p: schema:startDate, from: Titolo 2, convert: date}")
    about = [result for result in checked.report.results if result.field == "Titolo 2"]
    assert [result.code for result in about] == ["date"]


def test_the_json_report_is_as_its_schema_says(mixed: CheckedFiles) -> None:
    document = json.loads(json.dumps(check_document(mixed)))
    jsonschema.validate(document, SCHEMA)
    assert document["records"] == {"in": 5, "published": 1, "quarantined": 4, "withdrawn": 0, "merged": 0}
    assert [each["outcome"] for each in document["outcomes"]] == ["quarantined", "published", *["quarantined"] * 3]
    kinds = {(each["code"], each["field"]): each for each in document["kinds"]}
    assert kinds["date", "Data"]["records"] == 4
    assert kinds["date", "Data"]["edits"] == []
    (edit,) = kinds["unknown-concept", "Stato"]["edits"]
    assert (edit["action"], edit["line"], edit["choices"]) == ("replace", 12, [])
    assert document["ignored"] == [{"field": "Colore", "records": 2, "reason": "says nothing of the process"}]


def test_a_technique_of_a_quite_different_name_is_left_to_a_person_to_choose(check: Check) -> None:
    checked = check(
        {"Tecniche": ["Giroparola", "World Café"]},
        "      - {p: passo:usesTechnique, from: Tecniche, concept: technique}\n",
    )
    [edit] = edits_of(checked, "Tecniche")
    assert "values: {Giroparola: CHOOSE}" in edit.text
