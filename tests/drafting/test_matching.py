"""A column is matched by its name, and its values have the last word."""

import pytest

from passo_lod.drafting.hints import Hints
from passo_lod.drafting.matching import LIKELY, SURE, match, name_fit, plain

STATUS = ["Concluso", "In corso", "Progetto"]


@pytest.mark.parametrize(
    ("name", "target", "texts"),
    [
        ("Data di inizio", "start-date", ["21/02/2020"]),
        ("START_DATE", "start-date", ["2020-02-21"]),
        ("startDate", "start-date", ["2020-02-21"]),
        ("Beginn", "start-date", ["2020-02-21"]),
        ("Fecha de inicio", "start-date", ["2020-02-21"]),
        ("Nb participants", "participant-count", ["12", "40"]),
        ("Anzahl Teilnehmende", "participant-count", ["12", "40"]),
        ("Coût (€)", "cost", ["10.000,00 €"]),
        ("Estat", "status", STATUS),
        ("column 7", "status", STATUS),
        ("Comune", "territory", ["Bologna", "Rimini"]),
        ("Livello", "level", ["Consultazione", "Empowerment"]),
        ("Ente", "decision-holder", ["Comune di Rêve"]),
        ("Bénéficiaire", "beneficiary", ["Commune de Rêve"]),
        ("name.it", "title", ["La piazza nuova", "Il parco"]),
        ("organizer.name", "proposer", ["Comune di Rêve"]),
    ],
)
def test_a_column_is_found_in_any_language_and_spelling(  # type: ignore[no-untyped-def]
    column, hints: Hints, name: str, target: str, texts: list[str]
) -> None:
    assert [each.target.name for each in match([column(name, *texts)], hints).mapped] == [target]


@pytest.mark.parametrize(
    ("name", "texts", "why"),
    [
        ("Colore della copertina", ["rosso", "verde"], "no term of ours has a name like it"),
        ("Data inizio", ["primavera", "autunno"], "none of its values are readable as date"),
        ("Stato", ["rosso", "verde"], "none of its values are concepts of progress-status"),
        ("Referente", ["Maria Inventata"], "it may name a person"),
        ("Utente creazione", ["inventata"], "it may name a person"),
        ("E-mail", ["a@b.example"], "it may name a person or say how to reach one"),
        ("Budget", ["100000"], "the money that is decided upon, not the cost"),
        ("Punteggio", ["28 / 30"], "a score needs the method"),
    ],
)
def test_a_column_is_left_to_the_person_with_the_reason(  # type: ignore[no-untyped-def]
    column, hints: Hints, name: str, texts: list[str], why: str
) -> None:
    found = match([column(name, *texts)], hints)
    assert found.mapped == ()
    assert why in found.left[name][0]


def test_a_reason_does_not_repeat_what_could_reach_a_person(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    why, _ = match([column("Data inizio", "chiedere a inventata@example.org")], hints).left["Data inizio"]
    assert "inventata@" not in why


def test_values_beat_names(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match([column("Partecipanti", "120", "45"), column("Chi", "Singoli cittadini", "Soggetti privati")], hints)
    assert {each.column.name: each.target.name for each in found.mapped} == {
        "Partecipanti": "participant-count",
        "Chi": "participant-category",
    }


def test_the_better_column_gets_the_line_and_the_other_is_suggested_it(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match([column("Data inizio", "21/02/2020"), column("Data inizio del processo", "22/02/2020")], hints)
    assert len(found.mapped) == 1
    ((why, suggested),) = found.left.values()
    assert "as another column is" in why
    assert suggested[0].target.name == "start-date"


def test_two_columns_of_different_records_are_one_line(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match(
        [column("Data inizio", "21/02/2020", ""), column("Data inizio del processo", "", "22/02/2020")], hints
    )
    assert [set(each.labels) for each in found.mapped] == [{"Data inizio", "Data inizio del processo"}]
    assert found.left == {}


def test_a_column_that_has_a_use_is_not_matched(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    assert match([column("Data inizio", "21/02/2020")], hints, taken=["Data inizio"]).mapped == ()


def test_no_column_is_both_mapped_and_left_and_none_is_lost(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    columns = [column(name, "x", "y") for name in ("a", "Titolo", "titolo 2", "Costo", "Stato", "b c")]
    found = match(columns, hints)
    mapped = [label for each in found.mapped for label in each.labels]
    assert sorted([*mapped, *found.left]) == sorted(each.name for each in columns)


def test_names_are_compared_without_case_accents_units_and_underscores() -> None:
    assert plain("Nb_Participants (estimés)") == "nb participants"
    assert plain("numeroPartecipanti") == "numero partecipanti"
    assert plain("Città/Paese") == "citta paese"
    assert plain("(%)") != ""


@pytest.mark.parametrize(("name", "word"), [("anno", "nome"), ("fine", "fase"), ("type", "title"), ("staff", "start")])
def test_short_names_are_not_guessed_by_their_letters(hints: Hints, name: str, word: str) -> None:
    assert name_fit(name, [(word, "it")], hints).score < LIKELY


def test_the_same_words_in_another_order_are_the_same_name(hints: Hints) -> None:
    assert name_fit("date de début", [("début (date)", "fr"), ("date début", "fr")], hints).score >= SURE
