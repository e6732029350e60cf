"""What writes the files of a release, in their order: the data, and last the catalogue, which describes the others."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from passo_lod.cache import ContentCache
from passo_lod.errors import VocabularyError
from passo_lod.media_types import HTML, JSON, JSON_LD, TURTLE, MediaType
from passo_lod.release.catalogue.catalogue_writer import catalogue_files
from passo_lod.release.catalogue.dataset_descriptions import PLACES, TITLES, VOCABULARY, observatories
from passo_lod.release.content import Content
from passo_lod.release.distribution import Distribution, Stage, open_distribution, write_distribution
from passo_lod.release.dump.chunks import ChunkEncoder, cut_chunks
from passo_lod.release.dump.dump_writer import DumpTitle, DumpWriter
from passo_lod.release.dump.statistics import GraphStatistics
from passo_lod.release.tables.table_writer import table_files
from passo_lod.serialise import Context

_REPORTS: Mapping[str, MediaType] = {"report.json": JSON, "report.ttl": TURTLE, "report.html": HTML}


def stage_files(
    content: Content,
    files: Sequence[Distribution],
    tally: GraphStatistics,
    aside: ExitStack,
    kept: ContentCache | None = None,
) -> Iterator[Stage]:
    """What writes the files of a release, stage by stage.

    Args:
        content: what goes into the release.
        files: those that are written, to which each stage's are added before the next begins.
        tally: to which the first stage counts what is published.
        aside: to which files are given that must be closed when all is written.
        kept: pieces that were written before, if they are kept.
    """
    dumps = _dumps(content, tally, kept)
    yield lambda to: dumps.write(to, cut_chunks(content.lines.blocks()))
    yield from table_files(content, aside)
    own, every = (content.licence,), _licences(content)
    yield lambda to: [
        write_distribution(to, "context.jsonld", JSON_LD, "JSON-LD context", own, content.context.read_bytes())
    ]
    yield lambda to: [write_distribution(to, "shapes.ttl", TURTLE, "SHACL shapes", own, _shapes(content.shapes))]
    for name, parts in content.reports.items():
        yield partial(_report, name=name, parts=parts, licences=every)
    yield from catalogue_files(content, files, tally)


def _licences(content: Content) -> tuple[str, ...]:
    return tuple(sorted({content.licence, *(dataset.licence for dataset in content.datasets)}))


def _dumps(content: Content, tally: GraphStatistics, kept: ContentCache | None) -> DumpWriter:
    """The whole, and each dataset by itself: licences differ, and who needs one source need not take on the others' terms."""
    own = {name: DumpTitle(TITLES[name]["en"], (content.licence,), name) for name in (PLACES, VOCABULARY)}
    sources = {
        each.name: DumpTitle(each.title.get("en", each.name), (each.licence,), each.name) for each in content.datasets
    }
    maker = ChunkEncoder(content.base, _context(content.context), observatories(content).values(), kept)
    return DumpWriter(maker, DumpTitle("All data", _licences(content)), own | sources, tuple(sources), tally)


def _report(
    folder: Path, name: str, parts: Callable[[], Iterable[bytes]], licences: tuple[str, ...]
) -> list[Distribution]:
    with open_distribution(folder / name) as file:
        for part in parts():
            file.write(part)
    sizes = (file.bytes, file.sha256, file.bytes, file.sha256)
    return [Distribution(name, _REPORTS[name], "Validation report", None, *sizes, licences)]


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
