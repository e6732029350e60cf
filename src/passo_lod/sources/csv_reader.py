"""Read the rows of delimited text (CSV, TSV), line by line, so that a quote left open costs one row and not the rest."""

import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, TextIO

from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.labelled_text_reader import Unreadable, decode_page
from passo_lod.sources.table_header import (
    DELIMITERS,
    HEAD,
    CellRow,
    Header,
    OpenedTable,
    TableLayout,
    above_header,
    known_columns,
    needed,
    no_header,
    note,
    stripped,
)

MAX_LINE = 1_000_000
"""Characters of a line; a longer one is passed over without being held, and its row is refused."""

MAX_ROW_LINES = 1_000
"""Lines that a quoted cell may go over; a quote still open then is a stray one."""


# ------------------------------------------------------------------------------------------------------------- lines


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file, or why it is none that could be read."""

    number: int
    text: str
    fault: Unreadable | None = None


_RECODED = re.compile("[\udc80-\udcff]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\r\x0e-\x1f\ufffe\uffff]")


class _Lines:
    """The lines of a text file, one at a time; lines that were looked at can be put back."""

    def __init__(self, file: TextIO, encoding: str | None) -> None:
        self._file = file
        self._encoding = encoding
        self._number = 0
        self._back: deque[_Line] = deque()
        self._recoded: list[int] = [0, 0]

    def take(self) -> _Line | None:
        """The next line; None after the last."""
        if self._back:
            return self._back.popleft()
        raw = self._file.readline(MAX_LINE + 1)
        if not raw:
            return None
        self._number += 1
        if len(raw) > MAX_LINE:
            return self._too_long(raw)
        text = raw.rstrip("\r\n")
        if raw.isascii() and not CONTROL.search(text):
            return _Line(self._number, text)
        try:
            return _Line(self._number, self._legible(text))
        except Unreadable as fault:
            return _Line(self._number, "", fault)

    def put_back(self, lines: Iterable[_Line]) -> None:
        """Give back lines that were taken, in their order."""
        self._back.extendleft(reversed(list(lines)))

    def _too_long(self, raw: str) -> _Line:
        while raw and not raw.endswith(("\n", "\r")):
            raw = self._file.readline(MAX_LINE)
        fault = Unreadable("too-long", f"it has a line of more than {MAX_LINE:,} characters", "shorter lines")
        return _Line(self._number, "", fault)

    def _legible(self, text: str) -> str:
        if "\0" in text:
            raise Unreadable("binary", "it holds zero bytes", "text without zero bytes")
        if _RECODED.search(text):
            text = self._decode_again(text)
        return decode_page(text)

    def _decode_again(self, text: str) -> str:
        """A line that is not UTF-8, as what Windows and Excel write in western Europe."""
        if self._encoding is None:
            try:
                text = text.encode("utf-8", "surrogateescape").decode("windows-1252")
            except UnicodeDecodeError:
                pass
            else:
                self._recoded = [self._recoded[0] or self._number, self._recoded[1] + 1]
                return text
        known = self._encoding or "UTF-8 and not windows-1252 either"
        raise Unreadable("encoding", f"it is not text in {known}", "the table saved with the encoding UTF-8")

    def notes(self) -> Iterator[ValidationResult]:
        """What the lines that were read tell of the file."""
        first, count = self._recoded
        if count:
            lines = "the line is" if count == 1 else f"{count} lines, of which this is the first, are"
            message = f"{lines} not UTF-8; what stands there was read as windows-1252."
            expected = "the table saved with the encoding UTF-8, or `encoding` in source.yaml"
            yield note(Severity.INFO, "encoding", first, message, expected=expected)


# ------------------------------------------------------------------------------------------------------------- file


def open_text(file: BinaryIO, head: bytes, source: Any) -> OpenedTable:
    """The table that a file of delimited text holds.

    Args:
        file: the file.
        head: how it begins.
        source: the `Source`, whose layout is a `TableLayout`.

    Raises:
        Unreadable: no header is found.
    """
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = source.layout.encoding or ("utf-16" if wide else None)
    name = "utf-8-sig" if (encoding or "utf-8").casefold() in ("utf-8", "utf8") else encoding
    errors = "replace" if (name or "").casefold().startswith(("utf-16", "utf-32")) else "surrogateescape"
    # A file of an old Macintosh ends its lines with a carriage return.
    end = "\r" if b"\r" in head and b"\n" not in head else "\n"
    return _text_table(_Lines(io.TextIOWrapper(file, name, errors, newline=end), encoding), source)


def _text_table(lines: _Lines, source: Any) -> OpenedTable:
    layout: TableLayout = source.layout
    head = list(islice(iter(lines.take, None), max(HEAD, (layout.header or 0) + _HEADER_LINES)))
    for at, line in enumerate(head):
        if layout.header in (None, line.number) and (found := _header_at(head[at:], layout)):
            delimiter, cells, count = found
            lines.put_back(head[at + count :])
            header = Header.of(CellRow(line.number, cells), layout)
            rows = _Delimited(lines, delimiter, header.width, header.gives_id(source))
            above = above_header(each.number for each in head[:at] if each.text.strip())
            return OpenedTable(header, iter(rows), above, lines.notes)
    if fault := next((line.fault for line in head if line.fault), None):
        raise Unreadable(fault.code, str(fault), fault.expected)
    raise no_header(layout)


_HEADER_LINES = 20
"""Lines over which the names of the columns may go."""


def _header_at(lines: Sequence[_Line], layout: TableLayout) -> tuple[str, list[str], int] | None:
    """The header that begins a text: its delimiter, its cells and on how many lines they stand."""
    best, most = None, needed(layout) - 1
    for delimiter in [layout.delimiter] if layout.delimiter else DELIMITERS.values():
        found = _first_row(lines[:_HEADER_LINES], delimiter)
        if found and (known := known_columns(found[0], layout)) > most:
            best, most = (delimiter, *found), known
    return best


def _first_row(lines: Sequence[_Line], delimiter: str) -> tuple[list[str], int] | None:
    scanner = _Scanner(delimiter)
    try:
        for count, line in enumerate(lines, start=1):
            if scanner.feed(line.text):
                return scanner.cells, count
    except _StrayQuote:
        pass
    return None


# -------------------------------------------------------------------------------------------------------------- rows


class _StrayQuote(Exception):
    """A quote that neither begins nor ends a cell."""


class _Scanner:
    """The cells of a row, line by line (RFC 4180, 2)."""

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self._delimiter = delimiter
        self._quoted: list[str] | None = None

    def feed(self, text: str) -> bool:
        """Read one more line; whether the row ends with it."""
        at = 0
        if self._quoted is not None:
            self._quoted.append("\n")
        while at <= len(text):
            if self._quoted is not None:
                at = self._in_quotes(text, at, self._quoted)
            elif text.startswith('"', at):
                self._quoted = []
                at += 1
            else:
                at = self._plain(text, at)
        return self._quoted is None

    def _plain(self, text: str, at: int) -> int:
        end = text.find(self._delimiter, at)
        end = len(text) if end < 0 else end
        self.cells.append(text[at:end])
        return end + 1

    def _in_quotes(self, text: str, at: int, quoted: list[str]) -> int:
        end = text.find('"', at)
        if end < 0:
            quoted.append(text[at:])
            return len(text) + 1
        if text.startswith('""', end):
            quoted.append(text[at : end + 1])
            return end + 2
        quoted.append(text[at:end])
        return self._after_quotes(text, end + 1, quoted)

    def _after_quotes(self, text: str, at: int, quoted: list[str]) -> int:
        while text.startswith(" ", at):
            at += 1
        if at < len(text) and not text.startswith(self._delimiter, at):
            raise _StrayQuote
        self.cells.append("".join(quoted))
        self._quoted = None
        return at + 1


class _Delimited:
    """The rows of delimited text; where a quote is left open, reading recovers at the next line that is a row.

    Attributes:
        width: how many cells a row has.
        gives_id: whether the cells, as far as they go, hold an id.
    """

    def __init__(self, lines: _Lines, delimiter: str, width: int, gives_id: Callable[[Sequence[str]], bool]) -> None:
        self.width, self.gives_id = width, gives_id
        self._lines, self._delimiter = lines, delimiter

    def __iter__(self) -> Iterator[CellRow]:
        while (line := self._lines.take()) is not None:
            yield self._row(line)

    def _row(self, line: _Line) -> CellRow:
        if line.fault:
            return CellRow(line.number, (), line.fault)
        if '"' not in line.text:
            return CellRow(line.number, line.text.split(self._delimiter))
        cells = self._quoted(line)
        return self._broken(line) if cells is None else CellRow(line.number, cells)

    def _quoted(self, line: _Line) -> list[str] | None:
        """The cells of a row with quotes; None, and the following lines put back, where these do not pair."""
        scanner, taken = _Scanner(self._delimiter), list[_Line]()
        try:
            ended = scanner.feed(line.text)
            while not ended:
                taken.append(self._within_quotes(len(taken)))
                ended = scanner.feed(taken[-1].text)
        except _StrayQuote:
            scanner.cells = []
        if scanner.cells and (not taken or self._fits(scanner.cells)):
            return scanner.cells
        self._lines.put_back(taken)
        return None

    def _within_quotes(self, count: int) -> _Line:
        """The next line, which a quoted cell goes on to, unless it is the file's end or a row by itself."""
        line = self._lines.take() if count < MAX_ROW_LINES else None
        if line is None:
            raise _StrayQuote
        if line.fault or self._is_row(line):
            self._lines.put_back([line])
            raise _StrayQuote
        return line

    def _is_row(self, line: _Line) -> bool:
        cells, ended = self._alone(line)
        return ended and self._fits(cells) and self.gives_id(cells)

    def _fits(self, cells: Sequence[str]) -> bool:
        return len(stripped(cells)) <= self.width <= len(cells)

    def _alone(self, line: _Line) -> tuple[list[str], bool]:
        """The cells of a line as far as they can be read, and whether that is to its end."""
        scanner = _Scanner(self._delimiter)
        try:
            return scanner.cells, scanner.feed(line.text)
        except _StrayQuote:
            return scanner.cells, False

    def _broken(self, line: _Line) -> CellRow:
        """A row whose quotes do not pair, with the lines after it that begin no row."""
        last = line.number
        while (following := self._lines.take()) is not None:
            if following.fault or self._begins_row(following):
                self._lines.put_back([following])
                break
            last = following.number
        where = f" (lines {line.number} to {last})" if last > line.number else ""
        expected = "quotes that pair, and a quote within quotes written twice"
        return CellRow(line.number, (), Unreadable("quotes", f"its quotes do not pair{where}", expected))

    def _begins_row(self, line: _Line) -> bool:
        cells, ended = self._alone(line)
        return (ended and self._fits(cells)) or self.gives_id(cells)
