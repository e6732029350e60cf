"""The values of a column show its kind, its language, and the converters and schemes that read them."""

import pytest

from passo_lod.drafting.column_evidence import guess_language
from passo_lod.drafting.hints import Hints


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("empty", ["", "", "n.d."]),
        ("date", ["21/02/2020", "01/03/2021"]),
        ("year", ["2020", "2021", "1999"]),
        ("integer", ["12", "340", "7"]),
        ("money", ["10.000,00 €", "7.500,00 €"]),
        ("percentage", ["30%", "28,57%"]),
        ("web address", ["https://a.example/", "http://b.example/x"]),
        ("rating", ["28 / 30", "12 / 30"]),
        ("yes/no", ["Sì", "No", "Si"]),
        ("place (municipality)", ["Bologna", "Ravenna", "Rimini"]),
        ("place (region)", ["Toscana", "Puglia"]),
        ("organisation", ["Comune di Rêve", "Unione dei Sogni", "Associazione Luna"]),
        ("prose", ["parola " * 40, "testo " * 50]),
        ("e-mail address", ["a@b.example", "c@d.example"]),
        ("list with '/'", ["rosso / verde", "verde / blu", "blu"]),
        ("closed list", ["alto", "basso", "alto", "medio", "basso", "alto", "alto", "medio", "basso"]),
        ("text", ["Una piazza nuova", "Il parco ritrovato", "Strade di tutti", "La scuola aperta"]),
    ],
)
def test_the_values_of_a_column_show_its_kind(column, kind: str, texts: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert column("x", *texts).kind == kind


def test_texts_for_no_value_are_no_values(column) -> None:  # type: ignore[no-untyped-def]
    found = column("x", "12", "n.d.", "", "-", "30")
    assert found.values == ["12", "30"]
    assert found.missing_values == {"n.d.": "not-stated", "-": "absent"}
    assert found.filled_share == pytest.approx(0.4)


def test_a_scheme_is_found_by_labels_and_by_words_in_other_languages(column) -> None:  # type: ignore[no-untyped-def]
    italian = column("x", "Concluso", "In corso").readable_as_concept(("answer", "progress-status"))
    assert (italian.by, italian.share, italian.words) == ("progress-status", 1.0, {})
    german = column("x", "abgeschlossen", "laufend", "rot").readable_as_concept(("progress-status",))
    assert german.words == {"completed": ("abgeschlossen",), "ongoing": ("laufend",)}
    assert german.missed == ("rot",)


def test_a_separator_is_only_used_if_more_items_than_values_are_concepts(column) -> None:  # type: ignore[no-untyped-def]
    whole = column("x", "agricoltura, pesca, foreste e alimentazione", "energia").readable_as_concept(
        ("policy-area",), lists=True
    )
    assert (whole.share, whole.split) == (1.0, None)
    listed = column("x", "ambiente / energia", "energia").readable_as_concept(("policy-area",), lists=True)
    assert (listed.share, listed.split) == (1.0, " / ")


def test_regions_are_counted_by_the_places_in_them(column) -> None:  # type: ignore[no-untyped-def]
    assert column("x", "Bologna", "Ravenna", "Firenze", "nowhere").region_counts() == {"08": 2, "09": 1}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "La piazza della stazione è il luogo che i cittadini hanno scelto per il percorso"),
        ("en", "The square by the station is the place that was chosen for this process"),
        ("fr", "La place de la gare est le lieu choisi par les habitants pour les ateliers dans le quartier"),
        ("de", "Der Platz vor dem Bahnhof ist der Ort, den die Menschen für das Verfahren gewählt haben"),
        ("es", "La plaza de la estación es el lugar que los vecinos han elegido para el proceso"),
        (None, "Zzz 123"),
    ],
)
def test_the_language_is_guessed_from_frequent_words_or_left_open(
    column, hints: Hints, language: str | None, text: str
) -> None:  # type: ignore[no-untyped-def]
    assert guess_language([column("x", text)], hints)[0] == language
