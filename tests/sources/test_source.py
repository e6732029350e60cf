"""Opening a source checks its settings; it finds its files and mints ids."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import SourceError
from passo_lod.pipeline.context import SourcePipeline
from passo_lod.report import Severity
from passo_lod.sources.source import Source

SETTINGS = """\
title: {it: Prova, en: Test}
description: {it: Una prova}
prefix: pr
observatory: id/organisation/pr-osservatorio
language: it
licence: https://creativecommons.org/licenses/by/4.0/
attribution: Noi
site: https://example.org/
region: "08"
reader: labelled-text
files: samples/*.txt
id: '(?P<id>\\d+|[a-z]+)'
withdrawn: {12: doppione}
layout:
  title-before: Questa scheda
  first-lines: [Regione]
  inline: [Modificata]
  unlabelled:
    Mappa: {unless: jpg, field: Comuni}
  sections:
    Generale: [Titolo, Mappa, Comuni]
  free-text: [Titolo]
  checkboxes: [Mappa]
  sentinels: {Non indicato: not-stated}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "prova"
    (path / "samples").mkdir(parents=True)
    (path / "source.yaml").write_text(SETTINGS)
    return path


def test_all_settings_of_a_source_are_read(folder: Path) -> None:
    source = Source.open(folder)
    assert (source.name, source.prefix, source.region) == ("prova", "pr", "08")
    assert source.withdrawn == {"12": "doppione"}
    assert source.layout.sections == {"Generale": ("Titolo", "Mappa", "Comuni")}


MISTAKES = [
    ("prefix: pr", "prefix: PR 1", ":3: prefix 'PR 1' should be two to twelve small letters"),
    ("prefix: pr", "prefix: [pr]", ":3: prefix"),
    ("prefix: pr\n", "", "prefix missing; a source states title"),
    ("language: it", "language: italiano vero", ":5: language"),
    ("licence: https://creativecommons.org/licenses/by/4.0/", "licence: libera", ":6: licence 'libera' should be the licence's IRI"),
    ("site: https://example.org/", "site: https://example.org", ":8: site .* should be an IRI that ends in a slash"),
    ('region: "08"', "region: Emilia-Romagna", ":9: region .Emilia-Romagna. should be"),
    ("reader: labelled-text", "reader: tabular", ":10: unknown reader 'tabular'; known: .*labelled-text"),
    ("reader: labelled-text", "reader: {a: b}", ":10: unknown reader"),
    ("files: samples/*.txt", "files: /samples/*.txt", ":11: files .* should be a pattern below"),
    ("files: samples/*.txt", "files: [a, b]", ":11: files"),
    ("id: '(?P<id>\\d+|[a-z]+)'", "id: '(?P<id>'", ":12: id is not a regular expression"),
    ("id: '(?P<id>\\d+|[a-z]+)'", "id: '.+'", ":12: id should name the part of a file's name that is the id"),
    ("withdrawn: {12: doppione}", "withdrawn: [12]", ":13: withdrawn should hold a mapping"),
    ("withdrawn: {12: doppione}", "withdrawn: {12: ''}", ":13: withdrawn should say why '12' was taken back"),
    ("title: {it: Prova, en: Test}", "title: Prova", ":1: title should hold one text a language"),
    ("title: {it: Prova, en: Test}", "titolo: {it: Prova}", ":1: unknown key 'titolo'; known: attribution"),
    ("layout:\n", "layout: x\nlayot:\n", ":15: unknown key 'layot'"),
    ("  title-before: Questa scheda\n", "", "layout should state title-before"),
    ("  first-lines: [Regione]", "  first-lines: Regione", ":16: first-lines should hold a list of texts"),
    ("  first-lines: [Regione]", "  last-lines: [Regione]", ":16: unknown key 'last-lines' in layout; known: title-before"),
    ("    Generale: [Titolo, Mappa, Comuni]", "    Generale: Titolo", ":21: Generale should hold a list of texts"),
    ("    Mappa: {unless: jpg, field: Comuni}", "    Mappa: {unless: '(', field: Comuni}", ":19: unlabelled should hold, below 'Mappa'"),
    ("    Mappa: {unless: jpg, field: Comuni}", "    Mappa: {field: Comuni}", ":19: unlabelled"),
    ("    Mappa: {unless: jpg, field: Comuni}", "    Mappa: jpg", ":19: unlabelled"),
    ("    Mappa: {unless: jpg, field: Comuni}", "    Mappa: {unless: jpg, field: Paesi}", ":19: unlabelled names 'Paesi', which no section lists"),
    ("  free-text: [Titolo]", "  free-text: [Titoli]", ":22: free-text names 'Titoli', which no section lists"),
    ("  checkboxes: [Mappa]", "  checkboxes: [Carta]", ":23: checkboxes names 'Carta'"),
    ("  sentinels: {Non indicato: not-stated}", "  sentinels: {Non indicato: unknown}", ":24: the sentinel 'Non indicato' has the reason 'unknown'; known: not-stated"),
    ("  sentinels: {Non indicato: not-stated}", "  sentinels: [Non indicato]", ":24: sentinels should hold a mapping"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "message"), MISTAKES, ids=[wrong or f"no {right}" for right, wrong, _ in MISTAKES]
)
def test_a_mistake_in_source_yaml_names_file_line_and_what_would_be_right(
    folder: Path, right: str, wrong: str, message: str
) -> None:
    assert right in SETTINGS
    (folder / "source.yaml").write_text(SETTINGS.replace(right, wrong))
    with pytest.raises(SourceError, match=message) as raised:
        Source.open(folder)
    assert str(folder / "source.yaml") in str(raised.value)


def test_a_folder_without_source_yaml_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not found; a source is a folder"):
        Source.open(tmp_path)


@pytest.mark.parametrize("name", ["places", "vocabulary", "all", "releases", "Emilia Romagna", "emilia_romagna", "è"])
def test_a_folder_whose_name_cannot_name_a_dataset_is_reported(folder: Path, name: str) -> None:
    with pytest.raises(SourceError, match="a source's folder has a name in a-z, 0-9 and hyphens, other than 'places'"):
        Source.open(folder.rename(folder.parent / name))


def test_files_are_sorted_by_name(folder: Path) -> None:
    for name in ("9.txt", "10.txt", "a.txt", "other.md"):
        (folder / "samples" / name).write_text("x")
    (folder / "samples" / "folder.txt").mkdir()
    assert [path.name for path in Source.open(folder).paths()] == ["10.txt", "9.txt", "a.txt"]


def test_a_dangling_link_is_a_record_that_cannot_be_read(folder: Path) -> None:
    (folder / "samples" / "7.txt").symlink_to("nowhere")
    (reading,) = Source.open(folder).readings()
    assert (reading.id, reading.record, reading.path) == ("pr-7", None, "samples/7.txt")
    assert reading.results[0].code == "unreadable"


def test_a_named_pipe_is_rejected_without_waiting_for_it(folder: Path) -> None:
    os.mkfifo(folder / "samples" / "7.txt")
    (reading,) = Source.open(folder).readings()
    assert reading.results[0].code == "unreadable"


@pytest.mark.parametrize("key", ["12", "pr-12", "PR-12"])
def test_a_withdrawn_id_may_have_the_prefix_or_not(folder: Path, key: str) -> None:
    (folder / "source.yaml").write_text(SETTINGS.replace("{12: doppione}", f"{{{key}: doppione}}"))
    assert Source.open(folder).withdrawn == {"12": "doppione"}


# --- ids ---------------------------------------------------------------------------------------------------------------

IDS = [
    ("2205", "2205", "2205"),
    ("000_2205", "2205", "2205"),
    ("000_9c01f1f444d477c3", "9c01f1f444d477c3", None),
    ("noid-piacenza", "noid-piacenza", None),
    ("Città di Prova (2)", "citta-di-prova-2", None),
    ("5", "5", None),
    ("già", "gia", None),
]


@pytest.mark.parametrize(("stem", "code", "page"), IDS)
def test_the_id_comes_from_the_files_name(
    source_pipeline: SourcePipeline, stem: str, code: str, page: str | None
) -> None:
    found = source_pipeline.source.record_id(stem)
    assert found is not None
    assert found[0] == found[1]["id"] == code
    assert found[1].get("page") == page


@pytest.mark.parametrize("stem", ["", "???", "…", "日本"])
def test_a_name_without_letters_and_figures_gives_no_id(source_pipeline: SourcePipeline, stem: str) -> None:
    assert source_pipeline.source.record_id(stem) is None


@given(stem=st.text(max_size=30))
def test_an_id_is_made_of_small_letters_figures_and_hyphens_and_is_stable(
    source_pipeline: SourcePipeline, stem: str
) -> None:
    found = source_pipeline.source.record_id(stem)
    if found is not None:
        assert set(found[0]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert found[0].strip("-") == found[0] != ""
        assert source_pipeline.source.record_id(found[0]) is not None
        assert source_pipeline.source.record_id(stem) == found


@given(one=st.integers(10, 999_999), other=st.integers(10, 999_999))
def test_different_page_numbers_get_different_ids(source_pipeline: SourcePipeline, one: int, other: int) -> None:
    ids = [source_pipeline.source.record_id(str(number)) for number in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)


def test_a_name_that_gives_no_id_is_a_violation_that_says_what_fits(
    source_pipeline: SourcePipeline, tmp_path: Path
) -> None:
    (tmp_path / "???.txt").write_text("x")
    (reading,) = source_pipeline.source.readings([tmp_path / "???.txt"])
    (result,) = reading.results
    assert (reading.id, result.severity, result.code) == ("", Severity.VIOLATION, "id")
    assert result.expected is not None
    assert source_pipeline.source.id_pattern.pattern in result.texts["en"].expected


def test_a_name_that_is_not_utf_8_is_escaped(folder: Path) -> None:
    (folder / "samples" / os.fsdecode(b"caff\xe8.txt")).write_text("x")
    (reading,) = Source.open(folder).readings()
    assert reading.path == "samples/caff\\xe8.txt"
    assert reading.path.encode()


@pytest.mark.parametrize("pattern", ["../other/*.txt", "samples/../../*.txt", "..", "/etc/*"])
def test_files_outside_of_the_folder_cannot_be_named(folder: Path, pattern: str) -> None:
    (folder / "source.yaml").write_text(SETTINGS.replace("samples/*.txt", pattern))
    with pytest.raises(SourceError, match=r"source\.yaml:11: files .* should be a pattern below the folder"):
        Source.open(folder)


def test_names_with_two_dots_are_names(folder: Path) -> None:
    (folder / "source.yaml").write_text(SETTINGS.replace("samples/*.txt", "samples..1/*..txt"))
    assert Source.open(folder).paths() == []


def test_a_link_that_leads_out_of_the_folder_is_an_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    (folder / "samples" / "1.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(
        SourceError, match=r"source\.yaml:11: files 'samples/\*\.txt' fits samples/1\.txt, which is .*secret\.txt"
    ):
        Source.open(folder).paths()


def test_a_linked_folder_that_leads_out_of_the_folder_is_an_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.txt").write_text("x")
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    (folder / "source.yaml").write_text(SETTINGS.replace("samples/*.txt", "more/*.txt"))
    with pytest.raises(SourceError, match=r"source\.yaml:11: .* outside of the source's folder; copy the file"):
        list(Source.open(folder).readings())


def test_a_link_inside_of_the_folder_and_a_linked_source_are_read(folder: Path, tmp_path: Path) -> None:
    (folder / "1.txt").write_text("x")
    (folder / "samples" / "1.txt").symlink_to(folder / "1.txt")
    (tmp_path / "linked").symlink_to(folder)
    assert [path.name for path in Source.open(tmp_path / "linked").paths()] == ["1.txt"]
