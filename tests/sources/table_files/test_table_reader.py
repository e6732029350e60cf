"""Tables (docs/sources/table.md): every fault is reported at its line, and costs no good row."""

import csv
import io
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from passo_lod.errors import SourceError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import accounting, process
from passo_lod.records import FieldState, Reading
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.columns import counts_as_empty
from passo_lod.sources.source import Source
from passo_lod.sources.table_files import xlsx_reader
from passo_lod.sources.table_files.csv_lines import MAX_LINE
from passo_lod.sources.table_files.csv_rows import MAX_BROKEN_ROWS, MAX_ROW, MAX_ROW_LINES
from passo_lod.sources.table_files.table_layout import LAYOUT_KEYS
from passo_lod.sources.table_files.table_reader import array_items
from passo_lod.sources.text_cleaning import clean_text
from passo_lod.sources.text_repair import repair

ROOT = Path(__file__).resolve().parents[3]
INVENTED = ROOT / "tests" / "fixtures" / "tables" / "regione-inventata"
SETTINGS = (INVENTED / "source.yaml").read_text(encoding="utf-8").partition("layout:")[0].partition("withdrawn:")[0]
LAYOUT = """
  columns: [Codice, Titolo, Comune, Comune (2), Costo]
  sentinels: {non è previsto: not-applicable}
  absent: ["null"]
"""
HEADER = "Codice;Titolo;Comune;Comune;Costo"

OpenSource = Callable[..., Source]
Read = Callable[..., list[Reading]]


@pytest.fixture
def source(tmp_path: Path) -> OpenSource:
    """Makes a source with a layout."""

    def make(layout: str = LAYOUT, head: str = SETTINGS) -> Source:
        folder = tmp_path / "inventata"
        folder.mkdir(exist_ok=True)
        (folder / "source.yaml").write_text(f"{head}layout: {layout}", encoding="utf-8")
        return Source.open(folder)

    return make


@pytest.fixture
def read(source: OpenSource, tmp_path: Path) -> Read:
    """Reads a table that is given as text or bytes."""

    def readings(content: str | bytes, layout: str = LAYOUT, name: str = "tabella.csv") -> list[Reading]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(source(layout).readings([path]))

    return readings


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


def ids(readings: list[Reading]) -> list[str]:
    return [each.id.removeprefix("ri-") for each in readings if each.record]


def texts(reading: Reading) -> dict[str, str]:
    assert reading.record, reading.results
    return {label: field.text for label, field in reading.record.fields.items() if field.values}


def result_codes(readings: list[Reading], *, above: Severity = Severity.INFO) -> list[tuple[str, int | None]]:
    results = (result for each in readings for result in each.results)
    found = [(each.code, each.line) for each in results if each.severity.rank <= above.rank]
    return sorted(found, key=lambda each: (each[0], each[1] or 0))


def only_rejection(readings: list[Reading]) -> ValidationResult:
    (only,) = readings
    assert only.record is None
    results = [each for each in only.results if each.severity is Severity.VIOLATION]
    assert all(each.expected for each in only.results)
    return results[0]


# --- Every fault in one table -----------------------------------------------------------------------------------------------------

FAULTS = [
    (1, "Info", "above-header"),
    (4, "Info", "duplicate-column"),
    (4, "Info", "missing-column"),
    (4, "Warning", "unknown-column"),
    (7, "Violation", "quotes"),
    (9, "Violation", "quotes"),
    (13, "Violation", "too-many-cells"),
    (14, "Info", "encoding"),
    (15, "Info", "repeated-header"),
    (19, "Violation", "too-few-cells"),
    (20, "Violation", "id"),
    (21, "Warning", "array"),
    (21, "Warning", "unknown-concept"),
    (22, "Violation", "integer"),
    (24, "Violation", "money"),
    (25, "Warning", "formula"),
    (27, "Warning", "unknown-place"),
    (28, "Violation", "quotes"),
    (30, "Violation", "date"),
    (32, "Violation", "quotes"),
]


