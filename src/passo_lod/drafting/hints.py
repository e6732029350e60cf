"""What columns are called and values look like, as data (`hints.yaml`, `maps.yaml`): a table for those who know the domain."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod import yaml_loader
from passo_lod.errors import VocabularyError
from passo_lod.namespaces import PASSO, RDFS, SKOS, curie
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping

FOLDER = Path(__file__).resolve().parent
_LABELS = (RDFS.label, SKOS.altLabel)


@dataclass(frozen=True)
class MappingTarget:
    """A line of a mapping that a column may become (R2RML predicate-object map).

    Attributes:
        map: the map on whose subject the line stands.
        reads: the kind of value, such as `date` or `concept`.
        words: what columns are called, with the language of each word; None where it is not known.
        leave: why a column is never mapped by itself; None where it may be.
        part: for a place, which part of a location it is: country, province or city.
    """

    name: str
    words: tuple[tuple[str, str | None], ...]
    p: str = ""
    map: str = "process"
    reads: str = "text"
    schemes: tuple[str, ...] = ()
    list: bool = False
    leave: str | None = None
    part: str | None = None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftMap:
    """A map of a drafted mapping beside the process: its subject, how it is reached, and its fixed lines."""

    name: str
    s: str
    linked_from: str
    p: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    currency: bool


@dataclass(frozen=True)
class Hints:
    """All that is known of columns and values before a file is seen."""

    targets: tuple[MappingTarget, ...]
    maps: Mapping[str, DraftMap]
    ids: tuple[tuple[str, str | None], ...]
    little_words: frozenset[str]
    languages: Mapping[str, frozenset[str]]
    sentinels: Mapping[str, tuple[re.Pattern[str], ...]]
    concepts: Mapping[str, Mapping[str, frozenset[str]]]
    bodies: tuple[str, ...]
    currencies: Mapping[str, tuple[str, ...]]

    @classmethod
    def open(cls, ontology: Iterable[Quad]) -> "Hints":
        """The hints, with the labels that the ontology gives its terms.

        Args:
            ontology: the ontology's quads; a target whose term it does not define is left out.

        Raises:
            VocabularyError: a file of hints is wrong.
        """
        block = _load("hints.yaml")
        terms = _Terms(ontology)
        return cls(
            targets=tuple(filter(None, (_target(name, each, terms) for name, each in block["targets"].items()))),
            maps=_maps(),
            ids=tuple(_words(block["ids"])),
            little_words=frozenset(map(fold, block["little-words"])),
            languages={str(language): frozenset(map(str, words)) for language, words in block["languages"].items()},
            sentinels={str(why): tuple(map(_pattern, texts)) for why, texts in block["sentinels"].items()},
            concepts={
                str(scheme): {str(code): frozenset(map(fold, texts)) for code, texts in concepts.items()}
                for scheme, concepts in block["concepts"].items()
            },
            bodies=tuple(map(fold, block["bodies"])),
            currencies={str(code): tuple(map(str, names)) for code, names in block["currencies"].items()},
        )

    def target(self, name: str) -> MappingTarget | None:
        """The target of a name."""
        return next((each for each in self.targets if each.name == name), None)

    def absence(self, text: str) -> str | None:
        """Why a text is no value: a code of the scheme `answer`, or `absent`; None where it is one."""
        folded = fold(text)
        if not folded:
            return "absent"
        return next(
            (why for why, patterns in self.sentinels.items() if any(p.fullmatch(folded) for p in patterns)), None
        )

    def is_body(self, text: str) -> bool:
        """Whether a text begins as the names of bodies do."""
        folded = fold(text) + " "
        return any(folded.startswith(f"{body} ") for body in self.bodies)


class _Terms:
    """The labels and comments of the ontology's terms."""

    def __init__(self, ontology: Iterable[Quad]) -> None:
        self._labels: dict[NamedNode, list[tuple[str, str | None]]] = {}
        self._comments: dict[NamedNode, list[str]] = {}
        for quad in ontology:
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                if quad.predicate in _LABELS:
                    self._labels.setdefault(quad.subject, []).append((quad.object.value, quad.object.language))
                elif quad.predicate == RDFS.comment:
                    self._comments.setdefault(quad.subject, []).append(quad.object.value)

    def knows(self, p: str) -> bool:
        return not p.startswith("passo:") or curie(p) in self._labels

    def labels(self, p: str) -> list[tuple[str, str | None]]:
        return self._labels.get(curie(p), []) if p else []

    def comments(self, p: str) -> tuple[str, ...]:
        own = curie(p) if p else PASSO[""]
        return tuple(self._comments.get(own, ()))


@cache
def _load(name: str) -> YamlMapping:
    return yaml_loader.load(FOLDER / name, VocabularyError)


def _target(name: str, block: YamlMapping, terms: _Terms) -> MappingTarget | None:
    p, shared = str(block.get("p", "")), block.get("reads") == "place"
    if p and not terms.knows(p):
        return None
    # The three parts of a place share one property, so that its label tells none of them.
    labels = [] if shared and name != "territory" else terms.labels(str(block.get("labels-of", p)))
    return MappingTarget(
        name=name,
        words=tuple(dict.fromkeys((*_words(block["words"]), *labels))),
        p=p,
        map=str(block.get("map", "process")),
        reads=str(block.get("reads", "text")),
        schemes=tuple(map(str, block.get("schemes", ()))),
        list=block.get("list") == "yes",
        leave=str(block["leave"]) if "leave" in block else None,
        part=str(block["part"]) if "part" in block else None,
        comments=terms.comments(str(block.get("labels-of", p))),
    )


def _words(block: YamlMapping) -> Iterator[tuple[str, str | None]]:
    for language, words in block.items():
        yield from ((str(word), str(language)) for word in words)


def _maps() -> dict[str, DraftMap]:
    return {
        str(name): DraftMap(
            name=str(name),
            s=str(each["s"]),
            linked_from=str(each["linked"]["from"]),
            p=str(each["linked"]["p"]),
            first=tuple(map(str, each.get("first", ()))),
            last=tuple(map(str, each.get("last", ()))),
            currency=each.get("currency") == "yes",
        )
        for name, each in _load("maps.yaml").items()
    }


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(str(text))
