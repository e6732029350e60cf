"""Recognise in which shape a JSON document holds its records: a list, objects by key, or columns; for `json_reader` and drafts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LIST, KEYED, COLUMNAR, SINGLE = "list", "keyed", "columnar", "single"
"""The shapes, the first three as `form` in source.yaml; a document of the shape SINGLE is one record."""

_MAX_DEPTH = 4
_WRAPPER_KEYS = frozenset(
    [
        "bbox",
        "code",
        "copyright",
        "count",
        "created",
        "crs",
        "date",
        "description",
        "encoding",
        "error",
        "errors",
        "generated",
        "help",
        "href",
        "info",
        "lang",
        "language",
        "last_page",
        "license",
        "licence",
        "limit",
        "link",
        "links",
        "message",
        "meta",
        "metadata",
        "modified",
        "name",
        "next",
        "ok",
        "offset",
        "page",
        "pages",
        "pageinfo",
        "pagination",
        "per_page",
        "prev",
        "previous",
        "query",
        "schema",
        "self",
        "size",
        "source",
        "status",
        "success",
        "timestamp",
        "title",
        "total",
        "total_count",
        "totalcount",
        "type",
        "updated",
        "url",
        "version",
    ]
)
"""Keys that documents have besides their records."""


@dataclass(frozen=True)
class RecordShape:
    """A place of a document that may be its records.

    Attributes:
        form: `LIST`, `KEYED`, `COLUMNAR` or `SINGLE`.
        path: the keys that lead there, as `records` in source.yaml; empty for the whole document.
        count: how many records it would have.
    """

    form: str
    path: str
    count: int


def find_shapes(value: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[RecordShape]:
    """The places of an object that may be its records; what is part of a record, such as the list of its phases, is none."""
    if is_record(value):
        yield RecordShape(SINGLE, path, 1)
        return
    if (count := column_length(value)) is not None:
        yield RecordShape(COLUMNAR, path, count)
        return
    if _is_keyed(value):
        yield RecordShape(KEYED, path, len(value))
        return
    for key, child in value.items():
        below = f"{path}.{escape_key(key)}" if path else escape_key(key)
        if isinstance(child, list) and child and all(isinstance(item, dict) for item in child):
            yield RecordShape(LIST, below, len(child))
        elif isinstance(child, dict) and depth < _MAX_DEPTH:
            yield from find_shapes(child, below, depth + 1)


def escape_key(key: str) -> str:
    r"""A key as a path has it.

    >>> escape_key("a.b")
    'a\\.b'
    """
    return re.sub(r"([\\.\[\]])", r"\\\1", key)


_ID_KEYS = frozenset(("id", "_id", "identifier", "uuid", "codice"))


def is_record(value: Mapping[str, Any]) -> bool:
    """Whether an object states two facts of its own, other than those that a document states of itself, or an id and another fact."""
    facts = {
        key.casefold() for key, child in value.items() if child is not None and not isinstance(child, (dict, list))
    }
    return len(facts - _WRAPPER_KEYS) >= 2 or (len(facts) >= 2 and bool(facts & _ID_KEYS))


def column_length(value: Mapping[str, Any]) -> int | None:
    """The common length of the columns of an object; None if it does not hold columns."""
    lengths = {_length_of_column(child) for child in value.values()}
    return next(iter(lengths)) if len(value) >= 2 and len(lengths) == 1 else None


def _length_of_column(value: Any) -> int | None:
    if isinstance(value, dict) and list(value) == [str(number) for number in range(len(value))]:
        value = list(value.values())  # pandas writes the numbers of the rows as keys
    if not isinstance(value, list) or not value or any(isinstance(item, (dict, list)) for item in value):
        return None
    return len(value)


def columns_of(value: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The columns of an object, each as a list."""
    return {key: list(child.values()) if isinstance(child, dict) else child for key, child in value.items()}


def _is_keyed(value: Mapping[str, Any]) -> bool:
    """Whether all values are objects that have most of their keys in common, or the one object stands below an id."""
    objects = list(value.values())
    if not objects or not all(isinstance(each, dict) and each for each in objects):
        return False
    if len(objects) == 1:
        return bool(re.search(r"\d", next(iter(value)))) and is_record(objects[0])
    first = set(objects[0])
    return all(2 * len(first & set(each)) >= len(first | set(each)) for each in objects) and any(
        not isinstance(child, (dict, list)) for child in objects[0].values()
    )
