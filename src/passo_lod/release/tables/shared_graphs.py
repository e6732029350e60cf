"""Query what records share: vocabulary, places, bodies and everything else that no single record owns, for the tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad

from passo_lod.release.tables.cell_values import Term
from passo_lod.release.tables.definitions import TableDefinition

_Graph = NamedNode | ox.DefaultGraph


class SharedGraphs:
    """The shared quads of a release in a store: the graphs of sources as named graphs, all others in the default graph.

    Args:
        quads: the shared quads.
        sources: the IRIs of the graphs of the sources.
    """

    def __init__(self, quads: Iterable[Quad], sources: Sequence[NamedNode]) -> None:
        named = set(sources)
        self.sources = tuple(sources)
        self._store = ox.Store()
        self._store.bulk_extend(quad if quad.graph_name in named else Quad(*quad.triple) for quad in quads)
        self._values: dict[tuple[NamedNode, _Graph], Mapping[Term, Sequence[Term]]] = {}

    def query(self, query: str, source: NamedNode | None) -> ox.QuerySolutions:
        """Find the rows of a table, in the graphs of one source or of all."""
        if source is None:
            return cast(ox.QuerySolutions, self._store.query(query, use_default_graph_as_union=True))
        default: list[ox.BlankNode | ox.DefaultGraph | NamedNode] = [ox.DefaultGraph(), source]
        return cast(ox.QuerySolutions, self._store.query(query, default_graph=default, named_graphs=[source]))

    def values(self, property: NamedNode, graph: _Graph) -> Mapping[Term, Sequence[Term]]:
        """The values of a property in a graph, by subject."""
        if (property, graph) not in self._values:
            values: dict[Term, list[Term]] = defaultdict(list)
            for quad in self._store.quads_for_pattern(None, property, None, graph):
                values[cast(Term, quad.subject)].append(cast(Term, quad.object))
            self._values[property, graph] = dict(values)
        return self._values[property, graph]


class SourceView:
    """The shared quads as the tables of one source use them, or those of all sources.

    Args:
        graphs: the shared quads.
        source: the graph of the source; None for all.
    """

    def __init__(self, graphs: SharedGraphs, source: NamedNode | None) -> None:
        self._graphs, self._source = graphs, source
        self._visible: tuple[_Graph, ...] = (ox.DefaultGraph(), *((source,) if source else graphs.sources))
        self._values: dict[NamedNode, tuple[Mapping[Term, Sequence[Term]], ...]] = {}

    def values(self, subject: Term, property: NamedNode) -> Iterator[Term]:
        """Yield the values of a property of a resource."""
        if property not in self._values:
            self._values[property] = tuple(self._graphs.values(property, graph) for graph in self._visible)
        for values in self._values[property]:
            yield from values.get(subject, ())

    def follow(self, starts: Iterable[Term], steps: Sequence[NamedNode]) -> set[Term]:
        """The values at the end of a path of properties."""
        values = set(starts)
        for step in steps:
            values = {value for start in values for value in self.values(start, step)}
        return values

    def query_rows(self, definition: TableDefinition) -> dict[tuple[Term, ...], dict[str, set[Term]]]:
        """Find the rows of a table: by the values of its key, all values of each variable; solutions with one key are one row."""
        keys, others = definition.key_variables, definition.other_variables
        rows: dict[tuple[Term, ...], dict[str, set[Term]]] = {}
        for solution in self._graphs.query(definition.row_query, self._source):
            row = rows.setdefault(tuple(cast(Term, solution[name]) for name in keys), {})
            for name in (*keys, *others):
                row.setdefault(name, set()).update(() if solution[name] is None else (cast(Term, solution[name]),))
        return rows
