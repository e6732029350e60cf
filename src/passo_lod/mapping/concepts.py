"""Find the SKOS concept that a text names, by the labels in ontology/schemes/*.ttl, for the mapper and for drafting."""

from collections.abc import Iterable, Iterator, Mapping
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

_MOST_SUGGESTED = 3
"""A message names so many similar concepts."""

_LABELS = (*_SUGGESTED, SKOS.hiddenLabel, SKOS.notation)

_ANSWER = "answer"
_KNOWN_ANSWERS = (CVL["answer/yes"], CVL["answer/no"])
"""The answers of the scheme `answer` that are values; the others are reasons why there is none."""


@dataclass(frozen=True)
class ConceptScheme:
    """The concepts of one scheme.

    Attributes:
        code: name of the scheme's file.
        concepts: by folded label or notation, in every language.
        labels: folded labels that a text is compared with, each with its concept.
    """

    code: str
    concepts: Mapping[str, NamedNode]
    labels: tuple[tuple[str, NamedNode], ...]

    @property
    def members(self) -> tuple[NamedNode, ...]:
        """The concepts, in their order."""
        return tuple(dict.fromkeys(concept for _, concept in self.labels))

    def find(self, text: str) -> NamedNode | None:
        """Return the concept with this label; case, accents, apostrophes and spaces are ignored."""
        return self.concepts.get(fold(text))

    def suggest(self, text: str, similarity: float = 55) -> tuple[NamedNode, ...]:
        """Return the concepts with the most similar labels in any language, for a message; each once.

        Args:
            text: a text that names none of them.
            similarity: of 100, that a label has to have at least.
        """
        folded = [label for label, _ in self.labels]
        nearest = process.extract(fold(text), folded, scorer=fuzz.token_sort_ratio, limit=None, score_cutoff=similarity)
        concepts = dict.fromkeys(self.labels[position][1] for _, _, position in nearest)
        return tuple(concepts)[:_MOST_SUGGESTED]

    def __getitem__(self, code: str) -> NamedNode:
        return CVL[f"{self.code}/{code}"]


class ConceptSchemes:
    """The schemes of a folder by code, which is the file's name."""

    def __init__(self, schemes: Mapping[str, ConceptScheme], reasons: Mapping[NamedNode, str]) -> None:
        """Make the schemes.

        Args:
            schemes: by code.
            reasons: the codes of the reasons for absence, by their concepts and by the concepts that mean the same.
        """
        self._schemes = schemes
        self._reasons = reasons

    @classmethod
    def open(cls, ontology: Path) -> "ConceptSchemes":
        """Read the schemes of `ontology/schemes/`, and which of their concepts are reasons for absence.

        Raises:
            VocabularyError: a file is not Turtle, or a label names two concepts of one scheme.
        """
        schemes = {path.stem: _read_scheme(path) for path in sorted(ontology.glob("schemes/*.ttl"))}
        return cls(schemes, dict(_read_reasons(schemes.get(_ANSWER), ontology / "alignments" / f"{_ANSWER}.ttl")))

    def reason(self, code: str) -> NamedNode:
        """Return the concept of a reason for absence, such as `not-stated`."""
        return CVL[f"{_ANSWER}/{code}"]

    def reason_of(self, concept: NamedNode) -> str | None:
        """Return the code of the reason for absence that a concept means; None for a concept that is a value."""
        return self._reasons.get(concept)

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
    quads = _read_turtle(path)
    members: set[object] = {
        quad.subject for quad in quads if quad.predicate == SKOS.inScheme and quad.object == CVL[path.stem]
    }
    concepts = _by_label(path, _labels(quads, members, _LABELS))
    labels = tuple((fold(label.value), concept) for concept, label in _labels(quads, members, _SUGGESTED))
    return ConceptScheme(path.stem, concepts, labels)


def _read_turtle(path: Path) -> list[Quad]:
    try:
        return list(ox.parse(path=str(path)))
    except (SyntaxError, OSError) as problem:
        raise VocabularyError(f"{path}: {problem}") from problem


def _read_reasons(answers: ConceptScheme | None, alignment: Path) -> Iterator[tuple[NamedNode, str]]:
    """Yield the reasons for absence, and the concepts of other schemes that an alignment matches with them, with their codes."""
    reasons = set(answers.concepts.values()) - set(_KNOWN_ANSWERS) if answers else set()
    codes = {reason: reason.value.rpartition("/")[2] for reason in reasons}
    yield from codes.items()
    for quad in _read_turtle(alignment) if alignment.is_file() else ():
        if quad.predicate == SKOS.closeMatch and quad.object in codes:
            yield quad.subject, codes[quad.object]  # type: ignore[misc,index]


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
