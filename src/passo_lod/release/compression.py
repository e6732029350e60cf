"""Compress the chunks of a dump with gzip and Zstandard so that they join into one valid file; compress values for the cache.

The same content gives the same bytes with the same versions of zlib and libzstd; other versions may give others, so the manifest
has the digest of the uncompressed content beside that of the file.
"""

import gzip
import struct
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from passo_lod.framing import join_parts, split_parts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_LEVEL = 6
ZSTD_LEVEL = 5
"""On chunks of 64 kB a twentieth larger than level 9, in less than half the time; smaller than gzip -6 (docs/decisions/0022-dump-chunks.md)."""

_ZSTD: Mapping[int, int] = {
    zstd.CompressionParameter.compression_level: ZSTD_LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}


def to_gzip(content: bytes) -> bytes:
    """Compress to a gzip file without a modification time (RFC 1952)."""
    return gzip.compress(content, compresslevel=GZIP_LEVEL, mtime=0)


def to_zstd(content: bytes) -> bytes:
    """Compress to a Zstandard frame with a content checksum (RFC 8878)."""
    return zstd.compress(content, options=_ZSTD)


def compress_for_cache(data: bytes) -> bytes:
    """Compress a value for our own cache, at the fastest level."""
    return zstd.compress(data, level=1)


def decompress_from_cache(data: bytes) -> bytes:
    """Decompress what `compress_for_cache` gave.

    Raises:
        ZstdError: the data is damaged.
    """
    return zstd.decompress(data)


COMPRESSORS: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gz": ("gzip", to_gzip),
    "zst": ("zstd", to_zstd),
}
"""Content coding (RFC 9110, 8.4.1) and compressor, by file extension."""

DECOMPRESSORS: Mapping[str, Callable[[Path], BinaryIO]] = {
    "gzip": lambda path: cast(BinaryIO, gzip.GzipFile(path)),
    "zstd": lambda path: cast(BinaryIO, zstd.ZstdFile(path)),
}
"""How to open a file for reading its uncompressed content, by its content coding."""

DECOMPRESSION_ERRORS = (OSError, EOFError, zlib.error, zstd.ZstdError)
"""What reading a damaged file raises."""


# ------------------------------------------------------------------------------------------------ files from compressed chunks


@dataclass(frozen=True)
class CompressedChunk:
    """A chunk of content in both compressions, ready to be concatenated with others.

    A gzip file of one member is `GZIP_HEADER`, the `deflate` of each chunk, and `gzip_trailer`. Not every reader of gzip goes on after
    a first member (docs/decisions/0022-dump-chunks.md), so a file has one only. A Zstandard file is the `zstd` of each chunk.

    Attributes:
        size: bytes of uncompressed content.
        crc32: of the uncompressed content.
        crc32_shift: `crc32_shift(size)`, stored because it is costly to compute.
        deflate: DEFLATE blocks that end on a byte boundary and refer to nothing before them; none of them is the last block.
        zstd: a Zstandard frame.
    """

    size: int
    crc32: int
    crc32_shift: int
    deflate: bytes
    zstd: bytes

    def as_bytes(self) -> bytes:
        """Serialise for the cache."""
        return join_parts((_NUMBERS.pack(self.size, self.crc32, self.crc32_shift), self.deflate, self.zstd))

    @classmethod
    def from_bytes(cls, data: bytes) -> "CompressedChunk":
        """Read what `as_bytes` wrote."""
        numbers, deflate, zstd_frame = split_parts(data)
        size, checksum, shift = _NUMBERS.unpack(numbers)
        return cls(size, checksum, shift, deflate, zstd_frame)


_NUMBERS = struct.Struct(">III")
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""A gzip header without time, file name and operating system (RFC 1952, 2.3)."""

_EMPTY_LAST_BLOCK = b"\x03\0"
"""A DEFLATE block without content that is marked as the last (RFC 1951, 3.2.3)."""


def compress_chunk(content: bytes) -> CompressedChunk:
    """Compress a chunk; without content it is empty in both compressions."""
    if not content:
        return CompressedChunk(0, 0, crc32_shift(0), b"", b"")
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflate = compressor.compress(content) + compressor.flush(zlib.Z_FULL_FLUSH)
    return CompressedChunk(len(content), zlib.crc32(content), crc32_shift(len(content)), deflate, to_zstd(content))


def gzip_trailer(size: int, crc32: int) -> bytes:
    """The end of a gzip file: the last block, then CRC-32 and size of the whole content (RFC 1952, 2.3.1)."""
    return _EMPTY_LAST_BLOCK + struct.pack("<II", crc32, size & 0xFFFFFFFF)


def combine_crc32(first: int, second: int, shift: int) -> int:
    """The CRC-32 of two contents one after the other.

    A CRC is the remainder of a polynomial over GF(2): the first is multiplied by x to the power of the second's bits, and both are added
    (RFC 1952, 8; zlib's `crc32_combine` does the same).

    Args:
        first: CRC-32 of the first content.
        second: CRC-32 of the second content.
        shift: `crc32_shift` of the second content's size.

    >>> combine_crc32(zlib.crc32(b"one"), zlib.crc32(b" and two"), crc32_shift(8)) == zlib.crc32(b"one and two")
    True
    """
    return _multiply(shift, first) ^ second


def crc32_shift(size: int) -> int:
    """The polynomial x^(8 * size) modulo that of CRC-32, for `combine_crc32`."""
    shift, exponent = 1 << 31, 3
    while size:
        if size & 1:
            shift = _multiply(_POWERS[exponent % 32], shift)
        size, exponent = size >> 1, exponent + 1
    return shift


_CRC32_POLYNOMIAL = 0xEDB88320


def _multiply(a: int, b: int) -> int:
    """The product of two polynomials modulo that of CRC-32; the highest bit is the lowest power."""
    product = 0
    bit = 1 << 31
    while bit:
        if a & bit:
            product ^= b
        b = (b >> 1) ^ _CRC32_POLYNOMIAL if b & 1 else b >> 1
        bit >>= 1
    return product


def _powers_of_two() -> tuple[int, ...]:
    """The polynomials x^(2^k) for k below 32; the 32nd equals the first."""
    powers = [1 << 30]
    while len(powers) < 32:
        powers.append(_multiply(powers[-1], powers[-1]))
    return tuple(powers)


_POWERS = _powers_of_two()
