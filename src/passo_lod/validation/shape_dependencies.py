"""Know what a shape can see of a node: what is found of one node is found of every node of which the shape sees the same.

A constraint component of SHACL Core (SHACL, 4) looks at the values of a path, at some of them only by their number, kind or language, and
at what is said of them by the paths of other shapes. `ShapeDependency` is all that a shape and those that it refers to may look at. It may
hold more than decides (then less is known beforehand), never less.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import rdflib
from pyoxigraph import Literal, NamedNode, Triple
from rdflib.collection import Collection as RdfList
from rdflib.namespace import RDF, RDFS, SH

from passo_lod.validation.rdflib_store import IndexedTriples, Term, local_name

Node = rdflib.term.Node
View = object
"""What a shape sees of a node: hashable, and equal where it sees the same."""

TYPE = NamedNode(str(RDF.type))
SUBCLASS = NamedNode(str(RDFS.subClassOf))

_NO_CONSTRAINTS = frozenset({
    RDF.type, SH.path, SH.name, SH.description, SH.message, SH.severity, SH.order, SH.group, SH.defaultValue, SH.property, SH.sparql,
    SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf,
})  # fmt: skip
_KIND = frozenset({SH.minCount, SH.maxCount, SH.nodeKind, SH.languageIn, SH.uniqueLang})
"""Components that look at the number of values, whether they are IRIs or literals, and at their language (SHACL, 4.1.3, 4.2, 4.4.4, 4.4.5)."""
_TERM = frozenset({
    SH["in"], SH.hasValue, SH.pattern, SH.flags, SH.minInclusive, SH.maxInclusive, SH.minExclusive, SH.maxExclusive,
})  # fmt: skip
"""Components that look at the values themselves (4.3, 4.4.3, 4.8)."""
_LENGTH = frozenset({SH.minLength, SH.maxLength})
_PAIRED = frozenset({SH.lessThan, SH.lessThanOrEquals, SH.equals, SH.disjoint})
_SHAPE = frozenset({SH.node, SH["not"], SH.qualifiedValueShape})
_SHAPES = frozenset({SH["or"], SH["and"], SH.xone})
_COUNTS = frozenset({SH.qualifiedMinCount, SH.qualifiedMaxCount})
_TEXT = frozenset({rdflib.XSD.string, rdflib.RDF.langString})
"""Datatypes of which every text is a well-formed value."""


class UnsupportedShape(Exception):
    """A shape looks at something of which we do not know what it is."""


@dataclass(frozen=True)
class ShapeDependency:
    """What is looked at of a term.

    Attributes:
        exact: the term as it is; else its kind, datatype and language.
        length: how many characters of it are counted.
        parts: the predicates whose values are looked at, and what of these.
    """

    exact: bool = False
    length: int = 0
    parts: "tuple[tuple[Term, ShapeDependency], ...]" = ()

    def __or__(self, other: "ShapeDependency") -> "ShapeDependency":
        """What both look at."""
        parts = dict(self.parts)
        for predicate, sight in other.parts:
            parts[predicate] = parts[predicate] | sight if predicate in parts else sight
        return ShapeDependency(self.exact or other.exact, max(self.length, other.length), tuple(parts.items()))

    def of(self, term: Term, data: IndexedTriples) -> View:
        """The term as it is seen."""
        if isinstance(term, Literal):
            return term if self.exact else (term.language, term.datatype, min(len(term.value), self.length))
        own = term if self.exact or self.length else type(term)
        if not self.parts:
            return own
        said = data.of_node(term)
        return (own, *[tuple([sight.of(each, data) for each in said.get(at, ())]) for at, sight in self.parts])

    def shown(self, term: Term, data: IndexedTriples) -> Iterator[Triple]:
        """The triples that are looked at."""
        said = data.of_node(term)
        for predicate, sight in self.parts:
            for each in said.get(predicate, ()):
                yield Triple(term, predicate, each)  # type: ignore[arg-type]
                yield from sight.shown(each, data)


_EXACT = ShapeDependency(exact=True)


@dataclass(frozen=True)
class ShapeCheck:
    """A shape, to be asked of the nodes that it is for: a node shape's own constraints, or one of its property shapes.

    Attributes:
        shape: the shape's IRI.
        sight: what it looks at of the focus node.
        tells: its messages; a text that is none of them may speak of one node only.
        valued: what it sees of a value is the value itself.
    """

    shape: str
    sight: ShapeDependency
    tells: frozenset[str]
    valued: bool

    def seen(self, node: Term, data: IndexedTriples) -> View:
        """What the shape sees of a node; most see nothing of most nodes, and that is soon known."""
        said = data.of_node(node)
        for predicate, _ in self.sight.parts:
            if predicate in said:
                return self.sight.of(node, data)
        return self.sight.of(node, data) if self.sight.exact else None


Target = tuple[str, Term]
"""A kind of target (SHACL, 2.1.3), and the class or predicate."""


@dataclass(frozen=True)
class ShapeChecks:
    """What has to be asked of which nodes, by the targets of the shapes."""

    by_target: Mapping[Target, Sequence[ShapeCheck]]
    _known: dict[tuple[Target, ...], tuple[ShapeCheck, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, shapes: rdflib.Graph) -> "ShapeChecks":
        """The questions that a shapes graph asks, but for SPARQL constraints.

        Raises:
            Unseen: it holds a component, path, target or way to refer that this module does not know.
        """
        return cls(_Reader(shapes).questions())

    def about(self, node: Term, data: IndexedTriples) -> tuple[ShapeCheck, ...]:
        """What has to be asked of a node."""
        said = data.of_node(node)
        aims = (
            *[("targetClass", each) for each in said.get(TYPE, ())],
            *[("targetSubjectsOf", each) for each in self._subjects_of if each in said],
            *[("targetObjectsOf", each) for each in data.values_of(self._objects_of).get(node, ())],
        )
        if aims not in self._known:
            questions = (question for aim in aims for question in self.by_target.get(aim, ()))
            self._known[aims] = tuple(dict.fromkeys(questions))
        return self._known[aims]

    @cached_property
    def _subjects_of(self) -> tuple[Term, ...]:
        return tuple(each for kind, each in self.by_target if kind == "targetSubjectsOf")

    @cached_property
    def _objects_of(self) -> frozenset[Term]:
        return frozenset(each for kind, each in self.by_target if kind == "targetObjectsOf")

    @cached_property
    def every(self) -> tuple[ShapeCheck, ...]:
        """All of them."""
        return tuple(dict.fromkeys(question for each in self.by_target.values() for question in each))


class _Reader:
    """Reads the questions of a shapes graph."""

    def __init__(self, shapes: rdflib.Graph) -> None:
        self._shapes = shapes
        self._open: list[Node] = []

    def questions(self) -> dict[Target, list[ShapeCheck]]:
        if any(self._shapes.subjects(SH.targetNode)) or any(self._shapes.subjects(SH.target)):
            raise UnsupportedShape("a target that is a node, or advanced")
        found: dict[Target, list[ShapeCheck]] = {}
        for kind in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf):
            for shape, aim in sorted(self._shapes.subject_objects(kind)):
                found.setdefault((local_name(kind), NamedNode(str(aim))), []).extend(self._of_target(shape))
        return found

    def _of_target(self, shape: Node) -> Iterator[ShapeCheck]:
        """The questions of a shape that has targets."""
        if (shape, SH.path, None) in self._shapes or (shape, RDF.type, RDFS.Class) in self._shapes:
            raise UnsupportedShape(f"{shape}: a target of a property shape, or one that is implicit")
        if set(self._shapes.subjects(None, shape)):
            raise UnsupportedShape(f"{shape}: a shape with targets that others refer to")
        yield from self._question(shape, self._own(shape))
        for each in sorted(self._shapes.objects(shape, SH.property), key=str):
            yield from self._question(each, self._along(each))

    def _question(self, shape: Node, sight: ShapeDependency | None) -> Iterator[ShapeCheck]:
        if sight is None:
            return
        if not isinstance(shape, rdflib.URIRef):
            raise UnsupportedShape("a shape without a name")
        tells = frozenset(str(each) for each in self._shapes.objects(shape, SH.message))
        valued = (shape, SH.path, None) in self._shapes and all(part.exact for _, part in sight.parts)
        yield ShapeCheck(str(shape), sight, tells, valued)

    def _along(self, shape: Node) -> ShapeDependency | None:
        """What a property shape sees of a focus node; none where it has no constraint of SHACL Core."""
        path = self._shapes.value(shape, SH.path)
        if not isinstance(path, rdflib.URIRef):
            raise UnsupportedShape(f"{shape}: a path that is no predicate")
        if (shape, SH.property, None) in self._shapes:
            raise UnsupportedShape(f"{shape}: a property shape below a property shape")
        own = self._own(shape)
        if own is None:
            return None
        others = {NamedNode(str(each)) for kind in _PAIRED for each in self._shapes.objects(shape, kind)}
        sight = ShapeDependency(parts=((NamedNode(str(path)), own),))
        for each in sorted(others, key=str):
            sight |= ShapeDependency(parts=((each, _EXACT),))
        return sight

    def _own(self, shape: Node) -> ShapeDependency | None:
        """What a shape's constraints see of a value node; none where it has none."""
        found = None
        for predicate, value in self._shapes.predicate_objects(shape):
            if predicate not in _NO_CONSTRAINTS:
                found = (found or ShapeDependency()) | self._component(predicate, value)
        return found

    def _component(self, parameter: Node, value: Node) -> ShapeDependency:
        """What a constraint component sees of a value node, by its parameter."""
        if parameter in _KIND or parameter in _COUNTS or (parameter == SH.datatype and value in _TEXT):
            return ShapeDependency()
        if parameter in _TERM or parameter in _PAIRED or parameter == SH.datatype:
            return _EXACT
        if parameter in _LENGTH:
            return ShapeDependency(length=int(str(value)) + 1)
        if parameter == SH["class"]:
            return ShapeDependency(parts=((TYPE, _EXACT),))
        if parameter in _SHAPE:
            return self._referred(value)
        if parameter in _SHAPES:
            return self._all(self._referred(each) for each in RdfList(self._shapes, value))
        raise UnsupportedShape(f"{parameter}: a parameter that is not known here")

    def _referred(self, shape: Node) -> ShapeDependency:
        """What a shape that another refers to sees, with its property shapes."""
        if shape in self._open:
            raise UnsupportedShape(f"{shape}: a shape that refers to itself")
        if (shape, SH.sparql, None) in self._shapes:
            raise UnsupportedShape(f"{shape}: a SPARQL constraint that is referred to")
        self._open.append(shape)
        own = (self._along if (shape, SH.path, None) in self._shapes else self._own)(shape)
        properties = (self._referred(each) for each in self._shapes.objects(shape, SH.property))
        found = self._all([own or ShapeDependency(), *properties])
        self._open.pop()
        return found

    def _all(self, sights: Iterable[ShapeDependency]) -> ShapeDependency:
        found = ShapeDependency()
        for each in sights:
            found |= each
        return found
