"""Remember what was found of a node by a shape, and tell it of every node of which the shape sees the same.

Nearly every record lacks something, and what pySHACL says of one that lacks it, it says of all. What is not remembered is asked: the
gate first, and pySHACL about what the gate refuses. What comes of it is remembered, so that gate and reference were compared on it. What is
remembered does not depend on which node was asked, nor on the order of records; it may be forgotten at any time.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from pyoxigraph import NamedNode

from passo_lod.errors import ValidatorsDisagree
from passo_lod.validation.prefilter import Prefilter, Violation
from passo_lod.validation.pyshacl_engine import PyshaclEngine, ShaclResult
from passo_lod.validation.rdflib_store import IndexedTriples
from passo_lod.validation.shape_dependencies import SUBCLASS, ShapeCheck, ShapeChecks, View

SIZE = 20_000
"""So many answers are kept; what was not asked for of late is forgotten."""

Key = tuple[str, View]
"""A shape, and what it sees."""

_LONG = 4_000
"""What is seen in more characters hardly comes again, and takes room."""

Verdict = tuple[tuple[Violation, ...], tuple[ShaclResult, ...]]
"""What the gate refuses, and what pySHACL finds, without the name of the node."""

_NOTHING: Verdict = ((), ())
_NOBODY = ""


Pair = tuple[str, ShapeCheck, Key]
"""A node, what has to be asked of it, and by what the answer is remembered."""


@dataclass(frozen=True)
class ResultCache:
    """What was found, by shape and by what it saw."""

    questions: ShapeChecks
    gate: Prefilter
    reference: PyshaclEngine
    size: int = SIZE
    _kept: "OrderedDict[Key, Verdict]" = field(default_factory=OrderedDict)

    def fits(self, data: IndexedTriples) -> bool:
        """Whether the shapes see no more of the data than is known: a class below another is looked up elsewhere (SHACL, 1.1)."""
        return not any(SUBCLASS in said for said in data.said.values())

    def judge(
        self, data: IndexedTriples, nodes: Iterable[str], anew: Set[str]
    ) -> tuple[set[Violation], list[ShaclResult]]:
        """What the gate refuses, and what pySHACL finds, of some nodes by SHACL Core.

        Args:
            data: what is said of them, and of what they refer to.
            nodes: the nodes to judge.
            anew: those of which everything is asked, though it may be known.

        Raises:
            ValidatorsDisagree: what is asked anew is answered otherwise than before.
        """
        refused: set[Violation] = set()
        found: list[ShaclResult] = []
        waiting: list[Pair] = []
        for node, question, key in self._pairs(data, nodes):
            known = None if node in anew else self._recall(key)
            if known is None:
                waiting.append((node, question, key))
            elif known != _NOTHING:
                _tell(known, node, refused, found)
        for (node, question, key), verdict in self._asked(data, waiting):
            self._remember(key, question, verdict)
            _tell(verdict, node, refused, found)
        return refused, found

    def _pairs(self, data: IndexedTriples, nodes: Iterable[str]) -> Iterator[Pair]:
        for node in nodes:
            term = NamedNode(node)
            for question in self.questions.about(term, data):
                yield node, question, (question.shape, question.seen(term, data))

    def _asked(self, data: IndexedTriples, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Verdict]]:
        """What gate and pySHACL say of each pair."""
        refused = _by_pair(self.gate.asked(data, [(question, NamedNode(node)) for node, question, _ in pairs]))
        wanted: dict[str, set[str]] = {}
        for node, shape in refused:
            wanted.setdefault(shape, set()).add(node)
        found: dict[tuple[str, str], list[ShaclResult]] = {}
        for each in self.reference.part(data, wanted):
            found.setdefault((each.focus, each.shape), []).append(each)
        for pair in pairs:
            at = (pair[0], pair[1].shape)
            yield (
                pair,
                (
                    tuple(each._replace(focus=_NOBODY) for each in refused.get(at, ())),
                    tuple(replace(each, focus=_NOBODY) for each in found.get(at, ())),
                ),
            )

    def _recall(self, key: Key) -> Verdict | None:
        verdict = self._kept.get(key)
        if verdict is not None:
            self._kept.move_to_end(key)
        return verdict

    def _remember(self, key: Key, question: ShapeCheck, verdict: Verdict) -> None:
        """Keep what holds for every node that looks the same."""
        before = self._kept.get(key)
        if before is not None and before != verdict:
            raise ValidatorsDisagree(
                f"<{question.shape}>: what was found of one node is not found of another of which the shape sees the same."
                " Nothing is published: please report this to the passo-lod maintainers."
            )
        if all(_holds_for_all(each, question) for each in verdict[1]) and len(repr(key)) <= _LONG:
            self._kept[key] = verdict
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)


def _tell(verdict: Verdict, node: str, refused: set[Violation], found: list[ShaclResult]) -> None:
    refused.update(each._replace(focus=node) for each in verdict[0])
    found += (replace(each, focus=node) for each in verdict[1])


def _by_pair(refused: Iterable[Violation]) -> Mapping[tuple[str, str], list[Violation]]:
    by_pair: dict[tuple[str, str], list[Violation]] = {}
    for each in sorted(refused):
        by_pair.setdefault((each.focus, each.shape), []).append(each)
    return by_pair


def _holds_for_all(found: ShaclResult, question: ShapeCheck) -> bool:
    """Whether a result tells nothing of its node that the shape does not see: no value but one that is seen, no words but the shape's own."""
    return (found.value is None or question.valued) and {str(each) for each in found.messages} <= question.tells
