"""Cut a dump into pieces that change only where the data do, and write each piece once in every syntax and compressor.

A piece is a stretch of sorted lines of one dataset. Where it ends depends on the keys of its blocks alone (content-defined chunking), so that
a record that changes, comes or goes leaves all pieces but its own as they were. What a piece looks like is kept by the hash of its
lines; the whole dump and the dump of a dataset are made of the same pieces (docs/decisions/0022-pieces.md).
"""

import hashlib
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from passo_lod.cache import ContentCache, code_digest
from passo_lod.media_types import DATASETS, GRAPHS, JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, MediaType
from passo_lod.namespaces import PREFIXES, RDF
from passo_lod.release.compression import CompressedMember, compress_member
from passo_lod.release.dump.nquads_sorter import SubjectBlock
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.serialise import Context, Terms, json_ld_nodes

SYNTAXES = (*DATASETS, *GRAPHS)

_SMALLEST, _LARGEST = 64 << 10, 512 << 10
"""Bytes of lines of which a piece may consist, where its blocks are no larger."""

_ONE_IN = 8
"""Behind one block in so many a piece may end, once it is large enough."""


@dataclass(frozen=True)
class Chunk:
    """A stretch of a dump.

    Attributes:
        dataset: the dataset that the lines stand in; none where they stand in several.
        key: of the first of its blocks.
        lines: N-Quads.
        in_whole: whether it is a piece of the dump of everything.
    """

    dataset: str | None
    key: bytes
    lines: bytes
    in_whole: bool = True

    @cached_property
    def sha256(self) -> bytes:
        """Of its lines."""
        return hashlib.sha256(self.lines).digest()


def cut_chunks(blocks: Iterable[SubjectBlock]) -> Iterator[Chunk]:
    """Cut blocks into pieces; what several datasets say of one thing is a piece for each, and one for the whole."""
    for dataset, some in groupby(blocks, key=lambda block: block.parts[0][0] if len(block.parts) == 1 else None):
        if dataset is not None:
            yield from (Chunk(dataset, key, lines) for key, lines in _cut(some))
            continue
        for block in some:
            together = sorted({line for _, lines in block.parts for line in lines.splitlines(keepends=True)})
            yield Chunk(None, block.key, b"".join(together))
            yield from (Chunk(name, block.key, lines, in_whole=False) for name, lines in block.parts)


def _cut(blocks: Iterable[SubjectBlock]) -> Iterator[tuple[bytes, bytes]]:
    key, some, size = b"", list[bytes](), 0
    for block in blocks:
        lines = block.parts[0][1]
        key = key if some else block.key
        some.append(lines)
        size += len(lines)
        if size >= _LARGEST or (size >= _SMALLEST and zlib.crc32(block.key) % _ONE_IN == 0):
            yield key, b"".join(some)
            some, size = [], 0
    if some:
        yield key, b"".join(some)


# ------------------------------------------------------------------------------------------------------------- as written


@dataclass(frozen=True)
class EncodedChunk:
    """A piece as it stands in the files, and what the catalogue counts in it.

    Attributes:
        written: how it looks in each of `SYNTAXES`, packed.
    """

    written: tuple[CompressedMember, ...]
    tally: str

    def as_bytes(self) -> bytes:
        """As it is kept."""
        counted = self.tally.encode()
        head = _LENGTH.pack(len(counted)) + counted
        return head + b"".join(_LENGTH.pack(len(each)) + each for each in (one.as_bytes() for one in self.written))

    @classmethod
    def from_bytes(cls, data: bytes) -> "EncodedChunk":
        """What `as_bytes` wrote."""
        parts, place = [], 0
        while place < len(data):
            (length,) = _LENGTH.unpack_from(data, place)
            place += _LENGTH.size
            parts.append(data[place : place + length])
            place += length
        return cls(tuple(CompressedMember.from_bytes(part) for part in parts[1:]), parts[0].decode())


_LENGTH = struct.Struct(">I")


