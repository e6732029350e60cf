"""The files of a release in the order in which people look for them: by whose data they are, tables before dumps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passo_lod.media_types import DATASETS, GRAPHS, MediaType
from passo_lod.store.release import Distribution, Manifest, TableSummary

_ENDINGS = {"csv": "CSV", "parquet": "Parquet", "gz": "gzip", "zst": "zstd"}
_SYNTAXES: tuple[MediaType, ...] = (*GRAPHS, *DATASETS)


@dataclass(frozen=True)
class DownloadRow:
    """A table or a syntax, and the files that hold it."""

    files: tuple[tuple[str, Distribution], ...]
    table: TableSummary | None = None
    syntax: MediaType | None = None


@dataclass(frozen=True)
class DownloadGroup:
    """The files that hold all the data, or those of one source.

    Attributes:
        name: of the source; None for all the data.
    """

    name: str | None
    title: Mapping[str, str]
    tables: tuple[DownloadRow, ...]
    dumps: tuple[DownloadRow, ...]
    descriptions: tuple[Distribution, ...]

    @property
    def table_licences(self) -> tuple[str, ...]:
        """Of the tables."""
        return _licences(self.tables)

    @property
    def dump_licences(self) -> tuple[str, ...]:
        """Of the dumps."""
        return _licences(self.dumps)


def download_groups(manifest: Manifest) -> tuple[DownloadGroup, ...]:
    """All the data first, then each source."""
    titles: dict[str | None, Mapping[str, str]] = {None: {}}
    titles |= {source.name: source.title for source in manifest.sources}
    files = [file for file in manifest.files if file.path.startswith("dump/")]
    return tuple(
        _shelf(name, title, [each for each in files if each.dataset == name]) for name, title in titles.items()
    )


def described_in(table: Distribution) -> str:
    """The name of the file that describes a table to programs."""
    stem = f"passo-{table.dataset}" if table.dataset else "passo"
    return f"{stem}-csv-metadata.json"


def _shelf(name: str | None, title: Mapping[str, str], files: Iterable[Distribution]) -> DownloadGroup:
    tables: dict[str, list[Distribution]] = {}
    dumps: dict[str, list[Distribution]] = {}
    described = []
    for file in files:
        if file.table:
            tables.setdefault(file.table.name, []).append(file)
        elif file.encoding:
            dumps.setdefault(file.media_type, []).append(file)
        else:
            described.append(file)
    lines = tuple(DownloadRow(_ended(each), table=each[0].table) for each in tables.values())
    syntaxes = tuple(DownloadRow(_ended(dumps[each.name]), syntax=each) for each in _SYNTAXES if each.name in dumps)
    return DownloadGroup(name, title, lines, syntaxes, tuple(described))


def _ended(files: Iterable[Distribution]) -> tuple[tuple[str, Distribution], ...]:
    return tuple((_ENDINGS.get(file.name.rpartition(".")[2], file.name), file) for file in files)


def _licences(lines: Iterable[DownloadRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(licence for line in lines for _, file in line.files for licence in file.licences))
