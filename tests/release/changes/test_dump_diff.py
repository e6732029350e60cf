"""An RDF Patch turns one dump into the other, and the text of a diff names what changed."""

import gzip
import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.errors import ReleaseError
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.namespaces import DCT, FOAF, OWL, PASSO, RDF, RDFS, SCHEMA, SKOS, XSD
from passo_lod.release.changes import diff_text
from passo_lod.release.changes.dump_diff import compare
from passo_lod.release.changes.dump_ref import DumpRef, find_release_folder
from passo_lod.release.changes.line_diff import diff_sorted, rdf_patch
from passo_lod.release.identity.tombstones import NOTES
from passo_lod.release_layout import DUMP
from tests.nquads import n_quads_lines

BASE = "https://data.example.org/"
SOURCE = NamedNode(f"{BASE}dataset/prova")
PROCESS = NamedNode(f"{BASE}id/process/xx-1")
COST = NamedNode(f"{BASE}id/process/xx-1/cost")
RECORD = NamedNode(f"{BASE}doc/process/xx-1")
OTHER = NamedNode(f"{BASE}id/process/xx-11")
STATUS = NamedNode("https://w3id.org/passo/controlled-vocabulary/progress-status/planned")

subjects = st.sampled_from([PROCESS, COST, RECORD, OTHER, NamedNode(f"{RECORD.value}#missing-cost"), STATUS])
values = st.one_of(
    st.text(max_size=4).map(Literal),
    st.sampled_from([Literal("città", language="it"), Literal("1.0", datatype=XSD.decimal), PROCESS, STATUS]),
)
quads = st.builds(
    Quad, subjects, st.sampled_from([DCT.title, RDF.type, OWL.deprecated]), values, st.sampled_from([SOURCE, STATUS])
)
datasets = st.lists(quads, max_size=12)


def write_test_release(folder: Path, name: str, data: Iterable[Quad]) -> DumpRef:
    """Write a release that has only a dump and a manifest."""
    (folder / name / "dump").mkdir(parents=True)
    (folder / name / DUMP).write_bytes(gzip.compress("".join(n_quads_lines(data)).encode()))
    source = {"name": "prova", "dataset": SOURCE.value, "title": {"it": "Prove", "en": "Trials"}}
    (folder / name / "manifest.json").write_text(
        json.dumps({"id": name, "created": "2026-11-22T10:00:00Z", "base": BASE, "sources": [source]})
    )
    return DumpRef.open(folder / name)


def apply_patch(text: bytes, data: set[Quad]) -> set[Quad]:
    """Apply an RDF Patch to quads: every row after the header must add a new quad or delete an existing one."""
    found = set(data)
    header, transaction, rows = text.decode().partition("TX .\n")
    assert transaction
    assert all(re.fullmatch(r'H \w+ (?:<[^<>]+>|"[^"]*") \.', row) for row in header.splitlines())
    *changes, end = rows.removesuffix("\n").split("\n")
    assert end == "TC ."
    for row in changes:
        (quad,) = ox.parse(row[2:].encode(), format=ox.RdfFormat.N_QUADS)
        assert (quad in found) == (row[0] == "D"), f"a row without effect: {row}"
        (found.add if row[:2] == "A " else found.remove)(quad)
    return found


@given(datasets, datasets)
def test_a_patch_makes_the_first_dump_the_second(one: Sequence[Quad], other: Sequence[Quad]) -> None:
    with tempfile.TemporaryDirectory() as place:
        before, after = write_test_release(Path(place), "a", one), write_test_release(Path(place), "b", other)
        assert apply_patch(b"".join(rdf_patch(before, after)), set(one)) == set(other)


@given(st.sets(st.binary(max_size=3)), st.sets(st.binary(max_size=3)))
def test_the_line_diff_has_each_line_that_is_in_one_dump_only(one: set[bytes], other: set[bytes]) -> None:
    assert list(diff_sorted(sorted(one), sorted(other))) == [
        ("D" if line in one else "A", line) for line in sorted(one ^ other)
    ]


