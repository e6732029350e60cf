"""Read the records of JSON and JSON Lines files (docs/sources/json.md): the readers `json` and `jsonl` of source.yaml.

Each object of a list, or each line, is one record. Objects are read one at a time, so that a file may be larger than
memory; an object that cannot be read becomes a violation with its line, and the objects after it are read.
"""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from passo_lod.messages.localised_text import CatalogueText
from passo_lod.records import Reading
from passo_lod.sources.json_files.json_fields import JsonFieldExtractor
from passo_lod.sources.json_files.json_parser import (
    MAX_RECORD,
    JsonObject,
    JsonText,
    parse_object,
)
from passo_lod.sources.json_files.json_stream import JsonStream
from passo_lod.sources.read_error import ReadError, not_opened
from passo_lod.sources.reading_builder import record_reading, rejected_reading


def read_json(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The records of a JSON file: the objects of its list, or the one object that it is."""
    file = _JsonFile(source, path, display_path)
    try:
        with _open_text(path) as opened:
            for line, value in read_objects(JsonStream(opened), source.layout.records):
                yield file.reading(line, value)
    except ReadError as error:
        yield file.rejected(error)


def read_json_lines(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The records of a JSON Lines file: one `Reading` for each line that is not blank."""
    file = _JsonFile(source, path, display_path)
    is_empty = True
    try:
        for text in _read_lines(path):
            is_empty = False
            yield file.reading(text.line, parse_object(text))
        if is_empty:
            raise ReadError("empty", "read.empty", {"kind": CatalogueText("read.kind.json-lines")})
    except ReadError as error:
        yield file.rejected(error)


class _JsonFile:
    """Makes the readings of one file, and remembers which unknown keys were reported for it."""

    def __init__(self, source: Any, path: Path, display_path: str) -> None:
        self._source, self._stem, self._display_path = source, path.stem, display_path
        self._unknown_keys: set[str] = set()

    def reading(self, line: int, value: JsonObject | ReadError) -> Reading:
        if isinstance(value, ReadError):
            return self.rejected(value)
        found = JsonFieldExtractor(self._source.layout, value, line, self._unknown_keys)
        return record_reading(
            self._source, self._display_path, line, found.fields, found.results, default_id=self._stem
        )

    def rejected(self, error: ReadError) -> Reading:
        return rejected_reading(self._source, self._display_path, "record", error)


def _open_text(path: Path) -> TextIO:
    """Open a file so that a byte that is not UTF-8 becomes one character, and only its record is rejected (PEP 383)."""
    try:
        if path.exists() and not path.is_file():
            raise ReadError("unreadable", "read.not-regular", {"kind": CatalogueText("read.kind.text-file")})
        with path.open("rb") as file:
            first_bytes = file.read(2)
        if first_bytes in (b"\xff\xfe", b"\xfe\xff"):
            raise ReadError("encoding", "read.utf-16", line=1)
        return path.open(encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as error:
        raise not_opened(error) from error


def read_objects(stream: JsonStream, records: Sequence[str]) -> Iterator[tuple[int, JsonObject | ReadError]]:
    """The records of a file, each with its line.

    Args:
        stream: the file.
        records: the keys that lead to the list of records.

    Raises:
        ReadError: the file is empty, holds no list there, or does not end as it should.
    """
    first = stream.peek()
    if not first:
        raise ReadError("empty", "read.empty", {"kind": CatalogueText("read.kind.json")})
    for key in records:
        stream.enter(key, ".".join(records))
    if first == "{" and not records:
        yield from _read_single_object(stream)
        return
    if stream.peek() != "[":
        key = "read.json.no-list-at-path" if records else "read.json.no-list"
        raise ReadError("no-list", key, {"path": ".".join(records)} if records else {}, stream.line)
    ended = yield from _read_items(stream)
    if ended and not records and stream.peek():
        raise ReadError("not-json", "read.json.text-after-list", line=stream.line)


def _read_single_object(stream: JsonStream) -> Iterator[tuple[int, JsonObject | ReadError]]:
    text = stream.read_value()
    yield text.line, parse_object(text)
    if text.complete and stream.peek():
        raise ReadError("not-json", "read.json.text-after-object", line=stream.line)


def _read_items(stream: JsonStream) -> Generator[tuple[int, JsonObject | ReadError], None, bool]:
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
        yield text.line, value
        if not text.complete:
            return False
    if not character:
        raise ReadError("cut-off", "read.json.list-without-end", line=stream.line)
    if is_empty:
        raise ReadError("empty", "read.json.empty-list", line=stream.line)
    stream.skip_character()
    return True


def _read_lines(path: Path) -> Iterator[JsonText]:
    with _open_text(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_RECORD + 1), ""), start=1):
            if len(line) > MAX_RECORD:
                # The rest of the line would pass for a line of its own.
                yield JsonText(line, number, complete=False)
                return
            text = line.removeprefix("\ufeff") if number == 1 else line
            if text.strip():
                yield JsonText(text.rstrip("\r\n"), number)
