"""Turn one JSON object into the fields of a record, and report each value that does not match its column's path."""

from dataclasses import replace
from typing import Any

from passo_lod.messages.localised_text import CatalogueText, Values
from passo_lod.records import Field, FilePlace
from passo_lod.report import Severity, ValidationResult, shortened
from passo_lod.sources.json_files.json_layout import EVERY_ITEM, JsonLayout, PathNode
from passo_lod.sources.json_files.json_parser import JsonObject, kind_of

MAX_UNKNOWN_KEYS = 50
"""Unknown keys that are reported for one file; a file whose keys are ids has any number of them."""


class JsonFieldExtractor:
    """Extracts the fields of one object along the paths of its source's layout.

    Attributes:
        fields: the fields by label.
        results: what is wrong with the object.
    """

    def __init__(self, layout: JsonLayout, value: JsonObject, line: int, unknown_keys: set[str]) -> None:
        """Extract the fields.

        Args:
            layout: the layout of the source.
            value: the object.
            line: the line on which the object begins (from 1).
            unknown_keys: the unknown keys that were reported for this file; new ones are added.
        """
        self._line = line
        self._unknown_keys = unknown_keys
        self._texts: dict[str, list[str]] = {}
        self._list_labels: set[str] = set()
        self._empty_labels: dict[str, None] = {}
        self.results: list[ValidationResult] = []
        self._add_value(value, layout.tree, "", in_list=False)
        texts_by_label = {**dict.fromkeys(self._empty_labels, ()), **self._texts}
        fields = (
            layout.columns.field(label, line, texts, is_list=label in self._list_labels)
            for label, texts in texts_by_label.items()
        )
        self.fields: dict[str, Field] = {field.label: _at_line_of_key(field, layout, value) for field in fields}

    def _add_value(self, value: Any, node: PathNode, path: str, *, in_list: bool) -> None:
        if node.ignored:
            return
        if not _has_content(value):
            self._empty_labels.update(dict.fromkeys(node.all_labels))
        elif isinstance(value, JsonObject):
            self._add_object(value, node, path, in_list=in_list)
        elif isinstance(value, list):
            self._add_list(value, node, path)
        else:
            self._add_scalar(value, node, path, in_list=in_list)

    def _add_scalar(self, value: Any, node: PathNode, path: str, *, in_list: bool) -> None:
        if node.labels:
            self._add_text(node.labels, value, in_list=in_list)
        elif EVERY_ITEM in node.items:
            # One text where a list may be is a list of one.
            self._add_text(node.items[EVERY_ITEM].labels, value, in_list=True)
        if not node.labels and not node.items_have_labels:
            self._report_mismatch(path, value, "object" if node.keys else "list")

    def _add_object(self, value: JsonObject, node: PathNode, path: str, *, in_list: bool) -> None:
        if not node.keys:
            self._report_mismatch(path, value, "text-or-list")
            return
        self._report_duplicate_keys(value, node, path)
        for key, child in value.items():
            if key in node.keys:
                self._add_value(child, node.keys[key], _join(path, key), in_list=in_list)
            elif _has_content(child):
                self._report_unknown_key(_join(path, key))

    def _add_list(self, value: list[Any], node: PathNode, path: str) -> None:
        if not node.items and not node.labels:
            self._report_mismatch(path, value, "object-for-list")
        for step, child in node.items.items():
            items = value if step == EVERY_ITEM else value[int(step[1:-1]) :][:1]
            for item in items:
                self._add_value(item, child, path + step, in_list=step == EVERY_ITEM)
        if node.labels and not node.items:
            self._add_items(value, node.labels, path + EVERY_ITEM)

    def _add_items(self, items: list[Any], labels: list[str], path: str) -> None:
        for item in items:
            if isinstance(item, (dict, list)):
                self._report_mismatch(path, item, "text")
            elif _has_content(item):
                self._add_text(labels, item, in_list=True)

    def _add_text(self, labels: list[str], value: Any, *, in_list: bool) -> None:
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
        for label in labels:
            self._texts.setdefault(label, []).append(text)
            if in_list:
                self._list_labels.add(label)

    def _report_mismatch(self, path: str, value: Any, expected: str) -> None:
        """Report a value of another kind; `expected` is a key below `read.json.misfit`."""
        values: Values = {"kind": CatalogueText(f"read.json.kind.{kind_of(value)}"), "path": path}
        self._report(Severity.VIOLATION, "misfit", f"read.json.misfit.{expected}", values, path)

    def _report_duplicate_keys(self, value: JsonObject, node: PathNode, path: str) -> None:
        for key in value.duplicate_keys:
            if key in node.keys and not node.keys[key].ignored:
                self._report(Severity.VIOLATION, "key-twice", "read.json.key-twice", {}, _join(path, key))

    def _report_unknown_key(self, path: str) -> None:
        """Report a key that no column names, once per file: its values may deserve a column."""
        if path in self._unknown_keys or len(self._unknown_keys) > MAX_UNKNOWN_KEYS:
            return
        self._unknown_keys.add(path)
        is_last = len(self._unknown_keys) > MAX_UNKNOWN_KEYS
        key = "read.json.many-unknown-keys" if is_last else "read.json.unknown-key"
        self._report(Severity.WARNING, "unknown-key", key, {"limit": MAX_UNKNOWN_KEYS}, path)

    def _report(self, severity: Severity, code: str, key: str, values: Values, path: str) -> None:
        self.results.append(ValidationResult.of(severity, code, key, values, line=self._line, field=shortened(path)))


def _at_line_of_key(field: Field, layout: JsonLayout, value: JsonObject) -> Field:
    """A field of an object of several lines, with that of its key, or of the last key before it that the object has."""
    path = layout.key_paths.get(field.label, ())
    lines = (value.key_lines.get(path[:length]) for length in range(len(path), 0, -1))
    line = next(filter(None, lines), None) if value.key_lines else None
    return replace(field, exact=FilePlace("", line, line)) if line else field


def _has_content(value: Any) -> bool:
    """Whether a value is more than null, an empty text, or a list or object of these."""
    if isinstance(value, dict):
        return any(map(_has_content, value.values()))
    if isinstance(value, list):
        return any(map(_has_content, value))
    return value is not None and not (isinstance(value, str) and not value.strip())


def _join(path: str, key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace(".", "\\.")
    return f"{path}.{escaped}" if path else escaped
