"""Map the text of a field to an amount of money and its currency, for `object_mapping` and `number_operations`.

The currency is that of the text; else that of a column (`currency-from`); else that of the line in mapping.yaml (`currency`). A sign such
as `$` leaves several, between which the next of these decides. What the text and the column say has to agree.
"""

from dataclasses import replace

from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import ConversionError, Term
from passo_lod.mapping.converters.converter_registry import MONEY
from passo_lod.mapping.converters.money_converters import currencies_of, stated_currencies
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.text_conversion import TextConversion, line_with
from passo_lod.messages.localised_text import CatalogueText, Values
from passo_lod.namespaces import SCHEMA
from passo_lod.records import Field, FieldState


class MoneyMapping:
    """Map amounts of one record; one without a certain currency is reported."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state
        self._conversion = TextConversion(settings, state)

    def add_text(self, target: ObjectTarget, text: str, origin: Field) -> bool:
        """Add the amount of a text and its currency; return whether the record has a triple more."""
        amount = self._conversion.convert(target, MONEY, text, origin)
        currency = self.currency(target, text, origin) if amount is not None else None
        return amount is not None and currency is not None and self.add(target, amount, currency, origin)

    def add(self, target: ObjectTarget, amount: Term, currency: str, origin: Field) -> bool:
        """Add an amount and its currency; return whether the record has a triple more."""
        currency_target = replace(target, rule=replace(target.rule, predicate=SCHEMA.currency))
        is_added = self._state.add_object(target, amount, origin)
        self._state.add_object(currency_target, Literal(currency), origin)
        column = self._currency_field(target)
        if is_added and column is not None and column.state is FieldState.VALUE:
            self._state.trace(currency_target, column)
        return is_added

    def currency(self, target: ObjectTarget, text: str, origin: Field) -> str | None:
        """The currency of an amount; None if it is not certain."""
        rule = target.rule
        column = self._currency_field(target)
        stated = stated_currencies(text)
        if column is not None and column.state is FieldState.VALUE:
            self._state.used_labels.add(column.label)
            try:
                in_column = currencies_of(column.text)
            except ConversionError as error:
                values: Values = {
                    "kind": CatalogueText("convert.kind.currency"),
                    "problem": error.problem,
                    "example": "EUR",
                }
                self._conversion.report(target, MONEY, "map.no-conversion", values, column, column.text)
                return None
            if stated and not stated & in_column:
                values = {"field": column.label, "value": column.text}
                self._conversion.report(target, MONEY, "map.two-currencies", values, origin, text)
                return None
            stated = stated & in_column if stated else in_column
        if len(stated) == 1:
            return next(iter(stated))
        if rule.currency and (not stated or rule.currency in stated):
            return rule.currency
        self._report_uncertain(target, stated, origin, text)
        return None

    def _currency_field(self, target: ObjectTarget) -> Field | None:
        """The field that states the currency (`currency-from`), in the row of the target."""
        column = self._state.record.fields.get(target.rule.currency_label or "")
        return column.in_row(target.subject.row) if column and target.subject.row is not None else column

    def _report_uncertain(self, target: ObjectTarget, stated: frozenset[str], origin: Field, text: str) -> None:
        """Report an amount whose currency nothing states, or a sign leaves open."""
        code = "EUR" if not stated else "USD" if "USD" in stated else min(stated)
        values: Values = {"line": line_with(target.rule, MONEY, {"currency": code}), "codes": ", ".join(sorted(stated))}
        key = "map.several-currencies" if stated else "map.no-currency"
        self._conversion.report(target, MONEY, key, values, origin, text)
