"""Read record pages saved as text, on which each label is followed by the lines of its value: the reader `labelled-text`.

docs/sources/labelled-text.md has the grammar, and says why a label alone is neither a value nor a «no».
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from passo_lod.messages.localised_text import CatalogueText
from passo_lod.records import Reading, Record, SourceLine
from passo_lod.report import ValidationResult
from passo_lod.sources.page_files.page_layout import PageLayout
from passo_lod.sources.page_files.page_parser import PageParser
from passo_lod.sources.read_error import ReadError, not_opened
from passo_lod.sources.reading_builder import located, rejected_reading, repair_result
from passo_lod.sources.text_cleaning import clean_text
from passo_lod.sources.text_repair import repair
from passo_lod.sources.unpacked_file import UnpackedFile, utf_16_codec

MAX_BYTES = 1_000_000
"""Bytes of a page; most have some 25,000, and a larger file is rejected before it is parsed."""

MAX_LINES = 5_000
"""Lines of text on a page; most have some 160, and each could become a result in the report."""


def read_text_page(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The one record of a page saved as text."""
    return read_page(source, path, display_path, _read_lines)


def read_page(
    source: Any, path: Path, display_path: str, read_lines: Callable[[Path], list[SourceLine]]
) -> Iterator[Reading]:
    """The one record of a page; a page that cannot be read gives a `Reading` with a violation.

    Args:
        source: the `Source`, whose layout is a `PageLayout`.
        path: the file.
        display_path: the file, as results name it.
        read_lines: returns the lines of a file that are not blank; raises ReadError.
    """
    parsed_id = source.record_id(path.stem)
    record_id = f"{source.prefix}-{parsed_id[0]}" if parsed_id else ""
    try:
        if parsed_id is None:
            raise ReadError("id", "read.page.no-id", {"pattern": source.id_pattern.pattern})
        lines, results = _repair_lines(read_lines(path))
        _check_lines(lines, source.layout)
        page = PageParser(source.layout, lines)
        page.results += results
        page.parse()
        yield _page_reading(source, display_path, record_id, parsed_id[1], page)
    except ReadError as error:
        yield rejected_reading(source, display_path, "page", error, record_id)


def _repair_lines(lines: list[SourceLine]) -> tuple[list[SourceLine], list[ValidationResult]]:
    """The lines with their texts repaired, and one result for each kind of repair, at its first line."""
    repaired, results = [], dict[str, ValidationResult]()
    for line in lines:
        text, kinds = repair(line.text)
        for kind in kinds:
            results.setdefault(kind, repair_result(kind, line.number, text))
        if text := text.replace("\n", " ").strip():
            repaired.append(SourceLine(line.number, text, line.element))
    return repaired, list(results.values())


def _page_reading(
    source: Any, display_path: str, record_id: str, variables: dict[str, str], page: PageParser
) -> Reading:
    roles = tuple(sorted(page.roles, key=lambda role: role[0]))
    record = Record(source.name, record_id, display_path, page.fields(), variables, roles, format=source.format)
    return Reading(display_path, record_id, record, located(page.results, source, record_id, display_path))


def _check_lines(lines: list[SourceLine], layout: PageLayout) -> None:
    for text in layout.broken:
        for line in lines:
            if text in line.text:
                raise ReadError("broken-layout", "read.page.broken-template", {"text": text}, line.number)
    if len(lines) > MAX_LINES:
        raise ReadError("too-long", "read.page.too-long", {"lines": len(lines), "limit": MAX_LINES})


def _read_lines(path: Path) -> list[SourceLine]:
    text = clean_text(_decode(read_page_bytes(path, MAX_BYTES, "text-page")))
    return [SourceLine(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def read_page_bytes(path: Path, limit: int, kind: str) -> bytes:
    """The bytes of a file that holds one page.

    Args:
        path: the file.
        limit: the most bytes that it may have.
        kind: what the file should be, a key below `read.kind`.

    Raises:
        ReadError: it cannot be opened, is too large or empty, or is not text.
    """
    values = {"kind": CatalogueText(f"read.kind.{kind}")}
    try:
        if path.exists() and not path.is_file():
            raise ReadError("unreadable", "read.not-regular", values)
        size = path.stat().st_size
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise not_opened(error) from error
    if len(data) > limit:
        raise ReadError("too-large", "read.page.too-large", {"bytes": size, "limit": limit})
    if not data.strip():
        raise ReadError("empty", "read.empty", values)
    if utf_16_codec(data[: 1 << 16]):
        raise ReadError("encoding", "read.utf-16")
    UnpackedFile(io.BytesIO(data), path.name, data[:64]).check_is_text()
    if b"\0" in data:
        raise ReadError("binary", "read.zero-bytes", values)
    return data


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ReadError("encoding", "read.page.not-utf-8", {"byte": error.start + 1}, line) from error
