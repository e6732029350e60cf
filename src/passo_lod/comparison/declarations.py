"""Read what processes can be compared by, and what is compared: the dimensions and measures of `ontology/comparison.ttl`.

A declaration is an `rdfs:Resource` of class `passo:Dimension` or `passo:Measure`, or one of their subclasses (ontology/passo.ttl, "Comparison").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.comparison.property_path import Statements, sparql_path, statements_of
from passo_lod.errors import VocabularyError
from passo_lod.namespaces import PASSO, RDF, RDFS, SH

LanguageTexts = Mapping[str, str]
"""A text by language tag."""


class MeasureKind(StrEnum):
    """How the value of a process comes from what its paths lead to; each is a class of the vocabulary."""

    PROCESSES = "ProcessCount"
    RATE = "PopulationRate"
    NUMBER = "NumberMeasure"
    MONEY = "MoneyMeasure"
    SHARE = "ShareMeasure"
    VALUES = "ValueCount"
    DURATION = "DurationMeasure"
    RATIO = "RatioMeasure"


@dataclass(frozen=True)
class Dimension:
    """What processes are grouped by.

    Attributes:
        code: its name in addresses, the last segment of its IRI.
        path: a SPARQL property path from the process to its values; empty for the graph that states the process.
        alignment_path: a path from a value to the values that all sources share; empty if there is none.
        value_class: the class that a value has to have.
        scheme: the concept scheme that a value has to be in.
        state_properties: the properties whose missing values say why there is none.
    """

    code: str
    iri: str
    labels: LanguageTexts
    notes: LanguageTexts
    order: int
    path: str = ""
    alignment_path: str = ""
    value_class: str | None = None
    scheme: str | None = None
    state_properties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """What is compared.

    Attributes:
        code: its name in addresses, the last segment of its IRI.
        kind: how a process gets its value.
        path: a SPARQL property path from the process to its values.
        end_path: of a duration, the path to the end.
        counted: of a share, the values that count; none for every value that is not the answer no.
        state_properties: the properties whose missing values say why there is no value.
        numerator: of a ratio, the code of a measure.
        denominator: of a ratio, the code of a measure.
    """

    code: str
    iri: str
    labels: LanguageTexts
    notes: LanguageTexts
    order: int
    kind: MeasureKind
    path: str = ""
    end_path: str = ""
    counted: frozenset[str] = frozenset()
    state_properties: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""


@dataclass(frozen=True)
class Declarations:
    """All dimensions and measures by code, in their declared order."""

    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Measure]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> "Declarations":
        """Read the declarations among some triples.

        Raises:
            VocabularyError: a declaration lacks something; the message names it and says what it should state.
        """
        statements = statements_of(triples)
        dimensions = [
            _dimension(node, statements)
            for node, about in statements.items()
            if {PASSO.Dimension, PASSO.GraphDimension} & set(about.get(RDF.type, ())) and isinstance(node, NamedNode)
        ]
        kinds: dict[object, MeasureKind] = {PASSO[kind]: kind for kind in MeasureKind}
        measures = [
            _measure(node, kinds[each], statements)
            for node, about in statements.items()
            for each in about.get(RDF.type, ())
            if each in kinds and isinstance(node, NamedNode)
        ]
        found = cls(
            {each.code: each for each in sorted(dimensions, key=lambda each: (each.order, each.code))},
            {each.code: each for each in sorted(measures, key=lambda each: (each.order, each.code))},
        )
        found._check_ratios()
        return found

    def operands(self, measure: Measure) -> tuple[Measure, ...]:
        """The measures from which a process gets its value: numerator and denominator of a ratio, else the measure itself."""
        if measure.kind is MeasureKind.RATIO:
            return self.measures[measure.numerator], self.measures[measure.denominator]
        return (measure,)

    def _check_ratios(self) -> None:
        allowed = (MeasureKind.NUMBER, MeasureKind.MONEY)
        for measure in self.measures.values():
            if measure.kind is MeasureKind.RATIO:
                for code in (measure.numerator, measure.denominator):
                    if code not in self.measures or self.measures[code].kind not in allowed:
                        names = ", ".join(each.code for each in self.measures.values() if each.kind in allowed)
                        raise VocabularyError(
                            f"{measure.iri}: a ratio is of two measures of numbers or money, not of {code or 'none'}; there are {names}"
                        )


def _dimension(node: NamedNode, statements: Statements) -> Dimension:
    about = statements[node]
    is_graph = PASSO.GraphDimension in about[RDF.type]
    if not is_graph:
        _require(node, about, SH.path, PASSO.stateProperty)
    _require(node, about, RDFS.label, RDFS.comment)
    return Dimension(
        code=_code(node),
        iri=node.value,
        labels=_texts(about[RDFS.label]),
        notes=_texts(about[RDFS.comment]),
        order=_order(about),
        path=_path(about, SH.path, statements),
        alignment_path=_path(about, PASSO.alignmentPath, statements),
        value_class=_iri(about, SH["class"]),
        scheme=_iri(about, PASSO.valueScheme),
        state_properties=_iris(about, PASSO.stateProperty),
    )


_REQUIRED = {
    MeasureKind.PROCESSES: (),
    MeasureKind.RATE: (),
    MeasureKind.RATIO: (PASSO.numerator, PASSO.denominator),
    MeasureKind.DURATION: (SH.path, PASSO.endPath, PASSO.stateProperty),
}


def _measure(node: NamedNode, kind: MeasureKind, statements: Statements) -> Measure:
    about = statements[node]
    _require(node, about, RDFS.label, RDFS.comment, *_REQUIRED.get(kind, (SH.path, PASSO.stateProperty)))
    return Measure(
        code=_code(node),
        iri=node.value,
        labels=_texts(about[RDFS.label]),
        notes=_texts(about[RDFS.comment]),
        order=_order(about),
        kind=kind,
        path=_path(about, SH.path, statements),
        end_path=_path(about, PASSO.endPath, statements),
        counted=frozenset(_iris(about, PASSO.countedValue)),
        state_properties=_iris(about, PASSO.stateProperty),
        numerator=_code_of(_iri(about, PASSO.numerator)),
        denominator=_code_of(_iri(about, PASSO.denominator)),
    )


def _path(about: Mapping[NamedNode, list[object]], predicate: NamedNode, statements: Statements) -> str:
    return sparql_path(about[predicate][0], statements) if predicate in about else ""


def _require(node: NamedNode, about: Mapping[NamedNode, list[object]], *predicates: NamedNode) -> None:
    missing = [each.value for each in predicates if each not in about]
    if missing:
        raise VocabularyError(f"{node.value}: the declaration should state {', '.join(missing)}")


def _code(node: NamedNode) -> str:
    return _code_of(node.value)


def _code_of(iri: str | None) -> str:
    return (iri or "").rpartition("/")[2]


def _texts(values: Iterable[object]) -> LanguageTexts:
    return {each.language: each.value for each in values if isinstance(each, Literal) and each.language}


def _order(about: Mapping[NamedNode, list[object]]) -> int:
    return next((int(each.value) for each in about.get(SH.order, ()) if isinstance(each, Literal)), 1000)


def _iri(about: Mapping[NamedNode, list[object]], predicate: NamedNode) -> str | None:
    return next(iter(_iris(about, predicate)), None)


def _iris(about: Mapping[NamedNode, list[object]], predicate: NamedNode) -> tuple[str, ...]:
    return tuple(sorted(each.value for each in about.get(predicate, ()) if isinstance(each, NamedNode)))
