"""Read RDF in our own vocabulary: the dump of another passo-lod, or any Turtle, TriG, N-Triples, N-Quads or JSON-LD.

Each `passo:ParticipatoryProcess` with its parts, its record, and the bodies, laws and calls that it refers to is one record,
whose statements are taken as they are (docs/sources/rdf.md). Nothing is fetched: a JSON-LD context elsewhere is refused.
"""

import gzip
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple

from passo_lod import yaml_loader as yaml_text
from passo_lod.errors import SourceError
from passo_lod.namespaces import DCAT, DCT, FOAF, OWL, PASSO, RDF, RDFS, SCHEMA, SH, SKOS, VOID, shorten
from passo_lod.records import RdfStatement, Reading, Record
from passo_lod.report import Severity, ValidationResult, shortened
from passo_lod.sources.json_reader import MAX_DEPTH, depth_of
from passo_lod.yaml_loader import YamlMapping

MAX_BYTES = 200_000_000
"""Of a file when it is unpacked: all of it is held in memory."""

MAX_RATIO = 100
"""How many times larger a compressed file may become; a dump of ours becomes 25 times larger."""

MAX_FAULTS = 50
"""Faults of syntax that are told for one file."""

MAX_BLANK_DEPTH = 50

FORMATS: Mapping[str, RdfFormat] = {
    ".jsonld": RdfFormat.JSON_LD,
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
    ".trig": RdfFormat.TRIG,
    ".ttl": RdfFormat.TURTLE,
}
"""The syntaxes that are read, by the end of a file's name. RDF/XML is not: its entities can unfold without end."""

Node = NamedNode | BlankNode


@dataclass(frozen=True)
class RdfLayout:
    """What is taken of a file, from `layout` in `source.yaml`.

    Attributes:
        graphs: the named graphs that are taken; all where none is named.
    """

    graphs: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "RdfLayout":
        """The layout that a `source.yaml` describes.

        Raises:
            SourceError: a key is unknown, or no IRI is named.
        """
        for key in block:
            if key != "graphs":
                raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: graphs")  # type: ignore[attr-defined]
        graphs = yaml_text.texts(block, "graphs", path, SourceError)
        for graph in graphs:
            if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", graph):
                raise SourceError(f"{path}:{block['graphs'].line}: the graph {graph!r} should be an IRI: http…")
        return cls(frozenset(graphs))

    @property
    def names(self) -> frozenset[str]:
        """Labels: there are none, since nothing is mapped."""
        return frozenset()


