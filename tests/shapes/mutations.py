"""Systematic mistakes in a record: for each of its properties every mistake that a value of that kind can have.

`mutations` reads the kinds of mistake from the data: a date gets a year far away, a concept another scheme, an amount a thousandfold.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from passo_lod.namespaces import FOAF, PASSO, RDF, XSD, curie, shorten

Term = NamedNode | BlankNode | Literal
Change = Callable[["Record", Term], Term | None]
"""Returns a wrong value in place of a right one; None where the mistake cannot be made in such a value."""

NUMBERS = (XSD.integer, XSD.decimal)
SIMPLE = (XSD.string, RDF.langString)
LARGER_PLACES = (curie("clvapit:Country"), curie("clvapit:Region"), curie("clvapit:Province"))
LONG = "parola " * 15_000
"""A text of 105,000 characters."""


@dataclass(frozen=True)
class Record:
    """A record that is to be changed.

    Attributes:
        triples: what it says.
        schemes: the scheme of each concept, of all schemes.
        others: resources that are described beside the record, each with one of its classes.
    """

    triples: tuple[Triple, ...]
    schemes: Mapping[Term, Term]
    others: Mapping[Term, Term]

    @cached_property
    def values(self) -> Mapping[tuple[NamedNode, NamedNode], tuple[Term, ...]]:
        """The values of each property, by subject and predicate."""
        values: dict[tuple[NamedNode, NamedNode], tuple[Term, ...]] = {}
        for triple in self.triples:
            key = (triple.subject, triple.predicate)
            values[key] = (*values.get(key, ()), triple.object)  # type: ignore[index]
        return values  # type: ignore[return-value]

    @cached_property
    def classes(self) -> Mapping[Term, Term]:
        """One class of each resource that the record describes, or that is described beside it."""
        own = {subject: max(classes, key=str) for (subject, name), classes in self.values.items() if name == RDF.type}
        return {**self.others, **own}

    def near(self, node: Term) -> frozenset[Term]:
        """A resource, the process, and all resources from which one of them is reached."""
        reaching = {node, *(each for each, kind in self.classes.items() if kind == PASSO.ParticipatoryProcess)}
        while more := {each.subject for each in self.triples if each.object in reaching} - reaching:
            reaching |= more
        return frozenset(reaching)

    def class_of(self, subject: Term) -> str:
        """The class of a resource as a prefixed name."""
        return shorten(getattr(self.classes.get(subject), "value", "-"))

    def changed(self, subject: NamedNode, predicate: NamedNode, values: Sequence[Term]) -> tuple[Triple, ...]:
        """Return the triples with other values of one property."""
        kept = (each for each in self.triples if (each.subject, each.predicate) != (subject, predicate))
        return (*kept, *(Triple(subject, predicate, value) for value in values))


@dataclass(frozen=True)
class Mutation:
    """A record with one mistake.

    Attributes:
        kind: the mistake.
        class_name: class of the resource that has it, as a prefixed name.
    """

    kind: str
    subject: NamedNode
    predicate: NamedNode
    class_name: str
    triples: tuple[Triple, ...]

    @property
    def place(self) -> str:
        """Where the mistake is: class and property."""
        return f"{self.class_name} {shorten(self.predicate.value)}"


def mutations(record: Record) -> Iterator[Mutation]:
    """Yield a record with every mistake, one at a time; of several resources of a class only the first has a property changed."""
    changed_properties = {
        (record.class_of(subject), predicate): subject for subject, predicate in reversed(record.values)
    }
    for (subject, predicate), values in record.values.items():
        if changed_properties[record.class_of(subject), predicate] != subject:
            continue
        for kind, changed in _changes(record, values):
            triples = record.changed(subject, predicate, changed)
            yield Mutation(kind, subject, predicate, record.class_of(subject), triples)
    for (subject, one), (other_subject, other) in combinations(record.values, 2):
        if subject == other_subject and (triples := _swapped(record, subject, one, other)):
            yield Mutation(f"swapped with {shorten(other.value)}", subject, one, record.class_of(subject), triples)


def _changes(record: Record, values: Sequence[Term]) -> Iterator[tuple[str, Sequence[Term]]]:
    yield "dropped", ()
    if (another := _another(record, values)) is not None:
        yield "doubled", (*values, another)
    for kind, change in CHANGES.items():
        changed = change(record, values[0])
        if changed is not None and changed not in values:
            yield kind, (changed, *values[1:])


def _swapped(record: Record, subject: NamedNode, one: NamedNode, other: NamedNode) -> tuple[Triple, ...] | None:
    """Exchange the values of two properties that have the same datatype, other than text."""
    first, second = record.values[subject, one], record.values[subject, other]
    datatypes = {getattr(value, "datatype", None) for value in (*first, *second)}
    if first == second or len(datatypes) > 1 or datatypes & {None, *SIMPLE}:
        return None
    return Record(record.changed(subject, one, second), {}, {}).changed(subject, other, first)


def _another(record: Record, values: Sequence[Term]) -> Term | None:
    """A second value of the kind of the first."""
    value = values[0]
    if isinstance(value, Literal):
        return _next_literal(value)
    candidates = (other_concept(record, value), other_resource(record, value))
    return next((each for each in candidates if each is not None and each not in values), None)


def _next_literal(value: Literal) -> Literal:
    if value.datatype in NUMBERS or value.datatype == XSD.gYear:
        return Literal(str(float(value.value) + 1).removesuffix(".0"), datatype=value.datatype)
    if value.datatype == XSD.date:
        return Literal(str(date.fromisoformat(value.value) + timedelta(days=1)), datatype=XSD.date)
    if value.datatype == XSD.duration:
        return Literal("P13M", datatype=XSD.duration)
    text = value.value + " bis"
    return Literal(text, language=value.language) if value.language else Literal(text, datatype=value.datatype)


# ---- changes of a literal


def _in_literals(*datatypes: NamedNode) -> Callable[[Callable[[Literal], Term | None]], Change]:
    """Make a change of literals of some datatypes, or of all."""

    def decorate(change: Callable[[Literal], Term | None]) -> Change:
        def changed(_: Record, value: Term) -> Term | None:
            is_meant = isinstance(value, Literal) and (not datatypes or value.datatype in datatypes)
            return change(value) if is_meant else None  # type: ignore[arg-type]

        return changed

    return decorate


def _replaced_by(text: str, *datatypes: NamedNode) -> Change:
    """Make a change that writes another text with the datatype and the language of the value."""
    return _in_literals(*datatypes)(lambda value: _with_text(value, text))


def _with_text(value: Literal, text: str) -> Literal:
    return Literal(text, language=value.language) if value.language else Literal(text, datatype=value.datatype)


def _wrong_datatype(value: Literal) -> Literal:
    return Literal(value.value, datatype=XSD.token if value.datatype in SIMPLE else XSD.string)


def _multiplied(value: Literal) -> Literal:
    return Literal(str(float(value.value) * 1000).removesuffix(".0"), datatype=value.datatype)


def _currency(value: Literal) -> Literal | None:
    return Literal("USD") if re.fullmatch("[A-Z]{3}", value.value) else None


def _language_lost(value: Literal) -> Literal:
    return Literal(value.value)


def _other_language(value: Literal) -> Literal:
    return Literal(value.value, language="zu")


def _as_iri(value: Literal) -> NamedNode:
    return NamedNode("https://example.org/somewhere")


# ---- changes of a reference


def _in_references(change: Change) -> Change:
    return lambda record, value: None if isinstance(value, Literal) else change(record, value)


def other_concept(record: Record, value: Term) -> Term | None:
    """Another concept of the same scheme."""
    scheme = record.schemes.get(value)
    return next((each for each in record.schemes if scheme and record.schemes[each] == scheme and each != value), None)


def concept_elsewhere(record: Record, value: Term) -> Term | None:
    """A concept of another scheme."""
    scheme = record.schemes.get(value)
    return next((each for each in record.schemes if scheme and record.schemes[each] != scheme), None)


def other_resource(record: Record, value: Term) -> Term | None:
    """A resource of the same class that is described beside the record."""
    own = record.classes.get(value)
    return next((each for each, other in record.others.items() if own and other == own and each != value), None)


def resource_of_other_class(record: Record, value: Term) -> Term | None:
    """A phase, or a score instead of a phase."""
    wrong = PASSO.ProcessPhase if record.classes.get(value) != PASSO.ProcessPhase else PASSO.ParticipationScore
    return _first_of(record, wrong) if value in record.classes or value in record.schemes else None


def person(record: Record, value: Term) -> Term | None:
    """A person instead of a resource that is described."""
    return _first_of(record, FOAF.Person) if value in record.classes else None


def municipality(record: Record, value: Term) -> Term | None:
    """A municipality instead of a larger place."""
    own = record.classes.get(value)
    return _first_of(record, curie("clvapit:City")) if own in LARGER_PLACES else None


def _first_of(record: Record, class_: Term) -> Term | None:
    return next((each for each, other in record.others.items() if other == class_), None)


CHANGES: Mapping[str, Change] = {
    "datatype: another": _in_literals()(_wrong_datatype),
    "language: none": _in_literals(RDF.langString)(_language_lost),
    "language: unknown": _in_literals(RDF.langString)(_other_language),
    "literal: an IRI instead": _in_literals()(_as_iri),
    "text: blanks only": _replaced_by("   ", *SIMPLE),
    "text: very long": _replaced_by(LONG, *SIMPLE),
    "number: negative": _replaced_by("-3", *NUMBERS),
    "number: zero": _replaced_by("0", *NUMBERS),
    "number: a billion": _replaced_by("1000000000", *NUMBERS),
    "number: a thousandfold": _in_literals(*NUMBERS)(_multiplied),
    "currency: another": _in_literals(XSD.string)(_currency),
    "date: far past": _replaced_by("0020-02-21", XSD.date),
    "date: far future": _replaced_by("2099-12-31", XSD.date),
    "date: impossible": _replaced_by("2020-02-31", XSD.date),
    "year: far past": _replaced_by("0020", XSD.gYear),
    "year: far future": _replaced_by("2099", XSD.gYear),
    "duration: negative": _replaced_by("-P9M", XSD.duration),
    "duration: zero": _replaced_by("P0M", XSD.duration),
    "duration: centuries": _replaced_by("P999Y", XSD.duration),
    "duration: months as days": _replaced_by("P9D", XSD.duration),
    "reference: a text instead": _in_references(lambda _, value: Literal(str(getattr(value, "value", "")))),
    "reference: not described": _in_references(lambda _, value: NamedNode("https://example.org/nobody")),
    "reference: another class": _in_references(resource_of_other_class),
    "reference: a person": _in_references(person),
    "reference: a municipality": _in_references(municipality),
    "reference: another of its class": _in_references(other_resource),
    "concept: another scheme": _in_references(concept_elsewhere),
    "concept: another of its scheme": _in_references(other_concept),
}
"""The mistakes, each with the change that makes it."""
