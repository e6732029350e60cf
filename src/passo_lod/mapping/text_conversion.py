"""Convert the text of a field by the converter and the convention of a line in mapping.yaml; report a text that it cannot read."""

import json
import re

from passo_lod.mapping.converters.conversion import AmbiguityError, ConversionError, Term, UncertainError
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.mapping_state import MappingState, ObjectTarget
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap
from passo_lod.messages.localised_text import CatalogueText, Values
from passo_lod.namespaces import shorten
from passo_lod.records import Field
from passo_lod.report import Severity


class TextConversion:
    """Convert texts of one record; a text that a converter cannot read is reported as a violation."""

    def __init__(self, settings: MappingSettings, state: MappingState) -> None:
        self._settings = settings
        self._state = state

    def convert(
        self, target: ObjectTarget, name: str, text: str, origin: Field, shown: str | None = None
    ) -> Term | None:
        """The term of a text; None if it has none, rightly or because the converter cannot read it.

        Args:
            target: what the term is for.
            name: of the converter.
            text: as the converter gets it.
            origin: the field of the text.
            shown: the text in the report, if it differs.

        Raises:
            UncertainError: the text gives no certain value; it is reported as an information.
        """
        converter = self._settings.converters[name]
        try:
            return converter.by(target.rule.convention)(text)
        except AmbiguityError as error:
            self._report_ambiguity(target, name, error, origin, shown or text)
        except ConversionError as error:
            values: Values = {
                "kind": CatalogueText(f"convert.kind.{converter.kind}"),
                "problem": error.problem,
                "example": converter.example,
            }
            if isinstance(error, UncertainError):
                key, predicate = "map.no-conversion", target.rule.predicate
                self._state.report(Severity.INFO, name, key, values, origin, shown or text, predicate)
                raise
            self.report(target, name, "map.no-conversion", values, origin, shown or text)
        return None

    def _report_ambiguity(
        self, target: ObjectTarget, name: str, error: AmbiguityError, origin: Field, text: str
    ) -> None:
        convention = self._settings.converters[name].convention
        assert convention is not None  # noqa: S101 - only a converter with a convention finds a text ambiguous
        first, second = (line_with(target.rule, name, {convention.key: each}) for each in convention.converts)
        values: Values = {"problem": error.problem, "line": first, "other": second}
        self.report(target, name, "map.ambiguous", values, origin, text)

    def report(self, target: ObjectTarget, name: str, key: str, values: Values, origin: Field, text: str) -> None:
        """Report a text that a converter cannot read, under the converter's name."""
        self._state.used_labels.add(origin.label)
        self._state.report(Severity.VIOLATION, name, key, values, origin, text, target.rule.predicate)


def line_with(rule: PredicateObjectMap, converter: str, keys: dict[str, str]) -> str:
    """The line of mapping.yaml for a message: with the converter, its other keys as they are, and some more keys.

    >>> from passo_lod.namespaces import SCHEMA
    >>> rule = PredicateObjectMap(SCHEMA.startDate, labels=("Start Date", "Début: le"), converter="date")
    >>> line_with(rule, "date", {"order": "day-first"})
    '{p: schema:startDate, from: [Start Date, "Début: le"], convert: date, order: day-first}'
    """
    labels = [_scalar(label) for label in rule.labels]
    source = labels[0] if len(labels) == 1 else f"[{', '.join(labels)}]"
    stated = {"currency": rule.currency, "currency-from": _scalar(rule.currency_label) if rule.currency_label else None}
    stated |= {rule.convention_key or "": rule.convention} if rule.convention else {}
    pairs = {
        "p": shorten(rule.predicate.value),
        "from": source if labels else None,
        "convert": converter,
        **stated,
        **keys,
    }
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items() if value) + "}"


def _scalar(text: str) -> str:
    """A label as a YAML scalar inside brackets."""
    return text if re.fullmatch(r"[^\W_](?:[\w '’().%€/°+-]*[\w)])?", text) else json.dumps(text, ensure_ascii=False)
