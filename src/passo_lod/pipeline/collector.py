"""Collect the processed records of all sources for the release writer, in temporary files rather than in memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from passo_lod.pipeline.duplicate_finder import DuplicateFinder, RecordRef
from passo_lod.pipeline.processed_record import ProcessedRecord
from passo_lod.pipeline.source_formats import format_quads
from passo_lod.pipeline.spool_file import SpoolFile
from passo_lod.release.catalogue.dataset_descriptions import VOCABULARY
from passo_lod.release.dataset import Dataset
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release.identity.id_registry import ids_of_subjects
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.report import Accounting, Summary, ValidationReport
from passo_lod.validation.report_writer import EMPTY_PART, FORMS, ReportPart, report_part


@dataclass(frozen=True)
class MergedRecord:
    """A record that is not published because it describes the case of another record.

    Attributes:
        path: its file, as reports show it.
        survivor: the id of the record that is published instead.
        why: the reason of the person who decided it.
        facts: as `ProcessedRecord.facts`.
    """

    path: str
    id: str
    survivor: str
    why: str
    facts: bytes


@dataclass
class SourceOutcome:
    """The accounting of one source, as its records are added.

    Attributes:
        published: how many records are part of the release.
        quarantined: path and id of each record that a violation keeps out.
        withdrawn: id and reason of each record that the source withdrew.
        merged: each record that describes the case of another one.
        names: by IRI of a body, all ways in which published records write its name.
    """

    published: int = 0
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)
    merged: list[MergedRecord] = field(default_factory=list)
    names: dict[str, set[str]] = field(default_factory=dict)

    @property
    def accounting(self) -> Accounting:
        """The counts: in = published + quarantined + withdrawn + merged."""
        others = len(self.quarantined), len(self.withdrawn), len(self.merged)
        return Accounting(self.published + sum(others), self.published, *others)

    def add_record(self, record: ProcessedRecord) -> None:
        """Count a record and note the names it uses."""
        if record.withdrawn is not None:
            self.withdrawn.append((record.id, record.withdrawn))
        elif record.merged is not None:
            self.merged.append(MergedRecord(record.path, record.id, *record.merged, record.facts))
        elif record.published:
            self.published += 1
        else:
            self.quarantined.append((record.path, record.id))
        for iri, name in record.names:
            self.names.setdefault(iri, set()).add(name)


@dataclass
class ReleaseCollector:
    """Everything a release is written from.

    Attributes:
        lines: all quads of the release.
        shared_lines: quads of records whose subject other records may describe too, such as bodies and laws.
        dataset_by_id: the ids that the release describes, by path below the base IRI, each with the dataset that describes it.
        summary: of the validation report.
        sources: the accounting of each source, by name.
        finders: by source, the finder of duplicates among its published records.
        places_abroad: the local names of the places outside Italy that records refer to.
        file_digests: by source, the sha256 of each file as it was read; None for a file that could not be read.
    """

    base: str
    lines: QuadSorter
    shared_lines: QuadSorter
    dataset_by_id: dict[str, str] = field(default_factory=dict)
    summary: Summary = field(default_factory=Summary)
    sources: dict[str, SourceOutcome] = field(default_factory=dict)
    finders: dict[str, DuplicateFinder] = field(default_factory=dict)
    places_abroad: set[str] = field(default_factory=set)
    file_digests: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _shared_quads: list[Quad] = field(default_factory=list)
    _rows: dict[str, SpoolFile] = field(default_factory=dict)
    _report_parts: dict[str, dict[str, SpoolFile]] = field(default_factory=dict)
    _source_reports: dict[str, ReportPart] = field(default_factory=dict)

    @classmethod
    def open(cls, base: str, folder: Path) -> "ReleaseCollector":
        """Begin a collection whose temporary files are in a folder."""
        return cls(base, QuadSorter(base, folder), QuadSorter(base, folder))

    def add_quads(self, dataset: str, quads: Iterable[Quad]) -> None:
        """Add quads that belong to no record: vocabulary, places, reference data."""
        listed = list(quads)
        subjects = self.lines.add_quads(dataset, listed)
        self._shared_quads += listed
        if dataset != VOCABULARY:  # vocabulary graphs are part of no dataset and register no ids
            self._note_ids(dataset, subjects)

    def add_records(self, source: str, records: Iterable[ProcessedRecord]) -> None:
        """Add the records of a source one by one."""
        outcome = self.sources[source] = SourceOutcome()
        folder = self.lines.folder
        finder = self.finders[source] = DuplicateFinder(folder)
        rows = self._rows[source] = SpoolFile.open(folder)
        report = self._report_parts[source] = {form: SpoolFile.open(folder) for form in FORMS}
        asked: dict[str, set[str]] = {}
        place_abroad = re.compile(rb"<%bid/place/((?:iso|geonames)-[0-9a-z-]+)>" % re.escape(self.base.encode()))
        for record in records:
            outcome.add_record(record)
            record.add_to(self.summary)
            for form, text in zip(FORMS, record.report, strict=True):
                report[form].add(text)
            if record.published:
                self._note_ids(source, self.lines.add(source, record.lines, from_record=True))
                self.shared_lines.add(source, record.shared, from_record=True)
                rows.add(record.rows)
                for block in record.lines:
                    self.places_abroad.update(name.decode() for name in place_abroad.findall(block))
                asked.setdefault(record.format, set()).update(record.asked)
                finder.add(RecordRef(record.id, source, record.path), record.facts)

        asked.pop("", None)
        self.add_quads(source, format_quads(self.base, source, asked))

    def _note_ids(self, dataset: str, subjects: Iterable[bytes]) -> None:
        for id_ in ids_of_subjects(subjects, self.base):
            self.dataset_by_id[id_] = min(dataset, self.dataset_by_id.get(id_, dataset))

    def add_report(self, source: str, report: ValidationReport) -> None:
        """Add the results that concern a source as a whole."""
        self._source_reports[source] = report_part(report.results, self.base)
        for result in report.results:
            self.summary.add((result.severity, result.code, result.field), 1, lambda result=result: result)  # type: ignore[misc]

    def report_parts(self, form: str) -> Iterator[bytes]:
        """The report in one of `FORMS`, by source: first of the source as a whole, then of its records."""
        for source, parts in sorted(self._report_parts.items()):
            yield self._source_reports.get(source, EMPTY_PART)[FORMS.index(form)]
            yield from parts[form]

    def rows(self, dataset: Dataset) -> Iterator[RecordRows]:
        """The table rows of each published record of a source (`TableInputs`)."""
        return map(RecordRows.from_json, self._rows[dataset.name])

    def shared(self) -> Iterator[Quad]:
        """The quads that more than one record may refer to: vocabulary, places, reference data, bodies, laws (`TableInputs`)."""
        yield from self._shared_quads
        for block in self.shared_lines.blocks():
            for _, lines in block.parts:
                yield from ox.parse(lines, format=RdfFormat.N_QUADS)

    def close(self) -> None:
        """Close the temporary files, which deletes them."""
        self.lines.close()
        self.shared_lines.close()
        reports = (spool for parts in self._report_parts.values() for spool in parts.values())
        for spool in (*self._rows.values(), *reports):
            spool.close()
        for finder in self.finders.values():
            finder.close()
