"""Sample the paths and values of JSON and JSON Lines files that no source.yaml describes yet."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from passo_lod.drafting.file_kind import read_beginning
from passo_lod.drafting.sample import MAX_ROWS, Sample, SampledColumn
from passo_lod.errors import SourceError
from passo_lod.text_folding import printable_path

_MAX_LIST_DEPTH = 3
_MAX_VALUE_DEPTH = 5
_SEPARATORS = re.compile(r"[\s,]*+")


def sample_json(files: Sequence[Path]) -> Sample:
    """Sample JSON files whose records are at the same path.

    Raises:
        SourceError: a file is not JSON, holds no list of objects, or has its records at another path than the first.
    """
    columns: dict[str, SampledColumn] = {}
    record_count, is_complete = 0, True
    records_path: str | None = None
    for path in files:
        text, is_all = read_beginning(path)
        found_path, objects = _find_objects(path, text, is_all)
        if records_path is not None and found_path != records_path:
            raise SourceError(
                f"{printable_path(path)}: its records are at {found_path or 'the top'}, "
                f"those of {printable_path(files[0])} at {records_path or 'the top'}"
            )
        records_path = found_path
        _add_objects(columns, objects, record_count)
        record_count += len(objects)
        is_complete = is_complete and is_all and len(objects) < MAX_ROWS
    layout = {"records": records_path} if records_path else {}
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


def _find_objects(path: Path, text: str, is_all: bool) -> tuple[str, list[dict[str, Any]]]:
    """The path of the list of records, and its first objects; the path is empty if the file is the list or one record."""
    if text.lstrip().startswith("["):
        return "", _parse_items(text, text.index("[") + 1)
    value = _parse(text) if is_all else None
    if isinstance(value, dict):
        return _longest_list(value) or ("", [value])
    list_start = re.search(r'"(?P<key>[^"\\.\[\]]+)"\s*:\s*\[\s*(?=\{)', text)
    if list_start is None:
        raise SourceError(f"{printable_path(path)}: is not JSON (RFC 8259), or holds no list of objects")
    return list_start["key"], _parse_items(text, list_start.end())


def _longest_list(value: dict[str, Any]) -> tuple[str, list[dict[str, Any]]] | None:
    """The longest list of objects in an object, and its path."""
    lists = [(path, items) for path, items in _lists(value) if items and all(isinstance(item, dict) for item in items)]
    if not lists:
        return None
    path, items = max(lists, key=lambda found: len(found[1]))
    return path, items[:MAX_ROWS]


def _lists(value: dict[str, Any], parent: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    for key, child in value.items():
        path = f"{parent}.{_escape(key)}" if parent else _escape(key)
        if isinstance(child, list):
            yield path, child
        elif isinstance(child, dict) and depth < _MAX_LIST_DEPTH:
            yield from _lists(child, path, depth + 1)


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
            yield from _values(child, f"{path}.{_escape(key)}" if path else _escape(key), depth + 1)
    elif isinstance(value, list):
        for child in value:
            yield from _values(child, f"{path}[]", depth + 1)
    elif not isinstance(value, dict):
        yield path, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).casefold() if isinstance(value, bool) else " ".join(str(value).split())


def _escape(key: str) -> str:
    return re.sub(r"([\\.\[\]])", r"\\\1", key)
