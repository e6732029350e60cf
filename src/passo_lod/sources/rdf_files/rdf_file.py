"""Parse the layout and the files of an RDF source into statements by subject, with their lines, and collect what is not RDF.

Nothing is fetched: a JSON-LD context outside the file is an error.
"""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.messages.localised_text import CatalogueText
from passo_lod.records import RdfStatement
from passo_lod.report import shortened
from passo_lod.sources.json_files.json_tokens import MAX_DEPTH, nesting_depth
from passo_lod.sources.read_error import ReadError, not_opened
from passo_lod.sources.unpacked_file import utf_16_codec
from passo_lod.yaml_loader import YamlMapping

MAX_BYTES = 200_000_000
"""Bytes of an unpacked file, all of which is in memory."""

MAX_RATIO = 100
"""How many times larger a compressed file may become; our own dumps become 25 times larger."""

MAX_SYNTAX_ERRORS = 50
"""Syntax errors that are reported for one file."""

FORMATS: Mapping[str, RdfFormat] = {
    ".jsonld": RdfFormat.JSON_LD,
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
    ".trig": RdfFormat.TRIG,
    ".ttl": RdfFormat.TURTLE,
}
"""The syntaxes, by the end of a file's name. RDF/XML is left out: its entities can expand without limit."""

RELATIVE_IRI_BASE = "https://relative.invalid/"
"""The base IRI for JSON-LD: without one the parser would silently drop statements with relative IRIs (RFC 2606, 2)."""

Node = NamedNode | BlankNode


@dataclass(frozen=True)
class RdfLayout:
    """What is read from the files of one RDF source, from `layout` in its `source.yaml`.

    Attributes:
        graphs: the IRIs of the named graphs that are read; if empty, all are.
    """

    graphs: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "RdfLayout":
        """Parse a layout.

        Args:
            path: the source.yaml, for messages.
            block: its `layout`.

        Raises:
            SourceError: a key is unknown, or a graph is not an IRI.
        """
        for key in block:
            if key != "graphs":
                raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: graphs")  # type: ignore[attr-defined]
        graphs = yaml_loader.text_list(block, "graphs", path, SourceError)
        for graph in graphs:
            if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", graph):
                raise SourceError(f"{path}:{block['graphs'].line}: the graph {graph!r} should be an IRI: http…")
        return cls(frozenset(graphs))

    @property
    def labels(self) -> frozenset[str]:
        """The labels that a record may have: none, because nothing is mapped."""
        return frozenset()


@dataclass
class RdfGraph:
    """The statements of a file by subject, and its syntax errors.

    Attributes:
        by_subject: the statements of each subject.
        syntax_errors: the subject that a broken line seems to have (empty if none), and what is wrong with it.
    """

    by_subject: dict[Node, list[RdfStatement]] = field(default_factory=dict)
    syntax_errors: list[tuple[str, ReadError]] = field(default_factory=list)

    def add(self, quad: Quad | Triple, line: int | None, graphs: frozenset[str]) -> None:
        """Add a statement, if its graph is among those that are read."""
        if graphs and (isinstance(quad, Triple) or _graph_name(quad) not in graphs):
            return
        triple = Triple(quad.subject, quad.predicate, quad.object)
        self.by_subject.setdefault(quad.subject, []).append(RdfStatement(triple, line))  # type: ignore[arg-type]

    def drop_duplicates(self) -> None:
        """Keep each statement once, with the first of its lines."""
        for statements in self.by_subject.values():
            unique: dict[Triple, RdfStatement] = {}
            for statement in statements:
                unique.setdefault(statement.triple, statement)
            statements[:] = unique.values()

    def objects(self, subject: Node, predicate: NamedNode) -> Iterator[Any]:
        """The objects of a subject's property."""
        statements = self.by_subject.get(subject, ())
        return (each.triple.object for each in statements if each.triple.predicate == predicate)


