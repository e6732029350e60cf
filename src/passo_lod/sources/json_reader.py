"""Read JSON and JSON Lines: objects whose nested values and lists become the fields of a record, by their paths.

A path names the way to a value: `organizer.name`, `issues[]`, `phases[].title` (docs/sources/json.md). A list is read one
object at a time, so that a file larger than the memory is read all the same; an object that cannot be read is told with its
line, and those after it are read.
"""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from passo_lod import yaml_loader as yaml_text
from passo_lod.errors import SourceError
from passo_lod.records import Field, Reading
from passo_lod.report import Severity, ValidationResult, shortened
from passo_lod.sources import columns as rows
from passo_lod.sources.columns import Columns
from passo_lod.yaml_loader import YamlMapping, YamlText

MAX_RECORD = 10_000_000
"""Characters of one record; the longest known has some 200,000."""

MAX_DEPTH = 100
"""Objects and lists within each other in one record; beyond this a parser runs out of stack."""

MAX_MENDED = 1_000
"""Records of one file that may lack a brace; each costs the reading of all that follows it, up to `MAX_RECORD`."""

MAX_KEYS_TOLD = 50
"""Keys that no column names, told for a file; a file that uses ids as keys has no end of them."""

_CHUNK = 1 << 18
_KEYS = ("columns", "ignore-keys", "records", "sentinels", "absent")


# ----------------------------------------------------------------------------------------------------------- the layout

_EACH = "[]"
_PATH_PART = re.compile(r"(?P<key>(?:[^.\\]|\\.)+?)(?P<items>(?:\[\d*\])*)(?:\.|$)")


@dataclass
class _Node:
    """One step of the paths: what is known below it, and the columns that end in it."""

    keys: dict[str, "_Node"] = field(default_factory=dict)
    items: dict[str, "_Node"] = field(default_factory=dict)
    """`[]` for every item of a list, `[0]` for its first."""
    labels: list[str] = field(default_factory=list)
    ignored: bool = False

    def at(self, steps: Sequence[str]) -> "_Node":
        """The node to which a path leads; made where it is not there."""
        node = self
        for step in steps:
            node = node.keys.setdefault(step[1:], _Node()) if step[0] == "." else node.items.setdefault(step, _Node())
        return node


@dataclass(frozen=True)
class JsonLayout:
    """What the objects of one source look like, from `layout` in its `source.yaml`.

    Attributes:
        columns: the labels, and the texts that mean «no value».
        tree: where the labels' values are.
        records: the keys that lead to the list of records; empty where the file is the list, or the one record.
    """

    columns: Columns
    tree: _Node
    records: tuple[str, ...] = ()

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "JsonLayout":
        """The layout that a `source.yaml` describes.

        Raises:
            SourceError: a key is unknown, or a path is none.
        """
        _check(path, block)
        tree = _Node()
        for label, way in _ways(path, block).items():
            tree.at(_steps(path, way)).labels.append(label)
        for way in block.get("ignore-keys", ()):
            tree.at(_steps(path, way)).ignored = True
        return cls(Columns.parse(path, block), tree, _records(path, block))

    @classmethod
    def parse_lines(cls, path: Path, block: YamlMapping) -> "JsonLayout":
        """The layout of JSON Lines, where every line is a record.

        Raises:
            SourceError: as `parse`, or `records` is stated.
        """
        if "records" in block:
            raise SourceError(
                f"{path}:{block['records'].line}: records has no effect on JSON Lines: each line is a record"
            )
        return cls.parse(path, block)

    @property
    def names(self) -> tuple[str, ...]:
        """All that a record can say."""
        return self.columns.labels


