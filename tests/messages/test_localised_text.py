"""Test texts that are written in a language when they are shown: values, lists, numbers, labels, masking."""

import pickle

import pytest

from passo_lod.messages.localised_text import CatalogueText, LanguageMap, problem_texts
from passo_lod.messages.message_catalogue import LANGUAGES, load_messages

END = LanguageMap.of({"en": "end date", "it": "data di fine"})


def test_a_message_is_written_in_each_language_with_the_labels_of_that_language() -> None:
    text = CatalogueText.of("shacl.MinCount", {"property": END})
    assert (text.text("it"), text.text("en")) == ("Manca «data di fine».", "“end date” is missing.")


def test_readers_of_another_language_get_the_first_text_of_a_label() -> None:
    assert END.text("de") == "end date"
    assert LanguageMap.of({}).text("de") == ""


def test_a_number_chooses_the_form_and_has_the_separators_of_the_language() -> None:
    many, one = (CatalogueText.of("publish.one-body.problem", {"count": count}) for count in (1234, 1))
    assert many.text("it").startswith("1.234 modi")
    assert many.text("en").startswith("1,234 spellings")
    assert CatalogueText.of("shacl.MaxCount", {"property": END, "count": 1}).text("it").endswith("ha più di un valore.")
    assert one != many


def test_a_list_is_written_with_semicolons_each_item_in_the_language() -> None:
    kinds = tuple(CatalogueText(f"personal-data.{kind}") for kind in ("e-mail address", "health"))
    text = CatalogueText.of("map.withheld.address.problem", {"kinds": kinds})
    assert "indirizzo e-mail; dati sulla salute" in text.text("it")


def test_braces_of_a_message_and_of_its_values_are_written_as_they_are() -> None:
    problem, expected = problem_texts("read.json.no-object", {"kind": "{x}"})
    assert expected is not None
    assert problem.text("en") == "it is {x}, not an object"
    assert expected.text("en") == 'an object: {"id": …, …}'
    assert CatalogueText("read.json.no-list.expected").text("en") == "a list of objects: [{…}, {…}]"


def test_masking_changes_the_texts_of_a_record_and_neither_labels_nor_numbers() -> None:
    nested = CatalogueText.of("read.not-opened.problem", {"error": "anna"})
    text = CatalogueText.of("publish.evidence.difference", {"property": END, "value": ("anna", nested), "count": 3})
    masked = text.with_data(lambda _: "[…]")
    assert masked.values == (
        ("property", END),
        ("value", ("[…]", CatalogueText("read.not-opened.problem", (("error", "[…]"),)))),
        ("count", 3),
    )


def test_texts_can_be_compared_and_sent_to_another_process() -> None:
    text = CatalogueText.of("shacl.MinCount", {"property": END})
    assert pickle.loads(pickle.dumps(text)) == text
    assert len({text, CatalogueText.of("shacl.MinCount", {"property": END})}) == 1


def test_a_message_without_a_remedy_has_none() -> None:
    assert problem_texts("read.rdf.of-no-process", {"count": 2})[1] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_that_is_a_sentence_begins_with_a_capital_and_ends_with_a_stop(language: str) -> None:
    """Reasons that follow a colon are clauses; what stands alone is a sentence."""
    for key, found in load_messages(language).items():
        if key.startswith(("map.", "publish.", "shacl.")) and (key.endswith(".problem") or key.startswith("shacl.")):
            texts = [found] if isinstance(found, str) else [each for each in found.values() if isinstance(each, str)]
            for text in texts if not key.startswith("shacl.datatype") else []:
                assert text.endswith("."), key
                assert not text[0].islower() or text.startswith(("source.yaml", "passo-lod")), key
