"""What publishing needs of one processed record, in a form that can be cached and sent to another process."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pyoxigraph as ox
from pyoxigraph import RdfFormat

from passo_lod.framing import join_parts, split_parts
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.pipeline.record_facts import Fact
from passo_lod.pipeline.source_formats import asked_properties
from passo_lod.release.compression import compress_for_cache, decompress_from_cache
from passo_lod.release.dump.nquads_sorter import group_by_subject
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.report import Severity, Summary, ValidationResult
from passo_lod.validation.report_writer import EMPTY_PART, FORMS, ReportPart, report_part


@dataclass(frozen=True)
class ProcessedRecord:
    """One record after mapping and validation; `as_bytes` and `from_bytes` are inverse to each other.

    Attributes:
        path: its file, as reports show it.
        id: its id, such as `er-2205`; empty if the record gives none.
        names: pairs of the IRI and the written name of each body that it names.
        withdrawn: why the source withdrew it; None if it did not.
        merged: the id of the record that is published instead, and why; None if it describes no other record's case.
        published: whether it is part of the release.
        result_counts: its validation results by severity, code and field, each with their number.
        lines: its quads, as blocks of sorted N-Quads by subject; empty unless it is published.
        shared: those of its quads whose subject other records may describe too, in the same form.
        rows: its rows of the flat tables, as JSON; empty unless it is published.
        facts: what the finder of duplicates compares, as JSON; an empty list unless it is published or merged.
        format: the format of its file; empty if its source is RDF, or if it is not published.
        asked: the properties for which it has a value or the reason why there is none, as `asked_properties`.
        report: its part of the validation report.
    """

    path: str
    id: str
    names: tuple[tuple[str, str], ...] = ()
    withdrawn: str | None = None
    merged: tuple[str, str] | None = None
    published: bool = False
    result_counts: tuple[tuple[str, str, str | None, int], ...] = ()
    lines: tuple[bytes, ...] = ()
    shared: tuple[bytes, ...] = ()
    rows: bytes = b""
    facts: bytes = b"[]"
    report: ReportPart = EMPTY_PART
    format: str = ""
    asked: tuple[str, ...] = ()

    @property
    def quarantined(self) -> bool:
        """Whether a violation keeps the record out of the release."""
        return not self.published and self.withdrawn is None and self.merged is None

    @classmethod
    def of(
        cls, outcome: RecordOutcome, base: str, rows: RecordRows | None, facts: Sequence[Fact] = ()
    ) -> "ProcessedRecord":
        """Serialise an outcome; `rows` are given for published records only, and `facts` for published and merged ones."""
        mapped = outcome.mapped if outcome.published else None
        quads = (ox.serialize(mapped.quads, format=RdfFormat.N_QUADS) or b"") if mapped else b""
        lines = group_by_subject(quads, base)
        return cls(
            path=outcome.reading.path,
            id=outcome.reading.id,
            names=tuple(mapped.organisation_names) if mapped else (),
            withdrawn=outcome.withdrawn,
            merged=(outcome.merged.survivor, outcome.merged.why) if outcome.merged else None,
            published=outcome.published,
            result_counts=tuple(map(tuple, Summary.of(outcome.results).counts_by_kind())),
            lines=lines,
            shared=rows.shared_blocks(lines) if rows else (),
            rows=rows.as_json() if rows else b"",
            facts=orjson.dumps([tuple(fact) for fact in facts]),
            report=report_part(outcome.results, base, quarantined=outcome.quarantined),
            format=mapped.record.format if mapped else "",
            asked=asked_properties(mapped.quads) if mapped and mapped.record.format else (),
        )

    def as_bytes(self) -> bytes:
        """Serialise the record: a JSON head and its byte fields, each with its length, in one Zstandard frame."""
        about = (self.path, self.id, self.names, self.withdrawn, self.merged, self.published, self.result_counts)
        fields = (*about, self.format, self.asked, len(self.lines))
        head = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
        parts = (head, self.rows, self.facts, *self.report, *self.lines, *self.shared)
        return compress_for_cache(join_parts(parts))

    @classmethod
    def from_bytes(cls, data: bytes) -> "ProcessedRecord":
        """Read what `as_bytes` wrote."""
        head, rows, facts, *parts = split_parts(decompress_from_cache(data))
        fields = json.loads(head.decode("utf-8", "surrogatepass"))
        path, id_, names, withdrawn, merged, published, counts, format_, asked, line_count = fields
        report, blocks = parts[: len(FORMS)], parts[len(FORMS) :]
        return cls(
            path=path,
            id=id_,
            names=tuple(map(tuple, names)),
            withdrawn=withdrawn,
            merged=tuple(merged) if merged else None,
            published=published,
            result_counts=tuple(map(tuple, counts)),
            lines=tuple(blocks[:line_count]),
            shared=tuple(blocks[line_count:]),
            rows=rows,
            facts=facts,
            report=tuple(report),
            format=format_,
            asked=tuple(asked),
        )

    def add_to(self, summary: Summary) -> None:
        """Add its results to the summary of a report."""
        for severity, code, field, count in self.result_counts:
            summary.add((Severity(severity), code, field), count, lambda: self._example(severity, code, field))  # noqa: B023

    def _example(self, severity: str, code: str, field: str | None) -> ValidationResult:
        results = map(ValidationResult.from_json, json.loads(b"[%b]" % self.report[FORMS.index("json")]))
        return next(each for each in results if (each.severity.value, each.code, each.field) == (severity, code, field))
