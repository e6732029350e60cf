"""Look into a file that nobody has described yet: which reader fits it, which columns it has, and some of its values.

Only the beginning of a file is read, so that a large one costs no more than a small one; what is found here is a guess that
the source's own reader confirms when it reads the draft (`draft.py`).
"""

import csv
import io
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from passo_lod.errors import SourceError
from passo_lod.text_folding import fold, printable_path

MAX_BYTES = 8_000_000
"""Of a file, so much of its beginning is looked into."""

MAX_ROWS = 2_000
"""Rows or objects of a file that are looked into."""

MAX_PAGES = 200
"""Record pages that are looked into."""

MAX_COLUMNS = 500
"""Columns that a draft can be about; a file with more is no table of records."""

DELIMITERS = (";", ",", "\t", "|")


@dataclass
class SampledColumn:
    """One column, path or label with the texts of its sample; an empty text where a record says nothing.

    Attributes:
        name: what the mapping will call it.
        way: for JSON the path of its value.
        items: whether the texts are items of lists, which may be more than one a record.
        section: for pages, the heading below which it stands.
    """

    name: str
    texts: list[str] = field(default_factory=list)
    way: str = ""
    items: bool = False
    section: str = ""

    @property
    def said(self) -> list[str]:
        """The texts that are not empty."""
        return [text for text in self.texts if text]


@dataclass
class Sample:
    """What was seen of a file, or of many pages.

    Attributes:
        reader: the reader that fits, by its name in `sources.readers`.
        layout: settings of the layout beside the columns, as lines of YAML.
        records: how many records were looked into.
        whole: whether that is all there is.
    """

    reader: str
    files: tuple[Path, ...]
    columns: list[SampledColumn]
    records: int
    whole: bool = True
    layout: dict[str, Any] = field(default_factory=dict)


def sample_files(files: Sequence[Path]) -> Sample:
    """What can be seen of some files of one kind.

    Raises:
        SourceError: they are of no kind that can be read, empty, or of several kinds.
    """
    kinds = {path: kind_of(path) for path in files}
    if len(set(kinds.values())) > 1:
        told = ", ".join(f"{printable_path(path)} ({kind})" for path, kind in kinds.items())
        raise SourceError(f"--from: files of one kind make one source, and these are of several: {told}")
    kind = next(iter(kinds.values()))
    if kind in ("text", "html"):
        from passo_lod.drafting import page_labels as pages

        return pages.sample_pages(files, kind)
    read = {"table": _table, "workbook": _workbook, "json": _json, "jsonl": _json_lines}[kind]
    return _checked(read(files), files)


def _checked(found: Sample, files: Sequence[Path]) -> Sample:
    if not found.columns or not found.records:
        raise SourceError(f"{printable_path(files[0])}: holds no records; a table has a line of column names and a row a record")
    if len(found.columns) > MAX_COLUMNS:
        raise SourceError(
            f"{printable_path(files[0])}: has {len(found.columns)} columns; a draft is made for {MAX_COLUMNS} at most"
        )
    return found


# ------------------------------------------------------------------------------------------------------------- the kind

