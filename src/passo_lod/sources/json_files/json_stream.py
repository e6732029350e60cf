"""Cut a JSON file of any size into the texts of its records, one at a time, with their lines; for json_reader.

Only brackets, commas and quotes are read here; `json_parser` parses each text.
"""

import json
from typing import TextIO

from passo_lod.sources.json_files.json_parser import MAX_RECORD, JsonText, syntax_problem
from passo_lod.sources.json_files.json_tokens import QUOTED, UP_TO_BRACKET, UP_TO_BRACKET_OR_COMMA, WHITE_SPACE
from passo_lod.sources.read_error import ReadError

MAX_RESYNCHRONISATIONS = 1_000
"""Records of one file that may lack a brace; for each, all that follows is read again, up to `MAX_RECORD`."""

MAX_READS = 30
"""How many times the characters of a file are read on average, so that reading it takes time in proportion to its length."""

_CHUNK = 1 << 18
"""Characters that are read at once."""


class JsonStream:
    """A cursor over the text of a file, of which only the part around the cursor is in memory.

    Attributes:
        line: the line of the cursor (from 1).
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = file.read(_CHUNK).removeprefix("\ufeff")
        self._characters = len(self._text)  # that were read
        self._characters_again = 0
        self._at = 0
        self._line_start = 0  # negative if the beginning of the line was discarded
        self._value_start = 0
        self._resynchronisations = 0
        self.line = 1

    def peek(self) -> str:
        """Skip white space and return the next character; empty at the end of the file."""
        while True:
            self._move(WHITE_SPACE.match(self._text, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_more():
                return ""

    def skip_character(self) -> None:
        """Move past one character."""
        self._move(self._at + 1)

    def read_value(self, closing: str = "]") -> JsonText:
        """Read the value at the cursor, up to the comma or bracket after it; `closing` ends the list or object that it is in."""
        self._discard_past()
        self._value_start, line, column = self._at, self.line, self._at - self._line_start + 1
        end, complete = self._find_value_end(closing)
        self._move(end)
        return JsonText(self._text[self._value_start : end].rstrip(), line, column, complete)

    def resynchronise(self, value: JsonText) -> JsonText | None:
        """Move back to the next record inside a value that is not JSON, and return the text before it.

        An object that lacks a brace would take in all objects after it. In an indented file the next record begins on a
        line of its own with the same indentation, so that one record is lost and the rest is read.

        Args:
            value: what `read_value` returned last.

        Returns:
            The text up to the next record; None if no line begins like one, or if too much would be read again.
        """
        indent_start = self._value_start - value.column + 1
        indent = self._text[indent_start : self._value_start] if indent_start >= 0 else "?"
        next_record = self._text.find(f"\n{indent}{{", self._value_start, self._value_start + len(value.text))
        if indent.strip() or next_record < 0 or self._resynchronisations >= MAX_RESYNCHRONISATIONS:
            return None
        again = self._value_start + len(value.text) - next_record
        if self._characters_again + again > MAX_READS * self._characters:
            return None
        self._characters_again += again
        self._resynchronisations += 1
        text = self._text[self._value_start : next_record]
        self._at, self._line_start = next_record, indent_start
        self.line = value.line + text.count("\n")
        return JsonText(text.rstrip().removesuffix(","), value.line, value.column)

    def enter(self, key: str, path: str) -> None:
        """Move to the value of a key of the object at the cursor.

        Args:
            key: the key.
            path: the whole path, for messages.

        Raises:
            ReadError: there is no object, or it has no such key.
        """
        missing = ReadError("no-list", "read.json.no-path", {"path": path})
        if self.peek() != "{":
            raise missing
        self.skip_character()
        while self.peek() == '"':
            if self.read_key() == key:
                return
            self._skip_value()
            if self.peek() == ",":
                self.skip_character()
        raise missing

    def read_key(self) -> str:
        """Read the key at the cursor, and move to its value.

        Raises:
            ReadError: it does not end, is not JSON, or has no value.
        """
        key = self._read_text()
        if self.peek() != ":":
            raise ReadError("not-json", "read.json.key-without-value", {"name": key}, self.line)
        self.skip_character()
        self.peek()
        return key

    def _read_text(self) -> str:
        while (match := QUOTED.match(self._text, self._at)) is None:
            if not self._read_more() or len(self._text) - self._at > MAX_RECORD:
                raise ReadError("not-json", "read.json.open-text", line=self.line)
        try:
            key = json.loads(match[0])
        except json.JSONDecodeError as error:
            values = {"error": syntax_problem(error.msg)}
            raise ReadError("not-json", "read.json.no-json-key", values, self.line) from error
        self._move(match.end())
        return str(key)

    def _skip_value(self) -> None:
        """Move past a value of any length without keeping it in memory."""
        depth = 0
        while True:
            self._move((UP_TO_BRACKET if depth else UP_TO_BRACKET_OR_COMMA).match(self._text, self._at).end())  # type: ignore[union-attr]
            character = self._text[self._at : self._at + 1]
            if character in ("", '"'):
                if not self._read_more() or len(self._text) - self._at > MAX_RECORD:
                    raise ReadError("cut-off", "read.json.cut-off", line=self.line)
            elif not depth and character in ",}]":
                return
            else:
                depth += 1 if character in "{[" else -1
                self.skip_character()

    def _find_value_end(self, closing: str) -> tuple[int, bool]:
        """The offset at which the value at the cursor ends, and whether its end was found."""
        at, depth = self._at, 0
        while at - self._at <= MAX_RECORD:
            at = (UP_TO_BRACKET if depth else UP_TO_BRACKET_OR_COMMA).match(self._text, at).end()  # type: ignore[union-attr]
            character = self._text[at : at + 1]
            if character in ("", '"'):
                if len(self._text) - self._at > MAX_RECORD:
                    break
                if not self._append_chunk():
                    return len(self._text), depth == 0 and not character
            elif not depth and character in ("," + closing):
                return at, True
            else:
                depth = max(depth + (1 if character in "{[" else -1), 0)
                at += 1
        return at, False

    def _read_more(self) -> bool:
        """Read a chunk; False at the end of the file."""
        self._discard_past()
        return self._append_chunk()

    def _append_chunk(self) -> bool:
        chunk = self._file.read(_CHUNK)
        self._text += chunk
        self._characters += len(chunk)
        return bool(chunk)

    def _discard_past(self) -> None:
        """Discard the text before the cursor, except the beginning of its line: `resynchronise` needs the indentation."""
        if self._at > _CHUNK:
            cut = max(self._line_start, self._at - 1_000)
            self._text = self._text[cut:]
            self._at -= cut
            self._line_start -= cut

    def _move(self, at: int) -> None:
        if lines := self._text.count("\n", self._at, at):
            self.line += lines
            self._line_start = self._text.rfind("\n", self._at, at) + 1
        self._at = at
