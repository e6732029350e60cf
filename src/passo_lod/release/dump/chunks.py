"""Cut the sorted lines of a dump into chunks that change only where the data do, and encode each chunk in every syntax and compression.

A chunk is a sequence of sorted lines of one dataset. Where it ends depends on the keys of its blocks alone (content-defined chunking), so
a record that changes, is added or is removed leaves all other chunks as they were. Encoded chunks are cached by the hash of their lines; the
full dump and the dumps of the datasets consist of the same chunks (docs/decisions/0022-dump-chunks.md).
"""

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from passo_lod.cache import ContentCache, code_digest
from passo_lod.framing import join_parts, split_parts
from passo_lod.media_types import DATASETS, GRAPHS, JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, MediaType
from passo_lod.namespaces import PREFIXES, RDF
from passo_lod.release.compression import CompressedChunk, compress_chunk
from passo_lod.release.dump.nquads_sorter import SubjectBlock
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.serialise import Context, ContextTerms, json_ld_nodes

SYNTAXES = (*DATASETS, *GRAPHS)

_MIN_BYTES, _MAX_BYTES = 64 << 10, 512 << 10
"""Between these sizes (bytes of lines) a chunk may end behind any block whose key decides so; at the larger size it ends in any case."""

_END_RATE = 8
"""A chunk may end behind one block in so many."""


@dataclass(frozen=True)
class Chunk:
    """A sequence of lines of a dump.

    Attributes:
        dataset: name of the dataset that the lines belong to; None if they belong to several.
        key: key of the first block.
        lines: N-Quads.
        in_full_dump: whether it is part of the dump of everything; if not, it is part of the dump of its dataset only.
    """

    dataset: str | None
    key: bytes
    lines: bytes
    in_full_dump: bool = True

    @cached_property
    def sha256(self) -> bytes:
        """Digest of the lines."""
        return hashlib.sha256(self.lines).digest()


def cut_chunks(blocks: Iterable[SubjectBlock]) -> Iterator[Chunk]:
    """Cut blocks into chunks; a block of several datasets becomes one chunk for the full dump and one for each dataset."""
    for dataset, group in groupby(blocks, key=lambda block: block.parts[0][0] if len(block.parts) == 1 else None):
        if dataset is not None:
            yield from (Chunk(dataset, key, lines) for key, lines in _cut(group))
            continue
        for block in group:
            merged = sorted({line for _, lines in block.parts for line in lines.splitlines(keepends=True)})
            yield Chunk(None, block.key, b"".join(merged))
            yield from (Chunk(name, block.key, lines, in_full_dump=False) for name, lines in block.parts)


def _cut(blocks: Iterable[SubjectBlock]) -> Iterator[tuple[bytes, bytes]]:
    """The key and the lines of each chunk, from blocks of one dataset."""
    key, parts, size = b"", list[bytes](), 0
    for block in blocks:
        lines = block.parts[0][1]
        key = key if parts else block.key
        parts.append(lines)
        size += len(lines)
        if size >= _MAX_BYTES or (size >= _MIN_BYTES and zlib.crc32(block.key) % _END_RATE == 0):
            yield key, b"".join(parts)
            parts, size = [], 0
    if parts:
        yield key, b"".join(parts)


# ------------------------------------------------------------------------------------------------------------- encoding


@dataclass(frozen=True)
class EncodedChunk:
    """A chunk as the dump files contain it, with its share of the statistics.

    Attributes:
        compressed: the chunk in each of `SYNTAXES`, in their order.
        statistics: of its lines.
    """

    compressed: tuple[CompressedChunk, ...]
    statistics: GraphStatistics

    def as_bytes(self) -> bytes:
        """Serialise for the cache."""
        return join_parts((self.statistics.as_json().encode(), *(each.as_bytes() for each in self.compressed)))

    @classmethod
    def from_bytes(cls, data: bytes) -> "EncodedChunk":
        """Read what `as_bytes` wrote."""
        statistics, *compressed = split_parts(data)
        return cls(tuple(map(CompressedChunk.from_bytes, compressed)), GraphStatistics.from_json(statistics.decode()))


