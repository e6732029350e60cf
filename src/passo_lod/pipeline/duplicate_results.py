"""Report likely duplicates that nobody has decided on, and merged records; check duplicates.yaml against the records. `publish` calls it."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from passo_lod.errors import SourceError
from passo_lod.namespaces import PREFIXES, curie
from passo_lod.pipeline.collector import MergedRecord, SourceOutcome
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.duplicate_finder import (
    DifferingValues,
    DuplicateFinder,
    LikelyPair,
    PairEvidence,
    differing_values,
    facts_from_json,
)
from passo_lod.pipeline.record_facts import Fact
from passo_lod.release.identity.id_registry import IdRegistry
from passo_lod.release.tables.cells import LABELS
from passo_lod.release.tables.shared_descriptions import SharedDescriptions
from passo_lod.report import Severity, ValidationResult, shortened
from passo_lod.sources.duplicate_decisions import DUPLICATES_FILE
from passo_lod.sources.source import Source

LIKELY_DUPLICATE = "likely-duplicate"
"""The code of a result that asks a person whether two records are duplicates."""

_MOST_PAIRS = 200
"""The report describes so many likely pairs of a source, the most similar first, and counts the others."""

_MOST_VALUES = 8
"""A result names so many equal and so many differing values."""


def check_decided_records(source: Source, outcome: SourceOutcome, published: Set[str], registry: IdRegistry) -> None:
    """Check that the records that duplicates.yaml names exist, or were published formerly.

    Args:
        source: its decisions.
        outcome: its unpublished records.
        published: the ids of its published records.
        registry: all ids that were ever published.

    Raises:
        SourceError: a record is unknown, or a survivor is no longer among the records; names file and line.
    """
    present = {*published, *(id_ for _, id_ in outcome.quarantined), *(each.id for each in outcome.merged)}
    path, decisions = source.folder / DUPLICATES_FILE, source.duplicates
    for id_, line in decisions.survivors.items():
        if id_ not in present:
            raise SourceError(
                f"{path}:{line}: keep: no record of {source.name} has the id {id_}; keep one that has a record"
            )
    for id_, line in decisions.lines.items():
        if id_ not in present and source.resource_path(id_) not in registry.entries:
            raise SourceError(f"{path}:{line}: no record of {source.name} has the id {id_}, nor had one formerly")


def duplicate_results(
    source: Source, outcome: SourceOutcome, finder: DuplicateFinder, context: PipelineContext
) -> Iterator[ValidationResult]:
    """A warning for each likely pair that nobody has decided on, and what the report says of merged records."""
    return _DuplicateResults(source, context.background, context.catalog.base).of(outcome, finder)


@dataclass(frozen=True)
class _DuplicateResults:
    """Writes the results of one source; properties, concepts and places have their English labels."""

    source: Source
    labels: SharedDescriptions
    base: str

    def of(self, outcome: SourceOutcome, finder: DuplicateFinder) -> Iterator[ValidationResult]:
        are_different = self.source.duplicates.are_different
        pairs = [pair for pair in finder.likely_pairs() if not are_different(pair.first.id, pair.second.id)]
        for pair, evidence in finder.evidence(pairs[:_MOST_PAIRS]):
            yield self._likely_duplicate(pair, evidence)
        if len(pairs) > _MOST_PAIRS:
            yield self._result(
                Severity.WARNING,
                LIKELY_DUPLICATE,
                f"{len(pairs) - _MOST_PAIRS:,} more pairs of records may be duplicates, less similar than the {_MOST_PAIRS} in this report.",
                expected="decisions on the pairs in this report; the next release then reports the others",
            )
        survivors = finder.facts_of({each.survivor for each in outcome.merged})
        for merged in outcome.merged:
            if merged.survivor in survivors:
                yield from self._other_facts(merged, survivors[merged.survivor])
            else:
                yield self._survivor_quarantined(merged)

    def _likely_duplicate(self, pair: LikelyPair, evidence: PairEvidence) -> ValidationResult:
        first, second = pair.first, pair.second
        message = (
            f"{first.id} and {second.id} may describe one case: {pair.similarity:.0%} of the facts of the poorer record are equal,"
            f" rare ones counting more. Equal: {self._equal(evidence.equal)}."
        )
        if evidence.different:
            message += f" Different: {self._different(evidence.different, first.id, second.id)}."
        return self._result(
            Severity.WARNING,
            LIKELY_DUPLICATE,
            message,
            record=first.id,
            path=first.path,
            expected=_expected_decision(pair, evidence),
        )

    def _survivor_quarantined(self, merged: MergedRecord) -> ValidationResult:
        return self._result(
            Severity.WARNING,
            "survivor-quarantined",
            f"{merged.id} is not published, because {merged.survivor} stands for it; but that record is quarantined.",
            line=self.source.duplicates.same[merged.id].line,
            expected=f"a correction of {merged.survivor}, or another record of the case under keep",
        )

    def _other_facts(self, merged: MergedRecord, survivor: Set[Fact]) -> Iterator[ValidationResult]:
        """An information if a merged record has facts that its survivor lacks, so that nothing is lost unnoticed."""
        values = differing_values(facts_from_json(merged.facts), survivor)
        lost = {name: (ours, theirs) for name, (ours, theirs) in values.items() if ours}
        if lost:
            yield self._result(
                Severity.INFO,
                "merged-with-other-facts",
                f"{merged.id} is not published, because {merged.survivor} describes the same case; but it has other facts:"
                f" {self._different(lost, merged.id, merged.survivor)}.",
                record=merged.id,
                path=merged.path,
                expected=f"the right facts in {merged.survivor}, corrected at the source",
            )

    def _result(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        expected: str,
        record: str = "",
        path: str = DUPLICATES_FILE,
        line: int | None = None,
    ) -> ValidationResult:
        return ValidationResult(
            severity, message, self.source.name, record, path, line=line, expected=expected, code=code
        )

    def _equal(self, facts: Sequence[Fact]) -> str:
        return _limited([f"{self._name(fact.property_name)} {self._value(fact.value)}" for fact in facts])

    def _different(self, values: DifferingValues, first: str, second: str) -> str:
        return _limited(
            [
                f"{self._name(name)} {self._values(ours)} in {first}, {self._values(theirs)} in {second}"
                for name, (ours, theirs) in values.items()
            ]
        )

    def _values(self, values: Iterable[str]) -> str:
        return " and ".join(map(self._value, values)) or "nothing"

    def _name(self, property_name: str) -> str:
        part, _, name = property_name.rpartition(" ")
        return f"{part} {self._label(curie(name), name)}".strip()

    def _value(self, value: str) -> str:
        if value.startswith("id/"):
            return self._label(NamedNode(self.base + value), value)
        is_prefixed = value.partition(":")[0] in PREFIXES and ":" in value and " " not in value
        return self._label(curie(value), value) if is_prefixed else shortened(value, 60)

    def _label(self, resource: NamedNode, otherwise: str) -> str:
        found = (label for each in LABELS for label in self.labels.values(resource, each) if isinstance(label, Literal))
        by_language = {label.language: label.value for label in found}
        return by_language.get("en") or by_language.get("it") or otherwise


def _expected_decision(pair: LikelyPair, evidence: PairEvidence) -> str:
    """What to write into duplicates.yaml; the record with more facts is proposed as the survivor."""
    first, second = pair.first.id, pair.second.id
    surplus = sum(len(ours) - len(theirs) for ours, theirs in evidence.different.values())
    survivor, duplicate = (first, second) if surplus >= 0 else (second, first)
    return (
        f'a decision in {DUPLICATES_FILE}: if they are one case, under `same`: {{keep: "{survivor}", duplicates: ["{duplicate}"],'
        f' why: …}}; if not, under `different`: {{records: ["{first}", "{second}"], why: …}}'
    )


def _limited(described: Sequence[str]) -> str:
    more = len(described) - _MOST_VALUES
    return "; ".join([*described[:_MOST_VALUES], *([f"and {more} more"] if more > 0 else [])])
