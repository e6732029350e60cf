"""The files of a release: the canonical N-Quads first, and every other syntax from the same quads."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from passo_lod.errors import VocabularyError
from passo_lod.media_types import DATASETS, GRAPHS, HTML, JSON, JSON_LD, TURTLE, MediaType
from passo_lod.release.catalogue.documents import catalogue_files, own_datasets
from passo_lod.release.compression import COMPRESSORS
from passo_lod.release.content import Content, Dataset
from passo_lod.release.file import File, Stage, written
from passo_lod.release.table_files import table_files
from passo_lod.serialise import Context, serialise_dataset, serialise_sorted, sorted_quads, triples_of

_REPORTS: Mapping[str, MediaType] = {"report.json": JSON, "report.ttl": TURTLE, "report.html": HTML}


def release_files(content: Content, files: Sequence[File]) -> Iterator[Stage]:
    """What writes the files of a release: the data, and last the catalogue, which describes the others.

    Args:
        content: what goes into the release.
        files: those that are written, to which each stage's are added before the next begins.
    """
    yield from _data_files(content)
    yield from catalogue_files(content, files)


def _data_files(content: Content) -> Iterator[Stage]:
    """The whole, and each source by itself: their licences differ, and who needs one source need not take on the others' terms."""
    terms = _context(content.context)
    own = (content.licence,)
    every = tuple(sorted({content.licence, *(dataset.licence for dataset in content.datasets)}))
    quads = sorted_quads(content.quads)
    yield from _dump("dump/passo", "All data", every, quads, terms)
    for dataset in content.datasets:
        yield from _dump_of(dataset, quads, terms)
    for name, title, graph in own_datasets(content):
        yield from _dump(f"dump/passo-{name}", title, own, sorted_quads(graph), terms, name)
    yield from table_files(content)
    yield lambda to: [written(to, "context.jsonld", JSON_LD, "JSON-LD context", own, content.context.read_bytes())]
    yield lambda to: [written(to, "shapes.ttl", TURTLE, "SHACL shapes", own, _shapes(content.shapes))]
    for name, data in content.reports.items():
        yield partial(_report, name=name, data=data, licences=every)


def _report(folder: Path, name: str, data: bytes, licences: tuple[str, ...]) -> list[File]:
    return [written(folder, name, _REPORTS[name], "Validation report", licences, data)]


def _dump_of(dataset: Dataset, quads: Sequence[Quad], context: Context) -> Iterator[Stage]:
    """One source in every syntax."""
    graph = [quad for quad in quads if quad.graph_name == NamedNode(dataset.iri)]
    title = dataset.title.get("en", dataset.name)
    return _dump(f"dump/passo-{dataset.name}", title, (dataset.licence,), graph, context, dataset.name)


def _dump(
    stem: str,
    title: str,
    licences: tuple[str, ...],
    quads: Sequence[Quad],
    context: Context,
    dataset: str | None = None,
) -> Iterator[Stage]:
    """Sorted quads in every syntax: those for datasets keep the named graphs, those for graphs drop them."""
    for media_type in DATASETS:
        make = _Made(lambda media_type=media_type: serialise_dataset(quads, media_type))  # type: ignore[misc]
        yield from _packed(f"{stem}.{media_type.extension}", media_type, title, licences, make, dataset)
    triples = triples_of(quads)
    for media_type in GRAPHS:
        make = _Made(lambda media_type=media_type: serialise_sorted(triples, media_type, context))  # type: ignore[misc]
        yield from _packed(f"{stem}.{media_type.extension}", media_type, title, licences, make, dataset)


class _Made:
    """Content that is made once, handed out as often as there are compressors, and then let go of."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._content: bytes | None = None
        self._left = len(COMPRESSORS)

    def __call__(self) -> bytes:
        content = self._make() if self._content is None else self._content
        self._left -= 1
        self._content = content if self._left > 0 else None
        return content


def _packed(
    path: str, media_type: MediaType, title: str, licences: tuple[str, ...], make: _Made, dataset: str | None
) -> Iterator[Stage]:
    """One syntax, with every compressor."""
    for extension in COMPRESSORS:

        def stage(folder: Path, extension: str = extension) -> list[File]:
            name = f"{title}, {media_type.title}"
            return [written(folder, f"{path}.{extension}", media_type, name, licences, make(), dataset)]

        yield stage


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
