"""Repair what a text went through before it came to us: HTML markup, characters decoded wrongly, invisible characters; for all readers.

Each repair is certain, or the text stays as it is. `reading_builder` reports the repairs of a record.
"""

import html
import re
from unicodedata import bidirectional

from ftfy import TextFixerConfig, fix_encoding

from passo_lod.memoize import memoize_short_texts
from passo_lod.sources.html_text import visible_lines
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import find_mark_overflow, normalise

HTML, BROKEN_HTML, ENCODING, LOST = "html", "broken-html", "encoding", "lost-characters"
DIRECTION, INVISIBLE = "direction", "invisible"
"""The kinds of repairs, as keys below `read.repair`; nothing can be repaired where characters were lost."""

REPAIRS = (HTML, BROKEN_HTML, ENCODING, LOST, DIRECTION, INVISIBLE)

Repaired = tuple[str, tuple[str, ...]]
"""A text, and the kinds of repairs that it needed."""

_BLOCK = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
]
_WITHIN_LINE = [
    "a",
    "abbr",
    "b",
    "big",
    "cite",
    "code",
    "del",
    "em",
    "font",
    "i",
    "iframe",
    "img",
    "ins",
    "mark",
    "o:p",
    "q",
    "s",
    "script",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "svg",
    "tt",
    "u",
    "video",
    "wbr",
]
_TAG = re.compile(
    rf"<(?:/?(?:{'|'.join([*_BLOCK, *_WITHIN_LINE])})(?:\s[^<>=]*+=[^<>]*+)?+\s*+/?>|!--|!doctype\b)", re.IGNORECASE
)
"""A tag of an element of HTML; `<5`, `<name>` or `a <b and c> d` is none."""
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(_BLOCK)})(?=[\s/>])", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
"""A character reference with its semicolon (HTML, 13.1.4), so that `?a=1&copy=2` is none."""
_MAX_ROUNDS = 3
"""How many times a text may have been escaped; an export that escapes what a database had escaped does it twice."""

_DIRECTION_MARK = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates (UAX 9, 2), which can show a text in another order than it has."""

_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u2060\ufeff]")
"""Soft hyphens, marks of no width and of direction: no reader sees them, and a name that holds one is another name."""
_SPACE_OF_NO_WIDTH = "\u200b"
_JOINERS = "\u200c\u200d"
_MARKS_OF_DIRECTION = "\u061c\u200e\u200f"
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer, which may write a space of no width between words."""
_JOINING = re.compile("[\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\ufb50-\ufdff\ufe70-\ufefc\U0001f000-\U0001faff]")
"""Scripts whose letters change where a joiner stands beside them, and pictures that one joins."""

_MAY_BE_MISREAD = re.compile("[^\x00-\x7f]{2}|[\u00c3\u00c2] |[\x80-\x9f]")
"""UTF-8 writes each other letter in two bytes or more, so that a wrong encoding makes two characters of it."""

_ENCODING_ONLY = TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)
"""No quote, ligature or width of a letter changes."""


def repair(text: str) -> Repaired:
    r"""Repair a text, and name the kinds of repairs that it needed.

    >>> repair("<p>Caff&egrave; &amp; citt&#224;</p><p>Due</p>")
    ('Caffè & città\nDue', ('html',))
    >>> repair("PerchÃ© no?"), repair("a < b & c")
    (('Perché no?', ('encoding',)), ('a < b & c', ()))
    >>> repair("Comune di Bo\u200blogna")
    ('Comune di Bologna', ('invisible',))
    """
    if text.isascii() and "&" not in text and "<" not in text:
        return text, ()
    return _repair(text)


@memoize_short_texts
def _repair(text: str) -> Repaired:
    repaired, kinds = _decode_html(text) if "&" in text or "<" in text else (text, [])
    if not repaired.isascii():
        repaired = _repair_encoding(repaired, kinds)
        if _DIRECTION_MARK.search(repaired):
            repaired = _DIRECTION_MARK.sub("", repaired)
            kinds.append(DIRECTION)
        repaired = _remove_invisible(repaired, kinds)
    if not kinds:
        return text, ()
    if find_mark_overflow(repaired) is not None:
        return text, (BROKEN_HTML,)  # hundreds of accents that were written as character references
    return normalise(repaired), tuple(kinds)


def _decode_html(text: str) -> tuple[str, list[str]]:
    decoded = text
    try:
        for _ in range(_MAX_ROUNDS):
            before = decoded
            decoded = _show(decoded) if _is_markup(decoded, escaped=before is not text) else _unescape(decoded)
            if decoded == before:
                break
    except ReadError:
        return text, [BROKEN_HTML]
    return decoded, [HTML] if decoded != text else []


def _is_markup(text: str, *, escaped: bool) -> bool:
    """Whether a text has tags; what was escaped is markup only if it begins with a tag, and otherwise speaks of one."""
    return bool(_TAG.match(text.lstrip()) if escaped else _TAG.search(text))


def _unescape(text: str) -> str:
    """A text with its character references decoded."""
    return _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)


def _show(markup: str) -> str:
    """The text that a browser shows: a line for each paragraph, or the lines of the text if it has no paragraphs."""
    parts = [markup] if _BLOCK_TAG.search(markup) or "<!--" in markup else markup.split("\n")
    return "\n".join(line.text for part in parts for line in visible_lines(part))


def _repair_encoding(text: str, kinds: list[str]) -> str:
    repaired = fix_encoding(text, _ENCODING_ONLY) if _MAY_BE_MISREAD.search(text) else text
    if repaired != text:
        kinds.append(ENCODING)
    if "\ufffd" in repaired:
        kinds.append(LOST)
    return repaired


def _remove_invisible(text: str, kinds: list[str]) -> str:
    """A text without the invisible characters that mean nothing where they stand."""
    if not _INVISIBLE.search(text):
        return text
    is_right_to_left = any(
        bidirectional(character) in ("R", "AL") for character in text if character not in _MARKS_OF_DIRECTION
    )

    def replacement(found: re.Match[str]) -> str:
        beside = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
        means_something = (
            (found[0] in _MARKS_OF_DIRECTION and is_right_to_left)
            or (found[0] in _JOINERS and _JOINING.search(beside) is not None)
            or (found[0] == _SPACE_OF_NO_WIDTH and _WITHOUT_SPACES.search(beside) is not None)
        )
        return found[0] if means_something else ""

    repaired = _INVISIBLE.sub(replacement, text)
    if repaired != text:
        kinds.append(INVISIBLE)
    return repaired
