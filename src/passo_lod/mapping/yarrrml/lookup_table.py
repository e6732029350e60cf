"""Read a table of keys and values beside a mapping.yaml (`lookup`), such as the names of a source's codes."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from passo_lod.text_folding import fold

MAX_BYTES = 10_000_000
"""Bytes of a table; it is kept in memory."""

_DELIMITERS = (",", ";", "\t")


class LookupTableError(ValueError):
    """A table cannot be used; the message says why."""


@dataclass(frozen=True)
class LookupTable:
    """Values by key.

    Attributes:
        file: the name of the file, for messages.
        values: by key, as the file writes it.
        keys: by folded text, the keys that no other key is like.
    """

    file: str
    values: Mapping[str, str]
    keys: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path, name: str, key: str = "", value: str = "") -> "LookupTable":
        """Read a table: delimited text in UTF-8, with a header (RFC 4180).

        Args:
            folder: that of the source.
            name: the file, below the folder.
            key: the column of the keys; with `value` empty if the file has two columns, keys and values.
            value: the column of the values.

        Raises:
            LookupTableError: the file is missing or wrong, has no such column, or two values for one key.
        """
        header, *rows = _rows(folder, name)
        columns = _columns(name, header[1], key, value)
        values: dict[str, str] = {}
        for line, cells in rows:
            if len(cells) != len(header[1]):
                raise LookupTableError(f"{name}:{line}: has {len(cells)} cells, the header has {len(header[1])}")
            text, found = (cells[column].strip() for column in columns)
            if text and found and values.setdefault(text, found) != found:
                raise LookupTableError(
                    f"{name}:{line}: {text!r} has the value {found!r}, and {values[text]!r} above; keep one"
                )
        folded: dict[str, list[str]] = {}
        for text in values:
            folded.setdefault(fold(text), []).append(text)
        return cls(name, values, {text: keys[0] for text, keys in folded.items() if len(keys) == 1})

    def find(self, text: str) -> str | None:
        """Return the value of a key; None if there is none. Case, accents and spaces only matter if keys differ in them."""
        key = text.strip()
        return self.values.get(key if key in self.values else self.keys.get(fold(key), ""))

    def suggest(self, text: str) -> tuple[str, ...]:
        """Return the keys nearest to a text."""
        near = get_close_matches(fold(text), self.keys, cutoff=0.5)
        return tuple(self.keys[each] for each in near)


def _rows(folder: Path, name: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it ends."""
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise LookupTableError(f"{name!r} is outside of the source's folder; copy the file into the folder")
        if path.stat().st_size > MAX_BYTES:
            raise LookupTableError(
                f"{name} is larger than {MAX_BYTES:,} bytes; join it as a file of the source (`join` in source.yaml)"
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LookupTableError(
            f"{name!r} cannot be read ({error.strerror}); it should be a file beside mapping.yaml"
        ) from error
    except UnicodeDecodeError as error:
        raise LookupTableError(f"{name} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8") from error
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = list(_parse(name, text, delimiter))
    if len(rows) < 2:
        raise LookupTableError(f"{name} should have a header and a row for each key")
    return rows


def _parse(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from ((reader.line_num, cells) for cells in reader if any(map(str.strip, cells)))
    except csv.Error as error:
        raise LookupTableError(f"{name}:{reader.line_num}: is not delimited text: {error}") from error


def _columns(name: str, header: list[str], key: str, value: str) -> tuple[int, int]:
    """The positions of keys and values."""
    labels = [cell.strip() for cell in header]
    if not key and len(labels) == 2:
        return 0, 1
    known = ", ".join(labels)
    if not key:
        raise LookupTableError(
            f"{name} has the columns {known}; name two of them: lookup: {{file: {name}, key: {labels[0]}, value: {labels[-1]}}}"
        )
    for column in (key, value):
        if labels.count(column) != 1:
            raise LookupTableError(f"{name} has not one column {column!r}; it has: {known}")
    return labels.index(key), labels.index(value)
