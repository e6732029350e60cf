"""Hold mapped records against the SHACL shapes, and say of each result which record, field and line it comes from.

pySHACL is the reference. It is given graphs we made ourselves, no network, no imports, no inference: what the ontology
entails is stated by the mapping (docs/decisions/0005-duties-and-recommendations.md says which rule keeps a record out).
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pyoxigraph as ox
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple
from pyshacl import validate
from rdflib.namespace import SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query

from passo_lod.errors import VocabularyError
from passo_lod.records import Field
from passo_lod.report import Severity, ValidationResult
from passo_lod.terms import shorten

logging.getLogger("pyshacl").setLevel(logging.ERROR)

OF_THE_VOCABULARY = frozenset({"ontology.ttl", "schemes.ttl", "report.ttl", "catalog.ttl", "catalog-it.ttl"})
"""Shapes of the vocabulary, of reports and of the catalogue: tests hold against them, records do not concern them."""

_WRONG: Mapping[str, str] = {
    "MinCountConstraintComponent": "there is no value, or too few",
    "MaxCountConstraintComponent": "there are too many values",
    "DatatypeConstraintComponent": "the value is of another datatype",
    "NodeKindConstraintComponent": "the value is of another kind (IRI or literal)",
    "ClassConstraintComponent": "the value is of another class",
    "PatternConstraintComponent": "the value is written another way",
    "MinLengthConstraintComponent": "the text is too short",
    "LanguageInConstraintComponent": "the text is in another language",
    "UniqueLangConstraintComponent": "there are two texts in one language",
    "MinInclusiveConstraintComponent": "the number is too small",
    "MaxInclusiveConstraintComponent": "the number is too large",
    "LessThanOrEqualsConstraintComponent": "the value is greater than another that bounds it",
    "HasValueConstraintComponent": "the value is not the one it should be",
    "InConstraintComponent": "the value is none of those that are allowed",
}
"""What is wrong, by the SHACL constraint component that found it (SHACL, 4)."""


class Described(Protocol):
    """What is validated: a record's identity, its quads, and the fields they come from."""

    @property
    def name(self) -> tuple[str, str, str]:
        """Source, record id and path."""
        ...

    @property
    def line(self) -> int | None:
        """Where the record begins, in a file that holds several."""
        ...

    @property
    def quads(self) -> Sequence[Quad]:
        """The quads of the record."""
        ...

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """The field that gave a value, or else the one that should have, or that states what was found."""
        ...

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        """The labels from which a predicate gets its values."""
        ...