@given(datasets, datasets)
def test_every_difference_is_reported_for_a_thing(one: Sequence[Quad], other: Sequence[Quad]) -> None:
    """And nothing else is reported."""
    with tempfile.TemporaryDirectory() as place:
        before, after = write_test_release(Path(place), "a", one), write_test_release(Path(place), "b", other)
        lines = diff_sorted(n_quads_lines_as_bytes(one), n_quads_lines_as_bytes(other))
        assert {change.thing for change in compare(before, after).changes} == {
            after.thing_of_line(line) for _, line in lines
        }


def n_quads_lines_as_bytes(data: Iterable[Quad]) -> list[bytes]:
    return [line.encode() for line in n_quads_lines(data)]


# --- As text ----------------------------------------------------------------------------------------------------------


def quads_about(subject: NamedNode, *pairs: tuple[NamedNode, NamedNode | Literal]) -> list[Quad]:
    return [Quad(subject, predicate, value, SOURCE) for predicate, value in pairs]


def process(code: str, title: str, *more: tuple[NamedNode, NamedNode | Literal]) -> list[Quad]:
    node = NamedNode(f"{BASE}id/process/{code}")
    return quads_about(node, (RDF.type, PASSO.ParticipatoryProcess), (DCT.title, Literal(title, language="it")), *more)


def tombstone(code: str, why: str, *more: tuple[NamedNode, NamedNode | Literal]) -> list[Quad]:
    notes = [(SKOS.changeNote, Literal(text, language=each)) for each, text in NOTES[why].items()]
    return quads_about(NamedNode(f"{BASE}id/process/{code}"), *notes, (OWL.deprecated, Literal("true")), *more)