class ChunkEncoder:
    """Encodes chunks in every syntax and compression, or takes them from the cache.

    Args:
        base: the catalogue's base IRI.
        context: the JSON-LD context.
        described: IRIs of the organisations whose triples the statistics keep (`GraphStatistics.described`).
        cache: encoded chunks of earlier releases.
    """

    def __init__(
        self, base: str, context: Context, described: Iterable[str] = (), cache: ContentCache | None = None
    ) -> None:
        self._base, self._context, self._described, self._cache = base, context, sorted(described), cache
        self._terms = ContextTerms(context)
        self._key_prefix = json.dumps([code_digest(), base, context, self._described], sort_keys=True).encode()

    def encode(self, chunk: Chunk) -> EncodedChunk:
        """Encode a chunk."""
        if self._cache is None:
            return self._encode(chunk.lines)
        key = hashlib.sha256(self._key_prefix + b"\0" + chunk.sha256).digest()
        if cached := self._cache.get(key):
            return EncodedChunk.from_bytes(cached)
        encoded = self._encode(chunk.lines)
        self._cache.put(key, encoded.as_bytes())
        return encoded

    def _encode(self, lines: bytes) -> EncodedChunk:
        n_triples = _without_graphs(lines)
        triples = _parse_types_first(n_triples)
        turtle = _turtle(triples)
        serialisers: Mapping[MediaType, Callable[[], bytes]] = {
            N_QUADS: lambda: lines,
            N_TRIPLES: lambda: n_triples,
            TURTLE: lambda: turtle,
            TRIG: lambda: _trig(lines, turtle),
            JSON_LD: lambda: b",\n".join(json_ld_nodes(triples, self._terms)),
            RDF_XML: lambda: _rdf_xml(triples),
        }
        compressed = tuple(compress_chunk(serialisers[syntax]()) for syntax in SYNTAXES)
        return EncodedChunk(compressed, GraphStatistics.of(lines, self._base, self._described))

    def header(self, syntax: MediaType) -> bytes:
        """What a file of a syntax has before the first chunk."""
        if syntax in (N_QUADS, N_TRIPLES):
            return b""
        if syntax is JSON_LD:
            return b'{"@context":%b,\n"@graph":[\n' % json.dumps(self._context, ensure_ascii=False).encode()
        if syntax is RDF_XML:
            return _XML.sub(rb"\1", ox.serialize([], format=RdfFormat.RDF_XML, prefixes=_PREFIXES) or b"")
        return "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in _PREFIXES.items()).encode()

    def separator(self, syntax: MediaType) -> bytes:
        """What a file of a syntax has between two chunks."""
        return b",\n" if syntax is JSON_LD else b""

    def footer(self, syntax: MediaType) -> bytes:
        """What a file of a syntax has behind the last chunk."""
        return {JSON_LD: b"\n]}\n", RDF_XML: b"</rdf:RDF>\n"}.get(syntax, b"")


def _without_graphs(lines: bytes) -> bytes:
    """N-Quads as N-Triples; a triple of several graphs, whose lines follow one another, occurs once."""
    return b"".join(line for line, _ in groupby(_GRAPH_AND_END.sub(b" .\n", lines).splitlines(keepends=True)))


_GRAPH_AND_END = re.compile(rb" (<[^<> ]*>) \.\n")
"""The graph name and the end of a line of N-Quads; no literal contains an unescaped line end."""


def _parse_types_first(n_triples: bytes) -> list[Quad]:
    """Parse sorted N-Triples; the rdf:type triples of each subject come first."""
    ordered: list[bytes] = []
    for subject, group in groupby(n_triples.splitlines(keepends=True), key=lambda line: line.partition(b" ")[0]):
        lines = list(group)
        types = [line for line in lines if line.startswith(_RDF_TYPE, len(subject))]
        ordered += types
        ordered += [line for line in lines if line not in types] if types else lines
    return list(ox.parse(b"".join(ordered), format=RdfFormat.N_TRIPLES))


_RDF_TYPE = f" {RDF.type} ".encode()


def _turtle(triples: Iterable[Quad]) -> bytes:
    return _PREFIX_LINES.sub(b"", ox.serialize(triples, format=RdfFormat.TURTLE, prefixes=_PREFIXES) or b"")


def _trig(lines: bytes, turtle: bytes) -> bytes:
    """Lines as TriG; `turtle` is their Turtle, which is reused if they are all of one graph."""
    names = set(_GRAPH_AND_END.findall(lines))
    if len(names) == 1:
        return _graph_block(names.pop(), turtle)
    by_graph: dict[bytes, list[bytes]] = {}
    for line in lines.splitlines(keepends=True):
        start = line.rindex(b" <")
        by_graph.setdefault(line[start + 1 : -3], []).append(line[:start] + b" .\n")
    return b"".join(
        _graph_block(name, _turtle(_parse_types_first(b"".join(by_graph[name])))) for name in sorted(by_graph)
    )


def _graph_block(name: bytes, turtle: bytes) -> bytes:
    return b"%b {\n%b}\n" % (name, turtle)


def _rdf_xml(triples: Iterable[Quad]) -> bytes:
    document = ox.serialize(triples, format=RdfFormat.RDF_XML, prefixes=_PREFIXES) or b""
    # A parser would take a carriage return for a line feed (XML 1.0, 2.11).
    return _XML.sub(rb"\2", document).replace(b"\r", b"&#xD;")


_PREFIXES = dict(sorted(PREFIXES.items()))
_PREFIX_LINES = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
_XML = re.compile(rb"\A(<\?xml[^>]*>\s*<rdf:RDF[^>]*>\n)(.*)</rdf:RDF>\s*\Z", re.DOTALL)