def test_in_a_table_with_every_fault_each_is_reported_at_its_line_and_every_good_row_is_published(
    pipeline_context: PipelineContext,
) -> None:
    outcomes = process(SourcePipeline.open(INVENTED, pipeline_context), pipeline_context)
    results = [result for each in outcomes for result in each.results if not result.code.startswith("s:")]
    assert sorted((each.line or 0, each.severity.value, each.code) for each in results) == FAULTS
    assert all(each.expected for each in results)
    assert str(accounting(outcomes)) == "23 in = 12 published + 10 quarantined + 1 withdrawn + 0 merged"
    published = [each.reading.id.removeprefix("ri-") for each in outcomes if each.published]
    assert published == ["001", "002", "004", "006", "008", "009", "011", "013", "015", "017", "019", "021"]


COSTS = {
    "001": "10000",
    "002": "15000",
    "004": "15000",
    "006": "12500.5",
    "008": "15000",
    "013": "15000.5",
}


def test_every_notation_of_an_amount_in_that_table_gives_the_right_number(
    pipeline_context: PipelineContext,
) -> None:
    outcomes = process(SourcePipeline.open(INVENTED, pipeline_context), pipeline_context)
    found = {
        each.reading.id.removeprefix("ri-"): quad.object.value
        for each in outcomes
        if each.published and each.mapped
        for quad in each.mapped.quads
        if quad.predicate.value == "https://schema.org/value"
    }
    assert {record: found[record] for record in COSTS} == COSTS


def test_nothing_of_a_column_that_is_not_listed_is_published(pipeline_context: PipelineContext) -> None:
    outcomes = process(SourcePipeline.open(INVENTED, pipeline_context), pipeline_context)
    objects = {quad.object.value for each in outcomes if each.mapped for quad in each.mapped.quads}
    assert not any("redazione" in each for each in objects)


# --- Header and columns ---------------------------------------------------------------------------------------------------


