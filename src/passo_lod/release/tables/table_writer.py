"""Write the flat tables of a release, of all sources together and of each, as CSV and Parquet with metadata for programs."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import NamedNode

from passo_lod.external_sort import open_run_file
from passo_lod.media_types import CSV, CSVW, DATA_PACKAGE, PARQUET, MediaType
from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.release.dataset import Dataset
from passo_lod.release.distribution import (
    Distribution,
    HashingWriter,
    Stage,
    flush_and_digest,
    open_distribution,
    write_distribution,
)
from passo_lod.release.tables.csv_cells import as_json
from passo_lod.release.tables.csvw import TablesMetadata, csvw, data_package
from passo_lod.release.tables.definitions import TableDefinition, table_definitions
from passo_lod.release.tables.parquet import write_parquet
from passo_lod.release.tables.shared_graphs import SharedGraphs
from passo_lod.release.tables.source_rows import SourceRows
from passo_lod.release.tables.table_fields import FlatTable, TableField
from passo_lod.release.tables.table_inputs import TableContent
from passo_lod.release.tables.table_set import TableLine, TableSet
from passo_lod.release_layout import BYTE_ORDER_MARK, TABLE_LANGUAGES


def table_files(content: TableContent, resources: ExitStack) -> Iterator[Stage]:
    """Yield the stages that write each table as CSV and Parquet, and after them the metadata of the tables.

    Args:
        content: what the tables are written from.
        resources: closed by the caller when all stages have run.
    """
    collector = _RowCollector(content, resources.enter_context(ExitStack()))
    yield from _stages_of(_TableSetWriter(_metadata_of_all(content), partial(collector.table_set, None)))
    for dataset in content.datasets:
        yield from _stages_of(_TableSetWriter(_metadata_of(content, dataset), partial(collector.table_set, dataset)))
    yield collector.clear


@dataclass
class _RowCollector:
    """Collects the rows of all sources when the first table is written, and keeps them until the last."""

    content: TableContent
    files: ExitStack
    source_rows: dict[str, SourceRows] = field(default_factory=dict)

    @cached_property
    def graphs(self) -> SharedGraphs:
        return SharedGraphs(self.content.inputs.shared(), [NamedNode(each.iri) for each in self.content.datasets])

    def table_set(self, dataset: Dataset | None, folder: Path) -> TableSet:
        """The tables of a source, or of all; temporary files are created in the folder."""
        if not self.source_rows:
            for each in self.content.datasets:
                file = self.files.enter_context(open_run_file(folder))
                rows, filler = self.content.inputs.rows(each), self._table_set(each, []).filler
                self.source_rows[each.name] = SourceRows.collect(rows, filler, file)
        return self._table_set(
            dataset, [self.source_rows[each.name] for each in self.content.datasets if dataset in (None, each)]
        )

    def _table_set(self, dataset: Dataset | None, source_rows: list[SourceRows]) -> TableSet:
        source = NamedNode(dataset.iri) if dataset else None
        return TableSet(self.content.base, self.graphs, source, source_rows)

    def clear(self, folder: Path) -> list[Distribution]:
        """Delete the temporary files and free the memory; a stage that writes no file."""
        self.__dict__.pop("graphs", None)
        self.source_rows.clear()
        self.files.close()
        return []


@dataclass
class _TableSetWriter:
    """Writes the tables of a source, or of all.

    Attributes:
        metadata: of the tables.
        open_tables: gives the tables, once the first of them is written.
        written: the tables so far.
        files: the CSV and Parquet files so far, by name and extension.
    """

    metadata: TablesMetadata
    open_tables: Callable[[Path], TableSet]
    table_set: TableSet | None = None
    written: list[FlatTable] = field(default_factory=list)
    files: dict[str, Distribution] = field(default_factory=dict)

    def write_table(self, folder: Path, definition: TableDefinition) -> list[Distribution]:
        """Write a table as CSV and Parquet."""
        self.table_set = self.table_set or self.open_tables(folder)
        path = f"dump/{self.metadata.stem}-{definition.name}"
        raw_csv = folder / f".{definition.name}.csv"
        fields = self.table_set.fields(definition)
        left_out: Counter[str] = Counter()
        with open_distribution(folder / f"{path}.csv") as csv, raw_csv.open("wb") as raw:
            output = _CsvOutput(csv, raw, ",".join(each.name for each in fields))
            output.write(self.table_set.lines(definition, left_out))
        table = _written_table(definition, fields, output.rows, left_out)
        self._convert_to_parquet(raw_csv, folder / f"{path}.parquet", table, output.max_row_bytes)
        self.written.append(table)
        return [
            self._add_file(f"{path}.csv", CSV, table, csv.bytes, csv.sha256, output.sha256_without_bom),
            self._add_file(f"{path}.parquet", PARQUET, table, *flush_and_digest(folder / f"{path}.parquet")),
        ]

    def _convert_to_parquet(self, raw_csv: Path, target: Path, table: FlatTable, max_row_bytes: int) -> None:
        """Write Parquet from a CSV file with all texts unchanged, and delete that file."""
        types = {each.name: each.type for each in table.fields}
        metadata = {
            "title": f"{self.metadata.titles['en']}: {table.name}",
            "licences": " ".join(self.metadata.licences),
            "base": self.metadata.base,
        }
        write_parquet(raw_csv, target, types, table.rows, max_row_bytes, metadata)
        raw_csv.unlink()

    def _add_file(
        self, path: str, media_type: MediaType, table: FlatTable, size: int, sha256: str, sha256_without_bom: str = ""
    ) -> Distribution:
        metadata = self.metadata
        file = Distribution(
            path=path,
            media_type=media_type,
            title=f"{metadata.titles['en']}: {table.titles['en'].lower()}, {media_type.title}",
            encoding=None,
            bytes=size,
            sha256=sha256,
            content_bytes=size,
            content_sha256=sha256,
            licences=metadata.licences,
            dataset=metadata.dataset,
            table={
                "name": table.name,
                "title": dict(table.titles),
                "description": dict(table.notes),
                "rows": table.rows,
                "columns": len(table.fields),
                **({"sha256_without_bom": sha256_without_bom} if sha256_without_bom else {}),
            },
        )
        self.files[f"{table.name}.{media_type.extension}"] = file
        return file

    def write_metadata(self, folder: Path, name: str, media_type: MediaType) -> list[Distribution]:
        """Write the metadata of all tables, when these are written."""
        metadata = self.metadata
        if media_type is CSVW:
            document = csvw(metadata, self.written)
        else:
            document = data_package(metadata, self.written, self.files)
        title = f"{metadata.titles['en']}: the tables described, {media_type.title}"
        path = f"dump/{metadata.stem}-{name}"
        content = as_json(document)
        return [write_distribution(folder, path, media_type, title, metadata.licences, content, metadata.dataset)]


def _written_table(
    definition: TableDefinition, fields: tuple[TableField, ...], rows: int, left_out: Counter[str]
) -> FlatTable:
    return FlatTable(
        name=definition.name,
        titles=definition.titles,
        notes=definition.notes,
        key=definition.key,
        fields=fields,
        rows=rows,
        left_out={column.name: left_out[column.name] for column in definition.columns if column.name in left_out},
    )


class _CsvOutput:
    """Writes the lines of a table to two CSV files: the published one, and the one that becomes Parquet.

    Args:
        csv: for lines with formulas escaped.
        raw: for lines with all texts unchanged.
        header: the first line of both.

    Attributes:
        rows: number of rows so far.
        max_row_bytes: bytes of the longest line with all texts unchanged.
        sha256_without_bom: SHA-256 of the published file after its byte order mark.
    """

    def __init__(self, csv: HashingWriter, raw: BinaryIO, header: str) -> None:
        self._csv, self._raw = csv, raw
        self.rows = 0
        self.max_row_bytes = len(header)
        self._digest_without_bom = hashlib.sha256()
        csv.write(BYTE_ORDER_MARK)
        self._write_csv(f"{header}\r\n".encode())
        raw.write(f"{header}\r\n".encode())

    @property
    def sha256_without_bom(self) -> str:
        return self._digest_without_bom.hexdigest()

    def _write_csv(self, data: bytes) -> None:
        self._csv.write(data)
        self._digest_without_bom.update(data)

    def write(self, lines: Iterator[TableLine]) -> None:
        """Write all lines, in batches."""
        while batch := list(islice(lines, _BATCH_LINES)):
            self.rows += len(batch)
            self._write_csv(_join_lines(csv for csv, _ in batch))
            self._raw.write(_join_lines(raw for _, raw in batch))
            # A character has at most four bytes, so most lines need not be encoded to know that they are not the longest.
            candidates = (raw for _, raw in batch if 4 * len(raw) > self.max_row_bytes)
            self.max_row_bytes = max(self.max_row_bytes, max((len(raw.encode()) for raw in candidates), default=0))


_BATCH_LINES = 200


def _join_lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def _stages_of(writer: _TableSetWriter) -> Iterator[Stage]:
    for definition in sorted(table_definitions(), key=lambda each: each.name != "processes"):
        yield partial(writer.write_table, definition=definition)
    yield partial(writer.write_metadata, name="datapackage.json", media_type=DATA_PACKAGE)
    yield partial(writer.write_metadata, name="csv-metadata.json", media_type=CSVW)


def _metadata_of_all(content: TableContent) -> TablesMetadata:
    return TablesMetadata(
        stem="passo",
        titles=in_every_language("dataset.all.title"),
        descriptions=dict(content.description),
        licences=tuple(sorted({content.licence, *(dataset.licence for dataset in content.datasets)})),
        base=content.base,
        sources=tuple((dict(dataset.title), dataset.iri) for dataset in content.datasets),
        dataset=None,
    )


def _metadata_of(content: TableContent, dataset: Dataset) -> TablesMetadata:
    titles = {language: dataset.title.get(language, dataset.name) for language in TABLE_LANGUAGES}
    return TablesMetadata(
        stem=f"passo-{dataset.name}",
        titles=titles,
        descriptions=dict(dataset.description),
        # The tables of a source have labels of our concepts and places too.
        licences=tuple(dict.fromkeys((dataset.licence, content.licence))),
        base=content.base,
        sources=((titles, dataset.iri),),
        dataset=dataset.name,
    )
