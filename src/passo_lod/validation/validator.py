"""Hold mapped records against the SHACL shapes, and say of each result which record, field and line it comes from.

pySHACL is the reference and writes every result. A fast gate says beforehand which nodes do not meet which shapes; pySHACL then
decides those, and what it says of a node is told of every node of which the shape sees the same (memory.py). It decides the whole of some
records: a sample, chosen by their content, and those with a value of a wrong datatype. Where the two differ, nothing is published
(docs/decisions/0019-fast-gate.md). docs/decisions/0005-duties-and-recommendations.md says which rule keeps a record out.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple
from rdflib.namespace import SH

from passo_lod.errors import ValidatorsDisagree, VocabularyError
from passo_lod.namespaces import shorten
from passo_lod.records import Field
from passo_lod.report import Severity, ValidationResult
from passo_lod.validation.prefilter import Prefilter, Violation, prefilter_for
from passo_lod.validation.pyshacl_engine import PyshaclEngine, ShaclResult
from passo_lod.validation.rdflib_store import IndexedTriples
from passo_lod.validation.result_cache import ResultCache

OF_THE_VOCABULARY = frozenset({"ontology.ttl", "schemes.ttl", "report.ttl", "catalog.ttl", "catalog-it.ttl"})
"""Shapes of the vocabulary, of reports and of the catalogue: tests hold against them, records do not concern them."""

SAMPLE = 100
"""One record in so many is decided by pySHACL in full, though the gate passed it."""

DIFFER: Mapping[str, str] = {
    "LessThanOrEqualsConstraintComponent": "values that cannot be compared are a result by SHACL (4.5.4), and none by pySHACL",
    "SPARQLConstraintComponent": "a comparison of values that cannot be compared is an error by SPARQL (17.3); rdflib compares them",
}
"""Where the two are known to differ: only about values of a wrong datatype, which sh:datatype refuses besides."""

_WRONG: Mapping[str, str] = {
    "MinCountConstraintComponent": "there is no value, or too few",
    "MaxCountConstraintComponent": "there are too many values",
    "DatatypeConstraintComponent": "the value is of another datatype",
    "NodeKindConstraintComponent": "the value is of another kind (IRI or literal)",
    "ClassConstraintComponent": "the value is of another class",
    "PatternConstraintComponent": "the value is written another way",
    "MinLengthConstraintComponent": "the text is too short",
    "LanguageInConstraintComponent": "the text is in another language",
    "UniqueLangConstraintComponent": "there are two texts in one language",
    "MinInclusiveConstraintComponent": "the number is too small",
    "MaxInclusiveConstraintComponent": "the number is too large",
    "LessThanOrEqualsConstraintComponent": "the value is greater than another that bounds it",
    "HasValueConstraintComponent": "the value is not the one it should be",
    "InConstraintComponent": "the value is none of those that are allowed",
}
"""What is wrong, by the SHACL constraint component that found it (SHACL, 4)."""


class ValidatedRecord(Protocol):
    """What is validated: a record's identity, its quads, and the fields they come from."""

    @property
    def name(self) -> tuple[str, str, str]:
        """Source, record id and path."""
        ...

    @property
    def line(self) -> int | None:
        """Where the record begins, in a file that holds several."""
        ...

    @property
    def quads(self) -> Sequence[Quad]:
        """The quads of the record."""
        ...

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """The field that gave a value, or else the one that should have, or that states what was found."""
        ...

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        """The labels from which a predicate gets its values."""
        ...