def test_a_row_is_a_record_and_each_value_knows_its_line(read: Read) -> None:
    (first, second) = read(table("001;Orto;Imola;Dozza;100", "", "002;Parco;;;null"))
    assert texts(first) == {"Codice": "001", "Titolo": "Orto", "Comune": "Imola", "Comune (2)": "Dozza", "Costo": "100"}
    assert texts(second) == {"Codice": "002", "Titolo": "Parco"}
    assert second.record
    assert {second.record.fields[each].absence_reason for each in ("Comune", "Comune (2)", "Costo")} == {"not-stated"}
    assert {field.value_line for field in second.record.fields.values()} == {4}
    assert result_codes([first, second]) == [("duplicate-column", 1)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_the_delimiter_is_found_in_the_header(read: Read, delimiter: str) -> None:
    readings = read(table("001;Orto;Imola;;1", "002;Parco;Imola;;2").replace(";", delimiter))
    assert ids(readings) == ["001", "002"]


def test_the_delimiter_of_the_layout_is_used(read: Read) -> None:
    layout = "{columns: [Codice, 'Titolo;Comune'], delimiter: comma}"
    (only,) = read("Codice,Titolo;Comune\n001,a;b\n", layout)
    assert texts(only) == {"Codice": "001", "Titolo;Comune": "a;b"}


def test_the_header_is_matched_without_case_accents_and_order(read: Read) -> None:
    layout = "{columns: [Codice, Modalità di inclusione]}"
    (only,) = read("MODALITA'  DI INCLUSIONE;codice \nTavoli;001\n", layout)
    assert texts(only) == {"Codice": "001", "Modalità di inclusione": "Tavoli"}


def test_a_header_may_go_over_several_lines(read: Read) -> None:
    (only,) = read('Codice;"Titolo\n(breve)"\n001;Orto\n', "{columns: [Codice, Titolo (breve)]}")
    assert texts(only) == {"Codice": "001", "Titolo (breve)": "Orto"}
    assert only.record
    assert only.record.fields["Codice"].line == 3


def test_the_header_line_of_the_layout_is_used(read: Read) -> None:
    readings = read(f"{HEADER}\n{HEADER}\n001;a;b;c;1\n", f"{LAYOUT}  header: 2\n")
    assert ids(readings) == ["001"]
    assert ("above-header", 1) in result_codes(readings)
    assert only_rejection(read(f"{HEADER}\n001;a;b;c;1\n", f"{LAYOUT}  header: 2\n")).code == "no-header"


def test_a_column_without_a_name_is_reported_unless_it_is_trailing(read: Read) -> None:
    readings = read("Codice;;Titolo;;\n001;x;Orto;;\n002;x;Parco;;y\n", "{columns: [Codice, Titolo]}")
    assert ids(readings) == ["001"]
    assert result_codes(readings) == [("too-many-cells", 3), ("unknown-column", 1)]


def test_results_about_a_file_are_attached_to_a_record_that_was_not_withdrawn(
    source: OpenSource, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table("001;Orto;;;", "002;Parco;;;"), encoding="utf-8")
    head = SETTINGS + 'withdrawn: {"001": inserito due volte}\n'
    first, second = source(head=head).readings([path])
    assert result_codes([first]) == []
    assert result_codes([second]) == [("duplicate-column", 1)]


def test_results_about_a_file_are_attached_to_a_record_that_was_not_merged(source: OpenSource, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table("001;Orto;;;", "002;Parco;;;"), encoding="utf-8")
    source()
    decisions = "same: [{keep: '002', duplicates: ['001'], why: inserito due volte}]\n"
    (tmp_path / "inventata" / "duplicates.yaml").write_text(decisions, encoding="utf-8")
    first, second = source().readings([path])
    assert result_codes([first]) == []
    assert result_codes([second]) == [("duplicate-column", 1)]


# --- Quotes ---------------------------------------------------------------------------------------------------------------


def hundred(line: int, text: str) -> str:
    """A hundred rows, of which the one on a line of the file is another."""
    rows = [f'{number:03};"Processo {number}";Imola;;{number}' for number in range(2, 102)]
    rows[line - 2] = text
    return table(*rows)


STRAY = [
    '003;"Orto;Imola;;3',
    '003;Orto;"Imola;;3',
    '003;Orto;Imola;;"3',
    '003;"Orto "nuovo" e bello";Imola;;3',
    '003;"Orto"x;Imola;;3',
    '"003;Orto;Imola;;3',
]


@pytest.mark.parametrize("text", STRAY)
def test_a_stray_quote_costs_its_own_row_and_no_other(read: Read, text: str) -> None:
    readings = read(hundred(3, text))
    assert result_codes(readings, above=Severity.VIOLATION) == [("quotes", 3)]
    assert len(ids(readings)) == 99
    assert len(readings) == 100


def test_two_stray_quotes_that_pair_cost_no_row_between_them(read: Read) -> None:
    readings = read(table('001;"a;b;c;1', "002;d;e;f;2", '003;"g;h;i;3', "004;l;m;n;4"))
    assert ids(readings) == ["002", "004"]
    assert result_codes(readings, above=Severity.VIOLATION) == [("quotes", 2), ("quotes", 4)]
    readings = read(table('001;"a;b;c;1', "002;d;e;f;2", '003;g";h;i;3', "004;l;m;n;4"))
    assert ids(readings) == ["002", "003", "004"]


def test_a_quote_left_open_in_the_last_row_is_reported(read: Read) -> None:
    readings = read(table("001;a;b;c;1", '002;"d;e;f;2'))
    assert result_codes(readings, above=Severity.VIOLATION) == [("quotes", 3)]


def test_a_cell_in_quotes_may_go_over_lines_with_delimiters_and_quotes(read: Read) -> None:
    first, second = read(table('001;"Tre incontri:\n- a; b; c; d\n\n- detto ""e""";Imola;;1', "002;Parco;;;"))
    assert texts(first)["Titolo"] == 'Tre incontri:\n- a; b; c; d\n\n- detto "e"'
    assert second.record
    assert second.record.fields["Codice"].line == 6


def test_a_row_of_several_lines_whose_quotes_do_not_pair_is_reported_once(read: Read) -> None:
    readings = read(table('001;"Tre "incontri":\n- uno\n- due";Imola;;1', '002;"Parco";;;'))
    assert result_codes(readings, above=Severity.VIOLATION) == [("quotes", 2)]
    assert "(lines 2 to 4)" in next(each for each in readings if not each.record).results[-1].texts["en"].message
    assert ids(readings) == ["002"]


def test_a_quote_within_a_cell_is_text(read: Read) -> None:
    (only,) = read(table('001;Il "parco" di 5";Imola;; "7"'))
    assert texts(only) == {"Codice": "001", "Titolo": 'Il "parco" di 5"', "Comune": "Imola", "Costo": '"7"'}


def test_a_space_after_the_closing_quote_does_no_harm(read: Read) -> None:
    (only,) = read(table('001;"Parco; orto" ;Imola;;"7" '))
    assert texts(only)["Titolo"] == "Parco; orto"


def test_a_closing_quote_is_searched_on_a_limited_number_of_lines(read: Read) -> None:
    readings = read(table('001;"a;b;c;1', *["prosa"] * (MAX_ROW_LINES + 5), '009";d;e;f', "002;d;e;f;2"))
    assert result_codes(readings, above=Severity.VIOLATION)[0] == ("quotes", 2)
    assert ids(readings)[-1] == "002"


def test_a_closing_quote_is_searched_in_a_limited_number_of_characters(read: Read) -> None:
    long = "x" * (MAX_ROW // 2)
    readings = read(table('001;"a;b;c;1', long, long, long, '009";d;e;f', "002;d;e;f;2"))
    assert result_codes(readings, above=Severity.VIOLATION)[0] == ("quotes", 2)
    assert ids(readings)[-1] == "002"


def test_a_file_with_too_many_unclosed_quotes_is_read_up_to_there(read: Read) -> None:
    readings = read(table("000;b;c;d;1", *[f'{number:03};"a;b;c;1' for number in range(1, 1_000)]))
    assert ids(readings) == ["000"]
    assert [line for _, line in result_codes(readings, above=Severity.VIOLATION)] == [*range(3, MAX_BROKEN_ROWS + 4)]
    assert (
        "the quotes of more than 100 rows do not pair; from this line on"
        in readings[-1].results[-1].texts["en"].message
    )


def test_doubled_quotes_take_no_memory_beyond_the_text(read: Read) -> None:
    text = table('001;"' + 'a""' * 300_000 + '";c;d;1')
    tracemalloc.start()
    try:
        (only,) = read(text)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert texts(only)["Titolo"] == 'a"' * 300_000


def test_a_table_of_text_has_a_limited_number_of_columns(read: Read) -> None:
    result = only_rejection(read(table("001;a", header=f"Codice;Titolo;{';'.join(f'c{n}' for n in range(999))}")))
    assert (result.code, result.line) == ("too-many-columns", 1)


@pytest.mark.parametrize("row", [1, 3])
def test_a_workbook_with_a_cell_far_to_the_right_is_not_read_beyond_it(read: Read, tmp_path: Path, row: int) -> None:
    made = Workbook()
    assert made.active
    for cells in (["Codice", "Titolo"], ["001", "a"], ["002", "b"]):
        made.active.append(cells)
    made.active[f"XFD{row}"] = "x"
    made.save(tmp_path / "wide.xlsx")
    *before, last = read((tmp_path / "wide.xlsx").read_bytes(), "{columns: [Codice, Titolo]}", "t.xlsx")
    assert ids(before) == (["001"] if row == 3 else [])
    result = last.results[-1]
    assert (result.code, result.line) == ("too-many-columns", row)
    assert f"XFD{row}" in result.texts["en"].message
    assert "at most 1,000 columns" in result.texts["en"].expected


CELL = st.text(st.characters(exclude_categories=("C",)) | st.sampled_from('",;\n'), max_size=12)
CELLS = st.lists(
    CELL.filter(lambda cell: not cell.startswith("#") and not repair(clean_text(cell).strip())[1]),
    min_size=3,
    max_size=3,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CELLS, min_size=1, max_size=8), delimiter=st.sampled_from(",;\t|"))
def test_rows_written_by_the_csv_module_are_read_unchanged(
    source: OpenSource, tmp_path: Path, rows: list[list[str]], delimiter: str
) -> None:
    source_ = source("{columns: [Codice, A, B, C]}")
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["Codice", "A", "B", "C"])
        writer.writerows([f"{number:03}", *cells] for number, cells in enumerate(rows))
    found = [texts(each) for each in source_.readings([path])]
    expected = {label: [clean_text(cells[at]).strip() for cells in rows] for at, label in enumerate("ABC")}
    for number, each in enumerate(found):
        assert each.pop("Codice") == f"{number:03}"
        assert each == {label: cells[number] for label, cells in expected.items() if not counts_as_empty(cells[number])}
    assert len(found) == len(rows)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    garbage=st.lists(st.text('";\n, x1', max_size=20) | st.binary(max_size=12), max_size=6),
    place=st.integers(0, 3),
)
def test_no_text_between_good_rows_makes_the_reader_fail(
    source: OpenSource, tmp_path: Path, garbage: list[str | bytes], place: int
) -> None:
    """A good row after broken text is published, and each line with text is in a record, reported or empty."""
    good = [f"{number:03};Processo;Imola;;1".encode() for number in range(4)]
    dirt = [each if isinstance(each, bytes) else each.encode() for each in garbage]
    path = tmp_path / "t.csv"
    path.write_bytes(b"\n".join([HEADER.encode(), *good[:place], *dirt, *good[place:]]) + b"\n")
    readings = list(source().readings([path]))
    found = ids(readings)
    assert [each for each in found if each in ("000", "001", "002", "003")][:place] == [f"{n:03}" for n in range(place)]
    assert found[-1] == "003"
    assert all(
        each.record or any(result.severity is Severity.VIOLATION for result in each.results) for each in readings
    )


