"""Detect the kind of a file by its content and the end of its name, read its beginning and find its delimiter, before a reader is chosen."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath

from passo_lod.errors import SourceError
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.table_files.html_table import has_html_table
from passo_lod.sources.unpacked_file import UnpackedFile, names_workbook, open_unpacked, utf_16_codec
from passo_lod.text_folding import printable_path

MAX_BYTES = 8_000_000
"""Bytes at the beginning of a file that are sampled."""

DELIMITERS = (";", ",", "\t", "|")

_KNOWN = "known are tables (CSV, TSV, XLSX, HTML), JSON, JSON Lines, and record pages saved as text or HTML"


def detect_kind(path: Path) -> str:
    """The kind of a file, or of the one file in a gzip or zip archive: table, html-table, workbook, json, jsonl, text or html.

    Raises:
        SourceError: it cannot be read, is empty, or of no known kind.
    """
    if not path.is_file():
        raise SourceError(f"{printable_path(path)}: no such file; --from takes files")
    with opened(path) as unpacked:
        return _detect_kind(path, unpacked)


@contextmanager
def opened(path: Path) -> Iterator[UnpackedFile]:
    """Open a file, unpacked if it is an archive.

    Raises:
        SourceError: it cannot be unpacked, or its content cannot be read.
    """
    try:
        with open_unpacked(path) as unpacked:
            yield unpacked
    except ReadError as error:
        expected = f"; right would be: {error.expected.text('en')}" if error.expected else ""
        raise SourceError(f"{printable_path(path)}: {error}{expected}") from error


def _detect_kind(path: Path, unpacked: UnpackedFile) -> str:
    head, suffix = unpacked.head, PurePath(unpacked.name).suffix.casefold()
    if unpacked.is_workbook and names_workbook(unpacked.name):
        return "workbook"
    if unpacked.is_workbook:
        raise SourceError(f"{printable_path(path)}: is a workbook; give it a name that ends in .xlsx")
    unpacked.check_is_text()
    codec = utf_16_codec(head)
    text = head.decode(codec, "replace") if codec else head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    text = text.strip("\ufeff \t\r\n\0")
    if not text:
        raise SourceError(f"{printable_path(path)}: is empty; a source needs a file with at least one record")
    if codec is None and b"\0" in head:
        raise SourceError(f"{printable_path(path)}: is no text, which cannot be read; {_KNOWN}")
    kind = _detect_text_kind(path, text, suffix)
    if codec and kind != "table":
        raise SourceError(f"{printable_path(path)}: is UTF-16 text; save it as UTF-8")
    return kind


def _detect_text_kind(path: Path, text: str, suffix: str) -> str:
    if text.startswith("<"):
        if suffix in (".htm", ".html", ".xhtml"):
            return "html"
        if has_html_table(text.encode()):
            return "html-table"  # a site saved it as .xls or .csv
        if re.search(r"(?i)<(!doctype html|html|body)", text):
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
        SourceError: it cannot be unpacked.
    """
    with opened(path) as unpacked:
        head = unpacked.file.read(MAX_BYTES)
        is_complete = not unpacked.file.read(1)
    if codec := utf_16_codec(head[: 1 << 16]):
        return head.decode(codec, "replace").removeprefix("\ufeff"), is_complete
    if not is_complete:
        head = head[: head.rfind(b"\n") + 1] or head
    try:
        return head.decode("utf-8-sig"), is_complete
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace"), is_complete
