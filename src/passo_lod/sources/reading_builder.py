"""Build the `Reading` of a record that was read, or of one that was rejected; for all readers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from passo_lod.messages.localised_text import CatalogueText
from passo_lod.records import Field, Reading, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError


def record_reading(
    source: Any,
    display_path: str,
    line: int,
    fields: Mapping[str, Field],
    results: Iterable[ValidationResult] = (),
    *,
    default_id: str = "",
) -> Reading:
    """The reading of one row or object; without an id it holds a violation and no record.

    Args:
        source: the `Source`.
        display_path: the file, as results name it.
        line: the line on which the row begins (from 1).
        fields: the fields by label.
        results: what is wrong with the fields.
        default_id: the id if the source has no `id-from`, such as the file's name.
    """
    results = list(results)
    text = (fields[source.id_from].text if source.id_from in fields else "") if source.id_from else default_id
    parsed = source.record_id(text)
    if parsed is None:
        results.append(_no_id(source, line, text))
        return Reading(display_path, "", None, located(results, source, "", display_path))
    record_id = f"{source.prefix}-{parsed[0]}"
    record = Record(source.name, record_id, display_path, dict(fields), parsed[1], line=line, format=source.format)
    return Reading(display_path, record_id, record, located(results, source, record_id, display_path))


def _no_id(source: Any, line: int, text: str) -> ValidationResult:
    return ValidationResult.of(
        Severity.VIOLATION,
        "id",
        "read.no-id",
        {"pattern": source.id_pattern.pattern},
        line=line,
        field=source.id_from,
        value=text or None,
    )


def rejected_reading(source: Any, display_path: str, subject: str, error: ReadError, record_id: str = "") -> Reading:
    """The reading of an input that gave no record; it is counted as one record, and quarantined.

    Args:
        source: the `Source`.
        display_path: the file, as results name it.
        subject: what cannot be read, such as `row`: a key below `read.rejected`.
        error: why.
        record_id: the record's id, if it is known.
    """
    result = read_error_result(subject, error)
    return Reading(display_path, record_id, None, located([result], source, record_id, display_path))


def read_error_result(subject: str, error: ReadError) -> ValidationResult:
    """The violation that reports a ReadError; `subject` is a key below `read.rejected`."""
    message = CatalogueText.of(f"read.rejected.{subject}", {"problem": error.problem})
    return ValidationResult(Severity.VIOLATION, message, line=error.line, expected=error.expected, code=error.code)


def located(
    results: Iterable[ValidationResult], source: Any, record_id: str, display_path: str
) -> tuple[ValidationResult, ...]:
    """The results, with the source, record and file that they are about."""
    return tuple(replace(each, source=source.name, record=record_id, path=display_path) for each in results)