# --- Rows -----------------------------------------------------------------------------------------------------------------


def test_a_row_with_too_many_or_too_few_cells_is_rejected_unless_the_surplus_is_empty(read: Read) -> None:
    readings = read(table("001;a;b;c;1;;;", "002;a;b;c;1;x", "003;a;b;c", "004;a;b;c;", ";;;;", ";;", "  "))
    assert ids(readings) == ["001", "004"]
    assert result_codes(readings, above=Severity.VIOLATION) == [("too-few-cells", 4), ("too-many-cells", 3)]


def test_a_row_without_an_id_is_rejected(read: Read) -> None:
    readings = read(table(";a;b;c;1", "12;a;b;c;1", "003;a;b;c;1"))
    assert ids(readings) == ["003"]
    assert result_codes(readings, above=Severity.VIOLATION) == [("id", 2), ("id", 3)]


def test_the_header_among_the_rows_is_skipped_and_reported(read: Read) -> None:
    readings = read(table("001;a;b;c;1", HEADER.upper(), "002;a;b;c;1", "\ufeff" + HEADER))
    assert ids(readings) == ["001", "002"]
    assert result_codes(readings) == [("duplicate-column", 1), ("repeated-header", 3), ("repeated-header", 5)]


def test_sentinels_and_absent_texts_are_no_values(read: Read) -> None:
    (only,) = read(table("001;NON È PREVISTO;NULL;;"))
    assert only.record
    assert only.record.fields["Titolo"].state is FieldState.SENTINEL
    assert only.record.fields["Titolo"].reason == "not-applicable"
    assert only.record.fields["Comune"].state is FieldState.EMPTY