class _Unreadable(Exception):
    """Why nothing is taken of a file."""

    def __init__(self, code: str, message: str, expected: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code, self.expected, self.line = code, expected, line


def read(source: Any, path: Path, shown: str) -> Iterator[Reading]:
    """The processes of a file, one `Reading` each, in the order of their IRIs."""
    try:
        graph = _load(path, source.layout)
        found = _Processes(graph)
        if not found.iris and not found.unnamed and not graph.faults:
            raise _Unreadable(
                "no-process",
                "no process is described in it",
                "a subject with the type passo:ParticipatoryProcess (https://w3id.org/passo/onto/)",
            )
    except _Unreadable as problem:
        yield _refusal(source, shown, [problem])
        return
    others = found.of_no_process()
    for process in found.iris:
        yield _reading(source, shown, found, process, others)
        others = 0
    if found.unnamed:
        told = f"{found.unnamed} of its processes have no IRI"
        yield _refusal(source, shown, [_Unreadable("unnamed-process", told, "an IRI that stays: http…")])
    if faults := found.of_nobody():
        yield _refusal(source, shown, faults)


def _refusal(source: Any, shown: str, problems: Sequence[_Unreadable]) -> Reading:
    results = tuple(
        ValidationResult(
            Severity.VIOLATION,
            f"the file cannot be read: {problem}.",
            source=source.name,
            path=shown,
            line=problem.line,
            expected=problem.expected,
            code=problem.code,
        )
        for problem in problems
    )
    return Reading(shown, "", None, results)


# ------------------------------------------------------------------------------------------------------ the statements


@dataclass
class _Graph:
    """The statements of a file by their subjects, and the lines that are none."""

    about: dict[Node, list[RdfStatement]] = field(default_factory=dict)
    faults: list[tuple[str, _Unreadable]] = field(default_factory=list)
    """The subject that a line seems to have, and what is wrong with it."""

    def add(self, quad: Quad | Triple, line: int | None, graphs: frozenset[str]) -> None:
        """Take a statement, where its graph is asked for."""
        if graphs and (isinstance(quad, Triple) or _graph_name(quad) not in graphs):
            return
        triple = Triple(quad.subject, quad.predicate, quad.object)
        self.about.setdefault(quad.subject, []).append(RdfStatement(triple, line))  # type: ignore[arg-type]

    def settle(self) -> None:
        """Keep each statement once; of several lines the first."""
        for statements in self.about.values():
            once: dict[Triple, RdfStatement] = {}
            for each in statements:
                once.setdefault(each.triple, each)
            statements[:] = once.values()

    def objects(self, subject: Node, predicate: NamedNode) -> Iterator[Any]:
        """The objects of a subject's property."""
        return (each.triple.object for each in self.about.get(subject, ()) if each.triple.predicate == predicate)


def _graph_name(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


def _load(path: Path, layout: RdfLayout) -> _Graph:
    name = path.name.removesuffix(".gz")
    syntax = FORMATS.get(name[name.rfind(".") :].lower() if "." in name else "")
    if syntax is None:
        raise _Unreadable("format", "its name says no syntax that is read", f"one of {', '.join(FORMATS)}, or with .gz")
    data = _bytes(path)
    if not data.strip():
        raise _Unreadable("empty", "the file is empty", "RDF in our vocabulary")
    graph = _Graph()
    if syntax in (RdfFormat.N_QUADS, RdfFormat.N_TRIPLES):
        _add_lines(graph, data, syntax, layout.graphs)
    else:
        _add_document(graph, data, syntax, layout.graphs)
    graph.settle()
    if layout.graphs and not graph.about and not graph.faults:
        names = ", ".join(sorted(layout.graphs))
        raise _Unreadable("no-graph", f"no statement of it stands in a graph {names}", "the names under `graphs`")
    return graph


def _bytes(path: Path) -> bytes:
    """The content of a file, unpacked in parts so that a bomb is found before it goes off."""
    try:
        if path.exists() and not path.is_file():
            raise _Unreadable("unreadable", "it is no ordinary file", "a file of RDF")
        packed = path.stat().st_size
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            parts, size = [], 0
            while part := file.read(1 << 20):
                size += len(part)
                if size > MAX_BYTES or (size > 10_000_000 and size > packed * MAX_RATIO):
                    raise _Unreadable("too-large", f"it unfolds to more than {size - 1:,} bytes", _SMALLER)
                parts.append(part)
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise _Unreadable("unreadable", f"it cannot be unpacked ({problem})", "a whole file of gzip") from problem
    except OSError as problem:
        raise _Unreadable("unreadable", f"it cannot be opened ({problem.strerror})", "a readable file") from problem
    return b"".join(parts)


_SMALLER = (
    f"at most {MAX_BYTES:,} bytes, and {MAX_RATIO} times the compressed file; a dataset can be given in several files"
)


def _add_lines(graph: _Graph, data: bytes, syntax: RdfFormat, graphs: frozenset[str]) -> None:
    """Line by line, so that each statement has its number, and one that is broken breaks no other."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            if b"<<" in line:
                _check_plain(line)
            for quad in ox.parse(line, format=syntax):
                graph.add(quad, number, graphs)
        except _Unreadable as problem:
            problem.line = number
            graph.faults.append((_subject(line), problem))
        except SyntaxError as problem:
            graph.faults.append((_subject(line), _not_rdf(problem, syntax, number)))


def _subject(line: bytes) -> str:
    found = re.match(rb"\s*<([^<>\s]*)>", line)
    return found[1].decode("utf-8", "replace") if found else ""


def _add_document(graph: _Graph, data: bytes, syntax: RdfFormat, graphs: frozenset[str]) -> None:
    """A document whose statements hang together: where its syntax is wrong, nothing is taken of it."""
    json_ld = syntax == RdfFormat.JSON_LD
    _check_json(data) if json_ld else _check_plain(data)
    faults: list[tuple[str, _Unreadable]] = []
    # Without a base the JSON-LD parser would drop what has a relative IRI, and say nothing.
    parser = ox.parse(data, format=syntax, base_iri=_NOWHERE if json_ld else None)
    while len(faults) < MAX_FAULTS:
        try:
            graph.add(next(parser), None, graphs)
        except StopIteration:
            break
        except SyntaxError as problem:
            faults.append(("", _not_rdf(problem, syntax)))
            if json_ld:
                break
    if faults:
        graph.about.clear()
        graph.faults = faults


_NOWHERE = "https://relative.invalid/"
_CONTEXT = (
    "a context that stands in the file itself: contexts elsewhere are never fetched; copy its content to '@context'"
)


def _not_rdf(problem: SyntaxError, syntax: RdfFormat, line: int | None = None) -> _Unreadable:
    if "LoadDocumentCallback" in str(problem):
        return _Unreadable("remote-context", "its JSON-LD context is not in the file", _CONTEXT)
    message = re.sub(r"^Parser error(?: at| between)?[^:]*: ", "", str(problem.msg))
    column = f" (column {problem.offset})" if problem.offset else ""
    return _Unreadable(
        "syntax", f"{shortened(message)}{column}", f"{syntax.name} with absolute IRIs", line or problem.lineno
    )


_TOKEN = re.compile(
    rb"""\"{3}(?:[^"\\]|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'"""
    rb"""|<(?!<)[^<>"{}|^`\\\s]*+>|\#[^\n]*+|(?P<sign><<|[\[({\])}])""",
    re.DOTALL,
)


