"""JSON and JSON Lines (docs/sources/json.md): paths lead to values, and a broken object costs no other."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.records import FieldState, Reading
from passo_lod.report import Severity
from passo_lod.sources.json_files import json_parser, json_reader, json_stream
from passo_lod.sources.json_files.json_fields import MAX_UNKNOWN_KEYS
from passo_lod.sources.json_files.json_layout import JsonLayout
from passo_lod.sources.json_files.json_reader import read_json, read_json_lines, read_objects
from passo_lod.sources.json_files.json_stream import JsonStream

LAYOUT = """
columns:
  Id: id
  Titolo: title
  Italiano: translations.it
  Temi: issues[]
  Fasi: phases[].title
  Promotore: organizer.name
  Latitudine: position[0]
  Partecipanti: participants
"""


@dataclass
class Source:
    """What a reader asks of a source."""

    layout: JsonLayout
    id_from: str | None = "Id"
    name: str = "prova"
    format: str = "json"
    prefix: str = "pr"
    id_pattern: re.Pattern[str] = re.compile(r"(?P<id>[a-z0-9]+)")

    @property
    def id_columns(self) -> tuple[str, ...]:
        return (self.id_from,) if self.id_from else ()

    def record_id(self, text: str) -> tuple[str, dict[str, str]] | None:
        return (text, {"id": text}) if self.id_pattern.fullmatch(text) else None


def layout(tmp_path: Path, text: str = LAYOUT, *, lines: bool = False) -> JsonLayout:
    path = tmp_path / "source.yaml"
    path.write_text(text, encoding="utf-8")
    parse = JsonLayout.parse_for_lines if lines else JsonLayout.parse
    return parse(path, yaml_loader.load(path, SourceError))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Reading]]:
    def reading(
        data: str | bytes, *, text: str = LAYOUT, lines: bool = False, id_from: str | None = "Id"
    ) -> list[Reading]:
        path = tmp_path / "casi.json"
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
        reader = read_json_lines if lines else read_json
        return list(reader(Source(layout(tmp_path, text, lines=lines), id_from), path, "casi.json"))

    return reading


def result_texts(readings: list[Reading]) -> list[str]:
    return [str(result) for reading in readings for result in reading.results]


def texts(reading: Reading) -> dict[str, list[str]]:
    assert reading.record is not None, result_texts([reading])
    return {label: field.texts for label, field in reading.record.fields.items() if field.state is not FieldState.EMPTY}


def empty_labels(reading: Reading) -> set[str]:
    assert reading.record is not None, result_texts([reading])
    return {label for label, field in reading.record.fields.items() if field.state is FieldState.EMPTY}


Read = Callable[..., list[Reading]]

# ------------------------------------------------------------------------------------------------------------- values


def test_paths_lead_to_nested_values_and_lists(read: Read) -> None:
    record = {
        "id": "a1",
        "title": "Piano del verde",
        "translations": {"it": "Piano", "en": None},
        "issues": ["ambiente", "suolo"],
        "phases": [{"title": "Ascolto"}, {"title": ""}, {"title": "Progetto"}],
        "organizer": {"name": "Comune di Prova"},
        "position": [44.5, 11.3],
        "participants": 160,
    }
    (only,) = read(json.dumps([record]))
    assert texts(only) == {
        "Id": ["a1"],
        "Titolo": ["Piano del verde"],
        "Italiano": ["Piano"],
        "Temi": ["ambiente", "suolo"],
        "Fasi": ["Ascolto", "Progetto"],
        "Promotore": ["Comune di Prova"],
        "Latitudine": ["44.5"],
        "Partecipanti": ["160"],
    }
    assert only.id == "pr-a1"
    assert only.record is not None
    assert only.record.fields["Temi"].is_list
    assert not only.record.fields["Titolo"].is_list
    assert result_texts([only]) == []


@pytest.mark.parametrize("written", ["28.50", "1E999", "-0", "160", "9" * 5000, "true", "false"])
def test_numbers_and_booleans_keep_their_lexical_form(read: Read, written: str) -> None:
    (only,) = read(f'[{{"id": "a", "participants": {written}}}]')
    assert texts(only)["Partecipanti"] == [written]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("1E5", "100000"),
        ("1.0E5", "100000"),
        ("2.5e-3", "0.0025"),
        ("-1.20e1", "-12.0"),
        ("1.5E+0", "1.5"),
        ("0e0", "0"),
    ],
)
def test_a_number_with_an_exponent_is_written_out(read: Read, written: str, read_as: str) -> None:
    (only,) = read(f'[{{"id": "a", "participants": {written}}}]')
    assert texts(only)["Partecipanti"] == [read_as]


@pytest.mark.parametrize("written", ["null", '""', '"  "', "[]", "{}", '[null, ""]'])
def test_an_empty_value_is_not_stated_and_a_key_that_is_missing_gives_no_field(read: Read, written: str) -> None:
    (only,) = read(f'[{{"id": "a", "participants": {written}, "issues": {written}, "unknown": {written}}}]')
    assert texts(only) == {"Id": ["a"]}
    assert empty_labels(only) == {"Partecipanti", "Temi"}
    assert only.record
    assert only.record.fields["Partecipanti"].absence_reason == "not-stated"
    assert result_texts([only]) == []


def test_a_number_is_an_id(read: Read) -> None:
    (only,) = read('[{"id": 5}]')
    assert only.id == "pr-5"


def test_one_text_where_a_list_could_be_is_a_list_of_one(read: Read) -> None:
    (only,) = read('[{"id": "a", "issues": "ambiente", "title": ["uno", "due"]}]')
    assert texts(only) == {"Id": ["a"], "Temi": ["ambiente"], "Titolo": ["uno", "due"]}
    assert only.record is not None
    assert only.record.fields["Temi"].is_list


def test_sentinels_and_absent_texts_work_as_in_tables(read: Read) -> None:
    text = LAYOUT + "sentinels: {non indicato: not-stated}\nabsent: [n.d.]\n"
    (only,) = read('[{"id": "a", "title": "Non indicato", "participants": "N.D."}]', text=text)
    assert only.record is not None
    assert only.record.fields["Titolo"].state is FieldState.SENTINEL
    assert only.record.fields["Partecipanti"].state is FieldState.EMPTY


def test_in_a_plain_list_of_columns_the_paths_are_the_labels(read: Read) -> None:
    (only,) = read('[{"id": "a", "organizer": {"name": "x"}}]', text="columns: [id, organizer.name]", id_from="id")
    assert texts(only) == {"id": ["a"], "organizer.name": ["x"]}


def test_a_key_with_a_dot_or_a_language_is_written_as_it_is(read: Read) -> None:
    text = "columns: {Id: id, Punto: 'a\\.b', Lingua: title/it, Quadre: 'name[it]'}"
    (only,) = read('[{"id": "a", "a.b": "1", "title/it": "2", "name[it]": "3"}]', text=text)
    assert texts(only) == {"Id": ["a"], "Punto": ["1"], "Lingua": ["2"], "Quadre": ["3"]}


def test_characters_that_xml_does_not_allow_become_spaces(read: Read) -> None:
    (only,) = read(r'[{"id": "a", "title": "uno\u0000due\u0001\r\ntre", "organizer": {"name": "perche\u0301"}}]')
    assert texts(only) == {"Id": ["a"], "Titolo": ["uno due \ntre"], "Promotore": ["perché"]}


# -------------------------------------------------------------------------------------------------- values of another type


@pytest.mark.parametrize(
    ("value", "field", "found"),
    [
        ('"title": {"it": "x"}', "title", "The value is an object"),
        ('"title": [{"it": "x"}]', "title[]", "The value is an object"),
        ('"organizer": "Comune"', "organizer", "The value is a text, a number or true/false"),
        ('"organizer": [{"name": "Comune"}]', "organizer", "The value is a list"),
        ('"phases": [["Ascolto"]]', "phases[]", "The value is a list"),
        ('"phases": ["Ascolto"]', "phases[]", "The value is a text"),
        ('"phases": {"title": "Ascolto"}', "phases", "The value is an object"),
        ('"phases": "Ascolto"', "phases", "The value is a text"),
        ('"position": 44', "position", "The value is a text"),
    ],
)
def test_a_value_of_another_type_is_reported_with_its_path(read: Read, value: str, field: str, found: str) -> None:
    (only,) = read(f'[{{"id": "a",\n {value}}}]')
    (result,) = only.results
    assert (result.severity, result.field, result.code, result.line) == (Severity.VIOLATION, field, "misfit", 1)
    assert found in result.texts["en"].message


def test_keys_that_no_column_names_are_reported_once_per_file(read: Read) -> None:
    text = LAYOUT + "ignore-keys: [internal, organizer.phone]\n"
    record = '{"id": "%s", "internal": {"x": 1}, "organizer": {"name": "n", "phone": "1", "e.mail": "2"}, "phases": [{"when": 1}], "budget": 5}'
    readings = read(f"[{record % 'a'}, {record % 'b'}]", text=text)
    assert [(each.field, each.severity.value) for each in readings[0].results] == [
        (r"organizer.e\.mail", "Warning"),
        ("phases[].when", "Warning"),
        ("budget", "Warning"),
    ]
    assert readings[1].results == ()


def test_at_most_fifty_unknown_keys_are_reported(read: Read) -> None:
    keys = ", ".join(f'"k{number}": 1' for number in range(500))
    (only,) = read(f'[{{"id": "a", {keys}}}]')
    assert len(only.results) == MAX_UNKNOWN_KEYS + 1
    assert "no more are listed" in only.results[-1].texts["en"].message


def test_a_duplicate_key_is_reported(read: Read) -> None:
    (only,) = read('[{"id": "a", "title": "x", "title": "y", "budget": 1, "budget": 2}]')
    assert [(each.field, each.code) for each in only.results] == [("title", "key-twice"), ("budget", "unknown-key")]


def test_a_record_without_an_id_is_rejected_with_its_line(read: Read) -> None:
    (only,) = read('[\n  {"title": "x"}\n]')
    assert only.record is None
    assert result_texts([only])[0].startswith("casi.json:2: Violation: 'Id': The row gives no id")


# ------------------------------------------------------------------------------------------------------------ the file


def test_lines_are_those_on_which_the_objects_begin(read: Read) -> None:
    records = [{"id": f"a{number}", "issues": ["x", "y"]} for number in range(3)]
    readings = read("\n" + json.dumps(records, indent=2))
    assert [reading.record.fields["Id"].line for reading in readings if reading.record] == [3, 10, 17]


def test_records_is_the_path_to_the_list(read: Read) -> None:
    text = LAYOUT + "records: data.cases\n"
    data = (
        '{"meta": {"cases": [1, "]}"], "n": 2}, "data": {"x": "\\"", "cases": [{"id": "a"},\n{"id": "b"}]}, "more": 1}'
    )
    assert [reading.id for reading in read(data, text=text)] == ["pr-a", "pr-b"]


@pytest.mark.parametrize(
    "data", ['{"data": 5}', '{"data": {"cases": {}}}', "[]", '{"data": {}}', '{"data": {"cases": 1}}', '"x"']
)
def test_a_path_that_leads_to_no_list_is_reported(read: Read, data: str) -> None:
    (only,) = read(data, text=LAYOUT + "records: data.cases\n")
    assert only.record is None
    assert only.results[0].code == "no-list"


def test_a_file_with_one_object_has_the_id_of_its_name(read: Read) -> None:
    (only,) = read('{"title": "x"}', id_from=None)
    assert only.id == "pr-casi"


def test_each_line_of_json_lines_is_a_record(read: Read) -> None:
    readings = read('\ufeff{"id": "a"}\r\n\r\n{"id": "b", }\n{"id": "c"}\n[1]\n{"id": "d"}', lines=True)
    assert [reading.id for reading in readings] == ["pr-a", "", "pr-c", "", "pr-d"]
    bad, other = result_texts(readings)
    assert bad.startswith("casi.json:3: Violation: The record cannot be read: it is not JSON: ")
    assert "(column 13)" in bad or "(column 12)" in bad or "(column 11)" in bad
    assert other.startswith("casi.json:5: Violation: The record cannot be read: it is a list, not an object.")


FAULTS = [
    ("", "empty", None),
    (" \n", "empty", None),
    ("\ufeff", "empty", None),
    ("[]", "empty", 1),
    ("5", "no-list", 1),
    ('"text"', "no-list", 1),
    ("null", "no-list", 1),
    ("id,title\n1,x", "no-list", 1),
    ("<html>", "no-list", 1),
    ("{", "cut-off", 1),
    ('{"id": "a"', "cut-off", 1),
    ('{"id": "a\n', "cut-off", 1),
    ('[{"id": "a}]', "cut-off", 1),
    ("[", "cut-off", 1),
    ("[,]", "not-json", 1),
    ("[5]", "not-a-record", 1),
    ("[null]", "not-a-record", 1),
    ('\n["x"]', "not-a-record", 2),
    ('[{"id": NaN}]', "not-json", 1),
    ('[{"id": -Infinity}]', "not-json", 1),
    ("[{'id': 'a'}]", "not-json", 1),
    ('[{"id": "a",}]', "not-json", 1),
    ('[{"id": "a"\n "title": "b"}]', "not-json", 2),
    ('[{"id": "a\tb"}]', "not-json", 1),
    ('[{"id": "a" // no\n}]', "not-json", 1),
    ('[{"id": "\\ud83d"}]', "encoding", 1),
    (b'[{"id":\n "caff\xe8"}]', "encoding", 2),
    ('[{"id": "a"}]'.encode("utf-16"), "encoding", 1),
    (b"\x00\x01\x02", "no-list", 1),
    ('[{"id": "a' + "\u0301" * 40 + '"}]', "accents", 1),
    ("[" + '{"id":' * 200_000 + "1" + "}" * 200_000 + "]", "too-deep", 1),
    ("[" * 200_000 + "]" * 200_000, "too-deep", 1),
    ("[" * 200_000, "cut-off", 1),
    ('{"id": ' + "[" * 200_000 + "]" * 200_000 + "}", "too-deep", 1),
    ('[{"id": "a"}', "cut-off", 1),
    ('[{"id": "a"}] []', "not-json", 1),
    ('{"id": "a"}\n{"id": "b"}', "not-json", 2),
    ('{"id": "a"}, {"id": "b"}', "not-json", 1),
]


@pytest.mark.parametrize(("data", "code", "line"), FAULTS, ids=lambda value: repr(value)[:40])
def test_a_fault_becomes_a_violation_and_no_exception(
    read: Read, data: str | bytes, code: str, line: int | None
) -> None:
    result = read(data)[-1].results[0]
    assert (result.code, result.line, result.severity) == (code, line, Severity.VIOLATION)
    assert result.expected


@pytest.mark.parametrize(
    "data", ["5", "[[[", '"x"', "{", "nul", "[]", b"\xff{}", '{"id": NaN}', "{}{}", '{"id":' * 200_000]
)
def test_a_broken_line_of_json_lines_costs_no_other_line(read: Read, data: str | bytes) -> None:
    raw = data if isinstance(data, bytes) else data.encode()
    readings = read(b'{"id": "a"}\n' + raw + b'\n{"id": "b"}\n', lines=True)
    assert [reading.id for reading in readings] == ["pr-a", "", "pr-b"]
    assert readings[1].results[0].line == 2


def test_an_object_without_its_closing_brace_costs_no_other_object(read: Read) -> None:
    records = [{"id": f"a{number}", "organizer": {"name": "x"}} for number in range(5)]
    whole = json.dumps(records, indent=2)
    broken = whole.replace('"name": "x"\n    }\n  }', '"name": "x"\n    }\n  ', 2)
    assert broken != whole
    readings = read(broken)
    assert [reading.id for reading in readings] == ["", "", "pr-a2", "pr-a3", "pr-a4"]
    assert [reading.results[0].line for reading in readings[:2]] == [7, 13]


def test_a_missing_quote_costs_no_other_record(read: Read) -> None:
    whole = json.dumps([{"id": f"a{number}", "title": "x"} for number in range(3)], indent=1)
    readings = read(whole.replace('"x"', '"x', 1))
    assert [reading.id for reading in readings] == ["", "pr-a1", "pr-a2"]
    assert readings[0].results[0].line == 4


def test_objects_on_lines_are_read_without_the_commas_between_them(read: Read) -> None:
    assert [each.id for each in read('[\n {"id": "a"}\n {"id": "b"}\n]')] == ["pr-a", "pr-b"]


def test_a_record_beyond_the_size_limit_is_rejected(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (json_parser, json_reader, json_stream):
        monkeypatch.setattr(module, "MAX_RECORD", 1_000)
    long = json.dumps({"id": "b", "title": "x" * 2_000})
    readings = read(f'[{{"id": "a"}}, {long}, {{"id": "c"}}]')
    assert [reading.id for reading in readings] == ["pr-a", ""]
    assert readings[1].results[0].code == "too-large"
    readings = read(f'{{"id": "a"}}\n{long}\n{{"id": "c"}}', lines=True)
    assert [reading.id for reading in readings] == ["pr-a", ""]
    assert readings[1].results[0].code == "too-large"


def test_a_missing_file_and_a_folder_are_reported(tmp_path: Path) -> None:
    source = Source(layout(tmp_path))
    for path in (tmp_path / "none.json", tmp_path):
        for reader in (read_json, read_json_lines):
            (only,) = reader(source, path, "x")
            assert only.results[0].code == "unreadable"


# -------------------------------------------------------------------------------------------------------------- properties of any input

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json")


@settings(max_examples=150, deadline=None)
@given(
    others=st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=6),
    indent=st.sampled_from([None, 0, 1, 4]),
    chunk=st.integers(1, 40),
    ascii_only=st.booleans(),
)
def test_no_object_of_a_list_is_lost_whatever_it_contains(
    folder: Path, others: list[dict[str, Any]], indent: int | None, chunk: int, ascii_only: bool
) -> None:
    records = [{**other, "id": f"a{number}"} for number, other in enumerate(others)]
    text = json.dumps(records, indent=indent, ensure_ascii=ascii_only)
    path = folder / "casi.json"
    path.write_text(text, encoding="utf-8", newline="")
    with _chunks_of(chunk):
        readings = list(read_json(Source(layout(folder)), path, "casi.json"))
    assert [reading.id for reading in readings if reading.id] == [f"pr-{record['id']}" for record in records]
    lines = [reading.record.fields["Id"].line for reading in readings if reading.record]
    before = [text[: text.index(f'"id": "a{number}"')].count("\n") for number in range(len(records))]
    assert all(line <= end + 1 for line, end in zip(lines, before, strict=True))
    assert lines == sorted(lines)


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet='[]{}",:\\ \nab1', max_size=60), chunk=st.integers(1, 9), wrapped=st.booleans())
def test_no_text_makes_the_reader_fail_or_hang(folder: Path, text: str, chunk: int, wrapped: bool) -> None:
    path = folder / "casi.json"
    path.write_text(f'{{"data": {{"cases": {text}' if wrapped else text, encoding="utf-8", newline="")
    source = Source(layout(folder, LAYOUT + "records: data.cases\n" if wrapped else LAYOUT))
    with _chunks_of(chunk):
        assert list(read_json(source, path, "casi.json"))
        assert list(read_json_lines(source, path, "casi.json"))


class _chunks_of:  # noqa: N801 - reads as words where it is used
    """Reads few characters at a time, so that every token is cut somewhere."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        self._before, json_stream._CHUNK = json_stream._CHUNK, self._size

    def __exit__(self, *_: object) -> None:
        json_stream._CHUNK = self._before


def test_a_list_is_read_an_object_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Iterator[str]:
        yield "["
        number = 0
        while True:
            number += 1
            yield f'{{"id": "a{number}", "title": "{"x" * 1000}"}},'

    class Endless:
        """A file without end: what is read of it cannot be all."""

        def __init__(self) -> None:
            self._parts = endless()
            self.given = 0

        def read(self, size: int) -> str:
            text = ""
            while len(text) < size:
                text += next(self._parts)
            self.given += len(text)
            return text

    stream = JsonStream(Endless())  # type: ignore[arg-type]
    values = read_objects(stream, layout(tmp_path))
    for _ in range(2_000):
        next(values)
    assert len(stream._text) < 4 * json_stream._CHUNK
