"""What the web asks of a store, whatever is behind it: a release in memory today, a remote endpoint where one outgrows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.media_types import GRAPHS, RESULTS, MediaType

MEBIBYTE = 1024 * 1024


def value_of(node: object) -> str:
    """The IRI of a named node, the text of a literal."""
    return str(node.value) if isinstance(node, NamedNode | Literal) else str(node)


@dataclass(frozen=True)
class Limits:
    """What one query may cost; a query that would cost more is refused, never cut short."""

    seconds: float = 10.0
    memory: int = 256 * MEBIBYTE
    result: int = 16 * MEBIBYTE


@dataclass(frozen=True)
class Accepted:
    """The media types a client takes, best first: for SELECT and ASK, and for CONSTRUCT and DESCRIBE.

    Which of the two applies is only known when the query has been parsed, so both travel with it.
    """

    results: Sequence[MediaType] = RESULTS
    graphs: Sequence[MediaType] = GRAPHS


@dataclass(frozen=True)
class Query:
    """A SPARQL query as the protocol has it: the text, and the dataset it is asked of where the client names one."""

    text: str
    base: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=Accepted)


@dataclass(frozen=True)
class Answer:
    """The whole result of a query: what was asked for, and never a part of it."""

    media_type: MediaType
    body: bytes


class Store(Protocol):
    """Answers by IRI and by query."""

    def exists(self, iri: str) -> bool:
        """Whether something is said about the thing."""

    def describe(self, iri: str) -> list[Quad]:
        """All that is said about the thing and its parts, and the record about it with its parts."""

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """What other things say of this one, at most `limit` statements."""

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, "Label"]:
        """The name of each thing that has one, in the first of the languages it is known in."""

    async def query(self, query: Query) -> Answer:
        """The answer to a SPARQL query.

        Raises:
            QueryRefused: the query is malformed, or costs more than the limits allow, or cannot be answered now.
        """


@dataclass(frozen=True)
class Label:
    """A name and the language it is in (None: no language is stated)."""

    text: str
    language: str | None = None
