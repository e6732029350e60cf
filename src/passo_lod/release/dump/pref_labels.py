"""Choose one skos:prefLabel for a body that records name in several ways; its other names become skos:altLabel (SKOS Reference, S14).

The rule stands here once, for quads (a batch that is validated, the rows of a record) and for lines of N-Quads (the dumps).
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

import pyoxigraph as ox
from pyoxigraph import Literal, Quad, RdfFormat

from passo_lod.namespaces import SKOS
from passo_lod.text_folding import most_frequent

Key = TypeVar("Key", bound=Hashable)
"""A subject and a language."""


def choose_pref_labels(quads: Iterable[Quad]) -> list[Quad]:
    """Quads with at most one prefLabel for each subject and language: the commonest."""
    listed = list(quads)
    labels = {
        at: ((quad.subject, quad.object.language), quad.object.value)
        for at, quad in enumerate(listed)
        if quad.predicate == SKOS.prefLabel and isinstance(quad.object, Literal)
    }
    chosen = _choose((key, text, 1) for key, text in labels.values())
    for at, (key, text) in labels.items():
        if text != chosen[key]:
            quad = listed[at]
            listed[at] = Quad(quad.subject, SKOS.altLabel, quad.object, quad.graph_name)
    return listed


def choose_pref_labels_in_lines(blocks: list[tuple[str, bytes, int]]) -> list[tuple[str, bytes]]:
    """Lines of N-Quads with at most one prefLabel for each subject and language: the commonest.

    Args:
        blocks: dataset, lines, and how many records have exactly these lines.

    Returns:
        Dataset and lines of each block.
    """
    chosen = _choose(
        ((subject, language), _text(literal), count)
        for _, lines, count in blocks
        for subject, literal, language in _PREF_LABEL_LINE.findall(lines)
    )

    def relabel(label: re.Match[bytes]) -> bytes:
        is_chosen = chosen[label[1], label[3] or b""] == _text(label[2])
        return label[0] if is_chosen else label[0].replace(_PREF_LABEL, _ALT_LABEL, 1)

    return [(dataset, _PREF_LABEL_LINE.sub(relabel, lines)) for dataset, lines, _ in blocks]


def has_several_pref_labels(lines: bytes) -> bool:
    """Whether lines of N-Quads may have a subject with two prefLabels."""
    return lines.find(_PREF_LABEL, lines.find(_PREF_LABEL) + 1) > 0


def _choose(labels: Iterable[tuple[Key, str, int]]) -> Mapping[Key, str]:
    """The commonest label for each key."""
    counts: dict[Key, Counter[str]] = {}
    for key, label, count in labels:
        counts.setdefault(key, Counter())[label] += count
    return {key: most_frequent(each) for key, each in counts.items()}


_PREF_LABEL, _ALT_LABEL = (f" {property} ".encode() for property in (SKOS.prefLabel, SKOS.altLabel))
_PREF_LABEL_LINE = re.compile(rb'(<[^<>]*+>)%b("(?:[^"\\]|\\.)*+")(@[A-Za-z0-9-]+)? <' % re.escape(_PREF_LABEL))


@lru_cache(4096)
def _text(literal: bytes) -> str:
    """The text of a quoted string, without escapes."""
    (quad,) = ox.parse(b"<x:> <x:> " + literal + b" .", format=RdfFormat.N_TRIPLES)
    return str(quad.object.value)
