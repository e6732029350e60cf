"""Parse the JSON text of one record into an object, or return why it is none; for the readers of JSON and JSON Lines."""

import json
import re
from dataclasses import dataclass
from typing import Any

from passo_lod.sources.json_files.json_tokens import MAX_DEPTH, nesting_depth
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import find_mark_overflow

MAX_RECORD = 10_000_000
"""Characters of one record; the longest known has some 200,000."""

JSON_SYNTAX = "JSON (RFC 8259): keys and texts in double quotes, a comma between two items and none after the last"
ONE_OBJECT_OR_LIST = (
    "one object, or a list with a comma between two: [{…}, {…}]; an object on each line is read by `reader: jsonl`"
)


@dataclass(frozen=True)
class JsonText:
    """The text of what should be one record, and where it begins.

    Attributes:
        line: of its first character (from 1).
        column: of its first character (from 1).
        complete: whether its end was found.
    """

    text: str
    line: int
    column: int = 1
    complete: bool = True


class JsonObject(dict[str, Any]):
    """A JSON object that knows which of its keys occur more than once."""

    duplicate_keys: tuple[str, ...] = ()

    @classmethod
    def from_pairs(cls, pairs: list[tuple[str, Any]]) -> "JsonObject":
        """The object of some pairs, in their order."""
        value = cls(pairs)
        if len(value) != len(pairs):
            keys = [key for key, _ in pairs]
            value.duplicate_keys = tuple(sorted({key for key in value if keys.count(key) > 1}))
        return value


def parse_object(source: JsonText) -> JsonObject | ReadError:
    """The object that a text is, or why it is none, with its line."""
    try:
        return _parse(source)
    except ReadError as error:
        error.line = error.line or source.line
        return error


def _parse(source: JsonText) -> JsonObject:
    if not source.complete:
        raise _too_large() if len(source.text) > MAX_RECORD else ReadError("cut-off", "it does not end", JSON_SYNTAX)
    _check_text(source)
    value = _decode(source)
    if not isinstance(value, JsonObject):
        raise ReadError("not-a-record", f"it is {type_name(value)}, not an object", 'an object: {"id": …, …}')
    _check_surrogates(source, value)
    return value


def _decode(source: JsonText) -> Any:
    try:
        return _DECODER.decode(source.text)
    except json.JSONDecodeError as error:
        raise _not_json(source, error) from error
    except _NotAJsonValue as error:
        message = f"it holds {error}, which is not a JSON value"
        raise ReadError("not-json", message, "a number, or null if there is none") from error
    except RecursionError as error:
        raise _too_deep() from error


class _NotAJsonValue(ValueError):
    """Python's decoder accepts NaN and Infinity; JSON does not."""


def _reject_constant(text: str) -> Any:
    raise _NotAJsonValue(text)


# Numbers keep their lexical form: 28.50 is not 28.5, and a number of 9999 digits is no error.
_DECODER = json.JSONDecoder(
    object_pairs_hook=JsonObject.from_pairs, parse_float=str, parse_int=str, parse_constant=_reject_constant
)


def _not_json(source: JsonText, error: json.JSONDecodeError) -> ReadError:
    column = error.colno + (source.column - 1 if error.lineno == 1 else 0)
    message = f"it is not JSON: {error.msg.removesuffix(' at')} (column {column})"
    expected = ONE_OBJECT_OR_LIST if error.msg == "Extra data" else JSON_SYNTAX
    return ReadError("not-json", message, expected, source.line + error.lineno - 1)


def _too_large() -> ReadError:
    message = f"it has more than {MAX_RECORD:,} characters; nothing after it was read"
    return ReadError("too-large", message, "a list of objects, or an object on each line with `reader: jsonl`")


def _too_deep() -> ReadError:
    return ReadError("too-deep", f"its objects and lists are nested more than {MAX_DEPTH} deep", "a flatter object")


_UNDECODED_BYTE = re.compile(r"[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is not UTF-8 (PEP 383)."""


def _check_text(source: JsonText) -> None:
    """Raise ReadError for what a parser or normaliser must not meet: wrong bytes, deep nesting, endless accents."""
    if (byte := _UNDECODED_BYTE.search(source.text)) is not None:
        line = source.line + source.text.count("\n", 0, byte.start())
        raise ReadError("encoding", "it is not UTF-8 text", "the file saved with the encoding UTF-8", line)
    brackets = source.text.count("{") + source.text.count("[")
    if brackets > MAX_DEPTH and nesting_depth(source.text) > MAX_DEPTH:
        raise _too_deep()
    if find_mark_overflow(source.text) is not None:
        raise ReadError("accents", "it has a letter with more than 30 accents", "text that people can read")


_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _check_surrogates(source: JsonText, value: JsonObject) -> None:
    """Raise ReadError for an unpaired surrogate: JSON allows the escape (RFC 8259, 8.2), UTF-8 cannot encode it."""
    if _ESCAPED_SURROGATE.search(source.text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            message = r"it holds half of a character (\ud800 to \udfff alone)"
            raise ReadError("encoding", message, "whole characters") from error


def type_name(value: Any) -> str:
    """The JSON type of a value, in words for people."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else "a text, a number or true/false"
