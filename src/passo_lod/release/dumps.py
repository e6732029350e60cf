"""The files of a release, as bytes: the canonical N-Quads first, and every other syntax from the same quads."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Quad, Triple

from passo_lod.errors import VocabularyError
from passo_lod.media_types import GRAPHS, HTML, JSON, JSON_LD, N_QUADS, TURTLE, MediaType
from passo_lod.serialise import Context, n_quads_lines, serialise_sorted, sorted_triples


@dataclass(frozen=True)
class File:
    """One file of a release (dcat:Distribution).

    Attributes:
        content_sha256: of the content before compression, because compressors change with their versions.
    """

    path: str
    media_type: MediaType
    title: str
    encoding: str | None
    bytes: int
    sha256: str
    content_bytes: int
    content_sha256: str


Stage = Callable[[], tuple[File, bytes]]

_REPORTS = {"report.json": JSON, "report.ttl": TURTLE, "report.html": HTML}


def dump_files(quads: Sequence[Quad], context: Path, shapes: Path, reports: Mapping[str, bytes]) -> Iterator[Stage]:
    """Each file of a release as a function that makes it, so that only one is in memory at a time."""
    terms = _context(context)
    triples = sorted_triples(quads)
    yield lambda: _file("dump/passo.nq.gz", N_QUADS, "All data with their datasets, N-Quads", _n_quads(quads))
    for media_type in GRAPHS:
        yield lambda media_type=media_type: _graph(triples, media_type, terms)  # type: ignore[misc]
    yield lambda: _file("context.jsonld", JSON_LD, "JSON-LD context", context.read_bytes())
    yield lambda: _file("shapes.ttl", TURTLE, "SHACL shapes", _shapes(shapes))
    for name, data in reports.items():
        yield lambda name=name, data=data: _file(name, _REPORTS[name], "Validation report", data)  # type: ignore[misc]


def _n_quads(quads: Sequence[Quad]) -> bytes:
    return "".join(n_quads_lines(quads)).encode()


def _graph(triples: list[Triple], media_type: MediaType, context: Context) -> tuple[File, bytes]:
    path = f"dump/passo.{media_type.extension}.gz"
    return _file(path, media_type, f"All data, {media_type.title}", serialise_sorted(triples, media_type, context))


def _file(path: str, media_type: MediaType, title: str, content: bytes) -> tuple[File, bytes]:
    data = gzip.compress(content, compresslevel=6, mtime=0) if path.endswith(".gz") else content
    encoding = "gzip" if path.endswith(".gz") else None
    file = File(path, media_type, title, encoding, len(data), _sha256(data), len(content), _sha256(content))
    return file, data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _context(path: Path) -> Context:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        context: Context = document["@context"]
    except (OSError, ValueError, KeyError) as problem:
        raise VocabularyError(f"{path}: should be a JSON-LD context, {{'@context': …}} ({problem})") from problem
    return context


def _shapes(folder: Path) -> bytes:
    """All shapes in one Turtle document; each file declares the prefixes it uses, which Turtle allows anywhere."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.glob("*.ttl")))
