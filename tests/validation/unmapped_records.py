"""Records for the validator that were not mapped, some with random changes."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.records import Field

XSD = "http://www.w3.org/2001/XMLSchema#"


@dataclass(frozen=True)
class UnmappedRecord:
    """A record whose quads come from no field."""

    id: str
    quads: tuple[Quad | Triple, ...]
    line: int | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        return "test", self.id, "here"

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        return None

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        return lambda _: ()


ODD_TERMS = [
    Literal("cento"),
    Literal("", language="it"),
    Literal("umbala", language="zu"),
    *(
        Literal(text, datatype=NamedNode(XSD + datatype))
        for text, datatype in (
            ("+7", "integer"), ("aldi", "integer"), ("-3", "decimal"), ("1e3", "double"), ("2020-13-01", "date"),
            ("2020-01-01Z", "date"), ("2021-06-01T00:00:00", "dateTime"), ("1", "boolean"), ("P400D", "duration"),
        )
    ),
    NamedNode("https://example.org/nobody"),
]  # fmt: skip


def mutate(quads: Sequence[Quad], chance: random.Random) -> Iterator[Triple]:
    """The triples with some removed, doubled, or given another object or predicate."""
    triples = [Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
    for _ in range(chance.randint(1, 4)):
        at, one, other = chance.randrange(len(triples)), chance.choice(triples), chance.choice(triples)
        changes: list[list[Triple]] = [
            [],
            [Triple(one.subject, one.predicate, chance.choice(ODD_TERMS))],
            [one, Triple(one.subject, one.predicate, chance.choice(ODD_TERMS))],
            [Triple(one.subject, other.predicate, one.object)],
            [one, Triple(one.subject, other.predicate, other.object)],
        ]
        triples = [*triples[:at], *chance.choice(changes), *triples[at + 1 :]] or triples
    return iter(triples)