class ChunkEncoder:
    """Writes pieces, or finds them as they were written before.

    Args:
        base: of the catalogue.
        context: for JSON-LD.
        asked: the things of which the catalogue says more than their IRIs.
        kept: what was written before, if it is kept.
    """

    def __init__(
        self, base: str, context: Context, asked: Iterable[str] = (), kept: ContentCache | None = None
    ) -> None:
        self._base, self._context, self._asked, self._kept = base, context, sorted(asked), kept
        self._terms = Terms(context)
        self._decided_by = json.dumps([code_digest(), base, context, self._asked], sort_keys=True).encode()

    def made(self, piece: Chunk) -> EncodedChunk:
        """A piece in every syntax."""
        key = hashlib.sha256(self._decided_by + b"\0" + piece.sha256).digest()
        if self._kept and (known := self._kept.get(key)):
            return EncodedChunk.from_bytes(known)
        made = self._make(piece.lines)
        if self._kept:
            self._kept.put(key, made.as_bytes())
        return made

    def _make(self, lines: bytes) -> EncodedChunk:
        triples = _without_graphs(lines)
        parsed = _parsed(triples)
        turtle = _turtle(parsed)
        bodies: Mapping[MediaType, Callable[[], bytes]] = {
            N_QUADS: lambda: lines,
            N_TRIPLES: lambda: triples,
            TURTLE: lambda: turtle,
            TRIG: lambda: b"".join(
                b"%b {\n%b}\n" % (graph, turtle if some is None else _turtle(_parsed(some)))
                for graph, some in _by_graph(lines).items()
            ),
            JSON_LD: lambda: b",\n".join(json_ld_nodes(parsed, self._terms)),
            RDF_XML: lambda: _rdf_xml(parsed),
        }
        written = tuple(compress_member(bodies[syntax]()) for syntax in SYNTAXES)
        return EncodedChunk(written, GraphStatistics.of(lines, self._base, self._asked).as_json())

    def head(self, syntax: MediaType) -> bytes:
        """What stands before the first piece."""
        if syntax in (N_QUADS, N_TRIPLES):
            return b""
        if syntax is JSON_LD:
            return b'{"@context":%b,\n"@graph":[\n' % json.dumps(self._context, ensure_ascii=False).encode()
        if syntax is RDF_XML:
            return _XML.sub(rb"\1", ox.serialize([], format=RdfFormat.RDF_XML, prefixes=_SORTED) or b"")
        return "".join(f"@prefix {prefix}: <{start}> .\n" for prefix, start in _SORTED.items()).encode()

    def between(self, syntax: MediaType) -> bytes:
        """What stands between two pieces."""
        return b",\n" if syntax is JSON_LD else b""

    def foot(self, syntax: MediaType) -> bytes:
        """What stands behind the last piece."""
        return {JSON_LD: b"\n]}\n", RDF_XML: b"</rdf:RDF>\n"}.get(syntax, b"")


def _by_graph(lines: bytes) -> dict[bytes, bytes | None]:
    """The N-Triples of each graph, by its name, in order; None where all lines are of one."""
    names = set(_NAMED.findall(lines))
    if len(names) == 1:
        return dict.fromkeys(names)
    found: dict[bytes, list[bytes]] = {}
    for line in lines.splitlines(keepends=True):
        start = line.rindex(b" <")
        found.setdefault(line[start + 1 : -3], []).append(line[:start] + b" .\n")
    return {name: b"".join(found[name]) for name in sorted(found)}


def _without_graphs(lines: bytes) -> bytes:
    """N-Quads as N-Triples; a triple that stands in several graphs stands in lines that follow on one another."""
    return b"".join(line for line, _ in groupby(_NAMED.sub(b" .\n", lines).splitlines(keepends=True)))


_NAMED = re.compile(rb" (<[^<> ]*>) \.\n")
"""The name of a graph, and the end of a line: no literal has an unescaped end of a line in it."""


def _parsed(lines: bytes) -> list[Quad]:
    """The triples of sorted N-Triples, and of each subject its type first."""
    ordered: list[bytes] = []
    for subject, group in groupby(lines.splitlines(keepends=True), key=lambda line: line.partition(b" ")[0]):
        same = list(group)
        typed = [line for line in same if line.startswith(_TYPE, len(subject))]
        ordered += typed
        ordered += [line for line in same if line not in typed] if typed else same
    return list(ox.parse(b"".join(ordered), format=RdfFormat.N_TRIPLES))


_TYPE = f" <{RDF.type.value}> ".encode()


def _turtle(triples: Iterable[Quad]) -> bytes:
    return _PREFIX_LINES.sub(b"", ox.serialize(triples, format=RdfFormat.TURTLE, prefixes=_SORTED) or b"")


def _rdf_xml(triples: Iterable[Quad]) -> bytes:
    return _XML.sub(rb"\2", ox.serialize(triples, format=RdfFormat.RDF_XML, prefixes=_SORTED) or b"")


_SORTED = dict(sorted(PREFIXES.items()))
_PREFIX_LINES = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
_XML = re.compile(rb"\A(<\?xml[^>]*>\s*<rdf:RDF[^>]*>\n)(.*)</rdf:RDF>\s*\Z", re.DOTALL)
