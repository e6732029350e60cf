"""Report likely duplicates that nobody has decided on, and merged records; check duplicates.yaml against the records. `publish` calls it."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from passo_lod.errors import SourceError
from passo_lod.messages.localised_text import CatalogueText, Value, Values
from passo_lod.namespaces import PASSO, PREFIXES, curie
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
from passo_lod.term_labels import TermLabels, in_languages

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
    return _DuplicateResults(source, context.background, context.labels, context.catalog.base).of(outcome, finder)


@dataclass(frozen=True)
class _DuplicateResults:
    """Makes the results of one source; properties, concepts and places have their labels."""

    source: Source
    descriptions: SharedDescriptions
    labels: TermLabels
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
                "publish.more-likely-duplicates",
                {"count": len(pairs) - _MOST_PAIRS, "reported": _MOST_PAIRS},
            )
        survivors = finder.facts_of({each.survivor for each in outcome.merged})
        for merged in outcome.merged:
            if merged.survivor in survivors:
                yield from self._other_facts(merged, survivors[merged.survivor])
            else:
                yield self._survivor_quarantined(merged)

    def _likely_duplicate(self, pair: LikelyPair, evidence: PairEvidence) -> ValidationResult:
        first, second = pair.first, pair.second
        values: dict[str, Value] = {
            "first": first.id,
            "second": second.id,
            "similarity": f"{pair.similarity:.0%}",
            "equal": self._equal(evidence.equal),
            **_proposed_decision(pair, evidence),
        }
        key = "publish.likely-duplicate"
        if evidence.different:
            key = "publish.likely-duplicate-that-differs"
            values["different"] = self._different(evidence.different, first.id, second.id)
        return self._result(Severity.WARNING, LIKELY_DUPLICATE, key, values, record=first.id, path=first.path)

    def _survivor_quarantined(self, merged: MergedRecord) -> ValidationResult:
        return self._result(
            Severity.WARNING,
            "survivor-quarantined",
            "publish.survivor-quarantined",
            {"record": merged.id, "survivor": merged.survivor},
            line=self.source.duplicates.same[merged.id].line,
        )

    def _other_facts(self, merged: MergedRecord, survivor: Set[Fact]) -> Iterator[ValidationResult]:
        """An information if a merged record has facts that its survivor lacks, so that nothing is lost unnoticed."""
        values = differing_values(facts_from_json(merged.facts), survivor)
        lost = {name: (ours, theirs) for name, (ours, theirs) in values.items() if ours}
        if lost:
            yield self._result(
                Severity.INFO,
                "merged-with-other-facts",
                "publish.merged-with-other-facts",
                {
                    "record": merged.id,
                    "survivor": merged.survivor,
                    "different": self._different(lost, merged.id, merged.survivor),
                },
                record=merged.id,
                path=merged.path,
            )

    def _result(
        self,
        severity: Severity,
        code: str,
        key: str,
        values: Values,
        *,
        record: str = "",
        path: str = DUPLICATES_FILE,
        line: int | None = None,
    ) -> ValidationResult:
        return ValidationResult.of(
            severity, code, key, values, source=self.source.name, record=record, path=path, line=line
        )

    def _equal(self, facts: Sequence[Fact]) -> Value:
        return _limited([self._fact(fact) for fact in facts])

    def _fact(self, fact: Fact) -> Value:
        values: Values = {"property": self._name(fact.property_name), "value": self._value(fact.value)}
        return CatalogueText.of("publish.evidence.fact", values)

    def _different(self, values: DifferingValues, first: str, second: str) -> Value:
        return _limited(
            [
                CatalogueText.of(
                    "publish.evidence.difference",
                    {
                        "property": self._name(name),
                        "value": self._values(ours),
                        "first": first,
                        "other": self._values(theirs),
                        "second": second,
                    },
                )
                for name, (ours, theirs) in values.items()
            ]
        )

    def _values(self, values: Iterable[str]) -> Value:
        return tuple(map(self._value, values)) or CatalogueText("publish.evidence.nothing")

    def _name(self, property_name: str) -> Value:
        """The label of a property, after that of the part of the process that has it."""
        part, _, name = property_name.rpartition(" ")
        label = self._label(curie(name), name)
        if not part:
            return label
        return CatalogueText.of("publish.evidence.of-part", {"part": self._label(PASSO[part], part), "property": label})

    def _value(self, value: str) -> Value:
        if value.startswith("id/"):
            return self._label(NamedNode(self.base + value), value)
        is_prefixed = value.partition(":")[0] in PREFIXES and ":" in value and " " not in value
        return self._label(curie(value), value) if is_prefixed else shortened(value, 60)

    def _label(self, resource: NamedNode, otherwise: str) -> Value:
        if label := self.labels.find(resource.value):
            return label
        values = (value for each in LABELS for value in self.descriptions.values(resource, each))
        found = {value.language: value.value for value in values if isinstance(value, Literal) and value.language}
        return in_languages(found) if found else otherwise


def _proposed_decision(pair: LikelyPair, evidence: PairEvidence) -> dict[str, Value]:
    """What to write into duplicates.yaml; the record with more facts is proposed as the survivor."""
    first, second = pair.first.id, pair.second.id
    surplus = sum(len(ours) - len(theirs) for ours, theirs in evidence.different.values())
    survivor, duplicate = (first, second) if surplus >= 0 else (second, first)
    return {"survivor": survivor, "duplicate": duplicate}


def _limited(described: Sequence[Value]) -> Value:
    more = len(described) - _MOST_VALUES
    return (*described[:_MOST_VALUES], *([CatalogueText.of("report.more", {"count": more})] if more > 0 else []))
