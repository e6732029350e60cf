"""The beginning of a file shows its kind, its columns and the path of its records."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from passo_lod.drafting import file_kind
from passo_lod.drafting.file_kind import detect_kind
from passo_lod.drafting.file_sampler import sample_files
from passo_lod.errors import SourceError


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", "id;titolo\n1;A\n", "table"),
        ("a.tsv", "id\ttitolo\n1\tA\n", "table"),
        ("a.dat", "id|titolo\n1|A\n2|B\n", "table"),
        ("a.json", '[{"id": 1}]', "json"),
        ("a.jsonl", '{"id": 1}', "jsonl"),
        ("a.json", '{"id": 1}\n{"id": 2}\n', "jsonl"),
        ("a.json", '\ufeff\n {"a": {\n"b": 1}}', "json"),
        ("a.html", "<p>x", "html"),
        ("a.txt", "<!DOCTYPE html><p>x", "html"),
        ("a.txt", "Titolo, con virgola\nriga, altra\n", "text"),
    ],
)
def test_content_and_name_of_a_file_show_its_kind(tmp_path: Path, name: str, content: str, kind: str) -> None:
    assert detect_kind(written(tmp_path, name, content)) == kind


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_whatever_commas_the_texts_have(tmp_path: Path, sign: str) -> None:
    rows = [["id", "titolo"], ["1", '"uno, due; tre"'], ["2", "altro"]]
    found = sample_files([written(tmp_path, "a.csv", "".join(sign.join(row) + "\n" for row in rows))])
    assert [column.name for column in found.columns] == ["id", "titolo"]
    assert found.columns[1].texts == ["uno, due; tre", "altro"]


def test_columns_of_one_name_are_numbered_and_repeated_headers_are_skipped(tmp_path: Path) -> None:
    found = sample_files([written(tmp_path, "a.csv", "id,Comune,comune,\n1,A,B,\nid,Comune,comune,\n2,C,D\n")])
    assert [column.name for column in found.columns] == ["id", "Comune", "comune (2)"]
    assert found.record_count == 2


def test_a_file_that_is_not_utf_8_is_read_as_windows_1252(tmp_path: Path) -> None:
    found = sample_files([written(tmp_path, "a.csv", "id;Città\n1;Forlì\n".encode("cp1252"))])
    assert found.columns[1].name == "Città"


def test_only_the_beginning_of_a_large_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_kind, "MAX_BYTES", 1_000)
    path = written(tmp_path, "a.csv", "id;titolo\n" + "".join(f"{n};titolo {n}\n" for n in range(10_000)))
    found = sample_files([path])
    assert not found.is_complete
    assert found.record_count < 100
    objects = written(tmp_path, "a.json", "[" + ",\n".join(f'{{"id": {n}}}' for n in range(10_000)) + "]")
    assert 0 < sample_files([objects]).record_count < 200
    assert not sample_files([objects]).is_complete


def test_json_gives_the_path_of_every_value_and_of_the_records(tmp_path: Path) -> None:
    text = (
        '{"x": [1, 2], "data": {"cases": [{"a.b": "1", "c": {"d": ["x", "y"]}}, {"c": {"d": []}, "e": [{"f": true}]}]}}'
    )
    found = sample_files([written(tmp_path, "a.json", text)])
    assert found.layout == {"records": "data.cases"}
    assert {column.name: column.path for column in found.columns} == {"a.b": r"a\.b", "c.d": "c.d[]", "e.f": "e[].f"}


def test_files_of_several_kinds_are_rejected(tmp_path: Path) -> None:
    files = [written(tmp_path, "a.csv", "id;t\n1;A\n"), written(tmp_path, "b.json", '[{"id": 1}]')]
    with pytest.raises(SourceError, match=r"of several: .*a\.csv \(table\), .*b\.json \(json\)"):
        sample_files(files)


def test_a_table_without_rows_or_with_too_many_columns_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no records"):
        sample_files([written(tmp_path, "a.csv", "id;titolo\n")])
    with pytest.raises(SourceError, match="501 columns"):
        sample_files(
            [written(tmp_path, "b.csv", ";".join(f"c{n}" for n in range(501)) + "\n" + ";".join("x" * 501) + "\n")]
        )


def test_a_workbook_with_a_cell_far_to_the_right_is_rejected_at_once(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["id", "titolo"])
    book.active["XFD2"] = "x"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SourceError, match=r"a\.xlsx: it has a cell at XFD2"):
        sample_files([tmp_path / "a.xlsx"])


@pytest.mark.parametrize(
    ("markup", "message"),
    [("<div>" * 5_000, ":1: .* nested more than 500 deep"), ("<p>a\n<p>b" + "<!--" * 500, ":2: .* do not end")],
)
def test_a_page_that_cannot_be_read_is_an_error_with_its_line(tmp_path: Path, markup: str, message: str) -> None:
    pages = [written(tmp_path, f"{name}.html", f"<html>{markup}{name}") for name in ("a", "b")]
    with pytest.raises(SourceError, match=r"a\.html" + message):
        sample_files(pages)
