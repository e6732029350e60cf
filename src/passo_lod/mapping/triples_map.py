"""Read a `mapping.yaml`: which fields of a record become which triples, in keys that a domain expert can read.

`prefixes`, `mappings`, `s`, `po`, `p`, `o` and `$(…)` are YARRRML's (https://rml.io/yarrrml/spec/); `from`, `convert`,
`split`, `concept`, `each` and `ignore` are ours (docs/decisions/0002-mapping-in-yaml.md; reference in docs/mapping.md).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from passo_lod import yaml_loader as yaml_text
from passo_lod.errors import MappingError
from passo_lod.mapping.redaction import PATTERNS
from passo_lod.namespaces import CVL, PREFIXES, curie
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping, YamlSequence, YamlText

LOOK_UPS = ("place", "organisation")
"""Converters that look a name up, beside those of `converters.converters`."""

_VARIABLE = re.compile(r"\$\(([^)]*)\)")
_IRI = re.compile(r"(?:id/|doc/|https?://)[^\s<>\"{}|\\^`]*")

_PLACES = ("municipality", "province", "region")
_ORIGINS = ("o", "from", "value", "mapping", "locate")
_HAVING_AN_EFFECT = (
    ("split", ("from",)),
    ("else", ("concept",)),
    ("only", ("from", "value")),
    ("language", ("convert",)),
    ("default", ("from",)),
    ("values", ("concept",)),
    ("mask", ("convert",)),
)
"""Keys of a line that need one of others."""


@dataclass(frozen=True)
class KnownNames:
    """What a mapping may refer to.

    Attributes:
        labels: every label that the source lists.
        converters: names of converters.
        schemes: codes of concept schemes.
        constants: values of `$(…)` that are the same for the whole source.
        organisation_types: codes of the concepts of the scheme `organisation-type`.
        variables: names of `$(…)` that every record has: the groups of the source's id pattern.
    """

    labels: Collection[str]
    converters: Collection[str]
    schemes: Collection[str]
    constants: Mapping[str, str]
    organisation_types: Collection[str] = ()
    variables: Collection[str] = ("id",)


@dataclass(frozen=True)
class Fallback:
    """Where a text goes that names no concept of the scheme (`else`)."""

    predicate: NamedNode
    convert: str


@dataclass(frozen=True)
class Location:
    """Fields that together name a place: its country, its region or province, its municipality (`locate`)."""

    kind: str
    """`region` for the region of comparison, `place` for the smallest place that is found."""
    country: str | None = None
    province: str | None = None
    city: str | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The fields, the largest place first."""
        return tuple(label for label in (self.country, self.province, self.city) if label)


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
    otherwise: Fallback | None = None
    only: re.Pattern[str] | None = None
    compare: bool = False
    language: str | None = None
    locate: Location | None = None
    default: NamedNode | None = None
    """What is stated where no label has a value."""
    mask: bool = True
    """Whether personal data in the text is masked."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What a source's own texts mean in the scheme, where they are no labels of its concepts."""

    @cached_property
    def varies(self) -> bool:
        """Whether the labels that it reads depend on what the map is repeated for."""
        return any("$(" in label for label in self.labels)

    @property
    def read(self) -> tuple[str, ...]:
        """The labels that the line reads."""
        return self.locate.labels if self.locate else self.labels


@dataclass(frozen=True)
class Iteration:
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
    each: Iteration | None = None
    when: tuple[Condition, ...] = ()

    @cached_property
    def needs_its_field(self) -> bool:
        """Whether a map that is repeated for labels says nothing of one whose field a record lacks."""
        said = [line for line in self.lines if line.labels or line.locate]
        return not self.when and all(line.labels == ("$(label)",) and not line.locate for line in said)


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
    kind: NamedNode | None = None
    """What kind of body it is: a concept of the scheme `organisation-type`."""
    ipa_code: str | None = None
    """Its code in the index of public administrations (IPA)."""


