"""Write the report of `passo-lod check` for the person who wrote the record, in their language: lines read, statements made, results."""

from collections import Counter
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.messages.message_catalogue import message
from passo_lod.namespaces import RDF, shorten
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.records import Field, FieldState, LineRole, Record
from passo_lod.report import shortened


def outcome_lines(outcome: RecordOutcome, language: str) -> Iterator[str]:
    """The report of one record, line by line."""
    yield f"{outcome.reading.path}  {outcome.reading.id or message('check.no-id', language)}"
    if outcome.reading.record is not None:
        yield from _reading_lines(outcome.reading.record, language)
    if outcome.mapped is not None:
        yield f"  {message('check.triples', language, count=len(outcome.mapped.quads))}"
        yield from _mapping_lines(outcome.mapped, language)
    yield from _result_lines(outcome, language)


def _reading_lines(record: Record, language: str) -> Iterator[str]:
    roles = Counter(role for _, role in record.roles)
    parts = ", ".join(
        f"{roles[role]} {message(f'check.role.{role.value}', language, count=roles[role])}" for role in LineRole
    )
    yield f"  {message('check.lines', language, number=sum(roles.values()), parts=parts)}"
    states = Counter(field.state for field in record.fields.values())
    parts = ", ".join(
        f"{states[state]} {message(f'check.state.{state.value}', language, count=states[state])}"
        for state in FieldState
    )
    yield f"  {message('check.fields', language, number=len(record.fields), parts=parts)}"


def _mapping_lines(mapped: MappedRecord, language: str) -> Iterator[str]:
    """Each field with the statements mapped from it, in the order of the page."""
    statements: dict[Field, dict[str, None]] = {}
    for quad in mapped.quads:
        origin = mapped.origins.get((quad.subject.value, quad.predicate.value))  # type: ignore[union-attr]
        if origin is not None and not _is_structure(quad, mapped):
            statements.setdefault(origin, {})[f"{shorten(quad.predicate.value)} = {_term(quad.object)}"] = None
    for field in sorted(mapped.record.fields.values(), key=lambda each: each.value_line):
        state = "" if field.state is FieldState.VALUE else f" [{message(f'check.state.{field.state.value}', language)}]"
        yield f"    {field.value_line:>5}  {field.label}{state}"
        none = [message("check.no-statement", language)]
        yield from (f"             {each}" for each in statements.get(field, none))


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
