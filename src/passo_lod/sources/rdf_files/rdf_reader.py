"""Read RDF in our own vocabulary as records, without statements about persons: the reader `rdf` of source.yaml.

Each `passo:ParticipatoryProcess` with its parts, its record, and the bodies, laws and calls that it refers to is one record,
whose statements are published without a mapping (docs/sources/rdf.md).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.errors import NotInXml
from passo_lod.media_types import RDF_XML
from passo_lod.namespaces import PASSO, shorten
from passo_lod.records import RdfStatement, Reading, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.serialise import serialise
from passo_lod.sources.rdf_files.process_closure import ProcessClosures
from passo_lod.sources.rdf_files.rdf_file import RELATIVE_IRI_BASE, load_graph
from passo_lod.sources.rdf_files.skolemization import Skolemizer
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.reading_builder import located, read_error_result
from passo_lod.well_formed_xml import check_text


def read_rdf(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The processes of a file, one `Reading` each, in the order of their IRIs."""
    try:
        closures = ProcessClosures(load_graph(path, source.layout))
        _check_has_process(closures)
    except ReadError as error:
        yield _rejected_file(source, display_path, [error])
        return
    other_statements = closures.count_other_statements()
    for process in closures.processes:
        yield _process_reading(source, display_path, closures, process, other_statements)
        other_statements = 0
    if closures.unnamed_count:
        unnamed = ReadError("unnamed-process", "read.rdf.unnamed-processes", {"count": closures.unnamed_count})
        yield _rejected_file(source, display_path, [unnamed])
    if errors := closures.other_syntax_errors():
        yield _rejected_file(source, display_path, errors)


def _check_has_process(closures: ProcessClosures) -> None:
    if not closures.processes and not closures.unnamed_count and not closures.graph.syntax_errors:
        raise ReadError("no-process", "read.rdf.no-process", {"type": PASSO.ParticipatoryProcess.value})


def _rejected_file(source: Any, display_path: str, errors: Sequence[ReadError]) -> Reading:
    results = [read_error_result("file", error) for error in errors]
    return Reading(display_path, "", None, located(results, source, "", display_path))


def _process_reading(
    source: Any, display_path: str, closures: ProcessClosures, process: NamedNode, other_statements: int
) -> Reading:
    """The record of one process.

    Args:
        source: the `Source`.
        display_path: the file, as results name it.
        closures: the processes of the file.
        process: the process.
        other_statements: how many statements of the file belong to no process; reported if there are any.
    """
    results = [read_error_result("line", error) for error in closures.syntax_errors_of(process)]
    if other_statements:
        values = {"count": other_statements}
        results.append(ValidationResult.of(Severity.INFO, "of-no-process", "read.rdf.of-no-process", values))
    parsed_id = source.record_id(process.value) if process.value.startswith(("http://", "https://")) else None
    if parsed_id is None or process.value.startswith(RELATIVE_IRI_BASE):
        results.append(_no_id(source, process))
        return Reading(display_path, "", None, located(results, source, "", display_path))
    statements = _published_statements(closures, process, results)
    record_id = f"{source.prefix}-{parsed_id[0]}"
    variables = {**parsed_id[1], "process": process.value}
    record = Record(source.name, record_id, display_path, {}, variables, statements=statements)
    return Reading(display_path, record_id, record, located(results, source, record_id, display_path))


def _no_id(source: Any, process: NamedNode) -> ValidationResult:
    return ValidationResult.of(
        Severity.VIOLATION,
        "id",
        "read.rdf.no-id",
        {"pattern": source.id_pattern.pattern},
        value=process.value.removeprefix(RELATIVE_IRI_BASE),
    )


def _published_statements(
    closures: ProcessClosures, process: NamedNode, results: list[ValidationResult]
) -> tuple[RdfStatement, ...]:
    """The statements of a process, without those about people and with IRIs for blank nodes; adds what is wrong."""
    subjects = closures.subjects_of(process)
    statements = [each for node in subjects for each in closures.graph.by_subject[node]]
    personal = [each for each in statements if _is_personal(closures, each.triple)]
    if personal:
        results.append(_withheld(personal))
    try:
        skolemizer = Skolemizer(closures, process, subjects)
        published = {
            RdfStatement(skolemizer.skolemize(each.triple), each.line): None
            for each in statements
            if not _is_personal(closures, each.triple)
        }
    except ReadError as error:
        results.append(read_error_result("process", error))
        return ()
    for statement in published:
        results.extend(_relative_iris(statement))
        results.extend(_not_in_xml(statement))
    return tuple(sorted(published, key=lambda each: str(each.triple)))


def _withheld(personal: Sequence[RdfStatement]) -> ValidationResult:
    counts = Counter(shorten(each.triple.predicate.value) for each in personal)
    properties = tuple(f"{name} ({count})" for name, count in sorted(counts.items()))
    return ValidationResult.of(
        Severity.WARNING, "withheld", "read.rdf.withheld", {"properties": properties}, line=personal[0].line
    )


_CONTACT_PROPERTY = re.compile(
    r"(?:mbox|mbox_sha1sum|phone|email|hasEmail|hasTelephone|telephone|faxNumber|contactPoint|taxID)$"
)
"""The ends of properties with contact details: foaf:mbox, schema:email, vcard:hasTelephone …"""


def _is_personal(closures: ProcessClosures, triple: Triple) -> bool:
    """Whether a statement is about a person or gives contact details (docs/privacy.md)."""
    if triple.subject in closures.people or triple.object in closures.people:
        return True
    is_contact = isinstance(triple.object, NamedNode) and triple.object.value.startswith(("mailto:", "tel:"))
    return is_contact or _CONTACT_PROPERTY.search(triple.predicate.value) is not None


def _not_in_xml(statement: RdfStatement) -> Iterator[ValidationResult]:
    """What the dumps in RDF/XML could not hold."""
    predicate, value = statement.triple.predicate, statement.triple.object
    key = "read.rdf.property-not-in-xml"
    try:
        _check_property(predicate)
        key = "read.rdf.text-not-in-xml"
        if isinstance(value, Literal):
            check_text(value.value)
    except NotInXml:
        field = shorten(predicate.value)
        yield ValidationResult.of(Severity.VIOLATION, "not-in-xml", key, line=statement.line, field=field)


@lru_cache(1024)
def _check_property(predicate: NamedNode) -> None:
    serialise([Triple(predicate, predicate, predicate)], RDF_XML)


def _relative_iris(statement: RdfStatement) -> Iterator[ValidationResult]:
    for term in statement.triple:
        if isinstance(term, NamedNode) and term.value.startswith(RELATIVE_IRI_BASE):
            yield ValidationResult.of(
                Severity.VIOLATION,
                "relative-iri",
                "read.rdf.relative-iri",
                line=statement.line,
                field=shorten(statement.triple.predicate.value),
                value=term.value.removeprefix(RELATIVE_IRI_BASE),
            )