@dataclass(frozen=True)
class Validator:
    """The shapes, and what records refer to.

    Attributes:
        shapes: the shapes graph.
        background: triples that are loaded beside every batch (concepts, alignments).
        gate: what tells beforehand where pySHACL must look; without one it looks everywhere.
    """

    shapes: rdflib.Graph
    background: tuple[Triple, ...]
    gate: Prefilter | None = None

    @classmethod
    def open(cls, folder: Path, background: Iterable[Triple | Quad]) -> "Validator":
        """The shapes of a folder's Turtle files.

        Raises:
            VocabularyError: a file is not Turtle.
        """
        shapes = rdflib.Graph()
        for path in sorted(path for path in folder.glob("*.ttl") if path.name not in OF_THE_VOCABULARY):
            try:
                shapes.parse(path, format="turtle")
            except Exception as problem:  # rdflib raises errors of many kinds
                raise VocabularyError(f"{path}: {problem}") from problem
        return cls(shapes, IndexedTriples.of(background).triples, prefilter_for(shapes))

    def validate(self, batch: Sequence[ValidatedRecord], data: Iterable[Triple | Quad]) -> list[ValidationResult]:
        """The results of a batch of records.

        Args:
            batch: the mapped records, to which the results are told.
            data: what they state, and what they refer to: places, reference data of the source.

        Raises:
            ValidatorsDisagree: pySHACL and the gate differ.
        """
        if not batch:
            return []
        owners = _Owners(batch)
        found = self._found(owners, IndexedTriples.of(data, beneath=self._beneath))
        return list(dict.fromkeys(result for each in found for result in self._told(each, owners)))

    def _found(self, owners: "_Owners", data: IndexedTriples) -> list[ShaclResult]:
        if self.gate is None:
            return list(self._reference.whole(data, owners.nodes(range(len(owners.batch)))))
        sample = owners.sample()
        refused, known = self._judged(self.gate, owners, data, owners.all_nodes(sample))
        refused = {each for each in refused if each.focus in owners.subjects}
        decided = owners.all_nodes([*sample, *self._doubtful(owners, refused)])
        judged = {(each.focus, each.shape) for each in known}
        asked = (each for each in refused if (each.focus, each.shape) not in judged)
        found = [
            *self._reference.whole(data, [decided]),
            *(each for each in known if each.focus not in decided),
            *self._reference.part(data, _by_shape(asked, decided)),
        ]
        _agree(refused, found, owners)
        return found

    def _judged(
        self, gate: Prefilter, owners: "_Owners", data: IndexedTriples, sample: Set[str]
    ) -> tuple[set[Violation], list[ShaclResult]]:
        """What the gate refuses, and what pySHACL is known to find of that."""
        if self._memory is None or not self._memory.fits(data):
            return set(gate.refused(data.triples)), []
        refused, known = self._memory.judge(data, owners.subjects, sample)
        return refused | gate.unanswered(data), known

    @cached_property
    def _memory(self) -> ResultCache | None:
        """What was found before; none where shapes look at what cannot be told of another node."""
        if self.gate is None or self.gate.questions is None:
            return None
        return ResultCache(self.gate.questions, self.gate, self._reference)

    @cached_property
    def _beneath(self) -> IndexedTriples:
        return IndexedTriples.of(self.background)

    def _doubtful(self, owners: "_Owners", refused: Iterable[Violation]) -> Iterator[int]:
        """The records with a value of a wrong datatype, about which the two may differ, or against a shape that has no name to ask for it."""
        for each in refused:
            if each.component == "DatatypeConstraintComponent" or not each.shape:
                yield from owners.places(each.focus)

    @cached_property
    def _reference(self) -> PyshaclEngine:
        return PyshaclEngine(self.shapes)

    @cached_property
    def _english(self) -> Mapping[str, Set[str]]:
        """The English messages of each shape."""
        messages: dict[str, set[str]] = {}
        for shape, message in self.shapes.subject_objects(SH.message):
            if isinstance(message, rdflib.Literal) and message.language == "en":
                messages.setdefault(str(shape), set()).add(str(message))
        return messages

    def _told(self, found: ShaclResult, owners: "_Owners") -> Iterator[ValidationResult]:
        """The result, once for every record that states the focus node; a node that none states is not theirs."""
        right = _message(found, self._english.get(found.shape, frozenset()))
        return (_result(found, right, owner) for owner in owners.of(found.focus))


def _by_shape(refused: Iterable[Violation], decided: Set[str]) -> dict[str, set[str]]:
    """The nodes to ask pySHACL about, for each shape; without those that it decides anyway."""
    asked: dict[str, set[str]] = {}
    for each in sorted(refused):
        if each.focus not in decided:
            asked.setdefault(each.shape, set()).add(each.focus)
    return asked


