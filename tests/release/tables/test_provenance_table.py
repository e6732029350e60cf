"""The table `provenance` is true: on the line that a row names, the file of the source has the label or the value of the field, read without our readers."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from passo_lod.namespaces import VOCABULARY, shorten
from passo_lod.records import FieldOutcome, FieldProvenance, FilePlace
from passo_lod.release.tables.provenance_rows import provenance_rows
from passo_lod.sources.source import Source

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "data" / "sources"
UNLABELLED = "Territorio Interessato"
"""On newer pages these names stand below the file of the map, without a label of their own."""

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows(shipped: Path) -> list[Row]:
    text = (shipped / "dump" / "passo-provenance.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def statements(shipped: Path) -> dict[tuple[str, str], list[str]]:
    """The lexical forms of the literals of the dump, by subject below the base IRI and property."""
    found: dict[tuple[str, str], list[str]] = {}
    for quad in ox.parse(gzip.decompress((shipped / "dump" / "passo.nq.gz").read_bytes()), format=ox.RdfFormat.N_QUADS):
        subject, value = quad.subject, quad.object
        if isinstance(subject, ox.NamedNode):
            text = value.value if isinstance(value, ox.Literal) else ""
            found.setdefault((subject.value.removeprefix(VOCABULARY), shorten(quad.predicate.value)), []).append(text)
    return found


@cache
def lines_of(source: str, file: str) -> list[str]:
    return (SOURCES / source / file).read_text(encoding="utf-8-sig").split("\n")


def label_of(row: Row) -> str:
    return row["field"].removeprefix("'")


def pages(rows: list[Row]) -> Iterator[Row]:
    yield from (row for row in rows if row["file"].endswith(".txt"))


def test_every_field_of_every_published_record_has_one_row(rows: list[Row], shipped: Path) -> None:
    manifest = json.loads((shipped / "manifest.json").read_text(encoding="utf-8"))
    records = {row["record"] for row in rows}
    assert len(records) == sum(source["published"] for source in manifest["sources"])
    assert len({(row["record"], row["field"]) for row in rows}) == len(rows)
    (er,) = [
        reading.record for reading in Source.open(SOURCES / "emilia-romagna").readings() if reading.id == "er-2944"
    ]
    assert er is not None
    assert {label_of(row) for row in rows if row["record"] == "er-2944"} == set(er.fields)


def test_a_page_has_the_label_on_the_line_or_right_above_it(rows: list[Row]) -> None:
    wrong = []
    for row in pages(rows):
        lines, number, label = lines_of(row["source"], row["file"]), int(row["line"]), label_of(row)
        before = [line.strip() for line in reversed(lines[:number]) if line.strip()]
        near = before[:3] if label == UNLABELLED else before[:2]
        labels = (label, "Mappa") if label == UNLABELLED else (label,)
        if not (label.startswith("@") or any(line.startswith(labels) for line in near)):
            wrong.append((row["file"], number, label, near))
    assert wrong == []
    assert sum(1 for _ in pages(rows)) > 200


def test_the_title_and_the_badge_of_a_page_stand_on_their_lines(rows: list[Row], statements) -> None:
    titles = [row for row in pages(rows) if label_of(row) == "@title"]
    assert len(titles) == 11
    for row in titles:
        line = lines_of(row["source"], row["file"])[int(row["line"]) - 1]
        assert statements[row["subjects"], "dct:title"] == [" ".join(line.split())]
    badges = {
        lines_of(row["source"], row["file"])[int(row["line"]) - 1].strip()
        for row in pages(rows)
        if label_of(row) == "@badge"
    }
    assert badges <= {"Certificato", "CertificatoFinanziato"}


def test_a_text_in_the_dump_is_that_of_the_lines_that_its_row_names(rows: list[Row], statements) -> None:
    compared = 0
    for row in pages(rows):
        if row["converters"] != "text" or " | " in row["subjects"]:
            continue
        (value,) = statements[row["subjects"], row["properties"]]
        lines = lines_of(row["source"], row["file"])[int(row["line"]) - 1 : int(row["last_line"])]
        if "[" not in value:  # a masked text differs
            assert value.split() == " ".join(lines).split(), row
            compared += 1
    assert compared > 20


def test_a_row_about_a_table_or_a_json_file_names_the_line_on_which_the_record_begins(rows: list[Row]) -> None:
    checked = 0
    for row in rows:
        if row["file"].endswith(".txt"):
            continue
        text = lines_of(row["source"], row["file"])[int(row["line"]) - 1]
        number = row["record"].removeprefix("pp-")
        if row["file"].endswith(".csv"):
            header = next(csv.reader(lines_of(row["source"], row["file"])[:1]))
            assert text.split(",")[0] == number
            assert label_of(row) in header
        else:
            case = json.loads(text.rstrip().rstrip(","))
            assert case["id"] == number
            assert label_of(row) in case
        checked += 1
    assert checked > 2000


def test_a_row_says_what_the_dump_states(rows: list[Row], statements) -> None:
    pairs = {
        pair
        for row in rows
        for pair in zip(row["subjects"].split(" | "), row["properties"].split(" | "), strict=True)
        if pair[0] not in ("", "none")
    }
    assert len(pairs) > 1000
    assert pairs - statements.keys() == set()


def test_every_literal_about_a_process_comes_from_a_field_but_for_its_identifier(rows: list[Row], statements) -> None:
    traced = {
        pair for row in rows for pair in zip(row["subjects"].split(" | "), row["properties"].split(" | "), strict=True)
    }
    untraced = {
        name
        for (subject, name), texts in statements.items()
        if subject.startswith("id/process/er-") and any(texts) and (subject, name) not in traced
    }
    assert untraced == {"dct:identifier"}


def test_the_columns_of_outcome_and_reason_agree(rows: list[Row]) -> None:
    for row in rows:
        assert row["outcome"] in ("mapped", "absent", "refused", "used", "ignored")
        has_values = set(row["subjects"].split(" | ")) - {"", "none"}
        assert bool(has_values) == (row["outcome"] == "mapped"), row
        assert bool(row["reason"]) or row["outcome"] != "absent", row


def test_no_cell_has_the_text_of_a_field(rows: list[Row]) -> None:
    """Only labels, names of the vocabulary and of converters, paths and numbers: words that stand in source.yaml, mapping.yaml or the ontology."""
    known = {
        "mapped",
        "absent",
        "refused",
        "used",
        "ignored",
        "not-stated",
        "not-captured",
        "not-applicable",
        "not-understood",
        "withheld",
    }
    labels = {label for name in ("emilia-romagna", "participedia") for label in Source.open(SOURCES / name).labels} | {
        "@title",
        "@badge",
    }
    for row in rows:
        assert label_of(row) in labels
        assert {row["outcome"], row["reason"]} - {""} <= known
        assert (SOURCES / row["source"] / row["file"]).is_file()
        for word in row["converters"].replace(", ", " | ").split(" | "):
            assert word == "" or word.replace("-", "").replace(" ", "").isalnum()


def test_a_record_that_is_about_no_process_has_no_rows() -> None:
    field = FieldProvenance("Titolo", FilePlace("a.txt", 1, 1), FieldOutcome.MAPPED)
    assert provenance_rows(VOCABULARY, "prova", [], [field]) == []
