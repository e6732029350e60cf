"""Write a validation report for its three readers: a steward (HTML), a program (JSON) and a triple store (Turtle)."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any, NamedTuple

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from passo_lod.namespaces import PASSO, PREFIXES, RDF, SH, XSD, curie
from passo_lod.report import Accounting, Summary, ValidationReport, ValidationResult, shortened
from passo_lod.serialise import sorted_triples


@dataclass(frozen=True)
class ReportedSource:
    """One source that a report is about."""

    name: str
    accounting: Accounting
    quarantined: tuple[tuple[str, str], ...]
    """Path and id of each record that is kept out."""
    withdrawn: tuple[tuple[str, str], ...]
    """Id and reason of each record that the source took back."""


class ReportPart(NamedTuple):
    """What a report says of one record, or of a source as a whole, in each of its forms; nothing where there is nothing to say."""

    json: bytes = b""
    turtle: bytes = b""
    html: bytes = b""


NOTHING = ReportPart()


def report_part(results: Sequence[ValidationResult], base: str, *, is_out: bool = False) -> ReportPart:
    """Write what is to be said of one record.

    Args:
        results: of the record, sorted.
        base: of the catalogue.
        is_out: whether it is kept out.
    """
    if not results:
        return NOTHING
    lines = (json.dumps(result.as_json(), ensure_ascii=False) for result in results)
    by_record = groupby(results, key=lambda result: (result.source, result.path, result.record))
    html = (line for _, some in by_record for line in _record(list(some), is_out=is_out))
    return ReportPart(",\n".join(lines).encode(), _turtle(results, base), ("\n".join(html) + "\n").encode())


@dataclass(frozen=True)
class ReportWriter:
    """A report whose parts are told one after the other, and never all held.

    Attributes:
        summary: of all results.
        parts: what is told of each record, in their order; asked for once for each form.
    """

    base: str
    summary: Summary
    subjects: tuple[ReportedSource, ...]
    parts: Callable[[str], Iterable[bytes]]

    @classmethod
    def of(cls, report: ValidationReport, base: str, subjects: tuple[ReportedSource, ...] = ()) -> "ReportWriter":
        """A report that is at hand."""
        out = {(subject.name, path, record) for subject in subjects for path, record in subject.quarantined}
        by_record = groupby(report.results, key=lambda result: (result.source, result.path, result.record))
        parts = [report_part(list(results), base, is_out=key in out) for key, results in by_record]
        return cls(base, report.summary, subjects, lambda form: (getattr(each, form) for each in parts))

    def files(self) -> Mapping[str, Callable[[], Iterator[bytes]]]:
        """The report for its three readers, by file name, each as it is written bit by bit."""
        return {"report.json": self.json, "report.ttl": self.turtle, "report.html": self.html}

    def json(self) -> Iterator[bytes]:
        """For programs: accounting, counts and every result."""
        document = {
            "conforms": self.summary.conforms,
            "accounting": _total(self.subjects).as_json(),
            "counts": self.summary.counts,
            "sources": [_subject_json(subject) for subject in self.subjects],
            "results": [],
        }
        yield json.dumps(document, ensure_ascii=False, indent=1).encode().removesuffix(b"]\n}")
        between = b"\n"
        for part in filter(None, self.parts("json")):
            yield between + part
            between = b",\n"
        yield b"]\n}\n"

    def turtle(self) -> Iterator[bytes]:
        """As RDF (SHACL, 3.6), every result with an IRI that its content decides."""
        yield "".join(f"@prefix {prefix}: <{start}> .\n" for prefix, start in sorted(PREFIXES.items())).encode()
        yield f"<{self.base}report> a sh:ValidationReport ; sh:conforms {str(self.summary.conforms).lower()} .\n".encode()
        yield from self.parts("turtle")

    def html(self) -> Iterator[bytes]:
        """For the steward: what became of the records, and record by record what is wrong and what would be right."""
        yield "\n".join(_head(self.summary, self.subjects)).encode()
        yield from self.parts("html")
        yield "\n".join([*_withdrawn(self.subjects), "</main></body></html>\n"]).encode()


def _total(subjects: tuple[ReportedSource, ...]) -> Accounting:
    return sum((subject.accounting for subject in subjects), Accounting())


def _subject_json(subject: ReportedSource) -> dict[str, Any]:
    return {
        "name": subject.name,
        **subject.accounting.as_json(),
        "quarantined_records": [{"path": path, "record": record} for path, record in subject.quarantined],
        "withdrawn_records": [{"record": record, "reason": reason} for record, reason in subject.withdrawn],
    }


# -------------------------------------------------------------------------------------------------------------- Turtle


def _turtle(results: Iterable[ValidationResult], base: str) -> bytes:
    triples = []
    for result in results:
        each = NamedNode(f"{base}report#{_digest(result)}")
        triples.append(Triple(NamedNode(f"{base}report"), SH.result, each))
        triples += _result_triples(each, result, base)
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


def _head(summary: Summary, subjects: tuple[ReportedSource, ...]) -> Iterator[str]:
    yield "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
    yield "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    yield f"<title>Validation report</title><style>{_STYLE}</style></head><body><main><h1>Validation report</h1>"
    yield f"<p>{escape(str(_total(subjects)))} records.</p>"
    yield from _accounting_table(subjects)
    yield from _kinds_table(summary)
    yield "<h2>By record</h2>\n"


def _accounting_table(subjects: tuple[ReportedSource, ...]) -> Iterator[str]:
    yield "<table><thead><tr><th>source</th><th>in</th><th>published</th><th>quarantined</th><th>withdrawn</th></tr></thead><tbody>"
    for subject in subjects:
        cells = "".join(f"<td class='n'>{number}</td>" for number in subject.accounting.as_json().values())
        yield f"<tr><th scope='row'>{escape(subject.name)}</th>{cells}</tr>"
    yield "</tbody></table>"


def _kinds_table(summary: Summary) -> Iterator[str]:
    """How often each kind of result was found, the gravest and commonest first, with an example of each."""
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


def _record(results: Sequence[ValidationResult], *, is_out: bool) -> Iterator[str]:
    heads = ("line", "severity", "field", "what is wrong", "what would be right")
    one = results[0]
    note = " <span class='Violation'>quarantined</span>" if is_out else ""
    yield f"<h3>{escape(one.source)} <code>{escape(one.path)}</code> {escape(one.record)}{note}</h3>"
    yield f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    yield from (_row(result) for result in results)
    yield "</tbody></table>"


def _withdrawn(subjects: tuple[ReportedSource, ...]) -> Iterator[str]:
    for subject in subjects:
        for record, reason in subject.withdrawn:
            yield f"<p><code>{escape(record)}</code> was withdrawn by its source: {escape(reason)}</p>"


def _row(result: ValidationResult) -> str:
    found = f" Found: <q>{escape(shortened(result.value))}</q>." if result.value else ""
    return (
        f"<tr><td class='n'>{result.line or ''}</td><td class='{result.severity.value}'>{result.severity.value}</td>"
        f"<td>{escape(result.field or '')}</td><td>{escape(result.message)}{found}</td><td>{escape(result.expected or '')}</td></tr>"
    )
