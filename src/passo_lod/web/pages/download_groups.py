"""Group the files of a release for the download page: by source, tables before dumps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passo_lod.media_types import DATASETS, GRAPHS, MediaType
from passo_lod.release_layout import ListedFile, Manifest, TableSummary

_FORMAT_NAMES = {"csv": "CSV", "parquet": "Parquet", "gz": "gzip", "zst": "zstd"}
_SYNTAXES: tuple[MediaType, ...] = (*GRAPHS, *DATASETS)


@dataclass(frozen=True)
class DownloadRow:
    """A table or an RDF syntax, and its files with the names of their formats."""

    files: tuple[tuple[str, ListedFile], ...]
    table: TableSummary | None = None
    syntax: MediaType | None = None


@dataclass(frozen=True)
class DownloadGroup:
    """The files with all the data, or those of one source.

    Attributes:
        name: of the source; None for all the data.
        title: of the source, by language tag.
        metadata: the files that describe the tables' columns.
    """

    name: str | None
    title: Mapping[str, str]
    tables: tuple[DownloadRow, ...]
    dumps: tuple[DownloadRow, ...]
    metadata: tuple[ListedFile, ...]

    @property
    def table_licences(self) -> tuple[str, ...]:
        """The IRIs of the tables' licences."""
        return _licences(self.tables)

    @property
    def dump_licences(self) -> tuple[str, ...]:
        """The IRIs of the dumps' licences."""
        return _licences(self.dumps)


def download_groups(manifest: Manifest) -> tuple[DownloadGroup, ...]:
    """All the data first, then each source."""
    titles: dict[str | None, Mapping[str, str]] = {None: {}}
    titles |= {source.name: source.title for source in manifest.sources}
    files = [file for file in manifest.files if file.path.startswith("dump/")]
    return tuple(
        _group(name, title, [file for file in files if file.dataset == name]) for name, title in titles.items()
    )


def csvw_metadata_name(table: ListedFile) -> str:
    """The name of the file with a table's CSV on the Web metadata."""
    stem = f"passo-{table.dataset}" if table.dataset else "passo"
    return f"{stem}-csv-metadata.json"


def _group(name: str | None, title: Mapping[str, str], files: Iterable[ListedFile]) -> DownloadGroup:
    tables: dict[str, list[ListedFile]] = {}
    dumps: dict[str, list[ListedFile]] = {}
    metadata = []
    for file in files:
        if file.table:
            tables.setdefault(file.table.name, []).append(file)
        elif file.encoding:
            dumps.setdefault(file.media_type, []).append(file)
        else:
            metadata.append(file)
    table_rows = tuple(DownloadRow(_named(some), table=some[0].table) for some in tables.values())
    dump_rows = tuple(DownloadRow(_named(dumps[each.name]), syntax=each) for each in _SYNTAXES if each.name in dumps)
    return DownloadGroup(name, title, table_rows, dump_rows, tuple(metadata))


def _named(files: Iterable[ListedFile]) -> tuple[tuple[str, ListedFile], ...]:
    return tuple((_FORMAT_NAMES.get(file.name.rpartition(".")[2], file.name), file) for file in files)


def _licences(rows: Iterable[DownloadRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(licence for row in rows for _, file in row.files for licence in file.licences))
