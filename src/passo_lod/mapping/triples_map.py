"""Read a `mapping.yaml`: which fields of a record become which triples, in keys that a domain expert can read.

`prefixes`, `mappings`, `s`, `po`, `p`, `o` and `$(…)` are YARRRML's (https://rml.io/yarrrml/spec/); `from`, `convert`,
`split`, `concept`, `each` and `ignore` are ours (docs/decisions/0002-mapping-in-yaml.md; reference in docs/mapping.md).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from passo_lod import yaml_text
from passo_lod.errors import MappingError
from passo_lod.terms import PREFIXES, curie
from passo_lod.yaml_text import Block, Sequence, Text

LOOK_UPS = ("place", "organisation")
"""Converters that look a name up, beside those of `converters.converters`."""

_VARIABLE = re.compile(r"\$\(([a-z_][a-z0-9_]*)\)")


@dataclass(frozen=True)
class Known:
    """What a mapping may refer to.

    Attributes:
        labels: every label that the source lists.
        converters: names of converters.
        schemes: codes of concept schemes.
        constants: values of `$(…)` that are the same for the whole source.
    """

    labels: Collection[str]
    converters: Collection[str]
    schemes: Collection[str]
    constants: Mapping[str, str]


@dataclass(frozen=True)
class Otherwise:
    """Where a text goes that names no concept of the scheme (`else`)."""

    predicate: NamedNode
    convert: str


@dataclass(frozen=True)
class PredicateObjectMap:
    """One line below `po`: a predicate, and where its object comes from (R2RML, 6.3).

    Exactly one of `constant` (o), `labels` (from), `value` and `mapping` says where.
    """

    predicate: NamedNode
    constant: str | None = None
    datatype: NamedNode | None = None
    labels: tuple[str, ...] = ()
    value: str | None = None
    mapping: str | None = None
    convert: str | None = None
    concept: str | None = None
    split: str | None = None
    otherwise: Otherwise | None = None
    only: re.Pattern[str] | None = None
    compare: bool = False


@dataclass(frozen=True)
class Each:
    """What a map is repeated for: the parts of a field, or a list of labels with a key each."""

    labels: tuple[str, ...] = ()
    split: str | None = None
    find: re.Pattern[str] | None = None
    parse: re.Pattern[str] | None = None
    keys: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Condition:
    """A field that makes a map's subject exist: with any value, or with one of these."""

    label: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class TriplesMap:
    """A subject and its predicate-object lines (R2RML, 6)."""

    name: str
    subject: str
    lines: tuple[PredicateObjectMap, ...]
    each: Each | None = None
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class OrganisationRule:
    """How the names of one kind of body become IRIs and descriptions."""

    match: re.Pattern[str]
    iri: str
    types: tuple[NamedNode, ...]
    label: str | None = None
    legal_status: NamedNode | None = None
    place: str | None = None
    """The kind of place that the group `place` of `match` names; the rule holds only where it is found."""


@dataclass(frozen=True)
class SourceMapping:
    """A parsed mapping.yaml."""

    path: Path
    maps: Mapping[str, TriplesMap]
    ignore: Mapping[str, str]
    organisations: tuple[OrganisationRule, ...]
    missing_values: str | None
    """The map whose subject carries the reasons for absent values."""

    @property
    def mapped_labels(self) -> frozenset[str]:
        """Every label that some line reads."""
        return frozenset(label for each in self.maps.values() for label in _labels_of(each))

    @cached_property
    def stated_labels(self) -> frozenset[str]:
        """The labels whose whole value some line states."""
        return frozenset(label for each in self.maps.values() for line in each.lines for label in line.labels)

    def labels_for(self, predicate: str) -> tuple[str, ...]:
        """The labels from which a predicate gets its values, for messages about a value that is missing."""
        lines = (line for each in self.maps.values() for line in each.lines if line.predicate.value == predicate)
        labels: list[str] = []
        for line in lines:
            labels += line.labels or (self._linked_labels(line.mapping) if line.mapping else ())
        return tuple(dict.fromkeys(label for label in labels if not label.startswith("$(")))

    def _linked_labels(self, name: str) -> tuple[str, ...]:
        return (
            tuple(sorted(_labels_of(self.maps[name]) & self.mapped_labels))
            if len(_labels_of(self.maps[name])) < 4
            else ()
        )


def _labels_of(triples_map: TriplesMap) -> frozenset[str]:
    labels = {label for line in triples_map.lines for label in line.labels if not label.startswith("$(")}
    if triples_map.each:
        labels |= set(triples_map.each.labels) | set(triples_map.each.keys or ())
    return frozenset(labels | {condition.label for condition in triples_map.when})