def _check_plain(data: bytes) -> None:
    """Refuse what fells the parser: brackets within brackets without end, and statements about statements."""
    depth = 0
    for token in _TOKEN.finditer(data):
        sign = token["sign"]
        if sign is None:
            continue
        if sign == b"<<":
            line = data.count(b"\n", 0, token.start()) + 1
            raise _Unreadable("statement-term", "it states something of a statement (<<)", "statements of things", line)
        depth = depth + 1 if sign in b"[({" else max(depth - 1, 0)
        if depth > MAX_DEPTH:
            line = data.count(b"\n", 0, token.start()) + 1
            raise _Unreadable("too-deep", f"more than {MAX_DEPTH} brackets stand within each other", "less", line)


def _check_json(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    if depth_of(text) > MAX_DEPTH:
        raise _Unreadable("too-deep", f"more than {MAX_DEPTH} objects stand within each other", "a flatter document")


# ------------------------------------------------------------------------------------------- what belongs to a process

_NOT_FOLLOWED = (DCAT.iri, VOID.iri, OWL.iri, SH.iri, RDFS.iri)
_PEOPLE = frozenset(
    {FOAF.Person, SCHEMA.Person, NamedNode("http://schema.org/Person"), NamedNode("http://www.w3.org/ns/prov#Person"),
     NamedNode("http://www.w3.org/2006/vcard/ns#Individual"), NamedNode("http://www.w3.org/ns/person#Person")}
)  # fmt: skip
_REACHING = re.compile(
    r"(?:mbox|mbox_sha1sum|phone|email|hasEmail|hasTelephone|telephone|faxNumber|contactPoint|taxID)$"
)
"""How the properties end by which people are reached: foaf:mbox, schema:email, vcard:hasTelephone …"""


class _Processes:
    """The processes of a graph, and what belongs to each."""

    def __init__(self, graph: _Graph) -> None:
        self.graph = graph
        typed = [node for node in graph.about if PASSO.ParticipatoryProcess in graph.objects(node, RDF.type)]
        self.iris = sorted((node for node in typed if isinstance(node, NamedNode)), key=lambda node: node.value)
        self.unnamed = sum(isinstance(node, BlankNode) for node in typed)
        self._records = self._find_records()
        self._roots = {iri.value: iri for iri in self.iris}
        self._pages = {
            record.value: process
            for process, records in self._records.items()
            for record in records
            if isinstance(record, NamedNode)
        }
        self._parts: dict[NamedNode, list[Node]] = {}
        self._owner: dict[Node, NamedNode] = {}
        for node in graph.about:
            if isinstance(node, NamedNode) and (owner := self.owner_of(node.value)) is not None:
                self._owner[node] = owner
                self._parts.setdefault(owner, []).append(node)
        self._taken: set[Node] = set()
        self._subjects: dict[NamedNode, list[Node]] = {}
        self.people = {node for node in graph.about if any(each in _PEOPLE for each in graph.objects(node, RDF.type))}

    def _find_records(self) -> dict[NamedNode, list[Node]]:
        found: dict[NamedNode, dict[Node, None]] = {iri: {} for iri in self.iris}
        for node in self.graph.about:
            for topic in self.graph.objects(node, FOAF.primaryTopic):
                if topic in found:
                    found[topic][node] = None
        for process in self.iris:
            found[process] |= dict.fromkeys(self.graph.objects(process, FOAF.isPrimaryTopicOf))
        return {process: list(records) for process, records in found.items()}

    def owner_of(self, iri: str) -> NamedNode | None:
        """The process that an IRI is, or lies below, or of whose record it is a fragment."""
        page = iri.partition("#")[0]
        ends = [len(iri), *sorted((match.start() for match in re.finditer(r"[/#]", iri)), reverse=True)]
        above = (self._roots[iri[:end]] for end in ends if iri[:end] in self._roots)
        return next(above, self._pages.get(page))

    def of_process(self, process: NamedNode) -> list[Node]:
        """The subjects that belong to a process: itself, its parts, its record, and what they refer to."""
        if process in self._subjects:
            return self._subjects[process]
        bare = [record for record in self._records[process] if isinstance(record, BlankNode)]
        queue: list[Node] = [process, *self._parts.get(process, ()), *bare]
        taken: dict[Node, None] = {}
        while queue:
            node = queue.pop()
            if node not in taken and node in self.graph.about:
                taken[node] = None
                queue += [
                    each.triple.object
                    for each in self.graph.about[node]
                    if isinstance(each.triple.object, (NamedNode, BlankNode))
                    and self._follows(process, each.triple.object)
                ]
        self._taken.update(taken)
        self._subjects[process] = sorted(taken, key=str)
        return self._subjects[process]

    def _follows(self, process: NamedNode, node: Node) -> bool:
        """Whether the description of a thing is taken with the process that refers to it."""
        if node not in self.graph.about or self._owner.get(node, process) != process:
            return False
        types = [each.value for each in self.graph.objects(node, RDF.type) if isinstance(each, NamedNode)]
        if DCT.Location.value in types:
            return True
        concepts = (SKOS.Concept.value, SKOS.ConceptScheme.value)
        return not any(each in concepts or each.startswith(_NOT_FOLLOWED) for each in types)

    def faults_of(self, process: NamedNode) -> list[_Unreadable]:
        """The broken lines that seem to state something of a process."""
        return [fault for subject, fault in self.graph.faults if subject and self.owner_of(subject) == process]

    def of_nobody(self) -> list[_Unreadable]:
        """The broken lines of which it cannot be seen to which process they belong."""
        faults = [fault for subject, fault in self.graph.faults if not subject or self.owner_of(subject) is None]
        if len(faults) > MAX_FAULTS:
            more = _Unreadable("syntax", f"{len(faults) - MAX_FAULTS} more of its lines are broken", "RDF")
            return [*faults[:MAX_FAULTS], more]
        return faults

    def of_no_process(self) -> int:
        """How many statements belong to no process."""
        for process in self.iris:
            self.of_process(process)
        return sum(len(each) for node, each in self.graph.about.items() if node not in self._taken)


def _reading(source: Any, shown: str, found: _Processes, process: NamedNode, others: int) -> Reading:
    """The record of one process."""
    results = [
        ValidationResult(Severity.VIOLATION, f"{fault}.", line=fault.line, expected=fault.expected, code=fault.code)
        for fault in found.faults_of(process)
    ]
    if others:
        message = f"{others:,} statements of the file are of no process, such as a vocabulary; they were not taken."
        results.append(ValidationResult(Severity.INFO, message, code="of-no-process"))
    named = source.record_id(process.value) if process.value.startswith(("http://", "https://")) else None
    if named is None or process.value.startswith(_NOWHERE):
        expected = f"an absolute IRI (http…) that stays, and fits {source.id_pattern.pattern}"
        message = "the process has no IRI from which an id can be taken."
        value = process.value.removeprefix(_NOWHERE)
        results.append(ValidationResult(Severity.VIOLATION, message, value=value, expected=expected, code="id"))
        return Reading(shown, "", None, _placed(results, source, "", shown))
    statements = _plain(found, process, results)
    record_id = f"{source.prefix}-{named[0]}"
    record = Record(source.name, record_id, shown, {}, {**named[1], "process": process.value}, statements=statements)
    return Reading(shown, record_id, record, _placed(results, source, record_id, shown))


def _placed(results: Iterable[ValidationResult], source: Any, record: str, shown: str) -> tuple[ValidationResult, ...]:
    return tuple(replace(each, source=source.name, record=record, path=shown) for each in results)


def _plain(found: _Processes, process: NamedNode, results: list[ValidationResult]) -> tuple[RdfStatement, ...]:
    """The statements of a process without people and blank nodes."""
    subjects = found.of_process(process)
    statements = [each for node in subjects for each in found.graph.about[node]]
    kept = [each for each in statements if not _is_of_people(found, each.triple)]
    withheld = [each for each in statements if _is_of_people(found, each.triple)]
    if withheld:
        names = Counter(shorten(each.triple.predicate.value) for each in withheld)
        results.append(
            ValidationResult(
                Severity.WARNING,
                f"statements of people or of how they are reached were not taken: {_counted(names)}.",
                line=withheld[0].line,
                expected="bodies and offices only",
                code="withheld",
            )
        )
    try:
        names_of = _Names(found, process, subjects)
        named = {RdfStatement(names_of.triple(each.triple), each.line): None for each in kept}
    except _Unreadable as problem:
        results.append(
            ValidationResult(Severity.VIOLATION, f"{problem}.", expected=problem.expected, code=problem.code)
        )
        return ()
    for each in named:
        _check_absolute(each, results)
    return tuple(sorted(named, key=lambda each: str(each.triple)))


def _counted(names: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(names.items()))


def _is_of_people(found: _Processes, triple: Triple) -> bool:
    if triple.subject in found.people or triple.object in found.people:
        return True
    reaching = isinstance(triple.object, NamedNode) and triple.object.value.startswith(("mailto:", "tel:"))
    return reaching or _REACHING.search(triple.predicate.value) is not None


def _check_absolute(statement: RdfStatement, results: list[ValidationResult]) -> None:
    for term in statement.triple:
        if isinstance(term, NamedNode) and term.value.startswith(_NOWHERE):
            results.append(
                ValidationResult(
                    Severity.VIOLATION,
                    "the IRI is relative, and the file does not say to what.",
                    line=statement.line,
                    field=shorten(statement.triple.predicate.value),
                    value=term.value.removeprefix(_NOWHERE),
                    expected="an absolute IRI, or '@base' in the context",
                    code="relative-iri",
                )
            )


class _Names:
    """IRIs for the blank nodes of a process, by what is said of them: the same for the same, in whatever order."""

    def __init__(self, found: _Processes, process: NamedNode, subjects: Sequence[Node]) -> None:
        self._about = found.graph.about
        self._digests: dict[BlankNode, str] = {}
        self._homes: dict[BlankNode, NamedNode] = {}
        for home in [process, *(each for each in subjects if isinstance(each, NamedNode))]:
            self._settle(home, home)
        for node in subjects:
            if isinstance(node, BlankNode):
                self._homes.setdefault(node, process)

    def _settle(self, home: NamedNode, subject: Node) -> None:
        queue = [subject]
        while queue:
            for each in self._about.get(queue.pop(), ()):
                if isinstance(each.triple.object, BlankNode) and each.triple.object not in self._homes:
                    self._homes[each.triple.object] = home
                    queue.append(each.triple.object)

    def triple(self, triple: Triple) -> Triple:
        """A triple with IRIs for its blank nodes."""
        return Triple(self._named(triple.subject), triple.predicate, self._named(triple.object))

    def _named(self, term: Any) -> Any:
        if not isinstance(term, BlankNode):
            return term
        home = self._homes[term].value
        return NamedNode(f"{home}{'-' if '#' in home else '#'}genid-{self._digest(term, 0)}")

    def _digest(self, node: BlankNode, depth: int) -> str:
        if node not in self._digests:
            if depth > MAX_BLANK_DEPTH:
                raise _Unreadable(
                    "blank-nodes",
                    f"its blank nodes refer to each other in a circle, or more than {MAX_BLANK_DEPTH} deep",
                    "IRIs for what is referred to",
                )
            lines = sorted(
                f"{each.triple.predicate} {self._text(each.triple.object, depth)}" for each in self._about.get(node, ())
            )
            self._digests[node] = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        return self._digests[node]

    def _text(self, term: Any, depth: int) -> str:
        return f"_:{self._digest(term, depth + 1)}" if isinstance(term, BlankNode) else str(term)
