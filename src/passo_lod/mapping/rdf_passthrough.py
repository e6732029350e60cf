"""Check the triples of records that are RDF already, and pass on those that the source may state, for the pipeline.

Four things change: places that match ours get our IRIs, entailed triples are added, personal data is masked, and triples about
resources that are ours, such as terms of the vocabulary, are left out (docs/sources/rdf.md).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import place_iri
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.rdfs_entailment import RdfsEntailment
from passo_lod.mapping.redaction import kind_names, redact
from passo_lod.messages.localised_text import Values
from passo_lod.namespaces import DCT, PASSO, RDF, SKOS, XSD, curie, shorten
from passo_lod.records import Field, FieldOutcome, FieldProvenance, FilePlace, RdfStatement, Record
from passo_lod.report import Severity, ValidationResult

_PLACE_IRI = re.compile(r"/id/place/(?:istat-(?P<istat>\d{2,6})|country-(?P<country>[a-z]{3}))$")
_CODE_LENGTHS: Mapping[Any, int] = {curie("clvapit:Region"): 2, curie("clvapit:Province"): 3, curie("clvapit:City"): 6}
"""Number of digits of the ISTAT code, by class of place."""

_CODES = frozenset({DCT.identifier, SKOS.notation})
"""Properties whose values are codes; their digits are no telephone number."""

_MOST_NAMES = 5
"""A message names so many IRIs."""


@dataclass(frozen=True)
class PassthroughMapper:
    """Pass through the records of one source.

    Attributes:
        base: the catalogue's base IRI; a source cannot describe resources below it.
        graph: the named graph, which is the source's dataset.
        licence: the source's licence, which its records must have too.
        vocabulary_subjects: the resources that our vocabulary describes; a source cannot describe them.
        known_properties: the properties of the ontology and the shapes.
        places_by_match: our places by their IRIs in other datasets.
    """

    base: str
    graph: NamedNode
    licence: str
    entailment: RdfsEntailment
    places: PlaceIndex
    vocabulary_subjects: frozenset[Any]
    known_properties: frozenset[Any]
    places_by_match: Mapping[Any, Any]

    def map(self, record: Record) -> MappedRecord:
        """Return the quads of a record and the results of checking them."""
        return _RecordPassthrough(self, record).run()


def subjects_by_match(quads: Iterable[Quad]) -> dict[Any, Any]:
    """Return the subject of each `skos:exactMatch` by its object."""
    return {quad.object: quad.subject for quad in quads if quad.predicate == SKOS.exactMatch}


class _RecordPassthrough:
    """The passing through of one record."""

    def __init__(self, settings: PassthroughMapper, record: Record) -> None:
        self._settings = settings
        self._record = record
        self._results: list[ValidationResult] = []
        self._origins: dict[tuple[str, str], Field] = {}
        self._our_places = dict(self._match_places())
        self._lines: dict[str, list[int]] = {}
        self._statements: dict[str, dict[tuple[str, str], None]] = {}

    def run(self) -> MappedRecord:
        self._check_process_iri()
        self._check_licences()
        triples: dict[Triple, None] = {}
        for statement in self._own_statements():
            triple = self._redact(statement, self._with_our_place(statement.triple))
            self._add_origin(triple, statement.line)
            triples |= dict.fromkeys(self._settings.entailment.with_entailed(triple))
        self._report_undeclared_properties(triples)
        self._report_unknown_properties(triples)
        graph = self._settings.graph
        quads = tuple(Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples)
        return MappedRecord(
            self._record,
            quads,
            tuple(self._results),
            self._origins,
            lambda name: (shorten(name),),
            provenance=tuple(self._provenance()),
        )

    # -------------------------------------------------------------------------- checks of the record

    def _check_process_iri(self) -> None:
        process = self._record.variables.get("process", "")
        if process.startswith(self._settings.base):
            self._report(Severity.VIOLATION, "own-iri", "map.rdf.own-iri", {}, value=process)

    def _check_licences(self) -> None:
        records = {
            statement.triple.subject
            for statement in self._record.statements
            if statement.triple.object == PASSO.ObservatoryRecord
        }
        for statement in self._record.statements:
            if statement.triple.subject in records and statement.triple.predicate == DCT.license:
                self._check_licence(statement)

    def _check_licence(self, statement: RdfStatement) -> None:
        if _normalise_licence(statement.triple.object) != _normalise_licence(NamedNode(self._settings.licence)):
            self._report(
                Severity.VIOLATION,
                "licence",
                "map.rdf.licence",
                {"licence": self._settings.licence},
                value=str(getattr(statement.triple.object, "value", statement.triple.object)),
                predicate=DCT.license,
                line=statement.line,
            )

    def _own_statements(self) -> Iterator[RdfStatement]:
        """Yield the statements about resources that the source can describe; report the others."""
        foreign: Counter[str] = Counter()
        for statement in self._record.statements:
            subject: Any = statement.triple.subject
            if subject in self._our_places:
                continue
            if subject in self._settings.vocabulary_subjects or (
                subject.value.startswith(self._settings.base) and subject.value != self._record.variables.get("process")
            ):
                foreign[subject.value] += 1
            else:
                yield statement
        if foreign:
            values = {"count": sum(foreign.values())}
            self._report(Severity.WARNING, "not-theirs", "map.rdf.not-theirs", values, value=_list_counts(foreign))

    # -------------------------------------------------------------------------- places and personal data

    def _match_places(self) -> Iterator[tuple[Any, Any]]:
        """Yield each IRI of the record that means one of our places, with our place."""
        triples_by_subject: dict[Any, list[Triple]] = {}
        nodes: dict[Any, None] = {}
        for statement in self._record.statements:
            triples_by_subject.setdefault(statement.triple.subject, []).append(statement.triple)
            nodes |= dict.fromkeys((statement.triple.subject, statement.triple.object))
        for node in nodes:
            if (
                isinstance(node, NamedNode)
                and (place := self._our_place(node, triples_by_subject.get(node, ()))) is not None
            ):
                yield node, place

    def _our_place(self, node: NamedNode, triples: Iterable[Triple]) -> Any:
        if node in self._settings.places_by_match:
            return self._settings.places_by_match[node]
        place = self._place_by_code(node, triples)
        if place is not None:
            return place_iri(self._settings.base, place)
        matches = (triple.object for triple in triples if triple.predicate == SKOS.exactMatch)
        places = (self._settings.places_by_match.get(match) for match in matches)
        return next((place for place in places if place is not None), None)

    def _place_by_code(self, node: NamedNode, triples: Iterable[Triple]) -> Place | None:
        """Find a place by the code at the end of its IRI, or by the notation of a place of Italy."""
        if match := _PLACE_IRI.search(node.value):
            return self._settings.places.by_code(match["istat"] or match["country"].upper())
        classes = {triple.object for triple in triples if triple.predicate == RDF.type}
        lengths = {_CODE_LENGTHS[each] for each in classes if each in _CODE_LENGTHS}
        notations = (triple.object for triple in triples if triple.predicate == SKOS.notation)
        codes = {notation.value for notation in notations if isinstance(notation, Literal)}
        places = [self._settings.places.by_code(code) for code in codes if code.isdigit() and len(code) in lengths]
        return places[0] if len(places) == 1 else None

    def _with_our_place(self, triple: Triple) -> Triple:
        return Triple(triple.subject, triple.predicate, self._our_places.get(triple.object, triple.object))

    def _redact(self, statement: RdfStatement, triple: Triple) -> Triple:
        """Mask personal data in a text, and report its kinds."""
        value: Any = triple.object
        if (
            isinstance(value, Literal)
            and triple.predicate not in _CODES
            and value.datatype in (XSD.string, RDF.langString)
        ):
            text, kinds = redact(value.value)
            if kinds:
                value = Literal(text, language=value.language) if value.language else Literal(text)
                values: Values = {"kinds": kind_names(kinds), "number": len(kinds)}
                predicate = triple.predicate
                self._report(
                    Severity.INFO, "redacted", "map.redacted", values, predicate=predicate, line=statement.line
                )
        return Triple(triple.subject, triple.predicate, value)

    # -------------------------------------------------------------------------- origins and results

    def _add_origin(self, triple: Triple, line: int | None) -> None:
        statement = (triple.subject.value, triple.predicate.value)  # type: ignore[union-attr]
        label = shorten(triple.predicate.value)
        self._statements.setdefault(label, {})[statement] = None
        if line is not None:
            self._origins.setdefault(statement, Field(label, line))
            self._lines.setdefault(label, []).append(line)

    def _provenance(self) -> Iterator[FieldProvenance]:
        """A field for each property, by which results name the statements of the record too."""
        for label, statements in self._statements.items():
            lines = self._lines.get(label, [None])
            place = FilePlace(self._record.path, lines[0], lines[-1])
            yield FieldProvenance(label, place, FieldOutcome.MAPPED, tuple(statements))

    def _report_undeclared_properties(self, triples: Iterable[Triple]) -> None:
        """A property of our namespace that our vocabulary does not declare is misspelt, or of another version: no query finds it."""
        subjects = {each.predicate: each.subject for each in triples if self._is_undeclared(each.predicate)}
        names = [shorten(each.value) for each in self._settings.known_properties if each.value.startswith(PASSO.iri)]
        for predicate, subject in subjects.items():
            origin = self._origins.get((subject.value, predicate.value))  # type: ignore[union-attr]
            near = ", ".join(get_close_matches(shorten(predicate.value), sorted(names), cutoff=0))
            self._report(
                Severity.WARNING, "undeclared-property", "map.rdf.undeclared-property", {"near": near},
                predicate=predicate, line=origin.value_line if origin else None,
            )  # fmt: skip

    def _is_undeclared(self, predicate: NamedNode) -> bool:
        return predicate.value.startswith(PASSO.iri) and predicate not in self._settings.known_properties

    def _report_unknown_properties(self, triples: Iterable[Triple]) -> None:
        unknown = Counter(
            shorten(each.predicate.value)
            for each in triples
            if each.predicate not in self._settings.known_properties and not self._is_undeclared(each.predicate)
        )
        if unknown:
            values = {"count": sum(unknown.values())}
            self._report(
                Severity.INFO, "unknown-property", "map.rdf.unknown-property", values, value=_list_counts(unknown)
            )

    def _report(
        self,
        severity: Severity,
        code: str,
        key: str,
        values: Values,
        *,
        value: str | None = None,
        predicate: NamedNode | None = None,
        line: int | None = None,
    ) -> None:
        name = shorten(predicate.value) if predicate else None
        self._results.append(
            ValidationResult.of(
                severity,
                code,
                key,
                values,
                source=self._record.source,
                record=self._record.id,
                path=self._record.path,
                line=line,
                field=name,
                value=value,
                result_path=name,
            )
        )


def _normalise_licence(term: Any) -> str:
    """Licences are compared without the difference of http and https and without a final slash."""
    return re.sub(r"^http:", "https:", getattr(term, "value", "")).rstrip("/")


def _list_counts(counted: Counter[str]) -> str:
    names = [f"{name} ({count})" for name, count in sorted(counted.items())]
    more = ["…"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more])
