"""Find the labels of record pages that nobody has described yet: lines that come again on page after page.

A label comes again and is followed by different values; a value comes again and always follows the same label. What the
recurrence leaves open, names and concepts that are known decide.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from passo_lod.drafting.sample import MAX_PAGES, Sample, SampledColumn
from passo_lod.errors import SourceError
from passo_lod.sources.labelled_html_reader import visible_lines
from passo_lod.text_folding import printable_path

MAX_LABEL = 120
"""Characters of a label; a longer line is prose, however often it comes."""

_MAX_PAGE = 4_000_000

HEAD = 8
"""Lines among which title and anchor stand."""

Page = list[str]
IsLabel = Callable[[str], bool]


def sample_pages(files: Sequence[Path], kind: str) -> Sample:
    """The lines of some pages, as columns without structure; `labelled` finds the structure."""
    pages = [_page(path, kind) for path in files[:MAX_PAGES]]
    reader = "labelled-html" if kind == "html" else "labelled-text"
    return Sample(reader, tuple(files), [], len(pages), len(files) <= MAX_PAGES, {"pages": pages})


def _page(path: Path, kind: str) -> Page:
    with path.open("rb") as file:
        data = file.read(_MAX_PAGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    lines = [line.text for line in visible_lines(text)] if kind == "html" else text.splitlines()
    return [key(line) for line in lines if line.strip()]


def key(text: str) -> str:
    """A line as the reader of pages compares it: composed characters, one kind of apostrophe, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").replace("\u2018", "'").split())


def labelled(found: Sample, is_name: IsLabel, is_value: IsLabel) -> Sample:
    """The sample with its labels as columns, and the layout of the pages.

    Args:
        found: the pages.
        is_name: whether a line is what one of our terms is called.
        is_value: whether a line is a concept's label, or otherwise no label.

    Raises:
        SourceError: no line follows the title on the pages.
    """
    pages: list[Page] = found.layout.pop("pages")
    anchor = _anchor(pages, found.files)
    bodies = [page[_at(page, anchor) + 1 :] for page in pages]
    heads = [page[: _at(page, anchor)] for page in pages]
    first_lines = _common([line for head in heads for line in head[:-1]], pages)
    inline = _inline(bodies)
    lines = _Lines([[line for line in body if not _is_inline(line, inline)] for body in bodies], is_name, is_value)
    badges = lines.badges()
    sections = lines.sections(badges)
    found.layout |= {"title-before": anchor, "first-lines": first_lines, "badges": badges, "inline": inline}
    found.layout |= {"sections": sections, "free-text": lines.free_text}
    found.columns = [SampledColumn("@title", [head[-1] if head else "" for head in heads])]
    found.columns += [SampledColumn("@badge", [body[0] if body and body[0] in badges else "" for body in bodies])]
    found.columns += lines.columns(sections)
    found.columns += [SampledColumn(label, [_inline_value(body, label) for body in bodies]) for label in inline]
    return found


def _common(lines: Sequence[str], pages: Sequence[Page], share: float = 0.15) -> list[str]:
    least = max(2, round(share * len(pages)))
    return [line for line, count in Counter(lines).items() if count >= least]


# --------------------------------------------------------------------------------------------------------- the heading


def _anchor(pages: Sequence[Page], files: Sequence[Path]) -> str:
    """The line that follows the title on every page: the first that nearly all pages have near their beginning."""
    counts = Counter(line for page in pages for line in dict.fromkeys(page[1:HEAD]))
    common = [line for line, count in counts.items() if count >= 0.8 * len(pages)]
    before = {line: len({page[_at(page, line) - 1] for page in pages if line in page[1:HEAD]}) for line in common}
    titled = [line for line in common if before[line] > len(pages) / 2]
    if len(pages) < 2 or not titled:
        raise SourceError(
            f"{printable_path(files[0])}: no line follows the title on every page (of {len(pages)}); record pages are told by the lines"
            " they have alike, so give several with --from, or write a source.yaml by hand (docs/sources/labelled-text.md)"
        )
    return min(titled, key=lambda line: sum(_at(page, line) for page in pages))


def _at(page: Page, anchor: str) -> int:
    return next((at for at, line in enumerate(page) if at and line == anchor), 1)


def _inline(bodies: Sequence[Page]) -> list[str]:
    """Labels whose value follows on the same line: `Last change: 21/12/2022`, with another value on another page."""
    values: dict[str, set[str]] = defaultdict(set)
    for body in bodies:
        for line in body:
            match = re.fullmatch(r"(?P<label>[^:]{3,60}): *(?P<value>\S.{0,80})", line)
            if match and not re.search(r"https?$", match["label"]):
                values[match["label"]].add(match["value"])
    dated = re.compile(r".*\d{4}.*")
    return [
        label
        for label, found in values.items()
        if len(found) > 1 or (len(bodies) < 20 and any(map(dated.match, found)) and len(label.split()) <= 4)
    ]


