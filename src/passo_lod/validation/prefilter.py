"""Find quickly which shapes which nodes do not meet, so that pySHACL need decide only those.

The gate writes no word of the report: what it refuses pySHACL decides, and a sample of what it passes too (validator.py). SHACL Core is
judged by pyshifty (its `validate()`); SPARQL constraints, which pySHACL asks node by node, by one query to pyoxigraph for all nodes
together (docs/decisions/0019-fast-gate.md says why not by pyshifty).
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote

import pyoxigraph as ox
import rdflib
from pyoxigraph import NamedNode, RdfFormat, Triple
from rdflib.namespace import OWL, RDF, RDFS, SH

from passo_lod.validation.rdflib_store import IndexedTriples, local_name
from passo_lod.validation.shape_dependencies import ShapeCheck, ShapeChecks, UnsupportedShape

if TYPE_CHECKING:
    from shifty._shifty import PreparedValidator, W3cResult

try:
    from shifty import _shifty as pyshifty
except ImportError:  # there is no wheel of it for every platform
    pyshifty = None  # type: ignore[assignment]

_LOG = logging.getLogger(__name__)


class Violation(NamedTuple):
    """A node, the shape that it does not meet, and the constraint component that found it."""

    focus: str
    shape: str
    """The shape's IRI; empty for one without a name."""
    component: str


class Prefilter(Protocol):
    """Something that tells quickly what does not conform."""

    def refused(self, triples: Sequence[Triple]) -> frozenset[Violation]:
        """All that is wrong in a data graph, whatever its severity."""
        ...

    def asked(self, data: IndexedTriples, pairs: Iterable[tuple[ShapeCheck, NamedNode]]) -> frozenset[Violation]:
        """What is wrong with some nodes by SHACL Core, each by the shape that is asked of it."""
        ...

    def unanswered(self, data: IndexedTriples) -> frozenset[Violation]:
        """What is wrong in a data graph by SPARQL constraints."""
        ...

    @property
    def questions(self) -> ShapeChecks | None:
        """What can be asked of single nodes; None where not all of SHACL Core that the shapes ask can."""
        ...


class UnsupportedShapes(Exception):
    """The shapes ask for something that the gate cannot judge."""


def prefilter_for(shapes: rdflib.Graph) -> Prefilter | None:
    """The gate for these shapes, where there can be one; where not, the log says why, and pySHACL decides everything."""
    if pyshifty is None:
        _LOG.warning("pyshifty is not installed: pySHACL validates everything, which takes longer.")
        return None
    try:
        return ShiftyPrefilter.open(shapes)
    except UnsupportedShapes as reason:
        _LOG.warning("%s: pySHACL validates everything, which takes longer.", reason)
        return None


@dataclass(frozen=True)
class ShiftyPrefilter:
    """The two together: pyshifty for SHACL Core, pyoxigraph for SPARQL constraints."""

    core: "CorePrefilter"
    queries: "tuple[SparqlConstraint, ...]"
    single: "NodePrefilter | None" = None

    @classmethod
    def open(cls, shapes: rdflib.Graph) -> "ShiftyPrefilter":
        """The gate for a shapes graph.

        Raises:
            Unfit: it asks for something that the gate cannot judge.
        """
        core = _without_queries(shapes)
        try:
            single = NodePrefilter.open(core)
        except UnsupportedShape as reason:
            _LOG.warning("%s: nothing that is found of a node is known of others, which takes longer.", reason)
            single = None
        return cls(CorePrefilter.open(core), tuple(_queries(shapes)), single)

    @property
    def questions(self) -> ShapeChecks | None:
        """What can be asked of single nodes; None where not all of SHACL Core that the shapes ask can."""
        return self.single.questions if self.single else None

    def refused(self, triples: Sequence[Triple]) -> frozenset[Violation]:
        """All that is wrong in a data graph, whatever its severity."""
        return frozenset(self.core.refused(triples)) | frozenset(_unanswered(self.queries, triples))

    def asked(self, data: IndexedTriples, pairs: Iterable[tuple[ShapeCheck, NamedNode]]) -> frozenset[Violation]:
        """What is wrong with some nodes by SHACL Core, each by the shape that is asked of it."""
        assert self.single is not None  # noqa: S101 - else there are no questions
        return frozenset(self.single.refused(data, pairs))

    def unanswered(self, data: IndexedTriples) -> frozenset[Violation]:
        """What is wrong in a data graph by SPARQL constraints."""
        return frozenset(_unanswered(self.queries, _seen_by(self.queries, data)))


# ------------------------------------------------------------------------------------------------------------ SHACL Core


