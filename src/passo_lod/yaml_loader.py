"""Load YAML settings with the line of every value for messages, and every scalar as the string that a person typed.

An ISTAT code such as `036002` must not become an octal number, nor the country `NO` a boolean.
"""

from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml

from passo_lod.errors import PassoError

MAX_BYTES = 1_000_000
"""Bytes of a file; settings have far fewer."""


class YamlText(str):
    """A scalar that knows its line (from 1)."""

    line: int


class YamlMapping(dict[str, Any]):
    """A mapping that knows the line on which it begins (from 1); so do its keys and values."""

    line: int


class YamlSequence(list[Any]):
    """A sequence that knows the line on which it begins (from 1)."""

    line: int


_Value = TypeVar("_Value", YamlText, YamlMapping, YamlSequence)


class _Loader(yaml.SafeLoader):
    """A safe loader that resolves no scalar: `1`, `no` and `2020-01-01` are strings."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node without aliases, which can make a small file expand into a huge one."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            line = event.start_mark.line + 1
            raise _Mistake(line, "anchors and aliases (& and *) are not allowed here; write the value out")
        return super().compose_node(parent, index)


def load(path: Path, error: type[PassoError]) -> YamlMapping:
    """Load a YAML file whose root is a mapping.

    Args:
        path: the file.
        error: the class of `PassoError` to raise.

    Raises:
        PassoError: the file is missing or wrong; names file, line and what would be right.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(f"{path}: is larger than {MAX_BYTES:,} bytes; a settings file is much smaller")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror})") from problem
    except UnicodeDecodeError as problem:
        raise error(f"{path}: is not UTF-8 text (byte {problem.start + 1}); save it as UTF-8") from problem
    return _parse(path, text, error)


def text_list(block: YamlMapping, key: str, path: Path, error: type[PassoError]) -> tuple[str, ...]:
    """The texts of the list below a key; empty if the key is missing.

    Args:
        block: the mapping.
        key: the key.
        path: the file, for messages.
        error: the class of `PassoError` to raise.

    Raises:
        PassoError: the value is not a list of texts.
    """
    value = block.get(key, YamlSequence())
    if not isinstance(value, YamlSequence) or not all(isinstance(each, YamlText) for each in value):
        raise error(f"{path}:{value.line}: {key} should hold a list of texts, such as [one, another]")
    return tuple(str(each) for each in value)


def mapping(block: YamlMapping, key: str, path: Path, error: type[PassoError]) -> YamlMapping:
    """The mapping below a key; empty if the key is missing. Arguments as for `text_list`.

    Raises:
        PassoError: the value is not a mapping.
    """
    value = block.get(key, YamlMapping())
    if not isinstance(value, YamlMapping):
        raise error(f"{path}:{value.line}: {key} should hold a mapping (key: value)")
    return value


def _parse(path: Path, text: str, error: type[PassoError]) -> YamlMapping:
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = _build(node)
    except yaml.MarkedYAMLError as problem:
        line = (problem.problem_mark.line + 1) if problem.problem_mark else 1
        raise error(f"{path}:{line}: is not YAML: {problem.problem}") from problem
    except yaml.YAMLError as problem:
        raise error(f"{path}: is not YAML: {problem}") from problem
    except _Mistake as problem:
        raise error(f"{path}:{problem.line}: {problem}") from problem
    except RecursionError as problem:
        raise error(f"{path}: is nested too deeply") from problem
    if not isinstance(value, YamlMapping):
        raise error(f"{path}: should hold a mapping (key: value)")
    return value


class _Mistake(Exception):
    """YAML that is valid but not allowed in settings."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _build(node: yaml.Node | None) -> YamlText | YamlMapping | YamlSequence:
    if node is None:
        return _with_line(YamlMapping(), 1)
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, line)
    if isinstance(node, yaml.SequenceNode):
        return _with_line(YamlSequence(_build(each) for each in node.value), line)
    return _with_line(YamlText(node.value), line)


def _build_mapping(node: yaml.MappingNode, line: int) -> YamlMapping:
    block = _with_line(YamlMapping(), line)
    for key_node, value_node in node.value:
        key = _build(key_node)
        if not isinstance(key, YamlText):
            raise _Mistake(key_node.start_mark.line + 1, "a key should be plain text")
        if key in block:
            raise _Mistake(key.line, f"the key {str(key)!r} stands twice")
        block[key] = _build(value_node)
    return block


def _with_line(value: _Value, line: int) -> _Value:
    value.line = line
    return value
