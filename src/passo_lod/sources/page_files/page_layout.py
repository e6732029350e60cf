"""Parse the `layout` of record pages in source.yaml (readers labelled-text and labelled-html): labels, sections, sentinels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.columns import REASONS
from passo_lod.sources.text_cleaning import line_key
from passo_lod.yaml_loader import YamlMapping

TITLE = "@title"
BADGE = "@badge"
"""Names of what a page shows without a label; a mapping uses them like labels."""

LAYOUT_KEYS = (
    "title-before",
    "title-element",
    "first-lines",
    "badges",
    "broken",
    "inline",
    "unlabelled",
    "sections",
    "free-text",
    "checkboxes",
    "sentinels",
)


@dataclass(frozen=True)
class UnlabelledField:
    """A field without a label of its own: its values follow those of another label.

    Attributes:
        unless: matches the lines that are values of the label above them; any other line is a value of `field`.
        field: the label of the field.
    """

    unless: re.Pattern[str]
    field: str


@dataclass(frozen=True)
class PageLayout:
    """The structure of the record pages of one source, from `layout` in its `source.yaml`.

    Attributes:
        title_before: how the line begins that follows every title; empty if `title_element` says which line the title is.
        title_element: of pages of HTML, the heading (`h1` to `h6`) whose first occurrence is the title.
        first_lines: lines that may stand before the title and hold no data; with `title_element` anywhere outside of values.
        badges: lines that may follow the line after the title.
        broken: texts that only a page with a broken template shows.
        inline: labels whose value follows on the same line, after a colon.
        sections: each section heading with its labels, in the order of the pages.
        free_text: labels whose value is prose, in which a line may look like a label.
        checkboxes: labels of yes/no ticks.
        sentinels: texts that mean «no value», each with its reason as a code of the scheme `answer`.
    """

    title_before: str
    sections: Mapping[str, tuple[str, ...]]
    first_lines: frozenset[str] = frozenset()
    badges: frozenset[str] = frozenset()
    broken: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    unlabelled: Mapping[str, UnlabelledField] = field(default_factory=dict)
    free_text: frozenset[str] = frozenset()
    checkboxes: frozenset[str] = frozenset()
    sentinels: Mapping[str, str] = field(default_factory=dict)
    title_element: str = ""

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "PageLayout":
        """Parse a layout.

        Args:
            path: the source.yaml, for messages.
            block: its `layout`.

        Raises:
            SourceError: a key is unknown or missing, or names a label that no section lists.
        """
        _check_keys(path, block)
        sections = yaml_loader.mapping(block, "sections", path, SourceError)
        sentinels = yaml_loader.mapping(block, "sentinels", path, SourceError)
        layout = cls(
            title_before=line_key(block.get("title-before", "")),
            title_element=_parse_title_element(path, block),
            sections={line_key(name): _line_keys(path, sections, name) for name in sections},
            first_lines=frozenset(_line_keys(path, block, "first-lines")),
            badges=frozenset(_line_keys(path, block, "badges")),
            broken=yaml_loader.text_list(block, "broken", path, SourceError),
            inline=_line_keys(path, block, "inline"),
            unlabelled=_parse_unlabelled(path, yaml_loader.mapping(block, "unlabelled", path, SourceError)),
            free_text=frozenset(_line_keys(path, block, "free-text")),
            checkboxes=frozenset(_line_keys(path, block, "checkboxes")),
            sentinels={line_key(text): str(reason) for text, reason in sentinels.items()},
        )
        layout._check_labels(path, block)
        layout._check_reasons(path, block)
        return layout

    @cached_property
    def page_labels(self) -> frozenset[str]:
        """The labels of all sections, and the inline ones."""
        return frozenset(label for labels in self.sections.values() for label in labels) | frozenset(self.inline)

    @property
    def labels(self) -> frozenset[str]:
        """The labels that a record may have: those of the pages, `@title` and `@badge`."""
        return self.page_labels | {TITLE, BADGE}

    def _check_labels(self, path: Path, block: YamlMapping) -> None:
        for key, labels in (
            ("free-text", self.free_text),
            ("checkboxes", self.checkboxes),
            ("unlabelled", self.unlabelled),
            ("unlabelled", {each.field for each in self.unlabelled.values()}),
        ):
            for label in sorted(labels):
                if label not in self.page_labels:
                    raise SourceError(f"{path}:{block[key].line}: {key} names {label!r}, which no section lists")

    def _check_reasons(self, path: Path, block: YamlMapping) -> None:
        for text, reason in self.sentinels.items():
            if reason not in REASONS:
                raise SourceError(
                    f"{path}:{block['sentinels'].line}: the sentinel {text!r} has the reason {reason!r}; "
                    f"known: {', '.join(REASONS)}"
                )


def _check_keys(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in LAYOUT_KEYS:
            known = ", ".join(LAYOUT_KEYS)
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: {known}")  # type: ignore[attr-defined]
    if not block.get("sections"):
        raise SourceError(f"{path}: layout should state sections")
    if bool(block.get("title-before")) == bool(block.get("title-element")):
        raise SourceError(f"{path}: layout should state title-before, or else title-element")


def _parse_title_element(path: Path, block: YamlMapping) -> str:
    element = block.get("title-element", "")
    if element and not re.fullmatch("h[1-6]", str(element)):
        raise SourceError(f"{path}:{element.line}: title-element {str(element)!r} should be a heading, h1 to h6")
    return str(element)


def _parse_unlabelled(path: Path, block: YamlMapping) -> dict[str, UnlabelledField]:
    return {line_key(label): _parse_unlabelled_field(path, label, rule) for label, rule in block.items()}


def _parse_unlabelled_field(path: Path, label: str, rule: Any) -> UnlabelledField:
    try:
        return UnlabelledField(re.compile(str(rule["unless"])), line_key(rule["field"]))
    except (KeyError, TypeError, re.error) as error:
        raise SourceError(
            f"{path}:{rule.line}: unlabelled should hold, below {str(label)!r}, "
            "'unless: <regular expression>' and 'field: <label>'"
        ) from error


def _line_keys(path: Path, block: YamlMapping, key: str) -> tuple[str, ...]:
    return tuple(map(line_key, yaml_loader.text_list(block, key, path, SourceError)))