def _is_inline(line: str, inline: Sequence[str]) -> bool:
    return any(line.startswith(f"{label}:") for label in inline)


def _inline_value(body: Page, label: str) -> str:
    return next((line.removeprefix(f"{label}:").strip() for line in body if line.startswith(f"{label}:")), "")


# -------------------------------------------------------------------------------------------------- labels and values


class _Lines:
    """The lines of all pages below the anchor, with what comes before and after each."""

    def __init__(self, bodies: Sequence[Page], is_name: IsLabel, is_value: IsLabel) -> None:
        self._bodies = bodies
        self._is_name, self._is_value = is_name, is_value
        self._pages = Counter(line for body in bodies for line in set(body))
        self._before: dict[str, set[str]] = defaultdict(set)
        self._after: dict[str, Counter[str]] = defaultdict(Counter)
        for body in bodies:
            for line, following in pairwise(body):
                self._before[following].add(line)
                self._after[line][following] += 1
        self._labels = self._find_labels()
        self.free_text: list[str] = []

    def _find_labels(self) -> set[str]:
        """Lines that can be labels, without those that are values of another."""
        possible = {line for line in self._pages if _may_be_label(line) and self._recurs(line)}
        return {line for line in possible if not self._is_a_value(line, possible)}

    def _recurs(self, line: str) -> bool:
        return self._pages[line] >= 2 or self._is_name(line)

    def _is_a_value(self, line: str, possible: set[str]) -> bool:
        """Whether a line is rather a value: a known one, or one that always follows the same label, which has others too."""
        before = self._before[line]
        if self._is_name(line):
            return self._is_value(line) and len(before) == 1 and self._is_name(next(iter(before)))
        if self._is_value(line):
            return True
        if len(before) != 1:
            return False
        (label,) = before
        return label in possible and (len(self._after[label]) > 1 or (self._is_name(label) and not self._leads(line)))

    def _leads(self, line: str) -> bool:
        """Whether labels follow a line and nothing else, as a heading is followed."""
        return all(self._is_name(following) for following in self._after[line]) and bool(self._after[line])

    def badges(self) -> list[str]:
        """Lines that stand between anchor and first heading, in place of it."""
        first = Counter(body[0] for body in self._bodies if body)
        common, _ = first.most_common(1)[0] if first else ("", 0)
        second = Counter(body[1] for body in self._bodies if len(body) > 1)
        heading = max((*first, *second), key=lambda line: first[line] + second[line], default=common)
        return [
            line for line in first if line != heading and self._after[line][heading] == sum(self._after[line].values())
        ]

    def sections(self, badges: Sequence[str]) -> dict[str, list[str]]:
        """Each heading with the labels below it, in the order of the pages."""
        labels = self._labels - set(badges)
        headings = {line for line in labels if self._is_heading(line, labels)}
        sections: dict[str, dict[str, int]] = {}
        for body in self._bodies:
            section = ""
            for line in body:
                if line in headings:
                    section = line
                    sections.setdefault(line, {})
                elif line in labels:
                    sections.setdefault(section, {}).setdefault(line, 0)
        stray = sections.pop("", {})
        named = {heading: list(found) for heading, found in sections.items() if found}
        if stray:
            heading = next(iter(named), "Record")
            named[heading] = [*stray, *(label for label in named.get(heading, []) if label not in stray)]
        self.free_text = sorted(line for line in labels - headings if self._has_prose(line))
        return named

    def _is_heading(self, line: str, labels: set[str]) -> bool:
        after = self._after[line]
        return bool(after) and not self._is_name(line) and all(following in labels for following in after)

    def _has_prose(self, label: str) -> bool:
        return any(len(following) > 200 for following in self._after[label])

    def columns(self, sections: dict[str, list[str]]) -> list[SampledColumn]:
        """The labels with the values below them; a label alone gives an empty text."""
        labels = [label for found in sections.values() for label in found]
        columns = {label: SampledColumn(label, [""] * len(self._bodies)) for label in labels}
        ends = {*labels, *sections}
        for number, body in enumerate(self._bodies):
            for line, following in zip(body, [*body[1:], ""], strict=True):
                if line in columns and following not in ends:
                    columns[line].texts[number] = following
        for section, found in sections.items():
            for label in found:
                columns[label].section = section
        return list(columns.values())


def _may_be_label(line: str) -> bool:
    """Whether a line could be a label: short, with a letter first, and no sentence, date or amount."""
    if len(line) > MAX_LABEL or line.endswith((".", ",", ";", "…")) or re.fullmatch(r"[\W\d_]+(€|%)?", line):
        return False
    return line[:1].isupper() or bool(re.match(r"\d{1,2} - \w", line))
