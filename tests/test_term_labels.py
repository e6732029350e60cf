"""Test the names of terms in every language: of the vocabulary, of the catalogue of messages, or the shortened IRI."""

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.messages.localised_text import LanguageMap
from passo_lod.namespaces import PASSO, RDFS, SCHEMA, SKOS
from passo_lod.term_labels import TermLabels

COST = [
    Quad(PASSO.cost, RDFS.label, Literal("costo", language="it")),
    Quad(PASSO.cost, RDFS.label, Literal("cost", language="en")),
    Quad(PASSO.cost, RDFS.comment, Literal("what is paid", language="en")),
    Quad(PASSO.other, SKOS.prefLabel, Literal("andere", language="de")),
]
LABELS = TermLabels.of(COST)


def test_a_term_has_its_labels_in_the_vocabulary() -> None:
    label = LABELS.find(PASSO.cost.value)
    assert label is not None
    assert (label.text("it"), label.text("en")) == ("costo", "cost")


def test_readers_of_a_language_without_a_label_get_the_english_one_or_any() -> None:
    assert LABELS.find(PASSO.cost.value).text("sl") == "cost"  # type: ignore[union-attr]
    assert LABELS.find(PASSO.other.value).text("it") == "andere"  # type: ignore[union-attr]


def test_a_term_of_another_vocabulary_has_the_name_that_pages_give_it() -> None:
    assert LABELS.find(SCHEMA.startDate.value) == LanguageMap.of({"en": "start date", "it": "data di inizio"})


def test_a_term_without_a_label_is_its_shortened_iri() -> None:
    assert LABELS.find(PASSO.nothing.value) is None
    assert LABELS.name(PASSO.nothing.value) == "passo:nothing"
    assert LABELS.name(NamedNode("https://example.org/x").value) == "https://example.org/x"
