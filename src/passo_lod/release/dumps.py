"""The files of a release, as bytes: the canonical N-Quads first, and every other syntax from the same quads."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from passo_lod.errors import VocabularyError
from passo_lod.media_types import GRAPHS, HTML, JSON, JSON_LD, N_QUADS, TURTLE, MediaType
from passo_lod.release.content import Content
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
    licences: tuple[str, ...] = ()
    """The licence of what is in it; several where sources under several are in it."""


Stage = Callable[[], tuple[File, bytes]]

_REPORTS = {"report.json": JSON, "report.ttl": TURTLE, "report.html": HTML}


def dump_files(content: Content) -> Iterator[Stage]:
    """Each file of a release as a function that makes it, so that only one is in memory at a time.

    The whole, and each source by itself: their licences differ, and who needs one source need not take on the others' terms.
    """
    terms = _context(content.context)
    every = tuple(sorted({content.licence, *(dataset.licence for dataset in content.datasets)}))
    own = (content.licence,)
    yield lambda: _file("dump/passo.nq.gz", N_QUADS, "All data with their datasets, N-Quads", every, _n_quads(content))
    yield from _graphs("dump/passo", "All data", every, sorted_triples(content.quads), terms)
    for dataset in content.datasets:
        graph = [quad for quad in content.quads if quad.graph_name == NamedNode(dataset.iri)]
        title = dataset.title.get("en", dataset.name)
        yield from _graphs(f"dump/passo-{dataset.name}", title, (dataset.licence,), sorted_triples(graph), terms)
    yield lambda: _file("context.jsonld", JSON_LD, "JSON-LD context", own, content.context.read_bytes())
    yield lambda: _file("shapes.ttl", TURTLE, "SHACL shapes", own, _shapes(content.shapes))
    for name, data in content.reports.items():
        yield lambda name=name, data=data: _file(name, _REPORTS[name], "Validation report", every, data)  # type: ignore[misc]


def _graphs(
    stem: str, title: str, licences: tuple[str, ...], triples: list[Triple], context: Context
) -> Iterator[Stage]:
    """A graph in every syntax for graphs."""
    for media_type in GRAPHS:
        yield lambda media_type=media_type: _file(  # type: ignore[misc]
            f"{stem}.{media_type.extension}.gz",
            media_type,
            f"{title}, {media_type.title}",
            licences,
            serialise_sorted(triples, media_type, context),
        )


def _n_quads(content: Content) -> bytes:
    return "".join(n_quads_lines(content.quads)).encode()


def _file(
    path: str, media_type: MediaType, title: str, licences: tuple[str, ...], content: bytes
) -> tuple[File, bytes]:
    data = gzip.compress(content, compresslevel=6, mtime=0) if path.endswith(".gz") else content
    encoding = "gzip" if path.endswith(".gz") else None
    sizes = (len(data), _sha256(data), len(content), _sha256(content))
    return File(path, media_type, title, encoding, *sizes, licences), data


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
