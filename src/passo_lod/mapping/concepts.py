"""Find the SKOS concept that a text names, by the labels in ontology/schemes/*.ttl, for the mapper and for drafting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad
from rapidfuzz import fuzz, process

from passo_lod.errors import VocabularyError
from passo_lod.namespaces import CVL, SKOS
from passo_lod.text_folding import fold

_SUGGESTED = (SKOS.prefLabel, SKOS.altLabel)
"""Labels for messages; a hiddenLabel is for finding only (SKOS, 5.6.2)."""

_LABELS = (*_SUGGESTED, SKOS.hiddenLabel, SKOS.notation)


@dataclass(frozen=True)
class ConceptScheme:
    """The concepts of one scheme.

    Attributes:
        code: name of the scheme's file.
        concepts: by folded label or notation, in every language.
        labels: labels for messages.
    """

    code: str
    concepts: Mapping[str, NamedNode]
    labels: tuple[str, ...]

    def find(self, text: str) -> NamedNode | None:
        """Return the concept with this label; case, accents, apostrophes and spaces are ignored."""
        return self.concepts.get(fold(text))

    def suggest(self, text: str) -> list[str]:
        """Return the most similar labels, for a message."""
        by_folded_label = {fold(label): label for label in self.labels}
        nearest = process.extract(
            fold(text), list(by_folded_label), scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=55
        )
        return [by_folded_label[label] for label, _, _ in nearest]

    def __getitem__(self, code: str) -> NamedNode:
        return CVL[f"{self.code}/{code}"]


class ConceptSchemes:
    """The schemes of a folder by code, which is the file's name."""

    def __init__(self, schemes: Mapping[str, ConceptScheme]) -> None:
        self._schemes = schemes

    @classmethod
    def open(cls, folder: Path) -> "ConceptSchemes":
        """Read the schemes of `ontology/schemes/`.

        Raises:
            VocabularyError: a file is not Turtle, or a label names two concepts of one scheme.
        """
        return cls({path.stem: _read_scheme(path) for path in sorted(folder.glob("*.ttl"))})

    def __contains__(self, code: object) -> bool:
        return code in self._schemes

    def codes_in(self, scheme: str) -> tuple[str, ...]:
        """Return the codes of a scheme's concepts; none of an unknown scheme."""
        known = self._schemes.get(scheme)
        concepts = set(known.concepts.values()) if known else set()
        return tuple(sorted(concept.value.rpartition("/")[2] for concept in concepts))

    def __getitem__(self, code: str) -> ConceptScheme:
        return self._schemes[code]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all schemes."""
        return tuple(self._schemes)


def _read_scheme(path: Path) -> ConceptScheme:
    try:
        quads = list(ox.parse(path=str(path)))
    except (SyntaxError, OSError) as problem:
        raise VocabularyError(f"{path}: {problem}") from problem
    members = {quad.subject for quad in quads if quad.predicate == SKOS.inScheme and quad.object == CVL[path.stem]}
    concepts = _by_label(path, _labels(quads, members, _LABELS))
    labels = tuple(label.value for _, label in _labels(quads, members, _SUGGESTED))
    return ConceptScheme(path.stem, concepts, labels)


def _by_label(path: Path, labels: Iterable[tuple[NamedNode, Literal]]) -> dict[str, NamedNode]:
    concepts: dict[str, NamedNode] = {}
    for concept, label in labels:
        if concepts.setdefault(fold(label.value), concept) != concept:
            other = concepts[fold(label.value)].value
            raise VocabularyError(f"{path}: {label.value!r} names both {concept.value} and {other}; a label names one")
    return concepts


def _labels(
    quads: Iterable[Quad], members: set[object], predicates: tuple[NamedNode, ...]
) -> Iterable[tuple[NamedNode, Literal]]:
    for quad in quads:
        if quad.predicate in predicates and quad.subject in members:
            assert isinstance(quad.subject, NamedNode)  # noqa: S101 - ontology/ has no blank nodes (tests/test_ontology.py)
            assert isinstance(quad.object, Literal)  # noqa: S101
            yield quad.subject, quad.object
