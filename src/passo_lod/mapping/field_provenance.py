"""Say of each field of a record where it stands and what became of it, after `record_mapping` has mapped it."""

from collections.abc import Iterator, Sequence, Set

from passo_lod.mapping.mapping_state import MappingState, MissingObject
from passo_lod.records import Field, FieldOutcome, FieldProvenance, FieldState


def field_provenance(state: MappingState, ignored: Set[str]) -> Iterator[FieldProvenance]:
    """Yield the provenance of each field of a record that is mapped, in the order of the record.

    Args:
        state: of the record.
        ignored: the labels that mapping.yaml ignores.
    """
    missing: dict[str, list[MissingObject]] = {}
    for each in state.missing:
        if not each.rule.compare_only:
            missing.setdefault(each.origin.label, []).append(each)
    for label, field in state.record.fields.items():
        given, lacking = state.traced.get(label), missing.get(label, ())
        place = field.place(state.record.path)
        if given:
            # Other fields gave what this one lacks, unless its text was not understood or is withheld.
            lost = [each for each in lacking if each.text is not None or each.reason == "withheld"]
            conversions = tuple(dict.fromkeys(filter(None, given.values())))
            statements = (*given, *_lacking(lost))
            reason = lost[0].reason if lost else ""
            yield FieldProvenance(label, place, FieldOutcome.MAPPED, statements, conversions, reason)
        else:
            outcome = _outcome(state, field, ignored, is_lacking=bool(lacking))
            reason = field.absence_reason if outcome is FieldOutcome.ABSENT else ""
            reason = lacking[0].reason if lacking else reason
            yield FieldProvenance(label, place, outcome, _lacking(lacking), (), reason)


def _lacking(missing: Sequence[MissingObject]) -> tuple[tuple[str, str], ...]:
    """The properties whose value a field lacks, as statements without a subject."""
    return tuple(dict.fromkeys(("", each.rule.predicate.value) for each in missing))


def _outcome(state: MappingState, field: Field, ignored: Set[str], *, is_lacking: bool) -> FieldOutcome:
    """What became of a field that gave no value."""
    if field.label in ignored:
        return FieldOutcome.IGNORED
    if field.state is not FieldState.VALUE:
        return FieldOutcome.ABSENT
    is_refused = is_lacking or field.label not in state.used_labels
    return FieldOutcome.REFUSED if is_refused else FieldOutcome.USED
