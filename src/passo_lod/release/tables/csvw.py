"""Describe flat tables to programs: a Frictionless Data Package, and CSV on the Web metadata (W3C REC 2015)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passo_lod.release.distribution import Distribution
from passo_lod.release.tables.cells import FlatTable, TableField
from passo_lod.release.tables.definitions import Words


@dataclass(frozen=True)
class TablesMetadata:
    """What is said of a set of tables.

    Attributes:
        stem: how the names of its files begin.
        sources: titles and addresses of the datasets that the rows come from.
        dataset: the name of the source, where there is one only.
    """

    stem: str
    titles: Words
    descriptions: Words
    licences: tuple[str, ...]
    base: str
    sources: tuple[tuple[Words, str], ...]
    dataset: str | None


# ------------------------------------------------------------------------------------------------------- Frictionless


def data_package(
    about: TablesMetadata, tables: Sequence[FlatTable], files: Mapping[str, Distribution]
) -> dict[str, Any]:
    """The tables as a Tabular Data Package; Italian texts stand beside the English ones as `title_it`, `description_it`."""
    return {
        "profile": "tabular-data-package",
        "name": about.stem,
        "id": f"{about.base}dump/{about.stem}-datapackage.json",
        **_said("title", about.titles),
        **_said("description", about.descriptions),
        "licenses": [{"path": licence} for licence in about.licences],
        "sources": [{"title": _one(titles), "path": iri} for titles, iri in about.sources],
        "resources": [_resource(about, table, files) for table in tables],
    }


def _resource(about: TablesMetadata, table: FlatTable, files: Mapping[str, Distribution]) -> dict[str, Any]:
    file, parquet = files[f"{table.name}.csv"], files[f"{table.name}.parquet"]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": file.path.removeprefix("dump/"),
        **_said("title", table.titles),
        **_said("description", table.notes),
        "format": "csv",
        "mediatype": file.media_type.name,
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "rowCount": table.rows,
        "licenses": [{"path": licence} for licence in about.licences],
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n", "header": True},
        "schema": _schema(table),
        "cellsLeftOut": dict(table.left_out),
        "parquet": {
            "path": parquet.path.removeprefix("dump/"),
            "bytes": parquet.bytes,
            "hash": f"sha256:{parquet.sha256}",
        },
    }


def _schema(table: FlatTable) -> dict[str, Any]:
    referring = [field for field in table.fields if field.refers]
    return {
        "fields": [_field(table, field) for field in table.fields],
        "missingValues": [""],
        "primaryKey": list(table.key),
        "foreignKeys": [
            {"fields": [field.name], "reference": {"resource": _resource_of(table, field), "fields": [_key(field)]}}
            for field in referring
        ],
    }


def _field(table: FlatTable, field: TableField) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": {"uri": "string", "decimal": "number"}.get(field.type, field.type),
    }
    constraints: dict[str, Any] = {"constraints": {"required": True}} if field.name in table.key else {}
    return described | _said("title", field.titles) | _said("description", field.notes) | constraints


def _resource_of(table: FlatTable, field: TableField) -> str:
    """The table referred to; the empty name is the table itself (Table Schema, foreign keys)."""
    return "" if field.refers == table.name else str(field.refers)


def _key(field: TableField) -> str:
    return _FIRST[str(field.refers)]


_FIRST = {"processes": "process", "organisations": "organisation", "places": "place", "concepts": "concept"}


def _said(key: str, words: Words) -> dict[str, str]:
    said = {key: _one(words)} if words else {}
    return said | ({f"{key}_it": words["it"]} if "it" in words else {})


def _one(words: Words) -> str:
    return words.get("en") or next(iter(words.values()), "")


# --------------------------------------------------------------------------------------------------------------- CSVW


def csvw(about: TablesMetadata, tables: Sequence[FlatTable]) -> dict[str, Any]:
    """The tables as a group of tables, with titles in both languages."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": _natural(about.titles),
        "dc:license": [{"@id": licence} for licence in about.licences],
        "dc:source": [{"@id": iri} for _, iri in about.sources],
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n"]},
        "tables": [_table(about, table) for table in tables],
    }


def _table(about: TablesMetadata, table: FlatTable) -> dict[str, Any]:
    return {
        "url": f"{about.stem}-{table.name}.csv",
        "dc:title": _natural(table.titles),
        "dc:description": _natural(table.notes),
        "dc:license": [{"@id": licence} for licence in about.licences],
        "tableSchema": {
            "columns": [_column(table, field) for field in table.fields],
            "primaryKey": list(table.key),
            "foreignKeys": [_reference(about, field) for field in table.fields if field.refers],
        },
    }


def _column(table: FlatTable, field: TableField) -> dict[str, Any]:
    """A column; its first title is what stands in the header of the file."""
    described: dict[str, Any] = {"name": field.name, "titles": {"und": field.name, **dict(field.titles)}}
    described["datatype"] = _DATATYPES[field.type]
    if field.name in table.key:
        described["required"] = True
    return described | ({"dc:description": _natural(field.notes)} if field.notes else {})


_DATATYPES = {
    "string": "string",
    "uri": "string",
    "integer": "integer",
    "decimal": "decimal",
    "date": {"base": "date", "format": "yyyy-MM-dd"},
    "year": "gYear",
}


def _reference(about: TablesMetadata, field: TableField) -> dict[str, Any]:
    return {
        "columnReference": [field.name],
        "reference": {"resource": f"{about.stem}-{field.refers}.csv", "columnReference": [_key(field)]},
    }


def _natural(words: Words) -> list[dict[str, str]]:
    return [{"@value": words[language], "@language": language} for language in sorted(words)]
