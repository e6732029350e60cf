"""What the web asks of a store, whatever is behind it: a release in memory today, a remote endpoint where one outgrows it."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.media_types import GRAPHS, RESULTS, MediaType
from passo_lod.namespaces import DCT, FOAF, RDFS, SKOS

MEBIBYTE = 1024 * 1024

NAMES = (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name)
"""The properties that name a thing, the most telling first."""


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

    results: tuple[MediaType, ...] = RESULTS
    graphs: tuple[MediaType, ...] = GRAPHS


@dataclass(frozen=True)
class Query:
    """A SPARQL query as the protocol has it: the text, and the dataset it is asked of where the client names one."""

    text: str
    base: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=Accepted)
    priority: float = field(default=0.0, compare=False)
    """Who has asked least comes first: the processor seconds that the client has had of late."""
    client: str = field(default="", compare=False)


@dataclass(frozen=True)
class Answer:
    """The whole result of a query: what was asked for, and never a part of it.

    Attributes:
        seconds: the processor time it took.
    """

    media_type: MediaType
    body: bytes
    seconds: float = 0.0

    @cached_property
    def tag(self) -> str:
        """What names these bytes (the entity tag of HTTP)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.body).digest()).decode().rstrip("=")


class Engine(Protocol):
    """Answers queries, and nothing else; what may be asked of it has been decided before."""

    limits: Limits

    async def start(self) -> None:
        """Be ready to answer."""

    async def stop(self) -> None:
        """End all that was started."""

    @property
    def ready(self) -> bool:
        """Whether it can answer now."""

    @property
    def load(self) -> Mapping[str, int]:
        """How busy it is, in words of its own."""

    async def run(self, query: Query) -> Answer:
        """The whole answer.

        Raises:
            QueryRefused: with the reason why there is none.
        """


class Store(Protocol):
    """Answers by IRI and by query."""

    def exists(self, iri: str) -> bool:
        """Whether something is said about the thing."""

    def describe(self, iri: str) -> list[Quad]:
        """All that is said about the thing and its parts, and the record about it with its parts."""

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """What other things say of this one, at most `limit` statements."""

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; None matches all."""

    def graphs(self) -> Mapping[str, int]:
        """The named graphs, and how many triples each holds."""

    @property
    def union(self) -> bool:
        """Whether a query that names no graph is asked of the union of all graphs."""

    def prefetch(self, iris: Iterable[str]) -> None:
        """These are about to be looked up: whether they exist, and their names."""

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, "Label"]:
        """The name of each thing that has one, in the first of the languages it is known in."""

    @property
    def ready(self) -> bool:
        """Whether queries can be answered now."""

    @property
    def load(self) -> Mapping[str, int]:
        """How busy the engine is, in words of its own."""

    async def start(self) -> None:
        """Be ready to answer queries."""

    async def stop(self) -> None:
        """End all that was started."""

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


def choose_label(literals: Sequence[Literal], languages: Sequence[str]) -> Label:
    """The literal in the first of the languages that one is in; else one without language; else the first.

    >>> choose([Literal("piano", language="it"), Literal("plan", language="en")], ["en", "it"])
    Label(text='plan', language='en')
    """
    order = {language: place for place, language in enumerate((*languages, None))}
    best = min(literals, key=lambda literal: order.get(literal.language, len(order)))
    return Label(best.value, best.language)


def subjects(store: Store, predicate: NamedNode, value: NamedNode) -> Iterator[str]:
    """What stands in a relation to one thing, such as the members of a class."""
    return (value_of(quad.subject) for quad in store.pattern(None, predicate, value))
