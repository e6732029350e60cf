"""Parse the JSON text of one record into an object, or return why it is none; for the readers of JSON and JSON Lines."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from passo_lod.messages.localised_text import CatalogueText, LanguageMap, LocalisedText, Values
from passo_lod.sources.json_files.json_tokens import MAX_DEPTH, KeyPath, lines_of_keys, nesting_depth
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import find_mark_overflow

MAX_RECORD = 10_000_000
"""Characters of one record; the longest known has some 200,000."""


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
    """A JSON object that knows which of its keys occur more than once, and of a record of several lines where its keys stand."""

    duplicate_keys: tuple[str, ...] = ()
    key_lines: Mapping[KeyPath, int] = MappingProxyType({})

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
        raise _too_large() if len(source.text) > MAX_RECORD else ReadError("cut-off", "read.json.no-end")
    _check_text(source)
    value = _decode(source)
    if not isinstance(value, JsonObject):
        raise ReadError(
            "not-a-record", "read.json.no-object", {"kind": CatalogueText(f"read.json.kind.{kind_of(value)}")}
        )
    _check_surrogates(source, value)
    if "\n" in source.text:
        value.key_lines = lines_of_keys(source.text, source.line)
    return value


def _decode(source: JsonText) -> Any:
    try:
        return _DECODER.decode(source.text)
    except json.JSONDecodeError as error:
        raise _not_json(source, error) from error
    except _NotAJsonValue as error:
        raise ReadError("not-json", "read.json.no-json-value", {"text": str(error)}) from error
    except RecursionError as error:
        raise _too_deep() from error


class _NotAJsonValue(ValueError):
    """Python's decoder accepts NaN and Infinity; JSON does not."""


def _reject_constant(text: str) -> Any:
    raise _NotAJsonValue(text)


_LARGEST_EXPONENT = 30
_LONGEST_NUMBER = 100


def _without_exponent(text: str) -> str:
    """A number as it is written, or without its exponent: `1.0E5` is the number 100000; one of very many figures stays as it is.

    >>> _without_exponent("1.0E5"), _without_exponent("25e-1"), _without_exponent("28.50"), _without_exponent("1e999")
    ('100000', '2.5', '28.50', '1e999')
    """
    _, letter, exponent = text.lower().partition("e")
    if not letter or len(text) > _LONGEST_NUMBER or abs(int(exponent)) > _LARGEST_EXPONENT:
        return text
    return f"{Decimal(text):f}"


# Numbers keep their lexical form: 28.50 is not 28.5, and a number of 9999 digits is no error.
_DECODER = json.JSONDecoder(
    object_pairs_hook=JsonObject.from_pairs,
    parse_float=_without_exponent,
    parse_int=str,
    parse_constant=_reject_constant,
)


def _not_json(source: JsonText, error: json.JSONDecodeError) -> ReadError:
    column = error.colno + (source.column - 1 if error.lineno == 1 else 0)
    values: Values = {"error": syntax_problem(error.msg), "column": str(column)}
    key = "read.json.several-values" if error.msg == "Extra data" else "read.json.no-json"
    return ReadError("not-json", key, values, source.line + error.lineno - 1)


_SYNTAX_PROBLEMS = {
    "Expecting value": "value",
    "Expecting property name enclosed in double quotes": "key",
    "Expecting ':' delimiter": "colon",
    "Expecting ',' delimiter": "comma",
    "Unterminated string starting at": "open-text",
    "Invalid control character at": "control-character",
    "Illegal trailing comma before end of object": "last-comma",
    "Illegal trailing comma before end of array": "last-comma",
    "Extra data": "surplus",
}
"""The problems that Python's decoder finds, as keys below `read.json.problem`."""


def syntax_problem(message: str) -> LocalisedText:
    """What Python's decoder finds wrong, for people; its own words for what is rare, such as an invalid escape."""
    name = _SYNTAX_PROBLEMS.get(message)
    return CatalogueText(f"read.json.problem.{name}") if name else LanguageMap.of({"en": message.removesuffix(" at")})


def _too_large() -> ReadError:
    return ReadError("too-large", "read.json.too-large", {"limit": MAX_RECORD})


def _too_deep() -> ReadError:
    return ReadError("too-deep", "read.json.too-deep", {"limit": MAX_DEPTH})


_UNDECODED_BYTE = re.compile(r"[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is not UTF-8 (PEP 383)."""


def _check_text(source: JsonText) -> None:
    """Raise ReadError for what a parser or normaliser must not meet: wrong bytes, deep nesting, endless accents."""
    if (byte := _UNDECODED_BYTE.search(source.text)) is not None:
        line = source.line + source.text.count("\n", 0, byte.start())
        raise ReadError("encoding", "read.not-utf-8", line=line)
    brackets = source.text.count("{") + source.text.count("[")
    if brackets > MAX_DEPTH and nesting_depth(source.text) > MAX_DEPTH:
        raise _too_deep()
    if find_mark_overflow(source.text) is not None:
        raise ReadError("accents", "read.accents")


_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _check_surrogates(source: JsonText, value: JsonObject) -> None:
    """Raise ReadError for an unpaired surrogate: JSON allows the escape (RFC 8259, 8.2), UTF-8 cannot encode it."""
    if _ESCAPED_SURROGATE.search(source.text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ReadError("encoding", "read.json.half-character") from error


def kind_of(value: Any) -> str:
    """The JSON type of a value, as a key below `read.json.kind`."""
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    return "null" if value is None else "scalar"
