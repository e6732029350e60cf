"""Write a validation report for data stewards (HTML, in each language), programs (JSON) and triple stores (Turtle), for the pipeline."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape as escape_html
from itertools import groupby
from typing import Any

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from passo_lod.messages.localised_text import CatalogueText
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.namespaces import PASSO, PREFIXES, RDF, SH, XSD, curie
from passo_lod.release_layout import REPORT_JSON, REPORT_TURTLE, report_page
from passo_lod.report import Accounting, Severity, Summary, ValidationReport, ValidationResult, shortened
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


FORMS = ("json", "turtle", *(f"html.{language}" for language in LANGUAGES))
"""The forms of a report: for programs, for triple stores, and for the readers of each language."""

ReportPart = tuple[bytes, ...]
"""The results of one record, or of a source, in each of `FORMS`; empty if there are none."""

EMPTY_PART: ReportPart = (b"",) * len(FORMS)


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
    pages = (_record_tables(results, language, quarantined=quarantined) for language in LANGUAGES)
    return ",\n".join(lines).encode(), _turtle(results, base), *pages


@dataclass(frozen=True)
class ReportWriter:
    """Write a report from parts that are not in memory at once.

    Attributes:
        base: the catalogue's base IRI.
        parts: returns the parts of all records in one of `FORMS`, in their order.
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
        return cls(base, report.summary, sources, lambda form: (part[FORMS.index(form)] for part in parts))

    def files(self) -> Mapping[str, Callable[[], Iterator[bytes]]]:
        """Return the writers of the files by name; each yields its bytes in pieces."""
        pages = {report_page(language): partial(self.html, language) for language in LANGUAGES}
        return {REPORT_JSON: self.json, REPORT_TURTLE: self.turtle, **pages}

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

    def html(self, language: str) -> Iterator[bytes]:
        """Yield the report for data stewards: counts by source and kind, then the results of each record."""
        page = _ReportPage(language)
        yield "\n".join(page.head(self.summary, self.sources)).encode()
        yield from self.parts(f"html.{language}")
        yield "\n".join([*page.withdrawn(self.sources), *page.merged(self.sources), "</main></body></html>\n"]).encode()


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
    for predicate, texts in ((SH.resultMessage, result.messages), (PASSO.expected, result.remedies)):
        for language, text in texts.items():
            yield Triple(node, predicate, Literal(text, language=language))
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


