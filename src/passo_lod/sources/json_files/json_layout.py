"""Parse the `layout` of a JSON source in source.yaml: the columns, and the path that leads to each of their values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.columns import Columns
from passo_lod.sources.json_files.json_shapes import COLUMNAR, KEYED, LIST
from passo_lod.sources.json_files.json_tokens import KeyPath
from passo_lod.yaml_loader import YamlMapping, YamlText

EVERY_ITEM = "[]"
RECORD_KEY = "@key"
"""The path that leads to the key of a record, where records are objects by key."""

_KEYS = ("columns", "ignore-keys", "records", "form", "sentinels", "absent")
_PATH_STEP = re.compile(
    r"(?P<key>(?:[^.\\\[]|\\.|(?:\[\d*+\])++(?!\.|\Z)|\[(?!\d*+\]))++)(?P<items>(?:\[\d*+\])*+)(?:\.|\Z)"
)


@dataclass
class PathNode:
    """One step of the columns' paths: the steps below it, and the columns whose path ends here.

    Attributes:
        keys: the steps into an object, by key.
        items: the steps into a list: `[]` for every item, `[0]` for its first.
        labels: the columns whose path ends here.
        ignored: whether `ignore-keys` names it.
    """

    keys: dict[str, "PathNode"] = field(default_factory=dict)
    items: dict[str, "PathNode"] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    ignored: bool = False

    def descend(self, steps: Sequence[str]) -> "PathNode":
        """The node at the end of a path; adds the nodes that are missing."""
        node = self
        for step in steps:
            children, name = (node.keys, step[1:]) if step[0] == "." else (node.items, step)
            node = children.setdefault(name, PathNode())
        return node

    @property
    def all_labels(self) -> Iterator[str]:
        """The columns whose path ends here or below."""
        yield from self.labels
        for child in (*self.keys.values(), *self.items.values()):
            yield from child.all_labels

    @property
    def items_have_labels(self) -> bool:
        """Whether a column's path ends at every item of the list here."""
        return EVERY_ITEM in self.items and bool(self.items[EVERY_ITEM].labels)


@dataclass(frozen=True)
class JsonLayout:
    """The structure of the objects of one source, from `layout` in its `source.yaml`.

    Attributes:
        columns: the labels, and the texts that mean «no value».
        tree: the paths to the labels' values.
        records: the keys that lead to the list of records; empty if the file is the list, or the one record.
        form: in which shape the records stand there, one of the first three of `json_shapes`.
    """

    columns: Columns
    tree: PathNode
    records: tuple[str, ...] = ()
    form: str = LIST

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "JsonLayout":
        """Parse the layout of the reader `json`.

        Args:
            path: the source.yaml, for messages.
            block: its `layout`.

        Raises:
            SourceError: a key is unknown, or a value is not a path.
        """
        _check_keys(path, block)
        tree = PathNode()
        for label, column_path in _column_paths(path, block).items():
            tree.descend(_parse_path(path, column_path)).labels.append(label)
        for ignored in block.get("ignore-keys", ()):
            tree.descend(_parse_path(path, ignored)).ignored = True
        return cls(Columns.parse(path, block), tree, _parse_records_path(path, block), _parse_form(path, block))

    @classmethod
    def parse_for_lines(cls, path: Path, block: YamlMapping) -> "JsonLayout":
        """Parse the layout of the reader `jsonl`, in which every line is a record.

        Raises:
            SourceError: as `parse`; or the layout has `records`.
        """
        for key in ("records", "form"):
            if key in block:
                raise SourceError(f"{path}:{block[key].line}: {key} has no effect on JSON Lines: each line is a record")
        return cls.parse(path, block)

    @cached_property
    def key_paths(self) -> Mapping[str, KeyPath]:
        """The keys that lead to the values of each label."""
        return dict(_key_paths(self.tree, ()))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that a record may have."""
        return self.columns.labels


def _key_paths(node: PathNode, path: KeyPath) -> Iterator[tuple[str, KeyPath]]:
    yield from ((label, path) for label in node.labels)
    for key, child in node.keys.items():
        yield from _key_paths(child, (*path, key))
    for child in node.items.values():
        yield from _key_paths(child, path)


def _check_keys(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in _KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: {', '.join(_KEYS)}")  # type: ignore[attr-defined]
    if not block.get("columns"):
        raise SourceError(f"{path}: layout should state columns: a label and its path each, such as 'Title: title'")
    yaml_loader.mapping(block, "sentinels", path, SourceError)
    yaml_loader.text_list(block, "absent", path, SourceError)
    yaml_loader.text_list(block, "ignore-keys", path, SourceError)


def _column_paths(path: Path, block: YamlMapping) -> dict[str, YamlText]:
    """The path of each label; in a plain list of paths the labels are the paths."""
    columns = block["columns"]
    paths = dict(columns) if isinstance(columns, YamlMapping) else {each: each for each in _path_list(path, columns)}
    for label, column_path in paths.items():
        if not isinstance(column_path, YamlText) or not column_path:
            raise SourceError(
                f"{path}:{column_path.line}: the column {str(label)!r} should have a path, such as organizer.name"
            )
    return {str(label): column_path for label, column_path in paths.items()}


def _path_list(path: Path, columns: Any) -> list[YamlText]:
    if not isinstance(columns, list) or not all(isinstance(each, YamlText) for each in columns):
        raise SourceError(f"{path}:{columns.line}: columns should hold a label and its path each, or a list of paths")
    return columns


def _parse_path(path: Path, text: YamlText) -> list[str]:
    r"""The steps of a path: a dot before each key, brackets around each index.

    >>> _parse_path(Path("source.yaml"), YamlText(r"phases[].step\.title"))
    ['.phases', '[]', '.step.title']
    """
    steps: list[str] = []
    end = 0
    while end < len(text) and (step := _PATH_STEP.match(text, end)):
        steps.append("." + re.sub(r"\\(.)", r"\1", step["key"]))
        steps += re.findall(r"\[\d*\]", step["items"])
        end = step.end()
    if end != len(text) or not steps or text[0] == "[" or re.search(r"(?<!\\)\.$", text):
        raise SourceError(
            f"{path}:{text.line}: {str(text)!r} is no path; right would be one such as title, organizer.name, issues[] "
            r"or phases[].title; a dot that belongs to a key is written \."
        )
    return steps


def _parse_form(path: Path, block: YamlMapping) -> str:
    form = block.get("form", LIST)
    if form not in (LIST, KEYED, COLUMNAR):
        raise SourceError(f"{path}:{form.line}: form should be {LIST}, {KEYED} or {COLUMNAR} (docs/sources/json.md)")
    return str(form)


def _parse_records_path(path: Path, block: YamlMapping) -> tuple[str, ...]:
    if "records" not in block:
        return ()
    text = block["records"]
    steps = _parse_path(path, text) if isinstance(text, YamlText) else []
    if not steps or any(step[0] == "[" for step in steps):
        raise SourceError(f"{path}:{text.line}: records should be the path to the list of records, such as data.cases")
    return tuple(step[1:] for step in steps)