def test_cells_with_lists_and_arrays_have_several_values(read: Read) -> None:
    layout = '{columns: [Codice, Enti, Tecniche], lists: {Enti: " / "}, arrays: postgres}'
    (only,) = read('Codice;Enti;Tecniche\n001;Uno / Due;"{a,""b c"",NULL}"\n', layout)
    assert only.record
    assert only.record.fields["Enti"].texts == ["Uno", "Due"]
    assert only.record.fields["Tecniche"].texts == ["a", "b c"]
    (empty,) = read("Codice;Enti;Tecniche\n001;x;{}\n", layout)
    assert empty.record
    assert empty.record.fields["Tecniche"].state is FieldState.EMPTY


@given(items=st.lists(st.text(max_size=8), max_size=5))
def test_an_array_is_read_as_postgresql_writes_it(items: list[str]) -> None:
    quoted = ['"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items]
    assert array_items("{" + ",".join(quoted) + "}") == items


# --- Encodings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_byte_order_marks_and_line_ends_make_no_difference(read: Read, encoding: str, end: str) -> None:
    readings = read(table("001;Città;Imola;;1", "002;Perché;;;").replace("\n", end).encode(encoding))
    assert [texts(each)["Titolo"] for each in readings] == ["Città", "Perché"]
    assert result_codes(readings) == [("duplicate-column", 1)]


def test_lines_that_are_not_utf_8_are_read_as_windows_1252_and_reported_once(read: Read) -> None:
    readings = read(
        b"\n".join(
            [HEADER.encode(), "001;Città;;;".encode(), *["00%d;Città 5 €;;;".encode("cp1252") % n for n in (2, 3)]]
        )
    )
    assert [texts(each)["Titolo"] for each in readings] == ["Città", "Città 5 €", "Città 5 €"]
    assert ("encoding", 3) in result_codes(readings)
    assert "2 lines" in next(each.texts["en"].message for each in readings[-1].results if each.code == "encoding")


def test_a_byte_of_no_encoding_costs_its_row(read: Read) -> None:
    readings = read(HEADER.encode() + b"\n001;a\x81\xff;;;\n002;b;;;\n")
    assert (ids(readings), result_codes(readings, above=Severity.VIOLATION)) == (["002"], [("encoding", 2)])


def test_the_encoding_of_the_layout_is_used(read: Read) -> None:
    (only,) = read(table("001;Città;;;").encode("mac-roman"), f"{LAYOUT}  encoding: mac-roman\n")
    assert texts(only)["Titolo"] == "Città"
    strict = read(table("001;Città;;;", "002;b;;;").encode("cp1252"), f"{LAYOUT}  encoding: utf-8\n")
    assert (ids(strict), result_codes(strict, above=Severity.VIOLATION)) == (["002"], [("encoding", 2)])


def test_letters_are_composed_and_control_characters_are_spaces(read: Read) -> None:
    (only,) = read(table("001;Citta\u0300\x0bdi mare;;;"))
    assert texts(only)["Titolo"] == "Città di mare"


@pytest.mark.parametrize(
    ("cell", "code"),
    [("a\0b", "binary"), ("x" * (MAX_LINE + 1), "too-long"), ("a" + "\u0301" * 5000, "accents")],
    ids=["zero byte", "very long", "many accents"],
)
def test_a_line_that_is_not_text_costs_only_its_row(read: Read, cell: str, code: str) -> None:
    readings = read(table("001;a;;;", f"002;{cell};;;", "003;c;;;"))
    assert (ids(readings), result_codes(readings, above=Severity.VIOLATION)) == (["001", "003"], [(code, 3)])


# --- Files that are no tables ---------------------------------------------------------------------------------------------


def book(*rows: list[object], **further: list[list[object]]) -> bytes:
    made = Workbook()
    assert made.active
    for row in rows:
        made.active.append(row)
    for title, others in further.items():
        sheet = made.create_sheet(title)
        for row in others:
            sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


COLUMNS: list[object] = ["Codice", "Titolo", "Comune", "Comune", "Costo"]


REFUSALS = [
    (b"", "t.csv", "empty"),
    (b"\xef\xbb\xbf \r\n", "t.csv", "empty"),
    (b"", "t.xlsx", "empty"),
    (b"Nome;Cognome\n1;2\n", "t.csv", "no-header"),
    (b"\0\1\2\3;\0\n" * 20, "t.csv", "binary"),
    (HEADER.encode() + b"\n\n", "t.csv", "no-rows"),
    (b"Titolo;Comune\na;b\n", "t.csv", "no-id"),
    (b"%PDF-1.7\n%\xe2\xe3", "t.csv", "other-kind"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "t.xls", "other-kind"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "t.xlsx", "other-kind"),
    (b"<!DOCTYPE html><title>Accesso negato</title>", "t.csv", "other-kind"),
    (b"\x1f\x8b\x08\x00", "t.csv", "archive"),
    (HEADER.encode(), "t.xlsx", "other-kind"),
    (book(COLUMNS), "t.csv", "other-kind"),
    (book(COLUMNS), "t.xlsx", "no-rows"),
    (book(["a", "b"]), "t.xlsx", "no-header"),
    (book(["Titolo", "Comune"]), "t.xlsx", "no-id"),
    (book(COLUMNS)[:900], "t.xlsx", "broken"),
    (b"PK\x03\x04" + b"x" * 100, "t.xlsx", "broken"),
]


@pytest.mark.parametrize(("content", "name", "code"), REFUSALS, ids=[f"{each[2]} {each[1]}" for each in REFUSALS])
def test_a_file_that_is_no_table_is_rejected_once_with_what_would_be_right(
    read: Read, content: bytes, name: str, code: str
) -> None:
    result = only_rejection(read(content, name=name))
    assert result.code == code
    assert result.expected


def test_a_file_that_cannot_be_opened_is_rejected_once(source: OpenSource, tmp_path: Path) -> None:
    assert only_rejection(list(source().readings([tmp_path / "none.csv"]))).code == "unreadable"
    assert only_rejection(list(source().readings([tmp_path]))).code == "unreadable"


# --- Workbooks ------------------------------------------------------------------------------------------------------------


def test_the_cells_of_a_workbook_are_the_texts_that_they_show(read: Read) -> None:
    columns = ["Codice", "Giorno", "Momento", "Ora", "Intero", "Numero", "Tre", "Vero", "Vuoto", "Errore"]
    values: list[object] = [
        "001",
        date(2020, 2, 21),
        datetime.fromisoformat("2020-02-21T16:30"),
        time(9, 5),
        15000.0,
        12.340000000000002,
        15.125,
        True,
        None,
        "#REF!",
    ]
    (only,) = read(book(["Elenco"], [], [*columns], values), f"{{columns: [{', '.join(columns)}]}}", "t.xlsx")
    assert texts(only) == {
        "Codice": "001",
        "Giorno": "2020-02-21",
        "Momento": "2020-02-21T16:30:00",
        "Ora": "09:05:00",
        "Intero": "15000",
        "Numero": "12.34",
        "Tre": "15.1250",
        "Vero": "true",
    }
    assert result_codes([only]) == [("above-header", 1), ("formula", 4)]


def test_a_percentage_of_a_workbook_is_read_as_it_is_shown(read: Read, tmp_path: Path) -> None:
    made = Workbook()
    assert made.active
    made.active.append(["Codice", "Quota"])
    made.active.append(["001", 0.2857])
    made.active["B2"].number_format = "0.00%"
    made.save(tmp_path / "p.xlsx")
    (only,) = read((tmp_path / "p.xlsx").read_bytes(), "{columns: [Codice, Quota]}", "t.xlsx")
    assert texts(only)["Quota"] == "28.57%"


def test_a_workbook_has_rows_of_its_own_width_and_every_row_its_number(read: Read) -> None:
    rows: list[list[object]] = [
        ["001", "a"],
        [],
        ["002", "b", "c", "d", 5],
        COLUMNS,
        ["003", "c", None, None, 1, "x"],
        ["004", "d"],
    ]
    readings = read(book(COLUMNS, *rows), name="t.xlsx")
    assert ids(readings) == ["001", "002", "004"]
    assert result_codes(readings) == [("duplicate-column", 1), ("repeated-header", 5), ("too-many-cells", 6)]
    assert readings[-1].record
    assert readings[-1].record.fields["Codice"].line == 7


def test_the_first_sheet_is_read_and_others_are_reported_unless_the_layout_names_one(read: Read) -> None:
    content = book(COLUMNS, ["001", "a"], Altro=[COLUMNS, ["002", "b"]])
    first = read(content, name="t.xlsx")
    assert (ids(first), result_codes(first)) == (["001"], [("duplicate-column", 1), ("other-sheets", None)])  # fmt: skip
    named = read(content, f"{LAYOUT}  sheet: Altro\n", "t.xlsx")
    assert (ids(named), result_codes(named)) == (["002"], [("duplicate-column", 1)])
    none = only_rejection(read(content, f"{LAYOUT}  sheet: Terzo\n", "t.xlsx"))
    assert none.code == "no-sheet"
    assert "Sheet; Altro" in none.texts["en"].expected


def test_formulas_without_a_value_are_reported(read: Read) -> None:
    readings = read(book(COLUMNS, ["001", "a", "b", None, "=1+1"]), name="t.xlsx")
    assert "Costo" not in texts(readings[0])
    assert ("formula", None) in result_codes(readings)


def altered(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)) if each == name else old.read(each))
    return file.getvalue()


