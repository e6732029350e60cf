"""Resolve prefixed names, templates and labels of a mapping.yaml for `mapping_parser`, against the names that its source has."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from passo_lod.mapping.converters.conversion import Convention
from passo_lod.mapping.yarrrml.mapping_syntax import MappingSyntax
from passo_lod.namespaces import PREFIXES, curie
from passo_lod.yaml_loader import YamlMapping, YamlSequence

IRI_STARTS = ("id/", "doc/", "http://", "https://")
"""A template that begins with one of these is an IRI; the first two are below the catalogue's base IRI."""

VARIABLE = re.compile(r"\$\(((?:[^()]|\([^()]*+\))*+)(?:\)|\Z)")
"""A variable of a template, such as `$(id)` or `$(Comune (2))`; one without its closing bracket is found too, so that it is an error."""
_IRI = re.compile(r"(?:id/|doc/|https?://)[^\s<>\"{}|\\^`]*")


@dataclass(frozen=True)
class KnownNames:
    """What a mapping may refer to.

    Attributes:
        labels: all labels of the source's fields.
        converters: names of converters.
        schemes: codes of concept schemes.
        constants: values of the `$(…)` that are constant for the whole source.
        vocabulary: the terms that our vocabulary declares, as prefixed names; empty if they are not checked.
        organisation_types: codes of the concepts of the scheme `organisation-type`.
        numeric_converters: names of converters that give numbers; empty if they are not checked.
        variables: names of the `$(…)` that every record has: the groups of the source's id pattern.
        conventions: by the name of a converter, what decides between two readings of a text.
    """

    labels: Collection[str]
    converters: Collection[str]
    schemes: Collection[str]
    constants: Mapping[str, str]
    organisation_types: Collection[str] = ()
    vocabulary: Collection[str] = ()
    variables: Collection[str] = ("id",)
    conventions: Mapping[str, Convention] = field(default_factory=dict)
    numeric_converters: Collection[str] = ()


class MappingTerms(MappingSyntax):
    """The names that one mapping.yaml can use; all methods raise MappingError for any other."""

    def __init__(self, path: Path, known: KnownNames) -> None:
        super().__init__(path)
        self.known = known
        self._prefixes = dict(PREFIXES)

    def add_prefixes(self, block: YamlMapping) -> None:
        """Declare the prefixes of a mapping; the program's own cannot be redefined."""
        for prefix, iri in block.items():
            if not _IRI.fullmatch(str(iri)) or not str(iri).startswith("http"):
                raise self.error(iri, f"the prefix {str(prefix)!r} should stand for an IRI: http…")
            if self._prefixes.get(str(prefix), str(iri)) != str(iri):
                raise self.error(prefix, f"the prefix {str(prefix)!r} always stands for {self._prefixes[str(prefix)]}")
            self._prefixes[str(prefix)] = str(iri)

    def term(self, text: Any) -> NamedNode:
        """Return the IRI of a prefixed name."""
        prefix, colon, name = self.require_text(text, "a term").partition(":")
        if not colon or prefix not in self._prefixes or not re.fullmatch(r"[\w./-]+", name):
            raise self.error(text, f"{str(text)!r} should be a prefixed name", self._prefixes)
        self._check_declared(text, str(text))
        return curie(str(text)) if prefix in PREFIXES else NamedNode(self._prefixes[prefix] + name)

    def iri_template(self, text: Any, variables: Collection[str], columns: Collection[str] = ()) -> str:
        """Return a template of an IRI (R2RML, 7.3), with constants and prefixes expanded."""
        template = self.template(text, variables, columns)
        if not _IRI.fullmatch(VARIABLE.sub("x", template)):
            raise self.error(text, f"{str(text)!r} should be an IRI that begins with id/, doc/, http:// or https://")
        return template

    def template(self, text: Any, variables: Collection[str], columns: Collection[str] = ()) -> str:
        """Return a template, with constants and prefixes expanded; only `variables` and labels among `columns` remain."""
        for name in VARIABLE.findall(self.require_text(text, "a template")):
            if name not in variables and name not in self.known.constants and name not in columns:
                near = get_close_matches(name, sorted(columns))
                known = {*variables, *self.known.constants, *near}
                raise self.error(text, f"{str(text)!r} has the unknown variable $({name})", known)
        expanded = VARIABLE.sub(lambda match: self.known.constants.get(match[1], match[0]), str(text))
        prefix, colon, name = expanded.partition(":")
        if colon and prefix in self._prefixes and not name.startswith("//"):
            self._check_declared(text, expanded)
            return self._prefixes[prefix] + name
        return expanded

    def _check_declared(self, at: Any, name: str) -> None:
        """A term of our namespace is one that our vocabulary declares."""
        is_ours = name.startswith("passo:") and "$(" not in name
        if is_ours and self.known.vocabulary and name not in self.known.vocabulary:
            near = get_close_matches(name, sorted(self.known.vocabulary), cutoff=0)
            raise self.error(at, f"{name!r} is no term of the vocabulary; near it: {', '.join(near)}")

    def labels(self, value: Any, variables: Collection[str]) -> tuple[str, ...]:
        """Return one label or a list of them; `$(label)` stands for that of an iteration over labels."""
        items = value if isinstance(value, YamlSequence) else [value]
        iterated = "$(label)" if "label" in variables else None
        return tuple(str(item) if item == iterated else self.label(item) for item in items)

    def label(self, label: Any) -> str:
        """Return a label that the source has."""
        if self.require_text(label, "a label") not in self.known.labels:
            raise self.error(label, f"{str(label)!r} is no label that source.yaml lists", self.known.labels)
        return str(label)
