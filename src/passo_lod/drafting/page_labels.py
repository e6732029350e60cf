"""Find the labels of record pages that no source.yaml describes yet, from the lines that recur on page after page.

In pages of HTML the markup may say it: a title is the first `h1`, a label stands in `dt` or `th`, and its value in `dd` or `td`. Otherwise
a label recurs with different values after it; a value recurs after the same label. Where recurrence does not decide, the names of our
terms and concepts do.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from passo_lod.drafting.sample import MAX_PAGES, Sample, SampledColumn
from passo_lod.errors import SourceError
from passo_lod.records import SourceLine
from passo_lod.sources.html_text import visible_lines
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import line_key
from passo_lod.text_folding import printable_path

MAX_LABEL = 120
"""Characters of a label; a longer line is prose, however often it recurs."""

_MAX_PAGE_BYTES = 4_000_000
_HEAD_LINES = 8
"""Lines at the beginning of a page among which title and anchor stand."""
_PROSE_LENGTH = 200

_TITLE_ELEMENT = "h1"
_LABEL_ELEMENTS = {"dt": "dd", "th": "td"}
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_NO_HEADING = "Record"
"""The section of labels that stand below no heading."""

PageLines = list[str]
LineTest = Callable[[str], bool]


def sample_pages(files: Sequence[Path], kind: str) -> Sample:
    """Sample the lines of pages, without columns yet; `find_labels` adds them.

    Args:
        files: the pages.
        kind: `text` or `html`.
    """
    pages = [_read_lines(path, kind) for path in files[:MAX_PAGES]]
    reader = "labelled-html" if kind == "html" else "labelled-text"
    return Sample(reader, tuple(files), [], len(pages), len(files) <= MAX_PAGES, {"pages": pages})


def _read_lines(path: Path, kind: str) -> list[SourceLine]:
    with path.open("rb") as file:
        data = file.read(_MAX_PAGE_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if kind == "html":
        lines = _visible_lines(path, text)
    else:
        lines = [SourceLine(number, line) for number, line in enumerate(text.splitlines(), start=1)]
    return [replace(line, text=line_key(line.text)) for line in lines if line.text.strip()]


def _visible_lines(path: Path, markup: str) -> list[SourceLine]:
    try:
        return visible_lines(markup)
    except ReadError as error:
        line = f":{error.line}" if error.line else ""
        raise SourceError(
            f"{printable_path(path)}{line}: cannot be read: {error}; expected: {error.expected.text('en') if error.expected else ''}"
        ) from error


def find_labels(sample: Sample, is_name: LineTest, is_value: LineTest) -> Sample:
    """Add the labels of sampled pages as columns, and the layout of the pages.

    Args:
        sample: of `sample_pages`; it is changed and returned.
        is_name: whether a line is the name of one of our terms.
        is_value: whether a line is a value, such as the label of a concept.

    Raises:
        SourceError: the markup shows no labels, and no line follows the title on the pages.
    """
    source_lines: list[list[SourceLine]] = sample.layout.pop("pages")
    if all(_is_marked(page) for page in source_lines):
        return _find_marked_labels(sample, source_lines)
    pages = [[line.text for line in page] for page in source_lines]
    anchor = _find_anchor(pages, sample.files)
    bodies = [page[_position(page, anchor) + 1 :] for page in pages]
    heads = [page[: _position(page, anchor)] for page in pages]
    first_lines = _recurring([line for head in heads for line in head[:-1]], len(pages))
    inline = _find_inline_labels(bodies)
    lines = _RecurringLines(
        [[line for line in body if not _is_inline(line, inline)] for body in bodies], is_name, is_value
    )
    badges = lines.badges()
    sections, free_text = lines.sections(badges)
    sample.layout |= {"title-before": anchor, "first-lines": first_lines, "badges": badges, "inline": inline}
    sample.layout |= {"sections": sections, "free-text": free_text}
    sample.columns = [SampledColumn("@title", [head[-1] if head else "" for head in heads])]
    sample.columns += [SampledColumn("@badge", [body[0] if body and body[0] in badges else "" for body in bodies])]
    sample.columns += lines.columns(sections)
    sample.columns += [SampledColumn(label, [_inline_value(body, label) for body in bodies]) for label in inline]
    return sample


# ------------------------------------------------------------------------------------------- what the markup says


def _is_marked(page: Sequence[SourceLine]) -> bool:
    """Whether a page has a title in `h1`, and labels with values in the elements for them."""
    return any(line.element == _TITLE_ELEMENT for line in page) and any(_labelled_values(page))


def _labelled_values(page: Sequence[SourceLine]) -> Iterator[tuple[str, str, str]]:
    """Each label with a value, the heading above it, and the value on one line."""
    heading, label, texts = _NO_HEADING, SourceLine(0, ""), list[str]()
    for line in [*page, SourceLine(0, "", _TITLE_ELEMENT)]:
        if label.text and line.element == _LABEL_ELEMENTS[label.element]:
            texts.append(line.text)
            continue
        if texts:
            yield heading, label.text, " ".join(texts)
        heading = line.text if line.element in _HEADINGS else heading
        label, texts = (line if line.element in _LABEL_ELEMENTS else SourceLine(0, "")), []


def _find_marked_labels(sample: Sample, pages: Sequence[Sequence[SourceLine]]) -> Sample:
    """Add the labels that the markup shows, as `find_labels` does."""
    found = [list(_labelled_values(page)) for page in pages]
    sections: dict[str, dict[str, None]] = {}
    for heading, label, _ in (each for page in found for each in page):
        if not any(label in labels for labels in sections.values()):
            sections.setdefault(heading, {})[label] = None
    titles = [next(line.text for line in page if line.element == _TITLE_ELEMENT) for page in pages]
    outside = [
        line.text
        for page in pages
        for line in page
        if line.element not in (_TITLE_ELEMENT, *_LABEL_ELEMENTS, *_LABEL_ELEMENTS.values())
        and line.text not in sections
    ]
    sample.layout |= {"title-element": _TITLE_ELEMENT, "first-lines": _recurring(outside, len(pages))}
    sample.layout |= {"sections": {heading: list(labels) for heading, labels in sections.items()}}
    sample.columns = [SampledColumn("@title", titles), SampledColumn("@badge", [""] * len(pages))]
    for heading, labels in sections.items():
        for label in labels:
            texts = [next((text for _, name, text in page if name == label), "") for page in found]
            sample.columns.append(SampledColumn(label, texts, section=heading))
    return sample


def _recurring(lines: Sequence[str], page_count: int, share: float = 0.15) -> list[str]:
    """The lines that stand on at least a share of the pages."""
    least = min(page_count, max(2, round(share * page_count)))
    return [line for line, count in Counter(lines).items() if count >= least]


# ------------------------------------------------------------------------------------------------------- head of a page


def _find_anchor(pages: Sequence[PageLines], files: Sequence[Path]) -> str:
    """The line that follows the title on every page: the first that nearly all pages have near their beginning."""
    counts = Counter(line for page in pages for line in dict.fromkeys(page[1:_HEAD_LINES]))
    common = [line for line, count in counts.items() if count >= 0.8 * len(pages)]
    titles = {
        line: {page[_position(page, line) - 1] for page in pages if line in page[1:_HEAD_LINES]} for line in common
    }
    after_titles = [line for line in common if len(titles[line]) > len(pages) / 2]
    if len(pages) < 2 or not after_titles:
        raise SourceError(
            f"{printable_path(files[0])}: no line follows the title on every page (of {len(pages)}). Labels are found by"
            " comparing pages: give several with --from, or write a source.yaml by hand (docs/sources/labelled-text.md)"
        )
    return min(after_titles, key=lambda line: sum(_position(page, line) for page in pages))


def _position(page: PageLines, anchor: str) -> int:
    """Where the anchor stands on a page; it is never the first line, since the title precedes it."""
    return next((at for at, line in enumerate(page) if at and line == anchor), 1)


# -------------------------------------------------------------------------------------------------------- inline labels


def _find_inline_labels(bodies: Sequence[PageLines]) -> list[str]:
    """Labels whose value follows on the same line, and differs between pages: `Last change: 21/12/2022`."""
    values: dict[str, set[str]] = defaultdict(set)
    for body in bodies:
        for line in body:
            match = re.fullmatch(r"(?P<label>[^:]{3,60}): *(?P<value>\S.{0,80})", line)
            if match and not re.search(r"https?$", match["label"]):
                values[match["label"]].add(match["value"])
    has_year = re.compile(r".*\d{4}.*")
    return [
        label
        for label, found in values.items()
        if len(found) > 1 or (len(bodies) < 20 and any(map(has_year.match, found)) and len(label.split()) <= 4)
    ]


def _is_inline(line: str, inline: Sequence[str]) -> bool:
    return any(line.startswith(f"{label}:") for label in inline)


def _inline_value(body: PageLines, label: str) -> str:
    return next((line.removeprefix(f"{label}:").strip() for line in body if line.startswith(f"{label}:")), "")


# ---------------------------------------------------------------------------------------------------- labels and values


class _RecurringLines:
    """The lines of all pages below the anchor, with the lines before and after each."""

    def __init__(self, bodies: Sequence[PageLines], is_name: LineTest, is_value: LineTest) -> None:
        self._bodies = bodies
        self._is_name, self._is_value = is_name, is_value
        self._page_counts = Counter(line for body in bodies for line in set(body))
        self._before: dict[str, set[str]] = defaultdict(set)
        self._after: dict[str, Counter[str]] = defaultdict(Counter)
        for body in bodies:
            for line, following in pairwise(body):
                self._before[following].add(line)
                self._after[line][following] += 1
        self._labels = self._find_labels()

    def _find_labels(self) -> set[str]:
        """The lines that can be labels, without those that are values of another label."""
        possible = {line for line in self._page_counts if _may_be_label(line) and self._recurs(line)}
        return {line for line in possible if not self._is_value_of_label(line, possible)}

    def _recurs(self, line: str) -> bool:
        return self._page_counts[line] >= 2 or self._is_name(line)

    def _is_value_of_label(self, line: str, possible: set[str]) -> bool:
        """Whether a line is a known value, or always follows the same label, which has other values too."""
        before = self._before[line]
        if self._is_name(line):
            return self._is_value(line) and len(before) == 1 and self._is_name(next(iter(before)))
        if self._is_value(line):
            return True
        if len(before) != 1:
            return False
        (label,) = before
        has_other_values = len(self._after[label]) > 1
        return label in possible and (has_other_values or (self._is_name(label) and not self._precedes_names(line)))

    def _precedes_names(self, line: str) -> bool:
        """Whether only names of terms follow a line, as they follow a heading."""
        return all(self._is_name(following) for following in self._after[line]) and bool(self._after[line])

    def badges(self) -> list[str]:
        """The lines that stand between the anchor and the first heading."""
        first = Counter(body[0] for body in self._bodies if body)
        most_common, _ = first.most_common(1)[0] if first else ("", 0)
        second = Counter(body[1] for body in self._bodies if len(body) > 1)
        heading = max((*first, *second), key=lambda line: first[line] + second[line], default=most_common)
        return [
            line for line in first if line != heading and self._after[line][heading] == sum(self._after[line].values())
        ]

    def sections(self, badges: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
        """Each heading with the labels below it, in the order of the pages; and the labels whose values are prose."""
        labels = self._labels - set(badges)
        headings = {line for line in labels if self._is_heading(line, labels)}
        found: dict[str, dict[str, None]] = {}
        for body in self._bodies:
            section = ""
            for line in body:
                if line in headings:
                    section = line
                    found.setdefault(line, {})
                elif line in labels:
                    found.setdefault(section, {}).setdefault(line)
        before_first_heading = found.pop("", {})
        sections = {heading: list(below) for heading, below in found.items() if below}
        if before_first_heading:
            heading = next(iter(sections), "Record")
            others = [label for label in sections.get(heading, []) if label not in before_first_heading]
            sections[heading] = [*before_first_heading, *others]
        return sections, sorted(line for line in labels - headings if self._has_prose(line))

    def _is_heading(self, line: str, labels: set[str]) -> bool:
        after = self._after[line]
        return bool(after) and not self._is_name(line) and all(following in labels for following in after)

    def _has_prose(self, label: str) -> bool:
        return any(len(following) > _PROSE_LENGTH for following in self._after[label])

    def columns(self, sections: dict[str, list[str]]) -> list[SampledColumn]:
        """The labels with the values below them; a label without a value has an empty text."""
        columns = {
            label: SampledColumn(label, [""] * len(self._bodies), section=section)
            for section, labels in sections.items()
            for label in labels
        }
        no_values = {*columns, *sections}
        for number, body in enumerate(self._bodies):
            for line, following in zip(body, [*body[1:], ""], strict=True):
                if line in columns and following not in no_values:
                    columns[line].texts[number] = following
        return list(columns.values())


def _may_be_label(line: str) -> bool:
    """Whether a line is short, begins with a letter, and is no sentence, date or amount."""
    if len(line) > MAX_LABEL or line.endswith((".", ",", ";", "…")) or re.fullmatch(r"[\W\d_]+(€|%)?", line):
        return False
    return line[:1].isupper() or bool(re.match(r"\d{1,2} - \w", line))
