"""Write the report of `passo-lod check` for the person who wrote the records, in their language, or as JSON for programs.

A few records are reported one by one; of many, each kind of result with some examples. Either way, each kind of result ends with the
lines of mapping.yaml or source.yaml with which the values would be read (`drafting.line_suggestions`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.hints import Hints
from passo_lod.drafting.line_suggestions import CHOICE, LineEdit, LineSuggestions
from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.mapper import Mapper
from passo_lod.messages.message_catalogue import LANGUAGES, message
from passo_lod.namespaces import RDF, shorten
from passo_lod.pipeline.check import CheckedFiles, ResultGroup
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.records import Field, FieldState, LineRole, Record
from passo_lod.report import shortened

JSON_VERSION = 1
"""The version of the JSON report (docs/check.schema.json); it grows if a key changes its meaning or disappears."""


def outcome_lines(outcome: RecordOutcome, ignored: Mapping[str, str], language: str) -> Iterator[str]:
    """The report of one record, line by line.

    Args:
        outcome: the record.
        ignored: the labels that mapping.yaml ignores, with their reasons.
        language: of the reader.
    """
    yield f"{outcome.reading.path}  {outcome.reading.id or message('check.no-id', language)}"
    if outcome.reading.record is not None:
        yield from _reading_lines(outcome.reading.record, language)
    if outcome.mapped is not None:
        yield f"  {message('check.triples', language, count=len(outcome.mapped.quads))}"
        yield from _mapping_lines(outcome, outcome.mapped, ignored, language)
    yield from _result_lines(outcome, language)


def _reading_lines(record: Record, language: str) -> Iterator[str]:
    """How many lines a page has of each role, and how many fields the record has in each state that occurs."""
    roles = Counter(role for _, role in record.roles)
    if roles:
        parts = ", ".join(
            f"{roles[role]} {message(f'check.role.{role.value}', language, count=roles[role])}" for role in LineRole
        )
        yield f"  {message('check.lines', language, number=sum(roles.values()), parts=parts)}"
    states = Counter(field.state for field in record.fields.values())
    parts = ", ".join(
        f"{states[state]} {message(f'check.state.{state.value}', language, count=states[state])}"
        for state in FieldState
        if states[state]
    )
    if states:
        yield f"  {message('check.fields', language, number=len(record.fields), parts=parts)}"


def _mapping_lines(
    outcome: RecordOutcome, mapped: MappedRecord, ignored: Mapping[str, str], language: str
) -> Iterator[str]:
    """Each field with the statements mapped from it, in the order of the page; of the others, why there is none."""
    refused = {result.field for result in outcome.results}
    statements: dict[Field, dict[str, None]] = {}
    for quad in mapped.quads:
        origin = mapped.origins.get((quad.subject.value, quad.predicate.value))  # type: ignore[union-attr]
        if origin is not None and not _is_structure(quad, mapped):
            statements.setdefault(origin, {})[f"{shorten(quad.predicate.value)} = {_term(quad.object)}"] = None
    for field in sorted(mapped.record.fields.values(), key=lambda each: each.value_line):
        state = "" if field.state is FieldState.VALUE else f" [{message(f'check.state.{field.state.value}', language)}]"
        yield f"    {field.value_line:>5}  {field.label}{state}"
        none = [_without_statement(field, refused, ignored, language)]
        yield from (f"             {each}" for each in statements.get(field, none))


def _without_statement(field: Field, refused: set[str | None], ignored: Mapping[str, str], language: str) -> str:
    if field.label in ignored:
        return message("check.ignored", language, reason=ignored[field.label])
    if field.state is FieldState.VALUE and field.label in refused:
        return message("check.refused", language)
    return message("check.no-statement", language)


def _is_structure(quad: Quad, mapped: MappedRecord) -> bool:
    """Whether a statement is a type, or links a thing to one of its own parts; such statements carry no value."""
    parts = (f"/{mapped.record.id}/", f"/{mapped.record.id}#", f"/{mapped.record.id}")
    is_part = isinstance(quad.object, NamedNode) and any(
        part in quad.object.value if part[-1] in "/#" else quad.object.value.endswith(part) for part in parts
    )
    return quad.predicate == RDF.type or is_part


def _term(term: object) -> str:
    if isinstance(term, NamedNode):
        return shorten(term.value)
    assert isinstance(term, Literal)  # noqa: S101 - published data has no blank node
    kind = f"@{term.language}" if term.language else f" ({shorten(term.datatype.value)})"
    return shortened(term.value, 90) + kind


def _result_lines(outcome: RecordOutcome, language: str) -> Iterator[str]:
    yield from (f"  {result.text(language)}" for result in outcome.results)
    if outcome.withdrawn is not None:
        yield f"  {message('check.withdrawn', language, reason=outcome.withdrawn)}"
    elif outcome.merged is not None:
        merged = outcome.merged
        yield f"  {message('check.merged', language, survivor=merged.survivor, reason=merged.why)}"
    else:
        yield f"  {message('check.quarantined' if outcome.quarantined else 'check.published', language)}"


# ------------------------------------------------------------------------------------------------------ kinds of results


def line_suggestions(checked: CheckedFiles) -> LineSuggestions | None:
    """What suggests lines for the results of a source; None for one without a mapping."""
    mapper, source = checked.pipeline.mapper, checked.pipeline.source
    if not isinstance(mapper, Mapper):
        return None
    hints = Hints.open(checked.context.vocabulary_quads)
    known = KnownValues(mapper.converters, checked.context.schemes, checked.context.places, hints)
    return LineSuggestions(source.folder, known, checked.texts, source.region)


def group_lines(
    groups: Iterable[ResultGroup], suggestions: LineSuggestions | None, language: str, *, with_examples: bool
) -> Iterator[str]:
    """Each kind of result with the number of records, some examples, and the lines that would read the values.

    Args:
        groups: the kinds.
        suggestions: what suggests the lines; None for a source without a mapping.
        language: of the reader.
        with_examples: whether to list examples, except of properties that no field gives; without them, kinds without a suggestion
            are left out.
    """
    for group in groups:
        edits = suggestions.suggest(group.results) if suggestions else ()
        if with_examples or edits:
            yield _group_head(group, language)
        if with_examples and (group.field or not group.results[0].is_absence):
            yield from _example_lines(group, language)
        for edit in edits:
            yield from _edit_lines(edit, language)


def _group_head(group: ResultGroup, language: str) -> str:
    first, count = group.examples[0].texts[language], group.record_count
    records = message("check.in-records", language, count=count)
    field = f"{message('result.subject', language, field=group.field)} " if group.field else ""
    expected = f" {message('result.expected', language, expected=first.expected)}" if first.expected else ""
    return f"{group.severity.label(language)} {records}: {field}{first.message}{expected} [{group.code}]"


def _example_lines(group: ResultGroup, language: str) -> Iterator[str]:
    first = group.examples[0].texts[language].message
    for each in group.examples:
        where = f"{each.path}:{each.line}" if each.line else each.path
        record = f" ({each.record})" if each.record else ""
        value = f" «{repr(shortened(each.value))[1:-1]}»" if each.value else ""
        text = each.texts[language].message
        yield f"    {where}{record}{value}{'' if text == first else f' {text}'}"
    more = group.record_count - len(group.examples)
    if more > 0:
        yield f"    {message('check.more-records', language, count=more)}"


def _edit_lines(edit: LineEdit, language: str) -> Iterator[str]:
    """Where a line goes, and the line itself with its indentation and nothing before it, so that it can be copied."""
    if edit.last_line is None:
        yield f"  {message('check.add-line', language, file=edit.path, line=edit.line)}"
    elif edit.last_line == edit.line:
        yield f"  {message('check.replace-line', language, file=edit.path, line=edit.line)}"
    else:
        yield f"  {message('check.replace-lines', language, file=edit.path, line=edit.line, last=edit.last_line)}"
    yield edit.text
    if edit.choices:
        yield f"  {message('check.choose', language, placeholder=CHOICE, notations=', '.join(edit.choices))}"


def ignored_lines(checked: CheckedFiles, language: str) -> Iterator[str]:
    """The fields with values that are not published because mapping.yaml says so: nothing is wrong with them."""
    for label, count in checked.ignored_counts.items():
        reason = checked.ignored_labels[label]
        yield message("check.ignored-field", language, count=count, field=label, reason=reason)


# ------------------------------------------------------------------------------------------------------------------ JSON


def check_document(checked: CheckedFiles) -> dict[str, Any]:
    """The report for programs, as docs/check.schema.json describes it; texts are by language."""
    suggestions = line_suggestions(checked)
    return {
        "version": JSON_VERSION,
        "source": checked.pipeline.source.name,
        "conforms": checked.report.conforms,
        "records": checked.accounting.as_json(),
        "results": checked.report.summary.counts,
        "kinds": [_kind_document(group, suggestions) for group in checked.groups],
        "ignored": [
            {"field": label, "records": count, "reason": checked.ignored_labels[label]}
            for label, count in checked.ignored_counts.items()
        ],
        "outcomes": [_outcome_document(outcome) for outcome in checked.outcomes],
    }


def _kind_document(group: ResultGroup, suggestions: LineSuggestions | None) -> dict[str, Any]:
    edits = suggestions.suggest(group.results) if suggestions else ()
    example = group.examples[0]
    return {
        "severity": group.severity.value,
        "code": group.code,
        "field": group.field,
        "records": group.record_count,
        "message": {language: example.texts[language].message for language in LANGUAGES},
        "expected": {language: example.texts[language].expected for language in LANGUAGES},
        "examples": [each.as_json() for each in group.examples],
        "edits": [_edit_document(edit) for edit in edits],
    }


def _edit_document(edit: LineEdit) -> dict[str, Any]:
    return {
        "file": str(edit.path),
        "action": "add" if edit.last_line is None else "replace",
        "line": edit.line,
        "last_line": edit.last_line or edit.line,
        "text": edit.text,
        "choices": list(edit.choices),
    }


def _outcome_document(outcome: RecordOutcome) -> dict[str, Any]:
    record = outcome.reading.record
    return {
        "path": outcome.reading.path,
        "line": record.line if record else None,
        "record": outcome.reading.id or None,
        "outcome": _outcome_name(outcome),
        "results": [result.as_json() for result in outcome.results],
    }


def _outcome_name(outcome: RecordOutcome) -> str:
    if outcome.withdrawn is not None:
        return "withdrawn"
    if outcome.merged is not None:
        return "merged"
    return "quarantined" if outcome.quarantined else "published"
