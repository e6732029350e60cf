"""Write a validation report for a data steward (HTML), a program (JSON) and a triple store (Turtle), for the pipeline."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape as escape_html
from itertools import groupby
from typing import Any, NamedTuple

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from passo_lod.namespaces import PASSO, PREFIXES, RDF, SH, XSD, curie
from passo_lod.report import Accounting, Summary, ValidationReport, ValidationResult, shortened
from passo_lod.serialise import sorted_triples
from passo_lod.visible_text import escape_controls


@dataclass(frozen=True)
class ReportedSource:
    """The counts and the unpublished records of one source."""

    name: str
    accounting: Accounting
    quarantined: tuple[tuple[str, str], ...]
    """Path and id of each quarantined record."""
    withdrawn: tuple[tuple[str, str], ...]
    """Id and reason of each withdrawn record."""
    merged: tuple[tuple[str, str, str], ...] = ()
    """Id of each merged record, id of the record that is published instead, and reason."""


def escape(text: str) -> str:
    """A text for HTML, with visible control characters."""
    return escape_html(escape_controls(text))


class ReportPart(NamedTuple):
    """The results of one record, or of a source, in each format; empty if there are none."""

    json: bytes = b""
    turtle: bytes = b""
    html: bytes = b""


EMPTY_PART = ReportPart()


def report_part(results: Sequence[ValidationResult], base: str, *, quarantined: bool = False) -> ReportPart:
    """Write the results of one record.

    Args:
        results: sorted.
        base: the catalogue's base IRI.
        quarantined: whether the record is not published because of them.
    """
    if not results:
        return EMPTY_PART
    lines = (json.dumps(result.as_json(), ensure_ascii=False) for result in results)
    by_record = groupby(results, key=lambda result: (result.source, result.path, result.record))
    html = (line for _, group in by_record for line in _record_table(list(group), quarantined=quarantined))
    return ReportPart(",\n".join(lines).encode(), _turtle(results, base), ("\n".join(html) + "\n").encode())


@dataclass(frozen=True)
class ReportWriter:
    """Write a report from parts that are not in memory at once.

    Attributes:
        base: the catalogue's base IRI.
        parts: returns the parts of all records in one format (a field of `ReportPart`), in their order.
    """

    base: str
    summary: Summary
    sources: tuple[ReportedSource, ...]
    parts: Callable[[str], Iterable[bytes]]

    @classmethod
    def of(cls, report: ValidationReport, base: str, sources: tuple[ReportedSource, ...] = ()) -> "ReportWriter":
        """Return the writer of a report that is in memory."""
        quarantined = {(source.name, path, record) for source in sources for path, record in source.quarantined}
        by_record = groupby(report.results, key=lambda result: (result.source, result.path, result.record))
        parts = [report_part(list(results), base, quarantined=key in quarantined) for key, results in by_record]
        return cls(base, report.summary, sources, lambda form: (getattr(part, form) for part in parts))

    def files(self) -> Mapping[str, Callable[[], Iterator[bytes]]]:
        """Return the writers of the three files by name; each yields its bytes in pieces."""
        return {"report.json": self.json, "report.ttl": self.turtle, "report.html": self.html}

    def json(self) -> Iterator[bytes]:
        """Yield the report for programs: accounting, counts and all results."""
        document = {
            "conforms": self.summary.conforms,
            "accounting": _total(self.sources).as_json(),
            "counts": self.summary.counts,
            "sources": [_source_json(source) for source in self.sources],
            "results": [],
        }
        yield json.dumps(document, ensure_ascii=False, indent=1).encode().removesuffix(b"]\n}")
        separator = b"\n"
        for part in filter(None, self.parts("json")):
            yield separator + part
            separator = b",\n"
        yield b"]\n}\n"

    def turtle(self) -> Iterator[bytes]:
        """Yield the report as RDF (SHACL, 3.6); the IRI of a result is a digest of its content."""
        yield "".join(f"@prefix {prefix}: <{start}> .\n" for prefix, start in sorted(PREFIXES.items())).encode()
        yield f"<{self.base}report> a sh:ValidationReport ; sh:conforms {str(self.summary.conforms).lower()} .\n".encode()
        yield from self.parts("turtle")

    def html(self) -> Iterator[bytes]:
        """Yield the report for data stewards: counts by source and kind, then the results of each record."""
        yield "\n".join(_head(self.summary, self.sources)).encode()
        yield from self.parts("html")
        yield "\n".join([*_withdrawn(self.sources), *_merged(self.sources), "</main></body></html>\n"]).encode()


def _total(sources: tuple[ReportedSource, ...]) -> Accounting:
    return sum((source.accounting for source in sources), Accounting())


def _source_json(source: ReportedSource) -> dict[str, Any]:
    return {
        "name": source.name,
        **source.accounting.as_json(),
        "quarantined_records": [{"path": path, "record": record} for path, record in source.quarantined],
        "withdrawn_records": [{"record": record, "reason": reason} for record, reason in source.withdrawn],
        "merged_records": [
            {"record": record, "survivor": survivor, "reason": reason} for record, survivor, reason in source.merged
        ],
    }


# -------------------------------------------------------------------------------------------------------------- Turtle


def _turtle(results: Iterable[ValidationResult], base: str) -> bytes:
    triples = []
    for result in results:
        node = NamedNode(f"{base}report#{_digest(result)}")
        triples.append(Triple(NamedNode(f"{base}report"), SH.result, node))
        triples += _result_triples(node, result, base)
    data = ox.serialize(sorted_triples(triples), format=RdfFormat.TURTLE, prefixes=dict(PREFIXES)) or b""
    return _PREFIX_LINES.sub(b"", data)


_PREFIX_LINES = re.compile(rb"\A(?:@prefix [^\n]*\n)*")


def _digest(result: ValidationResult) -> str:
    return hashlib.sha256(repr(result).encode()).hexdigest()[:16]


def _result_triples(node: NamedNode, result: ValidationResult, base: str) -> Iterator[Triple]:
    record = NamedNode(f"{base}id/process/{result.record}") if result.record else NamedNode(f"{base}report")
    yield Triple(node, RDF.type, SH.ValidationResult)
    yield Triple(node, SH.resultSeverity, SH[result.severity.value])
    yield Triple(node, SH.focusNode, NamedNode(result.focus_node) if result.focus_node else record)
    yield Triple(node, SH.resultMessage, Literal(result.message, language="en"))
    yield Triple(node, PASSO.sourceFile, Literal(result.path))
    if result.result_path and result.result_path.partition(":")[0] in PREFIXES:
        yield Triple(node, SH.resultPath, curie(result.result_path))
    if result.code.startswith("s:"):
        yield Triple(node, SH.sourceShape, curie(result.code))
    if result.line:
        yield Triple(node, PASSO.sourceLine, Literal(str(result.line), datatype=XSD.integer))
    for predicate, value in ((PASSO.sourceField, result.field), (PASSO.recordIdentifier, result.record)):
        if value:
            yield Triple(node, predicate, Literal(value))
    if result.value:
        yield Triple(node, SH.value, Literal(shortened(result.value, 500)))
    if result.expected:
        yield Triple(node, PASSO.expected, Literal(result.expected, language="en"))


# ---------------------------------------------------------------------------------------------------------------- HTML

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;
border-bottom:1px solid #ccc}th{background:#f2f2f2}.Violation{color:#9b0000;font-weight:600}.Warning{color:#7a4b00}.Info{color:#1a4d7a}
td{overflow-wrap:anywhere;min-width:4rem}td.Violation,td.Warning,td.Info{white-space:nowrap}td.n{text-align:right}code{background:#f2f2f2;padding:0 .2rem}
"""


