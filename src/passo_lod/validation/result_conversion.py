"""Convert pySHACL's results for `validator` to results of the report, with the source, file, line and field of the value.

What is wrong is written from the constraint component in plain words; what would be right is the shape's own message.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import rdflib
from rdflib.namespace import RDFS, SH

from passo_lod.messages.localised_text import CatalogueText, LanguageMap, Value, Values
from passo_lod.messages.message_catalogue import LANGUAGES, load_messages
from passo_lod.namespaces import shorten
from passo_lod.report import Severity, ValidationResult
from passo_lod.term_labels import TermLabels, in_languages
from passo_lod.validation.pyshacl_engine import ShaclResult
from passo_lod.validation.validated_batch import ValidatedBatch, ValidatedRecord
from passo_lod.validation.violation import local_name

_PARAMETERS = {
    "Class": SH["class"],
    "Datatype": SH.datatype,
    "LessThanOrEquals": SH.lessThanOrEquals,
    "MaxCount": SH.maxCount,
    "MaxInclusive": SH.maxInclusive,
    "MinInclusive": SH.minInclusive,
    "MinLength": SH.minLength,
    "NodeKind": SH.nodeKind,
    "SPARQL": RDFS.seeAlso,  # the property with which the query compares that of the path
}
"""The parameters that messages give, by constraint component (SHACL, 4)."""

_COUNTS = frozenset({"MaxCount", "MinLength"})
"""Components whose parameter chooses between singular and plural."""


@dataclass(frozen=True)
class ResultConverter:
    """Makes results of the report.

    Attributes:
        shapes: the shapes graph.
        labels: the names of properties, classes and datatypes.
    """

    shapes: rdflib.Graph
    labels: TermLabels

    def convert(self, result: ShaclResult, batch: ValidatedBatch) -> Iterator[ValidationResult]:
        """Yield the result once for every record that describes the focus node; none for a node of the background."""
        return (self._validation_result(result, record) for record in batch.describing(result.focus))

    def _validation_result(self, result: ShaclResult, record: ValidatedRecord) -> ValidationResult:
        path = result.path
        field = record.field_for(result.focus, path, result.value) if path else None
        source, record_id, file = record.identity
        return ValidationResult(
            severity=Severity[local_name(result.severity).upper()],
            message=self._problem(result, record),
            source=source,
            record=record_id,
            path=file,
            line=field.value_line if field else record.line,
            field=field.label if field else _labels(record, path),
            value=shorten(result.value) if result.value is not None else None,
            expected=self._rule(result),
            # A blank node has another label in every run.
            code=shorten(result.shape) if result.shape else result.component,
            focus_node=result.focus,
            result_path=shorten(path) if path else None,
        )

    # ------------------------------------------------------------------------------------------- what would be right

    def _rule(self, result: ShaclResult) -> LanguageMap | None:
        """Return the message of the violated shape or SPARQL constraint in its languages."""
        # pySHACL drops the language of a SPARQL constraint's messages.
        texts = {str(message): message.language for message in result.messages}
        for rule in self._rules.get(result.shape, ()):
            if any(text in texts for _, text in rule.texts):
                return rule
        found = {language or LANGUAGES[0]: text for text, language in sorted(texts.items())}
        return in_languages(found) if found else None

    @cached_property
    def _rules(self) -> dict[str, list[LanguageMap]]:
        """The messages of each shape and of its SPARQL constraints, by the shape's IRI."""
        rules: dict[str, list[LanguageMap]] = {}
        for node in set(self.shapes.subjects(SH.message)):
            found = [text for text in self.shapes.objects(node, SH.message) if isinstance(text, rdflib.Literal)]
            rule = in_languages({text.language or LANGUAGES[0]: str(text) for text in found})
            for shape in (node, *self.shapes.subjects(SH.sparql, node)):
                rules.setdefault(str(shape), []).append(rule)
        return rules

    # ------------------------------------------------------------------------------------------------- what is wrong

    def _problem(self, result: ShaclResult, record: ValidatedRecord) -> CatalogueText:
        if result.path is None:
            return CatalogueText("shacl.rule")
        component = result.component.removesuffix("ConstraintComponent")
        bound, values = self._values_of(result.shape, component, result.path)
        if component in ("LessThanOrEquals", "SPARQL") and bound is not None:
            others = _objects(record, result.focus, str(bound))
            values = {**values, "value": result.value or "", "other": tuple(others)}
        name = component if component not in _PARAMETERS or bound is not None else ""
        if component == "MinCount" and _objects(record, result.focus, result.path):
            name = "too-few"
        elif component == "NodeKind":
            name = f"NodeKind-{local_name(str(bound))}"
        elif component == "MinInclusive" and isinstance(bound, rdflib.Literal) and not bound.value:
            # A text is not greater than 0 either.
            name = "negative" if (result.value or "").startswith("-") else ""
        return CatalogueText.of(_key(result.path, name), values)

    @cached_property
    def _values_of(self) -> Callable[[str, str, str], tuple[rdflib.term.Node | None, Values]]:
        """A function that returns a parameter of a shape, and values of its messages; each is found once."""

        @cache
        def values_of(shape: str, component: str, path: str) -> tuple[rdflib.term.Node | None, Values]:
            parameter = _PARAMETERS.get(component)
            bound = self.shapes.value(rdflib.URIRef(shape), parameter) if parameter else None
            return bound, {"property": self._property_name(shape, path), **self._bound_values(component, bound)}

        return values_of

    def _property_name(self, shape: str, path: str) -> Value:
        """Return the name that the shape gives to its property, or else the property's label."""
        names = self.shapes.objects(rdflib.URIRef(shape), SH.name)
        texts = {name.language: str(name) for name in names if isinstance(name, rdflib.Literal) and name.language}
        return in_languages(texts) if texts else self.labels.name(path)

    def _bound_values(self, component: str, bound: rdflib.term.Node | None) -> dict[str, Value]:
        if bound is None:
            return {}
        if component in _COUNTS:
            return {"count": int(str(bound))}
        key = f"shacl.datatype.{shorten(str(bound))}"
        if key in load_messages(LANGUAGES[0]):
            return {"bound": CatalogueText(key)}
        return {"bound": self.labels.name(str(bound)) if isinstance(bound, rdflib.URIRef) else str(bound)}


def _key(path: str, name: str) -> str:
    """Return the key of the message with a name: for the property, else for all; of an unknown name a general one."""
    keys = (f"shacl.of-property.{shorten(path)}.{name}", f"shacl.{name}")
    return next((key for key in keys if key in load_messages(LANGUAGES[0])), "shacl.rule-of-property")


def _objects(record: ValidatedRecord, subject: str, predicate: str) -> list[str]:
    quads = (quad for quad in record.quads if quad.predicate.value == predicate)
    return sorted(
        str(getattr(quad.object, "value", "")) for quad in quads if getattr(quad.subject, "value", "") == subject
    )


def _labels(record: ValidatedRecord, path: str | None) -> str | None:
    return " / ".join(record.labels_for(path)) or None if path else None
