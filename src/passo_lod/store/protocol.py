"""The interface between the web server and a store, implemented by the local and the remote store, and the types that queries and answers have."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.media_types import GRAPHS, RESULTS, MediaType

MEBIBYTE = 1024 * 1024


def value_of(node: object) -> str:
    """The IRI of a named node, or the lexical form of a literal."""
    return str(node.value) if isinstance(node, NamedNode | Literal) else str(node)


@dataclass(frozen=True)
class Limits:
    """What one query may cost; a query that costs more is refused, and its result is never truncated.

    Attributes:
        seconds: running time.
        memory: bytes that the worker may use beyond those of the release.
        result: bytes of the serialised result.
    """

    seconds: float = 10.0
    memory: int = 256 * MEBIBYTE
    result: int = 16 * MEBIBYTE


@dataclass(frozen=True)
class Accepted:
    """The media types that a client accepts, best first: for SELECT and ASK (`results`), and for CONSTRUCT and DESCRIBE (`graphs`).

    Only the engine, which parses the query, knows which of the two applies.
    """

    results: tuple[MediaType, ...] = RESULTS
    graphs: tuple[MediaType, ...] = GRAPHS


@dataclass(frozen=True)
class Query:
    """A request of the SPARQL 1.1 Protocol: the query, and the dataset if the request names one.

    Attributes:
        base: the base IRI of the query.
        default_graphs: values of `default-graph-uri`.
        named_graphs: values of `named-graph-uri`.
        priority: seconds that queries of the client are expected to use; among waiting queries the lowest value comes first.
        client: who sends the query (`client_budget.client_of`).
    """

    text: str
    base: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=Accepted)
    priority: float = field(default=0.0, compare=False)
    client: str = field(default="", compare=False)


@dataclass(frozen=True)
class Answer:
    """The complete result of a query, serialised.

    Attributes:
        seconds: processor seconds that the query used.
    """

    media_type: MediaType
    body: bytes
    seconds: float = 0.0

    @cached_property
    def entity_tag(self) -> str:
        """The value of the `ETag` header (RFC 9110, 8.8.3): a digest of the body."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.body).digest()).decode().rstrip("=")


class Engine(Protocol):
    """Runs queries that have passed all checks (`workers.engine.WorkerEngine`).

    Attributes:
        limits: what one query may cost.
        union_default_graph: whether the default graph is the union of all graphs for a query that names no graph.
    """

    limits: Limits
    union_default_graph: bool

    async def start(self) -> None:
        """Start to answer queries."""

    async def stop(self) -> None:
        """End all processes."""

    @property
    def ready(self) -> bool:
        """Whether queries can be answered now."""

    @property
    def load(self) -> Mapping[str, int]:
        """Numbers that show how busy the engine is; the keys depend on the engine."""

    async def run(self, query: Query) -> Answer:
        """Run a query and return its complete result.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """


class Store(Protocol):
    """The quads of one release: look-ups by IRI, and SPARQL queries."""

    def exists(self, iri: str) -> bool:
        """Whether the IRI is the subject of a triple."""

    def describe(self, iri: str) -> list[Quad]:
        """The quads about the resource and its parts, and about its record and the parts of that."""

    def mentions(self, iri: str, limit: int) -> list[Quad]:
        """At most `limit` quads whose object is the IRI and whose subject is another."""

    def pattern(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        value: Literal | NamedNode | None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match a quad pattern; None matches any term."""

    def graphs(self) -> Mapping[str, int]:
        """The IRIs of the named graphs with their numbers of triples."""

    @property
    def union_default_graph(self) -> bool:
        """Whether the default graph is the union of all graphs (sd:UnionDefaultGraph), for a query that names no graph."""

    def prefetch(self, iris: Iterable[str]) -> None:
        """Announce that `exists` and `labels` are about to be called for these IRIs."""

    def labels(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, "Label"]:
        """The name of each IRI that has one, in the first of the languages in which it has one."""

    @property
    def ready(self) -> bool:
        """Whether queries can be answered now."""

    @property
    def load(self) -> Mapping[str, int]:
        """Numbers that show how busy the store is; the keys depend on the store."""

    def read(self) -> None:
        """Read the release, so that an error shows before `start`."""

    async def start(self) -> None:
        """Start to answer queries."""

    async def stop(self) -> None:
        """End all processes and connections, and allow the publisher to prune the release."""

    async def query(self, query: Query) -> Answer:
        """Run a SPARQL query and return its complete result.

        Raises:
            QueryRefused: the query is malformed, or costs more than the limits allow, or cannot be answered now.
        """


@dataclass(frozen=True)
class Label:
    """A name and its language tag, if it has one."""

    text: str
    language: str | None = None


def choose_label(literals: Sequence[Literal], languages: Sequence[str]) -> Label:
    """The literal in the first of the languages for which there is one; else one without a language tag; else the first.

    >>> choose_label([Literal("piano", language="it"), Literal("plan", language="en")], ["en", "it"])
    Label(text='plan', language='en')
    """
    rank = {language: position for position, language in enumerate((*languages, None))}
    best = min(literals, key=lambda literal: rank.get(literal.language, len(rank)))
    return Label(best.value, best.language)


def subjects(store: Store, predicate: NamedNode, value: NamedNode) -> Iterator[str]:
    """The IRIs of the subjects that have this value, such as the members of a class."""
    return (value_of(quad.subject) for quad in store.pattern(None, predicate, value))
