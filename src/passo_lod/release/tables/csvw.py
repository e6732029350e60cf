"""Describe flat tables in formats that programs read: a Frictionless Data Package, and CSV on the Web metadata (W3C REC 2015)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.release.distribution import Distribution
from passo_lod.release.tables.definitions import LanguageMap
from passo_lod.release.tables.table_fields import FlatTable, TableField


@dataclass(frozen=True)
class TablesMetadata:
    """Metadata of a set of tables.

    Attributes:
        stem: how the names of its files begin.
        titles: by language.
        descriptions: by language.
        licences: IRIs.
        base: the catalogue's base IRI.
        sources: titles and IRI of each dataset that rows come from.
        dataset: name of the source; None if there are several.
    """

    stem: str
    titles: LanguageMap
    descriptions: LanguageMap
    licences: tuple[str, ...]
    base: str
    sources: tuple[tuple[LanguageMap, str], ...]
    dataset: str | None


# ------------------------------------------------------------------------------------------------------- Frictionless


def data_package(
    metadata: TablesMetadata, tables: Sequence[FlatTable], files: Mapping[str, Distribution]
) -> dict[str, Any]:
    """The tables as a Tabular Data Package; Italian texts are in `title_it` and `description_it`, which the standard does not define."""
    return {
        "profile": "tabular-data-package",
        "name": metadata.stem,
        "id": f"{metadata.base}dump/{metadata.stem}-datapackage.json",
        **_texts("title", metadata.titles),
        **_texts("description", metadata.descriptions),
        "licenses": [{"path": licence} for licence in metadata.licences],
        "sources": [{"title": _english_or_first(titles), "path": iri} for titles, iri in metadata.sources],
        "resources": [_resource(metadata, table, files) for table in tables],
    }


def _resource(metadata: TablesMetadata, table: FlatTable, files: Mapping[str, Distribution]) -> dict[str, Any]:
    file, parquet = files[f"{table.name}.csv"], files[f"{table.name}.parquet"]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": file.path.removeprefix("dump/"),
        **_texts("title", table.titles),
        **_texts("description", table.notes),
        "format": "csv",
        "mediatype": file.media_type.name,
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "rowCount": table.rows,
        "licenses": [{"path": licence} for licence in metadata.licences],
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
    return {
        "fields": [_field(field) for field in table.fields],
        "missingValues": [""],
        "primaryKey": list(table.key),
        "foreignKeys": [
            {
                "fields": [field.name],
                "reference": {"resource": _referenced_resource(table, field), "fields": [_referenced_key(field)]},
            }
            for field in table.fields
            if field.refers
        ],
    }


def _field(field: TableField) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": {"uri": "string", "decimal": "number"}.get(field.type, field.type),
    }
    # A foreign key says in either case whether it may be empty.
    is_stated = field.required or field.refers
    constraints: dict[str, Any] = {"constraints": {"required": field.required}} if is_stated else {}
    return described | _texts("title", field.titles) | _texts("description", field.notes) | constraints


def _referenced_resource(table: FlatTable, field: TableField) -> str:
    """The table that a field is a foreign key of; an empty name stands for its own table (Table Schema, foreign keys)."""
    return "" if field.refers == table.name else str(field.refers)


def _referenced_key(field: TableField) -> str:
    return _FIRST_COLUMNS[str(field.refers)]


_FIRST_COLUMNS = {"processes": "process", "organisations": "organisation", "places": "place", "concepts": "concept"}


def _texts(key: str, texts: LanguageMap) -> dict[str, str]:
    english = {key: _english_or_first(texts)} if texts else {}
    return english | ({f"{key}_it": texts["it"]} if "it" in texts else {})


def _english_or_first(texts: LanguageMap) -> str:
    return texts.get("en") or next(iter(texts.values()), "")


# --------------------------------------------------------------------------------------------------------------- CSVW


_BOM_NOTE = in_every_language("table.byte-order-mark")


def csvw(metadata: TablesMetadata, tables: Sequence[FlatTable]) -> dict[str, Any]:
    """The tables as a table group, with titles in both languages."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": _language_strings(metadata.titles),
        "rdfs:comment": _language_strings(_BOM_NOTE),
        "dc:license": [{"@id": licence} for licence in metadata.licences],
        "dc:source": [{"@id": iri} for _, iri in metadata.sources],
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n"]},
        "tables": [_table(metadata, table) for table in tables],
    }


def _table(metadata: TablesMetadata, table: FlatTable) -> dict[str, Any]:
    return {
        "url": f"{metadata.stem}-{table.name}.csv",
        "dc:title": _language_strings(table.titles),
        "dc:description": _language_strings(table.notes),
        "dc:license": [{"@id": licence} for licence in metadata.licences],
        "tableSchema": {
            "columns": [_column(metadata, field) for field in table.fields],
            "primaryKey": list(table.key),
            "foreignKeys": [_reference(metadata, field) for field in table.fields if field.refers and field.required],
        },
    }


def _column(metadata: TablesMetadata, field: TableField) -> dict[str, Any]:
    """A column; its first title is that in the header of the file.

    A validator demands a referenced row for each row of a table with a foreign key (Tabular metadata, 5.5.2), so a reference that may be
    empty is no foreign key; `dc:references` names its table.
    """
    described: dict[str, Any] = {"name": field.name, "titles": {"und": field.name, **dict(field.titles)}}
    described["datatype"] = _DATATYPES[field.type]
    if field.required:
        described["required"] = True
    elif field.refers:
        described |= {"required": False, "dc:references": {"@id": f"{metadata.stem}-{field.refers}.csv"}}
    return described | ({"dc:description": _language_strings(field.notes)} if field.notes else {})


_DATATYPES = {
    "string": "string",
    "uri": "string",
    "integer": "integer",
    "decimal": "decimal",
    "date": {"base": "date", "format": "yyyy-MM-dd"},
    "year": "gYear",
}


def _reference(metadata: TablesMetadata, field: TableField) -> dict[str, Any]:
    return {
        "columnReference": [field.name],
        "reference": {"resource": f"{metadata.stem}-{field.refers}.csv", "columnReference": [_referenced_key(field)]},
    }


def _language_strings(texts: LanguageMap) -> list[dict[str, str]]:
    return [{"@value": texts[language], "@language": language} for language in sorted(texts)]
