"""Read YAML written by people: every scalar stays the string that was typed, and every value knows its line.

ISTAT codes such as `036002` must not become octal numbers, nor `NO` a boolean; and a mistake is answered with its line.
"""

from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml

from passo_lod.errors import PassoError

MAX_BYTES = 1_000_000


class YamlText(str):
    """A scalar, and the line it stands on (from 1)."""

    line: int


class YamlMapping(dict[str, Any]):
    """A mapping, and the line it begins on."""

    line: int


class YamlSequence(list[Any]):
    """A sequence, and the line it begins on."""

    line: int


_Lined = TypeVar("_Lined", YamlText, YamlMapping, YamlSequence)


class _Loader(yaml.SafeLoader):
    """A safe loader that resolves no scalar: `1`, `no` and `2020-01-01` are strings."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases, which can make a small file unfold into a huge one."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            line = event.start_mark.line + 1
            raise _Refused(line, "anchors and aliases (& and *) are not used here; write the value out")
        return super().compose_node(parent, index)


def load(path: Path, error: type[PassoError]) -> YamlMapping:
    """The mapping that a YAML file holds.

    Args:
        path: the file.
        error: which `PassoError` to raise.

    Raises:
        PassoError: of the given kind; names file, line and what would be right.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(f"{path}: is larger than {MAX_BYTES:,} bytes; a settings file is much smaller")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror})") from problem
    except UnicodeDecodeError as problem:
        raise error(f"{path}: is not UTF-8 text (byte {problem.start + 1}); save it as UTF-8") from problem
    return _root(path, text, error)


def texts(block: YamlMapping, key: str, path: Path, error: type[PassoError]) -> tuple[str, ...]:
    """The texts of a list below a key; none where the key is not there.

    Raises:
        PassoError: of the given kind, where it is no list of texts.
    """
    value = block.get(key, YamlSequence())
    if not isinstance(value, YamlSequence) or not all(isinstance(each, YamlText) for each in value):
        raise error(f"{path}:{value.line}: {key} should hold a list of texts, such as [one, another]")
    return tuple(str(each) for each in value)


def mapping(block: YamlMapping, key: str, path: Path, error: type[PassoError]) -> YamlMapping:
    """The mapping below a key; an empty one where the key is not there.

    Raises:
        PassoError: of the given kind, where it is no mapping.
    """
    value = block.get(key, YamlMapping())
    if not isinstance(value, YamlMapping):
        raise error(f"{path}:{value.line}: {key} should hold a mapping (key: value)")
    return value


def _root(path: Path, text: str, error: type[PassoError]) -> YamlMapping:
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = _build(node)
    except yaml.MarkedYAMLError as problem:
        line = (problem.problem_mark.line + 1) if problem.problem_mark else 1
        raise error(f"{path}:{line}: is not YAML: {problem.problem}") from problem
    except yaml.YAMLError as problem:
        raise error(f"{path}: is not YAML: {problem}") from problem
    except _Refused as problem:
        raise error(f"{path}:{problem.line}: {problem}") from problem
    except RecursionError as problem:
        raise error(f"{path}: is nested too deeply") from problem
    if not isinstance(value, YamlMapping):
        raise error(f"{path}: should hold a mapping (key: value)")
    return value


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _build(node: yaml.Node | None) -> YamlText | YamlMapping | YamlSequence:
    if node is None:
        return _at(YamlMapping(), 1)
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, line)
    if isinstance(node, yaml.SequenceNode):
        return _at(YamlSequence(_build(each) for each in node.value), line)
    return _at(YamlText(node.value), line)


def _mapping(node: yaml.MappingNode, line: int) -> YamlMapping:
    block = _at(YamlMapping(), line)
    for key_node, value_node in node.value:
        key = _build(key_node)
        if not isinstance(key, YamlText):
            raise _Refused(key_node.start_mark.line + 1, "a key should be plain text")
        if key in block:
            raise _Refused(key.line, f"the key {str(key)!r} stands twice")
        block[key] = _build(value_node)
    return block


def _at(value: _Lined, line: int) -> _Lined:
    value.line = line
    return value
