"""Pack a dump for those who keep it: gzip, which everybody can unpack, and zstd, which is smaller and faster to unpack.

The same content and the same versions of the compressors give the same bytes; other versions may give others, which is why
the manifest has the digest of the unpacked content beside that of the file.
"""

import gzip
import struct
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_LEVEL = 6
ZSTD_LEVEL = 5
"""On pieces of 64 kB a twentieth larger than level 9, in less than half the time; smaller than gzip -6 (docs/decisions/0022-pieces.md)."""

_ZSTD: Mapping[int, int] = {
    zstd.CompressionParameter.compression_level: ZSTD_LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}


def to_gzip(content: bytes) -> bytes:
    """Content as a gzip file that names no time (RFC 1952)."""
    return gzip.compress(content, compresslevel=GZIP_LEVEL, mtime=0)


def to_zstd(content: bytes) -> bytes:
    """Content as a Zstandard file that holds a checksum of its content (RFC 8878)."""
    return zstd.compress(content, options=_ZSTD)


def zstd_frame(data: bytes) -> bytes:
    """What is kept for ourselves, packed as fast as can be."""
    return zstd.compress(data, level=1)


def decompressed(data: bytes) -> bytes:
    """What `zstd_frame` packed."""
    return zstd.decompress(data)


COMPRESSORS: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gz": ("gzip", to_gzip),
    "zst": ("zstd", to_zstd),
}
"""By file extension: the content coding of that name (RFC 9110, 8.4.1), and what makes it."""

UNPACKED: Mapping[str, Callable[[Path], BinaryIO]] = {
    "gzip": lambda path: cast(BinaryIO, gzip.GzipFile(path)),
    "zstd": lambda path: cast(BinaryIO, zstd.ZstdFile(path)),
}
"""How to read what is in a file, by its encoding in the manifest."""

NOT_UNPACKED = (OSError, EOFError, zlib.error, zstd.ZstdError)
"""What is raised where a file is not what its encoding says."""


# ---------------------------------------------------------------------------------------------------------------- in pieces


@dataclass(frozen=True)
class CompressedMember:
    """A piece of content, packed so that pieces one after the other are one file.

    Attributes:
        size: bytes of the content.
        sum: its CRC-32.
        shift: what moves the CRC-32 of what stands before it (`crc32_shift`).
        deflate: a stretch of DEFLATE that ends with a byte and refers to nothing before it (RFC 1951, 3.2.4).
        zstd: a frame of its own (RFC 8878, 3.1: frames one after the other are the frame of all).
    """

    size: int
    sum: int
    shift: int
    deflate: bytes
    zstd: bytes

    def as_bytes(self) -> bytes:
        """As it is kept."""
        return _PACKED.pack(self.size, self.sum, self.shift, len(self.deflate)) + self.deflate + self.zstd

    @classmethod
    def from_bytes(cls, data: bytes) -> "CompressedMember":
        """What `as_bytes` wrote."""
        size, checksum, shift, length = _PACKED.unpack_from(data)
        end = _PACKED.size + length
        return cls(size, checksum, shift, data[_PACKED.size : end], data[end:])


_PACKED = struct.Struct(">IIII")
GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""A gzip header that names no time, no file and no system (RFC 1952, 2.3)."""

_LAST = b"\x03\0"
"""A last block of DEFLATE, with nothing in it."""


def compress_member(content: bytes) -> CompressedMember:
    """Pack a piece of content; nothing becomes nothing."""
    if not content:
        return CompressedMember(0, 0, crc32_shift(0), b"", b"")
    deflate = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(content) + deflate.flush(zlib.Z_FULL_FLUSH)
    return CompressedMember(len(content), zlib.crc32(content), crc32_shift(len(content)), data, to_zstd(content))


def gzip_trailer(size: int, checksum: int) -> bytes:
    """What ends a gzip file: the last block, the CRC-32 of the whole content, and its size (RFC 1952, 2.3.1)."""
    return _LAST + struct.pack("<II", checksum, size & 0xFFFFFFFF)


def combine_crc32(first: int, second: int, shift: int) -> int:
    """The CRC-32 of two contents one after the other, from that of each and the shift of the second.

    A CRC is the remainder of a polynomial over GF(2): the first is moved by the bits of the second, and both are added
    (RFC 1952, 8; the method is zlib's `crc32_combine`).

    >>> sum_of_both(zlib.crc32(b"one"), zlib.crc32(b" and two"), shift_by(8)) == zlib.crc32(b"one and two")
    True
    """
    return _product(shift, first) ^ second


def crc32_shift(size: int) -> int:
    """The polynomial that moves a CRC by so many bytes: x to the power of their bits."""
    shift, place = 1 << 31, 3
    while size:
        if size & 1:
            shift = _product(_SHIFTS[place % 32], shift)
        size, place = size >> 1, place + 1
    return shift


_POLYNOMIAL = 0xEDB88320


def _product(a: int, b: int) -> int:
    """Two polynomials multiplied, modulo that of the CRC; the highest bit is the lowest power."""
    product = 0
    bit = 1 << 31
    while bit:
        if a & bit:
            product ^= b
        b = (b >> 1) ^ _POLYNOMIAL if b & 1 else b >> 1
        bit >>= 1
    return product


def _shifts() -> tuple[int, ...]:
    """The powers of two of x: x^(2^k) for k below 32, after which they come again."""
    powers = [1 << 30]
    while len(powers) < 32:
        powers.append(_product(powers[-1], powers[-1]))
    return tuple(powers)


_SHIFTS = _shifts()
