"""The flat tables as files of a release: of the whole and of each source, with the documents that describe them to programs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import NamedNode

from passo_lod.media_types import CSV, CSVW, DATA_PACKAGE, PARQUET, MediaType
from passo_lod.release.content import Content, Dataset
from passo_lod.release.distribution import (
    Distribution,
    HashingWriter,
    Stage,
    counted,
    open_distribution,
    write_distribution,
)
from passo_lod.release.external_sort import unnamed_file
from passo_lod.release.tables.cells import FlatTable, SharedGraphs, TableField
from passo_lod.release.tables.csv_cells import BYTE_ORDER_MARK, as_json
from passo_lod.release.tables.csvw import TablesMetadata, csvw, data_package
from passo_lod.release.tables.definitions import TableDefinition, table_definitions
from passo_lod.release.tables.parquet import to_parquet
from passo_lod.release.tables.source_rows import Line, SourceRows, TableSet


def table_files(content: Content, aside: ExitStack) -> Iterator[Stage]:
    """Each table as CSV and Parquet, and what describes the tables of a set, which comes after them.

    Args:
        content: what goes into the release.
        aside: to which files are given that must be closed when all is written.
    """
    making = _SharedInputs(content, aside.enter_context(ExitStack()))
    yield from _set_files(_TableSetWriter(_about_all(content), partial(making.of, None)))
    for dataset in content.datasets:
        yield from _set_files(_TableSetWriter(_about(content, dataset), partial(making.of, dataset)))
    yield making.clear


@dataclass
class _SharedInputs:
    """Gathers the rows with the first table, lets go of them after the last."""

    content: Content
    files: ExitStack
    gathered: dict[str, SourceRows] = field(default_factory=dict)

    @cached_property
    def graphs(self) -> SharedGraphs:
        return SharedGraphs(self.content.given.shared(), [NamedNode(each.iri) for each in self.content.datasets])

    def of(self, dataset: Dataset | None, folder: Path) -> TableSet:
        """The tables of a source, or of all."""
        if not self.gathered:
            for each in self.content.datasets:
                file = self.files.enter_context(unnamed_file(folder))
                rows, slots = self.content.given.rows(each), self._set(each, []).slots
                self.gathered[each.name] = SourceRows.of(rows, slots, file)
        some = [self.gathered[each.name] for each in self.content.datasets if dataset in (None, each)]
        return self._set(dataset, some)

    def _set(self, dataset: Dataset | None, gathered: list[SourceRows]) -> TableSet:
        source = NamedNode(dataset.iri) if dataset else None
        return TableSet(self.content.base, self.graphs, source, gathered)

    def clear(self, folder: Path) -> list[Distribution]:
        """Let go of what was kept until the tables were written."""
        self.__dict__.pop("graphs", None)
        self.gathered.clear()
        self.files.close()
        return []


@dataclass
class _TableSetWriter:
    """The tables of the whole or of a source, begun with the first of them."""

    about: TablesMetadata
    begin: Callable[[Path], TableSet]
    begun: TableSet | None = None
    tables: list[FlatTable] = field(default_factory=list)
    files: dict[str, Distribution] = field(default_factory=dict)

    def write(self, folder: Path, description: TableDefinition) -> list[Distribution]:
        """Write a table in both forms."""
        self.begun = self.begun or self.begin(folder)
        stem = f"dump/{self.about.stem}-{description.name}"
        raw = folder / f".{description.name}.csv"
        fields = self.begun.fields(description)
        left_out: Counter[str] = Counter()
        with open_distribution(folder / f"{stem}.csv") as csv, raw.open("wb") as plain:
            out = _TableOutput(csv, plain, ",".join(each.name for each in fields))
            out.write(self.begun.lines(description, left_out))
        types = {each.name: each.type for each in fields}
        to_parquet(raw, folder / f"{stem}.parquet", types, out.rows, out.longest, self._said(description))
        raw.unlink()
        table = _table(description, fields, out.rows, left_out)
        self.tables.append(table)
        parquet = counted(folder / f"{stem}.parquet")
        return [
            self._file(f"{stem}.csv", CSV, table, csv.bytes, csv.sha256),
            self._file(f"{stem}.parquet", PARQUET, table, *parquet),
        ]

    def _said(self, description: TableDefinition) -> dict[str, str]:
        about = self.about
        title = f"{about.titles['en']}: {description.name}"
        return {"title": title, "licences": " ".join(about.licences), "base": about.base}

    def _file(self, path: str, media_type: MediaType, table: FlatTable, size: int, sha256: str) -> Distribution:
        about = self.about
        said = {
            "name": table.name,
            "title": dict(table.titles),
            "description": dict(table.notes),
            "rows": table.rows,
            "columns": len(table.fields),
        }
        title = f"{about.titles['en']}: {table.titles['en'].lower()}, {media_type.title}"
        sizes = (size, sha256, size, sha256)
        file = Distribution(path, media_type, title, None, *sizes, about.licences, about.dataset, said)
        self.files[f"{table.name}.{media_type.extension}"] = file
        return file

    def describe(self, folder: Path, name: str, media_type: MediaType) -> list[Distribution]:
        """Write what describes the tables to programs."""
        about = self.about
        every, files = self.tables, self.files
        document = csvw(about, every) if media_type is CSVW else data_package(about, every, files)
        title = f"{about.titles['en']}: the tables described, {media_type.title}"
        path = f"dump/{about.stem}-{name}"
        return [write_distribution(folder, path, media_type, title, about.licences, as_json(document), about.dataset)]


def _table(
    description: TableDefinition, fields: tuple[TableField, ...], rows: int, left_out: Mapping[str, int]
) -> FlatTable:
    """What is to be said of a table that was written."""
    in_order = {column.name: left_out[column.name] for column in description.columns if column.name in left_out}
    return FlatTable(description.name, description.titles, description.notes, description.key, fields, rows, in_order)


class _TableOutput:
    """Writes the lines of a table, for spreadsheets and as they are."""

    def __init__(self, csv: HashingWriter, plain: BinaryIO, header: str) -> None:
        self._csv, self._plain = csv, plain
        self.rows = 0
        self.longest = len(header)
        csv.write(f"{BYTE_ORDER_MARK}{header}\r\n".encode())
        plain.write(f"{header}\r\n".encode())

    def write(self, lines: Iterator[Line]) -> None:
        """Write all lines, many at a time."""
        while some := list(islice(lines, _AT_ONCE)):
            self.rows += len(some)
            self._csv.write(_text(csv for csv, _ in some))
            self._plain.write(_text(raw for _, raw in some))
            # A character has at most four bytes: most lines need not be encoded to see that they are not the longest.
            long = (raw for _, raw in some if 4 * len(raw) > self.longest)
            self.longest = max(self.longest, max((len(raw.encode()) for raw in long), default=0))


_AT_ONCE = 200


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def _set_files(tables: _TableSetWriter) -> Iterator[Stage]:
    for description in sorted(table_definitions(), key=lambda each: each.name != "processes"):
        yield partial(tables.write, description=description)
    yield partial(tables.describe, name="datapackage.json", media_type=DATA_PACKAGE)
    yield partial(tables.describe, name="csv-metadata.json", media_type=CSVW)


def _about_all(content: Content) -> TablesMetadata:
    licences = {content.licence, *(dataset.licence for dataset in content.datasets)}
    return TablesMetadata(
        "passo",
        {"it": "Tutti i dati", "en": "All data"},
        dict(content.description),
        tuple(sorted(licences)),
        content.base,
        tuple((dict(dataset.title), dataset.iri) for dataset in content.datasets),
        None,
    )


def _about(content: Content, dataset: Dataset) -> TablesMetadata:
    """A source's tables hold labels of our code lists and places too, so that both licences are named."""
    titles = {language: dataset.title.get(language, dataset.name) for language in ("it", "en")}
    return TablesMetadata(
        f"passo-{dataset.name}",
        titles,
        dict(dataset.description),
        tuple(dict.fromkeys((dataset.licence, content.licence))),
        content.base,
        ((titles, dataset.iri),),
        dataset.name,
    )
