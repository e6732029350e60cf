"""Pack a dump for those who keep it: gzip, which everybody can unpack, and zstd, which is smaller and faster to unpack.

The same content and the same versions of the compressors give the same bytes; other versions may give others, which is why
the manifest has the digest of the unpacked content beside that of the file.
"""

import gzip
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_LEVEL = 6
ZSTD_LEVEL = 9
"""A fifth smaller than gzip -6 and as fast to make (docs/decisions/0017-dumps-and-tables.md)."""

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
