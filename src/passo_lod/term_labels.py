"""Name properties, classes and concepts in every language: by their labels in the vocabulary, else by the messages for their terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, Quad

from passo_lod.messages.localised_text import LanguageMap
from passo_lod.messages.message_catalogue import LANGUAGES, find_message
from passo_lod.namespaces import RDFS, SKOS, shorten

_LABELS = frozenset({RDFS.label, SKOS.prefLabel})
_DEFAULT_LANGUAGE = "en"
"""Readers without a label in their language get that in this language."""


@dataclass(frozen=True)
class TermLabels:
    """The labels of terms.

    Attributes:
        by_iri: the labels that the vocabulary gives.
    """

    by_iri: Mapping[str, LanguageMap]

    @classmethod
    def of(cls, quads: Iterable[Quad]) -> "TermLabels":
        """The labels (`rdfs:label`, `skos:prefLabel`) among some quads."""
        labels: dict[str, dict[str, str]] = {}
        for quad in quads:
            if quad.predicate in _LABELS and isinstance(quad.object, Literal) and quad.object.language:
                labels.setdefault(quad.subject.value, {}).setdefault(quad.object.language, quad.object.value)  # type: ignore[union-attr]
        return cls({iri: in_languages(texts) for iri, texts in labels.items()})

    def find(self, iri: str) -> LanguageMap | None:
        """The label of a term; None if neither the vocabulary nor the catalogue of messages has one."""
        if iri in self.by_iri:
            return self.by_iri[iri]
        texts = {language: find_message(f"term.{shorten(iri)}", language) for language in LANGUAGES}
        return (
            in_languages({language: text for language, text in texts.items() if text}) if any(texts.values()) else None
        )

    def name(self, iri: str) -> LanguageMap | str:
        """The label of a term, or else its shortened IRI."""
        return self.find(iri) or shorten(iri)


def in_languages(texts: Mapping[str, str]) -> LanguageMap:
    """Texts by language tag, of which the first is for readers of other languages."""
    return LanguageMap.of(dict(sorted(texts.items(), key=lambda each: (each[0] != _DEFAULT_LANGUAGE, each[0]))))
