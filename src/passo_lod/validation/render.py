"""Write a validation report for its three readers: a steward (HTML), a program (JSON) and a triple store (Turtle)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.media_types import TURTLE
from passo_lod.report import Accounting, ValidationReport, ValidationResult, shortened
from passo_lod.serialise import serialise
from passo_lod.terms import PASSO, PREFIXES, RDF, SH, XSD, curie


@dataclass(frozen=True)
class Subject:
    """One source that a report is about."""

    name: str
    accounting: Accounting
    quarantined: tuple[tuple[str, str], ...]
    """Path and id of each record that is kept out."""
    withdrawn: tuple[tuple[str, str], ...]
    """Id and reason of each record that the source took back."""


def as_json(report: ValidationReport, subjects: tuple[Subject, ...]) -> bytes:
    """The report for programs: accounting, counts and every result."""
    document = {
        "conforms": report.conforms,
        "accounting": _total(subjects).as_json(),
        "counts": report.counts,
        "sources": [_subject_json(subject) for subject in subjects],
        "results": [_result_json(result) for result in report.results],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _total(subjects: tuple[Subject, ...]) -> Accounting:
    return sum((subject.accounting for subject in subjects), Accounting())


def _subject_json(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.name,
        **subject.accounting.as_json(),
        "quarantined_records": [{"path": path, "record": record} for path, record in subject.quarantined],
        "withdrawn_records": [{"record": record, "reason": reason} for record, reason in subject.withdrawn],
    }


def _result_json(result: ValidationResult) -> dict[str, Any]:
    named = {
        "severity": result.severity.value,
        "source": result.source,
        "record": result.record,
        "path": result.path,
        "line": result.line,
        "field": result.field,
        "value": shortened(result.value, 500) if result.value else None,
        "message": result.message,
        "expected": result.expected,
        "code": result.code,
        "property": result.result_path,
        "focus_node": result.focus_node,
    }
    return {key: value for key, value in named.items() if value not in (None, "")}


# -------------------------------------------------------------------------------------------------------------- Turtle


def as_turtle(report: ValidationReport, base: str) -> bytes:
    """The report as RDF (SHACL, 3.6), every result with an IRI that its content decides."""
    return serialise(_triples(report, base), TURTLE)


def _triples(report: ValidationReport, base: str) -> Iterator[Triple]:
    node = NamedNode(f"{base}report")
    yield Triple(node, RDF.type, SH.ValidationReport)
    yield Triple(node, SH.conforms, Literal(report.conforms))
    for result in report.results:
        each = NamedNode(f"{base}report#{_digest(result)}")
        yield Triple(node, SH.result, each)
        yield from _result_triples(each, result, base)


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
td{overflow-wrap:anywhere;min-width:4rem}td.n{text-align:right}code{background:#f2f2f2;padding:0 .2rem}
"""


def as_html(report: ValidationReport, subjects: tuple[Subject, ...]) -> bytes:
    """The report for the steward: what became of the records, and record by record what is wrong and what would be right."""
    parts = [
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>Validation report</title><style>{_STYLE}</style></head><body><main><h1>Validation report</h1>",
        f"<p>{escape(str(_total(subjects)))} records.</p>",
        *_accounting_table(subjects),
        *_kinds_table(report),
        *_records(report, subjects),
        "</main></body></html>\n",
    ]
    return "\n".join(parts).encode()


def _accounting_table(subjects: tuple[Subject, ...]) -> Iterator[str]:
    yield "<table><thead><tr><th>source</th><th>in</th><th>published</th><th>quarantined</th><th>withdrawn</th></tr></thead><tbody>"
    for subject in subjects:
        cells = "".join(f"<td class='n'>{number}</td>" for number in subject.accounting.as_json().values())
        yield f"<tr><th scope='row'>{escape(subject.name)}</th>{cells}</tr>"
    yield "</tbody></table>"


def _kinds_table(report: ValidationReport) -> Iterator[str]:
    """How often each kind of result was found, the gravest and commonest first, with an example of each."""
    heads = ("severity", "kind", "field", "results", "what would be right", "for example")
    yield f"<h2>By kind</h2><table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for kind in report.kinds:
        example = kind.example
        place = f"{example.path}:{example.line}" if example.line else example.path
        found = f" <q>{escape(shortened(example.value, 60))}</q>" if example.value else ""
        yield (
            f"<tr><td class='{kind.severity.value}'>{kind.severity.value}</td><td>{escape(kind.code)}</td>"
            f"<td>{escape(kind.field or '')}</td><td class='n'>{kind.count}</td>"
            f"<td>{escape(example.expected or example.message)}</td><td><code>{escape(place)}</code>{found}</td></tr>"
        )
    yield "</tbody></table>"


def _records(report: ValidationReport, subjects: tuple[Subject, ...]) -> Iterator[str]:
    kept_out = {(subject.name, path, record) for subject in subjects for path, record in subject.quarantined}
    heads = ("line", "severity", "field", "what is wrong", "what would be right")
    yield "<h2>By record</h2>"
    for key, results in groupby(report.results, key=lambda result: (result.source, result.path, result.record)):
        source, path, record = key
        note = " <span class='Violation'>quarantined</span>" if key in kept_out else ""
        yield f"<h3>{escape(source)} <code>{escape(path)}</code> {escape(record)}{note}</h3>"
        yield f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
        yield from (_row(result) for result in results)
        yield "</tbody></table>"
    for subject in subjects:
        for record, reason in subject.withdrawn:
            yield f"<p><code>{escape(record)}</code> was withdrawn by its source: {escape(reason)}</p>"


def _row(result: ValidationResult) -> str:
    found = f" Found: <q>{escape(shortened(result.value))}</q>." if result.value else ""
    return (
        f"<tr><td class='n'>{result.line or ''}</td><td class='{result.severity.value}'>{result.severity.value}</td>"
        f"<td>{escape(result.field or '')}</td><td>{escape(result.message)}{found}</td><td>{escape(result.expected or '')}</td></tr>"
    )
