"""Build the `Reading` of a record that was read, or of one that was rejected; for all readers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from passo_lod.messages.localised_text import CatalogueText, Values
from passo_lod.records import Field, Reading, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_repair import HTML, INVISIBLE

LINE_NUMBER = "@line"
"""The `id-from` of a table whose ids are the numbers of its lines: for a table that will never change."""


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
    results = [*results, *_repair_results(fields.values())]
    text = _id_text(source, line, fields) if source.id_from else default_id
    parsed = source.record_id(text)
    if parsed is None:
        results.append(_no_id(source, line, text))
        return Reading(display_path, "", None, located(results, source, "", display_path))
    record_id = f"{source.prefix}-{parsed[0]}"
    record = Record(
        source.name,
        record_id,
        display_path,
        dict(fields),
        parsed[1],
        line=line,
        format=source.format,
        written_id=text if source.id_from else "",
    )
    return Reading(display_path, record_id, record, located(results, source, record_id, display_path))


def _id_text(source: Any, line: int, fields: Mapping[str, Field]) -> str:
    """The text of the fields that make the id together, or the number of the line if source.yaml says so."""
    if source.id_from == LINE_NUMBER:
        return str(line)
    return " ".join(fields[label].text for label in source.id_columns if label in fields)


def repair_result(kind: str, line: int, text: str, field: str | None = None, count: int = 1) -> ValidationResult:
    """The result of a kind of repair.

    Args:
        kind: a constant of `text_repair`.
        line: of the first text that was repaired (from 1).
        text: that text, repaired.
        field: the label of its field.
        count: how many fields were so repaired.
    """
    # An export of a site has HTML as a rule, and what is copied from a page or a document has invisible characters.
    severity = Severity.INFO if kind in (HTML, INVISIBLE) else Severity.WARNING
    values: Values = {"count": count}
    return ValidationResult.of(
        severity, kind, f"read.repair.{kind}", values, line=line, field=field, value=text or None
    )


def _repair_results(fields: Iterable[Field]) -> Iterator[ValidationResult]:
    """One result for each kind of repair of a record, at its first field."""
    repaired: dict[str, list[Field]] = {}
    for each in fields:
        for kind in each.repairs:
            repaired.setdefault(kind, []).append(each)
    for kind, found in repaired.items():
        yield repair_result(kind, found[0].value_line, found[0].text, found[0].label, len(found))


def _no_id(source: Any, line: int, text: str) -> ValidationResult:
    has_other_letters = not text.isascii() and source.id_pattern.fullmatch(text) is not None
    return ValidationResult.of(
        Severity.VIOLATION,
        "id",
        "read.id-in-other-letters" if has_other_letters else "read.no-id",
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


def with_notes(
    source: Any, display_path: str, notes: Iterable[ValidationResult], readings: Iterable[Reading]
) -> Iterator[Reading]:
    """The readings of a file, with results about the file at the first of them that the report lists."""
    waiting = located(notes, source, "", display_path)
    for each in readings:
        if waiting and not source.is_set_aside(each.id):
            each, waiting = replace(each, results=(*waiting, *each.results)), ()
        yield each


def read_error_result(subject: str, error: ReadError) -> ValidationResult:
    """The violation that reports a ReadError; `subject` is a key below `read.rejected`."""
    message = CatalogueText.of(f"read.rejected.{subject}", {"problem": error.problem})
    return ValidationResult(Severity.VIOLATION, message, line=error.line, expected=error.expected, code=error.code)


def located(
    results: Iterable[ValidationResult], source: Any, record_id: str, display_path: str
) -> tuple[ValidationResult, ...]:
    """The results, with the source, record and file that they are about."""
    return tuple(replace(each, source=source.name, record=record_id, path=display_path) for each in results)
