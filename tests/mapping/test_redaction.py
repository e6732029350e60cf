"""Personal data is masked, and text that only resembles it is not."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import redaction as measurement
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.redaction import KINDS, MASK, redact
from passo_lod.pipeline.context import PipelineContext

PLANTED = [
    ("e-mail address", "mario.inventato@example.org"),
    ("e-mail address", "m+prova@posta.comune.example.it"),
    ("e-mail address", "x" * 80 + "@example.org"),
    ("fiscal code", "INVMRA80A01A944X"),
    ("fiscal code", "invmra80a01a944x"),
    ("IBAN", "IT60X0542811101000000123456"),
    ("IBAN", "IT60 X054 2811 1010 0000 0123 456"),
    ("telephone number", "051 0000000"),
    ("telephone number", "051/0000000"),
    ("telephone number", "051-0000000"),
    ("telephone number", "(051) 0000000"),
    ("telephone number", "051 000 000"),
    ("telephone number", "0510000000"),
    ("telephone number", "333 0000000"),
    ("telephone number", "333.0000000"),
    ("telephone number", "333 00 00 000"),
    ("telephone number", "3330000000"),
    ("telephone number", "+39 051 0000000"),
    ("telephone number", "+390510000000"),
    ("telephone number", "0039 051 0000000"),
    ("telephone number", "tel. 051.00.00.000"),
    ("telephone number", "Cell: 333 00 00 000"),
    ("telephone number", "telefonare al numero 051 0000000"),
    ("name of a person", "Dott. Mario Inventato"),
    ("name of a person", "dott.ssa Anna Inventata"),
    ("name of a person", "Dott.ssa Inventata"),
    ("name of a person", "Sig.ra D'Inventato"),
    ("name of a person", "arch. M. Inventato"),
    ("name of a person", "Prof. MARIO INVENTATO"),
    ("name of a person", "ing. Inventato-Provetti"),
    ("name of a person", "Dr Mario De Inventatis"),
]


@pytest.mark.parametrize(("kind", "text"), PLANTED, ids=[text for _, text in PLANTED])
@pytest.mark.parametrize("frame", ["{}", "Per iscriversi: {}.", "Scrivere a {}, entro maggio", "({})", "a\n{}\nb"])
def test_personal_data_is_masked(kind: str, text: str, frame: str) -> None:
    clean, found = redact(frame.format(text))
    assert kind in found
    left = [word for word in re.findall(r"\w{4,}", text) if word in clean]
    assert left == [], clean
    assert MASK in clean


INNOCENT = [
    "Legge regionale n. 15/2018, art. 17",
    "L.R. 3/2010 e D.Lgs. 50/2016",
    "deliberazione n. 1247 del 22/07/2019",
    "10.000,00 € su 300.000,00 €, cioè 350.000 euro",
    "Via Per Modena, 7, 41030 Bomporto",
    "codici ISTAT 036001, 036002 e 099014",
    "dal 21/02/2020 al 15.11.2020, poi 02-03-2021",
    "gennaio 2019 - marzo 2020",
    "28 / 30 punti, il 33,33% di 1.200 persone",
    "dalle ore 18.30 alle 20.00",
    "CUP D59D20000000002",
    "prot. 2019/0345678",
    "Processo on line su Zoom",
    "On line e in presenza",
    "L'Ing Direct della piazza",
    "Unione dei Comuni del Sorbara / Comune di Bologna",
    "World Cafè, OST (Open Space Technology)",
    "art. 300 della legge 300/1970",
    "regolamento UE 2016/679",
    "3 000 persone in 12 incontri",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_a_text_that_only_resembles_personal_data_is_unchanged(text: str) -> None:
    assert redact(text) == (text, [])


def test_each_kind_is_listed_once_for_each_place() -> None:
    assert redact("a@example.org, b@example.org, 051 0000000")[1] == ["e-mail address"] * 2 + ["telephone number"]


@given(text=st.text(max_size=200))
def test_redaction_is_idempotent(text: str) -> None:
    clean, found = redact(text)
    assert redact(clean)[0] == clean or found
    if not found:
        assert clean == text


@given(words=st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=8), at=st.integers(0, 8))
def test_an_e_mail_address_is_found_at_every_position_of_a_text(words: list[str], at: int) -> None:
    words.insert(min(at, len(words)), "mario.inventato@example.org")
    assert "inventato" not in redact(" ".join(words))[0]


@pytest.mark.parametrize(
    "filler", ["a", "a@", "a.", "0", "0 ", "333 ", "+39", "Sig. ", "A. ", "Sig. A", "IT60", "(", "tel. 1 ", "é"]
)
def test_the_time_of_redaction_is_linear_in_the_length_of_the_text(filler: str) -> None:
    started = time.process_time()
    redact(filler * (300_000 // len(filler)))
    assert time.process_time() - started < 2, f"one of {', '.join(KINDS)} looks too far ahead"


def test_only_the_requested_kinds_are_masked() -> None:
    text = "Scrivere a mario.inventato@example.org o al Dott. Mario Inventato"
    assert redact(text, ["e-mail address"]) == ("Scrivere a […] o al Dott. Mario Inventato", ["e-mail address"])


# ------------------------------------------------------------------------------------------------- the measured texts

TEXTS = measurement.marked_texts()
FIGURES = measurement.measure(TEXTS)
OTHER_TEXTS = measurement.marked_texts(measurement.OTHER_TEXTS)
OTHER_FIGURES = measurement.measure(OTHER_TEXTS)
LANGUAGES = ("en", "es", "fr", "it")
MARKS = sorted({kind for _, kind in FIGURES.marked})


def test_the_measured_texts_are_many_and_a_third_of_them_stay_whole() -> None:
    assert len(TEXTS) >= 400
    assert {text.language for text in TEXTS} == set(LANGUAGES)
    assert sum(not text.places for text in TEXTS) > len(TEXTS) / 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_all_marked_places_are_masked_in_each_language(language: str) -> None:
    assert FIGURES.recall(language) >= 0.96, FIGURES.missed_texts


@pytest.mark.parametrize("kind", MARKS)
def test_nearly_all_marked_places_of_each_kind_are_masked(kind: str) -> None:
    assert FIGURES.recall(kind=kind) >= {"name": 0.96, "birth": 0.93}.get(kind, 1), FIGURES.missed_texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_masked_is_personal_data_in_each_language(language: str) -> None:
    assert FIGURES.precision(language) >= 0.98, FIGURES.wrong_texts


def test_texts_of_other_kinds_are_many_and_not_among_the_first() -> None:
    assert len(OTHER_TEXTS) >= 200
    assert {each.text for each in OTHER_TEXTS} & {each.text for each in TEXTS} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_marked_places_in_texts_of_other_kinds_are_masked(language: str) -> None:
    assert OTHER_FIGURES.recall(language) >= 0.94, OTHER_FIGURES.missed_texts
    assert OTHER_FIGURES.precision(language) >= 0.97, OTHER_FIGURES.wrong_texts


@pytest.mark.parametrize("kind", sorted({kind for _, kind in OTHER_FIGURES.marked}))
def test_most_marked_places_of_each_kind_in_texts_of_other_kinds_are_masked(kind: str) -> None:
    assert OTHER_FIGURES.recall(kind=kind) >= {"name": 0.94}.get(kind, 1), OTHER_FIGURES.missed_texts


def test_the_page_on_privacy_names_every_kind() -> None:
    page = (measurement.TEXTS.parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == []


def test_the_page_on_privacy_shows_the_measured_table() -> None:
    page = (measurement.TEXTS.parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert "\n".join(measurement.table(FIGURES)) in page
    assert "\n".join(measurement.table(OTHER_FIGURES)) in page


# ------------------------------------------------------------------------------------------------ what stays, in full


def test_no_name_of_an_italian_place_is_masked(pipeline_context: PipelineContext) -> None:
    places: PlaceIndex = pipeline_context.places
    names = {each.name for each in places}
    assert len(names) > 7000
    assert [name for name in names if redact(f"Comune di {name}, Sindaco di {name}")[1]] == []
    assert [name for name in names if redact(name)[1]] == []


def test_no_label_of_a_concept_is_masked() -> None:
    schemes = (measurement.TEXTS.parents[2] / "ontology" / "schemes").glob("*.ttl")
    labels = {label for path in schemes for label in re.findall(r'"([^"\n]+)"@', path.read_text(encoding="utf-8"))}
    assert len(labels) > 100
    assert [label for label in labels if redact(label)[1]] == []


def test_a_text_keeps_everything_outside_the_masked_places() -> None:
    text = "Niccolò, città, straße, İstanbul: il sindaco Luca Neri disse «perché»."
    assert redact(text) == (text.replace("Luca Neri", MASK), ["name of a person"])


def test_a_name_with_decomposed_letters_is_masked() -> None:
    assert redact("Il sindaco Nicolo\u0300 Neri")[1] == ["name of a person"]


@pytest.mark.parametrize(
    "filler",
    ["Luca ", "Luca Neri ", "Sindaco ", "via Luca ", "De ", "Neri, ", "L. ", "Luca, 9 anni, scuola ", "malato "],
)
def test_the_time_to_find_names_is_linear_in_the_length_of_the_text(filler: str) -> None:
    started = time.process_time()
    redact(filler * (100_000 // len(filler)))
    assert time.process_time() - started < 5
