"""Compute sums and differences of the numbers in fields (`sum`, `difference` in mapping.yaml), for `record_mapping`."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, Inexact

from pyoxigraph import Literal

from passo_lod.mapping.converters.converter_registry import MONEY
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.money_mapping import MoneyMapping
from passo_lod.mapping.text_conversion import TextConversion
from passo_lod.mapping.yarrrml.triples_map import Operation
from passo_lod.messages.localised_text import Values
from passo_lod.namespaces import XSD
from passo_lod.records import Field, FieldState

_EXACT = Context(prec=200, traps=[Inexact])
"""Decimal numbers of any size that a person writes are added without rounding."""


class NumberOperations:
    """Add the results of operations on the fields of one record; without all their numbers there is no result."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state
        self._conversion = TextConversion(settings, state)
        self._money = MoneyMapping(settings, state)

    def add_result(self, target: ObjectTarget, operation: Operation) -> bool:
        """Add the result, as inferred; return whether the record has a triple more."""
        row = target.subject.row
        listed = {label: self._state.record.fields.get(label) for label in operation.labels}
        listed = {label: each.in_row(row) if each and row else each for label, each in listed.items()}
        fields = [field for field in listed.values() if field and field.state is FieldState.VALUE]
        absent = [label for label, field in listed.items() if field not in fields]
        if absent:
            self._report_absent(target, fields, absent)
            return False
        numbers = [self._number(target, field) for field in fields]
        if any(number is None for number in numbers):
            return False
        terms = [number for number in numbers if number is not None]
        value = _result(operation.name, (Decimal(term.value) for term in terms))
        datatype = XSD.integer if all(term.datatype == XSD.integer for term in terms) else XSD.decimal
        self._state.used_labels |= {field.label for field in fields}
        result = Literal(f"{value:f}", datatype=datatype)
        if target.rule.converter == MONEY:
            is_added = self._add_money(target, result, fields)
        else:
            is_added = self._state.add_object(target, result, fields[0])
        if is_added:
            self._state.trace(target, *fields)
        return is_added

    def _report_absent(self, target: ObjectTarget, fields: list[Field], absent: list[str]) -> None:
        """Report each number that has no result because others are absent, and remember why these are."""
        for label in absent:
            if (field := self._state.record.fields.get(label)) is not None:
                self._state.add_missing(target.map_name, target.rule, field, field.absence_reason)
        for field in fields:
            is_of_row = target.subject.row is not None
            self._state.leave_out(field, "map.left-out.incomplete", {"labels": tuple(absent)}, of_row=is_of_row)

    def _number(self, target: ObjectTarget, field: Field) -> Literal | None:
        """The number of a field; a text that is none is a violation."""
        term = self._conversion.convert(target, target.rule.converter or "", field.text, field)
        return term if isinstance(term, Literal) else None

    def _add_money(self, target: ObjectTarget, value: Literal, fields: Sequence[Field]) -> bool:
        """Add an amount whose operands are all in one currency."""
        currencies = [self._money.currency(target, field.text, field) for field in fields]
        if None in currencies:
            return False
        if len(set(currencies)) > 1:
            values: Values = {"codes": ", ".join(sorted(filter(None, set(currencies))))}
            self._conversion.report(target, MONEY, "map.mixed-currencies", values, fields[0], fields[0].text)
            return False
        return self._money.add(target, value, currencies[0] or "", fields[0])


def _result(name: str, numbers: Iterable[Decimal]) -> Decimal:
    """The sum of some numbers, or the first without the others; exact.

    >>> _result("difference", [Decimal("10000.10"), Decimal("7000")])
    Decimal('3000.10')
    """
    first, *others = numbers
    for number in others:
        first = _EXACT.add(first, number) if name == "sum" else _EXACT.subtract(first, number)
    return first
