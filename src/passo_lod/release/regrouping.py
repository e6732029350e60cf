"""Group the quads of a release by records again, for who has them all in one list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pyoxigraph import NamedNode, Quad

from passo_lod.release.content import Content, Dataset
from passo_lod.release.rows import Background, RowMaker, Rows
from passo_lod.release.table_rows import Given
from passo_lod.terms import FOAF, PASSO, RDF

_BATCH = 200


def regrouped(content: Content) -> Given:
    """The rows of each record, and what is shared."""
    by_source: dict[str, list[Any]] = {dataset.iri: [] for dataset in content.datasets}
    background: list[Quad] = []
    for quad in dict.fromkeys(content.quads):
        by_source.get(getattr(quad.graph_name, "value", ""), background).append(quad)
    said = cache(lambda: Background(background))

    @cache
    def rows(iri: str) -> tuple[set[str], list[Rows]]:
        maker, records = RowMaker(content.base, NamedNode(iri), said()), _records(by_source[iri])
        some = [maker.rows(records[start : start + _BATCH]) for start in range(0, len(records), _BATCH)]
        made = [each for batch in some for each in batch]
        owned: set[str] = set()
        for record, each in zip(records, made, strict=True):
            own = each.own()
            owned.update(subject for subject in _subjects(record) if subject in own)
        return owned, made

    def rows_of(dataset: Dataset) -> list[Rows]:
        return rows(dataset.iri)[1]

    def shared() -> Iterator[Quad]:
        yield from background
        for iri, quads in by_source.items():
            yield from (quad for quad in quads if quad.subject.value not in rows(iri)[0])

    return Given(rows_of, shared)


def _subjects(quads: Iterable[Any]) -> set[str]:
    return {quad.subject.value for quad in quads}


def _records(quads: Sequence[Any]) -> list[list[Quad]]:
    """The quads of each process: its own, its record's, and those of what they refer to."""
    about: dict[Any, list[Any]] = defaultdict(list)
    for quad in quads:
        about[quad.subject].append(quad)
    processes = [
        quad.subject for quad in quads if quad.predicate == RDF.type and quad.object == PASSO.ParticipatoryProcess
    ]
    wholes = {process.value: process for process in processes}
    for quad in quads:
        if quad.predicate == FOAF.primaryTopic and quad.object.value in wholes:
            wholes[quad.subject.value] = quad.object
    parts: dict[Any, list[Any]] = defaultdict(list)
    for subject in about:
        if (owner := _owner(subject.value, wholes)) is not None:
            parts[owner].append(subject)
    owned = {subject: owner for owner, some in parts.items() for subject in some}
    return [_with_referred(process, parts[process], about, owned) for process in processes]


def _owner(iri: str, wholes: Mapping[str, Any]) -> Any:
    ends = (at for at in range(len(iri), 0, -1) if at == len(iri) or iri[at] in "/#")
    return next((wholes[iri[:end]] for end in ends if iri[:end] in wholes), None)


def _with_referred(
    process: Any, parts: Iterable[Any], about: Mapping[Any, list[Any]], owned: Mapping[Any, Any]
) -> list[Quad]:
    taken: dict[Any, None] = {}
    queue = list(parts)
    while queue:
        node = queue.pop()
        if node not in taken and node in about and owned.get(node, process) == process:
            taken[node] = None
            queue += [quad.object for quad in about[node]]
    return [quad for node in taken for quad in about[node]]
