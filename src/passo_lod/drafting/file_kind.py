"""Detect the kind of a file by its content and the end of its name, read its beginning and find its delimiter, before a reader is chosen."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from passo_lod.errors import SourceError
from passo_lod.text_folding import printable_path

MAX_BYTES = 8_000_000
"""Bytes at the beginning of a file that are sampled."""

DELIMITERS = (";", ",", "\t", "|")

_BINARY = {
    b"PK\x03\x04": "an archive or office document",
    b"\xd0\xcf\x11\xe0": "an old Office document (.xls, .doc)",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
"""The first bytes of files that are not text."""

_KNOWN = "known are tables (CSV, TSV, XLSX), JSON, JSON Lines, and record pages saved as text or HTML"


def detect_kind(path: Path) -> str:
    """The kind of a file: table, workbook, json, jsonl, text or html.

    Raises:
        SourceError: it cannot be read, is empty, or of no known kind.
    """
    if not path.is_file():
        raise SourceError(f"{printable_path(path)}: no such file; --from takes files")
    with path.open("rb") as file:
        head = file.read(65_536)
    suffix = path.suffix.casefold()
    text = head.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0")
    if not text:
        raise SourceError(f"{printable_path(path)}: is empty; a source needs a file with at least one record")
    if head.startswith(b"PK\x03\x04") and suffix in (".xlsx", ".xlsm"):
        return "workbook"
    binary = next((kind for start, kind in _BINARY.items() if head.startswith(start)), None)
    if binary or b"\0" in head:
        raise SourceError(f"{printable_path(path)}: is {binary or 'no text'}, which cannot be read; {_KNOWN}")
    return _detect_text_kind(path, text.decode("utf-8", "replace"), suffix)


def _detect_text_kind(path: Path, text: str, suffix: str) -> str:
    if text.startswith("<"):
        if suffix in (".htm", ".html", ".xhtml") or re.search(r"(?i)<(!doctype html|html|body)", text):
            return "html"
        raise SourceError(f"{printable_path(path)}: is XML, which cannot be read; {_KNOWN}")
    if text[0] in "[{":
        return "jsonl" if suffix in (".jsonl", ".ndjson") or _is_json_lines(text) else "json"
    if suffix in (".csv", ".tsv", ".tab") or (suffix != ".txt" and find_delimiter(text.splitlines())):
        return "table"
    if suffix in (".txt", ".text", "") and len(text.splitlines()) > 1:
        return "text"
    raise SourceError(f"{printable_path(path)}: is of no kind that can be read; {_KNOWN}")


def _is_json_lines(text: str) -> bool:
    lines = text.splitlines()
    return len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines[:2])


def find_delimiter(lines: Sequence[str]) -> str | None:
    """The character between two cells: the one of which most lines have the same number; None if no such is found."""
    rows = [re.sub(r'"[^"]*"', "", line) for line in lines if line.strip()][:20]
    if len(rows) < 2:
        return next((character for character in DELIMITERS if rows and character in rows[0]), None)

    def agreement(character: str) -> tuple[int, int]:
        counts = [row.count(character) for row in rows]
        common, times = Counter(counts).most_common(1)[0]
        return (times if common else 0), common

    best = max(DELIMITERS, key=agreement)
    return best if agreement(best)[0] * 2 >= len(rows) else None


def read_beginning(path: Path) -> tuple[str, bool]:
    """The beginning of a text file, up to the end of a line, and whether that is all of it.

    Raises:
        SourceError: it is UTF-16 text.
    """
    with path.open("rb") as file:
        head = file.read(MAX_BYTES)
        is_complete = not file.read(1)
    if not is_complete:
        head = head[: head.rfind(b"\n") + 1] or head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{printable_path(path)}: is UTF-16 text; save it as UTF-8")
    try:
        return head.decode("utf-8-sig"), is_complete
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace"), is_complete
