"""Load hints.yaml and maps.yaml: what columns of new sources are called, and the terms that they may be mapped to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod import yaml_loader
from passo_lod.errors import VocabularyError
from passo_lod.namespaces import RDFS, SKOS, curie
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping

FOLDER = Path(__file__).resolve().parent
_LABEL_PROPERTIES = (RDFS.label, SKOS.altLabel)


@dataclass(frozen=True)
class MappingTarget:
    """A line of a mapping that a column may become (R2RML predicate-object map).

    Attributes:
        name: in hints.yaml.
        words: names of such columns, each with its language; None if that is not known.
        p: the predicate, as a prefixed name.
        map: the map on whose subject the line stands.
        reads: the kind of value, such as `date` or `concept`.
        schemes: of concepts, the schemes that may hold them, in order of preference.
        list: whether a cell may hold several values.
        leave: why such a column is never mapped automatically; None if it may be.
        part: of a place, which part of a location it is: country, province or city.
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


@dataclass(frozen=True)
class DraftMap:
    """A map of a drafted mapping.yaml, other than those of process and record.

    Attributes:
        name: in maps.yaml.
        s: the template of its subject.
        linked_from: the map whose subject refers to this one's.
        p: the predicate of that reference.
        first: lines before those of columns.
        last: lines after them.
    """

    name: str
    s: str
    linked_from: str
    p: str
    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class Hints:
    """What is known of columns and values before a file is read.

    Attributes:
        targets: the lines of a mapping that columns may become.
        maps: the maps on which these lines stand, by name.
        ids: names of columns with ids, each with its language.
        stop_words: words that do not matter in a column's name, folded.
        languages: frequent words of each language.
        sentinels: patterns of folded texts that mean «no value», by reason.
        concepts: by scheme and concept, folded texts that mean it besides its labels.
        bodies: how names of organisations begin, folded.
        currencies: names of columns with the currency of amounts, each with its language.
    """

    targets: tuple[MappingTarget, ...]
    maps: Mapping[str, DraftMap]
    ids: tuple[tuple[str, str | None], ...]
    stop_words: frozenset[str]
    languages: Mapping[str, frozenset[str]]
    sentinels: Mapping[str, tuple[re.Pattern[str], ...]]
    concepts: Mapping[str, Mapping[str, frozenset[str]]]
    bodies: tuple[str, ...]
    currencies: tuple[tuple[str, str | None], ...]

    @classmethod
    def open(cls, ontology: Iterable[Quad]) -> "Hints":
        """Load the hints, and add the labels that the ontology gives its terms.

        Args:
            ontology: the ontology's quads; a target whose term it does not define is left out.

        Raises:
            VocabularyError: a file of hints is wrong.
        """
        block = _load("hints.yaml")
        terms = _OntologyTerms(ontology)
        targets = (_parse_target(name, each, terms) for name, each in block["targets"].items())
        return cls(
            targets=tuple(filter(None, targets)),
            maps=_parse_maps(),
            ids=tuple(_parse_words(block["ids"])),
            stop_words=frozenset(map(fold, block["stop-words"])),
            languages={str(language): frozenset(map(str, words)) for language, words in block["languages"].items()},
            sentinels={str(why): tuple(map(_compile, texts)) for why, texts in block["sentinels"].items()},
            concepts={
                str(scheme): {str(code): frozenset(map(fold, texts)) for code, texts in concepts.items()}
                for scheme, concepts in block["concepts"].items()
            },
            bodies=tuple(map(fold, block["bodies"])),
            currencies=tuple(_parse_words(block["currencies"])),
        )

    def target(self, name: str) -> MappingTarget | None:
        """The target of a name."""
        return next((each for each in self.targets if each.name == name), None)

    def missing_value_reason(self, text: str) -> str | None:
        """Why a text is no value: a code of the scheme `answer`, or `absent`; None if it is a value."""
        folded = fold(text)
        if not folded:
            return "absent"
        matching = (why for why, patterns in self.sentinels.items() if any(each.fullmatch(folded) for each in patterns))
        return next(matching, None)

    def is_organisation(self, text: str) -> bool:
        """Whether a text begins like the name of an organisation."""
        folded = fold(text) + " "
        return any(folded.startswith(f"{body} ") for body in self.bodies)


class _OntologyTerms:
    """The labels of the ontology's terms."""

    def __init__(self, ontology: Iterable[Quad]) -> None:
        self._labels: dict[NamedNode, list[tuple[str, str | None]]] = {}
        for quad in ontology:
            is_label = quad.predicate in _LABEL_PROPERTIES
            if is_label and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                self._labels.setdefault(quad.subject, []).append((quad.object.value, quad.object.language))

    def defines(self, p: str) -> bool:
        return not p.startswith("passo:") or curie(p) in self._labels

    def labels(self, p: str) -> list[tuple[str, str | None]]:
        return self._labels.get(curie(p), []) if p else []


@cache
def _load(name: str) -> YamlMapping:
    return yaml_loader.load(FOLDER / name, VocabularyError)


def _parse_target(name: str, block: YamlMapping, terms: _OntologyTerms) -> MappingTarget | None:
    p, is_place = str(block.get("p", "")), block.get("reads") == "place"
    if p and not terms.defines(p):
        return None
    # The three parts of a place share one property, so its label names none of them.
    labels = [] if is_place and name != "territory" else terms.labels(str(block.get("labels-of", p)))
    return MappingTarget(
        name=name,
        words=tuple(dict.fromkeys((*_parse_words(block["words"]), *labels))),
        p=p,
        map=str(block.get("map", "process")),
        reads=str(block.get("reads", "text")),
        schemes=tuple(map(str, block.get("schemes", ()))),
        list=block.get("list") == "yes",
        leave=str(block["leave"]) if "leave" in block else None,
        part=str(block["part"]) if "part" in block else None,
    )


def _parse_words(block: YamlMapping) -> Iterator[tuple[str, str | None]]:
    for language, words in block.items():
        yield from ((str(word), str(language)) for word in words)


def _parse_maps() -> dict[str, DraftMap]:
    return {
        str(name): DraftMap(
            name=str(name),
            s=str(each["s"]),
            linked_from=str(each["linked"]["from"]),
            p=str(each["linked"]["p"]),
            first=tuple(map(str, each.get("first", ()))),
            last=tuple(map(str, each.get("last", ()))),
        )
        for name, each in _load("maps.yaml").items()
    }


def _compile(text: str) -> re.Pattern[str]:
    return re.compile(str(text))
