"""Find the fields of one record from which a measure or a dimension of comparison has its value, for the page of the record's provenance."""

import re
from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode, Quad

from passo_lod.comparison.declarations import Declarations, Dimension, Measure
from passo_lod.store.protocol import value_of
from passo_lod.web.pages.field_places import FieldRow

Declared = Measure | Dimension


def declared_by_code(declared: Declarations, code: str) -> Declared | None:
    """The measure or dimension with a code; None if there is none."""
    return declared.measures.get(code) or declared.dimensions.get(code)


def fields_behind(
    each: Declared, declared: Declarations, fields: Sequence[FieldRow], quads: Sequence[Quad], process: str
) -> list[FieldRow]:
    """The fields that gave the value of a process, else those that say why it has none; none if no field of the record does.

    Args:
        each: what the value is of.
        declared: all declarations.
        fields: of the record about the process.
        quads: that describe the process and its parts.
        process: the IRI of the process.
    """
    operands: tuple[Declared, ...] = declared.operands(each) if isinstance(each, Measure) else (each,)
    return [field for operand in operands for field in _fields_of_operand(operand, fields, quads, process)]


def has_value(each: Declared, declared: Declarations, quads: Sequence[Quad], process: str) -> bool:
    """Whether a process has a value of a measure or a dimension; without a field, the mapping of the source states it for all records."""
    operands: tuple[Declared, ...] = declared.operands(each) if isinstance(each, Measure) else (each,)
    return all(_reached(process, _properties(operand), quads)[0] for operand in operands)


def _fields_of_operand(
    operand: Declared, fields: Sequence[FieldRow], quads: Sequence[Quad], process: str
) -> list[FieldRow]:
    statements, ends = _reached(process, _properties(operand), quads)
    found = [field for field in fields if any(each in statements or each[0] in ends for each in field.statements)]
    return found or [field for field in fields if not set(field.lacking).isdisjoint(operand.state_properties)]


def _properties(operand: Declared) -> frozenset[str]:
    """The IRIs of the properties in the paths of a measure or a dimension."""
    paths = operand.path + (operand.end_path if isinstance(operand, Measure) else "")
    return frozenset(re.findall(r"<([^<>]*)>", paths))


def _reached(process: str, properties: Iterable[str], quads: Sequence[Quad]) -> tuple[set[tuple[str, str]], set[str]]:
    """The subjects and properties of the last steps from a process along some properties, and the nodes where they end, such as an amount."""
    steps: dict[str, list[Quad]] = {}
    for quad in quads:
        if quad.predicate.value in properties:
            steps.setdefault(value_of(quad.subject), []).append(quad)
    statements: set[tuple[str, str]] = set()
    ends: set[str] = set()
    pending, seen = [process], {process}
    while pending:
        for quad in steps.get(pending.pop(), ()):
            target = value_of(quad.object)
            if isinstance(quad.object, NamedNode) and target in steps:
                pending += {target} - seen
                seen.add(target)
            else:
                statements.add((value_of(quad.subject), quad.predicate.value))
                ends |= {target} if isinstance(quad.object, NamedNode) else set()
    return statements, ends - {process}
