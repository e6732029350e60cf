"""Define `MappedRecord`: the quads and results of one record, from `mapper` or `rdf_passthrough` to validation and the pipeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, Quad

from passo_lod.records import Field, FieldProvenance, Record
from passo_lod.report import ValidationResult


@dataclass(frozen=True)
class MappedRecord:
    """The quads of one record, the results of mapping it, and the fields that its quads come from.

    Attributes:
        origins: the field of the first value of each subject and predicate, so that a later result finds its line.
        labels_for: returns the labels of the fields that a predicate gets its values from.
        organisation_names: IRI and name of every organisation that the record names, as the record writes it.
        provenance: where each field stands, and what became of it.
    """

    record: Record
    quads: tuple[Quad, ...]
    results: tuple[ValidationResult, ...]
    origins: Mapping[tuple[str, str], Field]
    labels_for: Callable[[str], tuple[str, ...]]
    organisation_names: tuple[tuple[str, str], ...] = ()
    provenance: tuple[FieldProvenance, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """Source, record id and path of the file."""
        return self.record.source, self.record.id, self.record.path

    @property
    def line(self) -> int | None:
        """First line of the record, in a file with several records."""
        return self.record.line

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """Return the field of a value, else the one that should have it, else one that gave the same text."""
        candidates = (self.record.fields.get(label) for label in self.labels_for(predicate))
        return (
            self.origins.get((subject, predicate))
            or next((candidate for candidate in candidates if candidate), None)
            or self._field_with_value(value)
        )

    def _field_with_value(self, value: str | None) -> Field | None:
        if value is None:
            return None
        quads = (quad for quad in self.quads if isinstance(quad.object, Literal) and quad.object.value == value)
        origins = (self.origins.get((quad.subject.value, quad.predicate.value)) for quad in quads)  # type: ignore[union-attr]
        return next((origin for origin in origins if origin), None)
