"""Convert pySHACL's results for `validator` to results of the report, with the source, file, line and field of the value."""

from collections.abc import Iterator, Mapping, Set

import rdflib
from rdflib.namespace import SH

from passo_lod.namespaces import shorten
from passo_lod.report import Severity, ValidationResult
from passo_lod.validation.pyshacl_engine import ShaclResult
from passo_lod.validation.validated_batch import ValidatedBatch, ValidatedRecord
from passo_lod.validation.violation import local_name

_MESSAGES: Mapping[str, str] = {
    "MinCountConstraintComponent": "there is no value, or too few",
    "MaxCountConstraintComponent": "there are too many values",
    "DatatypeConstraintComponent": "the value has the wrong datatype",
    "NodeKindConstraintComponent": "the value is a text and should be an IRI, or the reverse",
    "ClassConstraintComponent": "the value does not belong to the expected class",
    "PatternConstraintComponent": "the value is not written as expected",
    "MinLengthConstraintComponent": "the text is too short",
    "LanguageInConstraintComponent": "the text has no language, or one that is not allowed here",
    "UniqueLangConstraintComponent": "there are two texts in one language",
    "MinInclusiveConstraintComponent": "the number is too small",
    "MaxInclusiveConstraintComponent": "the number is too large",
    "LessThanOrEqualsConstraintComponent": "the value is greater than the value that limits it",
    "HasValueConstraintComponent": "the expected value is missing",
    "NodeConstraintComponent": "the value does not have the properties that it needs",
    "OrConstraintComponent": "none of the alternatives is met",
    "QualifiedMinCountConstraintComponent": "there are too few values of the expected kind",
    "QualifiedMaxCountConstraintComponent": "there are too many values of the expected kind",
    "InConstraintComponent": "the value is not one of the allowed ones",
}
"""What is wrong, by constraint component (SHACL, 4)."""


def english_messages(shapes: rdflib.Graph) -> dict[str, set[str]]:
    """Return the English messages of each shape by its IRI."""
    messages: dict[str, set[str]] = {}
    for shape, message in shapes.subject_objects(SH.message):
        if isinstance(message, rdflib.Literal) and message.language == "en":
            messages.setdefault(str(shape), set()).add(str(message))
    return messages


def convert_result(
    result: ShaclResult, batch: ValidatedBatch, english: Mapping[str, Set[str]]
) -> Iterator[ValidationResult]:
    """Yield the result once for every record that describes the focus node; none for a node of the background."""
    expected = _expected(result, english.get(result.shape, frozenset()))
    return (_validation_result(result, expected, record) for record in batch.describing(result.focus))


def _expected(result: ShaclResult, english: Set[str]) -> str | None:
    """Return the shape's message, which says what would be right, in English if there is one."""
    # pySHACL drops the language of a SPARQL constraint's messages.
    messages = sorted(
        result.messages,
        key=lambda message: (message.language != "en" and str(message) not in english, str(message)),
    )
    return str(messages[0]) if messages else None


def _validation_result(result: ShaclResult, expected: str | None, record: ValidatedRecord) -> ValidationResult:
    path = result.path
    field = record.field_for(result.focus, path, result.value) if path else None
    source, record_id, file = record.identity
    return ValidationResult(
        severity=Severity[local_name(result.severity).upper()],
        message=_message(result.component, path),
        source=source,
        record=record_id,
        path=file,
        line=field.value_line if field else record.line,
        field=field.label if field else _labels(record, path),
        value=shorten(result.value) if result.value is not None else None,
        expected=expected,
        # A blank node has another label in every run.
        code=shorten(result.shape) if result.shape else result.component,
        focus_node=result.focus,
        result_path=shorten(path) if path else None,
    )


def _message(component: str, path: str | None) -> str:
    if path is None:
        return "the rule is not met."
    return f"{_MESSAGES.get(component, 'the rule is not met')} ({shorten(path)})."


def _labels(record: ValidatedRecord, path: str | None) -> str | None:
    return " / ".join(record.labels_for(path)) or None if path else None
