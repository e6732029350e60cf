"""Normalise the texts of sources, for all readers: composed characters (NFC), characters that XML allows, line feeds."""

import re
import unicodedata

from passo_lod.memoize import memoize_short_texts
from passo_lod.sources.read_error import ReadError

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 (2.2), and so RDF/XML, does not allow."""


def clean_text(text: str) -> str:
    """Normalise a text that comes from outside.

    Raises:
        ReadError: a letter has more than 30 accents, which would take a normaliser minutes.
    """
    line = find_mark_overflow(text)
    if line is not None:
        raise ReadError("accents", "read.accents", line=line)
    return normalise(text)


def normalise(text: str) -> str:
    """A text in NFC with line feeds at line ends; a space replaces each character that XML does not allow."""
    composed = unicodedata.normalize("NFC", _NOT_IN_XML.sub(" ", text))
    return composed.replace("\r\n", "\n").replace("\r", "\n")


def find_mark_overflow(text: str) -> int | None:
    """The line (from 1) of the first run of more than 30 combining marks; None if the text is stream-safe (UAX 15, 13)."""
    for run in re.finditer(r"[^\x00-\u02ff]{31,}", text):
        marks = "".join("m" if unicodedata.combining(character) else " " for character in run[0])
        if "m" * 31 in marks:
            return text[: run.start()].count("\n") + 1
    return None


@memoize_short_texts
def line_key(text: str) -> str:
    """The form in which lines of record pages are compared: NFC, one kind of apostrophe, single spaces.

    >>> line_key("L’area  di   intervento")
    "L'area di intervento"
    """
    return " ".join(unicodedata.normalize("NFC", str(text)).replace("’", "'").replace("\u2018", "'").split())