# ---------------------------------------------------------------------------------------------------------------- HTML

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;
border-bottom:1px solid #ccc}th{background:#f2f2f2}.Violation{color:#9b0000;font-weight:600}.Warning{color:#7a4b00}.Info{color:#1a4d7a}
td{overflow-wrap:anywhere;min-width:4rem}td.Violation,td.Warning,td.Info{white-space:nowrap}td.n{text-align:right}code{background:#f2f2f2;padding:0 .2rem}
td.kind{font-size:.8rem;color:#555;min-width:9rem}
@media(max-width:42rem){table,tbody,tr,td,tbody th{display:block}thead{display:none}tr{border-bottom:1px solid #ccc;padding:.5rem 0}
td,th{border:0;padding:.1rem 0}td.n{text-align:left}td:empty{display:none}td[data-label]::before{content:attr(data-label) ": ";color:#555}}
"""


@dataclass(frozen=True)
class _ReportPage:
    """Writes the report for the readers of a language."""

    language: str

    def _text(self, key: str, **values: str) -> str:
        """A text of the catalogue; the values may have markup."""
        return CatalogueText.of(f"report.{key}", values).text(self.language)

    def _severity(self, severity: Severity) -> str:
        return f"<td class='{severity.value}'>{escape(severity.label(self.language))}</td>"

    def _number(self, column: str, number: int | None) -> str:
        """A cell with a number; where a narrow screen shows no head, it shows the column before the number."""
        shown = "" if number is None else number
        label = escape_html(self._text(f"column.{column}"))
        return f"<td class='n' data-label='{label}'>{shown}</td>"

    def _table_head(self, names: Iterable[str]) -> str:
        cells = "".join(f"<th>{escape(self._text(f'column.{name}'))}</th>" for name in names)
        return f"<table><thead><tr>{cells}</tr></thead><tbody>"

    def head(self, summary: Summary, sources: tuple[ReportedSource, ...]) -> Iterator[str]:
        """Yield the page up to the results of the first record."""
        title = escape(self._text("title"))
        yield f"<!DOCTYPE html>\n<html lang='{self.language}'><head><meta charset='utf-8'>"
        yield "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        yield f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        yield f"<p>{self._other_languages()}</p>"
        yield f"<p>{escape(_total(sources).text(self.language))}</p>"
        yield from self._accounting_table(sources)
        yield from self._kinds_table(summary)
        yield f"<h2>{escape(self._text('by-record'))}</h2>\n"

    def _other_languages(self) -> str:
        others = (each for each in LANGUAGES if each != self.language)
        return " ".join(f"<a href='?lang={each}' hreflang='{each}' lang='{each}'>{each.upper()}</a>" for each in others)

    def _accounting_table(self, sources: tuple[ReportedSource, ...]) -> Iterator[str]:
        yield self._table_head(("source", *Accounting().as_json()))
        for source in sources:
            cells = "".join(self._number(name, number) for name, number in source.accounting.as_json().items())
            yield f"<tr><th scope='row'>{escape(source.name)}</th>{cells}</tr>"
        yield "</tbody></table>"

    def _kinds_table(self, summary: Summary) -> Iterator[str]:
        """Yield the kinds of results with count and example, the gravest and commonest first."""
        yield f"<h2>{escape(self._text('by-kind'))}</h2>"
        yield self._table_head(("severity", "results", "field", "expected", "example", "kind"))
        for kind in summary.kinds:
            example, texts = kind.example, kind.example.texts[self.language]
            place = f"{example.path}:{example.line}" if example.line else example.path
            found = f" <q>{escape(shortened(example.value, 60))}</q>" if example.value else ""
            yield (
                f"<tr>{self._severity(kind.severity)}{self._number('results', kind.count)}<td>{escape(kind.field or '')}</td>"
                f"<td>{escape(texts.expected or texts.message)}</td><td><code>{escape(place)}</code>{found}</td>"
                f"<td class='kind'>{escape(kind.code)}</td></tr>"
            )
        yield "</tbody></table>"

    def record_table(self, results: Sequence[ValidationResult], *, quarantined: bool) -> Iterator[str]:
        """Yield the results of one record."""
        first = results[0]
        note = f" <span class='Violation'>{escape(self._text('quarantined'))}</span>" if quarantined else ""
        yield f"<h3>{escape(first.source)} <code>{escape(first.path)}</code> {escape(first.record)}{note}</h3>"
        yield self._table_head(("line", "severity", "field", "message", "expected"))
        yield from (self._row(result) for result in results)
        yield "</tbody></table>"

    def _row(self, result: ValidationResult) -> str:
        texts, value = result.texts[self.language], f"<q>{escape(shortened(result.value or ''))}</q>"
        found = f" {self._text('found', value=value)}" if result.value else ""
        return (
            f"<tr>{self._number('line', result.line or None)}{self._severity(result.severity)}"
            f"<td>{escape(result.field or '')}</td><td>{escape(texts.message)}{found}</td><td>{escape(texts.expected)}</td></tr>"
        )

    def withdrawn(self, sources: tuple[ReportedSource, ...]) -> Iterator[str]:
        """Yield the records that a source withdrew."""
        for source in sources:
            for record, reason in source.withdrawn:
                text = self._text("withdrawn", record=f"<code>{escape(record)}</code>", reason=escape(reason))
                yield f"<p>{text}</p>"

    def merged(self, sources: tuple[ReportedSource, ...]) -> Iterator[str]:
        """Yield the records that describe the case of another one."""
        for source in sources:
            for record, survivor, reason in source.merged:
                ids = {"record": f"<code>{escape(record)}</code>", "survivor": f"<code>{escape(survivor)}</code>"}
                yield f"<p>{self._text('merged', **ids, reason=escape(reason))}</p>"


def _record_tables(results: Sequence[ValidationResult], language: str, *, quarantined: bool) -> bytes:
    page = _ReportPage(language)
    by_record = groupby(results, key=lambda result: (result.source, result.path, result.record))
    lines = (line for _, group in by_record for line in page.record_table(list(group), quarantined=quarantined))
    return ("\n".join(lines) + "\n").encode()