class _Graph(rdflib.Graph):
    """A graph that parses a query text once: pySHACL asks the same few for every focus node."""

    def query(self, query_object: Any, *args: Any, initNs: Any = None, **named: Any) -> rdflib.query.Result:  # noqa: N803 - rdflib's name
        """Query with the text's parsed form."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object, tuple(sorted((initNs or dict(self.namespaces())).items())))
        return super().query(query_object, *args, **named)


@cache
def _prepared(text: str, namespaces: tuple[tuple[str, str], ...]) -> Query:
    return prepareQuery(text, initNs=dict(namespaces))


def graph_of(statements: Iterable[Triple | Quad]) -> rdflib.Graph:
    """An rdflib graph of triples that we made."""
    triples = {Triple(each.subject, each.predicate, each.object) for each in statements}
    graph = _Graph()
    graph.parse(data=ox.serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")
    return graph


@dataclass(frozen=True)
class Validator:
    """The shapes, and what records refer to.

    Attributes:
        shapes: the shapes graph.
        background: triples that are loaded beside every batch (concepts, alignments).
    """

    shapes: rdflib.Graph
    background: tuple[Triple, ...]

    @classmethod
    def open(cls, folder: Path, background: Iterable[Triple | Quad]) -> "Validator":
        """The shapes of a folder's Turtle files.

        Raises:
            VocabularyError: a file is not Turtle.
        """
        shapes = rdflib.Graph()
        for path in sorted(path for path in folder.glob("*.ttl") if path.name not in OF_THE_VOCABULARY):
            try:
                shapes.parse(path, format="turtle")
            except Exception as problem:  # rdflib raises errors of many kinds
                raise VocabularyError(f"{path}: {problem}") from problem
        return cls(shapes, tuple(Triple(each.subject, each.predicate, each.object) for each in background))

    def validate(self, batch: Sequence[Described], data: Iterable[Triple | Quad]) -> list[ValidationResult]:
        """The results of a batch of records.

        Args:
            batch: the mapped records, to which the results are told.
            data: what they state, and what they refer to: places, reference data of the source.
        """
        if not batch:
            return []
        _, report, _ = validate(
            graph_of([*self.background, *data]),
            shacl_graph=self.shapes,
            inference="none",
            advanced=False,
            js=False,
            meta_shacl=False,
            do_owl_imports=False,
            inplace=True,
        )
        assert isinstance(report, rdflib.Graph)  # noqa: S101 - pySHACL's documented return type
        owners = _Owners(batch, self.shapes)
        return [result for node in set(report.objects(None, SH.result)) for result in owners.tell(report, node)]


class _Owners:
    """Which records a focus node belongs to."""

    def __init__(self, batch: Sequence[Described], shapes: rdflib.Graph) -> None:
        self._shapes = shapes
        self._by_subject: dict[str, list[Described]] = {}
        for each in batch:
            for subject in {quad.subject for quad in each.quads}:
                if isinstance(subject, NamedNode):
                    self._by_subject.setdefault(subject.value, []).append(each)

    def tell(self, report: rdflib.Graph, node: rdflib.term.Node) -> Iterator[ValidationResult]:
        """The result, once for every record that states the focus node; a node that none states is not theirs."""
        focus = str(report.value(node, SH.focusNode))
        for owner in self._by_subject.get(focus, ()):
            yield _result(report, self._shapes, node, focus, owner)


def _result(
    report: rdflib.Graph, shapes: rdflib.Graph, node: rdflib.term.Node, focus: str, owner: Described
) -> ValidationResult:
    path = _iri(report.value(node, SH.resultPath))
    component = str(report.value(node, SH.sourceConstraintComponent)).rsplit("#", 1)[-1]
    value = report.value(node, SH.value)
    found = str(value) if value is not None else None
    field = owner.field_for(focus, path, found) if path else None
    shape = report.value(node, SH.sourceShape)
    source, record, file = owner.name
    return ValidationResult(
        severity=Severity[str(report.value(node, SH.resultSeverity)).rsplit("#", 1)[-1].upper()],
        message=_WRONG.get(component, "the rule is not met") + f" ({shorten(path)})."
        if path
        else "the rule is not met.",
        source=source,
        record=record,
        path=file,
        line=field.value_line if field else owner.line,
        field=field.label if field else _labels(owner, path),
        value=shorten(found) if found is not None else None,
        expected=_message(report, shapes, node, shape),
        # A shape without a name has another label each time it is read.
        code=shorten(str(shape)) if isinstance(shape, rdflib.URIRef) else component,
        focus_node=focus,
        result_path=shorten(path) if path else None,
    )


def _labels(owner: Described, path: str | None) -> str | None:
    return " / ".join(owner.labels_for(path)) or None if path else None


def _iri(path: rdflib.term.Node | None) -> str | None:
    return str(path) if isinstance(path, rdflib.URIRef) else None


def _message(
    report: rdflib.Graph, shapes: rdflib.Graph, node: rdflib.term.Node, shape: rdflib.term.Node | None
) -> str | None:
    """The shape's message, which says what would be right: in English where there is one."""
    # Of a SPARQL constraint's messages pySHACL reports the text without its language.
    of_shape = shapes.objects(shape, SH.message) if shape else ()
    english = {str(each) for each in of_shape if isinstance(each, rdflib.Literal) and each.language == "en"}
    messages = sorted(
        (each for each in report.objects(node, SH.resultMessage) if isinstance(each, rdflib.Literal)),
        key=lambda each: (each.language != "en" and str(each) not in english, str(each)),
    )
    return str(messages[0]) if messages else None