def _check(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in _KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: {', '.join(_KEYS)}")  # type: ignore[attr-defined]
    if not block.get("columns"):
        raise SourceError(f"{path}: layout should state columns: a label and its path each, such as 'Title: title'")
    yaml_text.mapping(block, "sentinels", path, SourceError)
    yaml_text.texts(block, "absent", path, SourceError)
    yaml_text.texts(block, "ignore-keys", path, SourceError)


def _ways(path: Path, block: YamlMapping) -> dict[str, YamlText]:
    """The path of every label; in a plain list the label is the path."""
    columns = block["columns"]
    ways = dict(columns) if isinstance(columns, YamlMapping) else {each: each for each in _listed(path, columns)}
    for label, way in ways.items():
        if not isinstance(way, YamlText) or not way:
            raise SourceError(
                f"{path}:{way.line}: the column {str(label)!r} should have a path, such as organizer.name"
            )
    return {str(label): way for label, way in ways.items()}


def _listed(path: Path, columns: Any) -> list[YamlText]:
    if not isinstance(columns, list) or not all(isinstance(each, YamlText) for each in columns):
        raise SourceError(f"{path}:{columns.line}: columns should hold a label and its path each, or a list of paths")
    return columns


def _steps(path: Path, way: YamlText) -> list[str]:
    r"""The keys of a path, each after a dot, and its items in brackets.

    >>> _steps(Path("source.yaml"), Text(r"phases[].step\.title"))
    ['.phases', '[]', '.step.title']
    """
    steps: list[str] = []
    end = 0
    for part in _PATH_PART.finditer(way):
        if part.start() != end:
            break
        steps.append("." + re.sub(r"\\(.)", r"\1", part["key"]))
        steps += re.findall(r"\[\d*\]", part["items"])
        end = part.end()
    if end != len(way) or not steps or way[0] == "[" or re.search(r"(?<!\\)\.$", way):
        raise SourceError(
            f"{path}:{way.line}: {str(way)!r} is no path; right would be one such as title, organizer.name, issues[] "
            r"or phases[].title; a dot that belongs to a key is written \."
        )
    return steps


def _records(path: Path, block: YamlMapping) -> tuple[str, ...]:
    if "records" not in block:
        return ()
    way = block["records"]
    steps = _steps(path, way) if isinstance(way, YamlText) else []
    if not steps or any(step[0] == "[" for step in steps):
        raise SourceError(f"{path}:{way.line}: records should be the path to the list of records, such as data.cases")
    return tuple(step[1:] for step in steps)


# ---------------------------------------------------------------------------------------------------- texts and objects


@dataclass(frozen=True)
class _Piece:
    """What should be one record: its text, and where it begins."""

    text: str
    line: int
    column: int = 1
    whole: bool = True
    """Whether its end was found."""


class _Unreadable(Exception):
    """Why a piece of a file is no record."""

    def __init__(self, code: str, message: str, expected: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code, self.expected, self.line = code, expected, line


class _Object(dict[str, Any]):
    """A JSON object, and the keys that stand in it twice."""

    twice: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> "_Object":
        """From the pairs in their order."""
        made = cls(pairs)
        if len(made) != len(pairs):
            keys = [key for key, _ in pairs]
            made.twice = tuple(sorted({key for key in made if keys.count(key) > 1}))
        return made


class _Refused(ValueError):
    """A value that JSON does not have."""


def _no_number(text: str) -> Any:
    raise _Refused(text)


# Numbers stay as they are written: 28.50 is not 28.5, and 9999 digits are no reason to fail.
_DECODER = json.JSONDecoder(object_pairs_hook=_Object.of, parse_float=str, parse_int=str, parse_constant=_no_number)

_JSON = "JSON (RFC 8259): keys and texts in double quotes, a comma between two items and none after the last"


def _parsed(piece: _Piece) -> "_Object | _Unreadable":
    """The object that a piece is, or why it is none."""
    try:
        return _object(piece)
    except _Unreadable as problem:
        problem.line = problem.line or piece.line
        return problem


def _object(piece: _Piece) -> _Object:
    if not piece.whole:
        raise _too_large() if len(piece.text) > MAX_RECORD else _Unreadable("cut-off", "it does not end", _JSON)
    _check_text(piece)
    try:
        value = _DECODER.decode(piece.text)
    except json.JSONDecodeError as problem:
        raise _not_json(piece, problem) from problem
    except _Refused as problem:
        raise _Unreadable(
            "not-json", f"it holds {problem}, which is no JSON value", "a number, or null where there is none"
        ) from problem
    except RecursionError as problem:
        raise _too_deep() from problem
    if not isinstance(value, _Object):
        raise _Unreadable("not-a-record", f"it is {_kind(value)}, not an object", 'an object: {"id": …, …}')
    _check_surrogates(piece, value)
    return value


def _not_json(piece: _Piece, problem: json.JSONDecodeError) -> _Unreadable:
    column = problem.colno + (piece.column - 1 if problem.lineno == 1 else 0)
    message = f"it is not JSON: {problem.msg.removesuffix(' at')} (column {column})"
    expected = _MANY if problem.msg == "Extra data" else _JSON
    return _Unreadable("not-json", message, expected, piece.line + problem.lineno - 1)


_MANY = "one object, or a list with a comma between two: [{…}, {…}]; an object on each line is read by `reader: jsonl`"


def _too_large() -> _Unreadable:
    message = f"it has more than {MAX_RECORD:,} characters; nothing after it was read"
    return _Unreadable("too-large", message, "a list of objects, or an object on each line with `reader: jsonl`")


def _too_deep() -> _Unreadable:
    return _Unreadable(
        "too-deep", f"more than {MAX_DEPTH} objects or lists stand within each other", "a flatter object"
    )


def _check_text(piece: _Piece) -> None:
    """What is refused before it is parsed: bytes that are no UTF-8, depths no parser survives, accents without end."""
    if (wrong := _ESCAPED_BYTE.search(piece.text)) is not None:
        line = piece.line + piece.text.count("\n", 0, wrong.start())
        raise _Unreadable("encoding", "it is not UTF-8 text", "the file saved with the encoding UTF-8", line)
    if piece.text.count("{") + piece.text.count("[") > MAX_DEPTH and depth_of(piece.text) > MAX_DEPTH:
        raise _too_deep()
    if not rows.stream_safe(piece.text):
        raise _Unreadable("accents", "it has a letter with more than 30 accents", "text that people can read")


_ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _check_surrogates(piece: _Piece, value: _Object) -> None:
    """Half of a character, written as an escape, is text in JSON and nowhere else."""
    if _ESCAPED_SURROGATE.search(piece.text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as problem:
            raise _Unreadable(
                "encoding", r"it holds half of a character (\ud800 to \udfff alone)", "whole characters"
            ) from problem


def depth_of(text: str) -> int:
    """How many objects and lists of a JSON text stand within each other."""
    depth = deepest = at = 0
    while (at := _INSIDE.match(text, at).end()) < len(text):  # type: ignore[union-attr]
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(text[at], 0)
        deepest = max(deepest, depth)
        at += 1
    return deepest


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else "a text, a number or true/false"


# --------------------------------------------------------------------------------------------------- one record's fields


class _File:
    """One file: what was told of it already."""

    def __init__(self, source: Any, path: Path, shown: str) -> None:
        self._source, self._stem, self._shown = source, path.stem, shown
        self._told: set[str] = set()

    def reading(self, line: int, value: "_Object | _Unreadable") -> Reading:
        """The record of an object, or why there is none."""
        if isinstance(value, _Unreadable):
            return self.refusal(value)
        found = _Fields(self._source.layout, value, line, self._told)
        return rows.record_reading(self._source, self._shown, line, found.fields, found.results, name=self._stem)

    def refusal(self, problem: _Unreadable) -> Reading:
        """What stands in for a record that could not be read."""
        message = f"the record cannot be read: {problem}."
        return rows.rejected(self._source, self._shown, problem.code, message, problem.expected, problem.line)


class _Fields:
    """The fields of one object, and what does not fit."""

    def __init__(self, layout: JsonLayout, value: _Object, line: int, told: set[str]) -> None:
        self._line = line
        self._told = told
        self._texts: dict[str, list[str]] = {}
        self._listed: set[str] = set()
        self.results: list[ValidationResult] = []
        self._take(value, layout.tree, "", listed=False)
        said = (
            layout.columns.field(label, line, texts, listed=label in self._listed)
            for label, texts in self._texts.items()
        )
        self.fields: dict[str, Field] = {each.label: each for each in said if each is not None}

    def _take(self, value: Any, node: _Node, way: str, *, listed: bool) -> None:
        """Follow the known paths into a value."""
        if node.ignored or not _says_something(value):
            return
        if isinstance(value, _Object):
            self._take_object(value, node, way, listed=listed)
        elif isinstance(value, list):
            self._take_list(value, node, way)
        elif node.labels or _EACH in node.items:
            labels = node.labels or node.items[_EACH].labels
            self._add(labels, value, listed=listed or not node.labels)
        if not node.labels and not isinstance(value, (dict, list)) and not _ends(node):
            self._misfit(way, value, "an object" if node.keys else "a list")

    def _take_object(self, value: _Object, node: _Node, way: str, *, listed: bool) -> None:
        if not node.keys:
            self._misfit(way, value, "a text or a list of texts")
            return
        for key in value.twice:
            if key in node.keys and not node.keys[key].ignored:
                self._report(
                    Severity.VIOLATION,
                    "key-twice",
                    "the key stands twice in one object.",
                    _joined(way, key),
                    "each key once",
                )
        for key, each in value.items():
            if key in node.keys:
                self._take(each, node.keys[key], _joined(way, key), listed=listed)
            elif _says_something(each):
                self._unknown(_joined(way, key))

    def _take_list(self, value: list[Any], node: _Node, way: str) -> None:
        if not node.items and not node.labels:
            self._misfit(way, value, f"an object; the path to a value of each item begins with {way}[]")
        for step, below in node.items.items():
            items = value if step == _EACH else value[int(step[1:-1]) :][:1]
            for each in items:
                self._take(each, below, way + step, listed=step == _EACH)
        if node.labels and not node.items:
            for each in value:
                if isinstance(each, (dict, list)):
                    self._misfit(way + _EACH, each, "a text")
                elif _says_something(each):
                    self._add(node.labels, each, listed=True)

    def _add(self, labels: list[str], value: Any, *, listed: bool) -> None:
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
        for label in labels:
            self._texts.setdefault(label, []).append(text)
            if listed:
                self._listed.add(label)

    def _misfit(self, way: str, value: Any, expected: str) -> None:
        message = f"it is {_kind(value)}, from which nothing was read."
        self._report(Severity.VIOLATION, "misfit", message, way, expected)

    def _unknown(self, way: str) -> None:
        """A key that no column names, told once a file: what may be worth a column."""
        if way in self._told or len(self._told) > MAX_KEYS_TOLD:
            return
        self._told.add(way)
        message = "no column has this key; its values are not published."
        if len(self._told) > MAX_KEYS_TOLD:
            message = f"more than {MAX_KEYS_TOLD} keys of the file are in no column; no more are told."
        expected = "a path under `columns` in source.yaml, or the key under `ignore-keys`"
        self._report(Severity.WARNING, "unknown-key", message, way, expected)

    def _report(self, severity: Severity, code: str, message: str, way: str, expected: str) -> None:
        self.results.append(
            ValidationResult(severity, message, line=self._line, field=shortened(way), expected=expected, code=code)
        )


def _ends(node: _Node) -> bool:
    return _EACH in node.items and bool(node.items[_EACH].labels)


def _says_something(value: Any) -> bool:
    """Whether a value is more than null, an empty text, or a list or object of such."""
    if isinstance(value, dict):
        return any(map(_says_something, value.values()))
    if isinstance(value, list):
        return any(map(_says_something, value))
    return value is not None and not (isinstance(value, str) and not value.strip())


def _joined(way: str, key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace(".", "\\.")
    return f"{way}.{escaped}" if way else escaped


# ----------------------------------------------------------------------------------------------------------- JSON Lines


def read_lines(source: Any, path: Path, shown: str) -> Iterator[Reading]:
    """The records of a file of JSON Lines: one `Reading` for each line that is not blank."""
    file = _File(source, path, shown)
    empty = True
    try:
        for piece in _lines(path):
            empty = False
            yield file.reading(piece.line, _parsed(piece))
        if empty:
            raise _Unreadable("empty", "the file is empty", "an object on each line")
    except _Unreadable as problem:
        yield file.refusal(problem)


def _lines(path: Path) -> Iterator[_Piece]:
    with _opened(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_RECORD + 1), ""), start=1):
            if len(line) > MAX_RECORD:
                # What is left of the line would be taken for another one.
                yield _Piece(line, number, whole=False)
                return
            text = line.removeprefix("\ufeff") if number == 1 else line
            if text.strip():
                yield _Piece(text.rstrip("\r\n"), number)


# ----------------------------------------------------------------------------------------------------------------- JSON


def read(source: Any, path: Path, shown: str) -> Iterator[Reading]:
    """The records of a JSON file: the objects of its list, or the one object that it is."""
    file = _File(source, path, shown)
    try:
        with _opened(path) as opened:
            for line, value in _values(_Stream(opened), source.layout.records):
                yield file.reading(line, value)
    except _Unreadable as problem:
        yield file.refusal(problem)


def _values(stream: "_Stream", records: Sequence[str]) -> Iterator[tuple[int, "_Object | _Unreadable"]]:
    """The records of a file, each with its line."""
    first = stream.next()
    if not first:
        raise _Unreadable("empty", "the file is empty", "a list of objects, or one object")
    for key in records:
        stream.enter(key, ".".join(records))
    if not records and first == "{":
        piece = stream.piece()
        yield piece.line, _parsed(piece)
        if piece.whole and stream.next():
            raise _Unreadable("not-json", "the file goes on after its object", _MANY, stream.line)
        return
    if stream.next() != "[":
        where = f"at {'.'.join(records)} stands" if records else "the file is"
        raise _Unreadable("no-list", f"{where} no list of records", "a list of objects: [{…}, {…}]", stream.line)
    ended = yield from _items(stream)
    if ended and not records and stream.next():
        message = "the file goes on after the end of its list; nothing of that was read"
        raise _Unreadable("not-json", message, _JSON, stream.line)


def _items(stream: "_Stream") -> Generator[tuple[int, "_Object | _Unreadable"], None, bool]:
    """The items of the list that begins here, and whether its end was found; commas too many do no harm."""
    stream.step()
    empty = True
    while (sign := stream.next()) not in ("", "]"):
        if sign == "," and not empty:
            stream.step()
            continue
        empty = False
        piece = stream.piece()
        value = _parsed(piece)
        if isinstance(value, _Unreadable) and (mended := stream.mend(piece)):
            piece, value = mended, _parsed(mended)
        yield piece.line, value
        if not piece.whole:
            return False
    if not sign:
        raise _Unreadable("cut-off", "the list of records does not end: the file is cut off", _JSON, stream.line)
    if empty:
        raise _Unreadable("empty", "the list of records is empty", "at least one record", stream.line)
    stream.step()
    return True


def _opened(path: Path) -> TextIO:
    """A file to read; a byte that is no UTF-8 stays one character, so that only its record is refused (PEP 383)."""
    try:
        if path.exists() and not path.is_file():
            raise _Unreadable("unreadable", "it is no ordinary file", "a file saved as UTF-8 text")
        with path.open("rb") as file:
            mark = file.read(2)
        if mark in (b"\xff\xfe", b"\xfe\xff"):
            raise _Unreadable("encoding", "the file is UTF-16 text", "the file saved with the encoding UTF-8", 1)
        return path.open(encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as problem:
        raise _Unreadable(
            "unreadable", f"the file cannot be opened ({problem.strerror})", "a readable file"
        ) from problem


# Text in quotes ends with its line at the latest, so that a missing quote does not turn the rest of a file inside out.
_QUOTED = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+(?:"|(?=\\?\n))'
_INSIDE = re.compile(rf'(?:[^"\[\]{{}}]++|{_QUOTED})*+')
_BETWEEN = re.compile(rf'(?:[^"\[\]{{}},]++|{_QUOTED})*+')
_BLANK = re.compile(r"[ \t\r\n]*+")
_KEY = re.compile(rf"{_QUOTED}")


class _Stream:
    """The text of a file, a part at a time: what was read is let go, and its lines are counted."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = file.read(_CHUNK).removeprefix("\ufeff")
        self._at = 0
        self._line_start = 0  # negative where the line's beginning was let go
        self._start = 0
        self._mended = 0
        self.line = 1

    def next(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self._move(_BLANK.match(self._text, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def step(self) -> None:
        """Pass one character."""
        self._move(self._at + 1)

    def piece(self) -> _Piece:
        """The value that begins here, up to the comma or bracket that follows it."""
        self._let_go()
        self._start, line, column = self._at, self.line, self._at - self._line_start + 1
        end, whole = self._end()
        self._move(end)
        return _Piece(self._text[self._start : end].rstrip(), line, column, whole)

    def mend(self, piece: _Piece) -> _Piece | None:
        """Of a piece that is no object: only as far as the next one begins on a line of its own; None where none does.

        An object that lacks a brace swallows all that follow it. In a file laid out on lines the next one begins as far
        in as this one, so that one object is lost and not all.
        """
        indent = self._text[self._start - piece.column + 1 : self._start] if piece.column <= self._start + 1 else "?"
        following = self._text.find(f"\n{indent}{{", self._start, self._start + len(piece.text))
        if indent.strip() or following < 0 or self._mended >= MAX_MENDED:
            return None
        self._mended += 1
        self._at, self._line_start = following, self._start - piece.column + 1
        self.line = piece.line
        text = self._text[self._start : following]
        self.line += text.count("\n")
        return _Piece(text.rstrip().removesuffix(","), piece.line, piece.column)

    def enter(self, key: str, way: str) -> None:
        """Go to the value of a key of the object that begins here.

        Raises:
            _Unreadable: there is no object, or it has no such key.
        """
        missing = _Unreadable(
            "no-list", f"there is no list of records at {way}", "the path in `records` of source.yaml"
        )
        if self.next() != "{":
            raise missing
        self.step()
        while self.next() == '"':
            found = self._key()
            if self.next() != ":":
                raise _Unreadable("not-json", f"the key {found!r} has no value", _JSON, self.line)
            self.step()
            self.next()
            if found == key:
                return
            self._skip()
            if self.next() == ",":
                self.step()
        raise missing

    def _key(self) -> str:
        while (match := _KEY.match(self._text, self._at)) is None:
            if not self._more() or len(self._text) - self._at > MAX_RECORD:
                raise _Unreadable("not-json", "a text does not end", _JSON, self.line)
        try:
            found = json.loads(match[0])
        except json.JSONDecodeError as problem:
            raise _Unreadable("not-json", f"it is not JSON: {problem.msg}", _JSON, self.line) from problem
        self._move(match.end())
        return str(found)

    def _skip(self) -> None:
        """Pass a value, however long, without holding it."""
        depth = 0
        while True:
            pattern = _INSIDE if depth else _BETWEEN
            self._move(pattern.match(self._text, self._at).end())  # type: ignore[union-attr]
            sign = self._text[self._at : self._at + 1]
            if sign in ("", '"'):
                if not self._more() or len(self._text) - self._at > MAX_RECORD:
                    raise _Unreadable("cut-off", "the file ends in the midst of a value", _JSON, self.line)
            elif not depth and sign in ",}]":
                return
            else:
                depth += 1 if sign in "{[" else -1
                self.step()

    def _end(self) -> tuple[int, bool]:
        """Where the value ends that begins here, and whether that was found."""
        at, depth = self._at, 0
        while at - self._at <= MAX_RECORD:
            pattern = _INSIDE if depth else _BETWEEN
            at = pattern.match(self._text, at).end()  # type: ignore[union-attr]
            sign = self._text[at : at + 1]
            if sign in ("", '"'):
                if len(self._text) - self._at > MAX_RECORD:
                    break
                chunk = self._file.read(_CHUNK)
                if not chunk:
                    return len(self._text), depth == 0 and not sign
                self._text += chunk
            elif not depth and sign in ",]":
                return at, True
            else:
                depth = max(depth + (1 if sign in "{[" else -1), 0)
                at += 1
        return at, False

    def _more(self) -> bool:
        """Read on; what was passed is let go."""
        self._let_go()
        chunk = self._file.read(_CHUNK)
        self._text += chunk
        return bool(chunk)

    def _let_go(self) -> None:
        """Forget what was passed, but for the beginning of the line, which is how far in its object stands."""
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
