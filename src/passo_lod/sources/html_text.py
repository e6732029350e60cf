"""Show HTML as a browser does: the lines of text of a page, or of a cell that holds markup; for the page reader and `text_repair`."""

import codecs
import re
from html.parser import HTMLParser

from passo_lod.messages.localised_text import Values
from passo_lod.records import SourceLine
from passo_lod.sources.read_error import ReadError

MAX_ELEMENT_DEPTH = 500
"""Elements nested in one another; pages that people make have far fewer."""

YES, NO = "Sì", "No"
"""The value of a checkbox, in the words that the observatories print elsewhere."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark meter output picture q "
    "rp rt ruby s samp small source span strike strong sub sup time tt u var wbr"
)
"""Elements that do not break a line (HTML, 15.3); all others do."""

_VOID = _words("area base br col embed hr img input link meta param source track wbr")
"""Elements without an end (HTML, 13.1.2)."""

LABELLED = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "th", "td"})
"""Elements that say what their text is: a heading, a label, or the value of one."""

_NOT_SHOWN = _words("head script style template noscript svg math object iframe datalist title audio video canvas")
"""Elements whose text a browser does not show as text of the page."""

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
"""Elements whose end tag may be left out, and the tags that then end them (HTML, 13.1.2.4)."""


_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+[\"']?\s*+([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE)
_WHATWG_NAMES = {"iso-8859-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252"}
"""Labels of encodings that mean another one on the web (Encoding Standard, 4.2)."""


def decode_html(data: bytes) -> str:
    """The text of a page in the encoding that it declares (HTML, 13.2.3.2), or else in UTF-8.

    Raises:
        ReadError: it is not in that encoding.
    """
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else _declared_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        values: Values = {"encoding": encoding, "byte": error.start + 1}
        raise ReadError("encoding", "read.page.other-encoding", values, line) from error


def _declared_encoding(data: bytes) -> str:
    match = _CHARSET.search(data[:4096])
    name = match[1].decode("ascii").casefold() if match else "utf-8"
    try:
        "a".encode(name)
    except (LookupError, UnicodeError):
        return "utf-8"
    return "utf-8" if name.startswith("utf-16") else _WHATWG_NAMES.get(name, name)


def visible_lines(markup: str) -> list[SourceLine]:
    """The lines of text that a page shows, each with the line of the source where it begins.

    >>> [line.text for line in visible_lines("<h3>Codecisione</h3><input type=checkbox checked><p>a <b>b</b><br>c")]
    ['Codecisione', 'Sì', 'a b', 'c']
    """
    page = VisibleTextParser()
    page.parse(markup)
    return page.lines


def _check_tags_end(markup: str) -> None:
    """Raise ReadError for hundreds of tags or comments that never end: they would take the parser minutes."""
    for begin, end in (("<", ">"), ("<!--", "-->"), ("<?", ">"), ("<!", ">"), ("<![", "]")):
        last = markup.rfind(end) + 1
        if markup.count(begin, last) > 100:
            line = markup.count("\n", 0, last) + 1
            raise ReadError("markup", "read.page.open-tags", {"end": end}, line)


class VisibleTextParser(HTMLParser):
    """Collects the lines of text that a page shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[SourceLine] = []
        self._open: list[tuple[str, bool]] = []  # elements, and whether each hides its text
        self._texts: list[str] = []
        self._ticks: list[str] = []
        self._line_start = 0  # source line where the current line begins; 0 if it is empty

    def parse(self, markup: str) -> None:
        """Parse a whole page.

        Raises:
            ReadError: its markup is broken, or its elements are nested too deep.
        """
        _check_tags_end(markup)
        try:
            self.feed(markup)
            self.close()
        except AssertionError as error:  # the standard library raises it for a declaration that it does not know
            raise ReadError("markup", "read.page.broken-markup", {"error": str(error)}, self.getpos()[0]) from error
        self.end_line()

    @property
    def _is_hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """End the line at a block element; add the value of a checkbox."""
        values = {name: value or "" for name, value in attrs}
        self._end_implied(tag)
        hides = self._hides(tag, values)
        if tag not in _INLINE and not hides:
            self.end_line()
        if tag == "input" and values.get("type", "").casefold() == "checkbox" and not hides:
            self._ticks.append(YES if "checked" in values else NO)
            self._line_start = self._line_start or self.getpos()[0]
        # An inline element that shows its text needs no end tag: it changes nothing.
        if tag not in _VOID and (hides or tag not in _INLINE):
            self._push(tag, hides)

    def _hides(self, tag: str, values: dict[str, str]) -> bool:
        style = re.sub(r"\s", "", values.get("style", "")).casefold()
        return (
            self._is_hidden
            or tag in _NOT_SHOWN
            or "hidden" in values
            or "display:none" in style
            or "visibility:hidden" in style
            or (tag == "option" and "selected" not in values)
        )

    def _push(self, tag: str, hidden: bool) -> None:
        if len(self._open) >= MAX_ELEMENT_DEPTH:
            line = self.getpos()[0]
            raise ReadError("markup", "read.page.deep-elements", {"limit": MAX_ELEMENT_DEPTH}, line)
        self._open.append((tag, hidden))

    def _end_implied(self, tag: str) -> None:
        while self._open and tag in _ENDED_BY.get(self._open[-1][0], ()):
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those that were left open in it."""
        if tag not in _INLINE and not self._is_hidden:
            self.end_line()
        at = next((at for at in range(len(self._open) - 1, -1, -1) if self._open[at][0] == tag), None)
        if at is not None:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        """Add text to the line; each line of preformatted text is a line."""
        if self._is_hidden:
            return
        line = self.getpos()[0]
        first, *further = data.split("\n") if self._is_preformatted() else [data]
        self._add_text(first, line)
        for number, text in enumerate(further, start=line + 1):
            self.end_line()
            self._add_text(text, number)

    def _is_preformatted(self) -> bool:
        return any(tag in ("pre", "textarea") for tag, _ in self._open)

    def _add_text(self, text: str, line: int) -> None:
        if not self._line_start and text.strip():
            self._line_start = line + text[: len(text) - len(text.lstrip())].count("\n")
        self._texts.append(text)

    def end_line(self) -> None:
        """End the current line; the value of a checkbox follows the label beside it."""
        text = " ".join("".join(self._texts).split())
        element = next((tag for tag, _ in reversed(self._open) if tag in LABELLED), "")
        self.lines += [SourceLine(self._line_start, each, element) for each in (text, *self._ticks) if each]
        self._texts, self._ticks, self._line_start = [], [], 0
