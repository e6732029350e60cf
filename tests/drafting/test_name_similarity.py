"""Names of columns are compared whatever their case, accents, spelling and word order."""

import pytest

from passo_lod.drafting.hints import Hints
from passo_lod.drafting.name_similarity import LIKELY, SURE, match_name, normalise_name


def test_names_are_compared_without_case_accents_units_and_underscores() -> None:
    assert normalise_name("Nb_Participants (estimés)") == "nb participants"
    assert normalise_name("numeroPartecipanti") == "numero partecipanti"
    assert normalise_name("Città/Paese") == "citta paese"
    assert normalise_name("(%)") != ""


@pytest.mark.parametrize(("name", "word"), [("anno", "nome"), ("fine", "fase"), ("type", "title"), ("staff", "start")])
def test_short_names_are_not_guessed_by_their_letters(hints: Hints, name: str, word: str) -> None:
    assert match_name(name, [(word, "it")], hints).score < LIKELY


def test_the_same_words_in_another_order_are_the_same_name(hints: Hints) -> None:
    assert match_name("date de début", [("début (date)", "fr"), ("date début", "fr")], hints).score >= SURE
