"""A column is matched by its name, and its values decide."""

import pytest

from passo_lod.drafting.hints import Hints
from passo_lod.drafting.matching import match_columns

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
    assert [each.target.name for each in match_columns([column(name, *texts)], hints).mapped] == [target]


@pytest.mark.parametrize(
    ("name", "texts", "why"),
    [
        ("Colore della copertina", ["rosso", "verde"], "no term of ours has a name like it"),
        ("Data inizio", ["primavera", "autunno"], "none of its values are readable as date"),
        ("Stato", ["rosso", "verde"], "none of its values are concepts of progress-status"),
        ("Referente", ["Maria Inventata"], "it may name a person"),
        ("Utente creazione", ["inventata"], "it may name a person"),
        ("E-mail", ["a@b.example"], "it may name a person or say how to reach one"),
        ("Punteggio", ["28 / 30"], "a score needs the method"),
    ],
)
def test_a_column_is_left_to_the_person_with_the_reason(  # type: ignore[no-untyped-def]
    column, hints: Hints, name: str, texts: list[str], why: str
) -> None:
    found = match_columns([column(name, *texts)], hints)
    assert found.mapped == ()
    assert why in found.left[name][0]


@pytest.mark.parametrize(
    ("name", "target", "texts"),
    [
        ("budget", "budget", ["100000"]),
        ("Risorse disponibili", "budget", ["100000"]),
        ("num_votes", "votes", ["1842"]),
        ("Votanti", "votes", ["1842"]),
        ("Eligible voters", "eligible-voters", ["24000"]),
        ("Aventi diritto", "eligible-voters", ["24000"]),
        ("Proposte presentate", "proposals-submitted", ["87"]),
        ("num_projects", "proposals-voted", ["31"]),
        ("Progetti vincitori", "proposals-selected", ["6"]),
        ("vote_type", "voting-method", ["approval", "ordinal", "choose-1"]),
    ],
)
def test_the_words_of_participatory_budgeting_are_known(  # type: ignore[no-untyped-def]
    column, hints: Hints, name: str, target: str, texts: list[str]
) -> None:
    assert [each.target.name for each in match_columns([column(name, *texts)], hints).mapped] == [target]


def test_the_cost_and_the_budget_decided_on_are_two_columns(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match_columns([column("Costo", "1000"), column("Budget", "50000")], hints)
    assert {each.column.name: each.target.name for each in found.mapped} == {"Costo": "cost", "Budget": "budget"}


def test_a_reason_does_not_repeat_contact_details(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    why, _ = match_columns([column("Data inizio", "chiedere a inventata@example.org")], hints).left["Data inizio"]
    assert "inventata@" not in why


def test_values_outweigh_names(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match_columns(
        [column("Partecipanti", "120", "45"), column("Chi", "Singoli cittadini", "Soggetti privati")], hints
    )
    assert {each.column.name: each.target.name for each in found.mapped} == {
        "Partecipanti": "participant-count",
        "Chi": "participant-category",
    }


def test_the_better_of_two_columns_is_mapped_and_the_other_gets_a_suggestion(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match_columns(
        [column("Data inizio", "21/02/2020"), column("Data inizio del processo", "22/02/2020")], hints
    )
    assert len(found.mapped) == 1
    ((why, suggested),) = found.left.values()
    assert "as another column is" in why
    assert suggested[0].target.name == "start-date"


def test_two_columns_filled_in_different_records_become_one_line(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match_columns(
        [column("Data inizio", "21/02/2020", ""), column("Data inizio del processo", "", "22/02/2020")], hints
    )
    assert [set(each.labels) for each in found.mapped] == [{"Data inizio", "Data inizio del processo"}]
    assert found.left == {}


def test_a_column_that_has_a_use_is_not_matched(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    assert match_columns([column("Data inizio", "21/02/2020")], hints, used=["Data inizio"]).mapped == ()


def test_no_column_is_both_mapped_and_left_and_none_is_lost(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    columns = [column(name, "x", "y") for name in ("a", "Titolo", "titolo 2", "Costo", "Stato", "b c")]
    found = match_columns(columns, hints)
    mapped = [label for each in found.mapped for label in each.labels]
    assert sorted([*mapped, *found.left]) == sorted(each.name for each in columns)


def test_the_bodies_that_promote_a_process_propose_it(column, hints: Hints) -> None:  # type: ignore[no-untyped-def]
    found = match_columns([column("Enti promotori", "Comune di Bologna; Comune di Modena", "Comune di Modena")], hints)
    assert [each.target.name for each in found.mapped] == ["proposer"]


def test_the_reason_and_the_first_suggestion_are_those_of_the_target_that_the_values_come_nearest_to(  # type: ignore[no-untyped-def]
    column, hints: Hints
) -> None:
    reason, suggestions = match_columns([column("Partecipanti", "circa 120", "350", "90")], hints).left["Partecipanti"]
    assert "67% of its values are readable as integer (not «circa 120»)" in reason
    assert suggestions[0].target.name == "participant-count"
