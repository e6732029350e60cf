"""Generate the SPARQL query that fetches the evidence of a comparison: one solution for each process, group and value.

Variables of the solutions: `process`; `group` and `series`, the values of the dimensions, or the answer that says why there is none; and for
each operand of the measure, numbered from 1: `value1`, `unit1` (a currency), `node1` (what has the value), `end1`, and `absence1` (an answer).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passo_lod.comparison.declarations import Dimension, Measure, MeasureKind
from passo_lod.namespaces import CVL

PREFIXES = """PREFIX answer: <https://w3id.org/passo/controlled-vocabulary/answer/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
ANSWERS = f"{CVL.iri}answer/"
NOT_COMPARABLE = f"{ANSWERS}not-comparable"
"""The value has no counterpart among those of the dimension."""

NOT_CAPTURED, NOT_ASKED = f"{ANSWERS}not-captured", f"{ANSWERS}not-asked"


@dataclass(frozen=True)
class Filter:
    """Processes of which a dimension has one of some values.

    Attributes:
        values: the last segments of IRIs, or lexical forms; that of an answer selects the processes without a value for that reason.
    """

    dimension: Dimension
    values: tuple[str, ...]


@dataclass(frozen=True)
class Years:
    """The first and last year of start, both included; None for no limit."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Comparison:
    """One measure by one or two dimensions under some filters.

    Attributes:
        operands: the measures from which a process gets its value (`Declarations.operands`).
        by: the dimension of the groups.
        series: the second dimension.
        year: the dimension that `years` is about.
    """

    measure: Measure
    operands: tuple[Measure, ...]
    by: Dimension
    series: Dimension | None = None
    filters: tuple[Filter, ...] = ()
    years: Years = Years()
    year: Dimension | None = None


def evidence_query(comparison: Comparison) -> str:
    """Return the query, with full IRIs but for the prefixes of `PREFIXES`."""
    dimensions = [("group", comparison.by)] + ([("series", comparison.series)] if comparison.series else [])
    operands = [(str(n), each) for n, each in enumerate(comparison.operands, start=1) if each.path]
    variables = ["process", *(name for name, _ in dimensions)]
    variables += [name for number, each in operands for name in _operand_variables(number, each)]
    lines = [
        f"SELECT DISTINCT {' '.join(f'?{each}' for each in variables)} {{",
        "  GRAPH ?source { ?process a passo:ParticipatoryProcess }",
        "  ?record foaf:primaryTopic ?process .",
        "  OPTIONAL { ?record passo:sourceFormat ?format }",
        *_year_lines(comparison),
        *_filter_lines(comparison.filters),
        *(line for name, each in dimensions for line in _dimension_lines(name, each)),
        *(line for number, each in operands for line in _operand_lines(number, each)),
        "}",
    ]
    return PREFIXES + "\n".join(lines) + "\n"


def _operand_variables(number: str, operand: Measure) -> Iterator[str]:
    yield f"value{number}"
    if operand.kind is MeasureKind.MONEY:
        yield f"unit{number}"
        yield f"node{number}"
    if operand.kind is MeasureKind.DURATION:
        yield f"end{number}"
    yield f"absence{number}"


def _year_lines(comparison: Comparison) -> Iterator[str]:
    limits = ((">=", comparison.years.first), ("<=", comparison.years.last))
    conditions = [f"?startYear {sign} {year}" for sign, year in limits if year is not None]
    if conditions and comparison.year is not None:
        yield f"  ?process {comparison.year.path} ?started ."
        yield "  BIND (YEAR(?started) AS ?startYear)"
        yield f"  FILTER ({' && '.join(conditions)})"


def _filter_lines(filters: Sequence[Filter]) -> Iterator[str]:
    for number, each in enumerate(filters, start=1):
        yield from _dimension_lines(f"filter{number}", each.dimension)
        values = ", ".join(_quoted(value) for value in each.values)
        yield f'  FILTER (REPLACE(STR(?filter{number}), "^.*/", "") IN ({values}))'


def _dimension_lines(name: str, dimension: Dimension) -> Iterator[str]:
    """Bind a variable to each value of a dimension, or to the answer that says why there is none."""
    if not dimension.path:
        yield f"  BIND (?source AS ?{name})"
        return
    yield f"  OPTIONAL {{ {' '.join(_value_patterns(name, dimension))} }}"
    yield f"  OPTIONAL {{ {_why(name, dimension.state_properties)} }}"
    absence = _absence(dimension.state_properties)
    if dimension.alignment_path or dimension.value_class or dimension.scheme:
        absence = f"IF(EXISTS {{ ?process {dimension.path} ?given }}, answer:not-comparable, {absence})"
    yield f"  BIND (COALESCE(?{name}Value, ?{name}Why, {absence}) AS ?{name})"


def _value_patterns(name: str, dimension: Dimension) -> Iterator[str]:
    aligned = f"{dimension.path}/({dimension.alignment_path})" if dimension.alignment_path else dimension.path
    yield f"?process {aligned} ?{name}Value ."
    if dimension.value_class:
        yield f"?{name}Value a <{dimension.value_class}> ."
    if dimension.scheme:
        yield f"?{name}Value skos:inScheme <{dimension.scheme}> ."


def _operand_lines(number: str, operand: Measure) -> Iterator[str]:
    value = f"?value{number}"
    if operand.kind is MeasureKind.MONEY:
        node = f"?node{number}"
        yield f"  OPTIONAL {{ ?process {operand.path} {node} . {node} schema:value {value} ; schema:currency ?unit{number} }}"
    elif operand.kind is MeasureKind.DURATION:
        yield f"  OPTIONAL {{ ?process {operand.path} {value} ; {operand.end_path} ?end{number} }}"
    else:
        yield f"  OPTIONAL {{ ?process {operand.path} {value} }}"
    yield f"  OPTIONAL {{ {_why(value[1:], operand.state_properties)} }}"
    yield f"  BIND (IF(BOUND({value}), ?none, COALESCE({value}Why, {_absence(operand.state_properties)})) AS ?absence{number})"


def _why(name: str, properties: Sequence[str]) -> str:
    """The patterns that bind why a record has no value of some properties.

    They are a query of their own, so that an engine joins them once for all records: of the missing values of a record few are of these properties.
    """
    missing = f"?{name}Missing passo:missingProperty {_one_of(properties, f'{name}Property')}"
    answered = f"?{name}Missing passo:answer ?{name}Why . ?record passo:hasMissingValue ?{name}Missing"
    return f"{{ SELECT ?record ?{name}Why {{ {missing} {answered} }} }}"


def _absence(properties: Sequence[str]) -> str:
    """Why there is no value and no stated reason: the format of the record asks for one, or does not."""
    asks = f"EXISTS {{ ?format passo:asks {_one_of(properties, 'asked')} }}"
    return f"IF({asks}, answer:not-captured, answer:not-asked)"


def _one_of(properties: Sequence[str], variable: str) -> str:
    """An IRI as the object of a pattern, or a variable with all of several."""
    if len(properties) == 1:
        return f"<{properties[0]}> ."
    return f"?{variable} . VALUES ?{variable} {{ {' '.join(f'<{each}>' for each in properties)} }}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