@dataclass(frozen=True)
class SourceMapping:
    """A parsed mapping.yaml."""

    path: Path
    maps: Mapping[str, TriplesMap]
    ignore: Mapping[str, str]
    organisations: tuple[OrganisationRule, ...]
    missing_values: str | None
    mask: tuple[str, ...]
    """The kinds of personal data that are masked in this source's texts."""
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
        if predicate not in self._labels_known:
            self._labels_known[predicate] = self._find_labels(predicate)
        return self._labels_known[predicate]

    @cached_property
    def _labels_known(self) -> dict[str, tuple[str, ...]]:
        """As many as there are predicates in shapes and mapping."""
        return {}

    def _find_labels(self, predicate: str) -> tuple[str, ...]:
        lines = (line for each in self.maps.values() for line in each.lines if line.predicate.value == predicate)
        labels: list[str] = []
        for line in lines:
            labels += line.read or (self._linked_labels(line.mapping) if line.mapping else ())
        return tuple(dict.fromkeys(label for label in labels if not label.startswith("$(")))

    def _linked_labels(self, name: str) -> tuple[str, ...]:
        return (
            tuple(sorted(_labels_of(self.maps[name]) & self.mapped_labels))
            if len(_labels_of(self.maps[name])) < 4
            else ()
        )


def _labels_of(triples_map: TriplesMap) -> frozenset[str]:
    labels = {label for line in triples_map.lines for label in line.read if not label.startswith("$(")}
    if triples_map.each:
        labels |= set(triples_map.each.labels) | set(triples_map.each.keys or ())
    return frozenset(labels | {condition.label for condition in triples_map.when})


def load(path: Path, known: KnownNames) -> SourceMapping:
    """The mapping that a file holds.

    Raises:
        MappingError: something in it is not known; names file, line, what is wrong and what is known.
    """
    return _Parser(path, known).parse(yaml_text.load(path, MappingError))


