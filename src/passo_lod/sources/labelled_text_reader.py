"""Read record pages saved as text: lines that are a known label, followed by the lines of its value.

The grammar, and why a label alone is neither a value nor a no, is in `docs/sources/labelled-text.md`. Nothing of a page is
swallowed: every line that is not blank gets a role, and a line that has none is a result.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader as yaml_text
from passo_lod.errors import SourceError
from passo_lod.records import Field, FieldState, LineRole, Reading, Record, SourceLine
from passo_lod.report import Severity, ValidationResult
from passo_lod.text_folding import remember_short_texts
from passo_lod.yaml_loader import YamlMapping

MAX_BYTES = 1_000_000
"""A record page has some 25 kB; a file beyond this is refused before it is read."""

MAX_LINES = 5_000
"""A record page has some 160 lines of text; beyond this each would be a result, and the report unreadable."""

TITLE = "@title"
BADGE = "@badge"
"""Names of what a page says without a label; a mapping uses them like labels."""

_KEYS = (
    "title-before",
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
class Unlabelled:
    """Value lines that belong to another field, although no label stands before them."""

    unless: re.Pattern[str]
    """A line that this finds is a value of the label above it …"""
    field: str
    """… any other is a value of this field."""


@dataclass(frozen=True)
class LabelledTextLayout:
    """What the pages of one source look like, from `layout` in its `source.yaml`.

    Attributes:
        title_before: how the line begins that follows every title.
        first_lines: lines that may stand before the title and say nothing of the process.
        badges: lines that may follow the line after the title.
        broken: texts that only a page with a broken template shows.
        inline: labels whose value follows on the same line, after a colon.
        sections: each section heading with its labels, in the order of the pages.
        free_text: labels whose value is prose, in which a line may look like a label.
        checkboxes: labels of yes/no ticks.
        sentinels: texts that mean «no value», with the reason as a code of the scheme `answer`.
    """

    title_before: str
    sections: Mapping[str, tuple[str, ...]]
    first_lines: frozenset[str] = frozenset()
    badges: frozenset[str] = frozenset()
    broken: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    unlabelled: Mapping[str, Unlabelled] = field(default_factory=dict)
    free_text: frozenset[str] = frozenset()
    checkboxes: frozenset[str] = frozenset()
    sentinels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, path: Path, block: YamlMapping) -> "LabelledTextLayout":
        """The layout that a `source.yaml` describes.

        Raises:
            SourceError: a key is unknown, or names a label that no section lists.
        """
        for key in block:
            if key not in _KEYS:
                raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in layout; known: {', '.join(_KEYS)}")  # type: ignore[attr-defined]
        for key in ("title-before", "sections"):
            if not block.get(key):
                raise SourceError(f"{path}: layout should state {key}")
        sections = yaml_text.mapping(block, "sections", path, SourceError)
        sentinels = yaml_text.mapping(block, "sentinels", path, SourceError)
        layout = cls(
            title_before=_key(block["title-before"]),
            sections={_key(name): _keys(path, sections, name) for name in sections},
            first_lines=frozenset(_keys(path, block, "first-lines")),
            badges=frozenset(_keys(path, block, "badges")),
            broken=yaml_text.texts(block, "broken", path, SourceError),
            inline=_keys(path, block, "inline"),
            unlabelled=_unlabelled(path, yaml_text.mapping(block, "unlabelled", path, SourceError)),
            free_text=frozenset(_keys(path, block, "free-text")),
            checkboxes=frozenset(_keys(path, block, "checkboxes")),
            sentinels={_key(text): str(reason) for text, reason in sentinels.items()},
        )
        layout._check(path, block)
        return layout

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every label of every section, and the inline ones."""
        return frozenset(label for labels in self.sections.values() for label in labels) | frozenset(self.inline)

    @property
    def names(self) -> frozenset[str]:
        """All that a record can say: the labels, and what a page says without one."""
        return self.labels | {TITLE, BADGE}

    def _check(self, path: Path, block: YamlMapping) -> None:
        for key, named in (
            ("free-text", self.free_text),
            ("checkboxes", self.checkboxes),
            ("unlabelled", self.unlabelled),
            ("unlabelled", {each.field for each in self.unlabelled.values()}),
        ):
            for label in sorted(named):
                if label not in self.labels:
                    raise SourceError(f"{path}:{block[key].line}: {key} names {label!r}, which no section lists")
        for text, reason in self.sentinels.items():
            if reason not in ("not-stated", "not-applicable", "not-captured"):
                raise SourceError(
                    f"{path}:{block['sentinels'].line}: the sentinel {text!r} has the reason {reason!r}; "
                    "known: not-stated, not-applicable, not-captured"
                )


