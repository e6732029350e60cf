"""Map the records of one source to quads by its mapping.yaml, for the pipeline.

The result depends on the record, the mapping and the vocabulary only: on no clock, no network and no order of files. A value
without a triple is reported.
"""

from dataclasses import dataclass

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.mapping_settings import MappingSettings
from passo_lod.mapping.record_mapping import map_record
from passo_lod.records import Record


@dataclass(frozen=True)
class Mapper(MappingSettings):
    """Map the records of one source."""

    def map(self, record: Record) -> MappedRecord:
        """Return the quads of a record and the results of mapping it."""
        return map_record(self, record)
