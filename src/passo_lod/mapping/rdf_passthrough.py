"""Take the statements of a record that is RDF already: what `mapper` is for records that have to be mapped.

They stay what they are, but for what joins them to ours: places that are the same become our places, what the ontology
entails is added, and what could name or reach a person is masked (docs/sources/rdf.md).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.mapping.mapper import MappedRecord, Vocabulary
from passo_lod.mapping.places import Place, Places, place_iri
from passo_lod.mapping.redaction import redact
from passo_lod.namespaces import DCT, PASSO, RDF, SKOS, XSD, curie, shorten
from passo_lod.records import Field, RdfStatement, Record
from passo_lod.report import Severity, ValidationResult

_PLACE = re.compile(r"/id/place/(?:istat-(?P<istat>\d{2,6})|country-(?P<country>[a-z]{3}))$")
_ITALIAN: Mapping[Any, int] = {curie("clvapit:Region"): 2, curie("clvapit:Province"): 3, curie("clvapit:City"): 6}
"""Classes of places that have an ISTAT code, and how many digits it has."""

_CODES = frozenset({DCT.identifier, SKOS.notation})
"""Properties whose values are codes: ten digits there are no telephone number."""

_NAMED = 5


@dataclass(frozen=True)
class PassthroughMapper:
    """Takes the records of one source.

    Attributes:
        base: the catalogue's base IRI; what lies below it is ours to describe.
        graph: the named graph, which is the source's dataset.
        licence: the source's licence, under which its records have to be.
        ours: what our vocabulary describes.
        properties: those that the ontology and the shapes know.
        elsewhere: our places by their IRIs in other data.
    """

    base: str
    graph: NamedNode
    licence: str
    vocabulary: Vocabulary
    places: Places
    ours: frozenset[Any]
    properties: frozenset[Any]
    elsewhere: Mapping[Any, Any]

    def map(self, record: Record) -> MappedRecord:
        """The quads of a record, and what is to be told of them."""
        return _RecordPassthrough(self, record).run()


def matches(quads: Iterable[Quad]) -> dict[Any, Any]:
    """The subject for every IRI that is said to mean the same."""
    return {quad.object: quad.subject for quad in quads if quad.predicate == SKOS.exactMatch}


class _RecordPassthrough:
    """The taking of one record."""

    def __init__(self, taker: PassthroughMapper, record: Record) -> None:
        self._taker = taker
        self._record = record
        self._results: list[ValidationResult] = []
        self._origins: dict[tuple[str, str], Field] = {}
        self._same = dict(self._places())

    def run(self) -> MappedRecord:
        self._check()
        triples: dict[Triple, None] = {}
        for statement in self._theirs():
            triple = self._joined(statement)
            self._remember(triple, statement.line)
            triples |= dict.fromkeys(self._taker.vocabulary.entailed(triple))
        self._tell_unknown(triples)
        graph = self._taker.graph
        quads = tuple(Quad(each.subject, each.predicate, each.object, graph) for each in triples)
        return MappedRecord(self._record, quads, tuple(self._results), self._origins, lambda name: (shorten(name),))

    # --------------------------------------------------------------------------------------------------- whose it is

    def _check(self) -> None:
        process = self._record.variables.get("process", "")
        if process.startswith(self._taker.base):
            message = "the process has an IRI of this catalogue; what it publishes cannot be its source."
            self._report(Severity.VIOLATION, "own-iri", message, "a process below another base IRI", value=process)
        records = {
            each.triple.subject for each in self._record.statements if each.triple.object == PASSO.ObservatoryRecord
        }
        for statement in self._record.statements:
            if statement.triple.subject in records and statement.triple.predicate == DCT.license:
                self._check_licence(statement)

    def _check_licence(self, statement: RdfStatement) -> None:
        if _plain(statement.triple.object) != _plain(NamedNode(self._taker.licence)):
            self._report(
                Severity.VIOLATION,
                "licence",
                "the record is under another licence than its source.",
                f"{self._taker.licence}; what is under another licence is a source of its own (see `graphs`)",
                value=str(getattr(statement.triple.object, "value", statement.triple.object)),
                predicate=DCT.license,
                line=statement.line,
            )

    def _theirs(self) -> Iterator[RdfStatement]:
        """The statements of what is theirs to describe."""
        kept_out: Counter[str] = Counter()
        for statement in self._record.statements:
            subject: Any = statement.triple.subject
            if subject in self._same:
                continue
            if subject in self._taker.ours or (
                subject.value.startswith(self._taker.base) and subject.value != self._record.variables.get("process")
            ):
                kept_out[subject.value] += 1
            else:
                yield statement
        if kept_out:
            message = (
                f"{sum(kept_out.values())} statements describe what this catalogue describes; they were not taken."
            )
            self._report(
                Severity.WARNING, "not-theirs", message, "statements of the source's own things", value=_some(kept_out)
            )

    # ------------------------------------------------------------------------------------------------- what is the same

    def _places(self) -> Iterator[tuple[Any, Any]]:
        """Our place for each IRI of the record that means one."""
        said: dict[Any, list[Triple]] = {}
        nodes: dict[Any, None] = {}
        for statement in self._record.statements:
            said.setdefault(statement.triple.subject, []).append(statement.triple)
            nodes |= dict.fromkeys((statement.triple.subject, statement.triple.object))
        for node in nodes:
            if isinstance(node, NamedNode) and (place := self._place(node, said.get(node, ()))) is not None:
                yield node, place

    def _place(self, node: NamedNode, said: Iterable[Triple]) -> Any:
        if node in self._taker.elsewhere:
            return self._taker.elsewhere[node]
        place = self._coded(node, said)
        if place is not None:
            return place_iri(self._taker.base, place)
        same = (self._taker.elsewhere.get(each.object) for each in said if each.predicate == SKOS.exactMatch)
        return next((each for each in same if each is not None), None)

    def _coded(self, node: NamedNode, said: Iterable[Triple]) -> Place | None:
        """The place by the code with which its IRI ends, or by its notation where it is a place of Italy."""
        if match := _PLACE.search(node.value):
            return self._taker.places.by_code(match["istat"] or match["country"].upper())
        digits = {_ITALIAN[each.object] for each in said if each.predicate == RDF.type and each.object in _ITALIAN}
        codes = {
            each.object.value for each in said if each.predicate == SKOS.notation and isinstance(each.object, Literal)
        }
        found = [self._taker.places.by_code(code) for code in codes if code.isdigit() and len(code) in digits]
        return found[0] if len(found) == 1 else None

    def _joined(self, statement: RdfStatement) -> Triple:
        """A statement of our places, with persons masked."""
        triple = statement.triple
        value: Any = self._same.get(triple.object, triple.object)
        if (
            isinstance(value, Literal)
            and triple.predicate not in _CODES
            and value.datatype in (XSD.string, RDF.langString)
        ):
            text, found = redact(value.value)
            if found:
                value = Literal(text, language=value.language) if value.language else Literal(text)
                message = f"masked before publishing: {', '.join(sorted(set(found)))} ({len(found)})."
                self._report(
                    Severity.INFO, "redacted", message, "a text that names no person",
                    predicate=triple.predicate, line=statement.line,
                )  # fmt: skip
        return Triple(triple.subject, triple.predicate, value)

    # ------------------------------------------------------------------------------------------------------ what is told

    def _remember(self, triple: Triple, line: int | None) -> None:
        if line is not None:
            label = shorten(triple.predicate.value)
            self._origins.setdefault((triple.subject.value, triple.predicate.value), Field(label, line))  # type: ignore[union-attr]

    def _tell_unknown(self, triples: Iterable[Triple]) -> None:
        unknown = Counter(
            shorten(each.predicate.value) for each in triples if each.predicate not in self._taker.properties
        )
        if unknown:
            message = (
                f"{sum(unknown.values())} statements have properties that our vocabulary does not use; they were taken."
            )
            self._report(
                Severity.INFO, "unknown-property", message, "a property of the vocabulary", value=_some(unknown)
            )

    def _report(
        self,
        severity: Severity,
        code: str,
        message: str,
        expected: str,
        *,
        value: str | None = None,
        predicate: NamedNode | None = None,
        line: int | None = None,
    ) -> None:
        name = shorten(predicate.value) if predicate else None
        self._results.append(
            ValidationResult(
                severity,
                message,
                source=self._record.source,
                record=self._record.id,
                path=self._record.path,
                line=line,
                field=name,
                value=value,
                expected=expected,
                code=code,
                result_path=name,
            )
        )


def _plain(term: Any) -> str:
    """A licence's IRI as it is compared."""
    return re.sub(r"^http:", "https:", getattr(term, "value", "")).rstrip("/")


def _some(counted: Counter[str]) -> str:
    names = [f"{name} ({count})" for name, count in sorted(counted.items())]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