class _Parser:
    def __init__(self, path: Path, known: KnownNames) -> None:
        self._path = path
        self._known = known
        self._prefixes = dict(PREFIXES)

    def parse(self, root: YamlMapping) -> SourceMapping:
        self._keys(root, ("prefixes", "mappings", "organisations", "missing-values", "mask", "ignore"))
        self._add_prefixes(self._block(root.get("prefixes", YamlMapping()), "prefixes", root))
        maps = self._block(root.get("mappings"), "mappings", root)
        mapping = SourceMapping(
            path=self._path,
            maps={str(name): self._map(name, self._block(block, name, maps), maps) for name, block in maps.items()},
            ignore={
                str(label): str(why)
                for label, why in self._block(root.get("ignore", YamlMapping()), "ignore", root).items()
            },
            organisations=tuple(
                self._organisation(self._block(rule, "organisations", root))
                for rule in self._list(root.get("organisations", YamlSequence()), "organisations")
            ),
            missing_values=self._map_name(root["missing-values"], maps) if "missing-values" in root else None,
            mask=self._masked(root),
        )
        self._complete(mapping, root)
        return mapping

    def _masked(self, root: YamlMapping) -> tuple[str, ...]:
        if "mask" not in root:
            return tuple(PATTERNS)
        return tuple(self._one_of(kind, "kind of personal data", PATTERNS) for kind in self._list(root["mask"], "mask"))

    def _complete(self, mapping: SourceMapping, root: YamlMapping) -> None:
        """Every label of the source is mapped or ignored, with a reason, and not both."""
        ignored = self._block(root.get("ignore", YamlMapping()), "ignore", root)
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

    def _map(self, name: str, block: YamlMapping, maps: YamlMapping) -> TriplesMap:
        self._keys(block, ("s", "po", "each", "when"))
        for key in ("s", "po"):
            if not block.get(key):
                raise self._wrong(block, f"the map {str(name)!r} should state {key}")
        each = self._each(self._block(block["each"], "each", block)) if "each" in block else None
        variables = (*self._known.variables, *_variables(each))
        lines = (self._block(line, "po", block) for line in self._list(block["po"], "po"))
        return TriplesMap(
            str(name),
            self._iri(block["s"], variables),
            tuple(self._line(line, maps, variables) for line in lines),
            each,
            tuple(self._condition(item) for item in self._list(block.get("when", YamlSequence()), "when")),
        )

    def _line(self, block: YamlMapping, maps: YamlMapping, variables: Collection[str]) -> PredicateObjectMap:
        self._check_line(block)
        return PredicateObjectMap(
            predicate=self._term(block["p"]),
            constant=self._constant(block["o"], variables) if "o" in block else None,
            datatype=self._term(block["o"][1]) if isinstance(block.get("o"), YamlSequence) else None,
            labels=self._labels(block["from"], variables) if "from" in block else (),
            value=self._template(block["value"], variables) if "value" in block else None,
            mapping=self._map_name(block["mapping"], maps) if "mapping" in block else None,
            convert=self._one_of(block["convert"], "converter", self._known.converters) if "convert" in block else None,
            concept=self._one_of(block["concept"], "scheme", self._known.schemes) if "concept" in block else None,
            split=str(self._text(block["split"], "split")) if "split" in block else None,
            otherwise=self._otherwise(self._block(block["else"], "else", block)) if "else" in block else None,
            only=self._pattern(block["only"]) if "only" in block else None,
            compare=self._one_of(block["compare"], "answer", ("yes", "no")) == "yes" if "compare" in block else False,
            mask=self._one_of(block["mask"], "answer", ("yes", "no")) == "yes" if "mask" in block else True,
            values=self._values(self._block(block["values"], "values", block)) if "values" in block else {},
            default=self._term(block["default"]) if "default" in block else None,
            language=str(self._text(block["language"], "language")) if "language" in block else None,
            locate=self._location(self._block(block["locate"], "locate", block)) if "locate" in block else None,
        )

    def _values(self, block: YamlMapping) -> dict[str, str]:
        return {fold(text): str(self._text(meaning, "values")) for text, meaning in block.items()}

    def _location(self, block: YamlMapping) -> Location:
        self._keys(block, ("as", "country", "province", "city"))
        if "as" not in block or len(block) < 2:
            raise self._wrong(block, "locate should state as, and at least one of country, province and city")
        fields = {str(key): self._known_label(label) for key, label in block.items() if key != "as"}
        return Location(self._one_of(block["as"], "kind of location", ("region", "place")), **fields)

    def _check_line(self, block: YamlMapping) -> None:
        """Which keys a line may have together: one that would have no effect is a mistake."""
        self._keys(
            block,
            (
                *("p", "o", "from", "value", "mapping", "locate"),
                *("convert", "concept", "split", "else", "only", "compare", "language", "default", "values", "mask"),
            ),
        )
        if "p" not in block:
            raise self._wrong(block, "a line should state its predicate: p")
        origins = [key for key in _ORIGINS if key in block]
        if len(origins) != 1:
            raise self._wrong(block, f"a line should state one of {', '.join(_ORIGINS)}, not {origins or 'none'}")
        if ("convert" in block) + ("concept" in block) != (origins[0] in ("from", "value")):
            raise self._wrong(
                block, "a line with from or value should state one of convert and concept, and no other line"
            )
        for key, others in _HAVING_AN_EFFECT:
            if key in block and not any(other in block for other in others):
                raise self._wrong(block[key], f"{key} has no effect on a line without {' or '.join(others)}")

    def _constant(self, value: Any, variables: Collection[str]) -> str:
        """A template, or YARRRML's pair of a template and a datatype."""
        if isinstance(value, YamlSequence) and len(value) != 2:
            raise self._wrong(value, "o should be a template, or a pair of a template and a datatype")
        text = value[0] if isinstance(value, YamlSequence) else value
        template = self._template(text, variables)
        return self._iri(text, variables) if template.startswith(("id/", "doc/", "http://", "https://")) else template

    def _otherwise(self, block: YamlMapping) -> Fallback:
        self._keys(block, ("p", "convert"))
        if "p" not in block:
            raise self._wrong(block, "else should state its predicate: p")
        convert = self._one_of(block.get("convert", YamlText("text")), "converter", self._known.converters)
        return Fallback(self._term(block["p"]), convert)

    def _each(self, block: YamlMapping) -> Iteration:
        self._keys(block, ("from", "split", "find", "parse", "labels"))
        if ("from" in block) == ("labels" in block):
            raise self._wrong(block, "each should state either from or labels")
        for key, other in (
            ("labels", "split"),
            ("labels", "find"),
            ("labels", "parse"),
            ("find", "split"),
            ("find", "parse"),
        ):
            if key in block and other in block:
                raise self._wrong(block[other], f"{other} has no effect beside {key}")
        keys = self._block(block.get("labels", YamlMapping()), "labels", block)
        for label, each in keys.items():
            self._known_label(label)
            if not re.fullmatch(r"[a-z0-9-]+", str(each)):
                raise self._wrong(each, f"the key {str(each)!r} of {str(label)!r} should be in a-z, 0-9 and hyphens")
        return Iteration(
            labels=self._labels(block["from"], ()) if "from" in block else (),
            split=str(self._text(block["split"], "split")) if "split" in block else None,
            find=self._pattern(block["find"]) if "find" in block else None,
            parse=self._pattern(block["parse"]) if "parse" in block else None,
            keys={str(label): str(key) for label, key in keys.items()} if keys else None,
        )

    def _condition(self, item: Any) -> Condition:
        if isinstance(item, YamlText):
            return Condition(self._known_label(item))
        if not isinstance(item, YamlMapping) or len(item) != 1:
            raise self._wrong(item, "when should hold labels, or one label with values: Label: [value, another]")
        ((label, values),) = item.items()
        texts = (self._text(value, "a value of when") for value in self._list(values, str(label)))
        return Condition(self._known_label(label), tuple(str(text) for text in texts))

    def _organisation(self, block: YamlMapping) -> OrganisationRule:
        self._keys(block, ("match", "iri", "types", "label", "legal-status", "place", "kind", "ipa-code"))
        for key in ("match", "iri", "types"):
            if key not in block:
                raise self._wrong(block, f"an organisation rule should state {key}")
        match = self._pattern(block["match"])
        place = self._one_of(block["place"], "kind of place", _PLACES) if "place" in block else None
        if place and "place" not in match.groupindex:
            raise self._wrong(block["match"], "match should name the part that is the place: (?P<place>…)")
        of_place = ("code",) if place else ()
        return OrganisationRule(
            match=match,
            iri=self._iri(block["iri"], ("slug", *of_place)),
            types=tuple(self._term(each) for each in self._list(block["types"], "types")),
            label=self._template(block["label"], ("slug", "name", *of_place)) if "label" in block else None,
            legal_status=NamedNode(self._iri(block["legal-status"], ())) if "legal-status" in block else None,
            place=place,
            kind=self._organisation_kind(block["kind"]) if "kind" in block else None,
            ipa_code=str(self._text(block["ipa-code"], "ipa-code")) if "ipa-code" in block else None,
        )

    def _organisation_kind(self, text: YamlText) -> NamedNode:
        return CVL[f"organisation-type/{self._one_of(text, 'kind of body', self._known.organisation_types)}"]

    # ------------------------------------------------------------------------------------------------------- a word

    def _add_prefixes(self, block: YamlMapping) -> None:
        for prefix, iri in block.items():
            if not _IRI.fullmatch(str(iri)) or not str(iri).startswith("http"):
                raise self._wrong(iri, f"the prefix {str(prefix)!r} should stand for an IRI: http…")
            if self._prefixes.get(str(prefix), str(iri)) != str(iri):
                raise self._wrong(prefix, f"the prefix {str(prefix)!r} always stands for {self._prefixes[str(prefix)]}")
            self._prefixes[str(prefix)] = str(iri)

    def _term(self, text: Any) -> NamedNode:
        prefix, colon, name = self._text(text, "a term").partition(":")
        if not colon or prefix not in self._prefixes or not re.fullmatch(r"[\w./-]+", name):
            raise self._wrong(text, f"{str(text)!r} should be a prefixed name", self._prefixes)
        return curie(str(text)) if prefix in PREFIXES else NamedNode(self._prefixes[prefix] + name)

    def _iri(self, text: Any, variables: Collection[str]) -> str:
        template = self._template(text, variables)
        if not _IRI.fullmatch(_VARIABLE.sub("x", template)):
            raise self._wrong(text, f"{str(text)!r} should be an IRI that begins with id/, doc/, http:// or https://")
        return template

    def _template(self, text: Any, variables: Collection[str]) -> str:
        for name in _VARIABLE.findall(self._text(text, "a template")):
            if name not in variables and name not in self._known.constants:
                known = {*variables, *self._known.constants}
                raise self._wrong(text, f"{str(text)!r} has the unknown variable $({name})", known)
        expanded = _VARIABLE.sub(lambda match: self._known.constants.get(match[1], match[0]), str(text))
        prefix, colon, name = expanded.partition(":")
        if colon and prefix in self._prefixes and not name.startswith("//"):
            return self._prefixes[prefix] + name
        return expanded

    def _labels(self, value: Any, variables: Collection[str]) -> tuple[str, ...]:
        items = value if isinstance(value, YamlSequence) else [value]
        each = "$(label)" if "label" in variables else None
        return tuple(str(item) if item == each else self._known_label(item) for item in items)

    def _known_label(self, label: Any) -> str:
        if self._text(label, "a label") not in self._known.labels:
            raise self._wrong(label, f"{str(label)!r} is no label that source.yaml lists", self._known.labels)
        return str(label)

    def _map_name(self, name: Any, maps: YamlMapping) -> str:
        return self._one_of(name, "map", maps)

    def _one_of(self, name: Any, kind: str, known: Collection[str]) -> str:
        if self._text(name, f"the {kind}") not in known:
            raise self._wrong(name, f"unknown {kind} {str(name)!r}", known)
        return str(name)

    def _pattern(self, text: Any) -> re.Pattern[str]:
        try:
            return re.compile(self._text(text, "a regular expression"))
        except re.error as problem:
            raise self._wrong(text, f"{str(text)!r} is not a regular expression: {problem}") from problem

    def _block(self, value: Any, name: str, near: YamlMapping) -> YamlMapping:
        if not isinstance(value, YamlMapping):
            raise self._wrong(near, f"{str(name)!r} should hold a mapping (key: value)")
        return value

    def _text(self, value: Any, what: str) -> YamlText:
        if not isinstance(value, YamlText):
            raise self._wrong(value, f"{what} should be one text")
        return value

    def _list(self, value: Any, what: str) -> YamlSequence:
        if not isinstance(value, YamlSequence):
            raise self._wrong(value, f"{what} should hold a list, such as [one, another]")
        return value

    def _keys(self, block: YamlMapping, known: tuple[str, ...]) -> None:
        for key in block:
            if key not in known:
                raise self._wrong(key, f"unknown key {str(key)!r}", known)

    def _wrong(self, at: Any, message: str, known: Collection[str] = ()) -> MappingError:
        names = f"; known: {', '.join(sorted(map(str, known)))}" if known else ""
        return MappingError(f"{self._path}:{at.line}: {message}{names}")


def _variables(each: Iteration | None) -> tuple[str, ...]:
    """The names that templates of a map may use because it is repeated."""
    if each is None:
        return ()
    if each.keys is not None:
        return ("label", "key")
    return ("item", "n", *(each.find.groupindex if each.find else ()), *(each.parse.groupindex if each.parse else ()))
