"""Open a record file, unpacked if it is a gzip archive or a zip archive of one file, and say in which encoding it is; for readers and drafts.

The archive is recognised by its first bytes, whatever its name ends in. It is unpacked to a temporary file, up to a limit.
"""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, BinaryIO, cast

from passo_lod.messages.localised_text import Values
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.read_error import ReadError

MAX_UNPACKED = 200_000_000
"""Bytes that an archive may have when it is unpacked."""

MAX_RATIO = 100
"""How many times larger than the archive they may be, beyond `_SMALL` bytes."""

_MIN_ZEROS = 0.1
"""Share of the characters of UTF-16 text that are ASCII, such as spaces and commas, also where the letters are none."""

_SMALL = 10_000_000
_IN_MEMORY = 8_000_000
_CHUNK = 1 << 20
_LISTED = 5

_KINDS = {
    b"\xd0\xcf\x11\xe0": "xls",
    b"%PDF": "pdf",
    b"{\\rtf": "rtf",
    b"7z\xbc\xaf\x27\x1c": "archive",
    b"Rar!": "archive",
    b"BZh": "archive",
    b"\xfd7zXZ": "archive",
    b"\x28\xb5\x2f\xfd": "archive",
    b"PAR1": "parquet",
    b"SQLite format 3": "database",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"PK\x03\x04": "archive",
    b"\x1f\x8b": "archive",
}
"""The first bytes of files that no reader reads, with keys below `read.file-kind`."""

_OFFICE_MEMBERS = {
    "xl/workbook.bin": "xlsb",
    "word/document.xml": "document",
    "ppt/presentation.xml": "document",
    "index/document.iwa": "numbers",
}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class UnpackedFile:
    """A record file, open for reading from its beginning.

    Attributes:
        file: its bytes; a workbook (XLSX) stays packed.
        name: its name, or its name in the archive.
        head: its first 64 kB.
        notes: results about how it was unpacked.
    """

    file: BinaryIO
    name: str
    head: bytes
    notes: tuple[ValidationResult, ...] = ()

    @property
    def is_workbook(self) -> bool:
        """Whether it is a workbook (XLSX)."""
        return self.head.startswith(b"PK\x03\x04")

    def check_is_text(self) -> None:
        """Raise ReadError if it begins like a file that no reader of text can read."""
        kind = next((kind for start, kind in _KINDS.items() if self.head.startswith(start)), None)
        if kind:
            raise _other_kind("xlsx" if self.is_workbook else kind)


def _other_kind(kind: str) -> ReadError:
    return ReadError("other-kind", f"read.file-kind.{kind}")


@contextmanager
def open_unpacked(path: Path) -> Iterator[UnpackedFile]:
    """Open a file, or the one file in it.

    Raises:
        ReadError: it is an archive of no or several files, is broken, has a password, or becomes too large.
        OSError: it cannot be opened.
    """
    with path.open("rb") as packed:
        start = packed.read(4)
        packed.seek(0)
        if start.startswith(b"\x1f\x8b"):
            with _unpacked_gzip(packed) as file:
                yield _unpacked(file, _without_ending(path.name, ".gz"), "gzip")
        elif start == b"PK\x03\x04" and not names_workbook(path.name) and (member := _single_member(packed)):
            with _unpacked_member(packed, member) as file:
                yield _unpacked(file, PurePath(member.filename).name, "zip")
        else:
            packed.seek(0)
            yield UnpackedFile(packed, path.name, _read_head(packed))


def names_workbook(name: str) -> bool:
    """Whether a name is that of a workbook (XLSX)."""
    return name.casefold().endswith((".xlsx", ".xlsm"))


def _unpacked(file: BinaryIO, name: str, archive: str) -> UnpackedFile:
    note = ValidationResult.of(Severity.INFO, "archive", f"read.archive.{archive}", {"name": name})
    return UnpackedFile(file, name, _read_head(file), (note,))


