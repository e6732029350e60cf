"""Walk through a query to where a path of length zero or a sub-select is asked of a graph, and say it as the standard defines it.

Two definitions are written out: of a path of length zero at a constant (SPARQL 1.1, 18.4) and of `GRAPH ?g` (18.6).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from passo_lod.store.oxigraph_fixes.tokens import TextEdit, applied, tokens

Ask = Callable[[str], Any]
"""The engine, asked of the dataset that the query is asked of."""

_DEFAULT = ""
"""The default graph, as the place of a pattern; a named graph is told by its name as the query writes it."""

_MOST_ASKED = 500
_MOST_GRAPHS = 64
_MOST_STEPS = 100_000
_MOST_TIMES = 100

_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_CONSTANTS = ("iri", "name", "string", "number", "TRUE", "FALSE")
_ENDS = (*_CONSTANTS, "variable", "blank", "[", "(")
_VERBS = ("iri", "name", "a", "variable", "^", "!", "(")
_OPEN, _CLOSE = ("(", "{", "["), (")", "}", "]")
_STRANGE = ("end", "SERVICE", "<<", ">>", "{|", "|}", "~")


class UnsupportedQuery(Exception):
    """The query has what is not looked into here, or too much of what is."""


class PathEnd(NamedTuple):
    """An end of a path: its text, and whether it is a `constant`, a `variable`, a `blank` node with nothing in it, or `other`."""

    kind: str
    text: str


class PathTriple(NamedTuple):
    """A verb and its object, and how many paths of length zero the verb has at a term (0: none)."""

    verb: str
    times: int
    value: PathEnd


class DatasetProbe:
    """What a query is asked of, to be asked as the query asks it: with its own prologue (4.1) and dataset (13.2)."""

    def __init__(self, ask: Ask, prologue: str, dataset: str) -> None:
        self._ask = ask
        self._prologue = prologue
        self._dataset = dataset
        self._known: dict[tuple[str, str], bool] = {}
        self._asked = 0

    def holds(self, pattern: str) -> bool:
        """Whether a pattern has a solution.

        Raises:
            NotUnderstood: too much has been asked.
        """
        self._asked += 1
        if self._asked > _MOST_ASKED:
            raise UnsupportedQuery
        return bool(self._ask(f"{self._prologue}ASK {self._dataset} {{ {pattern} }}"))

    def knows(self, term: str, graph: str) -> bool:
        """Whether the engine finds the path of length zero at a term; what is asked of a graph that is not there has no solution."""
        key = (term, graph)
        if key not in self._known:
            path = f"{term} <x:>? {term}"
            without = f"GRAPH {graph} {{}} FILTER NOT EXISTS {{ GRAPH {graph} {{ {path} }} }}"
            self._known[key] = not self.holds(without) if graph else self.holds(path)
        return self._known[key]

    def graphs(self) -> list[str]:
        """The names of the named graphs.

        Raises:
            NotUnderstood: there are too many to write them all out.
        """
        every = f"{self._prologue}SELECT DISTINCT ?g {self._dataset} {{ GRAPH ?g {{}} }} LIMIT {_MOST_GRAPHS + 1}"
        found = sorted(str(solution[0]) for solution in self._ask(every))
        if len(found) > _MOST_GRAPHS:
            raise UnsupportedQuery
        return found


class QueryRewriter:
    """Walks through a query by its grammar (19.8), and notes what has to be said otherwise.

    Each method of the walk begins at the place of a token and returns the place after what it is named for.
    """

    def __init__(self, query: str, ask: Ask) -> None:
        self._query = query
        self._tokens = list(tokens(query))
        self._kinds = [token.kind for token in self._tokens]
        self._edits: list[TextEdit] = []
        self._times_named = Counter(token.text for token in self._tokens if token.kind == "blank")
        self._steps = 0
        self._form = next((at for at, kind in enumerate(self._kinds) if kind in _FORMS), 0)
        self._data = DatasetProbe(ask, query[: self._tokens[self._form].start], " ".join(self._dataset_clauses()))

    def mended(self) -> str:
        """The whole query.

        Raises:
            NotUnderstood: it is left to the engine as it is.
        """
        at = self._step(self._form)
        if self._kinds[self._form] == "CONSTRUCT" and self._kinds[at] == "{":
            at = self._after_closing(at)
        self._solutions(at, _DEFAULT)
        return applied(self._query, self._edits)

    def _dataset_clauses(self) -> Iterator[str]:
        for at, kind in enumerate(self._kinds):
            if kind == "FROM":
                named = self._kinds[at + 1] == "NAMED"
                yield self._text(at, at + 2 + named)

    # -- the walk

    def _solutions(self, at: int, graph: str) -> int:
        """A SELECT, ASK … from after its first word: its pattern, and what follows up to the end of the query or of the group."""
        while self._kinds[at] not in ("}", "end"):
            at = self._any(at, graph)
        return at

    def _any(self, at: int, graph: str) -> int:
        """A word or a sign; a bracket with all that is in it, which may be groups (EXISTS); VALUES with its data."""
        if self._kinds[at] == "{":
            return self._group(at, graph)
        if self._kinds[at] == "VALUES":
            return self._values(at)
        if self._kinds[at] != "(":
            return self._step(at)
        at = self._step(at)
        while self._kinds[at] != ")":
            at = self._any(at, graph)
        return at + 1

    def _expected(self, kind: str, at: int) -> int:
        if self._kinds[at] != kind:
            raise UnsupportedQuery
        return at + 1

    def _step(self, at: int) -> int:
        """Any one token.

        Raises:
            NotUnderstood: it is the last, it is not of SPARQL 1.1, or too many have been looked at.
        """
        self._steps += 1
        if self._kinds[at] in _STRANGE or self._steps > _MOST_STEPS:
            raise UnsupportedQuery
        return at + 1

    def _group(self, at: int, graph: str) -> int:
        """What stands in braces; a FILTER does not end a basic graph pattern, and all else that is no triple does (5.1.1)."""
        at = self._expected("{", at)
        if self._kinds[at] == "SELECT":
            return self._solutions(at + 1, graph) + 1
        begin = None
        while (kind := self._kinds[at]) != "}":
            if kind == "FILTER":
                at = self._constraint(at + 1, graph)
            elif kind in _ENDS:
                begin = at if begin is None else begin
                at = self._sentence(at, graph, begin)
            elif kind == ".":
                at += 1
            else:
                begin = None
                at = self._other(at, graph)
        return at + 1

    def _other(self, at: int, graph: str) -> int:
        if self._kinds[at] == "GRAPH":
            return self._named(at)
        return self._constraint(at + 1, graph) if self._kinds[at] == "BIND" else self._any(at, graph)

    def _constraint(self, at: int, graph: str) -> int:
        """What follows FILTER or BIND: an expression in brackets, the call of a function, or EXISTS with a group."""
        while self._kinds[at] not in ("(", "{"):
            at = self._step(at)
        return self._any(at, graph)

    def _values(self, at: int) -> int:
        while self._kinds[at] != "{":
            at = self._step(at)
        return self._after_closing(at)

    def _after_closing(self, at: int) -> int:
        """After a bracket with all that is in it."""
        depth = 0
        while True:
            depth += (self._kinds[at] in _OPEN) - (self._kinds[at] in _CLOSE)
            at = self._step(at)
            if not depth:
                return at

    def _named(self, at: int) -> int:
        """`GRAPH` with its name and its group."""
        inside = self._step(at + 1)
        if self._kinds[at + 1] != "variable":
            return self._group(inside, self._text(at + 1, inside))
        end = self._after_closing(inside)
        kinds = set(self._kinds[inside:end])
        has_select = "SELECT" in kinds
        if has_select and self._mentions(self._tokens[at + 1].text[1:], inside, end):
            return end  # the engine binds the variable in the sub-select, which may count on it
        if has_select or kinds & {"*", "?"}:
            graphs = {graph: self._in_one(inside, end, graph) for graph in self._data.graphs()}
            if has_select or any(graphs.values()):
                self._write_out(at, end, graphs)
        return end

    def _mentions(self, variable: str, at: int, end: int) -> bool:
        return any(token.kind == "variable" and token.text[1:] == variable for token in self._tokens[at:end])

    def _in_one(self, at: int, end: int, graph: str) -> list[TextEdit]:
        """What has to be said otherwise of a group, when it is asked of one graph."""
        kept, self._edits = self._edits, []
        try:
            if self._group(at, graph) != end:
                raise UnsupportedQuery
            return self._edits
        finally:
            self._edits = kept

    def _write_out(self, at: int, end: int, graphs: dict[str, list[TextEdit]]) -> None:
        """`GRAPH ?g` as the union of the graphs (18.6); without any, as what has no solution."""
        variable, inside = self._tokens[at + 1].text, self._tokens[at + 2].start
        start, stop = self._tokens[at].start, self._tokens[end - 1].end
        groups = {graph: applied(self._query, edits, inside, stop) for graph, edits in graphs.items()}
        if self._kinds[at + 3] != "SELECT":
            groups = {graph: group[1:-1] for graph, group in groups.items()}
        written = [
            f"{{ GRAPH {graph} {{ VALUES {variable} {{ {graph} }} {group} }} }}" for graph, group in groups.items()
        ]
        nothing = f"{{ {self._text(at, end)} FILTER (false) }}"
        self._edits.append(TextEdit(start, stop, " UNION ".join(written) or nothing))

    # -- triples

    def _sentence(self, at: int, graph: str, begin: int) -> int:
        """A subject with all that is said of it, and the full stop (`TriplesSameSubjectPath`)."""
        start = at
        subject, at = self._node(at)
        triples: list[PathTriple] = []
        while self._kinds[at] in _VERBS:
            verb = at
            times, at = self._path(at)
            said = self._text(verb, at)
            while True:
                value, at = self._node(at)
                triples.append(PathTriple(said, times, value))
                if self._kinds[at] != ",":
                    break
                at += 1
            while self._kinds[at] == ";":
                at += 1
        at += self._kinds[at] == "."
        found = {triple: self._empty_path(subject, triple, graph, len(triples)) for triple in triples if triple.times}
        if any(found.values()):
            rest = [f"{subject.text} {each.verb} {each.value.text} . " for each in triples if not found.get(each)]
            values = "".join(found[each] or "" for each in triples if each in found)
            first = self._tokens[begin].start
            self._edits.append(TextEdit(first, first, values))
            self._edits.append(TextEdit(self._tokens[start].start, self._tokens[at - 1].end, "".join(rest)))
        return at

    def _empty_path(self, subject: PathEnd, triple: PathTriple, graph: str, said: int) -> str | None:
        """The solutions that a path has at a constant the data does not know: as many as it has ways to go nowhere (18.4)."""
        ends = (subject, triple.value)
        if "other" in (subject.kind, triple.value.kind) or (subject.kind == "blank" and said > 1):
            return None
        constants = [end.text for end in ends if end.kind == "constant"]
        if not constants or self._data.knows(constants[0], graph):
            return None
        if len(constants) == 2 and not self._data.holds(f"FILTER sameTerm({', '.join(constants)})"):
            return None
        variables = [end.text for end in ends if end.kind == "variable"]
        if variables:
            return f"VALUES {variables[0]} {{ {f'{constants[0]} ' * triple.times}}} "
        return f"VALUES () {{ {'() ' * triple.times}}} "

    def _node(self, at: int) -> tuple[PathEnd, int]:
        start, kind = at, self._kinds[at]
        at = self._after_closing(at) if kind in ("[", "(") else self._step(at)
        if kind == "string":
            at += 2 * (self._kinds[at] == "^^") + (self._kinds[at] == "language")
        text = self._text(start, at)
        if kind == "[" or kind == "blank":
            is_alone = at - start == 2 if kind == "[" else self._times_named[text] == 1
            return PathEnd("blank" if is_alone else "other", text), at
        if kind in _CONSTANTS:
            return PathEnd("constant", text), at
        return PathEnd("variable" if kind == "variable" else "other", text), at

    def _text(self, start: int, end: int) -> str:
        return self._query[self._tokens[start].start : self._tokens[end - 1].end]

    # -- how many paths of length zero a path has at a term: alternatives are added, steps are multiplied, `*` and `?` have one (18.4)

    def _path(self, at: int) -> tuple[int, int]:
        times, at = self._sequence(at)
        while self._kinds[at] == "|":
            more, at = self._sequence(at + 1)
            times += more
        if times > _MOST_TIMES:
            raise UnsupportedQuery
        return times, at

    def _sequence(self, at: int) -> tuple[int, int]:
        times, at = self._element(at)
        while self._kinds[at] == "/":
            more, at = self._element(at + 1)
            times *= more
        return times, at

    def _element(self, at: int) -> tuple[int, int]:
        at += self._kinds[at] == "^"
        if self._kinds[at] == "!":
            times, at = 0, self._negated(at + 1)
        elif self._kinds[at] == "(":
            times, at = self._path(at + 1)
            at = self._expected(")", at)
        else:
            times, at = 0, self._step(at)
        if self._kinds[at] in ("*", "?"):
            return 1, at + 1
        if self._kinds[at] == "+":
            return min(times, 1), at + 1
        return times, at

    def _negated(self, at: int) -> int:
        if self._kinds[at] == "(":
            return self._after_closing(at)
        return self._step(at + (self._kinds[at] == "^"))