def load(path: Path, known: Known) -> SourceMapping:
    """The mapping that a file holds.

    Raises:
        MappingError: something in it is not known; names file, line, what is wrong and what is known.
    """
    return _Parser(path, known).parse(yaml_text.load(path, MappingError))


class _Parser:
    def __init__(self, path: Path, known: Known) -> None:
        self._path = path
        self._known = known
        self._prefixes = dict(PREFIXES)

    def parse(self, root: Block) -> SourceMapping:
        self._keys(root, ("prefixes", "mappings", "organisations", "missing-values", "ignore"))
        self._add_prefixes(self._block(root.get("prefixes", Block()), "prefixes", root))
        maps = self._block(root.get("mappings"), "mappings", root)
        mapping = SourceMapping(
            path=self._path,
            maps={str(name): self._map(name, self._block(block, name, maps), maps) for name, block in maps.items()},
            ignore={
                str(label): str(why) for label, why in self._block(root.get("ignore", Block()), "ignore", root).items()
            },
            organisations=tuple(self._organisation(rule) for rule in root.get("organisations", ())),
            missing_values=self._map_name(root["missing-values"], maps) if "missing-values" in root else None,
        )
        self._complete(mapping, root)
        return mapping

    def _complete(self, mapping: SourceMapping, root: Block) -> None:
        """Every label of the source is mapped or ignored, with a reason, and not both."""
        ignored = self._block(root.get("ignore", Block()), "ignore", root)
        for label in ignored:
            if label not in self._known.labels:
                raise self._wrong(label, f"ignores {str(label)!r}, which the source does not list", self._known.labels)
            if label in mapping.mapped_labels:
                raise self._wrong(label, f"both maps and ignores {str(label)!r}")
            if not ignored[label]:
                raise self._wrong(label, f"ignores {str(label)!r} without a reason")
        missing = sorted(set(self._known.labels) - mapping.mapped_labels - set(map(str, ignored)))
        if missing:
            names = ", ".join(repr(label) for label in missing)
            raise MappingError(
                f"{self._path}: the source lists {names}; map each, or name it under `ignore` with a reason"
            )

    # ------------------------------------------------------------------------------------------------------- a map

    def _map(self, name: str, block: Block, maps: Block) -> TriplesMap:
        self._keys(block, ("s", "po", "each", "when"))
        for key in ("s", "po"):
            if not block.get(key):
                raise self._wrong(block, f"the map {str(name)!r} should state {key}")
        return TriplesMap(
            str(name),
            self._template(block["s"]),
            tuple(self._line(self._block(line, "po", block), maps) for line in block["po"]),
            self._each(self._block(block["each"], "each", block)) if "each" in block else None,
            tuple(self._condition(each) for each in block.get("when", ())),
        )

    def _line(self, block: Block, maps: Block) -> PredicateObjectMap:
        self._keys(
            block, ("p", "o", "from", "value", "mapping", "convert", "concept", "split", "else", "only", "compare")
        )
        if "p" not in block:
            raise self._wrong(block, "a line should state its predicate: p")
        origins = [key for key in ("o", "from", "value", "mapping") if key in block]
        if len(origins) != 1:
            raise self._wrong(block, f"a line should state one of o, from, value, mapping, not {origins or 'none'}")
        if ("convert" in block) + ("concept" in block) != (origins[0] in ("from", "value")):
            raise self._wrong(
                block, "a line with from or value should state one of convert and concept, and no other line"
            )
        return PredicateObjectMap(
            predicate=self._term(block["p"]),
            constant=self._constant(block["o"]) if "o" in block else None,
            datatype=self._term(block["o"][1]) if isinstance(block.get("o"), Sequence) else None,
            labels=self._labels(block["from"]) if "from" in block else (),
            value=self._template(block["value"]) if "value" in block else None,
            mapping=self._map_name(block["mapping"], maps) if "mapping" in block else None,
            convert=self._one_of(block["convert"], "converter", self._known.converters) if "convert" in block else None,
            concept=self._one_of(block["concept"], "scheme", self._known.schemes) if "concept" in block else None,
            split=str(block["split"]) if "split" in block else None,
            otherwise=self._otherwise(self._block(block["else"], "else", block)) if "else" in block else None,
            only=self._pattern(block["only"]) if "only" in block else None,
            compare=block.get("compare") == "yes",
        )

    def _constant(self, value: Text | Sequence) -> str:
        """A template, or YARRRML's pair of a template and a datatype."""
        if isinstance(value, Sequence) and len(value) != 2:
            raise self._wrong(value, "o should be a template, or a pair of a template and a datatype")
        return self._template(value[0] if isinstance(value, Sequence) else value)

    def _otherwise(self, block: Block) -> Otherwise:
        self._keys(block, ("p", "convert"))
        convert = self._one_of(block.get("convert", Text("text")), "converter", self._known.converters)
        return Otherwise(self._term(block["p"]), convert)

    def _each(self, block: Block) -> Each:
        self._keys(block, ("from", "split", "find", "parse", "labels"))
        if ("from" in block) == ("labels" in block):
            raise self._wrong(block, "each should state either from or labels")
        keys = self._block(block.get("labels", Block()), "labels", block)
        for label in keys:
            self._known_label(label)
        return Each(
            labels=self._labels(block["from"]) if "from" in block else (),
            split=str(block["split"]) if "split" in block else None,
            find=self._pattern(block["find"]) if "find" in block else None,
            parse=self._pattern(block["parse"]) if "parse" in block else None,
            keys={str(label): str(key) for label, key in keys.items()} if keys else None,
        )

    def _condition(self, item: Any) -> Condition:
        if isinstance(item, Text):
            return Condition(self._known_label(item))
        ((label, values),) = self._block(item, "when", item).items()
        return Condition(self._known_label(label), tuple(str(value) for value in values))

    def _organisation(self, block: Block) -> OrganisationRule:
        self._keys(block, ("match", "iri", "types", "label", "legal-status", "place"))
        for key in ("match", "iri", "types"):
            if key not in block:
                raise self._wrong(block, f"an organisation rule should state {key}")
        return OrganisationRule(
            match=self._pattern(block["match"]),
            iri=self._template(block["iri"]),
            types=tuple(self._term(each) for each in block["types"]),
            label=str(block["label"]) if "label" in block else None,
            legal_status=NamedNode(str(block["legal-status"])) if "legal-status" in block else None,
            place=str(block["place"]) if "place" in block else None,
        )

    # ------------------------------------------------------------------------------------------------------- a word

    def _add_prefixes(self, block: Block) -> None:
        for prefix, iri in block.items():
            if self._prefixes.get(str(prefix), str(iri)) != str(iri):
                raise self._wrong(prefix, f"the prefix {str(prefix)!r} always stands for {self._prefixes[str(prefix)]}")
            self._prefixes[str(prefix)] = str(iri)

    def _term(self, text: Text) -> NamedNode:
        prefix, colon, name = text.partition(":")
        if not colon or prefix not in self._prefixes:
            raise self._wrong(text, f"{str(text)!r} should be a prefixed name", self._prefixes)
        return curie(str(text)) if prefix in PREFIXES else NamedNode(self._prefixes[prefix] + name)

    def _template(self, text: Text) -> str:
        expanded = _VARIABLE.sub(lambda match: self._known.constants.get(match[1], match[0]), str(text))
        prefix, colon, name = expanded.partition(":")
        if colon and prefix in self._prefixes and not name.startswith("//"):
            return self._prefixes[prefix] + name
        return expanded

    def _labels(self, value: Text | Sequence) -> tuple[str, ...]:
        items = value if isinstance(value, Sequence) else [value]
        return tuple(str(item) if item == "$(label)" else self._known_label(item) for item in items)

    def _known_label(self, label: Any) -> str:
        if label not in self._known.labels:
            raise self._wrong(label, f"{str(label)!r} is no label that source.yaml lists", self._known.labels)
        return str(label)

    def _map_name(self, name: Text, maps: Block) -> str:
        return self._one_of(name, "map", maps)

    def _one_of(self, name: Text, kind: str, known: Collection[str]) -> str:
        if name not in known:
            raise self._wrong(name, f"unknown {kind} {str(name)!r}", known)
        return str(name)

    def _pattern(self, text: Text) -> re.Pattern[str]:
        try:
            return re.compile(text)
        except re.error as problem:
            raise self._wrong(text, f"{str(text)!r} is not a regular expression: {problem}") from problem

    def _block(self, value: Any, name: str, near: Block) -> Block:
        if not isinstance(value, Block):
            raise self._wrong(near, f"{str(name)!r} should hold a mapping (key: value)")
        return value

    def _keys(self, block: Block, known: tuple[str, ...]) -> None:
        for key in block:
            if key not in known:
                raise self._wrong(key, f"unknown key {str(key)!r}", known)

    def _wrong(self, at: Any, message: str, known: Collection[str] = ()) -> MappingError:
        names = f"; known: {', '.join(sorted(map(str, known)))}" if known else ""
        return MappingError(f"{self._path}:{at.line}: {message}{names}")