def _read_head(file: BinaryIO) -> bytes:
    head = file.read(1 << 16)
    file.seek(0)
    return head


def _without_ending(name: str, ending: str) -> str:
    return name[: -len(ending)] if name.casefold().endswith(ending) else name


@contextmanager
def _unpacked_gzip(packed: BinaryIO) -> Iterator[BinaryIO]:
    with gzip.GzipFile(fileobj=packed) as file, _copied(file, _size(packed)) as copy:
        yield copy


@contextmanager
def _unpacked_member(packed: BinaryIO, member: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    if member.flag_bits & 1:
        raise ReadError("archive", "read.archive.password")
    try:
        with zipfile.ZipFile(packed) as archive, archive.open(member) as file, _copied(file, _size(packed)) as copy:
            yield copy
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _broken(error) from error


@contextmanager
def _copied(file: IO[bytes] | gzip.GzipFile, packed_size: int) -> Iterator[BinaryIO]:
    """A temporary copy of an unpacked file, read in parts so that a decompression bomb fills neither memory nor disk."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        size = 0
        try:
            while part := file.read(_CHUNK):
                size += len(part)
                if size > MAX_UNPACKED or (size > _SMALL and size > packed_size * MAX_RATIO):
                    values: Values = {"limit": MAX_UNPACKED, "ratio": MAX_RATIO}
                    raise ReadError("too-large", "read.archive.too-large", values)
                copy.write(part)
        except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
            raise _broken(error) from error
        copy.seek(0)
        yield cast(BinaryIO, copy)


def _size(file: BinaryIO) -> int:
    at = file.tell()
    size = file.seek(0, 2)
    file.seek(at)
    return size


def _single_member(packed: BinaryIO) -> zipfile.ZipInfo | None:
    """The one file of a zip archive; None if it is a workbook (XLSX)."""
    try:
        archive = zipfile.ZipFile(packed)
        members = archive.infolist()
        names = {member.filename.casefold() for member in members}
        if "xl/workbook.xml" in names:
            return None
        if "mimetype" in names and archive.read("mimetype").startswith(_OPEN_DOCUMENT):
            raise _other_kind("ods")
    except (zipfile.BadZipFile, ValueError, KeyError, RuntimeError, EOFError, zlib.error, NotImplementedError) as error:
        raise _broken(error) from error
    office = next((kind for name, kind in _OFFICE_MEMBERS.items() if name in names), None)
    if office:
        raise _other_kind(office)
    files = [member for member in members if not member.is_dir() and not _is_by_product(member.filename)]
    if len(files) != 1:
        listed = (*(member.filename for member in files[:_LISTED]), *(["…"] if len(files) > _LISTED else []))
        raise ReadError("archive", "read.archive.several", {"count": len(files), "names": listed})
    return files[0]


def _is_by_product(name: str) -> bool:
    """Whether a member is one that a system adds to an archive."""
    return name.startswith("__MACOSX/") or PurePath(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _broken(error: Exception) -> ReadError:
    return ReadError("archive", "read.archive.broken", {"error": type(error).__name__})


def utf_16_codec(head: bytes) -> str | None:
    """The codec of UTF-16 text, with a byte order mark or without; None for other text.

    >>> utf_16_codec("Codice,Titolo".encode("utf-16-le")), utf_16_codec("Città".encode("utf-16-be")), utf_16_codec(b"Codice")
    ('utf-16-le', 'utf-16-be', None)

    Args:
        head: the first bytes of a file.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = head[: len(head) // 4 * 4]
    zeros_at_even, zeros_at_odd = head[0::2].count(0), head[1::2].count(0)
    if bool(zeros_at_even) == bool(zeros_at_odd) or max(zeros_at_even, zeros_at_odd) < _MIN_ZEROS * len(head) / 2:
        return None
    codec = "utf-16-be" if zeros_at_even else "utf-16-le"
    text = head.decode(codec, "replace")
    return codec if len(text) > 2 and all(each.isprintable() or each.isspace() for each in text) else None
