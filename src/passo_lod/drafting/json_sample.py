"""Sample the paths and values of JSON and JSON Lines files that no source.yaml describes yet."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from passo_lod.drafting.file_kind import read_beginning
from passo_lod.drafting.sample import MAX_ROWS, Sample, SampledColumn
from passo_lod.errors import SourceError
from passo_lod.sources.json_files.json_layout import RECORD_KEY
from passo_lod.sources.json_files.json_shapes import (
    COLUMNAR,
    KEYED,
    LIST,
    SINGLE,
    RecordShape,
    column_length,
    columns_of,
    escape_key,
    find_shapes,
    is_record,
)
from passo_lod.text_folding import printable_path

_MAX_LISTED = 6
"""Places of a document that a message lists."""
_MAX_VALUE_DEPTH = 5
_SEPARATORS = re.compile(r"[\s,]*+")


def sample_json(files: Sequence[Path], records: str | None = None) -> Sample:
    """Sample JSON files whose records are at the same path, in the same form.

    Args:
        files: the files.
        records: the path to the records; None to find it.

    Raises:
        SourceError: a file is not JSON, holds no records or several lists of objects, or has its records at another path than the first.
    """
    columns: dict[str, SampledColumn] = {}
    record_count, is_complete = 0, True
    place: RecordShape | None = None
    layout: dict[str, Any] = {}
    for path in files:
        text, is_all = read_beginning(path)
        document = _parse_document(path, text, is_all=is_all)
        shape = _find_records(path, document, records)
        if place is not None and (shape.path, shape.form) != (place.path, place.form):
            raise SourceError(
                f"{printable_path(path)}: its records are at {shape.path or 'the top'} ({shape.form}), "
                f"those of {printable_path(files[0])} at {place.path or 'the top'} ({place.form})"
            )
        place = shape
        objects = _objects(document, shape)
        if layout := _geojson_layout(document, objects):
            objects = [_without_shape(each) for each in objects]
        _add_objects(columns, objects, record_count)
        record_count += len(objects)
        is_complete = is_complete and is_all and len(objects) < MAX_ROWS
    if place is not None:
        layout |= {"records": place.path} if place.path else {}
        layout |= {"form": place.form} if place.form in (KEYED, COLUMNAR) else {}
    return Sample("json", tuple(files), list(columns.values()), record_count, is_complete, layout)


def sample_json_lines(files: Sequence[Path]) -> Sample:
    """Sample JSON Lines files; lines that are not objects are left out."""
    columns: dict[str, SampledColumn] = {}
    record_count, is_complete = 0, True
    for path in files:
        text, is_all = read_beginning(path)
        objects = [value for line in text.splitlines()[:MAX_ROWS] if isinstance(value := _parse(line), dict)]
        _add_objects(columns, objects, record_count)
        record_count += len(objects)
        is_complete = is_complete and is_all and len(objects) < MAX_ROWS
    return Sample("jsonl", tuple(files), list(columns.values()), record_count, is_complete)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _parse_document(path: Path, text: str, *, is_all: bool) -> Any:
    """The document, or what its beginning holds."""
    if is_all:
        value = _parse(text)
    elif text.lstrip().startswith("["):
        value = _parse_items(text, text.index("[") + 1)
    else:
        value = _parse(_closed(text))
    if value is None and text.lstrip().startswith("["):
        value = _parse_items(
            text, text.index("[") + 1
        )  # the reader reports what is wrong with the first item after these
    if not isinstance(value, (dict, list)):
        raise SourceError(f"{printable_path(path)}: is not JSON (RFC 8259), or holds no list of objects")
    return value


def _find_records(path: Path, document: Any, records: str | None) -> RecordShape:
    """Where the records are."""
    name = printable_path(path)
    if records is not None:
        return _records_at(name, document, records)
    if isinstance(document, list):
        if document and not any(isinstance(item, dict) for item in document):
            raise SourceError(
                f"{name}: is a list of {'lists' if isinstance(document[0], list) else 'values'}, and not of objects; "
                'right would be [{"id": …, "title": …}, …], or the table saved as CSV'
            )
        return RecordShape(LIST, "", len(document))
    if not is_record(document) and any(_is_rows(child) for child in document.values()):
        raise SourceError(
            f"{name}: holds the rows of a table as lists; right would be objects, or the table saved as CSV"
        )
    found = list(find_shapes(document))
    if len(found) == 1 and (found[0].form != SINGLE or not found[0].path):
        return found[0]
    if len(found) == 1:
        raise SourceError(
            f"{name}: holds one record, at {found[0].path}; right would be a list of records, or the record as the whole file"
        )
    if not found:
        return RecordShape(SINGLE, "", 1)
    listed = "; ".join(f"{each.path or 'the top'} ({each.form}, {each.count:,})" for each in found[:_MAX_LISTED])
    raise SourceError(
        f"{name}: which of these are the processes? {listed}. Say it with --records PATH, such as --records {found[0].path or 'cases'}"
    )


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, list) for item in value)


def _records_at(name: str, document: Any, records: str) -> RecordShape:
    value = _value_at(document, records)
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return RecordShape(LIST, records, len(value))
    if isinstance(value, dict):
        if (count := column_length(value)) is not None:
            return RecordShape(COLUMNAR, records, count)
        if value and all(isinstance(item, dict) for item in value.values()):
            return RecordShape(KEYED, records, len(value))
    raise SourceError(f"{name}: at --records {records!r} there is no list of objects, no objects by key and no columns")


def _value_at(document: Any, path: str) -> Any:
    for step in re.split(r"(?<!\\)\.", path) if path else []:
        key = re.sub(r"\\(.)", r"\1", step)
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _objects(document: Any, shape: RecordShape) -> list[dict[str, Any]]:
    """The first objects of a shape."""
    value = _value_at(document, shape.path)
    if shape.form == SINGLE:
        return [value]
    if shape.form == COLUMNAR:
        columns = columns_of(value)
        return [dict(zip(columns, row, strict=True)) for row in islice(zip(*columns.values(), strict=True), MAX_ROWS)]
    if shape.form == KEYED:
        value = [{RECORD_KEY: key, **item} for key, item in value.items() if isinstance(item, dict)]
    return [item for item in value[:MAX_ROWS] if isinstance(item, dict)]


_GEOMETRY = "geometry"


def _geojson_layout(document: Any, objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is left out of the features of GeoJSON (RFC 7946); empty for other JSON."""
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        return {}
    points = all((each.get(_GEOMETRY) or {}).get("type", "Point") == "Point" for each in objects)
    left_out = ["type", "bbox", *([f"{_GEOMETRY}.type"] if points else [_GEOMETRY])]
    return {"ignore-keys": left_out}


