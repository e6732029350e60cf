"""Join byte strings into one, each behind its length, and split them again: the form of processed records and encoded chunks in the cache."""

import struct
from collections.abc import Iterable, Iterator

_LENGTH = struct.Struct(">I")


def join_parts(parts: Iterable[bytes]) -> bytes:
    r"""Join parts, each behind its length in four bytes, big-endian.

    Raises:
        struct.error: a part has 4 GiB or more.

    >>> join_parts([b"ab", b""])
    b'\x00\x00\x00\x02ab\x00\x00\x00\x00'
    """
    return b"".join(piece for part in parts for piece in (_LENGTH.pack(len(part)), part))


def split_parts(data: bytes) -> Iterator[bytes]:
    r"""Yield the parts that `join_parts` joined.

    Raises:
        ValueError: the data ends within a part.

    >>> list(split_parts(b"\0\0\0\2ab\0\0\0\0"))
    [b'ab', b'']
    """
    start = 0
    while start < len(data):
        if start + _LENGTH.size > len(data):
            raise ValueError("the data ends within a length")
        (length,) = _LENGTH.unpack_from(data, start)
        start += _LENGTH.size
        if start + length > len(data):
            raise ValueError("the data ends within a part")
        yield data[start : start + length]
        start += length