LABELS = [
    *quads_about(
        SCHEMA.startDate, (RDFS.label, Literal("inizio", language="it")), (RDFS.label, Literal("start", language="en"))
    ),
    *quads_about(
        STATUS,
        (SKOS.prefLabel, Literal("previsto", language="it")),
        (SKOS.prefLabel, Literal("planned", language="en")),
    ),
]
BEFORE = [
    *LABELS,
    *process("xx-1", "Orto", (SCHEMA.startDate, Literal("2020-01-01", datatype=XSD.date))),
    *quads_about(COST, (SCHEMA.value, Literal("10.00", datatype=XSD.decimal))),
    *process("xx-2", "Parco"),
    *process("xx-3", "Piazza"),
    *process("xx-5", "Scuola"),
    *quads_about(NamedNode(f"{BASE}doc/process/xx-5"), (DCT.modified, Literal("2020-01-01", datatype=XSD.date))),
]
AFTER = [
    *LABELS,
    *process(
        "xx-1", "Orto", (SCHEMA.startDate, Literal("2020-02-01", datatype=XSD.date)), (PASSO.progressStatus, STATUS)
    ),
    *quads_about(COST, (SCHEMA.value, Literal("12.00", datatype=XSD.decimal))),
    *tombstone("xx-2", "withdrawn", (SKOS.changeNote, Literal("chiesto dal Comune"))),
    *tombstone("xx-3", "merged", (DCT.isReplacedBy, PROCESS)),
    *process("xx-4", "Ponte"),
    *process("xx-5", "Scuola"),
    *quads_about(NamedNode(f"{BASE}doc/process/xx-5"), (DCT.modified, Literal("2021-01-01", datatype=XSD.date))),
]
WORDS = {
    "en": """From a to b: 1 new process, 1 process changed, 1 process merged, 1 process withdrawn, 1 record changed

Trials: 1 new process, 1 process changed, 1 process merged, 1 process withdrawn, 1 record changed
  + Ponte (xx-4)
  ~ Orto (xx-1)
      start: 2020-01-01 → 2020-02-01
      progressStatus: (nothing) → planned
      cost › value: 10.00 → 12.00
  - Parco (xx-2): withdrawn (chiesto dal Comune)
  - Piazza (xx-3): merged, now Orto (xx-1)
  ~ Scuola (xx-5)
      record › modified: 2020-01-01 → 2021-01-01""",
    "it": """Da a a b: 1 processo nuovo, 1 processo modificato, 1 processo unito, 1 processo ritirato, 1 scheda modificata

Prove: 1 processo nuovo, 1 processo modificato, 1 processo unito, 1 processo ritirato, 1 scheda modificata
  + Ponte (xx-4)
  ~ Orto (xx-1)
      inizio: 2020-01-01 → 2020-02-01
      progressStatus: (niente) → previsto
      cost › value: 10.00 → 12.00
  - Parco (xx-2): ritirato (chiesto dal Comune)
  - Piazza (xx-3): unito, ora Orto (xx-1)
  ~ Scuola (xx-5)
      scheda › modificato: 2020-01-01 → 2021-01-01""",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_says_what_happened_to_each_thing_by_name(tmp_path: Path, language: str) -> None:
    difference = compare(write_test_release(tmp_path, "a", BEFORE), write_test_release(tmp_path, "b", AFTER))
    words = {
        DCT.modified.value: {"it": "modificato", "en": "modified"},
        SCHEMA.value.value: {"it": "value", "en": "value"},
    }
    lines = diff_text.diff_as_text(difference, language, lambda iri: words.get(iri, {}).get(language, ""))
    assert "\n".join(lines) == WORDS[language]


LONG = st.text("ab ", max_size=150)


@given(LONG, LONG, LONG)
def test_the_shown_parts_of_different_texts_differ(same: str, old: str, new: str) -> None:
    one, other = (f"x{same}{end}y" for end in (old, new))
    assume(one.split() != other.split())
    with tempfile.TemporaryDirectory() as folder:
        before, after = (
            write_test_release(Path(folder), name, process("xx-1", text)) for name, text in (("a", one), ("b", other))
        )
        (line,) = (line for line in diff_text.diff_as_text(compare(before, after), "en", str) if " → " in line)
    shown = line.partition(": ")[2].split(" → ")
    assert shown[0] != shown[1]
    assert all(len(each) <= 104 for each in shown)


def test_between_a_release_and_itself_there_is_no_difference(tmp_path: Path) -> None:
    one = write_test_release(tmp_path, "a", BEFORE)
    assert list(diff_text.diff_as_text(compare(one, one), "en", str)) == ["From a to a: no difference"]


def test_a_thing_that_is_published_again_is_added(tmp_path: Path) -> None:
    """A tombstone does not count as a description."""
    there, gone = (
        write_test_release(tmp_path, "a", process("xx-1", "Orto")),
        write_test_release(tmp_path, "b", tombstone("xx-1", "quarantined")),
    )
    assert [(each.event, each.status) for each in compare(there, gone).changes] == [("removed", "quarantined")]
    assert [each.event for each in compare(gone, there).changes] == ["added"]


def test_a_record_belongs_to_the_thing_it_is_about(tmp_path: Path) -> None:
    before = write_test_release(tmp_path, "a", process("xx-1", "Orto"))
    after = write_test_release(
        tmp_path, "b", [*process("xx-1", "Orto"), *quads_about(RECORD, (FOAF.primaryTopic, PROCESS))]
    )
    (change,) = compare(before, after).changes
    assert (change.thing, change.kind) == (PROCESS.value, "record")


# --- Finding releases ------------------------------------------------------------------------------------------------------


def test_releases_are_found_by_id_or_as_current_or_previous(tmp_path: Path) -> None:
    for name in ("2026-01", "2026-02", "2026-03"):
        write_test_release(tmp_path, name, BEFORE)
    (tmp_path / "current").symlink_to("2026-02")
    assert [find_release_folder(tmp_path, each).name for each in ("current", "previous", "2026-03")] == [
        "2026-02",
        "2026-01",
        "2026-03",
    ]


@pytest.mark.parametrize("name", ["nope", "..", "../2026-01", "previous", ""])
def test_an_unknown_release_is_an_error_that_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    write_test_release(tmp_path, "2026-01", BEFORE)
    (tmp_path / "current").symlink_to("2026-01")
    with pytest.raises(ReleaseError, match="2026-01"):
        find_release_folder(tmp_path, name)


def test_a_truncated_dump_is_an_error_and_not_a_difference(tmp_path: Path) -> None:
    before, after = write_test_release(tmp_path, "a", BEFORE), write_test_release(tmp_path, "b", AFTER)
    after.dump.write_bytes(after.dump.read_bytes()[:-20])
    with pytest.raises(ReleaseError, match="cannot be read"):
        list(rdf_patch(before, after))
