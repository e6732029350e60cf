"""Write the default answers as a data cube: a qb:DataSet for each question, and a qb:Observation for each row of its answer.

https://www.w3.org/TR/vocab-data-cube/ (docs/decisions/0047-data-cube.md). The cube is a graph of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.comparison.answer_rows import AnswerRow, Names, answer_rows, cells, code_of, label_of
from passo_lod.comparison.answers import AnsweredComparison, FetchedComparison
from passo_lod.comparison.declarations import Dimension, LanguageTexts, MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.evidence_query import Comparison
from passo_lod.comparison.names_query import read_names
from passo_lod.messages.message_catalogue import LANGUAGES, in_every_language
from passo_lod.namespaces import DCT, QB, RDF, RDFS, SKOS, XSD, Namespace

DATASET = "cube"
"""The name of the dataset; no source may have it."""

_ATTRIBUTE, _DIMENSION = Namespace("attribute"), Namespace("dimension")
_SDMX_ATTRIBUTE, _SDMX_CODE, _UNIT = Namespace("sdmx-attribute"), Namespace("sdmx-code"), Namespace("unit")
_CURRENCIES = "http://publications.europa.eu/resource/authority/currency/"

_CURRENCY = _DIMENSION.currency
_NORMAL, _MISSING = _SDMX_CODE["obsStatus-A"], _SDMX_CODE["obsStatus-M"]
_NOT_A_NUMBER = Literal("NaN", datatype=XSD.double)
"""The value of an observation that has none (SDMX 2.1, technical notes); its status says so, and its denominators why."""

_VALUE_COLUMNS = {
    MeasureKind.PROCESSES: "processes",
    MeasureKind.RATE: "per100000",
    MeasureKind.SHARE: "percent",
}
"""The column that becomes the value of the measure; that of all other kinds is the median."""

_STATISTICS = {
    MeasureKind.PROCESSES: "cube.count",
    MeasureKind.RATE: "cube.rate",
    MeasureKind.SHARE: "cube.share",
}
_UNITS = {MeasureKind.SHARE: _UNIT.PERCENT, MeasureKind.DURATION: _UNIT.MO, MeasureKind.RATIO: _UNIT.UNITLESS}
_REQUIRED = ("processes", "known", *map(code_of, REASONS))
_MEDIAN_ATTRIBUTES = ("total", "mean", "lowest", "first-quartile", "third-quartile", "highest")
_OPTIONAL: Mapping[MeasureKind, Sequence[str]] = {
    MeasureKind.PROCESSES: (),
    MeasureKind.RATE: ("population", "population-year"),
    MeasureKind.SHARE: ("yes", "no"),
}
_YEAR = re.compile("[0-9]{4}")
_YEARS = frozenset({"population-year"})
_DECIMALS = frozenset(_MEDIAN_ATTRIBUTES)


@dataclass(frozen=True)
class CubeQuestion:
    """A question and what answers it.

    Attributes:
        titles: by language.
        notes: by language.
    """

    name: str
    titles: LanguageTexts
    notes: LanguageTexts
    fetched: FetchedComparison


@dataclass(frozen=True)
class CubeContext:
    """What all data sets of the cube share.

    Attributes:
        base: the base IRI of the catalogue.
        sources: the IRIs of the datasets whose records are counted.
        licences: the IRIs of their licences.
        concepts: the concepts of each scheme, by its IRI.
    """

    base: str
    sources: Sequence[str]
    licences: Sequence[str]
    concepts: Mapping[str, Sequence[str]]


def cube_quads(questions: Iterable[CubeQuestion], context: CubeContext) -> Iterator[Quad]:
    """Yield the quads of the cube."""
    graph = NamedNode(f"{context.base}dataset/{DATASET}")
    dimensions: dict[str, Dimension] = {}
    for question in questions:
        comparison = question.fetched.comparison
        dimensions |= {each.code: each for each in _dimensions(comparison)}
        for triple in _data_set(question, context):
            yield Quad(triple.subject, triple.predicate, triple.object, graph)
    for dimension in dimensions.values():
        for triple in _dimension(dimension, context):
            yield Quad(triple.subject, triple.predicate, triple.object, graph)
    if dimensions:
        yield Quad(_CURRENCY, RDFS.range, RDFS.Resource, graph)


def _dimension(dimension: Dimension, context: CubeContext) -> Iterator[Triple]:
    """The range of a dimension and its code list: the concepts of its scheme, and the reasons for absence."""
    node = NamedNode(dimension.iri)
    if dimension.scheme is None:
        yield Triple(node, RDFS.range, RDFS.Resource)
        return
    codes = NamedNode(f"{context.base}id/code-list/{dimension.code}")
    yield Triple(node, RDFS.range, SKOS.Concept)
    yield Triple(node, QB.codeList, codes)
    yield Triple(codes, RDF.type, SKOS.Collection)
    yield from _texts(codes, RDFS.label, dimension.labels)
    for concept in (*context.concepts.get(dimension.scheme, ()), *REASONS):
        yield Triple(codes, SKOS.member, NamedNode(concept))


def _data_set(question: CubeQuestion, context: CubeContext) -> Iterator[Triple]:
    comparison = question.fetched.comparison
    node = NamedNode(f"{context.base}id/cube/{question.name}")
    answered = question.fetched.answered(LANGUAGES)
    table = answered.table
    yield Triple(node, RDF.type, QB.DataSet)
    yield Triple(node, DCT.isPartOf, NamedNode(f"{context.base}dataset/{DATASET}"))
    yield from _texts(node, RDFS.label, question.titles)
    yield from _texts(node, RDFS.comment, question.notes)
    yield from _texts(node, _SDMX_ATTRIBUTE.statConcDef, _statistic(comparison))
    for source in context.sources:
        yield Triple(node, DCT.source, NamedNode(source))
    for licence in context.licences:
        yield Triple(node, DCT.license, NamedNode(licence))
    for code, number in (
        ("processes", table.total.all),
        ("known", table.total.known),
        ("in-several-groups", table.overlapping),
    ):
        yield Triple(node, _ATTRIBUTE[code], _integer(str(number)))
    structure = NamedNode(f"{node.value}/structure")
    yield Triple(node, QB.structure, structure)
    yield from _structure(structure, comparison)
    names = {language: read_names(question.fetched.names, (language,)) for language in question.titles}
    for row in answer_rows(table, comparison, answered.names):
        observation = _observation_iri(row, question, context)
        yield Triple(observation, QB.dataSet, node)
        yield from _texts(observation, RDFS.label, _label(row, question, names))
        yield from _observation(observation, row, answered)


def _statistic(comparison: Comparison) -> LanguageTexts:
    """What the value of an observation is, in words."""
    return in_every_language(_STATISTICS.get(comparison.measure.kind, "cube.median"))


# ----------------------------------------------------------------------------------------------------------- structure


def _dimensions(comparison: Comparison) -> list[Dimension]:
    return [comparison.by, *([comparison.series] if comparison.series else [])]


def _has_currency(comparison: Comparison) -> bool:
    """Whether values are amounts: those of money, and of a ratio of money and something else."""
    return [each.kind for each in comparison.operands].count(MeasureKind.MONEY) == 1


def _structure(node: NamedNode, comparison: Comparison) -> Iterator[Triple]:
    """The qb:DataStructureDefinition, with a component for each dimension, the measure and each attribute, in this order."""
    dimensions = [NamedNode(each.iri) for each in _dimensions(comparison)]
    dimensions += [_CURRENCY] if _has_currency(comparison) else []
    optional = _OPTIONAL.get(comparison.measure.kind, _MEDIAN_ATTRIBUTES)
    components: list[tuple[NamedNode, NamedNode, str | None]] = [(QB.dimension, each, None) for each in dimensions]
    components.append((QB.measure, NamedNode(comparison.measure.iri), None))
    required = (*(_ATTRIBUTE[code] for code in _REQUIRED), _SDMX_ATTRIBUTE.unitMeasure, _SDMX_ATTRIBUTE.obsStatus)
    components += [(QB.attribute, each, "true") for each in required]
    components += [(QB.attribute, _ATTRIBUTE[code], "false") for code in optional]
    yield Triple(node, RDF.type, QB.DataStructureDefinition)
    for order, (kind, term, is_required) in enumerate(components, start=1):
        component = NamedNode(f"{node.value}/{order}")
        yield Triple(node, QB.component, component)
        yield Triple(component, RDF.type, QB.ComponentSpecification)
        yield Triple(component, kind, term)
        yield Triple(component, QB.order, _integer(str(order)))
        if is_required:
            yield Triple(component, QB.componentRequired, Literal(is_required, datatype=XSD.boolean))


# -------------------------------------------------------------------------------------------------------- observations


def _observation_iri(row: AnswerRow, question: CubeQuestion, context: CubeContext) -> NamedNode:
    codes = ".".join(code_of(each.value) for _, each in _key(row, question.fetched.comparison))
    return NamedNode(f"{context.base}id/observation/{question.name}.{codes}")


def _key(row: AnswerRow, comparison: Comparison) -> Iterator[tuple[NamedNode, NamedNode | Literal]]:
    """The dimensions of an observation with their values."""
    for dimension, value in zip(_dimensions(comparison), (row.group, row.series), strict=False):
        yield NamedNode(dimension.iri), _term(value)
    if _has_currency(comparison):
        yield _CURRENCY, _currency(row)


def _label(row: AnswerRow, question: CubeQuestion, names: Mapping[str, Names]) -> LanguageTexts:
    """The names of the groups, and the question."""
    values = [each for each in (row.group, row.series) if each]
    return {
        language: f"{', '.join(label_of(each, names[language]) for each in values)} – {title}"
        for language, title in question.titles.items()
    }


def _observation(node: NamedNode, row: AnswerRow, answered: AnsweredComparison) -> Iterator[Triple]:
    comparison = answered.comparison
    yield Triple(node, RDF.type, QB.Observation)
    for dimension, term in _key(row, comparison):
        yield Triple(node, dimension, term)
    columns = {_kebab(column): text for column, text in cells(row, comparison, answered.names).items()}
    value = columns[_VALUE_COLUMNS.get(comparison.measure.kind, "median")]
    yield Triple(node, NamedNode(comparison.measure.iri), _value(value, comparison.measure.kind))
    yield Triple(node, _SDMX_ATTRIBUTE.obsStatus, _NORMAL if value else _MISSING)
    yield Triple(node, _SDMX_ATTRIBUTE.unitMeasure, _unit(row, comparison))
    for code in (*_REQUIRED, *_OPTIONAL.get(comparison.measure.kind, _MEDIAN_ATTRIBUTES)):
        if columns[code]:
            yield Triple(node, _ATTRIBUTE[code], _attribute_value(code, columns[code]))


def _kebab(column: str) -> str:
    """The code of an attribute.

    >>> _kebab("firstQuartile"), _kebab("per100000")
    ('first-quartile', 'per100000')
    """
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in column)


def _term(value: str) -> NamedNode | Literal:
    """The value of a dimension: an IRI, a year or another text."""
    if "://" in value:
        return NamedNode(value)
    return Literal(value, datatype=XSD.gYear) if _YEAR.fullmatch(value) else Literal(value)


def _currency(row: AnswerRow) -> NamedNode:
    """The currency of the amounts, or the most frequent reason why there is none."""
    if row.summary:
        return NamedNode(f"{_CURRENCIES}{row.summary.unit}")
    return NamedNode(max(REASONS, key=lambda each: row.figure.absent.get(each, 0)))


def _unit(row: AnswerRow, comparison: Comparison) -> NamedNode:
    if row.summary and _has_currency(comparison):
        return NamedNode(f"{_CURRENCIES}{row.summary.unit}")
    return _UNITS.get(comparison.measure.kind, _UNIT.NUM)


def _value(text: str, kind: MeasureKind) -> Literal:
    if not text:
        return _NOT_A_NUMBER
    return _integer(text) if kind is MeasureKind.PROCESSES else Literal(text, datatype=XSD.decimal)


def _attribute_value(code: str, text: str) -> Literal:
    if code in _YEARS:
        return Literal(text, datatype=XSD.gYear)
    return Literal(text, datatype=XSD.decimal) if code in _DECIMALS else _integer(text)


def _integer(text: str) -> Literal:
    return Literal(text, datatype=XSD.integer)


def _texts(node: NamedNode, predicate: NamedNode, texts: LanguageTexts) -> Iterator[Triple]:
    for language, text in texts.items():
        yield Triple(node, predicate, Literal(text, language=language))