@dataclass(frozen=True)
class CorePrefilter:
    """SHACL Core by pyshifty, with its shapes read."""

    prepared: "PreparedValidator"

    @classmethod
    def open(cls, shapes: rdflib.Graph) -> "CorePrefilter":
        """Read a shapes graph.

        Raises:
            Unfit: pyshifty cannot read them, or says that it does not support all of them.
        """
        try:
            core = cls(pyshifty.PreparedValidator(shapes.serialize(format="nt", encoding="utf-8"), None, "nt", None))
            diagnostics = [*core.prepared.diagnostics, *core._answer(b"").diagnostics]
        except Exception as problem:  # an engine of another language raises what it likes
            raise UnsupportedShapes(f"pyshifty does not take the shapes ({problem})") from problem
        if diagnostics:
            raise UnsupportedShapes(f"pyshifty does not take the shapes ({'; '.join(diagnostics)})")
        return core

    def refused(self, triples: Sequence[Triple]) -> Iterator[Violation]:
        """What does not meet SHACL Core; literals reach the engine as they are written."""
        data = ox.serialize(triples, format=RdfFormat.N_TRIPLES) or b""
        yield from parse_report(self._answer(data).report_turtle)

    def _answer(self, data: bytes) -> "W3cResult":
        """As pySHACL is asked: shapes are no data, nothing is inferred, all severities count; what cannot be judged is an error."""
        return self.prepared.validate_w3c(
            data,
            data_format="nt",
            graph_mode="data",
            run_infer=False,
            minimum_severity="info",
            sort_results=False,
            on_unsupported="error",
        )


@dataclass(frozen=True)
class NodePrefilter:
    """SHACL Core of single nodes: each shape is for the nodes of which the data says that it is asked of them, and for no others."""

    core: CorePrefilter
    questions: ShapeChecks

    @classmethod
    def open(cls, shapes: rdflib.Graph) -> "NodePrefilter":
        """Read a shapes graph, and give its shapes these targets.

        Raises:
            Unfit: pyshifty does not take it.
            Unseen: what its shapes look at is not known.
        """
        questions = ShapeChecks.of(shapes)
        aimed = {shape for kind in _TARGETS for shape in shapes.subjects(kind, None)}
        asking = rdflib.Graph()
        for each in shapes:
            if each[1] not in _TARGETS and not (each[0] in aimed and each[1] == SH.property):
                asking.add(each)
        for question in questions.every:
            asking.add(
                (rdflib.URIRef(question.shape), SH.targetSubjectsOf, rdflib.URIRef(_asked_by(question.shape).value))
            )
        return cls(CorePrefilter.open(asking), questions)

    def refused(self, data: IndexedTriples, pairs: Iterable[tuple[ShapeCheck, NamedNode]]) -> Iterator[Violation]:
        """What is wrong with these nodes; the engine is shown what the shapes look at, and nothing else."""
        triples: dict[Triple, None] = {}
        for question, node in pairs:
            triples[Triple(node, _asked_by(question.shape), _YES)] = None
            triples.update(dict.fromkeys(question.sight.shown(node, data)))
        if triples:
            yield from self.core.refused(tuple(triples))


_TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_YES = ox.Literal(True)


@cache
def _asked_by(shape: str) -> NamedNode:
    """The predicate that says of a node that a shape is asked of it."""
    return NamedNode(f"urn:passo:asked:{quote(shape, safe='')}")


def parse_report(report: str) -> Iterator[Violation]:
    """The results of a validation report; the details below a result are no results."""
    said: dict[object, dict[str, object]] = {}
    results = []
    for each in ox.parse(report, format=RdfFormat.TURTLE):
        if each.predicate.value == str(SH.result):
            results.append(each.object)
        else:
            said.setdefault(each.subject, {})[each.predicate.value] = each.object
    for result in results:
        yield _refusal(said[result])


def _refusal(result: Mapping[str, object]) -> Violation:
    focus, shape = result[str(SH.focusNode)], result.get(str(SH.sourceShape))
    component = result[str(SH.sourceConstraintComponent)]
    assert isinstance(component, NamedNode)  # noqa: S101 - SHACL, 3.6.2.7
    return Violation(_name(focus), _name(shape), local_name(component.value))


def _name(term: object) -> str:
    """The IRI of a node; a blank node has none, nor does a literal."""
    return term.value if isinstance(term, NamedNode) else ""


# ------------------------------------------------------------------------------------------------------ SPARQL constraints