_BINARY = {
    b"PK\x03\x04": "an archive or office document",
    b"\xd0\xcf\x11\xe0": "an old Office document (.xls, .doc)",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_KNOWN = "known are tables (CSV, TSV, XLSX), JSON, JSON Lines, and record pages saved as text or HTML"


def kind_of(path: Path) -> str:
    """What a file is, by its content and the end of its name: table, workbook, json, jsonl, text or html.

    Raises:
        SourceError: it cannot be read, is empty, or of no kind that is known.
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
    return _kind_of_text(path, text.decode("utf-8", "replace"), suffix)


def _kind_of_text(path: Path, text: str, suffix: str) -> str:
    if text.startswith("<"):
        if suffix in (".htm", ".html", ".xhtml") or re.search(r"(?i)<(!doctype html|html|body)", text):
            return "html"
        raise SourceError(f"{printable_path(path)}: is XML, which cannot be read; {_KNOWN}")
    if text[0] in "[{":
        return "jsonl" if suffix in (".jsonl", ".ndjson") or _is_json_lines(text) else "json"
    if suffix in (".csv", ".tsv", ".tab"):
        return "table"
    return "table" if suffix != ".txt" and _delimiter(text.splitlines()) else _pages_kind(path, text)


def _pages_kind(path: Path, text: str) -> str:
    if path.suffix.casefold() in (".txt", ".text", "") and len(text.splitlines()) > 1:
        return "text"
    raise SourceError(f"{printable_path(path)}: is of no kind that can be read; {_KNOWN}")


def _is_json_lines(text: str) -> bool:
    lines = text.splitlines()
    return len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines[:2])


# ---------------------------------------------------------------------------------------------------------------- tables


def _table(files: Sequence[Path]) -> Sample:
    columns: dict[str, SampledColumn] = {}
    records, whole, delimiter = 0, True, None
    for path in files:
        text, complete = _text(path)
        delimiter = delimiter or _delimiter(text.splitlines()[:30])
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",", strict=False)
        count = _fill(columns, _tolerant(rows), records)
        records, whole = records + count, whole and complete and count < MAX_ROWS
    names = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
    layout = {"delimiter": names[delimiter]} if delimiter else {}
    for column in columns.values():
        column.items = bool(column.said) and all(re.fullmatch(r"\{.*\}", text) for text in column.said)
    layout |= {"arrays": "postgres"} if any(column.items for column in columns.values()) else {}
    return Sample("table", tuple(files), list(columns.values()), records, whole, layout)


def _tolerant(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows up to one on which the CSV parser gives up; the source's reader tells its line later."""
    while True:
        try:
            yield next(rows)
        except (csv.Error, StopIteration):
            return


def _text(path: Path) -> tuple[str, bool]:
    """The beginning of a text file, up to a whole line, and whether that is all."""
    with path.open("rb") as file:
        head = file.read(MAX_BYTES)
        complete = not file.read(1)
    if not complete:
        head = head[: head.rfind(b"\n") + 1] or head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{printable_path(path)}: is UTF-16 text; save it as UTF-8")
    try:
        return head.decode("utf-8-sig"), complete
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace"), complete


def _delimiter(lines: Sequence[str]) -> str | None:
    """What stands between two cells: what the first lines have alike, and most of."""
    rows = [re.sub(r'"[^"]*"', "", line) for line in lines if line.strip()][:20]
    if len(rows) < 2:
        return next((sign for sign in DELIMITERS if rows and sign in rows[0]), None)

    def agreement(sign: str) -> tuple[int, int]:
        counts = [row.count(sign) for row in rows]
        common, times = Counter(counts).most_common(1)[0]
        return (times if common else 0), common

    best = max(DELIMITERS, key=agreement)
    return best if agreement(best)[0] * 2 >= len(rows) else None


def _fill(columns: dict[str, SampledColumn], rows: Iterable[Sequence[str]], before: int) -> int:
    """Put the rows below the header into the columns; how many there were."""
    rows = (row for row in rows if any(cell.strip() for cell in row))
    names = _header(rows)
    for name in names:
        columns.setdefault(name, SampledColumn(name, [""] * before))
    count = 0
    for row in islice(rows, MAX_ROWS):
        if _names(row)[: len(names)] == names:
            continue
        count += 1
        for name, column in columns.items():
            at = names.index(name) if name in names else len(row)
            column.texts.append(" ".join(row[at].split()) if at < len(row) else "")
    return count


def _header(rows: Iterator[Sequence[str]]) -> list[str]:
    """The names of the columns: the first row that has more than one cell with a text."""
    for row in islice(rows, 20):
        names = _names(row)
        if len(names) > 1:
            return names
    return []


def _names(cells: Sequence[str]) -> list[str]:
    """The columns' names, told apart as the reader of tables tells them apart (docs/sources/table.md)."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    times: Counter[str] = Counter()
    names = []
    for position, cell in enumerate(cells[:end], start=1):
        name = " ".join(cell.strip("\ufeff").split()) or f"column {position}"
        times[fold(name)] += 1
        names.append(name if times[fold(name)] == 1 else f"{name} ({times[fold(name)]})")
    return names


def _workbook(files: Sequence[Path]) -> Sample:
    columns: dict[str, SampledColumn] = {}
    records = 0
    for path in files:
        records += _fill(columns, _sheet(path), records)
    return Sample("table", tuple(files), list(columns.values()), records, records < MAX_ROWS)


def _sheet(path: Path) -> Iterator[list[str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:  # openpyxl raises whatever its parsers raise
        raise SourceError(f"{printable_path(path)}: is no workbook that can be read ({problem})") from problem
    try:
        for row in islice(book.worksheets[0].iter_rows(values_only=True), MAX_ROWS + 20):
            yield [_cell(value) for value in row]
    finally:
        book.close()


def _cell(value: Any) -> str:
    """A cell as text, to tell the header; its value is read again by the source's own reader."""
    return "" if value is None else str(value)


# ------------------------------------------------------------------------------------------------------------------ JSON


def _json(files: Sequence[Path]) -> Sample:
    columns: dict[str, SampledColumn] = {}
    records, whole = 0, True
    way: str | None = None
    for path in files:
        text, complete = _text(path)
        found, objects = _objects(path, text, complete)
        if way is not None and found != way:
            raise SourceError(f"{printable_path(path)}: its records are at {found or 'the top'}, those of {files[0]} at {way}")
        way = found
        count = _gather(columns, objects, records)
        records, whole = records + count, whole and complete and count < MAX_ROWS
    return Sample("json", tuple(files), list(columns.values()), records, whole, {"records": way} if way else {})


def _json_lines(files: Sequence[Path]) -> Sample:
    columns: dict[str, SampledColumn] = {}
    records, whole = 0, True
    for path in files:
        text, complete = _text(path)
        objects = [value for line in text.splitlines()[:MAX_ROWS] if isinstance(value := _parsed(line), dict)]
        count = _gather(columns, objects, records)
        records, whole = records + count, whole and complete and count < MAX_ROWS
    return Sample("jsonl", tuple(files), list(columns.values()), records, whole)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _objects(path: Path, text: str, complete: bool) -> tuple[str, list[dict[str, Any]]]:
    """Where the list of records is, and its first objects; the file itself is the list, or the one record."""
    if text.lstrip().startswith("["):
        return "", _items(text, text.index("[") + 1)
    value = _parsed(text) if complete else None
    if isinstance(value, dict):
        lists = [
            (len(each), way, each)
            for way, each in _lists(value)
            if each and all(isinstance(item, dict) for item in each)
        ]
        if lists:
            _, way, objects = max(lists, key=lambda found: found[0])
            return way, objects[:MAX_ROWS]
        return "", [value]
    begins = re.search(r'"(?P<key>[^"\\.\[\]]+)"\s*:\s*\[\s*(?=\{)', text)
    if begins is None:
        raise SourceError(f"{printable_path(path)}: is not JSON (RFC 8259), or holds no list of objects")
    return begins["key"], _items(text, begins.end())


def _lists(value: dict[str, Any], way: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    for key, each in value.items():
        here = f"{way}.{_escaped(key)}" if way else _escaped(key)
        if isinstance(each, list):
            yield here, each
        elif isinstance(each, dict) and depth < 3:
            yield from _lists(each, here, depth + 1)


def _items(text: str, at: int) -> list[dict[str, Any]]:
    """The objects of a list, as far as the text goes."""
    decoder = json.JSONDecoder()
    objects: list[dict[str, Any]] = []
    while len(objects) < MAX_ROWS:
        match = re.compile(r"[\s,]*").match(text, at)
        at = match.end() if match else at
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if isinstance(value, dict):
            objects.append(value)
    return objects


def _gather(columns: dict[str, SampledColumn], objects: Sequence[dict[str, Any]], before: int) -> int:
    for number, each in enumerate(objects, start=before):
        found: dict[str, list[str]] = {}
        for way, text in _leaves(each):
            found.setdefault(way, []).append(text)
        for way, texts in found.items():
            if way and way not in columns:
                names = {column.name for column in columns.values()}
                name = plain if (plain := way.replace("[]", "").replace("\\", "")) not in names else way
                columns[way] = SampledColumn(name, [""] * number, way, "[]" in way)
            column = columns.get(way, SampledColumn(""))
            column.texts += texts if column.items else texts[:1]
        for way, column in columns.items():
            if way not in found:
                column.texts.append("")
    return len(objects)


def _leaves(value: Any, way: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every value with its path (docs/sources/json.md); what is empty has a path too."""
    if isinstance(value, dict) and depth < 5:
        for key, each in value.items():
            yield from _leaves(each, f"{way}.{_escaped(key)}" if way else _escaped(key), depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, f"{way}[]", depth + 1)
    elif not isinstance(value, dict):
        yield way, _leaf(value)


def _leaf(value: Any) -> str:
    if value is None:
        return ""
    return str(value).casefold() if isinstance(value, bool) else " ".join(str(value).split())


def _escaped(key: str) -> str:
    return re.sub(r"([\\.\[\]])", r"\\\1", key)
