"""The files of a release, as bytes: the canonical N-Quads first, and every other syntax from the same quads."""

import json
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from passo_lod.errors import VocabularyError
from passo_lod.media_types import GRAPHS, HTML, JSON, JSON_LD, N_QUADS, TURTLE
from passo_lod.release.catalogue.documents import catalogue_files, own_datasets
from passo_lod.release.content import Content
from passo_lod.release.file import File, Stage, made
from passo_lod.serialise import Context, n_quads_lines, serialise_sorted, sorted_triples

_REPORTS = {"report.json": JSON, "report.ttl": TURTLE, "report.html": HTML}


def dump_files(content: Content) -> Iterator[Stage]:
    """Each file of a release as a function that makes it: the data, and last the catalogue, which describes the others."""
    files: list[File] = []
    for stage in _data_files(content):
        yield lambda stage=stage: _noted(stage, files)  # type: ignore[misc]
    yield from catalogue_files(content, files)


def _noted(stage: Stage, files: list[File]) -> tuple[File, bytes]:
    file, data = stage()
    files.append(file)
    return file, data


def _data_files(content: Content) -> Iterator[Stage]:
    """Each file of a release as a function that makes it, so that only one is in memory at a time.

    The whole, and each source by itself: their licences differ, and who needs one source need not take on the others' terms.
    """
    terms = _context(content.context)
    every = tuple(sorted({content.licence, *(dataset.licence for dataset in content.datasets)}))
    own = (content.licence,)
    yield lambda: made("dump/passo.nq.gz", N_QUADS, "All data with their datasets, N-Quads", every, _n_quads(content))
    yield from _graphs("dump/passo", "All data", every, sorted_triples(content.quads), terms)
    for dataset in content.datasets:
        graph = [quad for quad in content.quads if quad.graph_name == NamedNode(dataset.iri)]
        title = dataset.title.get("en", dataset.name)
        yield from _graphs(f"dump/passo-{dataset.name}", title, (dataset.licence,), sorted_triples(graph), terms)
    for name, title, graph in own_datasets(content):
        yield from _graphs(f"dump/passo-{name}", title, own, sorted_triples(graph), terms)
    yield lambda: made("context.jsonld", JSON_LD, "JSON-LD context", own, content.context.read_bytes())
    yield lambda: made("shapes.ttl", TURTLE, "SHACL shapes", own, _shapes(content.shapes))
    for name, data in content.reports.items():
        yield lambda name=name, data=data: made(name, _REPORTS[name], "Validation report", every, data)  # type: ignore[misc]


def _graphs(
    stem: str, title: str, licences: tuple[str, ...], triples: list[Triple], context: Context
) -> Iterator[Stage]:
    """A graph in every syntax for graphs."""
    for media_type in GRAPHS:
        yield lambda media_type=media_type: made(  # type: ignore[misc]
            f"{stem}.{media_type.extension}.gz",
            media_type,
            f"{title}, {media_type.title}",
            licences,
            serialise_sorted(triples, media_type, context),
        )


def _n_quads(content: Content) -> bytes:
    return "".join(n_quads_lines(content.quads)).encode()


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