def _without_shape(feature: dict[str, Any]) -> dict[str, Any]:
    """A feature without its geometry, except the two coordinates of a point."""
    rest = {key: value for key, value in feature.items() if key not in ("type", "bbox", _GEOMETRY)}
    geometry = feature.get(_GEOMETRY) or {}
    return (
        {**rest, _GEOMETRY: {"coordinates": _Point(geometry["coordinates"])}}
        if geometry.get("type") == "Point"
        else rest
    )


class _Point(list[Any]):
    """Two coordinates, each of which is a column of its own."""


_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)


def _closed(text: str) -> str:
    """The beginning of a JSON text up to its last complete value, with the brackets closed that are open there."""
    open_brackets: list[str] = []
    end, closing = 0, ""
    for match in _STRUCTURE.finditer(text):
        mark = match[0]
        if mark in "[{":
            open_brackets.append("]" if mark == "[" else "}")
        elif mark in "]}" and open_brackets:
            open_brackets.pop()
        if mark in ",]}":
            end, closing = match.start() + (mark != ","), "".join(reversed(open_brackets))
    return text[:end] + closing


def _parse_items(text: str, at: int) -> list[dict[str, Any]]:
    """The objects of the list that begins at an offset, up to the first that cannot be parsed."""
    decoder = json.JSONDecoder()
    objects: list[dict[str, Any]] = []
    while len(objects) < MAX_ROWS:
        at = _SEPARATORS.match(text, at).end()  # type: ignore[union-attr]
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if isinstance(value, dict):
            objects.append(value)
    return objects


def _add_objects(columns: dict[str, SampledColumn], objects: Sequence[dict[str, Any]], earlier_records: int) -> None:
    for number, value in enumerate(objects, start=earlier_records):
        texts_by_path: dict[str, list[str]] = {}
        for path, text in _values(value):
            texts_by_path.setdefault(path, []).append(text)
        for path, texts in texts_by_path.items():
            if path and path not in columns:
                columns[path] = _new_column(path, columns, number)
            column = columns.get(path, SampledColumn(""))
            column.texts += texts if column.is_list else texts[:1]
        for path, column in columns.items():
            if path not in texts_by_path:
                column.texts.append("")


def _new_column(path: str, columns: dict[str, SampledColumn], earlier_records: int) -> SampledColumn:
    names = {column.name for column in columns.values()}
    plain = path.replace("[]", "").replace("\\", "")
    return SampledColumn(plain if plain not in names else path, [""] * earlier_records, path, "[]" in path)


def _values(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each value with its path (docs/sources/json.md); an empty value has a path too."""
    if isinstance(value, dict) and depth < _MAX_VALUE_DEPTH:
        for key, child in value.items():
            name = key if key == RECORD_KEY else escape_key(key)
            yield from _values(child, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, _Point):
        for at, child in enumerate(value[:2]):
            yield from _values(child, f"{path}[{at}]", depth + 1)
    elif isinstance(value, list):
        for child in value:
            yield from _values(child, f"{path}[]", depth + 1)
    elif not isinstance(value, dict):
        yield path, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).casefold() if isinstance(value, bool) else " ".join(str(value).split())