def test_a_workbook_that_declares_a_wrong_size_loses_no_row(read: Read) -> None:
    content = book(COLUMNS, ["001", "a"], ["002", "b"])
    lying = altered(content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'ref="A1:E3"', b'ref="A1"'))
    assert lying != content
    assert ids(read(lying, name="t.xlsx")) == ["001", "002"]


def test_the_rows_before_the_break_of_a_workbook_are_read_and_the_break_is_reported(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_reader, "_CHUNK", 1)
    rows: list[list[object]] = [[f"{number:03}", "a"] for number in range(1, 9)]
    content = altered(
        book(COLUMNS, *rows), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="6"', b'<row r="6" <')
    )
    readings = read(content, name="t.xlsx")
    assert ids(readings)[:1] == ["001"]
    assert readings[-1].record is None
    assert readings[-1].results[-1].code == "broken"


def test_a_decompression_bomb_is_rejected_before_it_is_unpacked(read: Read) -> None:
    padded = altered(book(COLUMNS, ["001", "a"]), "docProps/app.xml", lambda xml: xml + b" " * 5_000_000)
    assert only_rejection(read(padded, name="t.xlsx")).code == "too-large"


def test_entities_of_a_workbook_are_not_expanded(read: Read) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "%s">%s]>' % (
        b"x" * 100,
        b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 50) for n in range(8)),
    )
    content = altered(
        book(COLUMNS, ["001", "a"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: bomb + xml.replace(b"<t>a</t>", b"<t>&i;</t>"),
    )
    assert only_rejection(read(content, name="t.xlsx")).code in ("broken", "too-large", "no-header")


def test_an_archive_that_is_no_workbook_is_rejected(read: Read) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert only_rejection(read(file.getvalue(), name="t.xlsx")).code == "other-kind"


# --- A layout -------------------------------------------------------------------------------------------------------------

WRONG = [
    ("{colums: [a]}", "unknown key 'colums' in layout; known: columns"),
    ("{delimiter: comma}", "layout should state columns"),
    ("{columns: a}", "columns should hold a list of texts"),
    ("{columns: [Codice, CODICE]}", "'Codice' stands twice; name the second"),
    ("{columns: [Codice], delimiter: colon}", "delimiter should be one of comma, semicolon, tab, bar, not 'colon'"),
    ("{columns: [Codice], arrays: mysql}", "arrays should be one of postgres"),
    ("{columns: [Codice], header: first}", "header should be the number of a line"),
    ("{columns: [Codice], encoding: utf-9}", "encoding should be such as utf-8"),
    ("{columns: [Codice], encoding: rot13}", "encoding should be such as utf-8"),
    ("{columns: [Codice], sheet: [a]}", "sheet should be one text"),
    ("{columns: [Codice], lists: {Enti: '/'}}", "lists should be column: separator, with listed columns"),
    ("{columns: [Codice], lists: [Codice]}", "lists should hold a mapping"),
    ("{columns: [Codice], sentinels: {x: why}}", "the sentinel 'x' has the reason 'why'"),
    ("{columns: [Codice], absent: x}", "absent should hold a list of texts"),
]


@pytest.mark.parametrize(("layout", "message"), WRONG, ids=[each[0] for each in WRONG])
def test_a_mistake_in_a_layout_is_reported_with_its_line(source: OpenSource, layout: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        source(layout)
    assert "source.yaml:" in str(caught.value)


def test_a_table_without_an_id_column_is_a_mistake_in_source_yaml(
    read: Read, source: OpenSource, tmp_path: Path
) -> None:
    for head in (SETTINGS.replace("id-from: Codice\n", ""), SETTINGS.replace("id-from: Codice", "id-from: Numero")):
        with pytest.raises(SourceError, match="id-from should be one of layout's columns"):
            list(source(head=head).readings([tmp_path / "t.csv"]))


@pytest.mark.parametrize("key", LAYOUT_KEYS)
def test_every_key_of_a_table_layout_is_documented(key: str) -> None:
    assert f"| `{key}` |" in (ROOT / "docs" / "sources" / "table.md").read_text(encoding="utf-8")


# --- Size -----------------------------------------------------------------------------------------------------------------

MEASURE = """
import sys, tracemalloc
from pathlib import Path
from passo_lod.sources.columns import counts_as_empty
from passo_lod.sources.source import Source
from passo_lod.sources.text_cleaning import clean_text
from passo_lod.sources.text_repair import repair

source, path = Source.open(Path(sys.argv[1])), Path(sys.argv[2])
tracemalloc.start()
count = sum(reading.record is not None for reading in source.readings([path]))
print(count, tracemalloc.get_traced_memory()[1])
"""


def measured(source: Source, path: Path) -> tuple[int, int]:
    command = [sys.executable, "-c", MEASURE, str(source.folder), str(path)]
    count, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(count), int(peak)


def test_ten_times_the_rows_need_no_more_memory(source: OpenSource, tmp_path: Path) -> None:
    opened = source("{columns: [Codice, Titolo]}", SETTINGS.replace(r"\d{3}", r"\d{6}"))
    peaks = {}
    for rows in (2_000, 20_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("Codice;Titolo\n")
            file.writelines(f'{number:06};"Processo {number}"\n' for number in range(rows))
        count, peaks[rows] = measured(opened, path)
        assert count == rows
    assert peaks[20_000] < 1.2 * peaks[2_000] + 100_000
