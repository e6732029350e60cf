"""Read the lines of a delimited text file for csv_reader: decoded, with their numbers, and with a way to put lines back."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import clean_text

MAX_LINE = 1_000_000
"""Characters of a line; a longer one is skipped without being kept in memory, and its row is rejected."""


@dataclass(frozen=True, slots=True)
class CsvLine:
    """One line of a file, or why it cannot be read."""

    number: int
    text: str
    error: ReadError | None = None


_UNDECODED_BYTE = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is not UTF-8 (PEP 383)."""

_CONTROL_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\r\x0e-\x1f\ufffe\uffff]")


class CsvLineReader:
    """Reads the lines of a file one at a time; lines that were only looked at can be put back."""

    def __init__(self, file: TextIO, encoding: str | None) -> None:
        """Read from the beginning of a file.

        Args:
            file: the file, with line ends untranslated, and opened with `errors="surrogateescape"` if it is UTF-8.
            encoding: the encoding that source.yaml declares; None if it declares none.
        """
        self._file = file
        self._encoding = encoding
        self._number = 0
        self._put_back: deque[CsvLine] = deque()
        self._first_windows_1252_line = 0
        self._windows_1252_lines = 0
        self._notes: list[ValidationResult] = []

    def add_note(self, note: ValidationResult) -> None:
        """Add a result about the file."""
        self._notes.append(note)

    def next_line(self) -> CsvLine | None:
        """The next line; None after the last."""
        if self._put_back:
            return self._put_back.popleft()
        raw = self._file.readline(MAX_LINE + 1)
        if not raw:
            return None
        self._number += 1
        if len(raw) > MAX_LINE:
            return self._skip_long_line(raw)
        text = raw.rstrip("\r\n")
        if raw.isascii() and not _CONTROL_CHARACTER.search(text):
            return CsvLine(self._number, text)
        try:
            return CsvLine(self._number, self._clean(text))
        except ReadError as error:
            return CsvLine(self._number, "", error)

    def put_back(self, lines: Iterable[CsvLine]) -> None:
        """Put back lines that were read, in their order; `next_line` returns them again."""
        self._put_back.extendleft(reversed(list(lines)))

    def _skip_long_line(self, raw: str) -> CsvLine:
        while raw and not raw.endswith(("\n", "\r")):
            raw = self._file.readline(MAX_LINE)
        return CsvLine(self._number, "", ReadError("too-long", "read.table.long-line", {"limit": MAX_LINE}))

    def _clean(self, text: str) -> str:
        if "\0" in text:
            raise ReadError("binary", "read.table.zero-bytes")
        if _UNDECODED_BYTE.search(text):
            text = self._decode_as_windows_1252(text)
        return clean_text(text)

    def _decode_as_windows_1252(self, text: str) -> str:
        """Decode a line that is not UTF-8 in the encoding that Windows and Excel write in western Europe."""
        if self._encoding is None:
            try:
                text = text.encode("utf-8", "surrogateescape").decode("windows-1252")
            except UnicodeDecodeError:
                pass
            else:
                self._first_windows_1252_line = self._first_windows_1252_line or self._number
                self._windows_1252_lines += 1
                return text
        if self._encoding:
            raise ReadError("encoding", "read.table.other-encoding", {"encoding": self._encoding})
        raise ReadError("encoding", "read.table.unknown-encoding")

    def notes(self) -> Iterator[ValidationResult]:
        """Results about the file, and about the lines that were read so far."""
        yield from self._notes
        count = self._windows_1252_lines
        if count:
            key, line = "read.table.windows-1252", self._first_windows_1252_line
            yield ValidationResult.of(Severity.INFO, "encoding", key, {"count": count}, line=line)
