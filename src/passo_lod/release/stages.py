"""List the stages that write the files of a release, except feed, manifest and checksums, which `writer` writes."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from passo_lod.cache import ContentCache
from passo_lod.comparison.cube import DATASET
from passo_lod.disk_index import INDEXED_FROM, build_index, index_of
from passo_lod.errors import VocabularyError
from passo_lod.media_types import HTML, JSON, JSON_LD, TURTLE
from passo_lod.release.catalogue.catalogue_writer import catalogue_files
from passo_lod.release.catalogue.dataset_descriptions import PLACES, TITLES, VOCABULARY, observatories
from passo_lod.release.content import Content
from passo_lod.release.distribution import Distribution, Stage, open_distribution, write_distribution
from passo_lod.release.dump.chunks import ChunkEncoder, cut_chunks
from passo_lod.release.dump.dump_writer import DumpMetadata, DumpWriter
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.release.tables.table_writer import table_files
from passo_lod.release_layout import CONTEXT, DUMP, REPORT_JSON, REPORT_TURTLE, SHAPES, answer_file
from passo_lod.serialise import Context


def release_stages(
    content: Content,
    written: Sequence[Distribution],
    statistics: GraphStatistics,
    resources: ExitStack,
    cache: ContentCache | None = None,
) -> Iterator[Stage]:
    """Yield the stages of writing a release.

    Args:
        content: what goes into the release.
        written: the files so far; the caller adds each stage's files to it before it runs the next stage.
        statistics: the first stage counts all quads into it.
        resources: closed by the caller when all stages have run.
        cache: encoded chunks of former dumps.
    """
    dumps = _dump_writer(content, statistics, cache)
    yield lambda folder: dumps.write(folder, cut_chunks(content.quads.blocks()))
    yield partial(_start_index, written=written, resources=resources)
    yield from table_files(content.tables, resources)
    yield partial(_write_context, content=content)
    yield partial(_write_shapes, content=content)
    if content.answers:
        yield partial(_write_answers, content=content)
    for name, parts in content.reports.items():
        yield partial(_write_report, name=name, parts=parts, licences=content.licences)
    yield from catalogue_files(content, written, statistics)


def _dump_writer(content: Content, statistics: GraphStatistics, cache: ContentCache | None) -> DumpWriter:
    """Write one dump of everything and one of each dataset: users of one source need not accept the licences of the others."""
    own = {name: DumpMetadata(TITLES[name]["en"], (content.licence,), name) for name in (PLACES, VOCABULARY)}
    own[DATASET] = DumpMetadata(TITLES[DATASET]["en"], content.licences_of_sources, DATASET)
    sources = {
        each.name: DumpMetadata(each.title.get("en", each.name), (each.licence,), each.name)
        for each in content.datasets
    }
    encoder = ChunkEncoder(content.base, _read_context(content.context), observatories(content).values(), cache)
    return DumpWriter(encoder, DumpMetadata("All data", content.licences), own | sources, tuple(sources), statistics)


def _start_index(folder: Path, written: Sequence[Distribution], resources: ExitStack) -> list[Distribution]:
    """Build the index of a large dump while the next stages run; whoever closes the resources waits for it."""
    dump = next(file for file in written if file.path == DUMP)
    if dump.content_bytes > INDEXED_FROM:
        index = index_of(folder)
        index.parent.mkdir()
        thread = resources.enter_context(ThreadPoolExecutor(1))
        resources.callback(thread.submit(build_index, folder / DUMP, index, is_sorted=True).result)
    return []


def _write_context(folder: Path, content: Content) -> list[Distribution]:
    data = content.context.read_bytes()
    return [write_distribution(folder, CONTEXT, JSON_LD, "JSON-LD context", (content.licence,), data)]


def _write_shapes(folder: Path, content: Content) -> list[Distribution]:
    """Join all shapes to one Turtle document; each file declares its prefixes, which Turtle allows anywhere."""
    data = b"\n".join(path.read_bytes() for path in sorted(content.shapes.glob("*.ttl")))
    return [write_distribution(folder, SHAPES, TURTLE, "SHACL shapes", (content.licence,), data)]


def _write_answers(folder: Path, content: Content) -> list[Distribution]:
    """The default answers, with figures and names from all sources."""
    return [
        write_distribution(folder, answer_file(name), JSON, f"Default answer, {name}", content.licences, data)
        for name, data in content.answers.items()
    ]


def _write_report(
    folder: Path, name: str, parts: Callable[[], Iterable[bytes]], licences: tuple[str, ...]
) -> list[Distribution]:
    with open_distribution(folder / name) as file:
        for part in parts():
            file.write(part)
    sizes = (file.bytes, file.sha256, file.bytes, file.sha256)
    media_type = {REPORT_JSON: JSON, REPORT_TURTLE: TURTLE}.get(name, HTML)
    return [Distribution(name, media_type, "Validation report", None, *sizes, licences)]


def _read_context(path: Path) -> Context:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        context: Context = document["@context"]
    except (OSError, ValueError, KeyError) as problem:
        raise VocabularyError(f"{path}: should be a JSON-LD context, {{'@context': …}} ({problem})") from problem
    return context
