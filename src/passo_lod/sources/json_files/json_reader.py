"""Read the records of JSON and JSON Lines files (docs/sources/json.md): the readers `json` and `jsonl` of source.yaml.

Each object of a list, or each line, is one record. Objects are read one at a time, so that a file may be larger than
memory; an object that cannot be read becomes a violation with its line, and the objects after it are read.
"""

import io
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TextIO

from passo_lod.messages.localised_text import CatalogueText
from passo_lod.records import Reading
from passo_lod.sources.json_files.json_fields import JsonFieldExtractor
from passo_lod.sources.json_files.json_layout import RECORD_KEY, JsonLayout
from passo_lod.sources.json_files.json_parser import MAX_RECORD, JsonObject, JsonText, parse_object
from passo_lod.sources.json_files.json_shapes import (
    COLUMNAR,
    KEYED,
    LIST,
    SINGLE,
    RecordShape,
    column_length,
    columns_of,
    find_shapes,
)
from passo_lod.sources.json_files.json_stream import JsonStream
from passo_lod.sources.read_error import ReadError, not_opened
from passo_lod.sources.reading_builder import record_reading, rejected_reading, with_notes
from passo_lod.sources.unpacked_file import UnpackedFile, open_unpacked, utf_16_codec


def read_json(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The records of a JSON file: the objects of its list, or the one object that it is."""
    return _read_file(source, path, display_path, _read_json)


def read_json_lines(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The records of a JSON Lines file: one `Reading` for each line that is not blank."""
    return _read_file(source, path, display_path, _read_json_lines)


def _read_file(
    source: Any, path: Path, display_path: str, read: Callable[["_JsonFile", TextIO], Iterator[Reading]]
) -> Iterator[Reading]:
    file = _JsonFile(source, path, display_path)
    try:
        if path.exists() and not path.is_file():
            raise ReadError("unreadable", "read.not-regular", {"kind": CatalogueText("read.kind.text-file")})
        with open_unpacked(path) as unpacked:
            text = _open_text(unpacked)
            yield from with_notes(source, display_path, unpacked.notes, read(file, text))
    except OSError as error:
        yield file.rejected(not_opened(error))
    except ReadError as error:
        yield file.rejected(error)


def _read_json(file: "_JsonFile", text: TextIO) -> Iterator[Reading]:
    try:
        for key, line, value in read_objects(JsonStream(text), file.layout):
            yield file.reading(line, value, key)
    except ReadError as error:
        yield file.rejected(error)


def _read_json_lines(file: "_JsonFile", text: TextIO) -> Iterator[Reading]:
    is_empty = True
    for each in _read_lines(text):
        is_empty = False
        yield file.reading(each.line, parse_object(each))
    if is_empty:
        yield file.rejected(ReadError("empty", "read.empty", {"kind": CatalogueText("read.kind.json-lines")}))


class _JsonFile:
    """Makes the readings of one file, and remembers which unknown keys were reported for it."""

    def __init__(self, source: Any, path: Path, display_path: str) -> None:
        self.layout: JsonLayout = source.layout
        self._source, self._stem, self._display_path = source, path.stem, display_path
        self._unknown_keys: set[str] = set()

    def reading(self, line: int, value: JsonObject | ReadError, key: str = "") -> Reading:
        """The reading of an object; `key` is its id if neither a column nor the file's name is."""
        if isinstance(value, ReadError):
            return self.rejected(value)
        found = JsonFieldExtractor(self.layout, value, line, self._unknown_keys)
        return record_reading(
            self._source, self._display_path, line, found.fields, found.results, default_id=key or self._stem
        )

    def rejected(self, error: ReadError) -> Reading:
        """The reading of an object that is none."""
        return rejected_reading(self._source, self._display_path, "record", error)


def _open_text(unpacked: UnpackedFile) -> TextIO:
    """The text of a file, in which a byte that is not UTF-8 becomes one character, so that only its record is rejected (PEP 383)."""
    unpacked.check_is_text()
    if utf_16_codec(unpacked.head):
        raise ReadError("encoding", "read.utf-16", line=1)
    return io.TextIOWrapper(unpacked.file, encoding="utf-8", errors="surrogateescape", newline="\n")


_KeyedObject = tuple[str, int, JsonObject | ReadError]
"""A record's key, if records stand by key; its line; and the object."""


def read_objects(stream: JsonStream, layout: JsonLayout) -> Iterator[_KeyedObject]:
    """The records of a file.

    Raises:
        ReadError: the file is empty, holds no records where the layout says, or does not end as it should.
    """
    first = stream.peek()
    if not first:
        raise ReadError("empty", "read.empty", {"kind": CatalogueText("read.kind.json")})
    for key in layout.records:
        stream.enter(key, ".".join(layout.records))
    if layout.form != LIST and stream.peek() != "{":
        raise ReadError("no-list", f"read.json.not-{layout.form}", {"path": ".".join(layout.records)}, stream.line)
    if layout.form == KEYED:
        yield from _read_members(stream, layout)
    elif layout.form == COLUMNAR:
        yield from _read_columns(stream)
    else:
        yield from _read_list(stream, layout, is_object=first == "{" and not layout.records)


def _read_list(stream: JsonStream, layout: JsonLayout, *, is_object: bool) -> Iterator[_KeyedObject]:
    if is_object:
        yield from _read_single_object(stream, layout)
        return
    if stream.peek() != "[":
        key = "read.json.no-list-at-path" if layout.records else "read.json.no-list"
        raise ReadError("no-list", key, {"path": ".".join(layout.records)} if layout.records else {}, stream.line)
    ended = yield from _read_items(stream)
    if ended and not layout.records and stream.peek():
        raise ReadError("not-json", "read.json.text-after-list", line=stream.line)


def _read_single_object(stream: JsonStream, layout: JsonLayout) -> Iterator[_KeyedObject]:
    text = stream.read_value()
    value = parse_object(text)
    if isinstance(value, JsonObject):
        _check_is_record(value, layout, text.line)
    yield "", text.line, value
    if text.complete and stream.peek():
        raise ReadError("not-json", "read.json.text-after-object", line=stream.line)


def _check_is_record(value: JsonObject, layout: JsonLayout, line: int) -> None:
    """Raise ReadError for an object that has none of the columns, but records in another shape."""
    if not value or any(key in layout.tree.keys for key in value):
        return
    shapes = [each for each in find_shapes(value) if each.form != SINGLE or each.path]
    if shapes:
        found = tuple(f"{each.path or '(top)'}: {each.form}, {each.count}" for each in shapes[:_MAX_SHAPES])
        settings = tuple(filter(None, (_settings(each) for each in shapes[:_MAX_SHAPES])))
        raise ReadError("no-list", "read.json.other-shape", {"found": found, "settings": settings}, line)


_MAX_SHAPES = 5
"""Places of a document that a message lists."""


def _settings(shape: RecordShape) -> str:
    """What source.yaml would have to say of the records of a shape."""
    path = f"records: {shape.path}" if shape.path else ""
    form = f"form: {shape.form}" if shape.form in (KEYED, COLUMNAR) else ""
    return "{" + ", ".join(filter(None, (path, form))) + "}" if shape.form != SINGLE else ""


def _read_members(stream: JsonStream, layout: JsonLayout) -> Iterator[_KeyedObject]:
    """The values of the object at the cursor, each with its key."""
    stream.skip_character()
    is_empty = True
    while (character := stream.peek()) == '"' or (character == "," and not is_empty):
        if character == ",":
            stream.skip_character()
            continue
        is_empty = False
        key = stream.read_key()
        text = stream.read_value(closing="}")
        value = parse_object(text)
        if isinstance(value, JsonObject) and RECORD_KEY in layout.tree.keys:
            value.setdefault(RECORD_KEY, key)
        yield key, text.line, value
        if not text.complete:
            return
    if character != "}":
        key = "read.json.list-without-end" if not character else "read.json.no-json-member"
        raise ReadError("cut-off" if not character else "not-json", key, line=stream.line)
    if is_empty:
        raise ReadError("empty", "read.json.empty-list", line=stream.line)


def _read_columns(stream: JsonStream) -> Iterator[_KeyedObject]:
    """A record for each row of the columns at the cursor."""
    text = stream.read_value(closing="}")
    value = parse_object(text)
    if isinstance(value, ReadError):
        raise value
    if column_length(value) is None:
        raise ReadError("no-list", "read.json.unequal-columns", line=text.line)
    columns = columns_of(value)
    for row in zip(*columns.values(), strict=True):
        yield "", text.line, JsonObject(zip(columns, row, strict=True))


def _read_items(stream: JsonStream) -> Generator[_KeyedObject, None, bool]:
    """The items of the list at the cursor; returns whether the list ends. Surplus commas are skipped."""
    stream.skip_character()
    is_empty = True
    while (character := stream.peek()) not in ("", "]"):
        if character == "," and not is_empty:
            stream.skip_character()
            continue
        is_empty = False
        text = stream.read_value()
        value = parse_object(text)
        if isinstance(value, ReadError) and (shorter := stream.resynchronise(text)):
            text, value = shorter, parse_object(shorter)
        yield "", text.line, value
        if not text.complete:
            return False
    if not character:
        raise ReadError("cut-off", "read.json.list-without-end", line=stream.line)
    if is_empty:
        raise ReadError("empty", "read.json.empty-list", line=stream.line)
    stream.skip_character()
    return True


def _read_lines(file: TextIO) -> Iterator[JsonText]:
    for number, line in enumerate(iter(lambda: file.readline(MAX_RECORD + 1), ""), start=1):
        if len(line) > MAX_RECORD:
            # The rest of the line would pass for a line of its own.
            yield JsonText(line, number, complete=False)
            return
        text = line.removeprefix("\ufeff") if number == 1 else line
        if text.strip():
            yield JsonText(text.rstrip("\r\n"), number)
