"""Validate mapped records against the SHACL shapes for the pipeline, and name the record, field and line of each result.

pySHACL is the reference and gives every result. It validates only what the prefilter finds, and some records fully: a sample, and those
with a value of a wrong datatype (docs/decisions/0019-validation-prefilter.md). docs/decisions/0005-duties-and-recommendations.md says which
severity keeps a record out.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import rdflib
from pyoxigraph import Quad, Triple

from passo_lod.errors import VocabularyError
from passo_lod.report import ValidationResult
from passo_lod.term_labels import TermLabels
from passo_lod.validation.engine_agreement import WRONG_DATATYPE, check_agreement
from passo_lod.validation.indexed_triples import IndexedTriples
from passo_lod.validation.prefilter import Prefilter, prefilter_for
from passo_lod.validation.pyshacl_engine import PyshaclEngine, ShaclResult
from passo_lod.validation.result_conversion import ResultConverter
from passo_lod.validation.validated_batch import ValidatedBatch, ValidatedRecord
from passo_lod.validation.violation import Violation

NOT_FOR_RECORDS = frozenset(
    {"ontology.ttl", "schemes.ttl", "comparison.ttl", "cube.ttl", "report.ttl", "catalog.ttl", "catalog-it.ttl"}
)
"""Files of shapes for the vocabulary, comparisons, the data cube, the report and the catalogue: tests use them."""


@dataclass(frozen=True)
class Validator:
    """The shapes, and the triples that all records refer to.

    Attributes:
        shapes: the shapes graph.
        background: triples that every batch is validated with (concepts, alignments).
        labels: the names of terms, for messages.
        prefilter: finds what pySHACL validates; without one pySHACL validates everything.
    """

    shapes: rdflib.Graph
    background: tuple[Triple, ...]
    labels: TermLabels
    prefilter: Prefilter | None = None

    @classmethod
    def open(cls, folder: Path, background: Iterable[Triple | Quad], labels: TermLabels) -> "Validator":
        """Read the shapes for records from the Turtle files of a folder.

        Raises:
            VocabularyError: a file is not Turtle.
        """
        shapes = rdflib.Graph()
        for path in sorted(path for path in folder.glob("*.ttl") if path.name not in NOT_FOR_RECORDS):
            try:
                shapes.parse(path, format="turtle")
            except Exception as problem:  # rdflib raises errors of many types
                raise VocabularyError(f"{path}: {problem}") from problem
        return cls(shapes, IndexedTriples.of(background).triples, labels, prefilter_for(shapes))

    def validate(self, records: Sequence[ValidatedRecord], data: Iterable[Triple | Quad]) -> list[ValidationResult]:
        """Validate a batch of records.

        Args:
            records: mapped records; every result belongs to one.
            data: their triples, and those that they refer to: places, reference data of the source.

        Raises:
            ValidatorsDisagree: pySHACL and the prefilter differ.
        """
        if not records:
            return []
        batch = ValidatedBatch(records)
        results = self._results(batch, IndexedTriples.of(data, background=self._indexed_background))
        converted = (each for result in results for each in self._converter.convert(result, batch))
        return list(dict.fromkeys(converted))

    def _results(self, batch: ValidatedBatch, data: IndexedTriples) -> list[ShaclResult]:
        if self.prefilter is None:
            return list(self._engine.validate_nodes(data, batch.nodes_by_record()))
        found = self.prefilter.find_violations(data.triples)
        violations = {violation for violation in found if violation.focus in batch.nodes}
        fully_validated = batch.nodes_of([*batch.sample(), *_doubtful(violations, batch)])
        results = [
            *self._engine.validate_nodes(data, [fully_validated]),
            *self._engine.validate_by_shape(data, _nodes_by_shape(violations, fully_validated)),
        ]
        check_agreement(violations, results, batch)
        return results

    @cached_property
    def _indexed_background(self) -> IndexedTriples:
        return IndexedTriples.of(self.background)

    @cached_property
    def _engine(self) -> PyshaclEngine:
        return PyshaclEngine(self.shapes)

    @cached_property
    def _converter(self) -> ResultConverter:
        return ResultConverter(self.shapes, self.labels)


def _doubtful(violations: Iterable[Violation], batch: ValidatedBatch) -> Iterator[int]:
    """Yield the positions of records about which the engines may differ, or that violate a shape without an IRI."""
    for violation in violations:
        if violation.component in WRONG_DATATYPE or not violation.shape:
            yield from batch.positions(violation.focus)


def _nodes_by_shape(violations: Iterable[Violation], excluded: Set[str]) -> dict[str, set[str]]:
    nodes_by_shape: dict[str, set[str]] = {}
    for violation in sorted(violations):
        if violation.focus not in excluded:
            nodes_by_shape.setdefault(violation.shape, set()).add(violation.focus)
    return nodes_by_shape
