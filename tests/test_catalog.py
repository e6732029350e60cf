"""Reading passo.yaml: every setting is read, and a mistake is a message with its line."""

from pathlib import Path

import pytest

from passo_lod import dcat_settings as portal
from passo_lod.catalog import HOME, Catalog
from passo_lod.dcat_settings import DcatSettings
from passo_lod.errors import SettingsError, SourceError
from passo_lod.sources.source import Source

SETTINGS = """\
base: https://example.org/partecipa/
title: {it: Prova, en: Test}
description: {it: Una prova, en: A test}
publisher: {it: Noi, en: Us}
licence: https://creativecommons.org/licenses/by/4.0/
languages: [it, en]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "sources" / "toscana").mkdir(parents=True)
    (folder / "sources" / "toscana" / "source.yaml").write_text("")
    (folder / "passo.yaml").write_text(SETTINGS)
    return folder


def test_the_catalogue_of_the_project_opens() -> None:
    catalog = Catalog.open(HOME / "data")
    assert catalog.base == "https://w3id.org/passo/"
    assert catalog.settings == HOME / "passo.yaml"
    assert "emilia-romagna" in [folder.name for folder in catalog.source_folders()]


def test_every_setting_is_read(data: Path) -> None:
    catalog = Catalog.open(data)
    assert catalog.base == "https://example.org/partecipa/"
    assert catalog.title == {"it": "Prova", "en": "Test"}
    assert catalog.publisher["en"] == "Us"
    assert catalog.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert catalog.languages == ("it", "en")


def test_the_nearest_passo_yaml_above_the_data_is_used(data: Path) -> None:
    (data / "passo.yaml").rename(data.parent / "passo.yaml")
    assert Catalog.open(data).settings == data.parent / "passo.yaml"


def test_folders_that_the_data_lacks_come_with_passo_lod(data: Path) -> None:
    catalog = Catalog.open(data)
    assert (catalog.ontology, catalog.shapes, catalog.places) == (
        HOME / "ontology",
        HOME / "shapes",
        HOME / "data" / "places",
    )


def test_places_and_shapes_of_the_data_folder_are_preferred(data: Path) -> None:
    (data / "places").mkdir()
    (data / "shapes").mkdir()
    catalog = Catalog.open(data)
    assert (catalog.places, catalog.shapes) == (data / "places", data / "shapes")


def test_sources_are_sorted_by_name(data: Path) -> None:
    for name in ("umbria", "abruzzo", "puglia"):
        (data / "sources" / name).mkdir()
        (data / "sources" / name / "source.yaml").write_text("")
    assert [folder.name for folder in Catalog.open(data).source_folders()] == ["abruzzo", "puglia", "toscana", "umbria"]


def test_a_source_without_source_yaml_is_an_error(data: Path) -> None:
    (data / "sources" / "umbria").mkdir()
    folders = Catalog.open(data).source_folders()
    assert [folder.name for folder in folders] == ["toscana", "umbria"]
    with pytest.raises(SourceError, match=r"umbria/source\.yaml: not found; a source is a folder with source\.yaml"):
        Source.open(folders[-1])


def test_hidden_folders_and_files_are_no_sources(data: Path) -> None:
    (data / "sources" / ".cache").mkdir()
    (data / "sources" / "README.md").write_text("")
    assert [folder.name for folder in Catalog.open(data).source_folders()] == ["toscana"]


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"no such folder; --data names a folder that holds sources/<source>/source\.yaml"
    ):
        Catalog.open(tmp_path / "nowhere")


def test_a_folder_without_sources_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "passo.yaml").write_text(SETTINGS)
    with pytest.raises(SettingsError, match="holds no source"):
        Catalog.open(tmp_path).source_folders()


PORTAL = """\
url: https://dati.example.org/
contact: {name: {it: Ufficio, en: Office}, email: ufficio@example.org, page: https://example.org/ufficio}
publisher-identifier: codiceIPA:xx_prova
keywords: {it: [partecipazione, bilancio], en: [participation]}
theme: REGI
frequency: QUARTERLY
harvested: [sources, versions]
"""


def test_the_dcat_settings_are_optional(data: Path) -> None:
    assert Catalog.open(data).portal == DcatSettings()
    assert (DcatSettings().theme, DcatSettings().frequency) == ("GOVE", "IRREG")
    assert DcatSettings().harvested == ("sources", "places", "vocabulary", "cube", "all")


def test_the_dcat_settings_are_read(data: Path) -> None:
    (data / "passo.yaml").write_text(SETTINGS + PORTAL)
    assert Catalog.open(data).portal == DcatSettings(
        url="https://dati.example.org/",
        contact={"it": "Ufficio", "en": "Office"},
        email="ufficio@example.org",
        page="https://example.org/ufficio",
        identifier="codiceIPA:xx_prova",
        keywords={"it": ("partecipazione", "bilancio"), "en": ("participation",)},
        theme="REGI",
        frequency="QUARTERLY",
        harvested=("sources", "versions"),
    )


@pytest.mark.parametrize("key", portal.KEYS)
def test_every_dcat_setting_is_documented(key: str) -> None:
    assert f"`{key}`" in (HOME / "docs" / "catalogue.md").read_text(encoding="utf-8")


WRONG_FOR_PORTALS = [
    ("url: https://dati.example.org", ":7: url .* should be an address that ends in a slash"),
    ("url: dati.example.org/", ":7: url"),
    ("contact: ufficio@example.org", ":7: contact should hold a mapping"),
    ("contact: {email: ufficio}", ":7: email 'ufficio' should be the e-mail address of an office"),
    ("contact: {email: 'mailto:a@example.org'}", ":7: email"),
    ("contact: {phone: '051'}", ":7: contact: unknown key 'phone'; known: name, email, page"),
    ("contact: {name: Ufficio}", ":7: name should hold a mapping"),
    ("contact: {name: {it: [a]}}", ":7: name should hold one text a language"),
    ("contact: {page: ufficio}", ":7: page 'ufficio' should be the address of a page"),
    ("publisher-identifier: [a]", ":7: publisher-identifier .* should be one word, such as codiceIPA:r_emiro"),
    ("keywords: {it: partecipazione}", ":7: it should hold a list of texts"),
    ("keywords: [partecipazione]", ":7: keywords should hold a mapping"),
    ("theme: PARTICIPATION", ":7: theme 'PARTICIPATION' should be one of AGRI, ECON"),
    ("frequency: sometimes", ":7: frequency 'sometimes' should be one of ANNUAL"),
    ("harvested: all", ":7: harvested should hold a list of texts"),
    ("harvested: [all, everything]", r":7: harvested \[all, everything\] should be some of sources, places"),
    ("harvested: [versions]", r":7: harvested \[versions\] .* not versions alone"),
    ("harvested: []", r":7: harvested \[\] should be some of sources"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_FOR_PORTALS, ids=[wrong for wrong, _ in WRONG_FOR_PORTALS])
def test_a_mistake_in_a_dcat_setting_is_a_clear_error(data: Path, wrong: str, message: str) -> None:
    (data / "passo.yaml").write_text(SETTINGS + wrong + "\n")
    with pytest.raises(SettingsError, match=message):
        Catalog.open(data)


MISTAKES = [
    (
        "base: https://example.org/partecipa/",
        "base: https://example.org/partecipa",
        ":1: base .* should be an IRI that ends in a slash",
    ),
    ("base: https://example.org/partecipa/", "base: example.org/", ":1: base"),
    ("base: https://example.org/partecipa/", "base: https://example.org/#/", ":1: base"),
    ("base: https://example.org/partecipa/", "base: 'https://example.org/a b/'", ":1: base"),
    ("base: https://example.org/partecipa/", "base: https://example.org/<x>/", ":1: base"),
    ("base: https://example.org/partecipa/", "base: [https://example.org/]", ":1: base"),
    (
        "licence: https://creativecommons.org/licenses/by/4.0/",
        "licence: CC BY 4.0",
        ":5: licence .* should be the licence's IRI",
    ),
    ("title: {it: Prova, en: Test}", "title: Prova", ":2: title should hold one text a language"),
    ("title: {it: Prova, en: Test}", "title: {it: [Prova]}", ":2: title should hold one text a language"),
    ("languages: [it, en]", "languages: it", ":6: languages should hold a list of texts"),
    ("languages: [it, en]", "languages: []", "languages missing"),
    ("languages: [it, en]", "", "languages missing; the catalogue states base, title"),
    ("languages: [it, en]", "languages: [it, en]\nlanguage: it", ":7: unknown key 'language'; known: base, title"),
    ("languages: [it, en]", "languages: [it", "is not YAML"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES, ids=[wrong or "missing" for _, wrong, _ in MISTAKES])
def test_a_mistake_names_file_line_and_what_would_be_right(data: Path, right: str, wrong: str, message: str) -> None:
    (data / "passo.yaml").write_text(SETTINGS.replace(right, wrong))
    with pytest.raises(SettingsError, match=message) as raised:
        Catalog.open(data)
    assert str(data / "passo.yaml") in str(raised.value)