_FROM_THIS = re.compile(r"^\s*SELECT\b[^{}]*\{\s*\$this\s", re.IGNORECASE)
_OUT_OF_REACH = re.compile(
    r"[?$](?:PATH|shapesGraph|currentShape)\b|\bAS\s+[?$]this\b|\bSELECT\b.*\bSELECT\b|\b(?:MINUS|VALUES|SERVICE|GRAPH|UNION)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What pre-binding of $this (SHACL, 5.3.1) could make another query of than one that looks for it."""


@dataclass(frozen=True)
class SparqlConstraint:
    """A SPARQL constraint that can be asked for all nodes together: it begins with a pattern of $this, and stays in its group."""

    shape: str
    text: str
    targets: tuple[str, ...]
    """Queries for the focus nodes."""


def _unanswered(queries: Sequence[SparqlConstraint], triples: Sequence[Triple]) -> Iterator[Violation]:
    if not queries:
        return
    store = ox.Store()
    store.bulk_extend(ox.Quad(each.subject, each.predicate, each.object) for each in triples)
    targets = {text: _these(store, text) for text in {target for each in queries for target in each.targets}}
    for query in queries:
        focus = set[str]().union(*(targets[each] for each in query.targets))
        for each in _these(store, query.text) & focus:
            yield Violation(each, query.shape, "SPARQLConstraintComponent")


def _seen_by(queries: Sequence[SparqlConstraint], data: IndexedTriples) -> Sequence[Triple]:
    """The triples that queries look at: those of the predicates that they name."""
    named = {name for query in queries for text in (query.text, *query.targets) for name in _named(text)}
    if None in named:
        return data.triples
    predicates = {NamedNode(name) for name in named if name}
    return [
        Triple(subject, predicate, value)  # type: ignore[arg-type]
        for subject, said in data.said.items()
        for predicate in said.keys() & predicates
        for value in said[predicate]
    ]


@cache
def _named(query: str) -> frozenset[str | None]:
    """Every IRI that a query names, and None where a predicate may be one that it does not name."""
    prefixes = dict(_PREFIX.findall(query))
    body = _PREFIX.sub("", query).partition("{")[2]
    names = {prefixes[prefix] + local for prefix, local in _PREFIXED.findall(body) if prefix in prefixes}
    return frozenset({*names, *_IRI.findall(body), *([None] if _UNNAMED.search(body) else [])})


_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>\s*", re.IGNORECASE)
_PREFIXED = re.compile(r"([A-Za-z][\w-]*|):([\w-]*)")
_IRI = re.compile(r"<([^<>\s]*)>")
_UNNAMED = re.compile(r"[?$]\w+\s+[?$]\w|;\s*[?$]\w|!(?!\s*=)|\ba\b|\\")
"""A variable as a predicate, a negated path, `a`, or an escape."""


def _these(store: ox.Store, query: str) -> set[str]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 - it is a SELECT
    return {each["this"].value for each in solutions if isinstance(each["this"], NamedNode)}


def _without_queries(shapes: rdflib.Graph) -> rdflib.Graph:
    kept = rdflib.Graph()
    for each in shapes:
        if each[1] != SH.sparql:
            kept.add(each)
    return kept


def _queries(shapes: rdflib.Graph) -> Iterator[SparqlConstraint]:
    for shape, constraint in sorted(shapes.subject_objects(SH.sparql)):
        parents = set(shapes.subjects(None, shape))
        if (parents and set(shapes.predicates(None, shape)) != {SH.property}) or not isinstance(shape, rdflib.URIRef):
            raise UnsupportedShapes(
                f"{shape}: a SPARQL constraint of a shape that others refer to otherwise than by sh:property"
            )
        targets = [target for each in (shape, *parents) for target in _targets(shapes, each)]
        if any((each, SH.path, None) in shapes or set(shapes.subjects(None, each)) for each in parents):
            raise UnsupportedShapes(f"{shape}: a SPARQL constraint below a shape that others refer to")
        if any((each, SH.deactivated, None) in shapes for each in (shape, constraint, *parents)):
            raise UnsupportedShapes(f"{shape}: a SPARQL constraint that is deactivated")
        yield SparqlConstraint(str(shape), _text(shapes, constraint), tuple(sorted(set(targets))))


def _text(shapes: rdflib.Graph, constraint: rdflib.term.Node) -> str:
    select = str(shapes.value(constraint, SH.select) or "")
    if not _FROM_THIS.match(select) or _OUT_OF_REACH.search(select):
        raise UnsupportedShapes(f"{constraint}: its query cannot be asked for all nodes together")
    declared = shapes.objects(constraint, SH.prefixes / SH.declare)
    if set(shapes.objects(constraint, SH.prefixes / OWL.imports)):
        raise UnsupportedShapes(f"{constraint}: its prefixes are imported")
    prefixes = sorted(
        f"PREFIX {shapes.value(each, SH.prefix)}: <{shapes.value(each, SH.namespace)}>\n" for each in declared
    )
    return "".join(prefixes) + select


def _targets(shapes: rdflib.Graph, shape: rdflib.term.Node) -> Iterator[str]:
    """The targets of a shape (SHACL, 2.1.3) as queries."""
    patterns = {
        SH.targetClass: f"?this <{RDF.type}>/<{RDFS.subClassOf}>* <{{}}>",
        SH.targetSubjectsOf: "?this <{}> ?value",
        SH.targetObjectsOf: "?subject <{}> ?this",
        SH.targetNode: "VALUES ?this {{ <{}> }}",
    }
    if (shape, RDF.type, RDFS.Class) in shapes or (shape, SH.target, None) in shapes:
        raise UnsupportedShapes(f"{shape}: a target that is implicit or advanced")
    for predicate, pattern in patterns.items():
        for target in shapes.objects(shape, predicate):
            yield f"SELECT ?this {{ {pattern.format(target)} }}"