def _graph_name(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


def load_graph(path: Path, layout: RdfLayout) -> RdfGraph:
    """Parse a file in the syntax that belongs to the end of its name.

    Raises:
        ReadError: the file cannot be read at all, or has no statement in the graphs of the layout.
    """
    syntax = _syntax_of(path)
    data = _read_unpacked(path)
    if not data.strip():
        raise ReadError("empty", "read.empty", {"kind": CatalogueText("read.kind.rdf")})
    if utf_16_codec(data[: 1 << 16]):
        raise ReadError("encoding", "read.utf-16", line=1)
    graph = RdfGraph()
    if syntax in (RdfFormat.N_QUADS, RdfFormat.N_TRIPLES):
        _parse_lines(graph, data, syntax, layout.graphs)
    else:
        _parse_document(graph, data, syntax, layout.graphs)
    graph.drop_duplicates()
    if layout.graphs and not graph.by_subject and not graph.syntax_errors:
        raise ReadError("no-graph", "read.rdf.no-graph", {"graphs": tuple(sorted(layout.graphs))})
    return graph


def _syntax_of(path: Path) -> RdfFormat:
    name = path.name.removesuffix(".gz")
    syntax = FORMATS.get(name[name.rfind(".") :].lower() if "." in name else "")
    if syntax is None:
        raise ReadError("format", "read.rdf.other-syntax", {"endings": tuple(FORMATS)})
    return syntax


def _read_unpacked(path: Path) -> bytes:
    """The content of a file, unpacked in parts so that a decompression bomb is found before it fills the memory."""
    try:
        if path.exists() and not path.is_file():
            raise ReadError("unreadable", "read.not-regular", {"kind": CatalogueText("read.kind.rdf")})
        packed_size = path.stat().st_size
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            parts, size = [], 0
            while part := file.read(1 << 20):
                size += len(part)
                if size > MAX_BYTES or (size > 10_000_000 and size > packed_size * MAX_RATIO):
                    values = {"bytes": size - 1, "limit": MAX_BYTES, "ratio": MAX_RATIO}
                    raise ReadError("too-large", "read.rdf.too-large", values)
                parts.append(part)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ReadError("unreadable", "read.rdf.broken-gzip", {"error": str(error)}) from error
    except OSError as error:
        raise not_opened(error) from error
    return b"".join(parts).removeprefix(codecs.BOM_UTF8)


def _parse_lines(graph: RdfGraph, data: bytes, syntax: RdfFormat, graphs: frozenset[str]) -> None:
    """Parse line by line, so that each statement has its line number and a broken one affects no other."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            if b"<<" in line:
                _check_brackets(line)
            for quad in ox.parse(line, format=syntax):
                graph.add(quad, number, graphs)
        except ReadError as error:
            error.line = number
            graph.syntax_errors.append((_subject_of(line), error))
        except SyntaxError as error:
            graph.syntax_errors.append((_subject_of(line), _syntax_error(error, syntax, number)))


def _subject_of(line: bytes) -> str:
    match = re.match(rb"\s*<([^<>\s]*)>", line)
    return match[1].decode("utf-8", "replace") if match else ""


def _parse_document(graph: RdfGraph, data: bytes, syntax: RdfFormat, graphs: frozenset[str]) -> None:
    """Parse a document in which statements depend on each other: after a syntax error none of them is used."""
    is_json_ld = syntax == RdfFormat.JSON_LD
    _check_json_depth(data) if is_json_ld else _check_brackets(data)
    errors: list[tuple[str, ReadError]] = []
    parser = ox.parse(data, format=syntax, base_iri=RELATIVE_IRI_BASE if is_json_ld else None)
    while len(errors) < MAX_SYNTAX_ERRORS:
        try:
            graph.add(next(parser), None, graphs)
        except StopIteration:
            break
        except SyntaxError as error:
            errors.append(("", _syntax_error(error, syntax)))
            if is_json_ld:
                break
    if errors:
        graph.by_subject.clear()
        graph.syntax_errors = errors


def _syntax_error(error: SyntaxError, syntax: RdfFormat, line: int | None = None) -> ReadError:
    if "LoadDocumentCallback" in str(error):
        return ReadError("remote-context", "read.rdf.remote-context")
    message = shortened(re.sub(r"^Parser error(?: at| between)?[^:]*: ", "", str(error.msg)))
    column = f" ({error.offset})" if error.offset else ""
    values = {"error": message, "column": column, "syntax": syntax.name}
    return ReadError("syntax", "read.rdf.syntax", values, line or error.lineno)


_TOKEN = re.compile(
    rb"""\"{3}(?:[^"\\]|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'"""
    rb"""|<(?!<)[^<>"{}|^`\\\s]*+>|\#[^\n]*+|\\["']|(?P<quote>["'])|(?P<bracket><<|[\[({\])}])""",
    re.DOTALL,
)


def _check_brackets(data: bytes) -> None:
    """Raise ReadError for deeply nested brackets, which crash the parser, strings without an end, and statements about statements."""
    depth = 0
    for token in _TOKEN.finditer(data):
        if token["quote"]:
            line = data.count(b"\n", 0, token.start()) + 1
            raise ReadError("syntax", "read.rdf.open-string", line=line)
        bracket = token["bracket"]
        if bracket is None:
            continue
        if bracket == b"<<":
            line = data.count(b"\n", 0, token.start()) + 1
            raise ReadError("statement-term", "read.rdf.statement-term", line=line)
        depth = depth + 1 if bracket in b"[({" else max(depth - 1, 0)
        if depth > MAX_DEPTH:
            line = data.count(b"\n", 0, token.start()) + 1
            raise ReadError("too-deep", "read.rdf.deep-brackets", {"limit": MAX_DEPTH}, line)


def _check_json_depth(data: bytes) -> None:
    if nesting_depth(data.decode("utf-8", "surrogateescape")) > MAX_DEPTH:
        raise ReadError("too-deep", "read.json.too-deep", {"limit": MAX_DEPTH})
