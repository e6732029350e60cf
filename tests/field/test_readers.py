"""Files as people have them, read as a new source: what each reader publishes of them, and what it says."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.hints import Hints
from passo_lod.errors import SourceError
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process, reject_duplicates
from passo_lod.sources.record_ids import slug
from passo_lod.sources.source import Source
from passo_lod.text_folding import to_ascii_letters

Draft = Callable[..., list[RecordOutcome]]
HEADER = "Codice,Titolo,Comune,Costo"


@pytest.fixture(scope="module")
def known(pipeline_context: PipelineContext) -> KnownValues:
    table = converters("it", "https://example.org/")
    hints = Hints.open(pipeline_context.vocabulary_quads)
    return KnownValues(table, pipeline_context.schemes, pipeline_context.places, hints)


@pytest.fixture
def draft(known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path) -> Draft:
    """Drafts a source from a file and processes its records, as `new-source` and `check` do."""

    def outcomes(path: Path, records: str | None = None) -> list[RecordOutcome]:
        made = draft_source("prova", [path], known, DraftOptions(records=records), ())
        made.write(tmp_path, lambda written: SourcePipeline.open(written, pipeline_context))
        return process(SourcePipeline.open(tmp_path / "prova", pipeline_context), pipeline_context)

    return outcomes


@pytest.fixture
def field(shared: Path) -> Path:
    return shared / "field"


def ids(outcomes: list[RecordOutcome]) -> list[str]:
    return [each.reading.id.partition("-")[2] for each in outcomes if each.reading.record]


def texts(outcomes: list[RecordOutcome], label: str) -> list[str]:
    return [each.reading.record.fields[label].text for each in outcomes if each.reading.record]


def codes(outcomes: list[RecordOutcome]) -> set[str]:
    return {result.code for each in outcomes for result in each.reading.results}


def messages(outcomes: list[RecordOutcome], code: str) -> list[str]:
    return [str(result) for each in outcomes for result in each.results if result.code == code]


def test_objects_by_key_are_the_records_and_not_the_phases_of_the_first(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "08-dict-of-records" / "j11-dict.json")
    assert texts(outcomes, "title") == ["Processo 1", "Processo 2", "Processo 3"]


def test_merged_cells_give_their_value_to_each_row_and_a_result_says_so(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "09-merged-cells" / "x02-merged.xlsx")
    assert texts(outcomes, "Comune") == ["Forlì"] * 3
    assert [line.partition(": Warning")[0].rpartition(":")[2] for line in messages(outcomes, "merged")] == ["3", "4"]
    assert "C2:C4" in messages(outcomes, "merged")[0]


def test_hidden_rows_and_columns_are_left_out_and_a_result_says_so(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "10-hidden-sheet-row-column" / "x09-hidden-row.xlsx")
    assert ids(outcomes) == ["x09-1"]
    record = outcomes[0].reading.record
    assert record
    assert "Descrizione" not in record.fields
    assert {"'Descrizione'" in each for each in messages(outcomes, "hidden")} == {True, False}


def test_of_a_workbook_whose_first_sheet_is_hidden_the_visible_one_is_read(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "10-hidden-sheet-row-column" / "x03-hidden-first.xlsx")
    assert ids(outcomes) == ["x03-2"]
    (only,) = messages(outcomes, "hidden")
    assert "nascosto" in only


@pytest.mark.parametrize(("name", "count"), [("errors.csv", 3), ("x06-errors.xlsx", 3)])
def test_error_cells_of_other_languages_are_empty_and_reported(
    field: Path, tmp_path: Path, name: str, count: int
) -> None:
    columns = ["Codice", "Titolo", "Comune", "Costo"]
    readings = list(_source(tmp_path, columns).readings([field / "11-italian-error-cells" / name]))
    assert len([result for each in readings for result in each.results if result.code == "formula"]) == count
    assert all("#" not in text.text for each in readings if each.record for text in each.record.fields.values())


def test_a_currency_in_the_format_of_a_cell_is_part_of_its_text(field: Path, tmp_path: Path) -> None:
    path = field / "04-xlsx-currency-format" / "x10-currency-format.xlsx"
    readings = list(_source(tmp_path, ["Codice", "Titolo", "Costo"]).readings([path]))
    assert [each.record.fields["Costo"].text for each in readings if each.record] == ["10000.50 USD", "10000.50 CHF"]


def test_letters_of_ids_are_folded_and_a_collision_names_both(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "14-accents-in-ids" / "n16-ids.csv")
    assert ids(outcomes) == ["a-1", "a-2", "eee", "lodz-1", "skala-o", "1"]
    (refused,) = [each for each in outcomes if not each.reading.id]
    assert refused.reading.results[0].value == "日本"
    assert "a to z" in str(refused.reading.results[0])


def test_ids_that_become_one_are_reported_as_they_are_written_with_their_lines(field: Path, tmp_path: Path) -> None:
    path = field / "14-accents-in-ids" / "f30-ids-alike.csv"
    readings = reject_duplicates("fonte", _source(tmp_path, ["Codice", "Titolo"]).readings([path]))
    assert [each.record is None for each in readings] == [True, True, True, True, False, True]
    first = str(readings[0].results[-1])
    assert "f30/1" in first
    assert all(f"f30-ids-alike.csv:{at}" in first for at in ("3 (f30 1)", "4 (F30-1)", "5 (f30-1)", "7 (f30_1)"))


@given(st.text(st.characters(categories=("L", "N", "P", "Z")), max_size=12))
def test_an_id_is_made_of_all_letters_of_a_text_or_refused(text: str) -> None:
    letters = [each for each in to_ascii_letters(text) if each.isalnum()]
    code = slug(text)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", code)
    assert slug(code) == code
    assert code.replace("-", "") == ("".join(letters) if all(map(str.isascii, letters)) else "")


def test_characters_that_were_decoded_wrongly_are_restored_and_a_result_says_so(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "15-mojibake-and-entities" / "f44-utf8-as-cp1252-twice.csv")
    assert texts(outcomes, "Titolo") == ["Perché la città f44 1", "Perché la città f44 2"]
    assert texts(outcomes, "Costo") == ["10.000,00 €"] * 2
    assert texts(outcomes, "Descrizione")[0].startswith("L’acqua è “bene comune")
    assert {"encoding", "lost-characters"} <= codes(outcomes)


def test_html_in_json_is_shown_as_a_browser_does(draft: Draft, field: Path) -> None:
    outcomes = draft(field / "15-mojibake-and-entities" / "j12-html.json")
    assert (texts(outcomes, "title"), texts(outcomes, "city")) == (["Caffè & piazza"], ["Reggio nell'Emilia"])
    (only,) = messages(outcomes, "html")
    assert "2 fields" in only


@pytest.mark.parametrize("name", ["f16-gzip.csv", "f17-zip.csv", "f03-utf16le-nobom.csv"])
def test_archives_and_utf_16_without_a_mark_are_read_and_a_result_says_so(draft: Draft, field: Path, name: str) -> None:
    outcomes = draft(field / "20-archive-advice" / name)
    assert len(ids(outcomes)) == len(outcomes) > 0
    assert texts(outcomes, "Comune")[0] == "Forlì"
    assert codes(outcomes) & {"archive", "encoding"}


def test_a_table_of_html_without_rows_is_refused_as_such(field: Path, tmp_path: Path) -> None:
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([field / "20-archive-advice" / "f18-html-table.csv"])
    assert {"no-rows", "html-table"} <= {result.code for result in only.results}


def test_a_byte_order_mark_before_turtle_does_no_harm(field: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rdf"
    folder.mkdir()
    (folder / "source.yaml").write_text(
        "{title: {it: X}, prefix: xx, licence: https://creativecommons.org/licenses/by/4.0/, reader: rdf, files: '*.ttl'}",
        encoding="utf-8",
    )
    (only,) = Source.open(folder).readings([field / "19-turtle-bom" / "r08-bom.ttl"])
    assert only.record
    assert not only.results


SETTINGS = """
title: {it: X}
prefix: xx
language: it
observatory: id/organisation/x
licence: https://creativecommons.org/licenses/by/4.0/
site: https://example.org/
region: "08"
"""


def test_an_id_from_beside_formats_holds_for_each_of_them(field: Path, tmp_path: Path) -> None:
    folder = tmp_path / "formati"
    folder.mkdir()
    given = (field / "21-formats-id-from" / "source.yaml").read_text(encoding="utf-8")
    given = given.replace("prefix: x\n", "prefix: xx\n")
    more = "observatory: id/organisation/x\nlicence: https://example.org/l\nsite: https://example.org/\n"
    (folder / "source.yaml").write_text(given + more, encoding="utf-8")
    assert Source.open(folder).id_from == "Codice"
    (folder / "source.yaml").write_text(given.replace("id-from: Codice", "id-from: Numero") + more, encoding="utf-8")
    with pytest.raises(SourceError, match=r"source.yaml:5: id-from .* not 'Numero'"):
        Source.open(folder)


def test_a_layout_beside_formats_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "source.yaml").write_text(
        SETTINGS
        + "id: (?P<id>.+)\nlayout: {columns: [a]}\nformats:\n  - {reader: table, files: '*', layout: {columns: [a]}}\n",
        encoding="utf-8",
    )
    (tmp_path / "x").mkdir()
    (tmp_path / "source.yaml").rename(tmp_path / "x" / "source.yaml")
    with pytest.raises(SourceError, match="layout belongs into each of formats"):
        Source.open(tmp_path / "x")


def _source(folder: Path, columns: list[str], reader: str = "table", more: str = "") -> Source:
    target = folder / "fonte"
    target.mkdir(exist_ok=True)
    layout = json.dumps(columns) if reader == "table" else json.dumps({each: each for each in columns})
    (target / "source.yaml").write_text(
        f"{SETTINGS}reader: {reader}\nfiles: '*'\nid: (?P<id>.+)\nid-from: {json.dumps(columns[0])}\nlayout:\n  columns: {layout}\n{more}",
        encoding="utf-8",
    )
    return Source.open(target)


# ----------------------------------------------------------------------------------------- others of the same kinds


def _book(*rows: list[object]) -> Workbook:
    book = Workbook()
    assert book.active
    for row in rows:
        book.active.append(row)
    return book


def _read_book(folder: Path, book: Workbook, more: str = "") -> list[dict[str, str]]:
    book.save(folder / "t.xlsx")
    readings = _source(folder, ["Codice", "Titolo", "Costo"], more=more).readings([folder / "t.xlsx"])
    return [
        {label: field.text for label, field in each.record.fields.items() if field.values}
        for each in readings
        if each.record
    ]


def test_what_is_hidden_is_read_if_source_yaml_says_so(tmp_path: Path) -> None:
    book = _book(["Codice", "Titolo", "Costo"], ["1", "a", "x"], ["2", "b", "y"])
    assert book.active
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["C"].hidden = True
    assert _read_book(tmp_path, book) == [{"Codice": "2", "Titolo": "b"}]
    assert len(_read_book(tmp_path, book, "  hidden: read\n")) == 2
    assert _read_book(tmp_path, book, "  hidden: read\n")[0]["Costo"] == "x"


def test_a_very_hidden_sheet_is_not_read_and_named_in_a_result(tmp_path: Path) -> None:
    book = _book(["Codice", "Titolo"], ["1", "a"])
    hidden = book.create_sheet("Referenti", 0)
    hidden.append(["Codice", "Titolo"])
    hidden.sheet_state = "veryHidden"
    book.active = 1
    book.save(tmp_path / "t.xlsx")
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([tmp_path / "t.xlsx"])
    assert only.id == "xx-1"
    assert any("Referenti" in str(result) for result in only.results if result.code == "hidden")


def test_a_hidden_column_of_ids_is_a_reason_to_ask(tmp_path: Path) -> None:
    book = _book(["Codice", "Titolo"], ["1", "a"])
    assert book.active
    book.active.column_dimensions["A"].hidden = True
    book.save(tmp_path / "t.xlsx")
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([tmp_path / "t.xlsx"])
    assert "'Codice', which gives each row its id, is hidden" in str(only.results[-1])


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (7, "000", "007"),
        (0.2857, "0.00%", "28.57%"),
        (28.57, '0.00"%"', "28.57%"),
        (10000.5, '_-* #,##0.00\\ "€"_-', "10000.50 EUR"),
        (-3, '"$"#,##0_);[Red]\\("$"#,##0\\)', "-3 USD"),
        (12, "[$$-1009]#,##0", "12 CAD"),
        (12, "#,##0 [$zł-415]", "12 PLN"),
        (12, '#,##0 "kr"', "12 kr"),
        (150, '0" persone"', "150"),
        (15000, "[$-410]#,##0", "15000"),
    ],
)
def test_a_number_is_read_as_its_cell_shows_it(tmp_path: Path, value: float, code: str, text: str) -> None:
    book = _book(["Codice", "Titolo", "Costo"], ["1", "a", value])
    assert book.active
    book.active["C2"].number_format = code
    assert _read_book(tmp_path, book)[0]["Costo"] == text


def test_merged_cells_over_columns_are_reported_and_a_row_that_is_only_merged_stays_empty(tmp_path: Path) -> None:
    book = _book(["Codice", "Titolo", "Costo"], ["1", "a", None], ["2", "b", "5"])
    assert book.active
    book.active.merge_cells("B2:C2")
    book.active.merge_cells("C3:C9")
    book.active["A9"].number_format = "000"
    book.save(tmp_path / "t.xlsx")
    readings = list(_source(tmp_path, ["Codice", "Titolo", "Costo"]).readings([tmp_path / "t.xlsx"]))
    assert [each.id for each in readings] == ["xx-1", "xx-2"]
    assert ["B2:C2" in str(result) for result in readings[0].results if result.code == "merged"] == [True]


@pytest.mark.parametrize(
    "error",
    ["#WERT!", "#NV", "#BEZUG!", "#VALEUR!", "#¡REF!", "#¿NOMBRE?", "#VERW!", "#ADR!", "#SAKNAS!", "Err:508", "####"],
)
def test_an_error_of_any_language_is_empty(tmp_path: Path, error: str) -> None:
    (tmp_path / "t.csv").write_text(f"Codice,Titolo\n1,{error}\n", encoding="utf-8")
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([tmp_path / "t.csv"])
    assert only.record
    assert not only.record.fields["Titolo"].values
    assert only.results[-1].code == "formula"


@pytest.mark.parametrize("text", ["NULL", "N/A", "-", "n.d.", "--", "—", "n/a", "NaN", "\\N"])
@pytest.mark.parametrize("reader", ["table", "json"])
def test_texts_for_no_value_are_absence_in_every_column(tmp_path: Path, text: str, reader: str) -> None:
    content = f"a,b\n1,{text}\n" if reader == "table" else json.dumps([{"a": 1, "b": text}])
    (tmp_path / "t").write_text(content, encoding="utf-8")
    (only,) = _source(tmp_path, ["a", "b"], reader).readings([tmp_path / "t"])
    assert only.record
    assert only.record.fields["b"].absence_reason == "not-stated"


@pytest.mark.parametrize("text", ["None", "ND", "NA", "0", "No", "."])
def test_texts_that_may_be_answers_are_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(f"a,b\n1,{text}\n", encoding="utf-8")
    (only,) = _source(tmp_path, ["a", "b"]).readings([tmp_path / "t"])
    assert only.record
    assert only.record.fields["b"].text == text


def test_marks_of_direction_are_removed_and_reported(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("a,b\n1,\u202eenumoC\u202c\n", encoding="utf-8")
    (only,) = _source(tmp_path, ["a", "b"]).readings([tmp_path / "t"])
    assert only.record
    assert only.record.fields["b"].text == "enumoC"
    assert [(result.code, result.line, result.field) for result in only.results] == [("direction", 2, "b")]


SHAPES = {
    "keyed": ({"p1": {"id": 1, "title": "a"}, "p2": {"id": 2, "title": "b"}}, "  form: keyed\n"),
    "columnar": ({"id": [1, 2], "title": ["a", "b"]}, "  form: columnar\n"),
    "pandas": ({"id": {"0": 1, "1": 2}, "title": {"0": "a", "1": "b"}}, "  form: columnar\n"),
    "below": (
        {"data": {"x": {"id": 1, "title": "a"}, "y": {"id": 2, "title": "b"}}, "n": 1},
        "  records: data\n  form: keyed\n",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_records_in_other_shapes_are_read_as_the_layout_says_and_refused_without(tmp_path: Path, name: str) -> None:
    document, more = SHAPES[name]
    (tmp_path / "t").write_text(json.dumps(document), encoding="utf-8")
    source = _source(tmp_path, ["id", "title"], "json", more)
    assert [each.id for each in source.readings([tmp_path / "t"])] == ["xx-1", "xx-2"]
    if name in ("keyed", "below"):
        (only,) = _source(tmp_path, ["id", "title"], "json").readings([tmp_path / "t"])
        assert (only.record, only.results[-1].code) == (None, "no-list")
        assert "form: keyed" in str(only.results[-1])


def test_the_key_of_a_record_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "t").write_text('{"p1": {"title": "a"}, "p2": {"title": "b"}}', encoding="utf-8")
    source = _source(tmp_path, ["@key", "title"], "json", "  form: keyed\n")
    assert [each.id for each in source.readings([tmp_path / "t"])] == ["xx-p1", "xx-p2"]


def test_of_several_lists_a_draft_asks_which_one_it_is(draft: Draft, tmp_path: Path) -> None:
    themes = [{"code": "x", "label": "y"}] * 4
    cases = [{"id": number, "title": f"Processo {number}", "city": "Bologna"} for number in (1, 2, 3)]
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"themes": themes, "cases": cases}), encoding="utf-8")
    with pytest.raises(SourceError, match=r"themes \(list, 4\); cases \(list, 3\).*--records"):
        draft(path)
    assert len(draft(path, "cases")) == 3


def test_geojson_and_graphql_are_drafted(draft: Draft, tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"id": number, "title": f"Processo {number}", "city": "Bologna"},
            "geometry": {"type": "Point", "coordinates": [11.3, 44.5]},
        }
        for number in (1, 2)
    ]
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "name": "x", "features": features}), encoding="utf-8")
    assert texts(draft(path), "properties.title") == ["Processo 1", "Processo 2"]


def test_the_phases_of_one_record_are_no_records(draft: Draft, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    phases = [{"name": "Ascolto"}, {"name": "Voto"}]
    record = {"id": 1, "title": "Processo", "city": "Bologna", "phases": phases}
    path.write_text(json.dumps(record), encoding="utf-8")
    assert texts(draft(path), "title") == ["Processo"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"data": {"process": {"id": 1, "title": "x", "phases": [{"a": 1}]}}}, "holds one record, at data.process"),
        ([["id", "title"], [1, "x"]], "is a list of lists"),
        ({"columns": ["id", "title"], "data": [[1, "x"], [2, "y"]]}, "the rows of a table as lists"),
    ],
)
def test_json_that_is_no_records_is_refused_with_what_was_found(
    draft: Draft, tmp_path: Path, document: object, message: str
) -> None:
    (tmp_path / "t.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        draft(tmp_path / "t.json")


def test_an_archive_of_several_files_and_a_bomb_are_refused_with_advice(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", HEADER)
        archive.writestr("b.csv", HEADER)
    (tmp_path / "t.csv").write_bytes(packed.getvalue())
    (tmp_path / "bomb.csv").write_bytes(gzip.compress(b"x" * 30_000_000))
    source = _source(tmp_path, ["Codice", "Titolo"])
    several, bomb = (next(iter(source.readings([tmp_path / name]))) for name in ("t.csv", "bomb.csv"))
    assert "a.csv; b.csv" in str(several.results[-1])
    assert bomb.results[-1].code == "too-large"


@pytest.mark.parametrize(
    ("start", "advice"),
    [
        (b"\xd0\xcf\x11\xe0", "saved as XLSX without a password"),
        (b"%PDF-1.4", "that the PDF was made from"),
        (b"PAR1", "CSV"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_advice(tmp_path: Path, start: bytes, advice: str) -> None:
    (tmp_path / "t.xls").write_bytes(start + b"\0" * 500)
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([tmp_path / "t.xls"])
    assert advice in str(only.results[-1])


def test_an_open_document_is_refused_with_advice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([tmp_path / "t.ods"])
    assert "saved as XLSX" in str(only.results[-1])


def test_a_table_of_html_is_read_with_cells_over_rows_and_columns(draft: Draft, tmp_path: Path) -> None:
    path = tmp_path / "t.xls"
    path.write_text(
        "<html><meta charset=utf-8><p>Elenco</p><table><tr><th>Codice<th>Titolo<th>Comune</tr>"
        "<tr><td>A-1</td><td>Caff&egrave; <b>nuovo</b></td><td rowspan=2>Forlì</td></tr><tr><td>A-2<td>Due<br>righe</table>",
        encoding="utf-8",
    )
    outcomes = draft(path)
    assert texts(outcomes, "Titolo") == ["Caffè nuovo", "Due\nrighe"]
    assert texts(outcomes, "Comune") == ["Forlì", "Forlì"]
    assert "html-table" in codes(outcomes)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("title", ["Città", "Процесс участия"])
def test_utf_16_without_a_mark_is_read(tmp_path: Path, codec: str, title: str) -> None:
    (tmp_path / "t.csv").write_bytes(f"Codice,Titolo\r\n1,{title}\r\n".encode(codec))
    (only,) = _source(tmp_path, ["Codice", "Titolo"]).readings([tmp_path / "t.csv"])
    assert only.record
    assert only.record.fields["Titolo"].text == title
    assert [result.code for result in only.results] == ["encoding"]


@pytest.mark.parametrize(
    ("reader", "content"),
    [("table", "a,b\n1,x\n"), ("json", '[{"a": 1, "b": "x"}]'), ("jsonl", '{"a": 1, "b": "x"}\n')],
)
def test_a_byte_order_mark_does_no_harm(tmp_path: Path, reader: str, content: str) -> None:
    (tmp_path / "t").write_text("\ufeff" + content, encoding="utf-8")
    source = _source(tmp_path, ["a", "b"], reader)
    settings = tmp_path / "fonte" / "source.yaml"
    settings.write_text("\ufeff" + settings.read_text(encoding="utf-8"), encoding="utf-8")
    assert [each.id for each in Source.open(tmp_path / "fonte").readings([tmp_path / "t"])] == ["xx-1"]
    assert source.prefix == "xx"
