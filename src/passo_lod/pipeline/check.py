"""Read, map and validate a few files as records of a source, for `passo-lod check`; nothing is written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.mapping.mapper import Mapper
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, accounting, process
from passo_lod.records import FieldState
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult

MAX_EXAMPLES = 3
"""Results that are shown of one kind."""


@dataclass(frozen=True)
class ResultGroup:
    """The results of one severity, code and field.

    Attributes:
        results: at least one, in the order of the report.
    """

    results: tuple[ValidationResult, ...]

    @property
    def severity(self) -> Severity:
        """The severity of all of them."""
        return self.results[0].severity

    @property
    def code(self) -> str:
        """The code of all of them."""
        return self.results[0].code

    @property
    def field(self) -> str | None:
        """The label of the field that they are about."""
        return self.results[0].field

    @property
    def record_count(self) -> int:
        """How many records have such a result; one that could not be read counts by its line."""
        return len({(each.path, each.record or each.line) for each in self.results})

    @property
    def examples(self) -> tuple[ValidationResult, ...]:
        """At most three results, with different values as far as there are."""
        by_value = {each.value: each for each in reversed(self.results)}
        first = [each for each in self.results if by_value[each.value] is each]
        others = [each for each in self.results if by_value[each.value] is not each]
        return tuple([*first, *others][:MAX_EXAMPLES])


@dataclass(frozen=True)
class CheckedFiles:
    """What reading, mapping and validating some files of a source gave.

    Attributes:
        pipeline: the source and its mapper.
        context: vocabulary, places and shapes.
        outcomes: one for each record, in the order of the files.
    """

    pipeline: SourcePipeline
    context: PipelineContext
    outcomes: tuple[RecordOutcome, ...]

    @cached_property
    def report(self) -> ValidationReport:
        """All results."""
        return ValidationReport.of(result for outcome in self.outcomes for result in outcome.results)

    @property
    def accounting(self) -> Accounting:
        """The records by outcome."""
        return accounting(self.outcomes)

    @cached_property
    def groups(self) -> tuple[ResultGroup, ...]:
        """The results by severity, code and field: the gravest and commonest first."""
        grouped: dict[tuple[Severity, str, str | None], list[ValidationResult]] = {}
        for result in self.report.results:
            grouped.setdefault((result.severity, result.code, result.field), []).append(result)
        groups = (ResultGroup(tuple(results)) for results in grouped.values())
        return tuple(sorted(groups, key=lambda each: (each.severity.rank, -each.record_count)))

    @property
    def ignored_labels(self) -> Mapping[str, str]:
        """The labels that mapping.yaml ignores, each with the reason."""
        mapper = self.pipeline.mapper
        return mapper.mapping.ignored_labels if isinstance(mapper, Mapper) else {}

    @cached_property
    def ignored_counts(self) -> Mapping[str, int]:
        """How many records have a value for each ignored label; labels without any are left out."""
        return Counter(label for label, _ in self._texts() if label in self.ignored_labels)

    @cached_property
    def texts(self) -> Mapping[str, Sequence[str]]:
        """The texts of each field in all records, without fields that have no value."""
        texts: dict[str, list[str]] = {}
        for label, found in self._texts():
            texts.setdefault(label, []).extend(found)
        return texts

    def _texts(self) -> Iterator[tuple[str, list[str]]]:
        for outcome in self.outcomes:
            if outcome.reading.record is not None:
                for label, field in outcome.reading.record.fields.items():
                    if field.state is FieldState.VALUE:
                        yield label, field.texts


def check_files(catalog: Catalog, source: str, paths: Sequence[Path]) -> CheckedFiles:
    """Process files as records of a source.

    Args:
        catalog: the catalogue that has the source.
        source: the name of its folder, such as `emilia-romagna`.
        paths: the files.

    Raises:
        PassoError: the catalogue has no such source, or a setting is wrong.
    """
    context = PipelineContext.open(catalog)
    folders = {folder.name: folder for folder in catalog.source_folders()}
    if source not in folders:
        raise PassoError(f"unknown source {source!r}; known: {', '.join(folders)}")
    pipeline = SourcePipeline.open(folders[source], context)
    return CheckedFiles(pipeline, context, tuple(process(pipeline, context, paths)))