class _Owners:
    """Which records a focus node belongs to."""

    def __init__(self, batch: Sequence[ValidatedRecord]) -> None:
        self.batch = batch
        self._subjects = [_subjects(each) for each in batch]
        self._by_subject: dict[str, list[int]] = {}
        for at, subjects in enumerate(self._subjects):
            for subject in subjects:
                self._by_subject.setdefault(subject, []).append(at)

    @property
    def subjects(self) -> Set[str]:
        """Every node that a record of the batch describes."""
        return self._by_subject.keys()

    def of(self, subject: str) -> list[ValidatedRecord]:
        """The records that describe a node."""
        return [self.batch[at] for at in self.places(subject)]

    def places(self, subject: str) -> Sequence[int]:
        """The places in the batch of the records that describe a node."""
        return self._by_subject.get(subject, ())

    def nodes(self, places: Iterable[int]) -> list[set[str]]:
        """The nodes that each of some records describes."""
        return [self._subjects[at] for at in sorted(set(places))]

    def all_nodes(self, places: Iterable[int]) -> set[str]:
        """The nodes that some records describe."""
        return set[str]().union(*self.nodes(places))

    def sample(self) -> list[int]:
        """One record in `SAMPLE`, by its content and not by chance, and at least one."""
        digests = [_digest(each) for each in self.batch]
        return [at for at, digest in enumerate(digests) if digest % SAMPLE == 0 or digest == min(digests)]


def _subjects(record: ValidatedRecord) -> set[str]:
    """The nodes that a record describes."""
    return {node.value for node in {quad.subject for quad in record.quads} if isinstance(node, NamedNode)}


def _digest(record: ValidatedRecord) -> int:
    stated = ox.serialize(record.quads, format=RdfFormat.N_QUADS) or b""
    return int.from_bytes(hashlib.sha256(stated).digest()[:8])


# ------------------------------------------------------------------------------------------------------- do they agree?


def _agree(refused: Set[Violation], found: Sequence[ShaclResult], owners: _Owners) -> None:
    """Both must find the same; what is known to differ is pySHACL's to say.

    Raises:
        ValidatorsDisagree: they do not.
    """
    decided = {Violation(each.focus, each.shape, each.component) for each in found if each.focus in owners.subjects}
    wrong = (each.focus for each in found if each.component == "DatatypeConstraintComponent")
    mistyped = owners.all_nodes(at for focus in wrong for at in owners.places(focus))
    for each in sorted(refused ^ decided):
        if each.component not in DIFFER or each.focus not in mistyped:
            raise ValidatorsDisagree(_disagreement(each, owners, fast=each in refused))


def _disagreement(found: Violation, owners: _Owners, *, fast: bool) -> str:
    names = ", ".join(
        f"{record} ({source}, {path})" for source, record, path in (each.name for each in owners.of(found.focus))
    )
    fast_verdict, reference_verdict = ("refuses", "accepts") if fast else ("accepts", "refuses")
    return (
        f"{names}: the validators disagree about <{found.focus}> and {shorten(found.shape) or 'a shape without a name'}"
        f" ({found.component}): pyshifty {fast_verdict} it, pySHACL {reference_verdict} it. Nothing is published until they agree:"
        " please report this to the passo-lod maintainers; without pyshifty installed pySHACL decides alone."
    )


# -------------------------------------------------------------------------------------------------------- what is told


def _severity(iri: str) -> Severity:
    return Severity[iri.rsplit("#", 1)[-1].upper()]


def _result(found: ShaclResult, right: str | None, owner: ValidatedRecord) -> ValidationResult:
    path = found.path
    field = owner.field_for(found.focus, path, found.value) if path else None
    source, record, file = owner.name
    return ValidationResult(
        severity=_severity(found.severity),
        message=_WRONG.get(found.component, "the rule is not met") + f" ({shorten(path)})."
        if path
        else "the rule is not met.",
        source=source,
        record=record,
        path=file,
        line=field.value_line if field else owner.line,
        field=field.label if field else _labels(owner, path),
        value=shorten(found.value) if found.value is not None else None,
        expected=right,
        # A shape without a name has another label each time it is read.
        code=shorten(found.shape) if found.shape else found.component,
        focus_node=found.focus,
        result_path=shorten(path) if path else None,
    )


def _labels(owner: ValidatedRecord, path: str | None) -> str | None:
    return " / ".join(owner.labels_for(path)) or None if path else None


def _message(found: ShaclResult, english: Set[str]) -> str | None:
    """The shape's message, which says what would be right: in English where there is one."""
    # Of a SPARQL constraint's messages pySHACL reports the text without its language.
    messages = sorted(found.messages, key=lambda each: (each.language != "en" and str(each) not in english, str(each)))
    return str(messages[0]) if messages else None