def _unlabelled(path: Path, block: YamlMapping) -> dict[str, Unlabelled]:
    return {_key(label): _rule(path, label, rule) for label, rule in block.items()}


def _rule(path: Path, label: str, rule: Any) -> Unlabelled:
    try:
        return Unlabelled(re.compile(str(rule["unless"])), _key(rule["field"]))
    except (KeyError, TypeError, re.error) as problem:
        raise SourceError(
            f"{path}:{rule.line}: unlabelled should hold, below {str(label)!r}, "
            "'unless: <regular expression>' and 'field: <label>'"
        ) from problem


def _keys(path: Path, block: YamlMapping, key: str) -> tuple[str, ...]:
    return tuple(map(_key, yaml_text.texts(block, key, path, SourceError)))


@remember_short_texts
def _key(text: str) -> str:
    """A line as it is compared: composed characters, one kind of apostrophe, single spaces."""
    return " ".join(unicodedata.normalize("NFC", str(text)).replace("’", "'").replace("\u2018", "'").split())


# ------------------------------------------------------------------------------------------------------------- a file


class Unreadable(Exception):
    """The file holds no record that could be read."""

    def __init__(self, code: str, message: str, expected: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code, self.expected, self.line = code, expected, line


def read(source: Any, path: Path, shown: str) -> Iterator[Reading]:
    """The one record of a page of text."""
    return read_page(source, path, shown, _lines)


def read_page(source: Any, path: Path, shown: str, lines: Callable[[Path], list[SourceLine]]) -> Iterator[Reading]:
    """The one record of a page; a page that cannot be read is a `Reading` without a record and says why.

    Args:
        source: the `Source`, whose layout is a `LabelledTextLayout`.
        path: the file.
        shown: how results name the file.
        lines: gives the lines of a file that are not blank; raises `Unreadable`.
    """
    named = source.record_id(path.stem)
    record_id = f"{source.prefix}-{named[0]}" if named else ""
    try:
        if named is None:
            raise Unreadable("id", "the file's name gives no id", f"a name that fits {source.id_pattern.pattern}")
        page = _Page(source.layout, _checked(lines(path), source.layout))
        page.parse()
        yield _reading(source, shown, record_id, named[1], page)
    except Unreadable as problem:
        yield Reading(shown, record_id, None, (_refusal(source.name, shown, record_id, problem),))


def _refusal(source: str, shown: str, record_id: str, problem: Unreadable) -> ValidationResult:
    return ValidationResult(
        Severity.VIOLATION,
        f"the page cannot be read: {problem}.",
        source=source,
        record=record_id,
        path=shown,
        line=problem.line,
        expected=problem.expected,
        code=problem.code,
    )


def _reading(source: Any, shown: str, record_id: str, variables: dict[str, str], page: "_Page") -> Reading:
    roles = tuple(sorted(page.roles, key=lambda role: role[0]))
    record = Record(source.name, record_id, shown, page.fields(), variables, roles)
    results = (replace(result, source=source.name, record=record_id, path=shown) for result in page.results)
    return Reading(shown, record_id, record, tuple(results))


def _checked(lines: list[SourceLine], layout: LabelledTextLayout) -> list[SourceLine]:
    for mark in layout.broken:
        for line in lines:
            if mark in line.text:
                raise Unreadable(
                    "broken-layout",
                    f"it shows the site's own field descriptors ({mark!r}) in place of values, a broken template",
                    "the page saved again once the site shows it properly",
                    line.number,
                )
    if len(lines) > MAX_LINES:
        raise Unreadable(
            "too-long", f"it has {len(lines):,} lines of text", f"one record page, at most {MAX_LINES:,} lines of text"
        )
    return lines


def _lines(path: Path) -> list[SourceLine]:
    text = decode_page(_decode(load(path, MAX_BYTES, "a record page saved as UTF-8 text")))
    return [SourceLine(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def load(path: Path, limit: int, expected: str) -> bytes:
    """The bytes of a file that holds one page of text.

    Args:
        path: the file.
        limit: the most bytes that it may have.
        expected: what the file should be.

    Raises:
        Unreadable: it cannot be opened, is too large or empty, or holds no text.
    """
    try:
        if path.exists() and not path.is_file():
            raise Unreadable("unreadable", "it is no ordinary file", expected)
        size = path.stat().st_size
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as problem:
        raise Unreadable(
            "unreadable", f"the file cannot be opened ({problem.strerror})", "a readable file"
        ) from problem
    if len(data) > limit:
        raise Unreadable("too-large", f"it has {size:,} bytes", f"one record page, at most {limit:,} bytes")
    if not data.strip():
        raise Unreadable("empty", "the file is empty", expected)
    if b"\0" in data:
        raise Unreadable("binary", "it is not text (it holds zero bytes)", expected)
    return data


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise Unreadable(
            "encoding",
            f"it is not UTF-8 text (byte {problem.start + 1})",
            "the page saved with the encoding UTF-8",
            line,
        ) from problem


_BLANK = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 (2.2) cannot hold, and RDF/XML therefore neither, are white space."""


def decode_page(text: str) -> str:
    """A text in composed characters (NFC) that XML can hold, its lines ended by line feeds.

    Raises:
        Unreadable: no person could have written it.
    """
    composed = unicodedata.normalize("NFC", _BLANK.sub(" ", _stream_safe(text)))
    return composed.replace("\r\n", "\n").replace("\r", "\n")


def _stream_safe(text: str) -> str:
    """Refuse what takes a normaliser minutes: more accents on one letter than any language has (UAX 15, 13)."""
    for run in re.finditer(r"[^\x00-\u02ff]{31,}", text):
        marks = "".join("m" if unicodedata.combining(character) else " " for character in run[0])
        if "m" * 31 in marks:
            line = text[: run.start()].count("\n") + 1
            raise Unreadable("accents", "it has a letter with more than 30 accents", "text that people can read", line)
    return text


# ------------------------------------------------------------------------------------------------------------- a page


class _Page:
    """The lines of one page, and what each was found to be."""

    def __init__(self, layout: LabelledTextLayout, lines: list[SourceLine]) -> None:
        self.layout = layout
        self.lines = lines
        self.roles: list[tuple[int, LineRole]] = []
        self.results: list[ValidationResult] = []
        self._labels: dict[str, int] = {}
        self._values: dict[str, list[SourceLine]] = {}
        self._section: str | None = None
        self._current: str | None = None
        self._unlisted: SourceLine | None = None

    def parse(self) -> None:
        """Give every line its role."""
        body = self._head()
        for position in range(body, len(self.lines)):
            following = self.lines[position + 1] if position + 1 < len(self.lines) else None
            self._take(self.lines[position], following)

    def _head(self) -> int:
        """Read title, boilerplate and badge; the position of the first line after them."""
        anchor = next(
            (at for at, line in enumerate(self.lines) if _key(line.text).startswith(self.layout.title_before)), None
        )
        if anchor is None:
            raise Unreadable(
                "no-title",
                f"no line begins with '{self.layout.title_before}'",
                "the title of the process, and that line after it",
            )
        self._role(self.lines[anchor], LineRole.BOILERPLATE)
        self._title(self.lines[:anchor], self.lines[anchor])
        return self._badge(anchor + 1)

    def _title(self, before: list[SourceLine], anchor: SourceLine) -> None:
        titles = [line for line in before if _key(line.text) not in self.layout.first_lines]
        for line in before:
            if line not in titles:
                self._role(line, LineRole.BOILERPLATE)
        if not titles:
            raise Unreadable(
                "no-title", "the page has no title", "the title on the line before this one", anchor.number
            )
        *unknown, title = titles
        self._set(TITLE, title, LineRole.TITLE)
        for line in unknown:
            self._unknown(line)
        self._unlisted = None

    def _badge(self, position: int) -> int:
        if position < len(self.lines) and _key(self.lines[position].text) in self.layout.badges:
            self._set(BADGE, self.lines[position], LineRole.BOILERPLATE)
            return position + 1
        return position

    def _role(self, line: SourceLine, role: LineRole) -> None:
        # Not by number: of a page of HTML several lines of text may stand on one line of the source.
        self.roles.append((line.number, role))

    def _set(self, name: str, line: SourceLine, role: LineRole) -> None:
        self._role(line, role)
        self._labels[name] = line.number
        self._values[name] = [line]

    def _take(self, line: SourceLine, following: SourceLine | None) -> None:
        text = _key(line.text)
        if self._inline(line, text):
            return
        if self._is_heading(text, following):
            self._role(line, LineRole.HEADING)
            self._section, self._current, self._unlisted = text, None, None
        elif text in self.layout.labels:
            self._label_or_prose(line, text)
        else:
            self._value(line, text)

    def _inline(self, line: SourceLine, text: str) -> bool:
        for label in self.layout.inline:
            if text.startswith(label + ":"):
                self._label(line, label)
                if value := text.removeprefix(label + ":").strip():
                    self._values[self._current or label].append(SourceLine(line.number, value))
                    self._current = None
                return True
        return False

    def _is_heading(self, text: str, following: SourceLine | None) -> bool:
        """A heading; where a label is spelt alike, only if the section's first label follows."""
        if text not in self.layout.sections:
            return False
        if text not in self.layout.labels:
            return True
        return following is not None and _key(following.text) in self.layout.sections[text]

    def _label_or_prose(self, line: SourceLine, text: str) -> None:
        if self._current is not None and self._is_prose(line, text):
            self._add(line, self._current)
        else:
            self._label(line, text)

    def _is_prose(self, line: SourceLine, text: str) -> bool:
        """Whether a line that equals a label is part of a free text, because no page has that label there."""
        if self._current not in self.layout.free_text or self._section is None:
            return False
        if text in self.layout.inline or not self._values[self._current]:
            return False
        order = self.layout.sections[self._section]
        elsewhere = text not in order
        before = text in self._labels and _stands_before(order, text, self._current)
        if elsewhere or before:
            where = "another section" if elsewhere else "an earlier place of this section"
            message = f"the line equals the label '{text}', which belongs to {where}; it was read as text."
            self._report(Severity.WARNING, "label-in-prose", line, message, field=self._current)
        return elsewhere or before

    def _label(self, line: SourceLine, label: str) -> None:
        self._role(line, LineRole.LABEL)
        self._current, self._unlisted = label, None
        if label in self._labels:
            message = f"the label stands twice, first on line {self._labels[label]}."
            expected = "each label once in a record"
            self._report(Severity.VIOLATION, "label-twice", line, message, field=label, expected=expected)
            self._current = f"{label} (line {line.number})"  # its values are not joined to the first's
        else:
            self._labels[label] = line.number
        self._values.setdefault(self._current, [])

    def _value(self, line: SourceLine, text: str) -> None:
        if self._current is None:
            self._unknown(line)
            return
        label = self._owner(self._current, text)
        if not self._values[label]:
            self._add(line, label)
        elif _looks_like_label(line.text):
            self._unknown(line)
        else:
            self._further(line, label)

    def _owner(self, label: str, text: str) -> str:
        rule = self.layout.unlabelled.get(label)
        if rule is None or rule.unless.search(text):
            return label
        self._labels.setdefault(rule.field, self._labels[label])
        self._values.setdefault(rule.field, [])
        return rule.field

    def _add(self, line: SourceLine, label: str) -> None:
        self._role(line, LineRole.VALUE)
        self._values[label].append(line)

    def _further(self, line: SourceLine, label: str) -> None:
        if label not in self.layout.free_text:
            message = "the value goes on to a further line; the lines were joined."
            expected = "a value on one line"
            self._report(Severity.WARNING, "further-line", line, message, field=label, expected=expected)
        self._add(line, label)

    def _unknown(self, line: SourceLine) -> None:
        """A line that this source is not known to print, and what follows it: reported, and kept out of other values."""
        self._role(line, LineRole.UNKNOWN)
        if self._unlisted:
            # What it is is not known, and it may be a person's name: the line's number has to do.
            message = f"the line stands under the unknown label of line {self._unlisted.number}; it was not published."
        else:
            message = "the line is no label, heading or value that this source is known to print; it was not published."
        expected = "a label listed under `sections` in source.yaml, and mapped or ignored in mapping.yaml"
        told = replace(line, text="") if self._unlisted else line
        self._report(Severity.WARNING, "unknown-label", told, message, expected=expected)
        self._unlisted, self._current = self._unlisted or line, None

    def _report(
        self,
        severity: Severity,
        code: str,
        line: SourceLine,
        message: str,
        *,
        field: str | None = None,
        expected: str | None = None,
    ) -> None:
        self.results.append(
            ValidationResult(
                severity, message, line=line.number, field=field, value=line.text or None, expected=expected, code=code
            )
        )

    def fields(self) -> dict[str, Field]:
        """Every label that the page shows, with its value or the state that it is in."""
        return {label: self._field(label, number) for label, number in self._labels.items()}

    def _field(self, label: str, number: int) -> Field:
        values = tuple(self._values[label])
        if not values:
            state = FieldState.CHECKBOX if label in self.layout.checkboxes else FieldState.LOST
            return Field(label, number, state=state)
        reason = self.layout.sentinels.get(_key(" ".join(line.text for line in values)))
        return Field(label, number, values, FieldState.SENTINEL if reason else FieldState.VALUE, reason)


def _stands_before(order: tuple[str, ...], label: str, other: str | None) -> bool:
    return label in order and other in order and order.index(label) < order.index(other or label)


def _looks_like_label(text: str) -> bool:
    """A short line that starts with a capital and has no final stop; a line all in capitals is a heading in a prose."""
    return len(text) <= 90 and text[:1].isupper() and not text.isupper() and not text.endswith((".", ";", ",", ":"))
