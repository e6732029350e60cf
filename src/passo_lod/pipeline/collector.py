"""What is gathered of all records, one after the other, until a release is written: none of it is ever all in memory."""

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from passo_lod.pipeline.incremental import ProcessedRecord
from passo_lod.release.catalogue.dataset_descriptions import VOCABULARY
from passo_lod.release.content import Dataset
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release.identity.id_registry import ids_of_subjects
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.report import Accounting, Summary, ValidationReport
from passo_lod.validation.report_writer import ReportPart, report_part


@dataclass
class SourceOutcome:
    """What became of the records of one source.

    Attributes:
        quarantined: path and id of each record that is kept out.
        withdrawn: id and reason of each record that the source took back.
        names: the bodies that its records name, and how they write them.
    """

    published: int = 0
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, set[str]] = field(default_factory=dict)

    @property
    def accounting(self) -> Accounting:
        """What became of them: in = published + quarantined + withdrawn."""
        out, back = len(self.quarantined), len(self.withdrawn)
        return Accounting(self.published + out + back, self.published, out, back)

    def take(self, settled: ProcessedRecord) -> None:
        """Count a record."""
        if settled.withdrawn is not None:
            self.withdrawn.append((settled.id, settled.withdrawn))
        elif settled.published:
            self.published += 1
        else:
            self.quarantined.append((settled.path, settled.id))
        for iri, name in settled.names:
            self.names.setdefault(iri, set()).add(name)


@dataclass
class ReleaseCollector:
    """All that a release is written from.

    Attributes:
        lines: what is published.
        shared_lines: what records say that is not one's own.
        things: the ids of which something is said, each with the dataset that says it.
        summary: of the validation report.
        sources: by name.
        files: of each source, the digest of each file as it was read; None of one that cannot be read.
    """

    base: str
    lines: QuadSorter
    shared_lines: QuadSorter
    things: dict[str, str] = field(default_factory=dict)
    summary: Summary = field(default_factory=Summary)
    sources: dict[str, SourceOutcome] = field(default_factory=dict)
    files: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _said: list[Quad] = field(default_factory=list)
    _rows: dict[str, "SpoolFile"] = field(default_factory=dict)
    _told: dict[str, dict[str, "SpoolFile"]] = field(default_factory=dict)
    _of_sources: dict[str, ReportPart] = field(default_factory=dict)

    @classmethod
    def begin(cls, base: str, folder: Path) -> "ReleaseCollector":
        """Gather, and put aside below a folder what memory need not hold."""
        return cls(base, QuadSorter(base, folder), QuadSorter(base, folder))

    def say(self, dataset: str, quads: Iterable[Quad]) -> None:
        """Take what no record tells: vocabulary, places, reference data."""
        said = list(quads)
        keys = self.lines.add_quads(dataset, said)
        self._said += said
        if dataset != VOCABULARY:  # whose graphs are no dataset's: what it says of an id is no record of it
            self._note(dataset, keys)

    def take(self, source: str, records: Iterable[ProcessedRecord]) -> None:
        """Take what became of the records of a source, one by one."""
        became = self.sources[source] = SourceOutcome()
        folder = self.lines.folder
        rows = self._rows[source] = SpoolFile.begin(folder)
        told_of = self._told[source] = {form: SpoolFile.begin(folder) for form in ReportPart._fields}
        for each in records:
            became.take(each)
            each.add_to(self.summary)
            for form, text in zip(ReportPart._fields, each.told, strict=True):
                told_of[form].add(text)
            if each.published:
                self._note(source, self.lines.add(source, each.lines, told=True))
                self.shared_lines.add(source, each.shared, told=True)
                rows.add(each.rows)

    def _note(self, dataset: str, keys: Iterable[bytes]) -> None:
        for thing in ids_of_subjects(keys, self.base):
            self.things[thing] = min(dataset, self.things.get(thing, dataset))

    def tell(self, source: str, report: ValidationReport) -> None:
        """Take what is to be said of a source as a whole."""
        self._of_sources[source] = report_part(report.results, self.base)
        for result in report.results:
            self.summary.add((result.severity, result.code, result.field), 1, lambda result=result: result)  # type: ignore[misc]

    def told(self, form: str) -> Iterator[bytes]:
        """What the report says, in one of the forms of `ReportPart`: source by source, of each as a whole first."""
        for source, parts in sorted(self._told.items()):
            yield getattr(self._of_sources.get(source, ReportPart()), form)
            yield from parts[form]

    # -- what tables are made from

    def rows(self, dataset: Dataset) -> Iterator[RecordRows]:
        """The rows of each record of a source."""
        return map(RecordRows.from_json, self._rows[dataset.name])

    def shared(self) -> Iterator[Quad]:
        """What is not one record's own: vocabulary, places, reference data, bodies, laws, calls."""
        yield from self._said
        for block in self.shared_lines.blocks():
            for _, lines in block.parts:
                yield from ox.parse(lines, format=RdfFormat.N_QUADS)

    def close(self) -> None:
        """Let go of what was put aside."""
        self.lines.close()
        self.shared_lines.close()
        for texts in (*self._rows.values(), *(each for parts in self._told.values() for each in parts.values())):
            texts.close()


class SpoolFile:
    """Texts one after the other, in a file without a name, which is gone when the process is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lengths = array("Q")  # in eight bytes each: of every record there are several

    @classmethod
    def begin(cls, folder: Path) -> "SpoolFile":
        """None yet."""
        return cls(tempfile.TemporaryFile(dir=folder))

    def add(self, text: bytes) -> None:
        """Add one; of nothing there is nothing to add."""
        if text:
            self._lengths.append(self._file.write(text))

    def __iter__(self) -> Iterator[bytes]:
        """All of them, in the order in which they came."""
        self._file.seek(0)
        yield from map(self._file.read, self._lengths)

    def close(self) -> None:
        """Let go of them."""
        self._file.close()