def _head(summary: Summary, sources: tuple[ReportedSource, ...]) -> Iterator[str]:
    yield "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
    yield "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    yield f"<title>Validation report</title><style>{_STYLE}</style></head><body><main><h1>Validation report</h1>"
    yield f"<p>{escape(str(_total(sources)))} records.</p>"
    yield from _accounting_table(sources)
    yield from _kinds_table(summary)
    yield "<h2>By record</h2>\n"


def _accounting_table(sources: tuple[ReportedSource, ...]) -> Iterator[str]:
    heads = ("source", *Accounting().as_json())
    yield f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for source in sources:
        cells = "".join(f"<td class='n'>{number}</td>" for number in source.accounting.as_json().values())
        yield f"<tr><th scope='row'>{escape(source.name)}</th>{cells}</tr>"
    yield "</tbody></table>"


def _kinds_table(summary: Summary) -> Iterator[str]:
    """Yield the kinds of results with count and example, the gravest and commonest first."""
    heads = ("severity", "kind", "field", "results", "what would be right", "for example")
    yield f"<h2>By kind</h2><table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for kind in summary.kinds:
        example = kind.example
        place = f"{example.path}:{example.line}" if example.line else example.path
        found = f" <q>{escape(shortened(example.value, 60))}</q>" if example.value else ""
        yield (
            f"<tr><td class='{kind.severity.value}'>{kind.severity.value}</td><td>{escape(kind.code)}</td>"
            f"<td>{escape(kind.field or '')}</td><td class='n'>{kind.count}</td>"
            f"<td>{escape(example.expected or example.message)}</td><td><code>{escape(place)}</code>{found}</td></tr>"
        )
    yield "</tbody></table>"


def _record_table(results: Sequence[ValidationResult], *, quarantined: bool) -> Iterator[str]:
    heads = ("line", "severity", "field", "what is wrong", "what would be right")
    first = results[0]
    note = " <span class='Violation'>quarantined</span>" if quarantined else ""
    yield f"<h3>{escape(first.source)} <code>{escape(first.path)}</code> {escape(first.record)}{note}</h3>"
    yield f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    yield from (_row(result) for result in results)
    yield "</tbody></table>"


def _withdrawn(sources: tuple[ReportedSource, ...]) -> Iterator[str]:
    for source in sources:
        for record, reason in source.withdrawn:
            yield f"<p><code>{escape(record)}</code> was withdrawn by its source: {escape(reason)}</p>"


def _merged(sources: tuple[ReportedSource, ...]) -> Iterator[str]:
    for source in sources:
        for record, survivor, reason in source.merged:
            yield (
                f"<p><code>{escape(record)}</code> describes the same case as <code>{escape(survivor)}</code>,"
                f" which is published instead: {escape(reason)}</p>"
            )


def _row(result: ValidationResult) -> str:
    found = f" Found: <q>{escape(shortened(result.value))}</q>." if result.value else ""
    return (
        f"<tr><td class='n'>{result.line or ''}</td><td class='{result.severity.value}'>{result.severity.value}</td>"
        f"<td>{escape(result.field or '')}</td><td>{escape(result.message)}{found}</td><td>{escape(result.expected or '')}</td></tr>"
    )
