"""Extract the facts of a record from its quads, in the form in which the finder of duplicates compares records."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import RDF, XSD, shorten
from passo_lod.records import Record
from passo_lod.text_folding import fold

_MOST_CHARACTERS = 80
_TEXTS = frozenset({XSD.string, RDF.langString})
_NUMBERS = re.compile(r"\d+")
_PUNCTUATION = re.compile(r"[^\w\s]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_IDENTIFYING = frozenset({"dct:title", "schema:startDate", "schema:endDate", "passo:participantCount"})
_AMOUNT = "schema:value"


class Fact(NamedTuple):
    """One value of a process, or of a part of it.

    Attributes:
        property_name: a prefixed name, after the name of the part with its numbers as `N`: `dct:title`, `cost schema:value`.
        value: a folded text, a literal or a shortened IRI; more than 80 characters are cut after the 81st.
    """

    property_name: str
    value: str

    @property
    def is_prose(self) -> bool:
        """Whether it is a long text, which people write anew each time, so that it tells nothing about duplicates."""
        return len(self.value) > _MOST_CHARACTERS

    @property
    def is_identifying(self) -> bool:
        """Whether few processes share it by chance: a title, the day of the start or of the end, a number of participants, an amount."""
        if self.is_prose or not _can_identify(self.property_name):
            return False
        return not self.property_name.endswith("Date") or _DAY.fullmatch(self.value) is not None


@cache
def _can_identify(property_name: str) -> bool:
    """Whether the values of a property can be identifying: of a property of the process, or an amount of any part."""
    part, _, name = property_name.rpartition(" ")
    return name == _AMOUNT or (not part and name in _IDENTIFYING)


def record_facts(
    record: Record, quads: Iterable[Quad], base: str, super_properties: Mapping[NamedNode, Sequence[NamedNode]]
) -> tuple[Fact, ...]:
    """Extract the facts of a process and of its parts, sorted.

    What says nothing about the case is left out: classes, links between parts, values that contain the id of the record, and what a more
    specific property entails.

    Args:
        record: its id and its process.
        quads: of the record.
        base: the catalogue's base IRI.
        super_properties: by property, the properties that it entails.
    """
    process = record.variables.get("process") or f"{base}id/process/{record.id}"
    own = [quad for quad in quads if _is_part(quad.subject, process) and quad.predicate != RDF.type]
    entailed = {
        (quad.subject, parent, quad.object) for quad in own for parent in super_properties.get(quad.predicate, ())
    }
    specific = (quad for quad in own if (quad.subject, quad.predicate, quad.object) not in entailed)
    return tuple(sorted(set(_facts(specific, process, record.id.partition("-")[2], base))))


def _is_part(node: object, process: str) -> bool:
    """Whether a node is the process or a part of it."""
    if not isinstance(node, NamedNode) or not node.value.startswith(process):
        return False
    return node.value[len(process) : len(process) + 1] in ("", "/", "#")


def _facts(quads: Iterable[Quad], process: str, code: str, base: str) -> Iterator[Fact]:
    for quad in quads:
        part = _NUMBERS.sub("N", quad.subject.value[len(process) :].strip("/#"))  # type: ignore[union-attr]
        value = _value(quad.object, process, code, base)
        if value is not None:
            yield Fact(f"{part} {shorten(quad.predicate.value)}".strip(), value[: _MOST_CHARACTERS + 1])


def _value(node: object, process: str, code: str, base: str) -> str | None:
    """The value in the form in which it is compared; None if it says nothing about the case."""
    if isinstance(node, NamedNode):
        is_own = _is_part(node, process) or node.value.startswith(f"{base}doc/") or _mentions(node.value, code)
        return None if is_own else shorten(node.value).removeprefix(base)
    if not isinstance(node, Literal):
        return None
    if node.datatype not in _TEXTS:
        return node.value
    return None if _mentions(node.value, code) else _fold(node.value[: 4 * _MOST_CHARACTERS])


def _mentions(text: str, code: str) -> bool:
    """Whether the id of the record stands in a text as a word."""
    return code in text and re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text) is not None


def _fold(text: str) -> str:
    """A text without case, accents and punctuation."""
    return " ".join(_PUNCTUATION.sub(" ", fold(text)).split())
