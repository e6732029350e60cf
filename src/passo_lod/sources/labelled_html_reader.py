"""Read record pages saved as HTML: the lines that a reader of the page sees, in the grammar of pages saved as text.

A page saved as HTML loses less than one saved as text: the tick of a checkbox is still there.
"""

import codecs
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from passo_lod.records import Reading, SourceLine
from passo_lod.sources import labelled_text_reader as labelled_text
from passo_lod.sources.labelled_text_reader import Unreadable, decode_page, load

MAX_BYTES = 5_000_000
"""A record page with its scripts and styles has some 200 kB; a file beyond this is refused before it is read."""

MAX_DEPTH = 500
"""Elements within one another; no page that people made has so many."""

Layout = labelled_text.LabelledTextLayout

YES, NO = "Sì", "No"
"""What a checkbox says, as the observatories print it elsewhere."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark meter output picture q "
    "rp rt ruby s samp small source span strike strong sub sup time tt u var wbr"
)
"""Elements that do not break a line (HTML, 15.3); all others do."""

_VOID = _words("area base br col embed hr img input link meta param source track wbr")
"""Elements without an end (HTML, 13.1.2)."""

_UNSEEN = _words("head script style template noscript svg math object iframe datalist title audio video canvas")
"""Elements whose text is not the page's."""

_ENDED_BY = {
    "p": _words("p div ul ol dl table h1 h2 h3 h4 h5 h6 section article form hr pre blockquote address"),
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "tr": frozenset({"tr", "tbody", "tfoot"}),
    "option": frozenset({"option", "optgroup"}),
    "head": frozenset({"body", "main", "div", "h1", "p", "table", "dl"}),
}
"""Elements whose end tag may be left out, and what then ends them (HTML, 13.1.2.4)."""


def read(source: Any, path: Path, shown: str) -> Iterator[Reading]:
    """The one record of a page of HTML."""
    return labelled_text.read_page(source, path, shown, _lines)


def _lines(path: Path) -> list[SourceLine]:
    markup = decode_page(_decode(load(path, MAX_BYTES, "a record page saved as HTML")))
    if not re.search(r"<[a-zA-Z!]", markup):
        raise Unreadable("other-kind", "it holds no element of HTML", "a record page saved as HTML")
    return visible_lines(markup)


_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE)
_WEB_NAMES = {"iso-8859-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252"}
"""Names of encodings that mean another one on the web (Encoding Standard, 4.2)."""


def _decode(data: bytes) -> str:
    """The text of a page, in the encoding that it states (HTML, 13.2.3.2), or else in UTF-8."""
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else _stated(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        message = f"it is not {encoding} text (byte {problem.start + 1})"
        raise Unreadable("encoding", message, "the page saved in the encoding that it states", line) from problem


def _stated(data: bytes) -> str:
    match = _CHARSET.search(data[:4096])
    name = match[1].decode("ascii").casefold() if match else "utf-8"
    try:
        "a".encode(name)
    except (LookupError, UnicodeError):
        return "utf-8"
    return "utf-8" if name.startswith("utf-16") else _WEB_NAMES.get(name, name)


def visible_lines(markup: str) -> list[SourceLine]:
    """The lines of text that a page shows, each with the line of the source where it begins.

    >>> [line.text for line in visible_lines("<h3>Codecisione</h3><input type=checkbox checked><p>a <b>b</b><br>c")]
    ['Codecisione', 'Sì', 'a b', 'c']
    """
    _refuse_unended(markup)
    page = _VisibleText()
    try:
        page.feed(markup)
        page.close()
    except AssertionError as problem:  # the standard library's word for a declaration that it does not know
        raise Unreadable("markup", f"its markup is broken ({problem})", "a whole page", page.getpos()[0]) from problem
    page.end_line()
    return page.lines


def _refuse_unended(markup: str) -> None:
    """Refuse what takes the parser minutes: hundreds of tags or comments that never end."""
    for begin, end in (("<", ">"), ("<!--", "-->"), ("<?", ">"), ("<!", ">"), ("<![", "]")):
        last = markup.rfind(end) + 1
        if markup.count(begin, last) > 100:
            line = markup.count("\n", 0, last) + 1
            raise Unreadable("markup", f"its tags and comments do not end ('{end}' is missing)", "a whole page", line)


class _VisibleText(HTMLParser):
    """Collects the lines of text while the tags go by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[SourceLine] = []
        self._open: list[tuple[str, bool]] = []  # elements, and whether each hides its text
        self._texts: list[str] = []
        self._ticks: list[str] = []
        self._begins = 0

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens: a block ends the line, and a checkbox says yes or no."""
        values = {name: value or "" for name, value in attrs}
        self._end_implied(tag)
        hides = self._hides(tag, values)
        if tag not in _INLINE and not hides:
            self.end_line()
        if tag == "input" and values.get("type", "").casefold() == "checkbox" and not hides:
            self._ticks.append(YES if "checked" in values else NO)
            self._begins = self._begins or self.getpos()[0]
        # Where an inline element that shows its text ends does not matter.
        if tag not in _VOID and (hides or tag not in _INLINE):
            self._push(tag, hides)

    def _hides(self, tag: str, values: dict[str, str]) -> bool:
        style = re.sub(r"\s", "", values.get("style", "")).casefold()
        return (
            self._hidden
            or tag in _UNSEEN
            or "hidden" in values
            or "display:none" in style
            or "visibility:hidden" in style
            or (tag == "option" and "selected" not in values)
        )

    def _push(self, tag: str, hidden: bool) -> None:
        if len(self._open) >= MAX_DEPTH:
            line = self.getpos()[0]
            raise Unreadable(
                "markup", f"its elements are nested more than {MAX_DEPTH} deep", "a page as sites show", line
            )
        self._open.append((tag, hidden))

    def _end_implied(self, tag: str) -> None:
        while self._open and tag in _ENDED_BY.get(self._open[-1][0], ()):
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """A tag closes, and with it those that were left open in it."""
        if tag not in _INLINE and not self._hidden:
            self.end_line()
        at = next((at for at in range(len(self._open) - 1, -1, -1) if self._open[at][0] == tag), None)
        if at is not None:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        """Text, part of a line; of preformatted text every line is one."""
        if self._hidden:
            return
        line = self.getpos()[0]
        first, *further = data.split("\n") if self._is_preformatted() else [data]
        self._add(first, line)
        for number, text in enumerate(further, start=line + 1):
            self.end_line()
            self._add(text, number)

    def _is_preformatted(self) -> bool:
        return any(tag in ("pre", "textarea") for tag, _ in self._open)

    def _add(self, text: str, line: int) -> None:
        if not self._begins and text.strip():
            self._begins = line + text[: len(text) - len(text.lstrip())].count("\n")
        self._texts.append(text)

    def end_line(self) -> None:
        """What was collected is a line; the answer of a checkbox comes after the label beside it."""
        text = " ".join("".join(self._texts).split())
        self.lines += [SourceLine(self._begins, each) for each in (text, *self._ticks) if each]
        self._texts, self._ticks, self._begins = [], [], 0
