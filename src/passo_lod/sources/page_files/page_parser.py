"""Parse the lines of one record page into fields by the grammar of docs/sources/labelled-text.md; for both page readers.

Every line gets a role, and a line of unknown role is reported: nothing of a page is dropped silently.
"""

from dataclasses import replace

from passo_lod.messages.localised_text import Values
from passo_lod.records import Field, FieldState, LineRole, SourceLine
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.columns import counts_as_empty
from passo_lod.sources.page_files.page_layout import BADGE, TITLE, PageLayout
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import line_key

_VALUE_ELEMENTS = {"dt": "dd", "th": "td"}
"""The elements of labels, each with that of their values (HTML, 4.4.9 and 4.9)."""


class PageParser:
    """Parses the lines of one page.

    Attributes:
        roles: the role of each line, with the line's number.
        results: what is wrong with the page.
    """

    def __init__(self, layout: PageLayout, lines: list[SourceLine]) -> None:
        self.layout = layout
        self.lines = lines
        self.roles: list[tuple[int, LineRole]] = []
        self.results: list[ValidationResult] = []
        self._label_lines: dict[str, int] = {}
        self._values: dict[str, list[SourceLine]] = {}
        self._section: str | None = None
        self._label: str | None = None
        self._label_element = ""
        self._unknown_label: SourceLine | None = None

    def parse(self) -> None:
        """Give every line its role, and collect the values of the labels.

        Raises:
            ReadError: the page has no title.
        """
        body = self._parse_head()
        for position in range(body, len(self.lines)):
            next_line = self.lines[position + 1] if position + 1 < len(self.lines) else None
            self._parse_line(self.lines[position], next_line)

    def fields(self) -> dict[str, Field]:
        """The fields of the page by label, each with its value or the state that it is in."""
        return {label: self._field(label, number) for label, number in self._label_lines.items()}

    def _field(self, label: str, number: int) -> Field:
        values = tuple(self._values[label])
        if not values:
            state = FieldState.CHECKBOX if label in self.layout.checkboxes else FieldState.LOST
            return Field(label, number, state=state)
        text = line_key(" ".join(line.text for line in values))
        reason = self.layout.sentinels.get(text) or ("not-stated" if counts_as_empty(text) else None)
        return Field(label, number, values, FieldState.SENTINEL if reason else FieldState.VALUE, reason)

    # ------------------------------------------------------------------------------------------------------- the head

    def _parse_head(self) -> int:
        """Parse title, boilerplate and badge; returns the position of the first line after them."""
        if element := self.layout.title_element:
            return self._parse_heading(element)
        anchor = next(
            (at for at, line in enumerate(self.lines) if line_key(line.text).startswith(self.layout.title_before)), None
        )
        if anchor is None:
            raise ReadError("no-title", "read.page.no-line-after-title", {"text": self.layout.title_before})
        self._add_role(self.lines[anchor], LineRole.BOILERPLATE)
        self._parse_title(self.lines[:anchor], self.lines[anchor])
        return self._parse_badge(anchor + 1)

    def _parse_heading(self, element: str) -> int:
        """Parse what stands before the first heading of a kind, which is the title, and the badge after it."""
        position = next((at for at, line in enumerate(self.lines) if line.element == element), None)
        if position is None:
            raise ReadError("no-title", "read.page.no-heading", {"element": element})
        self._parse_title(self.lines[: position + 1], self.lines[position])
        return self._parse_badge(position + 1)

    def _parse_title(self, before: list[SourceLine], anchor: SourceLine) -> None:
        titles = [line for line in before if line_key(line.text) not in self.layout.first_lines]
        for line in before:
            if line not in titles:
                self._add_role(line, LineRole.BOILERPLATE)
        if not titles:
            raise ReadError("no-title", "read.page.no-title", line=anchor.number)
        *unknown, title = titles
        self._set_field(TITLE, title, LineRole.TITLE)
        for line in unknown:
            self._add_unknown(line)
        self._unknown_label = None

    def _parse_badge(self, position: int) -> int:
        if position < len(self.lines) and line_key(self.lines[position].text) in self.layout.badges:
            self._set_field(BADGE, self.lines[position], LineRole.BOILERPLATE)
            return position + 1
        return position

    def _set_field(self, label: str, line: SourceLine, role: LineRole) -> None:
        self._add_role(line, role)
        self._label_lines[label] = line.number
        self._values[label] = [line]

    def _add_role(self, line: SourceLine, role: LineRole) -> None:
        # A list, because several lines of text may stand on one line of an HTML source.
        self.roles.append((line.number, role))

    # ------------------------------------------------------------------------------------------------------- the body

    def _parse_line(self, line: SourceLine, next_line: SourceLine | None) -> None:
        text = line_key(line.text)
        if self._parse_inline(line, text) or self._parse_marked(line, text):
            return
        if self._is_heading(text, next_line):
            self._add_role(line, LineRole.HEADING)
            self._section, self._label, self._unknown_label = text, None, None
        elif text not in self.layout.page_labels:
            self._parse_value(line, text)
        elif self._label is not None and self._is_prose(line, text):
            self._add_value(line, self._label)
        else:
            self._start_field(line, text)

    def _parse_marked(self, line: SourceLine, text: str) -> bool:
        """Parse a line of which the markup of the page says what it is; returns whether it does."""
        if self._label is not None and line.element and line.element == _VALUE_ELEMENTS.get(self._label_element):
            self._add_value(line, self._label_of_value(self._label, text))
        elif line.element in _VALUE_ELEMENTS and text not in self.layout.page_labels | self.layout.sections.keys():
            self._add_unknown(line)
        elif self.layout.title_element and text in self.layout.first_lines:
            self._add_role(line, LineRole.BOILERPLATE)
        else:
            return False
        return True

    def _parse_inline(self, line: SourceLine, text: str) -> bool:
        """Parse a label with its value on the same line; returns whether the line is one."""
        for label in self.layout.inline:
            if text.startswith(label + ":"):
                self._start_field(line, label)
                if value := text.removeprefix(label + ":").strip():
                    self._values[self._label or label].append(SourceLine(line.number, value))
                    self._label = None
                return True
        return False

    def _is_heading(self, text: str, next_line: SourceLine | None) -> bool:
        """Whether a line is a heading; one that equals a label is a heading only if the section's first label follows."""
        if text not in self.layout.sections:
            return False
        if text not in self.layout.page_labels:
            return True
        return next_line is not None and line_key(next_line.text) in self.layout.sections[text]

    def _is_prose(self, line: SourceLine, text: str) -> bool:
        """Whether a line that equals a label belongs to a free text, because no page has that label at this place."""
        if self._label not in self.layout.free_text or self._section is None:
            return False
        if text in self.layout.inline or not self._values[self._label]:
            return False
        order = self.layout.sections[self._section]
        elsewhere = text not in order
        earlier = text in self._label_lines and _precedes(order, text, self._label)
        if elsewhere or earlier:
            key = "read.page.label-of-other-section" if elsewhere else "read.page.label-of-earlier-place"
            self._report(Severity.WARNING, "label-in-prose", line, key, {"label": text}, field=self._label)
        return elsewhere or earlier

    def _start_field(self, line: SourceLine, label: str) -> None:
        self._add_role(line, LineRole.LABEL)
        self._label, self._label_element, self._unknown_label = label, line.element, None
        if label in self._label_lines:
            first = str(self._label_lines[label])
            self._report(Severity.VIOLATION, "label-twice", line, "read.page.label-twice", {"line": first}, field=label)
            self._label = f"{label} (line {line.number})"  # its values are not joined to the first's
        else:
            self._label_lines[label] = line.number
        self._values.setdefault(self._label, [])

    def _parse_value(self, line: SourceLine, text: str) -> None:
        if self._label is None:
            self._add_unknown(line)
            return
        label = self._label_of_value(self._label, text)
        if not self._values[label]:
            self._add_value(line, label)
        elif _looks_like_label(line.text):
            self._add_unknown(line)
        else:
            self._add_further_value(line, label)

    def _label_of_value(self, label: str, text: str) -> str:
        """The label that a value belongs to: the one above it, or the unlabelled field after that."""
        rule = self.layout.unlabelled.get(label)
        if rule is None or rule.unless.search(text):
            return label
        self._label_lines.setdefault(rule.field, self._label_lines[label])
        self._values.setdefault(rule.field, [])
        return rule.field

    def _add_value(self, line: SourceLine, label: str) -> None:
        self._add_role(line, LineRole.VALUE)
        self._values[label].append(line)

    def _add_further_value(self, line: SourceLine, label: str) -> None:
        if label not in self.layout.free_text:
            self._report(Severity.WARNING, "further-line", line, "read.page.further-line", {}, field=label)
        self._add_value(line, label)

    def _add_unknown(self, line: SourceLine) -> None:
        """Report a line of unknown role, and keep it and the lines after it out of the other values."""
        self._add_role(line, LineRole.UNKNOWN)
        if self._unknown_label:
            # It may be a person's name: the report gives its line number and not its text.
            values = {"line": str(self._unknown_label.number)}
            key, reported = "read.page.under-unknown-label", replace(line, text="")
            self._report(Severity.WARNING, "unknown-label", reported, key, values)
        else:
            self._report(Severity.WARNING, "unknown-label", line, "read.page.unknown-label", {})
        self._unknown_label, self._label = self._unknown_label or line, None

    def _report(
        self,
        severity: Severity,
        code: str,
        line: SourceLine,
        key: str,
        values: Values,
        *,
        field: str | None = None,
    ) -> None:
        self.results.append(
            ValidationResult.of(severity, code, key, values, line=line.number, field=field, value=line.text or None)
        )


def _precedes(order: tuple[str, ...], label: str, other: str | None) -> bool:
    return label in order and other in order and order.index(label) < order.index(other or label)


def _looks_like_label(text: str) -> bool:
    """Whether a line is short, begins with a capital and ends without a stop; one all in capitals is a heading in prose."""
    return len(text) <= 90 and text[:1].isupper() and not text.isupper() and not text.endswith((".", ";", ",", ":"))
