"""Write the report of `passo-lod check` for the person who wrote the record: lines read, statements made, results."""

from collections import Counter
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.namespaces import RDF, shorten
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.records import Field, FieldState, LineRole, Record
from passo_lod.report import shortened


def outcome_lines(outcome: RecordOutcome) -> Iterator[str]:
    """The report of one record, line by line."""
    yield f"{outcome.reading.path}  {outcome.reading.id or '(no id)'}"
    if outcome.reading.record is not None:
        yield from _reading_lines(outcome.reading.record)
    if outcome.mapped is not None:
        yield f"  mapped to {len(outcome.mapped.quads)} triples:"
        yield from _mapping_lines(outcome.mapped)
    yield from _result_lines(outcome)


def _reading_lines(record: Record) -> Iterator[str]:
    roles = Counter(role for _, role in record.roles)
    parts = ", ".join(f"{roles[role]} {role.value}" for role in LineRole)
    yield f"  lines read: {sum(roles.values())} that are not blank = {parts}"
    states = Counter(field.state for field in record.fields.values())
    yield f"  fields: {len(record.fields)} = " + ", ".join(f"{states[state]} {state.value}" for state in FieldState)


def _mapping_lines(mapped: MappedRecord) -> Iterator[str]:
    """Each field with the statements mapped from it, in the order of the page."""
    statements: dict[Field, dict[str, None]] = {}
    for quad in mapped.quads:
        origin = mapped.origins.get((quad.subject.value, quad.predicate.value))  # type: ignore[union-attr]
        if origin is not None and not _is_structure(quad, mapped):
            statements.setdefault(origin, {})[f"{shorten(quad.predicate.value)} = {_term(quad.object)}"] = None
    for field in sorted(mapped.record.fields.values(), key=lambda each: each.value_line):
        state = "" if field.state is FieldState.VALUE else f" [{field.state.value}]"
        yield f"    {field.value_line:>5}  {field.label}{state}"
        yield from (f"             {each}" for each in statements.get(field, ["(no statement of its own)"]))


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


def _result_lines(outcome: RecordOutcome) -> Iterator[str]:
    yield from (f"  {result}" for result in outcome.results)
    if outcome.withdrawn is not None:
        yield f"  withdrawn by the source: {outcome.withdrawn}"
    elif outcome.merged is not None:
        yield f"  merged with {outcome.merged.survivor}, according to duplicates.yaml: {outcome.merged.why}"
    else:
        yield "  would be quarantined" if outcome.quarantined else "  would be published"
